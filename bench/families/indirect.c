/* indirect: computed jumps and calls with many targets. Targets stand in slots of equal size at
 * label 7; each adds its own number (and ebx) to eax, so a jump to the wrong one shows. */
#include "bench/kernel.h"

/* The table of `count` targets at 0x4000(esi), slots of `size` bytes. Uses ecx and edx. */
#define INDIRECT_TABLE(count, size)                                                                \
    ADDRESS_OF("7f")                                                                               \
    " .set o, 0\n .rept " #count "\n mov %ecx,0x4000+o(%esi)\n add $" #size                        \
    ",%ecx\n .set o, o + 4\n .endr\n"

/* 64 jumps an iteration; the next target is the countdown modulo the number of targets. */
#define INDIRECT_TURN(count)                                                                       \
    INDIRECT_TABLE(count, 32)                                                                      \
    "9: mov $64,%ecx\n xor %edx,%edx\n jmp *0x4000(%esi,%edx,4)\n"                                 \
    "8: dec %ebp\n jnz 9b\n ret\n"                                                                 \
    " .balign 32\n7: .set o, 0\n .rept " #count                                                    \
    "\n lea o(%eax,%ebx),%eax\n dec %ecx\n jz 8b\n mov %ecx,%edx\n and $(" #count                  \
    " - 1),%edx\n jmp *0x4000(%esi,%edx,4)\n .balign 32\n .set o, o + 1\n .endr\n"

#define INDIRECT_STEP                                                                              \
    "imul $1664525,%ecx,%ecx\n add $1013904223,%ecx\n mov %ecx,%edx\n shr $26,%edx\n"

static void indirect_turn(struct test_state *s, uint32_t n, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 64; i++)
        sum += s->regs.ebx + i % count;
    s->regs.eax += sum * n;
    s->regs.ecx = 0;
    s->regs.edx = 1 % count;
}

static void indirect_model_1(struct test_state *s, uint32_t n)
{
    indirect_turn(s, n, 1);
}
static void indirect_model_2(struct test_state *s, uint32_t n)
{
    indirect_turn(s, n, 2);
}
static void indirect_model_8(struct test_state *s, uint32_t n)
{
    indirect_turn(s, n, 8);
}
static void indirect_model_64(struct test_state *s, uint32_t n)
{
    indirect_turn(s, n, 64);
}

static void indirect_random(struct test_state *s, uint32_t steps)
{
    uint32_t x = s->regs.edx;
    for (uint32_t i = 0; i < steps; i++) {
        x = x * 1664525u + 1013904223u;
        s->regs.eax += s->regs.ebx + (x >> 26);
    }
    s->regs.ecx = s->regs.edx = x;
}

static void indirect_model_random(struct test_state *s, uint32_t n)
{
    indirect_random(s, n);
}
static void indirect_model_call_random(struct test_state *s, uint32_t n)
{
    indirect_random(s, 16 * n);
}

static void indirect_model_call_turn(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 8; i++)
        s->regs.eax += (s->regs.ebx + i) * 2 * n;
    s->regs.ecx = 0;
    s->regs.edx = 0;
}

/* The generator's state goes in and out in edx, since building the table needs ecx. */
#define INDIRECT_RANDOM_JUMP                                                                       \
    INDIRECT_TABLE(64, 64)                                                                         \
    "mov %edx,%ecx\n" INDIRECT_STEP "jmp *0x4000(%esi,%edx,4)\n8: mov %ecx,%edx\n ret\n"           \
    " .balign 64\n7: .set o, 0\n .rept 64\n lea o(%eax,%ebx),%eax\n dec %ebp\n jz "                \
    "8b\n" INDIRECT_STEP " jmp *0x4000(%esi,%edx,4)\n .balign 64\n .set o, o + 1\n .endr\n"
#define INDIRECT_CALLEES(count)                                                                    \
    " .balign 16\n7: .set o, 0\n .rept " #count                                                    \
    "\n lea o(%eax,%ebx),%eax\n ret\n .balign 16\n .set o, o + 1\n .endr\n"

/* clang-format off */
#define INDIRECT_ROWS(F, T, TX) \
T(F, jump_1,      "jump/1",         "", "computed jump, one target",              64, FLOOR, 0, INDIRECT_TURN(1), NULL, indirect_model_1) \
T(F, jump_2,      "jump/2",         "", "computed jump, two targets in turn",     64, FLOOR, 0, INDIRECT_TURN(2), NULL, indirect_model_2) \
T(F, jump_8,      "jump/8",         "", "computed jump, eight targets in turn",   64, FLOOR, 0, INDIRECT_TURN(8), NULL, indirect_model_8) \
T(F, jump_64,     "jump/64",        "", "computed jump, 64 targets in turn",      64, FLOOR, 0, INDIRECT_TURN(64), NULL, indirect_model_64) \
T(F, jump_random, "jump_random/64", "", "computed jump, 64 targets at random",    1, SPREAD, 0, INDIRECT_RANDOM_JUMP, NULL, indirect_model_random) \
T(F, call_8,      "call/8",         "", "computed call, eight targets in turn",   16, FLOOR, 0, INDIRECT_TABLE(8, 16) "xor %ecx,%ecx\n xor %edx,%edx\n" LOOP(16, "call *0x4000(%esi,%edx,4)\n inc %edx\n and $7,%edx") INDIRECT_CALLEES(8), NULL, indirect_model_call_turn) \
T(F, call_random, "call_random/64", "", "computed call, 64 targets at random",    16, SPREAD, 0, INDIRECT_TABLE(64, 16) "mov %edx,%ecx\n" LOOP_TAIL(REPEAT(16, INDIRECT_STEP "call *0x4000(%esi,%edx,4)"), "mov %ecx,%edx") INDIRECT_CALLEES(64), NULL, indirect_model_call_random)
/* clang-format on */
FAMILY_TABLE(indirect, INDIRECT_ROWS)
