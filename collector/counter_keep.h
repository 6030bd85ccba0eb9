/* counter_keep.h: what `tickmark counters` counted becomes rows beside the results that it belongs
 * to. */
#ifndef COLLECTOR_COUNTER_KEEP_H
#define COLLECTOR_COUNTER_KEEP_H

#include <stddef.h>

struct counter_kept {
    const char *test, *name, *source; /* source: papi | perf | rusage */
    double per_op;
};

/* Rows of one environment (its kind) and one build (its SHA-256), those of a test beside each
 * other: filed with this host's newest result of each test by that build, in place of what was
 * filed there before.  Tests without such a result are left out; *left_out counts them.  The number
 * of tests that were filed, or -1 (err). */
int counter_keep(const char *db, const char *env, const char *build_sha,
                 const struct counter_kept *rows, size_t count, size_t *left_out, char *err,
                 size_t errlen);

#endif
