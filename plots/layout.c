/* Folding of tests into panels; contracts in layout.h.
 * A panel ends at a family's end when it is nearly full, and inside a family only when it is well
 * over. */
#include "plots/layout.h"

#include <stdlib.h>
#include <string.h>

enum { LAYOUT_SINGLE_MAX = 24, LAYOUT_PANEL_LINES = 42, LAYOUT_SLACK = 4 };

static bool same_family(const struct plots_test *a, const struct plots_test *b)
{
    return a && b && strcmp(a->family, b->family) == 0;
}

static int family_lines(const struct plots_model *model, size_t from,
                        bool (*wanted)(const struct plots_test *test, int env), int env)
{
    int lines = 0;
    for (size_t i = from; i < model->tests && same_family(&model->test[i], &model->test[from]); i++)
        lines += wanted(&model->test[i], env);
    return lines;
}

static void add_row(struct plots_layout *layout, int panel, int line, const struct plots_test *test,
                    const char *family, bool continued)
{
    layout->row[layout->rows++] = (struct plots_row){panel, line, family, continued, test};
    if (panel > layout->panels)
        layout->panels = panel;
    if (line > layout->lines)
        layout->lines = line;
}

int plots_layout_make(struct plots_layout *layout, const struct plots_model *model, int max_panels,
                      bool (*wanted)(const struct plots_test *test, int env), int env)
{
    int total = 0, panel = 1, line = 0;
    const struct plots_test *last = NULL;
    memset(layout, 0, sizeof *layout);
    for (size_t i = 0; i < model->tests; i++)
        if (wanted(&model->test[i], env)) {
            total += 1 + !same_family(last, &model->test[i]);
            last = &model->test[i];
        }
    if (!total)
        return 0;
    int panels =
        total <= LAYOUT_SINGLE_MAX ? 1 : (total + LAYOUT_PANEL_LINES - 1) / LAYOUT_PANEL_LINES;
    if (panels < 2 && total > LAYOUT_SINGLE_MAX)
        panels = 2;
    int target = (total + panels - 1) / panels;
    if (target > LAYOUT_PANEL_LINES)
        target = LAYOUT_PANEL_LINES;
    layout->row = calloc(3 * model->tests + 1, sizeof *layout->row);
    if (!layout->row)
        return -1;
    last = NULL;
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        if (!wanted(test, env))
            continue;
        bool fresh = !same_family(last, test);
        /* A family that fits moves on as a whole, when that leaves no big hole. */
        int ahead = fresh ? family_lines(model, i, wanted, env) + 1 : 1;
        bool full = fresh ? line + ahead > target + LAYOUT_SLACK && line > target - 2 * LAYOUT_SLACK
                          : line + 1 > target + LAYOUT_SLACK;
        if (fresh && line + 2 > target + LAYOUT_SLACK)
            full = true;
        if (full && panel == max_panels) {
            layout->left_out++;
            continue;
        }
        if (full) {
            panel++;
            line = 0;
        }
        if (fresh || full)
            add_row(layout, panel, ++line, NULL, test->family, !fresh);
        add_row(layout, panel, ++line, test, NULL, false);
        last = test;
    }
    return 0;
}

void plots_layout_free(struct plots_layout *layout)
{
    free(layout->row);
    layout->row = NULL;
}
