// The panel that shows live where the emulator's clocks go: a bar for each of the eleven stages.
// Drawing only: figures in, pixels (0x00RRGGBB) out.
#ifndef TM_EMU_DISPLAY_OVERLAY_H
#define TM_EMU_DISPLAY_OVERLAY_H

#include <stdint.h>

#include "emu/machine/machine.h"

enum {
    OVERLAY_CELL_WIDTH = 6, // a character
    OVERLAY_CELL_HEIGHT = 10,
    OVERLAY_BAR_WIDTH = 120,
    OVERLAY_BAR_X = 11 * OVERLAY_CELL_WIDTH,
    OVERLAY_WIDTH = OVERLAY_BAR_X + OVERLAY_BAR_WIDTH + 7 * OVERLAY_CELL_WIDTH,
    OVERLAY_HEIGHT = (STAGE_COUNT + 3) * OVERLAY_CELL_HEIGHT,
};

// What the last interval was like.
struct overlay_figures {
    const char *engine;
    double mips;
    double share[STAGE_COUNT]; // of the clocks, 0 to 1; all 0: not known
};

void overlay_draw(const struct overlay_figures *f, uint32_t pixels[OVERLAY_HEIGHT * OVERLAY_WIDTH]);
// Top line of stage s's bar: OVERLAY_BAR_WIDTH x (OVERLAY_CELL_HEIGHT - 2) from OVERLAY_BAR_X.
unsigned overlay_bar_y(enum stage s);
extern const uint32_t overlay_colors[STAGE_COUNT], overlay_empty;

#endif
