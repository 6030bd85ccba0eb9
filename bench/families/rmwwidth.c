/* rmw: the operations of rmw.c and rmwforms.c in the widths and with the operands that they leave
 * out. Rows of integer kernels: their model is their own text (source.h). */
#include "bench/source.h"

#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

#define RMWWIDTH(F, I, id, title, body)                                                            \
    I(F, id, #id, "", title, 64, FLOOR, 0, "", 63, body, END, "", NULL)
/* A register and an immediate to a byte and to 16 bits of memory. */
#define RMWWIDTH_SOURCES(F, I, op, what)                                                           \
    RMWWIDTH(F, I, op##8_mr, what " of a low byte to memory", #op " %dl,64(%esi)")                 \
    RMWWIDTH(F, I, op##16_mr, what " of 16 bits to memory", #op " %dx,64(%esi)")                   \
    RMWWIDTH(F, I, op##8_mi, what " of an immediate to a byte in memory", #op "b $0x4D,64(%esi)")  \
    RMWWIDTH(F, I, op##16_mi, what " of an immediate to 16 bits in memory",                        \
             #op "w $0x1234,64(%esi)")
#define RMWWIDTH_AND_OR(F, I, id, what, suffix, one, other)                                        \
    I(F, and_or##id, "and_or" #id, "", "and, or in turn, to memory: " what, 66, FLOOR, 0, "", 32,  \
      "and" suffix " " one ",64(%esi)\n or" suffix " " other ",64(%esi)", END, "", NULL)
#define RMWWIDTH_UNARY(F, I, op, what)                                                             \
    RMWWIDTH(F, I, op##_m, what " of memory", #op "l 64(%esi)")                                    \
    RMWWIDTH(F, I, op##8_m, what " of a byte in memory", #op "b 64(%esi)")                         \
    RMWWIDTH(F, I, op##16_m, what " of 16 bits in memory", #op "w 64(%esi)")

/* clang-format off */
#define RMWWIDTH_ROWS(F, I) \
RMWWIDTH_SOURCES(F, I, sub, "subtract") \
RMWWIDTH_SOURCES(F, I, xor, "xor") \
RMWWIDTH(F, I, adc_mi, "add with carry of an immediate to memory, chained through the carry", "adcl $0x9234567,64(%esi)") \
RMWWIDTH_SOURCES(F, I, adc, "add with carry") \
RMWWIDTH(F, I, sbb_mi, "subtract with borrow of an immediate from memory, chained through the borrow", "sbbl $0x9234567,64(%esi)") \
RMWWIDTH_SOURCES(F, I, sbb, "subtract with borrow") \
RMWWIDTH_AND_OR(F, I, 8_mr, "low bytes", "b", "%cl", "%dl") \
RMWWIDTH_AND_OR(F, I, 16_mr, "16 bits", "w", "%cx", "%dx") \
RMWWIDTH_AND_OR(F, I, _mi, "immediates", "l", "$0x5A3C5A3C", "$0x1234567") \
RMWWIDTH_AND_OR(F, I, 8_mi, "immediates, bytes", "b", "$0x5C", "$0x67") \
RMWWIDTH_AND_OR(F, I, 16_mi, "immediates, 16 bits", "w", "$0x5A3C", "$0x4567") \
RMWWIDTH(F, I, inc16_m, "increment 16 bits in memory", "incw 64(%esi)") \
RMWWIDTH(F, I, dec_m, "decrement memory", "decl 64(%esi)") \
RMWWIDTH(F, I, dec8_m, "decrement a byte in memory", "decb 64(%esi)") \
RMWWIDTH_UNARY(F, I, neg, "negation") \
RMWWIDTH_UNARY(F, I, not, "complement")
/* clang-format on */
FAMILY_INTEGER_TABLE(rmwwidth, rmw, RMWWIDTH_ROWS)
