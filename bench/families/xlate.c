/* xlate: what a translator finds hard: code that is new, code that is larger than what it keeps,
 * short blocks, branches into the middle of what was an instruction, code across pages. A processor
 * meets the same in its decoder and its instruction cache.
 *
 * Kernels that need room end in a template, 256 bytes of code, and the number of its copies that
 * are made in the big area before the kernel runs: one behind the other, and a ret behind the last.
 * What is there already is not written again: that would be new code to a translator. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define XLATE_TEMPLATE 256u

static void xlate_setup(struct test_state *s)
{
    const uint8_t *copies_at = s->test->code_end - 4, *from = copies_at - XLATE_TEMPLATE;
    uint8_t *to = port_big_area();
    uint32_t copies;
    memcpy(&copies, copies_at, 4);
    ((uint32_t *)(void *)(s->data + TEST_TABLE))[0] = (uint32_t)(uintptr_t)to;
    for (; copies; copies--, to += XLATE_TEMPLATE)
        if (memcmp(to, from, XLATE_TEMPLATE))
            memcpy(to, from, XLATE_TEMPLATE);
    if (*to != 0xC3)
        *to = 0xC3;
}

static void xlate_model_sum(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * s->test->ops * n;
}

static void xlate_model_block(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 64 * n;
}

static void xlate_model_middle(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
    s->regs.ecx += 16 * n;
    s->regs.edx = 0;
}

static void xlate_model_overlap(struct test_state *s, uint32_t n)
{
    s->regs.eax += 16 * n;
}

static void xlate_model_page(struct test_state *s, uint32_t n)
{
    s->regs.eax += 0x01234567u * 40 * n;
}

static void xlate_model_page_jump(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 32 * n;
}

/* A call adds ebx to eax, and to edx what was just stored in the function: the low byte of the
 * iterations that were left. */
static void xlate_model_cold(struct test_state *s, uint32_t n)
{
    for (uint32_t left = n; left; left--)
        s->regs.edx += left & 0xFF;
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
}

static void xlate_model_loop(struct test_state *s, uint32_t n)
{
    xlate_model_block(s, n);
    s->regs.ecx = 0;
}

/* 256 bytes: 32 blocks of eight, each an addition and a jump to the next. */
#define XLATE_BLOCKS                                                                               \
    "\n7: .rept 32\n add %ebx,%eax\n jmp 1f\n .byte 0x90,0x90,0x90,0x90\n 1:\n .endr\n"
/* 256 bytes: 128 additions. */
#define XLATE_STRAIGHT             "\n7: .rept 128\n add %ebx,%eax\n .endr\n"
#define XLATE_COPIES(body, copies) body " .long " KERNEL_STR(copies) "\n"
#define XLATE_LARGE(body, copies)  LOOP_RAW("call *0x4000(%esi)") XLATE_COPIES(body, copies)
/* A function in each copy: edx += a number, whose first byte, the function's third, is rewritten.
 */
#define XLATE_COLD "\n7: .byte 0x81,0xC2\n .long 0\n add %ebx,%eax\n ret\n .fill 247, 1, 0x90\n"

/* Blocks of `length` additions with a jump behind each, 64 additions in all. */
#define XLATE_SHORT(count, length)                                                                 \
    LOOP_RAW(" .rept " #count "\n .rept " #length "\n add %ebx,%eax\n .endr\n jmp 1f\n 1:\n "      \
             ".endr")

/* clang-format off */
#define XLATE_BLOCK_ROW(F, T, length, count) \
T(F, block_##length, "block/" #length, "", "an addition in blocks of " #length ", each with a jump behind it", 64, FLOOR, 0, XLATE_SHORT(count, length), NULL, xlate_model_block)
#define XLATE_LARGE_ROW(F, T, id, name, size, copies) \
T(F, blocks_##id, "blocks/" name, "", "an addition and a jump, in " size " of blocks that run once an iteration", copies * 32, SPREAD, 0, XLATE_LARGE(XLATE_BLOCKS, copies), xlate_setup, xlate_model_sum) \
T(F, straight_##id, "straight/" name, "", "an addition, in " size " of straight code that runs once an iteration", copies * 128, SPREAD, 0, XLATE_LARGE(XLATE_STRAIGHT, copies), xlate_setup, xlate_model_sum)

#define XLATE_ROWS(F, T, TX) \
XLATE_BLOCK_ROW(F, T, 1, 64) \
XLATE_BLOCK_ROW(F, T, 2, 32) \
XLATE_BLOCK_ROW(F, T, 4, 16) \
XLATE_BLOCK_ROW(F, T, 16, 4) \
XLATE_BLOCK_ROW(F, T, 64, 1) \
XLATE_LARGE_ROW(F, T, 16k,  "16K",  "16 KB",  64) \
XLATE_LARGE_ROW(F, T, 256k, "256K", "256 KB", 1024) \
XLATE_LARGE_ROW(F, T, 2m,   "2M",   "2 MB",   8192) \
T(F, cold,      "cold",      "", "store to a function's immediate and call it: 256 functions in turn",                   1, SPREAD, 0, LOOP_TAIL("mov %ebp,%ecx\n shl $8,%ecx\n and $0xFF00,%ecx\n add 0x4000(%esi),%ecx\n push %eax\n mov %ebp,%eax\n mov %al,2(%ecx)\n pop %eax\n call *%ecx", "xor %ecx,%ecx") XLATE_COPIES(XLATE_COLD, 256), xlate_setup, xlate_model_cold) \
T(F, middle,    "middle",    "", "an instruction, and a branch into its middle, where another begins: both ways once",   16, FLOOR, 0, LOOP(16, "xor %edx,%edx\n 2: test %edx,%edx\n jnz 1f + 1\n 1: .byte 0xBF\n add %ebx,%eax\n inc %ecx\n nop\n xor $1,%edx\n jnz 2b\n lea 0x2000(%esi),%edi"), NULL, xlate_model_middle) \
T(F, overlap,   "overlap",   "", "a jump into its own second byte: inc eax",                                             16, FLOOR, 0, LOOP(16, ".byte 0xEB,0xFF,0xC0"), NULL, xlate_model_overlap) \
/* The first addition is at 3,997: wherever the round puts the kernel, the edge is inside of one. */ \
T(F, page_edge, "page_edge", "", "additions of six bytes, one of them across two pages",                                 40, FLOOR, 0, LOOP_RAW("jmp 1f\n .fill 3992, 1, 0x90\n1: .rept 40\n .byte 0x81,0xC0\n .long 0x01234567\n .endr\n jmp 1f\n1:"), NULL, xlate_model_page) \
T(F, page_jump, "page_jump", "", "an addition, and a jump to another page",                                              32, FLOOR, 0, LOOP_RAW(" .rept 16\n add %ebx,%eax\n jmp 1f + 4096\n 1:\n .endr\n jmp 2f\n .fill 3986, 1, 0x90\n .rept 16\n1: add %ebx,%eax\n jmp 1b - 4096\n .endr\n2:"), NULL, xlate_model_page_jump) \
T(F, loop_2,    "loop/2",    "", "a loop of two turns, entered 32 times",                                                64, FLOOR, 0, LOOP(32, "mov $2,%ecx\n 1: add %ebx,%eax\n dec %ecx\n jnz 1b"), NULL, xlate_model_loop)
/* clang-format on */
FAMILY_TABLE(xlate, XLATE_ROWS)
