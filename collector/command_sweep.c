/* command_sweep.c: sweep, run, resume, status. */
#include "collector/clock_check.h"
#include "collector/command.h"
#include "collector/stamp.h"
#include "collector/turn.h"
#include "collector/twin.h"

#include <stdlib.h>
#include <string.h>

static void on_signal(int number)
{
    (void)number;
    sweep_interrupted = 1;
}

static int print_query(struct store *store, const char *query, int64_t sweep_id,
                       const struct options *options)
{
    struct store_table rows;
    struct store_param param = {":sweep", NULL, sweep_id};
    struct table table;
    if (store_query(store, query, &param, 1, &rows) < 0)
        return command_fail(store_error(store));
    table_from_store(&table, &rows);
    store_free_table(&rows);
    return command_print(&table, options);
}

/* 3 when an answer of ours was wrong (native or one of our engines).  A peer that lies has the
 * status in its results, and the sweep has not failed. */
static int exit_code(struct sweep *sweep)
{
    struct store_table rows;
    struct store_param param = {":sweep", NULL, sweep->id};
    int code = 0;
    if (store_query(sweep->store,
                    "SELECT v.test, v.env, v.reason, v.project IN ('native','tickmark-emu') FROM "
                    "v_result v "
                    "WHERE v.sweep_id = :sweep AND v.status = 'wrong'",
                    &param, 1, &rows) < 0)
        return command_fail(store_error(sweep->store));
    for (size_t i = 0; i < rows.rows; i++) {
        const char *reason = store_cell(&rows, i, 2)->text;
        fprintf(stderr, "tickmark: wrong: %s in %s: %s\n", store_cell(&rows, i, 0)->text,
                store_cell(&rows, i, 1)->text, reason ? reason : "");
        if (store_cell(&rows, i, 3)->real > 0)
            code = 3;
    }
    store_free_table(&rows);
    return code;
}

/* One table of all sweeps; which one is told when there are several. */
static int print_sweeps(const struct sweep *sweeps, const struct options *labels, size_t count,
                        const char *query, const struct options *options)
{
    struct table table;
    table_begin(&table);
    for (size_t i = 0; i < count; i++) {
        struct store_table rows;
        struct store_param param = {":sweep", NULL, sweeps[i].id};
        if (store_query(sweeps[i].store, query, &param, 1, &rows) < 0) {
            table_free(&table);
            return command_fail(store_error(sweeps[i].store));
        }
        if (!i && count > 1)
            table_head(&table, "version");
        for (size_t c = 0; !i && c < rows.columns; c++)
            table_head(&table, rows.names[c]);
        for (size_t r = 0; r < rows.rows; r++) {
            if (count > 1)
                table_text(&table, labels[i].label);
            table_row_from_store(&table, &rows, r);
        }
        store_free_table(&rows);
    }
    return command_print(&table, options);
}

static int tell_error(struct sweep *sweeps, size_t count)
{
    char text[1000];
    snprintf(text, sizeof text, "the database could not be written");
    for (size_t i = 0; i < count; i++) {
        if (*store_error(sweeps[i].store))
            snprintf(text, sizeof text, "%s", store_error(sweeps[i].store));
        store_set_sweep(sweeps[i].store, sweeps[i].id, NULL, NULL);
    }
    fprintf(stderr, "tickmark: what is measured is kept; `tickmark resume` goes on with it\n");
    return command_fail(text);
}

static int is_done(struct sweep *sweep, int64_t id)
{
    struct store_table rows;
    struct store_param param = {":sweep", NULL, id};
    if (store_query(sweep->store, "SELECT 1 FROM sweep WHERE id = :sweep AND state = 'done'",
                    &param, 1, &rows) < 0)
        return -1;
    int found = rows.rows > 0;
    store_free_table(&rows);
    return found;
}

/* --aa: the noise floor of each pair, once both of it are done; the greater number is the twin. */
static int tell_noise(struct sweep *sweeps, size_t count, const struct options *options)
{
    char err[600];
    for (size_t i = 0; i < count; i++) {
        const int64_t id = sweeps[i].id, other = sweeps[i].twin_id;
        const int64_t pair[2] = {id < other ? id : other, id < other ? other : id};
        int seen = !other;
        for (size_t k = 0; k < i; k++)
            seen |= sweeps[k].id == other;
        int ready = seen ? 0 : is_done(&sweeps[i], other);
        if (ready < 0)
            return command_fail(store_error(sweeps[i].store));
        if (ready && twin_measure(sweeps[i].store, options, pair, err, sizeof err) < 0)
            return command_fail(err);
    }
    return 0;
}

static int work(struct sweep *sweeps, const struct options *labels, size_t count,
                const struct options *options, const char *query)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct counter_access *counters = &sweeps[0].host.counters;
    if (counters->reason[0])
        fprintf(stderr, "tickmark: no hardware counters: %s (PAPI %s); remedy: %s\n",
                counters->reason, counters->papi, counters->remedy);
    if (sweeps[0].cpu < 0)
        fprintf(stderr,
                "tickmark: one processor only may be used: this program shares it with what "
                "it measures, and more samples are disturbed\n");
    for (size_t i = 0; i < count; i++) {
        sweeps[i].progress.watch = options->watch;
        if (i + 1 < count)
            sweeps[i].progress.next = &sweeps[i + 1].progress;
        sweeps[i].progress.first = &sweeps[0].progress;
        sweeps[i].progress.label = count > 1 ? labels[i].label : NULL;
    }
    int status = clock_check_sweeps(sweeps, count);
    if (!status)
        status = turn_work(sweeps, count);
    if (status < 0)
        return tell_error(sweeps, count);
    for (size_t i = 0; i < count; i++)
        if (turn_end(&sweeps[i], status, "planned") < 0)
            return tell_error(sweeps, count);
    if (!status && tell_noise(sweeps, count, options))
        return 1;
    if (status > 0) {
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, "tickmark: interrupted; `tickmark resume` finishes sweep %lld\n",
                    (long long)sweeps[i].id);
        return 1;
    }
    int code = 0;
    if (print_sweeps(sweeps, labels, count, query, options))
        return 1;
    for (size_t i = 0; i < count; i++) {
        int own = exit_code(&sweeps[i]);
        code = own ? own : code;
    }
    return code;
}

/* --aa: the second half of the sweeps are the first half's twins, and the store knows. */
static int pair_twins(struct sweep *sweeps, const struct planfile *plan)
{
    size_t half = plan->count / 2;
    for (size_t i = 0; plan->versions[0].twin && i < half; i++) {
        sweeps[i].twin_id = sweeps[i + half].id;
        sweeps[i + half].twin_id = sweeps[i].id;
        if (store_set_twin(sweeps[i].store, sweeps[i].id, sweeps[i + half].id) < 0)
            return -1;
    }
    return 0;
}

static int plan_all(struct sweep *sweeps, struct planfile *plan, const struct options *options,
                    const char *default_env, const char *query)
{
    char err[4200] = "";
    int code = 0;
    size_t made = 0;
    /* of all versions the same shuffles, so that what is in turn is the same test */
    int64_t seed = plan->versions[0].seed != STORE_NONE
                       ? plan->versions[0].seed
                       : (int64_t)(stamp_now().at_tsc & 0x7FFFFFFF);
    for (size_t i = 0; i < plan->count; i++)
        plan->versions[i].seed = seed;
    for (; !code && made < plan->count; made++)
        code = plan_new(&sweeps[made], &plan->versions[made], default_env, err, sizeof err);
    if (!code && pair_twins(sweeps, plan) < 0) {
        snprintf(err, sizeof err, "%s", store_error(sweeps[0].store));
        code = 1;
    }
    if (code)
        command_fail(err);
    else
        code = work(sweeps, plan->versions, plan->count, options, query);
    for (size_t i = 0; i < made; i++) {
        if (code && sweeps[i].store && sweeps[i].id && made < plan->count)
            store_set_sweep(sweeps[i].store, sweeps[i].id, "aborted", NULL);
        plan_close(&sweeps[i]);
    }
    return code;
}

/* few: rounds when nobody says how many. */
static int plan_and_work(const struct options *options, const char *default_env, int64_t few,
                         const char *query)
{
    struct planfile *plan = calloc(1, sizeof *plan);
    struct sweep *sweeps = NULL;
    char err[4200] = "no memory";
    int code = 1;
    if (plan && planfile_read(options, plan, err, sizeof err) == 0 &&
        (!plan->versions[0].twin || planfile_twin(plan, err, sizeof err) == 0) &&
        (sweeps = calloc(plan->count, sizeof *sweeps))) {
        for (size_t i = 0; i < plan->count; i++) {
            struct options *o = &plan->versions[i];
            if (o->rounds == STORE_NONE && !o->env_rounds && !o->quick && !o->precision)
                o->rounds = few;
        }
        code = options->dry_run ? command_dry_run(plan, options, default_env)
                                : plan_all(sweeps, plan, options, default_env, query);
    } else {
        command_fail(err);
    }
    free(sweeps);
    if (plan)
        planfile_free(plan);
    free(plan);
    return code;
}

int command_sweep(const struct options *options)
{
    return plan_and_work(options, NULL, STORE_NONE, "sweep_status");
}

int command_run(const struct options *options)
{
    return plan_and_work(options, "native", 5, "sweep_result");
}

/* Whether the sweep has jobs to do still: 1, 0, -1 (err). */
static int is_unfinished(struct sweep *sweep, int64_t id, char *err, size_t errlen)
{
    struct store_sweep row;
    int found = store_find_sweep(sweep->store, 1, id, &row);
    if (found < 0)
        snprintf(err, errlen, "%s", store_error(sweep->store));
    store_free_sweep(&row);
    return found;
}

static void copy_label(struct sweep *sweep, char *label, size_t room)
{
    struct store_sweep row;
    label[0] = 0;
    if (store_find_sweep(sweep->store, 0, sweep->id, &row) == 1 && row.label)
        snprintf(label, room, "%s", row.label);
    store_free_sweep(&row);
}

/* The newest one; of an A/A pair both, in turn as they were. */
int command_resume(const struct options *options)
{
    struct sweep sweeps[2];
    struct options labels[2] = {*options, *options};
    char err[4200] = "", texts[2][200];
    size_t count = 1;
    int code = plan_resume(&sweeps[0], options, STORE_NONE, err, sizeof err);
    if (!code && sweeps[0].twin_id) {
        int found = is_unfinished(&sweeps[0], sweeps[0].twin_id, err, sizeof err);
        code = found < 0;
        if (found > 0) {
            count = 2;
            code = plan_resume(&sweeps[1], options, sweeps[0].twin_id, err, sizeof err);
        }
    }
    if (!code && count == 2 && sweeps[0].id > sweeps[1].id) {
        struct sweep newer = sweeps[0];
        sweeps[0] = sweeps[1];
        sweeps[1] = newer;
    }
    for (size_t i = 0; !code && i < count; i++) {
        copy_label(&sweeps[i], texts[i], sizeof texts[i]);
        labels[i].label = texts[i];
    }
    if (code)
        command_fail(err);
    else
        code = work(sweeps, labels, count, options, "sweep_status");
    for (size_t i = 0; i < count; i++)
        plan_close(&sweeps[i]);
    return code;
}

int command_status(const struct options *options)
{
    char err[4200];
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    int code = print_query(store, "sweep_list", STORE_NONE, options);
    store_close(store);
    return code;
}
