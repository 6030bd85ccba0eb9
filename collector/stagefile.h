/* stagefile.h: the emulator's statistics file, turned into stage rows beside the results.
 *
 * The file gives one interval per begin/end pair on the marker port, by the test's marker id.  They
 * count only for a test whose number of intervals is the one that its end lines announced, because
 * the operations in them are known from those lines.  A missing or malformed file is a note, never
 * a failure. */
#ifndef COLLECTOR_STAGEFILE_H
#define COLLECTOR_STAGEFILE_H

#include "collector/catalogue.h"
#include "db/store.h"

struct stagefile_count {
    int64_t intervals;
    double iterations;
};
struct stagefile_target {
    struct store *store;
    const struct catalogue *catalogue;
    const struct stagefile_count *counts; /* per test of the catalogue */
    int64_t sweep_id, env_id, build_id;
    double core_per_tsc; /* NAN: not proven; clk is then in tsc */
};

/* 0 stored, 1 nothing or not all stored (why says so), -1 the store failed. */
int stagefile_store(const char *path, const struct stagefile_target *target, char *why,
                    size_t room);

#endif
