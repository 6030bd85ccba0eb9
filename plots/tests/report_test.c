/* The report against made-up stores whose figures are known: report.json, the page, the charts'
 * files, and every kind of bad input.  Run from the repository's root.  `report_test --sample DIR`
 * leaves a made-up report in DIR to look at. */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/gnuplot.h"
#include "plots/report.h"
#include "plots/tests/made_up_store.h"
#include "plots/tests/markup.h"
#include "plots/text.h"

static char scratch[64] = "/tmp/tickmark-report-XXXXXX";
static int failures;

static void verdict(const char *name, const char *why)
{
    if (why)
        printf("FAIL %s: %s\n", name, why);
    else
        printf("ok %s\n", name);
    failures += why != NULL;
}

static const char *in_scratch(const char *name)
{
    static char path[4][160];
    static unsigned turn;
    char *made = path[turn++ % 4];
    snprintf(made, sizeof path[0], "%s/%s", scratch, name);
    return made;
}

static char *read_file(const char *dir, const char *name)
{
    char path[400], *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    if (!file || getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

/* The figures of the small store: clocks per operation, 0 = no row, negative = a bad status without
 * a figure. */
static const struct {
    const char *name, *family, *title;
    double clk[MADE_UP_ENVS];
} known[] = {
    {"int.add_rr", "int", "adds <b>bold</b> & \"quoted\" 'single'", {1, 1.5, 20, 3, 40}},
    {"mem.span/4096", "mem", "one load a page", {2, 4, 30, 10, 50}},
    {"mem.span/64", "mem", "one load a line", {4, 4, 44, 40, 90}},
    {"rmw.and_zero", "rmw", "and [m],0", {0.5, 4, 5, -1, 30}},     /* qemu-tcg: wrong */
    {"smc.rewrite_imm", "smc", "patch and run", {-1, 8, 9, 7, 6}}, /* native: unsupported */
    {"stack.push_pop", "stack", "push, pop", {1, 0.5, 8, 2, 16}},  /* emu-jit: noisy */
};
enum { KNOWN = sizeof known / sizeof known[0] };

static const char hostile_sweep[] = "</title><script>alert(1)</script>";
static const char hostile_host[] = "\"><img src=x onerror=alert(2)>\xff\x01 `id` \xe2\x80\xae%s";

static int make_small_store(const char *path)
{
    sqlite3 *db = made_up_open(path);
    int failed = !db || made_up_ground(db, hostile_host, hostile_sweep);
    for (int64_t t = 0; !failed && t < KNOWN; t++) {
        failed = made_up_test(db, t + 1, known[t].name, known[t].family, known[t].title, "");
        for (int64_t env = 1; !failed && env <= MADE_UP_ENVS; env++) {
            double clk = known[t].clk[env - 1];
            bool noisy = t == 5 && env == 2;
            int64_t result =
                made_up_result(db, 1, env, t + 1,
                               clk > 0    ? (noisy ? "noisy" : "ok")
                               : env == 1 ? "unsupported"
                                          : "wrong",
                               clk > 0 ? (noisy ? "30 % dropped" : "") : "because <i>&amp;</i>",
                               clk > 0 ? clk : (double)NAN);
            failed = !result;
            if (!failed && env == 2 && t < 2)
                failed = made_up_stage(db, result, "execute", 3000 * clk / 4, 3000) ||
                         made_up_stage(db, result, "mmu", 1000 * clk / 4, 1000);
        }
    }
    failed = failed ||
             made_up_put(
                 db,
                 "INSERT INTO reference_result(source, host, env, test, value, text, unit) VALUES "
                 "('paper <2010>', 'G5', 'QEMU & co', 'fractal', 34.3, NULL, 'seconds'), "
                 "('paper <2010>', 'G5', 'KVM', 'fractal', NULL, '<1', 'seconds')",
                 "") ||
             made_up_put(db,
                         "INSERT INTO sweep_env(sweep_id, kind, reason) VALUES (1, 'qemu-kvm', 'no "
                         "<dev/kvm>; install "
                         "nothing')",
                         "") ||
             made_up_put(db,
                         "INSERT INTO sweep_env(sweep_id, kind, aa_floor) VALUES (1, 'native', "
                         "0.004), (1, 'emu-jit', 0.0312)",
                         "");
    sqlite3_close(db);
    return failed ? -1 : 0;
}

static double number_at(json_t *root, const char *path)
{
    char keys[160], *rest = keys;
    snprintf(keys, sizeof keys, "%s", path);
    for (char *key; root && (key = strsep(&rest, "|")) != NULL;)
        root = json_is_array(root) ? json_array_get(root, (size_t)atoi(key))
                                   : json_object_get(root, key);
    return json_is_number(root) ? json_number_value(root) : (double)NAN;
}

static const char *expect(json_t *root, const char *path, double wanted)
{
    static char why[240];
    double found = number_at(root, path);
    if (isnan(wanted) ? isnan(found) : fabs(found - wanted) <= 1e-9 * fabs(wanted))
        return NULL;
    snprintf(why, sizeof why, "%s is %.12g, not %.12g", path, found, wanted);
    return why;
}

/* The geometric mean a second way: the root of the product. */
static double geometric(int env, const int *tests, int n)
{
    double product = 1;
    for (int i = 0; i < n; i++)
        product *= known[tests[i]].clk[env] / known[tests[i]].clk[0];
    return pow(product, 1.0 / n);
}

static void check_json(const char *dir)
{
    static const int common[] = {0, 1, 2, 5}, own[] = {0, 1, 2, 3, 5};
    char *text = read_file(dir, "report.json");
    json_error_t error;
    json_t *root = text ? json_loads(text, 0, &error) : NULL;
    const char *why = NULL;
    free(text);
    verdict("report.json is JSON", root ? NULL : "it is not");
    if (!root)
        return;
    for (int t = 0; t < KNOWN && !why; t++)
        for (int env = 0; env < MADE_UP_ENVS && !why; env++) {
            char path[80];
            double clk = known[t].clk[env], native = known[t].clk[0];
            snprintf(path, sizeof path, "tests|%d|env|%s|clk",
                     t == 1   ? 2
                     : t == 2 ? 1
                              : t,
                     made_up_env[env]);
            why = expect(root, path, clk > 0 ? clk : (double)NAN);
            snprintf(path, sizeof path, "tests|%d|env|%s|slowdown",
                     t == 1   ? 2
                     : t == 2 ? 1
                              : t,
                     made_up_env[env]);
            if (!why)
                why = expect(root, path,
                             env > 0 && clk > 0 && native > 0 ? clk / native : (double)NAN);
        }
    verdict("report.json: clocks and slowdowns, span/64 before span/4096", why);
    why = expect(root, "common_tests", 4);
    for (int env = 1; env < MADE_UP_ENVS && !why; env++) {
        char path[80];
        snprintf(path, sizeof path, "environments|%s|common|geomean", made_up_env[env]);
        why = expect(root, path, geometric(env, common, 4));
        snprintf(path, sizeof path, "environments|%s|own|geomean", made_up_env[env]);
        if (!why)
            why = expect(root, path, env == 3 ? geometric(env, common, 4) : geometric(env, own, 5));
        snprintf(path, sizeof path, "environments|%s|own|n", made_up_env[env]);
        if (!why)
            why = expect(root, path, env == 3 ? 4 : 5);
    }
    verdict("report.json: geometric means and their n", why);
    why = expect(root, "environments|emu-jit|own|best_slowdown", 0.5);
    why = why ? why : expect(root, "environments|emu-jit|own|worst_slowdown", 8);
    why = why ? why : expect(root, "environments|emu-jit|common|noisy", 1);
    why = why ? why : expect(root, "environments|emu-jit|ahead_of_qemu_tcg", 4);
    why = why ? why : expect(root, "environments|bochs|ahead_of_qemu_tcg", 0);
    why = why ? why : expect(root, "environments|emu-jit|noisy", 1);
    why = why ? why : expect(root, "environments|qemu-tcg|wrong", 1);
    why = why ? why : expect(root, "environments|native|unsupported", 1);
    verdict("report.json: best, worst, counts", why);
    why = expect(root, "tests|0|env|emu-jit|stages|execute|clk_per_op", 1.5 / 4);
    why = why ? why : expect(root, "tests|0|env|emu-jit|stages|mmu|share", 0.5);
    why = why ? why : expect(root, "tests|0|env|emu-jit|stages|idle|clk", 0);
    why = why ? why : expect(root, "tests|3|env|emu-jit|stages|mmu|share", (double)NAN);
    verdict("report.json: stages", why);
    why = expect(root, "sweeps|0|aa_floors|emu-jit", 0.0312);
    why = why ? why : expect(root, "sweeps|0|aa_floors|native", 0.004);
    verdict("report.json: a noise floor for each environment", why);
    why = expect(root, "published|1|value", 34.3);
    why = why ? why : expect(root, "published|0|value", (double)NAN);
    verdict("report.json: published figures", why);
    json_decref(root);
}

static void check_page(const char *dir)
{
    static const char *const forbidden[] = {
        "<b>bold",      "<script>alert", "<img src", "because <i>", "paper <2010", "\x01", "\xff",
        "\xe2\x80\xae", "http:",         "https:",   "url(",        "@import",     "<link"};
    static const char *const wanted[] = {
        "adds &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; &#39;single&#39;",
        "&lt;script&gt;alert(1)",
        "&lt;img src=x onerror=alert(2)&gt;",
        "because &lt;i&gt;&amp;amp;&lt;/i&gt;",
        "paper &lt;2010&gt;",
        "no &lt;dev/kvm&gt;",
        "4 common tests",
        "Made-up CPU @ 3.00GHz",
        ">&lt;1<",
        "3.1 %",
        "30 % dropped"};
    char *page = read_file(dir, "index.html");
    const char *fault = page ? markup_find_fault(page, false) : "there is no page";
    char why[160] = "";
    verdict("index.html is well formed", fault);
    if (!page)
        return;
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (strstr(page, forbidden[i]))
            snprintf(why, sizeof why, "the page holds %s", forbidden[i]);
    verdict("index.html holds no foreign markup and asks nobody", why[0] ? why : NULL);
    why[0] = '\0';
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!strstr(page, wanted[i]))
            snprintf(why, sizeof why, "the page does not hold %s", wanted[i]);
    verdict("index.html shows hostile texts as text", why[0] ? why : NULL);
    int charts = 0;
    for (const char *s = page; (s = strstr(s, "<svg ")) != NULL; s++)
        charts++;
    snprintf(why, sizeof why, "%d inline charts, not 4", charts);
    verdict("index.html: environments, clocks, slowdown and jit stages drawn, no chart of interp "
            "without stages, of one host, of one build",
            charts == 4 ? NULL : why);
    free(page);
}

/* Ids must be unique on a page with several charts. */
static void check_ids(const char *dir)
{
    char *page = read_file(dir, "index.html"), why[120] = "";
    for (const char *s = page; s && (s = strstr(s, " id=")) != NULL && !why[0]; s++) {
        char id[80];
        snprintf(id, sizeof id, "%.*s", (int)strcspn(s + 5, "\"'") + 1, s + 5);
        id[strlen(id) - 1] = s[4];
        char whole[96];
        snprintf(whole, sizeof whole, " id=%c%s", s[4], id);
        if (strstr(s + 1, whole))
            snprintf(why, sizeof why, "%s is there twice", whole);
    }
    verdict("index.html: ids are unique", page ? (why[0] ? why : NULL) : "no page");
    free(page);
}

static void check_charts(const char *dir)
{
    static const char *const name[] = {"clk_per_op", "slowdown", "stages-emu-jit"};
    static const unsigned char png_head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char file[64], path[200], label[160];
        snprintf(file, sizeof file, "%s.svg", name[i]);
        char *svg = read_file(dir, file);
        snprintf(label, sizeof label,
                 "%s is well-formed XML with the tests' names and the axis's unit", file);
        verdict(label, !svg                                     ? "it is not there"
                       : !strstr(svg, "mem.span/4096") && i < 2 ? "a test's name is missing"
                       : i != 1 && !strstr(svg, "locks per operation")
                           ? "the axis has no unit"
                           : markup_find_fault(svg, true));
        free(svg);
        snprintf(path, sizeof path, "%s/one-%s.png", scratch, name[i]);
        struct plots_chart_wish wish = {
            .db_path = in_scratch("small.db"), .name = name[i], .out_path = path, .png = 1};
        char err[400] = "";
        int rc = plots_chart(&wish, err, sizeof err);
        FILE *png = fopen(path, "rb");
        unsigned char head[8] = {0};
        size_t got = png ? fread(head, 1, sizeof head, png) : 0;
        if (png)
            fclose(png);
        snprintf(label, sizeof label, "%s as a PNG", name[i]);
        verdict(label, rc == 0 && got == sizeof head && memcmp(head, png_head, sizeof head) == 0
                           ? NULL
                       : rc ? err
                            : "it is none");
    }
}

/* Only what the interface promises is left in the directory, no temporary names. */
static void check_files(const char *dir)
{
    char why[200] = "";
    int files = 0;
    DIR *listing = opendir(dir);
    for (struct dirent *entry; listing && (entry = readdir(listing)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        files++;
        if (entry->d_name[0] == '.' || strstr(entry->d_name, "panels") ||
            strstr(entry->d_name, ".log"))
            snprintf(why, sizeof why, "%.100s is left", entry->d_name);
    }
    if (listing)
        closedir(listing);
    if (files != 14 && !why[0])
        snprintf(why, sizeof why, "%d files, not 14", files);
    verdict("only the report's files are left", why[0] ? why : NULL);
}

static void expect_error(const char *name, const char *db_path, const char *dir, const char *wanted)
{
    char err[400] = "", why[600];
    int rc = plots_report(db_path, NULL, dir, err, sizeof err);
    snprintf(why, sizeof why, "returned %d with '%s'", rc, err);
    verdict(name, rc != 0 && strstr(err, wanted) &&
                          strstr(err, strcmp(wanted, "gnuplot-nox") ? "/" : "gnuplot")
                      ? NULL
                      : why);
}

static void check_bad_inputs(void)
{
    expect_error("a path that is not there", in_scratch("absent.db"), in_scratch("out-bad"),
                 "No such file");
    expect_error("a directory as database", scratch, in_scratch("out-bad"), "not a file");
    FILE *file = fopen(in_scratch("text.db"), "w");
    for (int i = 0; file && i < 100; i++)
        fputs("this is no database, only a text that is long enough\n", file);
    if (file)
        fclose(file);
    expect_error("a text file as database", in_scratch("text.db"), in_scratch("out-bad"),
                 "not an SQLite database");
    sqlite3 *db = NULL;
    sqlite3_open(in_scratch("other.db"), &db);
    sqlite3_exec(db, "CREATE TABLE cookies(a)", NULL, NULL, NULL);
    sqlite3_close(db);
    expect_error("another program's database", in_scratch("other.db"), in_scratch("out-bad"),
                 "not a Tickmark result store");
    struct stat st;
    verdict("a bad database leaves no report behind",
            stat(in_scratch("out-bad"), &st) != 0 ? NULL : "out_dir was made");
    expect_error("a file in the place of out_dir", in_scratch("small.db"), in_scratch("text.db"),
                 "not a directory");
    expect_error("an out_dir in a place that is not there", in_scratch("small.db"),
                 in_scratch("no/where"), "cannot make the report's directory");
    mkdir(in_scratch("read-only"), 0555);
    if (geteuid() == 0) /* nothing is read-only for root but what the kernel says is */
        expect_error("an out_dir that cannot be written", in_scratch("small.db"), "/proc/self",
                     "cannot write");
    else
        expect_error("an out_dir that cannot be written", in_scratch("small.db"),
                     in_scratch("read-only"), "cannot write");
}

static void check_without_gnuplot(void)
{
    char *path = strdup(getenv("PATH") ? getenv("PATH") : ""), *page, err[400];
    const char *dir = in_scratch("out-tables");
    char kept[160];
    snprintf(kept, sizeof kept, "%s", dir);
    int first = plots_report(in_scratch("small.db"), NULL, kept, err, sizeof err);
    setenv("PATH", scratch, 1);
    expect_error("no gnuplot", in_scratch("small.db"), kept, "gnuplot-nox");
    setenv("PATH", path ? path : "", 1);
    free(path);
    page = read_file(kept, "index.html");
    verdict("no gnuplot: the page has its tables and says why there are no charts",
            page && strstr(page, "gnuplot-nox") && strstr(page, "mem.span/4096") &&
                    !strstr(page, "<svg ")
                ? NULL
                : "it has not");
    free(page);
    struct stat st;
    char svg[200];
    snprintf(svg, sizeof svg, "%s/slowdown.svg", kept);
    verdict("no gnuplot: charts of the report before are removed",
            first == 0 && stat(svg, &st) != 0 ? NULL : "an old chart stands beside new figures");
}

/* A gnuplot of ours that hangs, fails or dies. */
/* limit_ms: generous where gnuplot ends by itself, as the machine may be busy. */
static void check_bad_gnuplot(const char *name, const char *body, const char *wanted, int limit_ms)
{
    char err[400] = "", why[600], *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    FILE *file = fopen(in_scratch("gnuplot"), "w");
    if (file) {
        fprintf(file, "#!/bin/sh\n%s\n", body);
        fclose(file);
        chmod(in_scratch("gnuplot"), 0755);
    }
    char both[4096];
    snprintf(both, sizeof both, "%s:%s", scratch, path ? path : "");
    setenv("PATH", both, 1);
    int rc = plots_gnuplot_run(scratch, "some.gp", "log", limit_ms, err, sizeof err);
    setenv("PATH", path ? path : "", 1);
    free(path);
    unlink(in_scratch("gnuplot"));
    snprintf(why, sizeof why, "returned %d with '%s'", rc, err);
    verdict(name, rc != 0 && strstr(err, wanted) && strstr(err, "some.gp") ? NULL : why);
}

static void check_thin_store(const char *name, const char *sql, const char *says)
{
    char err[400] = "", why[600], file[160], dir[160], label[120];
    snprintf(file, sizeof file, "%s", in_scratch("thin.db"));
    snprintf(dir, sizeof dir, "%s", in_scratch("out-thin"));
    sqlite3 *db = sql[0] ? NULL : made_up_open(file);
    if (sql[0] && (make_small_store(file) || sqlite3_open(file, &db) != SQLITE_OK ||
                   sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)) {
        verdict(name, db ? sqlite3_errmsg(db) : "no store");
        sqlite3_close(db);
        return;
    }
    sqlite3_close(db);
    int rc = plots_report(file, NULL, dir, err, sizeof err);
    snprintf(why, sizeof why, "returned %d with '%s'", rc, err);
    snprintf(label, sizeof label, "%s: a report is made", name);
    verdict(label, rc == 0 ? NULL : why);
    char *page = read_file(dir, "index.html"), *json = read_file(dir, "report.json");
    const char *fault = page ? markup_find_fault(page, false) : "there is no page";
    json_t *root = json ? json_loads(json, 0, NULL) : NULL;
    snprintf(label, sizeof label, "%s: the page is valid and says so", name);
    verdict(label, fault ? fault : strstr(page, says) ? NULL : "it does not say so");
    snprintf(label, sizeof label, "%s: report.json is valid", name);
    verdict(label, root ? NULL : "it is not");
    json_decref(root);
    free(page);
    free(json);
}

/* A store of a schema that this program's charts do not know any more: read, and left as it is. */
static void check_older(int schema)
{
    char err[400] = "", file[160], dir[160], name[80];
    snprintf(file, sizeof file, "%s", in_scratch("older.db"));
    snprintf(dir, sizeof dir, "%s", in_scratch("out-older"));
    struct stat before, after;
    sqlite3 *db = made_up_open_older(file, schema);
    int failed = !db || made_up_ground(db, "host", "sweep") ||
                 made_up_test(db, 1, "int.add_rr", "int", "add", "") ||
                 !made_up_result(db, 1, 1, 1, "ok", "", 2) ||
                 !made_up_result(db, 1, 2, 1, "ok", "", 7);
    sqlite3_close(db);
    stat(file, &before);
    failed = failed || plots_report(file, NULL, dir, err, sizeof err);
    stat(file, &after);
    char *text = read_file(dir, "report.json");
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    const char *why = failed ? err : expect(root, "tests|0|env|emu-jit|slowdown", 3.5);
    if (!why && (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
                 before.st_mtim.tv_nsec != after.st_mtim.tv_nsec))
        why = "the file was written to";
    snprintf(name, sizeof name, "a store of schema %d is read", schema);
    verdict(name, why);
    json_decref(root);
    free(text);
}

/* A newer sweep in which emu-jit answers wrongly: the old right figure must not stay in the mean.
 */
static void check_newest_wins(void)
{
    char err[400] = "", file[160], dir[160];
    snprintf(file, sizeof file, "%s", in_scratch("newest.db"));
    snprintf(dir, sizeof dir, "%s", in_scratch("out-newest"));
    sqlite3 *db = NULL;
    int failed =
        make_small_store(file) || sqlite3_open(file, &db) != SQLITE_OK ||
        made_up_put(
            db,
            "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, collector, "
            "started, state) "
            "VALUES (2, 'u2', 1, 1, '', '', 8, 'tickmark 0.1', '2026-02-02T00:00:00Z', 'done')",
            "") ||
        !made_up_result(db, 2, 2, 1, "wrong", "answer 7", (double)NAN) ||
        !made_up_result(db, 2, 1, 2, "ok", "", 4) || !made_up_result(db, 2, 2, 2, "ok", "", 6) ||
        plots_report(file, NULL, dir, err, sizeof err);
    sqlite3_close(db);
    char *text = read_file(dir, "report.json");
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    const char *why = failed ? err : expect(root, "environments|emu-jit|own|n", 4);
    why = why ? why : expect(root, "tests|0|env|emu-jit|slowdown", (double)NAN);
    why = why ? why : expect(root, "tests|2|env|emu-jit|slowdown", 1.5);
    why = why ? why : expect(root, "tests|2|env|qemu-tcg|slowdown", 5);
    verdict("the newest outcome counts, and a slowdown stays within its sweep", why);
    json_decref(root);
    free(text);
}

/* Suites of questions: how many answers were right, per environment and in sum. */
static void check_correctness(void)
{
    char err[400] = "", file[160], dir[160];
    snprintf(file, sizeof file, "%s", in_scratch("answers.db"));
    snprintf(dir, sizeof dir, "%s", in_scratch("out-answers"));
    sqlite3 *db = NULL;
    int failed =
        make_small_store(file) || sqlite3_open(file, &db) != SQLITE_OK ||
        made_up_test(db, 91, "fptest.x87_add", "fptest", "fadd", "") ||
        made_up_test(db, 92, "fptest.x87_mul", "fptest", "fmul", "") ||
        !made_up_result(db, 1, 1, 91, "ok", "", 4) || !made_up_result(db, 1, 1, 92, "ok", "", 4) ||
        !made_up_result(db, 1, 2, 91, "wrong", "<i>C1</i>", (double)NAN) ||
        !made_up_result(db, 1, 2, 92, "ok", "", 4) ||
        made_up_put(db, "UPDATE result SET asked = 2000, correct = 2000 WHERE test_id > 90", "") ||
        made_up_put(db, "UPDATE result SET correct = 766 WHERE test_id = 91 AND env_id = 2", "") ||
        plots_report(file, NULL, dir, err, sizeof err);
    sqlite3_close(db);
    char *page = read_file(dir, "index.html");
    const char *section = page ? strstr(page, "id=\"suite-table\"") : NULL;
    const char *why = failed     ? err
                      : !section ? "there is no table of suites"
                                 : markup_find_fault(page, false);
    if (!why && !strstr(section, "4,000<small>of 4,000</small>"))
        why = "the suite is not right natively";
    if (!why && !strstr(section, "wrong</span>2,766<small>of 4,000</small>"))
        why = "the suite's sum is not in the page";
    if (!why && !strstr(section, "title=\"&lt;i&gt;C1&lt;/i&gt;\">wrong</span>766<small>of 2,000"))
        why = "a test's count or its reason is not in the page";
    verdict("right answers are counted by suite and by test", why);
    free(page);
}

static void check_numbers(void)
{

    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0.00"},      {0.0271828, "0.0272"},  {1.5, "1.50"},   {9.999, "10.0"},
                 {12.345, "12.3"}, {99.96, "100"},         {123.4, "123"},  {999.6, "1,000"},
                 {1234, "1,230"},  {1234567, "1,230,000"}, {-2.5, "-2.50"}, {0.00001, "1.00e-05"},
                 {9995, "10,000"}, {0.9996, "1.00"}};
    char number[PLOTS_NUMBER_SIZE], why[200] = "";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (strcmp(plots_number(number, cases[i].value), cases[i].text) != 0)
            snprintf(why, sizeof why, "%g is written %s, not %s", cases[i].value, number,
                     cases[i].text);
    if (plots_number(number, (double)NAN)[0])
        snprintf(why, sizeof why, "NaN is written %s", number);
    verdict("numbers have 3 significant digits", why[0] ? why : NULL);
    static const struct {
        double value;
        const char *text;
    } brief[] = {{9994, "9,990"},    {9996, "10.0k"},   {255600, "256k"},
                 {999400, "999k"},   {999600, "1.00M"}, {17700000, "17.7M"},
                 {4.77e10, "47.7G"}, {-5e6, "-5.00M"},  {1.5, "1.50"}};
    why[0] = '\0';
    for (size_t i = 0; i < sizeof brief / sizeof brief[0]; i++)
        if (strcmp(plots_short_number(number, brief[i].value), brief[i].text) != 0)
            snprintf(why, sizeof why, "%g is written %s, not %s", brief[i].value, number,
                     brief[i].text);
    verdict("totals beside bars have seven characters at most", why[0] ? why : NULL);
}

static int remove_tree(const char *dir)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static int make_sample(const char *dir)
{
    char err[400], file[400];
    snprintf(file, sizeof file, "%s.db", dir);
    sqlite3 *db = made_up_open(file);
    int failed = !db || sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) || made_up_whole_sweep(db) ||
                 made_up_others(db) || sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
    if (failed || plots_report(file, NULL, dir, err, sizeof err)) {
        printf("no sample: %s\n", failed ? "the store was not made" : err);
        return 1;
    }
    printf("%s/index.html\n", dir);
    return 0;
}

int main(int argc, char **argv)
{
    char err[400] = "", why[500];
    if (argc == 3 && strcmp(argv[1], "--sample") == 0)
        return make_sample(argv[2]);
    if (!mkdtemp(scratch) || make_small_store(in_scratch("small.db"))) {
        verdict("a made-up store", "could not be made");
        return 1;
    }
    check_numbers();
    check_older(7);
    check_older(2);
    char dir[160];
    snprintf(dir, sizeof dir, "%s", in_scratch("out"));
    char stale[200], young[200];
    struct stat before, after;
    snprintf(stale, sizeof stale, "%s/.report-AAAAAA", dir);
    snprintf(young, sizeof young, "%s/.report-BBBBBB", dir);
    mkdir(dir, 0777);
    mkdir(stale, 0777);
    mkdir(young, 0777);
    utimensat(AT_FDCWD, stale, (struct timespec[2]){{.tv_sec = 1}, {.tv_sec = 1}}, 0);
    stat(in_scratch("small.db"), &before);
    int rc = plots_report(in_scratch("small.db"), NULL, dir, err, sizeof err);
    stat(in_scratch("small.db"), &after);
    snprintf(why, sizeof why, "returned %d with '%s'", rc, err);
    verdict("a report is made", rc == 0 && !err[0] ? NULL : why);
    verdict("the database is left alone", before.st_size == after.st_size &&
                                                  before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                                                  before.st_mtim.tv_nsec == after.st_mtim.tv_nsec
                                              ? NULL
                                              : "it was written to");
    verdict("what a killed report left is removed, what another one is making is not",
            access(stale, F_OK) != 0 && rmdir(young) == 0 ? NULL : "it is not so");
    if (rc == 0) {
        check_json(dir);
        check_page(dir);
        check_ids(dir);
        check_charts(dir);
        check_files(dir);
        check_without_gnuplot();
    }
    check_bad_gnuplot("a gnuplot that hangs is stopped", "exec sleep 30", "more than 0.3 s", 300);
    check_bad_gnuplot(
        "a gnuplot that fails is quoted",
        "echo 'plot x'; echo '     ^'; echo '\"some.gp\" line 3: no such thing' >&2; exit 1",
        "line 3: no such thing", 60000);
    check_bad_gnuplot("a gnuplot that dies is told", "kill -SEGV $$", "signal 11", 60000);
    check_newest_wins();
    check_correctness();
    check_thin_store("an empty store", "", "The database holds no results yet");
    check_thin_store("no native rows", "DELETE FROM result WHERE env_id = 1", "No native results");
    check_thin_store("no stage rows", "DELETE FROM stage", "No stage counters in the database");
    check_thin_store("figures in ticks and below 0",
                     "UPDATE result SET clk_ghz = NULL WHERE env_id = 4; UPDATE result SET est = "
                     "-2 WHERE env_id = 5",
                     "Not drawn, only in the tables: 11 figures in ticks");
    check_thin_store("a test that does not compare",
                     "UPDATE test SET needs = 'ring0 faults' WHERE id = 1",
                     "In the tables but not in the means: tests marked * (natively the "
                     "kernel&#39;s handling of a "
                     "fault is measured): 1.");
    check_thin_store("a marked test in the table", "UPDATE test SET needs = 'trap' WHERE id = 1",
                     "int.add_rr<abbr title=\"does not compare: not in the means\">*</abbr>");
    check_thin_store("one round", "UPDATE result SET lo = est, hi = est WHERE env_id = 3",
                     "data-v=\"20\">20.0</td><td class=\"num e-emu-interp\" "
                     "data-v=\"20\">20.0×</td>");
    check_thin_store("a workload beside 2010's seconds",
                     "UPDATE test SET name = 'work.build', family = 'work' WHERE id = 1; UPDATE "
                     "result SET ns_per_op = 1.5e9 WHERE env_id = 1",
                     "<small>seconds</small></td><td class=\"num e-native\">1.50</td>");
    check_thin_store("a noisy figure beside 2010's",
                     "UPDATE result SET status = 'noisy' WHERE env_id = 2",
                     "<td class=\"num e-emu-jit noisy\">1.50<small>1.50×</small></td>");
    check_thin_store("marks are filtered", "SELECT 1",
                     "<tr data-marked data-family=\"rmw\" class=\"e-qemu-tcg\">");
    check_thin_store("a sweep that runs", "UPDATE sweep SET state = 'running'",
                     "This sweep is not finished");
    check_thin_store("only failures", "UPDATE result SET status = 'crash', est = NULL",
                     "Nothing to draw");
    check_thin_store("infinite and huge figures",
                     "UPDATE result SET est = 9e999 WHERE env_id = 2; UPDATE result SET est = "
                     "1e300, hi = 1e308 WHERE env_id = "
                     "3; UPDATE result SET est = -5 WHERE env_id = 4; UPDATE stage SET clk = 9e999",
                     "report made");
    check_bad_inputs();
    remove_tree(scratch);
    return failures != 0;
}
