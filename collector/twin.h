/* twin.h: the same build entered twice (sweep --aa): what two sweeps that ran in turn differ by is
 * the noise floor of each environment. */
#ifndef COLLECTOR_TWIN_H
#define COLLECTOR_TWIN_H

#include "collector/option.h"
#include "db/store.h"

/* Both sweeps are done; each gets the floors and its sum anew.  One line for people on stderr.  0,
 * or -1 (err). */
int twin_measure(struct store *store, const struct options *options, const int64_t sweeps[2],
                 char *err, size_t errlen);

#endif
