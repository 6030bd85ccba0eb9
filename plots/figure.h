/* One chart as files for gnuplot: NAME.tsv, the data, and NAME.gp, the script.
 * figure.c writes what all charts share (terminals, frame, legend, panels side by side and alone);
 * dots.c and bars.c write the data and the drawing of one panel. Invariant: no text of the database
 * gets into a script; it reaches gnuplot only as data, through plots_chart_label(). */
#ifndef PLOTS_FIGURE_H
#define PLOTS_FIGURE_H

#include <stdio.h>

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
    int env;         /* of a stage chart */
    bool slowdown;   /* of a dot chart: slowdown instead of clocks */
    size_t undrawn;  /* figures that have no place on the axis */
    int columns_px;  /* between the test's name and the axis: figures */
    double from, to; /* range of the x axis; a stage chart: to is where its clock bars are cut */
    void (*write_data)(FILE *out, const struct plots_figure *figure);
    void (*write_panel)(FILE *out, const struct plots_figure *figure, int panel);
};

/* Prepare a figure: layout, legend, range.  0, or -1 without memory; layout.panels 0: nothing to
 * draw. */
int plots_dots_prepare(struct plots_figure *figure, const struct plots_model *model, bool slowdown,
                       int max_panels);
int plots_bars_prepare(struct plots_figure *figure, const struct plots_model *model,
                       enum plots_env env, int max_panels);

/* The script.  It draws NAME.svg and NAME.png, and with panel_files also NAME-1.svg and so on, for
 * the page. */
void plots_figure_write_script(FILE *out, const struct plots_figure *figure, bool panel_files);

/* The first columns of a data line: panel, line, heading, label. */
void plots_figure_write_row(FILE *out, const struct plots_row *row);

#endif
