// The coprocessor error of a PC (PIIX3 datasheet, coprocessor error function): with CR0.NE clear
// the CPU's FERR# raises IRQ 13; a write to port F0h takes the request back and has IGNNE#
// asserted, so that the handler's own x87 instructions run, until the error is cleared. Port F1h
// resets the x87.
#include <stdlib.h>

#include "emu/machine/machine_state.h"

struct coprocessor {
    struct machine *m;
};

static void set_ferr(void *opaque, bool level)
{
    struct coprocessor *d = opaque;
    machine_set_irq(d->m, 13, level);
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size, (void)value;
    struct coprocessor *d = opaque;
    fpu_acknowledge(d->m->cpu);
    if (port == 0xf1)
        fpu_init_x87(&d->m->cpu->fpu);
}

void coprocessor_reset(struct coprocessor *d)
{
    set_ferr(d, false);
}

struct coprocessor *coprocessor_create(struct machine *m)
{
    static const struct port_ops ops = {.write = write_port, .bytes = true};
    struct coprocessor *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!machine_port_register(m, 0xf0, 2, &ops, d)) {
        free(d);
        return NULL;
    }
    m->cpu->fpu.ferr = set_ferr;
    m->cpu->fpu.ferr_opaque = d;
    return d;
}

void coprocessor_destroy(struct coprocessor *d)
{
    d->m->cpu->fpu.ferr = NULL;
    free(d);
}
