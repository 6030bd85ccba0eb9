// The VGA from outside: modes set by register tables through the ports, memory written through the
// window, and every pixel compared with what the mode's own definition says, worked out here from
// what was drawn (a character grid, an array of colours) and not from registers.
#include <stdlib.h>
#include <string.h>

#include "emu/device/vga_render.h"
#include "emu/tests/verdict.h"
#include "emu/tests/vga_modes.h"

static struct vga_core vga;
static struct vga_render *render;
static const struct vga_picture *picture;
static uint64_t seed = 1;

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % n);
}

// A colour of the DAC that differs for each index.
static void level_of(unsigned index, unsigned level[3])
{
    level[0] = index * 5 % 64;
    level[1] = (index * 11 + 3) % 64;
    level[2] = (index * 23 + 7) % 64;
}

static uint32_t color_of(unsigned index)
{
    unsigned level[3];
    uint32_t rgb = 0;
    level_of(index, level);
    for (unsigned i = 0; i < 3; i++) // 6 bits to 8 so that 63 is 255
        rgb = rgb << 8 | (level[i] * 4 + level[i] / 16);
    return rgb;
}

static void begin(const struct vga_mode *mode)
{
    vga_core_reset(&vga);
    memset(vga.vram, 0, VGA_VRAM_BYTES);
    vga_port_write(&vga, 0x3c8, 0);
    for (unsigned i = 0; i < 256; i++) {
        unsigned level[3];
        level_of(i, level);
        for (unsigned c = 0; c < 3; c++)
            vga_port_write(&vga, 0x3c9, (uint8_t)level[c]);
    }
    if (mode)
        set_mode(&vga, mode);
}

static void poke(uint32_t address, uint8_t value)
{
    vga_memory_write(&vga, address - VGA_WINDOW, value);
}

static uint8_t peek(uint32_t address)
{
    return vga_memory_read(&vga, address - VGA_WINDOW);
}

static void look(uint64_t frame)
{
    picture = vga_render_frame(render, &vga.regs, vga.vram, frame);
}

static uint32_t pixel(unsigned x, unsigned y)
{
    return picture->pixels[(size_t)y * picture->width + x] & 0xffffff;
}

// Compare all with expected(x, y).
static void compare(unsigned width, unsigned height, uint32_t (*expected)(unsigned x, unsigned y))
{
    look(0);
    CHECK(picture->width == width && picture->height == height, "the picture is %u x %u",
          picture->width, picture->height);
    if (picture->width != width || picture->height != height)
        return;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            CHECK(pixel(x, y) == expected(x, y), "pixel %u,%u is %06x, not %06x", x, y, pixel(x, y),
                  expected(x, y));
}

// True if what changed last lies in rectangles of just this extent.
static bool dirty_is(unsigned x, unsigned y, unsigned width, unsigned height)
{
    unsigned left = ~0u, top = ~0u, right = 0, bottom = 0;
    for (unsigned i = 0; i < picture->ndirty; i++) {
        const struct vga_rect *d = &picture->dirty[i];
        left = d->x < left ? d->x : left;
        top = d->y < top ? d->y : top;
        right = d->x + d->width > right ? d->x + d->width : right;
        bottom = d->y + d->height > bottom ? d->y + d->height : bottom;
    }
    return picture->ndirty && left == x && top == y && right == x + width && bottom == y + height;
}

// --- text ---

static struct {
    uint8_t code[25][80], attr[25][80], font[2][256][16];
    unsigned cursor_x, cursor_y;
    bool cursor, blink;   // the cursor shows; bit 7 of an attribute is blinking
    bool blinking_hidden; // and what blinks does not show
    bool two_fonts;
} text;

// Through plane 2, as a BIOS loads fonts.
static void load_font(unsigned which, unsigned at)
{
    set_seq(&vga, 2, 4);
    set_seq(&vga, 4, 6);
    set_gr(&vga, 4, 2);
    set_gr(&vga, 5, 0);
    set_gr(&vga, 6, 4);
    for (unsigned c = 0; c < 256; c++)
        for (unsigned y = 0; y < 16; y++) {
            text.font[which][c][y] = (uint8_t)random_below(256);
            poke(0xA0000 + at + c * 32 + y, text.font[which][c][y]);
        }
    CHECK(peek(0xA0000 + at + 65 * 32 + 5) == text.font[which][65][5], "the font does not read");
    set_seq(&vga, 2, 3);
    set_seq(&vga, 4, 2);
    set_gr(&vga, 4, 0);
    set_gr(&vga, 5, 0x10);
    set_gr(&vga, 6, 0x0E);
}

static void put_char(unsigned x, unsigned y, uint8_t code, uint8_t attr)
{
    text.code[y][x] = code;
    text.attr[y][x] = attr;
    poke(0xB8000 + (y * 80 + x) * 2, code);
    poke(0xB8000 + (y * 80 + x) * 2 + 1, attr);
}

static uint32_t text_pixel(unsigned x, unsigned y)
{
    unsigned cx = x / 9, cy = y / 16, gx = x % 9, gy = y % 16;
    unsigned code = text.code[cy][cx], attr = text.attr[cy][cx];
    const uint8_t *glyph = text.font[text.two_fonts && (attr & 8)][code];
    bool on = gx < 8 ? glyph[gy] & 0x80 >> gx : code >= 0xC0 && code <= 0xDF && (glyph[gy] & 1);
    if (text.blinking_hidden && (attr & 0x80))
        on = false;
    if (text.cursor && cx == text.cursor_x && cy == text.cursor_y && (gy == 13 || gy == 14))
        on = true;
    unsigned color = on ? attr & 15 : attr >> 4 & (text.blink ? 7 : 15);
    return color_of(mode_3.attr[color]);
}

static void test_text(void)
{
    memset(&text, 0, sizeof text);
    begin(&mode_3);
    load_font(0, 0);
    load_font(1, 0x4000);
    for (unsigned y = 0; y < 25; y++)
        for (unsigned x = 0; x < 80; x++)
            put_char(x, y, (uint8_t)random_below(256), (uint8_t)random_below(256));
    CHECK(peek(0xB8000 + 161) == text.attr[1][0], "the attribute reads back as %02x",
          peek(0xB8000 + 161));
    text.cursor = text.blink = true;
    text.cursor_x = 7, text.cursor_y = 3;
    set_crtc(&vga, 0x0e, 0);
    set_crtc(&vga, 0x0f, 3 * 80 + 7);
    compare(720, 400, text_pixel);
    case_end("vga.text");

    look(8);
    text.cursor = false;
    for (unsigned x = 0; x < 9; x++)
        CHECK(pixel(63 + x, 61) == text_pixel(63 + x, 61), "the cursor is there in frame 8");
    look(16);
    text.blinking_hidden = true;
    text.cursor = true;
    for (unsigned i = 0; i < 720 * 400; i++)
        CHECK(pixel(i % 720, i / 720) == text_pixel(i % 720, i / 720),
              "pixel %u of the other phase of blinking", i);
    text.blinking_hidden = false;
    look(0);
    set_attr(&vga, 0x10, 0x04); // 16 backgrounds
    text.blink = false;
    set_seq(&vga, 3, 0x04); // attribute bit 3 chooses the font at 4000h
    text.two_fonts = true;
    set_crtc(&vga, 0x0a, 0x2d);
    text.cursor = false;
    compare(720, 400, text_pixel);
    case_end("vga.text_attributes");

    look(0);
    CHECK(picture->ndirty == 0, "%u rectangles when nothing changed", picture->ndirty);
    put_char(11, 5, text.code[5][11], text.attr[5][11] ^ 0x77);
    look(0);
    CHECK(dirty_is(99, 80, 9, 16), "a changed cell makes %u rectangles from %u,%u", picture->ndirty,
          picture->dirty[0].x, picture->dirty[0].y);
    put_char(11, 5, text.code[5][11], text.attr[5][11] ^ 0x77);
    compare(720, 400, text_pixel);
    case_end("vga.text_dirty");
}

// Monochrome text: underline, and the CRTC at 3B4h with the window at B0000h.
static void test_mono(void)
{
    begin(&mode_3);
    vga_port_write(&vga, 0x3c2, 0x66);
    CHECK(vga_port_read(&vga, 0x3d4, 0) == 0xff, "3D4h answers in monochrome");
    vga_port_write(&vga, 0x3b4, 0x14);
    vga_port_write(&vga, 0x3b5, 0x0d);
    set_gr(&vga, 6, 0x0A);
    poke(0xB8000, 0x55);
    CHECK(peek(0xB8000) == 0xff, "B8000h is there with the window at B0000h");
    poke(0xB0000, 'A');
    poke(0xB0001, 0x01);
    poke(0xB0002, 'A');
    poke(0xB0003, 0x07);
    vga_port_read(&vga, 0x3ba, 0);
    vga_port_write(&vga, 0x3c0, 0x20);
    look(8);
    CHECK(picture->width == 720, "width %u", picture->width);
    CHECK(pixel(0, 13) == color_of(1) && pixel(8, 13) == color_of(1), "no underline");
    CHECK(pixel(0, 12) == color_of(0) && pixel(9, 13) == color_of(0), "underline elsewhere");
    case_end("vga.monochrome");
}

// --- graphics ---

static uint8_t canvas[1024][1024]; // [y][x]: the colour drawn

static void fill_canvas(unsigned width, unsigned height, unsigned colors)
{
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            canvas[y][x] = (uint8_t)random_below(colors);
}

static uint32_t pixel_12(unsigned x, unsigned y)
{
    return color_of(mode_12.attr[canvas[y][x]]);
}

static void test_mode_12(void)
{
    begin(&mode_12);
    fill_canvas(640, 480, 16);
    // As programs do: write mode 2 with the bit mask, the latches loaded by a read.
    set_gr(&vga, 5, 2);
    for (unsigned y = 0; y < 480; y++)
        for (unsigned x = 0; x < 640; x++) {
            vga_port_write(&vga, 0x3ce, 8);
            vga_port_write(&vga, 0x3cf, (uint8_t)(0x80 >> x % 8));
            peek(0xA0000 + y * 80 + x / 8);
            poke(0xA0000 + y * 80 + x / 8, canvas[y][x]);
        }
    compare(640, 480, pixel_12);
    set_seq(&vga, 1, 0x21);
    look(0);
    CHECK(pixel(5, 5) == 0 && picture->width == 640, "the screen is off and shows %06x",
          pixel(5, 5));
    set_seq(&vga, 1, 0x01);
    compare(640, 480, pixel_12);
    case_end("vga.mode_12h");
}

static uint32_t pixel_256(unsigned x, unsigned y)
{
    return color_of(canvas[y][x]);
}

static void test_mode_13(void)
{
    begin(&mode_13);
    fill_canvas(320, 200, 256);
    for (unsigned i = 0; i < 64000; i++)
        poke(0xA0000 + i, canvas[i / 320][i % 320]);
    CHECK(peek(0xA0000 + 777) == canvas[2][137], "a pixel reads back as %u", peek(0xA0000 + 777));
    compare(320, 200, pixel_256);
    // Two pixels far apart are two rectangles.
    canvas[10][300] ^= 1, canvas[150][4] ^= 1;
    poke(0xA0000 + 10 * 320 + 300, canvas[10][300]);
    poke(0xA0000 + 150 * 320 + 4, canvas[150][4]);
    look(0);
    CHECK(picture->ndirty == 2 && picture->dirty[0].x == 300 && picture->dirty[0].width == 1 &&
              picture->dirty[0].height == 1 && picture->dirty[1].y == 150,
          "%u rectangles for two pixels", picture->ndirty);
    compare(320, 200, pixel_256);
    case_end("vga.mode_13h");
}

static void test_mode_x(void)
{
    begin(&mode_x);
    fill_canvas(320, 480, 256); // two pages
    for (unsigned p = 0; p < 4; p++) {
        set_seq(&vga, 2, (uint8_t)(1u << p));
        for (unsigned y = 0; y < 480; y++)
            for (unsigned x = p; x < 320; x += 4)
                poke(0xA0000 + y * 80 + x / 4, canvas[y][x]);
    }
    compare(320, 240, pixel_256);
    set_crtc(&vga, 0x0c, 240 * 80 >> 8);
    set_crtc(&vga, 0x0d, 240 * 80 & 0xff);
    memmove(canvas[0], canvas[240], sizeof canvas[0] * 240);
    compare(320, 240, pixel_256);
    // 6 dots to the left are 3 pixels.
    set_attr(&vga, 0x13, 6);
    look(0);
    for (unsigned x = 0; x < 317; x++)
        CHECK(pixel(x, 9) == color_of(canvas[9][x + 3]), "panned pixel %u", x);
    case_end("vga.mode_x");
}

static uint32_t pixel_4(unsigned x, unsigned y)
{
    return color_of(mode_4.attr[canvas[y][x]]);
}

static uint32_t pixel_6(unsigned x, unsigned y)
{
    return color_of(mode_6.attr[canvas[y][x]]);
}

// Lines of even number lie at B8000h, the others at BA000h.
static void test_cga(void)
{
    begin(&mode_4);
    fill_canvas(320, 200, 4);
    for (unsigned y = 0; y < 200; y++)
        for (unsigned x = 0; x < 320; x += 4)
            poke(0xB8000 + y % 2 * 0x2000 + y / 2 * 80 + x / 4,
                 (uint8_t)(canvas[y][x] << 6 | canvas[y][x + 1] << 4 | canvas[y][x + 2] << 2 |
                           canvas[y][x + 3]));
    compare(320, 200, pixel_4);
    case_end("vga.mode_4");
    begin(&mode_6);
    fill_canvas(640, 200, 2);
    for (unsigned y = 0; y < 200; y++)
        for (unsigned x = 0; x < 640; x += 8) {
            unsigned byte = 0;
            for (unsigned i = 0; i < 8; i++)
                byte = byte << 1 | canvas[y][x + i];
            poke(0xB8000 + y % 2 * 0x2000 + y / 2 * 80 + x / 8, (uint8_t)byte);
        }
    compare(640, 200, pixel_6);
    case_end("vga.mode_6");
}

// Line 120 of 200 and below show address 0; above is panned by 21 pixels on a wider canvas.
static uint32_t pixel_split(unsigned x, unsigned y)
{
    unsigned color = y < 120 ? canvas[y + 200][x + 21] : canvas[y - 120][x];
    return color_of(mode_0d.attr[color]);
}

static void test_split(void)
{
    begin(&mode_0d);
    fill_canvas(512, 400, 16);
    for (unsigned p = 0; p < 4; p++) {
        set_seq(&vga, 2, (uint8_t)(1u << p));
        for (unsigned y = 0; y < 400; y++)
            for (unsigned x = 0; x < 512; x += 8) {
                unsigned byte = 0;
                for (unsigned i = 0; i < 8; i++)
                    byte = byte << 1 | (canvas[y][x + i] >> p & 1);
                poke(0xA0000 + y * 64 + x / 8, (uint8_t)byte);
            }
    }
    set_crtc(&vga, 0x13, 32); // 64 bytes a line
    unsigned start = 200 * 64 + 2, compare_line = 120 * 2 - 1;
    set_crtc(&vga, 0x0c, (uint8_t)(start >> 8));
    set_crtc(&vga, 0x0d, (uint8_t)start);
    set_crtc(&vga, 0x11, 0x0e); // not protected
    set_crtc(&vga, 0x18, (uint8_t)compare_line);
    set_crtc(&vga, 0x07, mode_0d.crtc[7] & 0xef);
    set_crtc(&vga, 0x09, mode_0d.crtc[9] & 0xbf);
    set_attr(&vga, 0x13, 5);
    set_attr(&vga, 0x10, 0x21);
    compare(320, 200, pixel_split);
    case_end("vga.split_and_pan");
}

// --- memory modes against planes of single bits ---

static void test_write_modes(void)
{
    static uint8_t plane[4][256], latch[4];
    begin(&mode_12);
    memset(plane, 0, sizeof plane);
    memset(latch, 0, sizeof latch);
    for (unsigned i = 0; i < 200000; i++) {
        unsigned mode = random_below(4), set = random_below(16), which = random_below(16);
        unsigned turn = random_below(8), function = random_below(4), mask = random_below(256);
        unsigned planes = random_below(16), at = random_below(256), byte = random_below(256);
        unsigned from = random_below(256), care = random_below(16), color = random_below(16);
        bool compared = random_below(2);
        set_gr(&vga, 0, (uint8_t)set);
        set_gr(&vga, 1, (uint8_t)which);
        set_gr(&vga, 2, (uint8_t)color);
        set_gr(&vga, 3, (uint8_t)(function << 3 | turn));
        set_gr(&vga, 4, (uint8_t)(from & 3));
        set_gr(&vga, 5, (uint8_t)(mode | (unsigned)compared << 3));
        set_gr(&vga, 7, (uint8_t)care);
        set_gr(&vga, 8, (uint8_t)mask);
        set_seq(&vga, 2, (uint8_t)planes);
        unsigned got = peek(0xA0000 + from), want = 0;
        for (unsigned bit = 0; bit < 8; bit++) {
            bool same = true;
            for (unsigned p = 0; p < 4; p++)
                if ((care >> p & 1) && (plane[p][from] >> bit & 1) != (color >> p & 1))
                    same = false;
            want |= (compared ? same : (unsigned)plane[from & 3][from] >> bit & 1u) << bit;
        }
        CHECK(got == want, "read of step %u: %02x, not %02x", i, got, want);
        for (unsigned p = 0; p < 4; p++)
            latch[p] = plane[p][from];
        poke(0xA0000 + at, (uint8_t)byte);
        for (unsigned p = 0; p < 4; p++)
            for (unsigned bit = 0; bit < 8; bit++) {
                unsigned turned = byte >> (bit + turn) % 8 & 1, old = latch[p] >> bit & 1;
                unsigned source = mode == 0   ? which >> p & 1 ? set >> p & 1 : turned
                                  : mode == 2 ? byte >> p & 1
                                              : set >> p & 1;
                unsigned made = function == 0   ? source
                                : function == 1 ? source & old
                                : function == 2 ? source | old
                                                : source ^ old;
                bool open = mask >> bit & 1 && (mode != 3 || turned);
                unsigned out = mode == 1 || !open ? old : made;
                if (planes >> p & 1)
                    plane[p][at] = (uint8_t)((plane[p][at] & ~(1u << bit)) | out << bit);
            }
    }
    case_end("vga.write_modes");
}

// --- VBE ---

static unsigned vbe_depth, shift_x, shift_y, line_pixels;

static void set_vbe(unsigned width, unsigned height, unsigned bpp)
{
    vbe_write(&vga, VBE_ENABLE, 0);
    vbe_write(&vga, VBE_XRES, (uint16_t)width);
    vbe_write(&vga, VBE_YRES, (uint16_t)height);
    vbe_write(&vga, VBE_BPP, (uint16_t)bpp);
    vbe_write(&vga, VBE_ENABLE, VBE_ENABLE_ON | VBE_ENABLE_LFB);
    vbe_depth = bpp;
    shift_x = shift_y = 0;
    line_pixels = width;
}

// Memory is filled with a hash of its offset: what a pixel is follows.
static uint8_t byte_at(size_t offset)
{
    return (uint8_t)(offset * 2654435761u >> 13);
}

static uint32_t pixel_vbe(unsigned x, unsigned y)
{
    size_t i = (size_t)(y + shift_y) * line_pixels + x + shift_x;
    switch (vbe_depth) {
    case 8: return color_of(byte_at(i));
    case 15:
    case 16: {
        unsigned v = byte_at(2 * i) | (unsigned)byte_at(2 * i + 1) << 8, green = vbe_depth - 10;
        unsigned r = v >> (5 + green) & 31, g = v >> 5 & ((1u << green) - 1), b = v & 31;
        g = green == 5 ? g * 8 + g / 4 : g * 4 + g / 16;
        return (r * 8 + r / 4) << 16 | g << 8 | (b * 8 + b / 4);
    }
    case 24:
        return (uint32_t)byte_at(3 * i + 2) << 16 | (uint32_t)byte_at(3 * i + 1) << 8 |
               byte_at(3 * i);
    default:
        return (uint32_t)byte_at(4 * i + 2) << 16 | (uint32_t)byte_at(4 * i + 1) << 8 |
               byte_at(4 * i);
    }
}

static void fill_vram(void)
{
    for (size_t i = 0; i < VGA_VRAM_BYTES; i++)
        vga.vram[i] = byte_at(i);
}

static void test_vbe(void)
{
    static const struct {
        unsigned width, height, bpp;
    } modes[] = {{1024, 768, 32},  {1600, 1200, 32}, {800, 600, 24},
                 {1280, 1024, 16}, {640, 480, 15},   {1024, 768, 8}};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        begin(&mode_3);
        set_vbe(modes[i].width, modes[i].height, modes[i].bpp);
        CHECK(vga.vram[5] == 0, "not cleared");
        fill_vram();
        compare(modes[i].width, modes[i].height, pixel_vbe);
        // Scrolled on a wider canvas.
        line_pixels = modes[i].width + 64;
        vbe_write(&vga, VBE_VIRT_WIDTH, (uint16_t)line_pixels);
        vbe_write(&vga, VBE_X_OFFSET, 33);
        vbe_write(&vga, VBE_Y_OFFSET, 7);
        shift_x = 33, shift_y = 7;
        compare(modes[i].width, modes[i].height, pixel_vbe);
        // Back to text: the registers of the VGA still hold.
        vbe_write(&vga, VBE_ENABLE, 0);
        look(0);
        CHECK(picture->width == 720 && picture->height == 400, "after VBE %u x %u", picture->width,
              picture->height);
    }
    case_end("vga.vbe_modes");
}

static void test_vbe_window(void)
{
    begin(&mode_12);
    CHECK(vbe_read(&vga, VBE_ID) == 0xB0C5 && vbe_read(&vga, VBE_MEMORY_64K) == 256, "identity");
    vbe_write(&vga, VBE_ENABLE, VBE_ENABLE_GETCAPS);
    CHECK(vbe_read(&vga, VBE_XRES) >= 1600 && vbe_read(&vga, VBE_YRES) >= 1200 &&
              vbe_read(&vga, VBE_BPP) == 32,
          "capabilities");
    set_vbe(1024, 768, 32);
    vbe_write(&vga, VBE_BANK, 3);
    poke(0xA0000 + 0x1234, 0x77);
    CHECK(vga.vram[3 * 65536 + 0x1234] == 0x77 && peek(0xA1234) == 0x77, "the window's bank");
    look(0);
    vga.vram[(500 * 1024 + 100) * 4] = 1;
    vga.vram[(501 * 1024 + 107) * 4] = 1;
    look(0);
    CHECK(dirty_is(100, 500, 8, 2) && picture->ndirty == 1, "%u rectangles", picture->ndirty);
    vbe_write(&vga, VBE_XRES, 640); // ignored while on
    CHECK(vbe_read(&vga, VBE_XRES) == 1024, "the width changed while on");
    vbe_write(&vga, VBE_VIRT_WIDTH, 1000);
    CHECK(vbe_read(&vga, VBE_VIRT_WIDTH) == 1024, "a line shorter than the screen");
    vbe_write(&vga, VBE_Y_OFFSET, 0xffff);
    look(0);
    CHECK(pixel(0, 0) == 0, "beyond the memory is %06x", pixel(0, 0));
    // Planar, 4 bits a pixel.
    set_vbe(800, 600, 4);
    set_gr(&vga, 5, 2);
    for (unsigned x = 0; x < 800; x++) {
        canvas[0][x] = (uint8_t)random_below(16);
        set_gr(&vga, 8, (uint8_t)(0x80 >> x % 8));
        peek(0xA0000 + 599 * 100 + x / 8);
        poke(0xA0000 + 599 * 100 + x / 8, canvas[0][x]);
    }
    look(0);
    for (unsigned x = 0; x < 800; x++)
        CHECK(pixel(x, 599) == color_of(mode_12.attr[canvas[0][x]]), "planar pixel %u", x);
    // The DAC with 8 bits.
    set_vbe(640, 480, 8);
    vbe_write(&vga, VBE_ENABLE, VBE_ENABLE_ON | VBE_ENABLE_LFB | VBE_ENABLE_8BIT_DAC);
    vga_port_write(&vga, 0x3c8, 9);
    for (unsigned i = 0; i < 3; i++)
        vga_port_write(&vga, 0x3c9, (uint8_t)(0xC1 + i));
    vga.vram[4] = 9;
    look(0);
    CHECK(pixel(4, 0) == 0xC1C2C3, "with 8 bits %06x", pixel(4, 0));
    // What cannot be is not on.
    static const unsigned bad[][3] = {{0, 480, 8},      {640, 0, 8},    {640, 480, 7},
                                      {2560, 1600, 32}, {4000, 200, 8}, {65535, 65535, 32}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        set_vbe(bad[i][0], bad[i][1], bad[i][2]);
        bool fits =
            (uint64_t)bad[i][0] * bad[i][1] * bad[i][2] / 8 <= VGA_VRAM_BYTES && bad[i][0] == 2560;
        CHECK((vbe_read(&vga, VBE_ENABLE) & 1) == fits, "mode %u", i);
    }
    case_end("vga.vbe_registers");
}

// --- the beam ---

static void test_beam(void)
{
    begin(&mode_3);
    unsigned retraces = 0, blanked = 0;
    bool was = false;
    for (uint64_t ns = 0; ns < 1000000000; ns += 2000) {
        uint8_t status = vga_port_read(&vga, 0x3da, ns);
        retraces += (status & 8) && !was;
        was = status & 8;
        blanked += status & 1;
        CHECK(!was || (status & 1), "retrace within the picture");
    }
    CHECK(retraces >= 69 && retraces <= 71, "%u retraces a second, not 70", retraces);
    // 80 of 100 characters of 400 of 449 lines are shown.
    unsigned shown = (unsigned)(500000ull * 80 * 400 / (100 * 449));
    CHECK(blanked > 500000 - shown - 5000 && blanked < 500000 - shown + 5000,
          "blanked in %u of 500000 looks", blanked);
    case_end("vga.beam");
}

static void test_registers(void)
{
    begin(&mode_3);
    vga_port_read(&vga, 0x3da, 0);
    vga_port_write(&vga, 0x3c0, 0x20 | 5);
    vga_port_write(&vga, 0x3c0, 0x3f);
    vga_port_read(&vga, 0x3da, 0);
    vga_port_write(&vga, 0x3c0, 0x20 | 5);
    CHECK(vga_port_read(&vga, 0x3c1, 0) == 5, "the palette changed while it was shown");
    set_crtc(&vga, 1, 0x27);
    vga_port_write(&vga, 0x3d4, 1);
    CHECK(vga_port_read(&vga, 0x3d5, 0) == 0x4f, "register 1 is not protected");
    vga_port_write(&vga, 0x3c7, 200);
    unsigned level[3];
    level_of(200, level);
    for (unsigned i = 0; i < 3; i++) {
        unsigned got = vga_port_read(&vga, 0x3c9, 0);
        CHECK(got == level[i], "DAC level %u reads as %u", level[i], got);
    }
    CHECK(vga_port_read(&vga, 0x3c7, 0) == 3, "the DAC's state");
    CHECK(vga_port_read(&vga, 0x3cc, 0) == 0x67, "the miscellaneous register");
    case_end("vga.registers");
}

// Whatever a guest does: no access outside (the sanitizers look), and a picture of a bounded size.
static void test_hostile(void)
{
    begin(NULL);
    for (unsigned i = 0; i < 400; i++) {
        for (unsigned n = random_below(60); n; n--) {
            vga_port_write(&vga, (uint16_t)(0x3b0 + random_below(0x30)),
                           (uint8_t)random_below(256));
            vga_port_read(&vga, (uint16_t)(0x3b0 + random_below(0x30)), seed);
            uint32_t at = random_below(VGA_WINDOW_BYTES);
            vga_memory_write(&vga, at, (uint8_t)random_below(256));
            vga_memory_read(&vga, at);
        }
        for (unsigned n = random_below(4); n; n--) {
            static const unsigned widths[] = {1, 7, 640, 2560, 65535, 1023};
            unsigned index = random_below(16);
            unsigned value = random_below(2) ? random_below(65536) : widths[random_below(6)];
            vbe_write(&vga, index, (uint16_t)(index == VBE_BPP ? 8 * random_below(5) : value));
            vbe_read(&vga, random_below(16));
        }
        look(i);
        CHECK(picture->width > 0 && picture->width <= VGA_MAX_WIDTH && picture->height > 0 &&
                  picture->height <= VGA_MAX_HEIGHT && picture->ndirty <= VGA_RECTS_MAX,
              "%u x %u, %u rectangles", picture->width, picture->height, picture->ndirty);
        for (unsigned d = 0; d < picture->ndirty; d++)
            CHECK(picture->dirty[d].x + picture->dirty[d].width <= picture->width &&
                      picture->dirty[d].y + picture->dirty[d].height <= picture->height,
                  "a rectangle outside");
    }
    case_end("vga.hostile");
}

int main(void)
{
    render = vga_render_create();
    uint8_t *vram = calloc(1, VGA_VRAM_BYTES);
    if (!render || !vram)
        return 1;
    vga_core_init(&vga, vram);
    test_text();
    test_mono();
    test_mode_12();
    test_mode_13();
    test_mode_x();
    test_cga();
    test_split();
    test_write_modes();
    test_vbe();
    test_vbe_window();
    test_beam();
    test_registers();
    test_hostile();
    vga_render_destroy(render);
    free(vram);
    return verdict_failures != 0;
}
