/* care.c: sums, check, prune: a store that is kept for years. */
#include "db/exchange.h"

#include <stdlib.h>
#include <string.h>

int store_seal_sweep(struct store *store, int64_t sweep_id)
{
    size_t bytes;
    char sum[EXCHANGE_SUM], *text = exchange_write_sweep(store, sweep_id, &bytes);
    if (!text)
        return -1;
    exchange_sum(text, bytes, sum);
    free(text);
    return sql_run(store, "UPDATE sweep SET sum=? WHERE id=?", "si", sum, sweep_id);
}

/* ---- check */

/* What SQL alone can see, as (what, place). */
static const char check_rows[] =
    "SELECT 'a foreign key leads nowhere' AS finding, \"table\" || ' row ' || coalesce(rowid, '?') "
    "|| "
    "' to ' || parent AS place FROM pragma_foreign_key_check "
    "UNION ALL SELECT 'a sweep that is done has unfinished jobs', 'sweep ' || s.id FROM sweep s "
    "WHERE s.state = 'done' AND EXISTS (SELECT 1 FROM job j WHERE j.sweep_id = s.id AND j.state IN "
    "('ready','running')) "
    "UNION ALL SELECT 'a job is done and has no sample', 'sweep ' || j.sweep_id || ' job ' || j.id "
    "FROM job j JOIN sweep s ON s.id = j.sweep_id AND s.pruned IS NULL WHERE j.state = 'done' AND "
    "NOT EXISTS (SELECT 1 FROM result r JOIN sample x ON x.result_id = r.id WHERE r.sweep_id = "
    "j.sweep_id AND r.env_id = j.env_id AND r.build_id = j.build_id AND r.test_id = j.test_id AND "
    "x.i = j.round) "
    "UNION ALL SELECT 'a sweep without environments', 'sweep ' || s.id FROM sweep s WHERE NOT "
    "EXISTS "
    "(SELECT 1 FROM sweep_env x WHERE x.sweep_id = s.id) "
    "UNION ALL SELECT 'an interval does not hold its estimate', 'result ' || id FROM result "
    "WHERE est < lo OR est > hi "
    "UNION ALL SELECT 'the table of the newest results is wrong', 'result ' || r.id FROM result r "
    "JOIN sweep s ON s.id = r.sweep_id JOIN env e ON e.id = r.env_id JOIN test t ON t.id = "
    "r.test_id LEFT JOIN newest n ON n.host_id = s.host_id AND n.kind = e.kind AND n.name = t.name "
    "WHERE n.result_id IS NULL OR (s.started, r.id) > (n.started, n.result_id) "
    "UNION ALL SELECT 'the table of the newest results is wrong', 'result ' || n.result_id FROM "
    "newest n LEFT JOIN result r ON r.id = n.result_id LEFT JOIN sweep s ON s.id = r.sweep_id LEFT "
    "JOIN env e ON e.id = r.env_id LEFT JOIN test t ON t.id = r.test_id WHERE (s.host_id, e.kind, "
    "t.name, s.started) IS NOT (n.host_id, n.kind, n.name, n.started)";

struct findings {
    struct store_table *table;
    int failed;
};

static void add_finding(struct findings *f, const char *what, const char *place)
{
    struct store_table *t = f->table;
    struct store_cell *cells = realloc(t->cells, (t->rows + 1) * 2 * sizeof *cells);
    if (!cells) {
        f->failed = 1;
        return;
    }
    t->cells = cells;
    cells[2 * t->rows] = (struct store_cell){strdup(what), 0, STORE_TEXT};
    cells[2 * t->rows + 1] = (struct store_cell){strdup(place), 0, STORE_TEXT};
    f->failed |= !cells[2 * t->rows].text || !cells[2 * t->rows + 1].text;
    t->rows++;
}

/* Rows (text, its sum as it is stored, place). */
static int check_sums(struct store *store, const char *sql, const char *what, struct findings *f)
{
    struct store_table rows;
    char sum[EXCHANGE_SUM];
    if (store_query(store, sql, NULL, 0, &rows) < 0)
        return -1;
    for (size_t i = 0; i < rows.rows; i++) {
        const char *text = store_cell(&rows, i, 0)->text, *told = store_cell(&rows, i, 1)->text;
        exchange_sum(text ? text : "", text ? strlen(text) : 0, sum);
        if (!told || strcmp(sum, told) != 0)
            add_finding(f, what, store_cell(&rows, i, 2)->text);
    }
    store_free_table(&rows);
    return 0;
}

static int check_sweeps(struct store *store, struct findings *f)
{
    struct store_table rows;
    if (store_query(store, "SELECT id, sum FROM sweep WHERE sum IS NOT NULL ORDER BY id", NULL, 0,
                    &rows) < 0)
        return -1;
    for (size_t i = 0; i < rows.rows; i++) {
        size_t bytes;
        char sum[EXCHANGE_SUM], place[60];
        int64_t id = (int64_t)store_cell(&rows, i, 0)->real;
        char *text = exchange_write_sweep(store, id, &bytes);
        if (text)
            exchange_sum(text, bytes, sum);
        snprintf(place, sizeof place, "sweep %lld", (long long)id);
        if (!text)
            add_finding(f, "cannot be read", place);
        else if (strcmp(sum, store_cell(&rows, i, 1)->text) != 0)
            add_finding(f, "figures are not those that were measured: the sum is another", place);
        free(text);
    }
    store_free_table(&rows);
    return 0;
}

int store_check(struct store *store, struct store_table *findings)
{
    struct findings f = {.table = findings};
    struct store_table rows;
    memset(findings, 0, sizeof *findings);
    findings->names = calloc(3, sizeof *findings->names);
    if (!findings->names)
        return -1;
    findings->columns = 2;
    findings->names[0] = strdup("finding");
    findings->names[1] = strdup("place");
    if (store_query(store, "PRAGMA integrity_check", NULL, 0, &rows) < 0) {
        add_finding(&f, "the file is damaged", store_error(store));
        return f.failed ? -1 : 0;
    }
    for (size_t i = 0; i < rows.rows; i++)
        if (strcmp(store_cell(&rows, i, 0)->text, "ok") != 0)
            add_finding(&f, "the file is damaged", store_cell(&rows, i, 0)->text);
    store_free_table(&rows);
    if (findings->rows)
        return 0; /* nothing read from it can be trusted */
    if (store_query(store, check_rows, NULL, 0, &rows) < 0)
        return -1;
    for (size_t i = 0; i < rows.rows; i++)
        add_finding(&f, store_cell(&rows, i, 0)->text, store_cell(&rows, i, 1)->text);
    store_free_table(&rows);
    if (check_sums(store, "SELECT facts, fp, 'host ' || label FROM host",
                   "a host's facts are not those of its fingerprint", &f) < 0 ||
        check_sums(store, "SELECT plan, plan_sha, 'sweep ' || id FROM sweep",
                   "a plan is not the one that was made", &f) < 0 ||
        check_sums(
            store,
            "SELECT kind||char(10)||label||char(10)||argv||char(10)||coalesce(image_sha,'')||"
            "char(10), sha, 'environment ' || label FROM env",
            "an environment is not the one of its sum", &f) < 0 ||
        check_sweeps(store, &f) < 0)
        return -1;
    return f.failed ? -1 : 0;
}

/* ---- prune */

static const char *const prune_orphans[] = {
    "DELETE FROM change WHERE from_build NOT IN (SELECT build_id FROM result) AND to_build NOT IN "
    "(SELECT build_id FROM result)",
    "DELETE FROM host_state WHERE id NOT IN (SELECT state_id FROM sweep)",
    "DELETE FROM host WHERE id NOT IN (SELECT host_id FROM sweep) AND id NOT IN (SELECT host_id "
    "FROM "
    "host_state) AND id NOT IN (SELECT host_id FROM change)",
    "DELETE FROM env WHERE id NOT IN (SELECT env_id FROM sweep_env WHERE env_id IS NOT NULL) AND "
    "id "
    "NOT IN (SELECT env_id FROM result)",
    "DELETE FROM test WHERE id NOT IN (SELECT test_id FROM sweep_test) AND id NOT IN (SELECT "
    "test_id "
    "FROM result) AND id NOT IN (SELECT test_id FROM change)",
    "DELETE FROM build WHERE id NOT IN (SELECT build_id FROM sweep_env WHERE build_id IS NOT NULL) "
    "AND "
    "id NOT IN (SELECT build_id FROM result) AND id NOT IN (SELECT from_build FROM change) AND id "
    "NOT "
    "IN (SELECT to_build FROM change) AND id NOT IN (SELECT build_id FROM step_mark)",
};

static int prune_sweep(struct store *store, int64_t id, int whole)
{
    if (whole)
        return sql_run(store, "UPDATE change SET confirm_sweep=NULL WHERE confirm_sweep=?", "i",
                       id) < 0
                   ? -1
                   : sql_run(store, "DELETE FROM sweep WHERE id=?", "i", id);
    if (sql_run(store,
                "DELETE FROM sample WHERE result_id IN (SELECT id FROM result WHERE sweep_id=?)",
                "i", id) < 0 ||
        sql_run(store, "UPDATE sweep SET pruned=coalesce(pruned,datetime('now')) WHERE id=?", "i",
                id) < 0)
        return -1;
    return store_seal_sweep(store, id);
}

int64_t store_prune(struct store *store, const char *sweeps, int whole)
{
    struct store_table ids;
    struct store_param param = {":list", sweeps, 0};
    if (store_begin(store) < 0)
        return -1;
    int status =
        store_query(store,
                    "SELECT id FROM sweep WHERE id IN (SELECT value FROM json_each(:list)) "
                    "AND state IN ('done','aborted')",
                    &param, 1, &ids);
    int64_t count = 0;
    for (size_t i = 0; !status && i < ids.rows; i++, count++)
        status = prune_sweep(store, (int64_t)store_cell(&ids, i, 0)->real, whole);
    store_free_table(&ids);
    for (size_t i = 0; !status && whole && i < sizeof prune_orphans / sizeof *prune_orphans; i++)
        status = sql_run(store, prune_orphans[i], "");
    if (!status)
        return store_commit(store) < 0 ? -1 : count;
    store_rollback(store);
    return -1;
}

int store_shrink(struct store *store)
{
    for (size_t i = 0; i < STORE_CACHE; i++) /* VACUUM wants no statement open */
        if (store->cache[i].statement)
            sqlite3_reset(store->cache[i].statement);
    return sql_exec(store, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
}
