/* string.h: what the kernels and models of string.c and stringforms.c share. The source is in ebx,
 * the destination in edx, and the first source word changes by eax after each iteration, so that
 * the copy shows which was the last. */
#ifndef BENCH_FAMILIES_STRING_H
#define BENCH_FAMILIES_STRING_H
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define STRING_COPY(count, op)                                                                     \
    LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $" #count ",%ecx\n " op "\n add %eax,(%ebx)")

static inline void string_setup_copy(struct test_state *s)
{
    s->regs.ebx = s->base;
    s->regs.edx = s->base + TEST_HALF;
}

/* After n iterations that copied so many bytes. */
static inline void string_copied(struct test_state *s, uint32_t n, uint32_t bytes)
{
    memcpy(s->data + TEST_HALF, s->data, bytes);
    s->data32[TEST_HALF / 4] = s->data32[0] + s->regs.eax * (n - 1);
    s->data32[0] += s->regs.eax * n;
    s->regs.esi = s->base + bytes;
    s->regs.edi = s->base + TEST_HALF + bytes;
    s->regs.ecx = 0;
}

#endif
