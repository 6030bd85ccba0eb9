/* command.h: the commands of tickmark.  Each gets its parsed options and returns the exit code:
 * 0 ok, 1 usage or input, 3 a test's answer was wrong, 4 environment missing. */
#ifndef COLLECTOR_COMMAND_H
#define COLLECTOR_COMMAND_H

#include "collector/planfile.h"

#define COMMAND(word, taken, help) int command_##word(const struct options *options);
#include "collector/command.def"
#undef COMMAND

/* Prints "tickmark: " and the message; returns 1. */
int command_fail(const char *message);
/* Prints and frees the table: 0, or 1. */
int command_print(struct table *table, const struct options *options);
/* sweep --dry-run: the plan as a table. */
int command_dry_run(const struct planfile *plan, const struct options *options,
                    const char *default_env);

#endif
