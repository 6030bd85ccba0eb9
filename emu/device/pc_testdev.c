// pc-testdev, what test suites for emulators poke at (QEMU's device of that name):
//
//   E0-E3  one register of 32 bits, read and written in any width; E8-EB is the same, byte by byte
//          (but for E9 where -debugcon is)
//   E4-E7  a write of a physical address has the host forget that page, which no guest can see
//   2000-2017  a write to 2000 + N sets interrupt line N: bit 0 of the value, any width
//   FF000000-FF00FFFF  64 KB of bytes behind registers, not memory
#include <stdlib.h>
#include <string.h>

#include "emu/device/apic.h"
#include "emu/machine/machine_state.h"

enum {
    PORT_DATA = 0xE0,
    PORT_FLUSH = 0xE4,
    PORT_BYTES = 0xE8,
    PORT_LINES = 0x2000,
    LINES = 24,
    IRQS = 16,
};
static const uint32_t memory_at = 0xFF000000u; // no int
enum { MEMORY_BYTES = 0x10000 };

struct pc_testdev {
    struct machine *m;
    uint32_t value;
    uint8_t bytes[MEMORY_BYTES];
};

static uint32_t mask_of(unsigned size)
{
    return size == 4 ? 0xffffffffu : (1u << 8 * size) - 1;
}

static uint32_t read_data(void *opaque, uint16_t port, unsigned size)
{
    struct pc_testdev *d = opaque;
    return d->value >> 8 * (port & 3) & mask_of(size);
}

static void write_data(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct pc_testdev *d = opaque;
    unsigned shift = 8 * (port & 3);
    uint32_t mask = mask_of(size) << shift;
    d->value = (d->value & ~mask) | (value << shift & mask);
}

static uint32_t read_nothing(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)port;
    return mask_of(size);
}

static void write_flush(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)opaque, (void)port, (void)size, (void)value;
}

static void write_line(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct pc_testdev *d = opaque;
    unsigned line = port - PORT_LINES;
    (void)size;
    if (line < IRQS)
        machine_set_irq(d->m, line, value != 0);
    else
        ioapic_set_pin(d->m->ioapic, line, value != 0);
}

static uint32_t read_memory(void *opaque, uint32_t offset, unsigned size)
{
    struct pc_testdev *d = opaque;
    uint32_t value = 0;
    memcpy(&value, d->bytes + offset, size);
    return value;
}

static void write_memory(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct pc_testdev *d = opaque;
    memcpy(d->bytes + offset, &value, size);
}

void pc_testdev_reset(struct pc_testdev *d)
{
    (void)d; // keeps what it has, as QEMU's does
}

struct pc_testdev *pc_testdev_create(struct machine *m)
{
    static const struct port_ops data = {.read = read_data, .write = write_data};
    static const struct port_ops bytes = {.read = read_data, .write = write_data, .bytes = true};
    static const struct port_ops flush = {.read = read_nothing, .write = write_flush};
    static const struct port_ops lines = {.read = read_nothing, .write = write_line};
    static const struct mmio_ops memory = {.read = read_memory, .write = write_memory};
    struct pc_testdev *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!m->config.pc_testdev)
        return d;
    machine_port_register(m, PORT_BYTES + 1, 1, &bytes, d); // if no console is there
    if (machine_port_register(m, PORT_DATA, 4, &data, d) &&
        machine_port_register(m, PORT_BYTES, 1, &bytes, d) &&
        machine_port_register(m, PORT_BYTES + 2, 2, &bytes, d) &&
        machine_port_register(m, PORT_FLUSH, 4, &flush, d) &&
        machine_port_register(m, PORT_LINES, LINES, &lines, d) &&
        machine_mmio_register(m, memory_at, MEMORY_BYTES, &memory, d))
        return d;
    free(d);
    return NULL;
}

void pc_testdev_destroy(struct pc_testdev *d)
{
    free(d);
}
