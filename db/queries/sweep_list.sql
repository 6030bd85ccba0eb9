-- Sweeps and their environments, newest first; core clock: the calibrated one against a PMU's cycles.
SELECT s.id AS sweep, s.label, s.started, s.state, x.kind AS env, x.rounds,
       count(j.id) AS jobs, sum(j.state = 'done') AS done, sum(j.state = 'failed') AS failed,
       sum(j.state = 'skip') AS skipped, sum(j.state IN ('ready','running')) AS left, x.reason,
       CASE s.clock_verdict WHEN 'differs' THEN printf('PMU %+.1f %%', 100.0 * s.counted_khz / s.clock_khz - 100)
                            ELSE s.clock_verdict END AS "core clock"
FROM sweep s JOIN sweep_env x ON x.sweep_id = s.id
LEFT JOIN job j ON j.sweep_id = s.id AND j.env_id = x.env_id
GROUP BY s.id, x.kind ORDER BY s.id DESC, x.env_id;
