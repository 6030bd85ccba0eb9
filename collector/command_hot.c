/* command_hot.c: hot: which guest code the emulator's clocks go to, block by block. */
#include "collector/command.h"
#include "collector/hot_keep.h"
#include "collector/listing.h"
#include "collector/profile.h"
#include "collector/profile_run.h"
#include "collector/symbols.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOP_TEXT = 20 };

static void put_heads(struct table *table, const struct profile *p, int all)
{
    char per[32];
    snprintf(per, sizeof per, "clk/%s", profile_unit(p));
    const char *const heads[] = {"address", "symbol", "share %",    "clk",   per,
                                 "C %",     "execs",  "clk/exec",   "exits", "transl.",
                                 "insns",   "bytes",  "host bytes", "seen"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
    for (size_t k = 0; all && k < PROFILE_STAGES; k++)
        table_head(table, profile_stage_names[k]);
}

static void put_block(struct table *table, const struct profile *p, const struct profile_block *b,
                      int all)
{
    char address[16];
    double c_clk = 0;
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        if (strcmp(profile_stage_names[k], "execute") != 0)
            c_clk += b->stages[k];
    snprintf(address, sizeof address, "%08x", b->linear);
    table_text(table, address);
    table_text(table, *b->symbol ? b->symbol : NULL);
    table_number(table, p->clk > 0 ? 100 * b->clk / p->clk : NAN, 3);
    table_integer(table, llround(b->clk));
    table_number(table, b->clk / profile_units(p), 3);
    table_number(table, b->clk > 0 ? 100 * c_clk / b->clk : NAN, 2);
    table_integer(table, b->translated ? llround(b->execs) : STORE_NONE);
    table_number(table, b->execs > 0 ? b->clk / b->execs : NAN, 3);
    table_integer(table, b->translated ? llround(b->exits) : STORE_NONE);
    table_integer(table, b->translated ? llround(b->translations) : STORE_NONE);
    table_integer(table, b->translated ? llround(b->insns) : STORE_NONE);
    table_integer(table, b->translated ? (int64_t)b->guest_bytes : STORE_NONE);
    table_integer(table, b->translated ? (int64_t)b->host_bytes : STORE_NONE);
    table_integer(table, llround(b->samples));
    for (size_t k = 0; all && k < PROFILE_STAGES; k++)
        table_integer(table, llround(b->stages[k]));
}

static int print_head(const struct profile *p, const char *path)
{
    printf("%s%s%s: %.0f million clk", *p->test ? p->test : path, *p->engine ? " on " : "",
           p->engine, p->clk / 1e6);
    if (p->ops > 0)
        printf(", %.0f operations, %.2f clk each", p->ops, p->clk / p->ops);
    if (p->insns > 0)
        printf(", %.0f guest instructions, %.2f clk each", p->insns, p->clk / p->insns);
    printf("%s\n%.0f samples, one stands for %.2f %% of the clocks; %.1f %% are with no block\n\n",
           p->of_intervals ? ", in the timed intervals" : "", p->samples,
           p->samples > 0 ? 100 / p->samples : 0, 100 * p->clk_elsewhere / p->clk);
    return 0;
}

static int show(const struct profile *p, const char *path, const struct options *options)
{
    struct table table;
    int people = !options->json && !options->tsv;
    size_t top = options->top != STORE_NONE ? (size_t)options->top
                 : people                   ? TOP_TEXT
                                            : p->block_count;
    if (people)
        print_head(p, path);
    table_begin(&table);
    put_heads(&table, p, !people);
    for (size_t i = 0; i < p->block_count && i < top; i++)
        if (!people || p->blocks[i].clk > 0)
            put_block(&table, p, &p->blocks[i], !people);
    int code = command_print(&table, options);
    for (size_t i = 0; !code && people && options->listings != STORE_NONE && i < p->block_count &&
                       i < (size_t)options->listings;
         i++) {
        putchar('\n');
        listing_print(&p->blocks[i], stdout);
    }
    return code;
}

static int keep(const char *db, const struct profile *profile)
{
    char err[4400];
    int kept = hot_keep(db, profile, err, sizeof err);
    if (kept < 0)
        return command_fail(err);
    fprintf(stderr, "tickmark: %d blocks are kept in %s\n", kept, db);
    return 0;
}

int command_hot(const struct options *options)
{
    char err[4200], path[PATH_MAX], map[PATH_MAX] = "";
    struct profile profile;
    struct symbols symbols = {NULL, 0, 0};
    int temporary = 0, code = 0;
    if ((options->words.count == 1) == (options->tests.count > 0) || options->words.count > 1)
        return command_fail("hot wants one file that tickmark-emu wrote with --hot, or -t TEST");
    if (options->words.count)
        snprintf(path, sizeof path, "%s", options->words.items[0]);
    else if (profile_run(options, path, map, &temporary, err, sizeof err) < 0)
        return command_fail(err);
    if (options->map)
        snprintf(map, sizeof map, "%s", options->map);
    if (profile_load(path, &profile, err, sizeof err) < 0)
        code = command_fail(err);
    if (temporary)
        unlink(path);
    if (code)
        return code;
    if (!profile.has_blocks) {
        snprintf(err, sizeof err, "%.500s has no blocks: tickmark-emu writes them with --hot",
                 path);
        code = command_fail(err);
    } else if (*map && symbols_load(&symbols, map, err, sizeof err) < 0) {
        code = command_fail(err);
    } else {
        for (size_t i = 0; i < profile.block_count; i++)
            symbols_name(&symbols, profile.blocks[i].linear, profile.blocks[i].symbol,
                         sizeof profile.blocks[i].symbol);
        code = show(&profile, path, options);
        if (!code && options->keep)
            code = keep(options->db, &profile);
    }
    symbols_free(&symbols);
    profile_free(&profile);
    return code;
}
