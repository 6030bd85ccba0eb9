/* identity.c: hosts, builds, environments, tests: rows that are found by content and never doubled.
 */
#include "db/sql.h"

int64_t store_put_host(struct store *store, const struct store_host *h)
{
    int64_t id = -1;
    if (sql_run(
            store,
            "INSERT INTO host(fp,label,vendor,family,model,stepping,brand,ncpu,smt,l1d,l1i,l2,l3,"
            "mem_mib,virt,facts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
            "ON CONFLICT(fp) DO NOTHING",
            "sssiiisiiiiiiiss", h->fp, h->label, h->vendor, h->family, h->model, h->stepping,
            h->brand, h->ncpu, h->smt, h->l1d, h->l1i, h->l2, h->l3, h->mem_mib, h->virt,
            h->facts) < 0)
        return -1;
    return sql_get(store, &id, "SELECT id FROM host WHERE fp=?", "s", h->fp) == 1 ? id : -1;
}

int64_t store_put_host_state(struct store *store, int64_t host_id, const struct store_host_state *s)
{
    int64_t id = -1;
    if (sql_run(store,
                "INSERT INTO host_state(host_id,sha,hostname,kernel,microcode,governor,turbo,"
                "mitigations,clocksource,tsc_khz,tsc_invariant,pmu,pmu_note,aslr,thp,paranoid) "
                "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(host_id,sha) DO NOTHING",
                "issssssssiissisi", host_id, s->sha, s->hostname, s->kernel, s->microcode,
                s->governor, s->turbo, s->mitigations, s->clocksource, s->tsc_khz, s->tsc_invariant,
                s->pmu, s->pmu_note, s->aslr, s->thp, s->paranoid) < 0)
        return -1;
    return sql_get(store, &id, "SELECT id FROM host_state WHERE host_id=? AND sha=?", "is", host_id,
                   s->sha) == 1
               ? id
               : -1;
}

int64_t store_put_build(struct store *store, const struct store_build *b)
{
    int64_t id = -1;
    if (sql_run(store,
                "INSERT INTO build(sha,project,version) VALUES (?,?,?) "
                "ON CONFLICT(sha,project) DO NOTHING",
                "sss", b->sha, b->project, b->version) < 0)
        return -1;
    return sql_get(store, &id, "SELECT id FROM build WHERE sha=? AND project=?", "ss", b->sha,
                   b->project) == 1
               ? id
               : -1;
}

int64_t store_put_env(struct store *store, const struct store_env *e)
{
    int64_t id = -1;
    if (sql_run(store,
                "INSERT INTO env(sha,kind,label,argv,image_sha) VALUES (?,?,?,?,?) "
                "ON CONFLICT(sha) DO NOTHING",
                "sssss", e->sha, e->kind, e->label, e->argv, e->image_sha) < 0)
        return -1;
    return sql_get(store, &id, "SELECT id FROM env WHERE sha=?", "s", e->sha) == 1 ? id : -1;
}

int store_set_env_clock(struct store *store, int64_t env_id, const char *guest_tsc)
{
    return sql_run(store, "UPDATE env SET guest_tsc=? WHERE id=?", "si", guest_tsc, env_id);
}

int64_t store_put_test(struct store *store, const struct store_test *t)
{
    int64_t id = -1;
    if (sql_run(store,
                "INSERT INTO test(name,code_sha,family,title,alias,ops,noise,needs,marker) "
                "VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT(name,code_sha) DO NOTHING",
                "sssssissi", t->name, t->code_sha, t->family, t->title, t->alias, t->ops, t->noise,
                t->needs, t->marker) < 0)
        return -1;
    return sql_get(store, &id, "SELECT id FROM test WHERE name=? AND code_sha=?", "ss", t->name,
                   t->code_sha) == 1
               ? id
               : -1;
}
