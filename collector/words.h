/* words.h: what a bench program is asked: options of its command line, for one process. */
#ifndef COLLECTOR_WORDS_H
#define COLLECTOR_WORDS_H

#include "collector/sweep.h"

/* Writes the words for as many of the group's jobs as fit the environment's command line and cuts
 * the group to them (they are its first ones).  0, or -1 with the reason. */
int words_write(const struct sweep *sweep, const struct sweep_env *env, struct store_group *group,
                const char *frozen_n, char words[ENV_WORDS], char *err, size_t errlen);
/* The --n string from (catalogue index, iterations) rows; "" when there are none. */
void words_freeze(const struct store_table *rows, char *frozen_n, size_t room);

#endif
