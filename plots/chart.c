/* The charts of a report, from model to pictures; contracts in chart.h. */
#include "plots/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curves.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "plots/inline_svg.h"
#include "plots/report.h"

/* Drawing 120 tests takes well under a second; the limit is for a gnuplot that hangs. */
enum { CHART_LIMIT_MS = 60000 };

static const struct {
    const char *name, *title, *caption;
    int (*prepare)(struct plots_curves *curves, struct plots_model *model); /* NULL: rows */
} chart_table[PLOTS_CHART_COUNT] = {
#define ROWS(id, name, title, caption) [PLOTS_CHART_##id] = {name, title, caption, NULL},
#define CURVES(id, name, word, title, caption)                                                     \
    [PLOTS_CHART_##id] = {name, title, caption, plots_##word##_prepare},
#include "plots/chart.def"
#undef ROWS
#undef CURVES
};

int plots_chart_by_name(const char *name)
{
    for (int id = 0; id < PLOTS_CHART_COUNT; id++)
        if (strcmp(name, chart_table[id].name) == 0)
            return id;
    return -1;
}

const char *plots_chart_name(int i, const char **title)
{
    if (i < 0 || i >= PLOTS_CHART_COUNT)
        return NULL;
    *title = chart_table[i].title;
    return chart_table[i].name;
}

bool plots_chart_has_rows(int id)
{
    return !chart_table[id].prepare;
}

static int prepare_rows(struct plots_figure *figure, const struct plots_model *model, int id)
{
    int failed;
    if (id == PLOTS_CHART_HOSTS)
        failed = plots_strips_prepare(figure, model, PLOTS_PANEL_MAX);
    else if (id == PLOTS_CHART_CLK_PER_OP || id == PLOTS_CHART_SLOWDOWN)
        failed = plots_dots_prepare(figure, model, id == PLOTS_CHART_SLOWDOWN, PLOTS_PANEL_MAX);
    else
        failed = plots_bars_prepare(
            figure, model, id == PLOTS_CHART_STAGES_JIT ? PLOTS_ENV_EMU_JIT : PLOTS_ENV_EMU_INTERP,
            PLOTS_PANEL_MAX);
    figure->name = chart_table[id].name;
    figure->title = chart_table[id].title;
    return failed;
}

static int write_rows(const struct plots_figure *figure, struct plots_publisher *publisher,
                      const char *script, unsigned what)
{
    char name[64];
    snprintf(name, sizeof name, "%s.tsv", figure->name);
    FILE *out = plots_publisher_create(publisher, name);
    if (!out)
        return -1;
    figure->write_data(out, figure);
    if (plots_publisher_close_file(publisher, out, name))
        return -1;
    out = plots_publisher_create(publisher, script);
    if (!out)
        return -1;
    plots_figure_write_script(out, figure, what);
    return plots_publisher_close_file(publisher, out, script);
}

static int write_curves(const struct plots_curves *curves, struct plots_publisher *publisher,
                        const char *script, bool png)
{
    char name[64];
    snprintf(name, sizeof name, "%s.tsv", curves->name);
    FILE *out = plots_publisher_create(publisher, name);
    if (!out)
        return -1;
    plots_curves_write_data(out, curves);
    if (plots_publisher_close_file(publisher, out, name))
        return -1;
    out = plots_publisher_create(publisher, script);
    if (!out)
        return -1;
    plots_curves_write_script(out, curves, png);
    return plots_publisher_close_file(publisher, out, script);
}

/* A picture of the working directory as a panel. */
static int read_panel(struct plots_chart *chart, int panel, const char *file, const char *label,
                      int head_px, const signed char *plot_env, struct plots_publisher *publisher)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s-%d-", chart->name, panel + 1);
    char *svg = plots_publisher_read(publisher, file);
    if (!svg)
        return -1;
    chart->svg[panel] = plots_inline_svg(svg, prefix, label, head_px, plot_env);
    free(svg);
    if (chart->svg[panel])
        return 0;
    snprintf(publisher->err, sizeof publisher->err, "%s: gnuplot wrote no usable picture", file);
    return -1;
}

static int hover_failed(struct plots_publisher *publisher)
{
    snprintf(publisher->err, sizeof publisher->err, "no memory for a chart");
    return -1;
}

static int read_row_panels(struct plots_chart *chart, const struct plots_figure *figure,
                           struct plots_publisher *publisher)
{
    int panels = figure->layout.panels;
    for (int i = 0; i < panels; i++) {
        char name[64], label[256];
        size_t size;
        snprintf(name, sizeof name, "%s-%d.svg", chart->name, i + 1);
        snprintf(label, sizeof label, "%s, part %d of %d; the figures are in the tables below",
                 chart->title, i + 1, panels);
        if (read_panel(chart, i, name, label, 0, figure->plot_env, publisher))
            return -1;
        FILE *out = open_memstream(&chart->hover[i], &size);
        if (!out)
            return hover_failed(publisher);
        plots_figure_write_hover(out, figure, i + 1);
        if (fclose(out) != 0)
            return hover_failed(publisher);
    }
    chart->panels = panels;
    return 0;
}

static int read_curves_panel(struct plots_chart *chart, const struct plots_curves *curves,
                             struct plots_publisher *publisher)
{
    char name[64], label[256];
    size_t size;
    snprintf(name, sizeof name, "%s.svg", chart->name);
    snprintf(label, sizeof label, "%s; arrow keys go through its points", chart->title);
    signed char plot_env[PLOTS_INLINE_MAX];
    plots_curves_find_plots(curves, plot_env);
    if (read_panel(chart, 0, name, label, PLOTS_CURVES_TITLE_PX, plot_env, publisher))
        return -1;
    FILE *out = open_memstream(&chart->hover[0], &size);
    if (!out)
        return hover_failed(publisher);
    plots_curves_write_hover(out, curves);
    if (fclose(out) != 0 || !(out = open_memstream(&chart->series, &size)))
        return hover_failed(publisher);
    plots_curves_write_json(out, curves);
    if (fclose(out) != 0)
        return hover_failed(publisher);
    chart->panels = 1;
    return 0;
}

/* Runs a script; trouble of either kind goes to err. */
static int draw_script(const char *script, int written, struct plots_publisher *publisher,
                       char *err, size_t errlen)
{
    if (written == 0)
        return plots_gnuplot_run(publisher->work_dir, script, "gnuplot.log", CHART_LIMIT_MS, err,
                                 errlen);
    snprintf(err, errlen, "%s", publisher->err);
    return -1;
}

static int draw_rows(struct plots_chart *chart, int id, const struct plots_model *model,
                     struct plots_publisher *publisher, char *err, size_t errlen)
{
    struct plots_figure figure;
    char script[64];
    int failed = prepare_rows(&figure, model, id);
    if (failed)
        snprintf(err, errlen, "no memory for the chart %s", chart->name);
    chart->undrawn = figure.undrawn;
    chart->left_out = figure.layout.left_out;
    if (!failed && figure.layout.panels) {
        /* the script that stays behind leaves the page's panels out */
        snprintf(script, sizeof script, "%s.gp", chart->name);
        int written = write_rows(&figure, publisher, script, PLOTS_FIGURE_SVG);
        snprintf(script, sizeof script, "%s-panels.gp", chart->name);
        written = written ? written
                          : write_rows(&figure, publisher, script,
                                       PLOTS_FIGURE_SVG | PLOTS_FIGURE_PANELS);
        failed = draw_script(script, written, publisher, err, errlen);
        if (!failed && (failed = read_row_panels(chart, &figure, publisher)) != 0)
            snprintf(err, errlen, "%s", publisher->err);
    }
    plots_layout_free(&figure.layout);
    return failed;
}

static int prepare_curves(struct plots_curves *curves, int id, struct plots_model *model, char *err,
                          size_t errlen)
{
    memset(curves, 0, sizeof *curves);
    curves->name = chart_table[id].name;
    curves->title = chart_table[id].title;
    if (chart_table[id].prepare(curves, model)) {
        snprintf(err, errlen, "%s", model->reader.err);
        return -1;
    }
    if (curves->failed) {
        snprintf(err, errlen, "no memory for the chart %s", chart_table[id].name);
        return -1;
    }
    curves->name = chart_table[id].name;
    curves->title = chart_table[id].title;
    return 0;
}

static int draw_curves(struct plots_chart *chart, int id, struct plots_model *model,
                       struct plots_publisher *publisher, char *err, size_t errlen)
{
    struct plots_curves curves;
    char script[64];
    int failed = prepare_curves(&curves, id, model, err, errlen);
    snprintf(chart->subject, sizeof chart->subject, "%s", curves.subject);
    if (!failed && curves.nseries) {
        snprintf(script, sizeof script, "%s.gp", chart->name);
        failed = draw_script(script, write_curves(&curves, publisher, script, false), publisher,
                             err, errlen);
        if (!failed && (failed = read_curves_panel(chart, &curves, publisher)) != 0)
            snprintf(err, errlen, "%s", publisher->err);
    }
    plots_curves_free(&curves);
    return failed;
}

int plots_charts_draw(struct plots_chart chart[PLOTS_CHART_COUNT], struct plots_model *model,
                      struct plots_publisher *publisher, char *err, size_t errlen)
{
    memset(chart, 0, PLOTS_CHART_COUNT * sizeof *chart);
    for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
        chart[id].name = chart_table[id].name;
        chart[id].title = chart_table[id].title;
        chart[id].caption = chart_table[id].caption;
        if (chart_table[id].prepare ? draw_curves(&chart[id], id, model, publisher, err, errlen)
                                    : draw_rows(&chart[id], id, model, publisher, err, errlen))
            return -1;
    }
    return 0;
}

int plots_chart_draw_one(enum plots_chart_id id, struct plots_model *model, bool png,
                         struct plots_publisher *publisher, char *err, size_t errlen)
{
    char script[64];
    int failed, drawn;
    snprintf(script, sizeof script, "%s.gp", chart_table[id].name);
    if (chart_table[id].prepare) {
        struct plots_curves curves;
        failed = prepare_curves(&curves, (int)id, model, err, errlen);
        drawn = curves.nseries > 0;
        if (!failed && drawn)
            failed = draw_script(script, write_curves(&curves, publisher, script, png), publisher,
                                 err, errlen);
        plots_curves_free(&curves);
    } else {
        struct plots_figure figure;
        failed = prepare_rows(&figure, model, (int)id);
        drawn = figure.layout.panels > 0;
        if (failed)
            snprintf(err, errlen, "no memory for the chart %s", chart_table[id].name);
        else if (drawn)
            failed = draw_script(
                script,
                write_rows(&figure, publisher, script, png ? PLOTS_FIGURE_PNG : PLOTS_FIGURE_SVG),
                publisher, err, errlen);
        plots_layout_free(&figure.layout);
    }
    return failed ? -1 : drawn;
}

int plots_charts_publish(const struct plots_chart chart[PLOTS_CHART_COUNT],
                         struct plots_publisher *publisher)
{
    static const char *const ending[] = {"tsv", "gp", "svg"};
    for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
        char name[64];
        for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
            snprintf(name, sizeof name, "%s.%s", chart_table[id].name, ending[i]);
            if (!chart[id].panels)
                plots_publisher_drop(publisher, name);
            else if (plots_publisher_publish(publisher, name))
                return -1;
        }
        snprintf(name, sizeof name, "%s.png", chart_table[id].name); /* of an older report */
        plots_publisher_drop(publisher, name);
    }
    return 0;
}

void plots_charts_free(struct plots_chart chart[PLOTS_CHART_COUNT])
{
    for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
        free(chart[id].series);
        chart[id].series = NULL;
        for (int i = 0; i < PLOTS_PANEL_MAX; i++) {
            free(chart[id].svg[i]);
            free(chart[id].hover[i]);
            chart[id].svg[i] = chart[id].hover[i] = NULL;
        }
    }
}
