/* nd32: a toy x86 interpreter, timed in the styles of dispatch that the 2010 article compared. An
 * operation is a pass over both blocks, six guest instructions; nd32.h says what they do. The C
 * versions are compiled kernels, and run blocks of micro-ops at TEST_TABLE that hold the addresses
 * of the handlers inside the kernel's own copy. */
#include "bench/compiled/nd32.h"
#include "bench/compiled/compiled.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

struct nd32_step {
    enum nd32_op op;
    uint32_t reg;
};

static void nd32_build_blocks(struct test_state *s, bool chained)
{
    static const struct nd32_step step[ND32_BLOCKS][ND32_UOPS] = {
        {{ND32_LOAD0, 0},
         {ND32_LOAD1, 1},
         {ND32_ADD, 0},
         {ND32_STORE, 0},
         {ND32_LOAD1, 3},
         {ND32_COMPARE, 0},
         {ND32_LOAD0, 2},
         {ND32_STEP, 0},
         {ND32_STORE, 2}},
        {{ND32_LOAD1, 0},
         {ND32_LOAD0, 3},
         {ND32_ADD, 0},
         {ND32_LOAD1, 1},
         {ND32_STORE, 3},
         {ND32_COMPARE, 0},
         {ND32_LOAD0, 2},
         {ND32_STEP, 0},
         {ND32_STORE, 2}},
    };
    const uint32_t *offset = (const uint32_t *)(uintptr_t)(s->code + COMPILED_OFFSETS);
    struct nd32_block *block = (struct nd32_block *)(void *)(s->data + TEST_TABLE);
    for (uint32_t b = 0; b < ND32_BLOCKS; b++) {
        struct nd32_block *next = &block[(b + 1) % ND32_BLOCKS];
        for (uint32_t i = 0; i < ND32_UOPS; i++)
            block[b].uop[i] = (struct nd32_uop){
                (nd32_handler *)(uintptr_t)(s->code + offset[step[b][i].op]), step[b][i].reg};
        block[b].uop[ND32_UOPS] = (struct nd32_uop){
            chained ? (nd32_handler *)(uintptr_t)(s->code + offset[ND32_END]) : NULL,
            (uint32_t)(uintptr_t)next};
        block[b].count = ND32_UOPS;
        block[b].next = next;
    }
}

static void nd32_setup_compiled(struct test_state *s)
{
    nd32_build_blocks(s, false);
}
static void nd32_setup_chained(struct test_state *s)
{
    nd32_build_blocks(s, true);
}

/* What the six guest instructions do, without micro-ops. */
static void nd32_run_guest(uint32_t reg[4], uint32_t n)
{
    uint32_t a = reg[0], b = reg[1], c = reg[2], d = reg[3];
    for (; n; n--) {
        a += b;
        c += a < d;
        d += a;
        c += d < b;
    }
    reg[0] = a, reg[2] = c, reg[3] = d;
}

static void nd32_model_native(struct test_state *s, uint32_t n)
{
    uint32_t reg[4] = {s->regs.eax, s->regs.ebx, s->regs.ecx, s->regs.edx};
    nd32_run_guest(reg, n);
    s->regs.eax = reg[0];
    s->regs.ecx = reg[2];
    s->regs.edx = reg[3];
}

static void nd32_model_machine(struct test_state *s, uint32_t n)
{
    struct nd32_machine *m = (struct nd32_machine *)(void *)s->data;
    nd32_run_guest(m->reg, n);
    m->temp[0] = m->reg[2];
    m->temp[1] = m->reg[1];
    m->carry = m->reg[3] < m->reg[1];
    s->regs.eax = s->regs.ecx = s->regs.edx = 0;
}

static void nd32_model_chained(struct test_state *s, uint32_t n)
{
    const uint32_t edi = s->regs.edi;
    nd32_model_machine(s, n);
    s->regs.ebx = 0;
    s->regs.edi = edi;
}

/* esi the machine, edi the micro-op, ebp blocks to go; temps in ebx and ecx, the carry in edx. Each
 * handler ends by jumping to the next one's: nobody returns anywhere before the last block's end.
 * The stored edi is for the way out. */
#define ND32_NEXT "add $8,%edi\n jmp *(%edi)\n"
#define ND32_CHAINED                                                                               \
    " push %edi\n lea 0x4000(%esi),%edi\n add %ebp,%ebp\n jmp *(%edi)\n"                           \
    " .org kern_nd32_chained + 32, 0x90\n"                                                         \
    " .long 10f - kern_nd32_chained, 11f - kern_nd32_chained, 12f - kern_nd32_chained\n"           \
    " .long 13f - kern_nd32_chained, 14f - kern_nd32_chained, 15f - kern_nd32_chained\n"           \
    " .long 16f - kern_nd32_chained\n .balign 16\n"                                                \
    "10: mov 4(%edi),%eax\n mov (%esi,%eax,4),%ebx\n" ND32_NEXT " .balign 16\n"                    \
    "11: mov 4(%edi),%eax\n mov (%esi,%eax,4),%ecx\n" ND32_NEXT " .balign 16\n"                    \
    "12: add %ecx,%ebx\n" ND32_NEXT " .balign 16\n"                                                \
    "13: mov 4(%edi),%eax\n mov %ebx,(%esi,%eax,4)\n" ND32_NEXT " .balign 16\n"                    \
    "14: xor %edx,%edx\n cmp %ecx,%ebx\n adc %edx,%edx\n" ND32_NEXT " .balign 16\n"                \
    "15: add %edx,%ebx\n" ND32_NEXT " .balign 16\n"                                                \
    "16: mov 4(%edi),%edi\n dec %ebp\n jz 17f\n jmp *(%edi)\n"                                     \
    "17: mov %ebx,16(%esi)\n mov %ecx,20(%esi)\n mov %edx,24(%esi)\n pop %edi\n"                   \
    " xor %eax,%eax\n xor %ebx,%ebx\n xor %ecx,%ecx\n xor %edx,%edx\n ret\n"

#define ND32_NATIVE                                                                                \
    LOOP_RAW("add %ebx,%eax\n cmp %edx,%eax\n adc $0,%ecx\n"                                       \
             "add %eax,%edx\n cmp %ebx,%edx\n adc $0,%ecx")

#define ND32_IMAGE(version) " .incbin \"bench/compiled/nd32_" #version ".bin\"\n"
#define ND32_C(F, T, version, alias, title)                                                        \
    T(F, version, #version, alias,                                                                 \
      "toy x86 interpreter in C, " title ", per pass of six guest instructions", 1, FLOOR, 0,      \
      ND32_IMAGE(version), nd32_setup_compiled, nd32_model_machine)

/* clang-format off */
#define ND32_ROWS(F, T, TX) \
T(F, native,  "native",  "nd32 native loop", "six instructions that a toy x86 interpreter simulates, run natively, per pass", 1, FLOOR, 0, ND32_NATIVE, NULL, nd32_model_native) \
T(F, chained, "chained", "nd32 simulated",   "toy x86 interpreter in assembly, each handler jumps to the next, per pass of six guest instructions", 1, FLOOR, 0, ND32_CHAINED, nd32_setup_chained, nd32_model_chained) \
ND32_C(F, T, a, "nd32 ver a", "rolled-up loop by index") \
ND32_C(F, T, b, "nd32 ver b", "rolled-up loop to an end pointer") \
ND32_C(F, T, c, "nd32 ver c", "unrolled 9 times, next handler fetched ahead") \
ND32_C(F, T, d, "nd32 ver d", "rolled-up loop, next handler fetched ahead") \
ND32_C(F, T, e, "nd32 ver e", "unrolled 9 times") \
ND32_C(F, T, f, "nd32 ver f", "the classic rolled-up loop over a decoded trace") \
ND32_C(F, T, g, "nd32 ver g", "unrolled 2 times, next handler fetched ahead") \
ND32_C(F, T, h, "nd32 ver h", "unrolled 3 times, next handler fetched ahead") \
ND32_C(F, T, i, "nd32 ver i", "unrolled 4 times, next handler fetched ahead") \
ND32_C(F, T, j, "nd32 ver j", "unrolled 5 times, next handler fetched ahead") \
ND32_C(F, T, k, "nd32 ver k", "unrolled 6 times, next handler fetched ahead") \
ND32_C(F, T, l, "nd32 ver l", "loops of 8, 4, 2, 1 by what is left") \
ND32_C(F, T, m, "nd32 ver m", "loops of 9, 3, 1 by what is left") \
ND32_C(F, T, n, "nd32 ver n", "loops of 4, 1 by what is left, next handler fetched ahead") \
ND32_C(F, T, o, "nd32 ver o", "loops of 6, 3, 1 by what is left, next handler fetched ahead")
/* clang-format on */
FAMILY_TABLE(nd32, ND32_ROWS)
