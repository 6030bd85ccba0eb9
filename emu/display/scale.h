// Where a picture lands in a window, and putting changed rectangles of it there: each pixel of the
// window shows the nearest one of the picture.
//
// Aspect is kept. The VGA's pictures have each line and dot once (vga_render.h), so that 320 x 200
// is a quarter of what the monitor showed and 640 x 200 half: those are doubled first.
// Knows no window system; a window's memory is an array of 0x00RRGGBB.
#ifndef TM_EMU_DISPLAY_SCALE_H
#define TM_EMU_DISPLAY_SCALE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/device/vga_render.h"

enum { SCALE_MAX = 16384 }; // pixels a side of a window

// Size at which each line and dot has its shape: what a window is opened with.
void scale_natural_size(unsigned width, unsigned height, unsigned *natural_width,
                        unsigned *natural_height);

struct scale {
    unsigned from_width, from_height; // the picture
    struct vga_rect to;               // its place in the window
    uint16_t columns[SCALE_MAX];      // of the picture, for each column of `to`
};

// Fit a picture of width x height into a window: as large as aspect allows, or as the largest
// multiple of its natural size (`integer`; where none fits, as without).
void scale_set(struct scale *s, unsigned width, unsigned height, unsigned window_width,
               unsigned window_height, bool integer);
// Draw the part `dirty` of the picture into the window's memory, of `pitch` pixels a line. Returns
// what changed there.
struct vga_rect scale_draw(const struct scale *s, const uint32_t *picture,
                           const struct vga_rect *dirty, uint32_t *window, unsigned pitch);

#endif
