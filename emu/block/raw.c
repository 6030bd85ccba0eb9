// Raw images: byte n of the disk is byte n of a file or of a host's block device.
//
// A file keeps its holes: zeros written over a hole are not written, and what the guest discards
// becomes one. Two writers of one image destroy it, so the file is locked while it is open (shared
// for reading; not across machines). An image whose length is no multiple of 512 counts as padded
// with zeros; one that shrinks while it is open gives an I/O error where it ends.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "emu/block/block.h"

struct raw {
    int fd;
    bool is_file;
    uint64_t end; // bytes of the file itself; grows with writes, up to the device's size
};

// How many of the bytes the file has; the rest are zeros.
static size_t bytes_there(const struct raw *r, uint64_t offset, size_t bytes)
{
    return offset >= r->end ? 0 : r->end - offset < bytes ? (size_t)(r->end - offset) : bytes;
}

static int read_raw(void *self, uint64_t offset, void *to, size_t bytes)
{
    const struct raw *r = self;
    uint8_t *p = to;
    size_t there = bytes_there(r, offset, bytes);
    memset(p + there, 0, bytes - there);
    while (there) {
        ssize_t n = pread(r->fd, p, there, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO; // somebody cut the file short
        p += n;
        offset += (uint64_t)n;
        there -= (size_t)n;
    }
    return 0;
}

// What is in the page cache. Some file systems cannot say (tmpfs): EOPNOTSUPP.
static bool read_raw_at_once(void *self, uint64_t offset, void *to, size_t bytes)
{
    const struct raw *r = self;
    size_t there = bytes_there(r, offset, bytes);
    struct iovec piece = {.iov_base = to, .iov_len = there};
    memset((uint8_t *)to + there, 0, bytes - there);
    return preadv2(r->fd, &piece, 1, (off_t)offset, RWF_NOWAIT) == (ssize_t)there;
}

static bool is_zero(const uint8_t *p, size_t bytes)
{
    return bytes == 0 || (p[0] == 0 && memcmp(p, p + 1, bytes - 1) == 0);
}

// True if all of it is a hole of the file already.
static bool is_hole(const struct raw *r, uint64_t offset, size_t bytes)
{
    if (!r->is_file || offset + bytes > r->end)
        return false;
    off_t next = lseek(r->fd, (off_t)offset, SEEK_DATA);
    return next < 0 ? errno == ENXIO : (uint64_t)next >= offset + bytes;
}

static int write_raw(void *self, uint64_t offset, const void *from, size_t bytes)
{
    struct raw *r = self;
    const uint8_t *p = from;
    if (is_zero(p, bytes) && is_hole(r, offset, bytes))
        return 0;
    while (bytes) {
        ssize_t n = pwrite(r->fd, p, bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        offset += (uint64_t)n;
        bytes -= (size_t)n;
        if (offset > r->end)
            r->end = offset;
    }
    return 0;
}

static int flush_raw(void *self)
{
    const struct raw *r = self;
    int rc;
    do
        rc = fdatasync(r->fd);
    while (rc && errno == EINTR);
    // A descriptor that cannot be synchronised (a character device) keeps nothing back.
    return rc && errno != EINVAL ? errno : 0;
}

static int discard_raw(void *self, uint64_t offset, uint64_t bytes)
{
    const struct raw *r = self;
    if (!r->is_file || offset >= r->end || bytes == 0)
        return 0;
    if (bytes > r->end - offset)
        bytes = r->end - offset;
    int rc =
        fallocate(r->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
    return rc && errno != EOPNOTSUPP ? errno : 0; // it is only advice
}

static void close_raw(void *self)
{
    struct raw *r = self;
    close(r->fd);
    free(r);
}

static const struct block_ops raw_ops = {.read = read_raw,
                                         .read_at_once = read_raw_at_once,
                                         .write = write_raw,
                                         .flush = flush_raw,
                                         .discard = discard_raw,
                                         .close = close_raw};

struct block *raw_open_fd(int fd, const char *name, uint64_t bytes, bool read_only)
{
    struct stat st;
    struct raw *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->fd = fd;
    r->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    r->end = r->is_file && (uint64_t)st.st_size < bytes ? (uint64_t)st.st_size : bytes;
    struct block *b = block_create(&raw_ops, r, name, bytes, read_only);
    if (!b)
        free(r);
    return b;
}

// 0, or an errno: somebody else has it open for writing, or for anything if we want to write.
static int lock_whole(int fd, bool read_only)
{
    struct flock lock = {.l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EAGAIN || errno == EACCES ? errno : 0; // a file system without locks
}

// Formats that would be destroyed if a guest wrote to them as to a raw image.
static const char *find_format(int fd)
{
    static const struct {
        const char magic[5], *name;
        unsigned at;
    } formats[] = {{"QFI\xfb", "qcow2", 0},
                   {"KDMV", "VMDK", 0},
                   {"\x7f\x10\xda\xbe", "VDI", 64},
                   {"cone", "VPC", 0},
                   {"vhdx", "VHDX", 0}};
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        char start[4];
        if (pread(fd, start, sizeof start, formats[i].at) == sizeof start &&
            memcmp(start, formats[i].magic, sizeof start) == 0)
            return formats[i].name;
    }
    return NULL;
}

struct block *raw_open(const char *path, const struct block_options *options, char *why,
                       size_t whylen)
{
    struct stat st;
    // O_NONBLOCK: a FIFO by mistake is refused below, not waited for.
    int fd = open(path, (options->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st)) {
        bool may_read = (errno == EACCES || errno == EROFS) && !options->read_only;
        snprintf(why, whylen, "%s: %s%s", path, strerror(errno),
                 may_read ? " (to write; readonly=on or -snapshot only reads)" : "");
        goto failed;
    }
    off_t end = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : -1;
    if (end < 0) {
        snprintf(why, whylen, "%s: neither a file nor a disk", path);
        goto failed;
    }
    uint64_t bytes = ((uint64_t)end + BLOCK_SECTOR - 1) / BLOCK_SECTOR * BLOCK_SECTOR;
    if (end == 0) {
        snprintf(why, whylen, "%s: the image is empty", path);
        goto failed;
    }
    if (options->full_size && (bytes = options->full_size(bytes)) == 0) {
        snprintf(why, whylen, "%s: %lld bytes are too many for a floppy", path, (long long)end);
        goto failed;
    }
    const char *format = options->any_contents ? NULL : find_format(fd);
    if (format) {
        snprintf(why, whylen,
                 "%s: looks like %s, not raw: serve it with qemu-nbd and name it nbd:unix:SOCKET "
                 "(or say format=raw)",
                 path, format);
        goto failed;
    }
    if (lock_whole(fd, options->read_only)) {
        snprintf(why, whylen, "%s: in use by another emulator or tool", path);
        goto failed;
    }
    struct block *b = raw_open_fd(fd, path, bytes, options->read_only);
    if (b)
        return b;
    snprintf(why, whylen, "%s: out of memory", path);
failed:
    if (fd >= 0)
        close(fd);
    return NULL;
}
