/* command_stages.c: stages: where the emulator's clocks go, per test, environment and version. */
#include "collector/command.h"
#include "collector/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct listed {
    struct stages *sides; /* one per word, or one */
    size_t count;
    struct stages_row **rows; /* of all sides, by test and environment */
    size_t row_count;
    int has_versions;
};

static void put_version(struct table *table, const struct listed *all, const struct stages_row *row)
{
    char sha[13];
    if (!all->has_versions)
        return;
    snprintf(sha, sizeof sha, "%.12s", row->build_sha);
    table_text(table, row->side ? row->side : row->version);
    table_text(table, sha);
}

static void put_first_heads(struct table *table, const struct listed *all)
{
    table_head(table, "test");
    table_head(table, "env");
    if (all->has_versions) {
        table_head(table, "version");
        table_head(table, "sha");
    }
}

/* A row per result.  A person sees the stages that took anything, a program sees all. */
static void put_wide(struct table *table, const struct listed *all, int programs)
{
    int shown[PROFILE_STAGES] = {0};
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        for (size_t i = 0; i < all->row_count; i++)
            shown[k] |= programs || all->rows[i]->stages[k].clk >= 0.0005 * all->rows[i]->clk;
    put_first_heads(table, all);
    table_head(table, "clk/op");
    for (size_t k = 0; k < PROFILE_STAGES; k++) {
        char head[32];
        snprintf(head, sizeof head, "%s %%", profile_stage_names[k]);
        if (shown[k]) {
            table_head(table, profile_stage_names[k]);
            table_head(table, head);
        }
    }
    for (size_t i = 0; i < all->row_count; i++) {
        const struct stages_row *row = all->rows[i];
        table_text(table, row->test);
        table_text(table, row->env);
        put_version(table, all, row);
        table_number(table, row->clk, 3);
        for (size_t k = 0; k < PROFILE_STAGES; k++)
            if (shown[k]) {
                table_number(table, row->stages[k].clk, 3);
                table_number(table, row->clk > 0 ? 100 * row->stages[k].clk / row->clk : NAN, 2);
            }
    }
}

/* A row per stage of each result, with what one of its items costs. */
static void put_items(struct table *table, const struct listed *all, int programs)
{
    static const char *const heads[] = {"stage",    "clk/op",   "share %", "calls/op", "clk/call",
                                        "items/op", "clk/item", "item",    "bytes/op"};
    put_first_heads(table, all);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
    for (size_t i = 0; i < all->row_count; i++)
        for (size_t k = 0; k < PROFILE_STAGES; k++) {
            const struct stages_row *row = all->rows[i];
            const struct profile_sum *s = &row->stages[k];
            if (!programs && s->clk < 0.0005 * row->clk)
                continue;
            table_text(table, row->test);
            table_text(table, row->env);
            put_version(table, all, row);
            table_text(table, profile_stage_names[k]);
            table_number(table, s->clk, 3);
            table_number(table, row->clk > 0 ? 100 * s->clk / row->clk : NAN, 2);
            table_number(table, s->entries, 3);
            table_number(table, s->entries > 0 ? s->clk / s->entries : NAN, 3);
            table_number(table, s->items, 3);
            table_number(table, s->items > 0 ? s->clk / s->items : NAN, 3);
            table_text(table, profile_stage_items[k]);
            table_number(table, s->bytes, 3);
        }
}

struct numbered { /* qsort() with what the order was */
    struct stages_row *row;
    size_t was;
};

static int by_test(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = strcmp(x->row->test, y->row->test);
    order = order ? order : strcmp(x->row->env, y->row->env);
    return order ? order : (x->was > y->was) - (x->was < y->was);
}

/* Sides under each other, test by test. */
static int join_sides(struct listed *all)
{
    size_t most = 0;
    for (size_t s = 0; s < all->count; s++)
        most += all->sides[s].count;
    struct numbered *order = calloc(most + 1, sizeof *order);
    all->rows = calloc(most + 1, sizeof *all->rows);
    for (size_t s = 0; order && s < all->count; s++)
        for (size_t i = 0; i < all->sides[s].count; i++, all->row_count++)
            order[all->row_count] = (struct numbered){&all->sides[s].rows[i], all->row_count};
    if (order && all->count > 1)
        qsort(order, all->row_count, sizeof *order, by_test);
    for (size_t i = 0; order && all->rows && i < all->row_count; i++)
        all->rows[i] = order[i].row;
    free(order);
    return order && all->rows ? 0 : -1;
}

static int load(struct listed *all, const struct options *options, char *err, size_t errlen)
{
    struct store *store = store_open(options->db, STORE_READ, err, errlen);
    size_t words = options->words.count;
    if (!store)
        return -1;
    all->has_versions = words > 0 || options->all;
    all->sides = calloc(words + 1, sizeof *all->sides);
    int status = all->sides ? 0 : -1;
    if (status)
        snprintf(err, errlen, "no memory");
    for (size_t s = 0; !status && s < (words ? words : 1); s++) {
        const char *word = words ? options->words.items[s] : NULL;
        status = stages_load(store, options, word, options->all, &all->sides[s], err, errlen);
        if (!status && word && !all->sides[s].count) {
            snprintf(err, errlen, "'%.100s' has no stage counters that match", word);
            status = -1;
        }
        all->count = s + 1;
    }
    store_close(store);
    if (!status && (status = join_sides(all)))
        snprintf(err, errlen, "no memory");
    if (!status && !all->row_count) {
        snprintf(err, errlen, "%s",
                 all->sides[0].from.rows ? "no result matches"
                                         : "the database holds no such results yet");
        status = -1;
    }
    return status;
}

int command_stages(const struct options *options)
{
    char err[4200];
    struct table table;
    struct listed all;
    memset(&all, 0, sizeof all);
    int code = load(&all, options, err, sizeof err) < 0 ? command_fail(err) : 0;
    if (!code) {
        table_begin(&table);
        (options->items ? put_items : put_wide)(&table, &all, options->json || options->tsv);
        code = command_print(&table, options);
    }
    for (size_t s = 0; s < all.count; s++)
        stages_free(&all.sides[s]);
    free(all.sides);
    free(all.rows);
    return code;
}
