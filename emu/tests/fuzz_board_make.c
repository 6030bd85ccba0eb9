// Making a board: what is in it follows from the seed alone.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/net/net.h"
#include "emu/tests/fuzz_board.h"
#include "emu/tests/memory_disk.h"

enum { ROM_BYTES = 64 << 10, VGA_ROM_BYTES = 8 << 10 };

// Drives that the boards have. Floppies of the usual kinds, disks from one sector on; a huge one is
// a file with a hole.
static const uint32_t floppy_bytes[] = {163840, 368640, 737280, 1228800, 1474560, 2949120, 512};
static const uint64_t disk_sectors[] = {1,          2,         63, 1008, 16065, (1ull << 28) - 1,
                                        1ull << 28, 1ull << 31};
enum { IN_MEMORY_MAX = 16065, SLOW_MAX_US = 100 };

static struct block *open_hole(uint64_t bytes, bool read_only)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);
    struct block *medium = NULL;
    if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0)
        medium = raw_open_fd(fd, "hole", bytes, read_only);
    if (!medium && fd >= 0)
        close(fd);
    return medium;
}

// The memory_disk is freed with the process: its block does not know it.
static struct memory_disk disks[MACHINE_DRIVES];

static struct block *open_medium(struct board *b, unsigned n, uint64_t bytes)
{
    bool read_only = board_chance(b, 8);
    struct block *medium = bytes > IN_MEMORY_MAX * 512ull
                               ? open_hole(bytes, read_only)
                               : memory_disk_open(&disks[n], bytes, read_only);
    if (medium && bytes <= IN_MEMORY_MAX * 512ull && b->on_host && board_chance(b, 2))
        disks[n].wait_us = 1 + board_below(b, SLOW_MAX_US);
    if (medium && bytes <= IN_MEMORY_MAX * 512ull && board_chance(b, 3)) {
        disks[n].bad_at = board_below(b, (uint32_t)bytes);
        disks[n].read_error = board_chance(b, 2) ? EIO : 0;
        disks[n].write_error = board_chance(b, 2) ? ENOSPC : 0;
        disks[n].flush_error = board_chance(b, 2) ? EIO : 0;
    }
    if (medium)
        medium->messages = BLOCK_MESSAGES_MAX; // its errors are meant
    return medium;
}

static void choose_drives(struct board *b, struct machine_config *c)
{
    for (unsigned n = 0; n < MACHINE_DRIVES; n++) {
        struct drive_config *d = &c->drives[n];
        uint64_t bytes;
        if (n >= MACHINE_VIRTIO) {
            d->kind = board_chance(b, 1u << (n - MACHINE_VIRTIO)) ? DRIVE_DISK : DRIVE_NONE;
            d->serial = board_chance(b, 2) ? "serial" : NULL;
            d->write_through = board_chance(b, 2);
            d->no_legacy = board_chance(b, 4);
            d->no_modern = !d->no_legacy && board_chance(b, 4);
            bytes = 512 * disk_sectors[board_below(b, sizeof disk_sectors / sizeof *disk_sectors)];
        } else if (n >= MACHINE_FLOPPY) {
            d->kind = n == MACHINE_FLOPPY || board_chance(b, 2) ? DRIVE_FLOPPY : DRIVE_NONE;
            bytes = floppy_bytes[board_below(b, sizeof floppy_bytes / sizeof *floppy_bytes)];
        } else {
            d->kind = n == 0               ? DRIVE_DISK
                      : n == 2             ? DRIVE_CD
                      : board_chance(b, 2) ? DRIVE_NONE
                      : board_chance(b, 2) ? DRIVE_DISK
                                           : DRIVE_CD;
            bytes = 512 * disk_sectors[board_below(b, sizeof disk_sectors / sizeof *disk_sectors)];
        }
        if (d->kind != DRIVE_NONE && (d->kind == DRIVE_DISK || !board_chance(b, 4)))
            d->block = open_medium(b, n, bytes);
        b->sectors[n] = d->block ? d->block->bytes / 512 : 0;
        if (d->kind == DRIVE_DISK && !d->block)
            d->kind = DRIVE_NONE;
    }
}

// What a card sends is lost, or comes back to it now and then.
static void on_frame(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct netdev **n = opaque;
    if (bytes && frame[bytes - 1] % 4 == 0)
        netdev_deliver(*n, frame, bytes);
}

static void choose_nics(struct board *b, struct machine_config *c)
{
    static const struct netdev_ops ops = {.send = on_frame};
    static const char *const models[] = {
#define NIC(name, model, rom, what) model,
#include "emu/device/nic.def"
#undef NIC
    };
    static const char *const ids[BOARD_NICS] = {"net0", "net1"};
    for (unsigned i = 0; i < BOARD_NICS; i++) {
        if (i && board_chance(b, 2))
            continue;
        c->nics[i] =
            (struct nic_config){.model = models[board_below(b, sizeof models / sizeof *models)],
                                .mac = {0x52, 0x54, 0, 0x12, 0x34, (uint8_t)i}};
        if (board_chance(b, 8) || !(b->net[i] = netdev_create(ids[i], &ops, &b->net[i])))
            continue; // no cable
        c->nics[i].netdev = ids[i];
        c->netdevs[i] = (struct netdev_config){.id = ids[i], .netdev = b->net[i]};
    }
}

// A file in memory with random bytes, by a name that can be opened.
static int make_rom(struct board *b, uint32_t bytes, char name[64])
{
    int fd = memfd_create("rom", MFD_CLOEXEC);
    uint8_t *rom = malloc(bytes);
    for (uint32_t i = 0; rom && i < bytes; i++)
        rom[i] = (uint8_t)board_any(b);
    if (rom)
        rom[0] = 0x55, rom[1] = 0xAA;
    if (fd >= 0 && (!rom || write(fd, rom, bytes) != (ssize_t)bytes)) {
        close(fd);
        fd = -1;
    }
    free(rom);
    snprintf(name, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static struct machine *make_machine(struct board *b, int serial_in, char *why, size_t whylen)
{
    char bios[64], vga_rom[64];
    int bios_fd = make_rom(b, ROM_BYTES, bios), vga_fd = make_rom(b, VGA_ROM_BYTES, vga_rom);
    struct machine_config config = {.ram_bytes = (1u + board_below(b, 4)) << 20,
                                    .engine = &bench_engine,
                                    .icount = !b->on_host,
                                    .stats = board_chance(b, 4),
                                    .bios = board_chance(b, 4) ? NULL : bios,
                                    .vga = !board_chance(b, 8),
                                    .vga_rom = board_chance(b, 2) ? vga_rom : NULL,
                                    .serial_fd = -1,
                                    .serial_in_fd = serial_in,
                                    .debugcon_fd = -1,
                                    .debugcon2_port = 0x402,
                                    .debug_exit = true,
                                    .debug_exit_port = 0xF4,
                                    .debug_exit_size = (uint16_t)board_size(b),
                                    .no_shutdown = board_chance(b, 2)};
    for (unsigned i = 1; i < MACHINE_SERIALS; i++)
        config.serial_there[i] = true;
    config.parallel_there = config.pc_testdev = config.pci_testdev = true;
    choose_drives(b, &config);
    choose_nics(b, &config);
    struct machine *m = machine_create(&config, why, whylen);
    if (bios_fd >= 0)
        close(bios_fd);
    if (vga_fd >= 0)
        close(vga_fd);
    return m;
}

struct board *board_create(uint64_t seed, char *why, size_t whylen)
{
    static const uint32_t deviations[] = {0, 0, 4, 16, 64, 256};
    struct board *b = calloc(1, sizeof *b);
    int ends[2] = {-1, -1};
    if (!b || pipe2(ends, O_NONBLOCK | O_CLOEXEC)) {
        free(b);
        snprintf(why, whylen, "no memory or no pipe");
        return NULL;
    }
    b->rng = (seed + 1) * 0x9E3779B97F4A7C15ull | 1;
    b->serial_in = ends[1];
    b->doing = "creation";
    for (unsigned i = 0; i < 8; i++)
        board_any(b);
    b->on_host = board_chance(b, 6);
    b->m = make_machine(b, ends[0], why, whylen);
    b->render = vga_render_create();
    if (!b->m || !b->render) {
        close(ends[0]);
        board_destroy(b);
        return NULL;
    }
    b->m->cpu->eflags = FLAG_ONE; // IF off: requests stay at the pin
    b->cables = b->m->expected;
    board_enumerate(b);
    b->deviation = deviations[board_below(b, sizeof deviations / sizeof *deviations)];
    return b;
}

void board_destroy(struct board *b)
{
    int in = b->m ? b->m->config.serial_in_fd : -1;
    b->doing = "destruction";
    vga_render_destroy(b->render);
    machine_destroy(b->m);
    if (in >= 0)
        close(in);
    close(b->serial_in);
    free(b);
}
