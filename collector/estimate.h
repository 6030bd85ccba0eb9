/* estimate.h: how long a job takes in an environment: as in the newest sweeps of this host, or,
 * where there is none, as on a quiet machine of 2020's class. */
#ifndef COLLECTOR_ESTIMATE_H
#define COLLECTOR_ESTIMATE_H

#include "collector/sweep.h"

#define ESTIMATE_ENVS 8

struct estimate {
    struct {
        double job_s, work_s; /* one test of the bench; one workload */
        int64_t jobs, works;  /* of the sweep that are not done yet */
        double seconds;       /* of these */
        int is_measured;
    } env[ESTIMATE_ENVS]; /* as sweep->envs */
};

/* history: a store with sweeps of before, or NULL.  0, or -1 (store_error of sweep->store). */
int estimate_read(const struct sweep *sweep, struct store *history, struct estimate *estimate);

#endif
