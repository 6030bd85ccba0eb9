// Where the emulator's clocks go: eleven stages, counted by rdtsc at each change of stage.
//
// Interface: profile_switch() at every change; profile_count() for items and bytes;
// profile_marker() from the marker port; profile_write() at exit. Off (the default): one
// predictable test per change and no rdtsc. Invariant: the sum of all stages' clocks equals the
// clocks between profile_start() and profile_stop().
#ifndef TM_EMU_PROFILE_PROFILE_H
#define TM_EMU_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum stage {
#define STAGE(name, item, what) STAGE_##name,
#include "emu/profile/stage.def"
#undef STAGE
    STAGE_COUNT
};

struct stage_sum {
    uint64_t clk, entries, items, bytes;
};

struct profile_interval; // one begin/end pair of the marker port
struct hot;              // hot.h

struct profile {
    bool on;
    bool live;       // on for somebody who watches, not for a statistics file: markers are not kept
    uint8_t current; // enum stage
    uint64_t last_tsc;
    struct stage_sum stage[STAGE_COUNT];
    uint64_t fallbacks[1024]; // instructions executed by interp on behalf of the translator, by
                              // enum mnemonic
    uint64_t begin_tsc, begin_icount, end_tsc, end_icount;
    uint64_t insns; // retired up to the last slice, for other threads
    struct profile_interval *intervals;
    size_t nintervals, capacity;
    bool open;           // a begin marker waits for its end
    uint64_t switches;   // stage changes counted (each costs what profile_measure_cost_clk() says)
    struct hot *hot;     // whose clocks they are, too; NULL: nobody asked
    uint64_t lost_marks; // markers that had no partner, and pairs that found no memory
};

static inline uint64_t profile_rdtsc(void)
{
    return __builtin_ia32_rdtsc();
}

// Change to stage `to`; returns the stage left, to go back to it.
static inline enum stage profile_switch(struct profile *p, enum stage to)
{
    enum stage from = (enum stage)p->current;
    p->current = (uint8_t)to;
    if (__builtin_expect(p->on, 0)) {
        uint64_t now = profile_rdtsc();
        p->stage[from].clk += now - p->last_tsc;
        p->last_tsc = now;
        p->switches++;
        p->stage[to].entries++;
    }
    return from;
}

// Go back to the stage that profile_switch() returned; not counted as an entry.
static inline void profile_return(struct profile *p, enum stage to)
{
    enum stage from = (enum stage)p->current;
    p->current = (uint8_t)to;
    if (__builtin_expect(p->on, 0)) {
        uint64_t now = profile_rdtsc();
        p->stage[from].clk += now - p->last_tsc;
        p->last_tsc = now;
        p->switches++;
    }
}

static inline void profile_count(struct profile *p, enum stage s, uint64_t items, uint64_t bytes)
{
    p->stage[s].items += items;
    p->stage[s].bytes += bytes;
}

extern const char *const profile_stage_names[STAGE_COUNT];

// Begin counting in `stage`, with `icount` instructions retired so far.
void profile_start(struct profile *p, enum stage stage, uint64_t icount);
void profile_stop(struct profile *p, uint64_t icount);
// For displays, on the machine's thread: count while somebody watches, which changes nothing where
// counting is on anyway; clocks of each stage up to now.
void profile_watch(struct profile *p, bool on);
void profile_look(struct profile *p, uint64_t clk[STAGE_COUNT]);
// A 32-bit OUT to the marker port: bits 31-24 1 = begin, 2 = end; bits 23-0 the test's id.
void profile_marker(struct profile *p, uint32_t value, uint64_t icount);
// Clocks of one stage change with counting on, measured now (minimum of many pairs).
double profile_measure_cost_clk(void);
// Named counters that other folders want in the statistics file ("counters":{...}).
struct profile_counter {
    const char *name;
    uint64_t value;
};
// Write the statistics file. Returns 0, or -1 with *why set (the path is not part of it).
int profile_write(const struct profile *p, const char *path, const char *engine,
                  const struct profile_counter *counters, size_t ncounters, const char **why);
// The same as a short table, with the cost of counting.
void profile_print(const struct profile *p, FILE *to);
// Before a long run: can that file be written? 0, or -1 with *why set.
int profile_check_path(const char *path, const char **why);
void profile_free(struct profile *p);

#endif
