/* All hosts with the newest figures of each: what stands beside the report's own host. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/embedded.h"
#include "plots/model.h"

const char *const plots_status_name[PLOTS_STATUS_COUNT] = {
    "", "ok", "noisy", "wrong", "crash", "timeout", "unsupported"};

enum { HOSTS_MAX = 200, PUBLISHED_MAX = 100 }; /* as the queries have it */

struct by_name { /* tests by name, for the rows */
    struct plots_model *model;
    const struct plots_test **test;
    size_t tests;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct plots_test *const *)a)->name,
                  (*(const struct plots_test *const *)b)->name);
}

static int on_host(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    if (model->host_count == HOSTS_MAX)
        return 0;
    struct plots_host *host = &model->host[model->host_count];
    *host = (struct plots_host){
        .id = plots_column_int(row, 0),
        .fp = plots_column_text(reader, row, 1),
        .label = plots_column_text(reader, row, 2),
        .brand = plots_column_text(reader, row, 3),
        .virt = plots_column_text(reader, row, 4),
        .sweeps = plots_column_int(row, 5),
        .newest = plots_column_text(reader, row, 6),
        .cell = calloc(model->tests * PLOTS_ENV_COUNT + 1, sizeof *host->cell),
    };
    model->host_count++;
    if (!host->cell) {
        snprintf(reader->err, sizeof reader->err, "%s: no memory", reader->path);
        return -1;
    }
    host->shown = host->fp && model->host_fp && strcmp(host->fp, model->host_fp) == 0;
    return reader->err[0] ? -1 : 0;
}

static enum plots_status status_by_name(const char *name)
{
    for (int i = 1; name && i < PLOTS_STATUS_COUNT; i++)
        if (strcmp(name, plots_status_name[i]) == 0)
            return (enum plots_status)i;
    return PLOTS_STATUS_NONE;
}

static struct plots_host *find_host(struct plots_model *model, int64_t id)
{
    static size_t last; /* rows of a host are adjacent; only a place to look first */
    if (last < model->host_count && model->host[last].id == id)
        return &model->host[last];
    for (size_t i = 0; i < model->host_count; i++)
        if (model->host[i].id == id) {
            last = i;
            return &model->host[i];
        }
    return NULL;
}

/* Names are compared as they are in the database: one that cleaning would change is not found, and
 * is only in its own host's report. */
static int on_figure(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct by_name *index = into;
    struct plots_host *host = find_host(index->model, sqlite3_column_int64(row, 0));
    const char *name = (const char *)sqlite3_column_text(row, 1);
    int env = plots_env_by_kind((const char *)sqlite3_column_text(row, 2));
    struct plots_test wanted = {.name = name};
    const struct plots_test *key = &wanted;
    (void)reader;
    if (!host || !name || env < 0)
        return 0;
    const struct plots_test **found =
        bsearch(&key, index->test, index->tests, sizeof *index->test, compare_names);
    if (!found)
        return 0;
    struct plots_narrow *cell = &host->cell[(*found - index->model->test) * PLOTS_ENV_COUNT + env];
    index->model->column[env].elsewhere = true;
    cell->status = status_by_name((const char *)sqlite3_column_text(row, 3));
    bool good = cell->status == PLOTS_STATUS_OK || cell->status == PLOTS_STATUS_NOISY;
    cell->est = good ? plots_column_real(row, 4) : (double)NAN;
    cell->lo = plots_column_real(row, 5);
    cell->hi = plots_column_real(row, 6);
    cell->proven = sqlite3_column_int(row, 7) != 0;
    cell->slowdown = plots_column_real(row, 8);
    cell->slow_lo = plots_column_real(row, 9);
    cell->slow_hi = plots_column_real(row, 10);
    plots_drop_point_interval(&cell->lo, &cell->hi, &cell->slow_lo, &cell->slow_hi);
    return 0;
}

const struct plots_narrow *plots_host_cell(const struct plots_model *model, size_t host,
                                           const struct plots_test *test, int env)
{
    return &model->host[host].cell[(test - model->test) * PLOTS_ENV_COUNT + env];
}

static bool has_clocks(const struct plots_narrow *cell)
{
    return cell->status != PLOTS_STATUS_NONE && cell->proven && isfinite(cell->est) &&
           cell->est > 0;
}

/* Geometric means of a host: slowdowns of its own tests, and native clocks against the shown host's
 * over the tests that both have. */
static void summarise_host(const struct plots_model *model, struct plots_host *host,
                           const struct plots_host *shown)
{
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        double sum = 0;
        int n = 0;
        for (size_t i = 0; i < model->tests; i++) {
            const struct plots_narrow *cell = &host->cell[i * PLOTS_ENV_COUNT + (size_t)env];
            double value = cell->slowdown;
            if (env == PLOTS_ENV_NATIVE) {
                const struct plots_narrow *own = shown ? &shown->cell[i * PLOTS_ENV_COUNT] : NULL;
                value =
                    own && has_clocks(own) && has_clocks(cell) ? cell->est / own->est : (double)NAN;
            }
            if (cell->status == PLOTS_STATUS_NONE || !model->test[i].compares || !isfinite(value) ||
                value <= 0)
                continue;
            sum += log(value);
            n++;
        }
        host->mean[env] = (struct plots_mean){.value = n ? exp(sum / n) : (double)NAN, .n = n};
    }
}

bool plots_column_shown(const struct plots_model *model, int env)
{
    return model->column[env].present || model->column[env].elsewhere;
}

static int on_published(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    if (model->publisheds == PUBLISHED_MAX)
        return 0;
    const char *env = plots_column_text(reader, row, 0), *host = plots_column_text(reader, row, 1);
    model->published[model->publisheds++] = (struct plots_published){
        .env = env ? env : "?", .host = host ? host : "?", .slowdown = plots_column_real(row, 2)};
    return reader->err[0] ? -1 : 0;
}

int plots_model_load_hosts(struct plots_model *model, bool figures)
{
    struct by_name index = {.model = model, .tests = model->tests};
    model->host = calloc(HOSTS_MAX, sizeof *model->host);
    model->published = calloc(PUBLISHED_MAX, sizeof *model->published);
    index.test = calloc(model->tests + 1, sizeof *index.test);
    if (!model->host || !model->published || !index.test) {
        snprintf(model->reader.err, sizeof model->reader.err, "%s: no memory", model->reader.path);
        free(index.test);
        return -1;
    }
    for (size_t i = 0; i < model->tests; i++)
        index.test[i] = &model->test[i];
    qsort(index.test, index.tests, sizeof *index.test, compare_names);
    int failed =
        plots_reader_query(&model->reader, plots_text_chart_hosts_sql, NULL, on_host, model);
    if (!failed && figures)
        failed = plots_reader_query(&model->reader, plots_text_chart_figures_sql, NULL, on_figure,
                                    &index);
    failed = failed || plots_reader_query(&model->reader, plots_text_chart_published_slowdown_sql,
                                          NULL, on_published, model);
    free(index.test);
    const struct plots_host *shown = NULL;
    for (size_t h = 0; h < model->host_count; h++)
        shown = model->host[h].shown ? &model->host[h] : shown;
    for (size_t h = 0; !failed && h < model->host_count; h++)
        summarise_host(model, &model->host[h], shown);
    for (size_t i = 0; !failed && i < model->tests; i++)
        for (size_t h = 0; h < model->host_count; h++)
            model->test[i].measured += has_clocks(&model->host[h].cell[i * PLOTS_ENV_COUNT]);
    return failed;
}

void plots_model_free_hosts(struct plots_model *model)
{
    for (size_t h = 0; h < model->host_count; h++)
        free(model->host[h].cell);
    free(model->host);
    free(model->published);
    model->published = NULL;
    model->host = NULL;
    model->host_count = 0;
}
