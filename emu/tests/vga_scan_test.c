// What registers do to a picture whose memory stays: blinking graphics, text with 8 dots, panned,
// scrolled by lines and split. Every pixel is worked out from cells, not from registers.
#include <stdlib.h>
#include <string.h>

#include "emu/device/vga_render.h"
#include "emu/tests/verdict.h"
#include "emu/tests/vga_modes.h"

static struct vga_core vga;
static struct vga_render *render;
static const struct vga_picture *picture;

// Each colour of the DAC is its own index, in the blue.
static void begin(const struct vga_mode *mode)
{
    vga_core_reset(&vga);
    memset(vga.vram, 0, VGA_VRAM_BYTES);
    vga_port_write(&vga, 0x3c8, 0);
    for (unsigned i = 0; i < 64; i++)
        for (unsigned c = 0; c < 3; c++)
            vga_port_write(&vga, 0x3c9, (uint8_t)(c == 2 ? i : 0));
    set_mode(&vga, mode);
}

static uint32_t color(unsigned index)
{
    return index << 2 | index >> 4;
}

static void look(uint64_t frame)
{
    picture = vga_render_frame(render, &vga.regs, vga.vram, frame);
}

static uint32_t pixel(unsigned x, unsigned y)
{
    return picture->pixels[(size_t)y * picture->width + x] & 0xffffff;
}

static const struct vga_mode mode_0f = {
    .misc = 0xA2,
    .seq = {3, 1, 0x0F, 0, 6},
    .crtc = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0,    0x40, 0,    0,   0,
             0,    0,    0,    0x83, 0x85, 0x5D, 0x28, 0x0F, 0x63, 0xBA, 0xE3, 0xFF},
    .gr = {0, 0, 0, 0, 0, 0, 5, 5, 0xFF},
    .attr = {0, 8, 0, 0, 0x18, 0x18, 0, 0, 0, 8, 0, 0, 0, 0x18, 0, 0, 0x0B, 0, 5, 0, 0}};

// Mode Fh: planes 0 and 2 make black, video, blinking and bright.
static void test_mode_0f(void)
{
    struct vga_mode mode = mode_0f;
    mode.misc |= 1; // the ports of colour, as set_mode() has them
    begin(&mode);
    for (unsigned at = 0; at < 80 * 350; at++) {
        vga.vram[4 * at] = 0x33; // plane 0
        vga.vram[4 * at + 2] = 0x55;
        vga.vram[4 * at + 3] = 0x0F; // a plane that is not shown
    }
    for (unsigned frame = 0; frame < 64; frame += 8) {
        bool off = frame / 16 % 2;
        look(frame);
        CHECK(picture->width == 640 && picture->height == 350, "%u x %u", picture->width,
              picture->height);
        for (unsigned y = 0; y < picture->height; y++)
            for (unsigned x = 0; x < picture->width; x++) {
                static const unsigned shown[] = {0, 8, 0x18, 0x18};
                unsigned kind = (0x33u >> (7 - x % 8) & 1) | (0x55u >> (7 - x % 8) & 1) << 1;
                uint32_t want = kind == 2 && off ? 0 : color(shown[kind]);
                CHECK(pixel(x, y) == want, "frame %u, pixel %u,%u is %06x, not %06x", frame, x, y,
                      pixel(x, y), want);
            }
    }
    set_attr(&vga, 0x10, 0x03); // does not blink
    look(16);
    CHECK(pixel(1, 0) == color(0x18), "it blinks");
    case_end("vga_scan.mode_0fh");
}

// Cell (column, row) of memory has a character of its own, whose dots are a hash.
static uint8_t glyph(unsigned code, unsigned line)
{
    return (uint8_t)((code * 73 + line * 151) * 2654435761u >> 20);
}

static uint32_t cell_pixel(unsigned width, unsigned column, unsigned row, unsigned x, unsigned y)
{
    unsigned cell = row * 80 + column, code = cell & 255, attr = 0x1e ^ (cell >> 3 & 1);
    bool on = x < 8 ? glyph(code, y) & 0x80 >> x
                    : width == 9 && code >= 0xC0 && code <= 0xDF && (glyph(code, y) & 1);
    return color(mode_3.attr[on ? attr & 15 : attr >> 4]);
}

static void fill_text(void)
{
    for (unsigned i = 0; i < 256 * 32; i++)
        vga.vram[4 * i + 2] = glyph(i / 32, i % 32);
    for (unsigned i = 0; i < 80 * 100; i++) {
        vga.vram[8 * i] = (uint8_t)i; // words: every other address
        vga.vram[8 * i + 1] = (uint8_t)(0x1e ^ (i >> 3 & 1));
    }
    set_crtc(&vga, 0x0a, 0x20); // no cursor
}

static void start_at(unsigned cell)
{
    set_crtc(&vga, 0x0c, (uint8_t)(cell >> 8));
    set_crtc(&vga, 0x0d, (uint8_t)cell);
}

// The screen begins at `row` of memory, `line` of its 16 lines and `pan` dots to the left; from
// line `split` on it shows row 0, panned too unless `stops`.
static void check_text(const char *what, unsigned width, unsigned row, unsigned line, unsigned pan,
                       unsigned split, bool stops)
{
    look(8);
    CHECK(picture->width == 80 * width && picture->height == 400, "%s: %u x %u", what,
          picture->width, picture->height);
    for (unsigned y = 0; y < picture->height; y++)
        for (unsigned x = 0; x < picture->width; x++) {
            bool below = y >= split;
            unsigned from_x = x + (below && stops ? 0 : pan);
            unsigned from_y = below ? y - split : y + line + row * 16;
            unsigned cell = from_y / 16 * 80 + from_x / width; // the row goes on in the next
            uint32_t want = cell_pixel(width, cell % 80, cell / 80, from_x % width, from_y % 16);
            CHECK(pixel(x, y) == want, "%s: pixel %u,%u is %06x, not %06x", what, x, y, pixel(x, y),
                  want);
        }
}

static void test_text(void)
{
    enum { NO_SPLIT = 1000 };
    begin(&mode_3);
    fill_text();
    check_text("9 dots", 9, 0, 0, 0, NO_SPLIT, false);
    set_attr(&vga, 0x13, 3); // 8 is none, 0 is one
    check_text("9 dots, panned", 9, 0, 0, 4, NO_SPLIT, false);
    set_attr(&vga, 0x13, 8);
    set_seq(&vga, 1, 1);
    set_attr(&vga, 0x13, 0);
    check_text("8 dots", 8, 0, 0, 0, NO_SPLIT, false);
    set_attr(&vga, 0x13, 5);
    check_text("8 dots, panned", 8, 0, 0, 5, NO_SPLIT, false);
    start_at(7 * 80);
    set_crtc(&vga, 8, 11); // preset row scan
    check_text("from line 11 of row 7", 8, 7, 11, 5, NO_SPLIT, false);
    set_crtc(&vga, 0x11, 0x0e); // not protected
    set_crtc(&vga, 0x18, 299 & 255);
    set_crtc(&vga, 7, mode_3.crtc[7] | 0x10);
    set_crtc(&vga, 9, mode_3.crtc[9] & 0xbf);
    check_text("split", 8, 7, 11, 5, 300, false);
    set_attr(&vga, 0x10, 0x2c);
    check_text("split, not panned below", 8, 7, 11, 5, 300, true);
    case_end("vga_scan.text");
}

int main(void)
{
    render = vga_render_create();
    uint8_t *vram = calloc(1, VGA_VRAM_BYTES);
    if (!render || !vram)
        return 1;
    vga_core_init(&vga, vram);
    test_mode_0f();
    test_text();
    vga_render_destroy(render);
    free(vram);
    return verdict_failures != 0;
}
