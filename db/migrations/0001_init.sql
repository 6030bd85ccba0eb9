-- 0001_init.sql: the result store.  One file per schema step; PRAGMA user_version holds the step (set by
-- store.c together with application_id, in the transaction that runs this file).
-- Identity rule: everything that may be merged from another machine has a content or random key
-- (fp, sha, uuid) that is UNIQUE, so an import is INSERT OR IGNORE and can be repeated safely.
-- Labels (hostname, nickname) are never identity.

CREATE TABLE store (                       -- exactly one row: who am I
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  uuid      TEXT NOT NULL UNIQUE,
  created   TEXT NOT NULL
) STRICT;

CREATE TABLE host (                        -- the silicon as software sees it; stable for years
  id        INTEGER PRIMARY KEY,
  fp        TEXT NOT NULL UNIQUE,          -- sha256 of the canonical key=value list in `facts`
  label     TEXT NOT NULL,                 -- what charts print; free to change
  vendor    TEXT NOT NULL, family INTEGER NOT NULL, model INTEGER NOT NULL, stepping INTEGER NOT NULL,
  brand     TEXT NOT NULL,
  ncpu      INTEGER NOT NULL, smt INTEGER NOT NULL CHECK (smt IN (0,1)),
  l1d INTEGER, l1i INTEGER, l2 INTEGER, l3 INTEGER, mem_mib INTEGER,
  virt      TEXT NOT NULL DEFAULT 'none',  -- none | kvm | vmware | hyperv | xen | other
  facts     TEXT NOT NULL                  -- the canonical list itself, so fp can be recomputed
) STRICT;

CREATE TABLE host_state (                  -- what varies between boots; one row per distinct state
  id        INTEGER PRIMARY KEY,
  host_id   INTEGER NOT NULL REFERENCES host(id),
  sha       TEXT NOT NULL,
  hostname  TEXT, kernel TEXT, microcode TEXT, governor TEXT, turbo TEXT, mitigations TEXT,
  clocksource TEXT, tsc_khz INTEGER, tsc_invariant INTEGER,
  pmu       TEXT NOT NULL CHECK (pmu IN ('none','papi','perf')),
  pmu_note  TEXT,                          -- PAPI's disabled_reason, word for word
  aslr INTEGER, thp TEXT, paranoid INTEGER,
  UNIQUE (host_id, sha)
) STRICT;

CREATE TABLE build (                       -- the thing under test (an emulator, or the native bench)
  id        INTEGER PRIMARY KEY,
  sha       TEXT NOT NULL,                 -- sha256 of the executable
  project   TEXT NOT NULL,                 -- tickmark-emu | qemu | bochs | native
  version   TEXT NOT NULL, commit_id TEXT, dirty INTEGER NOT NULL DEFAULT 0,
  seq       INTEGER,                       -- commit order: the x axis of a trend; NULL = not on it
  commit_time TEXT, compiler TEXT, cflags TEXT,
  UNIQUE (sha, project)
) STRICT;

CREATE TABLE env (                         -- where a test ran
  id        INTEGER PRIMARY KEY,
  sha       TEXT NOT NULL UNIQUE,          -- over kind, label, argv and image
  kind      TEXT NOT NULL CHECK (kind IN ('native','emu-interp','emu-jit','emu-kvm','qemu-tcg','qemu-kvm','bochs')),
  label     TEXT NOT NULL,
  argv      TEXT NOT NULL DEFAULT '',      -- without the words for the bench
  image_sha TEXT,                          -- guest image, NULL for native
  nested    INTEGER NOT NULL DEFAULT 0,    -- 1: kvm inside a VM
  guest_tsc TEXT NOT NULL DEFAULT 'unknown'
            CHECK (guest_tsc IN ('host','scaled','insn','fixed','virtual','unknown'))
) STRICT;

CREATE TABLE test (                        -- catalogue, one row per (name, code): never edit, only add
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL,                 -- family.name[/param], e.g. flags.adc_chain, mem.span/64
  code_sha  TEXT NOT NULL,                 -- sha256 of the measured machine code + its data recipe
  family    TEXT NOT NULL, title TEXT NOT NULL,
  alias     TEXT,                          -- the 2010 suite's own label: 'test 23b self mod'
  unit      TEXT NOT NULL DEFAULT 'clk/op',
  ops       INTEGER NOT NULL CHECK (ops > 0), -- operations per iteration
  noise     TEXT NOT NULL CHECK (noise IN ('floor','spread')), -- which estimator is primary
  needs     TEXT NOT NULL DEFAULT '',      -- words, separated by spaces
  marker    INTEGER NOT NULL DEFAULT 0,    -- 24-bit id on the marker port
  expect_lo REAL, expect_hi REAL,          -- sanity range on real hardware, if known
  UNIQUE (name, code_sha)
) STRICT;

CREATE TABLE sweep (                       -- one request by a person: plan on a host, resumable
  id        INTEGER PRIMARY KEY,
  uuid      TEXT NOT NULL UNIQUE,
  host_id   INTEGER NOT NULL REFERENCES host(id),
  state_id  INTEGER NOT NULL REFERENCES host_state(id),
  plan      TEXT NOT NULL, plan_sha TEXT NOT NULL, seed INTEGER NOT NULL,
  label     TEXT, collector TEXT NOT NULL,
  started   TEXT NOT NULL, finished TEXT,
  state     TEXT NOT NULL CHECK (state IN ('planned','running','done','aborted')),
  runner    TEXT,                          -- the process at work: "boot-id pid start-time"; NULL = none
  aa_floor  REAL                           -- noise floor measured by the sweep's own A/A pair
) STRICT;

CREATE TABLE sweep_env (                   -- the environments of a plan, with those that were missing
  sweep_id  INTEGER NOT NULL REFERENCES sweep(id) ON DELETE CASCADE,
  kind      TEXT NOT NULL,
  env_id    INTEGER REFERENCES env(id),    -- NULL: missing
  build_id  INTEGER REFERENCES build(id),
  rounds    INTEGER NOT NULL DEFAULT 0,
  frozen_n  TEXT,                          -- the --n string, from the first round
  reason    TEXT,                          -- why it is missing, and what brings it
  PRIMARY KEY (sweep_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE sweep_test (                  -- the tests of a plan, in catalogue order
  sweep_id  INTEGER NOT NULL REFERENCES sweep(id) ON DELETE CASCADE,
  test_id   INTEGER NOT NULL REFERENCES test(id),
  idx       INTEGER NOT NULL,              -- position in the bench's whole catalogue
  PRIMARY KEY (sweep_id, test_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (                         -- the resumable queue: one (env, build, test, round)
  id        INTEGER PRIMARY KEY,
  sweep_id  INTEGER NOT NULL REFERENCES sweep(id) ON DELETE CASCADE,
  pos       INTEGER NOT NULL,              -- order of the processes: all jobs of one (env, round) share it
  env_id    INTEGER NOT NULL REFERENCES env(id),
  build_id  INTEGER NOT NULL REFERENCES build(id),
  test_id   INTEGER NOT NULL REFERENCES test(id),
  round     INTEGER NOT NULL,
  state     TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready','running','done','failed','skip')),
  tries     INTEGER NOT NULL DEFAULT 0, note TEXT,
  UNIQUE (sweep_id, env_id, build_id, test_id, round)
) STRICT;
CREATE INDEX job_next ON job(sweep_id, state, pos);

CREATE TABLE run (                         -- one process that the collector started for a (env, round)
  id        INTEGER PRIMARY KEY,
  sweep_id  INTEGER NOT NULL REFERENCES sweep(id) ON DELETE CASCADE,
  env_id    INTEGER NOT NULL REFERENCES env(id),
  round     INTEGER NOT NULL,
  words     TEXT NOT NULL,                 -- what the bench was asked
  started   TEXT NOT NULL, wall_ms INTEGER,
  ending    TEXT,                          -- bye | exit N | signal N | timeout | output limit; NULL = collector killed
  bye_ok    INTEGER,                       -- 1: bye seen and its sum right, 0: seen and wrong, NULL: not seen
  samples   INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0, garbage INTEGER NOT NULL DEFAULT 0,
  guest_tsc TEXT, clock_tsc INTEGER, clock_pit_ms REAL, clock_host_tsc INTEGER, clock_host_ns INTEGER,
  cal_before INTEGER, cal_after INTEGER,   -- core kHz around a guest run
  padding   INTEGER NOT NULL DEFAULT 0,    -- bytes of environment padding
  note      TEXT                           -- all that was odd, one sentence each
) STRICT;

CREATE TABLE result (                      -- one test in one env of one sweep: the summary row
  id        INTEGER PRIMARY KEY,
  sweep_id  INTEGER NOT NULL REFERENCES sweep(id) ON DELETE CASCADE,
  env_id    INTEGER NOT NULL REFERENCES env(id),
  build_id  INTEGER NOT NULL REFERENCES build(id),
  test_id   INTEGER NOT NULL REFERENCES test(id),
  status    TEXT NOT NULL CHECK (status IN ('ok','noisy','unsupported','wrong','crash','timeout')),
  reason    TEXT,
  n         INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0,
  est REAL, lo REAL, hi REAL,              -- primary estimate and its 95 % interval, host core clk/op
  vmin REAL, vmed REAL, vtrim REAL, vmad REAL,
  tsc_per_op REAL, ns_per_op REAL, guest_tsc_per_op REAL,
  clk_ghz   REAL,                          -- core clock used for the conversion; NULL = not proven, est is in tsc
  check_ok  INTEGER,                       -- the test's own answer was right
  asked INTEGER, correct INTEGER,          -- of a suite of questions: how many, and how many were answered right
  flags     INTEGER NOT NULL DEFAULT 0,    -- 1 steal 2 migrated 4 nonlinear 8 negative 16 clock-moved 32 drift
  UNIQUE (sweep_id, env_id, build_id, test_id)
) STRICT;
CREATE INDEX result_by_test ON result(test_id, env_id, build_id);

CREATE TABLE sample (                      -- raw; i is the round: one sample per test and round; prunable
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  i         INTEGER NOT NULL,
  run_id    INTEGER REFERENCES run(id) ON DELETE SET NULL,
  at_ns     INTEGER NOT NULL,              -- CLOCK_MONOTONIC_RAW when its line was read
  iters     INTEGER NOT NULL,              -- N
  tsc1 INTEGER, tsc2 INTEGER,              -- host tsc of N and 2N iterations (guests: by the begin/end stamps)
  ns1 INTEGER, ns2 INTEGER,                -- host ns by the stamps; NULL natively
  guest1 INTEGER, guest2 INTEGER,          -- the guest's own counter for the same two; NULL natively
  cal_before INTEGER, cal_after INTEGER,   -- core clock in kHz around the sample; NULL = not proven
  tsc_khz   INTEGER,                       -- host tsc rate of the same conversion
  flags     INTEGER NOT NULL DEFAULT 0,
  check_ok  INTEGER NOT NULL DEFAULT 1, answer TEXT, want TEXT,
  asked INTEGER, correct INTEGER,          -- see result; NULL in rounds that asked nothing
  PRIMARY KEY (result_id, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (                     -- PAPI or software counters of a result
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  name      TEXT NOT NULL, value REAL NOT NULL, source TEXT NOT NULL, -- papi | perf | sde | rusage
  coverage  REAL NOT NULL DEFAULT 1.0,     -- time_running / time_enabled
  PRIMARY KEY (result_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage (                       -- emulator stage counters of a result, summed over its intervals
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  stage     TEXT NOT NULL CHECK (stage IN
            ('decode','translate','link','dispatch','execute','mmu','helper','irq','device','smc','idle')),
  calls INTEGER NOT NULL, clk REAL NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL DEFAULT 0,
  tsc   INTEGER NOT NULL,                  -- the same as clk before conversion to core clocks
  ops   REAL NOT NULL CHECK (ops > 0),     -- operations in those intervals: clk / ops is the clk/op of the stage
  PRIMARY KEY (result_id, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE hot_block (                   -- top guest blocks of a result
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  rank      INTEGER NOT NULL,
  guest_pc  INTEGER NOT NULL, guest_len INTEGER NOT NULL, insns INTEGER NOT NULL,
  code_sha  TEXT NOT NULL,                 -- of the guest bytes: joins the same block across builds
  execs INTEGER NOT NULL, clk REAL NOT NULL, translations INTEGER NOT NULL,
  host_bytes INTEGER NOT NULL, exits INTEGER NOT NULL DEFAULT 0,
  symbol TEXT, guest_asm TEXT, host_asm TEXT,
  PRIMARY KEY (result_id, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE reference_result (            -- published numbers; never mixed with measured ones
  id        INTEGER PRIMARY KEY,
  source    TEXT NOT NULL, host TEXT NOT NULL, env TEXT NOT NULL, test TEXT NOT NULL,
  value REAL, text TEXT, unit TEXT NOT NULL,
  UNIQUE (source, host, env, test, unit)
) STRICT;

CREATE TABLE step_mark (                   -- 'this build changed the level on purpose': restarts a baseline
  build_id  INTEGER NOT NULL REFERENCES build(id), test_name TEXT NOT NULL DEFAULT '*', note TEXT NOT NULL,
  PRIMARY KEY (build_id, test_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (                      -- detected movements and what became of them
  id        INTEGER PRIMARY KEY,
  test_id INTEGER NOT NULL REFERENCES test(id), env_kind TEXT NOT NULL, host_id INTEGER NOT NULL REFERENCES host(id),
  from_build INTEGER NOT NULL REFERENCES build(id), to_build INTEGER NOT NULL REFERENCES build(id),
  ratio REAL NOT NULL, lo REAL NOT NULL, hi REAL NOT NULL, p REAL NOT NULL,
  state TEXT NOT NULL DEFAULT 'suspect' CHECK (state IN ('suspect','confirmed','refuted','accepted','fixed')),
  confirm_sweep INTEGER REFERENCES sweep(id),
  UNIQUE (test_id, env_kind, host_id, from_build, to_build)
) STRICT;

-- Views: the only thing plots and people read.  Columns are added at the end, never renamed.
CREATE VIEW v_result AS
  SELECT r.id, r.sweep_id, r.status, r.est, r.lo, r.hi, r.vmin, r.vmed, r.ns_per_op, r.tsc_per_op,
         r.guest_tsc_per_op, r.flags, r.n, t.name AS test, t.family, t.code_sha, t.alias,
         e.kind AS env, e.label AS env_label, e.nested, h.fp AS host_fp, h.label AS host,
         b.project, b.version, b.seq, b.commit_id, s.started,
         t.title, t.ops, t.noise, r.reason, r.clk_ghz, r.check_ok, r.dropped, e.guest_tsc, b.sha AS build_sha,
         t.needs,
         -- 0: natively the test measures the host's kernel or hypervisor, or time is not what it is about
         NOT (' ' || t.needs || ' ' LIKE '% faults %' OR ' ' || t.needs || ' ' LIKE '% trap %'
              OR ' ' || t.needs || ' ' LIKE '% answers %') AS compares,
         r.asked, r.correct
  FROM result r JOIN test t ON t.id=r.test_id JOIN env e ON e.id=r.env_id
  JOIN build b ON b.id=r.build_id JOIN sweep s ON s.id=r.sweep_id JOIN host h ON h.id=s.host_id;

-- newest result per (host, env, test name), whatever its status
CREATE VIEW v_newest AS
  SELECT * FROM (SELECT v.*, row_number() OVER (PARTITION BY host_fp, env, test ORDER BY started DESC, id DESC) AS k
                 FROM v_result v) WHERE k = 1;

-- newest good result per (host, env, test name)
CREATE VIEW v_latest AS
  SELECT * FROM (SELECT v.*, row_number() OVER (PARTITION BY host_fp, env, test ORDER BY started DESC, id DESC) AS k
                 FROM v_result v WHERE status IN ('ok','noisy')) WHERE k = 1;

-- newest slowdown per (host, env, test).  NULL where a figure is missing or not positive.  Figures of two units (a core
-- clock was proven on one side only) are not divided: the ticks of both sides are, and the interval is scaled with them.
-- A geomean may only be taken over rows with compares = 1 (queries/means.sql does).
CREATE VIEW v_slowdown_latest AS
  SELECT * FROM (SELECT x.*, row_number() OVER (PARTITION BY host_fp, env, test ORDER BY started DESC, gid DESC) AS k
    FROM (SELECT gid, host_fp, host, env, test, family, started, version, native_clk, guest_clk,
                 guest_clk/native_clk * scale AS slowdown, guest_lo/native_hi * scale AS slow_lo,
                 CASE WHEN native_lo > 0 THEN guest_hi/native_lo * scale END AS slow_hi,
                 guest_status, native_status, title, alias, sweep_id, compares, needs, code_sha
          FROM (SELECT g.id AS gid, g.host_fp, g.host, g.env, g.test, g.family, g.started, g.version, g.title, g.alias,
                       g.sweep_id, g.compares, g.needs, g.code_sha, g.status AS guest_status, n.status AS native_status,
                       g.est AS guest_clk, g.lo AS guest_lo, g.hi AS guest_hi,
                       n.est AS native_clk, n.lo AS native_lo, n.hi AS native_hi,
                       CASE WHEN NOT (g.est > 0 AND n.est > 0) THEN NULL
                            WHEN (g.clk_ghz IS NULL) = (n.clk_ghz IS NULL) THEN 1.0
                            WHEN g.tsc_per_op > 0 AND n.tsc_per_op > 0
                            THEN (g.tsc_per_op/n.tsc_per_op) / (g.est/n.est) END AS scale
                FROM v_result g JOIN v_result n
                  ON n.sweep_id=g.sweep_id AND n.test=g.test AND n.code_sha=g.code_sha AND n.env='native'
                WHERE g.env<>'native' AND g.status IN ('ok','noisy') AND n.status IN ('ok','noisy'))) x)
  WHERE k=1;

-- the slowdowns that tables show and means are taken over: of those, where the test's newest outcome in the environment
-- is good and of the same machine code.  A wrong or crashed run must not leave an older figure standing.
CREATE VIEW v_slowdown_shown AS
  SELECT s.*, n.id AS newest_id, s.gid <> n.id AS older
  FROM v_slowdown_latest s JOIN v_newest n ON n.host_fp=s.host_fp AND n.env=s.env AND n.test=s.test
  WHERE n.status IN ('ok','noisy') AND n.code_sha=s.code_sha;

-- stage cost per operation of the newest result that has stage rows, per (host, env, test)
CREATE VIEW v_stage_latest AS
  SELECT v.host_fp, v.host, v.env, v.test, v.family, v.title, v.sweep_id, v.started, v.status, v.est,
         s.stage, s.clk/s.ops AS clk_per_op, s.calls/s.ops AS calls_per_op, s.items/s.ops AS items_per_op,
         s.bytes/s.ops AS bytes_per_op,
         s.clk / NULLIF((SELECT sum(a.clk) FROM stage a WHERE a.result_id=s.result_id), 0) AS share
  FROM (SELECT w.*, row_number() OVER (PARTITION BY host_fp, env, test ORDER BY started DESC, id DESC) AS kk
        FROM v_result w WHERE EXISTS (SELECT 1 FROM stage z WHERE z.result_id=w.id)) v
  JOIN stage s ON s.result_id=v.id WHERE v.kk=1;
