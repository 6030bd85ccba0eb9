#include "emu/display/overlay.h"

#include <ctype.h>
#include <stdio.h>

enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7, GAP = 1 };
static const uint32_t background = 0x101418, text_color = 0xe6e6e6, dim_color = 0x8c959f;
const uint32_t overlay_empty = 0x2a3038;

// In the order of stage.def: what makes code in blues, running it in green, what slows it in warm
// colours, waiting in grey.
const uint32_t overlay_colors[STAGE_COUNT] = {
    [STAGE_decode] = 0x4f9dff,   [STAGE_translate] = 0x2f6fd6, [STAGE_link] = 0x7a6ff0,
    [STAGE_dispatch] = 0xb18cff, [STAGE_execute] = 0x3fb950,   [STAGE_mmu] = 0xe3b341,
    [STAGE_helper] = 0xf0883e,   [STAGE_irq] = 0xff6ec7,       [STAGE_device] = 0xf85149,
    [STAGE_smc] = 0x9e3a3a,      [STAGE_idle] = 0x6e7681,
};

static const uint8_t *glyph_of(char c)
{
    static const uint8_t glyphs[128][GLYPH_HEIGHT] = {
#define GLYPH(c, ...) [c] = {__VA_ARGS__},
#include "emu/display/overlay_font.def"
#undef GLYPH
    };
    return glyphs[toupper((unsigned char)c) & 127];
}

static void fill(uint32_t *pixels, unsigned x, unsigned y, unsigned width, unsigned height,
                 uint32_t color)
{
    for (unsigned line = y; line < y + height; line++)
        for (unsigned at = x; at < x + width; at++)
            pixels[line * OVERLAY_WIDTH + at] = color;
}

// What does not fit in the line is left out.
static void write_text(uint32_t *pixels, unsigned x, unsigned y, const char *text, uint32_t color)
{
    for (; *text && x + GLYPH_WIDTH <= OVERLAY_WIDTH; text++, x += OVERLAY_CELL_WIDTH) {
        const uint8_t *glyph = glyph_of(*text);
        for (unsigned line = 0; line < GLYPH_HEIGHT; line++)
            for (unsigned dot = 0; dot < GLYPH_WIDTH; dot++)
                if (glyph[line] >> (GLYPH_WIDTH - 1 - dot) & 1)
                    pixels[(y + line) * OVERLAY_WIDTH + x + dot] = color;
    }
}

unsigned overlay_bar_y(enum stage s)
{
    return ((unsigned)s + 1) * OVERLAY_CELL_HEIGHT + OVERLAY_CELL_HEIGHT / 2 + GAP;
}

void overlay_draw(const struct overlay_figures *f, uint32_t pixels[OVERLAY_HEIGHT * OVERLAY_WIDTH])
{
    char text[64];
    enum { LEFT = OVERLAY_CELL_WIDTH, BAR_HEIGHT = OVERLAY_CELL_HEIGHT - 2 * GAP };
    fill(pixels, 0, 0, OVERLAY_WIDTH, OVERLAY_HEIGHT, background);
    snprintf(text, sizeof text, "%.16s: %.0f MIPS", f->engine, f->mips);
    write_text(pixels, LEFT, 4, text, text_color);
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        double share = f->share[s] < 0 ? 0 : f->share[s] > 1 ? 1 : f->share[s];
        unsigned y = overlay_bar_y((enum stage)s);
        unsigned full = (unsigned)(share * OVERLAY_BAR_WIDTH + 0.5);
        write_text(pixels, LEFT, y, profile_stage_names[s], text_color);
        fill(pixels, OVERLAY_BAR_X, y, OVERLAY_BAR_WIDTH, BAR_HEIGHT, overlay_empty);
        fill(pixels, OVERLAY_BAR_X, y, full, BAR_HEIGHT, overlay_colors[s]);
        snprintf(text, sizeof text, "%5.1f%%", share * 100);
        write_text(pixels, OVERLAY_BAR_X + OVERLAY_BAR_WIDTH + LEFT / 2, y, text, text_color);
    }
    write_text(pixels, LEFT, overlay_bar_y(STAGE_COUNT) + GAP, "share of all clocks", dim_color);
}
