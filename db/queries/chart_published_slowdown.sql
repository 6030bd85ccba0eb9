-- The environments that were published in 2010, on their hosts, with their slowdown: what the build of Gemulator 9 took in
-- clocks, against the same processor's own; NULL where no native figure of it was published. The least first.
WITH build AS (SELECT host, env, value, rtrim(rtrim(rtrim(host, 'zHM'), ' '), '0123456789') AS cpu
               FROM reference_result WHERE test = 'build_gemulator9' AND unit = 'giga_cycles' AND value > 0)
SELECT x.env, x.host, e.value / (SELECT n.value FROM build n WHERE n.cpu = e.cpu AND n.env = 'native' LIMIT 1) AS slowdown
FROM (SELECT DISTINCT env, host FROM reference_result) x LEFT JOIN build e ON e.host = x.host AND e.env = x.env
WHERE x.env <> 'native'
ORDER BY slowdown IS NULL, slowdown, x.host, x.env
LIMIT 100;
