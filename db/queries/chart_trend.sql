-- One test over the builds on one host: the newest good result of each (environment, build), oldest build first, by commit
-- order where that is known, else by when the build was first measured.  :host is host.fp, :test a name, or NULL: the test
-- whose newest two builds differ most beyond their intervals.
WITH mine AS MATERIALIZED (
  SELECT s.id, s.started FROM sweep s JOIN host h ON h.id = s.host_id WHERE h.fp = :host),
chosen AS MATERIALIZED (
  SELECT coalesce(:test, (
    SELECT t.name FROM change c JOIN test t ON t.id = c.test_id JOIN host h ON h.id = c.host_id
    WHERE h.fp = :host AND c.state IN ('suspect', 'confirmed')
    ORDER BY c.state = 'confirmed' DESC, abs(ln(max(c.ratio, 1e-9))) DESC, t.name LIMIT 1), (
    SELECT t.name FROM mine m JOIN result r ON r.sweep_id = m.id JOIN test t ON t.id = r.test_id
    WHERE r.status IN ('ok', 'noisy') AND m.id IN (SELECT id FROM mine ORDER BY started DESC LIMIT 4)
    GROUP BY t.name HAVING count(DISTINCT r.build_id) > 1
    ORDER BY max(r.est) / min(r.est) DESC, t.name LIMIT 1)) AS name),
shown AS (
  SELECT t.name, e.kind, b.id AS build_id, b.version, b.seq, r.status, r.est, r.lo, r.hi, m.started, r.id,
         row_number() OVER (PARTITION BY e.kind, b.id ORDER BY m.started DESC, r.id DESC) AS k,
         min(m.started) OVER (PARTITION BY b.id) AS first
  FROM chosen c JOIN test t ON t.name = c.name CROSS JOIN mine m
  CROSS JOIN result r ON r.sweep_id = m.id AND r.test_id = t.id
  JOIN env e ON e.id = r.env_id JOIN build b ON b.id = r.build_id
  WHERE r.status IN ('ok', 'noisy') AND r.est > 0)
SELECT name, kind, build_id, version, status, est, lo, hi, started,
       (SELECT m.note FROM step_mark m WHERE m.build_id = shown.build_id AND m.test_name IN ('*', name)
        ORDER BY m.test_name DESC LIMIT 1) AS step,
       (SELECT c.state || ' ' || printf('%.2f', c.ratio) || 'x' FROM change c JOIN test t ON t.id = c.test_id
        JOIN host h ON h.id = c.host_id
        WHERE h.fp = :host AND t.name = shown.name AND c.env_kind = shown.kind AND c.to_build = shown.build_id
          AND c.state <> 'refuted' LIMIT 1) AS change
FROM shown WHERE k = 1
ORDER BY seq IS NULL, seq, first, build_id, kind;
