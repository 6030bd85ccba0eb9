/* test_statistics.c: estimators, bootstrap and shuffle against simulated data whose truth is known.
 */
#include "collector/statistics.h"
#include "collector/tests/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double uniform(uint64_t *random)
{
    return ((double)(statistics_random(random) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *random)
{
    return sqrt(-2 * log(uniform(random))) * cos(6.283185307179586 * uniform(random));
}

static void test_known_values(void)
{
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2}, ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1000};
    struct statistics_summary s;
    case_report("median of three", statistics_median(odd, 3) == 3, "%g", statistics_median(odd, 3));
    case_report("median of four", statistics_median(even, 4) == 2.5, "%g",
                statistics_median(even, 4));
    case_report("values keep their order", even[0] == 4 && even[3] == 2, "they do not");
    statistics_summarize(ten, 10, &s);
    case_report("summary", s.min == 1 && s.median == 5.5 && s.trimmed == 5.5 && s.mad == 2.5,
                "min %g median %g trimmed %g mad %g", s.min, s.median, s.trimmed, s.mad);
}

/* A true cost of 7 an operation; what N and 2N take is only ever made longer. */
static void test_floor(void)
{
    uint64_t random = 11;
    double first[20], second[20], halves;
    int64_t parity[20];
    struct statistics_interval interval;
    int inside = 0, near = 0, naive = 0;
    for (int trial = 0; trial < 500; trial++) {
        double least_slope = INFINITY;
        for (int i = 0; i < 20; i++) {
            /* a fifth of the times is disturbed by up to a third, the rest by very little */
            first[i] = 7 - 0.01 * log(uniform(&random));
            second[i] = 14 - 0.01 * log(uniform(&random));
            if (uniform(&random) < 0.2)
                first[i] += 2.3 * uniform(&random);
            if (uniform(&random) < 0.2)
                second[i] += 2.3 * uniform(&random);
            least_slope = fmin(least_slope, second[i] - first[i]);
            parity[i] = i;
        }
        statistics_floor(first, second, parity, 20, &interval, &halves);
        near += fabs(interval.est - 7) < 0.007;
        inside += interval.lo <= interval.est && interval.est <= interval.hi &&
                  fabs((interval.hi - interval.lo) / interval.est - halves) < halves + 1e-12;
        naive += fabs(least_slope - 7) < 0.35;
    }
    case_report("floor is within 0.1 % nearly always", near > 480, "%d of 500", near);
    case_report("floor lies in its interval", inside == 500, "%d of 500", inside);
    case_report("the least difference would be off by 5 % and more mostly", naive < 100,
                "%d of 500 near", naive);
    double n[] = {10, 20, 10.1, 20.2}, two_n[] = {20, 40, 20.2, 40.4};
    int64_t rounds[] = {0, 1, 2, 3};
    statistics_floor(n, two_n, rounds, 4, &interval, &halves);
    case_report("halves that disagree are seen", halves == 1 && interval.hi == 20, "%g", halves);
    statistics_floor(n, two_n, rounds, 1, &interval, &halves);
    case_report("one round", interval.est == 10 && interval.hi == 10 && halves == 0, "%g",
                interval.hi);
}

/* Coverage of the nominal 95 % interval of a median, independent and autocorrelated. */
static int coverage(double correlation, size_t count, int trials, double *width)
{
    uint64_t random = 5;
    double values[200];
    struct statistics_interval interval;
    int inside = 0;
    *width = 0;
    for (int t = 0; t < trials; t++) {
        double state = normal(&random);
        for (size_t i = 0; i < count; i++) {
            state = correlation * state + sqrt(1 - correlation * correlation) * normal(&random);
            values[i] = 100 + state;
        }
        statistics_spread(values, count, &interval);
        inside += interval.lo <= 100 && interval.hi >= 100;
        *width += (interval.hi - interval.lo) / trials;
    }
    return inside;
}

static void test_spread(void)
{
    double width, wide;
    int inside = coverage(0, 40, 200, &width);
    case_report("interval covers the truth, independent rounds", inside >= 174 && inside <= 199,
                "%d of 200", inside);
    /* the median of 40 normal values has a standard error of 1.2533 / sqrt(40) = 0.198 */
    case_report("interval is as wide as theory says", width > 0.6 && width < 0.95,
                "%g, expected 0.78", width);
    coverage(0.6, 40, 200, &wide);
    case_report("blocks widen it for correlated rounds", wide > 1.15 * width, "%g against %g", wide,
                width);
    double same[] = {3, 3, 3, 3, 3};
    struct statistics_interval a, b;
    statistics_spread(same, 5, &a);
    case_report("no spread, no width", a.est == 3 && a.lo == 3 && a.hi == 3, "[%g, %g]", a.lo,
                a.hi);
    double some[] = {1, 5, 2, 8, 3, 9, 4};
    statistics_spread(some, 7, &a);
    statistics_spread(some, 7, &b);
    case_report("same input, same interval", !memcmp(&a, &b, sizeof a), "it differs");
    case_report("interval holds its estimate", a.lo <= a.est && a.est <= a.hi, "[%g, %g, %g]", a.lo,
                a.est, a.hi);
    statistics_spread(some, 1, &a);
    case_report("one round of spread", a.lo == 1 && a.hi == 1, "[%g, %g]", a.lo, a.hi);
}

static void test_shuffle(void)
{
    size_t order[6], again[6];
    int first[6] = {0}, seen = 0;
    statistics_shuffle(order, 6, 42);
    statistics_shuffle(again, 6, 42);
    case_report("same seed, same order", !memcmp(order, again, sizeof order), "it differs");
    for (size_t i = 0; i < 6; i++)
        seen |= 1 << order[i];
    case_report("a permutation", seen == 63, "%x", (unsigned)seen);
    for (uint64_t seed = 0; seed < 6000; seed++) {
        statistics_shuffle(order, 6, seed);
        first[order[0]]++;
    }
    int fair = 1; /* 1000 each; 5 standard deviations of 29 */
    for (int i = 0; i < 6; i++)
        fair &= first[i] > 855 && first[i] < 1145;
    case_report("every test is as often first", fair, "%d %d %d %d %d %d", first[0], first[1],
                first[2], first[3], first[4], first[5]);
    uint64_t random = 3;
    int64_t sum = 0;
    for (int i = 0; i < 30000; i++)
        sum += (int64_t)statistics_random_below(&random, 7);
    case_report("random below 7 has mean 3", labs((long)(sum - 90000)) < 1800, "sum %ld",
                (long)sum);
}

int main(void)
{
    test_known_values();
    test_floor();
    test_spread();
    test_shuffle();
    return case_failures > 0;
}
