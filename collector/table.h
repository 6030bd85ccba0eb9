/* table.h: every table that tickmark prints, in four forms: aligned text, --json, --tsv, --md.
 *
 * Building is sticky: a call that fails (memory) makes table_print() fail, so calls can be chained.
 * Rows are filled cell by cell from the left; an absent cell is empty (JSON: null).  JSON carries
 * the unrounded numbers, the others `digits` significant ones. */
#ifndef COLLECTOR_TABLE_H
#define COLLECTOR_TABLE_H

#include "db/store.h"

#include <stdio.h>

enum table_format { TABLE_TEXT, TABLE_JSON, TABLE_TSV, TABLE_MD };

struct table_cell {
    char *text; /* NULL: absent */
    double number;
    int is_number;
};
struct table {
    size_t columns, used, room; /* used: cells so far */
    char **heads;
    struct table_cell *cells;
    int failed;
};

void table_begin(struct table *table);
void table_head(struct table *table, const char *name);
void table_text(struct table *table, const char *text); /* NULL: absent */
/* NAN: absent; digits: significant ones. */
void table_number(struct table *table, double number, int digits);
void table_integer(struct table *table, int64_t number); /* STORE_NONE: absent */
/* All columns and rows of a query's answer. */
void table_from_store(struct table *table, const struct store_table *from);
/* The cells of one row. */
void table_row_from_store(struct table *table, const struct store_table *from, size_t row);
int table_print(const struct table *table, enum table_format format, FILE *out);
void table_free(struct table *table);

#endif
