-- Changes that regress flagged on one host and confirm has not judged.  :host is host.fp.
SELECT c.env_kind AS env, t.name AS test, c.from_build, c.to_build, f.sha AS from_sha, n.sha AS to_sha, c.test_id, c.host_id
FROM change c JOIN test t ON t.id = c.test_id JOIN host h ON h.id = c.host_id
JOIN build f ON f.id = c.from_build JOIN build n ON n.id = c.to_build
WHERE c.state = 'suspect' AND h.fp = :host
ORDER BY c.env_kind, c.from_build, c.to_build, t.family, t.name;
