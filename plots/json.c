/* The model as one JSON document, built with jansson.
 * Every set below may fail for want of memory; jansson then returns -1 and the key is missing, so
 * errors are gathered in one flag and the document is thrown away as a whole. */
#include "plots/json.h"

#include <jansson.h>
#include <math.h>

static int json_failed; /* reset by plots_write_json, the only entry */

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        json_failed = 1;
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        json_failed = 1;
}

static json_t *text(const char *value)
{
    return value ? json_string(value) : json_null();
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Of the database's own making, and yet anything may be in it: numbers, or nothing. */
static json_t *object_of(const char *value)
{
    json_t *object = value ? json_loads(value, 0, NULL) : NULL;
    if (json_is_object(object))
        return object;
    json_decref(object);
    return json_null();
}

static json_t *mean_object(const struct plots_mean *mean)
{
    json_t *object = json_object();
    set(object, "geomean", real(mean->value));
    set(object, "n", json_integer(mean->n));
    set(object, "noisy", json_integer(mean->noisy));
    set(object, "best", text(mean->best_test));
    set(object, "best_slowdown", real(mean->best));
    set(object, "worst", text(mean->worst_test));
    set(object, "worst_slowdown", real(mean->worst));
    return object;
}

static json_t *left_out_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->left_outs; i++) {
        json_t *object = json_object();
        set(object, "n", json_integer(model->left_out[i].n));
        set(object, "why", text(model->left_out[i].why));
        append(array, object);
    }
    return array;
}

static json_t *host_object(const struct plots_model *model)
{
    if (!model->host_fp)
        return json_null();
    json_t *object = json_object();
    set(object, "fp", text(model->host_fp));
    set(object, "label", text(model->host_label));
    for (size_t i = 0; i < model->facts; i++)
        set(object, model->fact[i].key, text(model->fact[i].text));
    set(object, "hosts_in_database", json_integer(model->hosts));
    return object;
}

static json_t *sweep_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->sweeps; i++) {
        const struct plots_sweep *sweep = &model->sweep[i];
        json_t *object = json_object();
        set(object, "uuid", text(sweep->uuid));
        set(object, "label", text(sweep->label));
        set(object, "started", text(sweep->started));
        set(object, "finished", text(sweep->finished));
        set(object, "state", text(sweep->state));
        set(object, "collector", text(sweep->collector));
        set(object, "seed", json_integer(sweep->seed));
        set(object, "rounds", json_integer(sweep->rounds));
        set(object, "results", json_integer(sweep->results));
        set(object, "shown", json_integer(sweep->shown));
        set(object, "aa_floor", real(sweep->aa_floor));
        set(object, "aa_floors", object_of(sweep->floors));
        append(array, object);
    }
    return array;
}

static json_t *setup_array(const struct plots_model *model, int env)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->setups; i++) {
        const struct plots_setup *setup = &model->setup[i];
        if ((int)setup->env != env)
            continue;
        json_t *object = json_object();
        set(object, "label", text(setup->label));
        set(object, "argv", text(setup->argv));
        set(object, "image_sha", text(setup->image_sha));
        set(object, "guest_tsc", text(setup->guest_tsc));
        set(object, "nested", json_boolean(setup->nested));
        set(object, "project", text(setup->project));
        set(object, "version", text(setup->version));
        set(object, "commit", text(setup->commit));
        set(object, "dirty", json_boolean(setup->dirty));
        set(object, "compiler", text(setup->compiler));
        set(object, "cflags", text(setup->cflags));
        set(object, "build_sha", text(setup->build_sha));
        set(object, "results", json_integer(setup->results));
        append(array, object);
    }
    return array;
}

static json_t *env_object(const struct plots_model *model)
{
    json_t *all = json_object();
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_column *column = &model->column[env];
        if (!column->present)
            continue;
        json_t *object = json_object();
        set(object, "ok", json_integer(column->ok));
        set(object, "noisy", json_integer(column->noisy));
        set(object, "wrong", json_integer(column->wrong));
        set(object, "crash", json_integer(column->crash));
        set(object, "timeout", json_integer(column->timeout));
        set(object, "unsupported", json_integer(column->unsupported));
        set(object, "setups", setup_array(model, env));
        if (env != PLOTS_ENV_NATIVE) {
            set(object, "compared", json_boolean(column->compared));
            set(object, "common", mean_object(&column->common));
            set(object, "own", mean_object(&column->own));
            set(object, "ahead_of_qemu_tcg", json_integer(column->common.ahead));
            set(object, "behind_qemu_tcg", json_integer(column->common.behind));
            set(object, "met_qemu_tcg", json_integer(column->common.met));
        }
        set(all, plots_env_look[env].kind, object);
    }
    return all;
}

static json_t *missing_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->missings; i++) {
        json_t *object = json_object();
        set(object, "env", text(model->missing[i].kind));
        set(object, "reason", text(model->missing[i].reason));
        append(array, object);
    }
    return array;
}

static json_t *stage_object(const struct plots_cell *cell)
{
    json_t *all = json_object();
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++) {
        json_t *object = json_object();
        set(object, "share", real(plots_stage_share(cell, (enum plots_stage)stage)));
        set(object, "clk_per_op", real(plots_stage_clk_per_op(cell, (enum plots_stage)stage)));
        set(object, "clk", real(cell->stage[stage].clk));
        set(object, "ops", real(cell->stage[stage].ops));
        set(object, "calls", json_integer(cell->stage[stage].calls));
        set(object, "items", real(cell->stage[stage].items));
        set(object, "bytes", json_integer(cell->stage[stage].bytes));
        set(all, plots_stage_look[stage].name, object);
    }
    return all;
}

static json_t *cell_object(const struct plots_cell *cell)
{
    json_t *object = json_object();
    set(object, "status", text(cell->status));
    set(object, "reason", text(cell->reason));
    set(object, "clk", real(cell->est));
    set(object, "lo", real(cell->lo));
    set(object, "hi", real(cell->hi));
    set(object, "tsc", real(cell->tsc));
    set(object, "ns", real(cell->ns));
    set(object, "guest_tsc", real(cell->guest_tsc));
    set(object, "clk_ghz", real(cell->clk_ghz));
    set(object, "n", json_integer(cell->n));
    set(object, "dropped", json_integer(cell->dropped));
    if (cell->asked) {
        set(object, "asked", json_integer(cell->asked));
        set(object, "correct", json_integer(cell->correct));
    }
    set(object, "flags", json_integer(cell->flags));
    set(object, "started", text(cell->started));
    set(object, "code_sha", text(cell->code_sha));
    set(object, "slowdown", real(cell->slowdown));
    set(object, "slowdown_lo", real(cell->slow_lo));
    set(object, "slowdown_hi", real(cell->slow_hi));
    set(object, "slowdown_native_clk", real(cell->slow_native));
    set(object, "slowdown_is_older", json_boolean(cell->slow_older));
    set(object, "stages", cell->stage ? stage_object(cell) : json_null());
    return object;
}

static json_t *test_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        json_t *object = json_object(), *cells = json_object();
        set(object, "name", text(test->name));
        set(object, "family", text(test->family));
        set(object, "title", text(test->title));
        set(object, "alias", text(test->alias));
        set(object, "unit", text(test->unit));
        set(object, "noise", text(test->noise));
        set(object, "compares", json_boolean(test->compares));
        set(object, "common", json_boolean(test->common));
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (test->cell[env].present)
                set(cells, plots_env_look[env].kind, cell_object(&test->cell[env]));
        set(object, "env", cells);
        append(array, object);
    }
    return array;
}

static json_t *reference_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->references; i++) {
        const struct plots_reference *reference = &model->reference[i];
        json_t *object = json_object();
        set(object, "source", text(reference->source));
        set(object, "test", text(reference->test));
        set(object, "host", text(reference->host));
        set(object, "env", text(reference->env));
        set(object, "value", real(reference->value));
        set(object, "text", text(reference->text));
        set(object, "unit", text(reference->unit));
        append(array, object);
    }
    return array;
}

/* The newest figures of a host that is not the report's own, in rows: there may be many. */
static json_t *figure_array(const struct plots_model *model, const struct plots_host *host)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->tests; i++)
        for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
            const struct plots_narrow *cell = &host->cell[i * PLOTS_ENV_COUNT + (size_t)env];
            if (cell->status == PLOTS_STATUS_NONE)
                continue;
            json_t *row = json_array();
            append(row, text(model->test[i].name));
            append(row, text(plots_env_look[env].kind));
            append(row, text(plots_status_name[cell->status]));
            append(row, json_boolean(cell->proven));
            append(row, real(cell->est));
            append(row, real(cell->lo));
            append(row, real(cell->hi));
            append(row, real(cell->slowdown));
            append(row, real(cell->slow_lo));
            append(row, real(cell->slow_hi));
            append(array, row);
        }
    return array;
}

static json_t *host_array(const struct plots_model *model)
{
    static const char *const columns[] = {"test", "env", "status",   "proven",  "est",
                                          "lo",   "hi",  "slowdown", "slow_lo", "slow_hi"};
    json_t *array = json_array();
    for (size_t h = 0; h < model->host_count; h++) {
        const struct plots_host *host = &model->host[h];
        json_t *object = json_object(), *means = json_object(), *names = json_array();
        set(object, "fp", text(host->fp));
        set(object, "label", text(host->label));
        set(object, "brand", text(host->brand));
        set(object, "virt", text(host->virt));
        set(object, "sweeps", json_integer(host->sweeps));
        set(object, "newest", text(host->newest));
        set(object, "shown", json_boolean(host->shown));
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (host->mean[env].n) {
                json_t *mean = json_object();
                set(mean, "geomean", real(host->mean[env].value));
                set(mean, "n", json_integer(host->mean[env].n));
                set(means, plots_env_look[env].kind, mean);
            }
        set(object, "means", means);
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            append(names, text(columns[i]));
        set(object, "columns", names);
        /* those of the report's own host are in `tests`, in full */
        set(object, "figures", host->shown ? json_array() : figure_array(model, host));
        append(array, object);
    }
    return array;
}

static json_t *published_array(const struct plots_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->publisheds; i++) {
        json_t *object = json_object();
        set(object, "env", text(model->published[i].env));
        set(object, "host", text(model->published[i].host));
        set(object, "slowdown", real(model->published[i].slowdown));
        append(array, object);
    }
    return array;
}

/* The series of the charts whose figures are not those of `tests`. */
static json_t *chart_object(const struct plots_chart chart[PLOTS_CHART_COUNT])
{
    json_t *object = json_object();
    for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
        if (!chart[id].series)
            continue;
        json_t *one = json_object(), *series = json_loads(chart[id].series, 0, NULL);
        set(one, "title", text(chart[id].title));
        set(one, "subject", text(chart[id].subject));
        set(one, "series", series); /* NULL: no memory */
        set(object, chart[id].name, one);
    }
    return object;
}

int plots_write_json(FILE *out, const struct plots_model *model,
                     const struct plots_chart chart[PLOTS_CHART_COUNT])
{
    json_failed = 0;
    json_t *document = json_object();
    set(document, "v", json_integer(1));
    set(document, "generated", text(model->generated));
    set(document, "host", host_object(model));
    set(document, "sweeps", sweep_array(model));
    set(document, "common_tests", json_integer(model->common));
    set(document, "left_out_of_means", left_out_array(model));
    set(document, "environments", env_object(model));
    set(document, "missing_environments", missing_array(model));
    set(document, "tests", test_array(model));
    set(document, "published", reference_array(model));
    set(document, "hosts", host_array(model));
    set(document, "published_slowdowns", published_array(model));
    set(document, "charts", chart_object(chart));
    int failed =
        json_failed || json_dumpf(document, out, JSON_COMPACT) != 0 || fputc('\n', out) == EOF;
    json_decref(document);
    return failed ? -1 : 0;
}
