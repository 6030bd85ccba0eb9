/* The article's page: each row of the 2010 table (article.def), what was published of it, and our
 * test of it in today's environments.  The two sides are never divided by each other: other code,
 * other machines, and often another unit.  Contract in page.h. */
#include <math.h>
#include <string.h>

#include "plots/page.h"
#include "plots/text.h"

static const struct article_row {
    const char *label, *test, *figures, *what;
} article[] = {
#define ARTICLE(label, test, figures, what) {label, test, figures, what},
#include "plots/article.def"
#undef ARTICLE
};
#define ARTICLE_ROWS (sizeof article / sizeof article[0])

static void number(FILE *out, double value)
{
    char digits[PLOTS_NUMBER_SIZE];
    fputs(plots_number(digits, value), out);
}

static const struct plots_test *find_test(const struct plots_model *model, const char *name)
{
    for (size_t i = 0; i < model->tests; i++)
        if (strcmp(model->test[i].name, name) == 0)
            return &model->test[i];
    return NULL;
}

/* One side of the published figures: the processor itself, or all that stood between. */
static void write_published(FILE *out, const struct plots_model *model, const char *figures,
                            bool native)
{
    double least = INFINITY, most = -INFINITY;
    const char *unit = NULL, *printed = NULL;
    for (size_t i = 0; figures[0] && i < model->references; i++) {
        const struct plots_reference *row = &model->reference[i];
        /* the build's second unit would not be one range with the first */
        if (strcmp(row->test, figures) || (row->unit && strcmp(row->unit, "giga_cycles") == 0) ||
            (row->env && strcmp(row->env, "native") == 0) != native)
            continue;
        if (isfinite(row->value)) {
            least = fmin(least, row->value);
            most = fmax(most, row->value);
            unit = row->unit;
        } else if (row->text && row->text[0]) {
            printed = row->text;
            unit = unit ? unit : row->unit;
        }
    }
    fputs("<td class=\"num\">", out);
    if (printed) {
        plots_write_html(out, printed);
        fputs(least <= most ? " – " : "", out);
    }
    if (least <= most) {
        if (!printed && least < most) {
            number(out, least);
            fputs(" – ", out);
        }
        number(out, most);
    }
    if (unit) {
        fputs("<small>", out);
        plots_write_html(out, unit);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

/* A workload is one operation: its clocks are 10 digits, and 2010 printed seconds. */
static bool is_program(const struct plots_test *test)
{
    return strcmp(test->family, "work") == 0;
}

static void write_today(FILE *out, const struct plots_test *test, int env)
{
    const struct plots_cell *cell = test ? &test->cell[env] : NULL;
    bool noisy = cell && cell->present && strcmp(cell->status, "noisy") == 0;
    fprintf(out, "<td class=\"num e-%s%s\">", plots_env_look[env].kind, noisy ? " noisy" : "");
    if (!cell || !cell->present)
        fputs("<span class=\"faint\">–</span>", out);
    else if (!plots_status_good(cell->status) || !isfinite(cell->est))
        plots_write_html(out, cell->status);
    else
        number(out, is_program(test) ? cell->ns / 1e9 : cell->est);
    if (cell && cell->present && cell->asked)
        fprintf(out, "<small>%lld of %lld right</small>", (long long)cell->correct,
                (long long)cell->asked);
    else if (cell && cell->present && isfinite(cell->slowdown)) {
        fputs("<small>", out);
        number(out, cell->slowdown);
        fputs("×</small>", out);
    }
    fputs("</td>", out);
}

static void write_row(FILE *out, const struct plots_model *model, const struct article_row *row)
{
    const struct plots_test *test = find_test(model, row->test);
    fputs("<tr><th scope=\"row\">", out);
    plots_write_html(out, row->label);
    fputs("<small>", out);
    plots_write_html(out, row->what);
    fputs("</small></th>", out);
    write_published(out, model, row->figures, true);
    write_published(out, model, row->figures, false);
    fputs("<td class=\"name\">", out);
    if (test) {
        fputs("<a href=\"#t-", out);
        plots_write_html(out, row->test);
        fputs("\">", out);
    }
    plots_write_html(out, row->test);
    fputs(test ? "</a>" : "", out);
    if (test && test->unit) {
        fputs("<small>", out);
        plots_write_html(out, is_program(test) ? "seconds" : test->unit);
        fputs("</small>", out);
    }
    fputs("</td>", out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (model->column[env].present)
            write_today(out, test, env);
    fputs("</tr>\n", out);
}

void plots_write_article(FILE *out, const struct plots_model *model)
{
    fputs("<section id=\"article\">\n<h2>The 2010 article, row by row</h2>\n<p class=\"note\">"
          "Left, as published: “NO EXECUTE!” part 34, emulators.com, July 25 2010, the least and "
          "the greatest of its machines. Blank: not published, or not to be read without "
          "guessing. Right, measured here: our test of the same thing, which is other code on "
          "another machine, so neither side is divided by the other; × is against our own "
          "native. Grey: noisy.</p>\n<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"The 2010 article, row by row\"><table class=\"plain top\" "
          "id=\"article-table\">\n<thead><tr><th scope=\"col\">Row of 2010</th><th scope=\"col\" "
          "class=\"num\">Native<small>published</small></th><th scope=\"col\" class=\"num\">"
          "Emulators, KVM<small>published</small></th><th scope=\"col\">Our test</th>",
          out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (model->column[env].present) {
            fprintf(out, "<th scope=\"col\" class=\"num e-%s\">", plots_env_look[env].kind);
            plots_write_env_name(out, (enum plots_env)env);
            fputs("</th>", out);
        }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < ARTICLE_ROWS; i++)
        write_row(out, model, &article[i]);
    fputs("</tbody></table></div>\n</section>\n", out);
}
