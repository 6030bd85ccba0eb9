-- Newest result per (environment, test) on the host of the newest sweep that has results, with its slowdown where
-- there is one.  A test whose newest result is bad shows that and no older number.
WITH here AS (SELECT h.fp FROM sweep s JOIN host h ON h.id = s.host_id
              WHERE EXISTS (SELECT 1 FROM result r WHERE r.sweep_id = s.id)
              ORDER BY s.started DESC, s.id DESC LIMIT 1)
SELECT v.family, v.test, v.env, v.status, v.reason, v.est, s.slowdown, v.compares, s.older, v.host_fp
FROM v_newest v JOIN here ON v.host_fp = here.fp
LEFT JOIN v_slowdown_shown s ON s.newest_id = v.id
ORDER BY v.family, v.test, v.env;
