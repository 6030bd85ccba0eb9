// A picture as a PNG file, or as PPM (P6).
#ifndef TM_EMU_DISPLAY_PNG_H
#define TM_EMU_DISPLAY_PNG_H

#include <stddef.h>

#include "emu/device/vga_render.h"

// 0, or -1 with `why` (of `whylen` bytes) set; then there is no file.
int png_write_picture(const char *path, const struct vga_picture *p, char *why, size_t whylen);
int ppm_write_picture(const char *path, const struct vga_picture *p, char *why, size_t whylen);

#endif
