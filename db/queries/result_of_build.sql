-- The newest result of a build in one environment of one host, by the test's name.  :host is host.fp, :build a sha,
-- :env a kind.
SELECT r.id, r.sweep_id, s.state, r.clk_ghz, i.tsc_khz, s.sum IS NOT NULL AS sealed
FROM result r JOIN test t ON t.id = r.test_id JOIN env e ON e.id = r.env_id JOIN build b ON b.id = r.build_id
JOIN sweep s ON s.id = r.sweep_id JOIN host h ON h.id = s.host_id LEFT JOIN host_state i ON i.id = s.state_id
WHERE h.fp = :host AND b.sha = :build AND e.kind = :env AND t.name = :test
ORDER BY s.started DESC, r.id DESC LIMIT 1;
