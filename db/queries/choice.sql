-- What a word on the command line may mean as a side of a comparison.  :word, and :kind (sweep, build, env, host) or NULL.
-- `key` is what the other queries take.  Sums may be cut short, to six digits at least.
SELECT kind, key, label, published FROM (
  SELECT 'sweep' AS kind, CAST(id AS TEXT) AS key, coalesce(label || ', ', '') || started AS label, 0 AS published
  FROM sweep WHERE CAST(id AS TEXT) = :word OR label = :word
     OR (length(:word) >= 6 AND substr(uuid, 1, length(:word)) = :word)
  UNION ALL
  SELECT DISTINCT 'build', sha, version || ' ' || substr(sha, 1, 12), 0
  FROM build WHERE version = :word OR commit_id = :word OR (length(:word) >= 6 AND substr(sha, 1, length(:word)) = :word)
  UNION ALL
  SELECT DISTINCT 'env', kind, kind, 0 FROM env WHERE kind = :word
  UNION ALL
  SELECT 'host', fp, label || ' ' || substr(fp, 1, 8), 0
  FROM host WHERE label = :word OR (length(:word) >= 6 AND substr(fp, 1, length(:word)) = :word)
  UNION ALL
  SELECT DISTINCT 'env', env, env, 1 FROM reference_result
  WHERE env = :word AND NOT EXISTS (SELECT 1 FROM env WHERE kind = :word)
  UNION ALL
  SELECT DISTINCT 'host', host, host, 1 FROM reference_result WHERE host = :word)
WHERE :kind IS NULL OR kind = :kind
GROUP BY kind, key ORDER BY kind, key;
