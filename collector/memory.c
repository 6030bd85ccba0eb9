/* memory.c: see memory.h. */
#include "collector/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* What the stack grows by under a lock counts against the limit, and beyond it is a SIGSEGV: it is
 * grown before. */
static void touch_stack(void)
{
    volatile char room[512 << 10];
    for (size_t i = 0; i < sizeof room; i += 4096)
        room[i] = 0;
}

const char *memory_lock(void)
{
    static char reason[160];
    static int is_tried;
    if (is_tried)
        return *reason ? reason : NULL;
    is_tried = 1;
    touch_stack();
    if (mlockall(MCL_CURRENT) == 0)
        return NULL;
    int error = errno;
    struct rlimit limit;
    char allowed[60] = "";
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        snprintf(allowed, sizeof allowed, "; RLIMIT_MEMLOCK is %llu KiB",
                 (unsigned long long)limit.rlim_cur >> 10);
    snprintf(reason, sizeof reason, "%s%s", strerror(error), allowed);
    return reason;
}
