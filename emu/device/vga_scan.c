// The CRTC's address counter, the serializers and the character generator (IBM, PS/2 Video
// Subsystem: "CRT controller", "Sequencer", "Attribute controller").
//
// A character clock takes one word (a byte of each plane) at the address that the counter gives,
// and makes of it 8 pixels of 4 bits, 4 pixels of 8 bits, or 8 or 9 dots of a character.
#include "emu/device/vga_scan.h"

#include <string.h>

enum {
    ADDRESS = VGA_PLANE_BYTES - 1,
    ATTR_GRAPHICS = 0x01, // register 10h
    ATTR_LINE_GRAPHICS = 0x04,
    ATTR_BLINK = 0x08,
    ATTR_PAN_STOPS = 0x20,
    GR_GRAPHICS = 0x01,    // register 6
    GR_INTERLEAVED = 0x20, // register 5: CGA's 2 bits a pixel
    GR_256_COLORS = 0x40,
};

struct scan {
    const struct vga_regs *regs;
    const uint8_t *planes;
    const struct vga_palette *palette;
    const uint32_t *attr; // of the palette, for graphics
    uint32_t *line;
    bool cursor_on, blink_on;
    unsigned chars;     // that are shown
    unsigned start;     // the counter at the beginning of the row
    unsigned row;       // scan line within the row
    unsigned pan_pixel; // left out at the left edge
    unsigned pan_byte;
};

static bool is_text(const struct vga_regs *regs)
{
    return !(regs->gr[6] & GR_GRAPHICS);
}

static unsigned max_row(const struct vga_regs *regs)
{
    return regs->crtc[9] & 31u;
}

static bool row_is_address(const struct vga_regs *regs)
{
    return (regs->crtc[0x17] & 3) != 3; // CGA, Hercules: lines of a row lie in different banks
}

// How many scan lines show the same.
static unsigned repeats(const struct vga_regs *regs)
{
    unsigned n = regs->crtc[9] & 0x80 ? 2 : 1;
    if (is_text(regs) || row_is_address(regs))
        return n;
    return n * (max_row(regs) + 1);
}

static unsigned pixels_a_char(const struct vga_regs *regs)
{
    if (is_text(regs))
        return vga_char_dots(regs);
    return regs->gr[5] & GR_256_COLORS ? 4 : 8;
}

// Graphics that blink have bit 3 of each pixel inverted half of the time, behind the mask of the
// planes: the palette of mode Fh makes of that what blinks and what does not.
static bool graphics_blink(const struct vga_regs *regs)
{
    unsigned both = ATTR_GRAPHICS | ATTR_BLINK;
    return !is_text(regs) && !(regs->gr[5] & GR_256_COLORS) && (regs->attr[0x10] & both) == both;
}

bool vga_scan_blinks(const struct vga_regs *regs)
{
    return !vga_is_vbe(regs) && (is_text(regs) || graphics_blink(regs));
}

void vga_scan_size(const struct vga_regs *regs, unsigned *width, unsigned *height)
{
    if (regs->crtc[1] == 0) { // nobody has set a mode yet
        *width = 720;
        *height = 400;
        return;
    }
    *width = vga_shown_chars(regs) * pixels_a_char(regs);
    *height = vga_shown_lines(regs) / repeats(regs);
    if (*height == 0)
        *height = 1;
    if (*height > VGA_MAX_HEIGHT)
        *height = VGA_MAX_HEIGHT;
}

// The address on the planes' pins: byte, word and doubleword mode, and the row in its place.
static unsigned map_address(const struct scan *s, unsigned counter)
{
    const uint8_t *crtc = s->regs->crtc;
    unsigned at = counter & ADDRESS;
    if (crtc[0x14] & 0x40)
        at = at << 2 | at >> 14;
    else if (!(crtc[0x17] & 0x40))
        at = at << 1 | (at >> (crtc[0x17] & 0x20 ? 15 : 13) & 1);
    if (!(crtc[0x17] & 1))
        at = (at & ~0x2000u) | (s->row & 1) << 13;
    if (!(crtc[0x17] & 2))
        at = (at & ~0x4000u) | (s->row >> 1 & 1) << 14;
    return at & ADDRESS;
}

// The counter at character c of the line: it may count every second or fourth clock only.
static unsigned count(const struct scan *s, unsigned c)
{
    if (s->regs->crtc[0x14] & 0x20)
        c >>= 2;
    else if (s->regs->crtc[0x17] & 0x08)
        c >>= 1;
    return s->start + s->pan_byte + c;
}

static const uint8_t *word_at(const struct scan *s, unsigned c)
{
    return s->planes + (size_t)map_address(s, count(s, c)) * 4;
}

// --- graphics ---

static void draw_256(const struct scan *s, uint32_t *to, unsigned chars)
{
    for (unsigned c = 0; c < chars; c++) {
        const uint8_t *word = word_at(s, c);
        for (unsigned p = 0; p < 4; p++)
            *to++ = s->palette->dac[word[p]];
    }
}

// Two bits a pixel: four pixels from planes 0 and 2, then four from planes 1 and 3.
static void draw_interleaved(const struct scan *s, uint32_t *to, unsigned chars)
{
    for (unsigned c = 0; c < chars; c++) {
        const uint8_t *word = word_at(s, c);
        for (unsigned x = 0; x < 8; x++) {
            unsigned shift = 6 - x % 4 * 2, low = x / 4;
            *to++ = s->attr[(word[low] >> shift & 3u) | (word[low + 2] >> shift & 3u) << 2];
        }
    }
}

static void draw_planar(const struct scan *s, uint32_t *to, unsigned chars)
{
    for (unsigned c = 0; c < chars; c++) {
        const uint8_t *word = word_at(s, c);
        unsigned p0 = word[0], p1 = word[1], p2 = word[2], p3 = word[3];
        for (unsigned bit = 8; bit-- > 0;)
            *to++ = s->attr[(p0 >> bit & 1) | (p1 >> bit & 1) << 1 | (p2 >> bit & 1) << 2 |
                            (p3 >> bit & 1) << 3];
    }
}

// --- text ---

// Start of the font in plane 2, by its number in the character map register.
static unsigned font_start(unsigned number)
{
    return (number & 3) * 0x4000 + (number >> 2) * 0x2000;
}

static bool cursor_covers(const struct scan *s, unsigned counter)
{
    const uint8_t *crtc = s->regs->crtc;
    unsigned at = (unsigned)crtc[0x0e] << 8 | crtc[0x0f];
    return s->cursor_on && !(crtc[0x0a] & 0x20) && (counter & ADDRESS) == at &&
           s->row >= (crtc[0x0a] & 31u) && s->row <= (crtc[0x0b] & 31u);
}

// The 9 dots of a character's line, the leftmost in bit 8.
static unsigned glyph_dots(const struct scan *s, unsigned counter, unsigned code, unsigned attr)
{
    const struct vga_regs *regs = s->regs;
    unsigned map = regs->seq[3];
    // Bit 3 of the attribute chooses between map A and map B.
    unsigned font =
        attr & 8 ? (map >> 2 & 3) | (map >> 5 & 1) << 2 : (map & 3) | (map >> 4 & 1) << 2;
    unsigned at = (font_start(font) + code * 32 + s->row) & ADDRESS;
    unsigned dots = (unsigned)s->planes[(size_t)at * 4 + 2] << 1;
    if ((regs->attr[0x10] & ATTR_LINE_GRAPHICS) && code >= 0xc0 && code <= 0xdf)
        dots |= dots >> 1 & 1; // box drawing reaches into the ninth dot
    if ((attr & 0x77) == 0x01 && s->row == (regs->crtc[0x14] & 31u))
        dots = 0x1ff; // underline
    if ((regs->attr[0x10] & ATTR_BLINK) && (attr & 0x80) && !s->blink_on)
        dots = 0;
    return cursor_covers(s, counter) ? 0x1ff : dots;
}

static void draw_text(const struct scan *s, uint32_t *to, unsigned chars)
{
    unsigned width = vga_char_dots(s->regs);
    unsigned back_mask = s->regs->attr[0x10] & ATTR_BLINK ? 7 : 15;
    for (unsigned c = 0; c < chars; c++) {
        const uint8_t *word = word_at(s, c);
        unsigned attr = word[1], dots = glyph_dots(s, count(s, c), word[0], attr);
        uint32_t fore = s->palette->attr[attr & 15], back = s->palette->attr[attr >> 4 & back_mask];
        for (unsigned x = 0; x < width; x++)
            *to++ = dots >> (8 - x) & 1 ? fore : back;
    }
}

// --- lines ---

static void draw_line(const struct scan *s)
{
    unsigned chars = s->chars + (s->pan_pixel ? 1 : 0);
    if (is_text(s->regs))
        draw_text(s, s->line, chars);
    else if (s->regs->gr[5] & GR_256_COLORS)
        draw_256(s, s->line, chars);
    else if (s->regs->gr[5] & GR_INTERLEAVED)
        draw_interleaved(s, s->line, chars);
    else
        draw_planar(s, s->line, chars);
}

// Register 13h: in 9-dot text 8 means none; with 256 colours two dots are a pixel.
static unsigned pan_pixels(const struct vga_regs *regs)
{
    unsigned pan = regs->attr[0x13];
    if (is_text(regs) && vga_char_dots(regs) == 9)
        return pan >= 8 ? 0 : pan + 1;
    if (!is_text(regs) && (regs->gr[5] & GR_256_COLORS))
        return (pan & 7) >> 1;
    return pan & 7;
}

// Below the line of line compare the memory is shown from address 0.
static void split(struct scan *s)
{
    s->start = 0;
    s->row = 0;
    if (s->regs->attr[0x10] & ATTR_PAN_STOPS)
        s->pan_pixel = s->pan_byte = 0;
}

void vga_scan(const struct vga_regs *regs, const uint8_t *planes, const struct vga_palette *palette,
              uint64_t phase, uint32_t line[VGA_LINE_PIXELS],
              void (*put)(void *opaque, unsigned y, const uint32_t *line), void *opaque)
{
    const uint8_t *crtc = regs->crtc;
    struct scan s = {.regs = regs,
                     .planes = planes,
                     .palette = palette,
                     .attr =
                         graphics_blink(regs) && (phase & 2) ? palette->attr_off : palette->attr,
                     .line = line,
                     .cursor_on = !(phase & 1),
                     .blink_on = !(phase & 2),
                     .chars = vga_shown_chars(regs),
                     .start = (unsigned)crtc[0x0c] << 8 | crtc[0x0d],
                     .row = crtc[8] & 31u,
                     .pan_pixel = pan_pixels(regs),
                     .pan_byte = crtc[8] >> 5 & 3u};
    unsigned compare = crtc[0x18] | (crtc[7] & 0x10u) << 4 | (crtc[9] & 0x40u) << 3;
    unsigned width, height, n = repeats(regs), y = 0, twice = 0;
    vga_scan_size(regs, &width, &height);
    for (unsigned scan = 0; y < height; scan++) {
        if (scan == compare + 1) {
            split(&s);
            twice = 0;
        }
        if (scan % n == 0) {
            draw_line(&s);
            put(opaque, y++, line + s.pan_pixel);
        }
        if ((crtc[9] & 0x80) && !twice) {
            twice = 1;
            continue;
        }
        twice = 0;
        if (s.row++ == max_row(regs)) {
            s.row = 0;
            s.start += crtc[0x13] * 2u;
        }
        s.row &= 31;
    }
}
