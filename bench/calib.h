/* The core clock without a performance counter: two chains of known latency.
 * A: add reg,reg x 512, 1 clock each. B: imul reg,reg x 512, 3 clocks each. B/A = 3.00 proves that
 * both figures stand for core clocks. Register operands, since recent cores fold adds of an
 * immediate at rename. */
#ifndef BENCH_CALIB_H
#define BENCH_CALIB_H
#include <stdint.h>

struct calib {
    uint32_t core_khz;    /* operations of A per ms: the core clock where B/A is 3.00 */
    uint32_t ratio_milli; /* B/A in thousandths */
};

void calib_init(uint32_t tsc_khz); /* chooses lengths of about 50 us */
void calib_measure(struct calib *out);
void calib_print(const struct calib *c, uint32_t tsc_khz); /* the "cal" line */

#endif
