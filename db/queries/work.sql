-- Workloads on one host, the newest result per environment: seconds and total host clocks of a run; below each the
-- figures that were published in 2010 for a program of its kind.  :host is host.fp.
WITH s AS MATERIALIZED (SELECT newest_id, slowdown FROM v_slowdown_shown WHERE host_fp = :host),
published AS (
  SELECT CASE test WHEN 'build_gemulator9' THEN 'work.build' WHEN 'csharp_long' THEN 'work.dotnet_long'
              ELSE 'work.script' END AS test,
         env || ', ' || host AS env, max(value) FILTER (WHERE unit = 'seconds') AS seconds,
         max(value) FILTER (WHERE unit = 'giga_cycles') AS gclk
  FROM reference_result WHERE test IN ('build_gemulator9', 'csharp_long', 'office_script') GROUP BY test, host, env
  HAVING seconds > 0 AND (gclk > 0 OR test <> 'work.build')),
measured AS (
  SELECT v.test, v.env, v.ns_per_op / 1e9 AS seconds, v.est / 1e9 AS gclk, s.slowdown, v.status, v.reason, 0 AS published
  FROM v_newest v LEFT JOIN s ON s.newest_id = v.id
  WHERE v.host_fp = :host AND v.family = 'work')
SELECT * FROM (
SELECT * FROM measured
UNION ALL
SELECT test, env, seconds, gclk, NULL, 'of 2010', NULL, 1 FROM published WHERE test IN (SELECT test FROM measured))
ORDER BY test, published, seconds IS NULL, seconds;
