/* noise.c: see noise.h. */
#include "collector/tests/noise.h"

#include "collector/statistics.h"

#include <math.h>
#include <stdlib.h>

#define BURST_ROUNDS 2.0
#define BURST_SHARE  0.1

const char *const noise_names[] = {"independent", "skewed", "correlated by 0.3",
                                   "correlated by 0.5", "bursty"};

double noise_uniform(uint64_t *random)
{
    return ((double)(statistics_random(random) >> 11) + 0.5) / 9007199254740992.0;
}

double noise_normal(uint64_t *random)
{
    double radius = sqrt(-2 * log(noise_uniform(random)));
    return radius * cos(6.283185307179586 * noise_uniform(random));
}

struct state {
    double level;
    int burst;
};

static void step(enum noise_kind kind, uint64_t *random, struct state *state, int first)
{
    double r = kind == NOISE_CORRELATED ? 0.3 : kind == NOISE_DRIFTING ? 0.5 : 0;
    double leave = 1 / BURST_ROUNDS, enter = BURST_SHARE / (1 - BURST_SHARE) * leave;
    double chance = first ? BURST_SHARE : state->burst ? 1 - leave : enter;
    state->level =
        first ? noise_normal(random) : r * state->level + sqrt(1 - r * r) * noise_normal(random);
    state->burst = kind == NOISE_BURSTY && noise_uniform(random) < chance;
}

void noise_in_turn(enum noise_kind kind, uint64_t *random, double *a, double *b, size_t count)
{
    struct state state;
    for (size_t i = 0; i < count; i++) {
        step(kind, random, &state, i == 0);
        for (int k = 0; k < 2; k++) {
            double z = k ? noise_normal(random) : state.level;
            double value = kind == NOISE_SKEWED ? exp(z) : z;
            (k ? b : a)[i] = value + (state.burst ? 5 + 10 * noise_uniform(random) : 0);
        }
    }
}

void noise_rounds(enum noise_kind kind, uint64_t *random, double *values, size_t count)
{
    struct state state;
    for (size_t i = 0; i < count; i++) {
        step(kind, random, &state, i == 0);
        values[i] = kind == NOISE_SKEWED ? exp(state.level) : state.level;
        if (state.burst)
            values[i] += 5 + 10 * noise_uniform(random);
    }
}

double noise_median(enum noise_kind kind)
{
    /* bursty: (1 - share) Phi(x) = 1/2; hardly anything of a burst lies below */
    double low = -1, high = 2;
    if (kind != NOISE_BURSTY)
        return kind == NOISE_SKEWED ? 1 : 0;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *((1 - BURST_SHARE) * erfc(-middle / M_SQRT2) / 2 < 0.5 ? &low : &high) = middle;
    }
    return low;
}

static double positive(enum noise_kind kind, uint64_t *random, const struct state *state)
{
    double z = noise_normal(random), share = 0.7; /* of the round in the disturbance of a time */
    if (kind == NOISE_SKEWED)                     /* exponential, of a size that varies itself */
        return -log(noise_uniform(random)) * exp(0.5 * z);
    if (kind == NOISE_CORRELATED || kind == NOISE_DRIFTING)
        z = share * state->level + sqrt(1 - share * share) * z;
    double time = -log(erfc(z / M_SQRT2) / 2); /* exponential of mean 1 */
    return state->burst ? 20 + 30 * time : time;
}

void noise_times(enum noise_kind kind, uint64_t *random, double *first, double *second,
                 size_t count)
{
    struct state state;
    for (size_t i = 0; i < count; i++) {
        step(kind, random, &state, i == 0);
        first[i] = positive(kind, random, &state);
        second[i] = positive(kind, random, &state);
    }
}
