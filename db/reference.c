/* reference.c: the published figures of db/reference into reference_result: facts only, with their
 * source, never mixed with measured results.  The files are ours: a row that does not fit is an
 * error. */
#include "db/embedded.h"
#include "db/sql.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE_FIELDS 8
#define REFERENCE_SOURCE "NO EXECUTE! part 34, emulators.com, 2010-07-25"

struct reference_row {
    char line[256];
    char *field[REFERENCE_FIELDS];
    int fields;
};

/* The row after *text as fields; 0 at the end.  No quotes: no field of ours holds a comma. */
static int next_row(const char **text, struct reference_row *row)
{
    size_t bytes = strcspn(*text, "\n");
    if (!bytes || bytes >= sizeof row->line)
        return 0;
    memcpy(row->line, *text, bytes);
    row->line[bytes] = 0;
    *text += bytes + ((*text)[bytes] == '\n');
    char *at = row->line;
    for (row->fields = 0; at && row->fields < REFERENCE_FIELDS; row->fields++) {
        row->field[row->fields] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return 1;
}

static const char *reference_text(const char *name)
{
    for (size_t i = 0; i < embedded_count; i++)
        if (!strcmp(embedded_files[i].name, name)) {
            const char *body = strchr(embedded_files[i].text, '\n'); /* after the header line */
            return body ? body + 1 : "";
        }
    return NULL;
}

static int put(struct store *store, const char *host, const char *env, const char *test,
               const char *value, const char *unit)
{
    char *end;
    double number = strtod(value, &end);
    int is_number = *value && !*end; /* what is none, like "<1", is kept as it was printed */
    return sql_run(store,
                   "INSERT INTO reference_result(source,host,env,test,value,text,unit) "
                   "VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                   "ssssdss", REFERENCE_SOURCE, host, env, test, is_number ? number : NAN,
                   is_number || !*value ? NULL : value, unit);
}

static int load_build(struct store *store, const char *text)
{
    struct reference_row row;
    while (next_row(&text, &row)) {
        char host[128], env[128];
        if (row.fields != 6)
            return -1;
        snprintf(host, sizeof host, "%s %s MHz", row.field[0], row.field[1]);
        snprintf(env, sizeof env, "%s%s%s", row.field[2], *row.field[3] ? " " : "", row.field[3]);
        if (put(store, host, env, "build_gemulator9", row.field[4], "seconds") < 0 ||
            put(store, host, env, "build_gemulator9", row.field[5], "giga_cycles") < 0)
            return -1;
    }
    return 0;
}

static int load_apps(struct store *store, const char *text, const char *environments)
{
    struct reference_row row, column;
    while (next_row(&text, &row)) {
        const char *at = environments;
        char host[128] = "";
        if (row.fields != 4)
            return -1;
        while (!*host && next_row(&at, &column))
            if (column.fields == 4 && !strcmp(column.field[0], row.field[2]))
                snprintf(host, sizeof host, "%s, %s (column %s)", column.field[2], column.field[1],
                         column.field[0]);
        if (!*host ||
            put(store, host, column.field[3], row.field[0], row.field[3], row.field[1]) < 0)
            return -1;
    }
    return 0;
}

int reference_load(struct store *store)
{
    const char *build = reference_text("reference/nx34-build.csv");
    const char *apps = reference_text("reference/nx34-apps.csv");
    const char *environments = reference_text("reference/nx34-environments.csv");
    if (build && apps && environments && load_build(store, build) == 0 &&
        load_apps(store, apps, environments) == 0)
        return 0;
    if (!*store->error)
        snprintf(store->error, sizeof store->error, "a row of db/reference does not fit");
    return -1;
}
