-- Stage counters per operation: the newest result with such per (environment, test) in a set of sweeps, or with
-- :per_build the newest of each build.  :sweeps is a JSON array of their ids; :env (a kind) and :build (a sha) are NULL
-- or what the results must be of.
SELECT v.test, v.env, v.version, v.build_sha, g.stage, g.clk / g.ops AS clk_per_op, g.calls / g.ops AS calls_per_op,
       g.items / g.ops AS items_per_op, g.bytes / g.ops AS bytes_per_op
FROM (
  SELECT r.id, t.name AS test, t.family, e.kind AS env, b.version, b.sha AS build_sha, min(s.started) OVER w AS first,
         row_number() OVER (PARTITION BY e.kind, t.name, CASE WHEN :per_build THEN r.build_id END
                            ORDER BY s.started DESC, r.id DESC) AS k
  FROM json_each(:sweeps) c CROSS JOIN sweep s ON s.id = c.value CROSS JOIN result r ON r.sweep_id = s.id
  JOIN env e ON e.id = r.env_id JOIN test t ON t.id = r.test_id JOIN build b ON b.id = r.build_id
  WHERE (:env IS NULL OR e.kind = :env) AND (:build IS NULL OR b.sha = :build)
    AND EXISTS (SELECT 1 FROM stage z WHERE z.result_id = r.id)
  WINDOW w AS (PARTITION BY r.build_id)) v
JOIN stage g ON g.result_id = v.id
WHERE v.k = 1
ORDER BY v.family, v.test, v.env, v.first, v.build_sha;
