/* int: what int.c has by operand kind (register, immediate, memory), width and throughput. Rows of
 * integer kernels: their model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* Four independent chains: 32 of each, then one bit of each goes on. */
#define END_FOUR "add %eax," SOURCE_TOTAL "\n and $1,%eax\n and $1,%ebx\n and $1,%ecx\n and $1,%edx"

/* clang-format off */
#define INTFORMS_ROWS(F, I) \
I(F, add_ri8, "add_ri8", "", "dependent add of an immediate byte, sign-extended", 64, FLOOR, 0, "", 63, "add $77,%eax", END, "", NULL) \
I(F, add8_ri, "add8_ri", "", "dependent add of an immediate to a low byte", 64, FLOOR, 0, "", 63, "add $77,%al", END, "", NULL) \
I(F, add16_ri, "add16_ri", "", "dependent add of a 16-bit immediate: a prefix that changes the length", 64, FLOOR, 0, "", 63, "add $0x1234,%ax", END, "", NULL) \
I(F, add8_rm, "add8_rm", "", "add of a byte from memory, dependent", 64, FLOOR, 0, "", 63, "add 64(%esi),%al", END, "", NULL) \
I(F, add16_rm, "add16_rm", "", "add of 16 bits from memory, dependent", 64, FLOOR, 0, "", 63, "add 64(%esi),%ax", END, "", NULL) \
I(F, add8_four, "add8_four", "", "four independent chains of byte adds", 132, FLOOR, 0, "", 32, "add $77,%al\n add $77,%bl\n add $77,%cl\n add $77,%dl", END_FOUR, "", NULL) \
I(F, sub_ri, "sub_ri", "", "dependent subtract of an immediate", 64, FLOOR, 0, "", 63, "sub $0x1234567,%eax", END, "", NULL) \
I(F, sub_rm, "sub_rm", "", "subtract from memory, dependent", 64, FLOOR, 0, "", 63, "sub 64(%esi),%eax", END, "", NULL) \
I(F, sub8, "sub8", "", "dependent subtract of low bytes", 64, FLOOR, 0, "", 63, "sub %dl,%al", END, "", NULL) \
I(F, sub16, "sub16", "", "dependent subtract of 16-bit registers", 64, FLOOR, 0, "", 63, "sub %dx,%ax", END, "", NULL) \
I(F, sub_four, "sub_four", "", "four independent chains of subtract", 132, FLOOR, 0, "", 32, "sub %esi,%eax\n sub %esi,%ebx\n sub %esi,%ecx\n sub %esi,%edx", END_FOUR, "", NULL) \
I(F, xor_ri, "xor_ri", "", "dependent xor of an immediate", 64, FLOOR, 0, "", 63, "xor $0x1234567,%eax", END, "", NULL) \
I(F, xor_rm, "xor_rm", "", "xor from memory, dependent", 64, FLOOR, 0, "", 63, "xor 64(%esi),%eax", END, "", NULL) \
I(F, and_or_ri, "and_or_ri", "", "and, or of immediates in turn, dependent", 66, FLOOR, 0, "", 32, "and $0x5A3C5A3C,%eax\n or $0x1234567,%eax", END, "", NULL) \
I(F, and_or_rm, "and_or_rm", "", "and, or from memory in turn, dependent", 66, FLOOR, 0, "", 32, "and 64(%esi),%eax\n or 68(%esi),%eax", END, "", NULL) \
I(F, cmp_rr, "cmp_rr", "", "compare and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmp %edx,%eax\n adc %ecx,%eax", END, "", NULL) \
I(F, cmp_ri, "cmp_ri", "", "compare with an immediate and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmp $0x12345678,%eax\n adc %ecx,%eax", END, "", NULL) \
I(F, cmp_rm, "cmp_rm", "", "compare with memory and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmp 64(%esi),%eax\n adc %ecx,%eax", END, "", NULL) \
I(F, cmp_mi, "cmp_mi", "", "compare memory with an immediate and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmpl $0x12345678,64(%esi)\n adc %ecx,%eax", END, "", NULL) \
I(F, cmp8, "cmp8", "", "compare low bytes and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmp %dl,%al\n adc %ecx,%eax", END, "", NULL) \
I(F, cmp16, "cmp16", "", "compare 16-bit registers and adc, a pair counts as one", 32, FLOOR, 0, "", 32, "cmp %dx,%ax\n adc %ecx,%eax", END, "", NULL) \
I(F, test_rr, "test_rr", "", "test, setnz, add; three count as one", 16, FLOOR, 0, "xor %ecx,%ecx", 16, "test %edx,%eax\n setnz %cl\n add %ecx,%eax", END, "", NULL) \
I(F, test_ri, "test_ri", "", "test with an immediate, setnz, add; three count as one", 16, FLOOR, 0, "xor %ecx,%ecx", 16, "test $0x00101001,%eax\n setnz %cl\n add %ecx,%eax", END, "", NULL) \
I(F, test_rm, "test_rm", "", "test with memory, sets, add; three count as one", 16, FLOOR, 0, "xor %ecx,%ecx", 16, "test %eax,64(%esi)\n sets %cl\n add %ecx,%eax", END, "", NULL) \
I(F, inc16, "inc16", "", "dependent increment of 16 bits", 64, FLOOR, 0, "", 63, "inc %ax", END, "", NULL) \
I(F, inc_four, "inc_four", "", "four independent chains of increment", 132, FLOOR, 0, "", 32, "inc %eax\n inc %ebx\n inc %ecx\n inc %edx", END_FOUR, "", NULL) \
I(F, neg16, "neg16", "", "dependent negation of 16 bits", 64, FLOOR, 0, "", 63, "neg %ax", END, "", NULL) \
I(F, not, "not", "", "dependent complement", 64, FLOOR, 0, "", 63, "not %eax", END, "", NULL) \
I(F, xor_same, "xor_same", "", "clear a register by xor with itself", 64, FLOOR, 0, "", 64, "xor %ecx,%ecx", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(intforms, int, INTFORMS_ROWS)
