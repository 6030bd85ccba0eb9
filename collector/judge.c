/* judge.c: from samples to results.
 *
 * Each sample becomes one slope, (t2 - t1) / (N x ops), converted with its own calibration before
 * anything is taken over rounds; a floor takes its least t1 and its least t2 over the rounds. Ticks
 * are the host's: natively the bench's own, in a guest whose counter is the host's the guest's own
 * (exact), in any other guest the stamps of its begin and end lines.
 *
 * Disturbed samples and negative slopes are left out as long as anything else is there.
 *
 * Status: wrong when any answer was wrong (the value stays); noisy when more than 30 % of the
 * samples were left out, the halves of a floor disagree, an interval is wide, there is one round
 * only, or the slope is not positive; else ok.  crash, timeout and unsupported are facts of the
 * queue and stay. */
#include "collector/judge.h"
#include "collector/statistics.h"
#include "collector/sweep.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define JUDGE_MAX          512
#define DISTURBED_NATIVE   (1 | 2 | 16 | 32 | 64) /* steal, migrated, clock moved, drift, waited */
#define DISTURBED_GUEST    32                     /* gaps are what an emulator is made of */
#define DRIFT              32
#define NEGATIVE           8
#define DROPPED_LIMIT      0.30
#define FLOOR_LIMIT_NATIVE 0.01
#define FLOOR_LIMIT_GUEST  0.02 /* a guest's sample also holds the host's other processes */
/* Natively an interval is entered and left within 4,000 ticks (32 calls, 33 readings of the
 * counter): beside so many of 2N they are less than 0.25 %. */
#define LONG_TICKS   1.6e6
#define SPREAD_LIMIT 0.10 /* half-width of the interval */

struct slopes {
    double clk[JUDGE_MAX], tsc[JUDGE_MAX], ns[JUDGE_MAX], guest[JUDGE_MAX], ghz[JUDGE_MAX];
    double first[JUDGE_MAX], rate[JUDGE_MAX]; /* ticks of N an operation; clocks a tick */
    int64_t round[JUDGE_MAX], iters[JUDGE_MAX];
    size_t count, guests, proven; /* slopes; those with a guest counter; those with a core clock */
    int64_t flags, dropped, wrong;
};

static int is_guest(const struct store_result *result)
{
    return strcmp(result->kind, "native") != 0;
}

static int is_disturbed(const struct store_result *result, const struct store_sample *sample)
{
    return (sample->flags & (is_guest(result) ? DISTURBED_GUEST : DISTURBED_NATIVE)) != 0;
}

/* A workload has no counter of its own: its sample is the host's. */
static int uses_guest_clock(const struct store_result *result, const struct store_sample *sample)
{
    return is_guest(result) && !strcmp(result->guest_tsc, "host") && sample->guest2 != STORE_NONE;
}

static int add_slope(struct slopes *s, const struct store_result *result,
                     const struct store_sample *sample)
{
    double operations = (double)sample->iters * (double)result->ops;
    int by_guest = uses_guest_clock(result, sample);
    int64_t first = by_guest ? sample->guest1 : sample->tsc1;
    int64_t second = by_guest ? sample->guest2 : sample->tsc2;
    if (first == STORE_NONE || second == STORE_NONE || s->count == JUDGE_MAX)
        return 0;
    size_t i = s->count++;
    double khz = sample->tsc_khz > 0 ? (double)sample->tsc_khz : NAN, core = NAN;
    /* natively drift says that the two chains were not at 3.00: cal is then no core clock */
    if (sample->cal_before > 0 && (is_guest(result) || !(sample->flags & DRIFT)))
        core = sample->cal_after > 0 ? ((double)sample->cal_before + (double)sample->cal_after) / 2
                                     : (double)sample->cal_before;
    s->tsc[i] = (double)(second - first) / operations;
    s->first[i] = (double)first / operations;
    s->rate[i] = core / khz;
    s->clk[i] = s->tsc[i] * s->rate[i];
    s->iters[i] = sample->iters;
    s->ns[i] = sample->ns1 != STORE_NONE && !by_guest
                   ? (double)(sample->ns2 - sample->ns1) / operations
                   : s->tsc[i] * 1e6 / khz;
    s->ghz[i] = core / 1e6;
    s->proven += isnan(s->clk[i]) ? 0 : 1;
    s->round[i] = sample->round;
    if (sample->guest1 != STORE_NONE)
        s->guest[s->guests++] = (double)(sample->guest2 - sample->guest1) / operations;
    return 1;
}

/* 2N operations that took no longer than N: no cost, and a floor's minimum would be just that one.
 * The bench's flag speaks of its own clock, so it does not count where stamps are the clock. */
static int is_negative(const struct store_result *result, const struct store_sample *sample)
{
    int by_guest = uses_guest_clock(result, sample);
    int64_t first = by_guest ? sample->guest1 : sample->tsc1;
    int64_t second = by_guest ? sample->guest2 : sample->tsc2;
    if (first == STORE_NONE || second == STORE_NONE)
        return 0; /* no slope at all */
    return second <= first || ((sample->flags & NEGATIVE) && (by_guest || !is_guest(result)));
}

/* The best kind of samples that there is: undisturbed and positive, else positive, else any. */
static void collect(struct slopes *s, const struct store_result *result,
                    const struct store_sample *samples, size_t count)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < count; i++) {
        s->flags |= samples[i].flags;
        s->dropped += is_disturbed(result, &samples[i]) || is_negative(result, &samples[i]);
        s->wrong += samples[i].check_ok == 0;
    }
    for (int kind = 0; kind < 3 && !s->count; kind++)
        for (size_t i = 0; i < count; i++)
            if ((kind > 0 || !is_disturbed(result, &samples[i])) &&
                (kind > 1 || !is_negative(result, &samples[i])))
                add_slope(s, result, &samples[i]);
}

/* Only samples with a proven core clock count, if any has one: a mean of two units is no number. */
static void keep_proven(struct slopes *s)
{
    if (!s->proven) {
        memcpy(s->clk, s->tsc, sizeof s->clk);
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (isnan(s->clk[i]))
            continue;
        s->clk[kept] = s->clk[i];
        s->tsc[kept] = s->tsc[i];
        s->ns[kept] = s->ns[i];
        s->ghz[kept] = s->ghz[i];
        s->first[kept] = s->first[i];
        s->rate[kept] = s->rate[i];
        s->iters[kept] = s->iters[i];
        s->round[kept++] = s->round[i];
    }
    s->count = kept;
}

static void add_reason(char *reason, size_t room, const char *text)
{
    size_t used = strlen(reason);
    snprintf(reason + used, room - used, "%s%s", used ? "; " : "", text);
}

/* One more reason why the number is noisy. */
static void doubt(struct store_estimate *e, char *reason, size_t room, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void doubt(struct store_estimate *e, char *reason, size_t room, const char *format, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    add_reason(reason, room, text);
    e->status = "noisy";
}

/* The floor of the slopes whose N is the most frequent one, in ticks or, with `clocks`, in core
 * clocks. */
static void estimate_floor(const struct slopes *s, const struct store_result *result, int clocks,
                           struct statistics_interval *interval, double *halves)
{
    static double first[JUDGE_MAX], second[JUDGE_MAX];
    static int64_t round[JUDGE_MAX];
    size_t most = 0, used = 0;
    int64_t iters = 0;
    for (size_t i = 0; i < s->count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < s->count; k++)
            same += s->iters[k] == s->iters[i];
        if (same > most) {
            most = same;
            iters = s->iters[i];
        }
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->iters[i] != iters)
            continue;
        double rate = clocks ? s->rate[i] : 1;
        first[used] = s->first[i] * rate;
        second[used] = (s->first[i] + s->tsc[i]) * rate;
        round[used++] = s->round[i];
    }
    double least2 = INFINITY;
    for (size_t i = 0; i < used; i++)
        least2 = fmin(least2, second[i] * (double)iters * (double)result->ops);
    statistics_floor(first, second, round, used,
                     !is_guest(result) && least2 > LONG_TICKS * (clocks ? 0.5 : 1), interval,
                     halves);
}

static void estimate(const struct store_result *result, struct slopes *s, size_t samples,
                     struct store_estimate *e, char *reason, size_t room)
{
    struct statistics_interval interval, other;
    struct statistics_summary summary;
    double halves = NAN, ignored;
    int is_floor = !strcmp(result->noise, "floor");
    double limit = is_guest(result) ? FLOOR_LIMIT_GUEST : FLOOR_LIMIT_NATIVE;
    reason[0] = 0;
    e->status = "ok";
    if (is_floor)
        estimate_floor(s, result, s->proven != 0, &interval, &halves);
    else
        statistics_spread(s->clk, s->count, &interval);
    statistics_summarize(s->clk, s->count, &summary);
    e->halves = s->count > 1 ? halves : NAN;
    e->est = interval.est;
    e->lo = interval.lo;
    e->hi = interval.hi;
    e->vmin = summary.min;
    e->vmed = summary.median;
    e->vtrim = summary.trimmed;
    e->vmad = summary.mad;
    if (is_floor) {
        estimate_floor(s, result, 0, &other, &ignored);
        e->tsc_per_op = other.est;
        double ticks = statistics_median(s->tsc, s->count); /* ns a tick: of the middle of all */
        e->ns_per_op = ticks > 0 ? e->tsc_per_op * statistics_median(s->ns, s->count) / ticks : NAN;
    } else {
        e->tsc_per_op = statistics_median(s->tsc, s->count);
        e->ns_per_op = statistics_median(s->ns, s->count);
    }
    e->guest_tsc_per_op = s->guests ? statistics_median(s->guest, s->guests) : NAN;
    e->clk_ghz = s->proven ? statistics_median(s->ghz, s->count) : NAN;
    if (s->count == 1)
        doubt(e, reason, room, "one round only");
    if ((double)s->dropped > DROPPED_LIMIT * (double)samples)
        doubt(e, reason, room, "%lld of %zu samples disturbed or negative", (long long)s->dropped,
              samples);
    if (is_floor && halves > limit)
        doubt(e, reason, room, "odd and even rounds differ by %.1f %%", halves * 100);
    if (!is_floor && interval.est > 0 &&
        (interval.hi - interval.lo) / 2 > SPREAD_LIMIT * interval.est)
        doubt(e, reason, room, "interval of +-%.0f %%",
              (interval.hi - interval.lo) * 50 / interval.est);
    if (!(interval.est > 0))
        doubt(e, reason, room, "not a positive cost: the measured difference is within the noise");
    if (!s->proven) /* a fact about the unit, not about noise */
        add_reason(reason, room, "core clock not proven: in tsc ticks");
}

/* In how many rounds, and what the bench said in the first of them. */
static int explain_wrong(struct store *store, int64_t result_id, int64_t wrong, size_t count,
                         char *reason, size_t room)
{
    struct store_table first;
    struct store_param param = {":result", NULL, result_id};
    if (store_query(store,
                    "SELECT i, answer, want FROM sample WHERE result_id = :result AND check_ok = 0 "
                    "ORDER BY i LIMIT 1",
                    &param, 1, &first) < 0)
        return -1;
    const char *answer = first.rows ? store_cell(&first, 0, 1)->text : NULL;
    const char *want = first.rows ? store_cell(&first, 0, 2)->text : NULL;
    snprintf(reason, room, "wrong answer in %lld of %zu rounds%s%.200s%s%.60s", (long long)wrong,
             count, answer ? ": " : "", answer ? answer : "", want ? ", not " : "",
             want ? want : "");
    store_free_table(&first);
    return 0;
}

static int judge_one(struct store *store, const struct store_result *result)
{
    static struct slopes slopes;
    struct store_sample *samples;
    size_t count;
    char reason[400];
    struct store_estimate e = {.check_ok = STORE_NONE};
    if (!strcmp(result->status, "crash") || !strcmp(result->status, "timeout") ||
        !strcmp(result->status, "unsupported"))
        return 0;
    if (store_list_samples(store, result->id, &samples, &count) < 0)
        return -1;
    if (!count) { /* every sample of it was refused: the reason is there already */
        free(samples);
        return 0;
    }
    collect(&slopes, result, samples, count);
    keep_proven(&slopes);
    e.n = (int64_t)slopes.count;
    e.dropped = slopes.dropped;
    e.flags = slopes.flags;
    e.check_ok = slopes.wrong == 0;
    e.est = e.lo = e.hi = e.vmin = e.vmed = e.vtrim = e.vmad = e.tsc_per_op = e.ns_per_op =
        e.guest_tsc_per_op = e.clk_ghz = e.halves = NAN;
    e.status = "noisy";
    snprintf(reason, sizeof reason, "no sample has a usable clock");
    if (slopes.count)
        estimate(result, &slopes, count, &e, reason, sizeof reason);
    if (slopes.wrong) {
        e.status = "wrong";
        if (explain_wrong(store, result->id, slopes.wrong, count, reason, sizeof reason) < 0) {
            free(samples);
            return -1;
        }
    }
    e.reason = reason[0] ? reason : NULL;
    free(samples);
    return store_set_estimate(store, result->id, &e);
}

int judge_rounds(struct store *store, const struct store_result *result,
                 struct judge_rounds *rounds)
{
    static struct slopes slopes;
    struct store_sample *samples;
    size_t count;
    memset(rounds, 0, sizeof *rounds);
    if (store_list_samples(store, result->id, &samples, &count) < 0)
        return -1;
    collect(&slopes, result, samples, count);
    free(samples);
    keep_proven(&slopes);
    size_t bytes = slopes.count * sizeof(double);
    if (!slopes.count)
        return 0;
    rounds->clk = malloc(bytes);
    rounds->tsc = malloc(bytes);
    rounds->number = malloc(slopes.count * sizeof *rounds->number);
    if (!rounds->clk || !rounds->tsc || !rounds->number) {
        judge_free_rounds(rounds);
        return 0; /* as if the samples were gone */
    }
    rounds->count = slopes.count;
    memcpy(rounds->clk, slopes.clk, bytes);
    memcpy(rounds->tsc, slopes.tsc, bytes);
    memcpy(rounds->number, slopes.round, slopes.count * sizeof *rounds->number);
    return 0;
}

void judge_free_rounds(struct judge_rounds *rounds)
{
    free(rounds->clk);
    free(rounds->tsc);
    free(rounds->number);
    memset(rounds, 0, sizeof *rounds);
}

int judge_results(struct store *store, int64_t sweep_id, int64_t env_id)
{
    struct store_result *results;
    size_t count;
    if (store_list_results(store, sweep_id, env_id, &results, &count) < 0)
        return -1;
    int status = store_begin(store);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = judge_one(store, &results[i]);
    free(results);
    if (status < 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store);
}
