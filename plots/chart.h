/* The charts: which there are (chart.def), what each is drawn from, and the pictures that came out.
 * A chart of rows (tests under a heading per family) is spread over panels of equal height; its
 * file shows all panels side by side, the page shows them one by one, so that they fold on a narrow
 * screen and a filter can leave some out. A chart of curves is one panel. */
#ifndef PLOTS_CHART_H
#define PLOTS_CHART_H

#include <stddef.h>

#include "plots/model.h"
#include "plots/publish.h"

enum plots_chart_id {
#define ROWS(id, name, title, caption)         PLOTS_CHART_##id,
#define CURVES(id, name, word, title, caption) PLOTS_CHART_##id,
#include "plots/chart.def"
#undef ROWS
#undef CURVES
    PLOTS_CHART_COUNT
};

enum { PLOTS_PANEL_MAX = 48 };

struct plots_chart {
    const char *name, *title, *caption; /* name: the files' name without .svg */
    char subject[64];                   /* behind the title: a test; "" */
    int panels;                         /* 0: nothing to draw, or not drawn */
    size_t undrawn;  /* figures that have no place on the axis; only the tables have them */
    size_t left_out; /* tests beyond what the panels hold */
    char *svg[PLOTS_PANEL_MAX];   /* each panel, ready to stand inside a page */
    char *series;                 /* of curves, as plots_curves_write_json() has it */
    char *hover[PLOTS_PANEL_MAX]; /* JSON, what is where in it: [[x or -1, y, text, family], ...] */
};

/* Draw all charts that have data into the publisher's working directory and fill chart[].
 * 0, or -1 with err (a missing gnuplot names the package that brings it); free in both cases. */
int plots_charts_draw(struct plots_chart chart[PLOTS_CHART_COUNT], struct plots_model *model,
                      struct plots_publisher *publisher, char *err, size_t errlen);
void plots_charts_free(struct plots_chart chart[PLOTS_CHART_COUNT]);

/* Put the drawn charts' files in place, and remove an older report's files of charts that were not
 * drawn. */
int plots_charts_publish(const struct plots_chart chart[PLOTS_CHART_COUNT],
                         struct plots_publisher *publisher);

/* Draw one chart as a file NAME.svg or NAME.png of the working directory: 1, 0 when there is
 * nothing to draw, or -1 with err. */
int plots_chart_draw_one(enum plots_chart_id id, struct plots_model *model, bool png,
                         struct plots_publisher *publisher, char *err, size_t errlen);
/* Its number by name, or -1. */
int plots_chart_by_name(const char *name);

/* Which legend the page writes above it. */
bool plots_chart_has_rows(int id);

#endif
