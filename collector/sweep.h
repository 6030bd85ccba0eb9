/* sweep.h: one sweep in memory: what it runs, where, with what, and who watches.
 *
 * plan.c makes it (new or from the store), queue.c works it off, run.c is one process of it,
 * judge.c turns samples into results.  All state that matters is in the store: what is here can die
 * at any moment. */
#ifndef COLLECTOR_SWEEP_H
#define COLLECTOR_SWEEP_H

#include "collector/catalogue.h"
#include "collector/env/env.h"
#include "collector/host.h"
#include "collector/option.h"
#include "collector/progress.h"
#include "db/store.h"

#include <signal.h>

struct sweep_env {
    const struct env *row;
    struct env_site site;
    int64_t env_id, build_id, rounds;
    char build_sha[DIGEST_HEX], version[160], label[96], env_sha[DIGEST_HEX], guest_tsc[16];
    char missing[320]; /* why it takes no part; "" when it does */
    int mute;          /* processes in a row that said no hello, see queue.c */
    double barren_s;   /* time since the last result */
    int64_t isolated_round;
    int isolate; /* one test per process until one is found guilty */
};

struct sweep {
    struct store *store;
    struct host host;
    struct catalogue catalogue; /* the tests of the plan have an id */
    struct sweep_env envs[8];
    size_t env_count;
    struct option_list globs;
    int64_t twin_id;             /* of an A/A pair: the other one; 0: it is no such */
    int64_t id, seed, timeout_s; /* timeout_s STORE_NONE: each environment's own */
    int64_t stuck;               /* processes in a row that left no fewer jobs, see queue.c */
    int64_t minutes,
        started_ns;   /* no further rounds of guests after so many; STORE_NONE: no limit */
    double precision; /* a share: tests whose interval is within it get no more rounds; 0: all do */
    int quick, cpu;
    int aslr_refused, pin_refused;
    const char *unlocked; /* why this program's memory is not locked; NULL: it is */
    char work_dir[128];
    char bench[PATH_MAX]; /* tickbench, for calibration */
    struct progress progress;
    void *plan_json; /* after a resume: globs point into it */
};

#define PLAN_STOP_LEAST    20 /* rounds, before an interval is believed (precision) */
#define PLAN_STOP_MOST     60 /* rounds with a precision, unless somebody says how many */
#define PLAN_QUICK_MINUTES 5  /* of --quick, unless --minutes is given */

/* Set by SIGINT and SIGTERM: finish nothing, lose nothing, go. */
extern volatile sig_atomic_t sweep_interrupted;

/* plan.c.  0, or the exit code with a message in err. */
int plan_new(struct sweep *sweep, const struct options *options, const char *default_env, char *err,
             size_t errlen);
/* id STORE_NONE: the newest one that is not finished. */
int plan_resume(struct sweep *sweep, const struct options *options, int64_t id, char *err,
                size_t errlen);
void plan_close(struct sweep *sweep);
/* Folder of the running program, or --build. */
void plan_find_build_dir(const struct options *options, char *dir, size_t room);

/* queue.c.  Works until no job is ready: 0; 1 interrupted; -1 store error. */
int queue_work(struct sweep *sweep);
/* One process of it: 1; 0 no job is ready; 2 interrupted; -1 store error. */
int queue_step(struct sweep *sweep);

/* judge.c.  Results of one environment, or of all (STORE_NONE): 0 or -1. */
int judge_results(struct store *store, int64_t sweep_id, int64_t env_id);

#endif
