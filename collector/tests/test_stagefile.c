/* test_stagefile.c: the emulator's statistics file: right ones become rows, wrong ones a note,
 * never a failure. */
#include "collector/stagefile.h"
#include "collector/tests/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct store *store;
static struct catalogue_test tests[2];
static struct catalogue catalogue = {.tests = tests, .count = 2};
static struct stagefile_count counts[2];
static struct stagefile_target target;
static char path[64];

static double ask(const char *sql)
{
    struct store_table table;
    if (store_query(store, sql, NULL, 0, &table) < 0)
        return NAN;
    double value =
        table.rows && store_cell(&table, 0, 0)->text ? store_cell(&table, 0, 0)->real : NAN;
    store_free_table(&table);
    return value;
}

/* One result of test 0 to hang rows on. */
static int make_result(void)
{
    struct store_host host = {"f", "h", "v", "b", "none", "", 1, 1, 1, 1, 0, 1, 1, 1, 1, 1};
    struct store_host_state state = {.sha = "s", .pmu = "none"};
    struct store_build build = {"b", "tickmark-emu", "1"};
    struct store_env env = {"e", "emu-jit", "jit", "", NULL};
    int64_t host_id = store_put_host(store, &host),
            state_id = store_put_host_state(store, host_id, &state);
    target.sweep_id = store_new_sweep(store, host_id, state_id, "{}", "p", 1, NULL, "c");
    target.env_id = store_put_env(store, &env);
    target.build_id = store_put_build(store, &build);
    for (int i = 0; i < 2; i++) {
        snprintf(tests[i].name, sizeof tests[i].name, "t.%c", 'a' + i);
        tests[i].ops = 10;
        tests[i].marker = 7 + i;
        struct store_test row = {tests[i].name, "c", "t", "t", NULL, "floor", "", 10, 7 + i};
        tests[i].id = store_put_test(store, &row);
    }
    struct store_sample sample = {.sweep_id = target.sweep_id,
                                  .env_id = target.env_id,
                                  .build_id = target.build_id,
                                  .test_id = tests[0].id,
                                  .iters = 1,
                                  .check_ok = 1,
                                  .run_id = STORE_NONE};
    store_add_job(store, target.sweep_id, 0, target.env_id, target.build_id, tests[0].id, 0);
    return store_put_sample(store, &sample) == 1 ? 0 : -1;
}

static void expect(const char *name, const char *text, int status, const char *says)
{
    char why[256] = "";
    FILE *out = fopen(path, "w");
    if (out) {
        fputs(text, out);
        fclose(out);
    }
    int got = stagefile_store(path, &target, why, sizeof why);
    case_report(name, got == status && strstr(why, says), "%d '%s'", got, why);
}

#define STAGES(clk) "{\"execute\":{\"clk\":" clk ",\"entries\":1,\"items\":2,\"bytes\":3}}"

int main(void)
{
    char folder[] = "/tmp/tickmark-stages.XXXXXX", db[64], err[256];
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/stats.json", folder);
    snprintf(db, sizeof db, "%s/t.db", folder);
    store = store_open(db, STORE_WRITE, err, sizeof err);
    if (!store || make_result() < 0) {
        printf("FAIL stagefile: no store: %s\n", store ? store_error(store) : err);
        return 1;
    }
    target.store = store;
    target.catalogue = &catalogue;
    target.counts = counts;
    target.core_per_tsc = 1.5;
    counts[0].intervals = 2;
    counts[0].iterations = 30;
    expect("an empty file", "", 1, "line 1");
    expect("a truncated file", "{\"v\":1,\"intervals\":[{\"test\":7,", 1,
           "statistics file: line 1");
    expect("a list", "[1,2]", 1, "no list of intervals");
    expect("no intervals", "{\"v\":1}", 1, "no list of intervals");
    expect("intervals of a wrong kind", "{\"intervals\":7}", 1, "no list of intervals");
    expect("one interval too few", "{\"intervals\":[{\"test\":7,\"stages\":" STAGES("5") "}]}", 1,
           "1 intervals of t.a, 2 were announced");
    expect("an interval without stages", "{\"intervals\":[{\"test\":7},{\"test\":7}]}", 1,
           "intervals of t.a");
    expect("intervals of numbers", "{\"intervals\":[1,null,\"x\"]}", 1, "0 intervals of t.a");
    case_report("nothing was stored so far", ask("SELECT count(*) FROM stage") == 0, "%g rows",
                ask("SELECT count(*) FROM stage"));
    expect(
        "a right one",
        "{\"intervals\":[{\"test\":7,\"stages\":" STAGES("100") "},{\"test\":9,\"stages\":" STAGES(
            "9999") "},{\"test\":7,\"stages\":" STAGES("200") "}]}",
        0, "");
    case_report("all eleven stages", ask("SELECT count(*) FROM stage") == 11, "%g",
                ask("SELECT count(*) FROM stage"));
    case_report("clocks are core clocks", ask("SELECT clk FROM stage WHERE stage='execute'") == 450,
                "%g", ask("SELECT clk FROM stage WHERE stage='execute'"));
    case_report("operations are those announced",
                ask("SELECT ops FROM stage WHERE stage='execute'") == 300, "%g",
                ask("SELECT ops FROM stage WHERE stage='execute'"));
    case_report("entries, items and bytes add up",
                ask("SELECT calls*100 + items*10 + bytes FROM stage WHERE stage='execute'") == 246,
                "%g", ask("SELECT calls*100 + items*10 + bytes FROM stage WHERE stage='execute'"));
    unlink(path);
    char why[256];
    case_report("no file",
                stagefile_store(path, &target, why, sizeof why) == 1 &&
                    strstr(why, "no statistics"),
                "%s", why);
    store_close(store);
    snprintf(err, sizeof err, "rm -rf %s", folder);
    return system(err) != 0 || case_failures > 0;
}
