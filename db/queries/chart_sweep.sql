-- The sweeps behind the report's figures on one host, newest first.  :host is host.fp.
-- `shown` counts the results of the sweep that the report shows (v_newest: the newest per environment and test).
WITH newest AS MATERIALIZED (SELECT sweep_id, count(*) AS n FROM v_newest WHERE host_fp = :host GROUP BY sweep_id)
SELECT s.uuid, s.label, s.started, s.finished, s.state, s.seed, s.aa_floor, s.collector,
       (SELECT count(DISTINCT j.round) FROM job j WHERE j.sweep_id = s.id) AS rounds,
       (SELECT count(*) FROM result r WHERE r.sweep_id = s.id) AS results,
       coalesce((SELECT n FROM newest WHERE sweep_id = s.id), 0) AS shown,
       (SELECT group_concat(kind || printf(' %.2g %%', 100 * aa_floor), ', ') FROM sweep_env
        WHERE sweep_id = s.id AND aa_floor IS NOT NULL) AS floors_text,
       (SELECT json_group_object(kind, aa_floor) FROM sweep_env
        WHERE sweep_id = s.id AND aa_floor IS NOT NULL) AS floors
FROM sweep s JOIN host h ON h.id = s.host_id
WHERE h.fp = :host AND (shown > 0 OR NOT EXISTS (SELECT 1 FROM newest))
ORDER BY s.started DESC, s.id DESC
LIMIT 50;
