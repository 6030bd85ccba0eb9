/* sse: what SSE3, SSSE3, SSE4.1, SSE4.2, POPCNT, AVX, AVX2 and FMA added. sse.c explains the
 * pattern. */
#include "bench/source.h"

#define MOREF_IN  "movups (%esi),%xmm0\n movups 32(%esi),%xmm1\n movups " SOURCE_HALF ",%xmm7"
#define MOREF_OUT "movups %xmm0,(%esi)"
#define MOREI_IN                                                                                   \
    "movdqu (%esi),%xmm0\n movdqu 32(%esi),%xmm1\n movdqu 64(%esi),%xmm2\n movdqu 288(%esi),%xmm3"
#define MOREI_STEP "pxor %xmm1,%xmm0\n psrlq $1,%xmm0\n pxor %xmm2,%xmm0"
#define MOREF(F, S, id, name, what, ops, need, count, body, end)                                   \
    S(F, id, name, "", what, ops, FLOOR, need, MOREF_IN, count, body, end, MOREF_OUT,              \
      source_setup_f32)
#define MOREI(F, S, id, name, what, ops, need, body)                                               \
    S(F, id, name, "", what, ops, FLOOR, need, MOREI_IN, 16, body, MOREI_STEP, MOREF_OUT,          \
      source_setup_int)

#define AVX_IN(b, c) "vmovups (%esi),%ymm0\n vmovups " b ",%ymm1\n vmovups " c ",%ymm7"
#define AVX_OUT      "vmovups %ymm0,(%esi)\n vzeroupper"
#define AVX_SIX_IN(b, c)                                                                           \
    "vmovups (%esi),%ymm0\n vmovups 64(%esi),%ymm1\n vmovups 96(%esi),%ymm2\n vmovups "            \
    "128(%esi),%ymm3\n vmovups 160(%esi),%ymm4\n vmovups 192(%esi),%ymm5\n vmovups " b             \
    ",%ymm6\n vmovups " c ",%ymm7"
#define AVX_SIX_OUT                                                                                \
    "vmovups %ymm0,(%esi)\n vmovups %ymm1,64(%esi)\n vmovups %ymm2,96(%esi)\n vmovups "            \
    "%ymm3,128(%esi)\n vmovups %ymm4,160(%esi)\n vmovups %ymm5,192(%esi)\n vzeroupper"
#define AVX_SIX(op, with)                                                                          \
    op " " with ",%ymm0,%ymm0\n " op " " with ",%ymm1,%ymm1\n " op " " with ",%ymm2,%ymm2\n " op   \
       " " with ",%ymm3,%ymm3\n " op " " with ",%ymm4,%ymm4\n " op " " with ",%ymm5,%ymm5"
/* A chain and six at once; end settles them. */
#define AVX_TWO(F, S, id, op, end, b, c, what, need, setup)                                        \
    S(F, id, #id, "", "dependent " what, 64, FLOOR, need, AVX_IN(b, c), 63,                        \
      op " %ymm1,%ymm0,%ymm0", end " %ymm7,%ymm0,%ymm0", AVX_OUT, setup)                           \
    S(F, id##_six, #id "_six", "", what " on six independent registers", 54, FLOOR, need,          \
      AVX_SIX_IN(b, c), 8, AVX_SIX(op, "%ymm6"), AVX_SIX(end, "%ymm7"), AVX_SIX_OUT, setup)
#define AVXI_IN                                                                                    \
    "vmovdqu (%esi),%ymm0\n vmovdqu 32(%esi),%ymm1\n vmovdqu 64(%esi),%ymm2\n vmovdqu "            \
    "288(%esi),%ymm3"
#define AVXI(F, S, id, name, what, ops, need, count, body, end)                                    \
    S(F, id, name, "", what, ops, FLOOR, need, AVXI_IN, count, body, end, AVX_OUT, source_setup_int)
#define AVX_STEP "vaddps %ymm1,%ymm0,%ymm0\n vmulps %ymm7,%ymm0,%ymm0"

/* clang-format off */
#define SSEMORE_ROWS(F, S) \
MOREF(F, S, haddps, "haddps", "dependent haddps, halved every second time", 48, NEED_SSE3, 16, "haddps %xmm1,%xmm0\n haddps %xmm1,%xmm0\n mulps " SOURCE_16TH ",%xmm0", "mulps %xmm7,%xmm0\n divps %xmm0,%xmm0\n addps %xmm1,%xmm0") \
MOREF(F, S, addsubps, "addsubps", "dependent addsubps", 64, NEED_SSE3, 63, "addsubps %xmm1,%xmm0", "mulps %xmm7,%xmm0") \
MOREF(F, S, movddup, "movddup_movsldup", "movddup and movsldup with an addps, dependent", 48, NEED_SSE3, 16, "movddup %xmm0,%xmm2\n movsldup %xmm2,%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0\n addps 64(%esi),%xmm0") \
MOREI(F, S, lddqu, "lddqu", "lddqu across the edges of lines with a pxor, dependent", 32, NEED_SSE3, "lddqu 1081(%esi),%xmm3\n pxor %xmm3,%xmm0\n lddqu 1145(%esi),%xmm4\n paddb %xmm4,%xmm0") \
MOREI(F, S, pshufb, "pshufb", "dependent pshufb", 64, NEED_SSSE3, "pshufb %xmm3,%xmm0\n pshufb %xmm3,%xmm0\n pshufb %xmm3,%xmm0\n pshufb %xmm3,%xmm0") \
MOREI(F, S, palignr, "palignr", "palignr with two distances, dependent", 32, NEED_SSSE3, "palignr $5,%xmm1,%xmm0\n palignr $9,%xmm2,%xmm0") \
MOREI(F, S, pabsd, "pabsd", "pabsd and psubd in turn, dependent", 32, NEED_SSSE3, "psubd %xmm2,%xmm0\n pabsd %xmm0,%xmm0") \
MOREI(F, S, pmulld, "pmulld", "dependent pmulld", 16, NEED_SSE41, "pmulld %xmm1,%xmm0") \
MOREF(F, S, dpps, "dpps", "dependent dpps with an addps", 16, NEED_SSE41, 8, "dpps $0x7F,%xmm1,%xmm0\n mulps " SOURCE_16TH ",%xmm0", "addps %xmm1,%xmm0") \
MOREF(F, S, blendps, "blendps", "blendps with an addps, dependent", 32, NEED_SSE41, 16, "blendps $5,%xmm1,%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0") \
MOREI(F, S, pminsd, "pminsd_pmaxsd", "pminsd, paddd, pmaxsd, dependent", 48, NEED_SSE41, "pminsd %xmm1,%xmm0\n paddd %xmm2,%xmm0\n pmaxsd %xmm3,%xmm0") \
MOREI(F, S, pcmpeqq, "pcmpeqq", "pcmpeqq and pxor in turn, dependent", 32, NEED_SSE41, "pcmpeqq %xmm1,%xmm0\n pxor %xmm2,%xmm0") \
MOREI(F, S, packusdw, "packusdw", "packusdw and punpckhwd in turn, dependent", 32, NEED_SSE41, "packusdw %xmm1,%xmm0\n punpckhwd %xmm2,%xmm0") \
MOREI(F, S, pinsrd, "pinsrd_pextrd", "pextrd, add, pinsrd, dependent", 16, NEED_SSE41, "pextrd $1,%xmm0,%ecx\n add $77,%ecx\n pinsrd $2,%ecx,%xmm0\n pshufd $0x39,%xmm0,%xmm0") \
MOREI(F, S, pcmpgtq, "pcmpgtq", "pcmpgtq and pxor in turn, dependent", 32, NEED_SSE42, "pcmpgtq %xmm1,%xmm0\n pxor %xmm2,%xmm0") \
S(F, crc32, "crc32", "", "dependent crc32 of a dword from memory", 16, FLOOR, NEED_SSE42, "mov 448(%esi),%ecx", 4, "crc32l 512(%esi),%ecx\n crc32l 516(%esi),%ecx\n crc32l 520(%esi),%ecx\n crc32l 524(%esi),%ecx", "movd %ecx,%xmm0\n pslld $24,%xmm0\n movd %xmm0,%ecx", "mov %ecx,448(%esi)", source_setup_int) \
S(F, popcnt, "popcnt", "", "popcnt and add in turn, dependent; a pair counts as one", 16, FLOOR, NEED_POPCNT | NEED_SSE, "mov 448(%esi),%ecx", 16, "popcnt %ecx,%ecx\n add 512(%esi),%ecx", "", "mov %ecx,448(%esi)", source_setup_int) \
AVX_TWO(F, S, vaddps, "vaddps", "vmulps", "32(%esi)", SOURCE_HALF, "addition of eight singles", NEED_AVX, source_setup_f32) \
AVX_TWO(F, S, vaddpd, "vaddpd", "vmulpd", "32(%esi)", SOURCE_HALF, "addition of four doubles", NEED_AVX, source_setup_f64) \
AVX_TWO(F, S, vmulps, "vmulps", "vaddps", SOURCE_LESS, SOURCE_ONE, "multiplication of eight singles", NEED_AVX, source_setup_f32) \
AVX_TWO(F, S, vmulpd, "vmulpd", "vaddpd", SOURCE_LESS, SOURCE_ONE, "multiplication of four doubles", NEED_AVX, source_setup_f64) \
S(F, vdivps, "vdivps", "", "dependent division of eight singles, one addition in 16", 16, FLOOR, NEED_AVX, AVX_IN(SOURCE_MORE, SOURCE_ONE), 15, "vdivps %ymm1,%ymm0,%ymm0", "vaddps %ymm7,%ymm0,%ymm0", AVX_OUT, source_setup_f32) \
S(F, vaddsd, "vaddsd", "", "dependent VEX addition of a double", 64, FLOOR, NEED_AVX, AVX_IN("32(%esi)", SOURCE_HALF), 63, "vaddsd %xmm1,%xmm0,%xmm0", "vmulsd %xmm7,%xmm0,%xmm0", "vmovups %xmm0,(%esi)\n vzeroupper", source_setup_f64) \
S(F, vmovups_load, "vmovups_load", "", "independent loads of 32 bytes", 64, FLOOR, NEED_AVX, AVX_IN("32(%esi)", SOURCE_HALF), 16, "vmovups 512(%esi),%ymm2\n vmovups 544(%esi),%ymm3\n vmovups 576(%esi),%ymm4\n vmovups 608(%esi),%ymm5", "vaddps %ymm2,%ymm0,%ymm0\n vaddps %ymm3,%ymm0,%ymm0\n vaddps %ymm4,%ymm0,%ymm0\n vaddps %ymm5,%ymm0,%ymm0\n vmulps %ymm7,%ymm0,%ymm0", AVX_OUT, source_setup_f32) \
S(F, vmovups_store, "vmovups_store", "", "independent stores of 32 bytes", 64, FLOOR, NEED_AVX, AVX_IN("32(%esi)", SOURCE_HALF), 16, "vmovups %ymm0,512(%edi)\n vmovups %ymm1,544(%edi)\n vmovups %ymm0,576(%edi)\n vmovups %ymm1,608(%edi)", AVX_STEP, AVX_OUT, source_setup_f32) \
S(F, vzeroupper, "vzeroupper", "", "vzeroupper and a legacy addps", 16, FLOOR, NEED_AVX, AVX_IN("32(%esi)", SOURCE_HALF), 16, "vzeroupper\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", "movups %xmm0,(%esi)", source_setup_f32) \
AVXI(F, S, vpaddd, "vpaddd", "dependent addition of eight dwords", 64, NEED_AVX2, 63, "vpaddd %ymm1,%ymm0,%ymm0", "vpsrld $4,%ymm0,%ymm0") \
AVXI(F, S, vpmullw, "vpmullw", "dependent product of sixteen words", 64, NEED_AVX2, 63, "vpmullw %ymm1,%ymm0,%ymm0", "vpsrlw $12,%ymm0,%ymm0") \
AVXI(F, S, vpshufb, "vpshufb", "dependent vpshufb of two halves", 64, NEED_AVX2, 64, "vpshufb %ymm3,%ymm0,%ymm0", "vpxor %ymm1,%ymm0,%ymm0\n vpsrlq $1,%ymm0,%ymm0\n vpxor %ymm2,%ymm0,%ymm0") \
AVXI(F, S, vpcmpeqb, "vpcmpeqb_vpmovmskb", "vpcmpeqb, vpmovmskb, vmovd back, dependent", 16, NEED_AVX2, 16, "vpcmpeqb %ymm1,%ymm0,%ymm0\n vpmovmskb %ymm0,%ecx\n vmovd %ecx,%xmm0\n vpaddb %ymm2,%ymm0,%ymm0", "") \
S(F, vfmadd, "vfmadd_ps", "", "dependent fused multiply-add of eight singles", 64, FLOOR, NEED_AVX | NEED_FMA, AVX_IN(SOURCE_LESS, SOURCE_16TH), 64, "vfmadd213ps %ymm7,%ymm1,%ymm0", "", AVX_OUT, source_setup_f32) \
S(F, vfmadd_six, "vfmadd_ps_six", "", "fused multiply-add of eight singles on six independent registers", 48, FLOOR, NEED_AVX | NEED_FMA, AVX_SIX_IN(SOURCE_LESS, SOURCE_16TH), 8, "vfmadd213ps %ymm7,%ymm6,%ymm0\n vfmadd213ps %ymm7,%ymm6,%ymm1\n vfmadd213ps %ymm7,%ymm6,%ymm2\n vfmadd213ps %ymm7,%ymm6,%ymm3\n vfmadd213ps %ymm7,%ymm6,%ymm4\n vfmadd213ps %ymm7,%ymm6,%ymm5", "", AVX_SIX_OUT, source_setup_f32) \
S(F, vfmadd_sd, "vfmadd_sd", "", "dependent fused multiply-add of a double", 64, FLOOR, NEED_AVX | NEED_FMA, AVX_IN(SOURCE_LESS, SOURCE_16TH), 64, "vfmadd213sd %xmm7,%xmm1,%xmm0", "", AVX_OUT, source_setup_f64)
/* clang-format on */
FAMILY_SOURCE_TABLE(ssemore, sse, SSEMORE_ROWS)
