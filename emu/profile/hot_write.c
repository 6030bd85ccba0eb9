// What --hot found, as JSON: one object per block with its clocks by stage, and for the hottest the
// code of both sides and the clocks of each instruction.
//
// A stage's clocks are known (profile.h); its samples share them out. Samples of C name the guest's
// EIP: they belong to the block that holds it, of several the one that ran most; to an address of
// its own where nothing was translated, as all of it is with the interpreter.
#include "emu/profile/hot_state.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "emu/profile/interval.h"

enum { BLOCKS_SHOWN = 5000, CODE_SHOWN = 300, BLOCK_BYTES_MAX = 128 * 15 };

struct row {
    const struct hot_block *block; // NULL: an address
    uint32_t linear;
    uint64_t execs, exits;
    double clk, stage[STAGE_COUNT];
    uint32_t own[STAGE_COUNT]; // samples
};

struct report {
    const struct hot *h;
    unsigned scope;
    double clk[STAGE_COUNT], a_sample[STAGE_COUNT];
    struct row *rows, **order; // rows by address; by clocks
    size_t nrows, nblocks;
};

static int by_address(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->linear < y->linear ? -1 : x->linear > y->linear;
}

static int by_clk(const void *a, const void *b)
{
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    if (x->clk != y->clk)
        return x->clk < y->clk ? 1 : -1;
    if (x->execs != y->execs)
        return x->execs < y->execs ? 1 : -1;
    return x->linear < y->linear ? -1 : x->linear > y->linear;
}

// Clocks of each stage within the scope, and what one sample of it stands for.
static void weigh(struct report *r)
{
    const struct profile *p = r->h->profile;
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        if (!r->scope)
            r->clk[s] = (double)p->stage[s].clk;
        for (size_t i = 0; r->scope && i < p->nintervals; i++)
            r->clk[s] += (double)p->intervals[i].stage[s].clk;
        uint64_t n = r->h->samples[r->scope][s];
        r->a_sample[s] = n ? r->clk[s] / (double)n : 0;
    }
}

// The block that holds the address, or NULL.
static struct row *find_row(const struct report *r, uint32_t linear)
{
    size_t lo = 0, hi = r->nblocks;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (r->rows[mid].linear <= linear)
            lo = mid + 1;
        else
            hi = mid;
    }
    struct row *best = NULL;
    for (size_t i = lo; i-- > 0 && linear - r->rows[i].linear < BLOCK_BYTES_MAX;) {
        struct row *row = &r->rows[i];
        if (linear - row->linear < row->block->key.bytes && (!best || row->execs > best->execs))
            best = row;
    }
    return best;
}

static void take_insn(const struct report *r, struct row *row, const struct hot_insn *i)
{
    row->own[STAGE_execute] += i->samples[r->scope];
    row->exits += i->exits[r->scope];
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        row->own[s] += i->c_samples[r->scope][s];
}

static void take_blocks(struct report *r)
{
    const struct hot *h = r->h;
    for (uint32_t n = 1; n < h->nblocks; n++) {
        const struct hot_block *b = &h->blocks[n];
        struct row *row = &r->rows[r->nrows];
        *row = (struct row){
            .block = b, .linear = b->key.linear, .execs = r->scope ? h->execs_in[n] : h->execs[n]};
        for (uint32_t i = 0; i < b->room; i++)
            take_insn(r, row, &h->insns[b->first_insn + i]);
        r->nrows++;
    }
    r->nblocks = r->nrows;
    qsort(r->rows, r->nrows, sizeof *r->rows, by_address);
}

static void take_addresses(struct report *r)
{
    for (size_t i = 0; i < HOT_EIPS; i++) {
        const struct hot_eip *e = &r->h->eips[i];
        if (!e->used)
            continue;
        struct row *row = find_row(r, e->linear);
        if (!row) {
            row = &r->rows[r->nrows++];
            *row = (struct row){.linear = e->linear};
        }
        for (unsigned s = 0; s < STAGE_COUNT; s++)
            row->own[s] += e->samples[r->scope][s];
    }
}

static void add_up(struct report *r)
{
    for (size_t i = 0; i < r->nrows; i++) {
        struct row *row = &r->rows[i];
        for (unsigned s = 0; s < STAGE_COUNT; s++) {
            row->stage[s] = row->own[s] * r->a_sample[s];
            row->clk += row->stage[s];
        }
        r->order[i] = row;
    }
    qsort(r->order, r->nrows, sizeof *r->order, by_clk);
}

// --- JSON ---

static void put(json_t *o, const char *key, uint64_t value)
{
    json_object_set_new(o, key, json_integer((json_int_t)value));
}

static void put_clk(json_t *o, const char *key, double clk)
{
    json_object_set_new(o, key, json_integer((json_int_t)(clk + 0.5)));
}

static void put_hex(json_t *o, const char *key, const uint8_t *bytes, size_t n)
{
    char *text = malloc(2 * n + 1);
    if (!text)
        return;
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * n] = 0;
    json_object_set_new(o, key, json_string(text));
    free(text);
}

// What C took for the instruction, whose bytes are from..to of its block.
static double sum_c(const struct report *r, const struct row *row, const struct hot_insn *i,
                    uint32_t from, uint32_t to)
{
    double clk = 0;
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        clk += i->c_samples[r->scope][s] * r->a_sample[s];
    for (uint32_t linear = row->linear + from; linear != row->linear + to; linear++) {
        const struct hot_eip *e = hot_find_eip(r->h, linear);
        if (e && find_row(r, linear) == row)
            for (unsigned s = 0; s < STAGE_COUNT; s++)
                clk += e->samples[r->scope][s] * r->a_sample[s];
    }
    return clk;
}

static json_t *make_insns(const struct report *r, const struct row *row)
{
    const struct hot_block *b = row->block;
    json_t *list = json_array();
    for (uint32_t k = 0; k <= b->key.insns && k < b->room; k++) {
        const struct hot_insn *i = &r->h->insns[b->first_insn + k];
        uint32_t end = k < b->key.insns && k + 1 < b->room ? i[1].guest_offset : b->key.bytes;
        double c_clk = k ? sum_c(r, row, i, i->guest_offset, end) : 0;
        json_t *o = json_object();
        put(o, "guest", i->guest_offset);
        put(o, "host", i->host_offset);
        put_clk(o, "clk", i->samples[r->scope] * r->a_sample[STAGE_execute]);
        put_clk(o, "c_clk", c_clk);
        put(o, "exits", i->exits[r->scope]);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *make_row(const struct report *r, const struct row *row, bool with_code)
{
    const struct hot_block *b = row->block;
    json_t *o = json_object(), *stages = json_object();
    put(o, "linear", row->linear);
    put_clk(o, "clk", row->clk);
    uint64_t samples = 0;
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        samples += row->own[s];
        if (row->own[s])
            put_clk(stages, profile_stage_names[s], row->stage[s]);
    }
    put(o, "samples", samples);
    json_object_set_new(o, "stages", stages);
    if (!b)
        return o;
    put(o, "phys", b->key.phys);
    put(o, "mode", b->key.mode);
    put(o, "insns", b->key.insns);
    put(o, "bytes", b->key.bytes);
    put(o, "host_bytes", b->host_bytes);
    put(o, "execs", row->execs);
    put(o, "exits", row->exits);
    put(o, "translations", b->translations[0] + b->translations[1]);
    put(o, "translations_in", b->translations[r->scope]);
    put(o, "kills", b->kills[r->scope]);
    if (b->code)
        put_hex(o, "guest", b->code, b->key.bytes);
    if (b->code && with_code) {
        put_hex(o, "host", b->code + b->key.bytes, b->host_bytes);
        json_object_set_new(o, "insn", make_insns(r, row));
    }
    return o;
}

static json_t *make_report(const struct report *r)
{
    const struct hot *h = r->h;
    json_t *o = json_object(), *stages = json_object(), *samples = json_object();
    json_t *blocks = json_array();
    double all = 0, shown = 0;
    uint64_t insns = h->profile->end_icount - h->profile->begin_icount;
    if (r->scope) {
        insns = 0;
        for (size_t i = 0; i < h->profile->nintervals; i++)
            insns += h->profile->intervals[i].insns;
    }
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        put_clk(stages, profile_stage_names[s], r->clk[s]);
        put(samples, profile_stage_names[s], h->samples[r->scope][s]);
        all += r->clk[s];
    }
    for (size_t i = 0; i < r->nrows && i < BLOCKS_SHOWN; i++) {
        if (r->order[i]->clk <= 0 && !r->order[i]->execs)
            break;
        json_array_append_new(blocks, make_row(r, r->order[i], i < CODE_SHOWN));
        shown += r->order[i]->clk;
    }
    json_object_set_new(o, "scope", json_string(r->scope ? "intervals" : "run"));
    put(o, "period_us", HOT_PERIOD_US);
    put(o, "insns", insns);
    put_clk(o, "clk", all);
    put_clk(o, "clk_elsewhere", all - shown); // idle, blocks left out, stages without a sample
    put(o, "blocks_seen", r->nblocks);
    put(o, "blocks_lost", h->lost_blocks);
    put(o, "samples_lost", h->lost_samples);
    json_object_set_new(o, "stages", stages);
    json_object_set_new(o, "samples", samples);
    json_object_set_new(o, "blocks", blocks);
    return o;
}

struct json_t *hot_make(const struct hot *h)
{
    struct report r = {.h = h, .scope = h->marked ? 1 : 0};
    size_t most = (size_t)h->nblocks + HOT_EIPS;
    r.rows = calloc(most, sizeof *r.rows);
    r.order = calloc(most, sizeof *r.order);
    json_t *o = NULL;
    if (r.rows && r.order) {
        weigh(&r);
        take_blocks(&r);
        take_addresses(&r);
        add_up(&r);
        o = make_report(&r);
    }
    free(r.rows);
    free(r.order);
    return o;
}
