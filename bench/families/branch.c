/* branch: taken, not taken, predictable and not. */
#include "bench/kernel.h"

static void branch_model_add(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

static void branch_model_count(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 0;
    s->regs.eax += s->regs.ebx * n;
}

static void branch_model_inner(struct test_state *s, uint32_t n)
{
    s->regs.ecx = 0;
    s->regs.eax += s->regs.ebx * 64 * n;
}

/* Numerical Recipes' generator x = 1664525 x + 1013904223; bit 30 decides. */
static void branch_model_random(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax, taken = 0;
    for (uint32_t i = 0; i < 16 * n; i++) {
        x = x * 1664525u + 1013904223u;
        taken += ~x >> 30 & 1;
    }
    s->regs.eax = x;
    s->regs.ecx += taken;
}

static void branch_model_never(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax;
    for (uint32_t i = 0; i < 16 * n; i++)
        x = x * 1664525u + 1013904223u;
    s->regs.eax = x;
    s->regs.ecx += 16 * n;
}

/* Adds unless the counter is a multiple of four. */
static void branch_model_pattern(struct test_state *s, uint32_t n)
{
    uint32_t start = s->regs.eax, end = start + 16 * n;
    /* 16 n is a multiple of four: whatever the start, a quarter of the counts are multiples */
    s->regs.ecx += s->regs.ebx * 12 * n;
    s->regs.eax = end;
}

#define BRANCH_RANDOM "imul $1664525,%eax,%eax\n add $1013904223,%eax\n"

/* clang-format off */
#define BRANCH_ROWS(F, T, TX) \
T(F, jmp,           "jmp",           "", "jumps over one byte",                                     64, FLOOR, 0, LOOP_ADD(64, "jmp 1f\n inc %eax\n 1:"), NULL, branch_model_add) \
T(F, jcc_not_taken, "jcc_not_taken", "", "conditional jumps, none taken",                           64, FLOOR, 0, LOOP_RAW("cmp %esi,%edi\n" REPEAT(64, "jz 8f") " add %ebx,%eax\n 8:"), NULL, branch_model_add) \
T(F, jcc_taken,     "jcc_taken",     "", "conditional jumps, all taken",                            64, FLOOR, 0, LOOP_RAW("cmp %esi,%edi\n" REPEAT(64, "jnz 1f\n inc %eax\n 1:") " add %ebx,%eax"), NULL, branch_model_add) \
T(F, cmp_jcc,       "cmp_jcc",       "", "compare and jump, none taken; a pair counts as one",      64, FLOOR, 0, LOOP_RAW(REPEAT(64, "cmp %esi,%edi\n jz 8f") " add %ebx,%eax\n 8:"), NULL, branch_model_add) \
T(F, tight_loop,    "tight_loop",    "", "a loop of dec and jnz, per turn",                         64, FLOOR, 0, LOOP_RAW("mov $64,%ecx\n 1: dec %ecx\n jnz 1b\n add %ebx,%eax"), NULL, branch_model_count) \
T(F, add_loop,      "add_loop",      "", "a loop of add, dec and jnz, per turn",                    64, FLOOR, 0, LOOP_RAW("mov $64,%ecx\n 1: add %ebx,%eax\n dec %ecx\n jnz 1b"), NULL, branch_model_inner) \
T(F, loop,          "loop",          "", "the loop instruction, per turn",                          64, FLOOR, 0, LOOP_RAW("mov $64,%ecx\n 1: loop 1b\n add %ebx,%eax"), NULL, branch_model_count) \
T(F, pattern4,      "pattern/4",     "", "taken once in four: inc, test, jump, add",                16, FLOOR, 0, LOOP(16, "inc %eax\n test $3,%eax\n jz 1f\n add %ebx,%ecx\n 1:"), NULL, branch_model_pattern) \
T(F, random,        "random",        "", "taken at random, with the generator's step",              16, SPREAD, 0, LOOP(16, BRANCH_RANDOM "test $0x40000000,%eax\n jnz 1f\n inc %ecx\n 1:"), NULL, branch_model_random) \
T(F, random_base,   "random_base",   "", "the same with a jump that is never taken: what random costs without its misses", 16, FLOOR, 0, LOOP(16, BRANCH_RANDOM "test $0,%eax\n jnz 1f\n inc %ecx\n 1:"), NULL, branch_model_never)
/* clang-format on */
FAMILY_TABLE(branch, BRANCH_ROWS)
