-- Sweeps of the hosts in :hosts (a JSON array of ids), none: of all; :days: only those that began so many days ago or
-- earlier, NULL: all.  Oldest first.
SELECT id, coalesce(label, '') AS label, started, state FROM sweep
WHERE (:hosts IS NULL OR host_id IN (SELECT value FROM json_each(:hosts)))
  AND (:days IS NULL OR julianday('now') - julianday(started) >= :days)
ORDER BY started, id;
