// The PCI bus (PCI Local Bus Specification 2.2; configuration mechanism 1 at CF8h and CFCh).
//
// A device describes a function in a struct pci_function that it owns, and registers it. Reads of
// its configuration space are answered from config[]; writes change the bits of `writable` there
// and clear those of `clears`, then BARs move by themselves and config_written() is told. What is
// beyond that (a register whose reads have effects) has config_read().
//
// In create(): fill in, pci_register(). In reset(): put your own registers of config[] back;
// command, BARs and interrupt line are cleared by the bus, before the devices' resets.
#ifndef TM_EMU_DEVICE_PCI_H
#define TM_EMU_DEVICE_PCI_H

#include "emu/machine/machine_state.h"

enum { PCI_CONFIG_BYTES = 256, PCI_BARS = 6 };
#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))

// Offsets of the header that all functions have.
enum pci_offset {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, // programming interface, subclass, class
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_ROM = 0x30,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
};
enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4 };

// One base address register; bytes 0: there is none. bytes is a power of 2: at least 4 for ports,
// 16 for registers, 4096 for a region.
struct pci_bar {
    uint32_t bytes;
    // Exactly one of these three. Offsets and ports that the callbacks get: mmio counts from the
    // BAR's start, ports are absolute (machine.h), so take `port & (bytes - 1)`.
    const struct port_ops *ports;
    const struct mmio_ops *mmio;
    struct mmu_region *region; // memory that the guest reads and writes directly
    bool read_only;            // of a region: a ROM
    bool prefetchable;
    // For the bus.
    bool mapped;
    uint32_t address; // while mapped
};

struct pci_function {
    const char *name;
    uint8_t config[PCI_CONFIG_BYTES];
    uint8_t writable[PCI_CONFIG_BYTES]; // bits that a write changes; the bus fills in the header's
    uint8_t clears[PCI_CONFIG_BYTES];   // bits that a write of 1 clears
    struct pci_bar bar[PCI_BARS];
    struct pci_bar rom; // a region; enabled by bit 0 of its register
    // After a write to [offset, offset+size) has taken effect. May be NULL.
    void (*config_written)(void *opaque, unsigned offset, unsigned size);
    // Before [offset, offset+size) is read from config[], which it may change. May be NULL.
    void (*config_read)(void *opaque, unsigned offset, unsigned size);
    void *opaque;
    // For the bus.
    struct machine *m;
    uint8_t devfn;
    bool irq_level;
};

// Fill in identification: class is 24 bits (class, subclass, programming interface).
void pci_identify(struct pci_function *f, uint16_t vendor, uint16_t device, uint32_t class,
                  uint8_t revision);
// Put it on bus 0 at devfn. pin: 0 none, 1-4 INTA-INTD. False if the place is taken.
bool pci_register(struct machine *m, unsigned devfn, struct pci_function *f, unsigned pin);
// The same at the first slot from 3 on that is free (cards; lower ones are the board's).
bool pci_register_anywhere(struct machine *m, struct pci_function *f, unsigned pin);
// Its interrupt pin; level-triggered, shared, routed by the ISA bridge.
void pci_set_irq(struct pci_function *f, bool level);
// May it read and write memory by itself?
bool pci_may_master(const struct pci_function *f);

static inline void pci_put16(struct pci_function *f, unsigned offset, uint16_t value)
{
    f->config[offset] = (uint8_t)value;
    f->config[offset + 1] = (uint8_t)(value >> 8);
}
static inline void pci_put32(struct pci_function *f, unsigned offset, uint32_t value)
{
    pci_put16(f, offset, (uint16_t)value);
    pci_put16(f, offset + 2, (uint16_t)(value >> 16));
}
static inline uint32_t pci_get32(const struct pci_function *f, unsigned offset)
{
    return (uint32_t)f->config[offset] | (uint32_t)f->config[offset + 1] << 8 |
           (uint32_t)f->config[offset + 2] << 16 | (uint32_t)f->config[offset + 3] << 24;
}

// For the ISA bridge: where PIRQ line 0-3 goes (an IRQ, or -1 nowhere).
void pci_route(struct machine *m, unsigned pirq, int irq);

#endif
