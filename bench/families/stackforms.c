/* stack: what stack.c has by width and operand kind. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* clang-format off */
#define STACKFORMS_ROWS(F, I) \
I(F, push_imm8, "push_imm8", "", "push of an immediate byte, pop, add; three count as one", 32, FLOOR, 0, "", 32, "push $77\n pop %ecx\n add %ecx,%eax", END, "", NULL) \
I(F, push16, "push16", "", "push and pop of 16 bits, and an add; three count as one", 32, FLOOR, 0, "", 32, "push %ax\n pop %cx\n add %ecx,%eax", END, "", NULL) \
I(F, push_load, "push_load", "", "push of memory, pop to a register, add; three count as one", 32, FLOOR, 0, "", 32, "push 64(%esi)\n pop %ecx\n add %ecx,%eax", END, "", NULL) \
I(F, push_8, "push_8", "", "eight pushes and eight pops", 64, FLOOR, 0, "", 4, "push %eax\n push %ecx\n push %edx\n push %ebx\n push %eax\n push %ecx\n push %edx\n push %ebx\n pop %eax\n pop %ecx\n pop %edx\n pop %ebx\n pop %eax\n pop %ecx\n pop %edx\n pop %ebx", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(stackforms, stack, STACKFORMS_ROWS)
