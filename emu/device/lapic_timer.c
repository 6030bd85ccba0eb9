// See lapic_timer.h.
//
// Invariants: `timer` is armed exactly while something is to come: in the counting modes not while
// masked, since nobody would see it. What was due when a register is written has happened before
// the write: a register's write happens at one time, which is read once, for the host may stop us
// between two looks at its clock for longer than the guest has set the timer to.
#include "emu/device/lapic_timer.h"

static uint64_t tick_ns(const struct lapic_timer *t)
{
    // Bits 3, 1, 0: 0-6 divide by 2 to 128, 7 by 1.
    unsigned shift = ((t->divide >> 1 & 4u) | (t->divide & 3u)) + 1;
    return 1ull << (shift & 7);
}

static uint64_t period_ns(const struct lapic_timer *t)
{
    return t->initial * tick_ns(t);
}

static uint64_t elapsed_ns(const struct lapic_timer *t, uint64_t now_ns)
{
    return (uint64_t)((int64_t)now_ns - t->start_ns);
}

static uint32_t count_at(const struct lapic_timer *t, uint64_t now_ns)
{
    if (!t->running)
        return 0;
    uint64_t ticks = elapsed_ns(t, now_ns) / tick_ns(t);
    if (t->mode == LAPIC_PERIODIC)
        return t->initial - (uint32_t)(ticks % t->initial);
    return ticks < t->initial ? t->initial - (uint32_t)ticks : 0;
}

uint32_t lapic_timer_count(const struct lapic_timer *t)
{
    return count_at(t, machine_now_ns(t->m));
}

static void arm_deadline(struct lapic_timer *t, uint64_t now_ns)
{
    if (!t->deadline_tsc) {
        machine_timer_cancel(t->m, &t->timer);
        return;
    }
    uint64_t tsc = cpu_read_tsc(t->cpu);
    uint64_t wait_ns = t->deadline_tsc > tsc ? machine_tsc_to_ns(t->m, t->deadline_tsc - tsc) : 0;
    machine_timer_set(t->m, &t->timer, now_ns + wait_ns);
}

static void arm(struct lapic_timer *t, uint64_t now_ns)
{
    if (t->mode == LAPIC_DEADLINE) {
        arm_deadline(t, now_ns);
        return;
    }
    if (!t->running || t->masked) {
        machine_timer_cancel(t->m, &t->timer);
        return;
    }
    uint64_t period = period_ns(t), periods = 1; // a one-shot may be over already
    if (t->mode == LAPIC_PERIODIC)
        periods += elapsed_ns(t, now_ns) / period;
    machine_timer_set(t->m, &t->timer, (uint64_t)t->start_ns + periods * period);
}

static void expire(struct lapic_timer *t, uint64_t now_ns)
{
    if (t->mode == LAPIC_DEADLINE) {
        // The host's TSC is related to its clock by measurement: it may be a little early.
        if (cpu_read_tsc(t->cpu) >= t->deadline_tsc) {
            t->deadline_tsc = 0;
            if (!t->masked)
                t->expired(t->opaque);
        }
    } else {
        if (t->mode == LAPIC_ONE_SHOT)
            t->running = false;
        t->expired(t->opaque);
    }
    arm(t, now_ns);
}

static void on_timer(void *opaque)
{
    struct lapic_timer *t = opaque;
    expire(t, machine_now_ns(t->m));
}

// What is due and late was before what the guest does now. Returns when that is.
static uint64_t settle(struct lapic_timer *t)
{
    uint64_t now_ns = machine_now_ns(t->m);
    if (t->timer.armed && t->timer.deadline_ns <= now_ns) {
        machine_timer_cancel(t->m, &t->timer);
        expire(t, now_ns);
    }
    return now_ns;
}

void lapic_timer_set_mode(struct lapic_timer *t, enum lapic_timer_mode mode, bool masked)
{
    uint64_t now_ns = settle(t);
    if ((mode == LAPIC_DEADLINE) != (t->mode == LAPIC_DEADLINE)) { // this disarms it (SDM 11.5.4.1)
        t->running = false;
        t->deadline_tsc = 0;
    }
    // A one-shot that ended while it was masked has ended; any other is settled.
    if (t->mode == LAPIC_ONE_SHOT && count_at(t, now_ns) == 0)
        t->running = false;
    t->mode = mode;
    t->masked = masked;
    arm(t, now_ns);
}

void lapic_timer_set_initial(struct lapic_timer *t, uint32_t count)
{
    if (t->mode == LAPIC_DEADLINE)
        return;
    uint64_t now_ns = settle(t);
    t->initial = count;
    t->running = count != 0;
    t->start_ns = (int64_t)now_ns;
    arm(t, now_ns);
}

void lapic_timer_set_divide(struct lapic_timer *t, uint32_t value)
{
    uint64_t now_ns = settle(t);
    uint32_t count = count_at(t, now_ns);
    t->divide = value & 0xb;
    if (t->running) // the count goes on from where it is
        t->start_ns = (int64_t)(now_ns - (t->initial - count) * tick_ns(t));
    arm(t, now_ns);
}

void lapic_timer_set_deadline(struct lapic_timer *t, uint64_t tsc)
{
    if (t->mode != LAPIC_DEADLINE)
        return;
    uint64_t now_ns = settle(t);
    t->deadline_tsc = tsc;
    arm(t, now_ns);
}

void lapic_timer_tsc_changed(struct lapic_timer *t)
{
    if (t->mode == LAPIC_DEADLINE)
        arm(t, machine_now_ns(t->m));
}

void lapic_timer_reset(struct lapic_timer *t)
{
    machine_timer_cancel(t->m, &t->timer);
    t->mode = LAPIC_ONE_SHOT;
    t->masked = true;
    t->running = false;
    t->initial = 0;
    t->divide = 0;
    t->deadline_tsc = 0;
}

void lapic_timer_init(struct lapic_timer *t, struct machine *m, struct cpu *cpu,
                      void (*expired)(void *opaque), void *opaque)
{
    *t = (struct lapic_timer){.m = m, .cpu = cpu, .expired = expired, .opaque = opaque};
    t->timer = (struct machine_timer){.fire = on_timer, .opaque = t};
    t->masked = true;
}
