/* shift: what shift.c has by width, count and throughput. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* As in intforms.c: one bit of each goes on. */
#define END_FOUR                                                                                   \
    "or $0x123456,%eax\n add %eax," SOURCE_TOTAL "\n and $1,%ebx\n and $1,%ecx\n and $1,%edx"

/* clang-format off */
#define SHIFTFORMS_ROWS(F, I) \
I(F, shl8, "shl8", "", "shift left of a low byte by 3, and an xor, in turn, dependent", 66, FLOOR, 0, "", 32, "shl $3,%al\n xor %edx,%eax", END, "", NULL) \
I(F, shl16, "shl16", "", "shift left of 16 bits by 3, and an xor, in turn, dependent", 66, FLOOR, 0, "", 32, "shl $3,%ax\n xor %edx,%eax", END, "", NULL) \
I(F, shl_four, "shl_four", "", "shift left on four independent registers", 132, FLOOR, 0, "", 32, "shl $3,%eax\n shl $3,%ebx\n shl $3,%ecx\n shl $3,%edx", END_FOUR, "", NULL) \
I(F, sar_four, "sar_four", "", "arithmetic shift right on four independent registers", 132, FLOOR, 0, "", 32, "sar $3,%eax\n sar $3,%ebx\n sar $3,%ecx\n sar $3,%edx", END_FOUR, "", NULL) \
I(F, rol8, "rol8", "", "rotate left of a low byte by 3, and an xor, in turn, dependent", 66, FLOOR, 0, "", 32, "rol $3,%al\n xor %edx,%eax", END, "", NULL) \
I(F, rol_four, "rol_four", "", "rotate left on four independent registers", 132, FLOOR, 0, "", 32, "rol $3,%eax\n rol $3,%ebx\n rol $3,%ecx\n rol $3,%edx", END_FOUR, "", NULL) \
I(F, sar_imm, "sar_imm", "", "arithmetic shift right by 3, and an xor, in turn, dependent", 66, FLOOR, 0, "", 32, "sar $3,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, shr_cl, "shr_cl", "", "shift right by cl, and an xor, in turn, dependent", 66, FLOOR, 0, "mov $3,%ecx", 32, "shr %cl,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, ror_cl, "ror_cl", "", "rotate right by cl, and an xor, in turn, dependent", 66, FLOOR, 0, "mov $3,%ecx", 32, "ror %cl,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, shl_cl_0, "shl_cl_0", "", "shift left by cl = 0, which leaves the flags alone, and an xor, in turn, dependent", 66, FLOOR, 0, "mov $32,%ecx", 32, "shl %cl,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, rcl8_1, "rcl8_1", "", "rotate a low byte left through the carry by 1, dependent", 64, FLOOR, 0, "", 63, "rcl $1,%al", END, "", NULL) \
I(F, rcr_cl, "rcr_cl", "", "rotate right through the carry by cl = 3, dependent", 16, FLOOR, 0, "mov $3,%ecx", 15, "rcr %cl,%eax", END, "", NULL) \
I(F, shld16_imm, "shld16_imm", "", "double shift left of 16 bits by 5, and an xor, in turn, dependent", 66, FLOOR, 0, "", 32, "shld $5,%bx,%ax\n xor %edx,%eax", END, "", NULL) \
I(F, shrd_cl, "shrd_cl", "", "double shift right by cl, and an xor, in turn, dependent", 66, FLOOR, 0, "mov $3,%ecx", 32, "shrd %cl,%ebx,%eax\n xor %edx,%eax", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(shiftforms, shift, SHIFTFORMS_ROWS)
