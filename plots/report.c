/* The report, as calls in order; contract in report.h. */
#include "plots/report.h"

#include <stdio.h>
#include <string.h>

#include "plots/chart.h"
#include "plots/json.h"
#include "plots/model.h"
#include "plots/page.h"
#include "plots/publish.h"

static int write_json(struct plots_publisher *publisher, const struct plots_model *model,
                      const struct plots_chart chart[PLOTS_CHART_COUNT])
{
    FILE *out = plots_publisher_create(publisher, "report.json");
    if (!out)
        return -1;
    int failed = plots_write_json(out, model, chart);
    if (plots_publisher_close_file(publisher, out, "report.json"))
        return -1;
    if (failed)
        snprintf(publisher->err, sizeof publisher->err,
                 "report.json: cannot be written: no memory");
    return failed;
}

static int write_page(struct plots_publisher *publisher, const struct plots_model *model,
                      const struct plots_chart chart[PLOTS_CHART_COUNT], const char *trouble)
{
    FILE *out = plots_publisher_create(publisher, "index.html");
    if (!out)
        return -1;
    plots_write_page(out, model, chart, trouble);
    return plots_publisher_close_file(publisher, out, "index.html");
}

int plots_report(const char *db_path, const char *host, const char *out_dir, char *err,
                 size_t errlen)
{
    struct plots_model model;
    struct plots_publisher publisher;
    struct plots_chart chart[PLOTS_CHART_COUNT] = {{0}};
    char trouble[400] = "";
    int failed = -1;

    if (errlen)
        err[0] = '\0';
    if (plots_model_load(&model, db_path, host) || plots_model_load_hosts(&model, true)) {
        snprintf(err, errlen, "%s", model.reader.err);
        plots_model_free(&model);
        return -1;
    }
    if (plots_publisher_open(&publisher, out_dir) == 0) {
        int undrawn = plots_charts_draw(chart, &model, &publisher, trouble, sizeof trouble);
        publisher.err[0] =
            '\0'; /* a chart's trouble is told in the page, and returned in the end */
        if (write_json(&publisher, &model, chart) == 0 &&
            write_page(&publisher, &model, chart, undrawn ? trouble : NULL) == 0 &&
            plots_charts_publish(chart, &publisher) == 0 &&
            plots_publisher_publish(&publisher, "report.json") == 0 &&
            plots_publisher_publish(&publisher, "index.html") == 0)
            failed = undrawn;
    }
    if (failed)
        snprintf(err, errlen, "%s", publisher.err[0] ? publisher.err : trouble);
    plots_charts_free(chart);
    plots_publisher_close(&publisher);
    plots_model_free(&model);
    return failed;
}

int plots_chart(const struct plots_chart_wish *wish, char *err, size_t errlen)
{
    struct plots_model model;
    struct plots_publisher publisher = {.out_dir = NULL};
    char dir[4096], file[64];
    int id = plots_chart_by_name(wish->name), drawn = -1;
    if (id < 0) {
        snprintf(err, errlen, "no chart named '%.100s': tickmark chart --list", wish->name);
        return -1;
    }
    const char *slash = strrchr(wish->out_path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - wish->out_path) + 1 : 1,
             slash ? wish->out_path : ".");
    memset(&model, 0, sizeof model);
    /* a profile is a whole of its own: no database is asked, and none need be there */
    int is_of_file = id == PLOTS_CHART_HOT && wish->hot_path;
    if (!is_of_file && (plots_model_load(&model, wish->db_path, wish->host) ||
                        plots_model_load_hosts(&model, id == PLOTS_CHART_HOSTS))) {
        snprintf(err, errlen, "%s", model.reader.err);
    } else if (plots_publisher_open(&publisher, dir)) {
        snprintf(err, errlen, "%s", publisher.err);
    } else {
        model.reader.test = wish->test;
        model.hot_path = wish->hot_path;
        drawn = plots_chart_draw_one((enum plots_chart_id)id, &model, wish->png, &publisher, err,
                                     errlen);
        if (drawn == 0)
            snprintf(err, errlen, "%s holds nothing for the chart %s%s%.80s",
                     is_of_file ? wish->hot_path : wish->db_path, wish->name,
                     wish->test ? " of " : "", wish->test ? wish->test : "");
        snprintf(file, sizeof file, "%s.%s", wish->name, wish->png ? "png" : "svg");
        if (drawn > 0 && plots_publisher_publish_as(&publisher, file, wish->out_path)) {
            snprintf(err, errlen, "%s", publisher.err);
            drawn = -1;
        }
        plots_publisher_close(&publisher);
    }
    plots_model_free(&model);
    return drawn > 0 ? 0 : -1;
}
