/* sql.c: prepared statements, bound execution, transactions (see sql.h). */
#include "db/sql.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int sql_fail(struct store *store, const char *what)
{
    snprintf(store->error, sizeof store->error, "%s: %s", what, sqlite3_errmsg(store->db));
    return -1;
}

int sql_exec(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sql_fail(store, "the database refused a statement");
    return 0;
}

static sqlite3_stmt *find_statement(struct store *store, const char *sql)
{
    size_t slot = ((uintptr_t)sql >> 3) % STORE_CACHE;
    for (size_t k = 0; k < STORE_CACHE; k++, slot = (slot + 1) % STORE_CACHE) {
        if (store->cache[slot].sql == sql)
            return store->cache[slot].statement;
        if (!store->cache[slot].sql)
            break;
    }
    if (store->cache[slot].sql) { /* full: the first probed one makes room */
        sqlite3_finalize(store->cache[slot].statement);
        store->cache[slot].sql = NULL;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        sql_fail(store, "the database refused a statement");
        return NULL;
    }
    store->cache[slot].sql = sql;
    store->cache[slot].statement = statement;
    return statement;
}

static sqlite3_stmt *bind_values(struct store *store, const char *sql, const char *types,
                                 va_list ap)
{
    sqlite3_stmt *statement = find_statement(store, sql);
    if (!statement)
        return NULL;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    int status = SQLITE_OK;
    for (int i = 1; *types && status == SQLITE_OK; types++, i++) {
        if (*types == 'i') {
            int64_t value = va_arg(ap, int64_t);
            status = value == STORE_NONE ? sqlite3_bind_null(statement, i)
                                         : sqlite3_bind_int64(statement, i, value);
        } else if (*types == 'd') {
            double value = va_arg(ap, double);
            status = isnan(value) ? sqlite3_bind_null(statement, i)
                                  : sqlite3_bind_double(statement, i, value);
        } else {
            const char *text = va_arg(ap, const char *);
            status = text ? sqlite3_bind_text(statement, i, text, -1, SQLITE_TRANSIENT)
                          : sqlite3_bind_null(statement, i);
        }
    }
    if (status != SQLITE_OK) {
        sql_fail(store, "cannot bind a value");
        return NULL;
    }
    return statement;
}

sqlite3_stmt *sql_bind(struct store *store, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *statement = bind_values(store, sql, types, ap);
    va_end(ap);
    return statement;
}

int sql_run(struct store *store, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *statement = bind_values(store, sql, types, ap);
    va_end(ap);
    if (!statement)
        return -1;
    int status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    if (status != SQLITE_DONE)
        sql_fail(store, "cannot write to the database");
    sqlite3_reset(statement);
    return status == SQLITE_DONE ? 0 : -1;
}

int sql_get(struct store *store, int64_t *value, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *statement = bind_values(store, sql, types, ap);
    va_end(ap);
    if (!statement)
        return -1;
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        *value = sqlite3_column_type(statement, 0) == SQLITE_NULL
                     ? STORE_NONE
                     : sqlite3_column_int64(statement, 0);
    else if (status != SQLITE_DONE)
        sql_fail(store, "cannot read from the database");
    sqlite3_reset(statement);
    return status == SQLITE_ROW ? 1 : status == SQLITE_DONE ? 0 : -1;
}

int sql_enter(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        return 0;
    return store_begin(store) < 0 ? -1 : 1;
}

int sql_leave(struct store *store, int entered, int status)
{
    if (entered <= 0)
        return entered < 0 ? -1 : status;
    if (status < 0) {
        store_rollback(store);
        return status;
    }
    return store_commit(store) < 0 ? -1 : status;
}

char *sql_copy_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? strdup((const char *)text) : NULL;
}
