// Breakpoints and watchpoints of a debugger outside the guest (emu/gdb/), which the guest knows
// nothing of. Its own, DR0-7, are debug.c's.
//
// A breakpoint is a linear address; an instruction that begins there is not executed. A watchpoint
// is a range of linear addresses; the run stops behind the instruction that reads or writes one of
// them, a REP behind the element. Either way `hit` is set and cpu->poll makes the engine come out.
// How it costs nothing where there are none:
//  - interp asks points_reached() where a block of its cache begins, and goes one instruction at a
//    time on pages with a breakpoint;
//  - translated blocks end in front of a breakpoint, and none begins at one (translate.c), so that
//    control arrives there in C; what was translated before is forgotten (engine.h, forget());
//  - pages with a watchpoint have no entry in the lookup tables (mmu.c), so that accesses to them
//    come to mmu/access.c, in both engines.
// cpu->points is NULL while there is neither.
#ifndef TM_EMU_CPU_POINTS_H
#define TM_EMU_CPU_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"

// In the order of gdb's packets Z0 to Z4.
enum point_kind { POINT_SOFT, POINT_HARD, POINT_WRITE, POINT_READ, POINT_ACCESS, POINT_KINDS };

struct point {
    uint32_t first, bytes; // bytes: 1 of a breakpoint
    enum point_kind kind;
};

enum { POINTS_MAX = 256, POINT_BYTES_MAX = 1 << 16 };

// The instruction that a run goes on with, whose breakpoint was seen already. A REP that was left
// between two elements is it, too, when an interrupt in between is over: as on silicon (RF, SDM
// vol. 3, 17.3.1.1), the breakpoint is for its beginning only.
struct point_begun {
    bool valid, rep;
    uint32_t linear, ecx, esi, edi, esp;
    uint64_t icount;
};

struct points {
    unsigned n;
    struct point point[POINTS_MAX];
    uint64_t code_pages; // a bit by a hash of each page with a breakpoint
    struct point_begun begun;
    bool hit;             // what stopped it:
    struct point hit_is;  // which,
    uint32_t hit_address; // and the first byte of it that was accessed
};

// In cpu->debug_hits, beside the guest's bits: a REP is to stop behind this element.
enum { DEBUG_HIT_OUTSIDE = 1 << 30 };

static inline bool points_code_page(const struct points *p, uint32_t linear)
{
    return p->code_pages >> (linear >> 12 & 63) & 1;
}

// False: there is no room for one more. The caller has the engine forget code and flushes the
// tables.
bool points_add(struct points *p, struct point point);
// False: there is no such one.
bool points_remove(struct points *p, struct point point);
static inline bool point_is_code(enum point_kind kind)
{
    return kind == POINT_SOFT || kind == POINT_HARD;
}

// Does a breakpoint lie at that address?
bool points_at(const struct points *p, uint32_t linear);
// Is the instruction at CS:EIP one to stop in front of? Then that is noted, and poll is set.
bool points_reached(struct cpu *cpu);
// The instruction at CS:EIP is a REP that has begun; or its breakpoint has been seen.
void points_begun(struct cpu *cpu, struct points *p);
void points_seen(struct cpu *cpu, struct points *p);
// After a run: has it come further?
void points_follow(struct cpu *cpu, struct points *p);
// A page's reads or writes must be looked at.
bool points_watch_page(const struct points *p, uint32_t linear, bool write);
// An access to memory was made: note what it hits.
void points_data(struct cpu *cpu, uint32_t linear, uint32_t size, bool write);

#endif
