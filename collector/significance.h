/* significance.h: is B really different from A?  Pure functions: a rank test, a correction for
 * asking many questions, the interval of a ratio, a mean of ratios, and the verdict made of them.
 *
 * A change counts when three things agree: ranks of the rounds that chance does not bring
 * (Mann-Whitney, after Benjamini-Hochberg over all tests at q = 0.05), an interval of the ratio
 * that leaves 1 out, and a ratio beyond the threshold.  Each alone has false alarms that the others
 * lack: ranks take rounds for independent, an interval is one of many, and a threshold knows no
 * noise. */
#ifndef COLLECTOR_SIGNIFICANCE_H
#define COLLECTOR_SIGNIFICANCE_H

#include "collector/statistics.h"

#define SIGNIFICANCE_Q 0.05

/* Two-sided probability that two samples of the same distribution differ as much as these in the
 * sum of their ranks.  Exact, ties included, up to 30 values in all; a normal distribution with
 * corrections for ties and continuity beyond. NAN when one of them is empty. */
double significance_of_ranks(const double *a, size_t acount, const double *b, size_t bcount);

/* The same of the ratios of rounds that both sides ran in turn: are there as many above 1 as below,
 * as far?  (Wilcoxon's signed ranks; exact up to 30.)  What slows a round slows both sides of it,
 * and does not count here. */
double significance_in_turn(const double *ratios, size_t count);

/* p[count] becomes the least q at which Benjamini-Hochberg takes each for a change; NANs stay and
 * are no questions.  Without memory all become 1: nothing is found. */
void significance_adjust(double *p, size_t count);

/* B over A.  The interval is that of the ratio of two independent positive figures with intervals
 * (MOVER on logarithms: Zou and Donner 2008).  A lower end that is not positive is as unknown as it
 * can be: 0.  A figure of one round has no interval: pass NAN for its ends, and those of the ratio
 * are NAN.  All NAN when an estimate is not positive. */
struct statistics_interval significance_ratio(const struct statistics_interval *a,
                                              const struct statistics_interval *b);
/* The same from the rounds themselves (positive values, in order of rounds): the median of the
 * ratios of all pairs, and between which of them the rank test finds no difference (Hodges and
 * Lehmann 1963), with the test's variance widened by the autocorrelation of the rounds.  Narrower
 * than the ratio of two medians, most of all where bursts reach into a fifth of the rounds. NAN
 * when a side is empty or has a value that is not positive, or without memory; no ends below 2
 * rounds a side. */
struct statistics_interval significance_ratio_of_rounds(const double *a, size_t acount,
                                                        const double *b, size_t bcount);
/* One ratio a round, both sides in turn: the median of the means of two, likewise. */
struct statistics_interval significance_ratio_in_turn(const double *ratios, size_t count);
/* Probability, on both sides, of a ratio as far from 1 as this one, from its interval alone: for
 * results whose samples are gone. NAN when there is no interval. */
double significance_of_interval(const struct statistics_interval *ratio);

/* Geometric mean of ratios with the interval that follows from theirs, as errors of independent
 * measurements: it says how well this mean is known, not what other tests would show.  The interval
 * is NAN when one of them has none, or has an end that is not positive.  Ratios that are not
 * positive and finite are left out; *used gets the number of the others. */
struct statistics_interval significance_mean(const struct statistics_interval *ratios, size_t count,
                                             size_t *used);

enum significance_verdict {
    SIGNIFICANCE_SAME,   /* the whole interval is within the threshold */
    SIGNIFICANCE_FASTER, /* B needs less */
    SIGNIFICANCE_SLOWER,
    SIGNIFICANCE_UNSURE, /* neither is shown */
};
extern const char *const significance_words[];
/* q: what significance_adjust() made of p; threshold: 0.02 for 2 %. */
enum significance_verdict significance_judge(const struct statistics_interval *ratio, double q,
                                             double threshold);

#endif
