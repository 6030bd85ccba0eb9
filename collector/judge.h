/* judge.h: the rounds behind a result, as its estimate was made of them. */
#ifndef COLLECTOR_JUDGE_H
#define COLLECTOR_JUDGE_H

#include "db/store.h"

struct judge_rounds {
    double *clk,
        *tsc; /* [count] per operation; clk is in ticks, too, where no core clock is proven */
    int64_t *number; /* [count] of the round, ascending */
    size_t count;    /* 0: the samples are gone */
};
/* result: id, ops, kind, noise and guest_tsc are read. 0, or -1 (store_error). */
int judge_rounds(struct store *store, const struct store_result *result,
                 struct judge_rounds *rounds);
void judge_free_rounds(struct judge_rounds *rounds);

#endif
