/* The page's long tables: tests, marks with their reasons, stages; contracts in
 * page.h. */
#include <math.h>
#include <string.h>

#include "plots/page.h"
#include "plots/text.h"

static void html(FILE *out, const char *text)
{
    plots_write_html(out, text ? text : "");
}

static void number(FILE *out, double value)
{
    char digits[PLOTS_NUMBER_SIZE];
    fputs(plots_number(digits, value), out);
}

/* A second line under a figure: its interval, when it has one. */
static void write_interval(FILE *out, double lo, double hi)
{
    if (!isfinite(lo) || !isfinite(hi))
        return;
    fputs("<small>", out);
    number(out, lo);
    fputs("–", out);
    number(out, hi);
    fputs("</small>", out);
}

/* The value that the page's script sorts by; unrounded. */
static void open_number_cell(FILE *out, double value, const char *kind, const char *status)
{
    fprintf(out, "<td class=\"num e-%s%s\"", kind, strcmp(status, "noisy") == 0 ? " noisy" : "");
    if (isfinite(value))
        fprintf(out, " data-v=\"%.9g\"", value);
    fputc('>', out);
}

static void write_pill(FILE *out, const struct plots_cell *cell)
{
    /* The class is one of a closed set: a status from elsewhere must not become markup. */
    static const char *const known[] = {"noisy", "wrong", "crash", "timeout", "unsupported"};
    const char *class = "other";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], cell->status) == 0)
            class = known[i];
    fprintf(out, "<span class=\"pill %s\" title=\"", class);
    html(out, cell->reason);
    fputs("\">", out);
    html(out, cell->status);
    fputs("</span>", out);
}

static void write_clk_cell(FILE *out, const struct plots_cell *cell, int env)
{
    const char *kind = plots_env_look[env].kind;
    if (!cell->present) {
        fprintf(out, "<td class=\"num e-%s\"><span class=\"faint\">–</span></td>", kind);
        return;
    }
    bool good = plots_status_good(cell->status);
    open_number_cell(out, good ? cell->est : (double)NAN, kind, cell->status);
    if (strcmp(cell->status, "ok") != 0)
        write_pill(out, cell);
    if (good) {
        number(out, cell->est);
        if (!isfinite(cell->clk_ghz))
            fputs("<abbr title=\"core clock not proven: ticks of the time stamp "
                  "counter\">tsc</abbr>",
                  out);
        write_interval(out, cell->lo, cell->hi);
    }
    fputs("</td>", out);
}

static void write_slowdown_cell(FILE *out, const struct plots_cell *cell, int env)
{
    open_number_cell(out, cell->slowdown, plots_env_look[env].kind,
                     cell->present ? cell->status : "");
    if (isfinite(cell->slowdown)) {
        number(out, cell->slowdown);
        fputs(cell->slow_older ? "×<abbr title=\"from an earlier sweep\">†</abbr>" : "×", out);
        write_interval(out, cell->slow_lo, cell->slow_hi);
    }
    fputs("</td>", out);
}

static bool is_row_marked(const struct plots_test *test)
{
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (test->cell[env].present && strcmp(test->cell[env].status, "ok") != 0)
            return true;
    return false;
}

/* Name, title and the 2010 label: the first cell of a test's row.  named: what links lead to. */
static void open_test_row(FILE *out, const struct plots_test *test, bool named)
{
    fputs("<tr", out);
    if (named) {
        fputs(" id=\"t-", out);
        html(out, test->name);
        fputs("\"", out);
    }
    fputs(" data-family=\"", out);
    html(out, test->family);
    fprintf(out, "\"%s><th scope=\"row\"><span class=\"name\">",
            is_row_marked(test) ? " data-marked" : "");
    html(out, test->name);
    fputs(test->compares
              ? "</span><small>"
              : "<abbr title=\"does not compare: not in the means\">*</abbr></span><small>",
          out);
    html(out, test->title);
    if (test->alias && test->alias[0]) {
        fputs(" · 2010: ", out);
        html(out, test->alias);
    }
    fputs("</small></th>", out);
}

void plots_write_test_table(FILE *out, const struct plots_model *model)
{
    if (!model->tests) {
        fputs("<p class=\"empty\">No results in the database.</p>\n", out);
        return;
    }
    fputs("<p class=\"note\">Clocks per operation with their interval, and slowdown against native "
          "(×) with its own. Grey: noisy. –: not measured. †: from an earlier sweep. *: natively "
          "the kernel's or the hypervisor's cost and not the instruction's, so it is in no "
          "mean.</p>\n<p id=\"host-note\" class=\"empty\" hidden></p>\n",
          out);
    fputs("<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Tests\"><table "
          "id=\"test-table\" class=\"sortable filtered\">\n<thead><tr><th rowspan=\"2\" "
          "scope=\"col\" "
          "data-sort>Test</th>",
          out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env)) {
            fprintf(out, "<th class=\"group e-%s\" scope=\"colgroup\" colspan=\"%d\">",
                    plots_env_look[env].kind, env == PLOTS_ENV_NATIVE ? 1 : 2);
            plots_write_env_name(out, (enum plots_env)env);
            fputs("</th>", out);
        }
    fputs("</tr>\n<tr>", out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env))
            fprintf(out,
                    env == PLOTS_ENV_NATIVE
                        ? "<th class=\"num e-%s\" scope=\"col\" data-sort>clk/op</th>"
                        : "<th class=\"num e-%1$s\" scope=\"col\" data-sort>clk/op</th><th "
                          "class=\"num e-%1$s\" "
                          "scope=\"col\" data-sort>× native</th>",
                    plots_env_look[env].kind);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        open_test_row(out, test, true);
        for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
            if (!plots_column_shown(model, env))
                continue;
            write_clk_cell(out, &test->cell[env], env);
            if (env != PLOTS_ENV_NATIVE)
                write_slowdown_cell(out, &test->cell[env], env);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void plots_write_mark_table(FILE *out, const struct plots_model *model)
{
    int marks = 0;
    for (size_t i = 0; i < model->tests; i++)
        for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
            const struct plots_cell *cell = &model->test[i].cell[env];
            if (!cell->present || strcmp(cell->status, "ok") == 0)
                continue;
            if (!marks++)
                fputs("<h3>Marks and their reasons</h3>\n<div class=\"scroll tall\" "
                      "tabindex=\"0\" role=\"region\" aria-label=\"Marks\"><table "
                      "class=\"plain top filtered\"><thead><tr><th "
                      "scope=\"col\">Test</th><th scope=\"col\">Environment</th><th "
                      "scope=\"col\">Mark</th><th "
                      "scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
                      out);
            fputs("<tr data-marked data-family=\"", out);
            html(out, model->test[i].family);
            fprintf(out, "\" class=\"e-%s\"><th scope=\"row\" class=\"name\">",
                    plots_env_look[env].kind);
            html(out, model->test[i].name);
            fputs("</th><td>", out);
            plots_write_env_name(out, (enum plots_env)env);
            fputs("</td><td>", out);
            write_pill(out, cell);
            fputs("</td><td class=\"why\">", out);
            html(out, cell->reason && cell->reason[0] ? cell->reason : "no reason given");
            fputs("</td></tr>\n", out);
        }
    if (marks)
        fputs("</tbody></table></div>\n", out);
}

void plots_write_stage_table(FILE *out, const struct plots_model *model, enum plots_env env)
{
    bool used[PLOTS_STAGE_COUNT] = {false};
    if (!model->column[env].stages)
        return;
    for (size_t i = 0; i < model->tests; i++)
        for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
            used[stage] |=
                plots_stage_share(&model->test[i].cell[env], (enum plots_stage)stage) > 0;
    char table[64];
    snprintf(table, sizeof table, "stage-table-%s", plots_env_look[env].kind);
    fputs("<h3>", out);
    plots_write_env_name(out, env);
    fputs("</h3>\n", out);
    fputs("<p class=\"note\">Clocks per operation in each stage, and the stage's share. Stages "
          "that no "
          "test entered are left out.</p>\n",
          out);
    fprintf(out,
            "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Stages of "
            "%s\"><table id=\"%s\" class=\"sortable filtered\">\n<thead><tr><th scope=\"col\" "
            "data-sort>Test</th><th "
            "class=\"num\" "
            "scope=\"col\" data-sort>clk/op</th><th class=\"num\" scope=\"col\" data-sort>all "
            "stages</th>",
            plots_env_look[env].kind, table);
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
        if (used[stage])
            fprintf(out, "<th class=\"num\" scope=\"col\" data-sort>%s</th>",
                    plots_stage_look[stage].name);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_cell *cell = &model->test[i].cell[env];
        if (!cell->stage)
            continue;
        open_test_row(out, &model->test[i], false);
        open_number_cell(out, cell->est, "x", cell->status);
        number(out, cell->est);
        fputs("</td>", out);
        open_number_cell(out, cell->stage_clk, "x", "");
        number(out, cell->stage_clk);
        fputs("</td>", out);
        for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++) {
            if (!used[stage])
                continue;
            double clk = plots_stage_clk_per_op(cell, (enum plots_stage)stage);
            double share = plots_stage_share(cell, (enum plots_stage)stage);
            open_number_cell(out, clk, "x", "");
            if (clk > 0) {
                if (clk < 0.001)
                    fputs("&lt; 0.001", out);
                else
                    number(out, clk);
                fprintf(out,
                        share < 0.001 ? "<small>&lt; 0.1 %%</small>" : "<small>%.1f %%</small>",
                        100 * share);
            } else {
                fputs("<span class=\"faint\">0</span>", out);
            }
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
