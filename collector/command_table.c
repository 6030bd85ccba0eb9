/* command_table.c: list, host, work: tables as they come. */
#include "collector/catalogue.h"
#include "collector/command.h"
#include "collector/env/env.h"
#include "collector/host.h"
#include "collector/known.h"
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
    static const char *const heads[] = {"family", "test",       "title",     "ops",   "kind",
                                        "needs",  "2010 label", "known clk", "source"};
    struct host host;
    plan_find_build_dir(options, dir, sizeof dir);
    snprintf(program, sizeof program, "%s/tickbench", dir);
    if (catalogue_read(program, &catalogue, err, sizeof err) < 0)
        return command_fail(err);
    host_read(&host);
    const char *cpu = known_cpu(host.vendor, host.family, host.model);
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
        const struct known *known = cpu ? known_find(t->name) : NULL;
        table_number(&table, known ? known->clk : NAN, 3);
        table_text(&table, known ? known->source : NULL);
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

int command_work(const struct options *options)
{
    static const char *const heads[] = {"test",    "env",    "seconds", "10^9 clk",
                                        "/native", "status", "reason"};
    struct store_table from;
    struct table table;
    int measured = 0;
    if (open_query(options, "work", &from))
        return 1;
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    for (size_t r = 0; r < from.rows; r++) {
        if (!option_chooses(&options->tests, store_cell(&from, r, 0)->text))
            continue;
        measured |= store_cell(&from, r, 7)->real < 1;
        for (size_t c = 0; c < sizeof heads / sizeof *heads; c++) {
            const struct store_cell *cell = store_cell(&from, r, c);
            if (c >= 2 && c <= 4)
                table_number(&table, cell->text ? cell->real : NAN, 4);
            else
                table_text(&table, cell->text);
        }
    }
    store_free_table(&from);
    if (measured)
        return command_print(&table, options);
    table_free(&table);
    return command_fail("no workload that matches has a result yet (tickmark run -t 'work.*')");
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
