/* export.c: a store as text; see exchange.h.  Reads in one transaction, so that what a sweep adds
 * meanwhile is either in it or not. */
#include "db/exchange.h"

#include <jansson.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

const struct exchange exchange_table[] = {
#define EXCHANGE(type, table, columns, conflict, query) {#type, table, columns, conflict, query},
#include "db/exchange.def"
#undef EXCHANGE
};

static void finish_sum(struct sha256_ctx *sha, char hex[EXCHANGE_SUM])
{
    unsigned char digest[SHA256_DIGEST_SIZE];
    sha256_digest(sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void exchange_sum(const char *bytes, size_t count, char hex[EXCHANGE_SUM])
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, count, (const unsigned char *)bytes);
    finish_sum(&sha, hex);
}

/* Text as a JSON string.  What is no UTF-8 (a program's last words) goes out with question marks.
 */
static int write_text(FILE *out, const char *text)
{
    json_t *json = json_string(text);
    if (!json) {
        char *plain = strdup(text);
        for (char *at = plain; at && *at; at++)
            *at = (unsigned char)*at > 126 ? '?' : *at;
        json = plain ? json_string(plain) : NULL;
        free(plain);
    }
    int status = json ? json_dumpf(json, out, JSON_ENCODE_ANY) : -1;
    json_decref(json);
    return status;
}

static int write_cell(FILE *out, sqlite3_stmt *q, int column)
{
    switch (sqlite3_column_type(q, column)) {
    case SQLITE_INTEGER: fprintf(out, "%lld", (long long)sqlite3_column_int64(q, column)); return 0;
    case SQLITE_FLOAT:
        if (!isfinite(sqlite3_column_double(q, column)))
            return write_text(out, sqlite3_column_double(q, column) > 0 ? "inf" : "-inf");
        fprintf(out, "%.17g", sqlite3_column_double(q, column));
        return 0;
    default: return write_text(out, (const char *)sqlite3_column_text(q, column));
    }
}

static int write_children(struct store *store, FILE *out, int64_t result_id, size_t *lines);

/* All rows of one type; key is its ?1: a text, or a row number. */
static int write_rows(struct store *store, FILE *out, enum exchange_type type, const char *list,
                      int64_t id, size_t *lines)
{
    const struct exchange *e = &exchange_table[type];
    sqlite3_stmt *q =
        list ? sql_bind(store, e->query, "s", list) : sql_bind(store, e->query, "i", id);
    int status = q ? SQLITE_ROW : SQLITE_ERROR;
    while (q && (status = sqlite3_step(q)) == SQLITE_ROW) {
        int64_t own_id = -1;
        fprintf(out, "{\"t\":\"%s\"", e->type);
        for (int c = 0; c < sqlite3_column_count(q); c++) {
            const char *name = sqlite3_column_name(q, c);
            if (!strcmp(name, "own_id")) {
                own_id = sqlite3_column_int64(q, c);
                continue;
            }
            if (sqlite3_column_type(q, c) == SQLITE_NULL)
                continue;
            fprintf(out, ",\"%s\":", name);
            if (write_cell(out, q, c) < 0) {
                sqlite3_reset(q);
                return sql_fail(store, "a text cannot be exported");
            }
        }
        fputs("}\n", out);
        ++*lines;
        if (own_id >= 0 && write_children(store, out, own_id, lines) < 0) {
            sqlite3_reset(q);
            return -1;
        }
    }
    if (q)
        sqlite3_reset(q);
    return status == SQLITE_DONE ? 0 : q ? sql_fail(store, "cannot export") : -1;
}

static int write_children(struct store *store, FILE *out, int64_t result_id, size_t *lines)
{
    for (enum exchange_type type = EXCHANGE_sample; type <= EXCHANGE_hot_block; type++)
        if (write_rows(store, out, type, NULL, result_id, lines) < 0)
            return -1;
    return 0;
}

static char *write_sweep(struct store *store, int64_t sweep_id, size_t *bytes, size_t *lines)
{
    char *text = NULL;
    int status = 0;
    FILE *out = open_memstream(&text, bytes);
    for (enum exchange_type type = EXCHANGE_sweep; out && !status && type <= EXCHANGE_result;
         type++)
        status = write_rows(store, out, type, NULL, sweep_id, lines);
    if (out && fclose(out) == 0 && !status)
        return text;
    if (!status)
        snprintf(store->error, sizeof store->error, "out of memory");
    free(text);
    return NULL;
}

char *exchange_write_sweep(struct store *store, int64_t sweep_id, size_t *bytes)
{
    size_t lines = 0;
    return write_sweep(store, sweep_id, bytes, &lines);
}

struct writer {
    store_export_write *write;
    void *context;
    struct sha256_ctx sha;
    size_t lines;
};

static int emit(struct writer *w, const char *bytes, size_t count)
{
    sha256_update(&w->sha, count, (const unsigned char *)bytes);
    return w->write(w->context, bytes, count);
}

/* The rows of one type of the whole export. */
static int emit_rows(struct store *store, struct writer *w, enum exchange_type type,
                     const char *list)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    int status = out ? write_rows(store, out, type, list, 0, &w->lines) : -1;
    if (out && fclose(out) != 0)
        status = -1;
    if (!status)
        status = emit(w, text, bytes);
    free(text);
    return status;
}

static int emit_head(struct store *store, struct writer *w, int canonical)
{
    char head[300], uuid[64] = "";
    sqlite3_stmt *q = sql_bind(store, "SELECT uuid FROM store", "");
    if (q && sqlite3_step(q) == SQLITE_ROW)
        snprintf(uuid, sizeof uuid, "%.60s", (const char *)sqlite3_column_text(q, 0));
    if (q)
        sqlite3_reset(q);
    snprintf(head, sizeof head, "{\"t\":\"tickmark-export\",\"format\":%d", EXCHANGE_FORMAT);
    if (!canonical)
        snprintf(head + strlen(head), sizeof head - strlen(head), ",\"schema\":%d,\"store\":\"%s\"",
                 store_schema_version(), uuid);
    strcat(head, "}\n");
    w->lines++;
    return emit(w, head, strlen(head));
}

static int emit_sweeps(struct store *store, struct writer *w, const char *list)
{
    struct store_table ids;
    struct store_param param = {":list", list, 0};
    if (store_query(store,
                    "SELECT id FROM sweep WHERE id IN (SELECT value FROM json_each(:list)) "
                    "ORDER BY uuid",
                    &param, 1, &ids) < 0)
        return -1;
    int status = 0;
    for (size_t i = 0; !status && i < ids.rows; i++) {
        size_t bytes;
        char *text = write_sweep(store, (int64_t)store_cell(&ids, i, 0)->real, &bytes, &w->lines);
        status = text ? emit(w, text, bytes) : -1;
        free(text);
    }
    store_free_table(&ids);
    return status;
}

int store_export(struct store *store, const char *sweeps, int canonical, store_export_write *write,
                 void *context)
{
    struct writer w = {.write = write, .context = context};
    char tail[160], sum[EXCHANGE_SUM];
    if (sql_exec(store, "BEGIN") < 0)
        return -1;
    store->error[0] = 0;
    sha256_init(&w.sha);
    int status = emit_head(store, &w, canonical);
    for (enum exchange_type type = EXCHANGE_host; !status && type <= EXCHANGE_test; type++)
        status = emit_rows(store, &w, type, sweeps);
    if (!status)
        status = emit_sweeps(store, &w, sweeps);
    for (enum exchange_type type = EXCHANGE_step_mark; !status && type <= EXCHANGE_change; type++)
        status = emit_rows(store, &w, type, sweeps);
    store_rollback(store);
    if (!status) {
        finish_sum(&w.sha, sum);
        snprintf(tail, sizeof tail, "{\"t\":\"end\",\"lines\":%zu,\"sum\":\"%s\"}\n", w.lines, sum);
        status = write(context, tail, strlen(tail));
    }
    if (status && !*store->error)
        snprintf(store->error, sizeof store->error, "the export could not be written");
    return status;
}
