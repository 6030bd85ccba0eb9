// boot_picture FILE: is the PNG what guest-images/device-test/device-test.sh has written to a
// framebuffer of 1024 x 768? Exit status 0 if so, 1 with the reason if not.
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1024, HEIGHT = 768 };

// Red, green, blue: three kinds of rows in turn.
static uint32_t pixel(unsigned x, unsigned y)
{
    return (x & 255) << 16 | (x / 4 & 255) << 8 | y % 3 * 80;
}

static int compare(png_image *image, const char *path)
{
    if (image->width != WIDTH || image->height != HEIGHT)
        return printf("%s is %u x %u\n", path, image->width, image->height), 1;
    image->format = PNG_FORMAT_RGB;
    uint8_t *rgb = malloc(PNG_IMAGE_SIZE(*image));
    if (!rgb || !png_image_finish_read(image, NULL, rgb, 0, NULL)) {
        free(rgb);
        return printf("%s: %s\n", path, image->message), 1;
    }
    unsigned wrong = 0, first = 0;
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        uint32_t got = (uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
        if (got != pixel(i % WIDTH, i / WIDTH) && !wrong++)
            first = i;
    }
    free(rgb);
    if (wrong)
        return printf("%u pixels are wrong, the first at %u,%u\n", wrong, first % WIDTH,
                      first / WIDTH),
               1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 1;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, argv[1]))
        return printf("%s: %s\n", argv[1], image.message), 1;
    int status = compare(&image, argv[1]);
    png_image_free(&image);
    return status;
}
