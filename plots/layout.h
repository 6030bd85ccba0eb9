/* Rows of a chart: one line per test, a heading line per family, folded into panels of about equal
 * height. */
#ifndef PLOTS_LAYOUT_H
#define PLOTS_LAYOUT_H

#include <stddef.h>

#include "plots/model.h"

struct plots_row {
    int panel, line;               /* both from 1 */
    const char *family;            /* of a heading line; NULL on a test's line */
    bool continued;                /* the heading repeats one of the panel before */
    const struct plots_test *test; /* NULL on a heading line */
};

struct plots_layout {
    struct plots_row *row;
    size_t rows;
    int panels, lines; /* lines: of the longest panel */
    size_t left_out;   /* tests beyond what max_panels hold */
};

/* Lay out the tests that `wanted` accepts.  0, or -1 without memory.  Free in both cases. */
int plots_layout_make(struct plots_layout *layout, const struct plots_model *model, int max_panels,
                      bool (*wanted)(const struct plots_test *test, int env), int env);
void plots_layout_free(struct plots_layout *layout);

#endif
