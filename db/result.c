/* result.c: runs, samples, estimates and stage rows.
 * A sample and the end of its job are one transaction; a second sample for a finished job
 * changes nothing. */
#include "db/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t store_begin_run(struct store *store, const struct store_run *r)
{
    if (sql_run(store,
                "INSERT INTO run(sweep_id,env_id,round,words,started,cal_before,padding) "
                "VALUES (?,?,?,?,strftime('%Y-%m-%d %H:%M:%f','now'),?,?)",
                "iiisii", r->sweep_id, r->env_id, r->round, r->words, r->cal_before,
                r->padding) < 0)
        return -1;
    return sqlite3_last_insert_rowid(store->db);
}

int store_end_run(struct store *store, const struct store_run *r)
{
    return sql_run(store,
                   "UPDATE run SET wall_ms=?, ending=?, bye_ok=?, samples=?, lines=?, garbage=?, "
                   "guest_tsc=?, clock_tsc=?, clock_pit_ms=?, clock_host_tsc=?, clock_host_ns=?, "
                   "cal_after=?, note=?, cpu_ns=?, wait_ns=?, preempted=?, steal_ms=?, "
                   "pressure_us=? WHERE id=?",
                   "isiiiisidiiisiiiiii", r->wall_ms, r->ending, r->bye_ok, r->samples, r->lines,
                   r->garbage, r->guest_tsc, r->clock_tsc, r->clock_pit_ms, r->clock_host_tsc,
                   r->clock_host_ns, r->cal_after, r->note, r->cpu_ns, r->wait_ns, r->preempted,
                   r->steal_ms, r->pressure_us, r->id);
}

int store_calibrate_run(struct store *store, int64_t run_id, int64_t after_khz, int64_t flags)
{
    return sql_run(
        store,
        "UPDATE sample SET cal_after=?, flags=flags|? WHERE run_id=? AND cal_before IS NOT "
        "NULL AND cal_after IS NULL",
        "iii", after_khz, flags, run_id);
}

int store_put_sample(struct store *store, const struct store_sample *s)
{
    int64_t job = 0, result = 0, finished = 0;
    int entered = sql_enter(store);
    if (entered < 0)
        return -1;
    int status = sql_run(store,
                         "INSERT INTO result(sweep_id,env_id,build_id,test_id,status,reason) "
                         "VALUES (?,?,?,?,'noisy','not judged yet') ON CONFLICT DO NOTHING",
                         "iiii", s->sweep_id, s->env_id, s->build_id, s->test_id);
    if (status == 0 && sql_get(store, &result,
                               "SELECT id FROM result WHERE sweep_id=? AND env_id=? AND build_id=? "
                               "AND test_id=?",
                               "iiii", s->sweep_id, s->env_id, s->build_id, s->test_id) != 1)
        status = -1;
    int found = status < 0
                    ? -1
                    : sql_get(store, &job,
                              "SELECT id FROM job WHERE sweep_id=? AND env_id=? AND build_id=? AND "
                              "test_id=? AND round=? AND state IN ('ready','running')",
                              "iiiii", s->sweep_id, s->env_id, s->build_id, s->test_id, s->round);
    if (found < 0)
        status = -1;
    else if (found == 0) {
        finished = 1;
    } else {
        status = sql_run(
            store,
            "INSERT INTO sample(result_id,i,run_id,at_ns,iters,tsc1,tsc2,ns1,ns2,guest1,guest2,"
            "cal_before,cal_after,tsc_khz,flags,check_ok,answer,want,asked,correct,wait_ns,away_ns,"
            "preempted,faults) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            "iiiiiiiiiiiiiiiissiiiiii", result, s->round, s->run_id, s->at_ns, s->iters, s->tsc1,
            s->tsc2, s->ns1, s->ns2, s->guest1, s->guest2, s->cal_before, s->cal_after, s->tsc_khz,
            s->flags, s->check_ok, s->answer, s->want, s->asked, s->correct, s->wait_ns, s->away_ns,
            s->preempted, s->faults);
        if (status == 0)
            status = sql_run(store, "UPDATE job SET state='done', note=NULL WHERE id=?", "i", job);
    }
    status = sql_leave(store, entered, status);
    return status < 0 ? -1 : !finished;
}

static void copy_word(char *to, size_t room, sqlite3_stmt *q, int column)
{
    const unsigned char *text = sqlite3_column_text(q, column);
    snprintf(to, room, "%s", text ? (const char *)text : "");
}

int store_list_results(struct store *store, int64_t sweep_id, int64_t env_id,
                       struct store_result **results, size_t *count)
{
    *results = NULL;
    *count = 0;
    sqlite3_stmt *q = sql_bind(store,
                               "SELECT r.id,r.sweep_id,r.env_id,r.build_id,r.test_id,t.ops,e.kind,"
                               "t.noise,e.guest_tsc,r.status FROM result r JOIN test t ON "
                               "t.id=r.test_id JOIN env e ON e.id=r.env_id WHERE r.sweep_id=?1 AND "
                               "(?2 IS NULL OR r.env_id=?2) ORDER BY r.id",
                               "ii", sweep_id, env_id);
    if (!q)
        return -1;
    int status;
    size_t room = 0;
    while ((status = sqlite3_step(q)) == SQLITE_ROW) {
        if (*count == room) {
            room = room ? room * 2 : 64;
            struct store_result *more = realloc(*results, room * sizeof *more);
            if (!more) {
                status = SQLITE_NOMEM;
                break;
            }
            *results = more;
        }
        struct store_result *r = &(*results)[(*count)++];
        r->id = sqlite3_column_int64(q, 0);
        r->sweep_id = sqlite3_column_int64(q, 1);
        r->env_id = sqlite3_column_int64(q, 2);
        r->build_id = sqlite3_column_int64(q, 3);
        r->test_id = sqlite3_column_int64(q, 4);
        r->ops = sqlite3_column_int64(q, 5);
        copy_word(r->kind, sizeof r->kind, q, 6);
        copy_word(r->noise, sizeof r->noise, q, 7);
        copy_word(r->guest_tsc, sizeof r->guest_tsc, q, 8);
        copy_word(r->status, sizeof r->status, q, 9);
    }
    sqlite3_reset(q);
    if (status != SQLITE_DONE) {
        free(*results);
        *results = NULL;
        return sql_fail(store, "cannot read the results");
    }
    return 0;
}

static int64_t optional(sqlite3_stmt *q, int column)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL ? STORE_NONE
                                                         : sqlite3_column_int64(q, column);
}

int store_list_samples(struct store *store, int64_t result_id, struct store_sample **samples,
                       size_t *count)
{
    *samples = NULL;
    *count = 0;
    sqlite3_stmt *q = sql_bind(store,
                               "SELECT i,at_ns,iters,tsc1,tsc2,ns1,ns2,guest1,guest2,cal_before,"
                               "cal_after,tsc_khz,flags,check_ok,wait_ns,away_ns,preempted,faults "
                               "FROM sample WHERE result_id=? "
                               "ORDER BY i",
                               "i", result_id);
    if (!q)
        return -1;
    int status;
    size_t room = 0;
    while ((status = sqlite3_step(q)) == SQLITE_ROW) {
        if (*count == room) {
            room = room ? room * 2 : 32;
            struct store_sample *more = realloc(*samples, room * sizeof *more);
            if (!more) {
                status = SQLITE_NOMEM;
                break;
            }
            *samples = more;
        }
        struct store_sample *s = &(*samples)[(*count)++];
        memset(s, 0, sizeof *s);
        int64_t *fields[] = {&s->round,     &s->at_ns,     &s->iters,  &s->tsc1,     &s->tsc2,
                             &s->ns1,       &s->ns2,       &s->guest1, &s->guest2,   &s->cal_before,
                             &s->cal_after, &s->tsc_khz,   &s->flags,  &s->check_ok, &s->wait_ns,
                             &s->away_ns,   &s->preempted, &s->faults};
        for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
            *fields[k] = optional(q, (int)k);
    }
    sqlite3_reset(q);
    if (status != SQLITE_DONE) {
        free(*samples);
        *samples = NULL;
        return sql_fail(store, "cannot read the samples");
    }
    return 0;
}

int store_set_estimate(struct store *store, int64_t result_id, const struct store_estimate *e)
{
    return sql_run(
        store,
        "UPDATE result SET status=?, reason=?, n=?, dropped=?, est=?, lo=?, hi=?, vmin=?, vmed=?, "
        "vtrim=?, vmad=?, tsc_per_op=?, ns_per_op=?, guest_tsc_per_op=?, clk_ghz=?, "
        "check_ok=?, flags=?, halves=?, (asked, correct) = (SELECT asked, correct FROM sample "
        "WHERE "
        "result_id=result.id AND asked>0 ORDER BY correct LIMIT 1) WHERE id=?",
        "ssiiddddddddddd"
        "iidi",
        e->status, e->reason, e->n, e->dropped, e->est, e->lo, e->hi, e->vmin, e->vmed, e->vtrim,
        e->vmad, e->tsc_per_op, e->ns_per_op, e->guest_tsc_per_op, e->clk_ghz, e->check_ok,
        e->flags, e->halves, result_id);
}

int store_add_stage(struct store *store, int64_t sweep_id, int64_t env_id, int64_t build_id,
                    int64_t test_id, const struct store_stage *s)
{
    return sql_run(store,
                   "INSERT INTO stage(result_id,stage,calls,clk,items,bytes,tsc,ops) "
                   "SELECT id,?1,?2,?3,?4,?5,?6,?7 FROM result WHERE sweep_id=?8 AND env_id=?9 AND "
                   "build_id=?10 AND test_id=?11 "
                   "ON CONFLICT(result_id,stage) DO UPDATE SET calls=calls+excluded.calls, "
                   "clk=clk+excluded.clk, items=items+excluded.items, bytes=bytes+excluded.bytes, "
                   "tsc=tsc+excluded.tsc, ops=ops+excluded.ops",
                   "sidiiidiiii", s->stage, s->calls, s->clk, s->items, s->bytes, s->tsc, s->ops,
                   sweep_id, env_id, build_id, test_id);
}

int store_put_hot_block(struct store *store, int64_t result_id, const struct store_hot_block *b)
{
    return sql_run(
        store,
        "INSERT INTO hot_block(result_id,rank,guest_pc,guest_len,insns,code_sha,execs,clk,"
        "translations,host_bytes,exits,symbol,guest_asm,host_asm) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "iiiiisidiiisss", result_id, b->rank, b->guest_pc, b->guest_len, b->insns, b->code_sha,
        b->execs, b->clk, b->translations, b->host_bytes, b->exits, b->symbol, b->guest_asm,
        b->host_asm);
}

int store_drop_hot_blocks(struct store *store, int64_t result_id)
{
    return sql_run(store, "DELETE FROM hot_block WHERE result_id=?", "i", result_id);
}

int store_put_counter(struct store *store, int64_t result_id, const char *name, double per_op,
                      const char *source)
{
    return sql_run(store, "INSERT INTO counter(result_id,name,value,source) VALUES (?,?,?,?)",
                   "isds", result_id, name, per_op, source);
}

int store_drop_counters(struct store *store, int64_t result_id)
{
    return sql_run(store, "DELETE FROM counter WHERE result_id=?", "i", result_id);
}

int store_put_change(struct store *store, const struct store_change *c)
{
    return sql_run(
        store,
        "INSERT INTO change(test_id,env_kind,host_id,from_build,to_build,ratio,lo,hi,p,state,"
        "confirm_sweep) VALUES (?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT(test_id,env_kind,host_id,from_build,to_build) DO UPDATE SET "
        "ratio=excluded.ratio, lo=excluded.lo, hi=excluded.hi, p=excluded.p, "
        "state=excluded.state, confirm_sweep=excluded.confirm_sweep WHERE state<>'accepted'",
        "isiiiddddsi", c->test_id, c->env, c->host_id, c->from_build, c->to_build, c->ratio, c->lo,
        c->hi, c->p, c->state, c->confirm_sweep);
}
