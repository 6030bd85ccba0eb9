-- What odd and even rounds of the shown results of one host differ by: a build against itself.  :host is host.fp.
SELECT v.env, v.test, r.halves, v.status
FROM v_newest v JOIN result r ON r.id = v.id
WHERE v.host_fp = :host AND r.halves IS NOT NULL AND v.status IN ('ok', 'noisy') AND v.compares = 1
ORDER BY v.env, r.halves, v.test;
