-- The sweeps that hold figures of one side of a comparison, as a JSON array.  :kind and :key as choice.sql has them;
-- :hosts is a JSON array of host ids to which all but a sweep and a host are held.
SELECT json_group_array(id) FROM (
  SELECT id FROM sweep WHERE :kind = 'sweep' AND id = CAST(:key AS INTEGER)
  UNION
  SELECT x.sweep_id FROM build b JOIN sweep_env x ON x.build_id = b.id JOIN sweep s ON s.id = x.sweep_id
  WHERE :kind = 'build' AND b.sha = :key AND s.host_id IN (SELECT value FROM json_each(:hosts))
  UNION
  SELECT id FROM sweep WHERE :kind = 'host' AND host_id = (SELECT id FROM host WHERE fp = :key)
  UNION
  SELECT id FROM sweep WHERE :kind IN ('env', 'test') AND host_id IN (SELECT value FROM json_each(:hosts)));
