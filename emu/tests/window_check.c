// window_check SCREEN X Y WIDTH HEIGHT 13h|vbe [panel]: does the part of an X server's screen
// (Xvfb's -fbdir: an XWD file) show what guests/screen.S draws, each pixel the nearest of the
// picture? With `panel` all but the panel of the stages, which must be there with something in its
// bars. Exit status 0 if so, 1 with the reason if not.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/display/overlay.h"
#include "emu/tests/screen_pictures.h"

// Of X11/XWDFile.h, 32-bit numbers, big endian.
enum {
    HEADER_BYTES = 0,
    IMAGE_WIDTH = 4,
    IMAGE_HEIGHT = 5,
    BITS_A_PIXEL = 11,
    BYTES_A_LINE = 12,
    COLORS = 19,
    FIELDS = 25,
    COLOR_BYTES = 12,
};
enum { PANEL_AT = 8 };

static uint8_t *file;
static size_t file_bytes;

static uint32_t field(unsigned n)
{
    const uint8_t *b = file + 4 * n;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    enum { MOST = 64 << 20 };
    file = calloc(1, MOST);
    if (!f || !file)
        return false;
    file_bytes = fread(file, 1, MOST, f);
    fclose(f);
    return file_bytes > 4 * FIELDS && field(BITS_A_PIXEL) == 32 &&
           field(HEADER_BYTES) + field(COLORS) * COLOR_BYTES +
                   (uint64_t)field(BYTES_A_LINE) * field(IMAGE_HEIGHT) <=
               file_bytes;
}

static uint32_t screen_pixel(unsigned x, unsigned y)
{
    const uint8_t *at = file + field(HEADER_BYTES) + field(COLORS) * COLOR_BYTES +
                        (size_t)y * field(BYTES_A_LINE) + 4 * x;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

// The panel's first line is background, its bars have a colour that is neither that nor empty.
static bool panel_is_there(unsigned left, unsigned top, unsigned times)
{
    unsigned filled = 0;
    for (unsigned x = 0; x < OVERLAY_WIDTH; x++)
        if (screen_pixel(left + x * times, top) != screen_pixel(left, top))
            return printf("no panel\n"), false;
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        unsigned y = top + (overlay_bar_y((enum stage)s) + 2) * times;
        for (unsigned x = 0; x < OVERLAY_BAR_WIDTH; x++) {
            uint32_t got = screen_pixel(left + (OVERLAY_BAR_X + x) * times, y);
            if (got != overlay_empty && got != overlay_colors[s])
                return printf("bar %u has pixels of %06x\n", s, got), false;
            filled += got == overlay_colors[s];
        }
    }
    if (filled < OVERLAY_BAR_WIDTH / 2 || filled > OVERLAY_BAR_WIDTH + STAGE_COUNT)
        return printf("the bars are %u of %u pixels long\n", filled, OVERLAY_BAR_WIDTH), false;
    return true;
}

int main(int argc, char **argv)
{
    unsigned place[4];
    if (argc < 7 || !read_file(argv[1]))
        return printf("no screen\n"), 1;
    for (unsigned i = 0; i < 4; i++)
        place[i] = (unsigned)strtoul(argv[2 + i], NULL, 0);
    unsigned left = place[0], top = place[1], width = place[2], height = place[3];
    bool vbe = strcmp(argv[6], "vbe") == 0, panel = argc > 7;
    unsigned from_width = vbe ? 1024 : 320, from_height = vbe ? 768 : 200;
    unsigned times = width / 480 < height / 320 ? width / 480 : height / 320;
    times = times < 1 ? 1 : times > 3 ? 3 : times;
    if (left + width > field(IMAGE_WIDTH) || top + height > field(IMAGE_HEIGHT) || !width ||
        !height)
        return printf("the window is not on the screen\n"), 1;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++) {
            if (panel && x >= PANEL_AT && x < PANEL_AT + OVERLAY_WIDTH * times && y >= PANEL_AT &&
                y < PANEL_AT + OVERLAY_HEIGHT * times)
                continue;
            unsigned from_x = x * from_width / width, from_y = y * from_height / height;
            uint32_t want = (vbe ? pixel_vbe : pixel_13h)(from_x, from_y);
            uint32_t got = screen_pixel(left + x, top + y);
            if (got != want)
                return printf("pixel %u,%u is %06x, not %06x\n", x, y, got, want), 1;
        }
    return panel && !panel_is_there(left + PANEL_AT, top + PANEL_AT, times);
}
