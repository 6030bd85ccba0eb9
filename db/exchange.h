/* exchange.h: exports: what export.c, import.c and care.c share.  Private to db/.
 *
 * An export is text, one JSON object a line: a head, the lines of exchange.def, and a tail with
 * their number and SHA-256.  It holds no row numbers of the store it came from, and rows go by
 * their content: two stores with the same sweeps export the same bytes (but for the head, which
 * `canonical` leaves bare).  Reals have 17 digits and come back as they were. */
#ifndef DB_EXCHANGE_H
#define DB_EXCHANGE_H

#include "db/sql.h"

#include <stdio.h>

enum exchange_type {
#define EXCHANGE(type, table, columns, conflict, query) EXCHANGE_##type,
#include "db/exchange.def"
#undef EXCHANGE
    EXCHANGE_TYPES,
};
extern const struct exchange {
    const char *type, *table, *columns, *conflict, *query;
} exchange_table[EXCHANGE_TYPES];

#define EXCHANGE_FORMAT 1
#define EXCHANGE_SUM    65 /* hex digits and the NUL */

void exchange_sum(const char *bytes, size_t count, char hex[EXCHANGE_SUM]);
/* The lines of one sweep, to be freed; NULL on failure (store_error). */
char *exchange_write_sweep(struct store *store, int64_t sweep_id, size_t *bytes);

#endif
