/* The read-only connection; contracts in query.h. */
#include "plots/query.h"

#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/store.h"
#include "plots/text.h"

enum { QUERY_BUSY_MS = 5000, QUERY_APPLICATION = 0x54434b4d /* as db/store.c sets it */ };

/* Whether the file says that it is a store, whatever its schema. */
static bool is_ours(sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    bool ours = sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &row, NULL) == SQLITE_OK &&
                sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == QUERY_APPLICATION;
    sqlite3_finalize(row);
    return ours;
}

static int query_failed(struct plots_reader *reader)
{
    int rc = sqlite3_extended_errcode(reader->db);
    char why[256];
    snprintf(why, sizeof why, "%s", sqlite3_errmsg(reader->db));
    if (reader->err[0])
        return -1;
    if ((rc & 0xff) == SQLITE_NOTADB)
        snprintf(reader->err, sizeof reader->err, "%s: not an SQLite database", reader->path);
    else if (strncmp(why, "no such ", 8) == 0 && is_ours(reader->db))
        snprintf(
            reader->err, sizeof reader->err,
            "%s: written by an older Tickmark; `tickmark sweep`, `resume` or `import` brings it "
            "up (%.100s)",
            reader->path, why);
    else if (strncmp(why, "no such ", 8) == 0)
        snprintf(reader->err, sizeof reader->err, "%s: not a Tickmark result store (%s)",
                 reader->path, why);
    else
        snprintf(reader->err, sizeof reader->err, "%s: %s", reader->path, why);
    return -1;
}

/* An older schema is read as the store reads it, from a copy that was brought up; and so is a file
 * in a folder where its log cannot be. */
static bool needs_the_store(sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    int status = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &row, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_step(row);
    int version = status == SQLITE_ROW ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return (status & 0xff) == SQLITE_CANTOPEN || (status & 0xff) == SQLITE_READONLY ||
           (version > 0 && version < store_schema_version() && is_ours(db));
}

static int ask_the_store(struct plots_reader *reader)
{
    sqlite3_close(reader->db);
    reader->db = NULL;
    reader->store = store_open(reader->path, STORE_READ, reader->err, sizeof reader->err);
    if (!reader->store)
        return -1;
    reader->db = store_connection(reader->store);
    return 0;
}

int plots_reader_open(struct plots_reader *reader, const char *path)
{
    struct stat st;
    memset(reader, 0, sizeof *reader);
    reader->path = path;
    if (stat(path, &st) != 0) {
        snprintf(reader->err, sizeof reader->err, "%s: cannot open the database: %m", path);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        snprintf(reader->err, sizeof reader->err, "%s: not a file, so not a database", path);
        return -1;
    }
    if (sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        snprintf(reader->err, sizeof reader->err, "%s: cannot open the database: %s", path,
                 reader->db ? sqlite3_errmsg(reader->db) : "no memory");
        return -1;
    }
    if (needs_the_store(reader->db) && ask_the_store(reader) < 0)
        return -1;
    /* A hostile file may hold views and triggers of its own: they may call nothing but plain SQL.
     */
    sqlite3_db_config(reader->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(reader->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_busy_timeout(reader->db, QUERY_BUSY_MS);
    if (sqlite3_exec(reader->db,
                     "PRAGMA query_only = 1; BEGIN; SELECT count(*) FROM sqlite_schema;", NULL,
                     NULL, NULL) != SQLITE_OK)
        return query_failed(reader);
    return 0;
}

void plots_reader_close(struct plots_reader *reader)
{
    if (reader->store)
        store_close(reader->store);
    else
        sqlite3_close(reader->db);
    reader->store = NULL;
    reader->db = NULL;
    while (reader->strings) {
        char *first = reader->strings;
        memcpy(&reader->strings, first, sizeof(char *));
        free(first);
    }
}

int plots_reader_query(struct plots_reader *reader, const char *sql, const char *host,
                       int (*on_row)(struct plots_reader *reader, sqlite3_stmt *row, void *into),
                       void *into)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(reader->db, sql, -1, &row, NULL);
    if (rc != SQLITE_OK)
        return query_failed(reader);
    int parameter = sqlite3_bind_parameter_index(row, ":host");
    if (parameter)
        sqlite3_bind_text(row, parameter, host, -1, SQLITE_TRANSIENT);
    parameter = sqlite3_bind_parameter_index(row, ":test");
    if (parameter)
        sqlite3_bind_text(row, parameter, reader->test, -1, SQLITE_TRANSIENT);
    int stopped = 0;
    while (!stopped && (rc = sqlite3_step(row)) == SQLITE_ROW)
        stopped = on_row(reader, row, into);
    if (!stopped && rc != SQLITE_DONE)
        stopped = query_failed(reader);
    sqlite3_finalize(row);
    return stopped;
}

const char *plots_column_text(struct plots_reader *reader, sqlite3_stmt *row, int column)
{
    const char *bytes = (const char *)sqlite3_column_text(row, column);
    if (!bytes)
        return NULL;
    char *clean = plots_clean_text(bytes, (size_t)sqlite3_column_bytes(row, column));
    size_t len = clean ? strlen(clean) : 0;
    char *kept = malloc(sizeof(char *) + len + 1);
    if (!clean || !kept) {
        free(clean);
        free(kept);
        snprintf(reader->err, sizeof reader->err, "%s: no memory", reader->path);
        return NULL;
    }
    memcpy(kept, &reader->strings, sizeof(char *));
    memcpy(kept + sizeof(char *), clean, len + 1);
    reader->strings = kept;
    free(clean);
    return kept + sizeof(char *);
}

double plots_column_real(sqlite3_stmt *row, int column)
{
    int type = sqlite3_column_type(row, column);
    double value = type == SQLITE_FLOAT || type == SQLITE_INTEGER
                       ? sqlite3_column_double(row, column)
                       : (double)NAN;
    return isfinite(value) ? value : (double)NAN;
}

int64_t plots_column_int(sqlite3_stmt *row, int column)
{
    return sqlite3_column_int64(row, column);
}
