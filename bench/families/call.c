/* call: calls and returns. Functions stand behind the loop's own ret; a counted operation is a call
 * and its return. */
#include "bench/kernel.h"

static void call_model_16(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
}

static void call_model_reg(struct test_state *s, uint32_t n)
{
    call_model_16(s, n);
    s->regs.ecx = 0;
}

static void call_model_32(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 4 * n;
}

static void call_model_deep(struct test_state *s, uint32_t n)
{
    s->regs.eax += 64 * n;
    s->regs.ecx = 0;
}

#define CALL_ADD               "\n5: add %ebx,%eax\n ret\n"
#define CALL_NESTED(next, own) #own ": call " #next "f\n ret\n"

/* clang-format off */
#define CALL_ROWS(F, T, TX) \
T(F, direct,       "direct",       "",                     "call and return",                                16, FLOOR, 0, LOOP(16, "call 5f") CALL_ADD, NULL, call_model_16) \
T(F, reg,          "reg",          "test 29 call eax",     "call through a register and return",             16, FLOOR, 0, ADDRESS_OF("5f") LOOP_TAIL(REPEAT(16, "call *%ecx"), "xor %ecx,%ecx") CALL_ADD, NULL, call_model_reg) \
T(F, mem,          "mem",          "",                     "call through memory and return",                 16, FLOOR, 0, ADDRESS_OF("5f") "mov %ecx,0x4000(%esi)\n xor %ecx,%ecx\n" LOOP(16, "call *0x4000(%esi)") CALL_ADD, NULL, call_model_reg) \
T(F, frame,        "frame",        "",                     "call with an argument and a frame",              16, FLOOR, 0, LOOP(16, "push %ebx\n call 5f\n add $4,%esp") "\n5: push %ebp\n mov %esp,%ebp\n add 8(%ebp),%eax\n pop %ebp\n ret\n", NULL, call_model_16) \
T(F, ret_imm,      "ret_imm",      "",                     "call with an argument that the callee removes",  16, FLOOR, 0, LOOP(16, "push %ebx\n call 5f") "\n5: add 4(%esp),%eax\n ret $4\n", NULL, call_model_16) \
T(F, depth8,       "depth/8",      "",                     "calls nested eight deep, per call",              32, FLOOR, 0, LOOP(4, "call 1f") CALL_NESTED(2, 1) CALL_NESTED(3, 2) CALL_NESTED(4, 3) CALL_NESTED(5, 4) CALL_NESTED(6, 5) CALL_NESTED(7, 6) CALL_NESTED(8, 7) "8: add %ebx,%eax\n ret\n", NULL, call_model_32) \
T(F, recursion64,  "recursion/64", "",                     "recursion 64 deep, per call",                    64, FLOOR, 0, LOOP_RAW("mov $64,%ecx\n call 5f") "\n5: inc %eax\n dec %ecx\n jz 1f\n call 5b\n1: ret\n", NULL, call_model_deep) \
T(F, mispredict,   "mispredict",   "test 29 call mispred", "a return that does not match its call",          16, SPREAD, 0, LOOP(16, "call 1f\n 2: inc %eax\n inc %eax\n 1: addl $(3f - 2b),(%esp)\n ret\n inc %eax\n 3: add %ebx,%eax"), NULL, call_model_16)
/* clang-format on */
FAMILY_TABLE(call, CALL_ROWS)
