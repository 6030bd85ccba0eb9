/* The charts of curves, and what the page has of other hosts, against a made-up store: each figure
 * of report.json is computed anew from the database.  Run from the repository's root. */
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/report.h"
#include "plots/tests/made_up_store.h"

static char scratch[64] = "/tmp/tickmark-curves-XXXXXX";
static int failures;
static sqlite3 *db;
static json_t *report;

static void verdict(const char *name, int good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void verdict(const char *name, int good, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    printf(good ? "ok %s" : "FAIL %s: ", name);
    if (!good)
        vprintf(format, ap);
    putchar('\n');
    va_end(ap);
    failures += !good;
}

static double ask(const char *sql)
{
    sqlite3_stmt *row = NULL;
    double value = NAN;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        value = sqlite3_column_double(row, 0);
    else
        printf("note: %s\n", sqlite3_errmsg(db));
    sqlite3_finalize(row);
    return value;
}

/* The series of a chart whose name begins so. */
static json_t *series(const char *chart, const char *begin)
{
    json_t *all =
        json_object_get(json_object_get(json_object_get(report, "charts"), chart), "series");
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *one = json_array_get(all, i);
        if (strncmp(json_string_value(json_object_get(one, "name")), begin, strlen(begin)) == 0)
            return json_object_get(one, "points");
    }
    return NULL;
}

static double point(json_t *points, size_t i, size_t k)
{
    json_t *value = json_array_get(json_array_get(points, i), k);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fabs(b);
}

static void check_memory(void)
{
    static const double size[] = {4096, 32768, 262144, 2097152};
    json_t *points = series("latency", "native");
    verdict("latency: four sizes natively", json_array_size(points) == 4, "%zu",
            json_array_size(points));
    for (size_t i = 0; i < 4; i++) {
        char sql[200], name[80];
        snprintf(sql, sizeof sql,
                 "SELECT est FROM v_newest WHERE env='native' AND host_fp='f00d' AND "
                 "test='mem.chase/%gK'",
                 size[i] / 1024);
        double wanted =
            ask(i < 3 ? sql
                      : "SELECT est FROM v_newest WHERE env='native' AND host_fp='f00d' AND "
                        "test='mem.chase/2M'");
        snprintf(name, sizeof name, "latency at %.0f bytes", size[i]);
        verdict(name, point(points, i, 0) == size[i] && near(point(points, i, 1), wanted),
                "%g at %g, not %g", point(points, i, 1), point(points, i, 0), wanted);
    }
    points = series("bandwidth", "emu-jit, misaligned");
    double wanted = 64 / ask("SELECT est FROM v_newest WHERE env='emu-jit' AND host_fp='f00d' AND "
                             "test='mem.band/64K,u'");
    verdict("bandwidth is bytes per clock",
            json_array_size(points) == 3 && point(points, 1, 0) == 65536 &&
                near(point(points, 1, 1), wanted),
            "%g, not %g", point(points, 1, 1), wanted);
}

static void check_trend(void)
{
    json_t *chart = json_object_get(json_object_get(report, "charts"), "trend");
    const char *subject = json_string_value(json_object_get(chart, "subject"));
    verdict("trend: of the test that changed", subject && strcmp(subject, "bit.bsf") == 0, "%s",
            subject ? subject : "none");
    json_t *jit = series("trend", "emu-jit"), *native = series("trend", "native");
    verdict("trend: three builds in the order of commits, the first is 1",
            json_array_size(jit) == 3 && point(jit, 0, 1) == 1 &&
                near(point(jit, 1, 1), 0.95 / 0.9) && near(point(jit, 2, 1), 1 / 0.9),
            "%zu: %g %g %g", json_array_size(jit), point(jit, 0, 1), point(jit, 1, 1),
            point(jit, 2, 1));
    verdict("trend: native stands beside it and does not move",
            json_array_size(native) == 3 && near(point(native, 2, 1), 1), "%g",
            point(native, 2, 1));
}

static void check_rest(void)
{
    json_t *published = series("environments", "published");
    verdict("2010: one environment has its native figure, the other none and no mark",
            json_array_size(published) == 1 && near(point(published, 0, 0), 916.9 / 53.97),
            "%zu marks, %g", json_array_size(published), point(published, 0, 0));
    double mean = json_number_value(json_object_get(
        json_object_get(
            json_object_get(json_array_get(json_object_get(report, "hosts"), 0), "means"),
            "emu-jit"),
        "geomean"));
    double wanted =
        ask("SELECT exp(avg(ln(slowdown))) FROM v_slowdown_shown WHERE host_fp='f00d' AND "
            "env='emu-jit' AND compares=1 AND slowdown > 0");
    verdict("hosts: the mean of slowdowns", near(mean, wanted), "%g, not %g", mean, wanted);
    json_t *other = json_array_get(json_object_get(report, "hosts"), 1);
    double against = json_number_value(
        json_object_get(json_object_get(json_object_get(other, "means"), "native"), "geomean"));
    verdict("hosts: the other one takes 1.25 times the native clocks", near(against, 1.25), "%g",
            against);
    verdict("hosts: figures of the other one",
            (double)json_array_size(json_object_get(other, "figures")) ==
                ask("SELECT count(*) FROM v_newest WHERE host_fp='beef'"),
            "%zu", json_array_size(json_object_get(other, "figures")));
    json_t *hot = series("hot", "bit.bsf, emu-jit");
    double all = 1000.0 * (1 + 1 / 2. + 1 / 3. + 1 / 4. + 1 / 5. + 1 / 6. + 1 / 7. + 1 / 8.);
    verdict("hot: shares add up, the hottest first",
            json_array_size(hot) == 8 && near(point(hot, 0, 1), 1e5 / all) &&
                near(point(hot, 1, 1), 1.5e5 / all) && near(point(hot, 7, 1), 100),
            "%zu: %g %g", json_array_size(hot), point(hot, 0, 1), point(hot, 7, 1));
    json_t *noise = series("noise", "native");
    size_t n = json_array_size(noise);
    double most = ask("SELECT 100 * max(r.halves) FROM v_newest v JOIN result r ON r.id=v.id WHERE "
                      "v.host_fp='f00d' AND v.env='native' AND v.status IN ('ok','noisy')");
    verdict("noise: all tests are within the most",
            n > 20 && near(point(noise, n - 1, 0), most) && point(noise, n - 1, 1) == 100,
            "%zu points to %g of %g", n, point(noise, n ? n - 1 : 0, 0), most);
}

/* Each chart by itself, in both formats, and what is refused. */
static void check_command(const char *store)
{
    const char *title;
    for (int i = 0; plots_chart_name(i, &title); i++)
        for (int png = 0; png < 2; png++) {
            char out[200], err[400] = "", name[100];
            struct stat st = {0};
            snprintf(out, sizeof out, "%s/one-%d.%d", scratch, i, png);
            struct plots_chart_wish wish = {
                .db_path = store, .name = plots_chart_name(i, &title), .out_path = out, .png = png};
            int rc = plots_chart(&wish, err, sizeof err);
            snprintf(name, sizeof name, "%s as %s", wish.name, png ? "PNG" : "SVG");
            verdict(name, rc == 0 && stat(out, &st) == 0 && st.st_size > 2000, "%s, %ld bytes", err,
                    (long)st.st_size);
        }
    char err[400] = "", out[200];
    snprintf(out, sizeof out, "%s/none.svg", scratch);
    struct plots_chart_wish wish = {.db_path = store, .name = "latency", .out_path = out};
    wish.host = "no such host";
    verdict("a host that is not there is told",
            plots_chart(&wish, err, sizeof err) < 0 && strstr(err, "no such host"), "%s", err);
    wish.host = NULL;
    wish.name = "trend";
    wish.test = "no.such_test";
    verdict("a test that is not there is told",
            plots_chart(&wish, err, sizeof err) < 0 && strstr(err, "no.such_test"), "%s", err);
    wish.name = "hot";
    wish.hot_path = store;
    verdict("a file that is no profile is told",
            plots_chart(&wish, err, sizeof err) < 0 && strstr(err, "--hot"), "%s", err);
    verdict("nothing is written then", access(out, F_OK) < 0, "it is there");
    char profile[200];
    struct stat st;
    snprintf(profile, sizeof profile, "%s/profile.json", scratch);
    FILE *file = fopen(profile, "w");
    if (file) {
        fputs("{\"hot\":{\"clk_elsewhere\":100,\"blocks\":[{\"linear\":4096,\"clk\":700},"
              "{\"linear\":8192,\"clk\":200}]}}",
              file);
        fclose(file);
    }
    wish.hot_path = profile;
    wish.test = NULL;
    wish.db_path = "/nowhere/tickmark.db";
    verdict("a profile is drawn without a database",
            plots_chart(&wish, err, sizeof err) == 0 && stat(out, &st) == 0 && st.st_size > 2000,
            "%s", err);
    wish.name = "noise";
    verdict("another chart wants one", plots_chart(&wish, err, sizeof err) < 0, "it does not");
}

int main(void)
{
    char store[160], dir[160], file[200], err[400] = "", command[200];
    if (!mkdtemp(scratch))
        return 1;
    snprintf(store, sizeof store, "%s/t.db", scratch);
    snprintf(dir, sizeof dir, "%s/report", scratch);
    db = made_up_open(store);
    int made = db && !sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) && !made_up_whole_sweep(db) &&
               !made_up_others(db) && !sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    verdict("a made-up store", made, "could not be made");
    verdict("a report", made && plots_report(store, NULL, dir, err, sizeof err) == 0, "%s", err);
    snprintf(file, sizeof file, "%s/report.json", dir);
    report = json_load_file(file, 0, NULL);
    verdict("report.json", report != NULL, "cannot be read");
    if (report) {
        check_memory();
        check_trend();
        check_rest();
        check_command(store);
    }
    json_decref(report);
    sqlite3_close(db);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command) || failures;
}
