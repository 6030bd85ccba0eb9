-- Published figures of one side of a comparison.  :kind (env or host) and :key as choice.sql has them.
SELECT host, env, test || ' (' || unit || ')' AS test, value, source
FROM reference_result
WHERE value > 0 AND ((:kind = 'env' AND env = :key) OR (:kind = 'host' AND host = :key))
ORDER BY host, test, env;
