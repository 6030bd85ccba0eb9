-- The newest result per (host, environment, test) in a set of sweeps, whatever its status.  :sweeps is a JSON array of
-- their ids; :env (a kind) and :build (a sha) are NULL or what the results must be of.
SELECT * FROM (
  SELECT r.id, r.sweep_id, h.label AS host, h.fp AS host_fp, e.kind AS env, t.name AS test, t.family, t.code_sha, t.noise,
         r.status, r.reason, r.n, r.est, r.lo, r.hi, r.tsc_per_op, r.clk_ghz, b.version, b.sha AS build_sha,
         coalesce(x.aa_floor, s.aa_floor) AS aa_floor,
         s.started, t.unit, r.env_id, r.build_id, r.test_id, s.host_id, t.ops, e.guest_tsc,
         NOT (' ' || t.needs || ' ' LIKE '% faults %' OR ' ' || t.needs || ' ' LIKE '% trap %'
              OR ' ' || t.needs || ' ' LIKE '% answers %') AS compares,
         ' ' || t.needs || ' ' LIKE '% answers %' AS answers,
         row_number() OVER (PARTITION BY s.host_id, e.kind, t.name ORDER BY s.started DESC, r.id DESC) AS k_name
  FROM json_each(:sweeps) c CROSS JOIN sweep s ON s.id = c.value CROSS JOIN result r ON r.sweep_id = s.id
  JOIN env e ON e.id = r.env_id JOIN test t ON t.id = r.test_id JOIN build b ON b.id = r.build_id
  JOIN host h ON h.id = s.host_id LEFT JOIN sweep_env x ON x.sweep_id = s.id AND x.kind = e.kind
  WHERE (:env IS NULL OR e.kind = :env) AND (:build IS NULL OR b.sha = :build))
WHERE k_name = 1
ORDER BY host, host_fp, family, test, env;
