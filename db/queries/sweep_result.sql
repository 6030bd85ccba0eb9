-- Results of one sweep.  :sweep
SELECT v.test, v.env, v.status, v.est AS "clk/op", v.lo, v.hi, v.ns_per_op AS "ns/op", v.n AS rounds, v.reason
FROM v_result v WHERE v.sweep_id = :sweep ORDER BY v.family, v.test, v.id;
