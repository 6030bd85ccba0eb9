/* test_coverage.c: the 95 % intervals of statistics.h on simulated rounds whose truth is known.
 *
 *   spread: the interval holds the true median in 92 to 98 % of sweeps
 *   floor:  the interval holds the true cost in at least 95 % of sweeps
 *   ratio:  the interval of the ratio of two holds the true one in at least 90 %
 * of 20, 40 and 60 rounds, in each kind of noise.  TRIALS sweeps each: with 2,000 the share itself
 * is known to +-1 % (two standard errors), with 20,000 (test_coverage_full) to +-0.3 %.
 *
 * Not held, and not claimed: sweeps of 10 rounds whose neighbours are correlated by 0.7 (86 %), and
 * floors that times hardly ever come near (both N and 2N disturbed twice in each round, without
 * exception: 85 % with 60 rounds). */
#include "collector/significance.h"
#include "collector/sweep.h"
#include "collector/tests/case.h"
#include "collector/tests/noise.h"

#include <math.h>
#include <string.h>

#ifndef TRIALS
#define TRIALS 2000
#endif
#define ROUNDS_MAX 60

static const size_t round_counts[] = {20, 40, 60};

static void test_spread(enum noise_kind kind, size_t rounds, uint64_t *random)
{
    double values[ROUNDS_MAX], truth = 100 + noise_median(kind), width = 0;
    struct statistics_interval interval;
    int inside = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        noise_rounds(kind, random, values, rounds);
        for (size_t i = 0; i < rounds; i++)
            values[i] += 100;
        statistics_spread(values, rounds, &interval);
        inside += interval.lo <= truth && truth <= interval.hi;
        width += (interval.hi - interval.lo) / TRIALS;
    }
    char name[160];
    double share = 100.0 * inside / TRIALS;
    snprintf(name, sizeof name, "spread, %s, %zu rounds: %.1f %% hold the truth, width %.2f",
             noise_names[kind], rounds, share, width);
    case_report(name, share >= 92 && share <= 98, "expected 92 to 98");
}

/* overhead: of a call, beside a cost of 7 and noise of 1; is_long: said to be of no account. */
static void test_floor(enum noise_kind kind, size_t rounds, double overhead, int is_long,
                       uint64_t *random)
{
    double first[ROUNDS_MAX], second[ROUNDS_MAX], halves, width = 0, error = 0;
    int64_t parity[ROUNDS_MAX];
    struct statistics_interval interval;
    int inside = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        noise_times(kind, random, first, second, rounds);
        for (size_t i = 0; i < rounds; i++) {
            first[i] += 7 + overhead;
            second[i] += 14 + overhead;
            parity[i] = (int64_t)i;
        }
        statistics_floor(first, second, parity, rounds, is_long, &interval, &halves);
        inside += interval.lo <= 7 && 7 <= interval.hi;
        error += fabs(interval.est - 7) / TRIALS;
        width += (interval.hi - interval.lo) / TRIALS;
    }
    char name[160];
    double share = 100.0 * inside / TRIALS;
    snprintf(name, sizeof name,
             "floor, %s, %zu rounds, overhead %g%s: %.1f %% hold the truth, width %.2f, error %.3f",
             noise_names[kind], rounds, overhead, is_long ? " (long)" : "", share, width, error);
    /* an interval that always holds it by being wide would be none: the noise is 1 */
    case_report(name, share >= 95 && width < 3, "expected 95 at least, and a width below 3");
}

/* B is 1.05 times A, in rounds on their own or in turn: intervals of the ratio. */
static void test_ratio(enum noise_kind kind, size_t rounds, int in_turn, uint64_t *random)
{
    double a[ROUNDS_MAX], b[ROUNDS_MAX], width = 0;
    int inside = 0, trials = TRIALS / 4; /* dear: all pairs are sorted */
    for (int trial = 0; trial < trials; trial++) {
        if (in_turn) {
            noise_in_turn(kind, random, a, b, rounds);
        } else {
            noise_rounds(kind, random, a, rounds);
            noise_rounds(kind, random, b, rounds);
        }
        for (size_t i = 0; i < rounds; i++) {
            a[i] = 100 + a[i];
            b[i] = 1.05 * (100 + b[i]);
            if (in_turn)
                b[i] /= a[i];
        }
        struct statistics_interval ratio = in_turn
                                               ? significance_ratio_in_turn(b, rounds)
                                               : significance_ratio_of_rounds(a, rounds, b, rounds);
        inside += ratio.lo <= 1.05 && 1.05 <= ratio.hi;
        width += (ratio.hi - ratio.lo) / trials;
    }
    char name[160];
    double share = 100.0 * inside / trials;
    snprintf(name, sizeof name, "ratio%s, %s, %zu rounds: %.1f %% hold the truth, width %.4f",
             in_turn ? " in turn" : "", noise_names[kind], rounds, share, width);
    case_report(name, share >= 90 && share <= 99.5, "expected 90 to 99.5");
}

/* A precision: after each round from the twentieth on, is the interval within 1 % of the estimate?
 * Then no more.  Noise of 1.5 deviations: a part of the sweeps stops early, a part goes on for
 * long. */
static void test_stopped(enum noise_kind kind, int is_floor, uint64_t *random)
{
    double first[ROUNDS_MAX], second[ROUNDS_MAX], halves, rounds = 0;
    double truth = is_floor ? 100 : 100 + 1.5 * noise_median(kind);
    int64_t parity[ROUNDS_MAX];
    int inside = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct statistics_interval interval;
        size_t n = PLAN_STOP_LEAST - 1;
        if (is_floor)
            noise_times(kind, random, first, second, ROUNDS_MAX);
        else
            noise_rounds(kind, random, second, ROUNDS_MAX);
        for (size_t i = 0; i < ROUNDS_MAX; i++) {
            first[i] = is_floor ? 200 + 1.5 * first[i] : 0;
            second[i] = is_floor ? 300 + 1.5 * second[i] : 100 + 1.5 * second[i];
            parity[i] = (int64_t)i;
        }
        do {
            n++;
            if (is_floor)
                statistics_floor(first, second, parity, n, 1, &interval, &halves);
            else
                statistics_spread(second, n, &interval);
        } while (n < ROUNDS_MAX && interval.hi - interval.lo > 0.02 * interval.est);
        inside += interval.lo <= truth && truth <= interval.hi;
        rounds += (double)n / TRIALS;
    }
    char name[160];
    double share = 100.0 * inside / TRIALS;
    snprintf(name, sizeof name,
             "%s, %s, stopped at +-1 %%: %.1f %% hold the truth, %.0f rounds on average",
             is_floor ? "floor" : "spread", noise_names[kind], share, rounds);
    case_report(name, share >= 90, "expected 90 at least");
}

/* The same build in two sweeps of few rounds, long intervals and noise of 1 % of N: most are shown
 * to be the same within 2 %, and none to be different. */
static void test_same(enum noise_kind kind, uint64_t *random)
{
    enum { FEW = 8 };
    double first[FEW], second[FEW], halves;
    int64_t parity[FEW];
    int same = 0, changed = 0, inside = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct statistics_interval cost[2];
        for (int k = 0; k < 2; k++) {
            noise_times(kind, random, first, second, FEW);
            for (size_t i = 0; i < FEW; i++) {
                first[i] = 1 + 0.01 * first[i];
                second[i] = 2 + 0.01 * second[i];
                parity[i] = (int64_t)i;
            }
            statistics_floor(first, second, parity, FEW, 1, &cost[k], &halves);
        }
        struct statistics_interval ratio = significance_ratio(&cost[0], &cost[1]);
        enum significance_verdict verdict = significance_judge(&ratio, 0, 0.02);
        same += verdict == SIGNIFICANCE_SAME;
        changed += verdict == SIGNIFICANCE_FASTER || verdict == SIGNIFICANCE_SLOWER;
        inside += ratio.lo <= 1 && 1 <= ratio.hi;
    }
    char name[160];
    snprintf(name, sizeof name,
             "the same twice, %s, 8 rounds: %.1f %% same, %.2f %% changed, %.1f %% hold 1",
             noise_names[kind], 100.0 * same / TRIALS, 100.0 * changed / TRIALS,
             100.0 * inside / TRIALS);
    /* 80, for bursts: a tenth of the rounds is 5 to 15 deviations off, and of eight few are left */
    case_report(name, same >= 0.8 * TRIALS && changed <= 0.01 * TRIALS && inside >= 0.95 * TRIALS,
                "expected 80 at least, 1 at most and 95 at least");
}

/* The medians that coverage is counted against are right themselves. */
static void test_noise(enum noise_kind kind, uint64_t *random)
{
    double values[400];
    int below = 0;
    for (int i = 0; i < 1000; i++) {
        noise_rounds(kind, random, values, 400);
        for (int k = 0; k < 400; k++)
            below += values[k] < noise_median(kind);
    }
    char name[80];
    snprintf(name, sizeof name, "half of the noise is below its median, %s", noise_names[kind]);
    case_report(name, below > 198000 && below < 202000, "%d of 400000", below);
}

int main(void)
{
    uint64_t random = 20261123;
    for (int kind = 0; kind < NOISE_KINDS; kind++)
        test_noise((enum noise_kind)kind, &random);
    for (int kind = 0; kind < NOISE_KINDS; kind++) {
        test_same((enum noise_kind)kind, &random);
        test_stopped((enum noise_kind)kind, 0, &random);
        test_stopped((enum noise_kind)kind, 1, &random);
    }
    for (size_t n = 0; n < sizeof round_counts / sizeof *round_counts; n++)
        for (int kind = 0; kind < NOISE_KINDS; kind++) {
            test_spread((enum noise_kind)kind, round_counts[n], &random);
            test_floor((enum noise_kind)kind, round_counts[n], 100, 0, &random);
            for (int k = 0; k < 6; k++) /* with and without, of the same noise */
                test_floor((enum noise_kind)kind, round_counts[n], k / 2 == 2 ? 3 : 0.05 * (k / 2),
                           k % 2, &random);
            test_ratio((enum noise_kind)kind, round_counts[n], 0, &random);
            test_ratio((enum noise_kind)kind, round_counts[n], 1, &random);
        }
    return case_failures > 0;
}
