/* sql.h: what the store's own files share: a prepared-statement cache and bound execution.
 * Private to db/.
 *
 * sql_run(store, sql, types, ...) binds the values by position and runs the statement to its end.
 * One letter of `types` per value: i int64_t (STORE_NONE binds NULL), d double (NAN binds NULL),
 * s const char * (NULL binds NULL).  Statements are kept by the address of their text: string
 * literals only. */
#ifndef DB_SQL_H
#define DB_SQL_H

#include "db/store.h"

#include <sqlite3.h>
#include <stdarg.h>

#define STORE_CACHE 128
struct store {
    sqlite3 *db;
    char error[512];
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cache[STORE_CACHE];
};

/* Sets the message, with SQLite's own words after it, and returns -1. */
int sql_fail(struct store *store, const char *what);
int sql_exec(struct store *store, const char *sql);
/* A reset, bound statement of the cache; NULL on failure.  Reset it when done. */
sqlite3_stmt *sql_bind(struct store *store, const char *sql, const char *types, ...);
int sql_run(struct store *store, const char *sql, const char *types, ...);
/* First column of the first row: 1 found, 0 no row, -1 error. */
int sql_get(struct store *store, int64_t *value, const char *sql, const char *types, ...);
/* Inside a transaction of its own, or inside the caller's if there is one. */
int sql_enter(struct store *store);
int sql_leave(struct store *store, int entered, int status);
char *sql_copy_text(sqlite3_stmt *statement, int column);

/* Published figures of db/reference into reference_result. */
int reference_load(struct store *store);

#endif
