// Realtek RTL8029AS (datasheet of 1997): a DP8390 with an NE2000's memory, 32 ports on PCI, and a
// page 3 of its own registers.
//
//   00-0F registers, 10-17 data port (8, 16 or 32 bits), 18-1F reset port
#include <stdlib.h>
#include <string.h>

#include "emu/device/dp8390.h"
#include "emu/device/nic.h"

enum { PORTS = 32, PORT_DATA = 0x10, PORT_RESET = 0x18, VENDOR = 0x10ec, DEVICE_ID = 0x8029 };
enum { CLASS_ETHERNET = 0x020000 };
// Page 3.
enum page3 { P3_9346CR = 0x1, P3_CONFIG0 = 0x3, P3_CONFIG2 = 0x5, P3_CONFIG3 = 0x6 };
enum { P3_HLTCLK = 0x9, P3_ID0 = 0xe, P3_ID1 = 0xf };
enum { EEM_CONFIG = 0xc0 }; // of 9346CR: the configuration registers may be written
enum { CONFIG2_WRITABLE = 0xe0, CONFIG3_WRITABLE = 0x46 };

struct ne2k_pci {
    struct pci_function pci;
    struct netdev *netdev;
    struct dp8390 chip;
    uint8_t cr9346, config2, config3;
};

static uint8_t read_page3(const struct ne2k_pci *d, unsigned reg)
{
    switch (reg) {
    case P3_9346CR: return d->cr9346;
    case P3_CONFIG0: return 0;
    case P3_CONFIG2: return d->config2;
    case P3_CONFIG3: return d->config3;
    case P3_ID0: return DEVICE_ID & 0xff;
    case P3_ID1: return DEVICE_ID >> 8;
    default: return 0xff;
    }
}

static void write_page3(struct ne2k_pci *d, unsigned reg, uint8_t value)
{
    bool may_configure = (d->cr9346 & EEM_CONFIG) == EEM_CONFIG;
    if (reg == P3_9346CR)
        d->cr9346 = value & 0xce; // EEM and the EEPROM's pins; no EEPROM answers
    else if (reg == P3_CONFIG2 && may_configure)
        d->config2 = value & CONFIG2_WRITABLE;
    else if (reg == P3_CONFIG3 && may_configure)
        d->config3 = value & CONFIG3_WRITABLE;
}

static uint8_t read_register(struct ne2k_pci *d, unsigned reg)
{
    return reg && dp8390_page(&d->chip) == 3 ? read_page3(d, reg) : dp8390_read(&d->chip, reg);
}

static void write_register(struct ne2k_pci *d, unsigned reg, uint8_t value)
{
    if (reg && dp8390_page(&d->chip) == 3)
        write_page3(d, reg, value);
    else
        dp8390_write(&d->chip, reg, value);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct ne2k_pci *d = opaque;
    unsigned offset = port & (PORTS - 1);
    uint32_t value = 0;
    if (offset >= PORT_RESET) {
        dp8390_reset(&d->chip);
        return 0;
    }
    if (offset >= PORT_DATA)
        return dp8390_read_data(&d->chip, size);
    for (unsigned i = 0; i < size && offset + i < PORT_DATA; i++)
        value |= (uint32_t)read_register(d, offset + i) << (8 * i);
    return value;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct ne2k_pci *d = opaque;
    unsigned offset = port & (PORTS - 1);
    if (offset >= PORT_RESET)
        return; // the reset is a read's
    if (offset >= PORT_DATA) {
        dp8390_write_data(&d->chip, size, value);
        return;
    }
    for (unsigned i = 0; i < size && offset + i < PORT_DATA; i++)
        write_register(d, offset + i, (uint8_t)(value >> (8 * i)));
}

// --- the cable ---

static void transmit(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct ne2k_pci *d = opaque;
    if (d->netdev)
        netdev_send(d->netdev, frame, bytes);
}

static void set_irq(void *opaque, bool level)
{
    struct ne2k_pci *d = opaque;
    pci_set_irq(&d->pci, level);
}

static void has_room(void *opaque)
{
    struct ne2k_pci *d = opaque;
    if (d->netdev)
        netdev_pump(d->netdev);
}

static bool can_receive(void *opaque, size_t bytes)
{
    struct ne2k_pci *d = opaque;
    return dp8390_can_receive(&d->chip, bytes);
}

static void receive(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct ne2k_pci *d = opaque;
    dp8390_receive(&d->chip, frame, bytes);
}

// --- the card ---

void ne2k_pci_reset(struct ne2k_pci *d)
{
    d->cr9346 = d->config2 = d->config3 = 0;
    dp8390_reset(&d->chip);
}

struct ne2k_pci *ne2k_pci_create(const struct nic_setup *s)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    static const struct net_card card = {.can_receive = can_receive, .receive = receive};
    struct ne2k_pci *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->chip.transmit = transmit;
    d->chip.set_irq = set_irq;
    d->chip.has_room = has_room;
    d->chip.opaque = d;
    dp8390_set_mac(&d->chip, s->mac);
    d->pci = (struct pci_function){.name = "ne2k_pci", .opaque = d, .rom = s->rom};
    pci_identify(&d->pci, VENDOR, DEVICE_ID, CLASS_ETHERNET, 0);
    pci_put16(&d->pci, PCI_SUBSYSTEM_VENDOR, VENDOR);
    pci_put16(&d->pci, PCI_SUBSYSTEM, DEVICE_ID);
    pci_put16(&d->pci, PCI_STATUS, 0x0200); // medium DEVSEL timing
    d->pci.bar[0] = (struct pci_bar){.bytes = PORTS, .ports = &ops};
    if (!nic_register(s, &d->pci, &card, d)) {
        free(d);
        return NULL;
    }
    d->netdev = s->netdev;
    return d;
}

void ne2k_pci_destroy(struct ne2k_pci *d)
{
    free(d);
}
