/* compare_table.h: matches as the table that compare, regress and confirm print. */
#ifndef COLLECTOR_COMPARE_TABLE_H
#define COLLECTOR_COMPARE_TABLE_H

#include "collector/match.h"

/* Head (where the table has none yet) and rows of the matches: all, or only those that are worse or
 * better. */
void compare_table_put(struct table *table, const struct matches *matches, int only_changes);
/* Closing rows: geometric mean, best and worst of each environment, over tests whose cost may be
 * compared (between environments: none that measure the host's kernel). */
void compare_table_put_means(struct table *table, const struct matches *matches, int between_envs);
/* For people: how many of each verdict, and what a change has to exceed in each environment. */
#define COMPARE_SUM_ENVS 16
struct compare_sum {
    size_t of[4], remarks, worse, envs; /* of[]: by verdict */
    struct {
        char kind[24];
        double least, most;
    } env[COMPARE_SUM_ENVS];
};
void compare_table_add_sum(struct compare_sum *sum, const struct matches *matches);
void compare_table_print_sum(const struct compare_sum *sum);
/* The percent of --threshold as a ratio: 0, or -1 when it is none; NAN when it was not given. */
int compare_table_threshold(const struct options *options, double *threshold);

#endif
