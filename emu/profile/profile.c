// Counting, and the intervals of the marker port. The statistics file is written by write.c.
#include "emu/profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "emu/profile/hot.h"
#include "emu/profile/interval.h"

enum { INTERVALS_MAX = 200000 }; // 75 MB; what a guest marks beyond is counted as lost

const char *const profile_stage_names[STAGE_COUNT] = {
#define STAGE(name, item, what) #name,
#include "emu/profile/stage.def"
#undef STAGE
};

// Charge the running stage up to now, without leaving it.
static uint64_t settle(struct profile *p)
{
    uint64_t now = profile_rdtsc();
    p->stage[p->current].clk += now - p->last_tsc;
    p->last_tsc = now;
    return now;
}

void profile_start(struct profile *p, enum stage stage, uint64_t icount)
{
    p->current = (uint8_t)stage;
    p->begin_icount = icount;
    memset(p->stage, 0, sizeof p->stage); // loading the guest is not the run
    memset(p->fallbacks, 0, sizeof p->fallbacks);
    p->switches = 0;
    p->stage[stage].entries = 1;
    p->begin_tsc = p->last_tsc = profile_rdtsc();
}

void profile_stop(struct profile *p, uint64_t icount)
{
    p->end_tsc = p->on ? settle(p) : profile_rdtsc();
    p->end_icount = icount;
    if (p->open)
        p->lost_marks++;
    p->open = false;
    // Retired instructions are the items of `execute`, whoever ran them.
    p->stage[STAGE_execute].items = p->insns = icount - p->begin_icount;
}

void profile_watch(struct profile *p, bool on)
{
    if (on && !p->on) {
        p->on = p->live = true;
        p->last_tsc = profile_rdtsc();
    } else if (!on && p->live) {
        p->on = p->live = false;
    }
}

void profile_look(struct profile *p, uint64_t clk[STAGE_COUNT])
{
    if (p->on)
        settle(p);
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        clk[s] = p->stage[s].clk;
}

// Room for one more interval; NULL when the guest marks too many.
static struct profile_interval *grow(struct profile *p)
{
    if (p->nintervals == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 64;
        if (capacity > INTERVALS_MAX)
            capacity = INTERVALS_MAX;
        if (capacity == p->capacity)
            return NULL;
        struct profile_interval *bigger = realloc(p->intervals, capacity * sizeof *bigger);
        if (!bigger)
            return NULL;
        p->intervals = bigger;
        p->capacity = capacity;
    }
    return &p->intervals[p->nintervals];
}

void profile_marker(struct profile *p, uint32_t value, uint64_t icount)
{
    if (!p->on || p->live)
        return;
    if (p->hot && value >> 24 == 1)
        hot_mark(p->hot, true);
    uint64_t now = settle(p);
    uint32_t test = value & 0xffffff;
    p->stage[STAGE_execute].items = icount - p->begin_icount;
    if (value >> 24 == 1) {
        if (p->open)
            p->lost_marks++; // a begin without its end
        struct profile_interval *i = grow(p);
        p->open = i != NULL;
        if (!i) {
            p->lost_marks++;
            return;
        }
        *i = (struct profile_interval){.test = test, .clk = now, .insns = icount};
        memcpy(i->stage, p->stage, sizeof i->stage);
    } else if (value >> 24 == 2) {
        if (!p->open || p->intervals[p->nintervals].test != test) {
            p->lost_marks++;
            return;
        }
        struct profile_interval *i = &p->intervals[p->nintervals++];
        p->open = false;
        if (p->hot)
            hot_mark(p->hot, false);
        i->clk = now - i->clk;
        i->insns = icount - i->insns;
        for (unsigned s = 0; s < STAGE_COUNT; s++) {
            i->stage[s].clk = p->stage[s].clk - i->stage[s].clk;
            i->stage[s].entries = p->stage[s].entries - i->stage[s].entries;
            i->stage[s].items = p->stage[s].items - i->stage[s].items;
            i->stage[s].bytes = p->stage[s].bytes - i->stage[s].bytes;
        }
    }
}

double profile_measure_cost_clk(void)
{
    enum { BATCHES = 200, PAIRS = 64 };
    struct profile *p = calloc(1, sizeof *p);
    double best = 1e9;
    if (!p)
        return 0;
    p->on = true;
    profile_start(p, STAGE_execute, 0);
    for (unsigned b = 0; b < BATCHES; b++) {
        uint64_t start = profile_rdtsc();
        for (unsigned i = 0; i < PAIRS; i++) {
            enum stage from = profile_switch(p, STAGE_helper);
            __asm__ volatile("" ::: "memory"); // keep the pairs apart
            profile_return(p, from);
            __asm__ volatile("" ::: "memory");
        }
        double clk = (double)(profile_rdtsc() - start) / (2 * PAIRS);
        best = clk < best ? clk : best;
    }
    free(p);
    return best;
}

void profile_free(struct profile *p)
{
    free(p->intervals);
    p->intervals = NULL;
    p->nintervals = p->capacity = 0;
}
