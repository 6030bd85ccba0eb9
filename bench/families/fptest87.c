/* fptest.x87_...: x87 arithmetic, conversions and compares, see fptest.h. */
#include "bench/fptest.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

#define FPTEST87_BINARY(id, type, from, compute)                                                   \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        struct exact_env env = fptest_env87(c);                                                    \
        struct exact_num a = fptest_get80(c->a), b = from(c->b);                                   \
        fptest_put80(e, compute);                                                                  \
        fptest_finish87(e, &env);                                                                  \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, F80, type, NONE, RC_PC)

static struct exact_num fptest87_get32(const uint8_t *at)
{
    uint32_t bits;
    memcpy(&bits, at, 4);
    return exact_from32(bits);
}

static struct exact_num fptest87_get64(const uint8_t *at)
{
    uint64_t bits;
    memcpy(&bits, at, 8);
    return exact_from64(bits);
}

static struct exact_num fptest87_get_i16(const uint8_t *at)
{
    int16_t value;
    memcpy(&value, at, 2);
    return exact_from_int(value);
}

static struct exact_num fptest87_get_i32(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, 4);
    return exact_from_int(value);
}

static struct exact_num fptest87_get_i64(const uint8_t *at)
{
    int64_t value;
    memcpy(&value, at, 8);
    return exact_from_int(value);
}

#define ADD  exact_add(&env, EXACT_F80, a, b, false)
#define SUB  exact_add(&env, EXACT_F80, a, b, true)
#define SUBR exact_add(&env, EXACT_F80, b, a, true)
#define MUL  exact_mul(&env, EXACT_F80, a, b)
#define DIV  exact_div(&env, EXACT_F80, a, b)
#define DIVR exact_div(&env, EXACT_F80, b, a)
FPTEST87_BINARY(x87_add, F80, fptest_get80, ADD)
FPTEST87_BINARY(x87_sub, F80, fptest_get80, SUB)
FPTEST87_BINARY(x87_subr, F80, fptest_get80, SUBR)
FPTEST87_BINARY(x87_mul, F80, fptest_get80, MUL)
FPTEST87_BINARY(x87_div, F80, fptest_get80, DIV)
FPTEST87_BINARY(x87_divr, F80, fptest_get80, DIVR)
FPTEST87_BINARY(x87_add_m32, F32, fptest87_get32, ADD)
FPTEST87_BINARY(x87_sub_m64, F64, fptest87_get64, SUB)
FPTEST87_BINARY(x87_mul_m64, F64, fptest87_get64, MUL)
FPTEST87_BINARY(x87_div_m32, F32, fptest87_get32, DIV)
FPTEST87_BINARY(x87_divr_m64, F64, fptest87_get64, DIVR)
FPTEST87_BINARY(x87_iadd_m16, I16, fptest87_get_i16, ADD)
FPTEST87_BINARY(x87_idivr_m32, I32, fptest87_get_i32, DIVR)

#define FPTEST87_UNARY(id, type, modes, from, compute)                                             \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        struct exact_env env = fptest_env87(c);                                                    \
        struct exact_num a = from(c->a);                                                           \
        fptest_put80(e, compute);                                                                  \
        fptest_finish87(e, &env);                                                                  \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, type, NONE, NONE, modes)

static struct exact_num fptest87_load(struct exact_env *env, struct exact_num a)
{
    env->precision = 64;
    return exact_convert(env, EXACT_F80, a);
}

FPTEST87_UNARY(x87_sqrt, F80, RC_PC, fptest_get80, exact_sqrt(&env, EXACT_F80, a))
FPTEST87_UNARY(x87_rndint, F80, RC_PC, fptest_get80, exact_round_to_int(&env, EXACT_F80, a))
FPTEST87_UNARY(x87_ld_m32, F32, RC_PC, fptest87_get32, fptest87_load(&env, a))
FPTEST87_UNARY(x87_ld_m64, F64, RC_PC, fptest87_get64, fptest87_load(&env, a))
FPTEST87_UNARY(x87_ild_m64, I64, RC_PC, fptest87_get_i64, a)

/* FCHS and FABS do not look at what they change; neither raises anything. */
static void fptest_expect_x87_chs(const struct fptest_case *c, struct fptest_expected *e)
{
    memcpy(e->out, c->a, 10);
    e->out[9] ^= 0x80;
    e->bytes = 10;
    e->mask = FPTEST_C1;
}
FPTEST_FUNCTIONS(x87_chs, F80, NONE, NONE, ONE)

static void fptest_expect_x87_abs(const struct fptest_case *c, struct fptest_expected *e)
{
    memcpy(e->out, c->a, 10);
    e->out[9] &= 0x7F;
    e->bytes = 10;
    e->mask = FPTEST_C1;
}
FPTEST_FUNCTIONS(x87_abs, F80, NONE, NONE, ONE)

static void fptest_expect_x87_st_m32(const struct fptest_case *c, struct fptest_expected *e)
{
    struct exact_env env = fptest_env87(c);
    uint32_t bits = exact_to32(exact_convert(&env, EXACT_F32, fptest_get80(c->a)));
    memcpy(e->out, &bits, 4);
    e->bytes = 4;
    fptest_finish87(e, &env);
}
FPTEST_FUNCTIONS(x87_st_m32, F80, NONE, NONE, RC_PC)

static void fptest_expect_x87_st_m64(const struct fptest_case *c, struct fptest_expected *e)
{
    struct exact_env env = fptest_env87(c);
    uint64_t bits = exact_to64(exact_convert(&env, EXACT_F64, fptest_get80(c->a)));
    memcpy(e->out, &bits, 8);
    e->bytes = 8;
    fptest_finish87(e, &env);
}
FPTEST_FUNCTIONS(x87_st_m64, F80, NONE, NONE, RC_PC)

static void fptest87_expect_ist(const struct fptest_case *c, struct fptest_expected *e,
                                uint32_t bits, bool truncate)
{
    struct exact_env env = fptest_env87(c);
    if (truncate)
        env.rounding = EXACT_TO_ZERO;
    int64_t value = exact_to_int(&env, fptest_get80(c->a), bits);
    memcpy(e->out, &value, 8);
    e->bytes = bits / 8;
    fptest_finish87(e, &env);
}

#define FPTEST87_IST(id, bits, truncate, modes)                                                    \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        fptest87_expect_ist(c, e, bits, truncate);                                                 \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, F80, NONE, NONE, modes)
FPTEST87_IST(x87_ist_m16, 16, false, RC_PC)
FPTEST87_IST(x87_ist_m32, 32, false, RC_PC)
FPTEST87_IST(x87_ist_m64, 64, false, RC_PC)
FPTEST87_IST(x87_istt_m32, 32, true, RC)
FPTEST87_IST(x87_istt_m64, 64, true, RC)

/* C3 C2 C0 as ZF PF CF. */
static uint32_t fptest87_codes(enum exact_order order)
{
    static const uint32_t codes[] = {FPTEST_C0, FPTEST_C3, 0, FPTEST_C0 | FPTEST_C2 | FPTEST_C3};
    return codes[order];
}

#define FPTEST87_COMPARE(id, type, from, quiet)                                                    \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        struct exact_env env = fptest_env87(c);                                                    \
        e->codes = fptest87_codes(exact_compare(&env, fptest_get80(c->a), from(c->b), quiet));     \
        e->mask = FPTEST_C0 | FPTEST_C2 | FPTEST_C3;                                               \
        fptest_finish87(e, &env);                                                                  \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, F80, type, NONE, ONE)

static struct exact_num fptest87_get_zero(const uint8_t *at)
{
    (void)at;
    return exact_from_int(0);
}

FPTEST87_COMPARE(x87_com, F80, fptest_get80, false)
FPTEST87_COMPARE(x87_com_m32, F32, fptest87_get32, false)
FPTEST87_COMPARE(x87_com_m64, F64, fptest87_get64, false)
FPTEST87_COMPARE(x87_ucom, F80, fptest_get80, true)
FPTEST87_COMPARE(x87_tst, NONE, fptest87_get_zero, false)

static void fptest87_expect_comi(const struct fptest_case *c, struct fptest_expected *e, bool quiet)
{
    static const uint32_t eflags[] = {1, 0x40, 0, 0x45};
    struct exact_env env = fptest_env87(c);
    e->eflags = eflags[exact_compare(&env, fptest_get80(c->a), fptest_get80(c->b), quiet)];
    e->eflags_mask = 0x8D5; /* OF, SF and AF become 0 */
    fptest_finish87(e, &env);
}

static void fptest_expect_x87_comi(const struct fptest_case *c, struct fptest_expected *e)
{
    fptest87_expect_comi(c, e, false);
}
FPTEST_FUNCTIONS(x87_comi, F80, F80, NONE, ONE)

static void fptest_expect_x87_ucomi(const struct fptest_case *c, struct fptest_expected *e)
{
    fptest87_expect_comi(c, e, true);
}
FPTEST_FUNCTIONS(x87_ucomi, F80, F80, NONE, ONE)

/* FXAM, and the tag word that FNSTENV makes of what two registers hold (SDM vol. 1, 8.1.7). */
static uint32_t fptest87_tag(const uint8_t *at)
{
    struct exact_num a = fptest_get80(at);
    return a.kind == EXACT_ZERO ? 1 : a.kind == EXACT_NUMBER && !a.denormal ? 0 : 2;
}

static void fptest_expect_x87_xam(const struct fptest_case *c, struct fptest_expected *e)
{
    static const uint32_t codes[] = {[EXACT_ZERO] = FPTEST_C3,
                                     [EXACT_NUMBER] = FPTEST_C2,
                                     [EXACT_INFINITY] = FPTEST_C2 | FPTEST_C0,
                                     [EXACT_QNAN] = FPTEST_C0,
                                     [EXACT_SNAN] = FPTEST_C0,
                                     [EXACT_UNSUPPORTED] = 0};
    struct exact_num a = fptest_get80(c->a);
    e->codes = codes[a.kind] | (a.denormal ? FPTEST_C3 : 0) | (a.sign ? FPTEST_C1 : 0);
    e->mask = FPTEST_C0 | FPTEST_C1 | FPTEST_C2 | FPTEST_C3;
    e->tags = fptest87_tag(c->b) << 14 | fptest87_tag(c->a) << 12 | 0xFFF;
}
FPTEST_FUNCTIONS(x87_xam, F80, F80, NONE, ONE)

#define FPTEST87_AB  "fldt 0x4020(%esi)\n fldt 0x4010(%esi)\n"
#define FPTEST87_A   "fld1\n fldt 0x4010(%esi)\n"
#define FPTEST87_OUT "fstpt 0x4030(%esi)"
#define FPTEST87_CODE(load, op, out)                                                               \
    LOOP_TAIL("fninit\n fldcw 0x4000(%esi)\n" load op "\n fnstsw 0x4004(%esi)\n fnstenv "          \
              "0x4040(%esi)\n" out,                                                                \
              "fninit")
#define FPTEST87_ROW(F, TX, id, title, load, op)                                                   \
    FPTEST_ROW(F, TX, id, #id, title, NEED_FPU, FPTEST87_CODE(load, op, FPTEST87_OUT))
/* A compare: EFLAGS are kept, and every one of them was set before. */
#define FPTEST87_COMI(F, TX, id, title, op)                                                        \
    FPTEST_ROW(F, TX, id, #id, title, NEED_FPU | NEED_CMOV,                                        \
               FPTEST87_CODE(FPTEST87_AB "push %eax\n mov $0x7FFFFFFF,%eax\n add $1,%eax\n stc\n", \
                             op, "pushf\n popl 0x400C(%esi)\n fstp %st(0)\n pop %eax"))

/* clang-format off */
#define FPTEST87_ROWS(F, T, TX) \
FPTEST87_ROW(F, TX, x87_add, "fadd, 80 bits", FPTEST87_AB, "fadd %st(1),%st") \
FPTEST87_ROW(F, TX, x87_sub, "fsub, 80 bits", FPTEST87_AB, "fsub %st(1),%st") \
FPTEST87_ROW(F, TX, x87_subr, "fsubr, 80 bits", FPTEST87_AB, "fsubr %st(1),%st") \
FPTEST87_ROW(F, TX, x87_mul, "fmul, 80 bits", FPTEST87_AB, "fmul %st(1),%st") \
FPTEST87_ROW(F, TX, x87_div, "fdiv, 80 bits", FPTEST87_AB, "fdiv %st(1),%st") \
FPTEST87_ROW(F, TX, x87_divr, "fdivr, 80 bits", FPTEST87_AB, "fdivr %st(1),%st") \
FPTEST87_ROW(F, TX, x87_sqrt, "fsqrt", FPTEST87_A, "fsqrt") \
FPTEST87_ROW(F, TX, x87_rndint, "frndint", FPTEST87_A, "frndint") \
FPTEST87_ROW(F, TX, x87_chs, "fchs", FPTEST87_A, "fchs") \
FPTEST87_ROW(F, TX, x87_abs, "fabs", FPTEST87_A, "fabs") \
FPTEST87_ROW(F, TX, x87_add_m32, "fadd of a single", FPTEST87_A, "fadds 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_sub_m64, "fsub of a double", FPTEST87_A, "fsubl 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_mul_m64, "fmul by a double", FPTEST87_A, "fmull 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_div_m32, "fdiv by a single", FPTEST87_A, "fdivs 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_divr_m64, "fdivr of a double", FPTEST87_A, "fdivrl 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_iadd_m16, "fiadd of a 16-bit integer", FPTEST87_A, "fiadds 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_idivr_m32, "fidivr of a 32-bit integer", FPTEST87_A, "fidivrl 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_ld_m32, "fld of a single", "fld1\n", "flds 0x4010(%esi)") \
FPTEST87_ROW(F, TX, x87_ld_m64, "fld of a double", "fld1\n", "fldl 0x4010(%esi)") \
FPTEST87_ROW(F, TX, x87_ild_m64, "fild of a 64-bit integer", "fld1\n", "fildll 0x4010(%esi)") \
FPTEST_ROW(F, TX, x87_st_m32, "x87_st_m32", "fst of a single", NEED_FPU, FPTEST87_CODE(FPTEST87_A, "fsts 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_st_m64, "x87_st_m64", "fst of a double", NEED_FPU, FPTEST87_CODE(FPTEST87_A, "fstl 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_ist_m16, "x87_ist_m16", "fistp of a 16-bit integer", NEED_FPU, FPTEST87_CODE(FPTEST87_A, "fistps 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_ist_m32, "x87_ist_m32", "fistp of a 32-bit integer", NEED_FPU, FPTEST87_CODE(FPTEST87_A, "fistpl 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_ist_m64, "x87_ist_m64", "fistp of a 64-bit integer", NEED_FPU, FPTEST87_CODE(FPTEST87_A, "fistpll 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_istt_m32, "x87_istt_m32", "fisttp of a 32-bit integer", NEED_FPU | NEED_SSE3, FPTEST87_CODE(FPTEST87_A, "fisttpl 0x4030(%esi)", "")) \
FPTEST_ROW(F, TX, x87_istt_m64, "x87_istt_m64", "fisttp of a 64-bit integer", NEED_FPU | NEED_SSE3, FPTEST87_CODE(FPTEST87_A, "fisttpll 0x4030(%esi)", "")) \
FPTEST87_ROW(F, TX, x87_com, "fcom", FPTEST87_AB, "fcom %st(1)") \
FPTEST87_ROW(F, TX, x87_com_m32, "fcom with a single", FPTEST87_A, "fcoms 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_com_m64, "fcom with a double", FPTEST87_A, "fcoml 0x4020(%esi)") \
FPTEST87_ROW(F, TX, x87_ucom, "fucom", FPTEST87_AB, "fucom %st(1)") \
FPTEST87_ROW(F, TX, x87_tst, "ftst", FPTEST87_A, "ftst") \
FPTEST87_COMI(F, TX, x87_comi, "fcomi", "fcomi %st(1),%st") \
FPTEST87_COMI(F, TX, x87_ucomi, "fucomi", "fucomi %st(1),%st") \
FPTEST87_ROW(F, TX, x87_xam, "fxam, and the tags in fnstenv", FPTEST87_AB, "fxam")
/* clang-format on */
FAMILY_TABLE_AS(fptest87, fptest, FPTEST87_ROWS)
