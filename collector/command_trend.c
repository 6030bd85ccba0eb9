/* command_trend.c: one test from build to build, each row judged against the one before it in the
 * same environment of the same host. A step mark (a level that changed on purpose) is shown. */
#include "collector/command.h"
#include "collector/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int is_next(const struct figure *a, const struct figure *b)
{
    return !strcmp(a->host_fp, b->host_fp) && !strcmp(a->env, b->env);
}

/* matches->rows[i] is figure i against i - 1, or against itself (remark "first"). */
static int judge_steps(struct store *store, const struct figures *figures, struct matches *matches)
{
    if (match_begin(matches, figures->count) < 0)
        return -1;
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *now = &figures->rows[i];
        const struct figure *before = i && is_next(&now[-1], now) ? &now[-1] : NULL;
        if (!before)
            continue;
        matches->rows[matches->count].a = before;
        matches->rows[matches->count++].b = now;
    }
    return match_judge(store, matches, NAN, 0);
}

static void put_rows(struct table *table, const struct figures *figures,
                     const struct matches *matches)
{
    static const char *const heads[] = {"host",   "env",     "build", "sha",    "measured",
                                        "clk/op", "low",     "high",  "status", "ratio",
                                        "q",      "verdict", "step"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
    size_t at = 0;
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *f = &figures->rows[i];
        int is_step = at < matches->count && matches->rows[at].b == f;
        char sha[13];
        snprintf(sha, sizeof sha, "%.12s", f->build_sha);
        table_text(table, f->host);
        table_text(table, f->env);
        table_text(table, f->version);
        table_text(table, sha);
        table_text(table, f->started);
        table_number(table, f->est, 4);
        int one_round = f->lo == f->hi; /* stored as if it were known to the last digit */
        table_number(table, one_round ? NAN : f->lo, 4);
        table_number(table, one_round ? NAN : f->hi, 4);
        table_text(table, f->status);
        table_number(table, is_step ? matches->pairs[at].ratio.est : NAN, 4);
        table_number(table, is_step ? matches->pairs[at].q : NAN, 2);
        table_text(table, is_step ? match_verdict(matches, at) : "first");
        table_text(table, f->step);
        at += (size_t)is_step;
    }
}

static int trend(struct store *store, const struct options *options, char *err, size_t errlen)
{
    const char *test = options->words.items[0];
    struct figures figures;
    struct matches matches;
    struct store_table from;
    struct table table;
    memset(&figures, 0, sizeof figures);
    memset(&matches, 0, sizeof matches);
    char *hosts = side_list_hosts(store, options, err, errlen);
    if (!hosts)
        return command_fail(err);
    struct store_param params[] = {{":test", test, 0}, {":hosts", hosts, 0}};
    int status = store_query(store, "trend", params, 2, &from);
    free(hosts);
    if (status < 0)
        return command_fail(store_error(store));
    int code = 0;
    if (side_take_rows(&figures, &from, options) < 0)
        code = command_fail("no memory");
    else if (!figures.count) {
        snprintf(err, errlen, "no result of a test '%.100s' there", test);
        code = command_fail(err);
    } else if (judge_steps(store, &figures, &matches) < 0)
        code = command_fail(store_error(store));
    if (!code) {
        table_begin(&table);
        put_rows(&table, &figures, &matches);
        code = command_print(&table, options);
    }
    match_free(&matches);
    side_free_figures(&figures);
    return code;
}

int command_trend(const struct options *options)
{
    char err[4200];
    if (options->words.count != 1)
        return command_fail("trend wants the name of one test");
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    int code = trend(store, options, err, sizeof err);
    store_close(store);
    return code;
}
