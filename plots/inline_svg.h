/* A gnuplot SVG made fit to stand inside a page: no prolog, no background, its own ids, the page's
 * colours. */
#ifndef PLOTS_INLINE_SVG_H
#define PLOTS_INLINE_SVG_H

/* A new text, without the uppermost head_px (the page has a title of its own); ids get the prefix,
 * which must be unique on the page; label is what a screen reader says (escaped here). NULL: no
 * memory, or not an SVG.  Caller frees. */
char *plots_inline_svg(const char *svg, const char *prefix, const char *label, int head_px,
                       const signed char *plot_env);

enum { PLOTS_INLINE_MAX = 128 }; /* plots that may have a class */

#endif
