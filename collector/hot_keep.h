/* hot_keep.h: blocks of a profile become rows beside the result that they belong to. */
#ifndef COLLECTOR_HOT_KEEP_H
#define COLLECTOR_HOT_KEEP_H

#include "collector/profile.h"

/* The profile says which build it is of, in which environment, and of which test; the store must
 * hold a result of these from this host.  What was kept of that result before is replaced.  The
 * number of blocks, or -1 (err). */
int hot_keep(const char *db, const struct profile *profile, char *err, size_t errlen);

#endif
