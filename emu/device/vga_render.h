// Pictures of the VGA: 32-bit pixels (0x00RRGGBB; the top byte is undefined) from registers and
// memory, with the rectangles that changed since the picture before.
//
// A picture has the resolution that the guest sees: 720 x 400 for text, 320 x 200 for mode 13h;
// lines that the VGA only repeats and dots that it only stretches are drawn once. What changed is
// found by comparing with copies of what was drawn. An unchanged picture costs one comparison of
// the memory shown: 0.3 ms for 1024 x 768 x 32.
// Any values in the registers give some picture within VGA_MAX_WIDTH x VGA_MAX_HEIGHT.
#ifndef TM_EMU_DEVICE_VGA_RENDER_H
#define TM_EMU_DEVICE_VGA_RENDER_H

#include "emu/device/vga_core.h"

enum { VGA_RECTS_MAX = 32 };

struct vga_rect {
    unsigned x, y, width, height;
};

struct vga_picture {
    unsigned width, height;
    uint32_t *pixels; // `width` a line
    bool resized;     // a new size: all of it is dirty
    unsigned ndirty;
    struct vga_rect dirty[VGA_RECTS_MAX];
};

struct vga_render;

// NULL when out of memory.
struct vga_render *vga_render_create(void);
void vga_render_destroy(struct vga_render *r);

// Draw what changed. `frame` counts frames of the guest's screen, for what blinks: the cursor is
// off in every other 8 of them, blinking characters in every other 16.
const struct vga_picture *vga_render_frame(struct vga_render *r, const struct vga_regs *regs,
                                           const uint8_t *vram, uint64_t frame);

#endif
