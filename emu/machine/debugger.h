// What a debugger outside the guest does with a machine: stop it, set break- and watchpoints, have
// it step and go on. There can be one. Everything here is for the machine's thread (call.h); where
// another thread waits for stops, it does so on a descriptor.
//
// While it is attached, the run loop goes through debugger_turn(); without one, nothing of this is
// asked but a pointer per slice.
#ifndef TM_EMU_MACHINE_DEBUGGER_H
#define TM_EMU_MACHINE_DEBUGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/points.h"
#include "emu/machine/machine_state.h"

enum debugger_reason {
    DEBUGGER_ATTACHED,
    DEBUGGER_ASKED,   // by debugger_interrupt(), or somebody else paused the machine
    DEBUGGER_STEPPED, // a step is done
    DEBUGGER_POINT,   // a breakpoint or watchpoint was hit
};
struct debugger_stop {
    enum debugger_reason reason;
    unsigned cpu;       // whose
    struct point point; // DEBUGGER_POINT: which
    uint32_t address;   // and the byte of it
};

// Stop the machine, and write to event_fd (an eventfd) at each stop from now on that follows a
// debugger_continue() or debugger_step(). False: there is one already, or no memory.
bool debugger_attach(struct machine *m, int event_fd);
// Forget all points and let the machine run.
void debugger_detach(struct machine *m);
// For machine_destroy().
void debugger_free(struct machine *m);

bool debugger_insert(struct machine *m, struct point point); // false: no room
bool debugger_remove(struct machine *m, struct point point); // false: there is none

void debugger_interrupt(struct machine *m);
void debugger_continue(struct machine *m);
// One instruction, or one element of a REP; then on while EIP's linear address is in [first, end).
// `events`: timers fire and interrupts are delivered meanwhile; without, a step is the program's
// own next instruction. A processor that is halted waits for the interrupt that wakes it.
void debugger_step(struct machine *m, uint32_t first, uint32_t end, bool events);
bool debugger_is_running(const struct machine *m);
struct debugger_stop debugger_last_stop(const struct machine *m);

// --- for machine/ and run.c ---
// One turn of the run loop with a debugger attached.
enum cpu_exit debugger_turn(struct machine *m, int64_t insns);
// Has what an interrupt pushed hit a watchpoint? Then nothing runs before that is told.
static inline bool debugger_has_hit(const struct machine *m)
{
    return __builtin_expect(m->cpu->points != NULL, 0) && m->cpu->points->hit;
}
// The machine was paused by whomever.
void debugger_note_pause(struct machine *m);

#endif
