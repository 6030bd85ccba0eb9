/* statistics.c: see statistics.h.  Nothing here allocates: the copies that sorting needs are
 * limited to STATISTICS_MAX values, of which later ones are left out (a sweep has at most 60
 * rounds). */
#include "collector/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_MAX 4096

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

void statistics_floor(const double *first, const double *second, const int64_t *parity,
                      size_t count, struct statistics_interval *interval, double *halves)
{
    double least[2][2] = {{INFINITY, INFINITY}, {INFINITY, INFINITY}}; /* [half][first, second] */
    for (size_t i = 0; i < count; i++) {
        double *half = least[parity[i] & 1];
        half[0] = fmin(half[0], first[i]);
        half[1] = fmin(half[1], second[i]);
    }
    interval->est = fmin(least[0][1], least[1][1]) - fmin(least[0][0], least[1][0]);
    interval->lo = interval->hi = interval->est;
    *halves = 0;
    if (isinf(least[0][0]) || isinf(least[1][0]))
        return;
    double even = least[0][1] - least[0][0], odd = least[1][1] - least[1][0];
    interval->lo = fmin(interval->est, fmin(even, odd));
    interval->hi = fmax(interval->est, fmax(even, odd));
    *halves = interval->est > 0 ? (fmax(even, odd) - fmin(even, odd)) / interval->est : 0;
}

void statistics_spread(const double *values, size_t count, struct statistics_interval *interval)
{
    static double medians[STATISTICS_RESAMPLES];
    double resample[STATISTICS_MAX];
    uint64_t random = STATISTICS_SEED;
    count = count > STATISTICS_MAX ? STATISTICS_MAX : count;
    size_t block = (size_t)ceil(cbrt((double)count)), starts = count - block + 1;
    for (size_t k = 0; k < STATISTICS_RESAMPLES; k++) {
        for (size_t filled = 0; filled < count;) {
            size_t from = (size_t)statistics_random_below(&random, starts);
            for (size_t i = 0; i < block && filled < count; i++)
                resample[filled++] = values[from + i];
        }
        qsort(resample, count, sizeof *resample, compare_reals);
        medians[k] = middle_of_sorted(resample, count);
    }
    qsort(medians, STATISTICS_RESAMPLES, sizeof *medians, compare_reals);
    interval->est = statistics_median(values, count);
    interval->lo = medians[STATISTICS_RESAMPLES * 25 / 1000];
    interval->hi = medians[STATISTICS_RESAMPLES * 975 / 1000 - 1];
}
