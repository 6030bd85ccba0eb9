-- What is in the tables of slowdowns on one host and not in their means (means.sql): how many, and why.  :host is host.fp,
-- :tests as there.  No rows: nothing is left out.
WITH shown AS MATERIALIZED (
  SELECT test, slowdown, compares, ' ' || needs || ' ' LIKE '% faults %' AS faults,
         ' ' || needs || ' ' LIKE '% answers %' AS answers
  FROM v_slowdown_shown
  WHERE host_fp = :host AND (:tests IS NULL OR test IN (SELECT value FROM json_each(:tests)))),
counted AS (
  SELECT 1 AS place, count(DISTINCT test) AS n,
         'tests marked * (natively the kernel''s handling of a fault is measured)' AS why
  FROM shown WHERE compares = 0 AND faults
  UNION ALL
  SELECT 2, count(DISTINCT test), 'tests marked * (natively they trap into the hypervisor, where there is one)'
  FROM shown WHERE compares = 0 AND NOT faults AND NOT answers
  UNION ALL
  SELECT 4, count(DISTINCT test), 'tests marked * (suites of questions, where right answers count and not time)'
  FROM shown WHERE compares = 0 AND NOT faults AND answers
  UNION ALL
  SELECT 3, count(*), 'results (the native or the guest figure is no positive number)'
  FROM shown WHERE compares = 1 AND NOT coalesce(slowdown > 0 AND slowdown < 9e999, 0))
SELECT n, why FROM counted WHERE n > 0 ORDER BY place;
