// What is in the machine's drives: opened before the chips are made, closed after they are gone,
// and changed while it runs.
#include "emu/machine/machine_state.h"

#include <string.h>

static const char *const names[MACHINE_DRIVES] = {
    "ide0-hd0", "ide0-hd1", "ide1-hd0", "ide1-hd1", "floppy0", "floppy1", "virtio0",
    "virtio1",  "virtio2",  "virtio3",  "virtio4",  "virtio5", "virtio6", "virtio7"};

static struct block *open_image(const struct drive_config *from, const char *image, char *why,
                                size_t whylen)
{
    struct block_options options = {.read_only = from->read_only,
                                    .snapshot = from->snapshot,
                                    .full_size = from->kind == DRIVE_FLOPPY ? fdc_full_size : NULL};
    options.read_only |= from->kind == DRIVE_CD;
    options.any_contents = from->format_known || from->kind != DRIVE_DISK;
    return block_open(image, &options, why, whylen);
}

int machine_open_drives(struct machine *m, char *why, size_t whylen)
{
    for (unsigned n = 0; n < MACHINE_DRIVES; n++) {
        const struct drive_config *from = &m->config.drives[n];
        m->drives[n] = from->block;
        if (from->kind != DRIVE_NONE && from->image && !from->block &&
            !(m->drives[n] = open_image(from, from->image, why, whylen)))
            return -1;
    }
    return 0;
}

void machine_close_drives(struct machine *m)
{
    for (unsigned n = 0; n < MACHINE_DRIVES; n++) {
        if (m->drives[n])
            block_flush(m->drives[n]);
        block_close(m->drives[n]);
        m->drives[n] = NULL;
    }
}

// As QEMU calls it: a CD-ROM drive has another name than a disk.
static const char *drive_name(const struct machine *m, unsigned n, char cd[16])
{
    snprintf(cd, 16, "ide%u-cd%u", n / 2 % 2, n % 2);
    return m->config.drives[n].kind == DRIVE_CD ? cd : names[n];
}

static int find_drive(const struct machine *m, const char *name)
{
    char cd[16];
    for (unsigned n = 0; n < MACHINE_DRIVES; n++)
        if (m->config.drives[n].kind != DRIVE_NONE &&
            (strcmp(name, drive_name(m, n, cd)) == 0 ||
             (m->config.drives[n].id && strcmp(name, m->config.drives[n].id) == 0)))
            return (int)n;
    return -1;
}

void machine_print_drives(const struct machine *m, FILE *to)
{
    char cd[16];
    for (unsigned n = 0; n < MACHINE_DRIVES; n++) {
        const struct block *medium = m->drives[n];
        if (m->config.drives[n].kind == DRIVE_NONE)
            continue;
        fprintf(to, "%s: %s%s\n", drive_name(m, n, cd), medium ? medium->name : "[not inserted]",
                medium && medium->read_only ? " (read-only)" : "");
    }
}

int machine_change_drive(struct machine *m, const char *name, const char *image, bool force,
                         char *why, size_t whylen)
{
    int n = find_drive(m, name);
    struct block *medium = NULL;
    if (n < 0 || m->config.drives[n].kind == DRIVE_DISK) {
        snprintf(why, whylen, n < 0 ? "no drive '%s'" : "the medium of '%s' cannot be changed",
                 name);
        return -1;
    }
    if (image && !(medium = open_image(&m->config.drives[n], image, why, whylen)))
        return -1;
    bool changed = n >= MACHINE_FLOPPY
                       ? fdc_change_medium(m->fdc, (unsigned)n - MACHINE_FLOPPY, medium)
                       : ide_change_medium(m->ide, (unsigned)n, medium, force);
    if (!changed) {
        snprintf(why, whylen, "'%s' is locked by the guest", name);
        block_close(medium);
        return -1;
    }
    block_close(m->drives[n]);
    m->drives[n] = medium;
    return 0;
}
