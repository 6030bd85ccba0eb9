-- The two sweeps that regress compares when none are named: the newest finished one, and the newest finished one before it
-- on the same host that shares an environment and half of its tests.  Sweeps of confirm are none.
WITH done AS (SELECT s.id, s.host_id, s.started FROM sweep s
              WHERE s.state = 'done' AND coalesce(s.label, '') NOT LIKE 'confirm %'),
newest AS (SELECT * FROM done ORDER BY started DESC, id DESC LIMIT 1)
SELECT o.id AS old, n.id AS new
FROM newest n JOIN done o ON o.host_id = n.host_id AND (o.started, o.id) < (n.started, n.id)
WHERE EXISTS (SELECT 1 FROM sweep_env a JOIN sweep_env b ON b.kind = a.kind
              WHERE a.sweep_id = n.id AND b.sweep_id = o.id AND a.env_id IS NOT NULL AND b.env_id IS NOT NULL)
  AND 2 * (SELECT count(*) FROM sweep_test a JOIN sweep_test b ON b.test_id = a.test_id
           WHERE a.sweep_id = n.id AND b.sweep_id = o.id) >= (SELECT count(*) FROM sweep_test WHERE sweep_id = n.id)
ORDER BY o.started DESC, o.id DESC LIMIT 1;
