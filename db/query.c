/* query.c: any question as a table: the named queries of db/queries and their results in memory. */
#include "db/embedded.h"
#include "db/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *find_query(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "queries/%s.sql", name);
    for (size_t i = 0; i < embedded_count; i++)
        if (!strcmp(embedded_files[i].name, path))
            return embedded_files[i].text;
    return NULL;
}

static int bind_params(sqlite3_stmt *statement, const struct store_param *params, size_t nparam)
{
    for (size_t i = 0; i < nparam; i++) {
        int position = sqlite3_bind_parameter_index(statement, params[i].name);
        if (!position)
            continue;
        int status = SQLITE_OK;
        if (params[i].text)
            status = sqlite3_bind_text(statement, position, params[i].text, -1, SQLITE_TRANSIENT);
        else if (params[i].integer != STORE_NONE)
            status = sqlite3_bind_int64(statement, position, params[i].integer);
        if (status != SQLITE_OK)
            return -1;
    }
    return 0;
}

static int add_row(struct store_table *table, sqlite3_stmt *statement, size_t *room)
{
    if (table->rows == *room) {
        size_t more = *room ? *room * 2 : 64;
        struct store_cell *cells = realloc(table->cells, more * table->columns * sizeof *cells);
        if (!cells)
            return -1;
        table->cells = cells;
        *room = more;
    }
    struct store_cell *row = table->cells + table->rows * table->columns;
    memset(row, 0, table->columns * sizeof *row);
    table->rows++;
    for (size_t i = 0; i < table->columns; i++) {
        int type = sqlite3_column_type(statement, (int)i);
        row[i].type = type == SQLITE_INTEGER ? STORE_INTEGER
                      : type == SQLITE_FLOAT ? STORE_REAL
                                             : STORE_TEXT;
        if (type == SQLITE_NULL)
            continue;
        row[i].real = sqlite3_column_double(statement, (int)i);
        row[i].text = sql_copy_text(statement, (int)i);
        if (!row[i].text)
            return -1;
    }
    return 0;
}

int store_query(struct store *store, const char *query, const struct store_param *params,
                size_t nparam, struct store_table *table)
{
    memset(table, 0, sizeof *table);
    const char *sql = strchr(query, ' ') ? query : find_query(query);
    if (!sql) {
        snprintf(store->error, sizeof store->error, "no query named %s", query);
        return -1;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK || !statement) {
        sql_fail(store, query);
        sqlite3_finalize(statement);
        return -1;
    }
    size_t room = 0;
    int status = bind_params(statement, params, nparam) < 0 ? SQLITE_ERROR : SQLITE_OK;
    table->columns = (size_t)sqlite3_column_count(statement);
    table->names = calloc(table->columns + 1, sizeof *table->names);
    for (size_t i = 0; table->names && i < table->columns; i++)
        table->names[i] = strdup(sqlite3_column_name(statement, (int)i));
    while (status == SQLITE_OK && table->names) {
        int step = sqlite3_step(statement);
        if (step == SQLITE_DONE)
            break;
        if (step != SQLITE_ROW || add_row(table, statement, &room) < 0)
            status = SQLITE_ERROR;
    }
    if (status != SQLITE_OK || !table->names) {
        sql_fail(store, query);
        store_free_table(table);
        sqlite3_finalize(statement);
        return -1;
    }
    sqlite3_finalize(statement);
    return 0;
}

void store_free_table(struct store_table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i].text);
    for (size_t i = 0; table->names && i < table->columns; i++)
        free(table->names[i]);
    free(table->cells);
    free(table->names);
    memset(table, 0, sizeof *table);
}

const struct store_cell *store_cell(const struct store_table *table, size_t row, size_t column)
{
    return &table->cells[row * table->columns + column];
}

int store_find_column(const struct store_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (!strcmp(table->names[i], name))
            return (int)i;
    return -1;
}
