-- One test over the builds: the newest result of each (host, environment, build), oldest build first, by commit order where
-- that is known, else by when the build was first measured.  :test, :hosts as in choice_sweeps.sql.
SELECT * FROM (
  SELECT r.id, r.sweep_id, h.label AS host, h.fp AS host_fp, e.kind AS env, t.name AS test, t.family, t.code_sha, t.noise,
         r.status, r.reason, r.n, r.est, r.lo, r.hi, r.tsc_per_op, r.clk_ghz, b.version, b.sha AS build_sha,
         coalesce(x.aa_floor, s.aa_floor) AS aa_floor,
         s.started, t.unit, r.env_id, r.build_id, r.test_id, s.host_id, t.ops, e.guest_tsc, 1 AS compares, 0 AS answers,
         row_number() OVER (PARTITION BY s.host_id, e.kind, r.build_id ORDER BY s.started DESC, r.id DESC) AS k_name,
         b.seq, min(s.started) OVER (PARTITION BY s.host_id, e.kind, r.build_id) AS first,
         (SELECT m.note FROM step_mark m WHERE m.build_id = r.build_id AND m.test_name IN ('*', t.name)
          ORDER BY m.test_name DESC LIMIT 1) AS step
  FROM test t JOIN result r ON r.test_id = t.id JOIN sweep s ON s.id = r.sweep_id JOIN env e ON e.id = r.env_id
  JOIN build b ON b.id = r.build_id JOIN host h ON h.id = s.host_id
  LEFT JOIN sweep_env x ON x.sweep_id = s.id AND x.kind = e.kind
  WHERE t.name = :test AND s.host_id IN (SELECT value FROM json_each(:hosts)))
WHERE k_name = 1
ORDER BY host, host_fp, env, seq IS NULL, seq, first, id;
