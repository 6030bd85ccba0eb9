/* lock: what lock.c has by operation and width, and fences. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* The word at 64(%esi): into the sum, and few bits of it into the next iteration. */
#define END "mov 64(%esi),%eax\n add %eax," SOURCE_TOTAL "\n lock andl $15,64(%esi)"

/* clang-format off */
#define LOCKFORMS_ROWS(F, I) \
I(F, sub, "sub", "", "lock sub of a register from memory", 16, FLOOR, 0, "", 15, "lock sub %edx,64(%esi)", END, "", NULL) \
I(F, xor, "xor", "", "lock xor of a register into memory", 16, FLOOR, 0, "", 15, "lock xor %edx,64(%esi)", END, "", NULL) \
I(F, and_or, "and_or", "", "lock and, lock or of registers into memory in turn", 17, FLOOR, 0, "", 8, "lock and %edx,64(%esi)\n lock or %ecx,64(%esi)", END, "", NULL) \
I(F, not, "not", "", "lock not of memory", 16, FLOOR, 0, "", 15, "lock notl 64(%esi)", END, "", NULL) \
I(F, neg, "neg", "", "lock neg of memory", 16, FLOOR, 0, "", 15, "lock negl 64(%esi)", END, "", NULL) \
I(F, dec, "dec", "", "lock dec of memory", 16, FLOOR, 0, "", 15, "lock decl 64(%esi)", END, "", NULL) \
I(F, adc, "adc", "", "lock adc of a register to memory, chained through the carry", 16, FLOOR, 0, "", 15, "lock adc %edx,64(%esi)", END, "", NULL) \
I(F, add8, "add8", "", "lock add of a byte to memory", 16, FLOOR, 0, "", 15, "lock add %dl,64(%esi)", END, "", NULL) \
I(F, add16, "add16", "", "lock add of 16 bits to memory", 16, FLOOR, 0, "", 15, "lock add %dx,64(%esi)", END, "", NULL) \
I(F, btc, "btc", "", "lock btc of memory by immediate", 16, FLOOR, 0, "", 15, "lock btcl $13,64(%esi)", END, "", NULL) \
I(F, add_four, "add_four", "", "lock add to four lines in turn", 17, FLOOR, 0, "", 4, "lock add %edx,64(%esi)\n lock add %edx,128(%esi)\n lock add %edx,192(%esi)\n lock add %edx,256(%esi)", END " \n movl $7,128(%esi)\n movl $7,192(%esi)\n movl $7,256(%esi)", "", NULL) \
I(F, mfence, "mfence", "", "mfence between stores", 16, FLOOR, NEED_SSE2, "", 16, "mov %edx,128(%esi)\n mfence", END, "", NULL) \
I(F, lfence, "lfence", "", "lfence between adds", 16, FLOOR, NEED_SSE2, "", 16, "add %edx,64(%esi)\n lfence", END, "", NULL) \
I(F, sfence, "sfence", "", "sfence between stores", 16, FLOOR, NEED_SSE, "", 16, "mov %edx,128(%esi)\n sfence", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(lockforms, lock, LOCKFORMS_ROWS)
