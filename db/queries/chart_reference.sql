-- Published figures: shown beside the measured ones, never mixed with them.
SELECT source, test, host, env, value, text, unit
FROM reference_result
ORDER BY source, test, unit, host, env
LIMIT 5000;
