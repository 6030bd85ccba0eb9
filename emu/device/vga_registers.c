// The VGA's registers: what ports 3B0h-3DFh and the DISPI ports read and write.
//
// Every value is accepted and masked to the bits that the register has; what a combination means is
// decided when memory is accessed (vga_memory.c) or a picture is drawn (vga_render.c), where each
// makes something bounded of any of them.
#include <string.h>

#include "emu/device/vga_core.h"

enum {
    MISC_COLOR = 0x01, // CRTC at 3D4h, not 3B4h
    MISC_CLOCK = 0x0c,
    CRTC_PROTECT = 0x80, // bit 7 of register 11h: registers 0-7 cannot be written
    STATUS_BLANK = 0x01,
    STATUS_RETRACE = 0x08,
    ATTR_VIDEO_ON = 0x20,
    DAC_READING = 3, // what 3C7h says
    DAC_WRITING = 0,
};

// Bits that exist, by register.
static const uint8_t seq_bits[8] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const uint8_t gr_bits[16] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const uint8_t attr_bits[32] = {0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                      0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
                                      0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f};
enum { CRTC_REGISTERS = 0x19 };

void vga_core_init(struct vga_core *v, uint8_t *vram)
{
    v->vram = vram;
    vga_core_reset(v);
}

void vga_core_reset(struct vga_core *v)
{
    uint8_t *vram = v->vram;
    memset(v, 0, sizeof *v);
    v->vram = vram;
    v->regs.misc = MISC_COLOR;
    v->regs.dac_mask = 0xff;
    v->regs.vbe[VBE_ID] = VBE_ID_NEWEST;
    v->regs.vbe[VBE_MEMORY_64K] = VGA_VRAM_BYTES >> 16;
}

// --- geometry ---

unsigned vga_char_dots(const struct vga_regs *r)
{
    return r->seq[1] & 0x01 ? 8 : 9;
}

unsigned vga_shown_chars(const struct vga_regs *r)
{
    return r->crtc[1] + 1u;
}

unsigned vga_shown_lines(const struct vga_regs *r)
{
    unsigned lines = (r->crtc[0x12] | (r->crtc[7] & 0x02u) << 7 | (r->crtc[7] & 0x40u) << 3) + 1u;
    return r->crtc[0x17] & 0x04 ? lines * 2 : lines; // the row counter runs at half the speed
}

static unsigned total_lines(const struct vga_regs *r)
{
    unsigned lines = (r->crtc[6] | (r->crtc[7] & 0x01u) << 8 | (r->crtc[7] & 0x20u) << 4) + 2u;
    return r->crtc[0x17] & 0x04 ? lines * 2 : lines;
}

// Time of a scan line; 0 when the registers make none of 10 to 200 Hz.
static uint64_t line_ns(const struct vga_regs *r)
{
    uint64_t hz = r->misc & MISC_CLOCK ? 28322000 : 25175000;
    uint64_t dots = (uint64_t)(r->crtc[0] + 5u) * vga_char_dots(r);
    if (r->seq[1] & 0x08)
        dots *= 2;
    uint64_t ns = dots * 1000000000u / hz;
    uint64_t frame = ns * total_lines(r);
    return frame >= 5000000 && frame <= 100000000 ? ns : 0;
}

uint64_t vga_frame_ns(const struct vga_regs *r)
{
    uint64_t line = line_ns(r);
    return line && !vga_is_vbe(r) ? line * total_lines(r) : 1000000000u / 60;
}

// Where the beam is: 3DAh. (IBM: bit 0 is 1 outside the shown part, bit 3 during vertical retrace.)
static uint8_t beam_status(const struct vga_regs *r, uint64_t now_ns)
{
    uint64_t line = line_ns(r), frame = vga_frame_ns(r), at = now_ns % frame;
    if (!line || vga_is_vbe(r)) // 5 % of the frame are retrace
        return at < frame - frame / 20 ? 0 : STATUS_BLANK | STATUS_RETRACE;
    unsigned y = (unsigned)(at / line), shown = vga_shown_lines(r);
    unsigned start = r->crtc[0x10] | (r->crtc[7] & 0x04u) << 6 | (r->crtc[7] & 0x80u) << 2;
    unsigned length = ((r->crtc[0x11] & 15u) - start) & 15u;
    uint8_t status = 0;
    if (y >= shown || at % line >= line * vga_shown_chars(r) / (r->crtc[0] + 5u))
        status |= STATUS_BLANK;
    // A retrace that is said to start within the picture or after the frame would never be seen.
    if (start < shown || start >= total_lines(r))
        start = shown;
    if (y >= start && y < start + (length ? length : 2))
        status |= STATUS_RETRACE;
    return status;
}

uint32_t vbe_pitch(const struct vga_regs *r)
{
    unsigned bpp = r->vbe[VBE_BPP];
    // With 4 bits a pixel the planes lie side by side: 8 pixels are 4 bytes.
    return bpp == 4 ? r->vbe[VBE_VIRT_WIDTH] / 2u : r->vbe[VBE_VIRT_WIDTH] * ((bpp + 7u) / 8);
}

// --- reading and writing ---

static bool is_crtc_port(const struct vga_core *v, uint16_t port)
{
    return (port & 0xfff0) == (v->regs.misc & MISC_COLOR ? 0x3d0 : 0x3b0);
}

static uint8_t read_dac_data(struct vga_core *v)
{
    uint8_t value = v->regs.dac[v->dac_read][v->dac_component];
    if (++v->dac_component == 3) {
        v->dac_component = 0;
        v->dac_read++;
    }
    return value;
}

static void write_dac_data(struct vga_core *v, uint8_t value)
{
    bool wide = v->regs.vbe[VBE_ENABLE] & VBE_ENABLE_8BIT_DAC;
    v->regs.dac[v->dac_write][v->dac_component] = wide ? value : value & 0x3f;
    if (++v->dac_component == 3) {
        v->dac_component = 0;
        v->dac_write++;
    }
}

static void write_attr(struct vga_core *v, uint8_t value)
{
    if (!v->attr_data) {
        v->attr_index = value & 0x1f;
        v->regs.video_on = (value & ATTR_VIDEO_ON) != 0;
    } else if (v->attr_index >= 16 || !v->regs.video_on) { // the palette is free only while off
        v->regs.attr[v->attr_index] = value & attr_bits[v->attr_index];
    }
    v->attr_data = !v->attr_data;
}

static void write_crtc(struct vga_core *v, uint8_t value)
{
    unsigned i = v->crtc_index;
    uint8_t *crtc = v->regs.crtc;
    if (i >= CRTC_REGISTERS)
        return;
    if (i < 8 && (crtc[0x11] & CRTC_PROTECT)) {
        if (i == 7) // the bit of line compare is not protected
            crtc[7] = (uint8_t)((crtc[7] & ~0x10) | (value & 0x10));
        return;
    }
    crtc[i] = value;
}

uint8_t vga_port_read(struct vga_core *v, uint16_t port, uint64_t now_ns)
{
    struct vga_regs *r = &v->regs;
    switch (port) {
    case 0x3c0: return (uint8_t)(v->attr_index | (r->video_on ? ATTR_VIDEO_ON : 0));
    case 0x3c1: return r->attr[v->attr_index];
    case 0x3c2: return 0x10; // a monitor is there; no vertical interrupt pends
    case 0x3c4: return v->seq_index;
    case 0x3c5: return r->seq[v->seq_index];
    case 0x3c6: return r->dac_mask;
    case 0x3c7: return v->dac_state;
    case 0x3c8: return v->dac_write;
    case 0x3c9: return read_dac_data(v);
    case 0x3ca: return v->feature;
    case 0x3cc: return r->misc;
    case 0x3ce: return v->gr_index;
    case 0x3cf: return r->gr[v->gr_index];
    default: break;
    }
    if (!is_crtc_port(v, port))
        return 0xff;
    switch (port & 0xf) {
    case 0x0:
    case 0x2:
    case 0x4:
    case 0x6: return v->crtc_index;
    case 0x1:
    case 0x3:
    case 0x5:
    case 0x7: return v->crtc_index < 32 ? r->crtc[v->crtc_index] : 0;
    case 0xa: v->attr_data = false; return beam_status(r, now_ns);
    default: return 0xff;
    }
}

void vga_port_write(struct vga_core *v, uint16_t port, uint8_t value)
{
    struct vga_regs *r = &v->regs;
    switch (port) {
    case 0x3c0:
    case 0x3c1: write_attr(v, value); return;
    case 0x3c2: r->misc = value & 0xef; return;
    case 0x3c4: v->seq_index = value & 7; return;
    case 0x3c5: r->seq[v->seq_index] = value & seq_bits[v->seq_index]; return;
    case 0x3c6: r->dac_mask = value; return;
    case 0x3c7:
        v->dac_read = value;
        v->dac_component = 0;
        v->dac_state = DAC_READING;
        return;
    case 0x3c8:
        v->dac_write = value;
        v->dac_component = 0;
        v->dac_state = DAC_WRITING;
        return;
    case 0x3c9: write_dac_data(v, value); return;
    case 0x3ce: v->gr_index = value & 15; return;
    case 0x3cf: r->gr[v->gr_index] = value & gr_bits[v->gr_index]; return;
    default: break;
    }
    if (!is_crtc_port(v, port))
        return;
    switch (port & 0xf) {
    case 0x0:
    case 0x2:
    case 0x4:
    case 0x6: v->crtc_index = value & 0x1f; break;
    case 0x1:
    case 0x3:
    case 0x5:
    case 0x7: write_crtc(v, value); break;
    case 0xa: v->feature = value & 0x0b; break;
    default: break;
    }
}

// --- DISPI ---

uint16_t vbe_read(const struct vga_core *v, unsigned index)
{
    const uint16_t *vbe = v->regs.vbe;
    if (index >= VBE_REGISTERS)
        return 0;
    if (vbe[VBE_ENABLE] & VBE_ENABLE_GETCAPS) {
        switch (index) {
        case VBE_XRES: return VGA_MAX_WIDTH;
        case VBE_YRES: return VGA_MAX_HEIGHT;
        case VBE_BPP: return 32;
        default: break;
        }
    }
    return vbe[index];
}

// The memory holds so many lines.
static uint16_t lines_held(const struct vga_regs *r)
{
    uint32_t pitch = vbe_pitch(r), lines = pitch ? VGA_VRAM_BYTES / pitch : 0;
    return (uint16_t)(lines > 0xffff ? 0xffff : lines);
}

static void set_virtual_width(struct vga_core *v, uint16_t width)
{
    uint16_t *vbe = v->regs.vbe;
    uint16_t old = vbe[VBE_VIRT_WIDTH];
    vbe[VBE_VIRT_WIDTH] = width;
    if (width < vbe[VBE_XRES] || lines_held(&v->regs) < vbe[VBE_YRES])
        vbe[VBE_VIRT_WIDTH] = old; // cannot be: nothing changes, as the guest reads back
    vbe[VBE_VIRT_HEIGHT] = lines_held(&v->regs);
}

static bool mode_is_possible(const struct vga_regs *r)
{
    unsigned x = r->vbe[VBE_XRES], y = r->vbe[VBE_YRES], bpp = r->vbe[VBE_BPP];
    bool depth = bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
    return depth && x && y && x <= VGA_MAX_WIDTH && y <= VGA_MAX_HEIGHT &&
           (uint64_t)x * y * ((bpp + 7) / 8) <= VGA_VRAM_BYTES;
}

static void set_8bit_dac(struct vga_core *v, bool was, bool wide)
{
    for (unsigned i = 0; was != wide && i < 256; i++)
        for (unsigned c = 0; c < 3; c++) {
            uint8_t *level = &v->regs.dac[i][c];
            *level = (uint8_t)(wide ? *level << 2 | *level >> 4 : *level >> 2);
        }
}

static void enable(struct vga_core *v, uint16_t value)
{
    uint16_t *vbe = v->regs.vbe, old = vbe[VBE_ENABLE];
    if ((value & VBE_ENABLE_ON) && !(old & VBE_ENABLE_ON)) {
        if (!mode_is_possible(&v->regs)) {
            value &= (uint16_t)~VBE_ENABLE_ON;
        } else {
            vbe[VBE_VIRT_WIDTH] = vbe[VBE_XRES];
            vbe[VBE_VIRT_HEIGHT] = lines_held(&v->regs);
            vbe[VBE_X_OFFSET] = vbe[VBE_Y_OFFSET] = vbe[VBE_BANK] = 0;
            if (!(value & VBE_ENABLE_NOCLEAR))
                memset(v->vram, 0, (size_t)vbe_pitch(&v->regs) * vbe[VBE_YRES]);
        }
    }
    set_8bit_dac(v, old & VBE_ENABLE_8BIT_DAC, value & VBE_ENABLE_8BIT_DAC);
    vbe[VBE_ENABLE] = value & 0xe3;
}

void vbe_write(struct vga_core *v, unsigned index, uint16_t value)
{
    uint16_t *vbe = v->regs.vbe;
    bool on = vga_is_vbe(&v->regs);
    switch (index) {
    case VBE_ID:
        if (value >= 0xB0C0 && value <= VBE_ID_NEWEST)
            vbe[VBE_ID] = value;
        break;
    case VBE_XRES:
    case VBE_YRES:
    case VBE_BPP:
        if (!on && !(index == VBE_BPP && value == 0))
            vbe[index] = value;
        else if (!on)
            vbe[index] = 8;
        break;
    case VBE_ENABLE: enable(v, value); break;
    case VBE_BANK: vbe[VBE_BANK] = value & ((VGA_VRAM_BYTES >> 16) - 1); break;
    case VBE_VIRT_WIDTH:
        if (on)
            set_virtual_width(v, value);
        break;
    case VBE_X_OFFSET:
    case VBE_Y_OFFSET:
        if (on)
            vbe[index] = value;
        break;
    default: break; // VIRT_HEIGHT and the size of the memory are read-only
    }
}
