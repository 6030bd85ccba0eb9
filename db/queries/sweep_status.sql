-- Results of one sweep by environment and status; A/A %: how much the same build differs from itself there; waited %: how
-- much of its time it was ready to run and others had the processor (of its first thread).  :sweep
SELECT v.env, v.env_label AS label, v.guest_tsc AS clock, sum(v.status = 'ok') AS ok, sum(v.status = 'noisy') AS noisy,
       sum(v.status = 'wrong') AS wrong, sum(v.status = 'crash') AS crash, sum(v.status = 'timeout') AS timeout,
       sum(v.status = 'unsupported') AS unsupported, 100.0 * max(x.aa_floor) AS "A/A %",
       (SELECT sum(r.wait_ns) / nullif(sum(r.wall_ms) * 1e4, 0) FROM run r
        WHERE r.sweep_id = :sweep AND r.env_id = max(x.env_id) AND r.wait_ns IS NOT NULL) AS "waited %"
FROM v_result v LEFT JOIN sweep_env x ON x.sweep_id = v.sweep_id AND x.kind = v.env
WHERE v.sweep_id = :sweep GROUP BY v.env, v.env_label ORDER BY min(v.id);
