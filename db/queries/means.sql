-- Geometric means of the slowdowns on one host, for every table that shows one.  :host is host.fp, :tests a JSON array of
-- the tests that are asked for (NULL: all).  Only tests that compare, only positive figures.
-- A mean may only be set beside another one over the same tests.  So `common` is over the tests that all compared
-- environments have; an environment with less than half of the tests of the fullest one (only tried, or crashed early) is
-- not compared, so that it cannot empty the set.  `own` is over all tests that the environment has.
-- met, ahead and behind: tests with a slowdown in qemu-tcg as well, those of them on which it is the slower one, and
-- those on which it is faster by more than 5 %: what two engines do at the processor's own speed falls to either side.
WITH shown AS MATERIALIZED (
  SELECT env, test, slowdown, guest_status = 'noisy' AS noisy
  FROM v_slowdown_shown
  WHERE host_fp = :host AND compares = 1 AND slowdown > 0 AND slowdown < 9e999 -- finite
    AND (:tests IS NULL OR test IN (SELECT value FROM json_each(:tests)))),
own AS (SELECT env, count(*) AS n FROM shown GROUP BY env),
compared AS (SELECT env FROM own WHERE 2 * n >= (SELECT max(n) FROM own)),
common AS (SELECT test FROM shown WHERE env IN (SELECT env FROM compared)
           GROUP BY test HAVING count(*) = (SELECT count(*) FROM compared)),
scoped AS MATERIALIZED (
  SELECT 'common' AS scope, shown.* FROM shown
  WHERE env IN (SELECT env FROM compared) AND test IN (SELECT test FROM common)
  UNION ALL
  SELECT 'own', shown.* FROM shown)
SELECT x.scope, x.env, exp(avg(ln(x.slowdown))) AS mean, count(*) AS n, sum(x.noisy) AS noisy,
       min(x.slowdown) AS best, max(x.slowdown) AS worst,
       (SELECT b.test FROM scoped b WHERE b.scope = x.scope AND b.env = x.env ORDER BY b.slowdown, b.test LIMIT 1)
         AS best_test,
       (SELECT w.test FROM scoped w WHERE w.scope = x.scope AND w.env = x.env ORDER BY w.slowdown DESC, w.test LIMIT 1)
         AS worst_test,
       count(q.slowdown) AS met, coalesce(sum(x.slowdown < q.slowdown), 0) AS ahead,
       x.env IN (SELECT env FROM compared) AS compared,
       coalesce(sum(x.slowdown > 1.05 * q.slowdown), 0) AS behind
FROM scoped x LEFT JOIN shown q ON q.env = 'qemu-tcg' AND x.env <> 'qemu-tcg' AND q.test = x.test
GROUP BY x.scope, x.env
ORDER BY x.scope, x.env;
