/* import.c: an export into a store; see exchange.h and store_import() in store.h.
 *
 * First the tail: what is cut short or altered is refused as a whole.  Then line by line in one
 * transaction; column names come from exchange.def alone, values are bound, and the tables' own
 * types and checks refuse what does not fit. */
#include "db/exchange.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct import {
    struct store *store;
    struct store_imported *imported;
    json_t *ids[EXCHANGE_TYPES]; /* natural key -> row number, of what this file holds */
    int64_t sweep_id, result_id, *runs;
    size_t run_count, line;
    sqlite3_stmt *insert[EXCHANGE_TYPES]; /* the last one of each type, and the fields it is for */
    char *fields[EXCHANGE_TYPES];
};

static int fail_line(struct import *in, const char *why)
{
    char text[400];
    snprintf(text, sizeof text, "line %zu of the export: %.300s", in->line, why);
    snprintf(in->store->error, sizeof in->store->error, "%s", text);
    return -1;
}

static const char *const key_columns[][3] = {
    /* field, column, type whose rows it names */
    {"host_key", "host_id", "host"},    {"state_key", "state_id", "host_state"},
    {"build_key", "build_id", "build"}, {"env_key", "env_id", "env"},
    {"test_key", "test_id", "test"},    {"from_key", "from_build", "build"},
    {"to_key", "to_build", "build"},    {"confirm_key", "confirm_sweep", "sweep"},
    {"run_no", "run_id", "run"},
};
#define KEYS (sizeof key_columns / sizeof *key_columns)

static int key_of(const char *field)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(key_columns[i][0], field))
            return (int)i;
    return -1;
}

static int type_of(const char *word)
{
    for (int i = 0; word && i < EXCHANGE_TYPES; i++)
        if (!strcmp(exchange_table[i].type, word))
            return i;
    return -1;
}

/* The row that a key names: 0 and *id, or -1. */
static int resolve(struct import *in, int key, const json_t *value, int64_t *id)
{
    if (!strcmp(key_columns[key][2], "run")) {
        json_int_t number = json_integer_value(value);
        if (number < 0 || (uint64_t)number > in->run_count)
            return fail_line(in, "it names a run that there is none of");
        *id = number ? in->runs[number - 1] : STORE_NONE;
        return 0;
    }
    int type = type_of(key_columns[key][2]);
    const char *word = json_string_value(value);
    json_t *found = word ? json_object_get(in->ids[type], word) : NULL;
    if (!found && word && type == EXCHANGE_sweep) {
        if (sql_get(in->store, id, "SELECT id FROM sweep WHERE uuid=?", "s", word) == 1)
            return 0;
    }
    if (!found)
        return fail_line(in, "it names a row that the export does not hold");
    *id = json_integer_value(found);
    return 0;
}

/* Whether the field is one of the type's, blanks around it. */
static int is_field(const char *columns, const char *field)
{
    size_t bytes = strlen(field);
    for (const char *at = columns; bytes && (at = strstr(at, field)); at += bytes)
        if ((at == columns || at[-1] == ' ') && (at[bytes] == ' ' || !at[bytes]))
            return 1;
    return 0;
}

/* INSERT with the fields that this line has; the statement of the line before if they are the same.
 */
static sqlite3_stmt *prepare(struct import *in, enum exchange_type type, const json_t *row)
{
    const struct exchange *e = &exchange_table[type];
    const char *parent = type > EXCHANGE_result && type <= EXCHANGE_hot_block ? "result_id"
                         : type > EXCHANGE_sweep && type <= EXCHANGE_result   ? "sweep_id"
                         : type == EXCHANGE_sweep                             ? "id"
                                                                              : NULL;
    char *names = NULL;
    size_t bytes = 0, count = parent != NULL;
    FILE *out = open_memstream(&names, &bytes);
    const char *field;
    json_t *value;
    if (!out)
        return NULL;
    fprintf(out, "%s", parent ? parent : "");
    json_object_foreach((json_t *)(uintptr_t)row, field, value)
    {
        int key = key_of(field);
        if (!strcmp(field, "t") || !is_field(e->columns, field))
            continue;
        fprintf(out, "%s%s", count++ ? "," : "", key < 0 ? field : key_columns[key][1]);
    }
    if (fclose(out) != 0)
        return NULL;
    if (in->insert[type] && !strcmp(in->fields[type], names)) {
        free(names);
        return in->insert[type];
    }
    sqlite3_finalize(in->insert[type]);
    in->insert[type] = NULL;
    free(in->fields[type]);
    in->fields[type] = names;
    char *sql = NULL;
    out = open_memstream(&sql, &bytes);
    if (!out)
        return NULL;
    fprintf(out, "INSERT INTO %s(%s) VALUES (", e->table, names);
    for (size_t i = 0; i < count; i++)
        fputs(i ? ",?" : "?", out);
    /* tables without row numbers have none to give back */
    fprintf(out, ") %s%s", e->conflict,
            type <= EXCHANGE_sweep || type == EXCHANGE_run || type == EXCHANGE_result
                ? " RETURNING id"
                : "");
    if (fclose(out) == 0 &&
        sqlite3_prepare_v2(in->store->db, sql, -1, &in->insert[type], NULL) != SQLITE_OK)
        fail_line(in, sqlite3_errmsg(in->store->db));
    free(sql);
    return in->insert[type];
}

static int bind_value(sqlite3_stmt *q, int at, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER: return sqlite3_bind_int64(q, at, json_integer_value(value));
    case JSON_REAL: return sqlite3_bind_double(q, at, json_real_value(value));
    case JSON_STRING:
        return sqlite3_bind_text(q, at, json_string_value(value), -1, SQLITE_TRANSIENT);
    case JSON_NULL: return sqlite3_bind_null(q, at);
    default: return SQLITE_MISMATCH;
    }
}

/* Inserts the row: its number (0 where there is none), or -1. */
static int64_t insert(struct import *in, enum exchange_type type, const json_t *row)
{
    sqlite3_stmt *q = prepare(in, type, row);
    int at = 1, status = SQLITE_OK;
    const char *field;
    json_t *value;
    if (!q)
        return *in->store->error ? -1 : fail_line(in, "out of memory");
    if (type > EXCHANGE_result && type <= EXCHANGE_hot_block)
        sqlite3_bind_int64(q, at++, in->result_id);
    else if (type >= EXCHANGE_sweep && type <= EXCHANGE_result && in->sweep_id > 0)
        sqlite3_bind_int64(q, at++, in->sweep_id);
    else if (type == EXCHANGE_sweep)
        sqlite3_bind_null(q, at++); /* a number of its own */
    json_object_foreach((json_t *)(uintptr_t)row, field, value)
    {
        int key = key_of(field);
        int64_t id;
        if (!strcmp(field, "t"))
            continue;
        if (!is_field(exchange_table[type].columns, field)) {
            in->imported->unknown++;
            continue;
        }
        if (key >= 0 && resolve(in, key, value, &id) < 0)
            return -1;
        if (key < 0)
            status |= bind_value(q, at++, value);
        else
            status |=
                id == STORE_NONE ? sqlite3_bind_null(q, at++) : sqlite3_bind_int64(q, at++, id);
    }
    if (status != SQLITE_OK)
        return fail_line(in, "a field is no number and no text");
    int64_t id = 0;
    while ((status = sqlite3_step(q)) == SQLITE_ROW)
        id = sqlite3_column_int64(q, 0);
    if (status != SQLITE_DONE)
        fail_line(in, sqlite3_errmsg(in->store->db));
    sqlite3_reset(q);
    return status == SQLITE_DONE ? id : -1;
}

/* An identity, with the key by which other lines name it. */
static int take_identity(struct import *in, enum exchange_type type, const json_t *row)
{
    static const char *const keys[][2] = {
        {"fp", NULL}, {"host_key", "sha"}, {"sha", "project"}, {"sha", NULL}, {"name", "code_sha"}};
    char key[600];
    const char *first = json_string_value(json_object_get(row, keys[type][0]));
    const char *second =
        keys[type][1] ? json_string_value(json_object_get(row, keys[type][1])) : NULL;
    if (!first || (keys[type][1] && !second) ||
        snprintf(key, sizeof key, "%s%s%s", first, second ? " " : "", second ? second : "") >=
            (int)sizeof key)
        return fail_line(in, "what it is known by is missing, or too long");
    int64_t id = insert(in, type, row);
    if (id < 0)
        return -1;
    return json_object_set_new(in->ids[type], key, json_integer(id));
}

struct rank { /* of one version of a sweep: the greater one stays */
    int64_t done, samples;
    char finished[40], sum[EXCHANGE_SUM];
};

static int rank_sweep(struct store *store, int64_t sweep_id, struct rank *rank)
{
    size_t bytes;
    char *text = exchange_write_sweep(store, sweep_id, &bytes);
    sqlite3_stmt *q = sql_bind(store,
                               "SELECT state='done', coalesce(finished,''), (SELECT count(*) FROM "
                               "result r JOIN sample s ON s.result_id=r.id WHERE r.sweep_id=?1) "
                               "FROM sweep WHERE id=?1",
                               "i", sweep_id);
    memset(rank, 0, sizeof *rank);
    int status = text && q && sqlite3_step(q) == SQLITE_ROW ? 0 : -1;
    if (!status) {
        rank->done = sqlite3_column_int64(q, 0);
        snprintf(rank->finished, sizeof rank->finished, "%.38s",
                 (const char *)sqlite3_column_text(q, 1));
        rank->samples = sqlite3_column_int64(q, 2);
        exchange_sum(text, bytes, rank->sum);
    }
    if (q)
        sqlite3_reset(q);
    free(text);
    return status;
}

static int compare_ranks(const struct rank *a, const struct rank *b)
{
    int order = (a->done > b->done) - (a->done < b->done);
    order = order ? order : strcmp(a->finished, b->finished);
    order = order ? order : (a->samples > b->samples) - (a->samples < b->samples);
    return order ? order : strcmp(a->sum, b->sum);
}

static int take_line(struct import *in, enum exchange_type type, const json_t *row)
{
    int64_t id = insert(in, type, row);
    if (id < 0)
        return -1;
    if (type == EXCHANGE_sweep)
        in->sweep_id = id;
    if (type == EXCHANGE_result)
        in->result_id = id;
    if (type == EXCHANGE_run) {
        int64_t *runs = realloc(in->runs, (in->run_count + 1) * sizeof *runs);
        if (!runs)
            return fail_line(in, "out of memory");
        in->runs = runs;
        in->runs[in->run_count++] = id;
    }
    return 0;
}

/* The line at *at as JSON, and its type (EXCHANGE_TYPES: none of ours); NULL with an error. */
static json_t *next_line(struct import *in, const char **at, const char *end, int *type)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    json_error_t error;
    in->line++;
    json_t *row = json_loadb(*at, (size_t)((stop ? stop : end) - *at), 0, &error);
    *at = stop ? stop + 1 : end;
    if (!json_is_object(row)) {
        json_decref(row);
        fail_line(in, row ? "it is no object" : error.text);
        return NULL;
    }
    *type = type_of(json_string_value(json_object_get(row, "t")));
    if (*type < 0) {
        in->imported->unknown++;
        *type = EXCHANGE_TYPES;
    }
    return row;
}

/* The lines of one sweep: *at is behind its first one, which is `first`. */
static int take_block(struct import *in, const json_t *first, const char **at, const char *end)
{
    struct store *store = in->store;
    struct rank old, new;
    const char *uuid = json_string_value(json_object_get(first, "uuid"));
    int64_t old_id = 0;
    if (!uuid)
        return fail_line(in, "a sweep without its uuid");
    int found = sql_get(store, &old_id, "SELECT id FROM sweep WHERE uuid=?", "s", uuid);
    if (found < 0 || (found && rank_sweep(store, old_id, &old) < 0) ||
        sql_exec(store, "SAVEPOINT block") < 0 ||
        (found && sql_run(store, "DELETE FROM sweep WHERE id=?", "i", old_id) < 0))
        return -1;
    in->run_count = 0;
    in->sweep_id = found ? old_id : 0;
    int status = take_line(in, EXCHANGE_sweep, first);
    while (!status && *at < end) {
        const char *line = *at;
        int type;
        json_t *row = next_line(in, at, end, &type);
        status = row ? 0 : -1;
        if (row && type != EXCHANGE_TYPES &&
            (type <= EXCHANGE_sweep || type > EXCHANGE_hot_block)) {
            *at = line;
            in->line--;
            json_decref(row);
            break;
        }
        if (row && type != EXCHANGE_TYPES)
            status = take_line(in, (enum exchange_type)type, row);
        json_decref(row);
    }
    if (status || rank_sweep(store, in->sweep_id, &new) < 0)
        return -1;
    int is_kept = found && compare_ranks(&new, &old) <= 0;
    if (is_kept)
        in->imported->known++;
    else if (found)
        in->imported->replaced++;
    else
        in->imported->added++;
    if (is_kept)
        return sql_exec(store, "ROLLBACK TO block; RELEASE block");
    return sql_run(store, "UPDATE sweep SET sum=? WHERE id=?", "si", new.sum, in->sweep_id) < 0
               ? -1
               : sql_exec(store, "RELEASE block");
}

static int take_all(struct import *in, const char *at, const char *end)
{
    while (at < end) {
        int type, status = 0;
        json_t *row = next_line(in, &at, end, &type);
        if (!row)
            return -1;
        if (type <= EXCHANGE_test)
            status = take_identity(in, (enum exchange_type)type, row);
        else if (type == EXCHANGE_sweep)
            status = take_block(in, row, &at, end);
        else if (type == EXCHANGE_step_mark || type == EXCHANGE_change)
            status = insert(in, (enum exchange_type)type, row) < 0 ? -1 : 0;
        else if (type != EXCHANGE_TYPES)
            status = fail_line(in, "it belongs to no sweep");
        json_decref(row);
        if (status)
            return -1;
    }
    return 0;
}

/* The first and the last line: what is between them, or NULL. */
static const char *check_ends(struct import *in, const char *bytes, size_t count, const char **end)
{
    char sum[EXCHANGE_SUM];
    const char *tail = count && bytes[count - 1] == '\n' ? memrchr(bytes, '\n', count - 1) : NULL;
    const char *head_end = memchr(bytes, '\n', count);
    json_t *head = head_end ? json_loadb(bytes, (size_t)(head_end - bytes), 0, NULL) : NULL;
    const char *word = json_string_value(json_object_get(head, "t"));
    int is_ours = word && !strcmp(word, "tickmark-export");
    json_int_t format = json_integer_value(json_object_get(head, "format"));
    json_decref(head);
    if (!is_ours) {
        snprintf(in->store->error, sizeof in->store->error, "not an export of Tickmark's");
        return NULL;
    }
    if (format > EXCHANGE_FORMAT) {
        snprintf(in->store->error, sizeof in->store->error,
                 "an export of a newer Tickmark (format %lld, this one knows %d)",
                 (long long)format, EXCHANGE_FORMAT);
        return NULL;
    }
    json_t *last = tail ? json_loadb(tail + 1, count - (size_t)(tail + 1 - bytes), 0, NULL) : NULL;
    const char *told = json_string_value(json_object_get(last, "sum"));
    if (tail)
        exchange_sum(bytes, (size_t)(tail + 1 - bytes), sum);
    int is_whole = tail && told && !strcmp(told, sum);
    json_decref(last);
    if (!is_whole) {
        snprintf(in->store->error, sizeof in->store->error,
                 told ? "the export is damaged: its sum is another" : "the export is cut short");
        return NULL;
    }
    *end = tail + 1;
    in->line = 1;
    return head_end + 1;
}

int store_import(struct store *store, const char *bytes, size_t count,
                 struct store_imported *imported)
{
    struct import in = {.store = store, .imported = imported};
    const char *end;
    memset(imported, 0, sizeof *imported);
    store->error[0] = 0;
    const char *at = check_ends(&in, bytes, count, &end);
    if (!at || store_begin(store) < 0)
        return -1;
    for (int i = 0; i < EXCHANGE_TYPES; i++)
        in.ids[i] = json_object();
    /* a sweep that is replaced keeps its number: what refers to it is right again at the end */
    int status = sql_exec(store, "PRAGMA defer_foreign_keys = 1") < 0 ? -1 : take_all(&in, at, end);
    for (int i = 0; i < EXCHANGE_TYPES; i++) {
        json_decref(in.ids[i]);
        sqlite3_finalize(in.insert[i]);
        free(in.fields[i]);
    }
    free(in.runs);
    if (!status)
        return store_commit(store);
    store_rollback(store);
    return -1;
}
