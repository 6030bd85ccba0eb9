/* compare_table.c: see compare_table.h. */
#include "collector/compare_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int compare_table_threshold(const struct options *options, double *threshold)
{
    char *end;
    *threshold = NAN;
    if (!options->threshold)
        return 0;
    double percent = strtod(options->threshold, &end);
    if (!*options->threshold || *end || !(percent >= 0) || percent > 1000)
        return -1;
    *threshold = percent / 100;
    return 0;
}

static int has_many_hosts(const struct matches *matches)
{
    for (size_t i = 1; i < matches->count; i++)
        if (strcmp(matches->rows[i].a->host_fp, matches->rows[0].a->host_fp) != 0)
            return 1;
    return 0;
}

/* Between environments each side has its own: "native, emu-jit" is in the head of the columns. */
static void put_row(struct table *table, const struct matches *matches, size_t i)
{
    const struct match *m = &matches->rows[i];
    const struct compare_pair *pair = &matches->pairs[i];
    int judged = !m->remark;
    table_text(table, m->a->test);
    table_text(table, m->a->env);
    if (has_many_hosts(matches))
        table_text(table, m->a->host);
    table_number(table, judged ? pair->a.cost.est : m->a->est, 4);
    table_number(table, judged ? pair->b.cost.est : m->b->est, 4);
    table_number(table, pair->ratio.est, 4);
    table_number(table, pair->ratio.lo, 4);
    table_number(table, pair->ratio.hi, 4);
    table_number(table, pair->q, 2);
    table_text(table, match_verdict(matches, i));
    table_number(table, judged ? 100 * pair->threshold : NAN, 2);
}

static int is_change(const struct matches *matches, size_t i)
{
    return match_is_worse(matches, i) ||
           (!matches->rows[i].remark && matches->pairs[i].verdict == SIGNIFICANCE_FASTER);
}

static void put_heads(struct table *table, const struct matches *matches)
{
    table_head(table, "test");
    table_head(table, "env");
    if (has_many_hosts(matches))
        table_head(table, "host");
    static const char *const heads[] = {"A", "B", "B/A", "low", "high", "q", "verdict", "beyond %"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(table, heads[i]);
}

void compare_table_put(struct table *table, const struct matches *matches, int only_changes)
{
    if (!table->columns)
        put_heads(table, matches);
    for (size_t i = 0; i < matches->count; i++)
        if (!only_changes || is_change(matches, i))
            put_row(table, matches, i);
}

static void put_mean(struct table *table, const struct matches *matches, const char *env,
                     int between_envs)
{
    struct statistics_interval *ratios = calloc(matches->count + 1, sizeof *ratios), mean;
    size_t count = 0, used = 0;
    double best = INFINITY, worst = 0;
    char text[64];
    if (!ratios) {
        table->failed = 1;
        return;
    }
    for (size_t i = 0; i < matches->count; i++) {
        const struct match *m = &matches->rows[i];
        if (strcmp(m->a->env, env) || (m->remark && strcmp(m->remark, "published")) ||
            (between_envs && (!m->a->compares || !m->b->compares)))
            continue;
        ratios[count] = matches->pairs[i].ratio;
        if (!(ratios[count].est > 0))
            continue;
        best = fmin(best, ratios[count].est);
        worst = fmax(worst, ratios[count++].est);
    }
    mean = significance_mean(ratios, count, &used);
    free(ratios);
    for (int k = 0; used && k < 3; k++) {
        static const char *const names[] = {"geometric mean", "best", "worst"};
        snprintf(text, sizeof text, "%s (n = %zu)", names[k], used);
        table_text(table, text);
        table_text(table, env);
        if (has_many_hosts(matches))
            table_text(table, NULL);
        table_text(table, NULL);
        table_text(table, NULL);
        table_number(table, k == 0 ? mean.est : k == 1 ? best : worst, 4);
        table_number(table, k ? NAN : mean.lo, 4);
        table_number(table, k ? NAN : mean.hi, 4);
        for (int c = 0; c < 3; c++)
            table_text(table, NULL);
    }
}

void compare_table_put_means(struct table *table, const struct matches *matches, int between_envs)
{
    for (size_t i = 0; i < matches->count; i++) {
        const char *env = matches->rows[i].a->env;
        int seen = 0;
        for (size_t k = 0; k < i && !seen; k++)
            seen = !strcmp(matches->rows[k].a->env, env);
        if (!seen)
            put_mean(table, matches, env, between_envs);
    }
}

/* The thresholds of the environments, least and greatest where hosts or sweeps differ. */
static void add_thresholds(struct compare_sum *sum, const struct matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        double threshold = matches->pairs[i].threshold;
        const char *env = matches->rows[i].b->env;
        size_t k = 0;
        if (matches->rows[i].remark)
            continue;
        while (k < sum->envs && strcmp(sum->env[k].kind, env) != 0)
            k++;
        if (k == COMPARE_SUM_ENVS)
            continue;
        if (k == sum->envs) {
            snprintf(sum->env[k].kind, sizeof sum->env[k].kind, "%s", env);
            sum->env[k].least = sum->env[k].most = threshold;
            sum->envs++;
        }
        sum->env[k].least = fmin(sum->env[k].least, threshold);
        sum->env[k].most = fmax(sum->env[k].most, threshold);
    }
}

void compare_table_add_sum(struct compare_sum *sum, const struct matches *matches)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (matches->rows[i].remark)
            sum->remarks++;
        else
            sum->of[matches->pairs[i].verdict]++;
        sum->worse += matches->rows[i].remark && match_is_worse(matches, i);
    }
    add_thresholds(sum, matches);
}

void compare_table_print_sum(const struct compare_sum *sum)
{
    const size_t *of = sum->of;
    printf("\n%zu compared: %zu slower, %zu faster, %zu the same, %zu unsure; changes are beyond",
           of[0] + of[1] + of[2] + of[3], of[SIGNIFICANCE_SLOWER], of[SIGNIFICANCE_FASTER],
           of[SIGNIFICANCE_SAME], of[SIGNIFICANCE_UNSURE]);
    for (size_t k = 0; k < sum->envs; k++) {
        printf("%s %.1f %%", k ? "," : "", 100 * sum->env[k].least);
        if (sum->env[k].most > sum->env[k].least)
            printf(" to %.1f %%", 100 * sum->env[k].most);
        printf(" in %s", sum->env[k].kind);
    }
    printf(".\n");
    if (sum->remarks)
        printf("%zu not judged, for the reason in their row; %zu of them were good in A and are "
               "not in B.\n",
               sum->remarks, sum->worse);
}
