/* command_counters.c: counters: what the ladder counts per operation, in a run of its own.
 *
 * The counters are read when the bench's begin and end lines arrive; to read them delays the next
 * line's stamp, so a sweep does not.  As with time, N and 2N iterations are counted and the
 * difference is taken: what begin and end cost, and how late they are seen, cancels. */
#include "collector/catalogue.h"
#include "collector/child.h"
#include "collector/command.h"
#include "collector/counter_keep.h"
#include "collector/digest.h"
#include "collector/env/env.h"
#include "collector/event.h"
#include "collector/ladder.h"
#include "collector/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TIMEOUT_S = 300, MIN_US = 20000, ROUNDS = 5, PAIRS_MOST = 200 };

struct reading {
    struct ladder_value values[LADDER_MOST];
    size_t count;
};
struct sum {                       /* the rounds of one test */
    double (*per_op)[LADDER_MOST]; /* per pair */
    size_t pairs;
    double ops;
    struct reading names;
};
struct watch {
    const struct catalogue *catalogue;
    struct ladder *ladder;
    struct sum *sums; /* per test of the catalogue */
    struct reading begin;
    double interval[2][LADDER_MOST]; /* the one before, the last */
    int64_t n[2];
    int bye;
    char skip[256];
};

static void take_reading(struct watch *w, struct reading *to)
{
    to->count = ladder_read(w->ladder, to->values);
}

static void take_pair(struct watch *w, const struct catalogue_test *test, const struct reading *end)
{
    struct sum *sum = &w->sums[test - w->catalogue->tests];
    double ops = (double)w->n[0] * (double)test->ops;
    if (w->n[0] < 1 || w->n[1] != 2 * w->n[0] || sum->pairs == PAIRS_MOST)
        return;
    if (!sum->per_op)
        sum->per_op = calloc(PAIRS_MOST, sizeof *sum->per_op);
    if (!sum->per_op)
        return;
    for (size_t i = 0; i < end->count; i++)
        sum->per_op[sum->pairs][i] = (w->interval[1][i] - w->interval[0][i]) / ops;
    sum->ops += ops;
    sum->names = *end;
    sum->pairs++;
}

static void on_event(void *context, struct event *e)
{
    struct watch *w = context;
    const struct catalogue_test *test = catalogue_find(w->catalogue, e->test);
    struct reading end;
    if (e->type == EVENT_BEGIN && test) {
        take_reading(w, &w->begin);
    } else if (e->type == EVENT_END && test) {
        take_reading(w, &end);
        memcpy(w->interval[0], w->interval[1], sizeof w->interval[0]);
        w->n[0] = w->n[1];
        w->n[1] = e->n;
        for (size_t i = 0; i < end.count; i++)
            w->interval[1][i] = end.values[i].value - w->begin.values[i].value;
        take_pair(w, test, &end);
    } else if (e->type == EVENT_SKIP && !*w->skip) {
        snprintf(w->skip, sizeof w->skip, "%.90s: %.150s", e->test, e->why);
    } else if (e->type == EVENT_SAMPLE) {
        w->n[0] = w->n[1] = 0;
    } else if (e->type == EVENT_BYE) {
        w->bye = 1;
    }
}

static int run(struct env_command *command, struct watch *w, const struct counter_access *access,
               const struct options *options, char *err, size_t errlen)
{
    struct child child;
    struct child_spec spec = {.argv = command->argv, .cpu = child_choose_cpu()};
    struct event_reader *reader = calloc(1, sizeof *reader);
    int status = -1;
    if (!reader) {
        snprintf(err, errlen, "no memory");
        return -1;
    }
    reader->on_event = on_event;
    reader->context = w;
    if (child_start(&spec, &child, err, errlen) == 0) {
        w->ladder = ladder_open(child.pid, access, options->events, err, errlen);
        if (w->ladder) {
            event_follow(reader, &child, TIMEOUT_S, &w->bye);
            status = w->bye ? 0 : -1;
            if (status)
                snprintf(err, errlen, "%.300s ended before its last line", command->argv[0]);
        }
        ladder_close(w->ladder);
        child_end(&child);
    }
    free(reader);
    return status;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of the pairs: one that was seen late counts for no more than another. */
static double median_of(const struct sum *sum, size_t counter)
{
    double values[PAIRS_MOST];
    for (size_t i = 0; i < sum->pairs; i++)
        values[i] = sum->per_op[i][counter];
    qsort(values, sum->pairs, sizeof *values, by_size);
    return (values[(sum->pairs - 1) / 2] + values[sum->pairs / 2]) / 2;
}

static void put_rows(struct table *table, const struct env *env, const struct watch *w)
{
    for (size_t t = 0; t < w->catalogue->count; t++) {
        const struct sum *sum = &w->sums[t];
        for (size_t i = 0; sum->pairs && i < sum->names.count; i++) {
            if (isnan(sum->per_op[0][i]))
                continue;
            table_text(table, w->catalogue->tests[t].name);
            table_text(table, env->kind);
            table_text(table, sum->names.values[i].name);
            table_text(table, sum->names.values[i].source);
            table_number(table, median_of(sum, i), 4);
            table_integer(table, llround(sum->ops));
            table_integer(table, (int64_t)sum->pairs);
        }
    }
}

/* --keep: the same figures as in the table, with the results that they are of. */
static int keep_rows(const struct options *options, const struct env *env, const struct watch *w,
                     const struct env_site *site, char *err, size_t errlen)
{
    char sha[DIGEST_HEX];
    size_t count = 0, left_out = 0, room = w->catalogue->count * LADDER_MOST;
    struct counter_kept *rows = calloc(room, sizeof *rows);
    if (!rows || digest_file(site->program, sha) < 0) {
        snprintf(err, errlen, rows ? "%.300s cannot be read" : "no memory", site->program);
        free(rows);
        return -1;
    }
    for (size_t t = 0; t < w->catalogue->count; t++) {
        const struct sum *sum = &w->sums[t];
        for (size_t i = 0; sum->pairs && i < sum->names.count; i++)
            if (!isnan(sum->per_op[0][i]))
                rows[count++] =
                    (struct counter_kept){w->catalogue->tests[t].name, sum->names.values[i].name,
                                          sum->names.values[i].source, median_of(sum, i)};
    }
    int kept = counter_keep(options->db, env->kind, sha, rows, count, &left_out, err, errlen);
    free(rows);
    if (kept == 0) {
        snprintf(err, errlen, "%.500s holds no result of these in %s by this build: tickmark run",
                 options->db, env->kind);
        return -1;
    }
    if (kept > 0)
        fprintf(stderr, "tickmark: counters of %d test%s in %s are kept%s\n", kept,
                kept > 1 ? "s" : "", env->kind,
                left_out ? "; the others have no result by this build" : "");
    return kept < 0 ? -1 : 0;
}

static int count_env(const struct env *env, const struct options *options,
                     const struct counter_access *access, const struct catalogue *catalogue,
                     struct env_site *site, struct table *table, char *err, size_t errlen)
{
    char words[ENV_WORDS];
    struct watch *w = calloc(1, sizeof *w);
    struct env_command *command = calloc(1, sizeof *command);
    size_t used = (size_t)snprintf(
        words, sizeof words, "--rounds %lld --min-us %d",
        options->rounds == STORE_NONE ? (long long)ROUNDS : (long long)options->rounds, MIN_US);
    int status = -1;
    for (size_t i = 0; i < options->tests.count && used < sizeof words; i++)
        used +=
            (size_t)snprintf(words + used, sizeof words - used, " -t %s", options->tests.items[i]);
    if (w)
        w->sums = calloc(catalogue->count, sizeof *w->sums);
    if (!w || !command || !w->sums || used >= sizeof words) {
        snprintf(err, errlen, used >= sizeof words ? "too many patterns" : "no memory");
    } else if (env->command(site, words, command, err, errlen) == 0) {
        w->catalogue = catalogue;
        status =
            command->pty || command->fifo[0]
                ? (snprintf(err, errlen, "%s is not counted: its processes are others'", env->kind),
                   -1)
                : run(command, w, access, options, err, errlen);
        size_t before = table->used;
        if (!status)
            put_rows(table, env, w);
        if (!status && table->used == before) {
            snprintf(err, errlen, "%s: nothing was measured%s%.250s", env->kind,
                     *w->skip ? ": " : "", w->skip);
            status = -1;
        }
        if (!status && options->keep)
            status = keep_rows(options, env, w, site, err, errlen);
        if (command->stats[0])
            unlink(command->stats);
    }
    for (size_t i = 0; w && w->sums && i < catalogue->count; i++)
        free(w->sums[i].per_op);
    if (w)
        free(w->sums);
    free(w);
    free(command);
    return status;
}

static int any_test(const struct options *options, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (option_chooses(&options->tests, catalogue->tests[i].name))
            return 1;
    return 0;
}

static int count_all(const struct options *options, const struct catalogue *catalogue,
                     struct env_site *site, struct table *table, char *err, size_t errlen)
{
    struct counter_access access;
    int envs = 0;
    counter_probe(&access);
    setpriority(PRIO_PROCESS, 0, COLLECTOR_NICE); /* lines are to be seen when they come */
    if (access.reason[0])
        fprintf(stderr, "tickmark: no hardware counters: %s (PAPI %s); remedy: %s\n", access.reason,
                access.papi, access.remedy);
    for (size_t i = 0; i < env_count; i++) {
        const struct env *env = env_table[i];
        if (options->envs.count ? !option_chooses(&options->envs, env->kind)
                                : strcmp(env->kind, "native") != 0)
            continue;
        envs++;
        site->program[0] = site->image[0] = 0;
        if (env->present(site, err, errlen) < 0 ||
            count_env(env, options, &access, catalogue, site, table, err, errlen) < 0)
            return -1;
    }
    if (!envs)
        snprintf(err, errlen, "no environment matches");
    return envs ? 0 : -1;
}

int command_counters(const struct options *options)
{
    static const char *const heads[] = {"test",   "env", "counter", "source",
                                        "per op", "ops", "pairs"};
    char err[4400], program[PATH_MAX];
    struct catalogue catalogue;
    struct env_site site;
    struct table table;
    memset(&site, 0, sizeof site);
    plan_find_build_dir(options, site.build_dir, sizeof site.build_dir);
    snprintf(program, sizeof program, "%s/tickbench", site.build_dir);
    snprintf(site.work_dir, sizeof site.work_dir, "/tmp/tickmark-counters-XXXXXX");
    if (!options->tests.count)
        return command_fail("counters wants -t TEST");
    if (catalogue_read(program, &catalogue, err, sizeof err) < 0)
        return command_fail(err);
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    int code = 0;
    if (!any_test(options, &catalogue))
        code = command_fail("no test matches");
    else if (!mkdtemp(site.work_dir))
        code = command_fail("cannot make a folder for temporary files");
    else {
        if (count_all(options, &catalogue, &site, &table, err, sizeof err) < 0)
            code = command_fail(err);
        rmdir(site.work_dir);
    }
    catalogue_free(&catalogue);
    if (!code)
        return command_print(&table, options);
    table_free(&table);
    return code;
}
