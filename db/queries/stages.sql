-- Clocks per operation of each stage: newest result with stage counters per (environment, test) of one host.  :host is
-- host.fp.
SELECT v.test, v.env, v.stage, v.clk_per_op, v.share, v.calls_per_op, v.items_per_op, v.bytes_per_op
FROM v_stage_latest v
WHERE v.host_fp = :host
ORDER BY v.family, v.test, v.env;
