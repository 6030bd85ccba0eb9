/* mem: what mem.c has by width, address and store forwarding. Rows of integer kernels: their
 * model is their own text (source.h). */
#include "bench/source.h"

/* What an iteration ends with: its result into the sum, and few bits of it into the next one. */
#define END "add %eax," SOURCE_TOTAL "\n and $15,%eax"

/* clang-format off */
#define MEMFORMS_ROWS(F, I) \
I(F, load16, "load16", "", "load of 16 bits, and an add, in turn", 66, FLOOR, 0, "", 32, "mov 66(%esi),%cx\n add %ecx,%eax", END, "", NULL) \
I(F, load_index, "load_index", "", "add from base, scaled index and displacement, dependent", 64, FLOOR, 0, "and $31,%ecx", 63, "add 64(%esi,%ecx,4),%eax", END, "", NULL) \
I(F, load_chain, "load_chain", "", "load at an index that was loaded, with an and, dependent; a pair counts as one", 32, FLOOR, 0, "and $63,%eax", 32, "mov 64(%esi,%eax,4),%eax\n and $63,%eax", END, "", NULL) \
I(F, load_disp32, "load_disp32", "", "add from a displacement of 32 bits", 64, FLOOR, 0, "", 63, "add 0x1234(%esi),%eax", END, "", NULL) \
I(F, store16, "store16", "", "independent stores of 16 bits", 64, FLOOR, 0, "", 16, "mov %ax,128(%esi)\n mov %dx,130(%esi)\n mov %ax,132(%esi)\n mov %dx,134(%esi)", "add %edx,%eax\n add %eax," SOURCE_TOTAL "\n and $15,%eax", "", NULL) \
I(F, store_index, "store_index", "", "independent stores to base, scaled index and displacement", 64, FLOOR, 0, "and $31,%ecx", 16, "mov %eax,128(%esi,%ecx,4)\n mov %eax,132(%esi,%ecx,4)\n mov %eax,136(%esi,%ecx,4)\n mov %eax,140(%esi,%ecx,4)", "add %edx,%eax\n add %eax," SOURCE_TOTAL "\n and $15,%eax", "", NULL) \
I(F, store_unaligned, "store_unaligned", "", "independent stores to odd addresses", 64, FLOOR, 0, "", 16, "mov %eax,129(%esi)\n mov %eax,133(%esi)\n mov %eax,137(%esi)\n mov %eax,141(%esi)", "add %edx,%eax\n add %eax," SOURCE_TOTAL "\n and $15,%eax", "", NULL) \
I(F, store_cross_line, "store_cross_line", "", "stores across the edges of lines", 64, FLOOR, 0, "", 16, "mov %eax,1022(%edi)\n mov %eax,1086(%edi)\n mov %eax,1150(%edi)\n mov %eax,1214(%edi)", "add %edx,%eax\n add %eax," SOURCE_TOTAL "\n and $15,%eax", "", NULL) \
I(F, forward8, "forward8", "", "byte stored and loaded back, and an add, dependent; three count as one", 16, FLOOR, 0, "", 16, "mov %al,128(%esi)\n mov 128(%esi),%cl\n add %ecx,%eax", END, "", NULL) \
I(F, forward16, "forward16", "", "16 bits stored and loaded back, and an add, dependent; three count as one", 16, FLOOR, 0, "", 16, "mov %ax,128(%esi)\n mov 128(%esi),%cx\n add %ecx,%eax", END, "", NULL) \
I(F, forward_wide, "forward_wide", "", "two halves stored, the whole loaded: it cannot be forwarded; counts as one", 8, FLOOR, 0, "", 8, "mov %ax,128(%esi)\n mov %dx,130(%esi)\n mov 128(%esi),%eax\n add %ecx,%eax", END, "", NULL) \
I(F, forward_line, "forward_line", "", "stored and loaded back across the edge of a line, and an add; three count as one", 16, FLOOR, 0, "", 16, "mov %eax,190(%esi)\n mov 190(%esi),%ecx\n add %ecx,%eax", END, "", NULL) \
I(F, alias_4k, "alias_4k", "", "store, then a load 4096 bytes above it, and adds; counts as one", 32, FLOOR, 0, "", 32, "mov %eax,128(%esi)\n mov 4224(%esi),%ecx\n add %ecx,%eax", END, "", NULL)
/* clang-format on */
FAMILY_INTEGER_TABLE(memforms, mem, MEMFORMS_ROWS)
