// The PCI bus: configuration mechanism 1, functions with their BARs, interrupt pins. The contract
// is in pci.h.
//
// A BAR is mapped while its space is enabled in the command register and its address is neither 0
// nor the end of the space (what sizing leaves); what is in the way keeps it unmapped until the
// next write.
#include "emu/device/pci.h"

#include <stdlib.h>
#include <string.h>

enum {
    PORT_ADDRESS = 0xCF8,
    PORT_RESET = 0xCF9, // within the address register, for bytes
    PORT_DATA = 0xCFC,
    FUNCTIONS = 256,
    FIRST_CARD = 3,
    PIRQS = 4,
    COMMAND_WRITABLE = 0x0547, // I/O, memory, master, parity, SERR, interrupt disable
    COMMAND_INTX_OFF = 0x400,
    STATUS_INTX = 8,
    STATUS_CLEARS = 0xF9, // of the high byte
    BAR_IO = 1,
    BAR_PREFETCH = 8,
    ROM_ON = 1,
};

struct pci {
    struct machine *m;
    uint32_t address;
    struct pci_function *function[FUNCTIONS];
    int route[PIRQS];        // IRQ or -1
    unsigned pulling[PIRQS]; // functions that hold the line
};

// --- interrupts ---

static void drive(struct pci *p, unsigned pirq)
{
    if (p->route[pirq] >= 0)
        machine_set_irq_from(p->m, (enum irq_source)(IRQ_PIRQ_A + (int)pirq),
                             (unsigned)p->route[pirq], p->pulling[pirq] != 0);
}

void pci_route(struct machine *m, unsigned pirq, int irq)
{
    struct pci *p = m->pci;
    pirq &= PIRQS - 1;
    if (p->route[pirq] == irq)
        return;
    if (p->route[pirq] >= 0)
        machine_set_irq_from(m, (enum irq_source)(IRQ_PIRQ_A + (int)pirq), (unsigned)p->route[pirq],
                             false);
    p->route[pirq] = irq;
    drive(p, pirq);
}

static bool pulls(const struct pci_function *f)
{
    return f->irq_level && !(f->config[PCI_COMMAND + 1] & COMMAND_INTX_OFF >> 8);
}

static void count_pulls(struct pci *p)
{
    unsigned before[PIRQS];
    memcpy(before, p->pulling, sizeof before);
    memset(p->pulling, 0, sizeof p->pulling);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        const struct pci_function *f = p->function[i];
        // Each slot turns the four pins one further, as boards of this chip set are wired.
        if (f && f->config[PCI_INTERRUPT_PIN] && pulls(f))
            p->pulling[(f->config[PCI_INTERRUPT_PIN] - 1u + (i >> 3) - 1u) & (PIRQS - 1)]++;
    }
    for (unsigned i = 0; i < PIRQS; i++)
        if (!p->pulling[i] != !before[i])
            drive(p, i);
}

void pci_set_irq(struct pci_function *f, bool level)
{
    if (f->irq_level == level)
        return;
    f->irq_level = level;
    f->config[PCI_STATUS] = (uint8_t)(level ? f->config[PCI_STATUS] | STATUS_INTX
                                            : f->config[PCI_STATUS] & ~STATUS_INTX);
    count_pulls(f->m->pci);
}

bool pci_may_master(const struct pci_function *f)
{
    return f->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

// --- BARs ---

// Where the BAR would be now; 0: nowhere.
static uint32_t wanted_address(const struct pci_function *f, const struct pci_bar *b,
                               unsigned offset)
{
    uint32_t value = pci_get32(f, offset), at = value & ~(b->bytes - 1);
    uint8_t command = f->config[PCI_COMMAND];
    if (b->ports)
        return (command & PCI_COMMAND_IO) && at < PORT_COUNT - b->bytes ? at : 0;
    if (b == &f->rom && !(value & ROM_ON))
        return 0;
    return (command & PCI_COMMAND_MEMORY) && at != ~(b->bytes - 1) ? at : 0;
}

static void unmap(struct pci_function *f, struct pci_bar *b)
{
    if (!b->mapped)
        return;
    if (b->ports)
        machine_port_unregister(f->m, (uint16_t)b->address, f->opaque);
    else if (b->mmio)
        machine_mmio_unregister(f->m, b->address, f->opaque);
    else
        machine_region_unmap(f->m, b->region, b->address);
    b->mapped = false;
}

static void map(struct pci_function *f, struct pci_bar *b, uint32_t at)
{
    if (b->mapped || at == 0)
        return;
    b->address = at;
    if (b->ports)
        b->mapped =
            machine_port_register(f->m, (uint16_t)at, (uint16_t)b->bytes, b->ports, f->opaque);
    else if (b->mmio)
        b->mapped = machine_mmio_register(f->m, at, b->bytes, b->mmio, f->opaque);
    else
        b->mapped = machine_region_map(f->m, b->region, at, 0, b->bytes, !b->read_only);
}

static unsigned bar_offset(const struct pci_function *f, const struct pci_bar *b)
{
    return b == &f->rom ? PCI_ROM : PCI_BAR0 + 4 * (unsigned)(b - f->bar);
}

static struct pci_bar *bar_at(struct pci_function *f, unsigned i)
{
    return i < PCI_BARS ? &f->bar[i] : &f->rom;
}

static void move_bars(struct pci_function *f)
{
    uint32_t wanted[PCI_BARS + 1];
    for (unsigned i = 0; i <= PCI_BARS; i++) {
        struct pci_bar *b = bar_at(f, i);
        wanted[i] = b->bytes ? wanted_address(f, b, bar_offset(f, b)) : 0;
        if (b->mapped && wanted[i] != b->address)
            unmap(f, b);
    }
    for (unsigned i = 0; i <= PCI_BARS; i++)
        map(f, bar_at(f, i), wanted[i]);
}

static void prepare_bar(struct pci_function *f, struct pci_bar *b)
{
    if (!b->bytes)
        return;
    unsigned offset = bar_offset(f, b);
    uint32_t mask = ~(b->bytes - 1);
    pci_put32(f, offset, b->ports ? BAR_IO : b->prefetchable ? BAR_PREFETCH : 0);
    if (b == &f->rom)
        mask |= ROM_ON;
    for (unsigned i = 0; i < 4; i++)
        f->writable[offset + i] = (uint8_t)(mask >> (8 * i));
}

// --- configuration space ---

static struct pci_function *selected(const struct pci *p, uint16_t port, unsigned *offset)
{
    *offset = (p->address & 0xfc) | (port & 3);
    // Enabled, bus 0 (bits 23-16); bits 15-8 are device and function.
    if (!(p->address & 0x80000000u) || (p->address & 0x00ff0000u))
        return NULL;
    return p->function[p->address >> 8 & 0xff];
}

static void write_config(struct pci *p, struct pci_function *f, unsigned offset, unsigned size,
                         uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t v = (uint8_t)(value >> (8 * i)), *to = &f->config[offset + i];
        uint8_t w = f->writable[offset + i];
        *to = (uint8_t)((*to & ~w) | (v & w));
        *to &= (uint8_t) ~(v & f->clears[offset + i]);
    }
    if (offset < PCI_CAPABILITIES) {
        move_bars(f);
        count_pulls(p);
    }
    if (f->config_written)
        f->config_written(f->opaque, offset, size);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct pci *p = opaque;
    unsigned offset;
    if (port == PORT_RESET && size == 1)
        return reset_read_cf9(p->m->reset);
    if (port < PORT_DATA)
        return port == PORT_ADDRESS && size == 4 ? p->address : 0xffffffffu;
    const struct pci_function *f = selected(p, port, &offset);
    if (!f)
        return 0xffffffffu; // master abort
    if (f->config_read)
        f->config_read(f->opaque, offset, size);
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)f->config[offset + i] << (8 * i);
    return value;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct pci *p = opaque;
    unsigned offset;
    if (port == PORT_RESET && size == 1) {
        reset_write_cf9(p->m->reset, (uint8_t)value);
        return;
    }
    if (port < PORT_DATA) {
        if (port == PORT_ADDRESS && size == 4)
            p->address = value & 0x80fffffcu;
        return;
    }
    struct pci_function *f = selected(p, port, &offset);
    if (f)
        write_config(p, f, offset, size, value);
}

// --- registering ---

void pci_identify(struct pci_function *f, uint16_t vendor, uint16_t device, uint32_t class,
                  uint8_t revision)
{
    pci_put16(f, PCI_VENDOR, vendor);
    pci_put16(f, PCI_DEVICE, device);
    f->config[PCI_REVISION] = revision;
    f->config[PCI_CLASS] = (uint8_t) class;
    pci_put16(f, PCI_CLASS + 1, (uint16_t)(class >> 8));
}

// iPXE's ROMs are of a driver for many cards: one names no card, virtio's the modern number of a
// card that may have its other one. The BIOS takes a ROM only if it names the card that it is in
// (PCI Firmware Specification 3.0, 5.1.2). So the card's name is put in, and the byte that iPXE
// keeps for it leaves the sum as it was. A ROM of another maker's card stays as it is.
static void name_rom(const struct pci_function *f)
{
    enum { POINTER = 0x18, SUM = 6, NAME = 4, PLACE_BYTES = 0x18 };
    if (!f->rom.bytes || !f->rom.region)
        return;
    uint8_t *rom = mmu_region_bytes(f->rom.region);
    unsigned at = (unsigned)rom[POINTER] | (unsigned)rom[POINTER + 1] << 8;
    if (at + PLACE_BYTES > f->rom.bytes || memcmp(&rom[at], "PCIR", 4) != 0)
        return;
    uint8_t *name = &rom[at + NAME]; // vendor and device, as they stand in configuration space
    if (memcmp(name, "\0\0\0\0", 4) != 0 && memcmp(name, &f->config[PCI_VENDOR], 2) != 0)
        return;
    for (unsigned i = 0; i < 4; i++) {
        rom[SUM] = (uint8_t)(rom[SUM] + name[i] - f->config[PCI_VENDOR + i]);
        name[i] = f->config[PCI_VENDOR + i];
    }
}

bool pci_register(struct machine *m, unsigned devfn, struct pci_function *f, unsigned pin)
{
    struct pci *p = m->pci;
    if (devfn >= FUNCTIONS || p->function[devfn] || pin > PIRQS)
        return false;
    f->m = m;
    f->devfn = (uint8_t)devfn;
    f->config[PCI_INTERRUPT_PIN] = (uint8_t)pin;
    f->writable[PCI_COMMAND] = COMMAND_WRITABLE & 0xff;
    f->writable[PCI_COMMAND + 1] = COMMAND_WRITABLE >> 8;
    f->clears[PCI_STATUS + 1] = STATUS_CLEARS;
    f->writable[PCI_INTERRUPT_LINE] = 0xff;
    f->writable[0x0c] = f->writable[0x0d] = 0xff; // cache line size, latency timer
    for (unsigned i = 0; i <= PCI_BARS; i++)
        prepare_bar(f, bar_at(f, i));
    name_rom(f);
    p->function[devfn] = f;
    return true;
}

bool pci_register_anywhere(struct machine *m, struct pci_function *f, unsigned pin)
{
    for (unsigned devfn = PCI_DEVFN(FIRST_CARD, 0); devfn < FUNCTIONS; devfn += PCI_DEVFN(1, 0))
        if (!m->pci->function[devfn])
            return pci_register(m, devfn, f, pin);
    return false;
}

void pci_reset(struct pci *p)
{
    p->address = 0;
    for (unsigned i = 0; i < PIRQS; i++)
        pci_route(p->m, i, -1);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct pci_function *f = p->function[i];
        if (!f)
            continue;
        pci_put16(f, PCI_COMMAND, 0);
        f->config[PCI_INTERRUPT_LINE] = 0;
        f->config[PCI_STATUS] &= (uint8_t)~STATUS_INTX;
        f->irq_level = false;
        for (unsigned j = 0; j <= PCI_BARS; j++)
            prepare_bar(f, bar_at(f, j));
        move_bars(f);
    }
    count_pulls(p);
}

struct pci *pci_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    struct pci *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->m = m;
    for (unsigned i = 0; i < PIRQS; i++)
        p->route[i] = -1;
    if (!machine_port_register(m, PORT_ADDRESS, 8, &ops, p)) {
        free(p);
        return NULL;
    }
    return p;
}

void pci_destroy(struct pci *p)
{
    free(p);
}
