/* muldiv: multiplications and divisions by width and operand; int.c has the plain ones. Rows of
 * integer kernels: their model is their own text (source.h). */
#include "bench/source.h"

/* A divisor of 3 to 7 in ecx and memory, and what is added to quotients in ebx. */
static void muldiv_setup_div(struct test_state *s)
{
    s->regs.ecx = s->data32[16] = 3 + s->regs.ecx % 5;
    s->regs.ebx = 0x40000000u | s->regs.ebx >> 4;
}

/* The same for bytes and words: no quotient overflows, signed or not. */
static void muldiv_setup_narrow(struct test_state *s)
{
    s->regs.ecx = 3 + s->regs.ecx % 5;
    s->regs.ebx = 0x1220 | (s->regs.ebx & 15);
}

/* Quotients of a few bits. */
static void muldiv_setup_small(struct test_state *s)
{
    s->regs.ecx = 5 + s->regs.ecx % 3;
    s->regs.eax &= 15;
    s->regs.ebx = 9;
}

/* The high half, from ebx, is below the divisor. */
static void muldiv_setup_wide(struct test_state *s)
{
    s->regs.ecx |= 0x80000000u;
    s->regs.ebx >>= 2;
}

/* The sum, and few bits on, with others that keep the product from being zero for good. */
#define END_MUL "add %eax," SOURCE_TOTAL "\n and $15,%eax\n xor $0x5A5A5B,%eax"
#define END_FOUR                                                                                   \
    "add %eax," SOURCE_TOTAL "\n and $1,%eax\n xor $0x5A5A5B,%eax\n and $1,%ebx\n xor "            \
    "$0x5A5A5B,%ebx\n and $1,%ecx\n xor $0x5A5A5B,%ecx\n and $1,%edx\n xor $0x5A5A5B,%edx"
#define END_DIV "add %eax," SOURCE_TOTAL

/* clang-format off */
#define MULDIV_ROWS(F, I) \
I(F, imul16, "imul16", "", "dependent 16-bit multiply", 64, FLOOR, 0, "", 63, "imul %bx,%ax", END_MUL, "", NULL) \
I(F, imul_rm, "imul_rm", "", "dependent 32-bit multiply by memory", 64, FLOOR, 0, "", 63, "imul 64(%esi),%eax", END_MUL, "", NULL) \
I(F, imul16_rri, "imul16_rri", "", "dependent 16-bit multiply by an immediate", 64, FLOOR, 0, "", 63, "imul $0x1235,%ax,%ax", END_MUL, "", NULL) \
I(F, imul8, "imul8", "", "dependent signed multiply of bytes, 16-bit product", 64, FLOOR, 0, "", 63, "imul %bl", END_MUL, "", NULL) \
I(F, mul8, "mul8", "", "dependent unsigned multiply of bytes, 16-bit product", 64, FLOOR, 0, "", 63, "mul %bl", END_MUL, "", NULL) \
I(F, mul16, "mul16", "", "dependent unsigned multiply of 16 bits, 32-bit product", 64, FLOOR, 0, "", 63, "mul %bx", END_MUL, "", NULL) \
I(F, mul_m, "mul_m", "", "dependent unsigned multiply by memory, 64-bit product", 64, FLOOR, 0, "", 63, "mull 64(%esi)", END_MUL, "", NULL) \
I(F, imul_four, "imul_four", "", "four independent chains of 32-bit multiplies by an immediate", 128, FLOOR, 0, "", 32, "imul $0x1234567,%eax,%eax\n imul $0x1234567,%ebx,%ebx\n imul $0x1234567,%ecx,%ecx\n imul $0x1234567,%edx,%edx", END_FOUR, "", NULL) \
I(F, mulx, "mulx", "", "multiply without flags, dependent through the low half, and an xor; a pair counts as one", 32, FLOOR, NEED_BMI2, "", 32, "mulx %eax,%eax,%ecx\n xor %ebx,%eax", END_MUL, "", NULL) \
I(F, div8, "div8", "", "dependent unsigned divide of 16 by 8 bits, with movzx and add", 8, FLOOR, 0, "", 8, "movzbl %al,%eax\n div %cl\n add %bl,%al", END_DIV, "", muldiv_setup_narrow) \
I(F, div16, "div16", "", "dependent unsigned divide of 32 by 16 bits, with xor and add", 8, FLOOR, 0, "", 8, "xor %edx,%edx\n div %cx\n add %bx,%ax", END_DIV, "", muldiv_setup_narrow) \
I(F, idiv8, "idiv8", "", "dependent signed divide of 16 by 8 bits, with cbw and add", 8, FLOOR, 0, "", 8, "cbtw\n idiv %cl\n add %bl,%al", END_DIV, "", muldiv_setup_narrow) \
I(F, idiv16, "idiv16", "", "dependent signed divide of 32 by 16 bits, with cwd and add", 8, FLOOR, 0, "", 8, "cwtd\n idiv %cx\n add %bx,%ax", END_DIV, "", muldiv_setup_narrow) \
I(F, div32_small, "div32_small", "", "dependent unsigned divide with a quotient of two bits, with xor and add", 8, FLOOR, 0, "", 8, "xor %edx,%edx\n div %ecx\n add %ebx,%eax", END_DIV, "", muldiv_setup_small) \
I(F, div32_wide, "div32_wide", "", "dependent unsigned divide of 64 by 32 bits, with a mov", 8, FLOOR, 0, "", 8, "mov %ebx,%edx\n div %ecx", END_DIV, "", muldiv_setup_wide) \
I(F, div32_m, "div32_m", "", "dependent unsigned divide by memory, with xor and add", 8, FLOOR, 0, "", 8, "xor %edx,%edx\n divl 64(%esi)\n add %ebx,%eax", END_DIV, "", muldiv_setup_div) \
I(F, div32_each, "div32_each", "", "independent unsigned divides, with mov and xor", 8, FLOOR, 0, "", 8, "mov %ebx,%eax\n xor %edx,%edx\n div %ecx", END_DIV, "", muldiv_setup_div)
/* clang-format on */
FAMILY_INTEGER_TABLE(muldiv, muldiv, MULDIV_ROWS)
