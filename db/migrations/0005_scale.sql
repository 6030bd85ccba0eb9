-- 0005_scale.sql: tables over millions of results.  The views are those of 0001 with ids behind their columns, and a
-- guest's figure finds its native one by sweep and test number (a number is a name and its machine code) in one step:
-- of 90,000 results of a host, 12.8 s of processor time before.
DROP VIEW v_slowdown_shown;
DROP VIEW v_stage_latest;
DROP VIEW v_slowdown_latest;
DROP VIEW v_latest;
DROP VIEW v_newest;
DROP VIEW v_result;
CREATE INDEX result_by_sweep_test ON result(sweep_id, test_id);

CREATE VIEW v_result AS
  SELECT r.id, r.sweep_id, r.status, r.est, r.lo, r.hi, r.vmin, r.vmed, r.ns_per_op, r.tsc_per_op,
         r.guest_tsc_per_op, r.flags, r.n, t.name AS test, t.family, t.code_sha, t.alias,
         e.kind AS env, e.label AS env_label, e.nested, h.fp AS host_fp, h.label AS host,
         b.project, b.version, b.seq, b.commit_id, s.started,
         t.title, t.ops, t.noise, r.reason, r.clk_ghz, r.check_ok, r.dropped, e.guest_tsc, b.sha AS build_sha,
         t.needs,
         -- 0: natively the test measures the host's kernel or hypervisor, or time is not what it is about
         NOT (' ' || t.needs || ' ' LIKE '% faults %' OR ' ' || t.needs || ' ' LIKE '% trap %'
              OR ' ' || t.needs || ' ' LIKE '% answers %') AS compares,
         r.asked, r.correct, r.test_id, r.env_id, s.host_id
  FROM result r JOIN test t ON t.id=r.test_id JOIN env e ON e.id=r.env_id
  JOIN build b ON b.id=r.build_id JOIN sweep s ON s.id=r.sweep_id JOIN host h ON h.id=s.host_id;

-- The newest of each (host, env, test name) is found among narrow rows, and then looked up: what is sorted is what costs.
-- The host comes last in what is sorted by, as all of it is alike mostly, and is in both, so that a query of one host looks at no other's rows.
CREATE VIEW v_order AS
  SELECT r.id, h.fp AS host_fp, e.kind AS env, t.name AS test, s.started, r.status, r.sweep_id, r.test_id, r.est
  FROM result r JOIN test t ON t.id=r.test_id JOIN env e ON e.id=r.env_id
  JOIN sweep s ON s.id=r.sweep_id JOIN host h ON h.id=s.host_id;

-- newest result per (host, env, test name), whatever its status
CREATE VIEW v_newest AS
  SELECT v.*, w.k
  FROM (SELECT id, host_fp, row_number() OVER (PARTITION BY test, env, host_fp ORDER BY started DESC, id DESC) AS k
        FROM v_order) w JOIN v_result v ON v.id=w.id AND v.host_fp=w.host_fp
  WHERE w.k = 1;

-- newest good result per (host, env, test name)
CREATE VIEW v_latest AS
  SELECT v.*, w.k
  FROM (SELECT id, host_fp, row_number() OVER (PARTITION BY test, env, host_fp ORDER BY started DESC, id DESC) AS k
        FROM v_order WHERE status IN ('ok','noisy')) w JOIN v_result v ON v.id=w.id AND v.host_fp=w.host_fp
  WHERE w.k = 1;

-- newest slowdown per (host, env, test).  NULL where a figure is missing or not positive.  Figures of two units (a core
-- clock was proven on one side only) are not divided: the ticks of both sides are, and the interval is scaled with them.
-- A geomean may only be taken over rows with compares = 1 (queries/means.sql does).
CREATE VIEW v_slowdown_latest AS
  SELECT * FROM (SELECT x.*, row_number() OVER (PARTITION BY test, env, host_fp ORDER BY started DESC, gid DESC) AS k
    FROM (SELECT gid, host_fp, host, env, test, family, started, version, native_clk, guest_clk,
                 guest_clk/native_clk * scale AS slowdown, guest_lo/native_hi * scale AS slow_lo,
                 CASE WHEN native_lo > 0 THEN guest_hi/native_lo * scale END AS slow_hi,
                 guest_status, native_status, title, alias, sweep_id, compares, needs, code_sha
          FROM (SELECT g.id AS gid, g.host_fp, g.host, g.env, g.test, g.family, g.started, g.version, g.title, g.alias,
                       g.sweep_id, g.compares, g.needs, g.code_sha, g.status AS guest_status, n.status AS native_status,
                       g.est AS guest_clk, g.lo AS guest_lo, g.hi AS guest_hi,
                       n.est AS native_clk, n.lo AS native_lo, n.hi AS native_hi,
                       CASE WHEN NOT (g.est > 0 AND n.est > 0) THEN NULL
                            WHEN (g.clk_ghz IS NULL) = (n.clk_ghz IS NULL) THEN 1.0
                            WHEN g.tsc_per_op > 0 AND n.tsc_per_op > 0
                            THEN (g.tsc_per_op/n.tsc_per_op) / (g.est/n.est) END AS scale
                FROM v_result g JOIN v_result n
                  ON n.sweep_id=g.sweep_id AND n.test_id=g.test_id AND n.env='native'
                WHERE g.env<>'native' AND g.status IN ('ok','noisy') AND n.status IN ('ok','noisy'))) x)
  WHERE k=1;

-- the slowdowns that tables show and means are taken over: the newest one of each (host, env, test), where the test's
-- newest outcome in the environment is good and of the same machine code.  A wrong or crashed run must not leave an older
-- figure standing.  One pass: a join of the two newest ones compares all with all.
CREATE VIEW v_slowdown_shown AS
  SELECT gid, host_fp, host, env, test, family, started, version, native_clk, guest_clk,
         guest_clk/native_clk * scale AS slowdown, guest_lo/native_hi * scale AS slow_lo,
         CASE WHEN native_lo > 0 THEN guest_hi/native_lo * scale END AS slow_hi,
         guest_status, native_status, title, alias, sweep_id, compares, needs, code_sha, k, newest_id,
         gid <> newest_id AS older
  FROM (SELECT g.id AS gid, g.host_fp, g.host, g.env, g.test, g.family, g.started, g.version, g.title, g.alias,
               g.sweep_id, g.compares, g.needs, g.code_sha, g.status AS guest_status, n.status AS native_status,
               g.est AS guest_clk, g.lo AS guest_lo, g.hi AS guest_hi, n.est AS native_clk, n.lo AS native_lo,
               n.hi AS native_hi, y.k, y.newest_id,
               CASE WHEN NOT (g.est > 0 AND n.est > 0) THEN NULL
                    WHEN (g.clk_ghz IS NULL) = (n.clk_ghz IS NULL) THEN 1.0
                    WHEN g.tsc_per_op > 0 AND n.tsc_per_op > 0
                    THEN (g.tsc_per_op/n.tsc_per_op) / (g.est/n.est) END AS scale
        FROM (SELECT z.*, row_number() OVER (PARTITION BY test, env, host_fp
                                             ORDER BY native_id IS NULL, started DESC, id DESC) AS k
              FROM (SELECT o.id, o.host_fp, o.env, o.test, o.started, o.test_id,
                           CASE WHEN o.status IN ('ok','noisy') THEN
                             (SELECT n.id FROM result n JOIN env e ON e.id=n.env_id
                              WHERE n.sweep_id=o.sweep_id AND n.test_id=o.test_id AND e.kind='native'
                                AND n.status IN ('ok','noisy')) END AS native_id,
                           first_value(o.id) OVER newest AS newest_id
                    FROM v_order o WHERE o.env<>'native'
                    WINDOW newest AS (PARTITION BY o.test, o.env, o.host_fp ORDER BY o.started DESC, o.id DESC)) z) y
        JOIN v_result g ON g.id=y.id AND g.host_fp=y.host_fp JOIN result n ON n.id=y.native_id
        JOIN result l ON l.id=y.newest_id
        WHERE y.k=1 AND l.status IN ('ok','noisy') AND l.test_id=y.test_id);

-- stage cost per operation of the newest result that has stage rows, per (host, env, test)
CREATE VIEW v_stage_latest AS
  SELECT v.host_fp, v.host, v.env, v.test, v.family, v.title, v.sweep_id, v.started, v.status, v.est,
         s.stage, s.clk/s.ops AS clk_per_op, s.calls/s.ops AS calls_per_op, s.items/s.ops AS items_per_op,
         s.bytes/s.ops AS bytes_per_op,
         s.clk / NULLIF((SELECT sum(a.clk) FROM stage a WHERE a.result_id=s.result_id), 0) AS share
  FROM (SELECT w.*, row_number() OVER (PARTITION BY test, env, host_fp ORDER BY started DESC, id DESC) AS kk
        FROM v_result w WHERE EXISTS (SELECT 1 FROM stage z WHERE z.result_id=w.id)) v
  JOIN stage s ON s.result_id=v.id WHERE v.kk=1;
