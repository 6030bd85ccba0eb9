/* Headline figures: geometric means of slowdowns, their common set, best and worst.
 * A mean of ratios may only be compared with another mean over the same tests; so one set serves
 * all environments: the tests for which every compared environment has a slowdown.  An environment
 * with less than half of the tests of the fullest one (a peer that was only tried, or crashed
 * early) is not compared, so that it cannot empty the set; it still gets the mean over its own
 * tests, with its n beside it. */
#include <math.h>
#include <string.h>

#include "plots/model.h"

static bool has_slowdown(const struct plots_cell *cell)
{
    return isfinite(cell->slowdown) && cell->slowdown > 0;
}

static struct plots_mean mean_over(const struct plots_model *model, int env, bool common_only)
{
    struct plots_mean mean = {.value = (double)NAN};
    double sum = 0;
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        const struct plots_cell *cell = &test->cell[env];
        if (!has_slowdown(cell) || (common_only && !test->common))
            continue;
        sum += log(cell->slowdown);
        mean.n++;
        mean.noisy += strcmp(cell->status, "noisy") == 0;
        if (!mean.best || cell->slowdown < mean.best->cell[env].slowdown)
            mean.best = test;
        if (!mean.worst || cell->slowdown > mean.worst->cell[env].slowdown)
            mean.worst = test;
    }
    if (mean.n)
        mean.value = exp(sum / mean.n);
    return mean;
}

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

void plots_model_summarise(struct plots_model *model)
{
    int fullest = 0, compared = 0;
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        struct plots_column *column = &model->column[env];
        for (size_t i = 0; i < model->tests; i++)
            if (model->test[i].cell[env].present)
                count_statuses(column, &model->test[i].cell[env]);
        column->own = mean_over(model, env, false);
        if (column->own.n > fullest)
            fullest = column->own.n;
    }
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        struct plots_column *column = &model->column[env];
        column->compared = column->own.n > 0 && 2 * column->own.n >= fullest;
        compared += column->compared;
    }
    for (size_t i = 0; compared && i < model->tests; i++) {
        struct plots_test *test = &model->test[i];
        test->common = true;
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (model->column[env].compared && !has_slowdown(&test->cell[env]))
                test->common = false;
        model->common += test->common;
    }
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        struct plots_column *column = &model->column[env];
        column->common = (struct plots_mean){.value = (double)NAN};
        if (column->compared)
            column->common = mean_over(model, env, true);
        for (size_t i = 0; env != PLOTS_ENV_QEMU_TCG && i < model->tests; i++) {
            const struct plots_cell *cell = model->test[i].cell;
            if (has_slowdown(&cell[env]) && has_slowdown(&cell[PLOTS_ENV_QEMU_TCG])) {
                column->met++;
                column->ahead += cell[env].slowdown < cell[PLOTS_ENV_QEMU_TCG].slowdown;
            }
        }
    }
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
