/* int: the operations of int.c and intforms.c in the widths and with the operands that they leave
 * out: one line an operation. Rows of integer kernels: their model is their own text (source.h). */
#include "bench/source.h"

#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

#define INTWIDTH(F, I, id, title, body)                                                            \
    I(F, id, #id, "", "dependent " title, 64, FLOOR, 0, "", 63, body, END, "", NULL)
/* Immediate and memory to a low byte and to 16 bits. */
#define INTWIDTH_SOURCES(F, I, op, what)                                                           \
    INTWIDTH(F, I, op##8_ri, what " of an immediate, low byte", #op " $0x4D,%al")                  \
    INTWIDTH(F, I, op##16_ri, what " of an immediate, 16 bits", #op " $0x1234,%ax")                \
    INTWIDTH(F, I, op##8_rm, what " of memory, low byte", #op " 64(%esi),%al")                     \
    INTWIDTH(F, I, op##16_rm, what " of memory, 16 bits", #op " 64(%esi),%ax")
#define INTWIDTH_AND_OR(F, I, id, what, one, other)                                                \
    I(F, and_or##id, "and_or" #id, "", "and, or in turn, dependent: " what, 66, FLOOR, 0, "", 32,  \
      "and " one "\n or " other, END, "", NULL)
/* Flags only: the carry goes on through an adc, the zero flag through a setnz. */
#define INTWIDTH_CMP(F, I, id, what, body)                                                         \
    I(F, cmp##id, "cmp" #id, "", "compare " what " and adc, a pair counts as one", 32, FLOOR, 0,   \
      "", 32, body "\n adc %ecx,%eax", END, "", NULL)
#define INTWIDTH_TEST(F, I, id, what, body)                                                        \
    I(F, test##id, "test" #id, "", "test " what ", setnz, add; three count as one", 16, FLOOR, 0,  \
      "xor %ecx,%ecx", 16, body "\n setnz %cl\n add %ecx,%eax", END, "", NULL)

/* clang-format off */
#define INTWIDTH_ROWS(F, I) \
INTWIDTH(F, I, add_rm, "add from memory", "add 64(%esi),%eax") \
INTWIDTH_SOURCES(F, I, sub, "subtract") \
INTWIDTH(F, I, xor8, "xor of low bytes", "xor %dl,%al") \
INTWIDTH(F, I, xor16, "xor of 16-bit registers", "xor %dx,%ax") \
INTWIDTH_SOURCES(F, I, xor, "xor") \
INTWIDTH_AND_OR(F, I, 8, "low bytes", "%cl,%al", "%dl,%al") \
INTWIDTH_AND_OR(F, I, 16, "16-bit registers", "%cx,%ax", "%dx,%ax") \
INTWIDTH_AND_OR(F, I, 8_ri, "immediates to a low byte", "$0x5C,%al", "$0x67,%al") \
INTWIDTH_AND_OR(F, I, 16_ri, "immediates to 16 bits", "$0x5A3C,%ax", "$0x4567,%ax") \
INTWIDTH_AND_OR(F, I, 8_rm, "memory to a low byte", "64(%esi),%al", "68(%esi),%al") \
INTWIDTH_AND_OR(F, I, 16_rm, "memory to 16 bits", "64(%esi),%ax", "68(%esi),%ax") \
INTWIDTH_CMP(F, I, 8_ri, "a low byte with an immediate", "cmp $0x4D,%al") \
INTWIDTH_CMP(F, I, 16_ri, "16 bits with an immediate", "cmp $0x1234,%ax") \
INTWIDTH_CMP(F, I, 8_rm, "a low byte with memory", "cmp 64(%esi),%al") \
INTWIDTH_CMP(F, I, 16_rm, "16 bits with memory", "cmp 64(%esi),%ax") \
INTWIDTH_CMP(F, I, 8_mi, "a byte of memory with an immediate", "cmpb $0x4D,64(%esi)") \
INTWIDTH_CMP(F, I, 16_mi, "16 bits of memory with an immediate", "cmpw $0x1234,64(%esi)") \
INTWIDTH_CMP(F, I, _mr, "memory with a register", "cmp %eax,64(%esi)") \
INTWIDTH_TEST(F, I, 8_rr, "low bytes", "test %dl,%al") \
INTWIDTH_TEST(F, I, 16_rr, "16-bit registers", "test %dx,%ax") \
INTWIDTH_TEST(F, I, 8_ri, "a low byte with an immediate", "test $0x11,%al") \
INTWIDTH_TEST(F, I, 16_ri, "16 bits with an immediate", "test $0x1001,%ax") \
INTWIDTH_TEST(F, I, 8_rm, "a low byte with memory", "test %al,64(%esi)") \
INTWIDTH_TEST(F, I, _mi, "memory with an immediate", "testl $0x00101001,64(%esi)") \
INTWIDTH(F, I, inc8, "increment of a low byte", "inc %al") \
INTWIDTH(F, I, dec8, "decrement of a low byte", "dec %al") \
INTWIDTH(F, I, dec16, "decrement of 16 bits", "dec %ax") \
INTWIDTH(F, I, neg, "negation", "neg %eax") \
INTWIDTH(F, I, neg8, "negation of a low byte", "neg %al") \
INTWIDTH(F, I, not8, "complement of a low byte", "not %al") \
INTWIDTH(F, I, not16, "complement of 16 bits", "not %ax")
/* clang-format on */
FAMILY_INTEGER_TABLE(intwidth, int, INTWIDTH_ROWS)
