// Block devices: opening by name, and the checks and messages that all back ends share.
#include "emu/block/block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZEROS_BYTES = 1 << 17 };

struct block *block_create(const struct block_ops *ops, void *self, const char *name,
                           uint64_t bytes, bool read_only)
{
    struct block *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->ops = ops;
    b->self = self;
    b->bytes = bytes / BLOCK_SECTOR * BLOCK_SECTOR;
    b->read_only = read_only;
    snprintf(b->name, sizeof b->name, "%s", name);
    return b;
}

void block_close(struct block *b)
{
    if (!b)
        return;
    if (b->ops->close)
        b->ops->close(b->self);
    free(b);
}

static bool is_url(const char *image)
{
    return strncmp(image, "nbd:", 4) == 0 || strncmp(image, "nbd+unix:", 9) == 0;
}

struct block *block_open(const char *image, const struct block_options *options, char *why,
                         size_t whylen)
{
    struct block_options below = *options;
    below.read_only |= options->snapshot;
    struct block *b =
        is_url(image) ? nbd_open(image, &below, why, whylen) : raw_open(image, &below, why, whylen);
    if (!b || !options->snapshot)
        return b;
    b = overlay_open(b, why, whylen);
    if (b)
        b->read_only = options->read_only;
    return b;
}

static int tell(struct block *b, const char *what, uint64_t offset, uint64_t bytes, int error)
{
    if (error && b->messages++ < BLOCK_MESSAGES_MAX)
        fprintf(stderr, "tickmark-emu: %s: %s of %" PRIu64 " bytes at %" PRIu64 ": %s\n", b->name,
                what, bytes, offset, strerror(error));
    return error;
}

static bool is_inside(const struct block *b, uint64_t offset, uint64_t bytes)
{
    return offset % BLOCK_SECTOR == 0 && bytes % BLOCK_SECTOR == 0 && bytes <= b->bytes &&
           offset <= b->bytes - bytes;
}

int block_read(struct block *b, uint64_t offset, void *to, size_t bytes)
{
    if (!is_inside(b, offset, bytes))
        return EINVAL;
    return tell(b, "read", offset, bytes, b->ops->read(b->self, offset, to, bytes));
}

bool block_read_at_once(struct block *b, uint64_t offset, void *to, size_t bytes)
{
    return b->ops->read_at_once && is_inside(b, offset, bytes) &&
           b->ops->read_at_once(b->self, offset, to, bytes);
}

int block_write(struct block *b, uint64_t offset, const void *from, size_t bytes)
{
    if (b->read_only)
        return EROFS;
    if (!is_inside(b, offset, bytes))
        return EINVAL;
    return tell(b, "write", offset, bytes, b->ops->write(b->self, offset, from, bytes));
}

// After a failed fdatasync() Linux counts the pages as clean: the next one would succeed although
// what was acknowledged is lost. So the error stays.
int block_flush(struct block *b)
{
    if (b->read_only || !b->ops->flush)
        return 0;
    if (!b->flush_error)
        b->flush_error = b->ops->flush(b->self);
    return tell(b, "flush", 0, b->bytes, b->flush_error);
}

int block_discard(struct block *b, uint64_t offset, uint64_t bytes)
{
    if (b->read_only)
        return EROFS;
    if (!is_inside(b, offset, bytes))
        return EINVAL;
    if (!b->ops->discard)
        return 0;
    return tell(b, "discard", offset, bytes, b->ops->discard(b->self, offset, bytes));
}

bool block_can_discard(const struct block *b)
{
    return !b->read_only && b->ops->discard;
}

int block_zero(struct block *b, uint64_t offset, uint64_t bytes, bool may_discard)
{
    static const uint8_t zeros[ZEROS_BYTES];
    if (b->read_only)
        return EROFS;
    if (!is_inside(b, offset, bytes))
        return EINVAL;
    if (may_discard && b->ops->discard)
        b->ops->discard(b->self, offset, bytes); // advice: what does not become a hole is written
    int error = 0;
    for (uint64_t n; !error && bytes; offset += n, bytes -= n) {
        n = bytes < ZEROS_BYTES ? bytes : ZEROS_BYTES;
        error = block_write(b, offset, zeros, (size_t)n); // a file leaves its holes alone
    }
    return error;
}
