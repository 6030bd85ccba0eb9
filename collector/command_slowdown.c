/* command_slowdown.c: tests by environments, and below them the geometric means.
 *
 * The means are db/queries/means.sql's, over the tests that -t chose: the report prints the same
 * ones.  A test that natively measures the kernel or a hypervisor is shown and marked, and is in no
 * mean. */
#include "collector/command.h"
#include "collector/env/env.h"
#include "collector/sweep.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOWDOWN_ENVS 8

struct slowdown_row {
    const char *test;
    int compares;
    struct {
        double clk, slowdown;
        const char *status; /* NULL: no result */
    } env[SLOWDOWN_ENVS];
};

struct slowdown_mean { /* of one environment, over the common tests */
    double mean, best, worst;
    int64_t n, met, ahead, behind;
};

struct slowdown_view {
    struct store_table from, means, left_out; /* rows and texts below point into them */
    struct slowdown_row *rows;
    size_t count;
    int64_t older;
    int used[SLOWDOWN_ENVS];
    struct slowdown_mean mean[SLOWDOWN_ENVS];
};

static int env_index(const char *kind)
{
    for (size_t i = 0; kind && i < env_count && i < SLOWDOWN_ENVS; i++)
        if (!strcmp(env_table[i]->kind, kind))
            return (int)i;
    return -1;
}

static double cell_number(const struct store_table *table, size_t row, const char *column)
{
    int at = store_find_column(table, column);
    const struct store_cell *cell = at < 0 ? NULL : store_cell(table, row, (size_t)at);
    return cell && cell->text ? cell->real : NAN;
}

static const char *cell_text(const struct store_table *table, size_t row, const char *column)
{
    int at = store_find_column(table, column);
    return at < 0 ? NULL : store_cell(table, row, (size_t)at)->text;
}

/* One row per test; the query's rows of one are adjacent. */
static void collect_rows(struct slowdown_view *view, const struct options *options)
{
    for (size_t i = 0; i < view->from.rows; i++) {
        const char *test = cell_text(&view->from, i, "test");
        int e = env_index(cell_text(&view->from, i, "env"));
        if (e < 0 || !option_chooses(&options->tests, test))
            continue;
        if (!view->count || strcmp(view->rows[view->count - 1].test, test))
            view->rows[view->count++] = (struct slowdown_row){.test = test, .compares = 1};
        struct slowdown_row *row = &view->rows[view->count - 1];
        const char *status = cell_text(&view->from, i, "status");
        int good = !strcmp(status, "ok") || !strcmp(status, "noisy");
        row->compares &= cell_number(&view->from, i, "compares") > 0;
        row->env[e].status = status;
        row->env[e].clk = good ? cell_number(&view->from, i, "est") : NAN;
        row->env[e].slowdown = good ? cell_number(&view->from, i, "slowdown") : NAN;
        view->older += cell_number(&view->from, i, "older") > 0;
        view->used[e] = 1;
    }
}

static void collect_means(struct slowdown_view *view)
{
    for (size_t i = 0; i < view->means.rows; i++) {
        int e = env_index(cell_text(&view->means, i, "env"));
        if (e < 0 || strcmp(cell_text(&view->means, i, "scope"), "common") != 0)
            continue;
        view->mean[e] = (struct slowdown_mean){
            .mean = cell_number(&view->means, i, "mean"),
            .best = cell_number(&view->means, i, "best"),
            .worst = cell_number(&view->means, i, "worst"),
            .n = (int64_t)cell_number(&view->means, i, "n"),
            .met = (int64_t)cell_number(&view->means, i, "met"),
            .ahead = (int64_t)cell_number(&view->means, i, "ahead"),
            .behind = (int64_t)cell_number(&view->means, i, "behind"),
        };
    }
}

/* The chosen tests as a JSON array, for the queries; NULL without memory. */
static char *chosen_tests(const struct slowdown_view *view)
{
    json_t *array = json_array();
    int failed = !array;
    for (size_t i = 0; i < view->count; i++)
        failed |= json_array_append_new(array, json_string(view->rows[i].test)) < 0;
    char *text = failed ? NULL : json_dumps(array, 0);
    json_decref(array);
    return text;
}

/* Reads everything, on one connection: 0, or 1 with the reason told. */
static int read_view(struct slowdown_view *view, const struct options *options)
{
    char err[4200];
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    struct store_table host;
    int failed = store_query(store, "host_shown", NULL, 0, &host) < 0;
    if (!failed) {
        struct store_param param = {":host", host.rows ? store_cell(&host, 0, 0)->text : "", 0};
        failed = store_query(store, "slowdown", &param, 1, &view->from) < 0;
        store_free_table(&host);
    }
    view->rows = failed ? NULL : calloc(view->from.rows + 1, sizeof *view->rows);
    if (view->rows)
        collect_rows(view, options);
    char *tests = view->rows ? chosen_tests(view) : NULL;
    if (tests && view->count) {
        const struct store_param params[] = {
            {":host", cell_text(&view->from, 0, "host_fp"), STORE_NONE},
            {":tests", tests, STORE_NONE}};
        failed = store_query(store, "means", params, 2, &view->means) < 0 ||
                 (!options->json && !options->tsv &&
                  store_query(store, "left_out", params, 2, &view->left_out) < 0);
        if (!failed)
            collect_means(view);
    }
    int code = failed ? command_fail(store_error(store)) : !tests ? command_fail("no memory") : 0;
    free(tests);
    store_close(store);
    return code;
}

static void free_view(struct slowdown_view *view)
{
    free(view->rows);
    store_free_table(&view->from);
    store_free_table(&view->means);
    store_free_table(&view->left_out);
}

static void put_heads(struct table *table, const struct slowdown_view *view, int for_program)
{
    char head[64];
    table_head(table, "test");
    for (size_t e = 0; e < env_count; e++) {
        if (!view->used[e])
            continue;
        snprintf(head, sizeof head, "%s clk", env_table[e]->kind);
        table_head(table, head);
        snprintf(head, sizeof head, "%s /native", env_table[e]->kind);
        if (e)
            table_head(table, head);
    }
    if (for_program)
        table_head(table, "compares");
}

static void put_row(struct table *table, const struct slowdown_view *view,
                    const struct slowdown_row *row, int for_program)
{
    char name[200];
    snprintf(name, sizeof name, "%s%s", row->test, for_program || row->compares ? "" : " *");
    table_text(table, name);
    for (size_t e = 0; e < env_count; e++) {
        if (!view->used[e])
            continue;
        if (row->env[e].status && isfinite(row->env[e].clk))
            table_number(table, row->env[e].clk, 3);
        else
            table_text(table, row->env[e].status);
        if (e)
            table_number(table, row->env[e].status ? row->env[e].slowdown : NAN, 3);
    }
    if (for_program)
        table_integer(table, row->compares);
}

/* The closing rows; an environment that is not compared has empty cells in them. */
static void put_means(struct table *table, const struct slowdown_view *view, int for_program)
{
    int64_t n = 0, met = 0;
    for (size_t e = 0; e < env_count; e++) {
        n = view->mean[e].n > n ? view->mean[e].n : n;
        met = view->mean[e].met > met ? view->mean[e].met : met;
    }
    for (int k = 0; k < (met ? 5 : 3); k++) {
        static const char *const names[] = {"geometric mean", "best", "worst",
                                            "faster than qemu-tcg",
                                            "slower than qemu-tcg by over 5 %"};
        char name[64];
        snprintf(name, sizeof name, "%s (n = %lld)", names[k], (long long)(k >= 3 ? met : n));
        table_text(table, name);
        for (size_t e = 0; e < env_count; e++) {
            const struct slowdown_mean *mean = &view->mean[e];
            if (!view->used[e])
                continue;
            table_text(table, NULL);
            if (e && k >= 3)
                table_integer(table, !mean->met ? STORE_NONE : k == 3 ? mean->ahead : mean->behind);
            else if (e)
                table_number(table,
                             !mean->n ? NAN
                             : k == 0 ? mean->mean
                             : k == 1 ? mean->best
                                      : mean->worst,
                             3);
        }
        if (for_program)
            table_text(table, NULL);
    }
}

/* What a person has to know of the figures; programs have it in the columns. */
static void print_notes(const struct slowdown_view *view)
{
    for (size_t i = 0; i < view->left_out.rows; i++)
        printf("%sNot in the means: %s: %s.\n", i ? "" : "\n", cell_text(&view->left_out, i, "why"),
               cell_text(&view->left_out, i, "n"));
    for (size_t e = 1; e < env_count; e++)
        if (view->used[e] && view->means.rows && !view->mean[e].n)
            printf("No mean for %s: it has less than half of the tests of the fullest environment, "
                   "or shares none.\n",
                   env_table[e]->kind);
    if (view->older)
        printf(
            "%lld of the slowdowns are from an earlier sweep: the newest one of that test has no "
            "native figure.\n",
            (long long)view->older);
}

int command_slowdown(const struct options *options)
{
    struct slowdown_view view;
    struct table table;
    int for_program = options->json || options->tsv, any = 0;
    memset(&view, 0, sizeof view);
    int code = read_view(&view, options);
    if (!code && !view.count)
        code = command_fail(view.from.rows ? "no result matches"
                                           : "the database holds no such results yet");
    if (!code) {
        table_begin(&table);
        put_heads(&table, &view, for_program);
        for (size_t i = 0; i < view.count; i++)
            put_row(&table, &view, &view.rows[i], for_program);
        for (size_t e = 1; e < env_count; e++)
            any |= view.used[e];
        if (any)
            put_means(&table, &view, for_program);
        code = command_print(&table, options);
        if (!code && !for_program)
            print_notes(&view);
    }
    free_view(&view);
    return code;
}
