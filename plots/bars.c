/* Stage charts: where one of our engines spends its clocks, per test, stacked twice on one line:
 * clocks per operation on a linear axis, and the share of each stage.  The axis of clocks ends
 * where the slowest quarter of the tests goes on; their bars are left blank instead of cut, since a
 * cut bar would show wrong proportions.  Both stand on one gnuplot axis: clocks from 0 to 1 (1 =
 * where the axis ends), shares from BARS_SHARE_FROM to BARS_SHARE_FROM + 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure.h"
#include "plots/text.h"

#define BARS_SHARE_FROM 1.2

static bool has_stages(const struct plots_test *test, int env)
{
    return test->cell[env].stage && test->cell[env].stage_clk > 0 && !test->answers;
}

/* Columns from 5 on: the clocks as text, cut or not, and per stage its clocks and the four ends of
 * its two bars. */
static void write_bars_data(FILE *out, const struct plots_figure *figure)
{
    fputs("# panel\tline\tfamily\ttest\tclk_per_op\tcut", out);
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
        fprintf(out, "\t%s_clk_per_op\tclk_from\tclk_to\tshare_from\tshare_to",
                plots_stage_look[stage].name);
    fputc('\n', out);
    for (size_t i = 0; i < figure->layout.rows; i++) {
        const struct plots_row *row = &figure->layout.row[i];
        const struct plots_cell *cell = row->test ? &row->test->cell[figure->env] : NULL;
        char digits[PLOTS_NUMBER_SIZE];
        plots_figure_write_row(out, row);
        fprintf(out, "\t%s\t%d", cell ? plots_short_number(digits, cell->stage_clk) : "",
                cell && cell->stage_clk > figure->to);
        double before = 0;
        for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++) {
            double clk = cell ? plots_stage_clk_per_op(cell, (enum plots_stage)stage) : 0,
                   after = before + clk;
            if (clk > 0) {
                fprintf(out, "\t%.9g", clk);
                if (cell->stage_clk > figure->to)
                    fputs("\t?\t?", out);
                else
                    fprintf(out, "\t%.6f\t%.6f", before / figure->to, after / figure->to);
                fprintf(out, "\t%.6f\t%.6f", BARS_SHARE_FROM + before / cell->stage_clk,
                        BARS_SHARE_FROM + after / cell->stage_clk);
            } else {
                fputs("\t0\t?\t?\t?\t?", out);
            }
            before = after;
        }
        fputc('\n', out);
    }
}

static void write_bars_panel(FILE *out, const struct plots_figure *figure, int panel)
{
    (void)panel;
    fprintf(out,
            "unset logscale; set xrange [0:%.2f]; set border 0; unset key; unset ytics; unset "
            "mxtics; unset arrow\n"
            "set xtics out nomirror scale 0.5 tc rgb \"#%06x\" (\"0\" 0, \"%g\" 0.5, \"%g\" 1, "
            "\"0\" %.2f, \"50\" %.2f, \"100 %%%%\" %.2f)\n"
            "set grid xtics lt 1 lw 1 lc rgb \"#%06x\" back\n"
            "set label 91 \"clocks per operation\" at first 0.5, graph 0 center offset 0,-2.5 tc "
            "rgb \"#%06x\"\n"
            "set label 92 \"share\" at first %.2f, graph 0 center offset 0,-2.5 tc rgb \"#%06x\"\n"
            "unset xlabel; set style fill solid 1.0 noborder\n",
            BARS_SHARE_FROM + 1, PLOTS_COLOUR_INK, figure->to / 2, figure->to, BARS_SHARE_FROM,
            BARS_SHARE_FROM + 0.5, BARS_SHARE_FROM + 1, PLOTS_COLOUR_GRID, PLOTS_COLOUR_INK,
            BARS_SHARE_FROM + 0.5, PLOTS_COLOUR_INK);
    fprintf(out,
            "plot data every ::first::last using (0):2:4 with labels right offset -7.2,0 tc rgb "
            "\"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (0):2:3 with labels right offset -7.2,0 font "
            "heading tc rgb "
            "\"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (0):2:5 with labels right offset -0.6,0 tc rgb "
            "\"#%06x\" title \"\"",
            PLOTS_COLOUR_INK, PLOTS_COLOUR_INK, PLOTS_COLOUR_SOFT);
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
        for (int share = 0; share < 2; share++) {
            int from = 8 + 5 * stage + 2 * share;
            fprintf(out,
                    ", \\\n  '' every ::first::last using %d:2:%d:%d:($2-0.36):($2+0.36) with "
                    "boxxyerror lc rgb "
                    "\"#%06x\" title \"%s\"",
                    from, from, from + 1, plots_stage_look[stage].light,
                    plots_stage_look[stage].name);
        }
    fprintf(
        out,
        ", \\\n  '' every ::first::last using (($6==1) ? 0.5 : NaN):2:(0):(1):($2-0.36):($2+0.36) "
        "with boxxyerror lc rgb \"#%06x\" title \"longer\", \\\n"
        "  '' every ::first::last using (($6==1) ? 1.02 : NaN):2:(\">\") with labels left tc rgb "
        "\"#%06x\" title \"\"\nunset label 91; unset label 92\n",
        PLOTS_COLOUR_GRID, PLOTS_COLOUR_SOFT);
}

static void describe_bars(FILE *out, const struct plots_figure *figure,
                          const struct plots_test *test)
{
    const struct plots_cell *cell = &test->cell[figure->env];
    char digits[PLOTS_NUMBER_SIZE];
    fprintf(out, "%s: %s clk/op in all stages", test->name, plots_number(digits, cell->stage_clk));
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++) {
        double share = plots_stage_share(cell, (enum plots_stage)stage);
        if (share >= 0.001)
            fprintf(out, "\n%s %s (%.1f %%)", plots_stage_look[stage].name,
                    plots_number(digits, plots_stage_clk_per_op(cell, (enum plots_stage)stage)),
                    100 * share);
    }
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Where the axis of clocks ends: the third quartile of the totals, up to the next 1, 2 or 5. */
static int choose_cut(struct plots_figure *figure)
{
    const struct plots_model *model = figure->model;
    double *total = malloc((model->tests + 1) * sizeof *total);
    size_t n = 0;
    if (!total)
        return -1;
    for (size_t i = 0; i < model->tests; i++)
        if (has_stages(&model->test[i], figure->env))
            total[n++] = model->test[i].cell[figure->env].stage_clk;
    figure->to = 1;
    if (n) {
        qsort(total, n, sizeof *total, compare_reals);
        double quartile = total[3 * (n - 1) / 4], decade = pow(10, floor(log10(quartile)));
        figure->to = quartile <= decade       ? decade
                     : quartile <= 2 * decade ? 2 * decade
                     : quartile <= 5 * decade ? 5 * decade
                                              : 10 * decade;
    }
    free(total);
    return 0;
}

int plots_bars_prepare(struct plots_figure *figure, const struct plots_model *model,
                       enum plots_env env, int max_panels)
{
    *figure = (struct plots_figure){.model = model,
                                    .env = (int)env,
                                    .write_data = write_bars_data,
                                    .write_panel = write_bars_panel,
                                    .describe = describe_bars};
    memset(figure->plot_env, -1, sizeof figure->plot_env);
    figure->columns_px = 44;
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++) {
        struct plots_legend *legend = &figure->legend[figure->legends++];
        *legend = (struct plots_legend){.colour = plots_stage_look[stage].light, .point = 5};
        snprintf(legend->text, sizeof legend->text, "%s", plots_stage_look[stage].name);
    }
    if (choose_cut(figure))
        return -1;
    return plots_layout_make(&figure->layout, model, max_panels, has_stages, (int)env);
}
