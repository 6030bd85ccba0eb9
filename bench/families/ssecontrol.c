/* sse and fpu: compares with branches, searches in text, and a small whole: the Mandelbrot set, the
 * same steps in x87 and in SSE2 (80 and 64 bits: their counts of steps may differ, and are computed
 * for each). */
#include "bench/exact.h"
#include "bench/freestanding.h"
#include "bench/source.h"

#define SSC_TEXT(head, count, body, end, tail)                                                     \
    head "\n9:\n" REPEAT(count, body) end "\n dec %ebp\n jnz 9b\n" tail "\n ret\n"

/* ---- compares: two numbers in turn ---- */

static void ssc_setup_compare(struct test_state *s)
{
    source_setup_f32(s);
    s->data32[0] = 0x3FC00000u;        /* 1.5 */
    s->data32[8] = 0x40200000u;        /* 2.5 */
    s->data32[16] = s->data32[24] = 0; /* 1.5 and 2.5 as doubles */
    s->data32[17] = 0x3FF80000u;
    s->data32[25] = 0x40040000u;
}

static void ssc_model_compare(struct test_state *s, uint32_t n)
{
    s->regs.ecx += 8 * n;
}

/* ---- searches: the zero in a text of 101 characters ---- */

#define SSC_LENGTH 101u

static void ssc_setup_text(struct test_state *s)
{
    for (uint32_t i = 0; i < 256; i++)
        s->data[i] |= 0x20;
    s->data[SSC_LENGTH] = 0;
}

static void ssc_model_text(struct test_state *s, uint32_t n)
{
    s->regs.ecx = SSC_LENGTH;
    s->regs.edx += SSC_LENGTH * n;
    s->regs.eax = 0;
}

/* ---- Mandelbrot: four points, at most 64 steps each ---- */

#define SSC_POINTS 4u
#define SSC_STEPS  64u

static const uint32_t ssc_points[SSC_POINTS][2] = {
    /* high words of doubles */
    {0xBFE80000u, 0x3FC00000u}, /* -0.75 + 0.125 i */
    {0x3FD40000u, 0x3FE00000u}, /* 0.3125 + 0.5 i */
    {0xBFF40000u, 0x3FB80000u}, /* -1.25 + 0.09375 i */
    {0x3FD80000u, 0x3FD80000u}, /* 0.375 + 0.375 i */
};

static void ssc_setup_mandelbrot(struct test_state *s)
{
    source_setup_f64(s);
    for (uint32_t i = 0; i < SSC_POINTS; i++)
        for (uint32_t k = 0; k < 2; k++) {
            s->data32[128 + 4 * i + 2 * k] = 0;
            s->data32[129 + 4 * i + 2 * k] = ssc_points[i][k];
        }
    s->data32[112] = 0;
    s->data32[113] = 0x40100000u; /* 4 */
}

/* What an operation leaves in a register of the format. */
static struct exact_num ssc_keep(enum exact_format format, struct exact_num a)
{
    return format == EXACT_F80 ? exact_from80(exact_to80(a)) : exact_from64(exact_to64(a));
}

static uint32_t ssc_count_steps(enum exact_format format, struct exact_num cx, struct exact_num cy)
{
    struct exact_env env = {.unit = EXACT_SSE, .precision = 64};
    struct exact_num x = exact_from_int(0), y = x, four = exact_from_int(4);
    for (uint32_t step = 0; step < SSC_STEPS; step++) {
        struct exact_num xx = ssc_keep(format, exact_mul(&env, format, x, x)),
                         yy = ssc_keep(format, exact_mul(&env, format, y, y)),
                         size = ssc_keep(format, exact_add(&env, format, xx, yy, false));
        if (exact_compare(&env, size, four, true) == EXACT_GREATER)
            return step;
        y = ssc_keep(format, exact_mul(&env, format, y, x));
        y = ssc_keep(format, exact_add(&env, format, y, y, false));
        y = ssc_keep(format, exact_add(&env, format, y, cy, false));
        x = ssc_keep(format, exact_add(&env, format, xx, yy, true));
        x = ssc_keep(format, exact_add(&env, format, x, cx, false));
    }
    return SSC_STEPS;
}

static void ssc_model_mandelbrot(struct test_state *s, uint32_t n, enum exact_format format)
{
    uint32_t steps = 0;
    for (uint32_t i = 0; i < SSC_POINTS; i++)
        steps += ssc_count_steps(format, exact_from64((uint64_t)ssc_points[i][0] << 32),
                                 exact_from64((uint64_t)ssc_points[i][1] << 32));
    if (steps != s->test->ops)
        s->why = "the row's number of operations is not the number of steps";
    s->regs.ecx += steps * n;
    s->regs.eax = s->regs.edx = 0;
}

static void ssc_model_mandelbrot87(struct test_state *s, uint32_t n)
{
    ssc_model_mandelbrot(s, n, EXACT_F80);
}

static void ssc_model_mandelbrot_sse2(struct test_state *s, uint32_t n)
{
    ssc_model_mandelbrot(s, n, EXACT_F64);
}

/* st(0) = x, st(1) = y, st(2) = cx, st(3) = cy */
#define SSC_POINT87(at)                                                                            \
    "fldl " at "+8(%esi)\n fldl " at "(%esi)\n fldz\n fldz\n mov $64,%edx\n"                       \
    "1: fld %st(0)\n fmul %st(0),%st\n fld %st(2)\n fmul %st(0),%st\n fld %st(1)\n fadd "          \
    "%st(1),%st\n fcompl 448(%esi)\n fnstsw %ax\n sahf\n ja 2f\n fsubr %st(1),%st\n fstp "         \
    "%st(1)\n fadd %st(3),%st\n fxch %st(2)\n fmul %st(1),%st\n fadd %st(0),%st\n fadd "           \
    "%st(4),%st\n fstp %st(1)\n fxch %st(1)\n inc %ecx\n dec %edx\n jnz 1b\n jmp 3f\n"             \
    "2: fstp %st(0)\n fstp %st(0)\n3: fstp %st(0)\n fstp %st(0)\n fstp %st(0)\n fstp %st(0)\n "
/* xmm0 = x, xmm1 = y, xmm2 = cx, xmm3 = cy, xmm7 = 4 */
#define SSC_POINT2(at)                                                                             \
    "movsd " at "(%esi),%xmm2\n movsd " at "+8(%esi),%xmm3\n xorps %xmm0,%xmm0\n xorps "           \
    "%xmm1,%xmm1\n mov $64,%edx\n"                                                                 \
    "1: movaps %xmm0,%xmm4\n mulsd %xmm4,%xmm4\n movaps %xmm1,%xmm5\n mulsd %xmm5,%xmm5\n "        \
    "movaps %xmm4,%xmm6\n addsd %xmm5,%xmm6\n comisd %xmm7,%xmm6\n ja 2f\n mulsd %xmm0,%xmm1\n "   \
    "subsd %xmm5,%xmm4\n addsd %xmm1,%xmm1\n addsd %xmm2,%xmm4\n addsd %xmm3,%xmm1\n movaps "      \
    "%xmm4,%xmm0\n inc %ecx\n dec %edx\n jnz 1b\n2: "
#define SSC_FOUR(point) point("512") point("528") point("544") point("560")

#define SSC_STRLEN                                                                                 \
    "xor %ecx,%ecx\n pxor %xmm0,%xmm0\n1: movdqu (%esi,%ecx),%xmm1\n pcmpeqb %xmm0,%xmm1\n "       \
    "pmovmskb %xmm1,%eax\n add $16,%ecx\n test %eax,%eax\n jz 1b\n bsf %eax,%eax\n lea "           \
    "-16(%ecx,%eax),%ecx\n add %ecx,%edx\n xor %eax,%eax"
#define SSC_STRLEN42                                                                               \
    "mov %esi,%eax\n pxor %xmm0,%xmm0\n sub $16,%eax\n1: add $16,%eax\n pcmpistri "                \
    "$8,(%eax),%xmm0\n jnz 1b\n lea (%eax,%ecx),%ecx\n sub %esi,%ecx\n add %ecx,%edx\n xor "       \
    "%eax,%eax"

/* clang-format off */
#define SSC_SSE_ROWS(F, T, TX) \
T(F, comiss, "comiss_jcc", "", "comiss and a branch on it, taken every second time", 16, FLOOR, NEED_SSE, SSC_TEXT("movss (%esi),%xmm0\n movss 32(%esi),%xmm1", 8, "comiss %xmm1,%xmm0\n jae 1f\n inc %ecx\n1: comiss %xmm0,%xmm1\n jb 1f\n1: ", "", ""), ssc_setup_compare, ssc_model_compare) \
T(F, ucomisd, "ucomisd_adc", "", "ucomisd and an adc of the carry, set every second time", 16, FLOOR, NEED_SSE2, SSC_TEXT("movsd 64(%esi),%xmm0\n movsd 96(%esi),%xmm1", 8, "ucomisd %xmm1,%xmm0\n adc $0,%ecx\n ucomisd %xmm0,%xmm1\n adc $0,%ecx", "", ""), ssc_setup_compare, ssc_model_compare) \
T(F, strlen, "strlen", "", "length of a text of 101 characters by pcmpeqb and pmovmskb", 1, FLOOR, NEED_SSE2, SSC_TEXT("", 1, SSC_STRLEN, "", ""), ssc_setup_text, ssc_model_text) \
T(F, strlen42, "strlen_pcmpistri", "", "length of a text of 101 characters by pcmpistri", 1, FLOOR, NEED_SSE42, SSC_TEXT("", 1, SSC_STRLEN42, "", ""), ssc_setup_text, ssc_model_text) \
T(F, mandelbrot, "mandelbrot", "", "the Mandelbrot set in scalar doubles: four points, per step", SSC_OPS, FLOOR, NEED_SSE2, SSC_TEXT("movsd 448(%esi),%xmm7", 1, SSC_FOUR(SSC_POINT2), "", "xor %eax,%eax\n xor %edx,%edx"), ssc_setup_mandelbrot, ssc_model_mandelbrot_sse2)
#define SSC_FPU_ROWS(F, T, TX) \
T(F, mandelbrot, "mandelbrot", "", "the Mandelbrot set: four points, per step", SSC_OPS, FLOOR, NEED_FPU, SSC_TEXT("", 1, SSC_FOUR(SSC_POINT87), "", "xor %eax,%eax\n xor %edx,%edx"), ssc_setup_mandelbrot, ssc_model_mandelbrot87)
/* clang-format on */
#define SSC_OPS 134 /* 26 + 64 + 27 + 17 steps; the model counts them again */
FAMILY_TABLE_AS(ssecontrol, sse, SSC_SSE_ROWS)
FAMILY_TABLE_AS(fpuwhole, fpu, SSC_FPU_ROWS)
