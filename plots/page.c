/* The page's frame: head, headline figures, host, sweeps and environments, charts, method;
 * contracts in page.h. */
#include "plots/page.h"

#include <math.h>
#include <string.h>

#include "plots/embedded.h"
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

void plots_write_env_name(FILE *out, enum plots_env env)
{
    fprintf(out,
            "<span class=\"env\"><span class=\"mark\" style=\"color:var(--%s)\" "
            "aria-hidden=\"true\">%s</span>%s</span>",
            plots_env_look[env].kind, plots_env_look[env].mark, plots_env_look[env].kind);
}

/* The colours of env.def and stage.def as CSS variables, light and dark, under the names that
 * inline charts use. */
static void write_palette(FILE *out, bool dark)
{
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        fprintf(out, "--%s:#%06x;", plots_env_look[env].kind,
                dark ? plots_env_look[env].dark : plots_env_look[env].light);
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
        fprintf(out, "--stage-%s:#%06x;", plots_stage_look[stage].name,
                dark ? plots_stage_look[stage].dark : plots_stage_look[stage].light);
}

static void write_style(FILE *out)
{
    fputs("<style>\n:root{", out);
    write_palette(out, false);
    fputs("}\n@media screen and (prefers-color-scheme:dark){:root{", out);
    write_palette(out, true);
    fputs("}}\n", out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        fprintf(out,
                "body.no-%1$s .e-%1$s{display:none}\n"
                "#test-table :not(.e-%1$s)+td.e-%1$s{border-left:1px solid var(--line)}\n",
                plots_env_look[env].kind);
    fputs(plots_text_page_css, out);
    fputs("</style>\n", out);
}

static void write_intro(FILE *out, const struct plots_model *model)
{
    fputs("<header>\n<h1>Tickmark report</h1>\n<p class=\"lead\">What x86 instructions cost, in "
          "clocks per operation, on "
          "the processor itself and inside emulators running on it.</p>\n<p class=\"sub\">",
          out);
    if (model->host_fp) {
        fputs("Host <strong>", out);
        html(out, model->host_label);
        fputs("</strong>", out);
        if (model->sweeps) {
            fputs(" · sweep of ", out);
            html(out, model->sweep[0].started);
            if (model->sweep[0].label && model->sweep[0].label[0]) {
                fputs(" · ", out);
                html(out, model->sweep[0].label);
            }
        }
        fputs(" · ", out);
    }
    fprintf(out, "%zu test%s · report made %s</p>\n", model->tests, model->tests == 1 ? "" : "s",
            model->generated);
    if (model->sweeps && model->sweep[0].state && strcmp(model->sweep[0].state, "done") != 0)
        fputs("<p class=\"note\">This sweep is not finished: tests have fewer rounds than were "
              "asked for, or none yet.</p>\n",
              out);
    if (model->hosts > 1)
        fprintf(
            out,
            "<p class=\"note\">The database holds %lld hosts; charts and means are of this one, "
            "the table of tests shows any.</p>\n",
            (long long)model->hosts);
    fputs("<nav aria-label=\"Parts of this page\"><a href=\"#summary\">Summary</a> <a "
          "href=\"#charts\">Charts</a> <a "
          "href=\"#tests\">Tests</a> <a href=\"#hosts\">Hosts</a> <a href=\"#correctness\">Right "
          "and wrong</a> <a "
          "href=\"#stages\">Stages</a> <a href=\"#setup\">Host and "
          "set-up</a> <a "
          "href=\"#article\">2010 row by row</a> <a href=\"#published\">Published 2010</a> <a "
          "href=\"#method\">Method</a> <a "
          "href=\"report.json\">report.json</a>"
          "</nav>\n</header>\n",
          out);
}

static void write_extreme(FILE *out, double slowdown, const char *test)
{
    fputs("<td class=\"num\">", out);
    if (test) {
        number(out, slowdown);
        fputs("×<small class=\"name\">", out);
        html(out, test);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

static void write_count(FILE *out, int count, const char *status)
{
    if (count)
        fprintf(out, "<span class=\"pill %s\">%d %s</span> ", status, count, status);
}

static void write_headline_row(FILE *out, const struct plots_model *model, int env)
{
    const struct plots_column *column = &model->column[env];
    fputs("<tr><th scope=\"row\">", out);
    plots_write_env_name(out, (enum plots_env)env);
    fputs("</th><td class=\"num big\">", out);
    if (env == PLOTS_ENV_NATIVE) {
        fputs("1</td><td></td><td></td><td></td><td></td>", out);
    } else {
        if (column->common.n) {
            number(out, column->common.value);
            fputs("×", out);
        } else {
            fputs("–", out);
        }
        fputs("</td><td class=\"num\">", out);
        if (column->own.n) {
            number(out, column->own.value);
            fprintf(out, "×<small>n = %d</small>", column->own.n);
        }
        fputs("</td>", out);
        /* beside a mean stands what it is over */
        const struct plots_mean *mean = column->common.n ? &column->common : &column->own;
        write_extreme(out, mean->best, mean->best_test);
        write_extreme(out, mean->worst, mean->worst_test);
        fputs("<td class=\"num\">", out);
        if (mean->met)
            fprintf(out, "%d of %d<small>%d slower by over 5 %%</small>", mean->ahead, mean->met,
                    mean->behind);
        fputs("</td>", out);
    }
    fprintf(out, "<td>%s%d ok%s ", column->ok ? "" : "<span class=\"faint\">", column->ok,
            column->ok ? "" : "</span>");
    write_count(out, column->noisy, "noisy");
    write_count(out, column->wrong, "wrong");
    write_count(out, column->crash, "crash");
    write_count(out, column->timeout, "timeout");
    write_count(out, column->unsupported, "unsupported");
    fputs("</td></tr>\n", out);
}

static void write_summary(FILE *out, const struct plots_model *model)
{
    bool native = model->column[PLOTS_ENV_NATIVE].present, left_out = false;
    fputs("<section id=\"summary\">\n<h2>Summary</h2>\n", out);
    if (!model->tests) {
        fputs("<p class=\"empty\">The database holds no results yet. <code>make sweep</code> "
              "measures some.</p>\n"
              "</section>\n",
              out);
        return;
    }
    if (!native)
        fputs("<p class=\"empty\">No native results: nothing to compare with, so there are no "
              "slowdowns.</p>\n",
              out);
    else if (!model->common)
        fputs("<p class=\"empty\">No test has a slowdown in every environment, so there is no "
              "common mean.</p>\n",
              out);
    fputs("<p class=\"note\">Slowdown against native: how many times the clocks of the same "
          "machine code "
          "run natively in the same sweep. Less is better.</p>\n"
          "<div class=\"scroll\"><table class=\"plain\">\n<thead><tr><th "
          "scope=\"col\">Environment</th><th scope=\"col\" class=\"num\">Geometric mean<small>",
          out);
    fprintf(out, "%d common test%s", model->common, model->common == 1 ? "" : "s");
    fputs("</small></th><th scope=\"col\" class=\"num\">Geometric mean<small>all its own "
          "tests</small></th><th "
          "scope=\"col\" class=\"num\">Best</th><th scope=\"col\" class=\"num\">Worst</th><th "
          "scope=\"col\" "
          "class=\"num\">Faster than<small>qemu-tcg on</small></th><th "
          "scope=\"col\">Results</th></tr></thead>\n<tbody>\n",
          out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_column *column = &model->column[env];
        if (column->present)
            write_headline_row(out, model, env);
        left_out |= column->own.n > 0 && !column->compared;
    }
    fputs("</tbody></table></div>\n", out);
    if (left_out)
        fputs("<p class=\"note\">An environment with less than half of the tests of the fullest "
              "one is left out of the "
              "common set, so that it does not shrink it; best and worst are of its own "
              "tests.</p>\n",
              out);
    for (size_t i = 0; i < model->left_outs; i++) {
        fputs("<p class=\"note\">In the tables but not in the means: ", out);
        html(out, model->left_out[i].why);
        fprintf(out, ": %lld.</p>\n", (long long)model->left_out[i].n);
    }
    for (size_t i = 0; i < model->missings; i++) {
        fputs("<p class=\"note\">Not measured: <strong>", out);
        html(out, model->missing[i].kind);
        fputs("</strong>, ", out);
        html(out, model->missing[i].reason);
        fputs("</p>\n", out);
    }
    fputs("</section>\n", out);
}

static void write_fact(FILE *out, const char *title, const char *text)
{
    if (!text || !text[0])
        return;
    fprintf(out, "<div><dt>%s</dt><dd>", title);
    html(out, text);
    fputs("</dd></div>\n", out);
}

static void write_sweep(FILE *out, const struct plots_sweep *sweep)
{
    char text[160], digits[PLOTS_NUMBER_SIZE];
    fputs("<dl class=\"facts\">\n", out);
    write_fact(out, "Started", sweep->started);
    write_fact(out, "Finished", sweep->finished);
    write_fact(out, "State", sweep->state);
    write_fact(out, "Label", sweep->label);
    snprintf(text, sizeof text, "%lld", (long long)sweep->rounds);
    write_fact(out, "Rounds", text);
    snprintf(text, sizeof text, "%lld, of which %lld are shown", (long long)sweep->results,
             (long long)sweep->shown);
    write_fact(out, "Results", text);
    if (sweep->floors_text && *sweep->floors_text) {
        write_fact(out, "Noise floors (A/A)", sweep->floors_text);
    } else if (isfinite(sweep->aa_floor)) {
        snprintf(text, sizeof text, "%s %%", plots_number(digits, 100 * sweep->aa_floor));
        write_fact(out, "Noise floor (A/A)", text);
    }
    snprintf(text, sizeof text, "%lld", (long long)sweep->seed);
    write_fact(out, "Seed", text);
    write_fact(out, "Collector", sweep->collector);
    write_fact(out, "Identity", sweep->uuid);
    fputs("</dl>\n", out);
}

static const char *clock_verdict(const char *guest_tsc)
{
    static const struct {
        const char *verdict, *meaning;
    } known[] = {
        {"host", "its clock is the host's"},
        {"scaled", "the host's clock at another rate"},
        {"insn", "counts instructions, not time"},
        {"fixed", "a constant rate, not the host's"},
        {"virtual", "virtual time"},
    };
    for (size_t i = 0; guest_tsc && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].verdict, guest_tsc) == 0)
            return known[i].meaning;
    return "not found out";
}

static void write_short_sha(FILE *out, const char *sha)
{
    char kept[13], label[sizeof kept];
    snprintf(kept, sizeof kept, "%s", sha ? sha : "");
    plots_chart_label(label, sizeof label, kept);
    html(out, label);
}

static void write_setups(FILE *out, const struct plots_model *model)
{
    if (!model->setups)
        return;
    fputs(
        "<h3>Environments</h3>\n<div class=\"scroll\"><table class=\"plain top\">\n<thead><tr><th "
        "scope=\"col\">Environment</th><th scope=\"col\">Version and build</th><th "
        "scope=\"col\">Guest clock</th><th "
        "scope=\"col\" class=\"num\">Results</th></tr></thead>\n<tbody>\n",
        out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        for (size_t i = 0; i < model->setups; i++) {
            const struct plots_setup *setup = &model->setup[i];
            if ((int)setup->env != env)
                continue;
            fputs("<tr><th scope=\"row\">", out);
            plots_write_env_name(out, setup->env);
            fputs("<small>", out);
            html(out, setup->label);
            fprintf(out, "%s</small></th><td>", setup->nested ? " (nested)" : "");
            html(out, setup->project);
            fputs(" ", out);
            html(out, setup->version);
            if (setup->commit && setup->commit[0]) {
                fputs(" · commit <code>", out);
                html(out, setup->commit);
                fprintf(out, "</code>%s", setup->dirty ? " with local changes" : "");
            }
            if (setup->compiler && setup->compiler[0]) {
                fputs(" · ", out);
                html(out, setup->compiler);
                fputs(" ", out);
                html(out, setup->cflags);
            }
            fputs("<small>build <code>", out);
            write_short_sha(out, setup->build_sha);
            fputs("</code>", out);
            if (setup->argv && setup->argv[0]) {
                fputs(" · <code class=\"argv\">", out);
                html(out, setup->argv);
                fputs("</code>", out);
            }
            fputs("</small></td><td>", out);
            if (setup->env == PLOTS_ENV_NATIVE) {
                fputs("the host's own", out);
            } else {
                html(out, setup->guest_tsc);
                fprintf(out, "<small>%s</small>", clock_verdict(setup->guest_tsc));
            }
            fprintf(out, "</td><td class=\"num\">%lld</td></tr>\n", (long long)setup->results);
        }
    fputs("</tbody></table></div>\n", out);
}

static void write_setup(FILE *out, const struct plots_model *model)
{
    fputs("<section id=\"setup\">\n<h2>Host and set-up</h2>\n", out);
    if (!model->host_fp) {
        fputs("<p class=\"empty\">No sweep in the database, so no host either.</p>\n</section>\n",
              out);
        return;
    }
    fputs("<div class=\"pair\">\n<div>\n<h3>Host</h3>\n<dl class=\"facts\">\n", out);
    write_fact(out, "Label", model->host_label);
    for (size_t i = 0; i < model->facts; i++)
        write_fact(out, model->fact[i].title, model->fact[i].text);
    write_fact(out, "Fingerprint", model->host_fp);
    fprintf(out, "</dl>\n</div>\n<div>\n<h3>Sweep%s</h3>\n", model->sweeps == 1 ? "" : "s");
    if (model->sweeps > 1)
        fprintf(out,
                "<p class=\"note\">The figures come from %zu sweeps: each is the newest of its "
                "test and environment; a "
                "slowdown always compares two figures of one sweep.</p>\n",
                model->sweeps);
    for (size_t i = 0; i < model->sweeps && i < 5; i++)
        write_sweep(out, &model->sweep[i]);
    if (model->sweeps > 5)
        fprintf(out, "<p class=\"note\">%zu older ones are in report.json.</p>\n",
                model->sweeps - 5);
    fputs("</div>\n</div>\n", out);
    write_setups(out, model);
    fputs("</section>\n", out);
}

/* Of the slowdown chart with each mean and its n. */
static void write_env_legend(FILE *out, const struct plots_model *model, bool slowdown)
{
    fputs("<p class=\"legend\">", out);
    for (int env = slowdown ? 1 : 0; env < PLOTS_ENV_COUNT; env++) {
        const struct plots_mean *mean = &model->column[env].common;
        if (!model->column[env].present)
            continue;
        fputs("<span>", out);
        plots_write_env_name(out, (enum plots_env)env);
        if (slowdown && mean->n) {
            fputs(" mean ", out);
            number(out, mean->value);
            fprintf(out, "× (n = %d)", mean->n);
        }
        fputs("</span>", out);
    }
    fputs("<span class=\"env\"><span class=\"mark noisy\" aria-hidden=\"true\">●</span>grey: "
          "noisy</span></p>\n",
          out);
}

/* Of the chart across hosts, as plots/strips.c draws it. */
static void write_host_legend(FILE *out, const struct plots_model *model)
{
    int side = 0;
    fputs("<p class=\"legend\">", out);
    for (int others = 0; others < 2; others++)
        for (size_t h = 0; h < model->host_count && side < PLOTS_SIDE_MAX; h++) {
            if (model->host[h].shown == (others != 0))
                continue;
            fprintf(out,
                    "<span class=\"env\"><span class=\"mark\" style=\"color:var(--%s)\" "
                    "aria-hidden=\"true\">%s</span>",
                    plots_env_look[side].kind, plots_env_look[side].mark);
            html(out, model->host[h].label);
            fputs("</span>", out);
            side++;
        }
    fprintf(out,
            "<span class=\"env\"><span class=\"mark noisy\" aria-hidden=\"true\">—</span>"
            "least to greatest of %zu hosts</span></p>\n",
            model->host_count);
}

static void write_stage_legend(FILE *out)
{
    fputs("<p class=\"legend\">", out);
    for (int stage = 0; stage < PLOTS_STAGE_COUNT; stage++)
        fprintf(out,
                "<span class=\"env\"><span class=\"mark\" style=\"color:var(--stage-%s)\" "
                "aria-hidden=\"true\">■</span>%s</span>",
                plots_stage_look[stage].name, plots_stage_look[stage].name);
    fputs("</p>\n", out);
}

static void write_chart(FILE *out, const struct plots_model *model, const struct plots_chart *chart,
                        int id)
{
    if (!chart->panels)
        return;
    fprintf(out, "<figure id=\"chart-%s\">\n<figcaption><h3>", chart->name);
    html(out, chart->title);
    if (chart->subject[0]) {
        fputs(": <span class=\"name\">", out);
        html(out, chart->subject);
        fputs("</span>", out);
    }
    fputs("</h3><p>", out);
    html(out, chart->caption);
    fprintf(out, " Files: <a href=\"%s.svg\">SVG</a>, <a href=\"%s.tsv\">data</a>.</p>",
            chart->name, chart->name);
    if (chart->undrawn)
        fprintf(out,
                "<p>Not drawn, only in the tables: %zu figure%s in ticks (core clock not proven) "
                "or not "
                "above 0.</p>",
                chart->undrawn, chart->undrawn == 1 ? "" : "s");
    if (chart->left_out)
        fprintf(out, "<p>%zu tests more are only in the tables.</p>", chart->left_out);
    if (id == PLOTS_CHART_CLK_PER_OP || id == PLOTS_CHART_SLOWDOWN)
        write_env_legend(out, model, id == PLOTS_CHART_SLOWDOWN);
    else if (id == PLOTS_CHART_HOSTS)
        write_host_legend(out, model);
    else if (plots_chart_has_rows(id))
        write_stage_legend(out);
    fprintf(out, "</figcaption>\n<div class=\"%s\">\n",
            plots_chart_has_rows(id) ? "panels" : "panels curves");
    for (int i = 0; i < chart->panels; i++) { /* hover has no ' in it */
        fputs("<div class=\"panel\" tabindex=\"0\" data-hover='", out);
        fputs(chart->hover[i], out);
        fputs("'>", out);
        fputs(chart->svg[i], out);
        fputs("</div>\n", out);
    }
    fputs("</div>\n</figure>\n", out);
}

static void write_charts(FILE *out, const struct plots_model *model,
                         const struct plots_chart *chart, const char *trouble)
{
    int drawn = 0;
    fputs("<section id=\"charts\">\n<h2>Charts</h2>\n", out);
    for (int rows = 0; rows < 2;
         rows++) { /* the small ones side by side, then those with a row a test */
        fprintf(out, "<div class=\"%s\">\n", rows ? "long" : "gallery");
        for (int id = 0; id < PLOTS_CHART_COUNT; id++) {
            if (plots_chart_has_rows(id) != (rows != 0))
                continue;
            write_chart(out, model, &chart[id], id);
            drawn += chart[id].panels > 0;
        }
        fputs("</div>\n", out);
    }
    if (trouble) {
        fputs("<p class=\"empty\">The charts could not be drawn: ", out);
        html(out, trouble);
        fputs("</p>\n", out);
    } else if (!drawn) {
        fputs("<p class=\"empty\">Nothing to draw.</p>\n", out);
    }
    fputs("</section>\n", out);
}

static void write_method(FILE *out)
{
    fputs(
        "<section id=\"method\">\n<h2>How it was measured</h2>\n"
        "<p>Every environment runs the same machine code, byte for byte. A loop of N operations "
        "and one of 2N are timed, "
        "and the difference counts, so that the cost of starting, of the loop's frame and of "
        "translating the code once "
        "cancels. Ticks of the time stamp counter become core clocks through a chain of "
        "dependent adds timed right before "
        "and after each sample; where that chain does not prove the core clock, the figure stays "
        "in ticks and says "
        "“tsc”. Tests run in shuffled rounds. Tests with a floor report the least time of 2N less "
        "that of N (natively, where no cost of starting can be seen, half of the least time of "
        "2N), with an interval from the spacing of the lowest times; the others report the median "
        "of the rounds with a 95 % interval from their order. One round has no interval. In a "
        "guest, the host's clock "
        "counts, never the guest's. Each test checks its own answer; a wrong answer has no time. "
        "A slowdown divides two "
        "figures of one sweep on one host; means of slowdowns are geometric, over tests that all "
        "compared environments "
        "share. Noisy results are grey and never hidden. Stage clocks come from the emulator's "
        "own counters over the "
        "timed intervals, one-time translation included, so they need not add up to the clocks "
        "per operation.</p>\n"
        "</section>\n",
        out);
}

void plots_write_page(FILE *out, const struct plots_model *model,
                      const struct plots_chart chart[PLOTS_CHART_COUNT], const char *trouble)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
          "name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" "
          "content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'; "
          "script-src 'unsafe-inline'; img-src data:\">\n<title>Tickmark report",
          out);
    if (model->host_label) {
        fputs(": ", out);
        html(out, model->host_label);
    }
    fputs("</title>\n", out);
    write_style(out);
    fputs("</head>\n<body>\n<a class=\"skip\" href=\"#tests\">To the tables</a>\n", out);
    write_intro(out, model);
    fputs("<main>\n", out);
    write_summary(out, model);
    plots_write_filters(out, model);
    write_charts(out, model, chart, trouble);
    fputs("<section id=\"tests\">\n<h2>Tests</h2>\n", out);
    plots_write_test_table(out, model);
    plots_write_mark_table(out, model);
    fputs("</section>\n<section id=\"hosts\">\n<h2>Hosts</h2>\n", out);
    plots_write_host_table(out, model);
    fputs("</section>\n<section id=\"correctness\">\n<h2>Right and wrong answers</h2>\n", out);
    plots_write_correctness(out, model);
    fputs("</section>\n<section id=\"stages\">\n<h2>Stages of the emulator</h2>\n", out);
    plots_write_stage_table(out, model, PLOTS_ENV_EMU_JIT);
    plots_write_stage_table(out, model, PLOTS_ENV_EMU_INTERP);
    if (!model->column[PLOTS_ENV_EMU_JIT].stages && !model->column[PLOTS_ENV_EMU_INTERP].stages)
        fputs("<p class=\"empty\">No stage counters in the database.</p>\n", out);
    fputs("</section>\n", out);
    write_setup(out, model);
    plots_write_article(out, model);
    fputs("<section id=\"published\">\n<h2>Published in 2010</h2>\n", out);
    plots_write_reference_table(out, model);
    fputs("</section>\n", out);
    write_method(out);
    fputs("</main>\n<div id=\"tip\" role=\"status\" hidden></div>\n<script "
          "type=\"application/json\" id=\"figures\">",
          out);
    plots_write_host_data(out, model);
    fputs("</script>\n<script>\n", out);
    fputs(plots_text_page_js, out);
    fputs("</script>\n</body>\n</html>\n", out);
}
