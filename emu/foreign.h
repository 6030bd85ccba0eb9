// Options of QEMU's that tickmark-emu has under another name, can do without, or has not:
// foreign.def.
#ifndef TM_EMU_FOREIGN_H
#define TM_EMU_FOREIGN_H

#include <stdbool.h>

struct foreign {
    const char *name;   // '_' for '-'
    const char *ours;   // the option that it is; NULL: none
    const char *absent; // why it is refused; NULL: it is taken
    bool has_value;
};

// By what is behind the dashes. NULL: neither ours nor QEMU's.
const struct foreign *foreign_find(const char *word);

#endif
