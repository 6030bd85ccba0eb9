/* compare.c: see compare.h. */
#include "collector/compare.h"

#include <math.h>
#include <stdlib.h>

double compare_threshold(double a_floor, double b_floor)
{
    double worst = fmax(a_floor, b_floor); /* the known one, if one is NAN */
    return fmax(COMPARE_THRESHOLD, COMPARE_FLOORS * (isnan(worst) ? 0 : worst));
}

static int64_t number_of(const struct compare_side *side, size_t i)
{
    return side->number ? side->number[i] : (int64_t)i;
}

/* The rounds that both sides have: values in order of rounds, so both lists go up. */
static size_t ratios_in_turn(const struct compare_pair *pair, double *ratios)
{
    size_t used = 0, i = 0, k = 0;
    while (i < pair->a.count && k < pair->b.count && used < COMPARE_ROUNDS) {
        int64_t first = number_of(&pair->a, i), second = number_of(&pair->b, k);
        if (first == second && pair->a.values[i] > 0 && pair->b.values[k] > 0)
            ratios[used++] = pair->b.values[k] / pair->a.values[i];
        i += first <= second;
        k += second <= first;
    }
    return used;
}

static struct statistics_interval known_cost(const struct compare_side *side)
{
    struct statistics_interval cost = side->cost;
    if (side->rounds < 2)
        cost.lo = cost.hi = NAN;
    return cost;
}

static void measure(struct compare_pair *pair, int in_turn)
{
    double ratios[COMPARE_ROUNDS];
    struct statistics_interval a = known_cost(&pair->a), b = known_cost(&pair->b);
    size_t used = in_turn ? ratios_in_turn(pair, ratios) : 0;
    int has_rounds = pair->a.count >= 2 && pair->b.count >= 2;
    int paired = used >= 2 && 2 * used >= pair->a.count && 2 * used >= pair->b.count;
    if (pair->is_floor || !has_rounds)
        pair->ratio = significance_ratio(&a, &b);
    else if (paired)
        pair->ratio = significance_ratio_in_turn(ratios, used);
    else
        pair->ratio = significance_ratio_of_rounds(pair->a.values, pair->a.count, pair->b.values,
                                                   pair->b.count);
    if (!has_rounds)
        pair->p = significance_of_interval(&pair->ratio);
    else if (paired)
        pair->p = significance_in_turn(ratios, used);
    else
        pair->p =
            significance_of_ranks(pair->a.values, pair->a.count, pair->b.values, pair->b.count);
}

void compare_judge(struct compare_pair *pairs, size_t count, double threshold, int in_turn)
{
    double *q = calloc(count + 1, sizeof *q);
    for (size_t i = 0; i < count; i++) {
        struct compare_pair *pair = &pairs[i];
        pair->ratio = (struct statistics_interval){NAN, NAN, NAN};
        pair->p = NAN;
        if (!pair->is_excluded)
            measure(pair, in_turn);
        if (q)
            q[i] = pair->p;
    }
    if (q)
        significance_adjust(q, count);
    for (size_t i = 0; i < count; i++) {
        pairs[i].q = q ? q[i] : NAN; /* without memory nothing is found */
        if (!isnan(threshold))
            pairs[i].threshold = threshold;
        pairs[i].verdict = significance_judge(&pairs[i].ratio, pairs[i].q, pairs[i].threshold);
    }
    free(q);
}
