/* statistics.h: estimators, bootstrap and shuffle.  Pure functions of their arguments: the same
 * input and seed give the same output on every machine.
 *
 * Estimators follow the rules for deterministic kernels and for spread ones:
 *   floor:  least time of 2N less least time of N, over the rounds. Each time is only ever made
 *           longer by a disturbance, so each has a floor; the least of the differences has none:
 * one disturbed N makes it too small.  What this cancels, the overhead of an interval, is not below
 * 0, so half the least time of 2N is a bound; it is the estimate where the overhead cannot be told
 * from 0 and is known to be small (is_long): the difference has the errors of both times, of half
 * as much time. Its interval ends there, and begins where the error of 2N and an overhead of 0.25 %
 * would put the cost. spread: median over rounds.
 *
 * The intervals are nominally of 95 %; collector/tests/test_coverage.c holds them against simulated
 * noise of known truth, for 20 to 60 rounds:
 *   floor:  how far the least of n times still is above its floor is told by how far the next ones
 * are above it: where times are about evenly dense near the floor, (least - floor) / (k-th - least)
 * exceeds c with probability (1 + c)^(1 - k). Half of the 5 % goes to each of N and 2N, k is a
 * third of the rounds, at least 4. The halves of the rounds against each other, which this was
 * once, held the truth in 50 % of cases. spread: order statistics, at distances from the middle
 * that are widened by the rounds' autocorrelation. A moving-block bootstrap of 20 rounds covered
 * the truth in 90 % of cases where they were independent and in 81 % where they were correlated by
 * 0.5. */
#ifndef COLLECTOR_STATISTICS_H
#define COLLECTOR_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct statistics_summary {
    double min, median, trimmed, mad; /* trimmed: 20 % off each end */
};
struct statistics_interval {
    double est, lo, hi;
};

/* splitmix64: one state word, equidistributed, good enough to shuffle. */
uint64_t statistics_random(uint64_t *state);
/* Uniform in [0, below), without modulo bias. */
uint64_t statistics_random_below(uint64_t *state, uint64_t below);
void statistics_shuffle(size_t *order, size_t count, uint64_t seed);

/* values[count], count > 0; the order of the values is not changed. */
double statistics_median(const double *values, size_t count);
void statistics_summarize(const double *values, size_t count, struct statistics_summary *summary);
/* first[i], second[i]: what N and 2N iterations took in one round, divided by N; the same N in all.
 * parity[i] is the number of the round; only its lowest bit counts.
 * is_long: an interval's overhead is known to be of no account beside 2N.
 * *halves gets the difference between odd and even rounds as a share of the estimate (0 when there
 * are none of one kind).  One round has no interval: lo = hi = est. */
void statistics_floor(const double *first, const double *second, const int64_t *parity,
                      size_t count, int is_long, struct statistics_interval *interval,
                      double *halves);
/* Correlation of neighbouring rounds, 0 to 0.9, from the ranks of values in order of rounds. */
double statistics_correlation(const double *values, size_t count);
/* values in order of rounds. */
void statistics_spread(const double *values, size_t count, struct statistics_interval *interval);

#endif
