// The virtual clock and the timers that run on it.
//
// One clock serves all devices and (scaled) the TSC. Without icount it is the host's
// CLOCK_MONOTONIC_RAW since the machine was made; with icount it is the number of instructions
// retired, 1 ns each, plus what HLT skipped, so that a run repeats bit for bit. Invariants: the
// list is sorted by deadline; a timer is in it exactly while `armed`; fire() may set it again.
#ifndef TM_EMU_MACHINE_CLOCK_H
#define TM_EMU_MACHINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct machine;

struct machine_timer {
    void (*fire)(void *opaque);
    void *opaque;
    uint64_t deadline_ns;
    bool armed;
    struct machine_timer *next;
};

#define CLOCK_NEVER (UINT64_MAX)

// (Re)arm a timer; a deadline that has passed fires at the next look.
void machine_timer_set(struct machine *m, struct machine_timer *t, uint64_t deadline_ns);
void machine_timer_cancel(struct machine *m, struct machine_timer *t);
// The earliest deadline, or CLOCK_NEVER.
uint64_t machine_timer_next_ns(const struct machine *m);
// Fire all that are due.
void machine_timers_run(struct machine *m);

// Host clock, for the machine's own use.
uint64_t clock_host_ns(void);
// Let time pass until `deadline_ns` (CLOCK_NEVER: until woken): sleep, or jump under icount.
// Returns early when input arrives on one of the n descriptors (those >= 0), or a signal does.
void clock_idle_until(struct machine *m, uint64_t deadline_ns, const int *wake_fds, unsigned n);

#endif
