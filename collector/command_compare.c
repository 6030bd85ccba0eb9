/* command_compare.c: compare and regress. */
#include "collector/command.h"
#include "collector/compare_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct question {
    struct store *store;
    struct side side[2];
    struct matches matches;
    double threshold;
};

/* `native` beside a published environment is the published one, if there is one. */
static int prefer_published(struct question *q)
{
    struct side *side = q->side;
    struct store_table rows;
    if (strcmp(side[0].kind, "env") || strcmp(side[1].kind, "env") ||
        side[0].is_published == side[1].is_published)
        return 0;
    struct side *other = &side[side[0].is_published];
    struct store_param param = {":env", other->key, 0};
    if (store_query(q->store, "SELECT 1 FROM reference_result WHERE env = :env LIMIT 1", &param, 1,
                    &rows) < 0)
        return -1;
    other->is_published = rows.rows > 0;
    store_free_table(&rows);
    return 0;
}

/* The two words, or without any the two newest sweeps. */
static int find_sides(struct question *q, const struct options *options, char *err, size_t errlen)
{
    const struct option_list *words = &options->words;
    char found[2][32];
    const char *pair[2] = {found[0], found[1]};
    struct store_table rows;
    if (words->count == 2) {
        pair[0] = words->items[0];
        pair[1] = words->items[1];
    } else if (store_query(q->store, "sweep_pair", NULL, 0, &rows) < 0) {
        snprintf(err, errlen, "%s", store_error(q->store));
        return -1;
    } else {
        for (size_t k = 0; rows.rows && k < 2; k++)
            snprintf(found[k], sizeof found[k], "sweep:%.20s", store_cell(&rows, 0, k)->text);
        size_t count = rows.rows;
        store_free_table(&rows);
        if (!count) {
            snprintf(err, errlen, "there are no two finished sweeps of one host to compare");
            return -1;
        }
    }
    for (int k = 0; k < 2; k++)
        if (side_find(q->store, pair[k], &q->side[k], err, errlen) < 0)
            return -1;
    if (prefer_published(q) < 0) {
        snprintf(err, errlen, "%s", store_error(q->store));
        return -1;
    }
    if (strcmp(q->side[0].kind, q->side[1].kind) != 0) {
        snprintf(err, errlen, "%.100s is a %s and %.100s a %s: two of a kind are compared", pair[0],
                 q->side[0].kind, pair[1], q->side[1].kind);
        return -1;
    }
    return 0;
}

static int answer(struct question *q, const struct options *options, char *err, size_t errlen)
{
    if (compare_table_threshold(options, &q->threshold) < 0) {
        snprintf(err, errlen, "--threshold wants percent, not '%.40s'", options->threshold);
        return -1;
    }
    if (find_sides(q, options, err, errlen) < 0 ||
        side_load(q->store, options, &q->side[0], err, errlen) < 0 ||
        side_load(q->store, options, &q->side[1], err, errlen) < 0)
        return -1;
    for (int k = 0; k < 2; k++)
        if (!q->side[k].figures.count) {
            snprintf(err, errlen, "%s %.150s has no figures that match", q->side[k].kind,
                     q->side[k].label);
            return -1;
        }
    if (match_join(&q->side[0], &q->side[1], &q->matches) < 0) {
        snprintf(err, errlen, "no memory");
        return -1;
    }
    if (!q->matches.count) {
        snprintf(err, errlen, "%.100s and %.100s have no test in common", q->side[0].label,
                 q->side[1].label);
        return -1;
    }
    if (match_judge(q->store, &q->matches, q->threshold, 0) < 0) {
        snprintf(err, errlen, "%s", store_error(q->store));
        return -1;
    }
    return 0;
}

static void free_question(struct question *q)
{
    match_free(&q->matches);
    side_free(&q->side[0]);
    side_free(&q->side[1]);
    store_close(q->store);
}

static void print_sides(const struct question *q)
{
    printf("A is %s %s%s\nB is %s %s%s\n\n", q->side[0].kind, q->side[0].label,
           q->side[0].is_published ? " (published)" : "", q->side[1].kind, q->side[1].label,
           q->side[1].is_published ? " (published)" : "");
}

static int is_for_people(const struct options *options)
{
    return !options->json && !options->tsv;
}

static int print_answer(const struct question *q, const struct options *options, int only_changes)
{
    struct table table;
    if (is_for_people(options))
        print_sides(q);
    table_begin(&table);
    compare_table_put(&table, &q->matches, only_changes);
    if (!only_changes)
        compare_table_put_means(&table, &q->matches, !strcmp(q->side[0].kind, "env"));
    int code = command_print(&table, options);
    struct compare_sum sum = {.envs = 0};
    compare_table_add_sum(&sum, &q->matches);
    if (!code && is_for_people(options))
        compare_table_print_sum(&sum);
    return code;
}

int command_compare(const struct options *options)
{
    char err[4200];
    struct question q;
    memset(&q, 0, sizeof q);
    if (options->words.count != 2)
        return command_fail("compare wants two words: builds, environments, hosts or sweeps");
    q.store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!q.store)
        return command_fail(err);
    int code =
        answer(&q, options, err, sizeof err) < 0 ? command_fail(err) : print_answer(&q, options, 0);
    free_question(&q);
    return code;
}

/* What is slower is a suspect for confirm; one transaction. */
static int store_suspects(struct question *q)
{
    int status = store_begin(q->store);
    for (size_t i = 0; status == 0 && i < q->matches.count; i++) {
        const struct match *m = &q->matches.rows[i];
        const struct compare_pair *pair = &q->matches.pairs[i];
        if (m->remark || pair->verdict != SIGNIFICANCE_SLOWER)
            continue;
        struct store_change change = {.test_id = m->b->test_id,
                                      .host_id = m->b->host_id,
                                      .from_build = m->a->build_id,
                                      .to_build = m->b->build_id,
                                      .confirm_sweep = STORE_NONE,
                                      .env = m->b->env,
                                      .state = "suspect",
                                      .ratio = pair->ratio.est,
                                      .lo = pair->ratio.lo,
                                      .hi = isinf(pair->ratio.hi) ? 1e300 : pair->ratio.hi,
                                      .p = pair->p};
        status = store_put_change(q->store, &change);
    }
    if (status == 0)
        return store_commit(q->store);
    store_rollback(q->store);
    return -1;
}

/* 3: an answer of ours is wrong that was right; 2: slower, or no longer to be had; 0. */
static int judge_exit(const struct matches *matches)
{
    int code = 0;
    for (size_t i = 0; i < matches->count; i++) {
        if (!match_is_worse(matches, i))
            continue;
        const struct figure *b = matches->rows[i].b;
        int ours = !strncmp(b->env, "emu-", 4) || !strcmp(b->env, "native");
        code = ours && !strcmp(b->status, "wrong") ? 3 : code ? code : 2;
    }
    return code;
}

int command_regress(const struct options *options)
{
    char err[4200], why[4200];
    struct question q;
    memset(&q, 0, sizeof q);
    if (options->words.count != 2 && options->words.count != 0)
        return command_fail("regress wants two words, or none for the two newest sweeps");
    q.store = store_open(options->db, STORE_WRITE, why, sizeof why);
    int keeps = q.store != NULL;
    if (!keeps)
        q.store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!q.store)
        return command_fail(err);
    if (!keeps)
        fprintf(stderr, "tickmark: suspects are not kept for confirm: %s\n", why);
    int code = answer(&q, options, err, sizeof err) < 0 ? command_fail(err) : 0;
    if (!code && keeps && strcmp(q.side[0].kind, "env") && strcmp(q.side[0].kind, "host") &&
        store_suspects(&q) < 0)
        code = command_fail(store_error(q.store));
    if (!code)
        code = print_answer(&q, options, !options->all);
    if (!code)
        code = judge_exit(&q.matches);
    free_question(&q);
    return code;
}
