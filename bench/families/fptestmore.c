/* fptest.x87_...: FPREM, FPREM1, FSCALE and FXTRACT (SDM vol. 2), see fptest.h. */
#include "bench/fptest.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

/* Both remainders of two numbers whose exponents differ by less than 64: exact, with the low three
 * bits of the quotient. */
static struct exact_num fptestmore_remainder(struct exact_num a, struct exact_num b, bool nearest,
                                             uint32_t *quotient)
{
    int32_t distance = a.exp - b.exp, exp = b.exp;
    uint64_t rest = a.frac;
    bool sign = a.sign, over = false;
    *quotient = 0;
    if (distance < -1 || (distance < 0 && !nearest))
        return a;
    if (distance < 0) { /* a in [b/4, b): its nearest multiple is b if a is above b/2 */
        if (a.frac <= b.frac)
            return a;
        *quotient = 1;
        rest = 2 * b.frac - a.frac;
        exp = a.exp;
        sign = !sign;
    } else {
        for (; distance >= 0; distance--) {
            bool one = over || rest >= b.frac;
            *quotient = *quotient << 1 | one;
            rest -= one ? b.frac : 0;
            over = distance && rest >> 63;
            rest <<= distance != 0;
        }
        /* 2 rest against b */
        bool above = rest >> 63 || 2 * rest > b.frac, half = 2 * rest == b.frac && !(rest >> 63);
        if (nearest && (above || (half && *quotient & 1))) {
            ++*quotient;
            rest = b.frac - rest;
            sign = !sign;
        }
    }
    if (!rest)
        return (struct exact_num){.kind = EXACT_ZERO, .sign = a.sign};
    while (!(rest >> 63)) {
        rest <<= 1;
        exp--;
    }
    return (struct exact_num){EXACT_NUMBER, sign, false, exp, rest};
}

static struct exact_num fptestmore_indefinite(struct exact_env *env)
{
    env->flags |= EXACT_INVALID;
    return (struct exact_num){EXACT_QNAN, true, false, 0, 3ull << 62};
}

static void fptestmore_expect_prem(const struct fptest_case *c, struct fptest_expected *e,
                                   bool nearest)
{
    struct exact_env env = fptest_env87(c);
    struct exact_num a = fptest_get80(c->a), b = fptest_get80(c->b), out;
    uint32_t quotient = 0;
    env.precision = 64;
    if (exact_choose_nan(&env, a, b, &out)) {
        fptest_put80(e, out);
    } else if (a.kind == EXACT_INFINITY || b.kind == EXACT_ZERO) {
        fptest_put80(e, fptestmore_indefinite(&env));
    } else {
        env.flags |= a.denormal || b.denormal ? EXACT_DENORMAL : 0;
        bool plain = a.kind == EXACT_NUMBER && b.kind == EXACT_NUMBER;
        e->mask = FPTEST_C2;
        if (plain && a.exp - b.exp >= 64) { /* partial: how far is the processor's choice */
            e->codes = FPTEST_C2;
        } else {
            out = plain ? fptestmore_remainder(a, b, nearest, &quotient) : a;
            fptest_put80(e, out.kind == EXACT_NUMBER ? exact_scale(&env, EXACT_F80, out, 0) : out);
            e->mask |= FPTEST_C0 | FPTEST_C1 | FPTEST_C3;
            e->codes = (quotient & 1 ? FPTEST_C1 : 0) | (quotient & 2 ? FPTEST_C3 : 0) |
                       (quotient & 4 ? FPTEST_C0 : 0);
        }
    }
    e->flags = env.flags;
}

static void fptest_expect_prem(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestmore_expect_prem(c, e, false);
}
FPTEST_FUNCTIONS(prem, F80, F80, NONE, RC_PC)

static void fptest_expect_prem1(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestmore_expect_prem(c, e, true);
}
FPTEST_FUNCTIONS(prem1, F80, F80, NONE, RC_PC)

static struct exact_num fptestmore_scale(struct exact_env *env, struct exact_num a,
                                         struct exact_num b)
{
    struct exact_num out;
    if (exact_choose_nan(env, a, b, &out))
        return out;
    if (b.kind == EXACT_INFINITY &&
        ((a.kind == EXACT_ZERO && !b.sign) || (a.kind == EXACT_INFINITY && b.sign)))
        return fptestmore_indefinite(env);
    env->flags |= a.denormal || b.denormal ? EXACT_DENORMAL : 0;
    if (b.kind == EXACT_INFINITY)
        return (struct exact_num){
            .kind = b.sign ? EXACT_ZERO : EXACT_INFINITY, .sign = a.sign, .frac = 1ull << 63};
    if (a.kind != EXACT_NUMBER)
        return a;
    struct exact_env whole = {.unit = EXACT_X87, .rounding = EXACT_TO_ZERO, .precision = 64};
    int32_t by = b.exp > 16 ? (b.sign ? -0x20000 : 0x20000) : (int32_t)exact_to_int(&whole, b, 32);
    return exact_scale(env, EXACT_F80, a, by);
}

static void fptest_expect_scale(const struct fptest_case *c, struct fptest_expected *e)
{
    struct exact_env env = fptest_env87(c);
    fptest_put80(e, fptestmore_scale(&env, fptest_get80(c->a), fptest_get80(c->b)));
    fptest_finish87(e, &env);
}
FPTEST_FUNCTIONS(scale, F80, F80, NONE, RC)

static void fptestmore_expect_xtract(const struct fptest_case *c, struct fptest_expected *e,
                                     bool exponent)
{
    struct exact_env env = fptest_env87(c);
    struct exact_num a = fptest_get80(c->a), out;
    if (exact_choose_nan(&env, a, a, &out)) {
        ;
    } else if (a.kind == EXACT_ZERO) {
        env.flags |= EXACT_ZERO_DIVIDE;
        out = a;
        if (exponent)
            out = (struct exact_num){.kind = EXACT_INFINITY, .sign = true, .frac = 1ull << 63};
    } else if (a.kind == EXACT_INFINITY) {
        out = a;
        out.sign = a.sign && !exponent;
    } else {
        env.flags |= a.denormal ? EXACT_DENORMAL : 0;
        out = exponent ? exact_from_int(a.exp) : a;
        if (!exponent)
            out.exp = 0;
    }
    fptest_put80(e, out);
    e->flags = env.flags;
}

static void fptest_expect_xtract_sig(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestmore_expect_xtract(c, e, false);
}
FPTEST_FUNCTIONS(xtract_sig, F80, NONE, NONE, RC_PC)

static void fptest_expect_xtract_exp(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestmore_expect_xtract(c, e, true);
}
FPTEST_FUNCTIONS(xtract_exp, F80, NONE, NONE, RC_PC)

#define FPTESTMORE_CODE(op, out)                                                                   \
    LOOP_TAIL("fninit\n fldt 0x4020(%esi)\n fldcw 0x4000(%esi)\n fldt 0x4010(%esi)\n " op          \
              "\n fnstsw 0x4004(%esi)\n" out,                                                      \
              "fninit")
#define FPTESTMORE_ROW(F, TX, id, op, title, out)                                                  \
    FPTEST_ROW(F, TX, id, "x87_" #id, title, NEED_FPU, FPTESTMORE_CODE(op, out))

/* clang-format off */
#define FPTESTMORE_ROWS(F, T, TX) \
FPTESTMORE_ROW(F, TX, prem, "fprem", "fprem: remainder, C2, three bits of the quotient", "fstpt 0x4030(%esi)") \
FPTESTMORE_ROW(F, TX, prem1, "fprem1", "fprem1: the same to nearest", "fstpt 0x4030(%esi)") \
FPTESTMORE_ROW(F, TX, scale, "fscale", "fscale", "fstpt 0x4030(%esi)") \
FPTESTMORE_ROW(F, TX, xtract_sig, "fxtract", "fxtract: the significand", "fstpt 0x4030(%esi)") \
FPTESTMORE_ROW(F, TX, xtract_exp, "fxtract\n fxch", "fxtract: the exponent", "fstpt 0x4030(%esi)")
/* clang-format on */
FAMILY_TABLE_AS(fptestmore, fptest, FPTESTMORE_ROWS)
