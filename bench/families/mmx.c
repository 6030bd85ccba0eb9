/* mmx: integers in MMX registers: chains, four registers at once, loads and stores, and the way
 * between MMX and x87. Every kernel ends with emms. The pattern is that of sseint.c. */
#include "bench/source.h"

#define MMX_IN  "movq (%esi),%mm0\n movq 32(%esi),%mm1\n movq 64(%esi),%mm2"
#define MMX_OUT "movq %mm0,(%esi)\n emms"
#define MMX_FOUR_IN                                                                                \
    "movq (%esi),%mm0\n movq 64(%esi),%mm2\n movq 96(%esi),%mm3\n movq 128(%esi),%mm4\n movq "     \
    "32(%esi),%mm1"
#define MMX_FOUR_OUT                                                                               \
    "movq %mm0,(%esi)\n movq %mm2,64(%esi)\n movq %mm3,96(%esi)\n movq %mm4,128(%esi)\n emms"
#define MMX_FOUR(op) op ",%mm0\n " op ",%mm2\n " op ",%mm3\n " op ",%mm4"
#define MMX_CHAIN(F, S, id, what, need, end)                                                       \
    S(F, id, #id, "", "dependent " #id ": " what, 64, FLOOR, need, MMX_IN, 63, #id " %mm1,%mm0",   \
      end ",%mm0", MMX_OUT, source_setup_int)
#define MMX_THREE(F, S, id, what, need, end)                                                       \
    MMX_CHAIN(F, S, id, what, need, end)                                                           \
    S(F, id##_four, #id "_four", "", #id " on four independent registers", 64, FLOOR, need,        \
      MMX_FOUR_IN, 15, MMX_FOUR(#id " %mm1"), MMX_FOUR(end), MMX_FOUR_OUT, source_setup_int)       \
    S(F, id##_mem, #id "_mem", "", #id " from memory, dependent", 64, FLOOR, need, MMX_IN, 63,     \
      #id " 32(%esi),%mm0", end ",%mm0", MMX_OUT, source_setup_int)
#define MMX_STEP "pxor %mm1,%mm0\n psrlq $1,%mm0\n pxor %mm2,%mm0"
#define MMX_MIX(F, S, id, name, what, ops, need, body)                                             \
    S(F, id, name, "", what, ops, FLOOR, need, MMX_IN, 16, body, MMX_STEP, MMX_OUT,                \
      source_setup_int)

/* clang-format off */
#define MMX_ROWS(F, S) \
MMX_CHAIN(F, S, paddb, "8 bytes", NEED_MMX, "psrlw $4") \
MMX_THREE(F, S, paddw, "4 words", NEED_MMX, "psrlw $4") \
MMX_THREE(F, S, paddd, "2 dwords", NEED_MMX, "psrld $4") \
MMX_CHAIN(F, S, psubw, "4 words", NEED_MMX, "psrlw $4") \
MMX_THREE(F, S, pmullw, "low halves of 4 products", NEED_MMX, "psrlw $12") \
MMX_CHAIN(F, S, pmulhw, "high halves of 4 products", NEED_MMX, "paddw %mm2") \
MMX_THREE(F, S, pmaddwd, "4 products, summed in pairs", NEED_MMX, "psrld $28") \
MMX_THREE(F, S, pxor, "8 bytes", NEED_MMX, "psrlq $4") \
MMX_MIX(F, S, pand_por, "pand_por", "pand and por in turn, dependent", 64, NEED_MMX, "pand %mm1,%mm0\n por %mm2,%mm0\n pand %mm1,%mm0\n por %mm2,%mm0") \
MMX_MIX(F, S, pandn, "pandn", "pandn, dependent", 16, NEED_MMX, "pandn %mm1,%mm0") \
MMX_MIX(F, S, paddusb, "paddusb_psubusb", "paddusb and psubusb in turn, dependent", 32, NEED_MMX, "paddusb %mm1,%mm0\n psubusb %mm2,%mm0") \
MMX_MIX(F, S, paddsw, "paddsw_psubsw", "paddsw and psubsw in turn, dependent", 32, NEED_MMX, "paddsw %mm1,%mm0\n psubsw %mm2,%mm0") \
MMX_MIX(F, S, pcmpeqb, "pcmpeqb", "pcmpeqb and pxor in turn, dependent", 32, NEED_MMX, "pcmpeqb %mm1,%mm0\n pxor %mm2,%mm0") \
MMX_MIX(F, S, pcmpgtw, "pcmpgtw", "pcmpgtw and pxor in turn, dependent", 32, NEED_MMX, "pcmpgtw %mm1,%mm0\n pxor %mm2,%mm0") \
MMX_MIX(F, S, shift_w, "psllw_psrlw", "word shifts by immediates with a paddw, dependent", 64, NEED_MMX, "psllw $3,%mm0\n psrlw $1,%mm0\n psraw $1,%mm0\n paddw %mm2,%mm0") \
MMX_MIX(F, S, shift_q, "psllq_psrlq", "qword shifts by immediates with a por, dependent", 48, NEED_MMX, "psllq $9,%mm0\n psrlq $4,%mm0\n por %mm2,%mm0") \
MMX_MIX(F, S, punpck, "punpcklbw_packuswb", "punpcklbw, psrlw, packuswb, dependent", 48, NEED_MMX, "punpcklbw %mm1,%mm0\n psrlw $4,%mm0\n packuswb %mm2,%mm0") \
MMX_MIX(F, S, packss, "packssdw_punpckhwd", "packssdw and punpckhwd in turn, dependent", 32, NEED_MMX, "packssdw %mm1,%mm0\n punpckhwd %mm2,%mm0") \
MMX_MIX(F, S, packsswb, "packsswb_punpckldq", "packsswb and punpckldq in turn, dependent", 32, NEED_MMX, "packsswb %mm1,%mm0\n punpckldq %mm2,%mm0") \
MMX_MIX(F, S, movq_rr, "movq_rr", "movq through three registers", 64, NEED_MMX, "movq %mm0,%mm3\n movq %mm3,%mm4\n movq %mm4,%mm5\n movq %mm5,%mm0") \
MMX_MIX(F, S, movq_load, "movq_load", "independent loads of 8 bytes", 64, NEED_MMX, "movq 512(%esi),%mm3\n movq 520(%esi),%mm4\n movq 528(%esi),%mm5\n movq 536(%esi),%mm6") \
MMX_MIX(F, S, movq_store, "movq_store", "independent stores of 8 bytes", 64, NEED_MMX, "movq %mm0,512(%edi)\n movq %mm1,520(%edi)\n movq %mm0,528(%edi)\n movq %mm2,536(%edi)") \
MMX_MIX(F, S, movq_copy, "movq_copy", "movq load and store, the MMX memcpy; a pair counts as one", 64, NEED_MMX, "movq 512(%esi),%mm3\n movq %mm3,512(%edi)\n movq 520(%esi),%mm4\n movq %mm4,520(%edi)\n movq 528(%esi),%mm5\n movq %mm5,528(%edi)\n movq 536(%esi),%mm6\n movq %mm6,536(%edi)") \
MMX_MIX(F, S, movd, "movd", "movd to an integer register and back, dependent", 16, NEED_MMX, "movd %mm0,%ecx\n movd %ecx,%mm0\n paddw %mm2,%mm0") \
MMX_MIX(F, S, emms, "emms", "emms and the first MMX instruction after it", 16, NEED_MMX, "emms\n paddw %mm2,%mm0") \
S(F, switch_x87, "switch_x87", "", "from MMX to x87 and back: emms, fld, fadd, fstp, paddw", 8, FLOOR, NEED_MMX, MMX_IN, 8, "emms\n flds 448(%esi)\n fmuls 452(%esi)\n fadds 456(%esi)\n fstps 448(%esi)\n movq 32(%esi),%mm1\n movq 64(%esi),%mm2\n movq 512(%esi),%mm0\n paddw %mm1,%mm0\n psrlw $1,%mm0\n movq %mm0,512(%esi)", "", "emms", mmx_setup_switch) \
MMX_CHAIN(F, S, pavgb, "8 bytes", NEED_MMX | NEED_SSE, "pxor %mm2") \
MMX_CHAIN(F, S, psadbw, "sum of 8 differences", NEED_MMX | NEED_SSE, "paddb %mm2") \
MMX_CHAIN(F, S, pmulhuw, "high halves of 4 unsigned products", NEED_MMX | NEED_SSE, "paddw %mm2") \
MMX_MIX(F, S, pminub, "pminub_pmaxub", "pminub and pmaxub in turn, dependent", 32, NEED_MMX | NEED_SSE, "pminub %mm1,%mm0\n pmaxub %mm2,%mm0") \
MMX_MIX(F, S, pshufw, "pshufw", "pshufw of two orders, dependent", 32, NEED_MMX | NEED_SSE, "pshufw $0x39,%mm0,%mm0\n pshufw $0x4E,%mm0,%mm0") \
MMX_MIX(F, S, pmovmskb, "pmovmskb", "pmovmskb, movd back, dependent", 16, NEED_MMX | NEED_SSE, "pmovmskb %mm0,%ecx\n movd %ecx,%mm0\n paddb %mm2,%mm0") \
MMX_MIX(F, S, movntq, "movntq", "non-temporal stores of 8 bytes", 64, NEED_MMX | NEED_SSE, "movntq %mm0,512(%edi)\n movntq %mm1,520(%edi)\n movntq %mm0,528(%edi)\n movntq %mm2,536(%edi)") \
MMX_MIX(F, S, movq2dq, "movq2dq_movdq2q", "movq2dq, movdq2q, dependent", 16, NEED_MMX | NEED_SSE2, "movq2dq %mm0,%xmm0\n movdq2q %xmm0,%mm0\n paddw %mm2,%mm0")
/* clang-format on */

static void mmx_setup_switch(struct test_state *s)
{
    source_setup_int(s);
    s->data32[112] = 0x3F800000u | s->data32[112] >> 9;
    s->data32[113] = 0x3F000000u; /* 0.5 */
    s->data32[114] = 0x3F800000u | s->data32[114] >> 9;
}

FAMILY_SOURCE_TABLE(mmx, mmx, MMX_ROWS)
