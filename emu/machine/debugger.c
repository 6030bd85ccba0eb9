#include "emu/machine/debugger.h"

#include <stdlib.h>
#include <unistd.h>

#include "emu/interp/interp.h"
#include "emu/machine/machine_state.h"

enum { STEPS_A_TURN = 1024, PAGE_BYTES = 4096 };

struct debugger {
    bool running; // told to go on, and not stopped since
    bool stepping, stepped;
    uint32_t first, end; // of the range to step through
    bool events;
    int event_fd;
    struct debugger_stop stop;
    struct points points;
};

// EFLAGS is real, and what the engine does for that has been seen.
static void settle(struct machine *m)
{
    if (m->config.engine->settle)
        m->config.engine->settle(m->cpu);
}

static void stop(struct machine *m, enum debugger_reason reason)
{
    struct debugger *d = m->debugger;
    uint64_t one = 1;
    settle(m);
    m->cpu->debug_hits &= ~(uint32_t)DEBUG_HIT_OUTSIDE;
    d->stop = (struct debugger_stop){.reason = reason};
    if (d->points.hit) {
        d->stop.reason = DEBUGGER_POINT;
        d->stop.point = d->points.hit_is;
        d->stop.address = d->points.hit_address;
    }
    d->points.hit = d->stepping = d->stepped = false;
    bool tell = d->running;
    d->running = false;
    machine_pause(m);
    if (tell && write(d->event_fd, &one, sizeof one) != sizeof one) {
        // the counter is full: somebody will look
    }
}

void debugger_note_pause(struct machine *m)
{
    if (m->debugger && m->debugger->running)
        stop(m, DEBUGGER_ASKED);
}

bool debugger_attach(struct machine *m, int event_fd)
{
    if (m->debugger)
        return false;
    struct debugger *d = calloc(1, sizeof *d);
    if (!d)
        return false;
    d->event_fd = event_fd;
    m->debugger = d;
    stop(m, DEBUGGER_ATTACHED);
    return true;
}

void debugger_detach(struct machine *m)
{
    struct debugger *d = m->debugger;
    if (!d)
        return;
    while (d->points.n)
        debugger_remove(m, d->points.point[0]);
    m->cpu->debug_hits &= ~(uint32_t)DEBUG_HIT_OUTSIDE;
    debugger_free(m);
    machine_continue(m);
}

void debugger_free(struct machine *m)
{
    free(m->debugger);
    m->debugger = NULL;
    if (m->cpu)
        m->cpu->points = NULL;
}

// What engine and tables know of the place is no longer so.
static void refresh(struct machine *m, const struct point *point)
{
    struct debugger *d = m->debugger;
    m->cpu->points = d->points.n ? &d->points : NULL;
    if (point_is_code(point->kind)) {
        if (m->config.engine->forget)
            m->config.engine->forget(m->cpu, point->first);
        return;
    }
    uint32_t pages = ((point->first & (PAGE_BYTES - 1)) + point->bytes - 1) / PAGE_BYTES + 1;
    for (uint32_t i = 0; i < pages; i++)
        mmu_flush_page(m->cpu, point->first + i * PAGE_BYTES);
}

bool debugger_insert(struct machine *m, struct point point)
{
    if (point.bytes == 0 || point.bytes > POINT_BYTES_MAX ||
        !points_add(&m->debugger->points, point))
        return false;
    refresh(m, &point);
    return true;
}

bool debugger_remove(struct machine *m, struct point point)
{
    if (!points_remove(&m->debugger->points, point))
        return false;
    refresh(m, &point);
    return true;
}

void debugger_interrupt(struct machine *m)
{
    if (m->debugger->running)
        stop(m, DEBUGGER_ASKED);
}

void debugger_continue(struct machine *m)
{
    struct debugger *d = m->debugger;
    d->running = true;
    d->stepping = false;
    // Where EIP is not the linear address, gdb does not know that it is at its breakpoint.
    if (m->cpu->seg[SEG_CS].base)
        points_seen(m->cpu, &d->points);
    machine_continue(m);
}

void debugger_step(struct machine *m, uint32_t first, uint32_t end, bool events)
{
    struct debugger *d = m->debugger;
    d->running = d->stepping = true;
    d->first = first;
    d->end = end;
    d->events = events;
    machine_continue(m);
}

bool debugger_is_running(const struct machine *m)
{
    return m->debugger->running;
}

struct debugger_stop debugger_last_stop(const struct machine *m)
{
    return m->debugger->stop;
}

// --- running ---

// Deliver what may be delivered. True if a handler was entered.
static bool take_events(struct machine *m)
{
    uint64_t before = m->cpu->interrupts;
    machine_begin_step(m);
    return m->cpu->interrupts != before;
}

// One instruction or element.
static void step_once(struct machine *m)
{
    struct cpu *cpu = m->cpu;
    uint64_t exceptions = cpu->exceptions;
    uint32_t eip = cpu->eip;
    settle(m);
    cpu_set_budget(cpu, 1);
    cpu->debug_hits |= DEBUG_HIT_OUTSIDE;
    enum stage from = profile_switch(&m->profile, STAGE_execute);
    if (interp_step(cpu)) {
        cpu->left--;
        m->profile.stage[STAGE_execute].items++;
    } else if (cpu->eip == eip && cpu->exceptions == exceptions) {
        points_begun(cpu, &m->debugger->points);
    }
    profile_return(&m->profile, from);
    cpu->debug_hits &= ~(uint32_t)DEBUG_HIT_OUTSIDE;
}

static bool in_range(const struct debugger *d, uint32_t linear)
{
    return linear - d->first < d->end - d->first;
}

static enum cpu_exit step(struct machine *m)
{
    struct debugger *d = m->debugger;
    struct cpu *cpu = m->cpu;
    bool halted = cpu->halted;
    if (cpu->shutdown)
        return EXIT_SHUTDOWN;
    if ((halted || d->events) && take_events(m)) {
        d->stepped = true;
        return EXIT_POLL;
    }
    if (cpu->halted)
        return EXIT_HALT;
    if (halted) { // woken without a handler
        d->stepped = true;
        return EXIT_POLL;
    }
    for (unsigned n = 0; n < STEPS_A_TURN && !cpu->shutdown && !cpu->quit && !m->stop; n++) {
        step_once(m);
        uint32_t linear = cpu->seg[SEG_CS].base + cpu->eip;
        if (!in_range(d, linear) || cpu->halted || d->points.hit || points_at(&d->points, linear)) {
            d->stepped = true;
            break;
        }
    }
    return EXIT_POLL;
}

enum cpu_exit debugger_turn(struct machine *m, int64_t insns)
{
    if (m->paused)
        return EXIT_POLL;
    struct debugger *d = m->debugger;
    enum cpu_exit why = d->stepping ? step(m) : machine_step(m, insns);
    points_follow(m->cpu, &d->points);
    if (d->points.hit)
        stop(m, DEBUGGER_POINT);
    else if (d->stepped)
        stop(m, DEBUGGER_STEPPED);
    return why;
}
