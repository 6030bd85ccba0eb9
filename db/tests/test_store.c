/* test_store.c: opening good and bad files, the schema, the queue, samples that are never doubled,
 * estimates, views. */
#include "db/embedded.h"
#include "db/store.h"
#include "db/tests/report.h"

#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static const char *path_of(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static void make_file(const char *name, const char *bytes, size_t count, mode_t mode)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count || fchmod(fd, mode) < 0)
        printf("FAIL cannot write %s\n", name);
    close(fd);
}

static void run_sql(const char *name, const char *sql)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path_of(name), &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        printf("FAIL cannot prepare %s: %s\n", name, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void expect_refusal(const char *name, const char *file, enum store_mode mode,
                           const char *says)
{
    char err[512] = "";
    struct stat before, after;
    int there = stat(path_of(file), &before) == 0;
    struct store *store = store_open(path_of(file), mode, err, sizeof err);
    int same = !there || (stat(path_of(file), &after) == 0 && before.st_size == after.st_size &&
                          before.st_mtime == after.st_mtime);
    report(name, !store && strstr(err, says) && strstr(err, file) && same, "%s '%s'",
           store  ? "opened"
           : same ? "refused"
                  : "changed the file",
           err);
    store_close(store);
}

static void test_bad_files(void)
{
    char garbage[5000];
    memset(garbage, 'g', sizeof garbage);
    make_file("garbage.db", garbage, sizeof garbage, 0600);
    expect_refusal("not a database", "garbage.db", STORE_WRITE, "not a database");
    expect_refusal("not a database, read", "garbage.db", STORE_READ, "not a database");
    make_file("short.db", "SQLite format 3", 15, 0600);
    expect_refusal("a truncated database", "short.db", STORE_WRITE, "not a database");
    run_sql("other.db", "CREATE TABLE t(a); PRAGMA user_version = 1");
    expect_refusal("somebody else's database", "other.db", STORE_WRITE, "not one of Tickmark's");
    run_sql("newer.db",
            "CREATE TABLE t(a); PRAGMA application_id = 0x54434b4d; PRAGMA user_version = 99");
    expect_refusal("a newer schema", "newer.db", STORE_WRITE, "newer Tickmark (schema 99");
    expect_refusal("a newer schema, read", "newer.db", STORE_READ, "newer Tickmark (schema 99");
    expect_refusal("no file", "none.db", STORE_READ, "no such database");
    report("reading makes no file", access(path_of("none.db"), F_OK) < 0, "it is there");
    make_file("empty.db", "", 0, 0600);
    expect_refusal("an empty file, read", "empty.db", STORE_READ, "empty");
    mkdir(path_of("folder.db"), 0700);
    expect_refusal("a folder", "folder.db", STORE_WRITE, "not a file");
    expect_refusal("a folder that is not there", "no/where.db", STORE_WRITE, "cannot be opened");
    char err[512];
    store_close(store_open(path_of("locked.db"), STORE_WRITE, err, sizeof err));
    chmod(path_of("locked.db"), 0400);
    expect_refusal("a read-only file", "locked.db", STORE_WRITE, "read-only");
    struct store *store = store_open(path_of("locked.db"), STORE_READ, err, sizeof err);
    report("a read-only file can be read", store != NULL, "%s", err);
    store_close(store);
}

/* SHA-256 of the file; "" if it cannot be had. */
static void sum_of(const char *name, char *sum, size_t room)
{
    char command[200];
    snprintf(command, sizeof command, "sha256sum < %s", path_of(name));
    FILE *out = popen(command, "r");
    if (!out || !fgets(sum, (int)room, out))
        *sum = 0;
    if (out)
        pclose(out);
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

/* The first release's store, as readers see it; the file stays as it is, to the byte. */
static void test_older_is_read(void)
{
    char err[512] = "", sum[2][100];
    for (int mode = 0; mode < 2; mode++) {
        sum_of("first.db", sum[0], sizeof sum[0]);
        chmod(path_of("first.db"), mode ? 0400 : 0600);
        struct store *store = store_open(path_of("first.db"), STORE_READ, err, sizeof err);
        report(mode ? "an older schema in a read-only file" : "an older schema, read",
               store && ask(store, "SELECT count(*) FROM v_latest WHERE est = 10") == 2 &&
                   ask(store, "SELECT user_version FROM pragma_user_version") ==
                       store_schema_version(),
               "%s", err);
        report("and is not written", store && store_set_env_clock(store, 1, "host") < 0, "it is");
        store_close(store);
        sum_of("first.db", sum[1], sizeof sum[1]);
        report("the file is as it was", !strcmp(sum[0], sum[1]) && *sum[0], "%s, was %s", sum[1],
               sum[0]);
    }
    chmod(path_of("first.db"), 0600);
    /* what a WAL left behind is read too */
    run_sql("wal.db", "VACUUM");
    char command[400];
    snprintf(command, sizeof command, "cp %s %s", path_of("first.db"), path_of("wal.db"));
    sqlite3 *writer = NULL;
    if (system(command) || sqlite3_open(path_of("wal.db"), &writer) != SQLITE_OK ||
        sqlite3_exec(writer,
                     "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                     "UPDATE result SET est = 12",
                     NULL, NULL, NULL) != SQLITE_OK)
        printf("FAIL cannot prepare wal.db\n");
    struct store *store = store_open(path_of("wal.db"), STORE_READ, err, sizeof err);
    report("an older schema with a log, while somebody has it open",
           store && ask(store, "SELECT count(*) FROM v_latest WHERE est = 12") == 2, "%s", err);
    store_close(store);
    sqlite3_close(writer);
    /* ours by its head, and something else within */
    run_sql("hollow.db", "CREATE TABLE t(a); PRAGMA application_id = 0x54434b4d;"
                         "PRAGMA user_version = 3");
    expect_refusal("an older schema that is none", "hollow.db", STORE_READ,
                   "no copy of it can be brought up");
    run_sql("none_yet.db", "PRAGMA application_id = 0x54434b4d; CREATE TABLE t(a); DROP TABLE t");
    expect_refusal("no schema at all, read", "none_yet.db", STORE_READ, "no sweep has been stored");
}

/* A store as the first release left it, brought up to today's schema. */
static void test_migration(void)
{
    char err[512] = "";
    const char *first = NULL;
    for (size_t i = 0; i < embedded_count; i++)
        if (!strcmp(embedded_files[i].name, "migrations/0001_init.sql"))
            first = embedded_files[i].text;
    run_sql("first.db", first ? first : "no step 1");
    run_sql("first.db",
            "PRAGMA application_id = 0x54434b4d; PRAGMA user_version = 1;"
            "INSERT INTO store VALUES (1, 'u', 'c');"
            "INSERT INTO host(id, fp, label, vendor, family, model, stepping, brand, ncpu, smt, "
            "facts) VALUES (1, 'f', 'l', 'v', 6, 1, 1, 'b', 1, 0, '');"
            "INSERT INTO host_state(id, host_id, sha, pmu) VALUES (1, 1, 's', 'none');"
            "INSERT INTO build(id, sha, project, version) VALUES (1, 'b', 'x', '1');"
            "INSERT INTO env(id, sha, kind, label) VALUES (1, 'e', 'native', 'n');"
            "INSERT INTO test(id, name, code_sha, family, title, ops, noise) VALUES "
            "(1, 'a.b', 'c', 'a', 't', 1, 'floor'), (2, 'a.c', 'c', 'a', 't', 1, 'spread');"
            "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, collector, "
            "started, state) VALUES (1, 'u', 1, 1, '', '', 1, 'c', '2026-01-02', 'done');"
            "INSERT INTO result(sweep_id, env_id, build_id, test_id, status, n, est, lo, hi) "
            "VALUES (1, 1, 1, 1, 'ok', 5, 10, 10, 11), (1, 1, 1, 2, 'ok', 5, 10, 10, 11)");
    test_older_is_read();
    struct store *store = store_open(path_of("first.db"), STORE_WRITE, err, sizeof err);
    report("an older schema is brought up", store != NULL, "%s", err);
    if (!store)
        return;
    report("to the newest step",
           ask(store, "SELECT user_version FROM pragma_user_version") == store_schema_version(),
           "%g", ask(store, "SELECT user_version FROM pragma_user_version"));
    report("what was stored is still there",
           ask(store, "SELECT count(*) FROM v_latest WHERE est = 10 AND host = 'l'") == 2, "%g",
           ask(store, "SELECT count(*) FROM v_latest"));
    report("halves of floors come from their intervals",
           fabs(ask(store, "SELECT halves FROM result WHERE test_id = 1") - 0.1) < 1e-9 &&
               ask(store, "SELECT count(*) FROM result WHERE halves IS NULL") == 1,
           "%g", ask(store, "SELECT halves FROM result WHERE test_id = 1"));
    const struct store_env wine = {"w", "wine", "Wine", "", NULL},
                           strange = {"v", "vine", "Vine", "", NULL};
    report("wine is an environment", store_put_env(store, &wine) > 1, "%s", store_error(store));
    report("what is none is refused", store_put_env(store, &strange) < 0, "it is stored");
    store_close(store);
    /* its table's definition was changed in place: the file is whole, and others read it so */
    store = store_open(path_of("first.db"), STORE_READ, err, sizeof err);
    report("the file is whole",
           store &&
               ask(store, "SELECT count(*) FROM pragma_integrity_check WHERE "
                          "integrity_check = 'ok'") == 1 &&
               ask(store, "SELECT count(*) FROM env WHERE kind = 'wine'") == 1,
           "%s", err);
    store_close(store);
}

static void test_reference(struct store *store)
{
    report("published figures", ask(store, "SELECT count(*) FROM reference_result") == 91 + 17 * 2,
           "%g rows", ask(store, "SELECT count(*) FROM reference_result"));
    report(
        "Core i5 builds in 15.6 s",
        ask(store,
            "SELECT value FROM reference_result WHERE host LIKE 'Core i5%' AND unit='seconds' AND "
            "env='native'") == 15.6,
        "it does not");
    report("a figure that is printed as below 1 is no 0",
           ask(store, "SELECT count(*) FROM reference_result WHERE test='memband_aligned' AND "
                      "value IS NULL AND text='<1'") == 3 &&
               ask(store, "SELECT count(*) FROM reference_result WHERE value=0") == 0 &&
               ask(store, "SELECT count(*) FROM reference_result WHERE text IS NOT NULL") == 3,
           "it is");
    report(
        "each names its source",
        ask(store, "SELECT count(*) FROM reference_result WHERE source LIKE '%emulators.com%'") ==
            ask(store, "SELECT count(*) FROM reference_result"),
        "some do not");
}

static void change(struct store *store, const char *sql)
{
    struct store_table table;
    if (store_query(store, sql, NULL, 0, &table) < 0)
        printf("note: %s\n", store_error(store));
    else
        store_free_table(&table);
}

/* The one slowdown of the store, native 2 and guest 5 by est, under other units and needs. */
static void test_units(struct store *store)
{
    static const struct {
        const char *name, *native, *guest;
        double slowdown, high;
    } cases[] = {
        {"two core clocks", "est=2, lo=2, tsc_per_op=4, clk_ghz=3", "tsc_per_op=10, clk_ghz=3", 2.5,
         2.75},
        {"ticks of the guest over clocks", "est=2, lo=2, tsc_per_op=4, clk_ghz=3",
         "tsc_per_op=5, clk_ghz=NULL", 1.25, 1.375},
        {"clocks over native ticks", "est=2, lo=2, tsc_per_op=2, clk_ghz=NULL",
         "tsc_per_op=10, clk_ghz=3", 5, 5.5},
        {"two in ticks", "est=2, lo=2, tsc_per_op=2, clk_ghz=NULL", "tsc_per_op=5, clk_ghz=NULL",
         2.5, 2.75},
        {"another unit and no ticks", "est=2, lo=2, tsc_per_op=NULL, clk_ghz=NULL",
         "tsc_per_op=10, clk_ghz=3", NAN, NAN},
        {"a native figure below nothing", "est=-2, lo=-2, tsc_per_op=-4, clk_ghz=3",
         "tsc_per_op=10, clk_ghz=3", NAN, NAN},
        {"a native interval from below nothing", "est=2, lo=-2, tsc_per_op=4, clk_ghz=3",
         "tsc_per_op=10, clk_ghz=3", 2.5, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[300];
        snprintf(sql, sizeof sql,
                 "UPDATE result SET %s WHERE env_id = (SELECT id FROM env WHERE kind = 'native')",
                 cases[i].native);
        change(store, sql);
        snprintf(sql, sizeof sql,
                 "UPDATE result SET %s WHERE env_id = (SELECT id FROM env WHERE kind = 'emu-jit')",
                 cases[i].guest);
        change(store, sql);
        double slowdown = ask(store, "SELECT slowdown FROM v_slowdown_latest");
        double high = ask(store, "SELECT slow_hi FROM v_slowdown_latest");
        int same =
            isnan(cases[i].slowdown) ? isnan(slowdown) : fabs(slowdown - cases[i].slowdown) < 1e-9;
        same &= isnan(cases[i].high) ? isnan(high) : fabs(high - cases[i].high) < 1e-9;
        report(cases[i].name, same, "%g up to %g, not %g up to %g", slowdown, high,
               cases[i].slowdown, cases[i].high);
    }
    report("a row without a slowdown stays",
           ask(store, "SELECT count(*) FROM v_slowdown_latest") == 1, "it is gone");
    change(store, "UPDATE result SET est=2, lo=2, tsc_per_op=2, clk_ghz=NULL WHERE est=-2");
    static const struct {
        const char *needs;
        int compares;
    } words[] = {{"", 1},         {"cmov tsc", 1}, {"faults", 0},   {"ring0 faults cx8", 0},
                 {"cx8 trap", 0}, {"trap", 0},     {"trapdoor", 1}, {"default faultless", 1}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char sql[100], name[100];
        snprintf(sql, sizeof sql, "UPDATE test SET needs='%s'", words[i].needs);
        change(store, sql);
        snprintf(name, sizeof name, "needs '%s': %s", words[i].needs,
                 words[i].compares ? "compares" : "does not compare");
        double compares = ask(store, "SELECT compares FROM v_slowdown_latest");
        report(name, compares == words[i].compares, "%g", compares);
    }
    change(store, "UPDATE test SET needs=''");
}

struct ids {
    int64_t sweep, env[2], build, test[2];
};

static void make_sweep(struct store *store, struct ids *ids)
{
    struct store_host host = {
        "fp1", "here", "AuthenticAMD", "EPYC",     "kvm", "a=1\n", 25, 17, 1, 2, 0,
        32,    32,     1024,           STORE_NONE, 1000};
    struct store_host_state state = {.sha = "s1", .pmu = "none", .tsc_khz = 1, .tsc_invariant = 1};
    struct store_build build = {"b1", "native", "1"};
    struct store_env native = {"e1", "native", "native", "", NULL},
                     jit = {"e2", "emu-jit", "jit", "", "i"};
    int64_t host_id = store_put_host(store, &host),
            state_id = store_put_host_state(store, host_id, &state);
    report("a host is one row", host_id > 0 && store_put_host(store, &host) == host_id,
           "it is doubled");
    report("a state is one row",
           state_id > 0 && store_put_host_state(store, host_id, &state) == state_id,
           "it is doubled");
    ids->build = store_put_build(store, &build);
    ids->env[0] = store_put_env(store, &native);
    ids->env[1] = store_put_env(store, &jit);
    for (int t = 0; t < 2; t++) {
        struct store_test test = {t ? "int.b" : "int.a", "c", "int", "t", NULL, "floor", "", 64, 7};
        ids->test[t] = store_put_test(store, &test);
    }
    ids->sweep =
        store_new_sweep(store, host_id, state_id, "{}", "p", 1, "it's; DROP TABLE job;--", "c");
    for (int64_t round = 0, pos = 0; round < 2; round++)
        for (int e = 0; e < 2; e++, pos++)
            for (int t = 0; t < 2; t++)
                if (store_add_job(store, ids->sweep, pos, ids->env[e], ids->build, ids->test[t],
                                  round) < 0)
                    report("adding a job", 0, "%s", store_error(store));
    report("a job is one row",
           store_add_job(store, ids->sweep, 0, ids->env[0], ids->build, ids->test[0], 0) < 0,
           "it is doubled");
}

static struct store_sample sample_of(const struct ids *ids, int e, int t, int64_t round, int64_t t2)
{
    return (struct store_sample){.sweep_id = ids->sweep,
                                 .env_id = ids->env[e],
                                 .build_id = ids->build,
                                 .test_id = ids->test[t],
                                 .round = round,
                                 .run_id = STORE_NONE,
                                 .iters = 4,
                                 .tsc1 = 1,
                                 .tsc2 = t2,
                                 .ns1 = STORE_NONE,
                                 .ns2 = STORE_NONE,
                                 .guest1 = STORE_NONE,
                                 .guest2 = STORE_NONE,
                                 .cal_before = 5,
                                 .cal_after = STORE_NONE,
                                 .tsc_khz = 5,
                                 .check_ok = 1};
}

static void test_queue(struct store *store, const struct ids *ids)
{
    struct store_group group;
    report("the first group",
           store_next_group(store, ids->sweep, &group) == 1 && group.count == 2 &&
               group.env_id == ids->env[0] && group.round == 0,
           "it is another");
    report("start", store_start_jobs(store, &group) == 0, "%s", store_error(store));
    struct store_sample sample = sample_of(ids, 0, 0, 0, 100);
    report("a sample is stored", store_put_sample(store, &sample) == 1, "%s", store_error(store));
    sample.tsc2 = 999;
    report("a second one is not", store_put_sample(store, &sample) == 0, "it was");
    report("the first one stays", ask(store, "SELECT tsc2 FROM sample") == 100, "it does not");
    report("its job is done", ask(store, "SELECT count(*) FROM job WHERE state='done'") == 1,
           "it is not");
    report("the rest is ready again",
           store_release_jobs(store, &group) == 0 &&
               ask(store, "SELECT count(*) FROM job WHERE state='ready'") == 7,
           "%g ready", ask(store, "SELECT count(*) FROM job WHERE state='ready'"));
    store_free_group(&group);
    struct store_verdict v = {ids->sweep, ids->env[0], ids->build, ids->test[1],
                              STORE_NONE, "failed",    "crash",    "x"};
    report("a guilty test leaves the queue",
           store_fail_job(store, &v) == 0 &&
               ask(store, "SELECT count(*) FROM job WHERE state='failed'") == 2,
           "%s", store_error(store));
    store_begin(store);
    sample = sample_of(ids, 0, 0, 1, 100);
    store_put_sample(store, &sample);
    store_rollback(store);
    report("a transaction that is rolled back leaves nothing",
           ask(store, "SELECT count(*) FROM sample") == 1 &&
               ask(store, "SELECT count(*) FROM job WHERE state='done'") == 1,
           "it does");
    for (int e = 0; e < 2; e++)
        for (int64_t round = 0; round < 2; round++) {
            sample = sample_of(ids, e, 0, round, 100 + round);
            store_put_sample(store, &sample);
        }
    struct store_sweep found;
    report("an unfinished sweep is found",
           store_find_sweep(store, 1, STORE_NONE, &found) == 1 && found.id == ids->sweep &&
               !strcmp(found.label, "it's; DROP TABLE job;--"),
           "it is not");
    store_free_sweep(&found);
    report("a finished one is not",
           store_set_sweep(store, ids->sweep, "done", NULL) == 0 &&
               store_find_sweep(store, 1, STORE_NONE, &found) == 0,
           "it is");
}

static void test_results(struct store *store, const struct ids *ids)
{
    struct store_result *results;
    size_t count;
    store_list_results(store, ids->sweep, STORE_NONE, &results, &count);
    report("results", count == 3, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        double est = !strcmp(results[i].kind, "native") ? 2 : 5;
        struct store_estimate e = {"ok", NULL, 2,   0, 1,   0,   est, est, est * 1.1,
                                   est,  est,  est, 0, est, est, NAN, NAN, 0.1};
        if (results[i].test_id == ids->test[0])
            store_set_estimate(store, results[i].id, &e);
    }
    free(results);
    store_put_sweep_env(store, ids->sweep, "native", ids->env[0], ids->build, 2, NULL);
    store_put_sweep_env(store, ids->sweep, "emu-jit", ids->env[1], ids->build, 2, NULL);
    change(store, "UPDATE result SET halves=0.2 WHERE env_id=2 AND halves IS NOT NULL");
    report("noise floor of each environment",
           store_set_noise(store, ids->sweep) == 0 &&
               fabs(ask(store, "SELECT aa_floor FROM sweep") - 0.1) < 1e-9 &&
               fabs(ask(store, "SELECT aa_floor FROM sweep_env WHERE kind='emu-jit'") - 0.2) < 1e-9,
           "%g, %g", ask(store, "SELECT aa_floor FROM sweep"),
           ask(store, "SELECT aa_floor FROM sweep_env WHERE kind='emu-jit'"));
    report("that of a twin stays",
           store_set_twin_noise(store, ids->sweep, "native", 0.03, 7) == 0 &&
               store_set_noise(store, ids->sweep) == 0 &&
               ask(store, "SELECT aa_floor FROM sweep") == 0.03 &&
               ask(store, "SELECT aa_tests FROM sweep_env WHERE aa_pair='twin'") == 7,
           "%g", ask(store, "SELECT aa_floor FROM sweep"));
    double before = ask(store, "SELECT count(*) FROM job WHERE state='ready'");
    int64_t skipped = store_skip_rounds(store, ids->sweep, 1, "native", "time is up");
    report("later rounds can be left out",
           skipped == 1 &&
               ask(store, "SELECT count(*) FROM job WHERE state='ready'") == before - 1 &&
               ask(store, "SELECT count(*) FROM job WHERE state='skip' AND round=0") == 0,
           "%lld of %g", (long long)skipped, before);
    report("a test that is known well enough stops",
           store_stop_tests(store, ids->sweep, ids->env[0], 3, 0.1, "interval") == 0 &&
               store_stop_tests(store, ids->sweep, ids->env[0], 2, 0.04, "interval") == 0 &&
               store_stop_tests(store, ids->sweep, ids->env[0], 2, 0.051, "interval ok") >= 0,
           "%s", store_error(store));
    change(store, "UPDATE job SET state='skip', note='time is up' WHERE round=1 AND env_id=2");
    int ended = store_set_stops(store, ids->sweep);
    double by_time = ask(store, "SELECT count(*) FROM result WHERE stopped='time'"),
           by_rounds = ask(store, "SELECT count(*) FROM result WHERE stopped='rounds'");
    report("what ended the rounds is kept", ended == 0 && by_time == 1 && by_rounds == 1,
           "%g by time, %g by rounds", by_time, by_rounds);
    report("slowdown", ask(store, "SELECT slowdown FROM v_slowdown_latest") == 2.5, "%g",
           ask(store, "SELECT slowdown FROM v_slowdown_latest"));
    report("slowdown interval",
           fabs(ask(store, "SELECT slow_hi FROM v_slowdown_latest") - 2.75) < 1e-9, "wrong");
    test_units(store);
    report("latest leaves crashes out", ask(store, "SELECT count(*) FROM v_latest") == 2,
           "it does not");
    report("newest does not", ask(store, "SELECT count(*) FROM v_newest") == 3, "it does");
    struct store_stage stage = {"execute", 2, 3, 4, 500, 750, 100};
    store_add_stage(store, ids->sweep, ids->env[1], ids->build, ids->test[0], &stage);
    store_add_stage(store, ids->sweep, ids->env[1], ids->build, ids->test[0], &stage);
    report("stages add up",
           ask(store, "SELECT clk_per_op FROM v_stage_latest") == 7.5 &&
               ask(store, "SELECT ops FROM stage") == 200,
           "%g", ask(store, "SELECT clk_per_op FROM v_stage_latest"));
    struct store_param evil = {":test", "int.a' OR '1'='1", 0};
    struct store_table table;
    store_query(store, "SELECT count(*) FROM test WHERE name = :test", &evil, 1, &table);
    report("values are bound", store_cell(&table, 0, 0)->real == 0, "they are not");
    store_free_table(&table);
    report("an unknown query is told",
           store_query(store, "nonsense", NULL, 0, &table) < 0 &&
               strstr(store_error(store), "nonsense"),
           "%s", store_error(store));
    report("broken SQL is told", store_query(store, "SELECT FROM WHERE", NULL, 0, &table) < 0,
           "it is not");
}

int main(void)
{
    char err[512];
    struct ids ids;
    snprintf(dir, sizeof dir, "/tmp/tickmark-store.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    test_bad_files();
    test_migration();
    struct store *store = store_open(path_of("a.db"), STORE_WRITE, err, sizeof err);
    report("a new store", store != NULL, "%s", err);
    if (store) {
        report("schema step",
               ask(store, "SELECT user_version FROM pragma_user_version") == store_schema_version(),
               "%g", ask(store, "SELECT user_version FROM pragma_user_version"));
        report("foreign keys", ask(store, "SELECT foreign_keys FROM pragma_foreign_keys") == 1,
               "off");
        test_reference(store);
        make_sweep(store, &ids);
        test_queue(store, &ids);
        test_results(store, &ids);
        store_close(store);
        store = store_open(path_of("a.db"), STORE_WRITE, err, sizeof err);
        report("opened again, nothing is doubled",
               store && ask(store, "SELECT count(*) FROM reference_result") == 91 + 17 * 2 &&
                   ask(store, "SELECT count(*) FROM store") == 1,
               "%s", err);
        store_close(store);
        store = store_open(path_of("a.db"), STORE_READ, err, sizeof err);
        report("a reader cannot write", store && store_set_env_clock(store, 1, "host") < 0,
               "it can");
        store_close(store);
    }
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) != 0 || failures > 0;
}
