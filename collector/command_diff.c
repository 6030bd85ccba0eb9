/* command_diff.c: diff: what moved between two profiles: stages, and with --hot files blocks; or
 * between two builds or sweeps of the store, the stages of each test.
 *
 * Two runs never did the same amount of work, so what is compared is clocks per operation, where
 * the files say how many there were, else per guest instruction. */
#include "collector/command.h"
#include "collector/listing.h"
#include "collector/profile.h"
#include "collector/stages.h"
#include "collector/symbols.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOP_TEXT = 20 };

struct change {
    const char *part; /* stage | block | a test's name */
    const char *name; /* of the stage; NULL: it is of a block */
    const char *env;
    const struct profile_block *block[2]; /* NULL: not in that one */
    double clk[2];                        /* per operation or instruction */
    double whole;                         /* what a change is a share of */
};
struct changes {
    struct change *rows;
    size_t count;
    int is_block_diff;
    const char *unit;
};

static double moved(const struct change *c)
{
    return c->clk[1] - c->clk[0];
}

/* Stages before blocks; the greatest share of the whole first. */
static int by_contribution(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (!x->name != !y->name)
        return x->name ? -1 : 1;
    double p = fabs(moved(x) / x->whole), q = fabs(moved(y) / y->whole);
    return p != q ? (p < q ? 1 : -1) : strcmp(x->part, y->part);
}

/* ---- two files --------------------------------------------------------------------------- */

/* Of a block the same code at the same address; the variant without shared lookups counts with it.
 */
static int same_block(const struct profile_block *x, const struct profile_block *y)
{
    return x->linear == y->linear && x->guest_bytes == y->guest_bytes && x->insns == y->insns &&
           x->translated == y->translated &&
           (!x->guest || !y->guest || !memcmp(x->guest, y->guest, x->guest_bytes));
}

static int by_block(const void *a, const void *b)
{
    const struct profile_block *x = *(const struct profile_block *const *)a,
                               *y = *(const struct profile_block *const *)b;
    if (x->linear != y->linear)
        return x->linear < y->linear ? -1 : 1;
    if (x->guest_bytes != y->guest_bytes)
        return x->guest_bytes < y->guest_bytes ? -1 : 1;
    int order = x->guest && y->guest ? memcmp(x->guest, y->guest, x->guest_bytes) : 0;
    return order ? order : (x->clk < y->clk) - (x->clk > y->clk);
}

/* Blocks of both in the order of their addresses, equal ones joined. */
static int add_blocks(struct changes *changes, const struct profile p[2], double whole)
{
    size_t n = p[0].block_count + p[1].block_count, used = 0;
    const struct profile_block **all = calloc(n + 1, sizeof *all);
    if (!all)
        return -1;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < p[s].block_count; i++)
            all[used++] = &p[s].blocks[i];
    qsort(all, n, sizeof *all, by_block);
    struct change *row = NULL;
    const struct profile_block *first = NULL;
    for (size_t i = 0; i < n; i++) {
        int side = all[i] >= p[1].blocks && all[i] < p[1].blocks + p[1].block_count;
        if (!first || !same_block(first, all[i])) {
            row = &changes->rows[changes->count++];
            *row = (struct change){.part = "block", .whole = whole};
            first = all[i];
        }
        row->clk[side] += all[i]->clk / profile_units(&p[side]);
        if (!row->block[side] || row->block[side]->clk < all[i]->clk)
            row->block[side] = all[i];
    }
    free(all);
    return 0;
}

static int diff_files(struct changes *changes, const struct profile p[2])
{
    double whole = fabs(p[1].clk / profile_units(&p[1]) - p[0].clk / profile_units(&p[0]));
    if (whole <= 0)
        whole = 1;
    changes->rows =
        calloc(PROFILE_STAGES + p[0].block_count + p[1].block_count + 1, sizeof *changes->rows);
    if (!changes->rows)
        return -1;
    changes->is_block_diff = 1;
    changes->unit = profile_unit(&p[0]);
    for (size_t k = 0; k < PROFILE_STAGES; k++) {
        struct change *row = &changes->rows[changes->count++];
        *row = (struct change){.part = "stage", .name = profile_stage_names[k], .whole = whole};
        for (int s = 0; s < 2; s++)
            row->clk[s] = p[s].stages[k].clk / profile_units(&p[s]);
    }
    return add_blocks(changes, p, whole);
}

/* The instruction whose clocks per unit moved most, as text; "" when that is not known. */
static void name_insn(const struct change *c, const struct profile p[2], char *to, size_t room)
{
    const struct profile_block *a = c->block[0], *b = c->block[1];
    double most = 0;
    size_t at = 0;
    to[0] = 0;
    for (size_t k = 1; a && b && k < a->insn_count && k < b->insn_count; k++) {
        double d = (b->insn[k].clk + b->insn[k].c_clk) / profile_units(&p[1]) -
                   (a->insn[k].clk + a->insn[k].c_clk) / profile_units(&p[0]);
        if (d * (moved(c) < 0 ? -1 : 1) > most) {
            most = d * (moved(c) < 0 ? -1 : 1);
            at = k;
        }
    }
    if (at)
        listing_name_insn(b, at, to, room);
}

static double per_exec(const struct profile_block *b, double value)
{
    return b && b->execs > 0 ? value / b->execs : NAN;
}

static void put_file_rows(struct table *table, const struct changes *changes,
                          const struct profile p[2], size_t top)
{
    char unit[2][48];
    for (int s = 0; s < 2; s++)
        snprintf(unit[s], sizeof unit[s], "%c clk/%s", 'A' + s, changes->unit);
    const char *const heads[] = {"part",       "name",         "symbol",       unit[0],
                                 unit[1],      "change",       "share %",      "A clk/exec",
                                 "B clk/exec", "A exits/exec", "B exits/exec", "instruction"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
    size_t blocks = 0;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *c = &changes->rows[i];
        const struct profile_block *one = c->block[0] ? c->block[0] : c->block[1];
        char address[16], insn[96] = "";
        if ((c->clk[0] == 0 && c->clk[1] == 0) || (!c->name && ++blocks > top))
            continue;
        if (one)
            snprintf(address, sizeof address, "%08x", one->linear);
        if (one)
            name_insn(c, p, insn, sizeof insn);
        table_text(table, c->part);
        table_text(table, c->name ? c->name : address);
        table_text(table, one && *one->symbol ? one->symbol : NULL);
        table_number(table, c->clk[0], 4);
        table_number(table, c->clk[1], 4);
        table_number(table, moved(c), 4);
        table_number(table, 100 * moved(c) / c->whole, 3);
        for (int s = 0; s < 2; s++)
            table_number(table, per_exec(c->block[s], c->block[s] ? c->block[s]->clk : 0), 3);
        for (int s = 0; s < 2; s++)
            table_number(table, per_exec(c->block[s], c->block[s] ? c->block[s]->exits : 0), 3);
        table_text(table, *insn ? insn : NULL);
    }
}

static void name_blocks(struct profile *p, const struct symbols *symbols)
{
    for (size_t i = 0; i < p->block_count; i++)
        symbols_name(symbols, p->blocks[i].linear, p->blocks[i].symbol, sizeof p->blocks[i].symbol);
}

static void print_sums(const struct profile p[2], const struct changes *changes,
                       const char *const *words)
{
    double per[2];
    for (int s = 0; s < 2; s++) {
        per[s] = p[s].clk / profile_units(&p[s]);
        printf("%c is %s%s%s: %.4g clk/%s\n", 'A' + s, words[s], *p[s].test ? ", " : "", p[s].test,
               per[s], changes->unit);
    }
    printf("B / A = %.3f\n\n", per[0] > 0 ? per[1] / per[0] : 0);
}

static int show_files(const struct options *options, struct profile p[2])
{
    char err[600];
    struct symbols symbols = {NULL, 0, 0};
    struct changes changes = {NULL, 0, 0, ""};
    struct table table;
    int people = !options->json && !options->tsv;
    if (options->map && symbols_load(&symbols, options->map, err, sizeof err) < 0)
        return command_fail(err);
    for (int s = 0; s < 2; s++)
        name_blocks(&p[s], &symbols);
    symbols_free(&symbols);
    if (!(p[0].ops > 0) != !(p[1].ops > 0))
        p[0].ops = p[1].ops = 0; /* both per instruction */
    if (diff_files(&changes, p) < 0) {
        free(changes.rows);
        return command_fail("no memory");
    }
    qsort(changes.rows, changes.count, sizeof *changes.rows, by_contribution);
    if (people)
        print_sums(p, &changes, options->words.items);
    table_begin(&table);
    put_file_rows(&table, &changes, p,
                  options->top != STORE_NONE ? (size_t)options->top
                  : people                   ? TOP_TEXT
                                             : changes.count);
    int code = command_print(&table, options);
    for (size_t i = 0, left = options->listings != STORE_NONE ? (size_t)options->listings : 0;
         !code && people && i < changes.count && left; i++)
        if (!changes.rows[i].name) {
            for (int s = 0; s < 2; s++)
                if (changes.rows[i].block[s]) {
                    printf("\n%c: ", 'A' + s);
                    listing_print(changes.rows[i].block[s], stdout);
                }
            left--;
        }
    free(changes.rows);
    return code;
}

static int command_diff_files(const struct options *options)
{
    char err[700];
    struct profile p[2];
    memset(p, 0, sizeof p);
    int code = 0;
    for (int s = 0; !code && s < 2; s++)
        if (profile_load(options->words.items[s], &p[s], err, sizeof err) < 0)
            code = command_fail(err);
    if (!code)
        code = show_files(options, p);
    for (int s = 0; s < 2; s++)
        profile_free(&p[s]);
    return code;
}

/* ---- two sides of the store --------------------------------------------------------------- */

static int add_test(struct changes *changes, const struct stages_row *a, const struct stages_row *b)
{
    struct change *rows =
        realloc(changes->rows, (changes->count + PROFILE_STAGES) * sizeof *changes->rows);
    if (!rows)
        return -1;
    changes->rows = rows;
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        if (a->stages[k].clk > 0 || b->stages[k].clk > 0)
            rows[changes->count++] = (struct change){.part = a->test,
                                                     .name = profile_stage_names[k],
                                                     .env = a->env,
                                                     .clk = {a->stages[k].clk, b->stages[k].clk},
                                                     .whole = a->clk > 0 ? a->clk : 1};
    return 0;
}

static int join(struct changes *changes, const struct stages sides[2])
{
    for (size_t i = 0; i < sides[0].count; i++)
        for (size_t k = 0; k < sides[1].count; k++)
            if (!strcmp(sides[0].rows[i].test, sides[1].rows[k].test) &&
                !strcmp(sides[0].rows[i].env, sides[1].rows[k].env) &&
                add_test(changes, &sides[0].rows[i], &sides[1].rows[k]) < 0)
                return -1;
    return 0;
}

static int show_sides(const struct options *options, const struct changes *changes)
{
    static const char *const heads[] = {"test",     "env",    "stage",    "A clk/op",
                                        "B clk/op", "change", "of test %"};
    struct table table;
    size_t top = options->top != STORE_NONE      ? (size_t)options->top
                 : options->json || options->tsv ? changes->count
                                                 : TOP_TEXT;
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    for (size_t i = 0; i < changes->count && i < top; i++) {
        const struct change *c = &changes->rows[i];
        table_text(&table, c->part);
        table_text(&table, c->env);
        table_text(&table, c->name);
        table_number(&table, c->clk[0], 4);
        table_number(&table, c->clk[1], 4);
        table_number(&table, moved(c), 4);
        table_number(&table, 100 * moved(c) / c->whole, 3);
    }
    return command_print(&table, options);
}

static int command_diff_sides(const struct options *options)
{
    char err[4200];
    struct stages sides[2];
    struct changes changes = {NULL, 0, 0, ""};
    memset(sides, 0, sizeof sides);
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    int code = store ? 0 : command_fail(err);
    for (int s = 0; !code && s < 2; s++)
        if (stages_load(store, options, options->words.items[s], 0, &sides[s], err, sizeof err) < 0)
            code = command_fail(err);
    if (store)
        store_close(store);
    if (!code && join(&changes, sides) < 0)
        code = command_fail("no memory");
    if (!code && !changes.count)
        code = command_fail("the two have no test with stage counters in common");
    if (!code) {
        qsort(changes.rows, changes.count, sizeof *changes.rows, by_contribution);
        code = show_sides(options, &changes);
    }
    free(changes.rows);
    for (int s = 0; s < 2; s++)
        stages_free(&sides[s]);
    return code;
}

int command_diff(const struct options *options)
{
    int files = 0;
    if (options->words.count != 2)
        return command_fail("diff wants two files of tickmark-emu --hot or --stats, or two builds "
                            "or sweeps of the database");
    for (int s = 0; s < 2; s++)
        files += access(options->words.items[s], F_OK) == 0 ||
                 strchr(options->words.items[s], '/') != NULL;
    return files ? command_diff_files(options) : command_diff_sides(options);
}
