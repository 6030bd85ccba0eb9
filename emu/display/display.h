// Where the machine's screen is shown, and keys and mouse come from. The kinds are in display.def;
// none is no display at all. A display has a thread of its own, reads the VGA by vga_snapshot() and
// reaches the machine by machine_call().
#ifndef TM_EMU_DISPLAY_DISPLAY_H
#define TM_EMU_DISPLAY_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct machine;
struct display; // of the kind that was started

// NULL with `why` set: there is no such kind, or it cannot be.
struct display *display_start(struct machine *m, const char *kind, char *why, size_t whylen);
// After the machine has stopped running. NULL is none.
void display_stop(struct display *d);
bool display_is_known(const char *kind);

// --- for the kinds ---
struct display_ops {
    const char *name;
    struct display *(*start)(struct machine *m, char *why, size_t whylen);
    void (*stop)(struct display *d);
};
struct display { // first in the kind's own
    const struct display_ops *ops;
};
#define DISPLAY(name) extern const struct display_ops display_##name;
#include "emu/display/display.def"
#undef DISPLAY

#endif
