/* The linux port's scratch disk: a file or a block device that begins with PORT_DISK_SIGNATURE, and
 * nothing else. Written unbuffered (O_DIRECT); where the file system knows no such thing, with
 * O_DSYNC, and a note says so. The first error is kept until port_start_disk(), and all later
 * transfers fail without being tried. */
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/linux/linux.h"
#include "bench/port/port.h"

enum {
    DISK_O_RDWR = 2,
    DISK_O_CREAT = 0100,
    DISK_O_EXCL = 0200,
    DISK_O_NONBLOCK = 04000, /* a pipe without a writer does not keep us */
    DISK_O_DSYNC = 010000,
    DISK_O_DIRECT = 040000,
    DISK_O_LARGEFILE = 0100000,
    DISK_BLKGETSIZE64 = 0x80041272,
};
enum { DISK_S_IFMT = 0170000, DISK_S_IFREG = 0100000, DISK_S_IFBLK = 0060000 };
enum { DISK_EINTR = 4, DISK_EINVAL = 22 };

struct disk_status { /* struct stat64 of i386 */
    uint32_t device[2], pad1, inode_low, mode, links, uid, gid, rdev[2], pad2, size[2];
    uint32_t rest[11];
};
_Static_assert(sizeof(struct disk_status) == 96, "as the kernel has it");

static struct {
    int32_t fd;
    uint64_t bytes;
    bool regular;
    const char *error;
} disk = {.fd = -1};
const char *port_disk_note;
static char disk_text[300];

static const char *disk_reason(int32_t result)
{
    static const struct {
        int32_t code;
        const char *text;
    } reasons[] = {
        {1, "not permitted"},
        {2, "there is no such file"},
        {5, "input/output error"},
        {6, "the device is gone"},
        {13, "permission denied"},
        {17, "it exists already"},
        {19, "the device is gone"},
        {20, "a part of the path is no folder"},
        {21, "it is a folder"},
        {22, "invalid argument"},
        {26, "it is a program that runs"},
        {27, "a limit on the size of files (ulimit -f)"},
        {28, "no space left: the disk is full"},
        {30, "it is read-only"},
        {122, "the quota is used up"},
    };
    for (uint32_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == -result)
            return reasons[i].text;
    return result >= 0 ? "not all of it was transferred" : "an error without a name here";
}

static int32_t disk_move(uint32_t call, int32_t fd, const uint8_t *bytes, uint32_t count,
                         uint64_t at)
{
    int32_t done;
    uint32_t moved = 0;
    do {
        done = linux_call(call, (uint32_t)fd, linux_pointer(bytes + moved), count - moved,
                          (uint32_t)(at + moved), (uint32_t)((at + moved) >> 32));
        moved += done > 0 ? (uint32_t)done : 0;
        /* a part is done where there is no room for all: the next call says why */
    } while (done == -DISK_EINTR || (done > 0 && moved < count));
    return done < 0 ? done : (int32_t)moved;
}

/* ---- making and opening ---- */

const char *port_make_disk(const char *path)
{
    static const char what[] = "cannot make the scratch disk ";
    uint8_t *block = port_big_area();
    int32_t fd =
        linux_call(LINUX_OPEN, linux_pointer(path),
                   DISK_O_RDWR | DISK_O_CREAT | DISK_O_EXCL | DISK_O_LARGEFILE, 0600, 0, 0);
    if (linux_failed(fd))
        return line_complain(disk_text, sizeof disk_text, what, path, disk_reason(fd));
    linux_catch(LINUX_SIGXFSZ, (void (*)(void))1);
    memset(block, 0, 1u << 20);
    memcpy(block, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1);
    int32_t done = 1 << 20;
    for (uint32_t mb = 0; mb < PORT_DISK_MAKE_MB && done == 1 << 20; mb++) {
        done = disk_move(LINUX_PWRITE64, fd, block, 1u << 20, (uint64_t)mb << 20);
        memset(block, 0, 512);
    }
    if (done == 1 << 20)
        done = linux_call(LINUX_FSYNC, (uint32_t)fd, 0, 0, 0, 0) ? -5 : done;
    linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
    if (done == 1 << 20)
        return NULL;
    linux_call(LINUX_UNLINK, linux_pointer(path), 0, 0, 0, 0);
    return line_complain(disk_text, sizeof disk_text, what, path, disk_reason(done));
}

/* Looks before it opens for writing: what is no scratch disk is never touched. */
static const char *disk_examine(const char *path, uint8_t *sector)
{
    struct disk_status status;
    int32_t fd =
        linux_call(LINUX_OPEN, linux_pointer(path), DISK_O_LARGEFILE | DISK_O_NONBLOCK, 0, 0, 0);
    if (linux_failed(fd))
        return disk_reason(fd);
    const char *why = NULL;
    memset(sector, 0, 512);
    if (linux_call(LINUX_FSTAT64, (uint32_t)fd, linux_pointer(&status), 0, 0, 0))
        why = "its status cannot be read";
    else if ((status.mode & DISK_S_IFMT) != DISK_S_IFREG &&
             (status.mode & DISK_S_IFMT) != DISK_S_IFBLK)
        why = "it is neither a file nor a disk";
    else if (disk_move(LINUX_PREAD64, fd, sector, 512, 0) != 512 ||
             memcmp(sector, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1))
        why = "it is no scratch disk, its first sector says something else; --make-disk makes one";
    else if (!(status.mode & 0222))
        why = disk_reason(-30); /* also for root, whom the mode does not stop */
    disk.regular = (status.mode & DISK_S_IFMT) == DISK_S_IFREG;
    disk.bytes = (uint64_t)status.size[1] << 32 | status.size[0];
    if (!why && !disk.regular &&
        linux_call(LINUX_IOCTL, (uint32_t)fd, DISK_BLKGETSIZE64, linux_pointer(&disk.bytes), 0, 0))
        why = "its size cannot be read";
    if (!why && disk.bytes < PORT_DISK_LEAST)
        why = "it is smaller than 4 MB";
    linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
    return why;
}

const char *port_open_disk(const char *path)
{
    static const char what[] = "cannot use the disk ";
    uint8_t *sector = port_big_area();
    const char *why = disk_examine(path, sector);
    if (why)
        return line_complain(disk_text, sizeof disk_text, what, path, why);
    linux_catch(LINUX_SIGXFSZ, (void (*)(void))1); /* EFBIG, not the end */
    disk.fd = linux_call(LINUX_OPEN, linux_pointer(path),
                         DISK_O_RDWR | DISK_O_LARGEFILE | DISK_O_DIRECT, 0, 0, 0);
    if (disk.fd == -DISK_EINVAL) {
        disk.fd = linux_call(LINUX_OPEN, linux_pointer(path),
                             DISK_O_RDWR | DISK_O_LARGEFILE | DISK_O_DSYNC, 0, 0, 0);
        port_disk_note = "the disk knows no unbuffered writes (O_DIRECT): they are buffered and "
                         "synchronous (O_DSYNC)";
    }
    if (linux_failed(disk.fd)) {
        why = line_complain(disk_text, sizeof disk_text, what, path, disk_reason(disk.fd));
        disk.fd = -1;
        return why;
    }
    /* what was opened is what was looked at, also if somebody moved it meanwhile */
    if (disk_move(LINUX_PREAD64, disk.fd, sector, LINUX_PAGE, 0) != (int32_t)LINUX_PAGE ||
        memcmp(sector, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1)) {
        linux_call(LINUX_CLOSE, (uint32_t)disk.fd, 0, 0, 0, 0);
        disk.fd = -1;
        return line_complain(disk_text, sizeof disk_text, what, path,
                             "it became another file while it was being opened");
    }
    return NULL;
}

bool linux_has_disk(void)
{
    return disk.fd >= 0;
}

/* ---- transfers ---- */

uint32_t port_disk_blocks(uint32_t size)
{
    uint64_t room = disk.bytes - PORT_DISK_FIRST;
    if (room > 1u << 30)
        room = 1u << 30;
    return (uint32_t)room / size;
}

static uint64_t disk_place(uint32_t number, uint32_t size)
{
    return PORT_DISK_FIRST + (uint64_t)(number % port_disk_blocks(size)) * size;
}

const char *port_start_disk(uint32_t size)
{
    (void)size;
    disk.error = NULL;
    return NULL;
}

static void disk_fail(const char *what, const char *why)
{
    disk_text[0] = 0;
    line_append(disk_text, sizeof disk_text, what);
    line_append(disk_text, sizeof disk_text, why);
    disk.error = disk_text;
}

uint32_t port_write_disk(const uint8_t *block, uint32_t number, uint32_t size)
{
    if (disk.error)
        return 0;
    int32_t done = disk_move(LINUX_PWRITE64, disk.fd, block, size, disk_place(number, size));
    if (done == (int32_t)size)
        return 1;
    disk_fail("a write to the scratch disk failed: ",
              done == -DISK_EINVAL ? "it takes no unbuffered writes of this size"
                                   : disk_reason(done));
    return 0;
}

uint32_t port_read_disk(uint8_t *block, uint32_t number, uint32_t size)
{
    int32_t done = disk_move(LINUX_PREAD64, disk.fd, block, size, disk_place(number, size));
    if (done == (int32_t)size)
        return 1;
    disk_fail("a block cannot be read back from the scratch disk: ", disk_reason(done));
    return 0;
}

/* A file that was removed takes writes as before: only its links tell. */
const char *port_finish_disk(void)
{
    struct disk_status status;
    if (disk.error)
        return disk.error;
    if (disk.regular &&
        (linux_call(LINUX_FSTAT64, (uint32_t)disk.fd, linux_pointer(&status), 0, 0, 0) ||
         !status.links))
        disk.error = "the scratch disk was removed while it was being written";
    else if (disk.regular && ((uint64_t)status.size[1] << 32 | status.size[0]) != disk.bytes)
        disk.error = "the scratch disk was truncated or grew while it was being written";
    return disk.error;
}
