/* rmw: what rmw.c has by operation, operand kind and width. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* The word at 64(%esi): into the sum, and few bits of it into the next iteration. */
#define END "mov 64(%esi),%eax\n add %eax," SOURCE_TOTAL "\n andl $15,64(%esi)"

/* clang-format off */
#define RMWFORMS_ROWS(F, I) \
I(F, add_mi, "add_mi", "", "add an immediate to memory", 64, FLOOR, 0, "", 63, "addl $0x1234567,64(%esi)", END, "", NULL) \
I(F, add_mi8, "add_mi8", "", "add an immediate byte, sign-extended, to memory", 64, FLOOR, 0, "", 63, "addl $77,64(%esi)", END, "", NULL) \
I(F, add8_mi, "add8_mi", "", "add an immediate to a byte in memory", 64, FLOOR, 0, "", 63, "addb $77,64(%esi)", END, "", NULL) \
I(F, add16_mi, "add16_mi", "", "add a 16-bit immediate to memory: a prefix that changes the length", 64, FLOOR, 0, "", 63, "addw $0x1234,64(%esi)", END, "", NULL) \
I(F, sub_mi, "sub_mi", "", "subtract an immediate from memory", 64, FLOOR, 0, "", 63, "subl $0x1234567,64(%esi)", END, "", NULL) \
I(F, sbb_mr, "sbb_mr", "", "subtract with borrow from memory, chained through the borrow", 64, FLOOR, 0, "", 63, "sbb %edx,64(%esi)", END, "", NULL) \
I(F, xor_mi, "xor_mi", "", "xor an immediate into memory", 64, FLOOR, 0, "", 63, "xorl $0x1234567,64(%esi)", END, "", NULL) \
I(F, and_or_mr, "and_or_mr", "", "and, or of registers into memory in turn", 66, FLOOR, 0, "", 32, "and %edx,64(%esi)\n or %ecx,64(%esi)", END, "", NULL) \
I(F, inc8_m, "inc8_m", "", "increment a byte in memory", 64, FLOOR, 0, "", 63, "incb 64(%esi)", END, "", NULL) \
I(F, dec16_m, "dec16_m", "", "decrement 16 bits in memory", 64, FLOOR, 0, "", 63, "decw 64(%esi)", END, "", NULL) \
I(F, shl_m, "shl_m", "", "shift memory left by 1, and an add, in turn", 66, FLOOR, 0, "", 32, "shll $1,64(%esi)\n add %edx,64(%esi)", END, "", NULL) \
I(F, shr_m_cl, "shr_m_cl", "", "shift memory right by cl, and an add, in turn", 66, FLOOR, 0, "mov $3,%ecx", 32, "shrl %cl,64(%esi)\n add %edx,64(%esi)", END, "", NULL) \
I(F, rcl_m, "rcl_m", "", "rotate memory left through the carry by 1", 64, FLOOR, 0, "", 63, "rcll $1,64(%esi)", END, "", NULL) \
I(F, shld_m, "shld_m", "", "double shift of memory left by 5, and an add, in turn", 66, FLOOR, 0, "", 32, "shld $5,%ecx,64(%esi)\n add %edx,64(%esi)", END, "", NULL) \
I(F, add_index, "add_index", "", "add a register to memory at base, scaled index and displacement", 64, FLOOR, 0, "mov $16,%ecx", 63, "add %edx,(%esi,%ecx,4)", END, "", NULL) \
I(F, add_unaligned, "add_unaligned", "", "add a register to memory at an odd address", 64, FLOOR, 0, "", 63, "add %edx,65(%esi)", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(rmwforms, rmw, RMWFORMS_ROWS)
