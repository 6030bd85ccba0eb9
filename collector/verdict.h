/* verdict.h: what a guest's time stamp counter is, from one interval seen by three clocks. */
#ifndef COLLECTOR_VERDICT_H
#define COLLECTOR_VERDICT_H

#include <stdint.h>

struct verdict_clocks {
    int64_t guest_tsc; /* ticks of the guest's counter */
    double pit_ms;     /* the same interval by the guest's timer chip */
    int64_t host_tsc,
        host_ns;      /* by the stamps at both ends: late by up to some ms on a busy host */
    int64_t host_khz; /* rate of the host's counter */
};

/* host | scaled | insn | fixed | virtual | unknown.
 * hint: the word for a counter that follows neither the host nor its time ("insn" or NULL). */
const char *verdict_judge(const struct verdict_clocks *clocks, const char *hint);

#endif
