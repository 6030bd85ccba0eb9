// pci-testdev, vendor 1B36h device 0005h: what drivers' tests of port and memory writes use (QEMU's
// documentation, specs/pci-testdev). BAR 0 is registers on the memory bus, 4 KB; BAR 1 is 256
// ports. Both begin with the same header:
//
//   0   test    write: begin test N; read: which it is
//   1   width   of a write that the test counts: 1, or 0 where there is no such test on this BAR
//   4   offset  where in this BAR that write goes
//   8   data    what it writes
//   12  count   of such writes so far
//   16  name    in ASCII, with a NUL
//
// Tests 0 to 2 are those that QEMU names for its own ways to serve a write: without an eventfd,
// with one for any data, with one for the right data only. Here all three are served alike; the
// third counts its data only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/device/pci.h"

enum {
    TESTS = 3,
    MEMORY_BYTES = 4096,
    PORTS = 256,
    HEADER_BYTES = 64,
    DATA = 0xFA,
    AT_TEST = 0,
    AT_WIDTH = 1,
    AT_OFFSET = 4,
    AT_DATA = 8,
    AT_COUNT = 12,
    AT_NAME = 16,
};

struct half {
    bool is_ports;
    bool begun;
    uint8_t test;
    uint32_t count;
};

struct pci_testdev {
    struct pci_function f;
    struct half half[2]; // BAR 0, BAR 1
};

static bool exists(const struct half *h)
{
    return h->begun && h->test < TESTS;
}

// Tests count their writes in the upper half of the BAR, each at its own byte.
static uint32_t offset_of(const struct half *h)
{
    return (h->is_ports ? PORTS / 2u : MEMORY_BYTES / 2u) + h->test;
}

static void make_header(const struct half *h, uint8_t to[HEADER_BYTES])
{
    static const char *const names[TESTS] = {"no-eventfd", "wildcard-eventfd", "datamatch-eventfd"};
    memset(to, 0, HEADER_BYTES);
    to[AT_TEST] = h->test;
    if (!exists(h))
        return;
    const uint32_t words[] = {offset_of(h), DATA, h->count};
    to[AT_WIDTH] = 1;
    memcpy(to + AT_OFFSET, words, sizeof words);
    snprintf((char *)to + AT_NAME, HEADER_BYTES - AT_NAME, "%s-%s", h->is_ports ? "portio" : "mmio",
             names[h->test]);
}

static uint32_t read_half(const struct half *h, uint32_t at, unsigned size)
{
    uint8_t header[HEADER_BYTES];
    uint32_t value = 0;
    make_header(h, header);
    for (unsigned i = 0; i < size; i++)
        if (at + i < HEADER_BYTES)
            value |= (uint32_t)header[at + i] << 8 * i;
    return value;
}

static void write_half(struct half *h, uint32_t at, unsigned size, uint32_t value)
{
    if (at == AT_TEST) {
        h->begun = true;
        h->test = (uint8_t)value;
        h->count = 0;
    } else if (exists(h) && at == offset_of(h) && size == 1 &&
               (h->test != TESTS - 1 || (uint8_t)value == DATA)) {
        h->count++;
    }
}

static uint32_t read_memory(void *opaque, uint32_t offset, unsigned size)
{
    return read_half(&((struct pci_testdev *)opaque)->half[0], offset, size);
}

static void write_memory(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    write_half(&((struct pci_testdev *)opaque)->half[0], offset, size, value);
}

static uint32_t read_ports(void *opaque, uint16_t port, unsigned size)
{
    return read_half(&((struct pci_testdev *)opaque)->half[1], port & (PORTS - 1), size);
}

static void write_ports(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    write_half(&((struct pci_testdev *)opaque)->half[1], port & (PORTS - 1), size, value);
}

void pci_testdev_reset(struct pci_testdev *d)
{
    d->half[0] = (struct half){.is_ports = false};
    d->half[1] = (struct half){.is_ports = true};
}

struct pci_testdev *pci_testdev_create(struct machine *m)
{
    static const struct mmio_ops memory = {.read = read_memory, .write = write_memory};
    static const struct port_ops ports = {.read = read_ports, .write = write_ports};
    struct pci_testdev *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->f.name = "pci-testdev";
    d->f.opaque = d;
    d->f.bar[0] = (struct pci_bar){.bytes = MEMORY_BYTES, .mmio = &memory};
    d->f.bar[1] = (struct pci_bar){.bytes = PORTS, .ports = &ports};
    pci_identify(&d->f, 0x1B36, 0x0005, 0x00FF00, 0);
    if (m->config.pci_testdev && !pci_register_anywhere(m, &d->f, 0)) {
        free(d);
        return NULL;
    }
    return d;
}

void pci_testdev_destroy(struct pci_testdev *d)
{
    free(d);
}
