/* From gnuplot's SVG file to inline SVG; contract in inline_svg.h.
 * The file is gnuplot's, written by our script, so only the forms that it writes are known here;
 * what is not known passes unchanged, and a chart without the change is still a right chart, only
 * black on white. */
#include "plots/inline_svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure.h"
#include "plots/text.h"

static const struct {
    unsigned colour;
    const char *instead;
} known_colour[] = {
    {PLOTS_COLOUR_INK, "currentColor"},
    {PLOTS_COLOUR_SOFT, "var(--soft)"},
    {PLOTS_COLOUR_GRID, "var(--grid)"},
    {PLOTS_COLOUR_NOISY, "var(--grey)"},
#define ENV(id, kind, light, dark, point, mark) {light, "var(--" kind ")"},
#include "plots/env.def"
#undef ENV
#define STAGE(id, name, light, dark) {light, "var(--stage-" name ")"},
#include "plots/stage.def"
#undef STAGE
};

/* The length of "rgb(r, g, b)" at s if it is one of ours, else 0. */
static size_t match_colour(const char *s, const char **instead)
{
    unsigned r = 0, g = 0, b = 0;
    int len = 0;
    if (sscanf(s, "rgb( %u , %u , %u )%n", &r, &g, &b, &len) != 3 || len == 0)
        return 0;
    for (size_t i = 0; i < sizeof known_colour / sizeof known_colour[0]; i++)
        if (known_colour[i].colour == (r << 16 | g << 8 | b)) {
            *instead = known_colour[i].instead;
            return (size_t)len;
        }
    return 0;
}

static const char *skip_past(const char *s, const char *end)
{
    const char *found = strstr(s, end);
    return found ? found + strlen(end) : s + strlen(s);
}

/* What is dropped whole: returns where it ends, or s. */
static const char *skip_unwanted(const char *s)
{
    static const char group[] = "<g fill=\"none\"";
    if (strncmp(s, "<desc>", 6) == 0)
        return skip_past(s, "</desc>");
    if (strncmp(s, "<title>", 7) == 0)
        return skip_past(s, "</title>");
    if (strncmp(s, "<filter ", 8) == 0)
        return skip_past(s, "</filter>");
    if (strncmp(s, "<rect x=\"0\" y=\"0\"", 17) == 0)
        return skip_past(s, "/>");
    if (strncmp(s, group, sizeof group - 1) == 0) { /* an empty group; gnuplot writes many */
        const char *inside = skip_past(s, ">");
        const char *next = inside + strspn(inside, " \t\n");
        if (strncmp(next, "</g>", 4) == 0)
            return next + 4;
    }
    return s;
}

/* A plot of an environment gets its class, so that the page can hide it: gnuplot numbers the plots
 * of a picture from 1. */
static size_t match_plot(const char *s, const signed char *plot_env, const char **kind)
{
    static const char form[] = "<g id=\"gnuplot_plot_";
    if (!plot_env || strncmp(s, form, sizeof form - 1) != 0)
        return 0;
    long number = strtol(s + sizeof form - 1, NULL, 10);
    if (number < 1 || number >= PLOTS_INLINE_MAX || plot_env[number] < 0)
        return 0;
    *kind = plots_env_look[(int)plot_env[number]].kind;
    return 2; /* "<g", and the rest as ever */
}

char *plots_inline_svg(const char *svg, const char *prefix, const char *label, int head_px,
                       const signed char *plot_env)
{
    static const struct {
        const char *form, *instead;
        int prefixed;
    } replaced[] = {
        {" id='", " id='", 1},
        {" id=\"", " id=\"", 1},
        {"xlink:href='#", "href='#", 1},
        {"'#FFFFFF'", "'var(--page)'", 0}, /* around marks that stand on a line */
        {"\"black\"", "\"currentColor\"", 0},
        {"stroke-width='0.242'", "stroke-width='0.45'", 0}, /* open marks */
        {"font-family=\"DejaVu Sans\" ", "", 0},
        {"stroke-width=\"1.00\" ", "", 0},
        {"stroke-linecap=\"butt\" ", "", 0},
        {" stroke-linejoin=\"miter\"", "", 0},
    };
    char *text = NULL;
    size_t size = 0;
    const char *s = strstr(svg, "<svg"), *view = s ? strstr(s, "viewBox=\"") : NULL;
    FILE *out = view ? open_memstream(&text, &size) : NULL;
    if (!out)
        return NULL;
    int width = 0, height = 0;
    if (sscanf(view, "viewBox=\"0 0 %d %d\"", &width, &height) != 2 || height <= head_px) {
        fclose(out);
        free(text);
        return NULL;
    }
    fprintf(out, "<svg viewBox=\"0 %d %d %d\" role=\"img\" aria-label=\"", head_px, width,
            height - head_px);
    plots_write_html(out, label);
    fputs("\">", out);
    for (s = skip_past(s, ">"); *s;) {
        const char *instead = NULL, *next = *s == '<' ? skip_unwanted(s) : s;
        size_t len = 0;
        if (next != s) {
            s = next;
            continue;
        }
        for (size_t i = 0; i < sizeof replaced / sizeof replaced[0] && !len; i++)
            if (strncmp(s, replaced[i].form, strlen(replaced[i].form)) == 0) {
                len = strlen(replaced[i].form);
                fprintf(out, "%s%s", replaced[i].instead, replaced[i].prefixed ? prefix : "");
            }
        if (!len && *s == 'r' && (len = match_colour(s, &instead)) != 0)
            fputs(instead, out);
        if (!len && *s == '<' && (len = match_plot(s, plot_env, &instead)) != 0)
            fprintf(out, "<g class=\"e-%s\"", instead);
        if (!len && *s == '\n' && s[1] == '\n')
            len = 1;
        if (!len) {
            fputc(*s, out);
            len = 1;
        }
        s += len;
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
