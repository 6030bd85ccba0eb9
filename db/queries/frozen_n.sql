-- N of each test of an environment in a sweep: that of its first sample.  :sweep, :env
SELECT st.idx, s.iters
FROM result r JOIN sweep_test st ON st.sweep_id = r.sweep_id AND st.test_id = r.test_id
JOIN sample s ON s.result_id = r.id
WHERE r.sweep_id = :sweep AND r.env_id = :env
  AND s.i = (SELECT min(i) FROM sample WHERE result_id = r.id);
