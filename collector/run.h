/* run.h: one process: started, read, stamped, stored, ended.
 *
 * Each `sample` line is in the store, with its job done, before the next line is looked at.  Output
 * is bounded: lines by event.h, and a process that says more than RUN_SILENT_BYTES without getting
 * anywhere is ended.  Progress is a new test begun, a sample, a skip, a clock, a hello or a bye:
 * not just bytes. */
#ifndef COLLECTOR_RUN_H
#define COLLECTOR_RUN_H

#include "collector/sweep.h"

#define RUN_SILENT_BYTES (4 << 20)
#define RUN_SILENT_LINES 2000

enum run_ending {
    RUN_BYE,
    RUN_EXIT,
    RUN_SIGNAL,
    RUN_TIMEOUT,
    RUN_FLOOD,
    RUN_INTERRUPTED,
    RUN_NOT_STARTED,
    RUN_STORE_FAILED,
};
struct run_outcome {
    enum run_ending ending;
    char reason[400];
    int64_t culprit;  /* store id of the test under way at the end; 0 unknown */
    int64_t finished; /* jobs that got an outcome */
    int said_hello;
};

/* Runs the group's jobs with these words.  0, or -1 when the store failed. */
int run_execute(struct sweep *sweep, struct sweep_env *env, const struct store_group *group,
                const char *words, struct run_outcome *outcome);

#endif
