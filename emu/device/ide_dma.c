// The bus master of the IDE controller (82371SB datasheet, 2.7; Programming Interface for Bus
// Master IDE Controller, 1994): one engine per channel that moves what a drive offers to or from
// the pieces of memory that a table of descriptors names.
//
// A descriptor: 4 bytes address, 2 bytes length (0: 65,536), 2 bytes whose top bit ends the table.
// When the table ends before the transfer does, the drive waits with DRQ for ever, as real ones do,
// and the driver's timeout resets it; each descriptor moves at least two bytes, so a hostile table
// is walked in bounded time.
#include "emu/device/ide.h"

#include "emu/device/pci.h"

enum { BM_START = 0x01, BM_TO_MEMORY = 0x08 };
enum { IDETIM = 0x40, IDETIM_BYTES = 5 }; // timings, and those of the second drives
enum { BM_ACTIVE = 0x01, BM_ERROR = 0x02, BM_INTERRUPT = 0x04, BM_CAPABLE = 0x60 };

void ide_dma_reset(struct ide_channel *c)
{
    c->bm = (struct ide_bus_master){0};
}

void ide_dma_wait(struct ide_drive *d, void (*run)(struct ide_drive *))
{
    d->status = STATUS_DRDY | STATUS_DSC | STATUS_DRQ;
    d->error = 0;
    d->dma_run = run;
    if (d->channel->bm.status & BM_ACTIVE)
        run(d);
}

bool ide_dma_is_active(const struct ide_drive *d)
{
    return d->channel->bm.status & BM_ACTIVE;
}

// The next descriptor. False: there is none, or it cannot be read.
static bool take_descriptor(struct ide_channel *c)
{
    struct ide_bus_master *bm = &c->bm;
    uint32_t words[2];
    if (bm->last)
        return false;
    if (!machine_dma_read(ide_machine(c->ide), bm->at, words, sizeof words)) {
        bm->status |= BM_ERROR;
        return false;
    }
    // The table lies within 64 KB: the address counter is no wider.
    bm->at = (bm->at & 0xffff0000u) | ((bm->at + 8) & 0xffff);
    bm->address = words[0] & ~1u;
    bm->left = words[1] & 0xfffe ? words[1] & 0xfffe : 65536;
    bm->last = words[1] >> 31;
    return true;
}

bool ide_dma_move(struct ide_drive *d, uint8_t *bytes, uint32_t n, bool to_memory)
{
    struct ide_channel *c = d->channel;
    struct ide_bus_master *bm = &c->bm;
    struct machine *m = ide_machine(c->ide);
    if (to_memory != ((bm->command & BM_TO_MEMORY) != 0)) {
        bm->status |= BM_ERROR; // driven both ways at once
        return false;
    }
    while (n) {
        if (bm->left == 0 && !take_descriptor(c))
            break;
        uint32_t piece = n < bm->left ? n : bm->left;
        bool done = to_memory ? machine_dma_write(m, bm->address, bytes, piece)
                              : machine_dma_read(m, bm->address, bytes, piece);
        if (!done) { // master abort: nothing there
            bm->status |= BM_ERROR;
            bm->status &= (uint8_t)~BM_ACTIVE;
            return false;
        }
        bytes += piece;
        n -= piece;
        bm->address += piece;
        bm->left -= piece;
    }
    if (bm->left == 0 && bm->last)
        bm->status &= (uint8_t)~BM_ACTIVE;
    return n == 0;
}

static void start(struct ide_channel *c)
{
    struct ide_bus_master *bm = &c->bm;
    if (!pci_may_master(ide_function(c->ide)))
        return;
    bm->status |= BM_ACTIVE;
    bm->at = bm->table;
    bm->left = 0;
    bm->last = false;
    for (unsigned i = 0; i < 2; i++)
        if (c->drive[i].dma_run) {
            c->drive[i].dma_run(&c->drive[i]);
            return;
        }
}

uint32_t ide_dma_read(struct ide_channel *c, unsigned offset)
{
    switch (offset) {
    case 0: return c->bm.command;
    case 2: return c->bm.status;
    case 4:
    case 5:
    case 6:
    case 7: return c->bm.table >> (8 * (offset - 4)) & 0xff;
    default: return 0;
    }
}

void ide_dma_write(struct ide_channel *c, unsigned offset, uint8_t value)
{
    struct ide_bus_master *bm = &c->bm;
    switch (offset) {
    case 0: {
        bool was_started = bm->command & BM_START;
        bm->command = value & (BM_START | BM_TO_MEMORY);
        if (!(value & BM_START))
            bm->status &= (uint8_t)~BM_ACTIVE;
        else if (!was_started)
            start(c);
        break;
    }
    case 2: // a written 1 clears what was noted; the drivers keep their notes in bits 5 and 6
        bm->status = (uint8_t)((bm->status & ~(value & (BM_ERROR | BM_INTERRUPT)) & ~BM_CAPABLE) |
                               (value & BM_CAPABLE));
        break;
    case 4:
    case 5:
    case 6:
    case 7: { // aligned to 4 bytes; those of a wide write come one by one
        unsigned shift = 8 * (offset - 4);
        bm->table = ((bm->table & ~(0xffu << shift)) | (uint32_t)value << shift) & ~3u;
        break;
    }
    default: break;
    }
}

// --- the PCI function: 82371SB, function 1, in compatibility mode ---

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    return ide_dma_read(ide_channel(opaque, port >> 3 & 1), port & 7);
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    ide_dma_write(ide_channel(opaque, port >> 3 & 1), port & 7, (uint8_t)value);
}

bool ide_dma_register(struct ide *ide, struct pci_function *f)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    pci_identify(f, 0x8086, 0x7010, 0x010180, 0);
    f->opaque = ide;
    f->bar[4] = (struct pci_bar){.bytes = 16, .ports = &ops};
    for (unsigned i = IDETIM; i < IDETIM + IDETIM_BYTES; i++)
        f->writable[i] = 0xff; // kept, without effect
    return pci_register(ide_machine(ide), PCI_DEVFN(1, 1), f, 0);
}

// The datasheet has both channels off at reset and the BIOS turns them on; here they always decode
// their ports, for a guest that starts without a BIOS.
void ide_dma_reset_function(struct pci_function *f)
{
    for (unsigned i = IDETIM; i < IDETIM + IDETIM_BYTES; i++)
        f->config[i] = 0;
    f->config[IDETIM + 1] = f->config[IDETIM + 3] = 0x80;
    pci_put16(f, PCI_STATUS, 0x0280);
}
