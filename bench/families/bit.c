/* bit: single bits, counts of bits, BMI1 and BMI2. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* clang-format off */
#define BIT_ROWS(F, I) \
I(F, bt_ri, "bt_ri", "", "test a bit by immediate, and adc, in turn, dependent", 66, FLOOR, 0, "", 32, "bt $13,%eax\n adc %edx,%eax", END, "", NULL) \
I(F, bts_ri, "bts_ri", "", "set a bit by immediate, and adc, in turn, dependent", 66, FLOOR, 0, "", 32, "bts $13,%eax\n adc %edx,%eax", END, "", NULL) \
I(F, bts_rr, "bts_rr", "", "set a bit by register, and adc, in turn, dependent", 66, FLOOR, 0, "", 32, "bts %ecx,%eax\n adc %edx,%eax", END, "", NULL) \
I(F, btr_ri, "btr_ri", "", "clear a bit by immediate, and adc, in turn, dependent", 66, FLOOR, 0, "", 32, "btr $13,%eax\n adc %edx,%eax", END, "", NULL) \
I(F, btc_ri, "btc_ri", "", "complement a bit by immediate, and adc, in turn, dependent", 66, FLOOR, 0, "", 32, "btc $13,%eax\n adc %edx,%eax", END, "", NULL) \
I(F, bt_mi, "bt_mi", "", "test a bit of memory by immediate, and adc, in turn", 66, FLOOR, 0, "", 32, "btl $13,64(%esi)\n adc %edx,%eax", END, "", NULL) \
I(F, bt_mr, "bt_mr", "", "test a bit of a string of bits in memory by register, and adc, in turn", 33, FLOOR, 0, "and $0x3FF,%ecx", 16, "bt %ecx,64(%esi)\n adc %edx,%eax", END, "", NULL) \
I(F, bts_mi, "bts_mi", "", "set and clear bits of memory by immediate, and adc, three count as one", 16, FLOOR, 0, "", 16, "btsl $13,64(%esi)\n adc %edx,%eax\n btrl $13,64(%esi)", END, "", NULL) \
I(F, popcnt, "popcnt", "", "count the ones, and an xor, in turn, dependent", 66, FLOOR, NEED_POPCNT, "", 32, "popcnt %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, popcnt16, "popcnt16", "", "count the ones of 16 bits, and an xor, in turn, dependent", 66, FLOOR, NEED_POPCNT, "", 32, "popcnt %ax,%ax\n xor %edx,%eax", END, "", NULL) \
I(F, popcnt_m, "popcnt_m", "", "count the ones of memory, and an add; a pair counts as one", 32, FLOOR, NEED_POPCNT, "", 32, "popcnt 64(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, lzcnt, "lzcnt", "", "count leading zeros, and an xor, in turn, dependent", 66, FLOOR, NEED_LZCNT, "", 32, "lzcnt %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, tzcnt, "tzcnt", "", "count trailing zeros, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "", 32, "tzcnt %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, andn, "andn", "", "andn, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "", 32, "andn %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, blsi, "blsi", "", "lowest one alone, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "", 32, "blsi %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, blsr, "blsr", "", "lowest one cleared, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "", 32, "blsr %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, blsmsk, "blsmsk", "", "mask up to the lowest one, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "", 32, "blsmsk %eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, bextr, "bextr", "", "extract 12 bits from bit 5 on, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI1, "mov $0xC05,%ecx", 32, "bextr %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, bzhi, "bzhi", "", "zero the bits from 21 on, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "mov $21,%ecx", 32, "bzhi %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, pdep, "pdep", "", "deposit bits, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "", 32, "pdep %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, pext, "pext", "", "extract bits by mask, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "", 32, "pext %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, rorx, "rorx", "", "rotate right without flags, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "", 32, "rorx $7,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, sarx, "sarx", "", "arithmetic shift right without flags, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "", 32, "sarx %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL) \
I(F, shlx, "shlx", "", "shift left without flags, and an xor, in turn, dependent", 66, FLOOR, NEED_BMI2, "", 32, "shlx %ecx,%eax,%eax\n xor %edx,%eax", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(bit, bit, BIT_ROWS)
