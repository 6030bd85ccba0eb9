/* Charts over the size of the memory that is worked on: latency (mem.chase/SIZE) and copy bandwidth
 * (mem.band/SIZE,ALIGN). The figures are those of the model; sizes are read from the tests' names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curves.h"
#include "plots/text.h"

enum { MEMORY_LINE_BYTES = 64 }; /* an operation of mem.band copies a line */

/* "64K" and so on; *rest is what follows. 0: none. */
static double read_size(const char *text, const char **rest)
{
    char *end;
    double size = strtod(text, &end);
    if (end == text || !isfinite(size) || size <= 0)
        return 0;
    static const char letters[] = "KMG";
    const char *letter = *end ? strchr(letters, *end) : NULL;
    for (const char *l = letters; letter && l <= letter; l++)
        size *= 1024;
    *rest = end + (letter != NULL);
    return size;
}

static void size_text(char text[24], double size)
{
    int unit = 0;
    for (; size >= 1024 && unit < 3; unit++)
        size /= 1024;
    snprintf(text, 24, "%g%.1s", size, unit ? &" KMG"[unit] : "");
}

static bool drawable(const struct plots_cell *cell)
{
    return cell->present && plots_status_good(cell->status) && isfinite(cell->est) &&
           cell->est > 0 && isfinite(cell->clk_ghz);
}

static void add_size_tick(struct plots_curves *curves, double size)
{
    char text[24];
    for (size_t i = 0; i < curves->x_ticks; i++)
        if (curves->x_tick[i].at == size)
            return;
    size_text(text, size);
    plots_curves_add_tick(curves->x_tick, &curves->x_ticks, CURVES_TICKS_MAX, size, text, false);
}

/* The caches of the host, where they are within the sizes. */
static void add_caches(struct plots_curves *curves, const struct plots_model *model)
{
    static const struct {
        const char *key, *label;
    } cache[] = {{"l1d_kib", "L1"}, {"l2_kib", "L2"}, {"l3_kib", "L3"}};
    for (size_t i = 0; curves->nseries && i < model->facts; i++)
        for (size_t k = 0; k < sizeof cache / sizeof *cache; k++)
            if (strcmp(model->fact[i].key, cache[k].key) == 0) {
                double size = 1024 * strtod(model->fact[i].text, NULL);
                if (size > curves->x_from && size < curves->x_to)
                    plots_curves_add_tick(curves->mark, &curves->marks, CURVES_MARKS_MAX, size,
                                          cache[k].label, false);
            }
}

/* Marks make the head higher, so they come first and the sizes after them. */
static void finish(struct plots_curves *curves, const struct plots_model *model)
{
    plots_curves_finish(curves);
    add_caches(curves, model);
    if (curves->marks)
        plots_curves_finish(curves);
}

int plots_latency_prepare(struct plots_curves *curves, struct plots_model *model)
{
    static const char prefix[] = "mem.chase/";
    curves->x_axis = "working set (bytes, log)";
    curves->y_axis = "clocks per load (log)";
    curves->log_x = curves->log_y = true;
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_env_look *look = &plots_env_look[env];
        struct plots_curves_series *series =
            plots_curves_add_series(curves, look->kind, look->light, look->point, true);
        for (size_t i = 0; i < model->tests; i++) {
            const struct plots_test *test = &model->test[i];
            const struct plots_cell *cell = &test->cell[env];
            const char *rest = "";
            char digits[PLOTS_NUMBER_SIZE], text[24];
            double size = strncmp(test->name, prefix, sizeof prefix - 1) == 0
                              ? read_size(test->name + sizeof prefix - 1, &rest)
                              : 0;
            if (size <= 0 || *rest || !drawable(cell))
                continue;
            size_text(text, size);
            plots_curves_add_point(curves, series, size, cell->est, cell->lo, cell->hi,
                                   strcmp(cell->status, "noisy") == 0,
                                   "%s, %s: %s clocks per load%s", look->kind, text,
                                   plots_number(digits, cell->est),
                                   strcmp(cell->status, "noisy") ? "" : " (noisy)");
            add_size_tick(curves, size);
        }
    }
    finish(curves, model);
    return 0;
}

/* Aligned full and filled, unaligned dashed: the letter behind the comma. */
static void add_band(struct plots_curves *curves, const struct plots_model *model, int env,
                     const char *align)
{
    static const char prefix[] = "mem.band/";
    const struct plots_env_look *look = &plots_env_look[env];
    bool aligned = strcmp(align, "a") == 0;
    char name[64];
    snprintf(name, sizeof name, "%s, %s", look->kind, aligned ? "aligned" : "misaligned");
    struct plots_curves_series *series =
        plots_curves_add_series(curves, name, look->light, aligned ? look->point : 2, true);
    if (!series)
        return;
    series->dashed = !aligned;
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        const struct plots_cell *cell = &test->cell[env];
        const char *rest = "";
        char digits[PLOTS_NUMBER_SIZE], text[24];
        double size = strncmp(test->name, prefix, sizeof prefix - 1) == 0
                          ? read_size(test->name + sizeof prefix - 1, &rest)
                          : 0;
        if (size <= 0 || rest[0] != ',' || strcmp(rest + 1, align) != 0 || !drawable(cell))
            continue;
        double rate = MEMORY_LINE_BYTES / cell->est;
        size_text(text, size);
        plots_curves_add_point(
            curves, series, size, rate, cell->hi > 0 ? MEMORY_LINE_BYTES / cell->hi : (double)NAN,
            cell->lo > 0 ? MEMORY_LINE_BYTES / cell->lo : (double)NAN,
            strcmp(cell->status, "noisy") == 0, "%s, %s: %s bytes per clock%s", name, text,
            plots_number(digits, rate), strcmp(cell->status, "noisy") ? "" : " (noisy)");
        add_size_tick(curves, size);
    }
}

int plots_bandwidth_prepare(struct plots_curves *curves, struct plots_model *model)
{
    curves->x_axis = "bytes copied at a time (log)";
    curves->y_axis = "bytes per clock (log)";
    curves->log_x = curves->log_y = true;
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        add_band(curves, model, env, "a");
        add_band(curves, model, env, "u");
    }
    finish(curves, model);
    return 0;
}
