/* side.c: see side.h. */
#include "collector/side.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(const struct store_table *table, size_t row, const char *column)
{
    int at = store_find_column(table, column);
    return at < 0 ? NULL : store_cell(table, row, (size_t)at)->text;
}

static double real_at(const struct store_table *table, size_t row, const char *column)
{
    int at = store_find_column(table, column);
    const struct store_cell *cell = at < 0 ? NULL : store_cell(table, row, (size_t)at);
    return cell && cell->text ? cell->real : NAN;
}

static int64_t integer_at(const struct store_table *table, size_t row, const char *column)
{
    double real = real_at(table, row, column);
    return isnan(real) ? STORE_NONE : (int64_t)real;
}

static int fail(struct store *store, char *err, size_t errlen)
{
    snprintf(err, errlen, "%s", store_error(store));
    return -1;
}

/* "build:abc" is split; a colon behind anything else belongs to the word. */
static const char *split_kind(const char *word, char kind[8])
{
    static const char *const kinds[] = {"sweep", "build", "env", "host"};
    kind[0] = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t bytes = strlen(kinds[i]);
        if (!strncmp(word, kinds[i], bytes) && word[bytes] == ':') {
            memcpy(kind, kinds[i], bytes + 1);
            return word + bytes + 1;
        }
    }
    return word;
}

static void name_all(const struct store_table *found, const char *word, char *err, size_t errlen)
{
    int used = snprintf(err, errlen, "%.60s may be", word);
    for (size_t i = 0; i < found->rows && used > 0 && (size_t)used < errlen; i++)
        used += snprintf(err + used, errlen - (size_t)used, "%s %s:%.60s (%.80s)", i ? "," : "",
                         store_cell(found, i, 0)->text, store_cell(found, i, 1)->text,
                         store_cell(found, i, 2)->text);
}

int side_find(struct store *store, const char *word, struct side *side, char *err, size_t errlen)
{
    char kind[8];
    memset(side, 0, sizeof *side);
    const char *plain = split_kind(word, kind);
    struct store_param params[] = {{":word", plain, 0}, {":kind", *kind ? kind : NULL, STORE_NONE}};
    struct store_table found;
    if (store_query(store, "choice", params, 2, &found) < 0)
        return fail(store, err, errlen);
    int status = found.rows == 1 ? 0 : -1;
    if (!found.rows)
        snprintf(err, errlen, "no sweep, build, environment or host is called '%.100s'", word);
    else if (status < 0)
        name_all(&found, plain, err, errlen);
    if (!status) {
        snprintf(side->kind, sizeof side->kind, "%s", store_cell(&found, 0, 0)->text);
        snprintf(side->key, sizeof side->key, "%s", store_cell(&found, 0, 1)->text);
        snprintf(side->label, sizeof side->label, "%s", store_cell(&found, 0, 2)->text);
        side->is_published = store_cell(&found, 0, 3)->real > 0;
    }
    store_free_table(&found);
    return status;
}

char *side_list_hosts(struct store *store, const struct options *options, char *err, size_t errlen)
{
    struct store_table rows;
    char *text = NULL;
    if (!options->hosts.count) {
        if (store_query(store, "hosts_shown", NULL, 0, &rows) < 0) {
            fail(store, err, errlen);
            return NULL;
        }
        text = strdup(rows.rows ? store_cell(&rows, 0, 0)->text : "[]");
        store_free_table(&rows);
        if (!text)
            snprintf(err, errlen, "no memory");
        return text;
    }
    if (store_query(store, "SELECT id, label, fp FROM host", NULL, 0, &rows) < 0) {
        fail(store, err, errlen);
        return NULL;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < rows.rows; i++)
        if (option_chooses(&options->hosts, store_cell(&rows, i, 1)->text) ||
            option_chooses(&options->hosts, store_cell(&rows, i, 2)->text))
            json_array_append_new(list, json_integer((json_int_t)store_cell(&rows, i, 0)->real));
    store_free_table(&rows);
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (!text)
        snprintf(err, errlen, "no memory");
    return text;
}

static struct figure read_figure(const struct store_table *from, size_t row)
{
    const char *status = text_at(from, row, "status"), *noise = text_at(from, row, "noise");
    struct figure f = {
        .test = text_at(from, row, "test"),
        .env = text_at(from, row, "env"),
        .host = text_at(from, row, "host"),
        .host_fp = text_at(from, row, "host_fp"),
        .family = text_at(from, row, "family"),
        .code = text_at(from, row, "code_sha"),
        .status = status,
        .reason = text_at(from, row, "reason"),
        .version = text_at(from, row, "version"),
        .build_sha = text_at(from, row, "build_sha"),
        .unit = text_at(from, row, "unit"),
        .started = text_at(from, row, "started"),
        .guest_tsc = text_at(from, row, "guest_tsc"),
        .step = text_at(from, row, "step"),
        .id = integer_at(from, row, "id"),
        .sweep_id = integer_at(from, row, "sweep_id"),
        .rounds = integer_at(from, row, "n"),
        .ops = integer_at(from, row, "ops"),
        .env_id = integer_at(from, row, "env_id"),
        .build_id = integer_at(from, row, "build_id"),
        .test_id = integer_at(from, row, "test_id"),
        .host_id = integer_at(from, row, "host_id"),
        .est = real_at(from, row, "est"),
        .lo = real_at(from, row, "lo"),
        .hi = real_at(from, row, "hi"),
        .tsc_per_op = real_at(from, row, "tsc_per_op"),
        .clk_ghz = real_at(from, row, "clk_ghz"),
        .noise_floor = real_at(from, row, "aa_floor"),
        .is_floor = noise && !strcmp(noise, "floor"),
        .compares = real_at(from, row, "compares") > 0,
        .answers = real_at(from, row, "answers") > 0,
    };
    f.is_good = status && (!strcmp(status, "ok") || !strcmp(status, "noisy")) && f.est > 0;
    return f;
}

int side_take_rows(struct figures *figures, struct store_table *from, const struct options *options)
{
    figures->from = *from;
    figures->count = 0;
    figures->rows = calloc(from->rows + 1, sizeof *figures->rows);
    for (size_t i = 0; figures->rows && i < from->rows; i++) {
        struct figure f = read_figure(&figures->from, i);
        if (option_chooses(&options->tests, f.test) && option_chooses(&options->envs, f.env))
            figures->rows[figures->count++] = f;
    }
    return figures->rows ? 0 : -1;
}

void side_free_figures(struct figures *figures)
{
    free(figures->rows);
    store_free_table(&figures->from);
    memset(figures, 0, sizeof *figures);
}

static int load_published(struct store *store, const struct options *options, struct side *side)
{
    struct store_param params[] = {{":kind", side->kind, 0}, {":key", side->key, 0}};
    struct store_table from;
    struct figures *figures = &side->figures;
    if (store_query(store, "figures_published", params, 2, &from) < 0)
        return -1;
    figures->from = from;
    figures->rows = calloc(from.rows + 1, sizeof *figures->rows);
    for (size_t i = 0; figures->rows && i < from.rows; i++) {
        struct figure f = {.host = text_at(&from, i, "host"),
                           .env = text_at(&from, i, "env"),
                           .test = text_at(&from, i, "test"),
                           .est = real_at(&from, i, "value"),
                           .status = "published",
                           .compares = 1,
                           .is_good = 1,
                           .is_published = 1,
                           .lo = NAN,
                           .hi = NAN,
                           .tsc_per_op = NAN,
                           .clk_ghz = NAN,
                           .noise_floor = NAN};
        f.host_fp = f.host;
        f.family = f.code = f.unit = f.version = f.build_sha = f.started = "";
        if (option_chooses(&options->tests, f.test) && option_chooses(&options->envs, f.env) &&
            option_chooses(&options->hosts, f.host))
            figures->rows[figures->count++] = f;
    }
    return figures->rows ? 0 : -1;
}

int side_load(struct store *store, const struct options *options, struct side *side, char *err,
              size_t errlen)
{
    struct store_table rows;
    if (side->is_published)
        return load_published(store, options, side) < 0 ? fail(store, err, errlen) : 0;
    char *hosts = side_list_hosts(store, options, err, errlen);
    if (!hosts)
        return -1;
    struct store_param choose[] = {
        {":kind", side->kind, 0}, {":key", side->key, 0}, {":hosts", hosts, 0}};
    int status = store_query(store, "choice_sweeps", choose, 3, &rows);
    free(hosts);
    if (status < 0)
        return fail(store, err, errlen);
    struct store_param of[] = {
        {":sweeps", store_cell(&rows, 0, 0)->text, 0},
        {":env", !strcmp(side->kind, "env") ? side->key : NULL, STORE_NONE},
        {":build", !strcmp(side->kind, "build") ? side->key : NULL, STORE_NONE}};
    struct store_table from;
    status = store_query(store, "figures", of, 3, &from);
    store_free_table(&rows);
    if (status < 0)
        return fail(store, err, errlen);
    if (side_take_rows(&side->figures, &from, options) < 0) {
        snprintf(err, errlen, "no memory");
        return -1;
    }
    return 0;
}

void side_free(struct side *side)
{
    side_free_figures(&side->figures);
}
