/* command_table.c: list, host, slowdown, stages: the tables. */
#include "collector/catalogue.h"
#include "collector/command.h"
#include "collector/env/env.h"
#include "collector/host.h"
#include "collector/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_ENVS 8

int command_print(struct table *table, const struct options *options)
{
    int status = table_print(table, option_format(options), stdout);
    table_free(table);
    if (status < 0 || fflush(stdout) || ferror(stdout))
        return command_fail("the table could not be printed");
    return 0;
}

int command_list(const struct options *options)
{
    char program[PATH_MAX], dir[PATH_MAX - 64], err[4400];
    struct catalogue catalogue;
    struct table table;
    static const char *const heads[] = {"family", "test",  "title",     "ops",
                                        "kind",   "needs", "2010 label"};
    plan_find_build_dir(options, dir, sizeof dir);
    snprintf(program, sizeof program, "%s/tickbench", dir);
    if (catalogue_read(program, &catalogue, err, sizeof err) < 0)
        return command_fail(err);
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct catalogue_test *t = &catalogue.tests[i];
        if (!option_chooses(&options->tests, t->name))
            continue;
        table_text(&table, t->family);
        table_text(&table, t->name);
        table_text(&table, t->title);
        table_integer(&table, t->ops);
        table_text(&table, t->kind);
        table_text(&table, *t->needs ? t->needs : NULL);
        table_text(&table, *t->alias ? t->alias : NULL);
    }
    catalogue_free(&catalogue);
    if (!table.used) {
        table_free(&table);
        return command_fail("no test matches");
    }
    return command_print(&table, options);
}

int command_host(const struct options *options)
{
    struct host host;
    struct table table;
    host_read(&host);
    host_table(&host, &table);
    return command_print(&table, options);
}

/* ---- slowdown ------------------------------------------------------------------------------- */

struct slowdown_row {
    const char *test;
    struct {
        double clk, slowdown;
        const char *status; /* NULL: no result */
    } env[TABLE_ENVS];
};

static int env_index(const char *kind)
{
    for (size_t i = 0; i < env_count; i++)
        if (!strcmp(env_table[i]->kind, kind))
            return (int)i;
    return -1;
}

static size_t collect_rows(const struct store_table *from, const struct options *options,
                           struct slowdown_row *rows, int used[TABLE_ENVS])
{
    size_t count = 0;
    for (size_t i = 0; i < from->rows; i++) {
        const char *test = store_cell(from, i, 1)->text;
        int e = env_index(store_cell(from, i, 2)->text);
        if (e < 0 || !option_chooses(&options->tests, test))
            continue;
        if (!count || strcmp(rows[count - 1].test, test)) {
            memset(&rows[count], 0, sizeof *rows);
            rows[count++].test = test;
        }
        struct slowdown_row *row = &rows[count - 1];
        const char *status = store_cell(from, i, 3)->text;
        int good = !strcmp(status, "ok") || !strcmp(status, "noisy");
        row->env[e].status = status;
        row->env[e].clk = good && store_cell(from, i, 5)->text ? store_cell(from, i, 5)->real : NAN;
        row->env[e].slowdown =
            good && store_cell(from, i, 6)->text ? store_cell(from, i, 6)->real : NAN;
        used[e] = 1;
    }
    return count;
}

static void put_clk(struct table *table, double clk, const char *status)
{
    if (status && isfinite(clk))
        table_number(table, clk, 3);
    else
        table_text(table, status);
}

struct closing {
    double mean, best, worst;
    size_t n;
};

static int is_common(const struct slowdown_row *row, const int used[TABLE_ENVS])
{
    for (size_t e = 1; e < env_count; e++)
        if (used[e] && (!row->env[e].status || !isfinite(row->env[e].slowdown)))
            return 0;
    return 1;
}

/* The geometric mean is over the tests that every environment has; best and worst are of the same.
 */
static struct closing close_env(const struct slowdown_row *rows, size_t count,
                                const int used[TABLE_ENVS], size_t e)
{
    struct closing c = {NAN, NAN, NAN, 0};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_common(&rows[i], used))
            continue;
        double slowdown = rows[i].env[e].slowdown;
        sum += log(slowdown);
        c.best = c.n ? fmin(c.best, slowdown) : slowdown;
        c.worst = c.n ? fmax(c.worst, slowdown) : slowdown;
        c.n++;
    }
    if (c.n)
        c.mean = exp(sum / (double)c.n);
    return c;
}

static void print_closing(struct table *table, const struct slowdown_row *rows, size_t count,
                          const int used[TABLE_ENVS])
{
    static const char *const names[] = {"geometric mean", "best", "worst"};
    for (int k = 0; k < 3; k++) {
        char name[64];
        size_t n = 0;
        for (size_t e = 1; e < env_count; e++)
            if (used[e])
                n = close_env(rows, count, used, e).n;
        snprintf(name, sizeof name, "%s (n = %zu)", names[k], n);
        table_text(table, name);
        if (used[0])
            table_text(table, NULL);
        for (size_t e = 1; e < env_count; e++) {
            if (!used[e])
                continue;
            struct closing c = close_env(rows, count, used, e);
            table_text(table, NULL);
            table_number(table, k == 0 ? c.mean : k == 1 ? c.best : c.worst, 3);
        }
    }
}

static int open_query(const struct options *options, const char *query, struct store_table *from)
{
    char err[4200];
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    int code = store_query(store, query, NULL, 0, from) < 0 ? command_fail(store_error(store)) : 0;
    store_close(store);
    return code;
}

static int fail_empty(struct table *table, const struct store_table *from)
{
    table_free(table);
    return command_fail(from->rows ? "no result matches"
                                   : "the database holds no such results yet");
}

int command_slowdown(const struct options *options)
{
    struct store_table from;
    struct table table;
    int used[TABLE_ENVS] = {0};
    if (open_query(options, "slowdown", &from))
        return 1;
    struct slowdown_row *rows = calloc(from.rows + 1, sizeof *rows);
    size_t count = rows ? collect_rows(&from, options, rows, used) : 0;
    int any = 0;
    table_begin(&table);
    table_head(&table, "test");
    for (size_t e = 0; e < env_count; e++) {
        char head[64];
        if (!used[e])
            continue;
        snprintf(head, sizeof head, "%s clk", env_table[e]->kind);
        table_head(&table, head);
        snprintf(head, sizeof head, "%s /native", env_table[e]->kind);
        if (e)
            table_head(&table, head);
        any |= e > 0;
    }
    for (size_t i = 0; i < count; i++) {
        table_text(&table, rows[i].test);
        for (size_t e = 0; e < env_count; e++) {
            if (!used[e])
                continue;
            put_clk(&table, rows[i].env[e].clk, rows[i].env[e].status);
            if (e)
                table_number(&table, rows[i].env[e].status ? rows[i].env[e].slowdown : NAN, 3);
        }
    }
    if (any)
        print_closing(&table, rows, count, used);
    int code = count ? command_print(&table, options) : fail_empty(&table, &from);
    free(rows);
    store_free_table(&from);
    return code;
}

/* ---- stages --------------------------------------------------------------------------------- */

#define STAGES 11
static const char *const stage_order[STAGES] = {"decode",  "translate", "link",   "dispatch",
                                                "execute", "mmu",       "helper", "irq",
                                                "device",  "smc",       "idle"};

struct stage_row {
    const char *test, *env;
    double clk[STAGES], share[STAGES], sum;
};

/* One row per (test, environment); the query's rows of one are adjacent. */
static size_t collect_stages(const struct store_table *from, const struct options *options,
                             struct stage_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < from->rows; i++) {
        const char *test = store_cell(from, i, 0)->text, *env = store_cell(from, i, 1)->text;
        if (!option_chooses(&options->tests, test) || !option_chooses(&options->envs, env))
            continue;
        struct stage_row *row = count ? &rows[count - 1] : NULL;
        if (!row || strcmp(row->test, test) || strcmp(row->env, env)) {
            row = &rows[count++];
            *row = (struct stage_row){.test = test, .env = env};
        }
        for (size_t k = 0; k < STAGES; k++)
            if (!strcmp(store_cell(from, i, 2)->text, stage_order[k])) {
                row->clk[k] = store_cell(from, i, 3)->real;
                row->share[k] = store_cell(from, i, 4)->real * 100;
                row->sum += row->clk[k];
            }
    }
    return count;
}

int command_stages(const struct options *options)
{
    struct store_table from;
    struct table table;
    int shown[STAGES] = {0};
    if (open_query(options, "stages", &from))
        return 1;
    struct stage_row *rows = calloc(from.rows + 1, sizeof *rows);
    size_t count = rows ? collect_stages(&from, options, rows) : 0;
    /* a person sees the stages that took anything, a program sees all */
    for (size_t k = 0; k < STAGES; k++)
        for (size_t i = 0; i < count; i++)
            shown[k] |= options->json || options->tsv || rows[i].share[k] >= 0.05;
    table_begin(&table);
    table_head(&table, "test");
    table_head(&table, "env");
    table_head(&table, "clk/op");
    for (size_t k = 0; k < STAGES; k++) {
        char head[32];
        snprintf(head, sizeof head, "%s %%", stage_order[k]);
        if (shown[k]) {
            table_head(&table, stage_order[k]);
            table_head(&table, head);
        }
    }
    for (size_t i = 0; i < count; i++) {
        table_text(&table, rows[i].test);
        table_text(&table, rows[i].env);
        table_number(&table, rows[i].sum, 3);
        for (size_t k = 0; k < STAGES; k++)
            if (shown[k]) {
                table_number(&table, rows[i].clk[k], 3);
                table_number(&table, rows[i].share[k], 2);
            }
    }
    int code = count ? command_print(&table, options) : fail_empty(&table, &from);
    free(rows);
    store_free_table(&from);
    return code;
}
