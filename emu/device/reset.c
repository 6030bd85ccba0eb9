// How software restarts a PC: port 92h (bit 0; bit 1 is the A20 gate) and CF9h (bit 2; PIIX3
// datasheet, RC register), which is in the middle of PCI's address register: pci.c passes it on.
#include <stdlib.h>

#include "emu/machine/machine_state.h"

struct reset {
    struct machine *m;
    uint8_t port92, cf9;
};

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)port, (void)size;
    const struct reset *d = opaque;
    return d->port92;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct reset *d = opaque;
    d->port92 = (uint8_t)(value & 2);
    machine_set_a20(d->m, d->port92);
    if (value & 1)
        machine_ask_reset(d->m);
}

uint8_t reset_read_cf9(const struct reset *d)
{
    return d->cf9;
}

void reset_write_cf9(struct reset *d, uint8_t value)
{
    bool asked = (value & 4) && !(d->cf9 & 4); // the rising bit does it
    d->cf9 = (uint8_t)(value & 6);
    if (asked)
        machine_ask_reset(d->m);
}

void reset_reset(struct reset *d)
{
    d->port92 = 2;
    d->cf9 = 0;
    machine_set_a20(d->m, true);
}

struct reset *reset_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct reset *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!machine_port_register(m, 0x92, 1, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void reset_destroy(struct reset *d)
{
    free(d);
}
