// How fast the machine is, for whoever watches it: instructions a second, and which stages take the
// clocks.
//
// Clocks are counted all the time while the panel is open or --stats is given. For the title alone
// they are counted during SPEED_SAMPLE_NS of each second, so that it costs the machine next to
// nothing.
#ifndef TM_EMU_DISPLAY_SPEED_H
#define TM_EMU_DISPLAY_SPEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/display/overlay.h"

enum { SPEED_SAMPLE_NS = 60 * 1000 * 1000 };

struct speed {
    struct machine *m;
    bool watched, counting, soon;
    uint64_t start_ns;                    // of the interval
    uint64_t said_ns, said_insns;         // of the last line for the title; 0: none
    struct machine_figures at_start, now; // counts
    struct overlay_figures figures;       // of the last interval
    bool fresh;                           // nobody has drawn them yet
};

void speed_init(struct speed *v, struct machine *m);
// The panel is open or closed.
void speed_watch(struct speed *v, bool on);
// A line with the next call of speed_look(), not in a second: what else is in the title changed.
void speed_say_soon(struct speed *v);
// To be called often. True: `line` is a new one, as "153 MIPS, execute 88 %, mmu 7 %".
bool speed_look(struct speed *v, uint64_t now_ns, char *line, size_t length);
// The two stages that take most, of those with 1 % at least.
void speed_write_line(const struct overlay_figures *f, bool paused, char *line, size_t length);

#endif
