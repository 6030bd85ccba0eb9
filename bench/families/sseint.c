/* sse: integers in SSE registers (SSE2). sse.c explains the pattern. */
#include "bench/source.h"

#define SSEI_IN  "movdqu (%esi),%xmm0\n movdqu 32(%esi),%xmm1\n movdqu 64(%esi),%xmm2"
#define SSEI_OUT "movdqu %xmm0,(%esi)"
#define SSEI_SIX_IN                                                                                \
    "movdqu (%esi),%xmm0\n movdqu 64(%esi),%xmm1\n movdqu 96(%esi),%xmm2\n movdqu "                \
    "128(%esi),%xmm3\n movdqu 160(%esi),%xmm4\n movdqu 192(%esi),%xmm5\n movdqu 32(%esi),%xmm6"
#define SSEI_SIX_OUT                                                                               \
    "movdqu %xmm0,(%esi)\n movdqu %xmm1,64(%esi)\n movdqu %xmm2,96(%esi)\n movdqu "                \
    "%xmm3,128(%esi)\n movdqu %xmm4,160(%esi)\n movdqu %xmm5,192(%esi)"
#define SSEI_SIX(op)                                                                               \
    op ",%xmm0\n " op ",%xmm1\n " op ",%xmm2\n " op ",%xmm3\n " op ",%xmm4\n " op ",%xmm5"

/* A chain, six at once, and from memory; `end` and `end6` settle it. */
#define SSEI_CHAIN(F, S, id, what, need, end)                                                      \
    S(F, id, #id, "", "dependent " #id ": " what, 64, FLOOR, need, SSEI_IN, 63,                    \
      #id " %xmm1,%xmm0", end ",%xmm0", SSEI_OUT, source_setup_int)
#define SSEI_THREE(F, S, id, what, need, end)                                                      \
    SSEI_CHAIN(F, S, id, what, need, end)                                                          \
    S(F, id##_six, #id "_six", "", #id " on six independent registers", 54, FLOOR, need,           \
      SSEI_SIX_IN, 8, SSEI_SIX(#id " %xmm6"), SSEI_SIX(end), SSEI_SIX_OUT, source_setup_int)       \
    S(F, id##_mem, #id "_mem", "", #id " from memory, dependent", 64, FLOOR, need, SSEI_IN, 63,    \
      #id " 32(%esi),%xmm0", end ",%xmm0", SSEI_OUT, source_setup_int)
#define SSEI_STEP "pxor %xmm1,%xmm0\n psrlq $1,%xmm0\n pxor %xmm2,%xmm0"
#define SSEI_MIX(F, S, id, name, what, ops, need, body)                                            \
    S(F, id, name, "", what, ops, FLOOR, need, SSEI_IN, 16, body, SSEI_STEP, SSEI_OUT,             \
      source_setup_int)

/* clang-format off */
#define SSEINT_ROWS(F, S) \
SSEI_CHAIN(F, S, paddb, "16 bytes", NEED_SSE2, "psrlw $4") \
SSEI_THREE(F, S, paddw, "8 words", NEED_SSE2, "psrlw $4") \
SSEI_THREE(F, S, paddd, "4 dwords", NEED_SSE2, "psrld $4") \
SSEI_CHAIN(F, S, paddq, "2 qwords", NEED_SSE2, "psrlq $4") \
SSEI_CHAIN(F, S, psubd, "4 dwords", NEED_SSE2, "psrld $4") \
SSEI_THREE(F, S, pmullw, "low halves of 8 products", NEED_SSE2, "psrlw $12") \
SSEI_CHAIN(F, S, pmulhw, "high halves of 8 products", NEED_SSE2, "paddw %xmm2") \
SSEI_THREE(F, S, pmaddwd, "8 products, summed in pairs", NEED_SSE2, "psrld $28") \
SSEI_THREE(F, S, pmuludq, "two 64-bit products", NEED_SSE2, "psrlq $60") \
SSEI_THREE(F, S, pxor, "16 bytes", NEED_SSE2, "psrlq $4") \
SSEI_CHAIN(F, S, pavgb, "16 bytes", NEED_SSE2, "pxor %xmm2") \
SSEI_CHAIN(F, S, psadbw, "sums of 16 differences", NEED_SSE2, "paddb %xmm2") \
SSEI_MIX(F, S, pand_por, "pand_por", "pand and por in turn, dependent", 64, NEED_SSE2, "pand %xmm1,%xmm0\n por %xmm2,%xmm0\n pand %xmm1,%xmm0\n por %xmm2,%xmm0") \
SSEI_MIX(F, S, pcmpeqb, "pcmpeqb", "pcmpeqb and pxor in turn, dependent", 32, NEED_SSE2, "pcmpeqb %xmm1,%xmm0\n pxor %xmm2,%xmm0") \
SSEI_MIX(F, S, pcmpgtd, "pcmpgtd", "pcmpgtd and pxor in turn, dependent", 32, NEED_SSE2, "pcmpgtd %xmm1,%xmm0\n pxor %xmm2,%xmm0") \
SSEI_MIX(F, S, paddusb, "paddusb_psubusb", "paddusb and psubusb in turn, dependent", 32, NEED_SSE2, "paddusb %xmm1,%xmm0\n psubusb %xmm2,%xmm0") \
SSEI_MIX(F, S, paddsw, "paddsw_psubsw", "paddsw and psubsw in turn, dependent", 32, NEED_SSE2, "paddsw %xmm1,%xmm0\n psubsw %xmm2,%xmm0") \
SSEI_MIX(F, S, pminub, "pminub_pmaxub", "pminub and pmaxub in turn, dependent", 32, NEED_SSE2, "pminub %xmm1,%xmm0\n pmaxub %xmm2,%xmm0") \
SSEI_MIX(F, S, shift_w, "psllw_psrlw", "word shifts by immediates, dependent", 64, NEED_SSE2, "psllw $3,%xmm0\n psrlw $1,%xmm0\n psraw $1,%xmm0\n paddw %xmm2,%xmm0") \
SSEI_MIX(F, S, shift_d, "pslld_psrld", "dword shifts by immediates with a paddd, dependent", 64, NEED_SSE2, "pslld $3,%xmm0\n psrld $1,%xmm0\n psrad $1,%xmm0\n paddd %xmm2,%xmm0") \
SSEI_MIX(F, S, shift_dq, "pslldq_psrldq", "byte shifts with a por, dependent", 48, NEED_SSE2, "pslldq $3,%xmm0\n por %xmm2,%xmm0\n psrldq $5,%xmm0") \
SSEI_MIX(F, S, pshufd, "pshufd", "pshufd of three orders, dependent", 48, NEED_SSE2, "pshufd $0x39,%xmm0,%xmm0\n pshufd $0x4E,%xmm0,%xmm0\n pshufd $0x1E,%xmm0,%xmm0") \
SSEI_MIX(F, S, punpck, "punpcklbw_packuswb", "punpcklbw, psrlw, packuswb, dependent", 48, NEED_SSE2, "punpcklbw %xmm1,%xmm0\n psrlw $4,%xmm0\n packuswb %xmm2,%xmm0") \
SSEI_MIX(F, S, punpckd, "punpckldq_hdq", "punpckldq and punpckhdq in turn, dependent", 32, NEED_SSE2, "punpckldq %xmm1,%xmm0\n punpckhdq %xmm2,%xmm0") \
SSEI_MIX(F, S, packss, "packssdw_punpcklwd", "packssdw and punpcklwd in turn, dependent", 32, NEED_SSE2, "packssdw %xmm1,%xmm0\n punpcklwd %xmm2,%xmm0") \
SSEI_MIX(F, S, pmovmskb, "pmovmskb", "pcmpeqb, pmovmskb, movd back, dependent: as in a search for a byte", 16, NEED_SSE2, "pcmpeqb %xmm1,%xmm0\n pmovmskb %xmm0,%ecx\n movd %ecx,%xmm0\n paddb %xmm2,%xmm0") \
SSEI_MIX(F, S, pinsrw, "pinsrw_pextrw", "pextrw, add, pinsrw, dependent", 16, NEED_SSE2, "pextrw $3,%xmm0,%ecx\n add $77,%ecx\n pinsrw $5,%ecx,%xmm0\n pshufd $0x1B,%xmm0,%xmm0") \
SSEI_MIX(F, S, movdqa_copy, "movdqa_copy", "movdqa load and store; a pair counts as one", 64, NEED_SSE2, "movdqa 512(%esi),%xmm3\n movdqa %xmm3,512(%edi)\n movdqa 528(%esi),%xmm4\n movdqa %xmm4,528(%edi)\n movdqa 544(%esi),%xmm5\n movdqa %xmm5,544(%edi)\n movdqa 560(%esi),%xmm6\n movdqa %xmm6,560(%edi)")
/* clang-format on */
FAMILY_SOURCE_TABLE(sseint, sse, SSEINT_ROWS)
