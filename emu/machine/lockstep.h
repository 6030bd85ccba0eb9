// Run both engines on the same guest under icount and compare them; stop at the first difference.
#ifndef TM_EMU_MACHINE_LOCKSTEP_H
#define TM_EMU_MACHINE_LOCKSTEP_H

#include "emu/machine/machine.h"

// Exit status: the guest's own, or 2 at a difference (both states and the last instructions are on
// stderr), or 1 when the machines cannot be made. The closing line on stderr says how much was
// compared.
int lockstep_run(const struct machine_config *config);

#endif
