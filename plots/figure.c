/* The frame of every chart as a gnuplot script; contracts in figure.h.  Sizes are pixels of a
 * panel. */
#include "plots/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/text.h"

enum {
    FIGURE_PANEL_PX = 440,
    FIGURE_COLUMNS = 4, /* panels side by side in the whole chart */
    FIGURE_RIGHT_PX = 22,
    FIGURE_LINE_PX = 15,
    FIGURE_BOTTOM_PX = 58,
    FIGURE_TOP_PX = 12,  /* of a panel alone */
    FIGURE_HEAD_PX = 66, /* of the whole chart: title and legend */
    FIGURE_MIN_PX = 880, /* a single panel gets more */
    FIGURE_LEGEND_PX = 16,
    FIGURE_LEGEND_ROW_PX = 18,
    FIGURE_LETTER_PX = 7,
    FIGURE_LABEL_PX = 24 /* left of the axis: test names, and this much more */
};

void plots_figure_write_row(FILE *out, const struct plots_row *row)
{
    char label[PLOTS_LABEL_SIZE];
    plots_chart_label(label, sizeof label, row->family ? row->family : row->test->name);
    fprintf(out, "%d\t%d\t", row->panel, row->line);
    if (row->family)
        fprintf(out, "%s%s\t", label, row->continued ? " (cont.)" : "");
    else
        fprintf(out, "\t%s%s", label, row->test->compares ? "" : " *");
}

/* Ticks at the decades ("10", "1k"), small ones between; of a very long axis only some decades. */
void plots_figure_write_log_ticks(FILE *out, char axis, double from, double to)
{
    int first = (int)ceil(log10(from) - 1e-9), last = (int)floor(log10(to) + 1e-9);
    int step = 1 + (last - first) / 8;
    const char *separator = "";
    fprintf(out, "set %ctics out nomirror (", axis);
    for (int decade = first - 1; decade <= last; decade++) {
        double base = pow(10, decade);
        if (decade >= first && (decade - first) % step == 0) {
            static const char *const thousands[] = {"", "k", "M", "G", "T"};
            int power = decade >= 3 && decade < 15 ? decade / 3 : 0;
            fprintf(out, "%s\"%g%s\" %g", separator, base / pow(1000, power), thousands[power],
                    base);
            separator = ", ";
        }
        for (int k = 2; step == 1 && k < 10; k++)
            if (k * base >= from && k * base <= to) {
                if (last - first < 2 && (k == 2 || k == 5)) /* a short axis: these are told, too */
                    fprintf(out, "%s\"%g\" %g", separator, k * base, k * base);
                else
                    fprintf(out, "%s\"\" %g 1", separator, k * base);
                separator = ", ";
            }
    }
    fprintf(out, ") tc rgb \"#%06x\"\n", PLOTS_COLOUR_INK);
}

/* Room for the longest test name. */
static double label_px(const struct plots_figure *figure)
{
    size_t longest = 8;
    for (size_t i = 0; i < figure->layout.rows; i++) {
        const struct plots_row *row = &figure->layout.row[i];
        size_t len = strlen(row->test ? row->test->name : row->family);
        longest = len > longest ? len : longest;
    }
    if (longest >= PLOTS_LABEL_SIZE)
        longest = PLOTS_LABEL_SIZE - 1;
    return FIGURE_LABEL_PX + figure->columns_px + 6.5 * (double)longest;
}

/* A panel's lines in the data, from 0: they stand together.  A plot reads these alone (every
 * ::first::last): to leave out the others by their first column takes thirteen times as long, of a
 * thousand tests 18 s instead of 1.4. */
static void find_lines(const struct plots_layout *layout, int panel, size_t *first, size_t *last)
{
    *first = *last = 0;
    for (size_t i = 0, found = 0; i < layout->rows; i++)
        if (layout->row[i].panel == panel) {
            *first = found++ ? *first : i;
            *last = i;
        }
}

/* Everything inside one panel's frame. */
static void write_axes(FILE *out, const struct plots_figure *figure, int panel, double left,
                       double right, double bottom, double top)
{
    fprintf(out,
            "set lmargin at screen %.5f; set rmargin at screen %.5f; set bmargin at screen %.5f; "
            "set tmargin at screen "
            "%.5f\nset yrange [%d.7:0.3]\n",
            left, right, bottom, top, figure->layout.lines);
    size_t first, last;
    find_lines(&figure->layout, panel, &first, &last);
    fprintf(out, "first = %zu; last = %zu\n", first, last);
    figure->write_panel(out, figure, panel);
}

/* Where each entry of the legend stands; returns the number of its rows. */
static int place_legend(const struct plots_figure *figure, double width, double x[PLOTS_LEGEND_MAX],
                        int row[PLOTS_LEGEND_MAX])
{
    double at = FIGURE_LEGEND_PX;
    int rows = 1;
    for (int i = 0; i < figure->legends; i++) {
        double wide = 30 + FIGURE_LETTER_PX * (double)strlen(figure->legend[i].text);
        if (at + wide > width && at > FIGURE_LEGEND_PX) {
            at = FIGURE_LEGEND_PX;
            rows++;
        }
        x[i] = at;
        row[i] = rows - 1;
        at += wide;
    }
    return rows;
}

static void write_legend(FILE *out, const struct plots_figure *figure, double width, double height)
{
    double x[PLOTS_LEGEND_MAX];
    int row[PLOTS_LEGEND_MAX];
    place_legend(figure, width, x, row);
    fprintf(out, "set label 1 \"%s\" at screen %.5f,%.5f left font title tc rgb \"#%06x\"\n",
            figure->title, FIGURE_LEGEND_PX / width, 1 - 20 / height, PLOTS_COLOUR_INK);
    for (int i = 0; i < figure->legends; i++) {
        const struct plots_legend *legend = &figure->legend[i];
        fprintf(out,
                "set label %d \"%s\" at screen %.5f,%.5f left offset 1.2,0 tc rgb \"#%06x\" point "
                "pt %d "
                "ps 0.75 lc rgb \"#%06x\"\n",
                i + 2, legend->text, (x[i] + 6) / width,
                1 - (45 + FIGURE_LEGEND_ROW_PX * row[i]) / height, PLOTS_COLOUR_INK, legend->point,
                legend->colour);
    }
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

void plots_figure_write_script(FILE *out, const struct plots_figure *figure, unsigned what)
{
    const struct plots_layout *layout = &figure->layout;
    int columns = min_int(layout->panels, FIGURE_COLUMNS);
    int rows = (layout->panels + columns - 1) / columns;
    double inner = FIGURE_LINE_PX * (layout->lines + 0.4);
    double width = FIGURE_PANEL_PX * columns, cell = inner + FIGURE_BOTTOM_PX;
    if (width < FIGURE_MIN_PX)
        width = FIGURE_MIN_PX;
    double x[PLOTS_LEGEND_MAX], panel_width = width / columns;
    int row[PLOTS_LEGEND_MAX], legend_rows = place_legend(figure, width, x, row);
    double head = FIGURE_HEAD_PX + FIGURE_LEGEND_ROW_PX * (legend_rows - 1);
    double height = head + rows * cell + (rows - 1) * FIGURE_TOP_PX;
    fprintf(out,
            "# %s: draws %s.%s from %s.tsv.  Written by Tickmark.\n"
            "set encoding utf8\nset datafile separator \"\\t\"\nset datafile missing \"?\"\n"
            "data = \"%s.tsv\"\n",
            figure->title, figure->name, what & PLOTS_FIGURE_PNG ? "png" : "svg", figure->name,
            figure->name);
    for (int png = 0; png < 2; png++) {
        if (!(what & (png ? PLOTS_FIGURE_PNG : PLOTS_FIGURE_SVG)))
            continue;
        if (png) /* pngcairo counts points, svg pixels: 3 to 4 */
            fprintf(out,
                    "set terminal pngcairo noenhanced size %.0f,%.0f fontscale 1.5 pointscale 1.5 "
                    "linewidth 1.5 font \"DejaVu Sans,8.25\" background \"#ffffff\"\n"
                    "heading = \"DejaVu Sans,9\"; title = \"DejaVu Sans,10.5\"\n",
                    1.5 * width, 1.5 * height);
        else
            fprintf(out,
                    "set terminal svg noenhanced dynamic size %.0f,%.0f font \"DejaVu Sans,11\" "
                    "background \"#ffffff\"\n"
                    "heading = \"DejaVu Sans,12\"; title = \"DejaVu Sans,14\"\n",
                    width, height);
        fprintf(out, "set output \"%s.%s\"\nset multiplot\n", figure->name, png ? "png" : "svg");
        for (int i = 0; i < layout->panels; i++) {
            double left = i % columns * panel_width;
            double top = head + i / columns * (cell + FIGURE_TOP_PX);
            if (i == 0)
                write_legend(out, figure, width, height);
            write_axes(out, figure, i + 1, (left + label_px(figure)) / width,
                       (left + panel_width - FIGURE_RIGHT_PX) / width, 1 - (top + inner) / height,
                       1 - top / height);
            if (i == 0)
                fputs("unset label\n", out);
        }
        fputs("unset multiplot\nset output\n", out);
    }
    height = FIGURE_TOP_PX + cell;
    for (int panel = 1; (what & PLOTS_FIGURE_PANELS) && panel <= layout->panels; panel++) {
        fprintf(out,
                "set terminal svg noenhanced dynamic size %d,%.0f font \"DejaVu Sans,11\" "
                "background \"#ffffff\"\nheading = \"DejaVu Sans,12\"\nset output \"%s-%d.svg\"\n",
                FIGURE_PANEL_PX, height, figure->name, panel);
        write_axes(out, figure, panel, label_px(figure) / FIGURE_PANEL_PX,
                   1 - (double)FIGURE_RIGHT_PX / FIGURE_PANEL_PX, FIGURE_BOTTOM_PX / height,
                   1 - FIGURE_TOP_PX / height);
        fputs("set output\n", out);
    }
}

void plots_figure_write_hover(FILE *out, const struct plots_figure *figure, int panel)
{
    const char *separator = "";
    double inner = FIGURE_LINE_PX * (figure->layout.lines + 0.4);
    fputc('[', out);
    for (size_t i = 0; i < figure->layout.rows; i++) {
        const struct plots_row *row = &figure->layout.row[i];
        char *text = NULL;
        size_t size;
        if (row->panel != panel || !row->test)
            continue;
        FILE *memory = open_memstream(&text, &size);
        if (!memory)
            continue;
        figure->describe(memory, figure, row->test);
        if (fclose(memory) == 0) {
            /* the range of y is 0.3 to lines + 0.7 */
            fprintf(out, "%s[-1,%.0f,", separator,
                    FIGURE_TOP_PX + (row->line - 0.3) / (figure->layout.lines + 0.4) * inner);
            plots_write_json_string(out, text);
            fputc(',', out);
            plots_write_json_string(out, row->test->family);
            fputc(']', out);
            separator = ",";
        }
        free(text);
    }
    fputc(']', out);
}
