/* test_significance.c: significance.h and compare.h on known values, and the exact rank test
 * against counting every choice one by one. */
#include "collector/compare.h"
#include "collector/tests/case.h"
#include "collector/tests/noise.h"

#include <math.h>
#include <string.h>

/* Every choice of acount of the values, by brute force: the share whose rank sum is as far off. */
static double count_choices(const double *values, int count, int acount)
{
    double rank[16], all = 0, beyond = 0, mean = acount * (count + 1) / 2.0, own = 0;
    for (int i = 0; i < count; i++) {
        rank[i] = 0.5;
        for (int k = 0; k < count; k++)
            rank[i] += values[k] < values[i] ? 1 : values[k] == values[i] ? 0.5 : 0;
        own += i < acount ? rank[i] : 0;
    }
    for (unsigned choice = 0; choice < 1u << count; choice++) {
        double sum = 0;
        if (__builtin_popcount(choice) != acount)
            continue;
        for (int i = 0; i < count; i++)
            sum += choice >> i & 1 ? rank[i] : 0;
        all++;
        beyond += fabs(sum - mean) >= fabs(own - mean) - 1e-9;
    }
    return beyond / all;
}

static void test_ranks(void)
{
    double low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8}, same[] = {5, 5, 5, 5};
    double p = significance_of_ranks(low, 4, high, 4);
    case_report("4 below 4: 2 of 70", fabs(p - 2.0 / 70) < 1e-12, "%.9g", p);
    case_report("either way", significance_of_ranks(high, 4, low, 4) == p, "it differs");
    case_report("all alike", significance_of_ranks(same, 4, same, 4) == 1, "%g",
                significance_of_ranks(same, 4, same, 4));
    case_report("nothing against something", isnan(significance_of_ranks(low, 0, high, 4)),
                "it is not NAN");
    uint64_t random = 5;
    int differ = 0;
    for (int trial = 0; trial < 300; trial++) { /* few values: many ties */
        double values[14];
        int count = 2 + (int)statistics_random_below(&random, 11);
        int acount = 1 + (int)statistics_random_below(&random, (uint64_t)count - 1);
        for (int i = 0; i < count; i++)
            values[i] = (double)statistics_random_below(&random, 1 + (uint64_t)trial % 9);
        p = significance_of_ranks(values, (size_t)acount, values + acount,
                                  (size_t)(count - acount));
        differ += fabs(p - count_choices(values, count, acount)) > 1e-9;
    }
    case_report("exact with ties: as counting has it", differ == 0, "%d of 300 differ", differ);
    /* beyond 30 values the normal distribution: false alarms as often as p says */
    int alarms = 0;
    for (int trial = 0; trial < 4000; trial++) {
        double a[20], b[20];
        for (int i = 0; i < 20; i++) {
            a[i] = noise_normal(&random);
            b[i] = noise_normal(&random);
        }
        alarms += significance_of_ranks(a, 20, b, 20) <= 0.05;
    }
    case_report("p of 20 against 20 is what it says", alarms > 140 && alarms < 250,
                "%d of 4000, expected 200", alarms);
    double all_low[20], all_high[20];
    for (int i = 0; i < 20; i++) {
        all_low[i] = i;
        all_high[i] = 100 + i;
    }
    p = significance_of_ranks(all_low, 20, all_high, 20);
    case_report("20 below 20", p > 1e-9 && p < 1e-6, "%g", p);
}

/* Every choice of signs, by brute force. */
static double count_signs(const double *logs, int count)
{
    double rank[12], own = 0, total = 0, beyond = 0;
    int used = 0;
    for (int i = 0; i < count; i++) {
        double r = 0.5;
        for (int k = 0; k < count; k++)
            if (fabs(logs[k]) > 0)
                r += fabs(logs[k]) < fabs(logs[i]) ? 1 : fabs(logs[k]) == fabs(logs[i]) ? 0.5 : 0;
        if (fabs(logs[i]) > 0) {
            rank[used++] = r;
            total += r;
            own += logs[i] > 0 ? r : 0;
        }
    }
    for (unsigned choice = 0; choice < 1u << used; choice++) {
        double sum = 0;
        for (int i = 0; i < used; i++)
            sum += choice >> i & 1 ? rank[i] : 0;
        beyond += fabs(sum - total / 2) >= fabs(own - total / 2) - 1e-9;
    }
    return beyond / (double)(1u << used);
}

static void test_signs(void)
{
    uint64_t random = 8;
    int differ = 0, alarms = 0;
    for (int trial = 0; trial < 300; trial++) {
        double logs[12], ratios[12];
        int count = 1 + (int)statistics_random_below(&random, 12);
        for (int i = 0; i < count; i++) { /* powers of two: as far up as down, exactly */
            logs[i] = (double)statistics_random_below(&random, 9) - 4;
            ratios[i] = exp2(logs[i]);
        }
        double p = significance_in_turn(ratios, (size_t)count);
        differ += fabs(p - count_signs(logs, count)) > 1e-9;
    }
    case_report("signed ranks: as counting has it", differ == 0, "%d of 300 differ", differ);
    for (int trial = 0; trial < 4000; trial++) {
        double ratios[40];
        for (int i = 0; i < 40; i++)
            ratios[i] = exp(noise_normal(&random));
        alarms += significance_in_turn(ratios, 40) <= 0.05;
    }
    case_report("p of 40 in turn is what it says", alarms > 140 && alarms < 250,
                "%d of 4000, expected 200", alarms);
    double none = 0;
    case_report("no rounds in turn", isnan(significance_in_turn(&none, 0)), "it is not NAN");
}

static void test_adjust(void)
{
    /* Benjamini and Hochberg's own example (1995, section 4.1), at 0.05: the first four */
    double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, NAN,
                  0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
    significance_adjust(p, 16);
    int found = 0;
    for (int i = 0; i < 16; i++)
        found += p[i] <= 0.05;
    case_report("the authors' example: four", found == 4 && p[3] <= 0.05 && isnan(p[7]), "%d",
                found);
    case_report("adjusted by rank", fabs(p[0] - 0.0015) < 1e-9 && fabs(p[15] - 1) < 1e-9,
                "%g and %g", p[0], p[15]);
    double rising = 0;
    int up = 1;
    for (int i = 0; i < 16; i++)
        if (!isnan(p[i])) {
            up &= p[i] >= rising;
            rising = p[i];
        }
    case_report("in the same order", up, "it is not");
}

static void test_ratio(void)
{
    struct statistics_interval a = {100, 99, 101}, b = {105, 104, 106}, none = {100, NAN, NAN};
    struct statistics_interval r = significance_ratio(&a, &b);
    case_report("a ratio and its interval",
                fabs(r.est - 1.05) < 1e-12 && fabs(r.lo - 1.0355) < 2e-4 &&
                    fabs(r.hi - 1.0647) < 2e-4,
                "%.6g [%.6g, %.6g]", r.est, r.lo, r.hi);
    struct statistics_interval back = significance_ratio(&b, &a);
    case_report("turned round", fabs(back.lo * r.hi - 1) < 1e-12, "%g", back.lo * r.hi);
    r = significance_ratio(&none, &b);
    case_report("one round has no interval",
                fabs(r.est - 1.05) < 1e-12 && isnan(r.lo) && isnan(r.hi), "[%g, %g]", r.lo, r.hi);
    a.lo = -1;
    r = significance_ratio(&a, &b);
    case_report("a floor that may be nothing", r.lo > 1.03 && isinf(r.hi), "[%g, %g]", r.lo, r.hi);
    a.est = -3;
    case_report("no ratio to a negative figure", isnan(significance_ratio(&a, &b).est), "it has");
    double one[] = {1, 1, 1, 1}, two[] = {2, 2.1, 1.9, -1};
    r = significance_ratio_of_rounds(one, 4, two, 3);
    case_report("ratio of rounds", fabs(r.est - 2) < 1e-12 && fabs(r.lo - 1.9) < 1e-12, "%g [%g",
                r.est, r.lo);
    case_report("no ratio of negative rounds",
                isnan(significance_ratio_of_rounds(one, 4, two, 4).est), "it has");
    struct statistics_interval far = {1.1, 1.05, 1.1523809}, edge = {1.0, 0.9, 1.1};
    double p = significance_of_interval(&far);
    case_report("p of an interval", p > 4e-5 && p < 1e-4, "%g", p); /* 4.02 deviations */
    case_report("p of no difference", significance_of_interval(&edge) == 1, "%g",
                significance_of_interval(&edge));
}

static void test_mean(void)
{
    struct statistics_interval ratios[] = {
        {2, 1.9, 2.1}, {0.5, 0.45, 0.55}, {4, 3.9, 4.1}, {NAN, NAN, NAN}, {0.25, 0.2, 0.3}};
    size_t used;
    struct statistics_interval mean = significance_mean(ratios, 5, &used);
    case_report("geometric mean", used == 4 && fabs(mean.est - 1) < 1e-12, "%zu %g", used,
                mean.est);
    /* lower: logs 0.0513, 0.1054, 0.0253, 0.2231: root of the sum of squares 0.2533, over 4 */
    case_report("and its interval", fabs(mean.lo - exp(-0.06333)) < 1e-4 && mean.hi > 1,
                "[%.6g, %.6g]", mean.lo, mean.hi);
    ratios[0].lo = ratios[0].hi = NAN;
    mean = significance_mean(ratios, 5, &used);
    case_report("no interval when one is not known", mean.est == 1 && isnan(mean.lo), "%g",
                mean.lo);
    /* 60 tests of known ratio, each within 3 %: does the mean's interval hold the truth? */
    uint64_t random = 9;
    int inside = 0;
    for (int trial = 0; trial < 2000; trial++) {
        struct statistics_interval many[60];
        for (int i = 0; i < 60; i++) {
            double error = 0.03 * noise_normal(&random), reach = 1.96 * 0.03;
            double ratio = (i % 7 + 1) * exp(error);
            many[i] = (struct statistics_interval){ratio, ratio * exp(-reach), ratio * exp(reach)};
        }
        mean = significance_mean(many, 60, &used);
        double truth = 0;
        for (int i = 0; i < 60; i++)
            truth += log(i % 7 + 1) / 60;
        inside += mean.lo <= exp(truth) && exp(truth) <= mean.hi;
    }
    case_report("a mean's interval holds the truth in 95 %", inside > 1860 && inside < 1940,
                "%d of 2000", inside);
}

static struct compare_pair make_pair(double *a, double *b, size_t rounds, int is_floor)
{
    struct compare_pair pair;
    memset(&pair, 0, sizeof pair);
    pair.is_floor = is_floor;
    pair.a = (struct compare_side){.rounds = rounds, .values = a, .count = rounds};
    pair.b = (struct compare_side){.rounds = rounds, .values = b, .count = rounds};
    if (rounds) {
        statistics_spread(a, rounds, &pair.a.cost);
        statistics_spread(b, rounds, &pair.b.cost);
    }
    return pair;
}

static void test_compare(void)
{
    double same[2][20], slow[2][20], hint[2][20], one[2][1] = {{5}, {50}};
    uint64_t random = 77;
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < 2; k++) {
            same[k][i] = 10 + 0.02 * noise_normal(&random);
            slow[k][i] = (10 + 0.05 * noise_normal(&random)) * (k ? 1.05 : 1);
            hint[k][i] = (10 + 0.01 * noise_normal(&random)) * (k ? 1.01 : 1);
        }
    struct compare_pair pairs[7] = {
        make_pair(same[0], same[1], 20, 0), make_pair(slow[0], slow[1], 20, 0),
        make_pair(slow[1], slow[0], 20, 1), make_pair(hint[0], hint[1], 20, 0),
        make_pair(one[0], one[1], 1, 0),    make_pair(NULL, NULL, 0, 0),
        make_pair(slow[0], slow[1], 20, 0)};
    pairs[5].a.cost = (struct statistics_interval){10, 9.99, 10.01}; /* samples are gone */
    pairs[5].b.cost = (struct statistics_interval){11, 10.9, 11.1};
    pairs[5].a.rounds = pairs[5].b.rounds = 20;
    pairs[6].is_excluded = 1;
    compare_judge(pairs, 7, 0.02, 0);
    static const enum significance_verdict want[] = {
        SIGNIFICANCE_SAME,   SIGNIFICANCE_SLOWER, SIGNIFICANCE_FASTER, SIGNIFICANCE_SAME,
        SIGNIFICANCE_UNSURE, SIGNIFICANCE_SLOWER, SIGNIFICANCE_UNSURE};
    static const char *const names[] = {"the same",
                                        "slower",
                                        "faster",
                                        "1 % is shown and below the threshold",
                                        "one round of each",
                                        "slower, by intervals alone",
                                        "what is left out"};
    for (int i = 0; i < 7; i++)
        case_report(names[i], pairs[i].verdict == want[i], "%s, %g [%g, %g] p %g q %g",
                    significance_words[pairs[i].verdict], pairs[i].ratio.est, pairs[i].ratio.lo,
                    pairs[i].ratio.hi, pairs[i].p, pairs[i].q);
    compare_judge(pairs, 2, 0.2, 0);
    case_report("a threshold holds back", pairs[1].verdict == SIGNIFICANCE_SAME, "%s",
                significance_words[pairs[1].verdict]);
    case_report("threshold of a quiet machine", compare_threshold(0.001, NAN) == 0.02, "%g",
                compare_threshold(0.001, NAN));
    case_report("and of a noisy one", fabs(compare_threshold(0.001, 0.05) - 0.15) < 1e-12, "%g",
                compare_threshold(0.001, 0.05));
    /* an hour that gets slower: in turn, it cancels */
    double a[20], b[20];
    int64_t number[20];
    for (int i = 0; i < 20; i++) {
        double hour = 1 + 0.02 * i;
        number[i] = i;
        a[i] = 10 * hour * (1 + 0.002 * noise_normal(&random));
        b[i] = 10.3 * hour * (1 + 0.002 * noise_normal(&random));
    }
    struct compare_pair turn = make_pair(a, b, 20, 0), apart = turn;
    turn.a.number = turn.b.number = number;
    compare_judge(&turn, 1, 0.02, 1);
    compare_judge(&apart, 1, 0.02, 0);
    case_report("in turn, what slows both cancels",
                turn.verdict == SIGNIFICANCE_SLOWER && apart.verdict == SIGNIFICANCE_UNSURE &&
                    fabs(turn.ratio.est - 1.03) < 0.004 && turn.ratio.hi - turn.ratio.lo < 0.01 &&
                    apart.ratio.hi - apart.ratio.lo > 0.1,
                "[%g, %g], apart [%g, %g]", turn.ratio.lo, turn.ratio.hi, apart.ratio.lo,
                apart.ratio.hi);
}

int main(void)
{
    test_ranks();
    test_signs();
    test_adjust();
    test_ratio();
    test_mean();
    test_compare();
    return case_failures > 0;
}
