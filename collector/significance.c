/* significance.c: see significance.h. */
#include "collector/significance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX  30
#define NORMAL_975 1.959964

const char *const significance_words[] = {"same", "faster", "slower", "unsure"};

struct ranked {
    double value;
    int of_a;
};

static int compare_ranked(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;
    return (x > y) - (x < y);
}

/* How many of the choices of `chosen` out of `count` doubled ranks have a sum as far from the mean
 * as `distance` (of doubled sums), as a share of all. */
static double share_beyond(const int *ranks, size_t count, size_t chosen, double mean,
                           double distance)
{
    enum { SUMS = EXACT_MAX * (EXACT_MAX + 1) + 1 }; /* all doubled ranks together */
    static double ways[EXACT_MAX / 2 + 1][SUMS];
    int most = 0;
    memset(ways, 0, sizeof ways);
    ways[0][0] = 1;
    for (size_t i = 0; i < count; i++) {
        most += ranks[i];
        for (size_t k = chosen < i + 1 ? chosen : i + 1; k > 0; k--)
            for (int sum = most; sum >= ranks[i]; sum--)
                ways[k][sum] += ways[k - 1][sum - ranks[i]];
    }
    double all = 0, beyond = 0;
    for (int sum = 0; sum <= most; sum++) {
        all += ways[chosen][sum];
        beyond += fabs(sum - mean) >= distance - 1e-9 ? ways[chosen][sum] : 0;
    }
    return beyond / all;
}

double significance_of_ranks(const double *a, size_t acount, const double *b, size_t bcount)
{
    size_t count = acount + bcount;
    if (!acount || !bcount)
        return NAN;
    struct ranked *pool = calloc(count, sizeof *pool);
    int *doubled = calloc(count, sizeof *doubled); /* doubled, since ties share a middle rank */
    double sum = 0, ties = 0, n = (double)count, p = NAN;
    for (size_t i = 0; pool && i < count; i++)
        pool[i] = (struct ranked){i < acount ? a[i] : b[i - acount], i < acount};
    if (pool && doubled) {
        qsort(pool, count, sizeof *pool, compare_ranked);
        for (size_t i = 0, end; i < count; i = end) {
            for (end = i; end < count && pool[end].value == pool[i].value;)
                end++;
            double tied = (double)(end - i);
            ties += tied * tied * tied - tied;
            for (size_t k = i; k < end; k++) {
                doubled[k] = (int)(i + end + 1); /* twice the mean of i + 1 ... end */
                sum += pool[k].of_a ? doubled[k] : 0;
            }
        }
        double mean = (double)acount * (n + 1), distance = fabs(sum - mean);
        if (count <= EXACT_MAX) {
            /* the smaller side is counted: the other one's sum is as far from its mean */
            size_t few = acount < bcount ? acount : bcount;
            p = share_beyond(doubled, count, few, (double)few * (n + 1), distance);
        } else {
            double spread = (double)acount * (double)bcount / 12 * (n + 1 - ties / (n * (n - 1)));
            /* of undoubled sums, which move in steps of one */
            p = spread > 0 ? erfc(fmax(distance / 2 - 0.5, 0) / sqrt(2 * spread)) : 1;
        }
    }
    free(pool);
    free(doubled);
    return p;
}

/* The share of all 2^count choices of signs whose sum is as far from the middle as this one. */
static double share_of_signs(const int *ranks, size_t count, double distance)
{
    enum { SUMS = EXACT_MAX * (EXACT_MAX + 1) + 1 };
    static double ways[SUMS];
    int most = 0;
    memset(ways, 0, sizeof ways);
    ways[0] = 1;
    for (size_t i = 0; i < count; i++) {
        most += ranks[i];
        for (int sum = most; sum >= ranks[i]; sum--)
            ways[sum] += ways[sum - ranks[i]];
    }
    double all = 0, beyond = 0;
    for (int sum = 0; sum <= most; sum++) {
        all += ways[sum];
        beyond += fabs(sum - most / 2.0) >= distance - 1e-9 ? ways[sum] : 0;
    }
    return beyond / all;
}

double significance_in_turn(const double *ratios, size_t count)
{
    struct ranked *far = calloc(count + 1, sizeof *far);
    int *doubled = calloc(count + 1, sizeof *doubled);
    size_t used = 0;
    double above = 0, all = 0, squares = 0, p = NAN;
    for (size_t i = 0; far && i < count; i++)
        if (ratios[i] > 0 && (ratios[i] < 1 || ratios[i] > 1)) /* no difference takes no side */
            far[used++] = (struct ranked){fabs(log(ratios[i])), ratios[i] > 1};
    if (far && doubled && count) {
        qsort(far, used, sizeof *far, compare_ranked);
        for (size_t i = 0, end; i < used; i = end) {
            for (end = i; end < used && far[end].value == far[i].value;)
                end++;
            for (size_t k = i; k < end; k++) {
                doubled[k] = (int)(i + end + 1);
                all += doubled[k];
                above += far[k].of_a ? doubled[k] : 0;
                squares += (double)doubled[k] * doubled[k];
            }
        }
        double distance = fabs(above - all / 2);
        if (!used)
            p = 1;
        else if (used <= EXACT_MAX)
            p = share_of_signs(doubled, used, distance);
        else
            p = erfc(fmax(distance - 1, 0) / sqrt(squares / 4) / M_SQRT2);
    }
    free(far);
    free(doubled);
    return p;
}

static int compare_places(const void *a, const void *b)
{
    double x = **(double *const *)a, y = **(double *const *)b;
    return (x > y) - (x < y);
}

void significance_adjust(double *p, size_t count)
{
    double **places = calloc(count + 1, sizeof *places), least = 1;
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (!places && !isnan(p[i]))
            p[i] = 1;
        else if (!isnan(p[i]))
            places[asked++] = &p[i];
    }
    if (!places)
        return;
    qsort(places, asked, sizeof *places, compare_places);
    for (size_t i = asked; i-- > 0;) {
        least = fmin(least, *places[i] * (double)asked / (double)(i + 1));
        *places[i] = least;
    }
    free(places);
}

/* Distance of a logarithm from its lower and upper end. */
static double below(const struct statistics_interval *x)
{
    return isnan(x->lo) ? NAN : x->lo > 0 ? log(x->est / x->lo) : INFINITY;
}

static double above(const struct statistics_interval *x)
{
    return log(x->hi / x->est);
}

struct statistics_interval significance_ratio(const struct statistics_interval *a,
                                              const struct statistics_interval *b)
{
    struct statistics_interval ratio = {NAN, NAN, NAN};
    if (!(a->est > 0) || !(b->est > 0))
        return ratio;
    ratio.est = b->est / a->est;
    double down[] = {below(b), above(a)}, up[] = {above(b), below(a)};
    ratio.lo = ratio.est * exp(-sqrt(down[0] * down[0] + down[1] * down[1]));
    ratio.hi = ratio.est * exp(sqrt(up[0] * up[0] + up[1] * up[1]));
    return ratio;
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sums of ranks vary more when neighbours are alike: 1 + 2 (r + r^2 + ...), a finite sum. */
static double inflation_of(const double *values, size_t count)
{
    double r = statistics_correlation(values, count), power = 1, sum = 1;
    for (size_t k = 1; k < count && power > 1e-6; k++) {
        power *= r;
        sum += 2 * (1 - (double)k / (double)count) * power;
    }
    return sum;
}

/* The interval between the k-th and the k-th last of the logarithms; sorts and frees them. */
static struct statistics_interval walk_in(double *logs, size_t count, double variance, int has_ends)
{
    double depth = (double)count / 2 - NORMAL_975 * sqrt(variance);
    size_t k = depth < 1 ? 0 : (size_t)depth;
    qsort(logs, count, sizeof *logs, compare_reals);
    struct statistics_interval ratio = {
        exp((logs[(count - 1) / 2] + logs[count / 2]) / 2),
        has_ends ? exp(logs[k]) : NAN,
        has_ends ? exp(logs[count - 1 - k]) : NAN,
    };
    free(logs);
    return ratio;
}

struct statistics_interval significance_ratio_of_rounds(const double *a, size_t acount,
                                                        const double *b, size_t bcount)
{
    struct statistics_interval none = {NAN, NAN, NAN};
    size_t count = acount * bcount;
    double *logs = count ? calloc(count, sizeof *logs) : NULL;
    if (!logs)
        return none;
    for (size_t i = 0; i < count; i++) {
        double first = a[i / bcount], second = b[i % bcount];
        if (!(first > 0) || !(second > 0)) {
            free(logs);
            return none;
        }
        logs[i] = log(second / first);
    }
    double n = (double)acount, m = (double)bcount;
    /* each side's part of the variance, m n (m + n + 1) / 12, grows by its own correlation */
    double inflation = (inflation_of(a, acount) * m + inflation_of(b, bcount) * n) / (m + n);
    return walk_in(logs, count, inflation * m * n * (m + n + 1) / 12, acount > 1 && bcount > 1);
}

struct statistics_interval significance_ratio_in_turn(const double *ratios, size_t count)
{
    struct statistics_interval none = {NAN, NAN, NAN};
    double *logs = count ? calloc(count * (count + 1) / 2, sizeof *logs) : NULL;
    size_t used = 0;
    for (size_t i = 0; logs && i < count; i++)
        for (size_t k = i; k < count; k++)
            logs[used++] = log(ratios[i] * ratios[k]) / 2;
    double n = (double)count;
    return !logs ? none
                 : walk_in(logs, used, inflation_of(ratios, count) * n * (n + 1) * (2 * n + 1) / 24,
                           count > 1);
}

double significance_of_interval(const struct statistics_interval *ratio)
{
    if (!(ratio->est > 0) || isnan(ratio->lo) || isnan(ratio->hi))
        return NAN;
    double reach = ratio->est > 1 ? below(ratio) : above(ratio);
    if (!(reach > 0))
        return ratio->est < 1 || ratio->est > 1 ? 0 : 1;
    return erfc(fabs(log(ratio->est)) / (reach / NORMAL_975) / M_SQRT2);
}

struct statistics_interval significance_mean(const struct statistics_interval *ratios, size_t count,
                                             size_t *used)
{
    struct statistics_interval mean = {NAN, NAN, NAN};
    double sum = 0, lower = 0, upper = 0;
    int known = 1;
    *used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct statistics_interval *r = &ratios[i];
        if (!(r->est > 0) || isinf(r->est))
            continue;
        ++*used;
        sum += log(r->est);
        known &= r->lo > 0 && r->hi > 0 && !isinf(r->hi);
        lower += known ? below(r) * below(r) : 0;
        upper += known ? above(r) * above(r) : 0;
    }
    if (!*used)
        return mean;
    double n = (double)*used;
    mean.est = exp(sum / n);
    if (known) {
        mean.lo = exp((sum - sqrt(lower)) / n);
        mean.hi = exp((sum + sqrt(upper)) / n);
    }
    return mean;
}

enum significance_verdict significance_judge(const struct statistics_interval *ratio, double q,
                                             double threshold)
{
    double far = 1 + threshold;
    if (!(ratio->est > 0) || isnan(ratio->lo) || isnan(ratio->hi))
        return SIGNIFICANCE_UNSURE;
    if (q <= SIGNIFICANCE_Q && ratio->lo > 1 && ratio->est > far)
        return SIGNIFICANCE_SLOWER;
    if (q <= SIGNIFICANCE_Q && ratio->hi < 1 && ratio->est < 1 / far)
        return SIGNIFICANCE_FASTER;
    return ratio->lo >= 1 / far && ratio->hi <= far ? SIGNIFICANCE_SAME : SIGNIFICANCE_UNSURE;
}
