// The ISA bridge, 82371SB (Intel datasheet 290550), function 0:1.0: where PCI interrupts go. IDE
// and power management are functions 1 and 3 of the same chip, in files of their own.
//
// PIRQRC[A:D] (60h-63h): bit 7 set: not routed; bits 3-0: the IRQ, of which 0-2, 8 and 13 are
// reserved and route nowhere.
#include <stdlib.h>

#include "emu/device/pci.h"

enum {
    PIRQRC = 0x60,
    PIRQ_OFF = 0x80,
    IRQS_RESERVED = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 8 | 1 << 13
};

struct piix3 {
    struct machine *m;
    struct pci_function f;
};

static void config_written(void *opaque, unsigned offset, unsigned size)
{
    struct piix3 *d = opaque;
    for (unsigned reg = offset; reg < offset + size; reg++) {
        if (reg < PIRQRC || reg > PIRQRC + 3)
            continue;
        uint8_t value = d->f.config[reg];
        bool off = (value & PIRQ_OFF) || (IRQS_RESERVED >> (value & 15) & 1);
        pci_route(d->m, reg - PIRQRC, off ? -1 : value & 15);
    }
}

void piix3_reset(struct piix3 *d)
{
    // I/O, memory, master: always; timing of ISA, BIOS chip select, DMA as the datasheet has them
    pci_put16(&d->f, PCI_COMMAND, 7);
    pci_put16(&d->f, PCI_STATUS, 0x0200);
    d->f.config[0x4c] = 0x4d;
    d->f.config[0x4e] = 0x03;
    for (unsigned i = 0; i < 4; i++)
        d->f.config[PIRQRC + i] = PIRQ_OFF; // the bus has taken the routes away
    d->f.config[0x69] = 0x02;
    d->f.config[0x70] = 0x80;
    d->f.config[0x76] = d->f.config[0x77] = 0x0c;
    d->f.config[0xa0] = 0x08;
}

struct piix3 *piix3_create(struct machine *m)
{
    struct piix3 *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    pci_identify(&d->f, 0x8086, 0x7000, 0x060100, 0);
    d->f.config[PCI_HEADER_TYPE] = 0x80; // several functions
    d->f.opaque = d;
    d->f.config_written = config_written;
    static const uint8_t kept[] = {0x4c, 0x4e, 0x4f, 0x69, 0x70, 0x76, 0x77, 0x78, 0x82, 0xa0};
    for (unsigned i = 0; i < sizeof kept; i++)
        d->f.writable[kept[i]] = 0xff;
    for (unsigned i = 0; i < 4; i++)
        d->f.writable[PIRQRC + i] = 0x8f;
    if (!pci_register(m, PCI_DEVFN(1, 0), &d->f, 0)) {
        free(d);
        return NULL;
    }
    d->f.writable[PCI_COMMAND] = d->f.writable[PCI_COMMAND + 1] = 0;
    return d;
}

void piix3_destroy(struct piix3 *d)
{
    free(d);
}
