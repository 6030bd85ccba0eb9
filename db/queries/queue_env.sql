-- Jobs of a sweep per environment.  :sweep
SELECT e.kind AS env, e.label, sum(j.state IN ('ready','running')) AS ready, sum(j.state = 'done') AS done,
       sum(j.state = 'failed') AS failed, sum(j.state = 'skip') AS skipped, j.env_id, j.build_id
FROM job j JOIN env e ON e.id = j.env_id WHERE j.sweep_id = :sweep GROUP BY j.env_id ORDER BY j.env_id;
