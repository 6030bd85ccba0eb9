// One begin/end pair of the marker port, for profile/ only. Between the two markers the fields hold
// the values at the begin, afterwards the differences.
#ifndef TM_EMU_PROFILE_INTERVAL_H
#define TM_EMU_PROFILE_INTERVAL_H

#include "emu/profile/profile.h"

struct profile_interval {
    uint32_t test;
    uint64_t clk, insns;
    struct stage_sum stage[STAGE_COUNT];
};

#endif
