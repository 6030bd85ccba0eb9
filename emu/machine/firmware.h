// Load config.bios, a ROM image.
#ifndef TM_EMU_MACHINE_FIRMWARE_H
#define TM_EMU_MACHINE_FIRMWARE_H

#include <stddef.h>

struct machine;

// Once for a machine, before its first reset. 0, or -1 with `why` set.
int firmware_load(struct machine *m, char *why, size_t whylen);

#endif
