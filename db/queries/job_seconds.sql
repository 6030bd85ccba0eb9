-- Seconds that a job took in each environment (work: a workload), in the ten newest finished sweeps of a host that were
-- as quick.  :host is host.fp, :quick 0 or 1.
SELECT e.kind AS env, r.words LIKE '-t work.%' AS work, sum(r.wall_ms) / 1000.0 / sum(r.samples) AS seconds
FROM run r JOIN env e ON e.id = r.env_id
WHERE r.samples > 0 AND r.wall_ms > 0 AND r.sweep_id IN
  (SELECT s.id FROM sweep s JOIN host h ON h.id = s.host_id
   WHERE h.fp = :host AND s.state = 'done' AND coalesce(json_extract(s.plan, '$.quick'), 0) = :quick
   ORDER BY s.started DESC LIMIT 10)
GROUP BY 1, 2;
