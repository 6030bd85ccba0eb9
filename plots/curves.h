/* Charts with two axes of numbers: curves, dots with intervals, marks.
 * A prepare function (curves_*.c) fills the struct from the model; plots_curves_write_data() and
 * _script() make NAME.tsv and NAME.gp of it. Where each point comes to lie in the picture is
 * computed here, so that the page can tell its value under the pointer.
 * Invariant: as in figure.h. */
#ifndef PLOTS_CURVES_H
#define PLOTS_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "plots/figure.h"
#include "plots/model.h"

enum {
    PLOTS_CURVES_TITLE_PX = 30, /* what the page leaves out of the picture */
    CURVES_SERIES_MAX = 24,
    CURVES_POINTS_MAX = 4000, /* of one series */
    CURVES_TICKS_MAX = 200,
    CURVES_MARKS_MAX = 24,
    CURVES_LABEL_SIZE = 64
};

struct plots_curves_point {
    double x, y, lo, hi; /* lo and hi: NaN without an interval */
    bool noisy;
    char *hover; /* what the page says about it; owned */
};

struct plots_curves_series {
    char name[CURVES_LABEL_SIZE];
    unsigned colour;
    int point;                  /* gnuplot's point type; 0: none */
    bool line, dashed, lengthy; /* lengthy: its interval is along x */
    struct plots_curves_point *at;
    size_t points;
};

struct plots_curves_tick {
    double at;
    char label[CURVES_LABEL_SIZE];
    bool heading;
};

struct plots_curves {
    const char *name, *title, *x_axis, *y_axis; /* ours, without quotes */
    bool log_x, log_y;
    double x_from, x_to, y_from, y_to; /* fixed ranges; both 0: from the data */
    struct plots_curves_series series[CURVES_SERIES_MAX];
    size_t nseries;
    struct plots_curves_tick x_tick[CURVES_TICKS_MAX], y_tick[CURVES_TICKS_MAX]; /* none: numbers */
    size_t x_ticks, y_ticks;
    struct plots_curves_tick mark[CURVES_MARKS_MAX]; /* vertical lines */
    size_t marks;
    double left_px, right_px, top_px, bottom_px, width_px, height_px; /* the plot in the picture */
    bool of_blocks;                  /* colours stand for something else than environments */
    char subject[CURVES_LABEL_SIZE]; /* of what, behind the title: a test; "" */
    bool failed;                     /* no memory */
};

/* A series more, NULL when there is no room for it; a point more in it (silently none beyond
 * CURVES_POINTS_MAX). hover is a format. */
struct plots_curves_series *plots_curves_add_series(struct plots_curves *curves, const char *name,
                                                    unsigned colour, int point, bool line);
void plots_curves_add_point(struct plots_curves *curves, struct plots_curves_series *series,
                            double x, double y, double lo, double hi, bool noisy, const char *hover,
                            ...) __attribute__((format(printf, 8, 9)));
/* A tick or a mark more. */
void plots_curves_add_tick(struct plots_curves_tick *ticks, size_t *count, size_t max, double at,
                           const char *label, bool heading);
/* The series of that name, or NULL. */
struct plots_curves_series *plots_curves_find(struct plots_curves *curves, const char *name);
/* Drops series without points, sorts points by x, fixes ranges and sizes. */
void plots_curves_finish(struct plots_curves *curves);
void plots_curves_free(struct plots_curves *curves);

void plots_curves_write_data(FILE *out, const struct plots_curves *curves);
void plots_curves_write_script(FILE *out, const struct plots_curves *curves, bool png);
/* Which plot of the picture is of which environment, by its colour (inline_svg.h). */
void plots_curves_find_plots(const struct plots_curves *curves,
                             signed char plot_env[PLOTS_INLINE_MAX]);
/* [[x, y, "text"], ...] in pixels of the picture, for the page; nothing of it needs escaping but by
 * HTML's rules (plots_write_html). */
void plots_curves_write_hover(FILE *out, const struct plots_curves *curves);

/* The series as JSON, for report.json: [{"name":, "points": [[x, y, lo, hi, noisy], ...]}, ...]. */
void plots_curves_write_json(FILE *out, const struct plots_curves *curves);

/* The charts: each fills curves from the model; nseries 0: nothing to draw.  0, or -1 with
 * model->reader.err. */
int plots_latency_prepare(struct plots_curves *curves, struct plots_model *model);
int plots_bandwidth_prepare(struct plots_curves *curves, struct plots_model *model);
int plots_environments_prepare(struct plots_curves *curves, struct plots_model *model);
int plots_trend_prepare(struct plots_curves *curves, struct plots_model *model);
int plots_noise_prepare(struct plots_curves *curves, struct plots_model *model);
int plots_hot_prepare(struct plots_curves *curves, struct plots_model *model);

#endif
