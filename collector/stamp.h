/* stamp.h: the host's two clocks at one moment: CLOCK_MONOTONIC_RAW in ns, and the time stamp
 * counter. Taken when the last byte of a guest's line was read: jitter of 5 to 50 us, whose mean
 * cancels in N/2N. */
#ifndef COLLECTOR_STAMP_H
#define COLLECTOR_STAMP_H

#include <stdint.h>
#include <time.h>
#include <x86intrin.h>

struct stamp {
    int64_t at_ns, at_tsc;
};

static inline struct stamp stamp_now(void)
{
    struct timespec t;
    struct stamp s;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    _mm_lfence();
    s.at_tsc = (int64_t)__rdtsc();
    s.at_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    return s;
}

#endif
