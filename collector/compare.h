/* compare.h: A against B, test by test: pure functions of the rounds of both sides.
 *
 * ratio = B / A, and a figure is a cost: above 1 is slower.  A floor's ratio is that of the floors:
 * medians of a quiet and of a busy hour differ when the floors do not.  A spread's is that of the
 * rounds, pair by pair where both sides ran in turn (what slows a round slows both), else all with
 * all.  Without samples it is the ratio of the figures.  Which are changes: significance.h. */
#ifndef COLLECTOR_COMPARE_H
#define COLLECTOR_COMPARE_H

#include "collector/significance.h"

#define COMPARE_ROUNDS    512
#define COMPARE_THRESHOLD 0.02 /* and no less than three times the noise floor of both sides */
#define COMPARE_FLOORS    3

struct compare_side {
    struct statistics_interval cost;
    size_t rounds;         /* behind `cost`; below 2 its ends mean nothing */
    double *values;        /* [count], in order of rounds; NULL with count 0: samples are gone */
    const int64_t *number; /* [count]: which round each is; NULL: 0, 1, ... */
    size_t count;
};
struct compare_pair {
    struct compare_side a, b;
    int is_floor;
    int is_excluded; /* in: no question (a side has no good figure); verdict and numbers are void */
    struct statistics_interval ratio;
    double threshold; /* what the ratio must exceed */
    double p, q;      /* q: of Benjamini-Hochberg; NAN: not testable */
    enum significance_verdict verdict;
};

double compare_threshold(double a_floor, double b_floor); /* NAN: unknown */
/* threshold: of all pairs; NAN: each has its own.  in_turn: rounds of the same number of both sides
 * ran one after the other. */
void compare_judge(struct compare_pair *pairs, size_t count, double threshold, int in_turn);

#endif
