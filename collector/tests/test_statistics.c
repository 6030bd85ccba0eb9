/* test_statistics.c: estimators, intervals and shuffle on known values; test_coverage.c has the
 * intervals' proof. */
#include "collector/statistics.h"
#include "collector/tests/case.h"
#include "collector/tests/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
            first[i] = 7 - 0.01 * log(noise_uniform(&random));
            second[i] = 14 - 0.01 * log(noise_uniform(&random));
            if (noise_uniform(&random) < 0.2)
                first[i] += 2.3 * noise_uniform(&random);
            if (noise_uniform(&random) < 0.2)
                second[i] += 2.3 * noise_uniform(&random);
            least_slope = fmin(least_slope, second[i] - first[i]);
            parity[i] = i;
        }
        statistics_floor(first, second, parity, 20, 0, &interval, &halves);
        near += fabs(interval.est - 7) < 0.007;
        inside += interval.lo <= interval.est && interval.est <= interval.hi;
        naive += fabs(least_slope - 7) < 0.35;
    }
    case_report("floor is within 0.1 % nearly always", near > 480, "%d of 500", near);
    case_report("floor lies in its interval", inside == 500, "%d of 500", inside);
    case_report("the least difference would be off by 5 % and more mostly", naive < 100,
                "%d of 500 near", naive);
    double n[] = {10, 20, 10.1, 20.2}, two_n[] = {20, 40, 20.2, 40.4};
    int64_t rounds[] = {0, 1, 2, 3};
    statistics_floor(n, two_n, rounds, 4, 0, &interval, &halves);
    case_report("halves that disagree are seen", halves == 1, "%g", halves);
    /* of four rounds all tell: 40 is 20 above the least, and 0.025^(-1/3) - 1 = 2.42 */
    case_report("a floor's interval is as deep as theory says",
                fabs(interval.lo - (10 - 2.41995 * 20.4)) < 1e-3 &&
                    fabs(interval.hi - (10 + 2.41995 * 10.2)) < 1e-3,
                "[%.9g, %.9g]", interval.lo, interval.hi);
    statistics_floor(n, two_n, rounds, 1, 0, &interval, &halves);
    case_report("one round", interval.est == 10 && interval.hi == 10 && halves == 0, "%g",
                interval.hi);
}

static void test_spread(void)
{
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
    /* ranks that go up and down are not correlated: 10.5 +- (1.96 + 0.05) sqrt(20) / 2 */
    double twenty[20];
    for (int i = 0; i < 20; i++)
        twenty[i] = 1 + i % 2 * 10 + i / 2;
    statistics_spread(twenty, 20, &a);
    case_report("order statistics of independent rounds",
                fabs(a.lo - 6.0056) < 1e-3 && fabs(a.hi - 14.9944) < 1e-3, "[%.9g, %.9g]", a.lo,
                a.hi);
    for (int i = 0; i < 20; i++)
        twenty[i] = i;
    statistics_spread(twenty, 20, &a);
    case_report("rounds that drift tell less", a.lo == 0 && a.hi == 19, "[%g, %g]", a.lo, a.hi);
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
