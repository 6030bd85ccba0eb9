/* The page's section of right and wrong answers: suites of questions (needs "answers"), environment
 * by environment. Contract in page.h. */
#include <inttypes.h>
#include <string.h>

#include "plots/page.h"
#include "plots/text.h"

/* Suites in the order of the page: a row sums the tests whose name begins with `prefix`. */
static const struct {
    const char *prefix, *title;
} suites[] = {
    {"rmw.faults/", "Read-modify-write on absent, read-only and page-crossing operands (the 2010 "
                    "suite's 111): faults, error codes, values, flags"},
    {"fptest.x87_", "x87: results, exception flags, C0 to C3, in all rounding and precision modes"},
    {"fptest.sse_", "SSE and SSE2: results, MXCSR, EFLAGS, in all rounding modes, DAZ and FTZ"},
    {"fptest.fma_", "Fused multiply-add"},
    {"fptest.unmasked_",
     "Unmasked exceptions: #MF and #XM, where they are raised, and what is left"},
};

static bool has_questions(const struct plots_test *test)
{
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (test->cell[env].asked)
            return true;
    return false;
}

/* 1234567 as 1,234,567 */
static void write_count(FILE *out, int64_t value)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRId64, value);
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            fputc(',', out);
        fputc(digits[i], out);
    }
}

static void write_cell(FILE *out, int env, int64_t asked, int64_t correct, const char *reason)
{
    fprintf(out, "<td class=\"num e-%s\"", plots_env_look[env].kind);
    if (!asked) {
        fputs("><span class=\"faint\">–</span></td>", out);
        return;
    }
    fprintf(out, " data-v=\"%.9g\">", (double)correct / (double)asked);
    if (correct < asked) {
        fputs("<span class=\"pill wrong\" title=\"", out);
        plots_write_html(out, reason ? reason : "");
        fputs("\">wrong</span>", out);
    }
    write_count(out, correct);
    fputs("<small>of ", out);
    write_count(out, asked);
    fputs("</small></td>", out);
}

static void open_table(FILE *out, const struct plots_model *model, const char *id,
                       const char *first)
{
    fprintf(out,
            "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Right "
            "answers\"><table id=\"%s\" class=\"sortable\">\n<thead><tr><th scope=\"col\" "
            "data-sort>%s</th>",
            id, first);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (model->column[env].present) {
            fprintf(out, "<th class=\"num e-%s\" scope=\"col\" data-sort>",
                    plots_env_look[env].kind);
            plots_write_env_name(out, (enum plots_env)env);
            fputs("</th>", out);
        }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void write_suite(FILE *out, const struct plots_model *model, size_t suite)
{
    int64_t asked[PLOTS_ENV_COUNT] = {0}, correct[PLOTS_ENV_COUNT] = {0};
    size_t tests = 0;
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        if (strncmp(test->name, suites[suite].prefix, strlen(suites[suite].prefix)) ||
            !has_questions(test))
            continue;
        tests++;
        for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
            asked[env] += test->cell[env].asked;
            correct[env] += test->cell[env].correct;
        }
    }
    if (!tests)
        return;
    fputs("<tr><th scope=\"row\">", out);
    plots_write_html(out, suites[suite].title);
    fprintf(out, "<small>%s*, %zu tests</small></th>", suites[suite].prefix, tests);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (model->column[env].present)
            write_cell(out, env, asked[env], correct[env], "see the table below");
    fputs("</tr>\n", out);
}

void plots_write_correctness(FILE *out, const struct plots_model *model)
{
    size_t tests = 0;
    for (size_t i = 0; i < model->tests; i++)
        tests += has_questions(&model->test[i]);
    if (!tests) {
        fputs("<p class=\"empty\">No suite of questions was asked.</p>\n", out);
        return;
    }
    fputs("<p class=\"note\">Questions answered right, of those asked. An answer is right when "
          "every bit is: the result, each exception flag, the condition codes, the faults and "
          "their error codes. What is expected is computed in integer arithmetic from the "
          "manuals' rules. –: not asked. Why a test is wrong is in its mark, and in the list of "
          "marks.</p>\n",
          out);
    open_table(out, model, "suite-table", "Suite");
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        write_suite(out, model, i);
    fputs("</tbody></table></div>\n<h3>Test by test</h3>\n", out);
    open_table(out, model, "answer-table", "Test");
    for (size_t i = 0; i < model->tests; i++) {
        const struct plots_test *test = &model->test[i];
        if (!has_questions(test))
            continue;
        fputs("<tr><th scope=\"row\"><span class=\"name\">", out);
        plots_write_html(out, test->name);
        fputs("</span><small>", out);
        plots_write_html(out, test->title);
        fputs("</small></th>", out);
        for (int env = 0; env < PLOTS_ENV_COUNT; env++)
            if (model->column[env].present)
                write_cell(out, env, test->cell[env].asked, test->cell[env].correct,
                           test->cell[env].reason);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
