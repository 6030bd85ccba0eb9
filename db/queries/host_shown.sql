-- The fingerprint of the host of tables that were asked for none: that of the newest sweep that has results.
SELECT h.fp FROM sweep s JOIN host h ON h.id = s.host_id
WHERE EXISTS (SELECT 1 FROM result r WHERE r.sweep_id = s.id)
ORDER BY s.started DESC, s.id DESC LIMIT 1;
