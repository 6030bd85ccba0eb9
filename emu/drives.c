#include "emu/drives.h"

#include <stdlib.h>
#include <string.h>

#include "emu/words.h"

enum { IDE_DRIVES = MACHINE_FLOPPY, CDROM_DRIVE = 2, FIRST_FLOPPY = MACHINE_FLOPPY };
enum { FIRST_SLOT = 3, LAST_SLOT = 31 }; // of PCI, for -device's addr

// What -drive said.
struct drive_words {
    const char *file, *media, *interface, *format, *id, *serial;
    int index, bus, unit; // -1: not said
    bool read_only, snapshot, write_through;
};

int drives_add(struct machine_config *c, unsigned index, enum drive_kind kind, const char *image,
               char *why, size_t whylen)
{
    struct drive_config *d = &c->drives[index];
    if (d->kind != DRIVE_NONE)
        return words_refuse(why, whylen, "'%s' and '%s' are for the same drive",
                            d->image ? d->image : "", image ? image : "");
    d->kind = kind;
    d->image = image && *image ? image : NULL;
    if (kind == DRIVE_DISK && !d->image)
        return words_refuse(why, whylen, "a disk needs an image: file=F, not ''");
    return 0;
}

static bool is_switch(const char *value, bool *to)
{
    *to = strcmp(value, "on") == 0;
    return *to || strcmp(value, "off") == 0;
}

static bool is_digit(const char *value, int *to)
{
    *to = value[0] - '0';
    return value[0] >= '0' && value[0] <= '7' && value[1] == 0;
}

// cache=MODE of -drive: which of them has the guest's disk without a write cache.
static bool is_cache(const char *value, bool *write_through)
{
    static const char *const through[] = {"writethrough", "directsync"}, *const back[] = {
                                                                             "writeback", "none",
                                                                             "unsafe"};
    *write_through = false;
    for (unsigned i = 0; i < sizeof through / sizeof *through; i++)
        *write_through |= strcmp(value, through[i]) == 0;
    bool known = *write_through;
    for (unsigned i = 0; i < sizeof back / sizeof *back; i++)
        known |= strcmp(value, back[i]) == 0;
    return known;
}

// One word of -drive. What is about the handling of errors is accepted, because ours is what it can
// ask for: durable at a flush, errors reported.
static int parse_drive_word(struct drive_words *w, char *word, char *why, size_t whylen)
{
    static const char *const ignored[] = {"aio",     "werror",        "rerror",
                                          "discard", "detect-zeroes", "file.locking"};
    char *value = strchr(word, '=');
    bool fits = true;
    if (!value)
        return words_refuse(why, whylen, "-drive: '%s' has no value", word);
    *value++ = 0;
    if (strcmp(word, "file") == 0 || strcmp(word, "file.filename") == 0)
        w->file = value;
    else if (strcmp(word, "media") == 0)
        w->media = value;
    else if (strcmp(word, "if") == 0)
        w->interface = value;
    else if (strcmp(word, "format") == 0 || strcmp(word, "driver") == 0)
        w->format = value;
    else if (strcmp(word, "id") == 0)
        w->id = value;
    else if (strcmp(word, "serial") == 0)
        w->serial = value;
    else if (strcmp(word, "cache") == 0)
        fits = is_cache(value, &w->write_through);
    else if (strcmp(word, "index") == 0)
        fits = is_digit(value, &w->index);
    else if (strcmp(word, "bus") == 0)
        fits = is_digit(value, &w->bus) && w->bus < 2;
    else if (strcmp(word, "unit") == 0)
        fits = is_digit(value, &w->unit) && w->unit < 2;
    else if (strcmp(word, "readonly") == 0 || strcmp(word, "read-only") == 0)
        fits = is_switch(value, &w->read_only);
    else if (strcmp(word, "snapshot") == 0)
        fits = is_switch(value, &w->snapshot);
    else {
        for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++)
            if (strcmp(word, ignored[i]) == 0)
                return 0;
        return words_refuse(
            why, whylen,
            "-drive: no property '%s'; there are file, format, if, id, index, bus, unit, "
            "media, readonly, snapshot, cache and serial",
            word);
    }
    return fits ? 0 : words_refuse(why, whylen, "-drive: %s cannot be '%s'", word, value);
}

// Interfaces, and the drives of machine.h's numbering that they have.
static const struct interface {
    const char *name;
    enum drive_kind kind; // of a disk
    unsigned first, end;
} interfaces[] = {{"ide", DRIVE_DISK, 0, IDE_DRIVES},
                  {"floppy", DRIVE_FLOPPY, FIRST_FLOPPY, MACHINE_VIRTIO},
                  {"virtio", DRIVE_DISK, MACHINE_VIRTIO, MACHINE_DRIVES}};
enum { IDE, FLOPPY, VIRTIO, INTERFACES };

// The drive that bus and unit or the index name, or the first that is free. -1: none.
static int choose_index(const struct machine_config *c, const struct interface *i, bool cd,
                        int index, int bus, int unit)
{
    if (index < 0 && (bus >= 0 || unit >= 0))
        index = (bus > 0 ? 2 : 0) + (unit > 0 ? 1 : 0);
    if (index >= 0)
        return index < (int)(i->end - i->first) ? index + (int)i->first : -1;
    if (cd && i == &interfaces[IDE] && c->drives[CDROM_DRIVE].kind == DRIVE_NONE)
        return CDROM_DRIVE;
    for (unsigned n = i->first; n < i->end; n++)
        if (c->drives[n].kind == DRIVE_NONE)
            return (int)n;
    return -1;
}

// Put what -drive or -device describes into a drive of the machine.
static int place(struct machine_config *c, const struct interface *i,
                 const struct drive_config *from, const int at[3], char *why, size_t whylen)
{
    bool cd = from->kind == DRIVE_CD;
    int index = choose_index(c, i, cd, at[0], at[1], at[2]);
    if (index < 0)
        return words_refuse(why, whylen, "'%s': no such drive, or none is free",
                            from->image ? from->image : "");
    struct drive_config *d = &c->drives[index], old = *d;
    if (drives_add(c, (unsigned)index, cd && i == &interfaces[IDE] ? DRIVE_CD : i->kind,
                   from->image, why, whylen))
        return -1;
    enum drive_kind kind = d->kind;
    const char *image = d->image;
    *d = *from;
    d->block = old.block;
    d->kind = kind;
    d->image = image;
    d->read_only |= cd;
    return 0;
}

// -drive if=none: kept for a -device.
static int keep_drive(struct drives_named *named, const char *id, const struct drive_config *config,
                      char *why, size_t whylen)
{
    if (!id || !*id)
        return words_refuse(why, whylen, "-drive: if=none wants id=ID, for a -device");
    for (unsigned i = 0; i < named->drives; i++)
        if (strcmp(named->drive[i].id, id) == 0)
            return words_refuse(why, whylen, "-drive: there are two with id=%s", id);
    if (named->drives == DRIVES_NAMED_MAX)
        return words_refuse(why, whylen, "-drive: more than %d with if=none", DRIVES_NAMED_MAX);
    named->drive[named->drives].id = id;
    named->drive[named->drives++].config = *config;
    return 0;
}

int drives_parse(struct machine_config *c, struct drives_named *named, char *text, char *why,
                 size_t whylen)
{
    struct drive_words w = {.index = -1, .bus = -1, .unit = -1, .interface = "ide"};
    char *rest = text;
    for (char *word; (word = words_next(&rest));)
        if (*word && parse_drive_word(&w, word, why, whylen))
            return -1;
    bool cd = w.media && strcmp(w.media, "cdrom") == 0;
    if (w.media && !cd && strcmp(w.media, "disk") != 0)
        return words_refuse(why, whylen, "-drive: media=%s: there are disk and cdrom", w.media);
    if (w.format && strcmp(w.format, "raw") != 0)
        return words_refuse(
            why, whylen,
            "-drive: format=%s: only raw is read directly; qemu-nbd serves the others, "
            "for file=nbd:unix:SOCKET",
            w.format);
    struct drive_config config = {.kind = cd ? DRIVE_CD : DRIVE_DISK,
                                  .id = w.id,
                                  .image = w.file && *w.file ? w.file : NULL,
                                  .read_only = w.read_only,
                                  .snapshot = w.snapshot,
                                  .format_known = w.format != NULL,
                                  .serial = w.serial,
                                  .write_through = w.write_through};
    if (strcmp(w.interface, "none") == 0)
        return keep_drive(named, w.id, &config, why, whylen);
    for (unsigned i = 0; i < INTERFACES; i++)
        if (strcmp(w.interface, interfaces[i].name) == 0)
            return place(c, &interfaces[i], &config, (int[]){w.index, w.bus, w.unit}, why, whylen);
    return words_refuse(why, whylen,
                        "-drive: if=%s is not supported; there are ide, floppy, virtio, none",
                        w.interface);
}

// --- -device ---

static bool is_slot(const char *value, uint8_t *slot)
{
    char *end;
    unsigned long n = strtoul(value, &end, 16); // as QEMU reads it
    if (end == value || (*end && strcmp(end, ".0") != 0) || n < FIRST_SLOT || n > LAST_SLOT)
        return false;
    *slot = (uint8_t)n;
    return true;
}

// ide.N
static bool is_ide_bus(const char *value, int *bus)
{
    return strncmp(value, "ide.", 4) == 0 && is_digit(value + 4, bus) && *bus < 2;
}

static int parse_device_word(struct drives_named *named, const char *device, char *word, char *why,
                             size_t whylen)
{
    bool virtio = named->device[named->devices].virtio, fits = true, on;
    struct drive_config *d = &named->device[named->devices].config;
    char *value = strchr(word, '=');
    if (!value)
        return words_refuse(why, whylen, "-device %s: '%s' has no value", device, word);
    *value++ = 0;
    if (strcmp(word, "drive") == 0) {
        named->device[named->devices].drive = value;
    } else if (strcmp(word, "id") == 0) {
        d->id = value; // of a drive that has none of its own
    } else if (strcmp(word, "bootindex") == 0) {
        fits = words_boot_index(value, &d->boot_index);
    } else if (strcmp(word, "bus") == 0) {
        fits = virtio ? strcmp(value, "pci.0") == 0
                      : is_ide_bus(value, &named->device[named->devices].bus);
    } else if (!virtio && strcmp(word, "unit") == 0) {
        fits = is_digit(value, &named->device[named->devices].unit) &&
               named->device[named->devices].unit < 2;
    } else if (virtio && strcmp(word, "serial") == 0) {
        d->serial = value;
    } else if (virtio && strcmp(word, "addr") == 0) {
        fits = is_slot(value, &d->slot);
    } else if (virtio && strcmp(word, "write-cache") == 0) {
        fits = strcmp(value, "auto") == 0 || is_switch(value, &on);
        d->write_through = strcmp(value, "off") == 0;
    } else if (virtio && strcmp(word, "disable-legacy") == 0) {
        fits = strcmp(value, "auto") == 0 || is_switch(value, &on);
        d->no_legacy = strcmp(value, "on") == 0;
    } else if (virtio && strcmp(word, "disable-modern") == 0) {
        fits = is_switch(value, &d->no_modern);
    } else {
        return words_refuse(
            why, whylen, "-device %s: no property '%s'; there are drive, bootindex, bus, %s",
            device, word,
            virtio ? "addr, serial, write-cache, disable-legacy and disable-modern" : "and unit");
    }
    return fits ? 0
                : words_refuse(why, whylen, "-device %s: %s cannot be '%s'", device, word, value);
}

int drives_parse_device(struct drives_named *named, char *text, char *why, size_t whylen)
{
    static const struct {
        const char *name;
        enum drive_kind kind;
        bool virtio, no_legacy;
    } devices[] = {{"virtio-blk-pci", DRIVE_DISK, true, false},
                   {"virtio-blk", DRIVE_DISK, true, false},
                   {"virtio-blk-pci-transitional", DRIVE_DISK, true, false},
                   {"virtio-blk-pci-non-transitional", DRIVE_DISK, true, true},
                   {"ide-hd", DRIVE_DISK, false, false},
                   {"ide-cd", DRIVE_CD, false, false}};
    size_t length = strcspn(text, ",");
    unsigned i = 0;
    while (strlen(devices[i].name) != length || strncmp(devices[i].name, text, length) != 0)
        if (++i == sizeof devices / sizeof *devices)
            return 1;
    if (named->devices == DRIVES_NAMED_MAX)
        return words_refuse(why, whylen, "-device: more than %d drives", DRIVES_NAMED_MAX);
    char *rest = text[length] ? text + length + 1 : NULL;
    named->device[named->devices].config =
        (struct drive_config){.kind = devices[i].kind, .no_legacy = devices[i].no_legacy};
    named->device[named->devices].virtio = devices[i].virtio;
    named->device[named->devices].bus = named->device[named->devices].unit = -1;
    for (char *word; (word = words_next(&rest));)
        if (*word && parse_device_word(named, devices[i].name, word, why, whylen))
            return -1;
    const struct drive_config *d = &named->device[named->devices].config;
    if (d->no_legacy && d->no_modern)
        return words_refuse(why, whylen, "-device %s: neither legacy nor modern", devices[i].name);
    if (!named->device[named->devices].drive && devices[i].kind != DRIVE_CD)
        return words_refuse(why, whylen, "-device %s: wants drive=ID, of a -drive with if=none",
                            devices[i].name);
    named->devices++;
    return 0;
}

// The drive of that name joins what the device says about it.
static int take_drive(struct drives_named *named, const char *id, struct drive_config *d, char *why,
                      size_t whylen)
{
    for (unsigned i = 0; i < named->drives; i++) {
        const struct drive_config *from = &named->drive[i].config;
        if (strcmp(named->drive[i].id, id) != 0)
            continue;
        if (named->drive[i].taken)
            return words_refuse(why, whylen, "-device: two want drive=%s", id);
        named->drive[i].taken = true;
        d->id = from->id;
        d->image = from->image;
        d->read_only = from->read_only || from->kind == DRIVE_CD;
        d->snapshot = from->snapshot;
        d->format_known = from->format_known;
        d->write_through |= from->write_through;
        d->serial = d->serial ? d->serial : from->serial;
        return 0;
    }
    return words_refuse(why, whylen, "-device: there is no -drive with if=none,id=%s", id);
}

int drives_connect(struct machine_config *c, struct drives_named *named, char *why, size_t whylen)
{
    for (unsigned i = 0; i < named->devices; i++) {
        struct drive_config *d = &named->device[i].config;
        const int at[] = {-1, named->device[i].bus, named->device[i].unit};
        if (named->device[i].drive && take_drive(named, named->device[i].drive, d, why, whylen))
            return -1;
        if (place(c, &interfaces[named->device[i].virtio ? VIRTIO : IDE], d, at, why, whylen))
            return -1;
    }
    for (unsigned i = 0; i < named->drives; i++)
        if (!named->drive[i].taken)
            return words_refuse(why, whylen, "-drive: no -device has drive=%s", named->drive[i].id);
    return 0;
}

void drives_add_defaults(struct machine_config *c)
{
    if (c->drives[CDROM_DRIVE].kind == DRIVE_NONE)
        c->drives[CDROM_DRIVE].kind = DRIVE_CD;
    if (c->drives[FIRST_FLOPPY].kind == DRIVE_NONE)
        c->drives[FIRST_FLOPPY].kind = DRIVE_FLOPPY;
}

static int parse_order(char *to, size_t size, const char *letters, char *why, size_t whylen)
{
    if (!*letters || strlen(letters) > BOOT_DEVICES_MAX || letters[strspn(letters, "abcdn")] != 0)
        return words_refuse(
            why, whylen, "-boot: '%s' is not up to %d of a (floppy), c (disk), d (CD), n (network)",
            letters, BOOT_DEVICES_MAX);
    snprintf(to, size, "%s", letters);
    return 0;
}

int drives_parse_boot(struct machine_config *c, char *text, char *why, size_t whylen)
{
    char *rest = text;
    for (char *word; (word = words_next(&rest));) {
        char *value = words_value(word), *end;
        bool fits = true, on;
        if (!value || strcmp(word, "order") == 0) {
            if (parse_order(c->boot, sizeof c->boot, value ? value : word, why, whylen))
                return -1;
        } else if (strcmp(word, "once") == 0) {
            if (parse_order(c->boot_once, sizeof c->boot_once, value, why, whylen))
                return -1;
        } else if (strcmp(word, "menu") == 0) {
            fits = is_switch(value, &c->boot_menu);
        } else if (strcmp(word, "splash-time") == 0) {
            unsigned long ms = strtoul(value, &end, 10);
            fits = *value >= '0' && *value <= '9' && !*end && ms <= 0xffff;
            c->boot_menu_wait_ms = (uint16_t)ms;
        } else if (strcmp(word, "strict") == 0) {
            fits = is_switch(value, &on);
        } else {
            return words_refuse(why, whylen,
                                "-boot: '%s' is not supported yet; there are order, once, menu and "
                                "splash-time",
                                word);
        }
        if (!fits)
            return words_refuse(why, whylen, "-boot: %s cannot be '%s'", word, value);
    }
    return 0;
}
