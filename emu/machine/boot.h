// What -boot, bootindex= and -nographic ask of the BIOS.
#ifndef TM_EMU_MACHINE_BOOT_H
#define TM_EMU_MACHINE_BOOT_H

#include <stdbool.h>

struct machine;

// Tell the firmware, once for a machine, when its devices are there. False: no room.
bool boot_tell_firmware(struct machine *m);
// Before each reset: the order of the first start (boot_once) is no longer it in the second.
void boot_choose_order(struct machine *m);

#endif
