// Classes of media: images of disks, CDs and floppies, of all lengths and contents, and what is no
// image; attached, identified, read and written at their edges, and cut short under the machine.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/mutation.h"

enum { IMAGE_ROOM = 256 << 10, SECTOR = 512 };
static const char image_name[] = "image";

// A partition table as partitioning programs leave it; nothing in the emulator reads it, firmware
// does.
static size_t make_image(struct mutation *u, uint8_t *bytes)
{
    static const uint16_t hot[] = {0,     4,     64,    446,   450,   454,   458,   510,
                                   32768, 32769, 34816, 34817, 34887, 34889, 36864, 36894};
    static const uint32_t lengths[] = {512, 1024, 2048, 65536, 163840, 98304};
    size_t n = lengths[mutation_below(u, sizeof lengths / sizeof *lengths)];
    memset(bytes, 0, IMAGE_ROOM);
    bytes[446] = 0x80;
    bytes[447] = bytes[448] = 1;
    bytes[450] = 0x83;
    bytes[454] = 63;
    bytes[458] = (uint8_t)(n / SECTOR);
    bytes[510] = 0x55, bytes[511] = 0xAA;
    memcpy(bytes + 32768, "\1CD001\1", 7);
    memcpy(bytes + 34816, "\0CD001\1EL TORITO SPECIFICATION", 30);
    if (mutation_chance(u, 8)) {
        static const char *const magics[] = {"QFI\xfb", "KDMV", "cone", "vhdx"};
        memcpy(bytes, magics[mutation_below(u, 4)], 4);
    }
    return mutation_bytes(u, bytes, n, IMAGE_ROOM, hot, sizeof hot / sizeof *hot);
}

static void command(struct machine *m, uint64_t sector, uint8_t opcode)
{
    outb(m, 0x1F6, (uint8_t)(0xE0 | (sector >> 24 & 15)));
    outb(m, 0x1F2, 1);
    outb(m, 0x1F3, (uint8_t)sector), outb(m, 0x1F4, (uint8_t)(sector >> 8));
    outb(m, 0x1F5, (uint8_t)(sector >> 16));
    outb(m, 0x1F7, opcode);
    for (unsigned i = 0; i < SECTOR / 2; i++) {
        if (opcode == 0x30)
            machine_port_write(m, 0x1F0, 2, i);
        else
            machine_port_read(m, 0x1F0, 2);
    }
}

static void use_disk(struct machine *m, uint64_t sectors)
{
    const uint64_t places[] = {0, sectors - 1, sectors, sectors / 2, 1};
    command(m, 0, 0xEC);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        command(m, places[i], 0x20);
        command(m, places[i], 0x30);
    }
    outb(m, 0x1F7, 0xE7);
}

static void use_cd(struct machine *m, uint32_t sectors)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t at = i == 0 ? 0 : sectors - 2 + i;
        const uint8_t packet[12] = {i == 3 ? 0x25 : 0x28,
                                    0,
                                    (uint8_t)(at >> 24),
                                    (uint8_t)(at >> 16),
                                    (uint8_t)(at >> 8),
                                    (uint8_t)at,
                                    0,
                                    0,
                                    1};
        outb(m, 0x1F6, 0xA0);
        outb(m, 0x1F4, 0), outb(m, 0x1F5, 8);
        outb(m, 0x1F7, 0xA0);
        for (unsigned k = 0; k < 12; k += 2)
            machine_port_write(m, 0x1F0, 2, packet[k] | (uint32_t)packet[k + 1] << 8);
        for (unsigned k = 0; k < 1024; k++)
            machine_port_read(m, 0x1F0, 2);
    }
}

// Motor on, recalibrate, read sector 1 without DMA.
static void use_floppy(struct machine *m)
{
    static const uint8_t bytes[] = {0x03, 0xDF, 0x03, 0x07, 0,  0x08, 0xE6, 0,
                                    0,    0,    1,    2,    18, 27,   255};
    outb(m, 0x3F2, 0x1C);
    pass_ns(m, 1000000);
    for (unsigned i = 0; i < sizeof bytes; i++)
        outb(m, 0x3F5, bytes[i]);
    for (unsigned i = 0; i < 600; i++)
        inb(m, 0x3F5);
}

static bool use_image(struct mutation *u, const char *image, enum drive_kind kind)
{
    unsigned drive = kind == DRIVE_FLOPPY ? MACHINE_FLOPPY : 0;
    struct machine_config config = {.ram_bytes = 1 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    config.drives[drive] = (struct drive_config){.kind = kind,
                                                 .image = image,
                                                 .read_only = mutation_chance(u, 4),
                                                 .snapshot = mutation_chance(u, 4),
                                                 .format_known = mutation_chance(u, 4)};
    u->why[0] = 0;
    struct machine *m = machine_create(&config, u->why, sizeof u->why);
    if (!m)
        return false;
    m->cpu->eflags = FLAG_ONE;
    uint64_t sectors = m->drives[drive] ? m->drives[drive]->bytes / SECTOR : 0;
    for (unsigned round = 0; round < 2; round++) {
        if (kind == DRIVE_DISK)
            use_disk(m, sectors);
        else if (kind == DRIVE_CD)
            use_cd(m, (uint32_t)((sectors + 3) / 4));
        else
            use_floppy(m);
        if (image == image_name && truncate(image_name, mutation_below(u, 1024)))
            u->why[0] = 0; // what is there still counts
    }
    machine_destroy(m);
    return true;
}

static bool mutate_image(struct mutation *u, enum drive_kind kind)
{
    if (mutation_chance(u, 4)) {
        const char *odd = mutation_odd_file(u);
        snprintf(u->input, sizeof u->input, "%s", odd);
        return use_image(u, odd, kind);
    }
    uint8_t *bytes = malloc(IMAGE_ROOM);
    size_t n = bytes ? make_image(u, bytes) : 0;
    snprintf(u->input, sizeof u->input, "%s", image_name);
    bool taken = bytes && mutation_write(image_name, bytes, n) && use_image(u, image_name, kind);
    free(bytes);
    return taken;
}

bool mutate_disk(struct mutation *u)
{
    return mutate_image(u, DRIVE_DISK);
}

bool mutate_cd(struct mutation *u)
{
    return mutate_image(u, DRIVE_CD);
}

bool mutate_floppy(struct mutation *u)
{
    return mutate_image(u, DRIVE_FLOPPY);
}
