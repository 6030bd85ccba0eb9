// The modes that the CRTC scans out of the planes: text and graphics of up to 8 bits a pixel. For
// vga_render.c only.
#ifndef TM_EMU_DEVICE_VGA_SCAN_H
#define TM_EMU_DEVICE_VGA_SCAN_H

#include "emu/device/vga_core.h"

enum {
    VGA_SCAN_BYTES = 4 * VGA_PLANE_BYTES, // the part of the memory that the CRTC reaches
    VGA_LINE_PIXELS = 2 * VGA_MAX_WIDTH,  // 257 characters of 9 dots, and any VBE line
};

// As 0x00RRGGBB: what each value at the DAC shows, and each colour at the attribute controller.
struct vga_palette {
    uint32_t dac[256], attr[16];
    uint32_t attr_off[16]; // while what blinks in graphics is off
};

// Size of the picture that the registers make; never 0 x 0.
void vga_scan_size(const struct vga_regs *regs, unsigned *width, unsigned *height);
// True in text modes and where graphics blink: the picture depends on the phase.
bool vga_scan_blinks(const struct vga_regs *regs);
// Make each line of the picture in `line` and hand it to put(). `phase` counts 8 frames.
void vga_scan(const struct vga_regs *regs, const uint8_t *planes, const struct vga_palette *palette,
              uint64_t phase, uint32_t line[VGA_LINE_PIXELS],
              void (*put)(void *opaque, unsigned y, const uint32_t *line), void *opaque);

#endif
