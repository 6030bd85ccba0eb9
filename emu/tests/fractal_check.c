// fractal_check FILE FRAME: is the PNG frame number FRAME of the bench's prog.fractal, in the
// middle of a black screen? A screen of 640 x 400 shows each pixel four times. Written from the
// description in bench/compiled/fractal.h and knows nothing else of the bench; colours are compared
// in the six bits that a VGA has. Exit status 0 if so, with the CRC-32 of the picture's colour
// numbers, 1 with the reason if not.
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 320, HEIGHT = 200, TURNS = 48, COLORS = 64 };

// Dark blue, light blue, white, orange, dark blue; colour 0 is black.
static uint32_t rgb_of(unsigned color)
{
    static const unsigned stops[5][3] = {
        {0, 0, 96}, {32, 128, 224}, {252, 252, 252}, {252, 176, 0}, {0, 0, 96}};
    uint32_t rgb = 0;
    if (!color)
        return 0;
    for (unsigned part = 0; part < 3; part++) {
        unsigned at = (color - 1) % 16;
        const unsigned *from = stops[(color - 1) / 16], *to = stops[(color - 1) / 16 + 1];
        rgb = rgb << 8 | (from[part] * (16 - at) + to[part] * at) / 16;
    }
    return rgb;
}

// floor(a * b / 2^24)
static int64_t times(int64_t a, int64_t b)
{
    int64_t product = a * b, one = 1 << 24, quotient = product / one;
    return quotient - (product % one < 0);
}

static unsigned color_at(unsigned column, unsigned row, unsigned frame)
{
    const int64_t one = 1 << 24, step = one / 80;
    const int64_t cx = -5 * one / 2 + column * step, cy = -5 * one / 4 + row * step;
    int64_t x = 0, y = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        int64_t xx = times(x, x), yy = times(y, y);
        if (xx + yy > 4 * one)
            return 1 + (turn + frame) % (COLORS - 1);
        y = 2 * times(x, y) + cy;
        x = xx - yy + cx;
    }
    return 0;
}

static uint32_t crc32_of(const uint8_t *bytes, size_t count)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static int compare(png_image *image, const char *path, unsigned frame)
{
    static uint8_t colors[WIDTH * HEIGHT];
    const unsigned zoom = image->width == 2 * WIDTH && image->height == 2 * HEIGHT ? 2 : 1;
    if (image->width < WIDTH || image->height < HEIGHT)
        return printf("%s is %u x %u\n", path, image->width, image->height), 1;
    const unsigned left = (image->width - zoom * WIDTH) / 2,
                   top = (image->height - zoom * HEIGHT) / 2;
    image->format = PNG_FORMAT_RGB;
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(*image));
    if (!rgb || !png_image_finish_read(image, NULL, rgb, 0, NULL)) {
        free(rgb);
        return printf("%s: %s\n", path, image->message), 1;
    }
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
        colors[i] = (uint8_t)color_at(i % WIDTH, i / WIDTH, frame);
    unsigned wrong = 0, first = 0;
    for (unsigned i = 0; i < image->width * image->height; i++) {
        unsigned column = i % image->width - left, row = i / image->width - top;
        uint32_t want = column < zoom * WIDTH && row < zoom * HEIGHT
                            ? rgb_of(colors[row / zoom * WIDTH + column / zoom])
                            : 0;
        uint32_t got = (uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
        if ((got & 0xFCFCFC) != (want & 0xFCFCFC) && !wrong++)
            first = i;
    }
    free(rgb);
    if (wrong)
        return printf("%u pixels are wrong, the first at %u,%u\n", wrong, first % image->width,
                      first / image->width),
               1;
    printf("%u x %u, picture %08x\n", image->width, image->height, crc32_of(colors, sizeof colors));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, argv[1]))
        return printf("%s: %s\n", argv[1], image.message), 1;
    int status = compare(&image, argv[1], (unsigned)strtoul(argv[2], NULL, 10));
    png_image_free(&image);
    return status;
}
