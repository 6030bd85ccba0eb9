-- The sweeps behind the report's figures on one host, newest first.  :host is host.fp.
-- `shown` counts the results of the sweep that the report shows (v_newest: the newest per environment and test).
SELECT s.uuid, s.label, s.started, s.finished, s.state, s.seed, s.aa_floor, s.collector,
       (SELECT count(DISTINCT j.round) FROM job j WHERE j.sweep_id = s.id) AS rounds,
       (SELECT count(*) FROM result r WHERE r.sweep_id = s.id) AS results,
       (SELECT count(*) FROM v_newest n WHERE n.host_fp = :host AND n.sweep_id = s.id) AS shown
FROM sweep s JOIN host h ON h.id = s.host_id
WHERE h.fp = :host AND (shown > 0 OR NOT EXISTS (SELECT 1 FROM v_newest n WHERE n.host_fp = :host))
ORDER BY s.started DESC, s.id DESC
LIMIT 50;
