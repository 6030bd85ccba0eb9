/* move: what move.c has by width and operand kind. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* clang-format off */
#define MOVEFORMS_ROWS(F, I) \
I(F, movzx16, "movzx16", "", "zero extension of 16 bits, and an add, in turn, dependent", 66, FLOOR, 0, "", 32, "movzwl %ax,%eax\n add %edx,%eax", END, "", NULL) \
I(F, movsx16, "movsx16", "", "sign extension of 16 bits, and an add, in turn, dependent", 66, FLOOR, 0, "", 32, "movswl %ax,%eax\n add %edx,%eax", END, "", NULL) \
I(F, movzx_high, "movzx_high", "", "zero extension of a high byte, and an add, in turn, dependent", 66, FLOOR, 0, "", 32, "movzbl %ah,%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, movsx8_m, "movsx8_m", "", "sign extension of a byte of memory, and an add, in turn", 66, FLOOR, 0, "", 32, "movsbl 65(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, movzx16_m, "movzx16_m", "", "zero extension of 16 bits of memory, and an add, in turn", 66, FLOOR, 0, "", 32, "movzwl 66(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, movsx16_m, "movsx16_m", "", "sign extension of 16 bits of memory, and an add, in turn", 66, FLOOR, 0, "", 32, "movswl 66(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, mov8, "mov8", "", "a low byte to another, and an add back, in turn, dependent", 66, FLOOR, 0, "", 32, "mov %al,%cl\n add %ecx,%eax", END, "", NULL) \
I(F, mov16, "mov16", "", "16 bits to another register, and an add back, in turn, dependent", 66, FLOOR, 0, "", 32, "mov %ax,%cx\n add %ecx,%eax", END, "", NULL) \
I(F, mov16_ri, "mov16_ri", "", "16-bit immediate to a register: a prefix that changes the length", 64, FLOOR, 0, "", 64, "mov $0x1234,%cx", END, "", NULL) \
I(F, mov_four, "mov_four", "", "four independent moves between registers", 128, FLOOR, 0, "", 32, "mov %esi,%eax\n mov %edi,%ebx\n mov %esi,%ecx\n mov %edi,%edx", "sub %esi,%eax\n incl " SOURCE_TOTAL, "", NULL) \
I(F, xchg8, "xchg8", "", "exchange of two low bytes, dependent", 63, FLOOR, 0, "", 63, "xchg %al,%cl", "add %eax," SOURCE_TOTAL "\n add %dl,%al\n and $15,%al", "", NULL) \
I(F, xchg16, "xchg16", "", "exchange of two 16-bit registers, dependent", 63, FLOOR, 0, "", 63, "xchg %ax,%cx", "add %eax," SOURCE_TOTAL "\n add %dx,%ax\n and $15,%ax", "", NULL) \
I(F, cbw, "cbw", "", "sign extension of al, and an add, in turn, dependent", 66, FLOOR, 0, "", 32, "cbtw\n add %dl,%al", END, "", NULL) \
I(F, cdq, "cdq", "", "sign of eax to edx, and a sub of it, in turn, dependent", 66, FLOOR, 0, "", 32, "cltd\n sub %edx,%eax", END, "", NULL) \
I(F, movbe_load, "movbe_load", "", "load with swapped bytes, and an add, in turn", 66, FLOOR, NEED_MOVBE, "", 32, "movbe 64(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, movbe_store, "movbe_store", "", "store with swapped bytes, and an add, in turn", 66, FLOOR, NEED_MOVBE, "", 32, "movbe %eax,128(%esi)\n add %edx,%eax", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(moveforms, move, MOVEFORMS_ROWS)
