/* fptest.unmasked_... and fptest.x87_stack, _constants: exceptions that are delivered, stack faults
 * and the constants' last bit, see fptest.h.
 *
 * x87 (SDM vol. 1, 8.7): the operation leaves ES and B set, and the next waiting instruction, here
 * an FWAIT after FNSTENV and FLDENV of the state, raises #MF once. Invalid, denormal and
 * zero-divide leave the operands as they were; overflow and underflow give a scaled result. SSE
 * (11.5.1): #XM at the instruction, its destination unchanged. An exception found before the
 * operation keeps those that come after it from being looked for. */
#include "bench/fptest.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

#define FPTEST_BEFORE (EXACT_INVALID | EXACT_DENORMAL | EXACT_ZERO_DIVIDE)

static void fptestun_expect87(const struct fptest_case *c, struct fptest_expected *e,
                              struct exact_env *env, struct exact_num result)
{
    const uint32_t before = env->flags & FPTEST_BEFORE;
    e->flags = env->flags;
    fptest_put80(e, result);
    if (before & env->unmasked) {
        e->flags = before;
        memcpy(e->out, c->a, 10);
    }
    e->traps = (e->flags & env->unmasked) != 0;
    e->mask = 0x8080; /* B, ES */
    e->codes = e->traps ? 0x8080 : 0;
}

#define FPTESTUN87(id, compute)                                                                    \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        struct exact_env env = fptest_env87(c);                                                    \
        struct exact_num a = fptest_get80(c->a), b = fptest_get80(c->b);                           \
        fptestun_expect87(c, e, &env, compute);                                                    \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, F80, F80, NONE, UNMASKED87)
FPTESTUN87(unmasked_fadd, exact_add(&env, EXACT_F80, a, b, false))
FPTESTUN87(unmasked_fmul, exact_mul(&env, EXACT_F80, a, b))
FPTESTUN87(unmasked_fdiv, exact_div(&env, EXACT_F80, a, b))

static void fptestun_expect_sse(const struct fptest_case *c, struct fptest_expected *e,
                                struct exact_env *env, uint32_t bits)
{
    const uint32_t before = env->flags & FPTEST_BEFORE;
    e->flags = before & env->unmasked ? before : env->flags;
    e->traps = (e->flags & env->unmasked) != 0;
    memcpy(e->out, c->a, 16);
    if (!e->traps)
        memcpy(e->out, &bits, 4);
    e->bytes = 16;
}

#define FPTESTUN_SSE(id, compute)                                                                  \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        struct exact_env env = fptest_env_sse(c);                                                  \
        uint32_t abits, bbits;                                                                     \
        memcpy(&abits, c->a, 4);                                                                   \
        memcpy(&bbits, c->b, 4);                                                                   \
        struct exact_num a = exact_from32(abits), b = exact_from32(bbits);                         \
        fptestun_expect_sse(c, e, &env, exact_to32(compute));                                      \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, F32, F32, NONE, UNMASKED_SSE)
FPTESTUN_SSE(unmasked_addss, exact_add(&env, EXACT_F32, a, b, false))
FPTESTUN_SSE(unmasked_mulss, exact_mul(&env, EXACT_F32, a, b))
FPTESTUN_SSE(unmasked_divss, exact_div(&env, EXACT_F32, a, b))

#define FPTESTUN87_CODE(op)                                                                        \
    LOOP_TAIL("fninit\n fldt 0x4020(%esi)\n fldt 0x4010(%esi)\n fldcw 0x4000(%esi)\n" op           \
              "\n fnstsw 0x4004(%esi)\n fnstenv 0x4040(%esi)\n fldenv 0x4040(%esi)\n fwait\n "     \
              "fnclex\n movl $0x37F,0x4008(%esi)\n fldcw 0x4008(%esi)\n fstpt 0x4030(%esi)",       \
              "fninit")
#define FPTESTUN_SSE_CODE(op)                                                                      \
    LOOP_TAIL("movl $0x1F80,0x4008(%esi)\n movups 0x4010(%esi),%xmm0\n movups "                    \
              "0x4020(%esi),%xmm1\n ldmxcsr 0x4000(%esi)\n" op                                     \
              "\n stmxcsr 0x4004(%esi)\n ldmxcsr 0x4008(%esi)\n movups %xmm0,0x4030(%esi)",        \
              "")
#define FPTESTUN87_ROW(F, TX, id, op)                                                              \
    FPTEST_ROW(F, TX, id, #id, op " with one exception unmasked, and #MF", NEED_FPU | NEED_FAULTS, \
               FPTESTUN87_CODE(op " %st(1),%st"))
#define FPTESTUN_SSE_ROW(F, TX, id, op)                                                            \
    FPTEST_ROW(F, TX, id, #id, op " with one exception unmasked, and #XM",                         \
               NEED_SSE | NEED_SSE2 | NEED_FAULTS, FPTESTUN_SSE_CODE(op " %xmm1,%xmm0"))

/* ---- stack faults: SF and IE; C1 says overflow (1) or underflow (0) ---- */

static void fptest_expect_stack_overflow(const struct fptest_case *c, struct fptest_expected *e)
{
    (void)c;
    fptest_put80(e, (struct exact_num){EXACT_QNAN, true, false, 0, 3ull << 62});
    e->flags = EXACT_INVALID | FPTEST_STACK;
    e->mask = e->codes = FPTEST_C1;
}
FPTEST_FUNCTIONS(stack_overflow, F80, NONE, NONE, RC)

static void fptest_expect_stack_underflow(const struct fptest_case *c, struct fptest_expected *e)
{
    (void)c;
    fptest_put80(e, (struct exact_num){EXACT_QNAN, true, false, 0, 3ull << 62});
    e->flags = EXACT_INVALID | FPTEST_STACK;
    e->mask = FPTEST_C1;
}
FPTEST_FUNCTIONS(stack_underflow, F80, NONE, NONE, RC)

/* ---- constants: each is 66 bits of a number, rounded by RC (SDM vol. 2, FLD1...) ---- */

#define FPTEST_CONSTANT(id, exponent, top, rest)                                                   \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        /* top: 64 bits; rest: is what follows above half of the last? */                          \
        const uint32_t rc = c->control >> 10 & 3;                                                  \
        struct exact_num a = {EXACT_NUMBER, false, false, exponent, top};                          \
        a.frac += rc == EXACT_UP || (rc == EXACT_NEAREST && rest);                                 \
        fptest_put80(e, a);                                                                        \
        e->mask = 0;                                                                               \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, NONE, NONE, NONE, RC)
FPTEST_CONSTANT(const_pi, 1, 0xC90FDAA22168C234ull, true)
FPTEST_CONSTANT(const_l2t, 1, 0xD49A784BCD1B8AFEull, false)
FPTEST_CONSTANT(const_l2e, 0, 0xB8AA3B295C17F0BBull, true)
FPTEST_CONSTANT(const_lg2, -2, 0x9A209A84FBCFF798ull, true)
FPTEST_CONSTANT(const_ln2, -1, 0xB17217F7D1CF79ABull, true)

#define FPTESTUN_PLAIN(op, out)                                                                    \
    LOOP_TAIL("fninit\n fldcw 0x4000(%esi)\n" op "\n fnstsw 0x4004(%esi)\n" out, "fninit")
#define FPTESTUN_CONST(F, TX, id, op)                                                              \
    FPTEST_ROW(F, TX, const_##id, "x87_" #id, op, NEED_FPU,                                        \
               FPTESTUN_PLAIN(op, "fstpt 0x4030(%esi)"))
#define FPTESTUN_FULL "fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n"

/* clang-format off */
#define FPTESTUN_ROWS(F, T, TX) \
FPTESTUN87_ROW(F, TX, unmasked_fadd, "fadd") FPTESTUN87_ROW(F, TX, unmasked_fmul, "fmul") FPTESTUN87_ROW(F, TX, unmasked_fdiv, "fdiv") \
FPTESTUN_SSE_ROW(F, TX, unmasked_addss, "addss") FPTESTUN_SSE_ROW(F, TX, unmasked_mulss, "mulss") FPTESTUN_SSE_ROW(F, TX, unmasked_divss, "divss") \
FPTEST_ROW(F, TX, stack_overflow, "x87_stack_overflow", "fld onto a full stack", NEED_FPU, FPTESTUN_PLAIN(FPTESTUN_FULL "fldt 0x4010(%esi)", "fstpt 0x4030(%esi)")) \
FPTEST_ROW(F, TX, stack_underflow, "x87_stack_underflow", "fadd with an empty register", NEED_FPU, FPTESTUN_PLAIN("fldt 0x4010(%esi)\n fadd %st(1),%st", "fstpt 0x4030(%esi)")) \
FPTESTUN_CONST(F, TX, pi, "fldpi") FPTESTUN_CONST(F, TX, l2t, "fldl2t") FPTESTUN_CONST(F, TX, l2e, "fldl2e") FPTESTUN_CONST(F, TX, lg2, "fldlg2") FPTESTUN_CONST(F, TX, ln2, "fldln2")
/* clang-format on */
FAMILY_TABLE_AS(fptestunmasked, fptest, FPTESTUN_ROWS)
