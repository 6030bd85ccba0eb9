/* Reading the database: one read-only connection, one snapshot, one message for the first error.
 * Everything that comes out of it is cleaned (plots/text.h); the strings live as long as the
 * reader. */
#ifndef PLOTS_QUERY_H
#define PLOTS_QUERY_H

#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

struct plots_reader {
    struct sqlite3 *db;
    struct store *store; /* whose connection db is; NULL: our own */
    const char *path;
    const char *test; /* what `:test` of a query is; NULL: none */
    char *strings;    /* list of all strings handed out, linked through their first bytes */
    char err[400];
};

/* 0, or -1 with reader->err set.  Close in both cases. */
int plots_reader_open(struct plots_reader *reader, const char *path);
void plots_reader_close(struct plots_reader *reader);

/* Run one query; `:host`, where the query has it, is bound to host.  on_row returns 0 or -1 to stop
 * (with err set). */
int plots_reader_query(struct plots_reader *reader, const char *sql, const char *host,
                       int (*on_row)(struct plots_reader *reader, struct sqlite3_stmt *row,
                                     void *into),
                       void *into);

/* Columns: NULL in the database is NULL, NaN (also for what is not finite), or 0. */
const char *plots_column_text(struct plots_reader *reader, struct sqlite3_stmt *row, int column);
double plots_column_real(struct sqlite3_stmt *row, int column);
int64_t plots_column_int(struct sqlite3_stmt *row, int column);

#endif
