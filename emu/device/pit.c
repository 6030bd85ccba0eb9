// The 8254 interval timer (Intel 8254 datasheet, 1993) and the PC's port 61h.
//
// Ports 40h-42h: channels, 43h: control. Channel 0 drives IRQ0, channel 2 the speaker; its gate and
// output are in port 61h. The gates of 0 and 1 are always up. A channel is not stepped: from the
// tick at which its count was loaded, the present count and the output follow by arithmetic. Only
// channel 0's requests need a timer. Invariants: channel_sync() has been called for `now` before a
// field is looked at; N = count() is 1..65536 (binary) or 1..10000 (BCD).
#include <stdlib.h>
#include <string.h>

#include "emu/device/speaker.h"
#include "emu/machine/machine_state.h"

// Ticks count from the longest period before the machine was made: the start of a period that is
// under way is never before tick 0.
enum { PIT_HZ = 1193182, FIRST_TICK = 65536 };

struct channel {
    uint8_t mode;    // 0-5
    uint8_t control; // bits 5-0 of the control word, exactly as written: the status shows them
    uint8_t access;  // 1 low byte, 2 high byte, 3 low then high
    bool bcd;
    bool gate;
    bool running;       // a count was loaded and, in modes 1 and 5, a trigger came
    bool null_count;    // a count was written and is not loaded yet
    bool written_low;   // access 3: the low byte came, the high byte has not
    bool read_high;     // access 3: the next read is the high byte
    bool out_before;    // output while nothing runs
    uint8_t low;        // that low byte
    uint16_t reload;    // count register as written
    uint16_t loaded;    // what the counting element was loaded with
    uint64_t start;     // tick at which it was loaded (counts down from the next one)
    uint64_t held;      // ticks done when the gate stopped it (modes 0 and 4)
    bool stopped;       // by the gate
    bool switch_low;    // mode 3: the half that begins at switch_at is the low one
    uint64_t switch_at; // modes 2 and 3, null_count: the tick at which the new count takes over
    unsigned latched;   // bytes left to read from latch_value
    uint16_t latch_value;
    bool status_latched;
    uint8_t status;
};

struct pit {
    struct machine *m;
    struct channel ch[3];
    uint8_t port61;   // bits 0-3
    uint64_t edge;    // tick of channel 0's next, or CLOCK_NEVER
    uint64_t owed;    // rising edges of modes 2 and 3 that were due and could not be seen yet
    uint64_t pace_ns; // when to try again for those
    struct machine_timer timer;
};

// Ticks are rounded down, times up: at the time of a tick, the tick has happened.
static uint64_t ticks_at(uint64_t ns)
{
    return FIRST_TICK + (uint64_t)((unsigned __int128)ns * PIT_HZ / 1000000000u);
}

static uint64_t ns_at(uint64_t ticks)
{
    ticks = ticks > FIRST_TICK ? ticks - FIRST_TICK : 0;
    return (uint64_t)(((unsigned __int128)ticks * 1000000000u + PIT_HZ - 1) / PIT_HZ);
}

static uint64_t now_ticks(const struct pit *p)
{
    return ticks_at(machine_now_ns(p->m));
}

static uint32_t bcd_to_binary(uint16_t v)
{
    return (v & 15u) + (v >> 4 & 15u) * 10 + (v >> 8 & 15u) * 100 + (v >> 12 & 15u) * 1000;
}

static uint16_t binary_to_bcd(uint32_t v)
{
    return (uint16_t)(v % 10 | v / 10 % 10 << 4 | v / 100 % 10 << 8 | v / 1000 % 10 << 12);
}

static uint32_t modulus(const struct channel *c)
{
    return c->bcd ? 10000 : 65536;
}

static uint32_t count_of(const struct channel *c, uint16_t reg)
{
    uint32_t n = c->bcd ? bcd_to_binary(reg) : reg;
    return n ? n : modulus(c);
}

static uint32_t count(const struct channel *c)
{
    return count_of(c, c->loaded);
}

static uint64_t elapsed(const struct channel *c, uint64_t now)
{
    if (c->stopped)
        return c->held;
    return now > c->start ? now - c->start : 0;
}

// A count of 1 is illegal in modes 2 and 3; treat it as 2 so that a period is never empty.
static uint32_t period(const struct channel *c)
{
    uint32_t n = count(c);
    return n < 2 ? 2 : n;
}

static uint32_t high_half(const struct channel *c)
{
    return (period(c) + 1) / 2;
}

static void load(struct channel *c, uint64_t tick)
{
    c->loaded = c->reload;
    c->null_count = false;
    c->start = tick;
    c->held = 0;
    c->running = true;
}

// Let a count written in modes 2 and 3 take effect at the end of the period or half that ran when
// it was written.
static void channel_sync(struct channel *c, uint64_t now)
{
    if (!c->running || !c->null_count || c->stopped || c->mode < 2 || c->mode > 3 ||
        now < c->switch_at)
        return;
    load(c, c->switch_at);
    if (c->switch_low) // mode 3, the low half follows: it has the new length, the high one before
                       // it is over
        c->start -= high_half(c);
}

static bool output(const struct channel *c, uint64_t now)
{
    if (!c->running)
        return c->out_before;
    uint64_t d = elapsed(c, now);
    switch (c->mode) {
    case 0: return d >= count(c);
    case 1: return d >= count(c);
    case 2: return c->stopped || d % period(c) != period(c) - 1;
    case 3: return c->stopped || d % period(c) < high_half(c);
    default: return d != count(c); // 4 and 5: low for one tick
    }
}

static uint16_t current_count(const struct channel *c, uint64_t now)
{
    uint64_t d = c->running ? elapsed(c, now) : 0;
    uint32_t n = count(c), value;
    if (c->mode == 2) {
        value = (uint32_t)(period(c) - d % period(c));
    } else if (c->mode == 3) { // by twos, in each half
        uint32_t in = (uint32_t)(d % period(c));
        if (in >= high_half(c))
            in -= high_half(c);
        value = (period(c) & ~1u) - 2 * in;
    } else {
        value = (uint32_t)((n + (uint64_t)modulus(c) - d % modulus(c)) % modulus(c));
    }
    return c->bcd ? binary_to_bcd(value % 10000) : (uint16_t)value;
}

// The next tick after `now` at which channel 0 makes or ends a request, or CLOCK_NEVER. In modes 2
// and 3 that is the rising edge at the end of each period. The low phase before it is not acted
// out: with slices of instructions for time steps it could otherwise take back a request that the
// CPU was about to see.
static uint64_t next_edge(const struct channel *c, uint64_t now)
{
    if (!c->running || c->stopped)
        return CLOCK_NEVER;
    uint64_t d = elapsed(c, now), n = count(c);
    if (c->mode == 2 || c->mode == 3)
        return c->null_count && !c->switch_low ? c->switch_at
                                               : c->start + (d / period(c) + 1) * period(c);
    if (d < n)
        return c->start + n;
    return c->mode >= 4 && d == n ? c->start + n + 1 : CLOCK_NEVER;
}

// `now` is the tick that the caller has worked with: a later one could step over an edge.
static void arm(struct pit *p, uint64_t now)
{
    p->edge = next_edge(&p->ch[0], now);
    if (p->edge == CLOCK_NEVER) {
        p->owed = 0;
        machine_timer_cancel(p->m, &p->timer);
        return;
    }
    uint64_t at_ns = ns_at(p->edge), soon_ns = machine_now_ns(p->m) + p->pace_ns;
    machine_timer_set(p->m, &p->timer, p->owed && soon_ns < at_ns ? soon_ns : at_ns);
}

// Modes 2 and 3: an edge was due, or several, when the host was late. Each is made when the one
// before it has been taken; what is late by more than a second is forgotten.
static void make_edges(struct pit *p, uint64_t now)
{
    uint64_t length = period(&p->ch[0]), most = (uint64_t)PIT_HZ / length + 1;
    if (now >= p->edge)
        p->owed += 1 + (now - p->edge) / length;
    p->owed = p->owed < most ? p->owed : most;
    if (!p->owed)
        return;
    p->pace_ns = TICKS_PACE_NS;
    if (machine_irq_waits(p->m, 0)) { // interrupts are off: no hurry
        uint64_t later_ns = length * 1000000000 / PIT_HZ / 4;
        p->pace_ns = later_ns > TICKS_PACE_NS ? later_ns : TICKS_PACE_NS;
        return;
    }
    p->owed--;
    machine_set_irq(p->m, 0, false);
    machine_set_irq(p->m, 0, true);
}

static void on_edge(void *opaque)
{
    struct pit *p = opaque;
    struct channel *c = &p->ch[0];
    uint64_t now = now_ticks(p);
    channel_sync(c, now);
    // The timer may come late: the strobe of modes 4 and 5, one tick long, is over by then.
    bool strobe_over = c->mode >= 4 && c->running && elapsed(c, now) > count(c);
    if (c->mode == 2 || c->mode == 3) {
        make_edges(p, now);
    } else if (strobe_over) {
        machine_set_irq(p->m, 0, false);
        machine_set_irq(p->m, 0, true);
    } else {
        machine_set_irq(p->m, 0, output(c, now));
    }
    arm(p, now);
}

// Something changed by a write or a gate: the request line follows the output.
static void start_channel(struct pit *p, unsigned n, uint64_t now)
{
    if (n != 0)
        return;
    struct channel *c = &p->ch[0];
    if (c->mode < 2 || c->mode > 3 || !c->running || c->stopped)
        machine_set_irq(p->m, 0, output(c, now));
    arm(p, now);
}

// A whole count is in the count register.
static void write_count(struct pit *p, unsigned n, uint16_t value)
{
    struct channel *c = &p->ch[n];
    uint64_t now = now_ticks(p);
    channel_sync(c, now);
    c->reload = value;
    c->null_count = true;
    switch (c->mode) {
    case 0:
    case 4: // counts at once, from the next clock on
        load(c, now + 1);
        if (!c->gate) {
            c->stopped = true;
            c->held = 0;
        }
        break;
    case 2:
    case 3:
        if (!c->running) {
            load(c, now + 1);
            c->stopped = !c->gate;
        } else if (!c->stopped) {
            uint64_t d = elapsed(c, now), into = d % period(c),
                     at = (now > c->start ? now : c->start) - into;
            c->switch_low = c->mode == 3 && into < high_half(c);
            c->switch_at = at + (c->switch_low ? high_half(c) : period(c));
        }
        break;
    default: break; // 1 and 5 wait for a trigger
    }
    start_channel(p, n, now);
}

static void write_channel(struct pit *p, unsigned n, uint8_t value)
{
    struct channel *c = &p->ch[n];
    uint64_t now = now_ticks(p);
    switch (c->access) {
    case 1: write_count(p, n, value); break;
    case 2: write_count(p, n, (uint16_t)(value << 8)); break;
    case 3:
        if (!c->written_low) {
            c->low = value;
            c->written_low = true;
            if (c->mode == 0) { // the first byte stops the count (datasheet, mode 0)
                c->running = false;
                c->out_before = false;
                start_channel(p, n, now);
            }
        } else {
            c->written_low = false;
            write_count(p, n, (uint16_t)(value << 8 | c->low));
        }
        break;
    default: break; // no control word yet
    }
}

static void latch_count(struct channel *c, uint64_t now)
{
    if (c->latched)
        return; // the first latch holds until it is read
    c->latch_value = current_count(c, now);
    c->latched = c->access == 3 ? 2 : 1;
}

static void latch_status(struct channel *c, uint64_t now)
{
    if (c->status_latched)
        return;
    c->status = (uint8_t)(output(c, now) << 7 | c->null_count << 6 | c->control);
    c->status_latched = true;
}

static void write_control(struct pit *p, uint8_t value)
{
    uint64_t now = now_ticks(p);
    unsigned n = value >> 6;
    if (n == 3) { // read-back: bits 3-1 name channels; bit 5 = 0: count, bit 4 = 0: status
        for (unsigned i = 0; i < 3; i++) {
            if (!(value & 2u << i))
                continue;
            channel_sync(&p->ch[i], now);
            if (!(value & 0x20))
                latch_count(&p->ch[i], now);
            if (!(value & 0x10))
                latch_status(&p->ch[i], now);
        }
        return;
    }
    struct channel *c = &p->ch[n];
    channel_sync(c, now);
    unsigned access = value >> 4 & 3;
    if (access == 0) {
        latch_count(c, now);
        return;
    }
    unsigned mode = value >> 1 & 7;
    if (n == 0)
        p->owed = 0;
    bool gate = c->gate;
    uint16_t loaded = c->loaded;
    memset(c, 0, sizeof *c);
    c->gate = gate;
    c->loaded = loaded;
    c->control = value & 0x3f;
    c->access = (uint8_t)access;
    c->mode = (uint8_t)(mode > 5 ? mode - 4 : mode); // 6 and 7 are 2 and 3
    c->bcd = value & 1;
    c->null_count = true;
    c->out_before = c->mode != 0;
    start_channel(p, n, now);
}

static uint8_t read_channel(struct pit *p, unsigned n)
{
    struct channel *c = &p->ch[n];
    uint64_t now = now_ticks(p);
    channel_sync(c, now);
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    uint16_t value = c->latched ? c->latch_value : current_count(c, now);
    bool high = c->access == 2 || (c->access == 3 && c->read_high);
    if (c->access == 3)
        c->read_high = !c->read_high;
    if (c->latched)
        c->latched--;
    return (uint8_t)(high ? value >> 8 : value);
}

static void set_gate(struct pit *p, unsigned n, bool gate)
{
    struct channel *c = &p->ch[n];
    if (gate == c->gate)
        return;
    uint64_t now = now_ticks(p);
    channel_sync(c, now);
    c->gate = gate;
    switch (c->mode) {
    case 0:
    case 4: // pause and go on
        if (!c->running)
            break;
        if (!gate) {
            c->held = elapsed(c, now);
            c->stopped = true;
        } else if (c->stopped) {
            c->stopped = false;
            c->start = now - c->held;
        }
        break;
    case 1:
    case 5: // a rising edge is the trigger
        if (gate && c->access && (c->running || c->null_count))
            load(c, now + 1);
        break;
    default: // 2 and 3: down forces the output up, a rising edge loads
        c->held = elapsed(c, now);
        c->stopped = !gate;
        if (gate && c->running)
            load(c, now + 1);
        break;
    }
    start_channel(p, n, now);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct pit *p = opaque;
    if (port < 0x43)
        return read_channel(p, port & 3u);
    return 0xff; // the control register cannot be read
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct pit *p = opaque;
    if (p->timer.armed && p->timer.deadline_ns <= machine_now_ns(p->m)) {
        machine_timer_cancel(p->m, &p->timer);
        on_edge(p); // it is due and late: it was before this write
    }
    if (port >= 0x42)
        speaker_advance(p->m->speaker);
    if (port < 0x43)
        write_channel(p, port & 3u, (uint8_t)value);
    else
        write_control(p, (uint8_t)value);
}

// Port 61h: bit 0 gate of channel 2, bit 1 speaker, bits 2-3 parity checks off; read: bit 4 toggles
// with each memory refresh (about every 15 us), bit 5 is channel 2's output.
static uint32_t read_61(void *opaque, uint16_t port, unsigned size)
{
    (void)port, (void)size;
    struct pit *p = opaque;
    uint64_t now = now_ticks(p);
    channel_sync(&p->ch[2], now);
    enum { REFRESH_TICKS = 18 };
    return p->port61 | (uint32_t)(now / REFRESH_TICKS & 1) << 4 |
           (uint32_t)output(&p->ch[2], now) << 5;
}

static void write_61(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct pit *p = opaque;
    speaker_advance(p->m->speaker);
    p->port61 = value & 0xf;
    set_gate(p, 2, value & 1);
}

bool pit_speaker_is_on(const struct pit *p)
{
    return p->port61 & 2;
}

bool pit_speaker_level(const struct pit *p, uint64_t ns)
{
    struct channel c = p->ch[2];
    uint64_t tick = ticks_at(ns);
    if (tick < c.start)
        tick = c.start; // it has been synchronized by a read since
    channel_sync(&c, tick);
    return pit_speaker_is_on(p) && output(&c, tick);
}

void pit_reset(struct pit *p)
{
    speaker_advance(p->m->speaker);
    machine_timer_cancel(p->m, &p->timer);
    p->edge = CLOCK_NEVER;
    p->owed = 0;
    memset(p->ch, 0, sizeof p->ch);
    p->ch[0].gate = p->ch[1].gate = true;
    for (unsigned i = 0; i < 3; i++)
        p->ch[i].out_before = true;
    p->port61 = 0;
    machine_set_irq(p->m, 0, true); // the output is up, which is no edge until it was down
}

struct pit *pit_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    static const struct port_ops ops61 = {.read = read_61, .write = write_61, .bytes = true};
    struct pit *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->m = m;
    p->timer = (struct machine_timer){.fire = on_edge, .opaque = p};
    if (!machine_port_register(m, 0x40, 4, &ops, p) ||
        !machine_port_register(m, 0x61, 1, &ops61, p)) {
        free(p);
        return NULL;
    }
    return p;
}

void pit_destroy(struct pit *p)
{
    machine_timer_cancel(p->m, &p->timer);
    free(p);
}
