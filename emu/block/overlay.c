// -snapshot: a copy-on-write overlay. What the guest writes goes to a temporary file without a name
// (in TMPDIR, else /var/tmp), as large as the disk but with holes; a bit per sector says which of
// the two has its contents. Nothing of it outlives the emulator, so a flush has nothing to do.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/block/block.h"

struct overlay {
    struct block *below, *over;
    uint8_t *written; // a bit per sector
};

static bool is_written(const struct overlay *o, uint64_t sector)
{
    return o->written[sector / 8] >> (sector % 8) & 1;
}

// Sectors from `first` on that are in the same place as it, at most `most`.
static size_t run_length(const struct overlay *o, uint64_t first, size_t most)
{
    size_t n = 1;
    while (n < most && is_written(o, first + n) == is_written(o, first))
        n++;
    return n;
}

static int read_overlay(void *self, uint64_t offset, void *to, size_t bytes)
{
    struct overlay *o = self;
    uint8_t *p = to;
    while (bytes) {
        uint64_t sector = offset / BLOCK_SECTOR;
        size_t n = run_length(o, sector, bytes / BLOCK_SECTOR) * BLOCK_SECTOR;
        int error = block_read(is_written(o, sector) ? o->over : o->below, offset, p, n);
        if (error)
            return error;
        p += n;
        offset += n;
        bytes -= n;
    }
    return 0;
}

static bool read_overlay_at_once(void *self, uint64_t offset, void *to, size_t bytes)
{
    struct overlay *o = self;
    uint8_t *p = to;
    while (bytes) {
        uint64_t sector = offset / BLOCK_SECTOR;
        size_t n = run_length(o, sector, bytes / BLOCK_SECTOR) * BLOCK_SECTOR;
        if (!block_read_at_once(is_written(o, sector) ? o->over : o->below, offset, p, n))
            return false;
        p += n;
        offset += n;
        bytes -= n;
    }
    return true;
}

static int write_overlay(void *self, uint64_t offset, const void *from, size_t bytes)
{
    struct overlay *o = self;
    int error = block_write(o->over, offset, from, bytes);
    for (uint64_t s = offset / BLOCK_SECTOR; !error && s < (offset + bytes) / BLOCK_SECTOR; s++)
        o->written[s / 8] |= (uint8_t)(1u << (s % 8));
    return error;
}

static int flush_overlay(void *self)
{
    (void)self;
    return 0;
}

static void close_overlay(void *self)
{
    struct overlay *o = self;
    block_close(o->below);
    block_close(o->over);
    free(o->written);
    free(o);
}

static const struct block_ops overlay_ops = {.read = read_overlay,
                                             .read_at_once = read_overlay_at_once,
                                             .write = write_overlay,
                                             .flush = flush_overlay,
                                             .close = close_overlay};

static int open_nameless(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    if (snprintf(path, sizeof path, "%s/tickmark-XXXXXX", folder) >= (int)sizeof path)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

struct block *overlay_open(struct block *below, char *why, size_t whylen)
{
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/var/tmp";
    struct overlay *o = calloc(1, sizeof *o);
    int fd = open_nameless(folder);
    struct block *b = NULL;
    char name[BLOCK_NAME_MAX + 16];
    snprintf(name, sizeof name, "%s (snapshot)", below->name);
    if (fd < 0 || ftruncate(fd, (off_t)below->bytes)) {
        snprintf(why, whylen, "%s: no temporary file in %s: %s", below->name, folder,
                 strerror(errno));
    } else if (o && (o->written = calloc(below->bytes / BLOCK_SECTOR / 8 + 1, 1)) &&
               (o->over = raw_open_fd(fd, name, below->bytes, false)) &&
               (b = block_create(&overlay_ops, o, below->name, below->bytes, false))) {
        o->below = below;
        return b;
    } else {
        snprintf(why, whylen, "%s: out of memory for the snapshot", below->name);
    }
    if (o && o->over)
        block_close(o->over); // and the descriptor
    else if (fd >= 0)
        close(fd);
    free(o ? o->written : NULL);
    free(o);
    block_close(below);
    return NULL;
}
