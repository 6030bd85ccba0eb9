// modes_check FILE MODE FONTS: is the PNG what guests/modes.S draws in that mode of the VGA
// BIOS (a number)? FONTS has the ROM's fonts as the guest wrote them. What each mode looks like is
// IBM's definition of it (PS/2 and PC BIOS Interface Technical Reference, "Video"): size, cells,
// and the sixteen colours or the monochrome ones; nothing here knows registers. Exit status 0 if
// so, 1 with the reason if not.
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FONT_8 = 0, FONT_14 = 2048, FONT_16 = FONT_14 + 3584, FONTS_BYTES = FONT_16 + 4096 };
static uint8_t fonts[FONTS_BYTES];

static const struct mode {
    unsigned number, width, height;
    unsigned columns; // text
    unsigned mask;    // colours of graphics
} modes[] = {{0, 360, 400, 40, 0},    {1, 360, 400, 40, 0},    {2, 720, 400, 80, 0},
             {3, 720, 400, 80, 0},    {4, 320, 200, 0, 3},     {5, 320, 200, 0, 3},
             {6, 640, 200, 0, 1},     {7, 720, 400, 80, 0},    {0x0D, 320, 200, 0, 15},
             {0x0E, 640, 200, 0, 15}, {0x0F, 640, 350, 0, 15}, {0x10, 640, 350, 0, 15},
             {0x11, 640, 480, 0, 1},  {0x12, 640, 480, 0, 15}, {0x13, 320, 200, 0, 15}};

static const uint32_t colors[16] = {0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA,
                                    0xAA5500, 0xAAAAAA, 0x555555, 0x5555FF, 0x55FF55, 0x55FFFF,
                                    0xFF5555, 0xFF55FF, 0xFFFF55, 0xFFFFFF};
enum { NORMAL = 0xAAAAAA, BRIGHT = 0xFFFFFF };

static bool glyph_dot(unsigned code, unsigned x, unsigned y)
{
    const uint8_t *line = fonts + FONT_16 + code * 16 + y;
    if (x == 8)
        return code >= 0xC0 && code <= 0xDF && (*line & 1);
    return *line & 0x80 >> x;
}

static uint32_t text_pixel(const struct mode *m, unsigned x, unsigned y)
{
    unsigned cx = x / 9, cy = y / 16;
    unsigned code = (7 * cx + 13 * cy) & 255, attr = (cx + 5 * cy) & 0x7f;
    bool on = glyph_dot(code, x % 9, y % 16);
    if (m->number != 7)
        return colors[on ? attr & 15 : attr >> 4];
    // normal, bright, inverse, underlined (not with mode 3's CRTC: guests/modes.S), invisible
    switch ((cx + cy) % 5) {
    case 0:
    case 3: return on ? NORMAL : 0;
    case 1: return on ? BRIGHT : 0;
    case 2: return on ? 0 : NORMAL;
    default: return 0;
    }
}

static uint32_t graphics_pixel(const struct mode *m, unsigned x, unsigned y)
{
    static const uint32_t cga[] = {0x000000, 0x55FFFF, 0xFF55FF, 0xFFFFFF};
    unsigned color = y % 16 ? 0 : (x + y / 16) & m->mask;
    switch (m->number) {
    case 4:
    case 5: return cga[color];
    case 6:
    case 0x11: return color ? BRIGHT : 0;
    case 0x0F: return color & 1 ? NORMAL : 0; // IBM's has plane 2, too, for what blinks
    default: return colors[color];
    }
}

int main(int argc, char **argv)
{
    const struct mode *m = modes;
    if (argc < 4)
        return 1;
    while (m < modes + sizeof modes / sizeof *modes && m->number != strtoul(argv[2], NULL, 0))
        m++;
    FILE *f = fopen(argv[3], "rb");
    if (m == modes + sizeof modes / sizeof *modes || !f ||
        fread(fonts, 1, sizeof fonts, f) != sizeof fonts)
        return printf("no such mode, or no fonts\n"), 1;
    fclose(f);
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, argv[1]))
        return printf("%s: %s\n", argv[1], image.message), 1;
    image.format = PNG_FORMAT_RGB;
    static uint8_t *rgb; // in reach for the leak checker wherever we leave
    rgb = malloc(PNG_IMAGE_SIZE(image));
    if (!rgb || !png_image_finish_read(&image, NULL, rgb, 0, NULL))
        return printf("%s: %s\n", argv[1], image.message), 1;
    if (image.width != m->width || image.height != m->height)
        return printf("the picture is %u x %u\n", image.width, image.height), 1;
    for (unsigned i = 0; i < m->width * m->height; i++) {
        unsigned x = i % m->width, y = i / m->width;
        uint32_t want = m->columns ? text_pixel(m, x, y) : graphics_pixel(m, x, y);
        uint32_t got = (uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
        if (got != want)
            return printf("pixel %u,%u is %06x, not %06x\n", x, y, got, want), 1;
    }
    free(rgb);
    return 0;
}
