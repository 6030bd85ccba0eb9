/* match.c: see match.h. */
#include "collector/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* What the figures are sorted and joined by: the sides' own dimension is left out. */
struct order {
    int by_env, by_host;
};

static int compare_figures(const void *a, const void *b, void *context)
{
    const struct order *by = context;
    const struct figure *x = *(const struct figure *const *)a,
                        *y = *(const struct figure *const *)b;
    int order = by->by_host ? compare_texts(x->host, y->host) : 0;
    order = !order && by->by_host ? compare_texts(x->host_fp, y->host_fp) : order;
    order = !order ? compare_texts(x->family, y->family) : order;
    order = !order ? compare_texts(x->test, y->test) : order;
    return !order && by->by_env ? compare_texts(x->env, y->env) : order;
}

static const struct figure **sort_figures(const struct figures *figures, struct order *by)
{
    const struct figure **sorted = calloc(figures->count + 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < figures->count; i++)
        sorted[i] = &figures->rows[i];
    if (sorted)
        qsort_r(sorted, figures->count, sizeof *sorted, compare_figures, by);
    return sorted;
}

int match_begin(struct matches *matches, size_t count)
{
    memset(matches, 0, sizeof *matches);
    matches->rows = calloc(count + 1, sizeof *matches->rows);
    matches->pairs = calloc(count + 1, sizeof *matches->pairs);
    if (matches->rows && matches->pairs)
        return 0;
    match_free(matches);
    return -1;
}

void match_free(struct matches *matches)
{
    for (size_t i = 0; matches->rows && i < matches->count; i++)
        for (int k = 0; k < 2; k++)
            judge_free_rounds(&matches->rows[i].rounds[k]);
    free(matches->rows);
    free(matches->pairs);
    memset(matches, 0, sizeof *matches);
}

int match_join(const struct side *a, const struct side *b, struct matches *matches)
{
    /* two sweeps may be of two hosts; the figures of one are of one host */
    struct order by = {strcmp(a->kind, "env") != 0,
                       strcmp(a->kind, "host") != 0 && strcmp(a->kind, "sweep") != 0};
    const struct figure **first = sort_figures(&a->figures, &by),
                        **second = sort_figures(&b->figures, &by);
    size_t room = a->figures.count < b->figures.count ? a->figures.count : b->figures.count;
    int status = first && second ? match_begin(matches, room) : -1;
    size_t i = 0, k = 0;
    while (!status && i < a->figures.count && k < b->figures.count) {
        int order = compare_figures(&first[i], &second[k], &by);
        if (!order) {
            matches->rows[matches->count].a = first[i];
            matches->rows[matches->count++].b = second[k];
        }
        i += order <= 0;
        k += order >= 0;
    }
    free(first);
    free(second);
    return status;
}

/* Core clocks where both sides have them, else ticks of both. */
static void set_side(struct compare_side *side, const struct figure *f, struct judge_rounds *rounds,
                     int in_ticks)
{
    double scale = in_ticks && !isnan(f->clk_ghz) ? f->tsc_per_op / f->est : 1;
    side->cost = (struct statistics_interval){f->est * scale, f->lo * scale, f->hi * scale};
    side->rounds = f->rounds > 0 ? (size_t)f->rounds : 0;
    side->values = in_ticks ? rounds->tsc : rounds->clk;
    side->number = rounds->number;
    side->count = rounds->count;
}

static int load_rounds(struct store *store, const struct figure *f, struct judge_rounds *rounds)
{
    struct store_result result = {.id = f->id, .ops = f->ops};
    if (f->is_published)
        return 0;
    snprintf(result.kind, sizeof result.kind, "%s", f->env);
    snprintf(result.noise, sizeof result.noise, "%s", f->is_floor ? "floor" : "spread");
    snprintf(result.guest_tsc, sizeof result.guest_tsc, "%s", f->guest_tsc ? f->guest_tsc : "");
    return judge_rounds(store, &result, rounds);
}

static const char *remark_of(const struct match *m)
{
    if (!m->b->is_good && m->b->status && strcmp(m->b->status, "ok") &&
        strcmp(m->b->status, "noisy"))
        return m->b->status;
    if (!m->a->is_good && m->a->status && strcmp(m->a->status, "ok") &&
        strcmp(m->a->status, "noisy"))
        return "was bad";
    if (!m->a->is_good || !m->b->is_good)
        return "no cost"; /* not a positive number */
    if (m->a->is_published || m->b->is_published)
        return "published";
    if (compare_texts(m->a->code, m->b->code))
        return "other code";
    return m->a->answers ? "answers" : NULL;
}

int match_judge(struct store *store, struct matches *matches, double threshold, int in_turn)
{
    for (size_t i = 0; i < matches->count; i++) {
        struct match *m = &matches->rows[i];
        struct compare_pair *pair = &matches->pairs[i];
        m->remark = remark_of(m);
        pair->is_floor = m->a->is_floor;
        pair->is_excluded = m->remark != NULL;
        pair->threshold =
            isnan(threshold) ? compare_threshold(m->a->noise_floor, m->b->noise_floor) : threshold;
        if (m->remark)
            continue;
        if (load_rounds(store, m->a, &m->rounds[0]) < 0 ||
            load_rounds(store, m->b, &m->rounds[1]) < 0)
            return -1;
        int in_ticks = isnan(m->a->clk_ghz) || isnan(m->b->clk_ghz);
        set_side(&pair->a, m->a, &m->rounds[0], in_ticks);
        set_side(&pair->b, m->b, &m->rounds[1], in_ticks);
    }
    compare_judge(matches->pairs, matches->count, NAN, in_turn);
    for (size_t i = 0; i < matches->count; i++) {
        const struct match *m = &matches->rows[i];
        if (m->remark && !strcmp(m->remark, "published"))
            matches->pairs[i].ratio.est = m->b->est / m->a->est;
    }
    return 0;
}

const char *match_verdict(const struct matches *matches, size_t i)
{
    const struct match *m = &matches->rows[i];
    if (m->remark)
        return m->remark;
    if (matches->pairs[i].verdict == SIGNIFICANCE_UNSURE && (m->a->rounds < 2 || m->b->rounds < 2))
        return "one round";
    return significance_words[matches->pairs[i].verdict];
}

int match_is_worse(const struct matches *matches, size_t i)
{
    const struct match *m = &matches->rows[i];
    if (!m->remark)
        return matches->pairs[i].verdict == SIGNIFICANCE_SLOWER;
    return m->remark == m->b->status && strcmp(m->b->status, "unsupported") != 0 && m->a->status &&
           (!strcmp(m->a->status, "ok") || !strcmp(m->a->status, "noisy"));
}
