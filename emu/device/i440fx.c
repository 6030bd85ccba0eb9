// The host bridge, 82441FX (Intel datasheet 290549), function 0:0.0: identification, and the PAM
// registers that say what C0000-FFFFF is.
//
// PAM0 (59h): high nibble F0000-FFFFF. PAM1-6 (5Ah-5Fh): 16 KB a nibble from C0000. Bit 0 of a
// nibble: reads go to RAM; bit 1: writes do. A machine without firmware starts as firmware would
// leave it: all RAM.
#include <stdlib.h>

#include "emu/device/pci.h"

enum { PAM0 = 0x59, PAM_COUNT = 7, SMRAM = 0x72, SMRAM_RESET = 0x02 };

struct i440fx {
    struct machine *m;
    struct pci_function f;
};

static void shadow(struct machine *m, uint32_t phys, uint32_t bytes, unsigned nibble)
{
    mmu_shadow_set(m->cpu, phys, bytes, nibble & 1, nibble & 2);
}

static void apply(struct i440fx *d, unsigned reg)
{
    uint8_t value = d->f.config[reg];
    if (reg == PAM0) {
        shadow(d->m, 0xF0000, 0x10000, value >> 4);
        return;
    }
    uint32_t base = 0xC0000 + (reg - PAM0 - 1) * 0x8000;
    shadow(d->m, base, 0x4000, value & 15);
    shadow(d->m, base + 0x4000, 0x4000, value >> 4);
}

static void config_written(void *opaque, unsigned offset, unsigned size)
{
    struct i440fx *d = opaque;
    for (unsigned reg = offset; reg < offset + size; reg++)
        if (reg >= PAM0 && reg < PAM0 + PAM_COUNT)
            apply(d, reg);
}

void i440fx_reset(struct i440fx *d)
{
    d->f.config[PCI_COMMAND] = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER; // both always
    d->f.config[SMRAM] = SMRAM_RESET;
    for (unsigned reg = PAM0; reg < PAM0 + PAM_COUNT; reg++) {
        d->f.config[reg] = machine_has_firmware(d->m) ? 0 : reg == PAM0 ? 0x30 : 0x33;
        apply(d, reg);
    }
}

struct i440fx *i440fx_create(struct machine *m)
{
    struct i440fx *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    pci_identify(&d->f, 0x8086, 0x1237, 0x060000, 2);
    d->f.opaque = d;
    d->f.config_written = config_written;
    for (unsigned reg = 0x50; reg < 0x80; reg++) // timing, buffers, DRAM rows: kept, without effect
        d->f.writable[reg] = 0xff;
    d->f.writable[PAM0] = 0x30;
    for (unsigned reg = PAM0 + 1; reg < PAM0 + PAM_COUNT; reg++)
        d->f.writable[reg] = 0x33;
    d->f.writable[SMRAM] = 0; // there is no SMM
    if (!pci_register(m, PCI_DEVFN(0, 0), &d->f, 0)) {
        free(d);
        return NULL;
    }
    d->f.writable[PCI_COMMAND] = 0;
    return d;
}

void i440fx_destroy(struct i440fx *d)
{
    free(d);
}
