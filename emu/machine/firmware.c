// The BIOS: its image at the end of the 4 GB, where the processor starts, and the last 128 KB of it
// again below 1 MB, where real-mode code calls it.
#include "emu/machine/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"

enum { LEAST_BYTES = 64 << 10, MOST_BYTES = 16 << 20, LOW_BYTES = 128 << 10, LOW_END = 1 << 20 };

static int refuse(char *why, size_t whylen, const char *path, const char *what)
{
    snprintf(why, whylen, "-bios %s: %s", path, what);
    return -1;
}

static int read_all(int fd, uint8_t *to, size_t bytes)
{
    while (bytes) {
        ssize_t n = read(fd, to, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : EIO;
            return -1;
        }
        to += n;
        bytes -= (size_t)n;
    }
    return 0;
}

static int load(struct machine *m, int fd, const char *path, char *why, size_t whylen)
{
    struct stat st;
    if (fstat(fd, &st))
        return refuse(why, whylen, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(why, whylen, path, "not a file");
    uint32_t bytes = (uint32_t)st.st_size;
    if (st.st_size < LEAST_BYTES || st.st_size > MOST_BYTES || (bytes & (bytes - 1)))
        return refuse(why, whylen, path, "not a power of two from 64 KB to 16 MB long");
    struct mmu_region *rom = machine_ram_region(m, bytes, false);
    if (!rom)
        return refuse(why, whylen, path, "no memory for it");
    if (read_all(fd, mmu_region_bytes(rom), bytes))
        return refuse(why, whylen, path, strerror(errno));
    uint32_t low = bytes < LOW_BYTES ? bytes : LOW_BYTES;
    if (!machine_region_map(m, rom, 0u - bytes, 0, bytes, false) ||
        !machine_region_map(m, rom, LOW_END - low, bytes - low, low, false))
        return refuse(why, whylen, path, "no place for it");
    return 0;
}

int firmware_load(struct machine *m, char *why, size_t whylen)
{
    const char *path = m->config.bios;
    // O_NONBLOCK: a FIFO by mistake is refused, not waited for.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(why, whylen, path, strerror(errno));
    int status = load(m, fd, path, why, whylen);
    close(fd);
    return status;
}
