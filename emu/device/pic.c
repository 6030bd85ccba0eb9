// The PC's two 8259A interrupt controllers (Intel 8259A datasheet, 1988) with the edge/level
// registers 4D0h/4D1h.
//
// master: ports 20h, 21h; its input 2 is the slave's output. slave: A0h, A1h.
// Invariants: `lines` is the level of each input pin; `irr` holds requests: in edge mode set by a
// rising edge and dropped when the pin falls before the acknowledge (so a request that went away
// ends as the spurious IRQ7), in level mode the pin itself. The master's INT pin is at the local
// APIC's LINT0 and the I/O APIC's pin 0 at all times.
#include <stdlib.h>

#include "emu/device/apic.h"
#include "emu/machine/machine_state.h"

enum {
    ICW1_IC4 = 1 << 0, // ICW4 will come
    ICW1_SNGL = 1 << 1,
    ICW1_LTIM = 1 << 3, // all inputs by level
    ICW1_INIT = 1 << 4,
    OCW3_MARK = 1 << 3, // with D4 = 0
    ICW4_AEOI = 1 << 1,
    ICW4_SFNM = 1 << 4,
    CASCADE_INPUT = 2,
    NONE = 8, // no request: worse than the worst priority
};

struct chip {
    uint8_t lines, irr, imr, isr;
    uint8_t vector_base;
    uint8_t lowest;   // the input with the lowest priority: 7 at power-on, changed by rotation
    uint8_t icw_next; // the ICW that the next write to the odd port is: 2, 3 or 4; 0: it is OCW1
    bool icw4_wanted, single, level_all, auto_eoi,
        nested_slave; // nested_slave: special fully nested mode
    bool rotate_on_aeoi, special_mask, read_isr, poll;
    uint8_t level_mask; // ELCR: inputs that are by level
    uint8_t level_writable;
};

struct pic {
    struct machine *m;
    struct chip chip[2]; // 0 master, 1 slave
};

static uint8_t bit(unsigned n)
{
    return (uint8_t)(1u << n);
}

static unsigned input_of(const struct chip *c, unsigned rank)
{
    return (c->lowest + 1u + rank) & 7;
}

// The best rank among the inputs of `set`; rank 0 is served first.
static unsigned best_rank(const struct chip *c, uint8_t set)
{
    for (unsigned r = 0; r < 8; r++)
        if (set & bit(input_of(c, r)))
            return r;
    return NONE;
}

static uint8_t level_inputs(const struct chip *c)
{
    return c->level_all ? 0xff : c->level_mask;
}

// The input that would be acknowledged now, or -1: unmasked, and of a higher priority than all in
// service. In special mask mode a masked level in service does not hold back others (datasheet,
// "Special Mask Mode"). In special fully nested mode the master lets the slave's input interrupt
// itself.
static int pending_input(const struct pic *p, unsigned n)
{
    const struct chip *c = &p->chip[n];
    unsigned r = best_rank(c, (uint8_t)(c->irr & ~c->imr));
    if (r == NONE)
        return -1;
    uint8_t holding = c->isr;
    if (c->special_mask)
        holding &= (uint8_t)~c->imr;
    unsigned input = input_of(c, r), held = best_rank(c, holding);
    // The request's own bit in service holds it back too: r must be strictly better.
    bool own = c->nested_slave && n == 0 && input == CASCADE_INPUT;
    return r < held || (own && r == held) ? (int)input : -1;
}

static void set_line(struct chip *c, unsigned input, bool level)
{
    uint8_t b = bit(input);
    if (level) {
        if (!(c->lines & b) || (level_inputs(c) & b))
            c->irr |= b;
        c->lines |= b;
    } else {
        c->lines &= (uint8_t)~b;
        c->irr &= (uint8_t)~b;
    }
}

// Bring the slave's output to the master and the master's to the CPU.
static void update(struct pic *p)
{
    set_line(&p->chip[0], CASCADE_INPUT, pending_input(p, 1) >= 0);
    bool level = pending_input(p, 0) >= 0;
    ioapic_set_pin(p->m->ioapic, 0, level);
    lapic_set_lint(p->m->lapic, 0, level);
}

void pic_set_irq(struct pic *p, unsigned irq, bool level)
{
    if (irq >= 16 || irq == CASCADE_INPUT)
        return;
    set_line(&p->chip[irq >> 3], irq & 7, level);
    update(p);
}

bool pic_irq_waits(const struct pic *p, unsigned irq)
{
    const struct chip *c = &p->chip[irq >> 3 & 1];
    return (c->irr & ~c->imr) >> (irq & 7) & 1;
}

static void end_of_interrupt(struct chip *c, int input, bool rotate)
{
    if (input < 0)
        return;
    c->isr &= (uint8_t)~bit((unsigned)input);
    if (rotate)
        c->lowest = (uint8_t)input;
}

// First INTA: move the request into service. Returns the input; 7 with nothing set when the request
// is gone.
static unsigned take(struct pic *p, unsigned n)
{
    struct chip *c = &p->chip[n];
    int input = pending_input(p, n);
    if (input < 0)
        return 7;
    uint8_t b = bit((unsigned)input);
    if (!(level_inputs(c) & b))
        c->irr &= (uint8_t)~b;
    if (c->auto_eoi) {
        if (c->rotate_on_aeoi)
            c->lowest = (uint8_t)input;
    } else {
        c->isr |= b;
    }
    return (unsigned)input;
}

unsigned pic_acknowledge(struct pic *p)
{
    unsigned input = take(p, 0);
    unsigned vector = p->chip[0].vector_base + input;
    if (input == CASCADE_INPUT && !p->chip[0].single) {
        vector = p->chip[1].vector_base + take(p, 1);
        // The slave's pin may stay up for a further request: a new edge for the master.
        p->chip[0].lines &= (uint8_t)~bit(CASCADE_INPUT);
    }
    update(p);
    return vector;
}

// OCW2: R, SL, EOI in bits 7-5.
static void write_ocw2(struct chip *c, uint8_t value)
{
    int highest_served = -1;
    uint8_t candidates = c->special_mask ? (uint8_t)(c->isr & ~c->imr) : c->isr;
    unsigned r = best_rank(c, candidates);
    if (r != NONE)
        highest_served = (int)input_of(c, r);
    int named = value & 7;
    switch (value >> 5) {
    case 0: c->rotate_on_aeoi = false; break;
    case 1: end_of_interrupt(c, highest_served, false); break;
    case 2: break; // no operation
    case 3: end_of_interrupt(c, named, false); break;
    case 4: c->rotate_on_aeoi = true; break;
    case 5: end_of_interrupt(c, highest_served, true); break;
    case 6: c->lowest = (uint8_t)named; break; // set priority
    case 7: end_of_interrupt(c, named, true); break;
    default: break;
    }
}

static void write_icw1(struct chip *c, uint8_t value)
{
    c->irr = 0; // the edge detectors are reset: a pin that is up must fall and rise again
    c->imr = c->isr = 0;
    c->lowest = 7;
    c->special_mask = c->read_isr = c->poll = false;
    c->auto_eoi = c->nested_slave = c->rotate_on_aeoi = false;
    c->level_all = (value & ICW1_LTIM) != 0;
    c->single = (value & ICW1_SNGL) != 0;
    c->icw4_wanted = (value & ICW1_IC4) != 0;
    c->icw_next = 2;
    c->irr = c->lines & level_inputs(c);
}

static void write_command(struct chip *c, uint8_t value)
{
    if (value & ICW1_INIT) {
        write_icw1(c, value);
    } else if (value & OCW3_MARK) {
        if (value & 1 << 6)
            c->special_mask = (value & 1 << 5) != 0;
        c->poll = (value & 1 << 2) != 0;
        if (value & 1 << 1)
            c->read_isr = (value & 1) != 0;
    } else {
        write_ocw2(c, value);
    }
}

static void write_data(struct chip *c, uint8_t value)
{
    switch (c->icw_next) {
    case 2:
        c->vector_base = value & 0xf8;
        c->icw_next = !c->single ? 3 : c->icw4_wanted ? 4 : 0;
        break;
    case 3: // which input the slave hangs on: wired to 2 in a PC, whatever is said here
        c->icw_next = c->icw4_wanted ? 4 : 0;
        break;
    case 4:
        c->auto_eoi = (value & ICW4_AEOI) != 0;
        c->nested_slave = (value & ICW4_SFNM) != 0;
        c->icw_next = 0;
        break;
    default: c->imr = value; break;
    }
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct pic *p = opaque;
    struct chip *c = &p->chip[port >= 0xA0];
    if (port & 1)
        write_data(c, (uint8_t)value);
    else
        write_command(c, (uint8_t)value);
    update(p);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct pic *p = opaque;
    unsigned n = port >= 0xA0;
    struct chip *c = &p->chip[n];
    if (c->poll) { // the read is the acknowledge: bit 7 says that there was one
        c->poll = false;
        bool any = pending_input(p, n) >= 0;
        unsigned input = any ? take(p, n) : 0;
        update(p);
        return any ? 0x80u | input : 0;
    }
    if (port & 1)
        return c->imr;
    return c->read_isr ? c->isr : c->irr;
}

static uint32_t read_elcr(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct pic *p = opaque;
    return p->chip[port & 1].level_mask;
}

static void write_elcr(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct pic *p = opaque;
    struct chip *c = &p->chip[port & 1];
    c->level_mask = (uint8_t)value & c->level_writable;
    c->irr |= c->lines & level_inputs(c);
    update(p);
}

void pic_reset(struct pic *p)
{
    for (unsigned n = 0; n < 2; n++) {
        uint8_t lines = p->chip[n].lines;
        p->chip[n] =
            (struct chip){.lines = lines, .imr = 0xff, .lowest = 7, .vector_base = n ? 0x70 : 0x08};
    }
    // Timer, keyboard, cascade; clock and FPU error: these cannot be by level (PIIX datasheet,
    // ELCR).
    p->chip[0].level_writable = 0xf8;
    p->chip[1].level_writable = 0xde;
    update(p);
}

struct pic *pic_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    static const struct port_ops elcr = {.read = read_elcr, .write = write_elcr, .bytes = true};
    struct pic *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->m = m;
    if (!machine_port_register(m, 0x20, 2, &ops, p) ||
        !machine_port_register(m, 0xA0, 2, &ops, p) ||
        !machine_port_register(m, 0x4D0, 2, &elcr, p)) {
        free(p);
        return NULL;
    }
    return p;
}

void pic_destroy(struct pic *p)
{
    free(p);
}
