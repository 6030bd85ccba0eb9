-- Stage counters of the shown results (v_newest) of one host, with the operations they were counted over.
-- :host is host.fp.
SELECT n.id, g.stage, g.calls, g.clk, g.items, g.bytes, g.ops
FROM v_newest n JOIN stage g ON g.result_id = n.id
WHERE n.host_fp = :host AND n.status IN ('ok', 'noisy')
ORDER BY n.id, g.stage;
