// Options about drives: -hda to -hdd, -fda, -fdb, -cdrom, -drive and -boot.
#ifndef TM_EMU_DRIVES_H
#define TM_EMU_DRIVES_H

#include "emu/machine/machine.h"

// Each: 0, or -1 with `why` set.
// Put `image` into drive `index` of machine.h's numbering.
int drives_add(struct machine_config *c, unsigned index, enum drive_kind kind, const char *image,
               char *why, size_t whylen);
// -drive: words with commas between them, two for one that is meant. `text` is changed, and its
// pieces are kept.
int drives_parse(struct machine_config *c, char *text, char *why, size_t whylen);
// What QEMU's PC has without being asked (-nodefaults leaves it out), where nothing else was put:
// an empty CD-ROM drive as secondary master and an empty first floppy drive.
void drives_add_defaults(struct machine_config *c);
// -boot: letters, or order=letters.
int drives_parse_boot(struct machine_config *c, char *text, char *why, size_t whylen);

#endif
