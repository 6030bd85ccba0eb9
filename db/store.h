/* store.h: the result store, and the only C API to SQL in the project.
 *
 * One SQLite file, write-ahead log, foreign keys on.  The schema is db/migrations/ (embedded in the
 * program), the questions people and charts ask are db/queries/NAME.sql (embedded too).
 *
 * Every function that can fail returns a negative number (or NULL) and leaves one sentence in
 * store_error().  Values are always bound, never printed into SQL.  Optional integers are absent
 * when they are STORE_NONE, optional reals when they are NAN, optional texts when they are NULL.
 *
 * What a kill -9 may cost: nothing that a call has returned for, unless the call was between
 * store_begin() and store_commit().
 */
#ifndef DB_STORE_H
#define DB_STORE_H

#include <stddef.h>
#include <stdint.h>

#define STORE_NONE INT64_MIN /* an absent integer */

struct store;
enum store_mode {
    STORE_READ,  /* the file must exist; nothing is written.  One of an older schema is read as a
                    temporary copy that was brought up */
    STORE_WRITE, /* created and brought to the newest schema if need be */
};

/* NULL on failure, with the reason in err. */
struct store *store_open(const char *path, enum store_mode mode, char *err, size_t errlen);
void store_close(struct store *store);
const char *store_error(const struct store *store);
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);
int store_schema_version(void); /* the newest schema this program knows */
/* For whoever asks SQLite himself: the connection, which stays the store's. */
struct sqlite3 *store_connection(struct store *store);

/* ---- tables of any query -------------------------------------------------------------------- */
enum store_type { STORE_TEXT, STORE_INTEGER, STORE_REAL };
struct store_cell {
    char *text; /* NULL: absent */
    double real;
    enum store_type type;
};
struct store_table {
    size_t columns, rows;
    char **names;             /* [columns] */
    struct store_cell *cells; /* [rows * columns] */
};
struct store_param {
    const char *name; /* as in the SQL, with its colon: ":sweep" */
    const char *text; /* NULL: bind integer */
    int64_t integer;  /* STORE_NONE: bind NULL */
};
/* query: the name of a file of db/queries without .sql, or SQL text (if it holds a space).
 * Parameters that the SQL does not name are ignored, those not given are NULL. */
int store_query(struct store *store, const char *query, const struct store_param *params,
                size_t nparam, struct store_table *table);
void store_free_table(struct store_table *table);
const struct store_cell *store_cell(const struct store_table *table, size_t row, size_t column);
/* Number of the column of that name, or -1. */
int store_find_column(const struct store_table *table, const char *name);

/* ---- identities: each returns the row's id, new or old -------------------------------------- */
struct store_host {
    const char *fp, *label, *vendor, *brand, *virt, *facts;
    int64_t family, model, stepping, ncpu, smt, l1d, l1i, l2, l3, mem_mib;
};
struct store_host_state {
    const char *sha, *hostname, *kernel, *microcode, *governor, *turbo, *mitigations, *clocksource,
        *pmu, *pmu_note, *thp;
    int64_t tsc_khz, tsc_invariant, aslr, paranoid;
};
struct store_build {
    const char *sha, *project, *version;
};
struct store_env {
    const char *sha, *kind, *label, *argv, *image_sha;
};
struct store_test {
    const char *name, *code_sha, *family, *title, *alias, *noise, *needs;
    int64_t ops, marker;
};
int64_t store_put_host(struct store *store, const struct store_host *host);
int64_t store_put_host_state(struct store *store, int64_t host_id,
                             const struct store_host_state *state);
int64_t store_put_build(struct store *store, const struct store_build *build);
int64_t store_put_env(struct store *store, const struct store_env *env);
int64_t store_put_test(struct store *store, const struct store_test *test);
int store_set_env_clock(struct store *store, int64_t env_id, const char *guest_tsc);

/* ---- sweeps and their queue ----------------------------------------------------------------- */
struct store_sweep {
    int64_t id, host_id, state_id, seed;
    char *plan, *label, *started, *state, *runner;
};
int64_t store_new_sweep(struct store *store, int64_t host_id, int64_t state_id, const char *plan,
                        const char *plan_sha, int64_t seed, const char *label,
                        const char *collector);
/* state NULL: as it was; runner NULL: nobody; done also sets the end time. */
int store_set_sweep(struct store *store, int64_t sweep_id, const char *state, const char *runner);
/* The newest sweep (unfinished: the newest planned or running one), or, unless it is STORE_NONE,
 * the one of that number: 1 found, 0 none, -1 error. */
int store_find_sweep(struct store *store, int unfinished, int64_t id, struct store_sweep *sweep);
/* The second one is the first one's twin (sweep --aa). */
int store_set_twin(struct store *store, int64_t sweep_id, int64_t twin_id);
/* Of either of the two the other: 1 found, 0 none, -1 error. */
int store_find_twin(struct store *store, int64_t sweep_id, int64_t *twin_id);
void store_free_sweep(struct store_sweep *sweep);
int store_put_sweep_env(struct store *store, int64_t sweep_id, const char *kind, int64_t env_id,
                        int64_t build_id, int64_t rounds, const char *reason);
int store_set_frozen_n(struct store *store, int64_t sweep_id, const char *kind, const char *n);
int store_put_sweep_test(struct store *store, int64_t sweep_id, int64_t test_id, int64_t idx);
int store_add_job(struct store *store, int64_t sweep_id, int64_t pos, int64_t env_id,
                  int64_t build_id, int64_t test_id, int64_t round);
/* All that was running when a collector died is ready again. */
int store_requeue_jobs(struct store *store, int64_t sweep_id);

/* Ready jobs of rounds >= from_round in all environments but `keep` become skip, with the note;
 * results are not touched.  The number of jobs, or -1. */
int64_t store_skip_rounds(struct store *store, int64_t sweep_id, int64_t from_round,
                          const char *keep, const char *note);
/* The noise floor of each environment of the sweep: 95th percentile of the difference of halves
 * over its floor results, that is, of the same build against itself, odd rounds against even ones.
 * One that a twin was measured for stays.  sweep.aa_floor is the native one. */
int store_set_noise(struct store *store, int64_t sweep_id);
/* The same from two sweeps of one build in turn. */
int store_set_twin_noise(struct store *store, int64_t sweep_id, const char *kind, double floor,
                         int64_t tests);
/* Tests of the environment whose interval is within +-share of the estimate after at least so many
 * rounds get no more: their ready jobs become skip, with the note ("interval ...").  The number of
 * jobs, or -1. */
int64_t store_stop_tests(struct store *store, int64_t sweep_id, int64_t env_id, int64_t least,
                         double share, const char *note);
/* For each result of the sweep what ended its rounds, by the notes of its jobs ("interval ...",
 * "time
 * ..."). */
int store_set_stops(struct store *store, int64_t sweep_id);

/* What a PMU says of the calibrated core clock; verdict: agrees | differs. */
int store_set_clock_verdict(struct store *store, int64_t sweep_id, int64_t clock_khz,
                            int64_t counted_khz, const char *verdict);

struct store_group { /* the jobs of one process: those of (env, round, pos) that are still ready */
    int64_t env_id, build_id, round, pos;
    size_t count;
    struct store_job {
        int64_t id, test_id;
    } * jobs;
};
/* The next group of ready jobs: 1 found, 0 the queue is empty, -1 error. */
int store_next_group(struct store *store, int64_t sweep_id, struct store_group *group);
void store_free_group(struct store_group *group);
/* Marks these jobs running and counts a try. */
int store_start_jobs(struct store *store, const struct store_group *group);
/* Jobs of the group that still run are ready again (their process ended before them). */
int store_release_jobs(struct store *store, const struct store_group *group);
/* One job, or with round = STORE_NONE all unfinished jobs of (env, test), becomes failed or skip,
 * and its result gets the status, in one transaction. */
struct store_verdict {
    int64_t sweep_id, env_id, build_id, test_id, round;
    const char *job_state, *status, *reason;
};
int store_fail_job(struct store *store, const struct store_verdict *verdict);

/* ---- runs and samples ----------------------------------------------------------------------- */
struct store_run {
    int64_t id, sweep_id, env_id, round, wall_ms, bye_ok, samples, lines, garbage, clock_tsc,
        clock_host_tsc, clock_host_ns, cal_before, cal_after, padding;
    int64_t cpu_ns, wait_ns, preempted, steal_ms, pressure_us; /* STORE_NONE: not known */
    double clock_pit_ms;
    const char *words, *ending, *guest_tsc, *note;
};
int64_t store_begin_run(struct store *store, const struct store_run *run);
int store_end_run(struct store *store, const struct store_run *run);
/* The calibration after a run, for those of its samples that have one from before it only. */
int store_calibrate_run(struct store *store, int64_t run_id, int64_t after_khz, int64_t flags);

struct store_sample {
    int64_t sweep_id, env_id, build_id, test_id, round, run_id;
    int64_t at_ns, iters, tsc1, tsc2, ns1, ns2, guest1, guest2, cal_before, cal_after, tsc_khz,
        flags, check_ok, asked, correct;
    int64_t wait_ns, away_ns, preempted, faults; /* taken by others; STORE_NONE: not known */
    const char *answer, *want;
};
/* Stores the sample and finishes its job in one transaction: 1 stored, 0 the job was finished
 * already (nothing changes), -1 error. */
int store_put_sample(struct store *store, const struct store_sample *sample);

/* ---- judging -------------------------------------------------------------------------------- */
struct store_result {
    int64_t id, sweep_id, env_id, build_id, test_id;
    int64_t ops;
    char kind[16], noise[16], guest_tsc[16], status[16];
};
/* All results of the sweep (env_id = STORE_NONE: of every environment); the caller frees *results.
 */
int store_list_results(struct store *store, int64_t sweep_id, int64_t env_id,
                       struct store_result **results, size_t *count);
/* Samples in order of rounds; the caller frees *samples.  Their texts are NULL. */
int store_list_samples(struct store *store, int64_t result_id, struct store_sample **samples,
                       size_t *count);
struct store_estimate {
    const char *status, *reason;
    int64_t n, dropped, check_ok, flags;
    double est, lo, hi, vmin, vmed, vtrim, vmad, tsc_per_op, ns_per_op, guest_tsc_per_op, clk_ghz,
        halves;
};
int store_set_estimate(struct store *store, int64_t result_id,
                       const struct store_estimate *estimate);

/* A movement of a test between two builds; the newest judgement stays, unless it was accepted. */
struct store_change {
    int64_t test_id, host_id, from_build, to_build, confirm_sweep;
    const char *env, *state; /* suspect | confirmed | refuted */
    double ratio, lo, hi, p;
};
int store_put_change(struct store *store, const struct store_change *change);

struct store_stage {
    const char *stage;
    int64_t calls, items, bytes, tsc;
    double clk, ops;
};
/* Adds to the stage's row of (sweep, env, build, test); without a result yet it does nothing. */
int store_add_stage(struct store *store, int64_t sweep_id, int64_t env_id, int64_t build_id,
                    int64_t test_id, const struct store_stage *stage);

struct store_hot_block {
    int64_t rank, guest_pc, guest_len, insns, execs, translations, host_bytes, exits;
    double clk;
    const char *code_sha, *symbol, *guest_asm, *host_asm;
};
int store_put_hot_block(struct store *store, int64_t result_id,
                        const struct store_hot_block *block);
int store_drop_hot_blocks(struct store *store, int64_t result_id);
/* What a counter says of one operation of the result; source: papi | perf | rusage. */
int store_put_counter(struct store *store, int64_t result_id, const char *name, double per_op,
                      const char *source);
int store_drop_counters(struct store *store, int64_t result_id);

/* ---- exchange and care ---------------------------------------------------------------------- */
/* Takes a piece of the text: 0, or -1 to stop. */
typedef int store_export_write(void *context, const char *bytes, size_t count);
/* The sweeps whose numbers are in the JSON array, with all that belongs to them.  canonical: the
 * same bytes from every store that has the same sweeps. */
int store_export(struct store *store, const char *sweeps, int canonical, store_export_write *write,
                 void *context);
struct store_imported {
    int64_t added, replaced, known; /* sweeps */
    int64_t unknown;                /* fields of a newer export that were left out */
};
/* The bytes of one export, all of it or nothing; twice the same, and files in any order, leave the
 * same store.  A sweep that is there already is replaced by one that is further, or as far and
 * greater in its bytes. */
int store_import(struct store *store, const char *bytes, size_t count,
                 struct store_imported *imported);
/* Keeps the sum of what a finished sweep holds, for store_check(). */
int store_seal_sweep(struct store *store, int64_t sweep_id);
/* Everything that is wrong with the store as rows (what, where): the file's structure, foreign
 * keys, sums, samples that are missing. */
int store_check(struct store *store, struct store_table *findings);
/* Drops the samples of these sweeps (results stay), or the sweeps themselves, and then whatever
 * host, build, environment or test nothing refers to any more.  A sweep that is not finished is
 * left alone. The number of sweeps, or -1. */
int64_t store_prune(struct store *store, const char *sweeps, int whole);
/* Gives the room of what was dropped back to the file system. */
int store_shrink(struct store *store);

#endif
