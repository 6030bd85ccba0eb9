/* One chart as files for gnuplot: NAME.tsv, the data, and NAME.gp, the script.
 * figure.c writes what all charts share (terminals, frame, legend, panels side by side and alone);
 * dots.c and bars.c write the data and the drawing of one panel. Invariant: texts of the database
 * reach gnuplot through plots_chart_label(), which leaves no quote and no escape in them, and but
 * for the names of hosts in a legend only as data. */
#ifndef PLOTS_FIGURE_H
#define PLOTS_FIGURE_H

#include <stdio.h>

#include "plots/inline_svg.h"
#include "plots/layout.h"
#include "plots/model.h"

/* Colours besides those of env.def and stage.def; the inline charts get the page's variables in
 * their place. */
enum {
    PLOTS_COLOUR_INK = 0x1b1c20,
    PLOTS_COLOUR_SOFT = 0x5c6069,
    PLOTS_COLOUR_GRID = 0xe6e7eb,
    PLOTS_COLOUR_NOISY = 0x9a9da5
};

enum { PLOTS_LEGEND_MAX = 16, PLOTS_LEGEND_SIZE = 80, PLOTS_LABEL_SIZE = 28 };

struct plots_legend {
    char text[PLOTS_LEGEND_SIZE];
    unsigned colour;
    int point;
};

struct plots_figure {
    const char *name, *title, *axis; /* ours, without quotes */
    const struct plots_model *model;
    struct plots_layout layout;
    struct plots_legend legend[PLOTS_LEGEND_MAX];
    int legends;
    int env;                                /* of a stage chart */
    bool slowdown;                          /* of a dot chart: slowdown instead of clocks */
    size_t undrawn;                         /* figures that have no place on the axis */
    int columns_px;                         /* between the test's name and the axis: figures */
    signed char plot_env[PLOTS_INLINE_MAX]; /* which plot is of which environment (inline_svg.h) */
    double from, to; /* range of the x axis; a stage chart: to is where its clock bars are cut */
    void (*write_data)(FILE *out, const struct plots_figure *figure);
    void (*write_panel)(FILE *out, const struct plots_figure *figure, int panel);
    /* What the page says about a test's line under the pointer: lines of text. */
    void (*describe)(FILE *out, const struct plots_figure *figure, const struct plots_test *test);
};

/* Prepare a figure: layout, legend, range.  0, or -1 without memory; layout.panels 0: nothing to
 * draw. */
int plots_dots_prepare(struct plots_figure *figure, const struct plots_model *model, bool slowdown,
                       int max_panels);
int plots_bars_prepare(struct plots_figure *figure, const struct plots_model *model,
                       enum plots_env env, int max_panels);

int plots_strips_prepare(struct plots_figure *figure, const struct plots_model *model,
                         int max_panels);

/* The script: it draws NAME.svg, NAME.png, or NAME-1.svg and so on for the page. */
enum { PLOTS_FIGURE_SVG = 1, PLOTS_FIGURE_PNG = 2, PLOTS_FIGURE_PANELS = 4 };
void plots_figure_write_script(FILE *out, const struct plots_figure *figure, unsigned what);

/* What is where in a panel of the page, as JSON: [[-1, y, "text", "family"], ...], y in pixels. */
void plots_figure_write_hover(FILE *out, const struct plots_figure *figure, int panel);

/* Ticks of a logarithmic axis (x or y): at the decades ("10", "1k"), small ones between; of a very
 * long axis only some decades. */
void plots_figure_write_log_ticks(FILE *out, char axis, double from, double to);

/* The first columns of a data line: panel, line, heading, label. */
void plots_figure_write_row(FILE *out, const struct plots_row *row);

#endif
