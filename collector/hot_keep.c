/* hot_keep.c: see hot_keep.h.
 *
 * Clocks of the store are core clocks; the profile counts the host's TSC.  They are converted as
 * the result was, where it was. */
#include "collector/hot_keep.h"
#include "collector/digest.h"
#include "collector/host.h"
#include "collector/listing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 200, KEPT_WITH_CODE = 20 };

/* The code of one side, a line per instruction. */
static char *list_code(const struct profile_block *block, int is_host)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    listing_print_side(block, is_host, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int keep_block(struct store *store, int64_t result_id, int64_t rank,
                      const struct profile_block *b, double clk_per_tsc)
{
    char sha[DIGEST_HEX], *hex = malloc(2 * b->guest_bytes + 1);
    if (!hex)
        return -1;
    hex[0] = 0;
    for (size_t i = 0; i < b->guest_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", b->guest[i]);
    digest_text(hex, sha);
    free(hex);
    char *guest = rank <= KEPT_WITH_CODE ? list_code(b, 0) : NULL;
    char *host = rank <= KEPT_WITH_CODE ? list_code(b, 1) : NULL;
    struct store_hot_block row = {.rank = rank,
                                  .guest_pc = b->linear,
                                  .guest_len = (int64_t)b->guest_bytes,
                                  .insns = llround(b->insns),
                                  .execs = llround(b->execs),
                                  .translations = llround(b->translations),
                                  .host_bytes = (int64_t)b->host_bytes,
                                  .exits = llround(b->exits),
                                  .clk = b->clk * clk_per_tsc,
                                  .code_sha = sha,
                                  .symbol = *b->symbol ? b->symbol : NULL,
                                  .guest_asm = guest && *guest ? guest : NULL,
                                  .host_asm = host && *host ? host : NULL};
    int status = store_put_hot_block(store, result_id, &row);
    free(guest);
    free(host);
    return status;
}

/* All or nothing; a finished sweep gets its sum anew. */
static int keep_all(struct store *store, const struct store_table *found, const struct profile *p)
{
    int64_t result_id = (int64_t)store_cell(found, 0, 0)->real,
            sweep_id = (int64_t)store_cell(found, 0, 1)->real;
    double ghz = store_cell(found, 0, 3)->text ? store_cell(found, 0, 3)->real : NAN,
           khz = store_cell(found, 0, 4)->text ? store_cell(found, 0, 4)->real : NAN;
    double clk_per_tsc = ghz > 0 && khz > 0 ? ghz * 1e6 / khz : 1;
    int kept = 0, status = store_begin(store);
    if (status < 0)
        return -1;
    status = store_drop_hot_blocks(store, result_id);
    for (size_t i = 0; !status && i < p->block_count && kept < KEPT_MOST; i++)
        if (p->blocks[i].clk > 0)
            status = keep_block(store, result_id, ++kept, &p->blocks[i], clk_per_tsc);
    if (!status && store_cell(found, 0, 5)->real > 0)
        status = store_seal_sweep(store, sweep_id);
    if (status < 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store) < 0 ? -1 : kept;
}

int hot_keep(const char *db, const struct profile *profile, char *err, size_t errlen)
{
    struct host *host = calloc(1, sizeof *host);
    if (!*profile->test || !*profile->build || !*profile->env) {
        snprintf(
            err, errlen,
            "the profile does not say of which test, build and environment it is: only those of "
            "one test that `tickmark hot -t` ran are kept");
        free(host);
        return -1;
    }
    struct store *store = host ? store_open(db, STORE_WRITE, err, errlen) : NULL;
    if (!store) {
        free(host);
        return -1;
    }
    host_read(host);
    struct store_param params[] = {{":host", host->fp, 0},
                                   {":build", profile->build, 0},
                                   {":env", profile->env, 0},
                                   {":test", profile->test, 0}};
    struct store_table found;
    int kept = -1;
    if (store_query(store, "result_of_build", params, 4, &found) < 0) {
        snprintf(err, errlen, "%s", store_error(store));
    } else {
        if (!found.rows)
            snprintf(err, errlen,
                     "%.500s holds no result of %s in %s by this build: tickmark run -e %s -t %s",
                     db, profile->test, profile->env, profile->env, profile->test);
        else if ((kept = keep_all(store, &found, profile)) < 0)
            snprintf(err, errlen, "%s", store_error(store));
        store_free_table(&found);
    }
    store_close(store);
    free(host);
    return kept;
}
