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
// -boot: letters, or order=letters.
int drives_parse_boot(struct machine_config *c, char *text, char *why, size_t whylen);

#endif
