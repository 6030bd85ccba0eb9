/* memory.h: this program's own memory is kept from being paged out while it stamps lines.
 *
 * What is mapped at the call is locked (mlockall(2), MCL_CURRENT), after room for the stack was
 * touched.  Not what comes later: with MCL_FUTURE a limit (RLIMIT_MEMLOCK) would make allocations
 * fail in the midst of a sweep.  Children inherit no locks (fork(2)). */
#ifndef COLLECTOR_MEMORY_H
#define COLLECTOR_MEMORY_H

/* NULL, or why it could not be; the answer of the first call stays. */
const char *memory_lock(void);

#endif
