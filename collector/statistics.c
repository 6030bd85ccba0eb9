/* statistics.c: see statistics.h.  Nothing here allocates: the copies that sorting needs are
 * limited to STATISTICS_MAX values, of which later ones are left out (a sweep has at most 60
 * rounds). */
#include "collector/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_MAX    4096
#define FLOOR_SHARE       3      /* the lowest third of the times tells how dense they are */
#define FLOOR_LEAST       4      /* but at least so many */
#define FLOOR_MISS        0.025  /* of each of N and 2N */
#define FLOOR_OVERHEAD    0.0025 /* of 2N, at most, where it is long (judge.c) */
#define NORMAL_975        1.959964
#define FEW_ROUNDS        1.0 /* added to the quantile, over the rounds: few tell little */
#define CORRELATION_BIAS  2.0 /* times the first-order bias of a correlation of few rounds */
#define CORRELATION_LIMIT 0.9

uint64_t statistics_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t statistics_random_below(uint64_t *state, uint64_t below)
{
    uint64_t reject = (0 - below) % below, r; /* 2^64 mod below */
    do
        r = statistics_random(state);
    while (r < reject);
    return r % below;
}

void statistics_shuffle(size_t *order, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)statistics_random_below(&seed, i), keep = order[i - 1];
        order[i - 1] = order[j];
        order[j] = keep;
    }
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle_of_sorted(const double *sorted, size_t count)
{
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double statistics_median(const double *values, size_t count)
{
    double sorted[STATISTICS_MAX];
    count = count > STATISTICS_MAX ? STATISTICS_MAX : count;
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_reals);
    return middle_of_sorted(sorted, count);
}

void statistics_summarize(const double *values, size_t count, struct statistics_summary *summary)
{
    double sorted[STATISTICS_MAX];
    count = count > STATISTICS_MAX ? STATISTICS_MAX : count;
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_reals);
    summary->min = sorted[0];
    summary->median = middle_of_sorted(sorted, count);
    size_t cut = count / 5;
    double sum = 0;
    for (size_t i = cut; i < count - cut; i++)
        sum += sorted[i];
    summary->trimmed = sum / (double)(count - 2 * cut);
    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(sorted[i] - summary->median);
    qsort(sorted, count, sizeof *sorted, compare_reals);
    summary->mad = middle_of_sorted(sorted, count);
}

/* How far the floor may be below the least of the times, with FLOOR_MISS to be wrong. */
static double floor_depth(const double *times, size_t count)
{
    double sorted[STATISTICS_MAX];
    memcpy(sorted, times, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_reals);
    size_t k = (count + FLOOR_SHARE - 1) / FLOOR_SHARE;
    k = k < FLOOR_LEAST ? FLOOR_LEAST : k;
    k = k > count ? count : k;
    if (k < 2)
        return 0;
    return (pow(FLOOR_MISS, -1 / (double)(k - 1)) - 1) * (sorted[k - 1] - sorted[0]);
}

void statistics_floor(const double *first, const double *second, const int64_t *parity,
                      size_t count, int is_long, struct statistics_interval *interval,
                      double *halves)
{
    double least[2][2] = {{INFINITY, INFINITY}, {INFINITY, INFINITY}}; /* [half][first, second] */
    count = count > STATISTICS_MAX ? STATISTICS_MAX : count;
    for (size_t i = 0; i < count; i++) {
        double *half = least[parity[i] & 1];
        half[0] = fmin(half[0], first[i]);
        half[1] = fmin(half[1], second[i]);
    }
    double n = fmin(least[0][0], least[1][0]), n2 = fmin(least[0][1], least[1][1]);
    double depth = floor_depth(first, count), depth2 = floor_depth(second, count);
    is_long = is_long && count > 1;
    interval->lo = fmin(n2 - n, is_long ? n2 / 2 : n2 - n) - depth2;
    interval->hi = n2 - n + depth;
    int is_whole = is_long && 2 * (n - depth) <= n2; /* the overhead, 2 n - n2, may be none */
    interval->est = is_whole ? n2 / 2 : n2 - n;
    if (is_whole) { /* no more than that, and less by no more than the overhead and what 2N was
                       above its floor: the errors of N are not in it */
        interval->lo = ((1 - FLOOR_OVERHEAD) * n2 - depth2) / 2;
        interval->hi = n2 / 2;
    }
    *halves = 0;
    if (isinf(least[0][0]) || isinf(least[1][0]))
        return;
    double even = is_whole ? least[0][1] / 2 : least[0][1] - least[0][0],
           odd = is_whole ? least[1][1] / 2 : least[1][1] - least[1][0];
    *halves = interval->est > 0 ? (fmax(even, odd) - fmin(even, odd)) / interval->est : 0;
}

/* Autocorrelation of neighbouring rounds, by ranks, so that outliers do not hide it.  Of few values
 * it comes out too small by about (1 + 3 r) / n (Marriott and Pope 1954), and the middle of the
 * values is itself taken from them: twice that is added.  None when negative. */
double statistics_correlation(const double *values, size_t count)
{
    if (count < 3)
        return 0;
    double own = 0, cross = 0, before = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        double rank = -n / 2;
        for (size_t k = 0; k < count; k++)
            rank += values[k] < values[i] ? 1 : values[k] == values[i] ? 0.5 : 0;
        own += rank * rank;
        cross += i ? rank * before : 0;
        before = rank;
    }
    double r = own > 0 ? cross / own : 0;
    r += CORRELATION_BIAS * (1 + 3 * r) / n;
    return fmin(fmax(r, 0), CORRELATION_LIMIT);
}

/* The value at a place between 1 and count of the sorted ones, straight between neighbours. */
static double value_at(const double *sorted, size_t count, double place)
{
    place = fmin(fmax(place, 1), (double)count);
    size_t below = (size_t)place;
    if (below == count)
        return sorted[count - 1];
    return sorted[below - 1] + (place - (double)below) * (sorted[below] - sorted[below - 1]);
}

/* The number of values below the true median is binomial, n / 4 its variance; correlated signs of
 * neighbours, (2 / pi) asin(r^k) for k rounds apart, make it greater. */
void statistics_spread(const double *values, size_t count, struct statistics_interval *interval)
{
    double sorted[STATISTICS_MAX];
    count = count > STATISTICS_MAX ? STATISTICS_MAX : count;
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_reals);
    double n = (double)count, correlation = statistics_correlation(values, count);
    double inflation = 1, power = 1;
    for (size_t k = 1; k < count && power > 1e-6; k++) {
        power *= correlation;
        inflation += 2 * (1 - (double)k / n) * M_2_PI * asin(power);
    }
    double reach = (NORMAL_975 + FEW_ROUNDS / n) * sqrt(n * inflation) / 2;
    interval->est = middle_of_sorted(sorted, count);
    interval->lo = fmin(interval->est, value_at(sorted, count, (n + 1) / 2 - reach));
    interval->hi = fmax(interval->est, value_at(sorted, count, (n + 1) / 2 + reach));
}
