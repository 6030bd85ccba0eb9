/* turn.h: sweeps worked off in turn, so that what the machine does meanwhile hits all of them, and
 * two of them judged against each other.  confirm, bisect and plans with several versions use it.
 */
#ifndef COLLECTOR_TURN_H
#define COLLECTOR_TURN_H

#include "collector/match.h"
#include "collector/sweep.h"

/* One process of each: a b c, then c b a, and so on, until no job is left: 0, 2 interrupted, -1
 * store error. */
int turn_work(struct sweep *sweeps, size_t count);
/* What follows the last process: judged and sealed with status 0, else marked `state`: 0 or -1. */
int turn_end(struct sweep *sweep, int status, const char *state);

struct turn_answer {
    struct side sides[2];
    struct matches matches;
};
/* Two sweeps that were worked off in turn: 0, or -1 (err).  To be freed either way. */
int turn_judge(struct store *store, const struct options *options, double threshold,
               const int64_t sweeps[2], struct turn_answer *answer, char *err, size_t errlen);
void turn_free(struct turn_answer *answer);

#endif
