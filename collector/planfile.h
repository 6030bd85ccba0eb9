/* planfile.h: what to measure, as a file (sweep --plan FILE): JSON, all keys optional.
 *
 *   {"label": "nightly", "tests": ["int.*", "~int.div*"], "environments": ["native", "emu-jit"],
 *    "rounds": 20, or {"native": 20, "emu-jit": 5},
 *    "quick": true, "minutes": 30, "precision": 1, "aa": true, "seed": 1, "timeout": 60,
 *    "emulator_options": ["-cpu", "486"],
 *    "versions": [{"name": "old", "build": "DIR", "emulator_options": ["-m", "32"]}, ...]}
 *
 * Each version is a sweep of its own, and all of them are worked off in turn.  Folders are relative
 * to the file's.  What the command line says goes before what the file says.  Errors are
 * "FILE:LINE: KEY: what is wrong". */
#ifndef COLLECTOR_PLANFILE_H
#define COLLECTOR_PLANFILE_H

#include "collector/option.h"

#include <limits.h>

#define PLANFILE_VERSIONS 8

struct planfile {
    struct options versions[PLANFILE_VERSIONS]; /* what each sweep is planned with */
    size_t count;
    void *json; /* texts point into it */
    char folders[PLANFILE_VERSIONS][PATH_MAX], labels[PLANFILE_VERSIONS][200], precision[32];
};

/* The file at options->plan; without one, a plan of one version that is the options.  0, or -1 with
 * the reason. */
int planfile_read(const struct options *options, struct planfile *plan, char *err, size_t errlen);
/* --aa: each version once more, behind all others, labelled "LABEL again": 0, or -1 with the
 * reason. versions[i] and versions[i + count / 2] are then of the same build. */
int planfile_twin(struct planfile *plan, char *err, size_t errlen);
void planfile_free(struct planfile *plan);

#endif
