// The local APIC (Intel SDM vol. 3, chapter 11), version 14h with six LVT entries, as the
// processors with x2APIC have it; its timer is in lapic_timer.c.
//
// Its registers are a page at the address in IA32_APIC_BASE, over whatever else is there, or MSRs
// in x2APIC mode. It owns cpu->intr: enabled, that is "a vector above the processor's priority, or
// the 8259 through an ExtINT entry"; disabled or absent (-cpu ...,-apic), it is pin LINT0, which
// the 8259 drives.
// Invariants: update() has run after every change. The page is mapped exactly while the APIC is
// enabled and not in x2APIC mode.
// What differs from the manual: LINT0 wakes up as an unmasked ExtINT, not masked, as in other
// virtual machines, so that firmware and kernels which have never heard of an APIC get the 8259's
// interrupts. INIT to the processor itself starts the whole machine again.
#include <stdlib.h>
#include <string.h>

#include "emu/device/apic.h"
#include "emu/device/lapic_timer.h"

enum lapic_register { // offset / 16, and MSR - 800h
    REG_ID = 0x02,
    REG_VERSION = 0x03,
    REG_TPR = 0x08,
    REG_APR = 0x09,
    REG_PPR = 0x0a,
    REG_EOI = 0x0b,
    REG_RRD = 0x0c,
    REG_LDR = 0x0d,
    REG_DFR = 0x0e,
    REG_SVR = 0x0f,
    REG_ISR = 0x10,
    REG_TMR = 0x18,
    REG_IRR = 0x20,
    REG_ESR = 0x28,
    REG_ICR = 0x30,
    REG_ICR_HIGH = 0x31,
    REG_LVT = 0x32,
    REG_INITIAL = 0x38,
    REG_CURRENT = 0x39,
    REG_DIVIDE = 0x3e,
    REG_SELF_IPI = 0x3f, // x2APIC only
};

enum lvt { LVT_TIMER, LVT_THERMAL, LVT_PERFORMANCE, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };
enum {
    LVT_REMOTE_IRR = 1 << 14,
    LVT_LEVEL = 1 << 15,
    LVT_MASKED = 1 << 16,
    LVT_WIRE_RESET = APIC_EXTINT << 8,
    SVR_ENABLE = 1 << 8,
    SVR_WRITABLE = 0x3ff,
    SVR_RESET = 0xff,
    ICR_LOGICAL = 1 << 11,
    ICR_ASSERT = 1 << 14,
    ICR_LEVEL = 1 << 15,
    ICR_WRITABLE = 0xccfff,
    ESR_SEND_VECTOR = 1 << 5,
    ESR_RECEIVE_VECTOR = 1 << 6,
    ESR_REGISTER = 1 << 7,
    VERSION = 0x14 | (LVT_COUNT - 1) << 16,
    VECTORS_RESERVED = 16,
    ALL_XAPIC = 0xff, // a destination
};
static const uint32_t ALL_X2APIC = 0xffffffff;

static const uint32_t lvt_writable[LVT_COUNT] = {
    [LVT_TIMER] = 0x700ff, // the mode is 2 bits, of which the upper is TSC_DEADLINE's
    [LVT_THERMAL] = 0x107ff, [LVT_PERFORMANCE] = 0x107ff, [LVT_LINT0] = 0x1a7ff,
    [LVT_LINT1] = 0x1a7ff,   [LVT_ERROR] = 0x100ff,
};

struct lapic {
    struct machine *m;
    struct cpu *cpu;
    uint32_t page; // where the registers are mapped; 0: nowhere
    bool enabled, x2;
    uint32_t id, ldr;     // 8 bits, but in x2APIC mode
    uint8_t dfr, tpr;     // dfr: the model, 15 flat, 0 cluster
    uint32_t svr, icr[2]; // low, high
    uint32_t errors, esr; // since the last write of ESR; what that showed
    uint32_t lvt[LVT_COUNT];
    uint32_t isr[8], tmr[8], irr[8];
    bool lint[2]; // pins
    bool extint;  // the 8259 asks through an I/O APIC
    struct lapic_timer timer;
};

// --- sets of vectors ---

static int highest(const uint32_t set[8])
{
    for (int i = 7; i >= 0; i--)
        if (set[i])
            return 32 * i + 31 - __builtin_clz(set[i]);
    return -1;
}

static void put(uint32_t set[8], unsigned vector, bool in)
{
    uint32_t bit = 1u << (vector & 31), *word = &set[vector >> 5 & 7];
    *word = in ? *word | bit : *word & ~bit;
}

static bool has(const uint32_t set[8], unsigned vector)
{
    return set[vector >> 5 & 7] >> (vector & 31) & 1;
}

// --- priority, and the processor's INTR ---

static uint8_t processor_priority(const struct lapic *l)
{
    int serving = highest(l->isr);
    if (serving < 0 || l->tpr >> 4 >= serving >> 4)
        return l->tpr;
    return (uint8_t)(serving & 0xf0);
}

// The vector that may interrupt now, or -1.
static int deliverable(const struct lapic *l)
{
    int vector = highest(l->irr);
    return vector >= 0 && vector >> 4 > processor_priority(l) >> 4 ? vector : -1;
}

static enum apic_delivery lvt_delivery(uint32_t entry)
{
    return (enum apic_delivery)(entry >> 8 & 7);
}

static bool is_wire(const struct lapic *l, unsigned pin)
{
    uint32_t entry = l->lvt[LVT_LINT0 + pin];
    return !(entry & LVT_MASKED) && lvt_delivery(entry) == APIC_EXTINT;
}

static bool wants_8259(const struct lapic *l)
{
    return (l->lint[0] && is_wire(l, 0)) || (l->lint[1] && is_wire(l, 1)) || l->extint;
}

static void update(struct lapic *l)
{
    bool intr = l->enabled ? deliverable(l) >= 0 || wants_8259(l) : l->lint[0];
    if (intr && !l->cpu->intr)
        machine_poke(l->m);
    l->cpu->intr = intr;
}

unsigned lapic_acknowledge(struct lapic *l)
{
    int vector = l->enabled ? deliverable(l) : -1;
    if (vector < 0) {
        if (!l->enabled || is_wire(l, 0) || wants_8259(l))
            return pic_acknowledge(l->m->pic); // which knows of spurious ones itself
        return l->svr & 0xff;                  // spurious: nothing is in service
    }
    put(l->irr, (unsigned)vector, false);
    put(l->isr, (unsigned)vector, true);
    update(l);
    return (unsigned)vector;
}

// --- taking interrupts ---

static void raise_nmi(struct lapic *l)
{
    l->cpu->nmi = true;
    machine_poke(l->m);
}

static void deliver_local(struct lapic *l, enum lvt source);

static void error(struct lapic *l, uint32_t bit)
{
    if (l->errors & bit)
        return; // known, and no way round in circles
    l->errors |= bit;
    deliver_local(l, LVT_ERROR);
}

static bool accept(struct lapic *l, uint8_t vector, bool level)
{
    if (!l->enabled || !(l->svr & SVR_ENABLE))
        return false;
    if (vector < VECTORS_RESERVED) {
        error(l, ESR_RECEIVE_VECTOR);
        return true;
    }
    put(l->irr, vector, true);
    put(l->tmr, vector, level);
    update(l);
    return true;
}

static void deliver_local(struct lapic *l, enum lvt source)
{
    uint32_t *entry = &l->lvt[source];
    bool is_pin = source == LVT_LINT0 || source == LVT_LINT1;
    if (!l->enabled || (*entry & LVT_MASKED))
        return;
    switch (source == LVT_TIMER || source == LVT_ERROR ? APIC_FIXED : lvt_delivery(*entry)) {
    case APIC_FIXED: {
        // LINT1 is always by edge (SDM vol. 3, 11.5.1).
        bool level = source == LVT_LINT0 && (*entry & LVT_LEVEL);
        if (level && (*entry & LVT_REMOTE_IRR))
            return;
        if (accept(l, (uint8_t)*entry, level) && level)
            *entry |= LVT_REMOTE_IRR;
        break;
    }
    case APIC_NMI: raise_nmi(l); break;
    case APIC_INIT: machine_ask_reset(l->m); break;
    case APIC_EXTINT:
        if (is_pin)
            update(l);
        break;
    default: break; // there is no system management mode
    }
}

static bool is_level_pin(const struct lapic *l)
{
    return (l->lvt[LVT_LINT0] & LVT_LEVEL) && lvt_delivery(l->lvt[LVT_LINT0]) == APIC_FIXED;
}

void lapic_set_lint(struct lapic *l, unsigned pin, bool level)
{
    bool rises = level && !l->lint[pin & 1];
    l->lint[pin & 1] = level;
    if (rises)
        deliver_local(l, LVT_LINT0 + (pin & 1));
    update(l);
}

void lapic_set_extint(struct lapic *l, bool level)
{
    l->extint = level;
    update(l);
}

static void end_of_interrupt(struct lapic *l)
{
    int vector = highest(l->isr);
    if (vector < 0)
        return;
    put(l->isr, (unsigned)vector, false);
    if (has(l->tmr, (unsigned)vector)) {
        uint32_t *pin = &l->lvt[LVT_LINT0];
        if ((*pin & LVT_REMOTE_IRR) && (*pin & 0xff) == (unsigned)vector) {
            *pin &= ~(uint32_t)LVT_REMOTE_IRR;
            if (l->lint[0])
                deliver_local(l, LVT_LINT0);
        }
        apic_bus_end(l->m, (uint8_t)vector);
    }
    update(l);
}

// --- the bus ---

bool lapic_is_named(const struct lapic *l, const struct apic_message *message)
{
    uint32_t to = message->destination;
    if (!l->enabled)
        return false;
    if (to == (message->wide ? ALL_X2APIC : ALL_XAPIC))
        return true;
    if (!message->logical)
        return to == l->id;
    if (l->x2) // a message of 8 bits can name cluster 0 only
        return to >> 16 == l->ldr >> 16 && (to & l->ldr & 0xffff);
    if (l->dfr == 0xf)
        return to & l->ldr;
    return (to >> 4 == l->ldr >> 4 || to >> 4 == 0xf) && (to & l->ldr & 0xf);
}

uint8_t lapic_priority(const struct lapic *l)
{
    return processor_priority(l);
}

bool lapic_receive(struct lapic *l, const struct apic_message *message)
{
    switch (message->delivery) {
    case APIC_FIXED:
    case APIC_LOWEST: return accept(l, message->vector, message->level);
    case APIC_NMI: raise_nmi(l); return true;
    case APIC_INIT: machine_ask_reset(l->m); return true;
    default: return true; // SMI: there is none; start-up: nobody waits for it
    }
}

bool lapic_waits(const struct lapic *l, uint8_t vector)
{
    return has(l->irr, vector);
}

bool lapic_may_nmi(const struct lapic *l)
{
    for (unsigned pin = LVT_LINT0; l->enabled && pin <= LVT_LINT1; pin++)
        if (!(l->lvt[pin] & LVT_MASKED) && lvt_delivery(l->lvt[pin]) == APIC_NMI)
            return true;
    return false;
}

// The interrupt command register was written. (SDM vol. 3, 11.6.1; table 11-3 says what may be
// sent by shorthand; the rest is undefined, and is not sent here.)
static void send(struct lapic *l)
{
    enum { SELF = 1, ALL, OTHERS };
    struct apic_message message = {.destination = l->x2 ? l->icr[1] : l->icr[1] >> 24,
                                   .wide = l->x2,
                                   .logical = (l->icr[0] & ICR_LOGICAL) != 0,
                                   .delivery = (enum apic_delivery)(l->icr[0] >> 8 & 7),
                                   .vector = (uint8_t)l->icr[0]};
    unsigned shorthand = l->icr[0] >> 18 & 3;
    bool vectored = message.delivery == APIC_FIXED || message.delivery == APIC_LOWEST;
    if (message.delivery == APIC_INIT && (l->icr[0] & ICR_LEVEL) && !(l->icr[0] & ICR_ASSERT))
        return; // the end of an INIT: synchronizes arbitration IDs, which there are none of
    if (vectored && message.vector < VECTORS_RESERVED) {
        error(l, ESR_SEND_VECTOR);
        return;
    }
    if (message.delivery == APIC_EXTINT || (shorthand && shorthand != OTHERS && !vectored))
        return;
    if (shorthand == SELF || shorthand == ALL) // and there are no others
        lapic_receive(l, &message);
    else if (shorthand != OTHERS)
        apic_bus_send(l->m, &message);
}

// --- registers ---

static void write_lvt(struct lapic *l, enum lvt n, uint32_t value)
{
    uint32_t writable = lvt_writable[n];
    if (n == LVT_TIMER && !features_has(&l->cpu->features, FEATURE_TSC_DEADLINE))
        writable &= ~(1u << 18);
    if (!(l->svr & SVR_ENABLE))
        value |= LVT_MASKED;
    uint32_t was = l->lvt[n];
    l->lvt[n] = (value & writable) | (was & LVT_REMOTE_IRR);
    if (n == LVT_TIMER) {
        static const enum lapic_timer_mode modes[4] = {LAPIC_ONE_SHOT, LAPIC_PERIODIC,
                                                       LAPIC_DEADLINE, LAPIC_ONE_SHOT};
        lapic_timer_set_mode(&l->timer, modes[l->lvt[n] >> 17 & 3], (l->lvt[n] & LVT_MASKED) != 0);
    } else if (n == LVT_LINT0) {
        if (!is_level_pin(l))
            l->lvt[n] &= ~(uint32_t)LVT_REMOTE_IRR;
        else if (l->lint[0])
            deliver_local(l, n);
    }
    update(l);
}

static void write_svr(struct lapic *l, uint32_t value)
{
    l->svr = value & SVR_WRITABLE;
    if (l->svr & SVR_ENABLE) {
        apic_bus_retry(l->m);
    } else {
        for (unsigned n = 0; n < LVT_COUNT; n++)
            write_lvt(l, (enum lvt)n, l->lvt[n] | LVT_MASKED);
    }
    update(l);
}

// In x2APIC mode it follows from the ID (SDM vol. 3, 11.12.10.2).
static void set_x2_logical(struct lapic *l)
{
    l->ldr = l->id >> 4 << 16 | 1u << (l->id & 15);
}

static uint32_t read_register(struct lapic *l, unsigned reg)
{
    switch (reg) {
    case REG_ID: return l->x2 ? l->id : l->id << 24;
    case REG_VERSION: return VERSION;
    case REG_TPR: return l->tpr;
    case REG_APR:
    case REG_RRD: return 0; // of the APIC bus before the Pentium 4
    case REG_PPR: return processor_priority(l);
    case REG_EOI: return 0;
    case REG_LDR: return l->x2 ? l->ldr : l->ldr << 24;
    case REG_DFR: return (uint32_t)l->dfr << 28 | 0x0fffffff;
    case REG_SVR: return l->svr;
    case REG_ESR: return l->esr;
    case REG_ICR: return l->icr[0];
    case REG_ICR_HIGH: return l->icr[1];
    case REG_INITIAL: return l->timer.initial;
    case REG_CURRENT: return lapic_timer_count(&l->timer);
    case REG_DIVIDE: return l->timer.divide;
    default: break;
    }
    if (reg >= REG_ISR && reg < REG_ESR)
        return (reg < REG_TMR ? l->isr : reg < REG_IRR ? l->tmr : l->irr)[reg & 7];
    if (reg >= REG_LVT && reg < REG_LVT + LVT_COUNT)
        return l->lvt[reg - REG_LVT];
    error(l, ESR_REGISTER);
    return 0;
}

static void write_register(struct lapic *l, unsigned reg, uint32_t value)
{
    switch (reg) {
    case REG_ID: l->id = value >> 24; break;
    case REG_TPR:
        l->tpr = (uint8_t)value;
        update(l);
        break;
    case REG_EOI: end_of_interrupt(l); break;
    case REG_LDR: l->ldr = value >> 24; break;
    case REG_DFR: l->dfr = (uint8_t)(value >> 28); break;
    case REG_SVR: write_svr(l, value); break;
    case REG_ESR: // shows what came since the last time, and forgets it
        l->esr = l->errors;
        l->errors = 0;
        break;
    case REG_ICR:
        l->icr[0] = value & ICR_WRITABLE;
        send(l);
        break;
    case REG_ICR_HIGH: l->icr[1] = l->x2 ? value : value & 0xff000000; break;
    case REG_INITIAL: lapic_timer_set_initial(&l->timer, value); break;
    case REG_DIVIDE: lapic_timer_set_divide(&l->timer, value); break;
    case REG_VERSION: // read-only
    case REG_APR:
    case REG_PPR:
    case REG_RRD:
    case REG_CURRENT: break;
    default:
        if (reg >= REG_LVT && reg < REG_LVT + LVT_COUNT)
            write_lvt(l, (enum lvt)(reg - REG_LVT), value);
        else if (reg < REG_ISR || reg >= REG_ESR)
            error(l, ESR_REGISTER);
        break;
    }
}

// Accesses other than of 32 bits at their place are undefined (SDM vol. 3, 11.4.1): reads give the
// bytes, writes go nowhere.
static uint32_t read_page(void *opaque, uint32_t offset, unsigned size)
{
    uint32_t value = (offset & 15) < 4 ? read_register(opaque, offset >> 4) : 0;
    (void)size;
    return value >> (8 * (offset & 3));
}

static void write_page(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    if (size == 4 && (offset & 15) == 0)
        write_register(opaque, offset >> 4, value);
}

// --- x2APIC: the same as MSRs, which are stricter (SDM vol. 3, 11.12.1) ---

static bool x2_readable(unsigned reg)
{
    return reg == REG_ID || reg == REG_VERSION || reg == REG_TPR || reg == REG_PPR ||
           reg == REG_LDR || reg == REG_SVR || (reg >= REG_ISR && reg <= REG_ESR) ||
           reg == REG_ICR || (reg >= REG_LVT && reg <= REG_CURRENT) || reg == REG_DIVIDE;
}

// The bits that may be written; none: read-only or absent.
static bool x2_writable(const struct lapic *l, unsigned reg, uint64_t *mask)
{
    switch (reg) {
    case REG_TPR:
    case REG_SELF_IPI: *mask = 0xff; return true;
    case REG_EOI:
    case REG_ESR: *mask = 0; return true;
    case REG_SVR: *mask = 0xff | SVR_ENABLE; return true;
    case REG_ICR: *mask = 0xffffffff00000000 | ICR_WRITABLE; return true;
    case REG_INITIAL: *mask = 0xffffffff; return true;
    case REG_DIVIDE: *mask = 0xb; return true;
    default:
        if (reg < REG_LVT || reg >= REG_LVT + LVT_COUNT)
            return false;
        *mask = lvt_writable[reg - REG_LVT] | (reg == REG_LVT + LVT_LINT0 ? LVT_REMOTE_IRR : 0);
        if (reg == REG_LVT && !features_has(&l->cpu->features, FEATURE_TSC_DEADLINE))
            *mask &= ~(1ull << 18);
        return true;
    }
}

bool machine_x2apic_read(struct cpu *cpu, unsigned reg, uint64_t *value)
{
    struct lapic *l = cpu->machine->lapic;
    if (!l->x2 || !x2_readable(reg))
        return false;
    *value = read_register(l, reg);
    if (reg == REG_ICR)
        *value |= (uint64_t)l->icr[1] << 32;
    return true;
}

bool machine_x2apic_write(struct cpu *cpu, unsigned reg, uint64_t value)
{
    struct lapic *l = cpu->machine->lapic;
    uint64_t mask;
    if (!l->x2 || !x2_writable(l, reg, &mask) || (value & ~mask))
        return false;
    if (reg == REG_SELF_IPI) {
        reg = REG_ICR;
        value = (value & 0xff) | 1 << 18; // to itself, fixed
    } else if (reg == REG_ICR) {
        l->icr[1] = (uint32_t)(value >> 32);
    }
    write_register(l, reg, (uint32_t)value);
    return true;
}

// --- the other MSRs ---

static void clear(struct lapic *l)
{
    l->id = 0; // the processor's number
    l->dfr = 0xf;
    l->ldr = l->tpr = 0;
    l->svr = SVR_RESET;
    l->errors = l->esr = 0;
    memset(l->icr, 0, sizeof l->icr);
    memset(l->isr, 0, sizeof l->isr);
    memset(l->tmr, 0, sizeof l->tmr);
    memset(l->irr, 0, sizeof l->irr);
    for (unsigned n = 0; n < LVT_COUNT; n++)
        l->lvt[n] = LVT_MASKED;
    l->lvt[LVT_LINT0] = LVT_WIRE_RESET;
    lapic_timer_reset(&l->timer);
}

static void place(struct lapic *l, uint64_t base)
{
    static const struct mmio_ops ops = {.read = read_page, .write = write_page};
    uint32_t page = l->enabled && !l->x2 && !(base >> 32) ? (uint32_t)base & 0xfffff000 : 0;
    if (page == l->page)
        return;
    if (l->page)
        machine_mmio_unregister(l->m, l->page, l);
    l->page = 0;
    // Over another chip's registers it cannot be; then they stay where they are, and it is nowhere.
    if (page && machine_mmio_register_over_ram(l->m, page, APIC_PAGE_BYTES, &ops, l))
        l->page = page;
}

void machine_apic_base_changed(struct cpu *cpu)
{
    struct lapic *l = cpu->machine->lapic;
    uint64_t base = cpu->msr[MSR_APIC_BASE];
    bool enabled = (base & APIC_BASE_ENABLE) && features_has(&cpu->features, FEATURE_APIC);
    bool x2 = enabled && (base & APIC_BASE_X2);
    if (l->enabled && !enabled)
        clear(l); // as after power-up once it comes back (SDM vol. 3, 11.4.3)
    l->enabled = enabled;
    if (x2 && !l->x2) {
        l->id = 0;
        set_x2_logical(l);
    }
    l->x2 = x2;
    place(l, base);
    update(l);
}

uint64_t machine_tsc_deadline(const struct cpu *cpu)
{
    return cpu->machine->lapic->timer.deadline_tsc;
}

void machine_set_tsc_deadline(struct cpu *cpu, uint64_t tsc)
{
    lapic_timer_set_deadline(&cpu->machine->lapic->timer, tsc);
}

void machine_tsc_changed(struct cpu *cpu)
{
    lapic_timer_tsc_changed(&cpu->machine->lapic->timer);
}

static void on_timer(void *opaque)
{
    deliver_local(opaque, LVT_TIMER);
}

void lapic_reset(struct lapic *l)
{
    l->extint = false;
    l->x2 = false;
    clear(l);
    machine_apic_base_changed(l->cpu);
}

struct lapic *lapic_create(struct machine *m)
{
    struct lapic *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->m = m;
    l->cpu = m->cpu;
    lapic_timer_init(&l->timer, m, m->cpu, on_timer, l);
    clear(l);
    return l;
}

void lapic_destroy(struct lapic *l)
{
    machine_timer_cancel(l->m, &l->timer.timer);
    free(l);
}
