/* progress.h: how far a sweep is: a live line on a terminal, a plain line every 10 s elsewhere;
 * with `watch` a live table of environments and newest samples, or a plain line for each process.
 * Sweeps that are worked off in turn are a list: each shows all of them. */
#ifndef COLLECTOR_PROGRESS_H
#define COLLECTOR_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_ENVS   8
#define PROGRESS_RECENT 8

struct progress {
    int terminal, watch;
    int shown;                     /* lines on the terminal that are ours */
    const char *label;             /* of the sweep, when there are several */
    struct progress *first, *next; /* NULL: it is alone; it is the last */
    int drawn;                     /* the table of --watch was */
    int64_t last_ns, deadline_ns;  /* deadline_ns 0: none */
    int64_t done, total;
    int64_t running; /* jobs of the present process that are finished, not yet in `done` */
    struct progress_env {
        const char *name;
        int64_t total, left, measured;
        double seconds,
            guess_s; /* spent on `measured` jobs; per job before anything was measured */
    } envs[PROGRESS_ENVS];
    size_t env_count;
    char recent[PROGRESS_RECENT][120]; /* the newest samples, the last one at (recent_count - 1) */
    int64_t recent_count;
};

void progress_begin(struct progress *progress);
/* jobs finished in env, within seconds */
void progress_add(struct progress *progress, size_t env, int64_t jobs, double seconds);
/* A sample arrived: `clk` is its ticks per operation. */
void progress_sample(struct progress *progress, const char *env, int64_t round, const char *test,
                     double clk);
/* The end of a process. */
void progress_process(struct progress *progress, size_t env, int64_t round, int64_t jobs,
                      double seconds);
/* Called often; prints when it is time to. */
void progress_show(struct progress *progress, const char *env, int64_t round, const char *test);
/* Clears the live line so that another message can be printed. */
void progress_clear(struct progress *progress);
double progress_left_s(const struct progress *progress);

#endif
