// A driver for virtio devices, for tests: finds the function, negotiates, lays rings into the
// guest's memory and fills them with good descriptors, or with whatever the test wants.
#ifndef TM_EMU_TESTS_VIRTIO_DRIVER_H
#define TM_EMU_TESTS_VIRTIO_DRIVER_H

#include <string.h>

#include "emu/device/virtio_state.h"
#include "emu/mmu/mmu_state.h"
#include "emu/tests/bench_engine.h"

enum { DRIVER_IO = 0xC000, DRIVER_MMIO = 0xE0000000, DRIVER_RINGS = 0x40000 };
enum { COMMON_AT = 0, ISR_AT = 0x1000, CONFIG_AT = 0x2000, NOTIFY_AT = 0x3000 };
enum { D_NEXT = 1, D_WRITE = 2, D_INDIRECT = 4 };

struct driver {
    struct machine *m;
    unsigned devfn;
    bool modern;
    uint16_t size, index, seen; // of queue 0: descriptors, available index, used entries looked at
    uint32_t desc, avail, used;
};

static inline uint32_t config_read(struct machine *m, unsigned devfn, unsigned offset,
                                   unsigned size)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
    return machine_port_read(m, (uint16_t)(0xCFC + (offset & 3)), size);
}

static inline void config_write(struct machine *m, unsigned devfn, unsigned offset, unsigned size,
                                uint32_t value)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
    machine_port_write(m, (uint16_t)(0xCFC + (offset & 3)), size, value);
}

static inline uint32_t load(struct machine *m, uint32_t at, unsigned size)
{
    return (uint32_t)mmu_load(m->cpu, at, size);
}

static inline void store(struct machine *m, uint32_t at, unsigned size, uint64_t value)
{
    mmu_store(m->cpu, at, size == 8 ? 4 : size, (uint32_t)value);
    if (size == 8)
        mmu_store(m->cpu, at + 4, 4, value >> 32);
}

static inline uint32_t get_modern(struct driver *d, uint32_t offset, unsigned size)
{
    return load(d->m, DRIVER_MMIO + offset, size);
}

static inline void put_modern(struct driver *d, uint32_t offset, unsigned size, uint64_t value)
{
    store(d->m, DRIVER_MMIO + offset, size, value);
}

static inline uint32_t get_legacy(struct driver *d, unsigned offset, unsigned size)
{
    return machine_port_read(d->m, (uint16_t)(DRIVER_IO + offset), size);
}

static inline void put_legacy(struct driver *d, unsigned offset, unsigned size, uint32_t value)
{
    machine_port_write(d->m, (uint16_t)(DRIVER_IO + offset), size, value);
}

static inline uint8_t driver_status(struct driver *d)
{
    return (uint8_t)(d->modern ? get_modern(d, 20, 1) : get_legacy(d, 18, 1));
}

static inline void driver_set_status(struct driver *d, uint8_t status)
{
    if (d->modern)
        put_modern(d, 20, 1, status);
    else
        put_legacy(d, 18, 1, status);
}

static inline uint8_t driver_isr(struct driver *d)
{
    return (uint8_t)(d->modern ? get_modern(d, ISR_AT, 1) : get_legacy(d, 19, 1));
}

static inline uint32_t driver_config(struct driver *d, unsigned offset, unsigned size)
{
    return d->modern ? get_modern(d, CONFIG_AT + offset, size) : get_legacy(d, 20 + offset, size);
}

static inline void driver_set_config(struct driver *d, unsigned offset, unsigned size,
                                     uint32_t value)
{
    if (d->modern)
        put_modern(d, CONFIG_AT + offset, size, value);
    else
        put_legacy(d, 20 + offset, size, value);
}

static inline uint64_t driver_offered(struct driver *d)
{
    if (!d->modern)
        return get_legacy(d, 0, 4);
    put_modern(d, 0, 4, 1);
    uint64_t features = (uint64_t)get_modern(d, 4, 4) << 32;
    put_modern(d, 0, 4, 0);
    return features | get_modern(d, 4, 4);
}

// The function in that slot, with its BARs mapped; reset, acknowledged.
static inline struct driver driver_find(struct machine *m, unsigned slot, bool modern)
{
    struct driver d = {.m = m, .devfn = PCI_DEVFN(slot, 0), .modern = modern};
    config_write(m, d.devfn, PCI_BAR0, 4, DRIVER_IO);
    config_write(m, d.devfn, PCI_BAR0 + 16, 4, DRIVER_MMIO);
    config_write(m, d.devfn, PCI_COMMAND, 2,
                 PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    driver_set_status(&d, 0);
    driver_set_status(&d, STATUS_ACKNOWLEDGE);
    driver_set_status(&d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    return d;
}

// False: the device did not take the features.
static inline bool driver_accept(struct driver *d, uint64_t features)
{
    if (!d->modern) {
        put_legacy(d, 4, 4, (uint32_t)features);
        return true;
    }
    features |= VIRTIO_F_VERSION_1;
    for (unsigned i = 0; i < 2; i++) {
        put_modern(d, 8, 4, i);
        put_modern(d, 12, 4, (uint32_t)(features >> (32 * i)));
    }
    driver_set_status(d, 11);
    return driver_status(d) & STATUS_FEATURES_OK;
}

// Lay queue 0 out at DRIVER_RINGS, as the legacy interface does; `size` is for the modern one.
static inline void driver_make_queue(struct driver *d, uint16_t size)
{
    d->size = d->modern ? size : (uint16_t)get_legacy(d, 12, 2);
    d->desc = DRIVER_RINGS;
    d->avail = d->desc + 16u * d->size;
    d->used = (d->avail + 6 + 2u * d->size + 0xfff) & ~0xfffu;
    d->index = d->seen = 0;
    for (uint32_t at = d->desc; at < d->used + 6 + 8u * d->size; at += 4)
        store(d->m, at, 4, 0);
    if (!d->modern) {
        put_legacy(d, 14, 2, 0);
        put_legacy(d, 8, 4, d->desc >> 12);
        return;
    }
    put_modern(d, 22, 2, 0);
    put_modern(d, 24, 2, d->size);
    put_modern(d, 32, 8, d->desc);
    put_modern(d, 40, 8, d->avail);
    put_modern(d, 48, 8, d->used);
    put_modern(d, 28, 2, 1);
}

static inline void driver_start(struct driver *d)
{
    driver_set_status(d, (uint8_t)(driver_status(d) | STATUS_DRIVER_OK));
}

// A driver that is ready: all features that it is offered and knows, a queue of 64.
static inline struct driver driver_bring_up(struct machine *m, unsigned slot, bool modern,
                                            uint64_t features)
{
    struct driver d = driver_find(m, slot, modern);
    driver_accept(&d, features);
    driver_make_queue(&d, 64);
    driver_start(&d);
    return d;
}

static inline void put_descriptor_at(struct driver *d, uint32_t table, unsigned n, uint64_t address,
                                     uint32_t bytes, uint16_t flags, uint16_t next)
{
    uint32_t at = table + 16 * n;
    store(d->m, at, 8, address);
    store(d->m, at + 8, 4, bytes);
    store(d->m, at + 12, 2, flags);
    store(d->m, at + 14, 2, next);
}

static inline void put_descriptor(struct driver *d, unsigned n, uint64_t address, uint32_t bytes,
                                  uint16_t flags, uint16_t next)
{
    put_descriptor_at(d, d->desc, n, address, bytes, flags, next);
}

// Make a chain available; the device is told by driver_kick().
static inline void driver_offer(struct driver *d, uint16_t head)
{
    store(d->m, d->avail + 4 + 2u * (d->index % d->size), 2, head);
    store(d->m, d->avail + 2, 2, ++d->index);
}

static inline void driver_kick(struct driver *d)
{
    if (d->modern)
        put_modern(d, NOTIFY_AT, 2, 0);
    else
        put_legacy(d, 16, 2, 0);
}

static inline uint16_t driver_used_index(struct driver *d)
{
    return (uint16_t)load(d->m, d->used + 2, 2);
}

// The next used entry. False: there is none.
static inline bool driver_take_used(struct driver *d, uint32_t *head, uint32_t *written)
{
    if (driver_used_index(d) == d->seen)
        return false;
    uint32_t at = d->used + 4 + 8u * (d->seen++ % d->size);
    *head = load(d->m, at, 4);
    *written = load(d->m, at + 4, 4);
    return true;
}

static inline bool driver_sees_line(struct driver *d)
{
    return config_read(d->m, d->devfn, PCI_STATUS, 1) & 8;
}

#endif
