// The emulator's counters for PAPI tools, as software-defined events sde:::tickmark::NAME.
//
// A tool that is in this process brings libsde with it (LD_PRELOAD="libsde.so.1 TOOL.so"). If it is
// there, the counters are registered when the machine runs, and clocks are counted; if not, this is
// one look-up. The tool may read from any thread: values are of the last stage change, instructions
// of the last slice (50 us). When the machine is gone they stay as they were in the end.
#ifndef TM_EMU_PROFILE_SDE_H
#define TM_EMU_PROFILE_SDE_H

#include <stdbool.h>

#include "emu/profile/profile.h"

// Fills in what else is counted, as for the statistics file.
typedef size_t sde_read_counters(void *opaque, struct profile_counter *out, size_t max);

// One machine of the process at most. True if somebody may look.
bool sde_offer(struct profile *p, sde_read_counters *read, void *opaque);
void sde_withdraw(const struct profile *p);

#endif
