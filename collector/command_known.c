/* command_known.c: known: the published clocks of this processor beside the newest native results,
 * and whether they agree. */
#include "collector/command.h"
#include "collector/host.h"
#include "collector/known.h"

#include <math.h>
#include <string.h>

#define KNOWN_PERCENT 5.0

/* clk_ghz is NULL where no core clock was proven: ticks say nothing about latencies. */
static const char query[] =
    "SELECT v.test, v.est, v.status, v.clk_ghz FROM v_newest v WHERE v.env = 'native' AND "
    "v.host_fp = :fp";

static const char *judge(const struct store_table *from, const char *test, double published,
                         double *measured)
{
    *measured = NAN;
    for (size_t i = 0; i < from->rows; i++) {
        const char *status = store_cell(from, i, 2)->text;
        if (strcmp(store_cell(from, i, 0)->text, test))
            continue;
        if (!status || (strcmp(status, "ok") && strcmp(status, "noisy")))
            return "no figure";
        if (!store_cell(from, i, 1)->text || !store_cell(from, i, 3)->text)
            return "no core clock";
        *measured = store_cell(from, i, 1)->real;
        return fabs(*measured / published - 1) * 100 <= KNOWN_PERCENT ? "ok" : "off";
    }
    return "not measured";
}

static void put_heads(struct table *table)
{
    static const char *const heads[] = {"test",         "published", "measured",
                                        "difference %", "verdict",   "source"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
}

static int fill(struct table *table, const struct store_table *from, const struct options *options,
                int *off, int *judged)
{
    size_t count;
    const struct known *known = known_rows(&count);
    for (size_t i = 0; i < count; i++) {
        double measured;
        if (!option_chooses(&options->tests, known[i].test))
            continue;
        const char *verdict = judge(from, known[i].test, known[i].clk, &measured);
        *off += !strcmp(verdict, "off");
        *judged += isfinite(measured);
        table_text(table, known[i].test);
        table_number(table, known[i].clk, 3);
        table_number(table, measured, 3);
        table_number(table, 100 * (measured / known[i].clk - 1), 2);
        table_text(table, verdict);
        table_text(table, known[i].source);
    }
    return table->used > 0;
}

int command_known(const struct options *options)
{
    struct host host;
    struct table table;
    struct store_table from;
    char err[4200];
    int off = 0, judged = 0;
    host_read(&host);
    const char *name = known_cpu(host.vendor, host.family, host.model);
    if (!name) { /* a table without rows, for programs */
        fprintf(stderr, "no source for this processor (%s, family %lld, model %lld)\n", host.vendor,
                (long long)host.family, (long long)host.model);
        table_begin(&table);
        put_heads(&table);
        return command_print(&table, options);
    }
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    struct store_param param = {":fp", host.fp, 0};
    int failed = store_query(store, query, &param, 1, &from) < 0;
    if (failed)
        command_fail(store_error(store));
    store_close(store);
    if (failed)
        return 1;
    table_begin(&table);
    put_heads(&table);
    int any = fill(&table, &from, options, &off, &judged);
    store_free_table(&from);
    if (!any) {
        table_free(&table);
        return command_fail("no test with a published figure matches");
    }
    if (command_print(&table, options))
        return 1;
    fprintf(stderr, "%s: %d measured, %d within %.0f %%, %d off\n", name, judged, judged - off,
            KNOWN_PERCENT, off);
    return off != 0;
}
