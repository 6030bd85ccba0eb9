/* Data and script of a chart of curves; contracts in curves.h. */
#include "plots/curves.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plots/text.h"

enum {
    CURVES_WIDTH_PX = 660,
    CURVES_HEIGHT_PX = 400,
    CURVES_LEFT_PX = 74,
    CURVES_RIGHT_PX = 24,
    CURVES_HEAD_PX = 34,
    CURVES_KEY_PX = 14, /* a row of the legend, as gnuplot spaces it in this font */
    CURVES_BOTTOM_PX = 56,
    CURVES_MARK_PX = 17, /* a row of marks */
    CURVES_ROW_PX = 23,  /* of a chart whose rows are words */
    CURVES_LETTER_PX = 7,
    CURVES_PLOTS_BEFORE = 6, /* plots of ticks and marks, in front of the series' */
    CURVES_KEY_MARK_PX = 52
};

struct plots_curves_series *plots_curves_find(struct plots_curves *curves, const char *name)
{
    for (size_t i = 0; i < curves->nseries; i++)
        if (strcmp(curves->series[i].name, name) == 0)
            return &curves->series[i];
    return NULL;
}

struct plots_curves_series *plots_curves_add_series(struct plots_curves *curves, const char *name,
                                                    unsigned colour, int point, bool line)
{
    if (curves->nseries == CURVES_SERIES_MAX)
        return NULL;
    struct plots_curves_series *series = &curves->series[curves->nseries++];
    *series = (struct plots_curves_series){.colour = colour, .point = point, .line = line};
    plots_chart_label(series->name, sizeof series->name, name);
    return series;
}

/* Beyond that no figure is one, and no axis would be of use. */
static bool is_drawable(double value, bool is_log)
{
    return isfinite(value) && fabs(value) < 1e15 && (!is_log || value > 1e-9);
}

void plots_curves_add_point(struct plots_curves *curves, struct plots_curves_series *series,
                            double x, double y, double lo, double hi, bool noisy, const char *hover,
                            ...)
{
    bool drawable = is_drawable(x, curves->log_x) && is_drawable(y, curves->log_y);
    if (!series || !drawable || series->points == CURVES_POINTS_MAX)
        return;
    if (series->points == 0 ||
        (series->points >= 16 && (series->points & (series->points - 1)) == 0)) {
        size_t room = series->points ? 2 * series->points : 16;
        void *larger = realloc(series->at, room * sizeof *series->at);
        if (!larger) {
            curves->failed = true;
            return;
        }
        series->at = larger;
    }
    if ((series->lengthy ? curves->log_x : curves->log_y) && !(lo > 1e-9))
        lo = (double)NAN; /* an interval that reaches 0 has no end on the axis */
    hi = fabs(hi) < 1e15 ? hi : (double)NAN;
    char *text = NULL;
    va_list ap;
    va_start(ap, hover);
    if (vasprintf(&text, hover, ap) < 0)
        text = NULL;
    va_end(ap);
    curves->failed |= !text;
    series->at[series->points++] = (struct plots_curves_point){x, y, lo, hi, noisy, text};
}

void plots_curves_add_tick(struct plots_curves_tick *ticks, size_t *count, size_t max, double at,
                           const char *label, bool heading)
{
    if (*count == max)
        return;
    struct plots_curves_tick *tick = &ticks[(*count)++];
    tick->at = at;
    tick->heading = heading;
    plots_chart_label(tick->label, sizeof tick->label, label);
}

void plots_curves_free(struct plots_curves *curves)
{
    for (size_t i = 0; i < CURVES_SERIES_MAX; i++) {
        for (size_t k = 0; k < curves->series[i].points; k++)
            free(curves->series[i].at[k].hover);
        free(curves->series[i].at);
    }
    memset(curves, 0, sizeof *curves);
}

static int by_x(const void *a, const void *b)
{
    const struct plots_curves_point *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

static void drop_empty_series(struct plots_curves *curves)
{
    size_t kept = 0;
    for (size_t i = 0; i < curves->nseries; i++) {
        if (!curves->series[i].points)
            continue;
        struct plots_curves_series one = curves->series[i];
        if (kept != i)
            memset(&curves->series[i], 0, sizeof one);
        curves->series[kept++] = one;
    }
    curves->nseries = kept;
}

/* From the least to the greatest, with a margin; an axis of words has half a step. */
static void choose_range(double *from, double *to, double least, double most, bool is_log,
                         bool words)
{
    if (*from != 0 || *to != 0)
        return;
    if (words) {
        *from = least - 0.6;
        *to = most + 0.6;
    } else if (is_log) {
        double margin = most > least ? pow(most / least, 0.04) : 1.5;
        *from = least / margin;
        *to = most * margin;
    } else {
        double margin = most > least ? 0.05 * (most - least) : (most != 0 ? 0.1 * fabs(most) : 1);
        *from = least >= 0 && least < 0.6 * most ? 0 : least - margin;
        *to = most + margin;
    }
}

static double position(double value, double from, double to, bool is_log)
{
    return is_log ? log(value / from) / log(to / from) : (value - from) / (to - from);
}

/* Rows say themselves what they are. */
static bool has_key(const struct plots_curves *curves)
{
    return !curves->y_ticks;
}

static int key_rows(const struct plots_curves *curves)
{
    int rows = 1;
    double at = 0, widest = 0;
    for (size_t i = 0; i < curves->nseries; i++) {
        double wide =
            CURVES_KEY_MARK_PX + CURVES_LETTER_PX * (double)strlen(curves->series[i].name);
        widest = wide > widest ? wide : widest;
    }
    for (size_t i = 0; i < curves->nseries; i++) { /* gnuplot gives all entries the widest's room */
        if (at + widest > CURVES_WIDTH_PX - CURVES_LEFT_PX && at > 0) {
            rows++;
            at = 0;
        }
        at += widest;
    }
    return rows;
}

/* Names of marks side by side that would run into each other: every second is one row higher. */
static bool marks_touch(const struct plots_curves *curves)
{
    double wide = CURVES_WIDTH_PX - CURVES_LEFT_PX - CURVES_RIGHT_PX;
    for (size_t i = 0; i < curves->marks; i++)
        for (size_t k = 0; k < i; k++) {
            const struct plots_curves_tick *a = &curves->mark[i], *b = &curves->mark[k];
            double apart =
                wide * fabs(position(a->at, curves->x_from, curves->x_to, curves->log_x) -
                            position(b->at, curves->x_from, curves->x_to, curves->log_x));
            if (apart < CURVES_LETTER_PX * (double)(strlen(a->label) + strlen(b->label) + 2) / 2)
                return true;
        }
    return false;
}

static void choose_sizes(struct plots_curves *curves)
{
    size_t longest_x = 0, longest_y = 0;
    for (size_t i = 0; i < curves->x_ticks; i++) {
        size_t len = strlen(curves->x_tick[i].label);
        longest_x = len > longest_x ? len : longest_x;
    }
    for (size_t i = 0; i < curves->y_ticks; i++) {
        size_t len = strlen(curves->y_tick[i].label);
        longest_y = len > longest_y ? len : longest_y;
    }
    curves->width_px = CURVES_WIDTH_PX;
    curves->left_px = curves->y_ticks ? 18 + 6.7 * (double)longest_y : CURVES_LEFT_PX;
    curves->right_px = CURVES_WIDTH_PX - CURVES_RIGHT_PX;
    curves->top_px = CURVES_HEAD_PX + (has_key(curves) ? CURVES_KEY_PX * key_rows(curves) : 0) +
                     (curves->marks ? CURVES_MARK_PX * (1 + marks_touch(curves)) : 6);
    double bottom = CURVES_BOTTOM_PX;
    if (longest_x > 6)
        bottom += longest_x > 14 ? 14 * 4 : 4 * (double)longest_x;
    curves->height_px = curves->y_ticks
                            ? curves->top_px + bottom + CURVES_ROW_PX * (double)curves->y_ticks
                            : CURVES_HEIGHT_PX;
    curves->bottom_px = curves->height_px - bottom;
}

void plots_curves_finish(struct plots_curves *curves)
{
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    drop_empty_series(curves);
    for (size_t i = 0; i < curves->nseries; i++) {
        const struct plots_curves_series *series = &curves->series[i];
        if (!series->lengthy)
            qsort(series->at, series->points, sizeof *series->at, by_x);
        for (size_t k = 0; k < series->points; k++) {
            const struct plots_curves_point *p = &series->at[k];
            double lo = isfinite(p->lo) ? p->lo : series->lengthy ? p->x : p->y;
            double hi = isfinite(p->hi) ? p->hi : series->lengthy ? p->x : p->y;
            x0 = fmin(x0, series->lengthy ? fmin(lo, p->x) : p->x);
            x1 = fmax(x1, series->lengthy ? fmax(hi, p->x) : p->x);
            y0 = fmin(y0, series->lengthy ? p->y : fmin(lo, p->y));
            y1 = fmax(y1, series->lengthy ? p->y : fmax(hi, p->y));
        }
    }
    if (!curves->nseries)
        return;
    for (size_t i = 0; i < curves->y_ticks; i++) {
        y0 = fmin(y0, curves->y_tick[i].at);
        y1 = fmax(y1, curves->y_tick[i].at);
    }
    choose_range(&curves->x_from, &curves->x_to, x0, x1, curves->log_x,
                 curves->x_ticks && !curves->log_x);
    choose_range(&curves->y_from, &curves->y_to, y0, y1, curves->log_y, curves->y_ticks > 0);
    choose_sizes(curves);
}

static void put(FILE *out, double value, char after)
{
    if (isfinite(value))
        fprintf(out, "%.9g%c", value, after);
    else
        fprintf(out, "?%c", after);
}

/* Blocks for gnuplot's `index`: 0 ticks of x, 1 of y, 2 marks, from 3 on the series. A block that
 * has nothing has a row of that, as an empty one would not count. */
static void write_ticks(FILE *out, const char *what, const struct plots_curves_tick *tick, size_t n)
{
    fprintf(out, "# %s: at, label, heading\n", what);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%.9g\t%s\t%d\n", tick[i].at, tick[i].label, tick[i].heading);
    if (!n)
        fputs("?\t\t0\n", out);
    fputs("\n\n", out);
}

void plots_curves_write_data(FILE *out, const struct plots_curves *curves)
{
    write_ticks(out, "ticks of the x axis", curves->x_tick, curves->x_ticks);
    write_ticks(out, "ticks of the y axis", curves->y_tick, curves->y_ticks);
    write_ticks(out, "marks", curves->mark, curves->marks);
    for (size_t i = 0; i < curves->nseries; i++) {
        const struct plots_curves_series *series = &curves->series[i];
        fprintf(out, "# x, y, lo, hi, noisy; the first line has the name\n?\t?\t?\t?\t?\t%s\n",
                series->name);
        for (size_t k = 0; k < series->points; k++) {
            const struct plots_curves_point *p = &series->at[k];
            put(out, p->x, '\t');
            put(out, p->y, '\t');
            put(out, isfinite(p->lo) ? p->lo : series->lengthy ? p->x : p->y, '\t');
            put(out, isfinite(p->hi) ? p->hi : series->lengthy ? p->x : p->y, '\t');
            fprintf(out, "%d\t\n", p->noisy);
        }
        fputs("\n\n", out);
    }
}

/* Rows of words go from the top down. */
static bool is_down(const struct plots_curves *curves, char axis)
{
    return axis == 'y' && curves->y_ticks > 0;
}

static void write_axis(FILE *out, const struct plots_curves *curves, char axis)
{
    bool x = axis == 'x', is_log = x ? curves->log_x : curves->log_y;
    const struct plots_curves_tick *tick = x ? curves->x_tick : curves->y_tick;
    size_t ticks = x ? curves->x_ticks : curves->y_ticks;
    double from = x ? curves->x_from : curves->y_from, to = x ? curves->x_to : curves->y_to;
    fprintf(out, "set %crange [%.9g:%.9g]\n", axis, is_down(curves, axis) ? to : from,
            is_down(curves, axis) ? from : to);
    if (is_log)
        fprintf(out, "set logscale %c\n", axis);
    if (ticks) { /* where they are; what they are called comes as data */
        fprintf(out, "set %ctics scale %s out nomirror (", axis, x ? "0.5" : "0");
        for (size_t i = 0; i < ticks; i++)
            fprintf(out, "%s\"\" %.9g", i ? ", " : "", tick[i].at);
        fprintf(out, ")\n");
    } else if (is_log) {
        plots_figure_write_log_ticks(out, axis, from, to);
    } else {
        fprintf(out, "set %ctics scale 0.5 out nomirror tc rgb \"#%06x\" autofreq\n", axis,
                PLOTS_COLOUR_INK);
    }
}

static void write_series(FILE *out, const struct plots_curves *curves, size_t i)
{
    const struct plots_curves_series *series = &curves->series[i];
    const char *bars = series->lengthy ? "xerrorbars" : "yerrorbars";
    char point[32] = "";
    if (series->point)
        snprintf(point, sizeof point, " pt %d ps 0.75", series->point);
    if (series->line)
        fprintf(out,
                ", \\\n  data index %zu using 1:2 with lines lw 1.5 dt %s lc rgb \"#%06x\" notitle",
                i + 3, series->dashed ? "(6,4)" : "1", series->colour);
    if (series->point)
        for (int noisy = 0; noisy < 2; noisy++)
            fprintf(
                out,
                ", \\\n  data index %zu using (($5==%d) ? $1 : NaN):2:3:4 with %s pt %d ps 0.75 lw "
                "1 lc rgb \"#%06x\" notitle",
                i + 3, noisy, bars, series->point, noisy ? PLOTS_COLOUR_NOISY : series->colour);
    if (has_key(curves)) /* for the legend alone */
        fprintf(out,
                ", \\\n  data index %zu using (NaN):(NaN) with %s%s lw 1.5 dt %s lc rgb \"#%06x\" "
                "title "
                "columnheader(6)",
                i + 3,
                series->line && series->point ? "linespoints"
                : series->line                ? "lines"
                                              : "points",
                point, series->dashed ? "(6,4)" : "1", series->colour);
}

static void write_terminal(FILE *out, const struct plots_curves *curves, bool png)
{
    if (png) /* pngcairo counts points, svg pixels: 3 to 4 */
        fprintf(out,
                "set terminal pngcairo noenhanced size %.0f,%.0f fontscale 1.5 pointscale 1.5 "
                "linewidth 1.5 font \"DejaVu Sans,8.25\" background \"#ffffff\"\n"
                "heading = \"DejaVu Sans,9\"; title = \"DejaVu Sans,10.5\"\n",
                1.5 * curves->width_px, 1.5 * curves->height_px);
    else
        fprintf(out,
                "set terminal svg noenhanced dynamic size %.0f,%.0f font \"DejaVu Sans,11\" "
                "background \"#ffffff\"\n"
                "heading = \"DejaVu Sans,12\"; title = \"DejaVu Sans,14\"\n",
                curves->width_px, curves->height_px);
}

void plots_curves_write_script(FILE *out, const struct plots_curves *curves, bool png)
{
    double w = curves->width_px, h = curves->height_px;
    size_t longest = 0;
    for (size_t i = 0; i < curves->x_ticks; i++)
        longest =
            strlen(curves->x_tick[i].label) > longest ? strlen(curves->x_tick[i].label) : longest;
    fprintf(out,
            "# %s: draws %s.%s from %s.tsv.  Written by Tickmark.\n"
            "set encoding utf8\nset datafile separator \"\\t\"\nset datafile missing \"?\"\n"
            "data = \"%s.tsv\"\n",
            curves->title, curves->name, png ? "png" : "svg", curves->name, curves->name);
    write_terminal(out, curves, png);
    fprintf(
        out,
        "set output \"%s.%s\"\nset lmargin at screen %.5f; set rmargin at screen %.5f; set bmargin "
        "at screen %.5f; set tmargin at screen %.5f\n",
        curves->name, png ? "png" : "svg", curves->left_px / w, curves->right_px / w,
        1 - curves->bottom_px / h, 1 - curves->top_px / h);
    fprintf(
        out,
        "set border %d lc rgb \"#%06x\"; set errorbars small\nset grid xtics ytics lt 1 lw 1 lc "
        "rgb \"#%06x\" back\n"
        "set label 1 \"%s%s%s\" at screen %.5f,%.5f left font title tc rgb \"#%06x\"\n",
        curves->y_ticks ? 1 : 3, PLOTS_COLOUR_SOFT, PLOTS_COLOUR_GRID, curves->title,
        curves->subject[0] ? ": " : "", curves->subject, 16 / w, 1 - 18 / h, PLOTS_COLOUR_INK);
    fprintf(out, "set label 2 \"%s\" at screen %.5f,%.5f center tc rgb \"#%06x\"\n", curves->x_axis,
            (curves->left_px + curves->right_px) / 2 / w, 13 / h, PLOTS_COLOUR_INK);
    if (!curves->y_ticks)
        fprintf(out,
                "set label 3 \"%s\" at screen %.5f,%.5f center rotate by 90 tc rgb \"#%06x\"\n",
                curves->y_axis, 18 / w, 1 - (curves->top_px + curves->bottom_px) / 2 / h,
                PLOTS_COLOUR_INK);
    if (has_key(curves))
        fprintf(
            out,
            "set key at screen %.5f,%.5f left top horizontal Left reverse samplen 2 maxrows %d tc "
            "rgb \"#%06x\"\n",
            curves->left_px / w, 1 - (CURVES_HEAD_PX - 4) / h, key_rows(curves), PLOTS_COLOUR_INK);
    else
        fputs("unset key\n", out);
    write_axis(out, curves, 'x');
    write_axis(out, curves, 'y');
    double y_low = curves->y_ticks ? curves->y_to : curves->y_from,
           y_high = curves->y_ticks ? curves->y_from : curves->y_to;
    fprintf(
        out,
        "plot data index 0 using 1:(%.9g):2 with labels %s tc rgb \"#%06x\" notitle, \\\n"
        "  data index 1 using (%.9g):(($3==0) ? $1 : NaN):2 with labels right offset -0.8,0 tc "
        "rgb \"#%06x\" notitle, \\\n"
        "  data index 1 using (%.9g):(($3==1) ? $1 : NaN):2 with labels right offset -0.8,0 font "
        "heading tc rgb \"#%06x\" notitle, \\\n"
        "  data index 2 using 1:(%.9g):(0):(%.17g) with vectors nohead lw 1.2 dt (3,3) lc rgb "
        "\"#%06x\" notitle, \\\n"
        "  data index 2 every 2 using 1:(%.9g):2 with labels center offset 0,0.7 tc rgb \"#%06x\" "
        "notitle, \\\n"
        "  data index 2 every 2::1 using 1:(%.9g):2 with labels center offset 0,%.1f tc rgb "
        "\"#%06x\" notitle",
        y_low, longest > 6 ? "right rotate by 35 offset 0.6,-0.7" : "center offset 0,-1",
        PLOTS_COLOUR_INK, curves->x_from, PLOTS_COLOUR_INK, curves->x_from, PLOTS_COLOUR_INK, y_low,
        y_high - y_low, PLOTS_COLOUR_SOFT, y_high, PLOTS_COLOUR_SOFT, y_high,
        marks_touch(curves) ? 1.8 : 0.7, PLOTS_COLOUR_SOFT);
    for (size_t i = 0; i < curves->nseries; i++)
        write_series(out, curves, i);
    fputs("\nset output\n", out);
}

void plots_curves_write_hover(FILE *out, const struct plots_curves *curves)
{
    const char *separator = "";
    fputc('[', out);
    for (size_t i = 0; i < curves->nseries; i++)
        for (size_t k = 0; k < curves->series[i].points; k++) {
            const struct plots_curves_point *p = &curves->series[i].at[k];
            double x = position(p->x, curves->x_from, curves->x_to, curves->log_x);
            double y = position(p->y, curves->y_from, curves->y_to, curves->log_y);
            if (curves->y_ticks)
                y = 1 - y;
            fprintf(out, "%s[%.0f,%.0f,", separator,
                    curves->left_px + x * (curves->right_px - curves->left_px),
                    curves->bottom_px - y * (curves->bottom_px - curves->top_px));
            plots_write_json_string(out, p->hover ? p->hover : "");
            fputc(']', out);
            separator = ",";
        }
    fputc(']', out);
}

void plots_curves_find_plots(const struct plots_curves *curves,
                             signed char plot_env[PLOTS_INLINE_MAX])
{
    int plot = CURVES_PLOTS_BEFORE + 1;
    memset(plot_env, -1, PLOTS_INLINE_MAX);
    for (size_t i = 0; i < curves->nseries && !curves->of_blocks; i++) {
        const struct plots_curves_series *series = &curves->series[i];
        int plots = series->line + 2 * (series->point != 0) + has_key(curves), of = -1;
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (plots_env_look[env].light == series->colour)
                of = env;
        for (int k = 0; k < plots && plot < PLOTS_INLINE_MAX; k++)
            plot_env[plot++] = (signed char)of;
    }
}

static void put_json(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, ",%.9g", value);
    else
        fputs(",null", out);
}

void plots_curves_write_json(FILE *out, const struct plots_curves *curves)
{
    fputc('[', out);
    for (size_t i = 0; i < curves->nseries; i++) {
        const struct plots_curves_series *series = &curves->series[i];
        fprintf(out, "%s{\"name\":", i ? "," : "");
        plots_write_json_string(out, series->name);
        fputs(",\"points\":[", out);
        for (size_t k = 0; k < series->points; k++) {
            fprintf(out, "%s[%.9g", k ? "," : "", series->at[k].x);
            put_json(out, series->at[k].y);
            put_json(out, series->at[k].lo);
            put_json(out, series->at[k].hi);
            fprintf(out, ",%s]", series->at[k].noisy ? "true" : "false");
        }
        fputs("]}", out);
    }
    fputc(']', out);
}
