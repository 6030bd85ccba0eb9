-- 0003_judging.sql: what comparing and merging stores ask for.
ALTER TABLE sweep ADD COLUMN sum TEXT;  -- sha256 of the sweep's canonical export when it was done; NULL: not known

-- the sweeps of a host, newest first: every table asks for the newest figures of one host
CREATE INDEX sweep_by_host ON sweep(host_id, started);
-- the sweeps in which a build took part: compare and trend by build
CREATE INDEX sweep_env_by_build ON sweep_env(build_id);
