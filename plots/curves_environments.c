/* Slowdown by environment: today's, measured here, and those that were published in 2010. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curves.h"
#include "plots/text.h"

struct rows {
    struct plots_curves *curves;
    struct plots_curves_series *published;
    int row;
};

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The tenth and the ninetieth of a hundred of an environment's slowdowns over the common tests. */
static int middle_range(const struct plots_model *model, int env, double *lo, double *hi)
{
    double *value = malloc((model->tests + 1) * sizeof *value);
    size_t n = 0;
    if (!value)
        return -1;
    for (size_t i = 0; i < model->tests; i++)
        if (model->test[i].common)
            value[n++] = model->test[i].cell[env].slowdown;
    qsort(value, n, sizeof *value, compare_reals);
    *lo = n ? value[(n - 1) / 10] : (double)NAN;
    *hi = n ? value[n - 1 - (n - 1) / 10] : (double)NAN;
    free(value);
    return 0;
}

static void add_row(struct rows *rows, const char *label, bool heading)
{
    struct plots_curves *curves = rows->curves;
    plots_curves_add_tick(curves->y_tick, &curves->y_ticks, CURVES_TICKS_MAX, ++rows->row, label,
                          heading);
}

static int add_today(struct rows *rows, const struct plots_model *model)
{
    char digits[3][PLOTS_NUMBER_SIZE];
    for (int env = 1; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_mean *mean = &model->column[env].common;
        const struct plots_env_look *look = &plots_env_look[env];
        double lo, hi;
        if (!mean->n)
            continue;
        if (middle_range(model, env, &lo, &hi))
            return -1;
        add_row(rows, look->kind, false);
        struct plots_curves_series *series =
            plots_curves_add_series(rows->curves, look->kind, look->light, look->point, false);
        if (!series)
            continue;
        series->lengthy = true;
        plots_curves_add_point(rows->curves, series, mean->value, rows->row, fmin(lo, mean->value),
                               fmax(hi, mean->value), false,
                               "%s, measured\ngeometric mean %s× over %d tests\n8 of 10 tests are "
                               "within %s and %s",
                               look->kind, plots_number(digits[0], mean->value), mean->n,
                               plots_number(digits[1], lo), plots_number(digits[2], hi));
    }
    return 0;
}

/* The workload that the published figures are of, where it was measured: one more mark in the
 * environment's row. */
static void add_build(struct rows *rows, const struct plots_model *model)
{
    char digits[PLOTS_NUMBER_SIZE];
    struct plots_curves_series *series = NULL;
    for (size_t i = 0; i < model->tests; i++) {
        if (strcmp(model->test[i].name, "work.build") != 0)
            continue;
        for (int env = 1; env < PLOTS_ENV_COUNT; env++) {
            const struct plots_cell *cell = &model->test[i].cell[env];
            if (!cell->present || !isfinite(cell->slowdown))
                continue;
            int row = 0;
            for (size_t k = 0; k < rows->curves->y_ticks; k++)
                if (strcmp(rows->curves->y_tick[k].label, plots_env_look[env].kind) == 0)
                    row = (int)rows->curves->y_tick[k].at;
            if (!row)
                continue;
            if (!series)
                series = plots_curves_add_series(rows->curves, "work.build, measured",
                                                 PLOTS_COLOUR_INK, 4, false);
            if (series)
                series->lengthy = true;
            plots_curves_add_point(rows->curves, series, cell->slowdown, row, cell->slow_lo,
                                   cell->slow_hi, false, "%s, measured: work.build %s×",
                                   plots_env_look[env].kind, plots_number(digits, cell->slowdown));
        }
    }
}

static void add_published(struct rows *rows, const struct plots_published *published)
{
    char label[CURVES_LABEL_SIZE], digits[PLOTS_NUMBER_SIZE];
    if (!isfinite(published->slowdown))
        return;
    if (!rows->published) {
        add_row(rows, "published in 2010", true);
        rows->published = plots_curves_add_series(
            rows->curves, "published in 2010, building Gemulator 9", PLOTS_COLOUR_SOFT, 12, false);
        if (rows->published)
            rows->published->lengthy = true;
    }
    snprintf(label, sizeof label, "%s, %s", published->env, published->host);
    add_row(rows, label, false);
    plots_curves_add_point(rows->curves, rows->published, published->slowdown, rows->row,
                           (double)NAN, (double)NAN, false,
                           "%s on %s\npublished in 2010: building Gemulator 9 %s×", published->env,
                           published->host, plots_number(digits, published->slowdown));
}

int plots_environments_prepare(struct plots_curves *curves, struct plots_model *model)
{
    struct rows rows = {.curves = curves};
    curves->x_axis = "times native clocks (log)";
    curves->y_axis = "";
    curves->log_x = true;
    add_row(&rows, "measured here", true);
    if (add_today(&rows, model)) {
        curves->failed = true;
        return 0;
    }
    add_build(&rows, model);
    if (!curves->nseries) { /* without a figure of ours it would be a chart of 2010 */
        curves->y_ticks = 0;
        return 0;
    }
    for (size_t i = 0; i < model->publisheds; i++)
        add_published(&rows, &model->published[i]);
    plots_curves_add_tick(curves->mark, &curves->marks, CURVES_MARKS_MAX, 1, "native", false);
    plots_curves_finish(curves);
    return 0;
}
