-- All hosts that have results, for the report's tables and charts across hosts; the newest first.
SELECT h.id, h.fp, h.label, h.brand, h.virt, count(s.id) AS sweeps, max(s.started) AS newest
FROM host h JOIN sweep s ON s.host_id = h.id
WHERE EXISTS (SELECT 1 FROM newest w WHERE w.host_id = h.id)
GROUP BY h.id
ORDER BY newest DESC, h.id DESC
LIMIT 200;
