/* Headline figures: counts of outcomes, and the geometric means of slowdowns with their common set,
 * best and worst.  The means are db/queries/means.sql's, the same that `tickmark slowdown` prints:
 * nothing is averaged here. */
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "plots/embedded.h"
#include "plots/model.h"

static void count_statuses(struct plots_column *column, const struct plots_cell *cell)
{
    column->present = true;
    column->ok += strcmp(cell->status, "ok") == 0;
    column->noisy += strcmp(cell->status, "noisy") == 0;
    column->wrong += strcmp(cell->status, "wrong") == 0;
    column->crash += strcmp(cell->status, "crash") == 0;
    column->timeout += strcmp(cell->status, "timeout") == 0;
    column->unsupported += strcmp(cell->status, "unsupported") == 0;
    column->stages += cell->stage != NULL;
}

static int on_mean(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    const char *scope = plots_column_text(reader, row, 0);
    int env = plots_env_by_kind(plots_column_text(reader, row, 1));
    if (env < 0 || !scope)
        return reader->err[0] ? -1 : 0;
    struct plots_column *column = &model->column[env];
    struct plots_mean *mean = strcmp(scope, "common") == 0 ? &column->common : &column->own;
    *mean = (struct plots_mean){
        .value = plots_column_real(row, 2),
        .n = (int)plots_column_int(row, 3),
        .noisy = (int)plots_column_int(row, 4),
        .best = plots_column_real(row, 5),
        .worst = plots_column_real(row, 6),
        .best_test = plots_column_text(reader, row, 7),
        .worst_test = plots_column_text(reader, row, 8),
        .met = (int)plots_column_int(row, 9),
        .ahead = (int)plots_column_int(row, 10),
        .behind = (int)plots_column_int(row, 12),
    };
    column->compared = plots_column_int(row, 11) != 0;
    return reader->err[0] ? -1 : 0;
}

static int on_left_out(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct plots_model *model = into;
    if (model->left_outs < PLOTS_LEFT_OUT_MAX)
        model->left_out[model->left_outs++] = (struct plots_left_out){
            .n = plots_column_int(row, 0), .why = plots_column_text(reader, row, 1)};
    return reader->err[0] ? -1 : 0;
}

/* Which tests the common means are over: those that every compared environment has. */
static void mark_common(struct plots_model *model)
{
    int compared = 0;
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        compared += model->column[env].compared;
    for (size_t i = 0; compared && i < model->tests; i++) {
        struct plots_test *test = &model->test[i];
        test->common = test->compares;
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (model->column[env].compared &&
                !(isfinite(test->cell[env].slowdown) && test->cell[env].slowdown > 0))
                test->common = false;
        model->common += test->common;
    }
}

int plots_model_summarise(struct plots_model *model)
{
    const char *fp = model->host_fp ? model->host_fp : "";
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        struct plots_column *column = &model->column[env];
        column->own = column->common =
            (struct plots_mean){.value = (double)NAN, .best = (double)NAN, .worst = (double)NAN};
        for (size_t i = 0; i < model->tests; i++)
            if (model->test[i].cell[env].present)
                count_statuses(column, &model->test[i].cell[env]);
    }
    if (plots_reader_query(&model->reader, plots_text_means_sql, fp, on_mean, model) ||
        plots_reader_query(&model->reader, plots_text_left_out_sql, fp, on_left_out, model))
        return -1;
    mark_common(model);
    return 0;
}

double plots_stage_share(const struct plots_cell *cell, enum plots_stage stage)
{
    return cell->stage_clk > 0 ? plots_stage_clk_per_op(cell, stage) / cell->stage_clk
                               : (double)NAN;
}

double plots_stage_clk_per_op(const struct plots_cell *cell, enum plots_stage stage)
{
    if (!cell->stage)
        return (double)NAN;
    const struct plots_stage_count *count = &cell->stage[stage];
    return count->ops > 0 ? count->clk / count->ops : 0;
}
