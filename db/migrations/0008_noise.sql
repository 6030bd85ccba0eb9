-- 0008_noise.sql: what disturbed a run, how noisy each environment is by itself, and why a test got no more rounds.
-- NULL in all that was measured before.

-- The noise floor of each environment of a sweep: 95th percentile, over the tests, of what a build differs from itself by.
ALTER TABLE sweep_env ADD COLUMN aa_floor REAL;
ALTER TABLE sweep_env ADD COLUMN aa_tests INTEGER;  -- so many tests
ALTER TABLE sweep_env ADD COLUMN aa_pair TEXT CHECK (aa_pair IN ('rounds','twin'));
                                                    -- odd against even rounds; or the same build entered twice (--aa)

-- The interference record of a run (one round of one environment)
ALTER TABLE run ADD COLUMN cpu_ns INTEGER;          -- processor time of the process
ALTER TABLE run ADD COLUMN wait_ns INTEGER;         -- its first thread was ready and had no processor (schedstat)
ALTER TABLE run ADD COLUMN preempted INTEGER;       -- involuntary context switches
ALTER TABLE run ADD COLUMN steal_ms INTEGER;        -- /proc/stat: taken by the hypervisor, from the processor measured on
ALTER TABLE run ADD COLUMN pressure_us INTEGER;     -- /proc/pressure/cpu: time in which somebody waited for a processor

-- What ended the rounds of a test
ALTER TABLE result ADD COLUMN stopped TEXT CHECK (stopped IN ('interval','rounds','time'));
