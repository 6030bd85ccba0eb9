// VGA modes as the tables of IBM's BIOS set them (PS/2 and PC BIOS Interface Technical Reference):
// what a test programs through the ports.
#ifndef TM_EMU_TESTS_VGA_MODES_H
#define TM_EMU_TESTS_VGA_MODES_H

#include "emu/device/vga_core.h"

struct vga_mode {
    uint8_t misc, seq[5], crtc[25], gr[9], attr[21];
};

static const struct vga_mode mode_3 = {
    .misc = 0x67,
    .seq = {3, 0, 3, 0, 2},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0,    0x4F, 0x0D, 0x0E, 0,
             0,    0,    0,    0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF},
    .attr = {0,    1,    2,    3,    4,    5,    0x14, 7,    0x38, 0x39, 0x3A,
             0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x0C, 0,    0x0F, 8,    0}};
static const struct vga_mode mode_4 = {
    .misc = 0x63,
    .seq = {3, 9, 3, 0, 2},
    .crtc = {0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0,    0xC1, 0,    0,   0,
             0,    0,    0,    0x9C, 0x8E, 0x8F, 0x14, 0,    0x96, 0xB9, 0xA2, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0x30, 0x0F, 0, 0xFF},
    .attr = {0,    0x13, 0x15, 0x17, 2,    4,    6, 7, 0x10, 0x11, 0x12,
             0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0, 3, 0,    0}};
static const struct vga_mode mode_6 = {
    .misc = 0x63,
    .seq = {3, 1, 1, 0, 6},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0,    0xC1, 0,    0,   0,
             0,    0,    0,    0x9C, 0x8E, 0x8F, 0x28, 0,    0x96, 0xB9, 0xC2, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0, 0x0D, 0, 0xFF},
    .attr = {0,    0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17, 0x17,
             0x17, 0x17, 0x17, 0x17, 0x17, 0x01, 0,    1,    0,    0}};
static const struct vga_mode mode_0d = {
    .misc = 0x63,
    .seq = {3, 9, 0x0F, 0, 6},
    .crtc = {0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0,    0xC0, 0,    0,   0,
             0,    0,    0,    0x9C, 0x8E, 0x8F, 0x14, 0,    0x96, 0xB9, 0xE3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0, 5, 0x0F, 0xFF},
    .attr = {0,    1,    2,    3,    4,    5,    6, 7,    0x10, 0x11, 0x12,
             0x13, 0x14, 0x15, 0x16, 0x17, 0x01, 0, 0x0F, 0,    0}};
static const struct vga_mode mode_12 = {
    .misc = 0xE3,
    .seq = {3, 1, 0x0F, 0, 6},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0,    0x40, 0,    0,   0,
             0,    0,    0,    0xEA, 0x8C, 0xDF, 0x28, 0,    0xE7, 0x04, 0xE3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0, 5, 0x0F, 0xFF},
    .attr = {0,    1,    2,    3,    4,    5,    0x14, 7,    0x38, 0x39, 0x3A,
             0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x01, 0,    0x0F, 0,    0}};
static const struct vga_mode mode_13 = {
    .misc = 0x63,
    .seq = {3, 1, 0x0F, 0, 0x0E},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0,    0x41, 0,    0,   0,
             0,    0,    0,    0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0x40, 5, 0x0F, 0xFF},
    .attr = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0F, 0, 0}};
// 320 x 240, one byte of each plane four pixels.
static const struct vga_mode mode_x = {
    .misc = 0xE3,
    .seq = {3, 1, 0x0F, 0, 6},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0D, 0x3E, 0,    0x41, 0,    0,   0,
             0,    0,    0,    0xEA, 0xAC, 0xDF, 0x28, 0,    0xE7, 0x06, 0xE3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0x40, 5, 0x0F, 0xFF},
    .attr = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41, 0, 0x0F, 0, 0}};

static inline void set_seq(struct vga_core *v, uint8_t index, uint8_t value)
{
    vga_port_write(v, 0x3c4, index);
    vga_port_write(v, 0x3c5, value);
}

static inline void set_crtc(struct vga_core *v, uint8_t index, uint8_t value)
{
    vga_port_write(v, 0x3d4, index);
    vga_port_write(v, 0x3d5, value);
}

static inline void set_gr(struct vga_core *v, uint8_t index, uint8_t value)
{
    vga_port_write(v, 0x3ce, index);
    vga_port_write(v, 0x3cf, value);
}

// Only while the palette is the processor's for the first 16: bit 5 of the index goes out and in
// again.
static inline void set_attr(struct vga_core *v, uint8_t index, uint8_t value)
{
    vga_port_read(v, 0x3da, 0);
    vga_port_write(v, 0x3c0, index);
    vga_port_write(v, 0x3c0, value);
    vga_port_write(v, 0x3c0, 0x20);
}

static inline void set_mode(struct vga_core *v, const struct vga_mode *mode)
{
    vga_port_write(v, 0x3c2, mode->misc);
    for (uint8_t i = 0; i < 5; i++)
        set_seq(v, i, mode->seq[i]);
    set_crtc(v, 0x11, mode->crtc[0x11] & 0x7f); // lift the protection of 0-7
    for (uint8_t i = 0; i < 25; i++)
        set_crtc(v, i, mode->crtc[i]);
    for (uint8_t i = 0; i < 9; i++)
        set_gr(v, i, mode->gr[i]);
    for (uint8_t i = 0; i < 21; i++)
        set_attr(v, i, mode->attr[i]);
    vga_port_write(v, 0x3c6, 0xff);
}

#endif
