/* calibrate.h: the core clock around a guest's run, from `tickbench --calibrate` on the same
 * processor. */
#ifndef COLLECTOR_CALIBRATE_H
#define COLLECTOR_CALIBRATE_H

#include <stdint.h>

struct calibration {
    int64_t core_khz, tsc_khz; /* STORE_NONE: not proven */
};

/* Proven means that the two chains are at 3.00 +- 1 %; up to three tries. */
struct calibration calibrate(const char *bench, int cpu);

#endif
