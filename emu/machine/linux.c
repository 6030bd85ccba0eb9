// Places a Linux kernel for its boot protocol. The contract is in linux.h.
//
//   10000   setup code, its stack and heap up to 1FFFF
//   20000   command line
//   100000  the kernel
//   top     initrd, as high as the kernel allows, 256 KB below the end of RAM, where the BIOS keeps
//           its tables
#include "emu/machine/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/device/fw_cfg.h"
#include "emu/machine/machine_state.h"

enum {
    SETUP_PHYS = 0x10000,
    CMDLINE_PHYS = 0x20000,
    KERNEL_PHYS = 0x100000,
    CMDLINE_MAX = 0x10000,
    SETUP_MAX = 0x9000,
    BIOS_TABLES = 256 << 10,
    SECTOR = 512,
    // Offsets in the setup header.
    AT_SETUP_SECTS = 0x1F1,
    AT_VIDEO_MODE = 0x1FA,
    AT_MAGIC = 0x202,
    AT_VERSION = 0x206,
    AT_LOADER = 0x210,
    AT_LOADFLAGS = 0x211,
    AT_INITRD = 0x218,
    AT_INITRD_SIZE = 0x21C,
    AT_HEAP_END = 0x224,
    AT_CMDLINE = 0x228,
    AT_INITRD_MAX = 0x22C,
    AT_CMDLINE_MAX = 0x238,
    AT_INIT_SIZE = 0x260,
    HEADER_END = 0x264,
    HEADER_LEAST = 0x22C, // protocol 2.02
    LOADED_HIGH = 0x01,
    CAN_USE_HEAP = 0x80,
    LOADER_UNKNOWN = 0xFF,
    INITRD_MAX_OLD = 0x37FFFFFF, // before protocol 2.03
    ROM_MAX = 2048,
    DMA_READ_SELECTED = 0x0A, // fw_cfg: select the item in the upper half, and read
};

extern const uint8_t linux_rom[], linux_rom_end[], linux_rom_table[], linux_rom_count[];

// SeaBIOS runs the files below genroms/ as option ROMs and boots in the order of "bootorder".
static const char rom_file[] = "genroms/linux.bin";
static const char boot_order[] = "/rom@genroms/linux.bin";

struct linux_boot {
    uint8_t *kernel, *initrd; // whole files
    size_t kernel_bytes, initrd_bytes, setup_bytes;
    uint8_t setup[SETUP_MAX];
    char *cmdline;
    size_t cmdline_bytes;
    uint8_t rom[ROM_MAX];
    unsigned transfers;
    char *why;
    size_t whylen;
};

__attribute__((format(printf, 3, 4))) static int refuse(struct linux_boot *b, const char *name,
                                                        const char *format, ...)
{
    va_list args;
    int n = snprintf(b->why, b->whylen, "%s: ", name);
    if (n >= 0 && (size_t)n < b->whylen) {
        va_start(args, format);
        vsnprintf(b->why + n, b->whylen - (size_t)n, format, args);
        va_end(args);
    }
    return -1;
}

// --- files ---

static int read_descriptor(int fd, uint8_t **bytes, size_t *n, uint64_t most)
{
    struct stat st;
    if (fstat(fd, &st))
        return errno;
    if (!S_ISREG(st.st_mode))
        return EINVAL;
    if ((uint64_t)st.st_size > most)
        return EFBIG;
    *n = (size_t)st.st_size;
    *bytes = malloc(*n ? *n : 1);
    if (!*bytes)
        return ENOMEM;
    for (size_t got = 0; got < *n;) {
        ssize_t r = read(fd, *bytes + got, *n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return r < 0 ? errno : EIO;
        got += (size_t)r;
    }
    return 0;
}

static int read_file(struct linux_boot *b, const char *path, uint8_t **bytes, size_t *n,
                     uint64_t most)
{
    // O_NONBLOCK: a FIFO by mistake is refused, not waited for.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(b, path, "%s", strerror(errno));
    int error = read_descriptor(fd, bytes, n, most);
    close(fd);
    if (error == EFBIG)
        return refuse(b, path, "does not fit into the guest's memory (%llu MB)",
                      (unsigned long long)(most >> 20));
    return error ? refuse(b, path, "%s", error == EINVAL ? "not a file" : strerror(error)) : 0;
}

bool linux_is_kernel(const char *path)
{
    uint8_t head[AT_VERSION];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, head, sizeof head, 0);
    close(fd);
    return n == (ssize_t)sizeof head && memcmp(head + AT_MAGIC, "HdrS", 4) == 0;
}

// --- the header ---

static uint32_t get(const uint8_t *p, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint32_t)p[i] << (8 * i);
    return v;
}

static void put(uint8_t *p, unsigned bytes, uint32_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

// What the command line's vga= asks for; the boot loader is the one to obey it.
static uint32_t video_mode(const char *cmdline, uint32_t otherwise)
{
    const char *at = strstr(cmdline, "vga=");
    if (!at || (at != cmdline && at[-1] != ' '))
        return otherwise;
    at += 4;
    if (strncmp(at, "normal", 6) == 0)
        return 0xFFFF;
    if (strncmp(at, "ext", 3) == 0)
        return 0xFFFE;
    if (strncmp(at, "ask", 3) == 0)
        return 0xFFFD;
    return (uint32_t)strtoul(at, NULL, 0) & 0xFFFF;
}

static int check_kernel(struct linux_boot *b, const char *path)
{
    const uint8_t *k = b->kernel;
    if (b->kernel_bytes < HEADER_LEAST || memcmp(k + AT_MAGIC, "HdrS", 4) != 0)
        return refuse(b, path, "not a Linux kernel");
    uint32_t version = get(k + AT_VERSION, 2);
    if (version < 0x202)
        return refuse(b, path, "boot protocol %u.%02u; 2.02 (Linux 2.4) is the least", version >> 8,
                      version & 0xff);
    if (!(k[AT_LOADFLAGS] & LOADED_HIGH))
        return refuse(b, path, "a zImage, which is loaded below 1 MB, is not supported");
    b->setup_bytes = ((k[AT_SETUP_SECTS] ? k[AT_SETUP_SECTS] : 4u) + 1) * SECTOR;
    if (b->setup_bytes < HEADER_END || b->setup_bytes > SETUP_MAX)
        return refuse(b, path, "setup code of %zu bytes", b->setup_bytes);
    if (b->setup_bytes >= b->kernel_bytes)
        return refuse(b, path, "truncated: there is no kernel behind the setup code");
    return 0;
}

static int place_initrd(struct linux_boot *b, const struct machine *m, const char *path)
{
    const uint8_t *k = b->kernel;
    uint64_t ram = mmu_ram_bytes(m->mmu), most = INITRD_MAX_OLD;
    uint64_t kernel_end = KERNEL_PHYS + b->kernel_bytes - b->setup_bytes;
    uint32_t version = get(k + AT_VERSION, 2);
    if (version >= 0x203)
        most = get(k + AT_INITRD_MAX, 4);
    if (version >= 0x20A && kernel_end < KERNEL_PHYS + (uint64_t)get(k + AT_INIT_SIZE, 4))
        kernel_end = KERNEL_PHYS + (uint64_t)get(k + AT_INIT_SIZE, 4);
    if (ram < BIOS_TABLES || kernel_end > ram - BIOS_TABLES)
        return refuse(b, path, "needs %llu MB of memory; the guest has %llu MB",
                      (unsigned long long)((kernel_end + BIOS_TABLES) >> 20) + 1,
                      (unsigned long long)(ram >> 20));
    if (!m->config.initrd)
        return 0;
    if (most + 1 > ram - BIOS_TABLES)
        most = ram - BIOS_TABLES - 1;
    if (b->initrd_bytes > most + 1 ||
        ((most + 1 - b->initrd_bytes) & ~4095ull) < ((kernel_end + 4095) & ~4095ull))
        return refuse(b, m->config.initrd,
                      "%zu bytes do not fit behind the kernel into %llu MB of memory",
                      b->initrd_bytes, (unsigned long long)(ram >> 20));
    put(b->setup + AT_INITRD, 4, (uint32_t)((most + 1 - b->initrd_bytes) & ~4095ull));
    put(b->setup + AT_INITRD_SIZE, 4, (uint32_t)b->initrd_bytes);
    return 0;
}

static int make_cmdline(struct linux_boot *b, const struct machine *m, const char *path)
{
    const char *text = m->config.append ? m->config.append : "";
    const uint8_t *k = b->kernel;
    size_t most = get(k + AT_VERSION, 2) >= 0x206 ? get(k + AT_CMDLINE_MAX, 4) : 255;
    if (most > CMDLINE_MAX - 1)
        most = CMDLINE_MAX - 1;
    b->cmdline_bytes = strlen(text) + 1;
    if (b->cmdline_bytes - 1 > most)
        return refuse(b, "-append", "%zu bytes; %s takes %zu", b->cmdline_bytes - 1, path, most);
    b->cmdline = strdup(text);
    return b->cmdline ? 0 : refuse(b, path, "out of memory");
}

static void fill_header(struct linux_boot *b)
{
    uint8_t *s = b->setup;
    put(s + AT_VIDEO_MODE, 2, video_mode(b->cmdline, get(s + AT_VIDEO_MODE, 2)));
    s[AT_LOADER] = LOADER_UNKNOWN;
    s[AT_LOADFLAGS] |= CAN_USE_HEAP;
    put(s + AT_HEAP_END, 2, CMDLINE_PHYS - SETUP_PHYS - 0x200);
    put(s + AT_CMDLINE, 4, CMDLINE_PHYS);
}

// --- the option ROM ---

static void put_big(uint8_t *p, uint32_t value)
{
    put(p, 4, __builtin_bswap32(value));
}

static void add_transfer(struct linux_boot *b, struct fw_cfg *fw, enum fw_cfg_item item,
                         const void *bytes, size_t n, uint32_t phys)
{
    uint8_t *entry = b->rom + (linux_rom_table - linux_rom) + 16 * b->transfers++;
    fw_cfg_add(fw, item, bytes, n);
    put_big(entry, (uint32_t)item << 16 | DMA_READ_SELECTED);
    put_big(entry + 4, (uint32_t)n);
    put_big(entry + 12, phys); // below 4 GB
}

// The byte that makes the sum of all 0.
static void balance(uint8_t *bytes, size_t n, size_t at)
{
    uint8_t sum = 0;
    bytes[at] = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[at] = (uint8_t)-sum;
}

static void finish_rom(struct linux_boot *b)
{
    enum { LENGTH = 2, PNP_POINTER = 0x1A, PNP_BYTES = 32, PNP_CHECKSUM = 9 };
    put(b->rom + (linux_rom_count - linux_rom), 2, b->transfers);
    b->rom[LENGTH] = ROM_MAX / SECTOR;
    balance(b->rom + get(b->rom + PNP_POINTER, 2), PNP_BYTES, PNP_CHECKSUM);
    balance(b->rom, ROM_MAX, ROM_MAX - 1);
}

static int prepare(struct linux_boot *b, struct machine *m)
{
    const char *path = m->config.kernel, *initrd = m->config.initrd;
    uint64_t ram = mmu_ram_bytes(m->mmu);
    if (read_file(b, path, &b->kernel, &b->kernel_bytes, ram) || check_kernel(b, path) ||
        (initrd && read_file(b, initrd, &b->initrd, &b->initrd_bytes, ram)) ||
        make_cmdline(b, m, path))
        return -1;
    memcpy(b->setup, b->kernel, b->setup_bytes);
    fill_header(b);
    if (place_initrd(b, m, path))
        return -1;
    memcpy(b->rom, linux_rom, (size_t)(linux_rom_end - linux_rom));
    add_transfer(b, m->fw_cfg, FW_CFG_SETUP_DATA, b->setup, b->setup_bytes, SETUP_PHYS);
    add_transfer(b, m->fw_cfg, FW_CFG_CMDLINE_DATA, b->cmdline, b->cmdline_bytes, CMDLINE_PHYS);
    add_transfer(b, m->fw_cfg, FW_CFG_KERNEL_DATA, b->kernel + b->setup_bytes,
                 b->kernel_bytes - b->setup_bytes, KERNEL_PHYS);
    if (b->initrd)
        add_transfer(b, m->fw_cfg, FW_CFG_INITRD_DATA, b->initrd, b->initrd_bytes,
                     get(b->setup + AT_INITRD, 4));
    finish_rom(b);
    if (!fw_cfg_add_file(m->fw_cfg, rom_file, b->rom, ROM_MAX) ||
        !fw_cfg_add_file(m->fw_cfg, "bootorder", boot_order, sizeof boot_order))
        return refuse(b, path, "too many files for the firmware");
    return 0;
}

struct linux_boot *linux_prepare(struct machine *m, char *why, size_t whylen)
{
    struct linux_boot *b = calloc(1, sizeof *b);
    if (!b) {
        snprintf(why, whylen, "out of memory");
        return NULL;
    }
    b->why = why;
    b->whylen = whylen;
    if (prepare(b, m)) {
        linux_free(b);
        return NULL;
    }
    return b;
}

void linux_free(struct linux_boot *b)
{
    if (!b)
        return;
    free(b->kernel);
    free(b->initrd);
    free(b->cmdline);
    free(b);
}
