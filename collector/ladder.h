/* ladder.h: counters of a process that runs, by the ladder: PAPI's hardware events where there is a
 * PMU, perf software events where the kernel gives them, and what /proc says (getrusage's figures
 * of another process), which is always there.
 *
 * A counter that cannot be had is no row, never 0.  A reading that the kernel multiplexed is left
 * out and not scaled. */
#ifndef COLLECTOR_LADDER_H
#define COLLECTOR_LADDER_H

#include "collector/counter.h"

#include <stddef.h>
#include <sys/types.h>

#define LADDER_MOST 24

struct ladder_value {
    const char *name, *source; /* papi | perf | rusage, as the store keeps it */
    double value;              /* so far; NAN: not to be had */
};
struct ladder;

/* events: PAPI's names, separated by commas, instead of the default ones; NULL: these, if there is
 * a PMU.  NULL with the reason when one that was asked for by name cannot be counted. */
struct ladder *ladder_open(pid_t pid, const struct counter_access *access, const char *events,
                           char *err, size_t errlen);
/* The number of values, the same ones in the same order each time. */
size_t ladder_read(struct ladder *ladder, struct ladder_value values[LADDER_MOST]);
void ladder_close(struct ladder *ladder);

#endif
