/* queue.c: works the queue off, one process at a time.
 *
 * A test that was under way when its process died or hung is guilty: it gets the status, for all
 * rounds of the environment, and the rest of the round is run again without it.  When nobody is
 * named, the rest is run again; if nothing came of that either, one test per process, until the
 * guilty one stands alone.  An environment that brings nothing BARREN_LIMIT times in a row (a
 * process without even a hello counts double) is given up: what is left of it gets the status, and
 * the sweep goes on. */
#include "collector/run.h"
#include "collector/stamp.h"
#include "collector/words.h"
#include "collector/work.h"

#include <string.h>

#define MUTE_LIMIT      3
#define BARREN_TIMEOUTS 5
#define STUCK_LIMIT                                                                                \
    20 /* processes in a row that left no fewer jobs: each finds a guilty one soon */

volatile sig_atomic_t sweep_interrupted;

static struct sweep_env *env_of(struct sweep *sweep, int64_t env_id)
{
    for (size_t i = 0; i < sweep->env_count; i++)
        if (!*sweep->envs[i].missing && sweep->envs[i].env_id == env_id)
            return &sweep->envs[i];
    return NULL;
}

static const char *status_of(enum run_ending ending)
{
    return ending == RUN_TIMEOUT ? "timeout" : "crash";
}

static int fail(struct sweep *sweep, const struct store_group *group, int64_t test_id,
                const char *status, const char *reason)
{
    struct store_verdict v = {sweep->id,  group->env_id, group->build_id, test_id,
                              STORE_NONE, "failed",      status,          reason};
    return store_fail_job(sweep->store, &v);
}

/* All tests of the environment that still have a job. */
static int give_up(struct sweep *sweep, struct sweep_env *env, const struct store_group *group,
                   const char *status, const char *reason)
{
    char text[480];
    snprintf(text, sizeof text, "environment given up: %s", reason);
    progress_clear(&sweep->progress);
    fprintf(stderr, "tickmark: %s %s\n", env->row->kind, text);
    int entered = store_begin(sweep->store);
    struct store_table left;
    struct store_param params[] = {{":sweep", NULL, sweep->id}, {":env", NULL, group->env_id}};
    if (entered < 0)
        return -1;
    int state =
        store_query(sweep->store,
                    "SELECT DISTINCT test_id FROM job WHERE sweep_id = :sweep AND env_id = :env "
                    "AND state IN ('ready','running')",
                    params, 2, &left);
    for (size_t i = 0; state == 0 && i < left.rows; i++)
        state = fail(sweep, group, (int64_t)store_cell(&left, i, 0)->real, status, text);
    store_free_table(&left);
    if (state == 0)
        return store_commit(sweep->store);
    store_rollback(sweep->store);
    return -1;
}

static int settle(struct sweep *sweep, struct sweep_env *env, const struct store_group *group,
                  const struct run_outcome *outcome, int64_t left, double seconds)
{
    if (outcome->ending == RUN_INTERRUPTED)
        return 0;
    env->mute = outcome->said_hello ? 0 : env->mute + 1;
    env->barren_s = outcome->finished ? 0 : env->barren_s + seconds;
    if (!left)
        return 0;
    const char *status = status_of(outcome->ending), *reason = outcome->reason;
    if (outcome->ending == RUN_BYE)
        reason = "the bench ended without a result for it";
    int64_t guilty = outcome->culprit    ? outcome->culprit
                     : group->count == 1 ? group->jobs[0].test_id
                                         : 0;
    int64_t timeout_s = sweep->timeout_s == STORE_NONE ? env->row->timeout_s : sweep->timeout_s;
    if (work_of_group(sweep, group))
        timeout_s = work_timeout_s(sweep, env);
    if (outcome->ending == RUN_NOT_STARTED || env->mute >= MUTE_LIMIT ||
        env->barren_s > BARREN_TIMEOUTS * (double)timeout_s)
        return give_up(sweep, env, group, status, reason);
    env->isolate = !guilty;
    env->isolated_round = group->round;
    if (!guilty)
        return 0;
    return fail(sweep, group, guilty, status, reason);
}

/* Ready and running jobs of the environment. */
static int64_t count_left(struct sweep *sweep, const struct store_group *group, int in_group)
{
    struct store_table table;
    struct store_param params[] = {
        {":sweep", NULL, sweep->id}, {":env", NULL, group->env_id}, {":round", NULL, group->round}};
    int64_t left = -1;
    const char *sql =
        in_group ? "SELECT count(*) FROM job WHERE sweep_id = :sweep AND env_id = :env AND "
                   "round = :round AND state = 'running'"
                 : "SELECT count(*) FROM job WHERE sweep_id = :sweep AND env_id = :env AND "
                   "state IN ('ready','running')";
    if (store_query(sweep->store, sql, params, 3, &table) == 0) {
        left = (int64_t)store_cell(&table, 0, 0)->real;
        store_free_table(&table);
    }
    return left;
}

static int freeze_n(struct sweep *sweep, const struct sweep_env *env, char *frozen_n, size_t room)
{
    struct store_table rows;
    struct store_param params[] = {{":sweep", NULL, sweep->id}, {":env", NULL, env->env_id}};
    if (store_query(sweep->store, "frozen_n", params, 2, &rows) < 0)
        return -1;
    words_freeze(&rows, frozen_n, room);
    store_free_table(&rows);
    return *frozen_n ? store_set_frozen_n(sweep->store, sweep->id, env->row->kind, frozen_n) : 0;
}

/* Tests that are known well enough get no more rounds. */
static int stop_narrow(struct sweep *sweep, const struct sweep_env *env)
{
    char note[80];
    if (!(sweep->precision > 0))
        return 0;
    snprintf(note, sizeof note, "interval within +-%g %%", 100 * sweep->precision);
    int64_t skipped = store_stop_tests(sweep->store, sweep->id, env->env_id, PLAN_STOP_LEAST,
                                       sweep->precision, note);
    if (skipped > 0) {
        sweep->progress.envs[env - sweep->envs].left -= skipped;
        sweep->progress.total -= skipped;
    }
    return skipped < 0 ? -1 : 0;
}

static int work_group(struct sweep *sweep, struct sweep_env *env, struct store_group *group)
{
    char words[ENV_WORDS], frozen_n[2048] = "", why[160];
    struct run_outcome outcome;
    struct stamp start = stamp_now();
    int64_t before = count_left(sweep, group, 0);
    if (env->isolate && env->isolated_round != group->round)
        env->isolate = 0; /* nobody was found */
    if (env->isolate)
        group->count = 1;
    const struct catalogue_test *workload = work_of_group(sweep, group);
    if (before < 0 || (!workload && freeze_n(sweep, env, frozen_n, sizeof frozen_n) < 0))
        return -1;
    if (workload)
        snprintf(words, sizeof words, "-t %s --round %lld", workload->name,
                 (long long)group->round);
    else if (words_write(sweep, env, group, frozen_n, words, why, sizeof why) < 0)
        return give_up(sweep, env, group, "crash", why);
    if (store_start_jobs(sweep->store, group) < 0 ||
        run_execute(sweep, env, group, words, &outcome) < 0)
        return -1;
    int64_t left = count_left(sweep, group, 1);
    double seconds = (double)(stamp_now().at_ns - start.at_ns) / 1e9;
    if (left < 0 || settle(sweep, env, group, &outcome, left, seconds) < 0 ||
        store_release_jobs(sweep->store, group) < 0 ||
        judge_results(sweep->store, sweep->id, env->env_id) < 0)
        return -1;
    int64_t after = count_left(sweep, group, 0);
    progress_add(&sweep->progress, (size_t)(env - sweep->envs), before - after, seconds);
    progress_process(&sweep->progress, (size_t)(env - sweep->envs), group->round, before - after,
                     seconds);
    return after < 0 || stop_narrow(sweep, env) < 0 ? -1 : 0;
}

/* A queue that does not get shorter, whatever is entered into it: an index that is damaged shows
 * jobs that are done. */
static int is_stuck(struct sweep *sweep, int64_t before, int64_t after)
{
    sweep->stuck = after < before ? 0 : sweep->stuck + 1;
    if (sweep->stuck < STUCK_LIMIT)
        return 0;
    progress_clear(&sweep->progress);
    fprintf(stderr,
            "tickmark: the queue of sweep %lld does not get shorter: the database is damaged "
            "(`tickmark check` says where)\n",
            (long long)sweep->id);
    return 1;
}

/* Once the minutes are over, each environment keeps its first round; native rounds are short, and
 * all else is divided by them. */
static int keep_time(struct sweep *sweep)
{
    double spent_s = (double)(stamp_now().at_ns - sweep->started_ns) / 1e9;
    char note[80];
    if (sweep->minutes == STORE_NONE || spent_s < 60.0 * (double)sweep->minutes)
        return 0;
    snprintf(note, sizeof note, "time is up: %lld minutes", (long long)sweep->minutes);
    int64_t skipped = store_skip_rounds(sweep->store, sweep->id, 1, "native", note);
    if (skipped > 0) {
        progress_clear(&sweep->progress);
        fprintf(stderr, "tickmark: %s; %lld jobs of further rounds are left out\n", note,
                (long long)skipped);
        for (size_t i = 0; i < sweep->env_count; i++)
            if (sweep->envs[i].row->guest)
                sweep->progress.envs[i].left = 0;
        sweep->progress.total -= skipped;
    }
    return skipped < 0 ? -1 : 0;
}

int queue_step(struct sweep *sweep)
{
    struct store_group group;
    if (keep_time(sweep) < 0)
        return -1;
    if (sweep_interrupted)
        return 2;
    int found = store_next_group(sweep->store, sweep->id, &group);
    if (found <= 0)
        return found;
    struct sweep_env *env = env_of(sweep, group.env_id);
    int64_t before = env ? count_left(sweep, &group, 0) : -1;
    int status = before < 0 ? -1 : work_group(sweep, env, &group);
    int64_t after = status < 0 ? -1 : count_left(sweep, &group, 0);
    store_free_group(&group);
    return after < 0 || is_stuck(sweep, before, after) ? -1 : 1;
}

int queue_work(struct sweep *sweep)
{
    int status;
    while ((status = queue_step(sweep)) == 1)
        ;
    progress_clear(&sweep->progress);
    return status == 2 || sweep_interrupted ? 1 : status;
}
