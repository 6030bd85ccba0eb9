-- Newest result per (environment, test) on one host, with its slowdown where there is one.  A test whose newest result is
-- bad shows that and no older number.  :host is host.fp.
WITH s AS MATERIALIZED (SELECT newest_id, slowdown, older FROM v_slowdown_shown WHERE host_fp = :host)
SELECT v.family, v.test, v.env, v.status, v.reason, v.est, s.slowdown, v.compares, s.older, v.host_fp
FROM v_newest v LEFT JOIN s ON s.newest_id = v.id
WHERE v.host_fp = :host
ORDER BY v.family, v.test, v.env;
