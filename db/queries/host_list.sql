-- All hosts: those of the store, and those of the published figures, which nothing writes to.
SELECT h.label AS host, 'measured' AS figures, substr(h.fp, 1, 12) AS fingerprint, h.brand, count(s.id) AS sweeps,
       max(s.started) AS newest
FROM host h LEFT JOIN sweep s ON s.host_id = h.id GROUP BY h.id
UNION ALL
SELECT host, 'published', NULL, source, NULL, NULL FROM reference_result GROUP BY host
ORDER BY 2, 1;
