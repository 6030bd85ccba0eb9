-- The newest outcome of every test in every environment on every host, with its slowdown where there is one: chart_result.sql
-- in narrow rows, for all hosts at once.  Of tests of which the shown host has none, too.
WITH s AS MATERIALIZED (SELECT newest_id, slowdown, slow_lo, slow_hi FROM v_slowdown_shown)
SELECT w.host_id, w.name, w.kind, r.status, r.est, r.lo, r.hi, r.clk_ghz IS NOT NULL AS proven,
       s.slowdown, s.slow_lo, s.slow_hi
FROM newest w CROSS JOIN result r ON r.id = w.result_id LEFT JOIN s ON s.newest_id = w.result_id;
