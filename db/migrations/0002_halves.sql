-- 0002_halves.sql: what odd and even rounds differ by is a column of its own: the interval of a floor is no longer made of
-- them.  0001 is frozen from here on.
ALTER TABLE result ADD COLUMN halves REAL;  -- |odd - even| / estimate; NULL: not known, or one round
UPDATE result SET halves = (hi - lo) / est WHERE est > 0 AND n > 1 AND hi >= lo
  AND test_id IN (SELECT id FROM test WHERE noise = 'floor');
