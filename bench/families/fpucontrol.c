/* fpu: compares with branches' flags, images of the state, and transcendental functions.
 *
 * Transcendental functions differ in their last bits from processor to processor. So each is the
 * only hard part of a map that contracts, x = f(x) / 4 + c: whatever it started from, after 32
 * steps x is the map's fixed point, which is known (from a power series, in 60 decimal digits), and
 * is compared to 2^-48 of it. */
#include "bench/freestanding.h"
#include "bench/port/port.h"
#include "bench/source.h"

#define FPC_TEXT(head, count, body, end, tail)                                                     \
    head "\n9:\n" REPEAT(count, body) end "\n dec %ebp\n jnz 9b\n" tail "\n ret\n"

/* ---- compares: two numbers in turn, so that the outcome changes each time ---- */

static void fpc_setup_compare(struct test_state *s)
{
    source_setup_f80(s);
    s->data[9] = 0x3F; /* slot 0 in [1,2) */
    s->data[8] = 0xFF;
    s->data[32 + 9] = 0x40; /* slot 1 in [2,4) */
    s->data[32 + 8] = 0x00;
}

/* 16 compares an iteration, st(0) first the smaller: every second one sets the carry. AX is the
 * status word: TOP 6, C0 for less. */
static void fpc_model_sahf(struct test_state *s, uint32_t n)
{
    s->regs.ecx += 8 * n;
    s->regs.eax = (s->regs.eax & 0xFFFF0000u) | 0x3000;
}

static void fpc_model_comi(struct test_state *s, uint32_t n)
{
    s->regs.ecx += 8 * n;
}

/* FXAM of a positive and a negative number in turn: C2, and C1 for the sign. */
static void fpc_model_xam(struct test_state *s, uint32_t n)
{
    s->regs.ecx += 8 * n * 0x3C00 + 8 * n * 0x3E00;
    s->regs.eax = 0x3E00; /* TOP 7 */
}

static void fpc_setup_xam(struct test_state *s)
{
    fpc_setup_compare(s);
    s->regs.eax &= 0xFFFF;
}

/* ---- images: a whole number counts the iterations and survives each image ---- */

static void fpc_setup_image(struct test_state *s)
{
    source_setup_f80(s);
    s->data32[1] = 0;
    s->data32[8] &= 0xFFFF;
    memset(s->data + TEST_TABLE, 0, 1024);
}

static void fpc_model_image(struct test_state *s, uint32_t n)
{
    uint64_t sum;
    memcpy(&sum, s->data, 8);
    sum += (uint64_t)s->data32[8] * n;
    memcpy(s->data, &sum, 8);
}

/* ---- transcendental functions ---- */

/* What the kernel left counts as the model's own if it is close enough. */
static void fpc_judge(struct test_state *s, uint16_t sign_exp, uint64_t frac)
{
    struct exact_f80 got;
    const uint8_t *real = port_data_area();
    memcpy(&got, real, sizeof got);
    int64_t off = (int64_t)(got.frac - frac);
    if (got.sign_exp != sign_exp || off > 0xFFFF || off < -0xFFFF)
        s->why = "the function's fixed point is not what the 80-bit register holds";
    else
        memcpy(s->data, &got, sizeof got);
}

#define FPC_FUNCTION(id, sign_exp, frac)                                                           \
    static void fpc_model_##id(struct test_state *s, uint32_t n)                                   \
    {                                                                                              \
        s->regs.ecx += s->regs.ebx * n;                                                            \
        fpc_judge(s, sign_exp, frac);                                                              \
    }
FPC_FUNCTION(sin, 0x3FFF, 0x9E3981E98A3F3ACFull)    /* sin(x) / 4 + 1 */
FPC_FUNCTION(cos, 0x3FFC, 0xF87FB623ADF1CED3ull)    /* cos(x) / 4 */
FPC_FUNCTION(sincos, 0x3FFD, 0xA15F97D88811B53Bull) /* (sin(x) + cos(x)) / 4 */
FPC_FUNCTION(tan, 0x3FFD, 0xACF703FCB61C7BBAull)    /* tan(x) / 4 + 1/4 */
FPC_FUNCTION(atan, 0x3FFF, 0x9C4EFA118CC41D17ull)   /* atan(x) / 4 + 1 */
FPC_FUNCTION(xm1, 0x3FFD, 0x9EAC1F16C1EB6CAEull)    /* (2^x - 1) / 4 + 1/4 */
FPC_FUNCTION(yl2x, 0x3FFF, 0xAE3CAEC49969DE27ull)   /* log2(x) / 4 + 1 + 1/4 */
FPC_FUNCTION(yl2xp1, 0x3FFC, 0xBF3CE7303841F3C0ull) /* log2(1 + x) / 4 + 1/8 */

static void fpc_setup_function(struct test_state *s)
{
    source_setup_f80(s);
    s->data[8] = 0xFC; /* the start: in [1/8, 1/4), where all of them are defined (FYL2XP1:
                          up to 1 - sqrt(1/2), SDM vol. 2) */
    s->data32[120] = 0x3E800000u; /* 1/4 */
    s->data32[121] = 0x3F800000u; /* 1 */
    s->data32[122] = 0x3FA00000u; /* 1 + 1/4 */
    s->data32[123] = 0x3E000000u; /* 1/8 */
}

#define FPC_IN2       "fldt 32(%esi)\n fldt (%esi)"
#define FPC_OUT2      "fstp %st(0)\n fstp %st(0)"
#define FPC_IMAGE_IN  "fildl 32(%esi)\n fildll (%esi)"
#define FPC_IMAGE_OUT "fistpll (%esi)\n fstp %st(0)"
#define FPC_F(F, T, id, name, title, body)                                                         \
    T(F, f_##id, name, "", title ", dependent, with fmul and fadd around it", 32, FLOOR, NEED_FPU, \
      FPC_TEXT("fldt (%esi)", 32, body, "\n add %ebx,%ecx", "fstpt (%esi)"), fpc_setup_function,   \
      fpc_model_##id)
#define FPC_I(F, T, id, name, alias, title, need, body)                                            \
    T(F, id, name, alias, title, 4, FLOOR, need,                                                   \
      FPC_TEXT(FPC_IMAGE_IN, 4, body, "\n fadd %st(1),%st", FPC_IMAGE_OUT), fpc_setup_image,       \
      fpc_model_image)
#define FPC_QUARTER "\n fmuls 480(%esi)"

/* clang-format off */
#define FPC_ROWS(F, T, TX) \
T(F, com_sahf, "fcom_sahf", "", "fcom, fnstsw, sahf and an adc of the carry; two numbers in turn", 16, FLOOR, NEED_FPU, FPC_TEXT(FPC_IN2, 16, "fcom %st(1)\n fnstsw %ax\n sahf\n adc $0,%ecx\n fxch", "", FPC_OUT2), fpc_setup_compare, fpc_model_sahf) \
T(F, comi, "fcomi", "", "fcomi and an adc of the carry; two numbers in turn", 16, FLOOR, NEED_FPU | NEED_CMOV, FPC_TEXT(FPC_IN2, 16, "fcomi %st(1),%st\n adc $0,%ecx\n fxch", "", FPC_OUT2), fpc_setup_compare, fpc_model_comi) \
T(F, ucomi, "fucomi_jcc", "", "fucomi and a branch on it, taken every second time", 16, FLOOR, NEED_FPU | NEED_CMOV, FPC_TEXT(FPC_IN2, 16, "fucomi %st(1),%st\n jae 1f\n inc %ecx\n1: fxch", "", FPC_OUT2), fpc_setup_compare, fpc_model_comi) \
T(F, xam, "fxam", "", "fxam, fnstsw, fchs", 16, FLOOR, NEED_FPU, FPC_TEXT("fldt (%esi)", 16, "fxam\n fnstsw %ax\n add %eax,%ecx\n fchs", "", "fstp %st(0)"), fpc_setup_xam, fpc_model_xam) \
FPC_I(F, T, stenv, "fnstenv_fldenv", "", "fnstenv and fldenv of it; a pair counts as one", NEED_FPU, "fnstenv 0x4000(%esi)\n fldenv 0x4000(%esi)") \
FPC_I(F, T, save, "fnsave_frstor", "", "fnsave and frstor of it; a pair counts as one", NEED_FPU, "fnsave 0x4000(%esi)\n frstor 0x4000(%esi)") \
FPC_I(F, T, fxsave, "fxsave", "test A19c FXSAVE", "fxsave and fxrstor of it; a pair counts as one", NEED_FPU | NEED_FXSR, "fxsave 0x4000(%esi)\n fxrstor 0x4000(%esi)") \
FPC_I(F, T, incstp, "fincstp_fdecstp", "", "fincstp and fdecstp; a pair counts as one", NEED_FPU, "fincstp\n fdecstp") \
FPC_F(F, T, sin, "fsin", "fsin", "fsin" FPC_QUARTER "\n fadds 484(%esi)") \
FPC_F(F, T, cos, "fcos", "fcos", "fcos" FPC_QUARTER) \
FPC_F(F, T, sincos, "fsincos", "fsincos", "fsincos\n faddp %st,%st(1)" FPC_QUARTER) \
FPC_F(F, T, tan, "fptan", "fptan", "fptan\n fstp %st(0)" FPC_QUARTER "\n fadds 480(%esi)") \
FPC_F(F, T, atan, "fpatan", "fpatan", "fld1\n fpatan" FPC_QUARTER "\n fadds 484(%esi)") \
FPC_F(F, T, xm1, "f2xm1", "f2xm1", "f2xm1" FPC_QUARTER "\n fadds 480(%esi)") \
FPC_F(F, T, yl2x, "fyl2x", "fyl2x", "fld1\n fxch\n fyl2x" FPC_QUARTER "\n fadds 488(%esi)") \
FPC_F(F, T, yl2xp1, "fyl2xp1", "fyl2xp1", "fld1\n fxch\n fyl2xp1" FPC_QUARTER "\n fadds 492(%esi)")
/* clang-format on */
FAMILY_TABLE_AS(fpucontrol, fpu, FPC_ROWS)
