/* branch: what branch.c has by pattern, density and condition. */
#include "bench/kernel.h"

/* eax counts up; a jump is taken where it is a multiple of `period`, and passes over an addition to
 * ecx. */
static void branchforms_period(struct test_state *s, uint32_t n, uint32_t period)
{
    const uint64_t steps = (uint64_t)s->test->ops * n;
    const uint32_t taken = (uint32_t)((s->regs.eax % period + steps) >> __builtin_ctz(period));
    s->regs.ecx += s->regs.ebx * ((uint32_t)steps - taken);
    s->regs.eax += (uint32_t)steps;
}

#define BRANCHFORMS_PERIOD(period)                                                                 \
    static void branchforms_model_period_##period(struct test_state *s, uint32_t n)                \
    {                                                                                              \
        branchforms_period(s, n, period);                                                          \
    }
BRANCHFORMS_PERIOD(2)
BRANCHFORMS_PERIOD(8)
BRANCHFORMS_PERIOD(16)
BRANCHFORMS_PERIOD(64)

/* The generator of branch.c; three bits decide. */
static void branchforms_model_rare(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax, passed = 0;
    for (uint32_t i = 0; i < 16 * n; i++) {
        x = x * 1664525u + 1013904223u;
        passed += (x & 0x70000000u) != 0;
    }
    s->regs.eax = x;
    s->regs.ecx += passed;
}

static void branchforms_model_add(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}
static void branchforms_model_add64(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 64 * n;
}

/* A jump whose condition does not hold lets 1 << its code be added. */
static void branchforms_model_conditions(struct test_state *s, uint32_t n)
{
    const uint32_t a = s->regs.esi, b = s->regs.edi, d = a - b;
    uint32_t odd = d & 0xFF, missed = 0;
    odd ^= odd >> 4;
    odd ^= odd >> 2;
    odd ^= odd >> 1;
    const uint32_t of = ((a ^ b) & (a ^ d)) >> 31, sf = d >> 31, cf = a < b, zf = !d;
    const uint32_t holds[8] = {of, cf, zf, cf | zf, sf, ~odd & 1, sf ^ of, zf | (sf ^ of)};
    /* codes come in pairs: the odd one is the even one's opposite (SDM vol. 2, appendix B) */
    for (uint32_t i = 0; i < 8; i++)
        missed += (holds[i] ? 2u : 1u) << 2 * i;
    s->regs.eax += missed * n;
}

static void branchforms_model_jecxz(struct test_state *s, uint32_t n)
{
    branchforms_model_add64(s, n);
    s->regs.ecx = 0;
}

#define BRANCHFORMS_RANDOM "imul $1664525,%eax,%eax\n add $1013904223,%eax\n"

/* What a jump passes over would be seen: inc eax. */
#define BRANCHFORMS_DENSE(bytes)                                                                   \
    LOOP_RAW("cmp %esi,%edi\n" REPEAT(64, "jnz 1f\n .fill " #bytes " - 2, 1, 0x40\n 1:") "\n add " \
                                                                                         "%ebx,%e" \
                                                                                         "ax")
#define BRANCHFORMS_UNTAKEN(count, adds)                                                           \
    LOOP_RAW("cmp %esi,%edi\n" REPEAT(count, " .rept " #adds                                       \
                                             "\n lea (%eax,%ebx),%eax\n .endr\n jz 8f") "\n 8:")
#define BRANCHFORMS_CONDITIONS                                                                     \
    LOOP_RAW("cmp %edi,%esi\n .set o, 1\n"                                                         \
             " .irp cc, o,no,b,ae,z,nz,be,a,s,ns,p,np,l,ge,le,g\n"                                 \
             " j\\cc 1f\n lea o(%eax),%eax\n 1:\n .set o, o + o\n .endr")

/* clang-format off */
#define BRANCHFORMS_PATTERN(F, T, period) \
T(F, pattern##period, "pattern/" #period, "", "taken once in " #period ": inc, test, jump, add", 16, FLOOR, 0, LOOP(16, "inc %eax\n test $" #period " - 1,%eax\n jz 1f\n add %ebx,%ecx\n 1:"), NULL, branchforms_model_period_##period)
#define BRANCHFORMS_DENSITY(F, T, bytes) \
T(F, density##bytes, "density/" #bytes, "", "conditional jumps, all taken, one every " #bytes " bytes", 64, FLOOR, 0, BRANCHFORMS_DENSE(bytes), NULL, branchforms_model_add)

#define BRANCHFORMS_ROWS(F, T, TX) \
BRANCHFORMS_PATTERN(F, T, 2) \
BRANCHFORMS_PATTERN(F, T, 8) \
BRANCHFORMS_PATTERN(F, T, 16) \
BRANCHFORMS_PATTERN(F, T, 64) \
T(F, random_8,   "random/8",   "", "taken at random, once in eight, with the generator's step",            16, SPREAD, 0, LOOP(16, BRANCHFORMS_RANDOM "test $0x70000000,%eax\n jz 1f\n inc %ecx\n 1:"), NULL, branchforms_model_rare) \
BRANCHFORMS_DENSITY(F, T, 4) \
BRANCHFORMS_DENSITY(F, T, 8) \
BRANCHFORMS_DENSITY(F, T, 16) \
BRANCHFORMS_DENSITY(F, T, 32) \
BRANCHFORMS_DENSITY(F, T, 64) \
T(F, untaken_1,  "untaken/1",  "", "an addition, a conditional jump that is not taken behind each",        64, FLOOR, 0, BRANCHFORMS_UNTAKEN(64, 1), NULL, branchforms_model_add64) \
T(F, untaken_4,  "untaken/4",  "", "an addition, a conditional jump that is not taken behind every fourth", 64, FLOOR, 0, BRANCHFORMS_UNTAKEN(16, 4), NULL, branchforms_model_add64) \
T(F, conditions, "conditions", "", "the sixteen conditions of one comparison, each over a lea; per condition", 16, FLOOR, 0, BRANCHFORMS_CONDITIONS, NULL, branchforms_model_conditions) \
T(F, jecxz,      "jecxz",      "", "a loop of eight turns that jecxz leaves: add, dec, jecxz, jmp; per turn", 64, FLOOR, 0, LOOP(8, "mov $8,%ecx\n 1: add %ebx,%eax\n dec %ecx\n jecxz 1f\n jmp 1b\n 1:"), NULL, branchforms_model_jecxz)
/* clang-format on */
FAMILY_TABLE_AS(branchforms, branch, BRANCHFORMS_ROWS)
