/* test_exchange.c: exports and imports: 50 files of made-up sweeps in ten random orders leave the
 * same canonical export; damaged, cut and hostile files change nothing; check sees what was
 * altered. */
#include "db/exchange.h"
#include "db/tests/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES  50
#define ORDERS 10

static char dir[64];
static uint64_t random_state = 4711;

static uint64_t next_random(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

struct text {
    char *bytes;
    size_t count;
};

static int keep(void *context, const char *bytes, size_t count)
{
    struct text *text = context;
    char *more = realloc(text->bytes, text->count + count + 1);
    if (!more)
        return -1;
    memcpy(more + text->count, bytes, count);
    text->bytes = more;
    text->count += count;
    more[text->count] = 0;
    return 0;
}

static struct text export_all(struct store *store, int canonical)
{
    struct text text = {NULL, 0};
    struct store_table ids;
    if (store_query(store, "SELECT json_group_array(id) FROM sweep", NULL, 0, &ids) < 0)
        return text;
    if (store_export(store, store_cell(&ids, 0, 0)->text, canonical, keep, &text) < 0)
        printf("note: %s\n", store_error(store));
    store_free_table(&ids);
    return text;
}

static struct store *open_named(const char *name, int number)
{
    char path[128], err[512];
    snprintf(path, sizeof path, "%s/%s%d.db", dir, name, number);
    struct store *store = store_open(path, STORE_WRITE, err, sizeof err);
    if (!store)
        printf("note: %s\n", err);
    return store;
}

static double ask(struct store *store, const char *sql)
{
    struct store_table table;
    if (store_query(store, sql, NULL, 0, &table) < 0) {
        printf("note: %s\n", store_error(store));
        return NAN;
    }
    double value =
        table.rows && store_cell(&table, 0, 0)->text ? store_cell(&table, 0, 0)->real : NAN;
    store_free_table(&table);
    return value;
}

static void change(struct store *store, const char *sql)
{
    if (sql_exec(store, sql) < 0)
        printf("note: %s: %s\n", sql, store_error(store));
}

/* A sweep of some tests on one of seven hosts; what it is follows from the number alone. */
static int64_t make_sweep(struct store *store, int number)
{
    char facts[40], env_sha[EXCHANGE_SUM], fp[EXCHANGE_SUM], sha[EXCHANGE_SUM], label[40], sql[300],
        plan[40];
    snprintf(facts, sizeof facts, "host=%d\n", number % 7);
    exchange_sum(facts, strlen(facts), fp);
    snprintf(label, sizeof label, "machine %d of %d", number % 7, number % 3); /* labels differ */
    struct store_host host = {.fp = fp,
                              .label = label,
                              .vendor = "v",
                              .brand = "b\n\"quoted\"\tü",
                              .virt = "none",
                              .facts = facts,
                              .l3 = STORE_NONE};
    struct store_host_state state = {.sha = "state", .pmu = "none", .paranoid = STORE_NONE};
    snprintf(plan, sizeof plan, "build %d", number % 5);
    exchange_sum(plan, strlen(plan), sha);
    struct store_build build = {sha, "native", "1.0"};
    exchange_sum("native\nn\n\n\n", 11, env_sha);
    struct store_env env = {env_sha, "native", "n", "", NULL};
    store_begin(store);
    int64_t host_id = store_put_host(store, &host);
    int64_t state_id = store_put_host_state(store, host_id, &state);
    int64_t build_id = store_put_build(store, &build), env_id = store_put_env(store, &env);
    char plan_sha[EXCHANGE_SUM];
    snprintf(plan, sizeof plan, "{\"plan\":%d}", number);
    exchange_sum(plan, strlen(plan), plan_sha);
    int64_t sweep = store_new_sweep(store, host_id, state_id, plan, plan_sha, number, label, "c");
    snprintf(sql, sizeof sql,
             "UPDATE sweep SET uuid='%032d', started='2026-01-01 00:00:%02d' WHERE id=%lld", number,
             number % 60, (long long)sweep);
    change(store, sql);
    store_put_sweep_env(store, sweep, "native", env_id, build_id, 3, NULL);
    store_put_sweep_env(store, sweep, "bochs", STORE_NONE, STORE_NONE, 0, "it is not there");
    struct store_run run = {.sweep_id = sweep,
                            .env_id = env_id,
                            .words = "-t x",
                            .wall_ms = 5,
                            .bye_ok = 1,
                            .clock_pit_ms = 0.1,
                            .ending = "bye",
                            .cal_before = STORE_NONE,
                            .cal_after = STORE_NONE,
                            .clock_tsc = STORE_NONE};
    for (int t = 0; t < 4; t++) {
        char name[40];
        snprintf(name, sizeof name, "made.t%d", (number + t) % 9);
        struct store_test test = {name, "code", "made", "up", NULL, "floor", "", 1, 7};
        int64_t test_id = store_put_test(store, &test);
        store_put_sweep_test(store, sweep, test_id, t);
        for (int64_t r = 0; r < 3; r++) {
            run.round = r;
            run.id = store_begin_run(store, &run);
            store_end_run(store, &run);
            struct store_sample s = {.sweep_id = sweep,
                                     .env_id = env_id,
                                     .build_id = build_id,
                                     .test_id = test_id,
                                     .round = r,
                                     .run_id = run.id,
                                     .iters = 10,
                                     .tsc1 = 100 + r,
                                     .tsc2 = 200 + number + r,
                                     .ns1 = STORE_NONE,
                                     .ns2 = STORE_NONE,
                                     .guest1 = STORE_NONE,
                                     .guest2 = STORE_NONE,
                                     .cal_before = 5,
                                     .cal_after = 6,
                                     .tsc_khz = 7,
                                     .check_ok = 1,
                                     .asked = STORE_NONE,
                                     .correct = STORE_NONE};
            store_add_job(store, sweep, r, env_id, build_id, test_id, r);
            store_put_sample(store, &s);
        }
        snprintf(sql, sizeof sql,
                 "UPDATE result SET status='ok', n=3, est=%.17g, lo=%.17g, hi=%.17g WHERE "
                 "sweep_id=%lld AND test_id=%lld",
                 1.0 / (number + 3), 0.1 / (number + 3), 1e300 / 3, (long long)sweep,
                 (long long)test_id);
        change(store, sql);
        if (t == 0) {
            struct store_stage stage = {"execute", 2, 3, 4, 500, 750.1, 100};
            store_add_stage(store, sweep, env_id, build_id, test_id, &stage);
        }
        struct store_change moved = {test_id,
                                     host_id,
                                     build_id,
                                     build_id,
                                     STORE_NONE,
                                     "native",
                                     number % 2 ? "suspect" : "refuted",
                                     1.1 + number % 4,
                                     1.05,
                                     1.2,
                                     0.001};
        if (number % 3 == 0)
            moved.confirm_sweep = sweep;
        store_put_change(store, &moved);
    }
    store_commit(store);
    return sweep;
}

/* 50 exports: of single sweeps, finished or not (so that the same one is there twice), of several,
 * and some with another label or a better clock for the same rows. */
static void make_files(struct text *files)
{
    for (int f = 0; f < FILES; f++) {
        struct store *store = open_named("source", f);
        if (!store)
            return;
        for (int k = 0; k <= f % 3; k++) {
            int number = (f * 7 + k * 5) % 40;
            int64_t sweep = make_sweep(store, number);
            char sql[200];
            snprintf(sql, sizeof sql,
                     "UPDATE sweep SET finished='2026-01-02 %02d:00:00' WHERE id=%lld",
                     (number + f % 2) % 24, (long long)sweep);
            if (f % 4) {
                store_set_sweep(store, sweep, "done", NULL);
                change(store, sql);
            } else {
                store_set_sweep(store, sweep, "running", "somebody");
                change(store, "DELETE FROM sample WHERE i > 1");
            }
        }
        if (f % 5 == 1)
            change(store, "UPDATE env SET guest_tsc = 'host'");
        if (f % 6 == 1)
            change(store,
                   "UPDATE build SET seq = id, commit_id = 'abc'; INSERT INTO step_mark SELECT "
                   "id, '*', 'note ' || sha FROM build");
        files[f] = export_all(store, f % 2);
        store_close(store);
    }
}

static void test_orders(const struct text *files)
{
    struct text first = {NULL, 0};
    int differ = 0, refused = 0;
    for (int order = 0; order < ORDERS; order++) {
        struct store *store = open_named("order", order);
        int list[FILES + 10];
        for (int i = 0; i < FILES; i++)
            list[i] = i;
        for (int i = FILES; i > 1; i--) {
            int j = (int)next_random((uint64_t)i), held = list[i - 1];
            list[i - 1] = list[j];
            list[j] = held;
        }
        for (int i = 0; i < 10; i++) /* some again */
            list[FILES + i] = (int)next_random(FILES);
        for (int i = 0; store && i < FILES + 10; i++) {
            struct store_imported counts;
            const struct text *file = &files[list[i]];
            if (store_import(store, file->bytes, file->count, &counts) < 0) {
                printf("note: %s\n", store_error(store));
                refused++;
            }
        }
        struct text text = export_all(store, 1);
        if (!order) {
            first = text;
            report("sweeps of all files are there", ask(store, "SELECT count(*) FROM sweep") == 40,
                   "%g of 40", ask(store, "SELECT count(*) FROM sweep"));
            struct store_table findings;
            store_check(store, &findings);
            report("check is clean", findings.rows == 0, "%zu findings, %s", findings.rows,
                   findings.rows ? store_cell(&findings, 0, 0)->text : "");
            store_free_table(&findings);
        } else {
            differ += text.count != first.count || memcmp(text.bytes, first.bytes, text.count) != 0;
            free(text.bytes);
        }
        store_close(store);
    }
    report("no file is refused", refused == 0, "%d", refused);
    report("ten orders, the same bytes", differ == 0 && first.count > 10000, "%d differ", differ);
    /* and through another store */
    struct store *store = open_named("again", 0);
    struct store_imported counts;
    int status = store_import(store, first.bytes, first.count, &counts);
    struct text again = export_all(store, 1);
    report("an export of an import is the same",
           status == 0 && counts.added == 40 && again.count == first.count &&
               !memcmp(again.bytes, first.bytes, first.count),
           "%s", status ? store_error(store) : "other bytes");
    status = store_import(store, first.bytes, first.count, &counts);
    report("twice is once",
           status == 0 && counts.added == 0 && counts.replaced == 0 && counts.known == 40,
           "%lld new", (long long)counts.added);
    report("reals are what they were",
           ask(store, "SELECT count(*) FROM result r JOIN sweep s ON s.id=r.sweep_id WHERE "
                      "r.est = 1.0/(s.seed + 3)") == 160,
           "%g",
           ask(store, "SELECT count(*) FROM result r JOIN sweep s ON s.id=r.sweep_id WHERE "
                      "r.est = 1.0/(s.seed + 3)"));
    report("nobody resumes what was imported",
           ask(store, "SELECT count(*) FROM sweep WHERE state IN ('planned','running')") == 0,
           "yes");
    store_close(store);
    free(again.bytes);
    free(first.bytes);
}

static void expect_refusal(struct store *store, const char *name, const char *bytes, size_t count,
                           const char *says)
{
    struct store_imported counts;
    double before = ask(store, "SELECT count(*) FROM result");
    int status = store_import(store, bytes, count, &counts);
    report(name,
           status < 0 && strstr(store_error(store), says) &&
               ask(store, "SELECT count(*) FROM result") == before,
           "%d %s", status, store_error(store));
}

/* The text with its first `from` replaced, and a right tail. */
static struct text forge(const struct text *file, const char *from, const char *to)
{
    struct text out = {NULL, 0};
    const char *at = strstr(file->bytes, from), *tail = strstr(file->bytes, "{\"t\":\"end\"");
    char end[200], sum[EXCHANGE_SUM];
    if (!at || !tail || at > tail)
        return out;
    keep(&out, file->bytes, (size_t)(at - file->bytes));
    keep(&out, to, strlen(to));
    keep(&out, at + strlen(from), (size_t)(tail - at) - strlen(from));
    exchange_sum(out.bytes, out.count, sum);
    snprintf(end, sizeof end, "{\"t\":\"end\",\"lines\":1,\"sum\":\"%s\"}\n", sum);
    keep(&out, end, strlen(end));
    return out;
}

static void test_hostile(const struct text *files)
{
    struct store *store = open_named("hostile", 0);
    const struct text *file = &files[5];
    struct store_imported counts;
    char *copy = malloc(file->count);
    int taken = 0;
    if (!store || !copy)
        return;
    for (int i = 0; i < 200; i++)
        taken += store_import(store, file->bytes, next_random(file->count), &counts) == 0;
    report("cut short anywhere: refused", taken == 0, "%d of 200 taken", taken);
    for (int i = 0; i < 200; i++) {
        memcpy(copy, file->bytes, file->count);
        copy[next_random(file->count)] ^= (char)(1 << next_random(8));
        taken += store_import(store, copy, file->count, &counts) == 0;
    }
    /* a bit of the tail's own count of lines, or a letter of its sum in upper case, tells nothing
     */
    report("a bit flipped anywhere: refused", taken <= 2, "%d of 200 taken", taken);
    if (!taken)
        report("and nothing of it is kept", ask(store, "SELECT count(*) FROM host") == 0, "%g",
               ask(store, "SELECT count(*) FROM host"));
    expect_refusal(store, "no export", "hello\n", 6, "not an export");
    expect_refusal(store, "nothing", "", 0, "not an export");
    static const struct {
        const char *name, *from, *to, *says;
    } forged[] = {
        {"a newer format", "\"format\":1", "\"format\":2", "newer Tickmark"},
        {"text where a number belongs", "\"iters\":10", "\"iters\":\"x\"", "cannot store"},
        {"a list", "\"iters\":10", "\"iters\":[10]", "no number and no text"},
        {"a status that there is not", "\"status\":\"ok\"", "\"status\":\"good\"", "CHECK"},
        {"a host that is not in it", "\"host_key\":\"", "\"host_key\":\"x", "does not hold"},
        {"a run that is not in it", "\"run_no\":1", "\"run_no\":99999", "names a run"},
        {"a sample without a result", "{\"t\":\"sweep\",",
         "{\"t\":\"sample\",\"i\":0}\n{\"t\":\"sweep\",", "belongs to no sweep"},
        {"no JSON", "{\"t\":\"build\"", "{\"t\":build", "line "},
    };
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct text text = forge(file, forged[i].from, forged[i].to);
        expect_refusal(store, forged[i].name, text.bytes, text.count, forged[i].says);
        free(text.bytes);
    }
    /* of older and newer releases */
    struct text text =
        forge(file, "\"noise\":\"floor\"", "\"noise\":\"floor\",\"colour\":\"blue\"");
    int status = store_import(store, text.bytes, text.count, &counts);
    report("a field of a newer release is left out", status == 0 && counts.unknown == 1, "%d %s",
           status, store_error(store));
    free(text.bytes);
    text = forge(file, "\"needs\":\"\",", ""); /* as if there had been no such column */
    status = store_import(store, text.bytes, text.count, &counts);
    report("a field that an older release lacks has its default", status == 0, "%s",
           store_error(store));
    free(text.bytes);
    free(copy);
    store_close(store);
}

static void test_replace(void)
{
    struct store *early = open_named("early", 0), *late = open_named("late", 0),
                 *target = open_named("target", 0);
    struct store_imported counts;
    int64_t sweep = make_sweep(early, 12);
    change(early, "DELETE FROM sample WHERE i = 2");
    store_set_sweep(early, sweep, "running", NULL);
    sweep = make_sweep(late, 12);
    store_set_sweep(late, sweep, "done", NULL);
    struct text before = export_all(early, 0), after = export_all(late, 0);
    store_import(target, before.bytes, before.count, &counts);
    double number = ask(target, "SELECT id FROM sweep");
    int status = store_import(target, after.bytes, after.count, &counts);
    report("a sweep that went on replaces its beginning",
           status == 0 && counts.replaced == 1 && ask(target, "SELECT count(*) FROM sample") == 12,
           "%s, %g samples", store_error(target), ask(target, "SELECT count(*) FROM sample"));
    report("and keeps its number, which a judgement names",
           ask(target, "SELECT id FROM sweep") == number &&
               ask(target, "SELECT count(*) FROM change WHERE confirm_sweep = 1") == 4,
           "%g", ask(target, "SELECT count(*) FROM change WHERE confirm_sweep = 1"));
    status = store_import(target, before.bytes, before.count, &counts);
    report("but not the other way round", status == 0 && counts.known == 1, "%s",
           store_error(target));
    free(before.bytes);
    free(after.bytes);
    store_close(early);
    store_close(late);
    store_close(target);
}

static int finds(struct store *store, const char *what)
{
    struct store_table findings;
    int found = 0;
    if (store_check(store, &findings) < 0)
        printf("note: %s\n", store_error(store));
    for (size_t i = 0; i < findings.rows; i++)
        found |= strstr(store_cell(&findings, i, 0)->text, what) != NULL;
    found = *what ? found : findings.rows == 0;
    store_free_table(&findings);
    return found;
}

static void test_care(void)
{
    struct store *store = open_named("care", 0);
    int64_t sweep[2] = {make_sweep(store, 1), make_sweep(store, 2)};
    for (int k = 0; k < 2; k++) {
        store_set_sweep(store, sweep[k], "done", NULL);
        store_seal_sweep(store, sweep[k]);
    }
    report("a store as it was written is clean", finds(store, ""), "it is not");
    static const char *const harms[][3] = {
        {"UPDATE sample SET tsc2 = tsc2 + 1 WHERE result_id = 1 AND i = 1", "the sum is another",
         "UPDATE sample SET tsc2 = tsc2 - 1 WHERE result_id = 1 AND i = 1"},
        {"UPDATE host SET facts = facts || 'x' WHERE id = 1", "fingerprint",
         "UPDATE host SET facts = substr(facts, 1, length(facts) - 1) WHERE id = 1"},
        {"UPDATE sweep SET plan = plan || ' ' WHERE id = 1", "plan",
         "UPDATE sweep SET plan = trim(plan) WHERE id = 1"},
        {"UPDATE env SET argv = 'x'", "environment", "UPDATE env SET argv = ''"},
        {"PRAGMA foreign_keys = 0; UPDATE sweep_test SET test_id = 99 WHERE idx = 3 AND sweep_id = "
         "1",
         "foreign key",
         "UPDATE sweep_test SET test_id = 4 WHERE test_id = 99; PRAGMA foreign_keys = 1"},
        {"DELETE FROM sample WHERE result_id = 2", "no sample", NULL},
    };
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        change(store, harms[i][0]);
        report(harms[i][0], finds(store, harms[i][1]), "check does not see it");
        if (harms[i][2])
            change(store, harms[i][2]);
        if (harms[i][2])
            report("and clean again", finds(store, ""), "it is not");
    }
    int64_t dropped = store_prune(store, "[1,2,3]", 0);
    report("samples are dropped, results stay",
           dropped == 2 && ask(store, "SELECT count(*) FROM sample") == 0 &&
               ask(store, "SELECT count(*) FROM result") == 8,
           "%lld", (long long)dropped);
    report("which is no loss", finds(store, ""), "check says so");
    dropped = store_prune(store, "[1]", 1);
    report("a sweep is dropped, with what was its own",
           dropped == 1 && ask(store, "SELECT count(*) FROM sweep") == 1 &&
               ask(store, "SELECT count(*) FROM build") == 1 && finds(store, ""),
           "%lld, %g builds", (long long)dropped, ask(store, "SELECT count(*) FROM build"));
    make_sweep(store, 3);
    report("but none that is not finished", store_prune(store, "[3]", 1) == 0, "it was");
    report("the file shrinks", store_shrink(store) == 0, "%s", store_error(store));
    store_close(store);
}

int main(void)
{
    static struct text files[FILES];
    snprintf(dir, sizeof dir, "/tmp/tickmark-exchange.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    make_files(files);
    test_orders(files);
    test_hostile(files);
    test_replace();
    test_care();
    for (int i = 0; i < FILES; i++)
        free(files[i].bytes);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) != 0 || failures > 0;
}
