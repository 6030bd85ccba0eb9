// How other threads (a display, the monitor) reach a running machine: they hand it calls, which its
// own thread makes between two slices, or while it sleeps or is stopped. Nothing else of a machine
// may be touched from outside, but for machine_stop() and vga_snapshot().
//
// Invariants: a call that was accepted is made or, when the run ends first, refused; the caller
// waits for which. A call never waits for another thread. A post is called between two slices, too,
// or later if the machine does not run.
#ifndef TM_EMU_MACHINE_CALL_H
#define TM_EMU_MACHINE_CALL_H

#include <stdbool.h>

struct machine;

// --- from other threads ---
// Have fn(opaque) called. False, and it was not, if the run has ended.
bool machine_call(struct machine *m, void (*fn)(void *opaque), void *opaque);

// The machine will not run (again): calls that wait, and all to come, are refused.
void machine_refuse_calls(struct machine *m);

// A note that another thread leaves: fn(opaque) is called soon, once for all posts before that
// call. The sender does not wait. Its memory is the owner's, who cancels it before it goes away.
struct machine_post {
    void (*fn)(void *opaque);
    void *opaque;
    bool posted; // under the lock of call.c
    struct machine_post *next;
};
void machine_post(struct machine *m, struct machine_post *post);
// On the machine's thread, when nobody posts it any more.
void machine_cancel_post(struct machine *m, struct machine_post *post);
// On the machine's thread: so many more (fewer, if negative) things are under way in other threads
// that will post. A guest that halts waits for them.
void machine_expect(struct machine *m, int more);

// --- on the machine's thread, by such a call ---
// Stop and go on; the virtual clock stands still meanwhile.
void machine_pause(struct machine *m);
void machine_continue(struct machine *m);
bool machine_is_paused(const struct machine *m);
// Somebody can wake or end the machine from outside: a guest that halts for ever is left asleep.
void machine_attend(struct machine *m);

// --- for machine/ and run.c ---
struct calls *calls_create(void);
void calls_destroy(struct calls *c);
bool calls_pend(const struct calls *c);
// Make the calls that are there.
void calls_make(struct machine *m);
// Wait up to 100 ms for one.
void calls_wait(struct calls *c);
// The descriptor that is readable while one is there.
int calls_fd(const struct calls *c);
// The run begins or has ended: calls are accepted, or refused from now on.
void calls_open(struct calls *c, bool open);

#endif
