/* The table of published figures: a line per machine and environment, a column per test and unit.
 * Contract in page.h.  The rows are sorted once, so that a line is written in one walk. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/page.h"
#include "plots/text.h"

static int compare_lines(const struct plots_reference *x, const struct plots_reference *y)
{
    int order = strcmp(x->source, y->source);
    order = order ? order : strverscmp(x->host, y->host); /* column 2 before column 10 */
    return order ? order : strcmp(x->env, y->env);
}

static int compare_columns(const struct plots_reference *x, const struct plots_reference *y)
{
    int order = strcmp(x->source, y->source);
    order = order ? order : strcmp(x->test, y->test);
    return order ? order : strcmp(x->unit, y->unit);
}

static int by_line(const void *a, const void *b)
{
    const struct plots_reference *x = *(const struct plots_reference *const *)a,
                                 *y = *(const struct plots_reference *const *)b;
    int order = compare_lines(x, y);
    return order ? order : compare_columns(x, y);
}

static int by_column(const void *a, const void *b)
{
    return compare_columns(*(const struct plots_reference *const *)a,
                           *(const struct plots_reference *const *)b);
}

static void write_value(FILE *out, const struct plots_reference *row)
{
    char digits[PLOTS_NUMBER_SIZE];
    fputs("<td class=\"num\"", out);
    if (row && isfinite(row->value))
        fprintf(out, " data-v=\"%.9g\"", row->value);
    fputc('>', out);
    if (row && row->text && row->text[0])
        plots_write_html(out, row->text);
    else if (row && isfinite(row->value))
        fputs(plots_number(digits, row->value), out);
    fputs("</td>", out);
}

/* One source: `lines` are its rows by line, `columns` the first row of each of its columns. */
static void write_source(FILE *out, const struct plots_reference *const *lines, size_t n,
                         const struct plots_reference *const *columns, size_t width)
{
    fputs("<h3>", out);
    plots_write_html(out, lines[0]->source);
    fputs("</h3>\n<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Published "
          "figures\"><table class=\"plain sortable\">\n<thead><tr><th scope=\"col\" "
          "data-sort>Machine</th><th scope=\"col\" data-sort>Environment</th>",
          out);
    for (size_t c = 0; c < width; c++) {
        fputs("<th scope=\"col\" class=\"num\" data-sort>", out);
        plots_write_html(out, columns[c]->test);
        fputs("<small>", out);
        plots_write_html(out, columns[c]->unit);
        fputs("</small></th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < n;) {
        const struct plots_reference *line = lines[i];
        fputs("<tr><th scope=\"row\">", out);
        plots_write_html(out, line->host);
        fputs("</th><td>", out);
        plots_write_html(out, line->env);
        fputs("</td>", out);
        for (size_t c = 0; c < width; c++) {
            const struct plots_reference *found = NULL;
            while (i < n && compare_lines(lines[i], line) == 0 &&
                   compare_columns(lines[i], columns[c]) <= 0) {
                if (compare_columns(lines[i], columns[c]) == 0)
                    found = lines[i];
                i++;
            }
            write_value(out, found);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void plots_write_reference_table(FILE *out, const struct plots_model *model)
{
    size_t n = model->references;
    if (!n) {
        fputs("<p class=\"empty\">No published figures in the database.</p>\n", out);
        return;
    }
    fputs("<p class=\"note\">Published figures of other machines, as printed then: not measured "
          "here, and "
          "in no mean of this page. Blank: not published.</p>\n",
          out);
    const struct plots_reference **lines = calloc(2 * n, sizeof *lines), **columns = lines + n;
    if (!lines) {
        fputs("<p class=\"empty\">No memory for the table; the figures are in report.json.</p>\n",
              out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        lines[i] = columns[i] = &model->reference[i];
    qsort(lines, n, sizeof *lines, by_line);
    qsort(columns, n, sizeof *columns, by_column);
    for (size_t from = 0, to; from < n; from = to) { /* both are sorted by source first */
        size_t width = 0;
        for (to = from; to < n && strcmp(lines[to]->source, lines[from]->source) == 0; to++)
            if (to == from || compare_columns(columns[to], columns[from + width - 1]) != 0)
                columns[from + width++] = columns[to];
        write_source(out, lines + from, to - from, columns + from, width);
    }
    free(lines);
}
