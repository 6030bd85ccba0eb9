// The window at A0000h-BFFFFh: what a byte of it does to the four planes (IBM, Video Subsystem,
// "Video memory read and write operations").
#include <string.h>

#include "emu/device/vga_core.h"

enum {
    SEQ_SEQUENTIAL = 0x04, // register 4: planes are not chosen by the lowest address bit
    SEQ_CHAIN4 = 0x08,     // they are by the lowest two
    GR_ODD_EVEN = 0x10,    // register 5
    GR_READ_MODE = 0x08,
};

// Offset into the window that register 6 has mapped, or VGA_NOTHING.
static uint32_t map_window(const struct vga_regs *r, uint32_t offset)
{
    switch (r->gr[6] >> 2 & 3) {
    case 0: return offset;
    case 1: return offset < 0x10000 ? offset : VGA_NOTHING;
    case 2: return offset >= 0x10000 && offset < 0x18000 ? offset - 0x10000 : VGA_NOTHING;
    default: return offset >= 0x18000 && offset < 0x20000 ? offset - 0x18000 : VGA_NOTHING;
    }
}

static bool is_linear(const struct vga_regs *r)
{
    return vga_is_vbe(r) && r->vbe[VBE_BPP] != 4;
}

// Index of a linear mode's byte in the memory: the window shows one bank of 64 KB.
static uint32_t linear_index(const struct vga_regs *r, uint32_t at)
{
    return ((uint32_t)r->vbe[VBE_BANK] * 65536u + at) & (VGA_VRAM_BYTES - 1);
}

// Address `at` of all planes as an index of vram: 64 KB a plane, in a VBE mode of 4 bits more.
static uint32_t plane_index(const struct vga_regs *r, uint32_t at)
{
    uint32_t bank = vga_is_vbe(r) ? r->vbe[VBE_BANK] * 65536u : 0;
    return ((at & (VGA_PLANE_BYTES - 1)) + bank) * 4 & (VGA_VRAM_BYTES - 1);
}

static uint32_t load_word(const struct vga_core *v, uint32_t index)
{
    uint32_t word;
    memcpy(&word, v->vram + index, sizeof word);
    return word;
}

// 0, 1, 2, 3 for planes -> FF in the bytes of those whose bit is set in `planes`.
static uint32_t spread(unsigned planes)
{
    uint32_t mask = 0;
    for (unsigned p = 0; p < 4; p++)
        if (planes >> p & 1)
            mask |= 0xffu << 8 * p;
    return mask;
}

static uint32_t repeat(uint8_t byte)
{
    return byte * 0x01010101u;
}

// Read mode 1: a bit is 1 where all planes that matter have the colour compared with.
static uint8_t compare_color(const struct vga_regs *r, uint32_t word)
{
    uint32_t differs = (word ^ spread(r->gr[2])) & spread(r->gr[7]);
    return (uint8_t) ~(differs | differs >> 8 | differs >> 16 | differs >> 24);
}

uint8_t vga_memory_read(struct vga_core *v, uint32_t offset)
{
    const struct vga_regs *r = &v->regs;
    uint32_t at = map_window(r, offset);
    unsigned plane;
    if (at == VGA_NOTHING)
        return 0xff;
    if (is_linear(r))
        return v->vram[linear_index(r, at)];
    if (r->seq[4] & SEQ_CHAIN4) {
        plane = at & 3;
        at &= ~3u;
    } else if (r->gr[5] & GR_ODD_EVEN) {
        plane = (r->gr[4] & 2u) | (at & 1);
        at &= ~1u;
    } else {
        plane = r->gr[4] & 3;
    }
    v->latches = load_word(v, plane_index(r, at));
    if (r->gr[5] & GR_READ_MODE)
        return compare_color(r, v->latches);
    return (uint8_t)(v->latches >> 8 * plane);
}

// Register 3: what is done with the latches.
static uint32_t combine(const struct vga_core *v, uint32_t word)
{
    switch (v->regs.gr[3] >> 3 & 3) {
    case 1: return word & v->latches;
    case 2: return word | v->latches;
    case 3: return word ^ v->latches;
    default: return word;
    }
}

static uint8_t rotate(const struct vga_regs *r, uint8_t value)
{
    unsigned n = r->gr[3] & 7;
    return (uint8_t)(value >> n | value << ((8 - n) & 7));
}

// The four bytes that the write mode makes of the processor's one.
static uint32_t make_word(const struct vga_core *v, uint8_t value)
{
    const struct vga_regs *r = &v->regs;
    uint32_t bits = repeat(r->gr[8]), word;
    switch (r->gr[5] & 3) {
    case 0: {
        uint32_t set = spread(r->gr[1]); // planes that take set/reset instead of the byte
        word = (repeat(rotate(r, value)) & ~set) | (spread(r->gr[0]) & set);
        break;
    }
    case 1: return v->latches;
    case 2: word = spread(value & 15); break;
    default: // the rotated byte masks set/reset
        word = spread(r->gr[0]);
        bits &= repeat(rotate(r, value));
        break;
    }
    return (combine(v, word) & bits) | (v->latches & ~bits);
}

uint32_t vga_memory_write(struct vga_core *v, uint32_t offset, uint8_t value)
{
    const struct vga_regs *r = &v->regs;
    uint32_t at = map_window(r, offset);
    if (at == VGA_NOTHING)
        return VGA_NOTHING;
    if (is_linear(r)) {
        v->vram[linear_index(r, at)] = value;
        return linear_index(r, at) & ~3u;
    }
    unsigned planes = r->seq[2];
    if (r->seq[4] & SEQ_CHAIN4) {
        planes &= 1u << (at & 3);
        at &= ~3u;
    } else if (!(r->seq[4] & SEQ_SEQUENTIAL)) {
        planes &= at & 1 ? 0xa : 0x5;
        at &= ~1u;
    }
    uint32_t index = plane_index(r, at), mask = spread(planes);
    uint32_t word = (load_word(v, index) & ~mask) | (make_word(v, value) & mask);
    memcpy(v->vram + index, &word, sizeof word);
    return index;
}
