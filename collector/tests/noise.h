/* noise.h: simulated rounds whose truth is known.  Noise comes as it does on a machine that others
 * use: independent of round to round, correlated, and in bursts that last several rounds. */
#ifndef COLLECTOR_TESTS_NOISE_H
#define COLLECTOR_TESTS_NOISE_H

#include <stddef.h>
#include <stdint.h>

enum noise_kind {
    NOISE_NORMAL,     /* independent */
    NOISE_SKEWED,     /* independent, lognormal: a long tail upwards */
    NOISE_CORRELATED, /* normal, neighbours correlated by 0.3 */
    NOISE_DRIFTING,   /* by 0.5 */
    NOISE_BURSTY,     /* normal, and in 10 % of the rounds, 2 in a row, 5 to 15 deviations more */
    NOISE_KINDS,
};
extern const char *const noise_names[NOISE_KINDS];

double noise_uniform(uint64_t *random); /* in (0, 1) */
double noise_normal(uint64_t *random);
/* count rounds of unit scale; their true median is noise_median(). */
void noise_rounds(enum noise_kind kind, uint64_t *random, double *values, size_t count);
/* Rounds of two sides that run in turn: a burst hits both; b is otherwise independent. */
void noise_in_turn(enum noise_kind kind, uint64_t *random, double *a, double *b, size_t count);
double noise_median(enum noise_kind kind);
/* What disturbs the times of N and 2N operations in each round: never negative, floor 0, mean about
 * 1 (in bursts 50), and both of a round disturbed together where rounds are correlated. */
void noise_times(enum noise_kind kind, uint64_t *random, double *first, double *second,
                 size_t count);

#endif
