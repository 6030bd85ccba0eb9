// The printer port LPT1, ports 378h-37Ah, IRQ7: a standard parallel port with a printer that is
// always ready (IEEE 1284-2000, compatibility mode; IBM PC AT Technical Reference, "Parallel
// printer adapter").
//
// The printer takes the data lines at the end of the strobe, when it has been selected and INIT# is
// up, and acknowledges at once: a pulse on ACK#, whose end is the interrupt, where control bit 4
// lets it through. What it gets goes to the machine's stream.
#include <stdlib.h>

#include "emu/device/output.h"
#include "emu/machine/machine_state.h"

enum {
    PARALLEL_BASE = 0x378,
    PARALLEL_IRQ = 7,
    STATUS_ERROR = 1 << 3, // the pin is inverted: 1 is no error
    STATUS_SELECT = 1 << 4,
    STATUS_ACK = 1 << 6,  // inverted: 1 is no acknowledgement
    STATUS_BUSY = 1 << 7, // inverted: 1 is ready
    STATUS_ONES = 0x07,
    CONTROL_STROBE = 1 << 0,
    CONTROL_INIT = 1 << 2, // 0 resets the printer
    CONTROL_SELECT = 1 << 3,
    CONTROL_IRQ = 1 << 4,
    CONTROL_INPUT = 1 << 5, // the data lines are left to the other side
    CONTROL_ONES = 0xC0,
};

struct parallel {
    struct machine *m;
    uint8_t data, control;
    struct output out;
};

static uint8_t status(const struct parallel *p)
{
    uint8_t value = STATUS_ERROR | STATUS_ACK | STATUS_ONES;
    if (p->control & CONTROL_SELECT)
        value |= STATUS_SELECT;
    if (p->control & CONTROL_INIT)
        value |= STATUS_BUSY;
    return value;
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct parallel *p = opaque;
    (void)size;
    switch (port - PARALLEL_BASE) {
    case 0: return p->control & CONTROL_INPUT ? 0xff : p->data; // nobody drives them
    case 1: machine_set_irq(p->m, PARALLEL_IRQ, false); return status(p);
    default: return p->control | CONTROL_ONES;
    }
}

static void write_control(struct parallel *p, uint8_t value)
{
    uint8_t before = p->control;
    p->control = value & 0x3f;
    if (!(value & CONTROL_IRQ))
        machine_set_irq(p->m, PARALLEL_IRQ, false);
    bool strobed = (before & CONTROL_STROBE) && !(value & CONTROL_STROBE);
    if (!strobed || !(value & CONTROL_INIT) || !(value & CONTROL_SELECT))
        return;
    output_byte(&p->out, p->data);
    if (value & CONTROL_IRQ) { // an edge for each byte
        machine_set_irq(p->m, PARALLEL_IRQ, false);
        machine_set_irq(p->m, PARALLEL_IRQ, true);
    }
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct parallel *p = opaque;
    (void)size;
    if (port == PARALLEL_BASE)
        p->data = (uint8_t)value;
    else if (port == PARALLEL_BASE + 2)
        write_control(p, (uint8_t)value);
}

void parallel_flush(struct parallel *p)
{
    output_flush(&p->out);
}

void parallel_reset(struct parallel *p)
{
    p->data = 0;
    p->control = CONTROL_INIT | CONTROL_SELECT;
    machine_set_irq(p->m, PARALLEL_IRQ, false);
    output_flush(&p->out);
}

struct parallel *parallel_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct parallel *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->m = m;
    p->out.fd = -1;
    p->out.stream = m->config.parallel;
    if (m->config.parallel_there && !machine_port_register(m, PARALLEL_BASE, 3, &ops, p)) {
        free(p);
        return NULL;
    }
    return p;
}

void parallel_destroy(struct parallel *p)
{
    output_flush(&p->out);
    free(p);
}
