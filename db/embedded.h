/* embedded.h: files of db/ that are part of the program: migrations/NAME.sql, queries/NAME.sql,
 * reference/NAME.csv.  embed.c writes the table at build time, sorted by name. */
#ifndef DB_EMBEDDED_H
#define DB_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name; /* "migrations/0001_init.sql" */
    const char *text; /* NUL-terminated */
    size_t bytes;
};
extern const struct embedded_file embedded_files[];
extern const size_t embedded_count;

#endif
