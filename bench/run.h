/* Enter a kernel with all registers loaded, and store all it leaves. The trampoline itself is in
 * run.S; it costs the same on every call, which the N / 2N difference cancels. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H
#include "bench/test.h"

extern struct kern_regs run_regs; /* in and out */
void run_kernel(uint32_t code);

#endif
