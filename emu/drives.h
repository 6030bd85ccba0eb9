// Options about drives: -hda to -hdd, -fda, -fdb, -cdrom, -drive, -device of disks, and -boot.
#ifndef TM_EMU_DRIVES_H
#define TM_EMU_DRIVES_H

#include "emu/machine/machine.h"

// What -drive if=none,id=ID has described, and the devices that ask for it by name.
enum { DRIVES_NAMED_MAX = 16 };
struct drives_named {
    struct {
        const char *id;
        struct drive_config config;
        bool taken;
    } drive[DRIVES_NAMED_MAX];
    struct {
        const char *drive; // its id
        struct drive_config config;
        bool virtio;
        int bus, unit; // of IDE; -1: not said
    } device[DRIVES_NAMED_MAX];
    unsigned drives, devices;
};

// Each: 0, or -1 with `why` set.
// Put `image` into drive `index` of machine.h's numbering.
int drives_add(struct machine_config *c, unsigned index, enum drive_kind kind, const char *image,
               char *why, size_t whylen);
// -drive: words with commas between them, two for one that is meant. `text` is changed, and its
// pieces are kept.
int drives_parse(struct machine_config *c, struct drives_named *named, char *text, char *why,
                 size_t whylen);
// -device of a disk or CD-ROM drive: 0 or -1, or 1: `text` is another device's, and unchanged.
int drives_parse_device(struct drives_named *named, char *text, char *why, size_t whylen);
// Behind the last option: give the devices the drives that they name.
int drives_connect(struct machine_config *c, struct drives_named *named, char *why, size_t whylen);
// What QEMU's PC has without being asked (-nodefaults leaves it out), where nothing else was put:
// an empty CD-ROM drive as secondary master and an empty first floppy drive.
void drives_add_defaults(struct machine_config *c);
// -boot: letters, or order=letters.
int drives_parse_boot(struct machine_config *c, char *text, char *why, size_t whylen);

#endif
