/* sweep.c: sweeps and the resumable queue of jobs.
 *
 * A job is one (env, build, test, round).  ready -> running when its process starts; running ->
 * done together with its sample; running -> failed or skip with the reason; running -> ready again
 * when the process ended, or the collector died, before the job's turn came. */
#include "db/sql.h"

#include <stdlib.h>
#include <string.h>

int64_t store_new_sweep(struct store *store, int64_t host_id, int64_t state_id, const char *plan,
                        const char *plan_sha, int64_t seed, const char *label,
                        const char *collector)
{
    if (sql_run(
            store,
            "INSERT INTO sweep(uuid,host_id,state_id,plan,plan_sha,seed,label,collector,started,"
            "state) VALUES (lower(hex(randomblob(16))),?,?,?,?,?,?,?,"
            "strftime('%Y-%m-%d %H:%M:%f','now'),'planned')",
            "iississ", host_id, state_id, plan, plan_sha, seed, label, collector) < 0)
        return -1;
    return sqlite3_last_insert_rowid(store->db);
}

int store_set_sweep(struct store *store, int64_t sweep_id, const char *state, const char *runner)
{
    return sql_run(
        store,
        "UPDATE sweep SET state=coalesce(?1,state), runner=?2, finished=CASE WHEN ?1='done' "
        "THEN strftime('%Y-%m-%d %H:%M:%f','now') ELSE finished END WHERE id=?3",
        "ssi", state, runner, sweep_id);
}

int store_find_sweep(struct store *store, int unfinished, int64_t id, struct store_sweep *sweep)
{
    memset(sweep, 0, sizeof *sweep);
    sqlite3_stmt *q = sql_bind(store,
                               "SELECT id,host_id,state_id,seed,plan,label,started,state,runner "
                               "FROM sweep WHERE (?1=0 OR state IN ('planned','running')) "
                               "AND (?2 IS NULL OR id=?2) "
                               "ORDER BY id DESC LIMIT 1",
                               "ii", (int64_t)unfinished, id);
    if (!q)
        return -1;
    int status = sqlite3_step(q);
    if (status == SQLITE_ROW) {
        sweep->id = sqlite3_column_int64(q, 0);
        sweep->host_id = sqlite3_column_int64(q, 1);
        sweep->state_id = sqlite3_column_int64(q, 2);
        sweep->seed = sqlite3_column_int64(q, 3);
        sweep->plan = sql_copy_text(q, 4);
        sweep->label = sql_copy_text(q, 5);
        sweep->started = sql_copy_text(q, 6);
        sweep->state = sql_copy_text(q, 7);
        sweep->runner = sql_copy_text(q, 8);
    } else if (status != SQLITE_DONE) {
        sql_fail(store, "cannot read the sweeps");
    }
    sqlite3_reset(q);
    return status == SQLITE_ROW ? 1 : status == SQLITE_DONE ? 0 : -1;
}

void store_free_sweep(struct store_sweep *sweep)
{
    free(sweep->plan);
    free(sweep->label);
    free(sweep->started);
    free(sweep->state);
    free(sweep->runner);
    memset(sweep, 0, sizeof *sweep);
}

int store_set_twin(struct store *store, int64_t sweep_id, int64_t twin_id)
{
    return sql_run(store, "UPDATE sweep SET twin_of=(SELECT uuid FROM sweep WHERE id=?) WHERE id=?",
                   "ii", sweep_id, twin_id);
}

int store_find_twin(struct store *store, int64_t sweep_id, int64_t *twin_id)
{
    return sql_get(store, twin_id,
                   "SELECT o.id FROM sweep s JOIN sweep o ON o.uuid=s.twin_of OR o.twin_of=s.uuid "
                   "WHERE s.id=? LIMIT 1",
                   "i", sweep_id);
}

int store_put_sweep_env(struct store *store, int64_t sweep_id, const char *kind, int64_t env_id,
                        int64_t build_id, int64_t rounds, const char *reason)
{
    return sql_run(store,
                   "INSERT INTO sweep_env(sweep_id,kind,env_id,build_id,rounds,reason) "
                   "VALUES (?,?,?,?,?,?)",
                   "isiiis", sweep_id, kind, env_id, build_id, rounds, reason);
}

int store_set_frozen_n(struct store *store, int64_t sweep_id, const char *kind, const char *n)
{
    return sql_run(store, "UPDATE sweep_env SET frozen_n=? WHERE sweep_id=? AND kind=?", "sis", n,
                   sweep_id, kind);
}

int store_put_sweep_test(struct store *store, int64_t sweep_id, int64_t test_id, int64_t idx)
{
    return sql_run(store, "INSERT INTO sweep_test(sweep_id,test_id,idx) VALUES (?,?,?)", "iii",
                   sweep_id, test_id, idx);
}

int store_add_job(struct store *store, int64_t sweep_id, int64_t pos, int64_t env_id,
                  int64_t build_id, int64_t test_id, int64_t round)
{
    return sql_run(
        store, "INSERT INTO job(sweep_id,pos,env_id,build_id,test_id,round) VALUES (?,?,?,?,?,?)",
        "iiiiii", sweep_id, pos, env_id, build_id, test_id, round);
}

int store_requeue_jobs(struct store *store, int64_t sweep_id)
{
    return sql_run(store, "UPDATE job SET state='ready' WHERE sweep_id=? AND state='running'", "i",
                   sweep_id);
}

int store_next_group(struct store *store, int64_t sweep_id, struct store_group *group)
{
    memset(group, 0, sizeof *group);
    sqlite3_stmt *q = sql_bind(
        store,
        "SELECT j.id,j.test_id,j.env_id,j.build_id,j.round,j.pos FROM job j "
        "JOIN (SELECT env_id,build_id,round,pos FROM job WHERE sweep_id=?1 AND state='ready' "
        "ORDER BY pos LIMIT 1) g USING (env_id,build_id,round,pos) "
        "WHERE j.sweep_id=?1 AND j.state='ready' ORDER BY j.test_id",
        "i", sweep_id);
    if (!q)
        return -1;
    int status;
    size_t room = 0;
    while ((status = sqlite3_step(q)) == SQLITE_ROW) {
        if (group->count == room) {
            room = room ? room * 2 : 64;
            struct store_job *jobs = realloc(group->jobs, room * sizeof *jobs);
            if (!jobs) {
                status = SQLITE_NOMEM;
                break;
            }
            group->jobs = jobs;
        }
        group->jobs[group->count++] =
            (struct store_job){sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
        group->env_id = sqlite3_column_int64(q, 2);
        group->build_id = sqlite3_column_int64(q, 3);
        group->round = sqlite3_column_int64(q, 4);
        group->pos = sqlite3_column_int64(q, 5);
    }
    sqlite3_reset(q);
    if (status != SQLITE_DONE) {
        sql_fail(store, "cannot read the queue");
        store_free_group(group);
        return -1;
    }
    return group->count > 0;
}

void store_free_group(struct store_group *group)
{
    free(group->jobs);
    memset(group, 0, sizeof *group);
}

int store_start_jobs(struct store *store, const struct store_group *group)
{
    int entered = sql_enter(store), status = 0;
    for (size_t i = 0; status == 0 && i < group->count; i++)
        status = sql_run(store, "UPDATE job SET state='running', tries=tries+1 WHERE id=?", "i",
                         group->jobs[i].id);
    return sql_leave(store, entered, status);
}

int store_release_jobs(struct store *store, const struct store_group *group)
{
    int entered = sql_enter(store), status = 0;
    for (size_t i = 0; status == 0 && i < group->count; i++)
        status = sql_run(store, "UPDATE job SET state='ready' WHERE id=? AND state='running'", "i",
                         group->jobs[i].id);
    return sql_leave(store, entered, status);
}

int store_fail_job(struct store *store, const struct store_verdict *v)
{
    int entered = sql_enter(store);
    int status = sql_run(store,
                         "UPDATE job SET state=?1, note=?2 WHERE sweep_id=?3 AND env_id=?4 AND "
                         "build_id=?5 AND test_id=?6 AND (?7 IS NULL OR round=?7) AND "
                         "state IN ('ready','running')",
                         "ssiiiii", v->job_state, v->reason, v->sweep_id, v->env_id, v->build_id,
                         v->test_id, v->round);
    if (status == 0)
        status = sql_run(store,
                         "INSERT INTO result(sweep_id,env_id,build_id,test_id,status,reason) "
                         "VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                         "status=excluded.status, reason=excluded.reason",
                         "iiiiss", v->sweep_id, v->env_id, v->build_id, v->test_id, v->status,
                         v->reason);
    return sql_leave(store, entered, status);
}

int64_t store_skip_rounds(struct store *store, int64_t sweep_id, int64_t from_round,
                          const char *keep, const char *note)
{
    if (sql_run(store,
                "UPDATE job SET state='skip', note=? WHERE sweep_id=? AND round>=? AND "
                "state='ready' AND "
                "env_id NOT IN (SELECT id FROM env WHERE kind=?)",
                "siis", note, sweep_id, from_round, keep) < 0)
        return -1;
    return sqlite3_changes64(store->db);
}

int store_set_noise(struct store *store, int64_t sweep_id)
{
    if (sql_run(
            store,
            "WITH x AS (SELECT r.env_id, r.halves AS apart, row_number() OVER (PARTITION BY "
            "r.env_id ORDER BY r.halves) AS nth, count(*) OVER (PARTITION BY r.env_id) AS total "
            "FROM result r JOIN test t ON t.id=r.test_id WHERE r.sweep_id=?1 AND t.noise='floor' "
            "AND r.halves IS NOT NULL AND r.est>0 AND r.n>1 AND r.status IN ('ok','noisy')) "
            "UPDATE sweep_env SET (aa_floor,aa_tests,aa_pair)=(SELECT apart,total,'rounds' FROM x "
            "WHERE x.env_id=sweep_env.env_id AND nth >= 0.95 * total ORDER BY nth LIMIT 1) "
            "WHERE sweep_id=?1 AND aa_pair IS NOT 'twin'",
            "i", sweep_id) < 0)
        return -1;
    return sql_run(store,
                   "UPDATE sweep SET aa_floor=(SELECT aa_floor FROM sweep_env WHERE "
                   "sweep_id=sweep.id AND kind='native') WHERE id=?",
                   "i", sweep_id);
}

int store_set_twin_noise(struct store *store, int64_t sweep_id, const char *kind, double floor,
                         int64_t tests)
{
    if (sql_run(store,
                "UPDATE sweep_env SET aa_floor=?, aa_tests=?, aa_pair='twin' WHERE sweep_id=? AND "
                "kind=?",
                "diis", floor, tests, sweep_id, kind) < 0)
        return -1;
    return store_set_noise(store, sweep_id);
}

int64_t store_stop_tests(struct store *store, int64_t sweep_id, int64_t env_id, int64_t least,
                         double share, const char *note)
{
    if (sql_run(store,
                "UPDATE job SET state='skip', note=? WHERE sweep_id=? AND env_id=? AND "
                "state='ready' AND test_id IN (SELECT test_id FROM result WHERE sweep_id=? AND "
                "env_id=? AND status='ok' AND n>=? AND est>0 AND hi-lo<=2*?*est)",
                "siiiiid", note, sweep_id, env_id, sweep_id, env_id, least, share) < 0)
        return -1;
    return sqlite3_changes64(store->db);
}

int store_set_stops(struct store *store, int64_t sweep_id)
{
    return sql_run(
        store,
        "UPDATE result SET stopped=coalesce((SELECT CASE WHEN j.note LIKE 'interval %' THEN "
        "'interval' WHEN j.note LIKE 'time %' THEN 'time' END FROM job j WHERE "
        "j.sweep_id=result.sweep_id AND j.env_id=result.env_id AND j.build_id=result.build_id AND "
        "j.test_id=result.test_id AND j.state='skip' LIMIT 1),'rounds') WHERE sweep_id=? AND n>0",
        "i", sweep_id);
}

int store_set_clock_verdict(struct store *store, int64_t sweep_id, int64_t clock_khz,
                            int64_t counted_khz, const char *verdict)
{
    return sql_run(store, "UPDATE sweep SET clock_khz=?, counted_khz=?, clock_verdict=? WHERE id=?",
                   "iisi", clock_khz, counted_khz, verdict, sweep_id);
}
