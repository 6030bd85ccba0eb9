// The counters as PAPI software-defined events: sde:::tickmark::NAME. The emulator (sde.c) and the
// library that only lists them (sde_list.c) have this table in common.
#ifndef TM_EMU_PROFILE_SDE_EVENT_H
#define TM_EMU_PROFILE_SDE_EVENT_H

#define SDE_LIBRARY "tickmark"

enum sde_field { SDE_CLK, SDE_ENTRIES, SDE_ITEMS, SDE_BYTES, SDE_FIELDS };

// Four for each stage, in the order of enum stage; the instructions; then those of counter.def.
static const struct sde_event {
    const char *name, *what;
} sde_events[] = {
#define STAGE(name, item, what)                                                                    \
    {#name "_clk", "host TSC clocks: " what}, {#name "_entries", "times entered: " what},          \
        {#name "_items", item}, {#name "_bytes", "bytes: " what},
#include "emu/profile/stage.def"
#undef STAGE
    {"insns", "guest instructions retired"},
#define COUNTER(name, what) {#name, what},
#include "emu/profile/counter.def"
#undef COUNTER
};
enum { SDE_EVENTS = sizeof sde_events / sizeof *sde_events };

#endif
