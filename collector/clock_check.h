/* clock_check.h: the calibrated core clock against the cycles that a PMU counts, where there is
 * one: PAPI_TOT_CYC, else the cycles of perf_event_open(2).
 *
 * All figures in clocks rest on the calibration (two chains of known latency).  A bench is run with
 * the counter attached; at the lines around each interval the cycles and the processor time of the
 * process are read, one right after the other, so that it does not matter how late the lines are
 * seen nor who else had the processor: their quotient is the clock.  Beside it stands what the
 * bench calibrated around the same intervals. */
#ifndef COLLECTOR_CLOCK_CHECK_H
#define COLLECTOR_CLOCK_CHECK_H

#include "collector/sweep.h"

#define CLOCK_CHECK_LIMIT 0.01

struct clock_check {
    int64_t clock_khz, counted_khz; /* medians */
    const char *source;
};
/* "agrees" or "differs" (by more than CLOCK_CHECK_LIMIT). */
const char *clock_check_verdict(const struct clock_check *check);
/* For each sweep that has none yet: measured once, stored, and told on stderr when it differs or
 * could not be measured although there is a counter.  0, or -1 (store_error of a sweep). */
int clock_check_sweeps(struct sweep *sweeps, size_t count);

#endif
