// See vga_render.h. This file does the palette, the VBE modes and what is dirty; vga_scan.c the
// modes that the CRTC scans out.
#include "emu/device/vga_render.h"

#include <stdlib.h>
#include <string.h>

#include "emu/device/vga_scan.h"

struct vga_render {
    struct vga_picture picture;
    struct vga_regs regs; // of the picture before
    uint64_t phase;
    uint8_t *seen; // what was drawn: lines of a VBE mode one after another, or all planes
    struct vga_palette palette;
    uint32_t line[VGA_LINE_PIXELS];
};

struct vga_render *vga_render_create(void)
{
    struct vga_render *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->picture.pixels = calloc((size_t)VGA_MAX_WIDTH * VGA_MAX_HEIGHT, sizeof(uint32_t));
    r->seen = calloc(1, VGA_VRAM_BYTES);
    if (!r->picture.pixels || !r->seen) {
        vga_render_destroy(r);
        return NULL;
    }
    return r;
}

void vga_render_destroy(struct vga_render *r)
{
    if (!r)
        return;
    free(r->picture.pixels);
    free(r->seen);
    free(r);
}

// --- what is dirty ---

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

// Pixels [first, end) of line y changed: lines that follow each other share a rectangle.
static void add_dirty(struct vga_picture *p, unsigned y, unsigned first, unsigned end)
{
    struct vga_rect *last = p->ndirty ? &p->dirty[p->ndirty - 1] : NULL;
    if (last && (last->y + last->height == y || p->ndirty == VGA_RECTS_MAX)) {
        unsigned right = larger(last->x + last->width, end);
        last->x = smaller(last->x, first);
        last->width = right - last->x;
        last->height = y + 1 - last->y;
        return;
    }
    p->dirty[p->ndirty++] =
        (struct vga_rect){.x = first, .y = y, .width = end - first, .height = 1};
}

// Put a line into the picture, if it is another one.
static void put_line(void *opaque, unsigned y, const uint32_t *line)
{
    struct vga_render *r = opaque;
    struct vga_picture *p = &r->picture;
    uint32_t *to = p->pixels + (size_t)y * p->width;
    if (memcmp(to, line, p->width * sizeof *line) == 0)
        return;
    unsigned first = 0, end = p->width;
    while (first < end && to[first] == line[first])
        first++;
    while (end > first && to[end - 1] == line[end - 1])
        end--;
    if (first == end) // the guest wrote it back between the two looks
        return;
    memcpy(to + first, line + first, (end - first) * sizeof *line);
    add_dirty(p, y, first, end);
}

static void set_size(struct vga_render *r, unsigned width, unsigned height)
{
    struct vga_picture *p = &r->picture;
    p->resized = p->width != width || p->height != height;
    p->width = width;
    p->height = height;
    if (p->resized)
        memset(p->pixels, 0, (size_t)width * height * sizeof *p->pixels);
}

// --- colours ---

static uint32_t dac_color(const struct vga_regs *regs, unsigned index)
{
    const uint8_t *c = regs->dac[index & regs->dac_mask];
    uint32_t level[3];
    for (unsigned i = 0; i < 3; i++)
        level[i] = regs->vbe[VBE_ENABLE] & VBE_ENABLE_8BIT_DAC
                       ? c[i]
                       : ((uint32_t)c[i] << 2 | c[i] >> 4) & 0xff;
    return level[0] << 16 | level[1] << 8 | level[2];
}

// IBM: with bit 7 of the mode register, register 14h gives bits 4 and 5 too; bits 6 and 7 always.
static uint8_t attr_color(const uint8_t *attr, unsigned index)
{
    unsigned color = attr[index & 15] & 0x3fu;
    if (attr[0x10] & 0x80)
        color = (color & 0x0f) | (attr[0x14] & 3u) << 4;
    return (uint8_t)(color | (attr[0x14] & 0x0cu) << 4);
}

static void make_palette(struct vga_render *r, const struct vga_regs *regs)
{
    const uint8_t *attr = regs->attr;
    for (unsigned i = 0; i < 256; i++)
        r->palette.dac[i] = dac_color(regs, i);
    for (unsigned i = 0; i < 16; i++) {
        r->palette.attr[i] = r->palette.dac[attr_color(attr, i & attr[0x12])];
        r->palette.attr_off[i] = r->palette.dac[attr_color(attr, (i & attr[0x12]) ^ 8)];
    }
}

// --- VBE ---

static uint32_t scale5(uint32_t v)
{
    return v << 3 | v >> 2;
}

static uint32_t rgb15(uint32_t v)
{
    return scale5(v >> 10 & 31) << 16 | scale5(v >> 5 & 31) << 8 | scale5(v & 31);
}

static uint32_t rgb16(uint32_t v)
{
    uint32_t green = v >> 5 & 63;
    return scale5(v >> 11) << 16 | (green << 2 | green >> 4) << 8 | scale5(v & 31);
}

static void convert_line(struct vga_render *r, unsigned bpp, const uint8_t *from, unsigned width)
{
    uint32_t *to = r->line;
    switch (bpp) {
    case 4:
        for (unsigned x = 0; x < width; x++) {
            const uint8_t *planes = from + x / 8 * 4;
            unsigned bit = 7 - x % 8, color = 0;
            for (unsigned p = 0; p < 4; p++)
                color |= (planes[p] >> bit & 1u) << p;
            to[x] = r->palette.attr[color];
        }
        break;
    case 8:
        for (unsigned x = 0; x < width; x++)
            to[x] = r->palette.dac[from[x]];
        break;
    case 15:
        for (unsigned x = 0; x < width; x++)
            to[x] = rgb15(from[2 * x] | (uint32_t)from[2 * x + 1] << 8);
        break;
    case 16:
        for (unsigned x = 0; x < width; x++)
            to[x] = rgb16(from[2 * x] | (uint32_t)from[2 * x + 1] << 8);
        break;
    default: // 24
        for (unsigned x = 0; x < width; x++)
            to[x] = (uint32_t)from[3 * x + 2] << 16 | (uint32_t)from[3 * x + 1] << 8 | from[3 * x];
        break;
    }
}

// Byte offset of the pixel at the top left, and bytes a line that are looked at.
static uint64_t vbe_start(const struct vga_regs *regs)
{
    unsigned bpp = regs->vbe[VBE_BPP];
    uint64_t x = regs->vbe[VBE_X_OFFSET];
    return (uint64_t)regs->vbe[VBE_Y_OFFSET] * vbe_pitch(regs) +
           (bpp == 4 ? x / 8 * 4 : x * ((bpp + 7) / 8));
}

static void draw_vbe(struct vga_render *r, const struct vga_regs *regs, const uint8_t *vram,
                     bool all)
{
    unsigned bpp = regs->vbe[VBE_BPP], width = r->picture.width;
    size_t bytes = bpp == 4 ? (width + 7u) / 8 * 4 : (size_t)width * ((bpp + 7) / 8);
    uint64_t at = vbe_start(regs);
    for (unsigned y = 0; y < r->picture.height; y++, at += vbe_pitch(regs)) {
        if (at + bytes > VGA_VRAM_BYTES) { // the guest moved the start too far
            memset(r->line, 0, width * sizeof *r->line);
            put_line(r, y, r->line);
            memset(r->seen + y * bytes, 0, bytes);
            continue;
        }
        if (bpp == 32) { // the memory is the pixels
            put_line(r, y, (const uint32_t *)(const void *)(vram + at));
            continue;
        }
        uint8_t *seen = r->seen + y * bytes;
        if (!all && memcmp(seen, vram + at, bytes) == 0)
            continue;
        memcpy(seen, vram + at, bytes);
        convert_line(r, bpp, seen, width);
        put_line(r, y, r->line);
    }
}

// --- one picture ---

static bool is_blank(const struct vga_regs *regs)
{
    return !regs->video_on || (regs->seq[1] & 0x20); // the screen is off
}

static void draw_black(struct vga_render *r)
{
    memset(r->line, 0, sizeof r->line);
    for (unsigned y = 0; y < r->picture.height; y++)
        put_line(r, y, r->line);
}

static void draw(struct vga_render *r, const struct vga_regs *regs, const uint8_t *vram,
                 uint64_t phase, bool all)
{
    bool vbe = vga_is_vbe(regs);
    unsigned width = regs->vbe[VBE_XRES], height = regs->vbe[VBE_YRES];
    if (!vbe)
        vga_scan_size(regs, &width, &height);
    set_size(r, width, height);
    all = all || r->picture.resized;
    if (all)
        make_palette(r, regs);
    if (is_blank(regs) && !vbe) {
        draw_black(r);
    } else if (vbe) {
        draw_vbe(r, regs, vram, all);
    } else if (all || phase != r->phase || memcmp(r->seen, vram, VGA_SCAN_BYTES) != 0) {
        memcpy(r->seen, vram, VGA_SCAN_BYTES);
        vga_scan(regs, r->seen, &r->palette, phase, r->line, put_line, r);
    }
}

const struct vga_picture *vga_render_frame(struct vga_render *r, const struct vga_regs *regs,
                                           const uint8_t *vram, uint64_t frame)
{
    uint64_t phase = vga_scan_blinks(regs) ? frame >> 3 : 0;
    bool all = memcmp(&r->regs, regs, sizeof *regs) != 0;
    r->picture.ndirty = 0;
    draw(r, regs, vram, phase, all);
    if (r->picture.resized) {
        r->picture.ndirty = 1;
        r->picture.dirty[0] =
            (struct vga_rect){.width = r->picture.width, .height = r->picture.height};
    }
    memcpy(&r->regs, regs, sizeof *regs); // with what lies between the fields
    r->phase = phase;
    return &r->picture;
}
