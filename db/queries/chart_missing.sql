-- Environments that the newest sweep of one host wanted and did not find, with the reason.  :host is host.fp.
SELECT m.kind, m.reason
FROM sweep_env m
WHERE m.env_id IS NULL
  AND m.sweep_id = (SELECT s.id FROM sweep s JOIN host h ON h.id = s.host_id
                    WHERE h.fp = :host ORDER BY s.started DESC, s.id DESC LIMIT 1)
ORDER BY m.kind;
