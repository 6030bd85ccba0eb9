-- Hot blocks of the newest results of one host that have some (tickmark hot --keep).  :host is host.fp.
SELECT e.kind, t.name, b.rank, b.clk, b.guest_pc, coalesce(b.symbol, '') AS symbol
FROM (SELECT DISTINCT result_id FROM hot_block) x JOIN newest w ON w.result_id = x.result_id
JOIN host h ON h.id = w.host_id JOIN result r ON r.id = x.result_id
JOIN env e ON e.id = r.env_id JOIN test t ON t.id = r.test_id JOIN hot_block b ON b.result_id = r.id
WHERE h.fp = :host
ORDER BY w.started DESC, t.name, e.kind, b.rank
LIMIT 20000;
