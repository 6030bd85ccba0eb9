-- Clocks per operation of each stage: newest result with stage counters per (environment, test), same host as above.
WITH here AS (SELECT h.fp FROM sweep s JOIN host h ON h.id = s.host_id
              WHERE EXISTS (SELECT 1 FROM result r WHERE r.sweep_id = s.id)
              ORDER BY s.started DESC, s.id DESC LIMIT 1)
SELECT v.test, v.env, v.stage, v.clk_per_op, v.share, v.calls_per_op, v.items_per_op, v.bytes_per_op
FROM v_stage_latest v JOIN here ON v.host_fp = here.fp
ORDER BY v.family, v.test, v.env;
