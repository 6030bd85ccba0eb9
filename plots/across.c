/* What the page shows of all hosts: the table of hosts, measured and published, and the figures
 * that its script puts into the table of tests when another host is chosen. Contracts in page.h. */
#include <math.h>
#include <string.h>

#include "plots/page.h"
#include "plots/text.h"

static void html(FILE *out, const char *text)
{
    plots_write_html(out, text ? text : "");
}

static void write_mean(FILE *out, const struct plots_mean *mean, const char *unit)
{
    char digits[PLOTS_NUMBER_SIZE];
    fputs("<td class=\"num\"", out);
    if (!mean->n) {
        fputs("></td>", out);
        return;
    }
    fprintf(out, " data-v=\"%.9g\">%s%s<small>n = %d</small></td>", mean->value,
            plots_number(digits, mean->value), unit, mean->n);
}

static void write_host_row(FILE *out, const struct plots_model *model, size_t h)
{
    const struct plots_host *host = &model->host[h];
    fputs("<tr><th scope=\"row\">", out);
    if (model->host_count > 1)
        fprintf(out,
                "<button type=\"button\" class=\"pick\" data-host=\"%zu\" hidden>show</button>", h);
    html(out, host->label);
    fputs("<small>", out);
    html(out, host->brand);
    if (host->virt && strcmp(host->virt, "none") != 0) {
        fputs(" · ", out);
        html(out, host->virt);
    }
    fprintf(out,
            "</small></th><td><span class=\"pill ok\">measured</span></td><td>%s</td><td "
            "class=\"num\" data-v=\"%lld\">%lld</td><td>",
            host->shown ? "this page's" : "", (long long)host->sweeps, (long long)host->sweeps);
    fprintf(out, "<time>%.10s</time></td>", host->newest ? host->newest : "");
    write_mean(out, &host->mean[PLOTS_ENV_NATIVE], "×");
    for (int env = 1; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env))
            write_mean(out, &host->mean[env], "×");
    fputs("</tr>\n", out);
}

/* A published host has one environment: its slowdown stands in a column of its own, as it is of
 * another work and by another hand. */
static void write_published_row(FILE *out, const struct plots_model *model, size_t i)
{
    char digits[PLOTS_NUMBER_SIZE];
    const struct plots_published *published = &model->published[i];
    fputs("<tr class=\"published\"><th scope=\"row\">", out);
    html(out, published->host);
    fputs("</th><td><span class=\"pill published\">published 2010</span></td><td>", out);
    html(out, published->env);
    fputs("</td><td class=\"num\"></td><td><time>2010-07-25</time></td><td class=\"num\"></td>",
          out);
    for (int env = 1; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env))
            fputs("<td class=\"num\"></td>", out);
    if (isfinite(published->slowdown))
        fprintf(out, "<td class=\"num\" data-v=\"%.9g\">%s×<small>build</small></td>",
                published->slowdown, plots_number(digits, published->slowdown));
    else
        fputs("<td class=\"num\"></td>", out);
    fputs("</tr>\n", out);
}

void plots_write_host_table(FILE *out, const struct plots_model *model)
{
    fputs(
        "<p class=\"note\">Measured: geometric means over each host's newest figures; native is "
        "against this page's host, the others are slowdowns against the host's own native. "
        "Published in 2010: the build of Gemulator 9, in clocks, against the same processor's own; "
        "blank where no native figure was printed. They are in no mean.</p>\n"
        "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Hosts\"><table "
        "id=\"host-table\" class=\"plain sortable\">\n<thead><tr><th scope=\"col\" "
        "data-sort>Host</th><th scope=\"col\" data-sort>Figures</th><th scope=\"col\" "
        "data-sort>Environment</th><th scope=\"col\" class=\"num\" data-sort>Sweeps</th><th "
        "scope=\"col\" data-sort>Newest</th><th scope=\"col\" class=\"num\" "
        "data-sort>native<small>against this</small></th>",
        out);
    for (int env = 1; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env))
            fprintf(out, "<th scope=\"col\" class=\"num\" data-sort>%s</th>",
                    plots_env_look[env].kind);
    fputs(
        "<th scope=\"col\" class=\"num\" data-sort>2010<small>slowdown</small></th></tr></thead>\n"
        "<tbody>\n",
        out);
    for (size_t h = 0; h < model->host_count; h++)
        write_host_row(out, model, h);
    for (size_t i = 0; i < model->publisheds; i++)
        write_published_row(out, model, i);
    fputs("</tbody></table></div>\n", out);
}

static void write_real(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, ",%.4g", value);
    else
        fputs(",null", out);
}

/* 0, or [status, ticks, est, lo, hi, slowdown, lo, hi] with what is missing at the end left out. */
static void write_narrow(FILE *out, const struct plots_narrow *cell)
{
    if (cell->status == PLOTS_STATUS_NONE) {
        fputc('0', out);
        return;
    }
    fprintf(out, "[%d,%d", (int)cell->status, !cell->proven);
    bool good = cell->status == PLOTS_STATUS_OK || cell->status == PLOTS_STATUS_NOISY;
    if (good) {
        write_real(out, cell->est);
        write_real(out, cell->lo);
        write_real(out, cell->hi);
    }
    if (good && isfinite(cell->slowdown)) {
        write_real(out, cell->slowdown);
        write_real(out, cell->slow_lo);
        write_real(out, cell->slow_hi);
    }
    fputc(']', out);
}

void plots_write_host_data(FILE *out, const struct plots_model *model)
{
    fputs("{\"status\":[", out);
    for (int i = 0; i < PLOTS_STATUS_COUNT; i++)
        fprintf(out, "%s\"%s\"", i ? "," : "", plots_status_name[i]);
    fputs("],\"hosts\":[", out);
    for (size_t h = 0; h < model->host_count; h++) {
        fprintf(out, "%s\n{\"shown\":%s,\"label\":", h ? "," : "",
                model->host[h].shown ? "true" : "false");
        plots_write_json_string(out, model->host[h].label ? model->host[h].label : "");
        fputs(",\"figures\":[", out);
        for (size_t i = 0; !model->host[h].shown && i < model->tests; i++) {
            const char *separator = i ? ",[" : "[";
            for (int env = 0; env < PLOTS_ENV_COUNT; env++)
                if (plots_column_shown(model, env)) {
                    fputs(separator, out);
                    write_narrow(out, &model->host[h].cell[i * PLOTS_ENV_COUNT + (size_t)env]);
                    separator = ",";
                }
            fputc(']', out);
        }
        fputs("]}", out);
    }
    fputs("]}", out);
}

void plots_write_filters(FILE *out, const struct plots_model *model)
{
    fputs("<form id=\"filters\" class=\"filters\" hidden aria-label=\"Filters\">\n", out);
    if (model->host_count > 1) {
        fputs("<label>Host <select name=\"host\">", out);
        for (size_t h = 0; h < model->host_count; h++) {
            fprintf(out, "<option value=\"%zu\"%s>", h, model->host[h].shown ? " selected" : "");
            html(out, model->host[h].label);
            fputs("</option>", out);
        }
        fputs("</select></label>\n", out);
    }
    fputs("<label>Family <select name=\"family\"><option value=\"\">all</option>", out);
    const char *last = NULL;
    for (size_t i = 0; i < model->tests; i++) { /* sorted by family */
        if (last && strcmp(last, model->test[i].family) == 0)
            continue;
        last = model->test[i].family;
        fputs("<option>", out);
        html(out, last);
        fputs("</option>", out);
    }
    fputs("</select></label>\n<label>Search <input type=\"search\" name=\"search\" "
          "size=\"12\"></label>\n<label><input type=\"checkbox\" name=\"marked\"> only "
          "marked</label>\n<fieldset><legend>Environments</legend>",
          out);
    for (int env = 0; env < PLOTS_ENV_COUNT; env++)
        if (plots_column_shown(model, env)) {
            fprintf(out, "<label><input type=\"checkbox\" name=\"env\" value=\"%s\" checked>",
                    plots_env_look[env].kind);
            plots_write_env_name(out, (enum plots_env)env);
            fputs("</label>", out);
        }
    fputs("</fieldset>\n<output aria-live=\"polite\"></output>\n</form>\n", out);
}
