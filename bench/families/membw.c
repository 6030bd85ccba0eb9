/* mem.band/SIZE,ALIGN: MEMBAND of the 2010 suite, copy bandwidth by size of the block and by
 * alignment. A dword at a time, sixteen to a turn; `a`: source and destination begin at a page;
 * `u`: they are one and three bytes behind it. An operation is 64 bytes copied. The first word of
 * the source changes with each iteration, so the copy shows which iteration made it. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define MEMBW_APART (4u << 20) /* from source to destination in the big area */
#define MEMBW_LINE  64u
#define MEMBW_STEP  0x3C6EF35Fu
#define MEMBW_SPARE 64u /* behind the copy: must stay as it was */

static uint8_t *membw_line(struct test_state *s, uint32_t line)
{
    return (uint8_t *)(uintptr_t)(s->regs.ebx + line * MEMBW_LINE);
}

static void membw_put(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, 4);
}
static uint32_t membw_get(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

/* One word a line is set: a fresh fill of megabytes would take an emulator longer than the copy.
 * The rest is whatever it was, and must arrive all the same. */
static void membw_setup(struct test_state *s, uint32_t skew_from, uint32_t skew_to)
{
    const uint32_t bytes = s->test->ops * MEMBW_LINE;
    s->regs.ebx = (uint32_t)(uintptr_t)port_big_area() + skew_from;
    s->regs.edx = (uint32_t)(uintptr_t)port_big_area() + MEMBW_APART + skew_to;
    for (uint32_t line = 0; line < s->test->ops; line++)
        membw_put(membw_line(s, line) + line % 61, s->data32[line % 4096] ^ line);
    if (MEMBW_APART + skew_to + bytes + MEMBW_SPARE <= TEST_BIG_BYTES)
        memset((void *)(uintptr_t)(s->regs.edx + bytes), 0x5A, MEMBW_SPARE);
    s->regs.ecx = membw_get(membw_line(s, 0)); /* handed to the model, not to the kernel */
}

static void membw_setup_a(struct test_state *s)
{
    membw_setup(s, 0, 0);
}
static void membw_setup_u(struct test_state *s)
{
    membw_setup(s, 1, 3);
}

static void membw_model(struct test_state *s, uint32_t n)
{
    const uint32_t bytes = s->test->ops * MEMBW_LINE, first = s->regs.ecx;
    const uint8_t *from = membw_line(s, 0), *to = (const uint8_t *)(uintptr_t)s->regs.edx;
    if (membw_get(from) != first + MEMBW_STEP * n)
        s->why = "the source's first word was not changed once per iteration";
    if (membw_get(to) != first + MEMBW_STEP * (n - 1))
        s->why = "the copy's first word is not the last iteration's";
    if (memcmp(from + 4, to + 4, bytes - 4))
        s->why = "the copy differs from its source";
    for (uint32_t line = 1; line < s->test->ops; line++)
        if (membw_get(to + line * MEMBW_LINE + line % 61) != (s->data32[line % 4096] ^ line))
            s->why = "a line of the copy is not what the source was given";
    if ((uint32_t)(uintptr_t)to - (uint32_t)(uintptr_t)port_big_area() + bytes + MEMBW_SPARE <=
        TEST_BIG_BYTES)
        for (uint32_t i = 0; i < MEMBW_SPARE; i++)
            if (to[bytes + i] != 0x5A)
                s->why = "the copy wrote behind its end";
    s->regs.eax = membw_get(to + bytes - 4);
    s->regs.ecx = 0;
    s->regs.esi = s->regs.ebx + bytes;
    s->regs.edi = s->regs.edx + bytes;
}

#define MEMBW_COPY(lines)                                                                          \
    LOOP_RAW("mov %ebx,%esi\n mov %edx,%edi\n mov $" #lines ",%ecx\n"                              \
             "8:\n" SWEEP(                                                                         \
                 16, 4,                                                                            \
                 "mov o(%esi),%eax\n mov %eax,o(%edi)") " add $64,%esi\n add $64,%edi\n dec "      \
                                                        "%ecx\n jnz 8b\n addl $0x3C6EF35F,(%ebx)")
#define MEMBW_PAIR(F, T, id, size, lines)                                                          \
    T(F, band_##id##_a, "band/" size ",a", "MEMBAND a",                                            \
      "copy " size "B by dwords, aligned, per 64 bytes", lines, SPREAD, 0, MEMBW_COPY(lines),      \
      membw_setup_a, membw_model)                                                                  \
    T(F, band_##id##_u, "band/" size ",u", "MEMBAND u",                                            \
      "copy " size "B by dwords, both ends unaligned, per 64 bytes", lines, SPREAD, 0,             \
      MEMBW_COPY(lines), membw_setup_u, membw_model)

/* clang-format off */
#define MEMBW_ROWS(F, T, TX) \
MEMBW_PAIR(F, T, 1k,   "1K",   16) \
MEMBW_PAIR(F, T, 4k,   "4K",   64) \
MEMBW_PAIR(F, T, 16k,  "16K",  256) \
MEMBW_PAIR(F, T, 64k,  "64K",  1024) \
MEMBW_PAIR(F, T, 256k, "256K", 4096) \
MEMBW_PAIR(F, T, 1m,   "1M",   16384) \
MEMBW_PAIR(F, T, 3m,   "3M",   49152)
/* clang-format on */
FAMILY_TABLE_AS(membw, mem, MEMBW_ROWS)
