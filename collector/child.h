/* child.h: starting, reading and ending one process.  The only place of the project that forks.
 *
 * A child has a process group (with a pty: a session) of its own, dies with the collector, and is
 * always reaped: child_end() kills the whole group.  What the kernel refused (no ASLR change, no
 * pinning) is told, not fatal. */
#ifndef COLLECTOR_CHILD_H
#define COLLECTOR_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* of a collector that stamps lines as they come; its children are at 0 */
#define COLLECTOR_NICE -15

struct child_spec {
    char *const *argv;
    const char *cwd;  /* NULL: as it is */
    int pty;          /* standard streams are a terminal of 132 x 50; its output is in out_fd */
    int keep_aslr;    /* do not turn address randomisation off */
    int cpu;          /* pin to it; -1: do not */
    size_t pad_bytes; /* environment padding */
};
struct child {
    pid_t pid;          /* -1: ended and reaped */
    pid_t group;        /* what child_end() kills */
    int out_fd, err_fd; /* non-blocking; err_fd is -1 with a pty */
    int aslr_refused, pin_refused;
    int is_reaped;       /* usage is known */
    struct rusage usage; /* of it and what it waited for */
    int64_t wait_ns;     /* its first thread was ready and had no processor; INT64_MIN: not known */
};

/* Once, at start: orphans of children become ours, so that they can be reaped. */
void child_adopt_orphans(void);
/* 0, or -1 with the reason (also when the program cannot be executed). */
int child_start(const struct child_spec *spec, struct child *child, char *err, size_t errlen);
/* 1 when it has ended (wait status in *status), 0 when it still runs. */
int child_poll(struct child *child, int *status);
/* Kill the group if need be, reap everything, close the descriptors; usage and wait_ns stay. */
void child_end(struct child *child);
/* Run to the end and keep the first bytes of its output: 0 and the text, or -1 with the reason. */
int child_capture(char *const *argv, int cpu, int timeout_s, char *text, size_t room,
                  int *exit_code, char *err, size_t errlen);
/* A processor to measure on (the last allowed one), and keep this process off it; -1: only one.
 * The same one for all that this process measures: what it is off already would count as taken. */
int child_choose_cpu(void);

#endif
