/* fptest.sse_...: SSE and SSE2 arithmetic, conversions and compares, see fptest.h. The modes are
 * the four roundings, each with DAZ and FTZ off and on. */
#include "bench/fptest.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

enum fptestsse_op { SSE_ADD, SSE_SUB, SSE_MUL, SSE_DIV, SSE_SQRT, SSE_MIN, SSE_MAX };

static uint64_t fptestsse_get(const uint8_t *at, uint32_t lane, uint32_t size)
{
    uint64_t bits = 0;
    memcpy(&bits, at + lane * size, size);
    return bits;
}

static struct exact_num fptestsse_from(uint64_t bits, uint32_t size)
{
    return size == 4 ? exact_from32((uint32_t)bits) : exact_from64(bits);
}

static struct exact_num fptestsse_compute(struct exact_env *env, enum fptestsse_op op,
                                          enum exact_format to, struct exact_num a,
                                          struct exact_num b)
{
    switch (op) {
    case SSE_ADD: return exact_add(env, to, a, b, false);
    case SSE_SUB: return exact_add(env, to, a, b, true);
    case SSE_MUL: return exact_mul(env, to, a, b);
    case SSE_DIV: return exact_div(env, to, a, b);
    case SSE_SQRT: return exact_sqrt(env, to, b);
    case SSE_MIN: return exact_minmax(env, to, a, b, false);
    default: return exact_minmax(env, to, a, b, true);
    }
}

static void fptestsse_put(struct fptest_expected *e, uint32_t lane, uint32_t size,
                          struct exact_num value)
{
    uint64_t bits = size == 4 ? exact_to32(value) : exact_to64(value);
    memcpy(e->out + lane * size, &bits, size);
}

/* The first `lanes` lanes are computed, the others stay a's. */
static void fptestsse_expect(const struct fptest_case *c, struct fptest_expected *e,
                             enum fptestsse_op op, uint32_t size, uint32_t lanes)
{
    struct exact_env env = fptest_env_sse(c);
    memcpy(e->out, c->a, 16);
    e->bytes = 16;
    for (uint32_t i = 0; i < lanes; i++) {
        struct exact_num a = fptestsse_from(fptestsse_get(c->a, i, size), size),
                         b = fptestsse_from(fptestsse_get(c->b, i, size), size);
        fptestsse_put(e, i, size,
                      fptestsse_compute(&env, op, size == 4 ? EXACT_F32 : EXACT_F64, a, b));
    }
    e->flags = env.flags;
}

#define FPTESTSSE_OP(id, type, op, size, lanes)                                                    \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        fptestsse_expect(c, e, op, size, lanes);                                                   \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, type, type, NONE, MXCSR)
#define FPTESTSSE_FOUR(name, op)                                                                   \
    FPTESTSSE_OP(sse_##name##ss, F32, op, 4, 1)                                                    \
    FPTESTSSE_OP(sse_##name##ps, 4F32, op, 4, 4)                                                   \
    FPTESTSSE_OP(sse_##name##sd, F64, op, 8, 1)                                                    \
    FPTESTSSE_OP(sse_##name##pd, 2F64, op, 8, 2)
FPTESTSSE_FOUR(add, SSE_ADD)
FPTESTSSE_FOUR(sub, SSE_SUB)
FPTESTSSE_FOUR(mul, SSE_MUL)
FPTESTSSE_FOUR(div, SSE_DIV)
FPTESTSSE_FOUR(sqrt, SSE_SQRT)
FPTESTSSE_FOUR(min, SSE_MIN)
FPTESTSSE_FOUR(max, SSE_MAX)

/* ---- compares ---- */

/* CMPSS, predicates 0 to 7 in the four modes' places of c: EQ LT LE UNORD NEQ NLT NLE ORD; LT, LE
 * and their negations signal QNaNs (SDM vol. 2, CMPPS). */
static bool fptestsse_predicate(enum exact_order order, uint32_t predicate)
{
    static const uint8_t holds[4] = {[0] = 1 << EXACT_EQUAL,
                                     [1] = 1 << EXACT_LESS,
                                     [2] = 1 << EXACT_LESS | 1 << EXACT_EQUAL,
                                     [3] = 1 << EXACT_UNORDERED};
    return (holds[predicate & 3] >> order & 1) != (predicate >> 2);
}

static void fptestsse_expect_cmp(const struct fptest_case *c, struct fptest_expected *e,
                                 uint32_t size)
{
    /* The kernel leaves the predicates' results one after the other in a mask of eight bits. */
    struct exact_env env = fptest_env_sse(c);
    struct exact_num a = fptestsse_from(fptestsse_get(c->a, 0, size), size),
                     b = fptestsse_from(fptestsse_get(c->b, 0, size), size);
    uint32_t mask = 0;
    for (uint32_t p = 0; p < 8; p++)
        mask |= (uint32_t)fptestsse_predicate(
                    exact_compare(&env, a, b, (p & 3) == 0 || (p & 3) == 3), p)
                << p;
    memcpy(e->out, &mask, 4);
    e->bytes = 4;
    e->flags = env.flags;
}

static void fptestsse_expect_comi(const struct fptest_case *c, struct fptest_expected *e,
                                  uint32_t size, bool quiet)
{
    static const uint32_t eflags[] = {1, 0x40, 0, 0x45};
    struct exact_env env = fptest_env_sse(c);
    struct exact_num a = fptestsse_from(fptestsse_get(c->a, 0, size), size),
                     b = fptestsse_from(fptestsse_get(c->b, 0, size), size);
    e->eflags = eflags[exact_compare(&env, a, b, quiet)];
    e->eflags_mask = 0x8D5;
    e->flags = env.flags;
}

#define FPTESTSSE_COMPARE(id, type, call)                                                          \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        call;                                                                                      \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, type, type, NONE, MXCSR)
FPTESTSSE_COMPARE(sse_cmpss, F32, fptestsse_expect_cmp(c, e, 4))
FPTESTSSE_COMPARE(sse_cmpsd, F64, fptestsse_expect_cmp(c, e, 8))
FPTESTSSE_COMPARE(sse_comiss, F32, fptestsse_expect_comi(c, e, 4, false))
FPTESTSSE_COMPARE(sse_ucomiss, F32, fptestsse_expect_comi(c, e, 4, true))
FPTESTSSE_COMPARE(sse_comisd, F64, fptestsse_expect_comi(c, e, 8, false))
FPTESTSSE_COMPARE(sse_ucomisd, F64, fptestsse_expect_comi(c, e, 8, true))

/* ---- conversions ---- */

static void fptestsse_expect_to_int(const struct fptest_case *c, struct fptest_expected *e,
                                    uint32_t size, uint32_t lanes, bool truncate)
{
    struct exact_env env = fptest_env_sse(c);
    if (truncate)
        env.rounding = EXACT_TO_ZERO;
    for (uint32_t i = 0; i < lanes; i++) {
        int64_t value = exact_to_int(&env, fptestsse_from(fptestsse_get(c->a, i, size), size), 32);
        memcpy(e->out + 4 * i, &value, 4);
    }
    e->bytes = lanes == 1 ? 4 : 16;
    e->flags = env.flags;
}

static void fptestsse_expect_resize(const struct fptest_case *c, struct fptest_expected *e,
                                    uint32_t from, uint32_t lanes)
{
    struct exact_env env = fptest_env_sse(c);
    const uint32_t to = 12 - from;
    if (lanes == 1)
        memcpy(e->out, c->b, 16);
    for (uint32_t i = 0; i < lanes; i++)
        fptestsse_put(e, i, to,
                      exact_convert(&env, to == 4 ? EXACT_F32 : EXACT_F64,
                                    fptestsse_from(fptestsse_get(c->a, i, from), from)));
    e->bytes = 16;
    e->flags = env.flags;
}

static void fptestsse_expect_from_int(const struct fptest_case *c, struct fptest_expected *e,
                                      uint32_t size)
{
    struct exact_env env = fptest_env_sse(c);
    int32_t value;
    memcpy(&value, c->a, 4);
    memcpy(e->out, c->b, 16);
    fptestsse_put(e, 0, size,
                  exact_convert(&env, size == 4 ? EXACT_F32 : EXACT_F64, exact_from_int(value)));
    e->bytes = 16;
    e->flags = env.flags;
}

#define FPTESTSSE_CONVERT(id, type, call)                                                          \
    static void fptest_expect_##id(const struct fptest_case *c, struct fptest_expected *e)         \
    {                                                                                              \
        call;                                                                                      \
    }                                                                                              \
    FPTEST_FUNCTIONS(id, type, NONE, NONE, MXCSR)
FPTESTSSE_CONVERT(sse_cvtss2si, F32, fptestsse_expect_to_int(c, e, 4, 1, false))
FPTESTSSE_CONVERT(sse_cvttss2si, F32, fptestsse_expect_to_int(c, e, 4, 1, true))
FPTESTSSE_CONVERT(sse_cvtsd2si, F64, fptestsse_expect_to_int(c, e, 8, 1, false))
FPTESTSSE_CONVERT(sse_cvttsd2si, F64, fptestsse_expect_to_int(c, e, 8, 1, true))
FPTESTSSE_CONVERT(sse_cvtps2dq, 4F32, fptestsse_expect_to_int(c, e, 4, 4, false))
FPTESTSSE_CONVERT(sse_cvttps2dq, 4F32, fptestsse_expect_to_int(c, e, 4, 4, true))
FPTESTSSE_CONVERT(sse_cvttpd2dq, 2F64, fptestsse_expect_to_int(c, e, 8, 2, true))
FPTESTSSE_CONVERT(sse_cvtss2sd, F32, fptestsse_expect_resize(c, e, 4, 1))
FPTESTSSE_CONVERT(sse_cvtsd2ss, F64, fptestsse_expect_resize(c, e, 8, 1))
FPTESTSSE_CONVERT(sse_cvtps2pd, 4F32, fptestsse_expect_resize(c, e, 4, 2))
FPTESTSSE_CONVERT(sse_cvtpd2ps, 2F64, fptestsse_expect_resize(c, e, 8, 2))
FPTESTSSE_CONVERT(sse_cvtsi2ss, I32, fptestsse_expect_from_int(c, e, 4))
FPTESTSSE_CONVERT(sse_cvtsi2sd, I32, fptestsse_expect_from_int(c, e, 8))

/* ---- fused multiply-add: VFMADD213 multiplies its second operand by its first, and NaNs are
 * looked for in that order, then in the third; manuals leave the order open for some, this is
 * silicon's */

static void fptestsse_expect_fma(const struct fptest_case *c, struct fptest_expected *e,
                                 uint32_t size)
{
    struct exact_env env = fptest_env_sse(c);
    struct exact_num a = fptestsse_from(fptestsse_get(c->a, 0, size), size),
                     b = fptestsse_from(fptestsse_get(c->b, 0, size), size),
                     d = fptestsse_from(fptestsse_get(c->c, 0, size), size);
    memcpy(e->out, c->a, 16);
    fptestsse_put(e, 0, size, exact_fma(&env, size == 4 ? EXACT_F32 : EXACT_F64, a, b, d));
    e->bytes = 16;
    e->flags = env.flags;
}

static void fptest_expect_fma_ss(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestsse_expect_fma(c, e, 4);
}
FPTEST_FUNCTIONS(fma_ss, F32, F32, F32, MXCSR)

static void fptest_expect_fma_sd(const struct fptest_case *c, struct fptest_expected *e)
{
    fptestsse_expect_fma(c, e, 8);
}
FPTEST_FUNCTIONS(fma_sd, F64, F64, F64, MXCSR)

#define FPTESTSSE_LOAD                                                                             \
    "ldmxcsr 0x4008(%esi)\n movups 0x4010(%esi),%xmm0\n movups 0x4020(%esi),%xmm1\n ldmxcsr "      \
    "0x4000(%esi)\n"
#define FPTESTSSE_STATUS "stmxcsr 0x4004(%esi)\n"
#define FPTESTSSE_OUT    "movups %xmm0,0x4030(%esi)"
#define FPTESTSSE_CODE(op, out)                                                                    \
    LOOP_TAIL("movl $0x1F80,0x4008(%esi)\n" FPTESTSSE_LOAD op "\n" FPTESTSSE_STATUS out,           \
              "ldmxcsr 0x4008(%esi)")
#define FPTESTSSE_ROW(F, TX, id, op)                                                               \
    FPTEST_ROW(F, TX, sse_##id, "sse_" #id, #id, NEED_SSE | NEED_SSE2,                             \
               FPTESTSSE_CODE(op, FPTESTSSE_OUT))
#define FPTESTSSE_BINARY(F, TX, id) FPTESTSSE_ROW(F, TX, id, #id " %xmm1,%xmm0")
#define FPTESTSSE_KIND(F, TX, name)                                                                \
    FPTESTSSE_BINARY(F, TX, name##ss)                                                              \
    FPTESTSSE_BINARY(F, TX, name##ps)                                                              \
    FPTESTSSE_BINARY(F, TX, name##sd)                                                              \
    FPTESTSSE_BINARY(F, TX, name##pd)
/* Eight predicates: each gives ones or zeros, whose low bit goes to its place. */
#define FPTESTSSE_PREDICATE(op, p)                                                                 \
    "movaps %xmm0,%xmm2\n " op " $" #p ",%xmm1,%xmm2\n movd %xmm2,%ecx\n and $1<<" #p              \
    ",%ecx\n or %ecx,%edx\n"
#define FPTESTSSE_CMP(F, TX, id)                                                                   \
    FPTEST_ROW(F, TX, sse_##id, "sse_" #id, #id ", eight predicates", NEED_SSE | NEED_SSE2,        \
               FPTESTSSE_CODE("push %ecx\n push %edx\n xor %edx,%edx\n" FPTESTSSE_PREDICATE(       \
                                  #id, 0) FPTESTSSE_PREDICATE(#id, 1) FPTESTSSE_PREDICATE(#id, 2)  \
                                  FPTESTSSE_PREDICATE(#id, 3) FPTESTSSE_PREDICATE(#id, 4)          \
                                      FPTESTSSE_PREDICATE(#id, 5) FPTESTSSE_PREDICATE(#id, 6)      \
                                          FPTESTSSE_PREDICATE(#id, 7),                             \
                              "mov %edx,0x4030(%esi)\n pop %edx\n pop %ecx"))
#define FPTESTSSE_COMI(F, TX, id)                                                                  \
    FPTEST_ROW(F, TX, sse_##id, "sse_" #id, #id, NEED_SSE | NEED_SSE2,                             \
               FPTESTSSE_CODE("push %eax\n mov $0x7FFFFFFF,%eax\n add $1,%eax\n stc\n " #id        \
                              " %xmm1,%xmm0",                                                      \
                              "pushf\n popl 0x400C(%esi)\n pop %eax"))
#define FPTESTSSE_TO_INT(F, TX, id)                                                                \
    FPTEST_ROW(                                                                                    \
        F, TX, sse_##id, "sse_" #id, #id, NEED_SSE | NEED_SSE2,                                    \
        FPTESTSSE_CODE("push %ecx\n " #id " %xmm0,%ecx", "mov %ecx,0x4030(%esi)\n pop %ecx"))
#define FPTESTSSE_RESIZE(F, TX, id)                                                                \
    FPTEST_ROW(F, TX, sse_##id, "sse_" #id, #id, NEED_SSE | NEED_SSE2,                             \
               FPTESTSSE_CODE(#id " %xmm0,%xmm1", "movups %xmm1,0x4030(%esi)"))
#define FPTESTSSE_FROM_INT(F, TX, id)                                                              \
    FPTEST_ROW(F, TX, sse_##id, "sse_" #id, #id, NEED_SSE | NEED_SSE2,                             \
               FPTESTSSE_CODE(#id "l 0x4010(%esi),%xmm1", "movups %xmm1,0x4030(%esi)"))
#define FPTESTSSE_FMA(F, TX, id, op)                                                               \
    FPTEST_ROW(F, TX, id, #id, op, NEED_AVX | NEED_FMA,                                            \
               FPTESTSSE_CODE(op " 0x4060(%esi),%xmm0,%xmm1\n movaps %xmm1,%xmm0", FPTESTSSE_OUT))

/* clang-format off */
#define FPTESTSSE_ROWS(F, T, TX) \
FPTESTSSE_KIND(F, TX, add) FPTESTSSE_KIND(F, TX, sub) FPTESTSSE_KIND(F, TX, mul) FPTESTSSE_KIND(F, TX, div) \
FPTESTSSE_KIND(F, TX, sqrt) FPTESTSSE_KIND(F, TX, min) FPTESTSSE_KIND(F, TX, max) \
FPTESTSSE_CMP(F, TX, cmpss) FPTESTSSE_CMP(F, TX, cmpsd) \
FPTESTSSE_COMI(F, TX, comiss) FPTESTSSE_COMI(F, TX, ucomiss) FPTESTSSE_COMI(F, TX, comisd) FPTESTSSE_COMI(F, TX, ucomisd) \
FPTESTSSE_TO_INT(F, TX, cvtss2si) FPTESTSSE_TO_INT(F, TX, cvttss2si) FPTESTSSE_TO_INT(F, TX, cvtsd2si) FPTESTSSE_TO_INT(F, TX, cvttsd2si) \
FPTESTSSE_ROW(F, TX, cvtps2dq, "cvtps2dq %xmm0,%xmm0") FPTESTSSE_ROW(F, TX, cvttps2dq, "cvttps2dq %xmm0,%xmm0") FPTESTSSE_ROW(F, TX, cvttpd2dq, "cvttpd2dq %xmm0,%xmm0") \
FPTESTSSE_RESIZE(F, TX, cvtss2sd) FPTESTSSE_RESIZE(F, TX, cvtsd2ss) FPTESTSSE_RESIZE(F, TX, cvtps2pd) FPTESTSSE_RESIZE(F, TX, cvtpd2ps) \
FPTESTSSE_FROM_INT(F, TX, cvtsi2ss) FPTESTSSE_FROM_INT(F, TX, cvtsi2sd) \
FPTESTSSE_FMA(F, TX, fma_ss, "vfmadd213ss") FPTESTSSE_FMA(F, TX, fma_sd, "vfmadd213sd")
/* clang-format on */
FAMILY_TABLE_AS(fptestsse, fptest, FPTESTSSE_ROWS)
