#include "emu/drives.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { IDE_DRIVES = MACHINE_FLOPPY, CDROM_DRIVE = 2, FIRST_FLOPPY = MACHINE_FLOPPY };

// What -drive said.
struct drive_words {
    const char *file, *media, *interface, *format;
    int index, bus, unit; // -1: not said
    bool read_only, snapshot;
};

__attribute__((format(printf, 3, 4))) static int refuse(char *why, size_t whylen,
                                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, whylen, format, args);
    va_end(args);
    return -1;
}

int drives_add(struct machine_config *c, unsigned index, enum drive_kind kind, const char *image,
               char *why, size_t whylen)
{
    struct drive_config *d = &c->drives[index];
    if (d->kind != DRIVE_NONE)
        return refuse(why, whylen, "'%s' and '%s' are for the same drive", d->image ? d->image : "",
                      image ? image : "");
    d->kind = kind;
    d->image = image && *image ? image : NULL;
    if (kind == DRIVE_DISK && !d->image)
        return refuse(why, whylen, "a disk needs an image");
    return 0;
}

// Cut the next word off: ends at a comma, two of which are one in the word. NULL at the end.
static char *next_word(char **rest)
{
    char *word = *rest, *from = word, *to = word;
    if (!word)
        return NULL;
    for (; *from && (*from != ',' || from[1] == ','); from++) {
        if (*from == ',')
            from++;
        *to++ = *from;
    }
    *rest = *from ? from + 1 : NULL;
    *to = 0;
    return word;
}

static bool is_switch(const char *value, bool *to)
{
    *to = strcmp(value, "on") == 0;
    return *to || strcmp(value, "off") == 0;
}

static bool is_digit(const char *value, int *to)
{
    *to = value[0] - '0';
    return value[0] >= '0' && value[0] <= '3' && value[1] == 0;
}

// One word of -drive. What is about the host's caches or the handling of errors is accepted,
// because ours are what it can ask for: written through to the file, durable at a flush, errors
// reported.
static int parse_drive_word(struct drive_words *w, char *word, char *why, size_t whylen)
{
    static const char *const ignored[] = {"cache", "aio",     "werror",       "rerror",
                                          "id",    "discard", "detect-zeroes"};
    char *value = strchr(word, '=');
    bool fits = true;
    if (!value)
        return refuse(why, whylen, "-drive: '%s' has no value", word);
    *value++ = 0;
    if (strcmp(word, "file") == 0)
        w->file = value;
    else if (strcmp(word, "media") == 0)
        w->media = value;
    else if (strcmp(word, "if") == 0)
        w->interface = value;
    else if (strcmp(word, "format") == 0)
        w->format = value;
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
        return refuse(why, whylen,
                      "-drive: no property '%s'; there are file, format, if, index, bus, unit, "
                      "media, readonly and snapshot",
                      word);
    }
    return fits ? 0 : refuse(why, whylen, "-drive: %s cannot be '%s'", word, value);
}

// The drive that the words name, or the first that is free. -1: none.
static int choose_index(const struct machine_config *c, const struct drive_words *w, bool floppy)
{
    unsigned first = floppy ? MACHINE_FLOPPY : 0, end = floppy ? MACHINE_DRIVES : IDE_DRIVES;
    bool cd = w->media && strcmp(w->media, "cdrom") == 0;
    int index = w->index;
    if (index < 0 && (w->bus >= 0 || w->unit >= 0))
        index = (w->bus > 0 ? 2 : 0) + (w->unit > 0 ? 1 : 0);
    if (index >= 0)
        return index < (int)(end - first) ? index + (int)first : -1;
    if (cd && c->drives[CDROM_DRIVE].kind == DRIVE_NONE)
        return CDROM_DRIVE;
    for (unsigned n = first; n < end; n++)
        if (c->drives[n].kind == DRIVE_NONE)
            return (int)n;
    return -1;
}

int drives_parse(struct machine_config *c, char *text, char *why, size_t whylen)
{
    struct drive_words w = {.index = -1, .bus = -1, .unit = -1};
    char *rest = text;
    for (char *word; (word = next_word(&rest));)
        if (*word && parse_drive_word(&w, word, why, whylen))
            return -1;
    bool floppy = w.interface && strcmp(w.interface, "floppy") == 0;
    bool cd = w.media && strcmp(w.media, "cdrom") == 0;
    if (w.interface && !floppy && strcmp(w.interface, "ide") != 0)
        return refuse(why, whylen, "-drive: if=%s is not supported yet; there are ide and floppy",
                      w.interface);
    if (w.media && !cd && strcmp(w.media, "disk") != 0)
        return refuse(why, whylen, "-drive: media=%s: there are disk and cdrom", w.media);
    if (w.format && strcmp(w.format, "raw") != 0)
        return refuse(why, whylen,
                      "-drive: format=%s: only raw is read directly; qemu-nbd serves the others, "
                      "for file=nbd:unix:SOCKET",
                      w.format);
    int index = choose_index(c, &w, floppy);
    if (index < 0)
        return refuse(why, whylen, "-drive: no such drive, or none is free");
    if (drives_add(c, (unsigned)index,
                   floppy ? DRIVE_FLOPPY
                   : cd   ? DRIVE_CD
                          : DRIVE_DISK,
                   w.file, why, whylen))
        return -1;
    c->drives[index].read_only = w.read_only;
    c->drives[index].snapshot = w.snapshot;
    c->drives[index].format_known = w.format != NULL;
    return 0;
}

void drives_add_defaults(struct machine_config *c)
{
    if (c->drives[CDROM_DRIVE].kind == DRIVE_NONE)
        c->drives[CDROM_DRIVE].kind = DRIVE_CD;
    if (c->drives[FIRST_FLOPPY].kind == DRIVE_NONE)
        c->drives[FIRST_FLOPPY].kind = DRIVE_FLOPPY;
}

int drives_parse_boot(struct machine_config *c, char *text, char *why, size_t whylen)
{
    char *rest = text;
    for (char *word; (word = next_word(&rest));) {
        const char *letters = word;
        if (strcmp(word, "menu=off") == 0 || strcmp(word, "strict=off") == 0 ||
            strcmp(word, "strict=on") == 0)
            continue;
        if (strncmp(word, "order=", 6) == 0)
            letters = word + 6;
        else if (strchr(word, '='))
            return refuse(why, whylen, "-boot: '%s' is not supported yet; there is order=", word);
        if (!*letters || strlen(letters) > BOOT_DEVICES_MAX ||
            letters[strspn(letters, "abcdn")] != 0)
            return refuse(
                why, whylen,
                "-boot: '%s' is not up to %d of a (floppy), c (disk), d (CD), n (network)", letters,
                BOOT_DEVICES_MAX);
        snprintf(c->boot, sizeof c->boot, "%s", letters);
    }
    return 0;
}
