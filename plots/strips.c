/* Native clocks per operation across hosts: a line per test, a mark for each of the hosts that were
 * measured last, and a grey line from the least to the greatest of all. */
#include <math.h>
#include <string.h>

#include "plots/figure.h"
#include "plots/text.h"

/* The shown host comes first, then the others in the model's order; colours and marks are those of
 * env.def, which are told apart with any colour vision. */
static size_t side_host(const struct plots_model *model, size_t side)
{
    size_t nth = 0;
    for (size_t h = 0; h < model->host_count; h++)
        if (model->host[h].shown) {
            if (side == 0)
                return h;
            nth = 1;
            break;
        }
    for (size_t h = 0; h < model->host_count; h++)
        if ((nth == 0 || !model->host[h].shown) && nth++ == side)
            return h;
    return model->host_count;
}

static size_t sides(const struct plots_model *model)
{
    return model->host_count < PLOTS_SIDE_MAX ? model->host_count : PLOTS_SIDE_MAX;
}

static double strip_value(const struct plots_model *model, size_t host,
                          const struct plots_test *test)
{
    const struct plots_narrow *cell = plots_host_cell(model, host, test, PLOTS_ENV_NATIVE);
    return cell->status != PLOTS_STATUS_NONE && cell->proven && cell->est > 0 && !test->answers
               ? cell->est
               : (double)NAN;
}

static bool is_wanted(const struct plots_test *test, int env)
{
    (void)env;
    return test->measured > 1 && !test->answers;
}

static void find_range(const struct plots_model *model, const struct plots_test *test,
                       double *least, double *most)
{
    *least = INFINITY;
    *most = 0;
    for (size_t h = 0; h < model->host_count; h++) {
        double value = strip_value(model, h, test);
        *least = isfinite(value) ? fmin(*least, value) : *least;
        *most = isfinite(value) ? fmax(*most, value) : *most;
    }
}

static void write_real(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, "\t%.9g", value);
    else
        fputs("\t?", out);
}

static void write_strips_data(FILE *out, const struct plots_figure *figure)
{
    const struct plots_model *model = figure->model;
    fputs("# panel\tline\tfamily\ttest\tleast\tmost", out);
    for (size_t side = 0; side < sides(model); side++) {
        char label[PLOTS_LABEL_SIZE];
        const char *name = model->host[side_host(model, side)].label;
        plots_chart_label(label, sizeof label, name ? name : "?");
        fprintf(out, "\t%s", label);
    }
    fputc('\n', out);
    for (size_t i = 0; i < figure->layout.rows; i++) {
        const struct plots_row *row = &figure->layout.row[i];
        double least = (double)NAN, most = (double)NAN;
        plots_figure_write_row(out, row);
        if (row->test)
            find_range(model, row->test, &least, &most);
        write_real(out, least);
        write_real(out, most);
        for (size_t side = 0; side < sides(model); side++)
            write_real(out, row->test ? strip_value(model, side_host(model, side), row->test)
                                      : (double)NAN);
        fputc('\n', out);
    }
}

static void write_strips_panel(FILE *out, const struct plots_figure *figure, int panel)
{
    (void)panel;
    fprintf(out,
            "set logscale x; set xrange [%.6g:%.6g]; set border 1 lc rgb \"#%06x\"\n"
            "unset ytics; unset key; set grid xtics lt 1 lw 1 lc rgb \"#%06x\"\n"
            "set xlabel \"%s\" tc rgb \"#%06x\"\nunset arrow\n",
            figure->from, figure->to, PLOTS_COLOUR_SOFT, PLOTS_COLOUR_GRID, figure->axis,
            PLOTS_COLOUR_INK);
    plots_figure_write_log_ticks(out, 'x', figure->from, figure->to);
    fprintf(out,
            "plot data every ::first::last using 5:2:($6-$5):(0) with vectors nohead lw 1.2 lc "
            "rgb \"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (%.6g):2:4 with labels right offset -0.6,0 tc rgb "
            "\"#%06x\" title \"\", \\\n"
            "  '' every ::first::last using (%.6g):2:3 with labels right offset -0.6,0 font "
            "heading tc rgb \"#%06x\" title \"\"",
            PLOTS_COLOUR_NOISY, figure->from, PLOTS_COLOUR_INK, figure->from, PLOTS_COLOUR_INK);
    for (size_t side = sides(figure->model); side-- > 0;) /* the shown host last: on top */
        fprintf(out,
                ", \\\n  '' every ::first::last using %zu:2 with points pt %d ps 0.62 lw 1 lc "
                "rgb \"#%06x\" title \"side-%zu\"",
                7 + side, plots_env_look[side].point, plots_env_look[side].light, side);
    fputs("\n", out);
}

static void describe_strips(FILE *out, const struct plots_figure *figure,
                            const struct plots_test *test)
{
    const struct plots_model *model = figure->model;
    char digits[2][PLOTS_NUMBER_SIZE];
    double least, most;
    find_range(model, test, &least, &most);
    fprintf(out, "%s, native clk/op", test->name);
    for (size_t side = 0; side < sides(model); side++) {
        size_t host = side_host(model, side);
        double value = strip_value(model, host, test);
        if (isfinite(value))
            fprintf(out, "\n%s %s", model->host[host].label ? model->host[host].label : "?",
                    plots_number(digits[0], value));
    }
    fprintf(out, "\nall %d hosts: %s to %s", test->measured, plots_number(digits[0], least),
            plots_number(digits[1], most));
}

int plots_strips_prepare(struct plots_figure *figure, const struct plots_model *model,
                         int max_panels)
{
    double from = INFINITY, to = 0;
    *figure = (struct plots_figure){.model = model,
                                    .axis = "native clocks per operation (log)",
                                    .write_data = write_strips_data,
                                    .write_panel = write_strips_panel,
                                    .describe = describe_strips};
    memset(figure->plot_env, -1, sizeof figure->plot_env);
    for (size_t i = 0; i < model->tests; i++) {
        double least, most;
        if (!is_wanted(&model->test[i], 0))
            continue;
        find_range(model, &model->test[i], &least, &most);
        from = fmin(from, least);
        to = fmax(to, most);
    }
    if (!(to > 0))
        return 0;
    figure->from = from / 1.3;
    figure->to = to * 1.3;
    for (size_t side = 0; side < sides(model); side++) {
        struct plots_legend *legend = &figure->legend[figure->legends++];
        const char *name = model->host[side_host(model, side)].label;
        *legend = (struct plots_legend){.colour = plots_env_look[side].light,
                                        .point = plots_env_look[side].point};
        /* the one text of the database in a script: plots_chart_label() leaves no quotes in it */
        plots_chart_label(legend->text, 40, name ? name : "?");
    }
    return plots_layout_make(&figure->layout, model, max_panels, is_wanted, 0);
}
