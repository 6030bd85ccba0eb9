/* lea: what lea.c has by form of the address. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* Four independent chains: 32 of each, then one bit of each goes on. */
#define END_FOUR "add %eax," SOURCE_TOTAL "\n and $1,%eax\n and $1,%ebx\n and $1,%ecx\n and $1,%edx"

/* clang-format off */
#define LEAFORMS_ROWS(F, I) \
I(F, base_index, "base_index", "", "base and index, dependent", 64, FLOOR, 0, "", 63, "lea (%eax,%edx),%eax", END, "", NULL) \
I(F, index8, "index8", "", "scaled index and displacement, and an add, in turn, dependent", 66, FLOOR, 0, "", 32, "lea 0x1234(,%eax,8),%eax\n add %edx,%eax", END, "", NULL) \
I(F, sib8, "sib8", "", "base, index times 8 and displacement, dependent", 64, FLOOR, 0, "", 63, "lea 0x1234(%edx,%eax,8),%eax", END, "", NULL) \
I(F, lea16, "lea16", "", "16-bit result, dependent", 64, FLOOR, 0, "", 63, "lea 5(%eax,%edx),%ax", END, "", NULL) \
I(F, four, "four", "", "base and displacement on four independent registers", 132, FLOOR, 0, "", 32, "lea 0x1235(%eax),%eax\n lea 0x1235(%ebx),%ebx\n lea 0x1235(%ecx),%ecx\n lea 0x1235(%edx),%edx", END_FOUR, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(leaforms, lea, LEAFORMS_ROWS)
