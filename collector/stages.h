/* stages.h: the stage counters of results in the store, per operation. */
#ifndef COLLECTOR_STAGES_H
#define COLLECTOR_STAGES_H

#include "collector/option.h"
#include "collector/profile.h"

struct stages_row { /* one result; texts point into the table */
    const char *test, *env, *version, *build_sha;
    const char *side; /* the word that chose it; NULL: none did */
    struct profile_sum stages[PROFILE_STAGES];
    double clk; /* of all stages */
};
struct stages {
    struct store_table from;
    struct stages_row *rows; /* by family, test, environment, then oldest build first */
    size_t count;
};

/* Those that the options choose: the newest of each test and environment of a side (a sweep, build,
 * environment or host; word NULL: of the host shown), with per_build of each build.  0, or -1
 * (err). */
int stages_load(struct store *store, const struct options *options, const char *word, int per_build,
                struct stages *stages, char *err, size_t errlen);
void stages_free(struct stages *stages);

#endif
