/* call: what call.c has by depth, and what a predictor of returns gets wrong. A counted operation
 * is a call and its return, or what stands in for one of them. */
#include "bench/kernel.h"

/* An addition at the end of a nest. */
static void callforms_model_depth_2(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
}
static void callforms_model_depth_16(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 2 * n;
}
static void callforms_model_once(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

static void callforms_model_16(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
}

static void callforms_model_16_ecx(struct test_state *s, uint32_t n)
{
    callforms_model_16(s, n);
    s->regs.ecx = 0;
}

/* The two addresses are six bytes apart. */
static void callforms_model_eip(struct test_state *s, uint32_t n)
{
    s->regs.eax += 6 * 8 * n;
    s->regs.ecx = s->regs.edx = 0;
}

/* f(k) counts itself, and for k > 1 calls f(k - 1) and f(k - 2): 1, 1, 3, 5, 9, 15, 25 calls. */
#define CALLFORMS_TREE_CALLS 25

static void callforms_model_tree(struct test_state *s, uint32_t n)
{
    s->regs.edx += s->regs.ebx * CALLFORMS_TREE_CALLS * n;
    s->regs.ecx = 6;
}

/* Functions of six bytes, each calls the next. */
#define CALLFORMS_DEPTH(calls, depth)                                                              \
    LOOP(calls, "call 5f")                                                                         \
    "\n5: .rept " #depth " - 1\n call . + 6\n ret\n .endr\n add %ebx,%eax\n ret\n"
#define CALLFORMS_ADD "\n5: add %ebx,%eax\n ret\n"

/* clang-format off */
#define CALLFORMS_ROWS(F, T, TX) \
T(F, depth2,     "depth/2",    "", "calls nested two deep, per call",                                      32, FLOOR, 0, CALLFORMS_DEPTH(16, 2), NULL, callforms_model_depth_2) \
T(F, depth16,    "depth/16",   "", "calls nested 16 deep, per call",                                       32, FLOOR, 0, CALLFORMS_DEPTH(2, 16), NULL, callforms_model_depth_16) \
T(F, depth32,    "depth/32",   "", "calls nested 32 deep, per call",                                       32, FLOOR, 0, CALLFORMS_DEPTH(1, 32), NULL, callforms_model_once) \
T(F, depth64,    "depth/64",   "", "calls nested 64 deep, per call: deeper than processors remember",      64, FLOOR, 0, CALLFORMS_DEPTH(1, 64), NULL, callforms_model_once) \
T(F, depth256,   "depth/256",  "", "calls nested 256 deep, per call",                                      256, FLOOR, 0, CALLFORMS_DEPTH(1, 256), NULL, callforms_model_once) \
T(F, tree,       "tree",       "", "Fibonacci's recursion: each function calls itself twice, per call",    CALLFORMS_TREE_CALLS, FLOOR, 0, LOOP_RAW("mov $6,%ecx\n call 5f") "\n5: add %ebx,%edx\n cmp $1,%ecx\n jbe 1f\n dec %ecx\n call 5b\n dec %ecx\n call 5b\n add $2,%ecx\n1: ret\n", NULL, callforms_model_tree) \
T(F, tail,       "tail",       "", "call of a function that ends in a jump to another, and return",        16, FLOOR, 0, LOOP(16, "call 4f") "\n4: jmp 5f\n .fill 16, 1, 0x40" CALLFORMS_ADD, NULL, callforms_model_16) \
T(F, skip_frame, "skip_frame", "", "a function drops its return and goes back to its caller's caller",      16, SPREAD, 0, LOOP(16, "call 4f") "\n4: call 5f\n inc %eax\n ret\n5: add $4,%esp\n add %ebx,%eax\n ret\n", NULL, callforms_model_16) \
/* The slots are eight bytes: ecx is the next one's address. */ \
T(F, push_ret,   "push_ret",   "", "a return to a pushed address that no call has made",                   16, SPREAD, 0, ADDRESS_OF("7f") LOOP_TAIL("7: .rept 16\n add %ebx,%eax\n add $8,%ecx\n push %ecx\n ret\n .byte 0x40\n .endr\n add $-128,%ecx", "xor %ecx,%ecx"), NULL, callforms_model_16_ecx) \
T(F, pop,        "pop",        "", "a call that is popped and jumped back to, without a return",           16, SPREAD, 0, LOOP_TAIL(REPEAT(16, "call 5f"), "xor %ecx,%ecx") "\n5: pop %ecx\n add %ebx,%eax\n jmp *%ecx\n", NULL, callforms_model_16_ecx) \
T(F, get_eip,    "get_eip",    "", "a call of the next instruction, which pops the address",               16, FLOOR, 0, LOOP_TAIL(REPEAT(8, "call 1f\n 1: pop %ecx\n call 2f\n 2: pop %edx\n sub %ecx,%edx\n add %edx,%eax"), "xor %ecx,%ecx\n xor %edx,%edx"), NULL, callforms_model_eip)
/* clang-format on */
FAMILY_TABLE_AS(callforms, call, CALLFORMS_ROWS)
