/* counter_keep.c: see counter_keep.h. */
#include "collector/counter_keep.h"
#include "collector/host.h"

#include <stdlib.h>
#include <string.h>

/* The rows of one test: 1 filed, 0 there is no result of it, -1. */
static int keep_test(struct store *store, const char *host, const char *env, const char *build_sha,
                     const struct counter_kept *rows, size_t count)
{
    struct store_param params[] = {
        {":host", host, 0}, {":build", build_sha, 0}, {":env", env, 0}, {":test", rows->test, 0}};
    struct store_table found;
    if (store_query(store, "result_of_build", params, 4, &found) < 0)
        return -1;
    int status = found.rows ? 1 : 0;
    int64_t result_id = status ? (int64_t)store_cell(&found, 0, 0)->real : 0,
            sweep_id = status ? (int64_t)store_cell(&found, 0, 1)->real : 0;
    int is_sealed = status && store_cell(&found, 0, 5)->real > 0;
    store_free_table(&found);
    if (!status)
        return 0;
    status = store_drop_counters(store, result_id);
    for (size_t i = 0; !status && i < count; i++)
        status = store_put_counter(store, result_id, rows[i].name, rows[i].per_op, rows[i].source);
    /* a finished sweep gets its sum anew */
    if (!status && is_sealed)
        status = store_seal_sweep(store, sweep_id);
    return status < 0 ? -1 : 1;
}

static int keep_all(struct store *store, const char *host, const char *env, const char *build_sha,
                    const struct counter_kept *rows, size_t count, size_t *left_out)
{
    int kept = 0;
    if (store_begin(store) < 0)
        return -1;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && !strcmp(rows[to].test, rows[from].test); to++)
            ;
        int status = keep_test(store, host, env, build_sha, rows + from, to - from);
        if (status < 0) {
            store_rollback(store);
            return -1;
        }
        kept += status;
        *left_out += !status;
    }
    return store_commit(store) < 0 ? -1 : kept;
}

int counter_keep(const char *db, const char *env, const char *build_sha,
                 const struct counter_kept *rows, size_t count, size_t *left_out, char *err,
                 size_t errlen)
{
    struct host *host = calloc(1, sizeof *host);
    struct store *store = host ? store_open(db, STORE_WRITE, err, errlen) : NULL;
    int kept = -1;
    *left_out = 0;
    if (!host)
        snprintf(err, errlen, "no memory");
    if (store) {
        host_read(host);
        kept = keep_all(store, host->fp, env, build_sha, rows, count, left_out);
        if (kept < 0)
            snprintf(err, errlen, "%s", store_error(store));
    }
    store_close(store);
    free(host);
    return kept;
}
