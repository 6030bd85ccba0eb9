// Where the machine's screen is shown, and keys and mouse come from. The kinds are in display.def;
// none is no display at all. A display has a thread of its own, reads the VGA by vga_snapshot() and
// reaches the machine by machine_call().
#ifndef TM_EMU_DISPLAY_DISPLAY_H
#define TM_EMU_DISPLAY_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct machine;
struct display; // of the kind that was started

// -display KIND[,property=value...]; scale= and the switches are the window's.
struct display_options {
    char kind[16];
    bool integer;    // scale=integer: by whole numbers only, not free
    bool full;       // full-screen=on
    bool close_ends; // window-close=on: closing the window ends the machine (the default)
};
// 0, or -1 with `why` set: there is no such kind, or the rest makes no sense.
int display_parse(const char *text, struct display_options *o, char *why, size_t whylen);

// NULL with `why` set: it cannot be.
struct display *display_start(struct machine *m, const struct display_options *o, char *why,
                              size_t whylen);
// After the machine has stopped running. NULL is none.
void display_stop(struct display *d);

// --- for the kinds ---
struct display_ops {
    const char *name;
    struct display *(*start)(struct machine *m, const struct display_options *o, char *why,
                             size_t whylen);
    void (*stop)(struct display *d);
};
struct display { // first in the kind's own
    const struct display_ops *ops;
};
#define DISPLAY(name) extern const struct display_ops display_##name;
#include "emu/display/display.def"
#undef DISPLAY

#endif
