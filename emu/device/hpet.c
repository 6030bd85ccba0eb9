// The high precision event timers (IA-PC HPET specification 1.0a) at FED00000h: a counter of
// 100 MHz and three timers, each one-shot or periodic, of 64 or 32 bits.
//
// Timers 0 and 1 take the places of the 8254 (IRQ 0) and of the clock (IRQ 8) while legacy
// replacement is on; otherwise a timer goes to the I/O APIC's pin of its own choice among 16 to 23.
// The counter is not stepped: it follows from the machine's clock.
// Invariants: a timer's `timer` is armed exactly while the counter runs and it will match;
// what was due when a register is written has happened before the write. A line is up while a
// level-triggered timer's status bit is set, and after an edge until the next.
// -no-hpet leaves it out: then nothing is mapped.
#include <stdlib.h>

#include "emu/device/apic.h"
#include "emu/machine/machine_state.h"

enum {
    BASE = 0xfed00000,
    BYTES = 1024,
    TIMERS = 3,
    PERIOD_FS = 10000000,
    PERIOD_NS = PERIOD_FS / 1000000,
    REG_ID = 0x000,
    REG_PERIOD = 0x004,
    REG_CONFIG = 0x010,
    REG_STATUS = 0x020,
    REG_COUNTER = 0x0f0,
    REG_TIMERS = 0x100,
    TIMER_BYTES = 0x20,
    // Within a timer.
    TIMER_CONFIG = 0x00,
    TIMER_ROUTES = 0x04,
    TIMER_COMPARATOR = 0x08,
    CONFIG_ENABLE = 1,
    CONFIG_LEGACY = 2,
    // Of a timer's configuration.
    T_LEVEL = 1 << 1,
    T_INTERRUPT = 1 << 2,
    T_PERIODIC = 1 << 3,
    T_PERIODIC_CAP = 1 << 4,
    T_64BIT_CAP = 1 << 5,
    T_SET_VALUE = 1 << 6,
    T_32BIT = 1 << 8,
    T_ROUTE = 0x3e00,
    T_WRITABLE = T_LEVEL | T_INTERRUPT | T_PERIODIC | T_SET_VALUE | T_32BIT | T_ROUTE,
    ROUTES = 0x00ff0000, // pins that a timer can go to
};
// Intel; legacy replacement, 64 bits, three timers, revision 1.
static const uint32_t IDENTITY = 0x8086a001 | (TIMERS - 1) << 8;

struct hpet_timer {
    struct hpet *d;
    unsigned number;
    uint32_t config;
    uint64_t comparator, period; // period: what was written last
    uint64_t pace_ns;            // when to try again while `behind`
    bool behind;                 // periodic: the comparator is to catch up with the counter
    struct machine_timer timer;
};

struct hpet {
    struct machine *m;
    bool present;
    uint32_t config, status;
    uint64_t count, count_ns; // the counter, and when it was that; while it stands, the counter
    uint64_t now_ns; // when the access or the match happens that is at hand: read once, or a match
                     // between two looks at the clock would be stepped over
    struct hpet_timer timer[TIMERS];
};

static bool is_running(const struct hpet *d)
{
    return d->config & CONFIG_ENABLE;
}

static uint64_t counter(const struct hpet *d)
{
    return d->count + (is_running(d) ? (d->now_ns - d->count_ns) / PERIOD_NS : 0);
}

static bool is_narrow(const struct hpet_timer *t)
{
    return t->config & T_32BIT;
}

static uint64_t narrowed(const struct hpet_timer *t, uint64_t value)
{
    return is_narrow(t) ? (uint32_t)value : value;
}

// --- interrupts ---

static bool is_legacy(const struct hpet_timer *t)
{
    return (t->d->config & CONFIG_LEGACY) && t->number < 2;
}

static void drive(struct hpet_timer *t, bool level)
{
    unsigned pin = (t->config & T_ROUTE) >> 9;
    if (is_legacy(t))
        machine_set_irq_from(t->d->m, IRQ_HPET, t->number ? 8 : 0, level);
    else if (ROUTES >> pin & 1)
        ioapic_set_pin(t->d->m->ioapic, pin, level);
}

static bool waits(const struct hpet_timer *t)
{
    if (is_legacy(t))
        return machine_irq_waits(t->d->m, t->number ? 8 : 0);
    return ioapic_pin_waits(t->d->m->ioapic, (t->config & T_ROUTE) >> 9);
}

static void drive_status(struct hpet_timer *t)
{
    if (t->config & T_LEVEL)
        drive(t, (t->config & T_INTERRUPT) && (t->d->status >> t->number & 1));
}

static void request(struct hpet_timer *t)
{
    if (t->config & T_LEVEL) {
        t->d->status |= 1u << t->number;
        drive_status(t);
    } else if (t->config & T_INTERRUPT) {
        drive(t, false);
        drive(t, true);
    }
}

// --- time ---

static void arm(struct hpet_timer *t)
{
    const struct hpet *d = t->d;
    if (!is_running(d)) {
        machine_timer_cancel(d->m, &t->timer);
        return;
    }
    if (t->behind) {
        machine_timer_set(d->m, &t->timer, d->now_ns + t->pace_ns);
        return;
    }
    const uint64_t far = 1ull << 56; // ticks: 22 years
    uint64_t now = counter(d), wait = narrowed(t, t->comparator - now);
    if (wait > far)
        machine_timer_cancel(d->m, &t->timer);
    else
        machine_timer_set(d->m, &t->timer, d->count_ns + (now - d->count + wait) * PERIOD_NS);
}

static void match(struct hpet_timer *t)
{
    uint64_t period = narrowed(t, t->period);
    if ((t->config & T_PERIODIC) && period) {
        uint64_t late = narrowed(t, counter(t->d) - t->comparator);
        // By level, or much too late: the next match that is still to come. By edge, each match
        // that the host was late for is made, once the one before it has been taken.
        bool at_once = (t->config & T_LEVEL) || !(t->config & T_INTERRUPT) ||
                       late > TICKS_LATE_MAX_NS / PERIOD_NS;
        bool held = !at_once && waits(t);
        if (!held)
            t->comparator = narrowed(t, t->comparator + (at_once ? late / period + 1 : 1) * period);
        t->pace_ns = TICKS_PACE_NS;
        if (held && period * PERIOD_NS / 4 > TICKS_PACE_NS) // interrupts are off: no hurry
            t->pace_ns = period * PERIOD_NS / 4;
        t->behind = held || (!at_once && late >= period);
        arm(t);
        if (held)
            return;
    } else if (is_narrow(t)) { // it comes round again
        machine_timer_set(t->d->m, &t->timer,
                          t->d->now_ns +
                              ((uint64_t)(uint32_t)(t->comparator - counter(t->d) - 1) + 1) *
                                  PERIOD_NS);
    }
    request(t);
}

static void on_timer(void *opaque)
{
    struct hpet_timer *t = opaque;
    t->d->now_ns = machine_now_ns(t->d->m);
    match(t);
}

// An access begins: what is due was before it.
static void settle(struct hpet *d)
{
    d->now_ns = machine_now_ns(d->m);
    for (unsigned i = 0; i < TIMERS; i++) {
        struct hpet_timer *t = &d->timer[i];
        if (!t->timer.armed || t->timer.deadline_ns > d->now_ns)
            continue;
        machine_timer_cancel(d->m, &t->timer);
        match(t);
    }
}

// --- registers ---

static void set_half(uint64_t *to, bool high, uint32_t value)
{
    *to = high ? (uint32_t)*to | (uint64_t)value << 32 : (*to >> 32 << 32) | value;
}

static void write_config(struct hpet *d, uint32_t value)
{
    uint64_t count = counter(d);
    for (unsigned i = 0; i < TIMERS; i++)
        drive(&d->timer[i], false);
    d->config = value & (CONFIG_ENABLE | CONFIG_LEGACY);
    d->count = count;
    d->count_ns = d->now_ns;
    machine_replace_legacy(d->m, (d->config & CONFIG_LEGACY) != 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        drive_status(&d->timer[i]);
        arm(&d->timer[i]);
    }
}

static void write_status(struct hpet *d, uint32_t value)
{
    d->status &= ~value;
    for (unsigned i = 0; i < TIMERS; i++)
        drive_status(&d->timer[i]);
}

static void write_counter(struct hpet *d, bool high, uint32_t value)
{
    d->count = counter(d);
    d->count_ns = d->now_ns;
    set_half(&d->count, high, value);
    for (unsigned i = 0; i < TIMERS; i++)
        arm(&d->timer[i]);
}

static void write_timer(struct hpet_timer *t, unsigned reg, uint32_t value)
{
    bool high = reg == TIMER_COMPARATOR + 4, set_value = t->config & T_SET_VALUE;
    t->behind = false;
    switch (reg) {
    case TIMER_CONFIG:
        if ((value ^ t->config) & (T_LEVEL | T_INTERRUPT | T_ROUTE))
            drive(t, false);
        t->config = value & T_WRITABLE;
        if (is_narrow(t)) {
            t->comparator = (uint32_t)t->comparator;
            t->period = (uint32_t)t->period;
        }
        if (!(t->config & T_LEVEL))
            t->d->status &= ~(1u << t->number);
        drive_status(t);
        break;
    case TIMER_COMPARATOR:
    case TIMER_COMPARATOR + 4:
        if (high && is_narrow(t))
            break;
        // Periodic: what is written is the period; after T_SET_VALUE, which ends itself, the
        // comparator, too (2.3.9.2.2).
        if (!(t->config & T_PERIODIC) || set_value)
            set_half(&t->comparator, high, value);
        set_half(&t->period, high, value);
        t->config &= ~(uint32_t)T_SET_VALUE;
        break;
    default: return;
    }
    arm(t);
}

static uint32_t read_timer(const struct hpet_timer *t, unsigned reg)
{
    switch (reg) {
    case TIMER_CONFIG: return t->config | T_PERIODIC_CAP | T_64BIT_CAP;
    case TIMER_ROUTES: return ROUTES;
    case TIMER_COMPARATOR: return (uint32_t)t->comparator;
    case TIMER_COMPARATOR + 4: return (uint32_t)(t->comparator >> 32);
    default: return 0;
    }
}

static uint32_t read_register(const struct hpet *d, uint32_t reg)
{
    switch (reg) {
    case REG_ID: return IDENTITY;
    case REG_PERIOD: return PERIOD_FS;
    case REG_CONFIG: return d->config;
    case REG_STATUS: return d->status;
    case REG_COUNTER: return (uint32_t)counter(d);
    case REG_COUNTER + 4: return (uint32_t)(counter(d) >> 32);
    default: break;
    }
    uint32_t n = (reg - REG_TIMERS) / TIMER_BYTES;
    return reg >= REG_TIMERS && n < TIMERS ? read_timer(&d->timer[n], reg % TIMER_BYTES) : 0;
}

static uint32_t read_page(void *opaque, uint32_t offset, unsigned size)
{
    struct hpet *d = opaque;
    (void)size;
    settle(d);
    return read_register(d, offset & ~3u) >> (8 * (offset & 3));
}

// 32 bits at their place, or 64, which come as two (2.3.1).
static void write_page(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct hpet *d = opaque;
    uint32_t n = (offset - REG_TIMERS) / TIMER_BYTES;
    if (size != 4 || (offset & 3))
        return;
    settle(d);
    switch (offset) {
    case REG_CONFIG: write_config(d, value); break;
    case REG_STATUS: write_status(d, value); break;
    case REG_COUNTER: write_counter(d, false, value); break;
    case REG_COUNTER + 4: write_counter(d, true, value); break;
    default:
        if (offset >= REG_TIMERS && n < TIMERS)
            write_timer(&d->timer[n], offset % TIMER_BYTES, value);
    }
}

void hpet_reset(struct hpet *d)
{
    if (!d->present)
        return;
    for (unsigned i = 0; i < TIMERS; i++) {
        struct hpet_timer *t = &d->timer[i];
        drive(t, false);
        machine_timer_cancel(d->m, &t->timer);
        t->config = 0;
        t->behind = false;
        t->comparator = ~0ull;
        t->period = 0;
    }
    d->config = d->status = 0;
    d->count = 0;
    machine_replace_legacy(d->m, false);
}

struct hpet *hpet_create(struct machine *m)
{
    static const struct mmio_ops ops = {.read = read_page, .write = write_page};
    struct hpet *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    d->present = !m->config.no_hpet;
    for (unsigned i = 0; i < TIMERS; i++)
        d->timer[i] = (struct hpet_timer){
            .d = d, .number = i, .timer = {.fire = on_timer, .opaque = &d->timer[i]}};
    if (d->present && !machine_mmio_register(m, BASE, BYTES, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void hpet_destroy(struct hpet *d)
{
    for (unsigned i = 0; i < TIMERS; i++)
        machine_timer_cancel(d->m, &d->timer[i].timer);
    free(d);
}
