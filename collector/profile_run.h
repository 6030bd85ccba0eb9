/* profile_run.h: run tests in our emulator with --hot and keep what it wrote. */
#ifndef COLLECTOR_PROFILE_RUN_H
#define COLLECTOR_PROFILE_RUN_H

#include "collector/option.h"

#include <limits.h>

/* Tests and environment as the options choose them; the profile goes to options->file, or to a
 * temporary file that the caller removes when `temporary` says so.  The guest's ELF file is named
 * in `symbols`.  0, or -1 with the reason. */
int profile_run(const struct options *options, char path[PATH_MAX], char symbols[PATH_MAX],
                int *temporary, char *err, size_t errlen);

#endif
