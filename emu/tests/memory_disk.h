// A disk in memory, with errors on demand, and a machine with drives whose engine only lets time
// pass: for the tests of the drives' chips.
#ifndef TM_EMU_TESTS_MEMORY_DISK_H
#define TM_EMU_TESTS_MEMORY_DISK_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/block/block.h"
#include "emu/tests/bench_engine.h"

struct memory_disk {
    uint8_t *bytes;
    uint64_t size;
    // The access that touches this byte fails so; 0: none does.
    uint64_t bad_at;
    int read_error, write_error, flush_error;
    unsigned wait_us; // how long an access takes
    unsigned reads, writes, flushes, closes;
};

static inline bool memory_disk_is_bad(const struct memory_disk *k, uint64_t offset, size_t n)
{
    return k->bad_at >= offset && k->bad_at < offset + n;
}

static int memory_disk_read(void *self, uint64_t offset, void *to, size_t n)
{
    struct memory_disk *k = self;
    if (k->wait_us)
        usleep(k->wait_us);
    k->reads++;
    if (k->read_error && memory_disk_is_bad(k, offset, n))
        return k->read_error;
    memcpy(to, k->bytes + offset, n);
    return 0;
}

static int memory_disk_write(void *self, uint64_t offset, const void *from, size_t n)
{
    struct memory_disk *k = self;
    if (k->wait_us)
        usleep(k->wait_us);
    k->writes++;
    if (k->write_error && memory_disk_is_bad(k, offset, n))
        return k->write_error;
    memcpy(k->bytes + offset, from, n);
    return 0;
}

static int memory_disk_flush(void *self)
{
    struct memory_disk *k = self;
    if (k->wait_us)
        usleep(k->wait_us);
    k->flushes++;
    return k->flush_error;
}

static void memory_disk_close(void *self)
{
    struct memory_disk *k = self;
    k->closes++;
    free(k->bytes);
    k->bytes = NULL;
}

// Sector n (of 512 bytes) is filled with words that differ everywhere.
static inline uint32_t memory_disk_word(uint64_t at)
{
    return (uint32_t)(at * 2654435761u >> 7) ^ (uint32_t)at;
}

static inline struct block *memory_disk_open(struct memory_disk *k, uint64_t size, bool read_only)
{
    static const struct block_ops ops = {.read = memory_disk_read,
                                         .write = memory_disk_write,
                                         .flush = memory_disk_flush,
                                         .close = memory_disk_close};
    *k = (struct memory_disk){.bytes = malloc(size), .size = size};
    struct block *b = k->bytes ? block_create(&ops, k, "memory", size, read_only) : NULL;
    if (!b)
        exit(1);
    for (uint64_t at = 0; at < size / 4; at++) {
        uint32_t word = memory_disk_word(at);
        memcpy(k->bytes + 4 * at, &word, 4);
    }
    b->messages = BLOCK_MESSAGES_MAX; // its errors are meant
    return b;
}

static inline struct machine *drive_machine(const struct drive_config drives[MACHINE_DRIVES])
{
    char why[256];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    memcpy(config.drives, drives, sizeof config.drives);
    struct machine *m = machine_create(&config, why, sizeof why);
    if (!m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    m->cpu->eflags = FLAG_ONE;
    // Both interrupt controllers let everything through.
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1), outb(m, 0x21, 0);
    outb(m, 0xA0, 0x11), outb(m, 0xA1, 0x28), outb(m, 0xA1, 2), outb(m, 0xA1, 1), outb(m, 0xA1, 0);
    return m;
}

// Is that interrupt pending? If so it is acknowledged and ended.
static inline bool took_irq(struct machine *m, unsigned irq)
{
    if (!m->cpu->intr)
        return false;
    unsigned vector = machine_intr_acknowledge(m);
    if (irq >= 8)
        outb(m, 0xA0, 0x20);
    outb(m, 0x20, 0x20);
    return vector == 0x20 + irq;
}

#endif
