/* test_big.c: every table and the report over a generated store: 3 hosts with 6 builds each, 300
 * tests in 6 environments.  test_big_full has 100 hosts with 50 builds: 9 million results.  What
 * each took is printed: wanted are 2 s for a table and 30 s for the report, on a quiet machine.  On
 * a busy one even processor time is up to twice as long, so what fails is only five times that: a
 * plan that looks at every result, or at all pairs of them.  Results have no samples: what compares
 * does so by intervals.
 *
 * What is indexed, and why: docs/scale.md. */
#include "collector/tests/case.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef TRIALS
#define TRIALS 600
#endif
#define HOSTS       (TRIALS / 200) /* 3, or 100 */
#define BUILDS      (TRIALS > 2000 ? 50 : 6)
#define TESTS       300
#define BYTES_EACH  400 /* of a result, indexes and what sorting them needs included */
#define TABLE_CPU_S 10.0
#define PAGE_CPU_S  150.0

static struct case_place place;

static const char *const steps[] = {
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; BEGIN",
    "DROP INDEX result_by_test",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%1$d) INSERT INTO "
    "host(id, "
    "fp, label, vendor, family, model, stepping, brand, ncpu, smt, facts) SELECT i, "
    "printf('%%064x', i), 'host ' || i, 'v', 6, 1, 1, 'b', 1, 0, '' FROM n",
    "INSERT INTO host_state(id, host_id, sha, pmu) SELECT id, id, 's', 'none' FROM host",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%2$d) INSERT INTO "
    "build(id, "
    "sha, project, version, seq) SELECT i, printf('%%064x', i * 7919), 'tickmark-emu', 'v' || i, i "
    "FROM n",
    "INSERT INTO env(id, sha, kind, label, guest_tsc) VALUES (1,'e1','native','n','host'), "
    "(2,'e2','emu-jit','j','host'), (3,'e3','emu-interp','i','host'), "
    "(4,'e4','qemu-tcg','q','host'), "
    "(5,'e5','qemu-kvm','k','host'), (6,'e6','bochs','b','virtual')",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%3$d) INSERT INTO "
    "test(id, "
    "name, code_sha, family, title, ops, noise) SELECT i, 'fam' || (i %% 20) || '.test' || i, 'c', "
    "'fam' || (i %% 20), 'made up', 64, CASE WHEN i %% 4 THEN 'floor' ELSE 'spread' END FROM n",
    "INSERT INTO sweep(id, uuid, host_id, state_id, plan, plan_sha, seed, collector, started, "
    "finished, state, aa_floor) SELECT (h.id - 1) * %2$d + b.id, printf('%%032x', h.id * 1000 + "
    "b.id), "
    "h.id, h.id, '', '', 1, 'c', datetime('2020-01-01', b.id || ' days', h.id || ' minutes'), "
    "datetime('2020-01-02', b.id || ' days'), 'done', 0.004 FROM host h, build b",
    "INSERT INTO sweep_env(sweep_id, kind, env_id, build_id, rounds) SELECT s.id, e.kind, e.id, "
    "(s.id "
    "- 1) %% %2$d + 1, 20 FROM sweep s, env e",
    "INSERT INTO sweep_test(sweep_id, test_id, idx) SELECT s.id, t.id, t.id FROM sweep s, test t",
    /* in the order of the unique key; costs differ by test, a little by build, and by what is odd
     */
    "INSERT INTO result(sweep_id, env_id, build_id, test_id, status, n, est, lo, hi, vmin, vmed, "
    "vtrim, vmad, tsc_per_op, ns_per_op, clk_ghz, check_ok, halves) SELECT s.id, e.id, (s.id - 1) "
    "%% "
    "%2$d + 1, t.id, CASE WHEN (s.id * 31 + t.id * 17 + e.id) %% 50 THEN 'ok' ELSE 'noisy' END, "
    "20, "
    "x, x * 0.997, x * 1.004, x, x * 1.002, x * 1.001, x * 0.002, x * 0.9, x * 0.33, 3.0, 1, 0.002 "
    "FROM (SELECT s.id AS sid, e.id AS eid, t.id AS tid, (1 + t.id %% 13) * (1 + (e.id - 1) * 2.5) "
    "* "
    "(1 + ((s.id * 7919 + t.id * 104729 + e.id * 31) %% 101 - 50) / 20000.0) * CASE WHEN (s.id - "
    "1) "
    "%% %2$d >= %2$d - 2 AND t.id %% 50 = 7 THEN 1.08 ELSE 1 END AS x FROM sweep s CROSS JOIN env "
    "e "
    "CROSS "
    "JOIN test t) JOIN sweep s ON s.id = sid JOIN env e ON e.id = eid JOIN test t ON t.id = tid",
    "INSERT INTO stage(result_id, stage, calls, clk, items, bytes, tsc, ops) SELECT r.id, w.value, "
    "10, "
    "100.0 + r.id %% 7, 10, 0, 90, 64 FROM result r JOIN "
    "json_each('[\"decode\",\"translate\",\"link\","
    "\"dispatch\",\"execute\",\"mmu\",\"helper\",\"irq\",\"device\",\"smc\",\"idle\"]') w WHERE "
    "r.env_id = 2 AND r.build_id = %2$d",
    "CREATE INDEX result_by_test ON result(test_id, env_id, build_id)",
    "COMMIT",
};

static int generate(void)
{
    char err[700];
    sqlite3 *db = NULL;
    struct store *store = store_open(place.db, STORE_WRITE, err, sizeof err);
    int bad = !store;
    store_close(store);
    bad = bad || sqlite3_open(place.db, &db) != SQLITE_OK;
    for (size_t i = 0; !bad && i < sizeof steps / sizeof *steps; i++) {
        char sql[2000], *why = NULL;
        snprintf(sql, sizeof sql, steps[i], HOSTS, BUILDS, TESTS);
        bad = sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK;
        if (bad)
            printf("note: %s: %.200s\n", why, sql);
        sqlite3_free(why);
    }
    sqlite3_close(db);
    return bad ? -1 : 0;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void expect(const char *words, int code, const char *says, double limit_s)
{
    struct rusage used;
    int status = 0;
    char name[300];
    double begin = now_s();
    pid_t pid = case_start(&place, words);
    if (wait4(pid, &status, 0, &used) != pid)
        status = -1;
    double cpu_s = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    int got = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    snprintf(name, sizeof name, "%.100s: %.2f s of processor time, %.2f s", words, cpu_s,
             now_s() - begin);
    case_report(name, got == code && case_log_holds(&place, says) && cpu_s < limit_s,
                "exit %d, expected %d with '%s' in %.0f s", got, code, says, limit_s);
}

int main(int argc, char **argv)
{
    struct statvfs disk;
    if (argc == 3 && !strcmp(argv[1], "--generate")) { /* leave the store in a file, to look at */
        snprintf(place.db, sizeof place.db, "%s", argv[2]);
        return generate() != 0;
    }
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL big: no folder to work in\n");
        return 1;
    }
    double need = (double)HOSTS * BUILDS * TESTS * 6 * BYTES_EACH;
    if (statvfs(place.dir, &disk) == 0 && (double)disk.f_bavail * (double)disk.f_frsize < need) {
        printf("skip big: %.1f GB of temporary room are needed\n", need / 1e9);
        case_close_place(&place);
        return 0;
    }
    double begin = now_s();
    case_report("a store is generated", generate() == 0, "see the note");
    double results = case_ask(&place, "SELECT count(*) FROM result");
    char name[300];
    snprintf(name, sizeof name, "of %.0f results, in %.0f s", results, now_s() - begin);
    case_report(name, results == (double)HOSTS * BUILDS * TESTS * 6, "another number");
    expect("slowdown --db {db}", 0, "fam7.test7", TABLE_CPU_S);
    expect("slowdown --db {db} -t fam7.* --json", 0, "fam7.test7", TABLE_CPU_S);
    expect("stages --db {db}", 0, "execute", TABLE_CPU_S);
    expect("status --db {db}", 0, "done", TABLE_CPU_S);
    expect("host --all --db {db}", 0, "measured", TABLE_CPU_S);
    expect("trend fam7.test7 --db {db}", 0, "slower", TABLE_CPU_S);
    expect("trend fam7.test7 --db {db} -H * -e emu-jit", 0, "slower", TABLE_CPU_S);
    snprintf(name, sizeof name, "compare build:v%d build:v%d --db {db}", BUILDS - 2, BUILDS - 1);
    expect(name, 0, "fam0.test100", TABLE_CPU_S);
    expect("compare sweep:1 sweep:2 --db {db}", 0, "fam0.test100", TABLE_CPU_S);
    expect("compare native emu-jit --db {db}", 0, "fam0.test100", TABLE_CPU_S);
    snprintf(name, sizeof name, "compare host:%064x host:%064x --db {db}", 1, 2);
    expect(name, 0, "fam0.test100", TABLE_CPU_S);
    snprintf(name, sizeof name, "regress build:v%d build:v%d --db {db}", BUILDS - 2, BUILDS - 1);
    expect(name, 2, "36 slower, 0 faster", TABLE_CPU_S);
    expect("regress --db {db}", 0, "0 slower, 0 faster", TABLE_CPU_S);
    char words[1200];
    snprintf(words, sizeof words, "report --db {db} --out %s/report", place.dir);
    expect(words, 0, "", PAGE_CPU_S);
    case_close_place(&place);
    return case_failures > 0;
}
