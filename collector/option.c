/* option.c: see option.h. */
#include "collector/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST_OF, OPTION_COUNT, OPTION_NUMBER };
#define KIND_FLAG   OPTION_FLAG
#define KIND_TEXT   OPTION_TEXT
#define KIND_LIST   OPTION_LIST_OF
#define KIND_COUNT  OPTION_COUNT
#define KIND_NUMBER OPTION_NUMBER

static const struct option_row {
    char letter;
    const char *name, *brief;
    enum option_kind kind;
    size_t offset;
    const char *help;
} rows[] = {
#define OPTION(letter, name, brief, kind, field, help)                                             \
    {letter, name, brief, KIND_##kind, offsetof(struct options, field), help},
#include "collector/option.def"
#undef OPTION
};
#define ROWS (sizeof rows / sizeof *rows)

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t edit_distance(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);
    if (n >= 63 || strlen(a) >= 63)
        return 64;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t keep = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = keep;
        }
    }
    return row[n];
}

const char *option_nearest(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t least = strlen(word) / 2 + 2; /* farther is no help */
    for (size_t i = 0; i < count; i++) {
        size_t d = edit_distance(word, words[i]);
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

static int unknown_option(const char *word, const char *taken, char *err, size_t errlen)
{
    const char *names[ROWS];
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (strchr(taken, rows[i].letter))
            names[count++] = rows[i].name;
    const char *near = option_nearest(word, names, count);
    snprintf(err, errlen, "unknown option %s%s%s%s", word, near ? "; did you mean " : "",
             near ? near : "", near ? "?" : "");
    return -1;
}

static int set_option(const struct option_row *row, const char *value, struct options *options,
                      char *err, size_t errlen)
{
    char *field = (char *)options + row->offset, *end;
    struct option_list *list;
    long long number;
    switch (row->kind) {
    case OPTION_FLAG: *(int *)(void *)field = 1; return 0;
    case OPTION_TEXT: *(const char **)(void *)field = value; return 0;
    case OPTION_LIST_OF:
        list = (struct option_list *)(void *)field;
        if (list->count == OPTION_LIST) {
            snprintf(err, errlen, "%s: more than %d of them", row->name, OPTION_LIST);
            return -1;
        }
        if (row->letter == 'e' && strchr(value, ',')) { /* tests have commas in their names */
            snprintf(err, errlen, "%s: '%s': one GLOB at a time: -e %.*s -e %s", row->name, value,
                     (int)strcspn(value, ","), value, strchr(value, ',') + 1);
            return -1;
        }
        list->items[list->count++] = value;
        return 0;
    case OPTION_COUNT:
    case OPTION_NUMBER:
        errno = 0;
        number = strtoll(value, &end, 10);
        if (!*value || *end || errno || number < (row->kind == OPTION_COUNT) ||
            number > INT32_MAX) {
            snprintf(err, errlen, "%s wants a whole number of at least %d, not '%s'", row->name,
                     row->kind == OPTION_COUNT, value);
            return -1;
        }
        *(int64_t *)(void *)field = number;
        return 0;
    }
    return -1;
}

int option_parse(int argc, char **argv, const char *taken, struct options *options, char *err,
                 size_t errlen)
{
    memset(options, 0, sizeof *options);
    options->rounds = options->minutes = options->seed = options->timeout_s = options->days =
        options->top = options->listings = STORE_NONE;
    options->db = "tickmark.db";
    options->out_dir = "report";
    for (int i = 0; i < argc; i++) {
        const struct option_row *row = NULL;
        const char *equals = strchr(argv[i], '='), *value = NULL;
        size_t bytes = equals && argv[i][1] == '-' ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        for (size_t k = 0; k < ROWS; k++)
            if (strchr(taken, rows[k].letter) &&
                ((bytes == strlen(rows[k].name) && !strncmp(argv[i], rows[k].name, bytes)) ||
                 (*rows[k].brief && !strcmp(argv[i], rows[k].brief))))
                row = &rows[k];
        if (!row && strchr(taken, '.') && argv[i][0] != '-') {
            if (options->words.count == OPTION_LIST) {
                snprintf(err, errlen, "more than %d words", OPTION_LIST);
                return -1;
            }
            options->words.items[options->words.count++] = argv[i];
            continue;
        }
        if (!row)
            return unknown_option(argv[i], taken, err, errlen);
        if (bytes < strlen(argv[i]))
            value = equals + 1;
        if (row->kind == OPTION_FLAG && value) {
            snprintf(err, errlen, "%s takes no value", row->name);
            return -1;
        }
        if (row->kind != OPTION_FLAG && !value) {
            if (i + 1 == argc) {
                snprintf(err, errlen, "%s wants a value", row->name);
                return -1;
            }
            value = argv[++i];
        }
        if (set_option(row, value, options, err, errlen) < 0)
            return -1;
    }
    if (options->json + options->tsv + options->md > 1) {
        snprintf(err, errlen, "only one of --json, --tsv and --md");
        return -1;
    }
    return 0;
}

void option_print_help(const char *taken, FILE *out)
{
    static const char *const value[] = {"", " TEXT", " GLOB", " N", " N"};
    for (size_t i = 0; i < ROWS; i++) {
        char left[48];
        if (!strchr(taken, rows[i].letter))
            continue;
        snprintf(left, sizeof left, "%s%s%s%s", rows[i].brief, *rows[i].brief ? ", " : "",
                 rows[i].name, value[rows[i].kind]);
        fprintf(out, "  %-22s %s\n", left, rows[i].help);
    }
}

enum table_format option_format(const struct options *options)
{
    return options->json  ? TABLE_JSON
           : options->tsv ? TABLE_TSV
           : options->md  ? TABLE_MD
                          : TABLE_TEXT;
}

int option_glob_match(const char *glob, const char *name)
{
    const char *star = NULL, *retry = NULL; /* after the last star; where it may swallow one more */
    while (*name) {
        if (*glob == '*') {
            star = ++glob;
            retry = name;
        } else if (*glob && (*glob == '?' || *glob == *name)) {
            glob++;
            name++;
        } else if (star) {
            glob = star;
            name = ++retry;
        } else {
            return 0;
        }
    }
    while (*glob == '*')
        glob++;
    return !*glob;
}

int option_chooses(const struct option_list *globs, const char *name)
{
    int wanted = 0, positive = 0;
    for (size_t i = 0; i < globs->count; i++) {
        const char *glob = globs->items[i];
        if (*glob == '~') {
            if (option_glob_match(glob + 1, name))
                return 0;
        } else {
            positive = 1;
            wanted |= option_glob_match(glob, name);
        }
    }
    return wanted || !positive;
}
