/* Dot charts: clocks per operation, and slowdown against native, by test and environment, on a
 * logarithmic axis. Every figure is a dot in its environment's colour and shape with its interval
 * as a line; noisy ones are grey. */
#include <math.h>
#include <string.h>

#include "plots/figure.h"
#include "plots/text.h"

static double figure_value(const struct plots_cell *cell, bool slowdown)
{
    double value = slowdown ? cell->slowdown : cell->est;
    /* TSC ticks (core clock not proven) stay off an axis of clocks; their ratio is as good as any.
     */
    if (!cell->present || !plots_status_good(cell->status) || !isfinite(value) || value <= 0 ||
        (!slowdown && !isfinite(cell->clk_ghz)))
        return (double)NAN;
    return value;
}

static bool has_clk(const struct plots_test *test, int env)
{
    (void)env;
    for (int i = 0; i < PLOTS_ENV_COUNT; i++)
        if (isfinite(figure_value(&test->cell[i], false)))
            return !test->answers; /* a suite of questions has answers and not clocks */
    return false;
}

static bool has_slowdown(const struct plots_test *test, int env)
{
    (void)env;
    for (int i = 1; i < PLOTS_ENV_COUNT; i++)
        if (isfinite(figure_value(&test->cell[i], true)))
            return !test->answers;
    return false;
}

static void write_figure(FILE *out, double value)
{
    if (isfinite(value) && value > 0)
        fprintf(out, "\t%.9g", value);
    else
        fputs("\t?", out);
}

static void write_dots_data(FILE *out, const struct plots_figure *figure)
{
    fputs("# panel\tline\tfamily\ttest", out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        fprintf(out, "\t%s\t%s_lo\t%s_hi\t%s_noisy", plots_env_look[env].kind,
                plots_env_look[env].kind, plots_env_look[env].kind, plots_env_look[env].kind);
    fputc('\n', out);
    for (size_t i = 0; i < figure->layout.rows; i++) {
        const struct plots_row *row = &figure->layout.row[i];
        plots_figure_write_row(out, row);
        for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
            const struct plots_cell *cell = row->test ? &row->test->cell[env] : NULL;
            double value = cell ? figure_value(cell, figure->slowdown) : (double)NAN;
            double lo = cell ? (figure->slowdown ? cell->slow_lo : cell->lo) : value;
            double hi = cell ? (figure->slowdown ? cell->slow_hi : cell->hi) : value;
            write_figure(out, value);
            /* An interval that is absent, or reaches 0, is drawn as none. */
            write_figure(out, isfinite(lo) && lo > 0 && lo <= value ? lo : value);
            write_figure(out, isfinite(hi) && hi >= value ? hi : value);
            fprintf(out, "\t%d", cell && cell->present && strcmp(cell->status, "noisy") == 0);
        }
        fputc('\n', out);
    }
}

static void write_dots_panel(FILE *out, const struct plots_figure *figure, int panel)
{
    (void)panel;
    fprintf(out,
            "set logscale x; set xrange [%.6g:%.6g]; set border 1 lc rgb \"#%06x\"\n"
            "unset ytics; unset key\n"
            "set errorbars small; set grid xtics lt 1 lw 1 lc rgb \"#%06x\"\n"
            "set xlabel \"%s\" tc rgb \"#%06x\"\nunset arrow\n",
            figure->from, figure->to, PLOTS_COLOUR_SOFT, PLOTS_COLOUR_GRID, figure->axis,
            PLOTS_COLOUR_INK);
    plots_figure_write_log_ticks(out, 'x', figure->from, figure->to);
    if (figure->slowdown) {
        fprintf(out,
                "set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.2 lc rgb \"#%06x\" back\n",
                PLOTS_COLOUR_SOFT);
        for (int env = 1; env < PLOTS_ENV_COUNT; env++) {
            double mean = figure->model->column[env].common.value;
            if (figure->model->column[env].common.n)
                fprintf(out,
                        "set arrow from %.6g, graph 0 to %.6g, graph 1 nohead lw 1.4 dt (6,4) lc "
                        "rgb \"#%06x\" back\n",
                        mean, mean, plots_env_look[env].light);
        }
    }
    fprintf(out,
            "plot data every ::first::last using (%.6g):((strlen(strcol(4))) ? $2 : "
            "NaN):(%.6g):(0) with "
            "vectors nohead lw 0.5 lc "
            "rgb \"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (%.6g):2:4 with labels right offset -0.6,0 tc rgb "
            "\"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (%.6g):2:3 with labels right offset -0.6,0 font "
            "heading tc "
            "rgb \"#%06x\" title \"\"",
            figure->from, figure->to - figure->from, PLOTS_COLOUR_GRID, figure->from,
            PLOTS_COLOUR_INK, figure->from, PLOTS_COLOUR_INK);
    for (int env = PLOTS_ENV_COUNT - 1; env >= 0; env--) { /* ours last: on top */
        if (!figure->model->column[env].present || (figure->slowdown && env == PLOTS_ENV_NATIVE))
            continue;
        int column = 5 + 4 * env;
        for (int noisy = 0; noisy < 2; noisy++)
            fprintf(out,
                    ", \\\n  '' every ::first::last using (($%d==%d) ? $%d : NaN):2:%d:%d with "
                    "xerrorbars "
                    "pt %d ps 0.62 lw 1 lc "
                    "rgb \"#%06x\" title \"%s%s\"",
                    column + 3, noisy, column, column + 1, column + 2, plots_env_look[env].point,
                    noisy ? PLOTS_COLOUR_NOISY : plots_env_look[env].light,
                    plots_env_look[env].kind, noisy ? ", noisy" : "");
    }
    fputs("\n", out);
}

/* The plots are numbered as write_dots_panel() has them: three of rows and names, then each
 * environment's two. */
static void number_plots(struct plots_figure *figure)
{
    int plot = 4;
    for (int env = PLOTS_ENV_COUNT - 1; env >= 0; env--) {
        if (!figure->model->column[env].present || (figure->slowdown && env == PLOTS_ENV_NATIVE))
            continue;
        figure->plot_env[plot++] = (signed char)env;
        figure->plot_env[plot++] = (signed char)env;
    }
}

static void describe_dots(FILE *out, const struct plots_figure *figure,
                          const struct plots_test *test)
{
    char digits[3][PLOTS_NUMBER_SIZE];
    fprintf(out, "%s, %s", test->name, figure->slowdown ? "times native" : "clk/op");
    for (int env = figure->slowdown ? 1 : 0; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_cell *cell = &test->cell[env];
        double value = figure_value(cell, figure->slowdown);
        double lo = figure->slowdown ? cell->slow_lo : cell->lo;
        double hi = figure->slowdown ? cell->slow_hi : cell->hi;
        if (!isfinite(value))
            continue;
        fprintf(out, "\n%s %s", plots_env_look[env].kind, plots_number(digits[0], value));
        if (isfinite(lo) && isfinite(hi))
            fprintf(out, " (%s–%s)", plots_number(digits[1], lo), plots_number(digits[2], hi));
        if (strcmp(cell->status, "noisy") == 0)
            fputs(" noisy", out);
    }
}

static void add_legend(struct plots_figure *figure, int env)
{
    struct plots_legend *legend = &figure->legend[figure->legends++];
    const struct plots_mean *mean = &figure->model->column[env].common;
    char digits[PLOTS_NUMBER_SIZE];
    legend->colour = plots_env_look[env].light;
    legend->point = plots_env_look[env].point;
    snprintf(legend->text, sizeof legend->text, "%s", plots_env_look[env].kind);
    if (figure->slowdown && mean->n)
        snprintf(legend->text, sizeof legend->text, "%s: mean %sx, n=%d", plots_env_look[env].kind,
                 plots_number(digits, mean->value), mean->n);
}

int plots_dots_prepare(struct plots_figure *figure, const struct plots_model *model, bool slowdown,
                       int max_panels)
{
    double least = INFINITY, most = 0;
    *figure = (struct plots_figure){.model = model,
                                    .slowdown = slowdown,
                                    .write_data = write_dots_data,
                                    .write_panel = write_dots_panel,
                                    .describe = describe_dots};
    memset(figure->plot_env, -1, sizeof figure->plot_env);
    number_plots(figure);
    figure->axis =
        slowdown ? "times native clocks (log; dashed: means)" : "clocks per operation (log)";
    for (size_t i = 0; i < model->tests; i++)
        for (int env = slowdown ? 1 : 0; env < PLOTS_ENV_COUNT; env++) {
            double value = model->test[i].answers
                               ? (double)NAN
                               : figure_value(&model->test[i].cell[env], slowdown);
            const struct plots_cell *cell = &model->test[i].cell[env];
            figure->undrawn += !isfinite(value) && cell->present && !model->test[i].answers &&
                               plots_status_good(cell->status) &&
                               isfinite(slowdown ? cell->slowdown : cell->est);
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
    if (slowdown) { /* the line of the native clocks is always in sight */
        least = least < 0.9 ? least : 0.9;
        most = most > 1.1 ? most : 1.1;
    }
    figure->from = least / 1.4;
    figure->to = most * 1.4;
    for (int env = slowdown ? 1 : 0; env < PLOTS_ENV_COUNT; env++)
        if (model->column[env].present)
            add_legend(figure, env);
    figure->legend[figure->legends++] = (struct plots_legend){"grey: noisy", PLOTS_COLOUR_NOISY, 7};
    return plots_layout_make(&figure->layout, model, max_panels, slowdown ? has_slowdown : has_clk,
                             0);
}
