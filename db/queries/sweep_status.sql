-- Results of one sweep by environment and status; A/A %: how much the same build differs from itself there.  :sweep
SELECT v.env, v.env_label AS label, v.guest_tsc AS clock, sum(v.status = 'ok') AS ok, sum(v.status = 'noisy') AS noisy,
       sum(v.status = 'wrong') AS wrong, sum(v.status = 'crash') AS crash, sum(v.status = 'timeout') AS timeout,
       sum(v.status = 'unsupported') AS unsupported, 100.0 * max(x.aa_floor) AS "A/A %"
FROM v_result v LEFT JOIN sweep_env x ON x.sweep_id = v.sweep_id AND x.kind = v.env
WHERE v.sweep_id = :sweep GROUP BY v.env, v.env_label ORDER BY min(v.id);
