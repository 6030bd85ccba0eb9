/* stack: push, pop and frames. */
#include "bench/kernel.h"

static void stack_model_sum(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->regs.eax += s->regs.ebx;
        s->regs.edx += s->regs.eax;
    }
}

static void stack_model_copy(struct test_state *s, uint32_t n)
{
    s->regs.ecx = s->regs.eax + s->regs.ebx * (n - 1);
    stack_model_sum(s, n);
}

static void stack_model_imm(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 0x1234567;
    stack_model_sum(s, n);
}

/* eax and edx change places nine times an iteration, then ebx is added to eax. */
static void stack_model_three(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t old = s->regs.eax;
        s->regs.eax = s->regs.edx + s->regs.ebx;
        s->regs.edx = old;
    }
}

static void stack_model_memory(struct test_state *s, uint32_t n)
{
    s->data32[1] = s->data32[0] + s->regs.ebx * (n - 1);
    s->data32[0] += s->regs.ebx * n;
}

/* clang-format off */
#define STACK_ROWS(F, T, TX) \
T(F, push_pop,    "push_pop",    "", "push and pop of one register, dependent",              64, FLOOR, 0, LOOP_SUM(32, "push %eax\n pop %eax"), NULL, stack_model_sum) \
T(F, push_pop_3,  "push_pop_3",  "", "three pushes, three pops",                             54, FLOOR, 0, LOOP_ADD(9, "push %eax\n push %ecx\n push %edx\n pop %eax\n pop %ecx\n pop %edx"), NULL, stack_model_three) \
T(F, push_copy,   "push_copy",   "", "push one register, pop another",                       64, FLOOR, 0, LOOP_SUM(32, "push %eax\n pop %ecx"), NULL, stack_model_copy) \
T(F, push_imm,    "push_imm",    "", "push an immediate, pop a register",                    64, FLOOR, 0, LOOP_SUM(32, "push $0x1234567\n pop %ecx"), NULL, stack_model_imm) \
T(F, push_mem,    "push_mem",    "", "push and pop of memory",                               32, FLOOR, 0, LOOP_RAW(REPEAT(16, "push (%esi)\n pop 4(%esi)") " add %ebx,(%esi)"), NULL, stack_model_memory) \
T(F, pusha_popa,  "pusha_popa",  "", "pusha and popa, a pair counts as one",                 8,  FLOOR, 0, LOOP_SUM(8, "pusha\n popa"), NULL, stack_model_sum) \
T(F, enter_leave, "enter_leave", "", "enter 16,0 and leave, a pair counts as one",           16, FLOOR, 0, LOOP_SUM(16, "enter $16,$0\n leave"), NULL, stack_model_sum) \
T(F, frame,       "frame",       "", "make a frame by hand, store and load in it, undo it; counts as one", 8, FLOOR, 0, LOOP_SUM(8, "push %ebp\n mov %esp,%ebp\n sub $16,%esp\n mov %eax,-8(%ebp)\n mov -8(%ebp),%ecx\n leave"), NULL, stack_model_copy)
/* clang-format on */
FAMILY_TABLE(stack, STACK_ROWS)
