/* interference.h: what others took from a process that measures, without a PMU and without rights:
 * the processor time it got and waited for, involuntary switches, what the hypervisor stole from
 * the processor it is pinned to, and how long anybody waited for a processor.
 *
 * Sources: wait4(), /proc/PID/schedstat (of the first thread), the `steal` of /proc/stat (proc(5)),
 * /proc/pressure/cpu (the kernel's accounting/psi).  What cannot be read is STORE_NONE. */
#ifndef COLLECTOR_INTERFERENCE_H
#define COLLECTOR_INTERFERENCE_H

#include "collector/child.h"
#include "db/store.h"

struct interference { /* readings of the whole machine */
    int64_t steal_ticks, pressure_us;
};
/* cpu -1: not pinned, all processors count. */
void interference_begin(struct interference *before, int cpu);
/* After the process: fills the run's five fields. */
void interference_end(const struct interference *before, int cpu, const struct child *child,
                      struct store_run *run);

#define INTERFERENCE_THREADS 64 /* of a process; further ones are not looked at */
struct interference_waits {     /* what its threads have waited for a processor (schedstat) */
    size_t count;
    struct {
        int tid;
        int64_t ns;
    } thread[INTERFERENCE_THREADS];
};
void interference_read_waits(pid_t pid, struct interference_waits *waits);
/* Between two readings, all threads together; of one that has ended meanwhile nothing is known. */
int64_t interference_waited(const struct interference_waits *before,
                            const struct interference_waits *after);

#endif
