/* flags: adc and sbb in the widths and with the operands that flags.c and flagsforms.c leave out.
 * Rows of integer kernels: their model is their own text (source.h). */
#include "bench/source.h"

/* The sum, few bits on, and one of them as the carry. */
#define END_CARRY "add %eax," SOURCE_TOTAL "\n and $15,%eax\n bt $2,%eax"

#define FLAGSWIDTH(F, I, id, title, body)                                                          \
    I(F, id, #id, "", "dependent " title, 64, FLOOR, 0, "", 63, body, END_CARRY, "", NULL)
#define FLAGSWIDTH_SOURCES(F, I, op, what)                                                         \
    FLAGSWIDTH(F, I, op##16, what ", 16-bit registers", #op " %dx,%ax")                            \
    FLAGSWIDTH(F, I, op##8_ri, what ", of an immediate, low byte", #op " $0x4D,%al")               \
    FLAGSWIDTH(F, I, op##16_ri, what ", of an immediate, 16 bits", #op " $0x1234,%ax")             \
    FLAGSWIDTH(F, I, op##8_rm, what ", from memory, low byte", #op " 64(%esi),%al")                \
    FLAGSWIDTH(F, I, op##16_rm, what ", from memory, 16 bits", #op " 64(%esi),%ax")

/* clang-format off */
#define FLAGSWIDTH_ROWS(F, I) \
FLAGSWIDTH_SOURCES(F, I, adc, "adds through the carry") \
FLAGSWIDTH(F, I, sbb8, "subtracts through the borrow, low bytes", "sbb %dl,%al") \
FLAGSWIDTH(F, I, sbb_ri, "subtracts through the borrow, of an immediate", "sbb $0x9234567,%eax") \
FLAGSWIDTH_SOURCES(F, I, sbb, "subtracts through the borrow")
/* clang-format on */
FAMILY_INTEGER_TABLE(flagswidth, flags, FLAGSWIDTH_ROWS)
