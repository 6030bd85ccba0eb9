/* command_dry_run.c: sweep --dry-run: what would be measured, how often, and about how long.
 * The plan is made as always, in a store of its own that is thrown away: the database is only read.
 */
#include "collector/command.h"
#include "collector/estimate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void remove_scratch(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[300];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%.280s%s", path, ends[i]);
        unlink(name);
    }
}

static void time_text(double seconds, char *text, size_t room)
{
    long whole = (long)(seconds + 0.5);
    snprintf(text, room, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

static void put_time(struct table *table, double seconds)
{
    char text[40];
    time_text(seconds, text, sizeof text);
    table_text(table, text);
    table_number(table, seconds, 4);
}

struct total {
    int64_t jobs;
    double seconds;
};

static void put_sweep(struct table *table, const struct sweep *sweep, const char *label,
                      const struct estimate *estimate, struct total *total)
{
    size_t tests = 0, works = 0;
    for (size_t i = 0; i < sweep->catalogue.count; i++)
        if (sweep->catalogue.tests[i].id)
            ++*(sweep->catalogue.tests[i].is_work ? &works : &tests);
    for (size_t i = 0; i < sweep->env_count && i < ESTIMATE_ENVS; i++) {
        const struct sweep_env *e = &sweep->envs[i];
        int64_t jobs = estimate->env[i].jobs + estimate->env[i].works;
        table_text(table, label);
        table_text(table, e->row->kind);
        table_text(table, *e->missing ? NULL : e->label);
        table_integer(table, *e->missing ? STORE_NONE : (int64_t)(tests + works));
        table_integer(table, *e->missing ? STORE_NONE : e->rounds);
        table_integer(table, *e->missing ? STORE_NONE : jobs);
        put_time(table, estimate->env[i].seconds);
        table_text(table, *e->missing                    ? e->missing
                          : estimate->env[i].is_measured ? "time as in earlier sweeps"
                                                         : "time is a guess");
        total->jobs += jobs;
        total->seconds += estimate->env[i].seconds;
    }
}

static int plan_dry(struct table *table, const struct options *options, const char *default_env,
                    struct store *history, const char *scratch, struct total *total)
{
    struct options dry = *options;
    struct estimate estimate;
    char err[4200] = "";
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep)
        return command_fail("no memory");
    dry.db = scratch;
    int code = plan_new(sweep, &dry, default_env, err, sizeof err);
    if (!code && estimate_read(sweep, history, &estimate) < 0) {
        snprintf(err, sizeof err, "%s", store_error(sweep->store));
        code = 1;
    }
    if (code)
        command_fail(err);
    else
        put_sweep(table, sweep, options->label, &estimate, total);
    plan_close(sweep);
    free(sweep);
    return code;
}

int command_dry_run(const struct planfile *plan, const struct options *options,
                    const char *default_env)
{
    static const char *const heads[] = {"version", "env",  "program", "tests", "rounds",
                                        "jobs",    "time", "seconds", "remark"};
    char scratch[200], err[600];
    const char *tmp = getenv("TMPDIR");
    struct total total = {0, 0};
    struct table table;
    snprintf(scratch, sizeof scratch, "%.100s/tickmark-plan-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd = mkstemp(scratch);
    if (fd < 0)
        return command_fail("no folder for a scratch database (TMPDIR)");
    close(fd);
    unlink(scratch);
    struct store *history = access(options->db, F_OK) == 0
                                ? store_open(options->db, STORE_READ, err, sizeof err)
                                : NULL;
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    int code = 0;
    for (size_t i = 0; !code && i < plan->count; i++)
        code = plan_dry(&table, &plan->versions[i], default_env, history, scratch, &total);
    store_close(history);
    remove_scratch(scratch);
    if (code) {
        table_free(&table);
        return code;
    }
    table_text(&table, NULL);
    table_text(&table, "all");
    for (int i = 0; i < 3; i++)
        table_text(&table, NULL);
    table_integer(&table, total.jobs);
    put_time(&table, total.seconds);
    const struct options *first = &plan->versions[0];
    int64_t minutes = first->minutes != STORE_NONE ? first->minutes
                      : first->quick               ? PLAN_QUICK_MINUTES
                                                   : STORE_NONE;
    char limit[100];
    snprintf(limit, sizeof limit, "after %lld minute%s only what has no round yet",
             (long long)minutes, minutes == 1 ? "" : "s");
    table_text(&table, minutes == STORE_NONE ? NULL : limit);
    return command_print(&table, options);
}
