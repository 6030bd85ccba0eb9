/* What others took from this thread so far, by the kernel's own books: getrusage(2) of the thread,
 * the run-queue wait of /proc/self/schedstat (the kernel's scheduler/sched-stats: time on a
 * processor, time that it waited for one, both in ns), and the thread's clock against the wall's.
 * None of it needs a right or a PMU. */
#include "bench/freestanding.h"
#include "bench/port/linux/linux.h"
#include "bench/port/port.h"

enum { INTERFERENCE_RUSAGE_THREAD = 1, INTERFERENCE_CLOCK_RAW = 4, INTERFERENCE_CLOCK_THREAD = 3 };

struct interference_usage { /* struct rusage of i386 */
    int32_t user[2], system[2], size[4], minor_faults, major_faults, rest[6], voluntary,
        involuntary;
};
_Static_assert(sizeof(struct interference_usage) == 72, "as the kernel has it");

static bool interference_read_clock(uint32_t clock, uint64_t *ns)
{
    uint32_t now[2];
    if (linux_call(LINUX_CLOCK_GETTIME, clock, linux_pointer(now), 0, 0, 0))
        return false;
    *ns = (uint64_t)now[0] * 1000000000u + now[1];
    return true;
}

/* The second number of the file; the kernel makes its text anew for each read from offset 0. */
static bool interference_read_wait(uint64_t *ns)
{
    static int32_t fd = -1;
    static bool is_tried;
    char text[80];
    if (!is_tried)
        fd =
            linux_call(LINUX_OPEN, linux_pointer("/proc/self/schedstat"), LINUX_O_CLOEXEC, 0, 0, 0);
    is_tried = true;
    int32_t got =
        fd < 0 ? 0
               : linux_call(LINUX_PREAD64, (uint32_t)fd, linux_pointer(text), sizeof text, 0, 0);
    const char *c = text, *end = text + (got > 0 ? got : 0);
    while (c < end && *c != ' ')
        c++;
    if (++c >= end || *c < '0' || *c > '9')
        return false;
    for (*ns = 0; c < end && *c >= '0' && *c <= '9'; c++)
        *ns = *ns * 10 + (uint32_t)(*c - '0');
    return true;
}

uint32_t port_read_interference(struct port_interference *now, bool is_end)
{
    struct interference_usage usage;
    uint32_t known = 0;
    /* the wall's clock outside of the thread's: what is between them was never away */
    bool has_wall = !is_end && interference_read_clock(INTERFERENCE_CLOCK_RAW, &now->wall_ns);
    bool has_cpu = interference_read_clock(INTERFERENCE_CLOCK_THREAD, &now->cpu_ns);
    if (is_end)
        has_wall = interference_read_clock(INTERFERENCE_CLOCK_RAW, &now->wall_ns);
    if (has_wall && has_cpu)
        known |= PORT_KNOWS_AWAY;
    if (interference_read_wait(&now->wait_ns))
        known |= PORT_KNOWS_WAIT;
    if (!linux_call(LINUX_GETRUSAGE, INTERFERENCE_RUSAGE_THREAD, linux_pointer(&usage), 0, 0, 0)) {
        now->preempted = (uint32_t)usage.involuntary;
        now->faults = (uint32_t)usage.minor_faults + (uint32_t)usage.major_faults;
        known |= PORT_KNOWS_USAGE;
    }
    return known;
}
