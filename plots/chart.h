/* The charts: which there are, what each is drawn from, and the pictures that came out.
 * A chart has rows (tests under a heading per family) spread over panels of equal height; its files
 * show all panels side by side, the page shows them one by one, so that they fold on a narrow
 * screen. */
#ifndef PLOTS_CHART_H
#define PLOTS_CHART_H

#include <stddef.h>

#include "plots/model.h"
#include "plots/publish.h"

enum plots_chart_id {
    PLOTS_CHART_CLK_PER_OP,
    PLOTS_CHART_SLOWDOWN,
    PLOTS_CHART_STAGES_JIT,
    PLOTS_CHART_STAGES_INTERP,
    PLOTS_CHART_COUNT
};

enum { PLOTS_PANEL_MAX = 24 };

struct plots_chart {
    const char *name, *title, *caption; /* name: the files' name without .svg */
    int panels;                         /* 0: nothing to draw, or not drawn */
    size_t undrawn;  /* figures that have no place on the axis; only the tables have them */
    size_t left_out; /* tests beyond what the panels hold */
    char *svg[PLOTS_PANEL_MAX]; /* each panel, ready to stand inside a page */
};

/* Draw all charts that have data into the publisher's working directory and fill chart[].
 * 0, or -1 with err (a missing gnuplot names the package that brings it); free in both cases. */
int plots_charts_draw(struct plots_chart chart[PLOTS_CHART_COUNT], const struct plots_model *model,
                      struct plots_publisher *publisher, char *err, size_t errlen);
void plots_charts_free(struct plots_chart chart[PLOTS_CHART_COUNT]);

/* Put the drawn charts' files in place, and remove an older report's files of charts that were not
 * drawn. */
int plots_charts_publish(const struct plots_chart chart[PLOTS_CHART_COUNT],
                         struct plots_publisher *publisher);

#endif
