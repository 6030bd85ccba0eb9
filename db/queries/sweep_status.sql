-- Results of one sweep by environment and status.  :sweep
SELECT v.env, v.env_label AS label, v.guest_tsc AS clock, sum(v.status = 'ok') AS ok, sum(v.status = 'noisy') AS noisy,
       sum(v.status = 'wrong') AS wrong, sum(v.status = 'crash') AS crash, sum(v.status = 'timeout') AS timeout,
       sum(v.status = 'unsupported') AS unsupported
FROM v_result v WHERE v.sweep_id = :sweep GROUP BY v.env, v.env_label ORDER BY min(v.id);
