/* Loading of the model: the embedded queries, row by row; contracts in model.h. */
#include "plots/model.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plots/embedded.h"

const struct plots_env_look plots_env_look[PLOTS_ENV_COUNT] = {
#define ENV(id, kind, light, dark, point, mark) {kind, light, dark, point, mark},
#include "plots/env.def"
#undef ENV
};

const struct plots_stage_look plots_stage_look[PLOTS_STAGE_COUNT] = {
#define STAGE(id, name, light, dark) {name, light, dark},
#include "plots/stage.def"
#undef STAGE
};

bool plots_status_good(const char *status)
{
    return strcmp(status, "ok") == 0 || strcmp(status, "noisy") == 0;
}

/* Room for one more element; arrays grow by doubling, so `count` alone tells when one is full.
 * NULL: no memory. */
static void *grow(struct plots_reader *reader, void *array, size_t count, size_t size)
{
    if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
        void *larger = realloc(array, (count ? 2 * count : 16) * size);
        if (!larger)
            snprintf(reader->err, sizeof reader->err, "%s: no memory", reader->path);
        return larger;
    }
    return array;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text && text[0] ? text : otherwise;
}

int plots_env_by_kind(const char *kind)
{
    for (int env = 0; kind && env < PLOTS_ENV_COUNT; env++)
        if (strcmp(kind, plots_env_look[env].kind) == 0)
            return env;
    return -1;
}

static void add_fact(struct plots_model *model, const char *key, const char *title,
                     const char *text)
{
    if (text && text[0] && model->facts < PLOTS_FACT_MAX)
        model->fact[model->facts++] = (struct plots_fact){key, title, text};
}

static int on_host(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    /* In the order of chart_host.sql from column 2 on; NULL titles are handled together with
     * others. */
    static const struct {
        const char *key, *title;
    } column[] = {
        {"vendor", "Vendor"},
        {"family", "Family"},
        {"model", "Model"},
        {"stepping", "Stepping"},
        {"brand", "Processor"},
        {"cpus", "Processors"},
        {"smt", "SMT"},
        {"l1d_kib", "L1 data (KiB)"},
        {"l1i_kib", "L1 code (KiB)"},
        {"l2_kib", "L2 (KiB)"},
        {"l3_kib", "L3 (KiB)"},
        {"mem_mib", "Memory (MiB)"},
        {"virt", "Hypervisor"},
        {"hostname", "Host name"},
        {"kernel", "Kernel"},
        {"microcode", "Microcode"},
        {"governor", "Governor"},
        {"turbo", "Turbo"},
        {"mitigations", "Mitigations"},
        {"clocksource", "Clock source"},
        {"tsc_khz", "TSC (kHz)"},
        {"tsc_invariant", "TSC invariant"},
        {"pmu", "Counters"},
        {"pmu_note", "Counters, why"},
        {"aslr", "ASLR"},
        {"thp", "Huge pages"},
    };
    struct plots_model *model = into;
    model->host_fp = plots_column_text(reader, row, 0);
    model->host_label = plots_column_text(reader, row, 1);
    for (int i = 0; i < (int)(sizeof column / sizeof column[0]); i++)
        add_fact(model, column[i].key, column[i].title, plots_column_text(reader, row, i + 2));
    model->hosts = plots_column_int(row, 28);
    return reader->err[0] ? -1 : 0;
}

static int on_sweep(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    struct plots_sweep *sweep = grow(reader, model->sweep, model->sweeps, sizeof *sweep);
    if (!sweep)
        return -1;
    model->sweep = sweep;
    model->sweep[model->sweeps++] = (struct plots_sweep){
        .uuid = plots_column_text(reader, row, 0),
        .label = plots_column_text(reader, row, 1),
        .started = plots_column_text(reader, row, 2),
        .finished = plots_column_text(reader, row, 3),
        .state = plots_column_text(reader, row, 4),
        .seed = plots_column_int(row, 5),
        .aa_floor = plots_column_real(row, 6),
        .collector = plots_column_text(reader, row, 7),
        .rounds = plots_column_int(row, 8),
        .results = plots_column_int(row, 9),
        .shown = plots_column_int(row, 10),
        .floors_text = plots_column_text(reader, row, 11),
        .floors = plots_column_text(reader, row, 12),
    };
    return reader->err[0] ? -1 : 0;
}

static int on_setup(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    int env = plots_env_by_kind(plots_column_text(reader, row, 0));
    struct plots_setup *setup = grow(reader, model->setup, model->setups, sizeof *setup);
    if (!setup)
        return -1;
    model->setup = setup;
    if (env < 0)
        return 0;
    model->setup[model->setups++] = (struct plots_setup){
        .env = (enum plots_env)env,
        .label = plots_column_text(reader, row, 1),
        .argv = plots_column_text(reader, row, 2),
        .image_sha = plots_column_text(reader, row, 3),
        .nested = plots_column_int(row, 4) != 0,
        .guest_tsc = plots_column_text(reader, row, 5),
        .project = plots_column_text(reader, row, 6),
        .version = plots_column_text(reader, row, 7),
        .commit = plots_column_text(reader, row, 8),
        .dirty = plots_column_int(row, 9) != 0,
        .compiler = plots_column_text(reader, row, 10),
        .cflags = plots_column_text(reader, row, 11),
        .build_sha = plots_column_text(reader, row, 12),
        .results = plots_column_int(row, 13),
    };
    return reader->err[0] ? -1 : 0;
}

static int on_missing(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    struct plots_missing *missing = grow(reader, model->missing, model->missings, sizeof *missing);
    if (!missing)
        return -1;
    model->missing = missing;
    model->missing[model->missings++] = (struct plots_missing){
        .kind = text_or(plots_column_text(reader, row, 0), "?"),
        .reason = text_or(plots_column_text(reader, row, 1), "not found"),
    };
    return reader->err[0] ? -1 : 0;
}

void plots_drop_point_interval(double *lo, double *hi, double *slow_lo, double *slow_hi)
{
    if (*lo == *hi)
        *lo = *hi = *slow_lo = *slow_hi = (double)NAN;
}

static int on_result(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    const char *name = text_or(plots_column_text(reader, row, 1), "?");
    int env = plots_env_by_kind(plots_column_text(reader, row, 8));
    if (reader->err[0])
        return -1;
    if (env < 0)
        return 0;
    struct plots_test *test = model->tests ? &model->test[model->tests - 1] : NULL;
    /* Cleaning may make two names one; then the environment is taken already and the second name
     * gets its own row. */
    if (!test || strcmp(test->name, name) != 0 || test->cell[env].present) {
        struct plots_test *larger = grow(reader, model->test, model->tests, sizeof *larger);
        if (!larger)
            return -1;
        model->test = larger;
        test = &model->test[model->tests++];
        memset(test, 0, sizeof *test);
        test->compares = true;
        for (int i = 0; i < PLOTS_ENV_COUNT; i++)
            test->cell[i].est = test->cell[i].slowdown = (double)NAN;
        test->name = name;
        test->family = text_or(plots_column_text(reader, row, 2), "?");
        test->title = text_or(plots_column_text(reader, row, 3), "");
        test->alias = plots_column_text(reader, row, 4);
        test->unit = plots_column_text(reader, row, 5);
        test->noise = plots_column_text(reader, row, 6);
    }
    struct plots_cell *cell = &test->cell[env];
    *cell = (struct plots_cell){
        .present = true,
        .result_id = plots_column_int(row, 0),
        .code_sha = plots_column_text(reader, row, 7),
        .status = text_or(plots_column_text(reader, row, 9), "?"),
        .reason = plots_column_text(reader, row, 10),
        .est = plots_column_real(row, 11),
        .lo = plots_column_real(row, 12),
        .hi = plots_column_real(row, 13),
        .tsc = plots_column_real(row, 14),
        .ns = plots_column_real(row, 15),
        .guest_tsc = plots_column_real(row, 16),
        .clk_ghz = plots_column_real(row, 17),
        .n = plots_column_int(row, 18),
        .dropped = plots_column_int(row, 19),
        .flags = plots_column_int(row, 20),
        .started = plots_column_text(reader, row, 21),
        .slowdown = plots_column_real(row, 22),
        .slow_lo = plots_column_real(row, 23),
        .slow_hi = plots_column_real(row, 24),
        .slow_native = plots_column_real(row, 25),
        .slow_older = plots_column_int(row, 26) != 0,
        .asked = plots_column_int(row, 28),
        .correct = plots_column_int(row, 29),
    };
    plots_drop_point_interval(&cell->lo, &cell->hi, &cell->slow_lo, &cell->slow_hi);
    test->answers |= plots_column_int(row, 30) != 0;
    if (!plots_column_int(row, 27))
        test->compares = false;
    return reader->err[0] ? -1 : 0;
}

/* Cells by result id, for the stage rows. */
struct cell_index {
    struct plots_cell **cell;
    size_t cells;
};

static int compare_cells(const void *a, const void *b)
{
    int64_t x = (*(struct plots_cell *const *)a)->result_id,
            y = (*(struct plots_cell *const *)b)->result_id;
    return (x > y) - (x < y);
}

static int index_cells(struct plots_model *model, struct cell_index *index)
{
    index->cell = calloc(model->tests * PLOTS_ENV_COUNT + 1, sizeof(struct plots_cell *));
    if (!index->cell) {
        snprintf(model->reader.err, sizeof model->reader.err, "%s: no memory", model->reader.path);
        return -1;
    }
    for (size_t i = 0; i < model->tests; i++)
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (model->test[i].cell[env].present)
                index->cell[index->cells++] = &model->test[i].cell[env];
    qsort(index->cell, index->cells, sizeof(struct plots_cell *), compare_cells);
    return 0;
}

static int on_stage(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct cell_index *index = into;
    struct plots_cell wanted = {.result_id = plots_column_int(row, 0)}, *key = &wanted;
    const char *name = plots_column_text(reader, row, 1);
    if (!name)
        return reader->err[0] ? -1 : 0;
    struct plots_cell **found =
        bsearch(&key, index->cell, index->cells, sizeof(struct plots_cell *), compare_cells);
    double clk = plots_column_real(row, 3), ops = plots_column_real(row, 6);
    for (int stage = 0; found && stage < PLOTS_STAGE_COUNT; stage++) {
        if (strcmp(name, plots_stage_look[stage].name) != 0)
            continue;
        struct plots_cell *cell = *found;
        if (!cell->stage)
            cell->stage = calloc(PLOTS_STAGE_COUNT, sizeof *cell->stage);
        if (!cell->stage) {
            snprintf(reader->err, sizeof reader->err, "%s: no memory", reader->path);
            return -1;
        }
        cell->stage[stage] = (struct plots_stage_count){
            .calls = plots_column_int(row, 2),
            .clk = isfinite(clk) && clk > 0 ? clk : 0, /* a share below nothing cannot be drawn */
            .ops = isfinite(ops) && ops > 0 ? ops : 0,
            .items = plots_column_real(row, 4),
            .bytes = plots_column_int(row, 5),
        };
        cell->stage_clk += plots_stage_clk_per_op(cell, (enum plots_stage)stage);
    }
    return 0;
}

static int on_reference(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    struct plots_reference *reference =
        grow(reader, model->reference, model->references, sizeof *reference);
    if (!reference)
        return -1;
    model->reference = reference;
    model->reference[model->references++] = (struct plots_reference){
        .source = text_or(plots_column_text(reader, row, 0), ""),
        .test = text_or(plots_column_text(reader, row, 1), ""),
        .host = text_or(plots_column_text(reader, row, 2), ""),
        .env = text_or(plots_column_text(reader, row, 3), ""),
        .value = plots_column_real(row, 4),
        .text = plots_column_text(reader, row, 5),
        .unit = text_or(plots_column_text(reader, row, 6), ""),
    };
    return reader->err[0] ? -1 : 0;
}

static int compare_tests(const void *a, const void *b)
{
    const struct plots_test *x = a, *y = b;
    int order = strcmp(x->family, y->family);
    if (!order) /* span/64 before span/4096 */
        order = strverscmp(x->name, y->name);
    return order;
}

int plots_model_load(struct plots_model *model, const char *db_path, const char *host)
{
    struct plots_reader *reader = &model->reader;
    struct cell_index index = {0};
    time_t now = time(NULL);
    struct tm utc;
    memset(model, 0, sizeof *model);
    strftime(model->generated, sizeof model->generated, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (plots_reader_open(reader, db_path) ||
        plots_reader_query(reader, plots_text_chart_host_sql, host, on_host, model))
        return -1;
    if (host && !model->host_fp) {
        snprintf(reader->err, sizeof reader->err, "%s: no host '%.100s' in it", db_path, host);
        return -1;
    }
    const char *fp = model->host_fp ? model->host_fp : "";
    if (plots_reader_query(reader, plots_text_chart_sweep_sql, fp, on_sweep, model) ||
        plots_reader_query(reader, plots_text_chart_env_sql, fp, on_setup, model) ||
        plots_reader_query(reader, plots_text_chart_missing_sql, fp, on_missing, model) ||
        plots_reader_query(reader, plots_text_chart_result_sql, fp, on_result, model))
        return -1;
    if (model->tests)
        qsort(model->test, model->tests, sizeof *model->test, compare_tests);
    if (index_cells(model, &index))
        return -1;
    int failed = plots_reader_query(reader, plots_text_chart_stage_sql, fp, on_stage, &index);
    free(index.cell);
    if (failed ||
        plots_reader_query(reader, plots_text_chart_reference_sql, fp, on_reference, model))
        return -1;
    return plots_model_summarise(model);
}

void plots_model_free(struct plots_model *model)
{
    for (size_t i = 0; i < model->tests; i++)
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            free(model->test[i].cell[env].stage);
    plots_model_free_hosts(model);
    free(model->sweep);
    free(model->setup);
    free(model->missing);
    free(model->test);
    free(model->reference);
    plots_reader_close(&model->reader);
}
