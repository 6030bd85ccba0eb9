// What a drive holds: an array of bytes that is read, written and made durable.
//
// A block device has one of three back ends: raw.c (a file or a host's device), nbd.c (a server
// behind an nbd: or nbd+unix: URL) and overlay.c (-snapshot: what is written goes to a temporary
// file, what is below stays as it was). Tests bring their own.
// Invariants: `bytes` is a multiple of 512 and never changes while open; each access is a whole
// number of sectors inside it (block_read() and block_write() see to that, so no back end has to);
// a write that returned 0 is read back by the next read; after a block_flush() that returned 0 it
// is on the medium; one that failed once fails for ever, because the host may have dropped what it
// could not write. Errors are errno values and are told once each on stderr, with the image's
// name: what the guest sees is its drive's own error.
#ifndef TM_EMU_BLOCK_BLOCK_H
#define TM_EMU_BLOCK_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_SECTOR = 512, BLOCK_NAME_MAX = 256, BLOCK_MESSAGES_MAX = 16 };

// 0 or an errno. discard may be NULL: nothing happens then. read_at_once: all of it, without
// waiting for a disk or a server, or false and `to` has anything; NULL: the back end cannot tell.
struct block_ops {
    int (*read)(void *self, uint64_t offset, void *to, size_t bytes);
    bool (*read_at_once)(void *self, uint64_t offset, void *to, size_t bytes);
    int (*write)(void *self, uint64_t offset, const void *from, size_t bytes);
    int (*flush)(void *self);
    int (*discard)(void *self, uint64_t offset, uint64_t bytes); // the contents are of no use
    void (*close)(void *self);
};

struct block {
    const struct block_ops *ops;
    void *self;
    uint64_t bytes;
    bool read_only;
    int flush_error;   // of the first flush that failed; 0: none has
    unsigned messages; // given so far: a broken disk must not flood the terminal
    char name[BLOCK_NAME_MAX];
};

struct block_options {
    bool read_only;    // asked for; an image that cannot be written is an error without it
    bool snapshot;     // writes go to a temporary file
    bool any_contents; // raw whatever it looks like: else an image of another format is refused
    // How large an image of so many bytes counts as: reads of what it lacks give zeros, writes make
    // it longer. 0: it is too large. NULL: as large as it is.
    uint64_t (*full_size)(uint64_t bytes);
};

// Open an image by file name or URL. NULL with `why` set.
struct block *block_open(const char *image, const struct block_options *options, char *why,
                         size_t whylen);
// A device over a back end of the caller's, which block_close() closes. NULL: out of memory.
struct block *block_create(const struct block_ops *ops, void *self, const char *name,
                           uint64_t bytes, bool read_only);
void block_close(struct block *b); // NULL is fine

int block_read(struct block *b, uint64_t offset, void *to, size_t bytes);
// True if the host had it at hand; else nothing is said, and block_read() can be asked.
bool block_read_at_once(struct block *b, uint64_t offset, void *to, size_t bytes);
int block_write(struct block *b, uint64_t offset, const void *from, size_t bytes);
int block_flush(struct block *b);
int block_discard(struct block *b, uint64_t offset, uint64_t bytes);
bool block_can_discard(const struct block *b);
// Write zeros; `may_discard`: the image may get a hole instead.
int block_zero(struct block *b, uint64_t offset, uint64_t bytes, bool may_discard);

// The back ends, for block_open() and tests. Each returns NULL with `why` set.
struct block *raw_open(const char *path, const struct block_options *options, char *why,
                       size_t whylen);
// Over an open descriptor that becomes the device's own.
struct block *raw_open_fd(int fd, const char *name, uint64_t bytes, bool read_only);
struct block *nbd_open(const char *url, const struct block_options *options, char *why,
                       size_t whylen);
// `below` becomes the overlay's own, also when this fails.
struct block *overlay_open(struct block *below, char *why, size_t whylen);

#endif
