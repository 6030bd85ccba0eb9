-- One test from build to build on one host: of each environment the newest good result of each build of our emulator, oldest
-- build first, by commit order where that is known, else by when the build was first measured.  What other programs did in
-- the same sweeps stands beside it: if native moves, the machine did.  A sweep without our emulator counts for the build
-- that it has.  :host is host.fp, :test a name, or NULL: the test of the change that stands out most, else the one whose
-- last two builds differ most beyond their intervals.
WITH mine AS MATERIALIZED (
  SELECT s.id, s.started, coalesce(
    (SELECT max(b.id) FROM sweep_env x JOIN build b ON b.id = x.build_id
     WHERE x.sweep_id = s.id AND b.project = 'tickmark-emu'),
    (SELECT max(x.build_id) FROM sweep_env x WHERE x.sweep_id = s.id)) AS build_id
  FROM sweep s JOIN host h ON h.id = s.host_id
  WHERE h.fp = :host AND coalesce(s.label, '') NOT LIKE 'confirm %'),
places AS MATERIALIZED (
  SELECT m.build_id, min(m.started) AS first, max(m.started) AS last, max(m.id) AS sweep_id, b.seq, b.commit_id, b.version
  FROM mine m JOIN build b ON b.id = m.build_id GROUP BY m.build_id),
last_two AS MATERIALIZED (SELECT sweep_id, first FROM places ORDER BY seq IS NULL, seq DESC, first DESC LIMIT 2),
chosen AS MATERIALIZED (
  SELECT coalesce(:test, (
    SELECT t.name FROM change c JOIN test t ON t.id = c.test_id JOIN host h ON h.id = c.host_id
    WHERE h.fp = :host AND c.state IN ('suspect', 'confirmed') AND c.ratio > 0
    ORDER BY c.state = 'confirmed' DESC, abs(ln(c.ratio)) DESC, t.name LIMIT 1), (
    SELECT t.name FROM last_two p JOIN result r ON r.sweep_id = p.sweep_id JOIN test t ON t.id = r.test_id
    JOIN env e ON e.id = r.env_id
    WHERE r.status IN ('ok', 'noisy') AND r.est > 0 AND r.lo > 0 AND e.kind = 'emu-jit'
    GROUP BY t.name HAVING count(DISTINCT r.sweep_id) = 2
    ORDER BY max(r.lo) / min(r.hi) DESC, t.name LIMIT 1), (
    SELECT t.name FROM last_two p JOIN result r ON r.sweep_id = p.sweep_id JOIN test t ON t.id = r.test_id
    GROUP BY t.name HAVING count(DISTINCT r.sweep_id) = 2 ORDER BY t.name LIMIT 1)) AS name),
shown AS (
  SELECT t.name, e.kind, m.build_id, r.status, r.est, r.lo, r.hi, r.test_id,
         row_number() OVER (PARTITION BY e.kind, m.build_id ORDER BY m.started DESC, r.id DESC) AS k
  FROM chosen c CROSS JOIN mine m CROSS JOIN test t ON t.name = c.name
  CROSS JOIN result r INDEXED BY result_by_sweep_test ON r.sweep_id = m.id AND r.test_id = t.id
  JOIN env e ON e.id = r.env_id
  WHERE r.status IN ('ok', 'noisy') AND r.est > 0)
SELECT w.name, w.kind, w.build_id, p.version, w.status, w.est, w.lo, w.hi,
       coalesce(substr(p.commit_id, 1, 8), substr(p.first, 6, 11)) AS label,
       (SELECT m.note FROM step_mark m WHERE m.build_id = w.build_id AND m.test_name IN ('*', w.name)
        ORDER BY m.test_name DESC LIMIT 1) AS step,
       (SELECT c.state || ' ' || printf('%.2f', c.ratio) || 'x' FROM change c JOIN test t ON t.id = c.test_id
        JOIN host h ON h.id = c.host_id
        WHERE h.fp = :host AND t.name = w.name AND c.env_kind = w.kind AND c.to_build = w.build_id
          AND c.state <> 'refuted' LIMIT 1) AS change
FROM shown w JOIN places p ON p.build_id = w.build_id WHERE w.k = 1
ORDER BY p.seq IS NULL, p.seq, p.first, w.build_id, w.kind;
