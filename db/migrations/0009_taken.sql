-- 0009_taken.sql: what others took during a sample, so that it can be judged by it. NULL in all that was measured before, and
-- where the kernel does not say. Natively the bench reads it around both of its intervals; of a guest's sample only wait_ns is
-- known, of all threads of the emulator between its first begin line and its last end line.
ALTER TABLE sample ADD COLUMN wait_ns INTEGER;      -- ready to run, and no processor (schedstat)
ALTER TABLE sample ADD COLUMN away_ns INTEGER;      -- wall time less processor time of the thread
ALTER TABLE sample ADD COLUMN preempted INTEGER;    -- involuntary context switches
ALTER TABLE sample ADD COLUMN faults INTEGER;       -- page faults, minor and major
-- One more bit in sample.flags and result.flags: 64 waited (wait_ns is more than 1 % of the sample, in a test of kind floor).
