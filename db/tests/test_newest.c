/* test_newest.c: the table `newest` names, after whatever was put in and dropped, the rows that
 * ranking all results would; the views on it show what those of 0005 did; `check` sees when it is
 * wrong. */
#include "db/store.h"
#include "db/tests/report.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64] = "/tmp/tickmark-newest-XXXXXX";

enum { HOSTS = 3, BUILDS = 2, TESTS = 5, STEPS = 600 };

/* Hosts, two native environments and two guests, tests of which two share a name. */
static const char ground[] =
    "INSERT INTO host(id, fp, label, vendor, family, model, stepping, brand, ncpu, smt, facts) "
    "VALUES (1,'f1','l','v',6,1,1,'b',1,0,''), (2,'f2','l','v',6,1,1,'b',1,0,''), "
    "(3,'f3','l','v',6,1,1,'b',1,0,'');"
    "INSERT INTO host_state(id, host_id, sha, pmu) SELECT id, id, 's', 'none' FROM host;"
    "INSERT INTO build(id, sha, project, version) VALUES (1,'b1','x','1'), (2,'b2','x','2');"
    "INSERT INTO env(id, sha, kind, label) VALUES (1,'e1','native','n'), (2,'e2','native','m'), "
    "(3,'e3','emu-jit','j'), (4,'e4','bochs','b');"
    "INSERT INTO test(id, name, code_sha, family, title, ops, noise) VALUES "
    "(1,'a.b','1','a','t',1,'floor'), (2,'a.b','2','a','t',1,'floor'), "
    "(3,'a.c','1','a','t',1,'floor'), (4,'a.d','1','a','t',1,'floor'), "
    "(5,'a.e','1','a','t',1,'spread')";

/* What differs between the table and a ranking, either way. */
static const char differing[] =
    "WITH ranked AS (SELECT host_id, kind, name, started, id FROM (SELECT s.host_id, e.kind, "
    "t.name, s.started, r.id, row_number() OVER (PARTITION BY s.host_id, e.kind, t.name ORDER BY "
    "s.started DESC, r.id DESC) AS k FROM result r JOIN sweep s ON s.id=r.sweep_id JOIN env e ON "
    "e.id=r.env_id JOIN test t ON t.id=r.test_id) WHERE k=1) SELECT "
    "(SELECT count(*) FROM (SELECT * FROM ranked EXCEPT SELECT * FROM newest)) + "
    "(SELECT count(*) FROM (SELECT * FROM newest EXCEPT SELECT * FROM ranked))";

/* The same for the slowdowns that are shown: the view's pairs against a ranking of all pairs. */
static const char other_pairs[] =
    "WITH pair AS (SELECT h.fp, e.kind, t.name, s.started, r.id AS gid FROM result r JOIN sweep s "
    "ON s.id=r.sweep_id JOIN host h ON h.id=s.host_id JOIN env e ON e.id=r.env_id JOIN test t ON "
    "t.id=r.test_id WHERE e.kind<>'native' AND r.status IN ('ok','noisy') AND EXISTS (SELECT 1 "
    "FROM result n JOIN env d ON d.id=n.env_id WHERE n.sweep_id=r.sweep_id AND "
    "n.test_id=r.test_id AND d.kind='native' AND n.status IN ('ok','noisy'))), "
    "ranked AS (SELECT fp, kind, name, gid FROM (SELECT *, row_number() OVER (PARTITION BY fp, "
    "kind, name ORDER BY started DESC, gid DESC) AS k FROM pair) WHERE k=1), "
    "view AS (SELECT host_fp, env, test, gid FROM v_slowdown_latest) SELECT "
    "(SELECT count(*) FROM (SELECT * FROM ranked EXCEPT SELECT * FROM view)) + "
    "(SELECT count(*) FROM (SELECT * FROM view EXCEPT SELECT * FROM ranked))";

static double ask(sqlite3 *db, const char *sql)
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

static int run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    int status = sqlite3_exec(db, sql, NULL, NULL, &why);
    if (status != SQLITE_OK)
        printf("note: %s: %s\n", sql, why);
    sqlite3_free(why);
    return status != SQLITE_OK;
}

/* A sweep with some results, a result, or a sweep, a result less; dates repeat. */
static int random_step(sqlite3 *db, int step)
{
    char sql[600];
    int host = 1 + rand() % HOSTS, test = 1 + rand() % TESTS, env = 1 + rand() % 4;
    switch (rand() % 6) {
    case 0:
        snprintf(sql, sizeof sql,
                 "INSERT INTO sweep(uuid, host_id, state_id, plan, plan_sha, seed, collector, "
                 "started, state) VALUES ('u%d', %d, %d, '', '', 1, 'c', '2026-01-%02d', 'done')",
                 step, host, host, 1 + rand() % 9);
        break;
    case 1:
        if (rand() % 3)
            return 0;
        snprintf(sql, sizeof sql,
                 "DELETE FROM sweep WHERE id = (SELECT id FROM sweep ORDER BY (id * 7919) %% %d "
                 "LIMIT 1)",
                 1 + rand() % 97);
        break;
    case 2:
        snprintf(sql, sizeof sql,
                 "DELETE FROM result WHERE id = (SELECT result_id FROM newest ORDER BY (result_id "
                 "* 7919) %% %d LIMIT 1)",
                 1 + rand() % 97);
        break;
    default:
        snprintf(sql, sizeof sql,
                 "INSERT INTO result(sweep_id, env_id, build_id, test_id, status, est, clk_ghz) "
                 "SELECT s.id, e.id, %d, %d, '%s', 10, 3.0 FROM (SELECT id FROM sweep ORDER BY (id "
                 "* 7919) %% %d LIMIT 1) s, env e WHERE e.id IN (%d, %d) ON CONFLICT DO NOTHING",
                 1 + rand() % BUILDS, test, rand() % 4 ? "ok" : "wrong", 1 + rand() % 97,
                 1 + rand() % 2, env);
    }
    return run(db, sql);
}

static void test_check_sees_it(sqlite3 *db)
{
    char err[512];
    struct store_table findings;
    run(db, "UPDATE newest SET result_id = (SELECT r.id FROM result r WHERE r.id NOT IN (SELECT "
            "result_id FROM newest) LIMIT 1) WHERE (host_id, kind, name) IN (SELECT host_id, kind, "
            "name FROM newest LIMIT 1)");
    struct store *store = store_open(path, STORE_READ, err, sizeof err);
    int seen = 0;
    if (store && store_check(store, &findings) == 0) {
        for (size_t i = 0; i < findings.rows; i++)
            seen += strstr(store_cell(&findings, i, 0)->text, "newest") != NULL;
        store_free_table(&findings);
    }
    store_close(store);
    report("check sees a row of newest that is not", seen > 0, "nothing found");
}

int main(void)
{
    char err[512];
    sqlite3 *db = NULL;
    int fd = mkstemp(path), bad = 0, wrong_newest = 0, wrong_pairs = 0, most = 0;
    close(fd);
    unlink(path);
    struct store *store = store_open(path, STORE_WRITE, err, sizeof err);
    report("a store is made", store != NULL, "%s", err);
    store_close(store);
    if (sqlite3_open(path, &db) != SQLITE_OK || run(db, "PRAGMA foreign_keys=ON") ||
        run(db, ground))
        return 1;
    srand(1);
    run(db, "BEGIN");
    for (int step = 0; step < STEPS; step++) {
        bad += random_step(db, step);
        double apart = ask(db, differing), pairs = ask(db, other_pairs);
        wrong_newest += !(apart == 0);
        wrong_pairs += !(pairs == 0);
        int shown = (int)ask(db, "SELECT count(*) FROM v_slowdown_latest");
        most = shown > most ? shown : most;
    }
    run(db, "COMMIT");
    report("600 inserts and deletions succeed", bad == 0, "%d fail", bad);
    report("newest is what ranking says after each", wrong_newest == 0, "%d times not",
           wrong_newest);
    report("slowdowns are of the newest pairs", wrong_pairs == 0 && most >= 10,
           "%d times not, %d pairs at most", wrong_pairs, most);
    report("no row leads nowhere", ask(db, "SELECT count(*) FROM pragma_foreign_key_check") == 0,
           "there are some");
    report("as many newest as views show",
           ask(db, "SELECT count(*) FROM v_newest") == ask(db, "SELECT count(*) FROM newest"),
           "not");
    test_check_sees_it(db);
    sqlite3_close(db);
    unlink(path);
    for (const char *const *tail = (const char *const[]){"-wal", "-shm", NULL}; *tail; tail++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, *tail);
        unlink(name);
    }
    return failures > 0;
}
