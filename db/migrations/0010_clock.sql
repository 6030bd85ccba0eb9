-- 0010_clock.sql: where there is a PMU, its cycles beside the calibrated core clock that all figures in clocks rest on. NULL where
-- there is none, and in all that was measured before.
ALTER TABLE sweep ADD COLUMN clock_khz INTEGER;     -- calibrated, while the other was counted
ALTER TABLE sweep ADD COLUMN counted_khz INTEGER;   -- cycles of the PMU per ms of processor time
ALTER TABLE sweep ADD COLUMN clock_verdict TEXT CHECK (clock_verdict IN ('agrees','differs'));  -- within 1 %, or not
