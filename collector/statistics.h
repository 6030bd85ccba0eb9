/* statistics.h: estimators, bootstrap and shuffle.  Pure functions of their arguments: the same
 * input and seed give the same output on every machine.
 *
 * Estimators follow the rules for deterministic kernels and for spread ones:
 *   floor:  least time of 2N less least time of N, over the rounds; interval: the same over odd and
 *           over even rounds alone. Each time is only ever made longer by a disturbance, so each
 * has a floor; the least of the differences has none: one disturbed N makes it too small. spread:
 * median over rounds, interval by a moving-block bootstrap over rounds */
#ifndef COLLECTOR_STATISTICS_H
#define COLLECTOR_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#define STATISTICS_RESAMPLES 2000
#define STATISTICS_SEED                                                                            \
    0x7469636b6d61726bu /* fixed: an interval does not change from call to call */

struct statistics_summary {
    double min, median, trimmed, mad; /* trimmed: 20 % off each end */
};
struct statistics_interval {
    double est, lo, hi;
};

/* splitmix64: one state word, equidistributed, good enough to shuffle and resample. */
uint64_t statistics_random(uint64_t *state);
/* Uniform in [0, below), without modulo bias. */
uint64_t statistics_random_below(uint64_t *state, uint64_t below);
void statistics_shuffle(size_t *order, size_t count, uint64_t seed);

/* values[count], count > 0; the order of the values is not changed. */
double statistics_median(const double *values, size_t count);
void statistics_summarize(const double *values, size_t count, struct statistics_summary *summary);
/* first[i], second[i]: what N and 2N iterations took in one round, divided by N; the same N in all.
 * parity[i] is the number of the round; only its lowest bit counts.
 * *halves gets the difference of the halves as a share of the estimate (0 when one half is empty).
 */
void statistics_floor(const double *first, const double *second, const int64_t *parity,
                      size_t count, struct statistics_interval *interval, double *halves);
/* values in order of rounds; blocks of about count^(1/3). */
void statistics_spread(const double *values, size_t count, struct statistics_interval *interval);

#endif
