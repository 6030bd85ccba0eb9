/* test_means.c: `tickmark slowdown` and the report over one made-up store: both print the geometric
 * means that follow from its figures, and the same ones. */
#include "collector/tests/case.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { NATIVE, JIT, INTERP, QEMU, BOCHS, ENVS, TESTS = 10 };
static const char *const kinds[ENVS] = {"native", "emu-jit", "emu-interp", "qemu-tcg", "bochs"};

/* Clocks per operation; 0: no result.  The common set is the first five: the tests with needs do
 * not compare, one native figure is not positive, one test qemu-tcg has not. */
static const struct {
    const char *name, *needs;
    double clk[ENVS];
} made_up[TESTS] = {
    {"aa.one", "", {1, 1.5, 20, 3, 40}},
    {"aa.two", "cx8", {2, 4, 30, 3.9, 50}},
    {"bb.three", "", {4, 4, 44, 40, 0}},
    {"bb.four", "", {0.5, 4, 5, 2.5, 0}},
    {"bb.ticks", "", {2, 3, 60, 9, 0}}, /* native without a core clock */
    {"cc.divide", "faults", {2000, 100, 900, 700, 0}},
    {"cc.int", "ring0 faults cx8", {3000, 100, 900, 700, 0}},
    {"sys.cpuid", "trap", {20000, 100, 900, 700, 0}},
    {"dd.nothing", "", {-0.5, 3, 30, 5, 0}},
    {"ee.alone", "faultless", {1, 7, 70, 0, 0}},
};
enum { COMMON = 5, TICKS = 4 };

static int put_result(sqlite3 *db, int e, int t)
{
    char sql[600];
    double clk = made_up[t].clk[e], tsc = 0.5 * clk;
    int in_ticks = t == TICKS && e == NATIVE;
    snprintf(sql, sizeof sql,
             "INSERT INTO result(sweep_id, env_id, build_id, test_id, status, n, est, lo, hi, "
             "tsc_per_op, clk_ghz) VALUES (1, %d, 1, %d, 'ok', 9, %.17g, %.17g, %.17g, %.17g, %s)",
             e + 1, t + 1, in_ticks ? tsc : clk, in_ticks ? tsc : clk, in_ticks ? tsc : clk, tsc,
             in_ticks ? "NULL" : "3.0");
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int make_store(const struct case_place *place)
{
    char err[700], sql[600];
    sqlite3 *db = NULL;
    struct store *store = store_open(place->db, STORE_WRITE, err, sizeof err);
    store_close(store);
    int bad =
        !store || sqlite3_open(place->db, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "INSERT INTO host(id, fp, label, vendor, family, model, stepping, brand, "
                     "ncpu, smt, facts) VALUES (1, 'f', 'l', 'v', 6, 1, 1, 'b', 1, 0, '');"
                     "INSERT INTO host_state(id, host_id, sha, pmu) VALUES (1, 1, 's', 'none');"
                     "INSERT INTO build(id, sha, project, version) VALUES (1, 'b', 'x', '1');"
                     "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, "
                     "collector, started, state) VALUES (1, 'u', 1, 1, '', '', 1, 'c', "
                     "'2026-01-02T03:04:05Z', 'done')",
                     NULL, NULL, NULL) != SQLITE_OK;
    for (int e = 0; !bad && e < ENVS; e++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO env(id, sha, kind, label) VALUES (%d, 'e%d', '%s', 'made up')", e + 1,
                 e, kinds[e]);
        bad = sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK;
    }
    for (int t = 0; !bad && t < TESTS; t++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO test(id, name, code_sha, family, title, ops, noise, needs) VALUES "
                 "(%d, '%s', 'c', '%.2s', 'made up', 1, 'floor', '%s')",
                 t + 1, made_up[t].name, made_up[t].name, made_up[t].needs);
        bad = sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK;
        for (int e = 0; !bad && e < ENVS; e++)
            bad = made_up[t].clk[e] != 0 && put_result(db, e, t) != SQLITE_OK;
    }
    if (bad)
        printf("note: %s\n", db ? sqlite3_errmsg(db) : err);
    sqlite3_close(db);
    return bad ? -1 : 0;
}

struct figures {
    double mean, best, worst, n, ahead, behind;
};

/* The first `count` tests, straight from the definition: the root of the product. */
static struct figures expected(int e, int count)
{
    struct figures f = {1, INFINITY, 0, count, 0, 0};
    for (int t = 0; t < count; t++) {
        double slowdown = made_up[t].clk[e] / made_up[t].clk[NATIVE];
        f.mean *= slowdown;
        f.best = fmin(f.best, slowdown);
        f.worst = fmax(f.worst, slowdown);
        f.ahead += made_up[t].clk[e] < made_up[t].clk[QEMU];
        f.behind += made_up[t].clk[e] > 1.05 * made_up[t].clk[QEMU];
    }
    f.mean = pow(f.mean, 1.0 / count);
    return f;
}

static int is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static int is_same(const struct figures *a, const struct figures *b, int e)
{
    return is_near(a->mean, b->mean) && is_near(a->best, b->best) && is_near(a->worst, b->worst) &&
           a->n == b->n && (e == QEMU || (a->ahead == b->ahead && a->behind == b->behind));
}

static json_t *read_json(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        printf("note: %s: %s\n", path, error.text);
    return root;
}

static double number(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The closing row of the printed table that begins with the words; its n. */
static json_t *closing_row(json_t *rows, const char *words, double *n)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "test"));
        if (name && !strncmp(name, words, strlen(words))) {
            const char *at = strstr(name, "n = ");
            *n = at ? atof(at + 4) : NAN;
            return row;
        }
    }
    return NULL;
}

static struct figures of_table(json_t *rows, int e)
{
    struct figures f;
    char key[64];
    double met;
    snprintf(key, sizeof key, "%s /native", kinds[e]);
    f.mean = number(closing_row(rows, "geometric mean", &f.n), key);
    f.best = number(closing_row(rows, "best", &met), key);
    f.worst = number(closing_row(rows, "worst", &met), key);
    f.ahead = number(closing_row(rows, "faster than qemu-tcg", &met), key);
    f.behind = number(closing_row(rows, "slower than qemu-tcg by over 5 %", &met), key);
    return f;
}

static struct figures of_report(json_t *report, int e)
{
    json_t *env = json_object_get(json_object_get(report, "environments"), kinds[e]);
    json_t *common = json_object_get(env, "common");
    return (struct figures){number(common, "geomean"),        number(common, "best_slowdown"),
                            number(common, "worst_slowdown"), number(common, "n"),
                            number(env, "ahead_of_qemu_tcg"), number(env, "behind_qemu_tcg")};
}

static void check_both(json_t *table, json_t *report)
{
    for (int e = JIT; e <= QEMU; e++) {
        char name[120];
        struct figures a = of_table(table, e), b = of_report(report, e), c = expected(e, COMMON);
        snprintf(name, sizeof name, "slowdown: %s over the common tests", kinds[e]);
        case_report(name, is_same(&a, &c, e), "mean %.12g, %g of %g; not %.12g, %g", a.mean,
                    a.ahead, a.n, c.mean, c.ahead);
        snprintf(name, sizeof name, "report: %s is the same", kinds[e]);
        case_report(name, is_same(&b, &a, e), "mean %.12g, best %g, worst %g, %g of %g; not %.12g",
                    b.mean, b.best, b.worst, b.ahead, b.n, a.mean);
    }
    struct figures a = of_table(table, BOCHS), b = of_report(report, BOCHS);
    case_report("an environment with few tests is not compared", isnan(a.mean) && isnan(b.mean),
                "%g and %g", a.mean, b.mean);
    json_t *own = json_object_get(
        json_object_get(json_object_get(report, "environments"), kinds[BOCHS]), "own");
    case_report("report: it has its own mean", number(own, "n") == 2, "n = %g", number(own, "n"));
    case_report("report: so many tests are marked common", number(report, "common_tests") == COMMON,
                "%g", number(report, "common_tests"));
    json_t *left = json_object_get(report, "left_out_of_means");
    case_report("report: what is left out",
                json_array_size(left) == 3 && number(json_array_get(left, 0), "n") == 2 &&
                    number(json_array_get(left, 1), "n") == 1 &&
                    number(json_array_get(left, 2), "n") == 3,
                "%zu kinds", json_array_size(left));
    size_t i, marked = 0;
    json_t *row;
    json_array_foreach(table, i, row) marked += number(row, "compares") == 0;
    case_report("slowdown: tests that do not compare stay in the table", marked == 3, "%zu",
                marked);
}

int main(int argc, char **argv)
{
    struct case_place place;
    char out[700], words[800];
    if (argc < 1 || case_open_place(&place, argv[0]) < 0 || make_store(&place) < 0) {
        printf("FAIL means: no store to work in\n");
        return 1;
    }
    snprintf(out, sizeof out, "%s/out", place.dir);
    snprintf(words, sizeof words, "report --db {db} --out %s", out);
    int code = case_run(&place, words);
    case_report("a report is made", code == 0, "exit %d", code);
    code = case_run(&place, "slowdown --db {db} --json");
    case_report("a table is printed", code == 0, "exit %d", code);
    json_t *table = read_json(place.log);
    snprintf(out, sizeof out, "%s/out/report.json", place.dir);
    json_t *report = read_json(out);
    check_both(table, report);
    json_decref(table);
    json_decref(report);

    case_run(&place, "slowdown --db {db} --json -t aa.*");
    table = read_json(place.log);
    for (int e = JIT; e <= QEMU; e++) {
        struct figures a = of_table(table, e), c = expected(e, 2);
        case_report("means are over the tests that were asked for", is_same(&a, &c, e),
                    "%s: %.12g of %g, not %.12g", kinds[e], a.mean, a.n, c.mean);
    }
    json_decref(table);
    code = case_run(&place, "slowdown --db {db}");
    case_report("the table for people has marks and says why",
                code == 0 && case_log_holds(&place, "cc.divide *") &&
                    case_log_holds(&place, "sys.cpuid *") &&
                    !case_log_holds(&place, "ee.alone *") &&
                    case_log_holds(&place, "fault is measured): 2.") &&
                    case_log_holds(&place, "positive number): 3.") &&
                    case_log_holds(&place, "No mean for bochs"),
                "exit %d", code);
    case_report("ticks are divided by ticks",
                is_near(case_ask(&place, "SELECT slowdown FROM v_slowdown_latest WHERE "
                                         "test='bb.ticks' AND env='emu-jit'"),
                        1.5),
                "they are not");
    case_close_place(&place);
    return case_failures > 0;
}
