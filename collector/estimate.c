/* estimate.c: see estimate.h. */
#include "collector/estimate.h"

#include <string.h>

/* Runs without samples say nothing about the time of one. */
static int read_history(const struct sweep *sweep, struct store *history, struct estimate *estimate)
{
    struct store_table rows;
    struct store_param params[] = {{":host", sweep->host.fp, 0}, {":quick", NULL, sweep->quick}};
    if (store_query(history, "job_seconds", params, 2, &rows) < 0)
        return -1;
    for (size_t r = 0; r < rows.rows; r++)
        for (size_t i = 0; i < sweep->env_count && i < ESTIMATE_ENVS; i++)
            if (!strcmp(store_cell(&rows, r, 0)->text, sweep->envs[i].row->kind)) {
                double seconds = store_cell(&rows, r, 2)->real;
                if (store_cell(&rows, r, 1)->real > 0) {
                    estimate->env[i].work_s = seconds;
                } else {
                    estimate->env[i].job_s = seconds;
                    estimate->env[i].is_measured = 1;
                }
            }
    store_free_table(&rows);
    return 0;
}

int estimate_read(const struct sweep *sweep, struct store *history, struct estimate *estimate)
{
    struct store_table rows;
    struct store_param param = {":sweep", NULL, sweep->id};
    memset(estimate, 0, sizeof *estimate);
    for (size_t i = 0; i < sweep->env_count && i < ESTIMATE_ENVS; i++) {
        const char *kind = sweep->envs[i].row->kind;
        int is_native = !strcmp(kind, "native");
        estimate->env[i].job_s = (is_native                ? 0.03
                                  : !strcmp(kind, "bochs") ? 0.9
                                                           : 0.4) *
                                 (sweep->quick ? 0.3 : 1);
        estimate->env[i].work_s = is_native ? 20 : 120;
    }
    if (history && read_history(sweep, history, estimate) < 0)
        return -1;
    if (store_query(sweep->store,
                    "SELECT e.kind, sum(t.name NOT LIKE 'work.%'), sum(t.name LIKE 'work.%') "
                    "FROM job j JOIN env e ON e.id = j.env_id JOIN test t ON t.id = j.test_id "
                    "WHERE j.sweep_id = :sweep AND j.state IN ('ready','running') GROUP BY e.id",
                    &param, 1, &rows) < 0)
        return -1;
    for (size_t r = 0; r < rows.rows; r++)
        for (size_t i = 0; i < sweep->env_count && i < ESTIMATE_ENVS; i++)
            if (!strcmp(store_cell(&rows, r, 0)->text, sweep->envs[i].row->kind)) {
                estimate->env[i].jobs = (int64_t)store_cell(&rows, r, 1)->real;
                estimate->env[i].works = (int64_t)store_cell(&rows, r, 2)->real;
                estimate->env[i].seconds = (double)estimate->env[i].jobs * estimate->env[i].job_s +
                                           (double)estimate->env[i].works * estimate->env[i].work_s;
            }
    store_free_table(&rows);
    return 0;
}
