/* convert: between integers and floating point, and between the formats; sse.c has the pairs that
 * came first. Each chain goes there and back, with an addition in between. */
#include "bench/source.h"

#define CONVERT_IN(setup_half)                                                                     \
    "movups (%esi),%xmm0\n movups 32(%esi),%xmm1\n movups " setup_half ",%xmm7"
#define CONVERT_OUT "movups %xmm0,(%esi)"

/* clang-format off */
#define CONVERT_ROWS(F, S) \
S(F, ps2dq, "cvtps2dq_dq2ps", "", "four singles to integers, rounded, and back with an addps, dependent", 8, FLOOR, NEED_SSE2, CONVERT_IN(SOURCE_HALF), 8, "cvtps2dq %xmm0,%xmm0\n cvtdq2ps %xmm0,%xmm0\n addps %xmm1,%xmm0", "mulps %xmm7,%xmm0", CONVERT_OUT, source_setup_f32) \
S(F, dq2pd, "cvttpd2dq_dq2pd", "", "two doubles to integers by truncation, and back with an addpd, dependent", 8, FLOOR, NEED_SSE2, CONVERT_IN(SOURCE_HALF), 8, "cvttpd2dq %xmm0,%xmm0\n cvtdq2pd %xmm0,%xmm0\n addpd %xmm1,%xmm0", "mulpd %xmm7,%xmm0", CONVERT_OUT, source_setup_f64) \
S(F, pd2ps, "cvtpd2ps_ps2pd", "", "two doubles to singles, and back with an addpd, dependent", 8, FLOOR, NEED_SSE2, CONVERT_IN(SOURCE_HALF), 8, "cvtpd2ps %xmm0,%xmm0\n cvtps2pd %xmm0,%xmm0\n addpd %xmm1,%xmm0", "mulpd %xmm7,%xmm0", CONVERT_OUT, source_setup_f64) \
S(F, sd2ss, "cvtsd2ss_ss2sd", "", "a double to a single, and back with an addsd, dependent", 8, FLOOR, NEED_SSE2, CONVERT_IN(SOURCE_HALF), 8, "cvtsd2ss %xmm0,%xmm0\n cvtss2sd %xmm0,%xmm0\n addsd %xmm1,%xmm0", "mulsd %xmm7,%xmm0", CONVERT_OUT, source_setup_f64) \
S(F, ss2si, "cvtss2si_m", "", "single of memory to an integer, rounded", 32, FLOOR, NEED_SSE, CONVERT_IN(SOURCE_HALF), 32, "cvtss2si 64(%esi),%ecx", "addps %xmm1,%xmm0\n mulps %xmm7,%xmm0", CONVERT_OUT, source_setup_f32) \
S(F, sd2si, "cvtsd2si_m", "", "double of memory to an integer, rounded", 32, FLOOR, NEED_SSE2, CONVERT_IN(SOURCE_HALF), 32, "cvtsd2si 64(%esi),%ecx", "addpd %xmm1,%xmm0\n mulpd %xmm7,%xmm0", CONVERT_OUT, source_setup_f64)
/* clang-format on */
FAMILY_SOURCE_TABLE(convert, convert, CONVERT_ROWS)
