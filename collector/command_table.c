/* command_table.c: list, host, stages: tables as they come. */
#include "collector/catalogue.h"
#include "collector/command.h"
#include "collector/env/env.h"
#include "collector/host.h"
#include "collector/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int open_query(const struct options *options, const char *query, struct store_table *from)
{
    char err[4200];
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    struct store_table host;
    int failed = store_query(store, "host_shown", NULL, 0, &host) < 0;
    if (!failed) {
        struct store_param param = {":host", host.rows ? store_cell(&host, 0, 0)->text : "", 0};
        failed = store_query(store, query, &param, 1, from) < 0;
        store_free_table(&host);
    }
    int code = failed ? command_fail(store_error(store)) : 0;
    store_close(store);
    return code;
}

/* All hosts of the store, and those of the published figures. */
static int list_hosts(const struct options *options)
{
    struct store_table from;
    struct table table;
    if (open_query(options, "host_list", &from))
        return 1;
    table_from_store(&table, &from);
    store_free_table(&from);
    return command_print(&table, options);
}

int command_host(const struct options *options)
{
    struct host host;
    struct table table;
    if (options->all)
        return list_hosts(options);
    host_read(&host);
    host_table(&host, &table);
    return command_print(&table, options);
}

/* ---- stages
 * -------------------------------------------------------------------------------------- */

static int fail_empty(struct table *table, const struct store_table *from)
{
    table_free(table);
    return command_fail(from->rows ? "no result matches"
                                   : "the database holds no such results yet");
}

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
