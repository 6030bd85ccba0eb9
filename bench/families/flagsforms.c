/* flags: what flags.c has by width and operand kind, and more conditions. Rows of integer kernels:
 * their model is their own text (source.h). */
#include "bench/source.h"

/* The sum, few bits on, and one of them as the carry. */
#define END_CARRY "add %eax," SOURCE_TOTAL "\n and $15,%eax\n bt $2,%eax"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* clang-format off */
#define FLAGSFORMS_ROWS(F, I) \
I(F, adc8, "adc8", "", "dependent adds through the carry, low bytes", 64, FLOOR, 0, "", 63, "adc %dl,%al", END_CARRY, "", NULL) \
I(F, adc_ri, "adc_ri", "", "dependent adds through the carry, of an immediate", 64, FLOOR, 0, "", 63, "adc $0x9234567,%eax", END_CARRY, "", NULL) \
I(F, adc_rm, "adc_rm", "", "dependent adds through the carry, from memory", 64, FLOOR, 0, "", 63, "adc 64(%esi),%eax", END_CARRY, "", NULL) \
I(F, sbb_rm, "sbb_rm", "", "dependent subtracts through the borrow, from memory", 64, FLOOR, 0, "", 63, "sbb 64(%esi),%eax", END_CARRY, "", NULL) \
I(F, setcc_four, "setcc_four", "", "a comparison, four setcc of different flags, two adds; counts as one", 8, FLOOR, 0, "", 8, "cmp %edx,%eax\n seto %cl\n sets %ch\n setp %bl\n setle %bh\n add %ecx,%eax\n add %ebx,%eax", END, "", NULL) \
I(F, setcc_mem, "setcc_mem", "", "sub and setbe to memory, a pair counts as one", 32, FLOOR, 0, "", 32, "sub %edx,%eax\n setbe 68(%esi)", END, "", NULL) \
I(F, cmov_rm, "cmov_rm", "", "sub and cmovs from memory, a pair counts as one", 32, FLOOR, NEED_CMOV, "", 32, "sub %edx,%eax\n cmovs 64(%esi),%eax", END, "", NULL) \
I(F, cmov16, "cmov16", "", "sub and cmovg of 16 bits, a pair counts as one", 32, FLOOR, NEED_CMOV, "", 32, "sub %dx,%ax\n cmovg %cx,%ax", END, "", NULL) \
I(F, cmov_be, "cmov_be", "", "sub and cmovbe, which needs two flags, a pair counts as one", 32, FLOOR, NEED_CMOV, "", 32, "sub %edx,%eax\n cmovbe %ecx,%eax", END, "", NULL) \
I(F, clc_stc, "clc_stc", "", "clc and stc in turn, an adc in 8", 63, FLOOR, 0, "", 7, "clc\n stc\n clc\n stc\n clc\n stc\n clc\n stc\n adc %edx,%eax", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(flagsforms, flags, FLAGSFORMS_ROWS)
