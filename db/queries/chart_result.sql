-- The shown results of one host: the newest outcome of every test in every environment (v_newest), good or bad, and
-- the newest slowdown of the same machine code (v_slowdown_shown).  A test whose newest outcome is bad has no slowdown, even if an older
-- one was measured: a wrong or crashed run must not stay in a mean.  :host is host.fp.  Rows of a test are adjacent.
WITH s AS MATERIALIZED (SELECT newest_id, slowdown, slow_lo, slow_hi, native_clk, older FROM v_slowdown_shown
                        WHERE host_fp = :host)
SELECT n.id, n.test, n.family, t.title, t.alias, t.unit, t.noise, n.code_sha, n.env, n.status, r.reason,
       r.est, r.lo, r.hi, r.tsc_per_op, r.ns_per_op, r.guest_tsc_per_op, r.clk_ghz, r.n, r.dropped, r.flags,
       n.started, s.slowdown, s.slow_lo, s.slow_hi, s.native_clk, s.older, n.compares, n.asked, n.correct,
       ' ' || t.needs || ' ' LIKE '% answers %' AS answers
FROM v_newest n JOIN result r ON r.id = n.id JOIN test t ON t.id = r.test_id
LEFT JOIN s ON s.newest_id = n.id
WHERE n.host_fp = :host
ORDER BY n.test, n.started DESC, n.id DESC;
