-- 0006_newest.sql: tables ask for the newest outcome of each test in each environment of a host, and had to rank all
-- results of the host for it: 90,000 of 50 builds, 2.3 s of processor time. Here it is one row that triggers keep: of
-- 9 million results 180,000. It says nothing that the results do not say, so it is in no export.
CREATE TABLE newest (
  host_id   INTEGER NOT NULL REFERENCES host(id),
  kind      TEXT NOT NULL,                 -- env.kind
  name      TEXT NOT NULL,                 -- test.name
  started   TEXT NOT NULL,                 -- of its sweep; of two that began together the greater result id
  result_id INTEGER NOT NULL REFERENCES result(id),
  PRIMARY KEY (host_id, kind, name)
) STRICT, WITHOUT ROWID;
-- a result that is dropped asks whether it was one
CREATE INDEX newest_by_result ON newest(result_id);

INSERT INTO newest(host_id, kind, name, started, result_id)
  SELECT s.host_id, e.kind, t.name, s.started, r.id
  FROM result r JOIN sweep s ON s.id=r.sweep_id JOIN env e ON e.id=r.env_id JOIN test t ON t.id=r.test_id WHERE true
  ON CONFLICT(host_id, kind, name) DO UPDATE SET started=excluded.started, result_id=excluded.result_id
  WHERE (excluded.started, excluded.result_id) > (newest.started, newest.result_id);

CREATE TRIGGER newest_in AFTER INSERT ON result BEGIN
  INSERT INTO newest(host_id, kind, name, started, result_id)
    SELECT s.host_id, e.kind, t.name, s.started, NEW.id FROM sweep s, env e, test t
    WHERE s.id=NEW.sweep_id AND e.id=NEW.env_id AND t.id=NEW.test_id
    ON CONFLICT(host_id, kind, name) DO UPDATE SET started=excluded.started, result_id=excluded.result_id
    WHERE (excluded.started, excluded.result_id) > (newest.started, newest.result_id);
END;

-- A sweep that is dropped is gone before its results are, so none of them is looked at again.
CREATE TRIGGER newest_out AFTER DELETE ON result WHEN EXISTS (SELECT 1 FROM newest WHERE result_id=OLD.id) BEGIN
  INSERT OR REPLACE INTO newest(host_id, kind, name, started, result_id)
    SELECT n.host_id, n.kind, n.name, s.started, r.id
    FROM newest n CROSS JOIN sweep s ON s.host_id=n.host_id CROSS JOIN test t ON t.name=n.name
    CROSS JOIN result r INDEXED BY result_by_sweep_test ON r.sweep_id=s.id AND r.test_id=t.id JOIN env e ON e.id=r.env_id AND e.kind=n.kind
    WHERE n.result_id=OLD.id ORDER BY s.started DESC, r.id DESC LIMIT 1;
  DELETE FROM newest WHERE result_id=OLD.id;
END;

DROP VIEW v_slowdown_shown;
DROP VIEW v_slowdown_latest;
DROP VIEW v_stage_latest;
DROP VIEW v_latest;
DROP VIEW v_newest;
DROP VIEW v_order;

-- The views of 0005 with the same columns. CROSS JOIN is SQLite's word for: in this order.
-- newest result per (host, env, test name), whatever its status
CREATE VIEW v_newest AS
  SELECT v.*, 1 AS k
  FROM host o CROSS JOIN newest w ON w.host_id=o.id CROSS JOIN v_result v ON v.id=w.result_id AND v.host_fp=o.fp;

-- newest good result per (host, env, test name): mostly the newest one
CREATE VIEW v_latest AS
  SELECT v.*, 1 AS k
  FROM host o CROSS JOIN newest w ON w.host_id=o.id CROSS JOIN v_result v
  ON v.host_fp=o.fp AND v.id=(
    SELECT r.id FROM sweep s CROSS JOIN test t ON t.name=w.name
    CROSS JOIN result r INDEXED BY result_by_sweep_test ON r.sweep_id=s.id AND r.test_id=t.id
    JOIN env e ON e.id=r.env_id AND e.kind=w.kind
    WHERE s.host_id=w.host_id AND r.status IN ('ok','noisy') ORDER BY s.started DESC, r.id DESC LIMIT 1);

-- The newest good result of each (host, guest, test name) that has a good native one of the same machine code in its sweep.
CREATE VIEW v_pair AS
  SELECT o.fp AS host_fp, w.result_id AS newest_id, (
    SELECT r.id FROM sweep s CROSS JOIN test t ON t.name=w.name
    CROSS JOIN result r INDEXED BY result_by_sweep_test ON r.sweep_id=s.id AND r.test_id=t.id
    JOIN env e ON e.id=r.env_id AND e.kind=w.kind
    WHERE s.host_id=w.host_id AND r.status IN ('ok','noisy')
      AND EXISTS (SELECT 1 FROM result n JOIN env d ON d.id=n.env_id
                  WHERE n.sweep_id=r.sweep_id AND n.test_id=r.test_id AND d.kind='native' AND n.status IN ('ok','noisy'))
    ORDER BY s.started DESC, r.id DESC LIMIT 1) AS gid
  FROM host o CROSS JOIN newest w ON w.host_id=o.id WHERE w.kind<>'native';

-- newest slowdown per (host, env, test).  NULL where a figure is missing or not positive.  Figures of two units (a core
-- clock was proven on one side only) are not divided: the ticks of both sides are, and the interval is scaled with them.
-- A geomean may only be taken over rows with compares = 1 (queries/means.sql does).
CREATE VIEW v_slowdown_latest AS
  SELECT gid, host_fp, host, env, test, family, started, version, native_clk, guest_clk,
         guest_clk/native_clk * scale AS slowdown, guest_lo/native_hi * scale AS slow_lo,
         CASE WHEN native_lo > 0 THEN guest_hi/native_lo * scale END AS slow_hi,
         guest_status, native_status, title, alias, sweep_id, compares, needs, code_sha, 1 AS k, newest_id
  FROM (SELECT g.id AS gid, p.host_fp, g.host, g.env, g.test, g.family, g.started, g.version, g.title, g.alias,
               g.sweep_id, g.compares, g.needs, g.code_sha, g.status AS guest_status, n.status AS native_status,
               g.est AS guest_clk, g.lo AS guest_lo, g.hi AS guest_hi,
               n.est AS native_clk, n.lo AS native_lo, n.hi AS native_hi, p.newest_id,
               CASE WHEN NOT (g.est > 0 AND n.est > 0) THEN NULL
                    WHEN (g.clk_ghz IS NULL) = (n.clk_ghz IS NULL) THEN 1.0
                    WHEN g.tsc_per_op > 0 AND n.tsc_per_op > 0
                    THEN (g.tsc_per_op/n.tsc_per_op) / (g.est/n.est) END AS scale
        FROM v_pair p CROSS JOIN v_result g ON g.id=p.gid
        CROSS JOIN result n ON n.id=(SELECT m.id FROM result m JOIN env d ON d.id=m.env_id
                                     WHERE m.sweep_id=g.sweep_id AND m.test_id=g.test_id AND d.kind='native'
                                       AND m.status IN ('ok','noisy') LIMIT 1));

-- The slowdowns that tables show and means are taken over: those where the test's newest outcome in the environment is
-- good and of the same machine code.  A wrong or crashed run must not leave an older figure standing.
CREATE VIEW v_slowdown_shown AS
  SELECT s.*, s.gid <> s.newest_id AS older
  FROM v_slowdown_latest s CROSS JOIN result l ON l.id=s.newest_id CROSS JOIN result g ON g.id=s.gid
  WHERE l.status IN ('ok','noisy') AND l.test_id=g.test_id;

-- stage cost per operation of the newest result that has stage rows, per (host, env, test)
CREATE VIEW v_stage_latest AS
  SELECT v.host_fp, v.host, v.env, v.test, v.family, v.title, v.sweep_id, v.started, v.status, v.est,
         s.stage, s.clk/s.ops AS clk_per_op, s.calls/s.ops AS calls_per_op, s.items/s.ops AS items_per_op,
         s.bytes/s.ops AS bytes_per_op,
         s.clk / NULLIF((SELECT sum(a.clk) FROM stage a WHERE a.result_id=s.result_id), 0) AS share
  FROM host o CROSS JOIN newest w ON w.host_id=o.id AND w.kind LIKE 'emu-%' -- only our emulator counts stages
  CROSS JOIN v_result v ON v.host_fp=o.fp AND v.id=(
    SELECT r.id FROM sweep x CROSS JOIN test t ON t.name=w.name
    CROSS JOIN result r INDEXED BY result_by_sweep_test ON r.sweep_id=x.id AND r.test_id=t.id
    JOIN env e ON e.id=r.env_id AND e.kind=w.kind
    WHERE x.host_id=w.host_id AND EXISTS (SELECT 1 FROM stage z WHERE z.result_id=r.id)
    ORDER BY x.started DESC, r.id DESC LIMIT 1)
  CROSS JOIN stage s ON s.result_id=v.id;
