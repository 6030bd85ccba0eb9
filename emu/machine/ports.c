// The I/O port space: 65,536 ports, each owned by at most one range.
//
// A wide access to an 8-bit device, or one that is not wholly inside one range, is split into
// bytes, as the bus does.
#include "emu/machine/machine_state.h"

bool machine_port_register(struct machine *m, uint16_t first, uint16_t count,
                           const struct port_ops *ops, void *opaque)
{
    if (count == 0 || (uint32_t)first + count > PORT_COUNT)
        return false;
    unsigned slot = 0; // one that was given back, or the next
    while (slot < m->nranges && m->ranges[slot].ops)
        slot++;
    if (slot == PORT_RANGES_MAX)
        return false;
    for (uint32_t p = first; p < (uint32_t)first + count; p++)
        if (m->port_owner[p])
            return false;
    if (slot == m->nranges)
        m->nranges++;
    m->ranges[slot] = (struct port_range){
        .ops = ops, .opaque = opaque, .first = first, .last = (uint16_t)(first + count - 1)};
    for (uint32_t p = first; p < (uint32_t)first + count; p++)
        m->port_owner[p] = (uint8_t)(slot + 1);
    return true;
}

void machine_port_unregister(struct machine *m, uint16_t first, const void *opaque)
{
    for (unsigned i = 0; i < m->nranges; i++) {
        struct port_range *r = &m->ranges[i];
        if (!r->ops || r->first != first || r->opaque != opaque)
            continue;
        for (uint32_t p = r->first; p <= r->last; p++)
            m->port_owner[p] = 0;
        r->ops = NULL;
        return;
    }
}

static uint32_t all_ones(unsigned size)
{
    return size >= 4 ? 0xffffffffu : (1u << (8 * size)) - 1;
}

// The range that takes this access whole; NULL if it must be split or nobody owns it.
static const struct port_range *find_range(const struct machine *m, uint16_t port, unsigned size)
{
    unsigned owner = m->port_owner[port];
    if (!owner)
        return NULL;
    const struct port_range *r = &m->ranges[owner - 1];
    if (size > 1 && r->ops->bytes)
        return NULL;
    return (uint32_t)port + size - 1 <= r->last ? r : NULL;
}

static bool is_split(const struct machine *m, uint16_t port, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        if (m->port_owner[(uint16_t)(port + i)])
            return true;
    return false;
}

static uint32_t read_ports(struct machine *m, uint16_t port, unsigned size)
{
    const struct port_range *r = find_range(m, port, size);
    if (r)
        return r->ops->read ? r->ops->read(r->opaque, port, size) & all_ones(size) : all_ones(size);
    if (size > 1 && is_split(m, port, size)) {
        uint32_t value = 0;
        for (unsigned i = 0; i < size; i++)
            value |= read_ports(m, (uint16_t)(port + i), 1) << (8 * i);
        return value;
    }
    m->unassigned_reads++;
    if (m->config.dump & DUMP_ports)
        fprintf(stderr, "port %04x: read of %u bytes, unassigned\n", port, size);
    return all_ones(size);
}

static void write_ports(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
    const struct port_range *r = find_range(m, port, size);
    if (r) {
        if (r->ops->write)
            r->ops->write(r->opaque, port, size, value & all_ones(size));
        return;
    }
    if (size > 1 && is_split(m, port, size)) {
        for (unsigned i = 0; i < size; i++)
            write_ports(m, (uint16_t)(port + i), 1, value >> (8 * i) & 0xff);
        return;
    }
    m->unassigned_writes++;
    if (m->config.dump & DUMP_ports)
        fprintf(stderr, "port %04x: write of %u bytes, %x, unassigned\n", port, size, value);
}

uint32_t machine_port_read(struct machine *m, uint16_t port, unsigned size)
{
    enum stage from = profile_switch(&m->profile, STAGE_device);
    uint32_t value = read_ports(m, port, size);
    profile_count(&m->profile, STAGE_device, 1, size);
    profile_return(&m->profile, from);
    return value;
}

void machine_port_write(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
    enum stage from = profile_switch(&m->profile, STAGE_device);
    write_ports(m, port, size, value);
    profile_count(&m->profile, STAGE_device, 1, size);
    profile_return(&m->profile, from);
}
