// Block devices: raw files with holes, short and locked ones, full disks, snapshots, and what is
// behind an NBD server (qemu-nbd, where the host has it).
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/block/block.h"
#include "emu/tests/nbd_server.h"
#include "emu/tests/verdict.h"

enum { MB = 1 << 20 };

static char dir[] = "/tmp/tickmark-block-XXXXXX";
static char why[512];

static const char *path_of(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static const char *make_image(const char *name, uint64_t bytes)
{
    const char *path = path_of(name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        exit(1);
    close(fd);
    return path;
}

static long long blocks_of(const char *path)
{
    struct stat st;
    return stat(path, &st) ? -1 : (long long)st.st_blocks;
}

static uint64_t twice(uint64_t bytes)
{
    return bytes > 4096 ? 0 : 8192;
}

static void fill(uint8_t *bytes, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 256 + seed);
}

static void test_raw(void)
{
    static uint8_t bytes[65536], got[65536];
    struct block_options options = {.read_only = false};
    const char *path = make_image("sparse", 64 * MB);
    struct block *b = block_open(path, &options, why, sizeof why);
    CHECK(b != NULL, "%s", why);
    if (!b)
        return case_end("block.raw");
    memset(got, 1, sizeof got);
    CHECK(b->bytes == 64 * MB && block_read(b, 1024, got, 4096) == 0 && got[0] == 0 &&
              got[4095] == 0,
          "a hole is not zeros");
    fill(bytes, sizeof bytes, 1);
    CHECK(block_write(b, 10 * MB, bytes, sizeof bytes) == 0 && block_flush(b) == 0, "write");
    CHECK(block_read(b, 10 * MB, got, sizeof got) == 0 && memcmp(got, bytes, sizeof got) == 0,
          "reads back something else");
    long long before = blocks_of(path);
    memset(bytes, 0, sizeof bytes);
    CHECK(block_write(b, 20 * MB, bytes, sizeof bytes) == 0 && block_flush(b) == 0 &&
              blocks_of(path) == before,
          "zeros fill a hole: %lld blocks, then %lld", before, blocks_of(path));
    CHECK(block_write(b, 10 * MB, bytes, 4096) == 0 && block_read(b, 10 * MB, got, 8192) == 0 &&
              got[0] == 0 && got[4095] == 0 && got[4096] != 0,
          "zeros over data are not written");
    CHECK(block_discard(b, 10 * MB, sizeof bytes) == 0 && blocks_of(path) < before,
          "what is discarded stays");
    CHECK(block_read(b, 64 * MB, got, 512) == EINVAL &&
              block_read(b, 64 * MB - 512, got, 512) == 0 &&
              block_read(b, 64 * MB - 512, got, 1024) == EINVAL &&
              block_write(b, UINT64_MAX - 511, got, 512) == EINVAL &&
              block_read(b, 100, got, 512) == EINVAL && block_read(b, 0, got, 100) == EINVAL,
          "outside of the disk, or not whole sectors");
    b->messages = BLOCK_MESSAGES_MAX;
    CHECK(truncate(path, 5 * MB) == 0 && block_read(b, 4 * MB, got, 512) == 0 &&
              block_read(b, 6 * MB, got, 512) == EIO,
          "a file that was cut short");
    block_close(b);
    case_end("block.raw");
}

static void test_open(void)
{
    struct block_options write = {.read_only = false}, read = {.read_only = true},
                         full = {.full_size = twice};
    const char *path = make_image("odd", 1000);
    uint8_t got[1024], bytes[512];
    struct block *b = block_open(path, &write, why, sizeof why), *c;
    CHECK(b && b->bytes == 1024 && block_read(b, 512, got, 512) == 0 && got[511] == 0,
          "an image of 1000 bytes");
    CHECK(!block_open(path, &write, why, sizeof why) && strstr(why, "in use"), "two writers: %s",
          why);
    CHECK(!block_open(path, &read, why, sizeof why) && strstr(why, "in use"), "a reader: %s", why);
    block_close(b);
    b = block_open(path, &read, why, sizeof why);
    c = block_open(path, &read, why, sizeof why);
    CHECK(b && c, "two readers: %s", why);
    CHECK(b && block_write(b, 0, got, 512) == EROFS, "a read-only image is written");
    block_close(b), block_close(c);
    b = block_open(path, &full, why, sizeof why);
    fill(bytes, 512, 3);
    CHECK(b && b->bytes == 8192 && block_read(b, 7680, got, 512) == 0 && got[0] == 0 &&
              block_write(b, 7680, bytes, 512) == 0 && block_read(b, 7680, got, 512) == 0 &&
              memcmp(got, bytes, 512) == 0 && block_read(b, 4096, got, 512) == 0 && got[5] == 0,
          "an image that is filled up");
    block_close(b);
    CHECK(!block_open(make_image("large", 4608), &full, why, sizeof why) && strstr(why, "too many"),
          "too large: %s", why);
    CHECK(!block_open(path_of("none"), &write, why, sizeof why) && strstr(why, "No such file"),
          "%s", why);
    CHECK(!block_open(dir, &read, why, sizeof why) && strstr(why, "neither"), "a folder: %s", why);
    CHECK(mkfifo(path_of("fifo"), 0600) == 0 &&
              !block_open(path_of("fifo"), &read, why, sizeof why) && strstr(why, "neither"),
          "a FIFO: %s", why);
    case_end("block.open");
}

// A host's disk that is full: nothing is acknowledged.
static void test_full(void)
{
    uint8_t bytes[512];
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct block *b = fd >= 0 ? raw_open_fd(fd, "full", MB, false) : NULL;
    CHECK(b != NULL, "no /dev/full");
    if (b) {
        b->messages = BLOCK_MESSAGES_MAX;
        fill(bytes, sizeof bytes, 9);
        CHECK(block_write(b, 0, bytes, 512) == ENOSPC, "a write to a full disk");
        CHECK(block_read(b, 0, bytes, 512) == 0, "a read");
        block_close(b);
    }
    // A file that may not grow, in the middle of a write.
    struct block_options options = {.full_size = twice};
    b = block_open(make_image("small", 512), &options, why, sizeof why);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 1024 + 100;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (b) {
        b->messages = BLOCK_MESSAGES_MAX;
        CHECK(block_write(b, 512, bytes, 512) == 0, "within the limit");
        CHECK(block_write(b, 1024, bytes, 512) == EFBIG, "beyond the limit");
        block_close(b);
    }
    setrlimit(RLIMIT_FSIZE, &old);
    case_end("block.full");
}

static void test_snapshot(void)
{
    static uint8_t bytes[8192], got[16384];
    struct block_options write = {.read_only = false}, snapshot = {.snapshot = true},
                         both = {.snapshot = true, .read_only = true};
    const char *path = make_image("base", MB);
    struct block *b = block_open(path, &write, why, sizeof why);
    fill(bytes, sizeof bytes, 5);
    CHECK(b && block_write(b, 4096, bytes, 8192) == 0, "base");
    block_close(b);
    chmod(path, 0444);
    b = block_open(path, &snapshot, why, sizeof why);
    CHECK(b && !b->read_only, "%s", why);
    if (b) {
        fill(bytes, sizeof bytes, 77);
        CHECK(block_write(b, 4096 + 1024, bytes, 512) == 0 && block_write(b, 0, bytes, 1024) == 0 &&
                  block_flush(b) == 0,
              "write");
        CHECK(block_read(b, 0, got, 16384) == 0, "read over pieces of both");
        CHECK(memcmp(got, bytes, 1024) == 0 && got[1024] == 0 &&
                  memcmp(got + 4096 + 1024, bytes, 512) == 0,
              "what was written");
        fill(bytes, sizeof bytes, 5);
        CHECK(memcmp(got + 4096, bytes, 1024) == 0 &&
                  memcmp(got + 4096 + 1536, bytes + 1536, 8192 - 1536) == 0,
              "what is below");
        block_close(b);
    }
    b = block_open(path, &both, why, sizeof why);
    CHECK(b && b->read_only && block_read(b, 4096, got, 8192) == 0 && memcmp(got, bytes, 8192) == 0,
          "the base has changed");
    block_close(b);
    setenv("TMPDIR", "/nonexistent", 1);
    CHECK(!block_open(path, &snapshot, why, sizeof why) && strstr(why, "no temporary file"), "%s",
          why);
    unsetenv("TMPDIR");
    case_end("block.snapshot");
}

static void test_nbd(void)
{
    static uint8_t bytes[65536], got[65536];
    char socket[80], url[128], words[128], image[80], command[256];
    struct block_options write = {.read_only = false}, read = {.read_only = true};
    snprintf(socket, sizeof socket, "%s/socket", dir);
    snprintf(image, sizeof image, "%s/image.qcow2", dir);
    snprintf(url, sizeof url, "nbd+unix:///?socket=%s", socket);
    snprintf(words, sizeof words, "nbd:unix:%s", socket);
    snprintf(command, sizeof command, "qemu-img create -q -f qcow2 %s 8M >%s/out 2>&1", image, dir);
    CHECK(!block_open(url, &write, why, sizeof why) && strstr(why, "socket"), "no server: %s", why);
    if (system("command -v qemu-nbd qemu-img >/dev/null") || system(command)) {
        puts("skip block.nbd: no qemu-nbd and qemu-img (package qemu-utils)");
        return;
    }
    pid_t pid = nbd_server_start(image, "qcow2", socket);
    struct block *b = block_open(url, &write, why, sizeof why);
    CHECK(b != NULL, "%s", why);
    fill(bytes, sizeof bytes, 11);
    CHECK(b && b->bytes == 8 * MB && block_write(b, 3 * MB, bytes, sizeof bytes) == 0 &&
              block_flush(b) == 0,
          "write through a qcow2 image");
    block_close(b);
    b = block_open(words, &read, why, sizeof why);
    CHECK(b && block_read(b, 3 * MB, got, sizeof got) == 0 && memcmp(got, bytes, sizeof got) == 0,
          "it does not read back: %s", why);
    // The server vanishes: errors, and no hang.
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (b) {
        b->messages = BLOCK_MESSAGES_MAX;
        alarm(20);
        CHECK(block_read(b, 0, got, 512) != 0, "a vanished server is read");
        block_close(b);
        alarm(0);
    }
    CHECK(!block_open("nbd:127.0.0.1:1", &read, why, sizeof why), "a server on port 1");
    case_end("block.nbd");
}

int main(void)
{
    char command[64];
    if (!mkdtemp(dir))
        return 1;
    test_raw();
    test_open();
    test_full();
    test_snapshot();
    test_nbd();
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) || verdict_failures != 0;
}
