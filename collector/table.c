/* table.c: see table.h. */
#include "collector/table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void table_begin(struct table *table)
{
    memset(table, 0, sizeof *table);
}

void table_head(struct table *table, const char *name)
{
    char **heads = realloc(table->heads, (table->columns + 1) * sizeof *heads);
    char *copy = strdup(name);
    if (heads)
        table->heads = heads;
    if (!heads || !copy) {
        free(copy);
        table->failed = 1;
        return;
    }
    heads[table->columns++] = copy;
}

static void add_cell(struct table *table, const char *text, double number, int is_number)
{
    if (table->used == table->room) {
        size_t room = table->room ? table->room * 2 : 256;
        struct table_cell *cells = realloc(table->cells, room * sizeof *cells);
        if (!cells) {
            table->failed = 1;
            return;
        }
        table->cells = cells;
        table->room = room;
    }
    struct table_cell *cell = &table->cells[table->used++];
    *cell = (struct table_cell){text ? strdup(text) : NULL, number, is_number};
    if (text && !cell->text)
        table->failed = 1;
}

void table_text(struct table *table, const char *text)
{
    add_cell(table, text, 0, 0);
}

void table_number(struct table *table, double number, int digits)
{
    char text[64];
    if (!isfinite(number)) {
        add_cell(table, NULL, 0, 0);
        return;
    }
    snprintf(text, sizeof text, "%.*e", digits - 1, number); /* 0.9996 is 1.00, not 1.000 */
    int before = number == 0 ? 1 : atoi(strchr(text, 'e') + 1) + 1;
    int after = digits - before;
    snprintf(text, sizeof text, "%.*f", after < 0 ? 0 : after > 9 ? 9 : after, number);
    add_cell(table, text, number, 1);
}

void table_integer(struct table *table, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    add_cell(table, number == STORE_NONE ? NULL : text, (double)number, number != STORE_NONE);
}

void table_row_from_store(struct table *table, const struct store_table *from, size_t row)
{
    for (size_t c = 0; c < from->columns; c++) {
        const struct store_cell *cell = store_cell(from, row, c);
        if (cell->text && cell->type == STORE_REAL)
            table_number(table, cell->real, 4);
        else
            add_cell(table, cell->text, cell->real, cell->text && cell->type == STORE_INTEGER);
    }
}

void table_from_store(struct table *table, const struct store_table *from)
{
    table_begin(table);
    for (size_t i = 0; i < from->columns; i++)
        table_head(table, from->names[i]);
    for (size_t r = 0; r < from->rows; r++)
        table_row_from_store(table, from, r);
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        free(table->heads[i]);
    for (size_t i = 0; i < table->used; i++)
        free(table->cells[i].text);
    free(table->heads);
    free(table->cells);
    memset(table, 0, sizeof *table);
}

/* Columns on a terminal: continuation bytes of UTF-8 take none. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static const struct table_cell *cell_at(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->columns + column];
}

static int column_is_number(const struct table *table, size_t rows, size_t column)
{
    size_t numbers = 0, texts = 0;
    for (size_t r = 0; r < rows; r++)
        if (cell_at(table, r, column)->text)
            ++*(cell_at(table, r, column)->is_number ? &numbers : &texts);
    return numbers > texts;
}

/* Characters that would end a row or a column are replaced: in Markdown a bar is escaped. */
static size_t clean_text(const char *text, int markdown, char *to, size_t room)
{
    size_t used = 0;
    for (; *text && used + 3 < room; text++) {
        if (markdown && *text == '|')
            to[used++] = '\\';
        to[used++] = (unsigned char)*text < ' ' ? ' ' : *text;
    }
    to[used] = 0;
    return text_width(to);
}

/* Words that a reader looks for, and how they look on a terminal. */
static const struct {
    const char *word, *escape;
} looks[] = {{"ok", "\033[32m"},      {"noisy", "\033[90m"},   {"wrong", "\033[31m"},
             {"crash", "\033[31m"},   {"timeout", "\033[31m"}, {"slower", "\033[31m"},
             {"faster", "\033[32m"},  {"unsure", "\033[90m"},  {"bad", "\033[31m"},
             {"good", "\033[32m"},    {"skip", "\033[90m"},    {"unsupported", "\033[90m"},
             {"first bad", "\033[1m"}};

/* https://no-color.org: NO_COLOR, present and not empty, turns it off. */
static int is_coloured(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static void print_padded(FILE *out, const char *text, size_t width, int right, int last,
                         int coloured)
{
    size_t own = text_width(text), pad = width > own ? width - own : 0;
    for (size_t i = 0; coloured && i < sizeof looks / sizeof *looks; i++)
        if (!strcmp(text, looks[i].word)) {
            fprintf(out, "%s%s\033[0m%*s", looks[i].escape, text, last ? 0 : (int)pad, "");
            return;
        }
    if (right)
        fprintf(out, "%*s%s", (int)pad, "", text);
    else
        fprintf(out, "%s%*s", text, last ? 0 : (int)pad, "");
}

/* Bars between columns and at both ends for Markdown, two blanks for a terminal. */
static void print_aligned(const struct table *table, size_t rows, FILE *out, int markdown)
{
    static char clean[8192];
    int coloured = !markdown && is_coloured(out);
    size_t *width = calloc(2 * table->columns + 1, sizeof *width);
    if (!width)
        return;
    size_t *is_number = width + table->columns; /* once a column: a table may have 30,000 rows */
    for (size_t c = 0; c < table->columns; c++) {
        is_number[c] = (size_t)column_is_number(table, rows, c);
        width[c] = text_width(table->heads[c]);
        for (size_t r = 0; r < rows; r++) {
            const char *text = cell_at(table, r, c)->text;
            if (text && clean_text(text, markdown, clean, sizeof clean) > width[c])
                width[c] = text_width(clean);
        }
    }
    for (size_t line = 0; line < rows + 2; line++) {
        fputs(markdown ? "|" : "", out);
        for (size_t c = 0; c < table->columns; c++) {
            int right = is_number[c] != 0, last = c + 1 == table->columns;
            fputs(markdown ? " " : c ? "  " : "", out);
            if (line == 1) {
                for (size_t k = 0; k < width[c]; k++)
                    fputc(markdown && right && k + 1 == width[c] ? ':' : '-', out);
            } else {
                const char *text = line ? cell_at(table, line - 2, c)->text : table->heads[c];
                clean_text(text ? text : "", markdown, clean, sizeof clean);
                print_padded(out, clean, width[c], right, last && !markdown, line > 1 && coloured);
            }
            fputs(markdown ? " |" : "", out);
        }
        fputc('\n', out);
    }
    free(width);
}

static void print_tsv(const struct table *table, size_t rows, FILE *out)
{
    for (size_t c = 0; c < table->columns; c++)
        fprintf(out, "%s%s", c ? "\t" : "", table->heads[c]);
    fputc('\n', out);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < table->columns; c++) {
            const char *text = cell_at(table, r, c)->text;
            for (; text && *text; text++)
                fputc(*text == '\t' || *text == '\n' ? ' ' : *text, out);
            fputc(c + 1 == table->columns ? '\n' : '\t', out);
        }
}

static int print_json(const struct table *table, size_t rows, FILE *out)
{
    json_t *list = json_array();
    for (size_t r = 0; r < rows; r++) {
        json_t *object = json_object();
        for (size_t c = 0; c < table->columns; c++) {
            const struct table_cell *cell = cell_at(table, r, c);
            json_t *value = !cell->text        ? json_null()
                            : !cell->is_number ? json_string(cell->text)
                            : cell->number == floor(cell->number) && fabs(cell->number) < 9e15
                                ? json_integer((json_int_t)cell->number)
                                : json_real(cell->number);
            json_object_set_new(object, table->heads[c], value ? value : json_null());
        }
        json_array_append_new(list, object);
    }
    int status = json_dumpf(list, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(list);
    fputc('\n', out);
    return status;
}

int table_print(const struct table *table, enum table_format format, FILE *out)
{
    if (table->failed || !table->columns)
        return -1;
    size_t rows = table->used / table->columns;
    switch (format) {
    case TABLE_JSON: return print_json(table, rows, out);
    case TABLE_TSV: print_tsv(table, rows, out); return 0;
    case TABLE_TEXT: print_aligned(table, rows, out, 0); return 0;
    case TABLE_MD: print_aligned(table, rows, out, 1); return 0;
    }
    return -1;
}
