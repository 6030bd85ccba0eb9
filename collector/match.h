/* match.h: the figures of two sides, test by test, and what compare.h makes of them. */
#ifndef COLLECTOR_MATCH_H
#define COLLECTOR_MATCH_H

#include "collector/compare.h"
#include "collector/judge.h"
#include "collector/side.h"

struct match {
    const struct figure *a, *b;
    const char *remark; /* why there is no verdict, or NULL */
    struct judge_rounds rounds[2];
};
struct matches {
    struct match *rows;
    struct compare_pair *pairs; /* pairs[i] is of rows[i] */
    size_t count;
};

/* Which words the verdict of a row is: remark, published, or significance_words. */
const char *match_verdict(const struct matches *matches, size_t i);
/* Whether it is worse: slower, or good in A and wrong or crashed in B. */
int match_is_worse(const struct matches *matches, size_t i);

/* Room for count rows; fill rows[i].a and .b, then match_judge(). 0 or -1 (no memory). */
int match_begin(struct matches *matches, size_t count);
/* Rows of the same test, and of the same environment and host unless the sides are two of these. */
int match_join(const struct side *a, const struct side *b, struct matches *matches);
/* threshold NAN: of each row from the noise floors of its two sweeps in its
 * environment.  0 or -1 (store_error). */
int match_judge(struct store *store, struct matches *matches, double threshold, int in_turn);
void match_free(struct matches *matches);

#endif
