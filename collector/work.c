/* work.c: see work.h. */
#include "collector/work.h"
#include "collector/statistics.h"

#include <stdlib.h>
#include <string.h>

int work_may_run(const struct sweep *sweep, const struct catalogue_test *test, char *why,
                 size_t room)
{
    int asked = !sweep->quick;
    for (size_t i = 0; i < sweep->globs.count; i++)
        asked |= option_glob_match(sweep->globs.items[i], test->name); /* none begins with ~ */
    if (!test->is_work)
        return 1;
    if (!asked)
        snprintf(why, room, "a quick sweep has workloads only if -t asks for them");
    return asked && env_find_work(&sweep->envs[0].site, why, room) == 0;
}

int work_command(const struct sweep_env *env, const struct catalogue_test *test, int64_t round,
                 struct env_command *command, char *why, size_t room)
{
    struct env_work work = {test->name, test->code, test->want, round};
    return env->row->work_command(&env->site, &work, command, why, room);
}

/* Rounds in the environment; 0 with the reason why not. */
static int64_t rounds_in(const struct sweep *sweep, const struct sweep_env *env,
                         const struct options *options, char *why, size_t room)
{
    const struct env *row = env->row;
    if (!row->work_command) {
        snprintf(why, room, "it runs no workloads");
        return 0;
    }
    if (row->work_present(&env->site, why, room) < 0)
        return 0;
    int64_t rounds = sweep->quick ? row->quick_work_rounds : row->work_rounds;
    if (!rounds)
        snprintf(why, room, "left out of a quick sweep: a run takes minutes");
    return options->rounds != STORE_NONE && options->rounds < rounds ? options->rounds : rounds;
}

/* The result says why there is none. */
static int refuse(struct sweep *sweep, const struct sweep_env *env,
                  const struct catalogue_test *test, int64_t pos, const char *why)
{
    struct store_verdict v = {sweep->id,  env->env_id, env->build_id, test->id,
                              STORE_NONE, "skip",      "unsupported", why};
    return store_add_job(sweep->store, sweep->id, pos, env->env_id, env->build_id, test->id, 0) <
                       0 ||
                   store_fail_job(sweep->store, &v) < 0
               ? -1
               : 0;
}

int work_add_jobs(struct sweep *sweep, const struct options *options, int64_t pos)
{
    char why[8][320] = {""};
    int64_t rounds[8], most = 0;
    int any = 0;
    for (size_t t = 0; t < sweep->catalogue.count; t++)
        any |= sweep->catalogue.tests[t].is_work && sweep->catalogue.tests[t].id;
    for (size_t i = 0; any && i < sweep->env_count; i++) {
        rounds[i] = *sweep->envs[i].missing
                        ? 0
                        : rounds_in(sweep, &sweep->envs[i], options, why[i], sizeof why[i]);
        most = rounds[i] > most ? rounds[i] : most;
        if (*why[i] && !*sweep->envs[i].missing)
            fprintf(stderr, "tickmark: no workloads in %s: %s\n", sweep->envs[i].row->kind, why[i]);
    }
    struct env_command *command = calloc(1, sizeof *command);
    int status = command ? 0 : -1;
    for (int64_t round = 0; !status && any && (round < most || !round); round++) {
        size_t order[8];
        statistics_shuffle(order, sweep->env_count,
                           (uint64_t)sweep->seed * 1000003u + (uint64_t)round);
        for (size_t t = 0; !status && t < sweep->catalogue.count; t++) {
            const struct catalogue_test *test = &sweep->catalogue.tests[t];
            for (size_t k = 0; test->is_work && test->id && !status && k < sweep->env_count; k++) {
                const struct sweep_env *env = &sweep->envs[order[k]];
                char reason[320];
                if (*env->missing || (round && round >= rounds[order[k]]))
                    continue;
                snprintf(reason, sizeof reason, "%s", why[order[k]]);
                if (!rounds[order[k]] ||
                    work_command(env, test, round, command, reason, sizeof reason) < 0)
                    status = round ? 0 : refuse(sweep, env, test, pos++, reason);
                else
                    status = store_add_job(sweep->store, sweep->id, pos++, env->env_id,
                                           env->build_id, test->id, round);
            }
        }
    }
    free(command);
    return status;
}

struct catalogue_test *work_of_group(const struct sweep *sweep, const struct store_group *group)
{
    for (size_t i = 0; i < sweep->catalogue.count; i++)
        if (sweep->catalogue.tests[i].id == group->jobs[0].test_id)
            return sweep->catalogue.tests[i].is_work ? &sweep->catalogue.tests[i] : NULL;
    return NULL;
}

int64_t work_timeout_s(const struct sweep *sweep, const struct sweep_env *env)
{
    return sweep->timeout_s == STORE_NONE ? env->row->work_timeout_s : sweep->timeout_s;
}
