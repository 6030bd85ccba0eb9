/* command_sweep.c: sweep, run, resume, status. */
#include "collector/command.h"
#include "collector/sweep.h"

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

static int work(struct sweep *sweep, const struct options *options, const char *query)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sweep->host.counters.reason[0])
        fprintf(stderr, "tickmark: no hardware counters: %s (PAPI %s); remedy: %s\n",
                sweep->host.counters.reason, sweep->host.counters.papi,
                sweep->host.counters.remedy);
    int status = queue_work(sweep);
    if (status < 0) {
        store_set_sweep(sweep->store, sweep->id, NULL, NULL);
        return command_fail(store_error(sweep->store));
    }
    if (status > 0) {
        store_set_sweep(sweep->store, sweep->id, "planned", NULL);
        fprintf(stderr, "tickmark: interrupted; `tickmark resume` finishes sweep %lld\n",
                (long long)sweep->id);
        return 1;
    }
    if (judge_results(sweep->store, sweep->id, STORE_NONE) < 0 ||
        store_set_aa_floor(sweep->store, sweep->id) < 0 ||
        store_set_sweep(sweep->store, sweep->id, "done", NULL) < 0 ||
        store_seal_sweep(sweep->store, sweep->id) < 0)
        return command_fail(store_error(sweep->store));
    if (print_query(sweep->store, query, sweep->id, options))
        return 1;
    return exit_code(sweep);
}

static int plan_and_work(const struct options *options, const char *default_env, const char *query)
{
    struct sweep sweep;
    char err[4200] = "";
    int code = plan_new(&sweep, options, default_env, err, sizeof err);
    if (code)
        command_fail(err);
    else
        code = work(&sweep, options, query);
    plan_close(&sweep);
    return code;
}

int command_sweep(const struct options *options)
{
    return plan_and_work(options, NULL, "sweep_status");
}

int command_run(const struct options *options)
{
    struct options few = *options;
    if (few.rounds == STORE_NONE && !few.quick)
        few.rounds = 5;
    return plan_and_work(&few, "native", "sweep_result");
}

int command_resume(const struct options *options)
{
    struct sweep sweep;
    char err[4200] = "";
    int code = plan_resume(&sweep, options, err, sizeof err);
    if (code)
        command_fail(err);
    else
        code = work(&sweep, options, "sweep_status");
    plan_close(&sweep);
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
