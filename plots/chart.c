/* The charts of a report, from model to pictures; contracts in chart.h. */
#include "plots/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "plots/inline_svg.h"

/* Drawing 120 tests takes well under a second; the limit is for a gnuplot that hangs. */
enum { CHART_LIMIT_MS = 60000 };

static const struct {
    const char *name, *title, *caption;
} chart_text[PLOTS_CHART_COUNT] = {
    [PLOTS_CHART_CLK_PER_OP] =
        {"clk_per_op", "Clocks per operation by test and environment",
         "Each dot is a test in an environment, with its interval where that is wider than the "
         "dot. The axis is logarithmic."},
    [PLOTS_CHART_SLOWDOWN] =
        {"slowdown", "Slowdown against native by test and environment",
         "How many times the native clocks a test takes. The full line at 1 is native; dashed "
         "lines are the geometric means over the common tests; tests marked * are in none. The "
         "axis "
         "is logarithmic."},
    [PLOTS_CHART_STAGES_JIT] = {"stages-emu-jit", "Where emu-jit spends its clocks, by stage",
                                "Left: clocks per operation, stacked; the number beside the test "
                                "is the whole, and a blank "
                                "bar goes on beyond the axis. Right: each stage's share."},
    [PLOTS_CHART_STAGES_INTERP] = {"stages-emu-interp",
                                   "Where emu-interp spends its clocks, by stage",
                                   "Left: clocks per operation, stacked; the number beside the "
                                   "test is the whole, and a blank "
                                   "bar goes on beyond the axis. Right: each stage's share."},
};

static int prepare(struct plots_figure *figure, const struct plots_model *model, int id)
{
    int failed;
    if (id == PLOTS_CHART_CLK_PER_OP || id == PLOTS_CHART_SLOWDOWN)
        failed = plots_dots_prepare(figure, model, id == PLOTS_CHART_SLOWDOWN, PLOTS_PANEL_MAX);
    else
        failed = plots_bars_prepare(
            figure, model, id == PLOTS_CHART_STAGES_JIT ? PLOTS_ENV_EMU_JIT : PLOTS_ENV_EMU_INTERP,
            PLOTS_PANEL_MAX);
    figure->name = chart_text[id].name;
    figure->title = chart_text[id].title;
    return failed;
}

static int write_files(const struct plots_figure *figure, struct plots_publisher *publisher)
{
    char name[64];
    snprintf(name, sizeof name, "%s.tsv", figure->name);
    FILE *out = plots_publisher_create(publisher, name);
    if (!out)
        return -1;
    figure->write_data(out, figure);
    if (plots_publisher_close_file(publisher, out, name))
        return -1;
    /* Two scripts: the one that stays behind leaves the page's panels out. */
    for (int panels = 0; panels < 2; panels++) {
        snprintf(name, sizeof name, "%s%s.gp", figure->name, panels ? "-panels" : "");
        out = plots_publisher_create(publisher, name);
        if (!out)
            return -1;
        plots_figure_write_script(out, figure, panels != 0);
        if (plots_publisher_close_file(publisher, out, name))
            return -1;
    }
    return 0;
}

static int read_panels(struct plots_chart *chart, int panels, struct plots_publisher *publisher)
{
    for (int i = 0; i < panels; i++) {
        char name[64], prefix[64], label[256];
        snprintf(name, sizeof name, "%s-%d.svg", chart->name, i + 1);
        snprintf(prefix, sizeof prefix, "%s-%d-", chart->name, i + 1);
        snprintf(label, sizeof label, "%s, part %d of %d; the figures are in the tables below",
                 chart->title, i + 1, panels);
        char *svg = plots_publisher_read(publisher, name);
        if (!svg)
            return -1;
        chart->svg[i] = plots_inline_svg(svg, prefix, label);
        free(svg);
        if (!chart->svg[i]) {
            snprintf(publisher->err, sizeof publisher->err, "%s: gnuplot wrote no usable picture",
                     name);
            return -1;
        }
    }
    chart->panels = panels;
    return 0;
}

int plots_charts_draw(struct plots_chart chart[PLOTS_CHART_COUNT], const struct plots_model *model,
                      struct plots_publisher *publisher, char *err, size_t errlen)
{
    memset(chart, 0, PLOTS_CHART_COUNT * sizeof *chart);
    for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
        struct plots_figure figure;
        char script[64];
        int failed = prepare(&figure, model, id);
        chart[id].name = chart_text[id].name;
        chart[id].title = chart_text[id].title;
        chart[id].caption = chart_text[id].caption;
        if (failed)
            snprintf(err, errlen, "no memory for the chart %s", chart[id].name);
        chart[id].undrawn = figure.undrawn;
        chart[id].left_out = figure.layout.left_out;
        if (!failed && figure.layout.panels) {
            snprintf(script, sizeof script, "%s-panels.gp", chart[id].name);
            failed = write_files(&figure, publisher);
            if (!failed && plots_gnuplot_run(publisher->work_dir, script, "gnuplot.log",
                                             CHART_LIMIT_MS, err, errlen))
                failed = -1;
            else if (failed ||
                     (failed = read_panels(&chart[id], figure.layout.panels, publisher)) != 0)
                snprintf(err, errlen, "%s", publisher->err);
        }
        plots_layout_free(&figure.layout);
        if (failed)
            return -1;
    }
    return 0;
}

int plots_charts_publish(const struct plots_chart chart[PLOTS_CHART_COUNT],
                         struct plots_publisher *publisher)
{
    static const char *const ending[] = {"tsv", "gp", "svg", "png"};
    for (int id = 0; id < PLOTS_CHART_COUNT; id++)
        for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s.%s", chart_text[id].name, ending[i]);
            if (!chart[id].panels)
                plots_publisher_drop(publisher, name);
            else if (plots_publisher_publish(publisher, name))
                return -1;
        }
    return 0;
}

void plots_charts_free(struct plots_chart chart[PLOTS_CHART_COUNT])
{
    for (int id = 0; id < PLOTS_CHART_COUNT; id++)
        for (int i = 0; i < PLOTS_PANEL_MAX; i++) {
            free(chart[id].svg[i]);
            chart[id].svg[i] = NULL;
        }
}
