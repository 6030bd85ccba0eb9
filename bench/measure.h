/* One sample of one test: N and 2N iterations of the same loop, between two calibrations.
 * measure.md has the rules. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H
#include "bench/catalogue.h"

enum measure_flag { /* bits of "flags" in a sample line */
                    MEASURE_STEAL = 1,
                    MEASURE_MIGRATED = 2,
                    MEASURE_NONLINEAR = 4,
                    MEASURE_NEGATIVE = 8,
                    MEASURE_CLOCK_MOVED = 16,
                    MEASURE_WAITED = 64, /* for a processor, more than 1 % of its time */
                    MEASURE_NO_CORE_CLOCK =
                        32, /* "drift": B/A was not 3.00 +- 1 %, so cal is not the core clock */
};

struct measure_settings {
    uint32_t tsc_khz, min_us, seed;
    bool test_linearity;
};

#define MEASURE_MAX_SHIFT                                                                          \
    25u /* letters a to z; the bench itself chooses up to y, so that 64 x 2N stays below 2^32 */

void measure_init(const struct measure_settings *settings);
/* *shift: log2 of N, or -1: choose it, and leave the choice there. Prints all lines of the sample.
 * Number of wrong answers. */
uint32_t measure_sample(const struct catalogue_entry *e, uint32_t round, int *shift);

#endif
