/* sse: SSE and SSE2 floating point: chains, eight registers at once, loads and stores. Sums and
 * products that would grow are halved (or grow by one) once per iteration, so that they settle;
 * that counts as an operation. sseint.c has the integers, ssemore.c what came with SSE3 to SSE4.2.
 */
#include "bench/source.h"

/* xmm0 is the chain; xmm1 the other operand, xmm6 and xmm7 constants of the end. */
#define SSE_IN "movups (%esi),%xmm0\n movups 32(%esi),%xmm1\n movups " SOURCE_HALF ",%xmm7"
#define SSE_IN_LESS                                                                                \
    "movups (%esi),%xmm0\n movups " SOURCE_LESS ",%xmm1\n movups " SOURCE_ONE ",%xmm7"
#define SSE_IN_MORE                                                                                \
    "movups (%esi),%xmm0\n movups " SOURCE_MORE ",%xmm1\n movups " SOURCE_ONE ",%xmm7"
#define SSE_OUT "movups %xmm0,(%esi)"
#define SSE_SIX_IN(b, c)                                                                           \
    "movups (%esi),%xmm0\n movups 64(%esi),%xmm1\n movups 96(%esi),%xmm2\n movups "                \
    "128(%esi),%xmm3\n movups 160(%esi),%xmm4\n movups 192(%esi),%xmm5\n movups " b                \
    ",%xmm6\n movups " c ",%xmm7"
#define SSE_SIX_OUT                                                                                \
    "movups %xmm0,(%esi)\n movups %xmm1,64(%esi)\n movups %xmm2,96(%esi)\n movups "                \
    "%xmm3,128(%esi)\n movups %xmm4,160(%esi)\n movups %xmm5,192(%esi)"
#define SSE_SIX(op, with)                                                                          \
    op " " with ",%xmm0\n " op " " with ",%xmm1\n " op " " with ",%xmm2\n " op " " with            \
       ",%xmm3\n " op " " with ",%xmm4\n " op " " with ",%xmm5"

/* One chain of each: 63 operations and what makes them settle; six at once; from memory. */
#define SSE_ADD(F, S, id, op, half, what, need, setup)                                             \
    S(F, id, #id, "", "dependent " what, 64, FLOOR, need, SSE_IN, 63, op " %xmm1,%xmm0",           \
      half " %xmm7,%xmm0", SSE_OUT, setup)                                                         \
    S(F, id##_six, #id "_six", "", what " on six independent registers", 54, FLOOR, need,          \
      SSE_SIX_IN("32(%esi)", SOURCE_HALF), 8, SSE_SIX(op, "%xmm6"), SSE_SIX(half, "%xmm7"),        \
      SSE_SIX_OUT, setup)                                                                          \
    S(F, id##_mem, #id "_mem", "", what " from memory, dependent", 64, FLOOR, need, SSE_IN, 63,    \
      op " 32(%esi),%xmm0", half " %xmm7,%xmm0", SSE_OUT, setup)
#define SSE_MUL(F, S, id, op, one, what, need, setup)                                              \
    S(F, id, #id, "", "dependent " what, 64, FLOOR, need, SSE_IN_LESS, 63, op " %xmm1,%xmm0",      \
      one " %xmm7,%xmm0", SSE_OUT, setup)                                                          \
    S(F, id##_six, #id "_six", "", what " on six independent registers", 54, FLOOR, need,          \
      SSE_SIX_IN(SOURCE_LESS, SOURCE_ONE), 8, SSE_SIX(op, "%xmm6"), SSE_SIX(one, "%xmm7"),         \
      SSE_SIX_OUT, setup)                                                                          \
    S(F, id##_mem, #id "_mem", "", what " from memory, dependent", 64, FLOOR, need, SSE_IN_LESS,   \
      63, op " " SOURCE_LESS ",%xmm0", one " %xmm7,%xmm0", SSE_OUT, setup)
#define SSE_DIV(F, S, id, op, one, what, need, setup)                                              \
    S(F, id, #id, "", "dependent " what ", with one addition in 16", 16, FLOOR, need, SSE_IN_MORE, \
      15, op " %xmm1,%xmm0", one " %xmm7,%xmm0", SSE_OUT, setup)                                   \
    S(F, id##_six, #id "_six", "",                                                                 \
      what " on six independent registers, one addition to each three", 24, FLOOR, need,           \
      SSE_SIX_IN(SOURCE_MORE, SOURCE_ONE), 3, SSE_SIX(op, "%xmm6"), SSE_SIX(one, "%xmm7"),         \
      SSE_SIX_OUT, setup)
#define SSE_SQRT(F, S, id, op, add, what, need, setup)                                             \
    S(F, id, #id, "", what " and addition in turn, dependent; a pair counts as one", 8, FLOOR,     \
      need, SSE_IN, 8, op " %xmm0,%xmm0\n " add " %xmm1,%xmm0", "", SSE_OUT, setup)

/* Independent loads; the last and a sum show that they were made. */
#define SSE_LOAD4(op, a, b, c, d)                                                                  \
    op " " a "(%esi),%xmm2\n " op " " b "(%esi),%xmm3\n " op " " c "(%esi),%xmm4\n " op " " d      \
       "(%esi),%xmm5"
#define SSE_LOAD_END                                                                               \
    "addps %xmm2,%xmm0\n addps %xmm3,%xmm0\n addps %xmm4,%xmm0\n addps %xmm5,%xmm0\n mulps "       \
    "%xmm7,%xmm0"
#define SSE_STORE4(op, a, b, c, d)                                                                 \
    op " %xmm0," a "(%edi)\n " op " %xmm1," b "(%edi)\n " op " %xmm0," c "(%edi)\n " op            \
       " %xmm1," d "(%edi)"
#define SSE_STEP    "addps %xmm1,%xmm0\n mulps %xmm7,%xmm0"
#define SSE_STEP_PD "addpd %xmm1,%xmm0\n mulpd %xmm7,%xmm0"
#define SSE_LOAD(F, S, id, op, what, a, b, c, d)                                                   \
    S(F, id, #id, "", what, 64, FLOOR, NEED_SSE, SSE_IN, 16, SSE_LOAD4(op, a, b, c, d),            \
      SSE_LOAD_END, SSE_OUT, source_setup_f32)
#define SSE_STORE(F, S, id, op, need, what, a, b, c, d)                                            \
    S(F, id, #id, "", what, 64, FLOOR, need, SSE_IN, 16, SSE_STORE4(op, a, b, c, d), SSE_STEP,     \
      SSE_OUT, source_setup_f32)
#define SSE_PAIR(from, to, reg)                                                                    \
    "movups " from "(%esi),%xmm" reg "\n movups %xmm" reg "," to "(%edi)\n "

/* clang-format off */
#define SSE_ROWS(F, S) \
SSE_ADD(F, S, addps, "addps", "mulps", "addition of four singles", NEED_SSE, source_setup_f32) \
SSE_ADD(F, S, addss, "addss", "mulss", "addition of a single", NEED_SSE, source_setup_f32) \
SSE_ADD(F, S, addpd, "addpd", "mulpd", "addition of two doubles", NEED_SSE2, source_setup_f64) \
SSE_ADD(F, S, addsd, "addsd", "mulsd", "addition of a double", NEED_SSE2, source_setup_f64) \
SSE_MUL(F, S, mulps, "mulps", "addps", "multiplication of four singles", NEED_SSE, source_setup_f32) \
SSE_MUL(F, S, mulss, "mulss", "addss", "multiplication of a single", NEED_SSE, source_setup_f32) \
SSE_MUL(F, S, mulpd, "mulpd", "addpd", "multiplication of two doubles", NEED_SSE2, source_setup_f64) \
SSE_MUL(F, S, mulsd, "mulsd", "addsd", "multiplication of a double", NEED_SSE2, source_setup_f64) \
SSE_DIV(F, S, divps, "divps", "addps", "division of four singles", NEED_SSE, source_setup_f32) \
SSE_DIV(F, S, divss, "divss", "addss", "division of a single", NEED_SSE, source_setup_f32) \
SSE_DIV(F, S, divpd, "divpd", "addpd", "division of two doubles", NEED_SSE2, source_setup_f64) \
SSE_DIV(F, S, divsd, "divsd", "addsd", "division of a double", NEED_SSE2, source_setup_f64) \
SSE_SQRT(F, S, sqrtps, "sqrtps", "addps", "square root of four singles", NEED_SSE, source_setup_f32) \
SSE_SQRT(F, S, sqrtss, "sqrtss", "addss", "square root of a single", NEED_SSE, source_setup_f32) \
SSE_SQRT(F, S, sqrtpd, "sqrtpd", "addpd", "square root of two doubles", NEED_SSE2, source_setup_f64) \
SSE_SQRT(F, S, sqrtsd, "sqrtsd", "addsd", "square root of a double", NEED_SSE2, source_setup_f64) \
S(F, minmax_ps, "minps_maxps", "", "minps and maxps in turn with an addps, dependent", 48, FLOOR, NEED_SSE, SSE_IN "\n movups 64(%esi),%xmm2", 16, "minps %xmm2,%xmm0\n addps %xmm1,%xmm0\n maxps %xmm2,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, subsd, "subsd", "", "dependent subtraction of a double", 64, FLOOR, NEED_SSE2, SSE_IN, 63, "subsd %xmm1,%xmm0", "mulsd %xmm7,%xmm0", SSE_OUT, source_setup_f64) \
S(F, denorm_ps, "denormal_addps", "", "addition of four denormal singles, dependent", 64, FLOOR, NEED_SSE, "movups " SOURCE_SMALL ",%xmm0\n movups " SOURCE_SMALL ",%xmm1\n movups " SOURCE_HALF ",%xmm7", 21, "addps %xmm1,%xmm0\n mulps %xmm7,%xmm0\n subps %xmm0,%xmm1", "addps %xmm0,%xmm1", "movups %xmm0," SOURCE_SMALL, source_setup_f32) \
S(F, denorm_sd, "denormal_mulsd", "", "multiplication whose product is a denormal double, independent", 32, FLOOR, NEED_SSE2, SSE_IN "\n movups " SOURCE_SMALL ",%xmm3", 16, "movups %xmm3,%xmm2\n mulsd %xmm7,%xmm2\n movups %xmm3,%xmm4\n mulsd %xmm1,%xmm4", SSE_STEP_PD, SSE_OUT "\n movups %xmm2,512(%esi)\n movups %xmm4,544(%esi)", source_setup_f64) \
S(F, andps, "andps_orps", "", "andps and orps in turn, dependent", 64, FLOOR, NEED_SSE, SSE_IN "\n movups 64(%esi),%xmm2", 32, "andps %xmm1,%xmm0\n orps %xmm2,%xmm0", "addps %xmm1,%xmm0\n mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, xorps, "xorps", "", "dependent xorps", 63, FLOOR, NEED_SSE, SSE_IN, 63, "xorps %xmm1,%xmm0", "", SSE_OUT, source_setup_f32) \
S(F, shufps, "shufps", "", "dependent shufps", 64, FLOOR, NEED_SSE, SSE_IN, 64, "shufps $0x39,%xmm0,%xmm0", SSE_STEP, SSE_OUT, source_setup_f32) \
S(F, unpck, "unpcklps", "", "unpcklps and unpckhps in turn, dependent", 64, FLOOR, NEED_SSE, SSE_IN, 32, "unpcklps %xmm1,%xmm0\n unpckhps %xmm1,%xmm0", SSE_STEP, SSE_OUT, source_setup_f32) \
S(F, movaps_rr, "movaps_rr", "", "movaps through four registers", 64, FLOOR, NEED_SSE, SSE_IN, 16, "movaps %xmm0,%xmm2\n movaps %xmm2,%xmm3\n movaps %xmm3,%xmm4\n movaps %xmm4,%xmm0", SSE_STEP, SSE_OUT, source_setup_f32) \
SSE_LOAD(F, S, movaps_load, "movaps", "independent aligned loads of 16 bytes", "512", "528", "544", "560") \
SSE_LOAD(F, S, movups_load, "movups", "the same by movups, aligned", "512", "528", "544", "560") \
SSE_LOAD(F, S, movups_odd, "movups", "loads of 16 bytes from addresses off by four", "516", "532", "580", "596") \
SSE_LOAD(F, S, movups_line, "movups", "loads of 16 bytes across the edges of lines", "1076", "1140", "1204", "1268") \
SSE_LOAD(F, S, movups_page, "movups", "loads of 16 bytes across the edges of pages", "4088", "8184", "12280", "4084") \
SSE_STORE(F, S, movaps_store, "movaps", NEED_SSE, "independent aligned stores of 16 bytes", "512", "528", "544", "560") \
SSE_STORE(F, S, movups_store, "movups", NEED_SSE, "the same by movups, aligned", "512", "528", "544", "560") \
SSE_STORE(F, S, movups_store_odd, "movups", NEED_SSE, "stores of 16 bytes to addresses off by four", "516", "532", "580", "596") \
SSE_STORE(F, S, movups_store_line, "movups", NEED_SSE, "stores of 16 bytes across the edges of lines", "1076", "1140", "1204", "1268") \
SSE_STORE(F, S, movups_store_page, "movups", NEED_SSE, "stores of 16 bytes across the edge of a page", "4088", "4084", "4092", "4080") \
SSE_STORE(F, S, movntps, "movntps", NEED_SSE, "non-temporal stores of 16 bytes, four to a line", "512", "528", "544", "560") \
SSE_STORE(F, S, movntdq, "movntdq", NEED_SSE2, "the same by movntdq", "512", "528", "544", "560") \
S(F, movnti, "movnti", "", "non-temporal stores of 4 bytes", 64, FLOOR, NEED_SSE2, "mov (%esi),%ecx", 8, "movnti %ecx,512(%edi)\n movnti %ecx,516(%edi)\n movnti %ecx,520(%edi)\n movnti %ecx,524(%edi)\n movnti %ecx,528(%edi)\n movnti %ecx,532(%edi)\n movnti %ecx,536(%edi)\n movnti %ecx,540(%edi)", "xor 4(%esi),%ecx", "mov %ecx,(%esi)", source_setup_f32) \
S(F, copy16, "copy_movups", "", "copy 128 bytes by movups, per 16 bytes", 8, FLOOR, NEED_SSE, SSE_IN, 1, SSE_PAIR("512", "512", "2") SSE_PAIR("528", "528", "3") SSE_PAIR("544", "544", "4") SSE_PAIR("560", "560", "5") SSE_PAIR("576", "576", "6") SSE_PAIR("592", "592", "2") SSE_PAIR("608", "608", "3") SSE_PAIR("624", "624", "4"), SSE_STEP, SSE_OUT, source_setup_f32) \
S(F, forward16, "forward", "", "movaps store and load back with an addps, dependent", 8, FLOOR, NEED_SSE, SSE_IN, 8, "movaps %xmm0,512(%esi)\n movaps 512(%esi),%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, forward_part, "forward_part", "", "movaps store, load of its third single, dependent", 8, FLOOR, NEED_SSE, SSE_IN, 8, "movaps %xmm0,512(%esi)\n movss 520(%esi),%xmm2\n shufps $0,%xmm2,%xmm2\n addps %xmm2,%xmm0\n mulps %xmm7,%xmm0", "", SSE_OUT, source_setup_f32) \
S(F, movss, "movss_copy", "", "load and store of a single; a pair counts as one", 32, FLOOR, NEED_SSE, SSE_IN, 8, "movss 512(%esi),%xmm2\n movss %xmm2,512(%edi)\n movss 516(%esi),%xmm3\n movss %xmm3,516(%edi)\n movss 520(%esi),%xmm4\n movss %xmm4,520(%edi)\n movss 524(%esi),%xmm5\n movss %xmm5,524(%edi)", SSE_STEP, SSE_OUT, source_setup_f32) \
S(F, movsd, "movsd_copy", "", "load and store of a double; a pair counts as one", 32, FLOOR, NEED_SSE2, SSE_IN, 8, "movsd 512(%esi),%xmm2\n movsd %xmm2,512(%edi)\n movsd 520(%esi),%xmm3\n movsd %xmm3,520(%edi)\n movsd 528(%esi),%xmm4\n movsd %xmm4,528(%edi)\n movsd 536(%esi),%xmm5\n movsd %xmm5,536(%edi)", SSE_STEP_PD, SSE_OUT, source_setup_f64) \
S(F, movd, "movd", "", "movd to an integer register and back with an addps, dependent", 8, FLOOR, NEED_SSE2, SSE_IN, 8, "movd %xmm0,%ecx\n movd %ecx,%xmm0\n addss %xmm1,%xmm0", "mulss %xmm7,%xmm0", "movss %xmm0,(%esi)", source_setup_f32) \
S(F, movmskps, "movmskps", "", "movmskps", 32, FLOOR, NEED_SSE, SSE_IN "\n subps 64(%esi),%xmm1", 32, "movmskps %xmm1,%ecx", "subps %xmm0,%xmm1\n mulps %xmm7,%xmm1", "movups %xmm1,512(%esi)\n movups 32(%esi),%xmm1", source_setup_f32) \
S(F, cvtsi2ss, "cvtsi2ss", "", "integer to single and back by truncation with an add, dependent", 8, FLOOR, NEED_SSE, "mov (%esi),%ecx\n movups 32(%esi),%xmm1\n xor %ecx,%ecx\n mov 448(%esi),%ecx", 8, "cvtsi2ss %ecx,%xmm1\n cvttss2si %xmm1,%ecx\n add $5,%ecx", "xor 512(%esi),%ecx\n xor 512(%esi),%ecx\n xor $3,%ecx\n cvtsi2ss %ecx,%xmm1\n mulss " SOURCE_HALF ",%xmm1\n cvttss2si %xmm1,%ecx", "mov %ecx,448(%esi)", sse_setup_int) \
S(F, cvtsi2sd, "cvtsi2sd", "", "the same with doubles", 8, FLOOR, NEED_SSE2, "mov 448(%esi),%ecx\n movups 32(%esi),%xmm1", 8, "cvtsi2sd %ecx,%xmm1\n cvttsd2si %xmm1,%ecx\n add $5,%ecx", "cvtsi2sd %ecx,%xmm1\n mulsd " SOURCE_HALF ",%xmm1\n cvttsd2si %xmm1,%ecx", "mov %ecx,448(%esi)", sse_setup_int64) \
S(F, cvttss2si, "cvttss2si", "", "single in memory to integer by truncation", 32, FLOOR, NEED_SSE, SSE_IN "\n mulps 64(%esi),%xmm0\n movups %xmm0,512(%esi)", 32, "cvttss2si 512(%esi),%ecx", "", "", sse_setup_large) \
S(F, cvttsd2si, "cvttsd2si", "", "double in a register to integer by truncation", 32, FLOOR, NEED_SSE2, SSE_IN, 32, "cvttsd2si %xmm1,%ecx", SSE_STEP_PD, SSE_OUT, source_setup_f64) \
S(F, cvtsd2si, "cvtsd2si", "", "double in a register to integer, rounded", 32, FLOOR, NEED_SSE2, SSE_IN, 32, "cvtsd2si %xmm1,%ecx", SSE_STEP_PD, SSE_OUT, source_setup_f64) \
S(F, cvtss2sd, "cvtss2sd", "", "single to double and back with an addss, dependent", 8, FLOOR, NEED_SSE2, SSE_IN, 8, "cvtss2sd %xmm0,%xmm2\n cvtsd2ss %xmm2,%xmm0\n addss %xmm1,%xmm0", "mulss %xmm7,%xmm0", "movss %xmm0,(%esi)", source_setup_f32) \
S(F, cvtps2pd, "cvtps2pd", "", "two singles to doubles and back with an addps, dependent", 8, FLOOR, NEED_SSE2, SSE_IN, 8, "cvtps2pd %xmm0,%xmm2\n cvtpd2ps %xmm2,%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, cvtdq2ps, "cvtdq2ps", "", "four singles to integers by truncation and back with an addps, dependent", 8, FLOOR, NEED_SSE2, SSE_IN, 8, "cvttps2dq %xmm0,%xmm0\n cvtdq2ps %xmm0,%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, mxcsr, "ldmxcsr", "", "stmxcsr and ldmxcsr of what it stored; a pair counts as one", 16, FLOOR, NEED_SSE, SSE_IN, 16, "stmxcsr 512(%edi)\n ldmxcsr 512(%edi)", SSE_STEP, SSE_OUT "\n xor %ecx,%ecx\n mov %ecx,512(%edi)", source_setup_f32) \
S(F, mxcsr_switch, "ldmxcsr_switch", "", "ldmxcsr of two rounding modes in turn, each with an addps; a pair counts as one", 16, FLOOR, NEED_SSE, SSE_IN, 8, "ldmxcsr 448(%esi)\n addps %xmm1,%xmm0\n ldmxcsr 452(%esi)\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, sse_setup_mxcsr) \
S(F, dot4, "dot", "", "dot product of singles: movups, mulps, addps per four elements", 16, FLOOR, NEED_SSE, SSE_IN, 4, "movups 512(%esi),%xmm2\n mulps 512(%edi),%xmm2\n addps %xmm2,%xmm0\n movups 528(%esi),%xmm3\n mulps 528(%edi),%xmm3\n addps %xmm3,%xmm0\n movups 544(%esi),%xmm4\n mulps 544(%edi),%xmm4\n addps %xmm4,%xmm0\n movups 560(%esi),%xmm5\n mulps 560(%edi),%xmm5\n addps %xmm5,%xmm0", "mulps %xmm7,%xmm0", SSE_OUT, source_setup_f32) \
S(F, saxpy, "saxpy", "", "y = a x + y on singles: movups, mulps, addps, movups per four elements", 16, FLOOR, NEED_SSE, SSE_IN, 4, "movups 512(%esi),%xmm2\n mulps %xmm1,%xmm2\n addps 512(%edi),%xmm2\n movups %xmm2,640(%edi)\n movups 528(%esi),%xmm3\n mulps %xmm1,%xmm3\n addps 528(%edi),%xmm3\n movups %xmm3,656(%edi)\n movups 544(%esi),%xmm4\n mulps %xmm1,%xmm4\n addps 544(%edi),%xmm4\n movups %xmm4,672(%edi)\n movups 560(%esi),%xmm5\n mulps %xmm0,%xmm5\n addps 560(%edi),%xmm5\n movups %xmm5,688(%edi)", SSE_STEP, SSE_OUT, source_setup_f32) \
S(F, matrix4, "matrix4", "", "4x4 matrix of singles times a vector, one after the other", 4, FLOOR, NEED_SSE, "movups (%esi),%xmm0\n movups " SOURCE_HALF ",%xmm7", 4, "movaps %xmm0,%xmm1\n shufps $0,%xmm1,%xmm1\n mulps 512(%esi),%xmm1\n movaps %xmm0,%xmm2\n shufps $0x55,%xmm2,%xmm2\n mulps 528(%esi),%xmm2\n movaps %xmm0,%xmm3\n shufps $0xAA,%xmm3,%xmm3\n mulps 544(%esi),%xmm3\n shufps $0xFF,%xmm0,%xmm0\n mulps 560(%esi),%xmm0\n addps %xmm1,%xmm0\n addps %xmm2,%xmm0\n addps %xmm3,%xmm0", "divps %xmm0,%xmm0\n addps 576(%esi),%xmm0", SSE_OUT, source_setup_f32) \
S(F, sum_sd, "sum_doubles", "", "sum of doubles from memory by addsd, four accumulators", 16, FLOOR, NEED_SSE2, SSE_SIX_IN("32(%esi)", SOURCE_HALF), 4, "addsd 512(%esi),%xmm0\n addsd 520(%esi),%xmm1\n addsd 528(%esi),%xmm2\n addsd 536(%esi),%xmm3", SSE_SIX("mulsd", "%xmm7"), SSE_SIX_OUT, source_setup_f64)
/* clang-format on */

static void sse_setup_int(struct test_state *s)
{
    source_setup_f32(s);
    s->data32[112] &= 0xFFFF;
}

static void sse_setup_int64(struct test_state *s)
{
    source_setup_f64(s);
    s->data32[112] &= 0x3FFFFFFF;
}

static void sse_setup_large(struct test_state *s)
{
    source_setup_f32(s);
    for (uint32_t i = 0; i < 8; i++)
        s->data32[i] += 10u << 23; /* times 1024 */
}

static void sse_setup_mxcsr(struct test_state *s)
{
    source_setup_f32(s);
    s->data32[112] = 0x7F80; /* towards zero */
    s->data32[113] = 0x1F80; /* to nearest */
}

FAMILY_SOURCE_TABLE(sse, sse, SSE_ROWS)
