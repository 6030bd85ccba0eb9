/* Charts over time and chance: a test from build to build, and what measuring the same build twice
 * comes to. */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curves.h"
#include "plots/embedded.h"
#include "plots/text.h"

struct trend {
    struct plots_curves *curves;
    int64_t build[CURVES_POINTS_MAX]; /* in the order of the axis */
    size_t builds;
    double first[PLOTS_ENV_COUNT]; /* the cost that a series is drawn against */
    size_t have[PLOTS_ENV_COUNT];
    bool one_build; /* of every environment */
    char test[80];
};

/* A build's place on the axis. */
static size_t place_of(struct trend *trend, int64_t build, const char *label)
{
    for (size_t i = 0; i < trend->builds; i++)
        if (trend->build[i] == build)
            return i;
    if (trend->builds == CURVES_POINTS_MAX)
        return CURVES_POINTS_MAX;
    trend->build[trend->builds] = build;
    struct plots_curves *curves = trend->curves;
    plots_curves_add_tick(curves->x_tick, &curves->x_ticks, CURVES_TICKS_MAX, (double)trend->builds,
                          label ? label : "?", false);
    return trend->builds++;
}

static int on_trend(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct trend *trend = into;
    struct plots_curves *curves = trend->curves;
    const char *name = plots_column_text(reader, row, 0);
    const char *kind = plots_column_text(reader, row, 1);
    const char *status = plots_column_text(reader, row, 4);
    const char *step = plots_column_text(reader, row, 9),
               *change = plots_column_text(reader, row, 10);
    double est = plots_column_real(row, 5), lo = plots_column_real(row, 6),
           hi = plots_column_real(row, 7);
    int env = plots_env_by_kind(kind);
    if (reader->err[0])
        return -1;
    if (env < 0 || !name || !status || !(est > 0))
        return 0;
    size_t place = place_of(trend, plots_column_int(row, 2), plots_column_text(reader, row, 8));
    char digits[PLOTS_NUMBER_SIZE], title[100], label[CURVES_LABEL_SIZE];
    snprintf(trend->test, sizeof trend->test, "%s", name);
    struct plots_curves_series *series = NULL;
    for (size_t i = 0; i < curves->nseries; i++)
        if (curves->series[i].colour == plots_env_look[env].light)
            series = &curves->series[i];
    if (!series) {
        trend->first[env] = est;
        snprintf(title, sizeof title, "%s (%s clk/op at first)", kind, plots_number(digits, est));
        series = plots_curves_add_series(curves, title, plots_env_look[env].light,
                                         plots_env_look[env].point, true);
    }
    trend->have[env]++;
    double base = trend->first[env];
    plots_curves_add_point(curves, series, (double)place, est / base, lo / base, hi / base,
                           strcmp(status, "noisy") == 0, "%s, %s\n%s clk/op, %.3f of the first%s",
                           kind, curves->x_tick[place < CURVES_TICKS_MAX ? place : 0].label,
                           plots_number(digits, est), est / base,
                           strcmp(status, "noisy") ? "" : " (noisy)");
    if (step || change) {
        snprintf(label, sizeof label, "%s%s", change ? change : "", step ? step : "");
        plots_curves_add_tick(curves->mark, &curves->marks, CURVES_MARKS_MAX, (double)place, label,
                              false);
    }
    return 0;
}

/* So many builds that their names would touch: every nth is named. */
static void thin_ticks(struct plots_curves *curves)
{
    enum { NAMED = 18 };
    size_t step = (curves->x_ticks + NAMED - 1) / NAMED;
    for (size_t i = 0; step > 1 && i < curves->x_ticks; i++)
        if (i % step)
            curves->x_tick[i].label[0] = '\0';
}

int plots_trend_prepare(struct plots_curves *curves, struct plots_model *model)
{
    struct trend *trend = calloc(1, sizeof *trend);
    if (!trend) {
        curves->failed = true;
        return 0;
    }
    trend->curves = curves;
    curves->x_axis = "build of the emulator, oldest first";
    curves->y_axis = "clocks against the first build";
    int failed = plots_reader_query(&model->reader, plots_text_chart_trend_sql, model->host_fp,
                                    on_trend, trend);
    size_t most = 0;
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        most = trend->have[env] > most ? trend->have[env] : most;
    if (most < 2) /* one build is no trend */
        plots_curves_free(curves);
    else
        plots_chart_label(curves->subject, sizeof curves->subject, trend->test);
    free(trend);
    thin_ticks(curves);
    plots_curves_finish(curves);
    return failed;
}

/* ---- noise */

enum { NOISE_TESTS = 20 }; /* fewer make no distribution */

struct noise {
    struct plots_curves *curves;
    double *value[PLOTS_ENV_COUNT]; /* ascending */
    size_t n[PLOTS_ENV_COUNT];
};

static int on_noise(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct noise *noise = into;
    int env = plots_env_by_kind(plots_column_text(reader, row, 0));
    double halves = plots_column_real(row, 2);
    if (env < 0 || !isfinite(halves))
        return reader->err[0] ? -1 : 0;
    double *larger = realloc(noise->value[env], (noise->n[env] + 1) * sizeof *larger);
    if (!larger) {
        noise->curves->failed = true;
        return -1;
    }
    noise->value[env] = larger;
    larger[noise->n[env]++] = halves;
    return 0;
}

static void add_env_noise(struct plots_curves *curves, const struct noise *noise, int env)
{
    enum { DRAWN = 120 };
    const double least = 0.01; /* per cent: the axis is logarithmic */
    const struct plots_env_look *look = &plots_env_look[env];
    size_t n = noise->n[env], step = n > DRAWN ? n / DRAWN : 1;
    char name[64];
    snprintf(name, sizeof name, "%s (%zu tests)", look->kind, n);
    struct plots_curves_series *series =
        plots_curves_add_series(curves, name, look->light, 0, true);
    for (size_t i = 0; i < n; i += step) {
        size_t k = i + step < n ? i + step - 1 : n - 1;
        double percent = 100 * noise->value[env][k], share = 100 * (double)(k + 1) / (double)n;
        plots_curves_add_point(
            curves, series, percent > least ? percent : least, share, (double)NAN, (double)NAN,
            false, "%s: %.0f %% of the tests are within %.3g %%", look->kind, share, percent);
    }
}

int plots_noise_prepare(struct plots_curves *curves, struct plots_model *model)
{
    struct noise noise = {.curves = curves};
    curves->x_axis = "odd rounds against even rounds of the same build, difference (%, log)";
    curves->y_axis = "tests within that (%)";
    curves->log_x = true;
    curves->y_to = 100;
    int failed = plots_reader_query(&model->reader, plots_text_chart_noise_sql, model->host_fp,
                                    on_noise, &noise);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        if (noise.n[env] >= NOISE_TESTS)
            add_env_noise(curves, &noise, env);
        free(noise.value[env]);
    }
    double floor_aa = model->sweeps ? model->sweep[0].aa_floor : (double)NAN;
    if (isfinite(floor_aa) && floor_aa > 0) {
        double threshold = fmax(2, 300 * floor_aa);
        char label[48];
        snprintf(label, sizeof label, "native A/A floor %.2g per cent", 100 * floor_aa);
        plots_curves_add_tick(curves->mark, &curves->marks, CURVES_MARKS_MAX, 100 * floor_aa, label,
                              false);
        snprintf(label, sizeof label, "alarm above %.2g", threshold);
        plots_curves_add_tick(curves->mark, &curves->marks, CURVES_MARKS_MAX, threshold, label,
                              false);
    }
    plots_curves_finish(curves);
    return failed;
}
