/* fpu: x87 arithmetic, loads and stores. Sums and products that would grow are halved once per
 * iteration, so that they settle; the halving counts as an operation. fpucontrol.c has the family's
 * compares, control words, images and transcendental functions. */
#include "bench/source.h"

/* Slots of 32 bytes from esi: 0 is the chain, 1 its other operand; 2 to 6 more chains. */
#define FPU_IN2            "fldt 32(%esi)\n fldt (%esi)" /* st(0) = the chain, st(1) = the operand */
#define FPU_OUT2           "fstpt (%esi)\n fstp %st(0)"
#define FPU_HALF           "fmuls 508(%esi)" /* 0.5 in single precision */
#define FPU_IN_LESS        "fldt 288(%esi)\n fldt (%esi)"
#define FPU_IN_MORE        "fldt 320(%esi)\n fldt (%esi)"
#define FPU_ADD_ONE        "fadds 504(%esi)" /* 1.0 in single precision */
#define FPU_PC(word, rest) "fldcw " word "(%esi)\n" rest
/* st(0) = operand, st(1) = half, st(2) to st(7) six chains */
#define FPU_IN8                                                                                    \
    "fldt 192(%esi)\n fldt 160(%esi)\n fldt 128(%esi)\n fldt 96(%esi)\n fldt 64(%esi)\n fldt "     \
    "(%esi)\n fldt 256(%esi)\n fldt 32(%esi)"
#define FPU_OUT8                                                                                   \
    "fstp %st(0)\n fstp %st(0)\n fstpt (%esi)\n fstpt 64(%esi)\n fstpt 96(%esi)\n fstpt "          \
    "128(%esi)\n fstpt 160(%esi)\n fstpt 192(%esi)"
#define FPU_SIX(op)                                                                                \
    op " %st,%st(2)\n " op " %st,%st(3)\n " op " %st,%st(4)\n " op " %st,%st(5)\n " op             \
       " %st,%st(6)\n " op " %st,%st(7)"
#define FPU_HALVE6 "fxch %st(1)\n" FPU_SIX("fmul") "\n fxch %st(1)"

static void fpu_put(struct test_state *s, uint32_t at, uint32_t value)
{
    *(uint32_t *)(void *)(s->data + at) = value;
}

static void fpu_setup(struct test_state *s)
{
    source_setup_f80(s);
    fpu_put(s, 508, 0x3F000000u); /* 0.5 */
    fpu_put(s, 504, 0x3F800000u); /* 1.0 */
    fpu_put(s, 500, 0x027F037Fu); /* control words: 64 bits; 53 bits */
    fpu_put(s, 496, 0x0F7F007Fu); /* 24 bits; 64 bits, truncating */
    fpu_put(s, 492, 0xFFFFFF9Cu); /* -100 */
    fpu_put(s, 488, 0x3F9A3D71u); /* 1.2050... */
    fpu_put(s, 480, 0x9ABCDEF0u);
    fpu_put(s, 484, 0x3FF23456u); /* the double 1.1377... */
    fpu_put(s, 476, 0x00654321u); /* a single denormal */
    fpu_put(s, 460, 0x3F79DB23u); /* 0.976 */
    fpu_put(s, 448, 0xCBA98765u);
    fpu_put(s, 452, 0x3FEF3B64u); /* the double 0.976 */
    fpu_put(s, 464, 0x9ABCDEF0u);
    fpu_put(s, 468, 0x00023456u); /* a double denormal */
}

/* clang-format off */
#define FPU_ROWS(F, S) \
S(F, add,        "fadd",       "", "dependent fadd of two registers",                      64, FLOOR, NEED_FPU, FPU_IN2, 63, "fadd %st(1),%st", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, add_six,    "fadd_six",   "", "fadd on six independent registers, an eighth of it fmul", 54, FLOOR, NEED_FPU, FPU_IN8, 8, FPU_SIX("fadd"), FPU_HALVE6, FPU_OUT8, fpu_setup) \
S(F, add_m32,    "fadd_m32",   "", "dependent fadd of a single from memory",               64, FLOOR, NEED_FPU, FPU_IN2, 63, "fadds 488(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, add_m64,    "fadd_m64",   "", "dependent fadd of a double from memory",               64, FLOOR, NEED_FPU, FPU_IN2, 63, "faddl 480(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, add_m80,    "fadd_m80",   "", "fld of 80 bits and faddp, dependent; a pair counts as one", 33, FLOOR, NEED_FPU, FPU_IN2, 32, "fldt 64(%esi)\n faddp %st,%st(1)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, add_i16,    "fiadd_m16",  "", "dependent fiadd of a 16-bit integer from memory",      64, FLOOR, NEED_FPU, FPU_IN2, 63, "fiadds 492(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, add_i32,    "fiadd_m32",  "", "dependent fiadd of a 32-bit integer from memory",      64, FLOOR, NEED_FPU, FPU_IN2, 63, "fiaddl 492(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, sub,        "fsub",       "", "dependent fsub of two registers",                      64, FLOOR, NEED_FPU, FPU_IN2, 63, "fsub %st(1),%st", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, subr,       "fsubr",      "", "dependent fsubr of two registers",                     64, FLOOR, NEED_FPU, FPU_IN2, 63, "fsubr %st(1),%st", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, mul,        "fmul",       "", "dependent fmul of two registers",                      64, FLOOR, NEED_FPU, FPU_IN_LESS, 63, "fmul %st(1),%st", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, mul_six,    "fmul_six",   "", "fmul on six independent registers, an eighth of it fadd", 54, FLOOR, NEED_FPU, "fldt 192(%esi)\n fldt 160(%esi)\n fldt 128(%esi)\n fldt 96(%esi)\n fldt 64(%esi)\n fldt (%esi)\n fldt 352(%esi)\n fldt 288(%esi)", 8, FPU_SIX("fmul"), "fxch %st(1)\n" FPU_SIX("fadd") "\n fxch %st(1)", FPU_OUT8, fpu_setup) \
S(F, mul_m32,    "fmul_m32",   "", "dependent fmul by a single from memory",               64, FLOOR, NEED_FPU, FPU_IN2, 63, "fmuls 460(%esi)", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, mul_m64,    "fmul_m64",   "", "dependent fmul by a double from memory",               64, FLOOR, NEED_FPU, FPU_IN2, 63, "fmull 448(%esi)", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, div,        "fdiv",       "", "dependent fdiv of two registers, 64-bit precision, with one fadd in 16", 16, FLOOR, NEED_FPU, FPU_IN_MORE, 15, "fdiv %st(1),%st", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, div_53,     "fdiv_53",    "", "the same in 53-bit precision",                         16, FLOOR, NEED_FPU, FPU_PC("502", FPU_IN_MORE), 15, "fdiv %st(1),%st", FPU_ADD_ONE, FPU_OUT2 "\n fldcw 500(%esi)", fpu_setup) \
S(F, div_24,     "fdiv_24",    "", "the same in 24-bit precision",                         16, FLOOR, NEED_FPU, FPU_PC("496", FPU_IN_MORE), 15, "fdiv %st(1),%st", FPU_ADD_ONE, FPU_OUT2 "\n fldcw 500(%esi)", fpu_setup) \
S(F, divr,       "fdivr",      "", "dependent fdivr: one number over the last result",     16, FLOOR, NEED_FPU, FPU_IN2, 15, "fdivr %st(1),%st", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, div_m32,    "fdiv_m32",   "", "dependent fdiv by a single from memory, with one fadd in 16", 16, FLOOR, NEED_FPU, FPU_IN2, 15, "fdivs 488(%esi)", FPU_ADD_ONE, FPU_OUT2, fpu_setup) \
S(F, div_i32,    "fidiv_m32",  "", "dependent fidiv by a 32-bit integer from memory, with fadd in turn", 16, FLOOR, NEED_FPU, FPU_IN2, 8, "fidivl 492(%esi)\n fadds 488(%esi)", "", FPU_OUT2, fpu_setup) \
S(F, sqrt,       "fsqrt",      "", "fsqrt and fadd in turn, dependent; a pair counts as one", 8, FLOOR, NEED_FPU, FPU_IN2, 8, "fsqrt\n fadd %st(1),%st", "", FPU_OUT2, fpu_setup) \
S(F, sqrt_24,    "fsqrt_24",   "", "the same in 24-bit precision",                         8, FLOOR, NEED_FPU, FPU_PC("496", FPU_IN2), 8, "fsqrt\n fadd %st(1),%st", "", FPU_OUT2 "\n fldcw 500(%esi)", fpu_setup) \
S(F, chs_abs,    "fchs_fabs",  "", "fchs and fabs with an fadd of a negative in between, dependent", 48, FLOOR, NEED_FPU, FPU_IN2, 16, "fchs\n fadds 504(%esi)\n fabs", FPU_HALF "\n fadd %st(1),%st", FPU_OUT2, fpu_setup) \
S(F, rndint,     "frndint",    "", "frndint and fadd in turn, dependent; a pair counts as one", 16, FLOOR, NEED_FPU, FPU_IN2, 16, "frndint\n fadds 488(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, scale,      "fscale",     "", "fscale by -1 and fadd in turn, dependent; a pair counts as one", 16, FLOOR, NEED_FPU, "fld1\n fchs\n fldt (%esi)", 16, "fscale\n fadds 488(%esi)", "", FPU_OUT2, fpu_setup) \
S(F, extract,    "fxtract",    "", "fxtract, fadd of exponent to significand, dependent; a pair counts as one", 16, FLOOR, NEED_FPU, FPU_IN2, 16, "fxtract\n faddp %st,%st(1)\n fadds 488(%esi)", "", FPU_OUT2, fpu_setup) \
S(F, ld_m32,     "fld_m32",    "", "fld of a single and fstp of it to nowhere; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 32, "flds 488(%esi)\n fstp %st(0)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ld_m64,     "fld_m64",    "", "the same of a double",                                 32, FLOOR, NEED_FPU, FPU_IN2, 32, "fldl 480(%esi)\n fstp %st(0)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ld_m80,     "fld_m80",    "", "the same of 80 bits",                                  32, FLOOR, NEED_FPU, FPU_IN2, 32, "fldt 64(%esi)\n fstp %st(0)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, st_m32,     "fst_m32",    "", "fst of a single",                                      32, FLOOR, NEED_FPU, FPU_IN2, 32, "fsts 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, st_m64,     "fst_m64",    "", "fst of a double",                                      32, FLOOR, NEED_FPU, FPU_IN2, 32, "fstl 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, copy_m32,   "copy_m32",   "", "fld and fstp of a single, to another place; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 8, "flds 488(%esi)\n fstps (%edi)\n flds 504(%esi)\n fstps 4(%edi)\n flds 36(%esi)\n fstps 8(%edi)\n flds 68(%esi)\n fstps 12(%edi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, copy_m64,   "copy_m64",   "", "the same of a double",                                 32, FLOOR, NEED_FPU, FPU_IN2, 8, "fldl 480(%esi)\n fstpl (%edi)\n fldl 96(%esi)\n fstpl 8(%edi)\n fldl 32(%esi)\n fstpl 16(%edi)\n fldl 64(%esi)\n fstpl 24(%edi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, copy_m80,   "copy_m80",   "", "the same of 80 bits",                                  32, FLOOR, NEED_FPU, FPU_IN2, 8, "fldt 128(%esi)\n fstpt (%edi)\n fldt 32(%esi)\n fstpt 16(%edi)\n fldt 64(%esi)\n fstpt 32(%edi)\n fldt 96(%esi)\n fstpt 48(%edi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, copy_i64,   "copy_i64",   "", "fild and fistp of 64-bit integers, the old way to copy 8 bytes; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 8, "fildll 128(%esi)\n fistpll (%edi)\n fildll 32(%esi)\n fistpll 8(%edi)\n fildll 64(%esi)\n fistpll 16(%edi)\n fildll 96(%esi)\n fistpll 24(%edi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ild_m16,    "fild_m16",   "", "fild of a 16-bit integer and faddp, dependent; a pair counts as one", 33, FLOOR, NEED_FPU, FPU_IN2, 32, "filds 492(%esi)\n faddp %st,%st(1)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ild_m32,    "fild_m32",   "", "the same of a 32-bit integer",                         33, FLOOR, NEED_FPU, FPU_IN2, 32, "fildl 492(%esi)\n faddp %st,%st(1)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ist_m16,    "fistp_m16",  "", "fld of a register and fistp of 16 bits; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 32, "fld %st(0)\n fistps 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ist_m32,    "fistp_m32",  "", "fld of a register and fistp of 32 bits; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 32, "fld %st(0)\n fistpl 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, i_roundtrip,"int_and_back","", "fistp to a 32-bit integer and fild of it, with an fadd, dependent", 16, FLOOR, NEED_FPU, FPU_IN2, 16, "fistpl 512(%esi)\n fildl 512(%esi)\n fadds 488(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, isttp,      "fisttp_m32", "", "fld of a register and fisttp of 32 bits; a pair counts as one", 32, FLOOR, NEED_FPU | NEED_SSE3, FPU_IN2, 32, "fld %st(0)\n fisttpl 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ftoi,       "float_to_int","", "C's conversion of a float to an int: fldcw to truncate, fistp, fldcw back", 16, FLOOR, NEED_FPU, FPU_IN2, 16, "fldcw 498(%esi)\n fld %st(0)\n fistpl 512(%esi)\n fldcw 500(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ldcw,       "fldcw",      "", "fldcw of the same word",                               32, FLOOR, NEED_FPU, FPU_IN2, 32, "fldcw 500(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, ldcw_switch,"fldcw_switch","", "fldcw of two words in turn, each with an fadd; a pair counts as one", 32, FLOOR, NEED_FPU, FPU_IN2, 16, "fldcw 496(%esi)\n fadds 488(%esi)\n fldcw 500(%esi)\n fadds 488(%esi)", FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, stcw,       "fnstcw",     "", "fnstcw",                                               32, FLOOR, NEED_FPU, FPU_IN2, 32, "fnstcw 512(%esi)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, xch,        "fxch",       "", "fxch through four registers",                          63, FLOOR, NEED_FPU, "fldt 96(%esi)\n fldt 64(%esi)\n fldt 32(%esi)\n fldt (%esi)", 21, "fxch %st(1)\n fxch %st(2)\n fxch %st(3)", "fadds 488(%esi)\n" FPU_HALF, "fstpt (%esi)\n fstpt 32(%esi)\n fstpt 64(%esi)\n fstpt 96(%esi)", fpu_setup) \
S(F, xch_add,    "fxch_fadd",  "", "fadd and fxch in turn, two chains; a pair counts as one", 33, FLOOR, NEED_FPU, "fldt 64(%esi)\n fldt 32(%esi)\n fldt (%esi)", 32, "fadd %st(2),%st\n fxch %st(1)", FPU_HALF "\n fxch %st(1)\n" FPU_HALF, "fstpt (%esi)\n fstpt 32(%esi)\n fstp %st(0)", fpu_setup) \
S(F, const,      "fld1_fldz",  "", "fld1, fldz and two fstp to nowhere; four count as two", 32, FLOOR, NEED_FPU, FPU_IN2, 16, "fld1\n fldz\n fstp %st(0)\n fstp %st(0)", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, wait,       "fwait",      "", "fwait with nothing pending",                           32, FLOOR, NEED_FPU, FPU_IN2, 32, "fwait", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, clex,       "fnclex",     "", "fnclex",                                               16, FLOOR, NEED_FPU, FPU_IN2, 16, "fnclex", "fadds 488(%esi)\n" FPU_HALF, FPU_OUT2, fpu_setup) \
S(F, denorm_m32, "denormal_m32","", "fadd of a denormal single from memory, dependent",     64, FLOOR, NEED_FPU, FPU_IN2, 63, "fadds 476(%esi)", FPU_HALF "\n fadds 488(%esi)", FPU_OUT2, fpu_setup) \
S(F, denorm_m64, "denormal_m64","", "fadd of a denormal double from memory, dependent",     64, FLOOR, NEED_FPU, FPU_IN2, 63, "faddl 464(%esi)", FPU_HALF "\n fadds 488(%esi)", FPU_OUT2, fpu_setup) \
S(F, denorm_m80, "denormal_m80","", "dependent fadd of denormal 80-bit registers, in between a doubling and a halving", 32, FLOOR, NEED_FPU, "fldt 384(%esi)\n fldt 384(%esi)", 16, "fadd %st(1),%st\n fmuls 508(%esi)", "", "fstpt 384(%esi)\n fstp %st(0)", fpu_setup) \
S(F, to_denorm,  "store_denormal","", "fst of a single that becomes a denormal",            16, FLOOR, NEED_FPU, "fldt (%esi)\n flds 476(%esi)", 16, "fsts 512(%esi)", "fld %st(1)\n fadds 488(%esi)\n" FPU_HALF "\n fstp %st(2)", "fstp %st(0)\n fstpt (%esi)", fpu_setup) \
S(F, dot,        "dot_m64",    "", "dot product of doubles: fld, fmul, faddp per element", 16, FLOOR, NEED_FPU, FPU_IN2, 4, "fldl 480(%esi)\n fmull (%edi)\n faddp %st,%st(1)\n fldl 480(%esi)\n fmull 8(%edi)\n faddp %st,%st(1)\n fldl 480(%esi)\n fmull 16(%edi)\n faddp %st,%st(1)\n fldl 480(%esi)\n fmull 24(%edi)\n faddp %st,%st(1)", FPU_HALF, FPU_OUT2, fpu_setup_doubles) \
S(F, horner,     "horner_m32", "", "a polynomial of degree 16 by Horner: fmul, fadd from memory per term", 16, FLOOR, NEED_FPU, FPU_IN2, 4, "fmuls 508(%esi)\n fadds 488(%esi)\n fmuls 508(%esi)\n fadds 504(%esi)\n fmuls 508(%esi)\n fadds 488(%esi)\n fmuls 508(%esi)\n fsubs 504(%esi)", "", FPU_OUT2, fpu_setup)
/* clang-format on */

static void fpu_setup_doubles(struct test_state *s)
{
    fpu_setup(s);
    for (uint32_t i = 1; i < 8; i += 2)
        s->data32[TEST_HALF / 4 + i] = 0x3FF00000u | s->data32[TEST_HALF / 4 + i] >> 12;
}

FAMILY_SOURCE_TABLE(fpu, fpu, FPU_ROWS)
