-- Environments and builds behind the shown results (v_newest) of one host.  :host is host.fp.
SELECT e.kind, e.label, e.argv, e.image_sha, e.nested, e.guest_tsc,
       b.project, b.version, b.commit_id, b.dirty, b.compiler, b.cflags, b.sha AS build_sha,
       count(*) AS results
FROM v_newest n JOIN result r ON r.id = n.id JOIN env e ON e.id = r.env_id JOIN build b ON b.id = r.build_id
WHERE n.host_fp = :host
GROUP BY e.id, b.id
ORDER BY e.kind, results DESC, e.id, b.id;
