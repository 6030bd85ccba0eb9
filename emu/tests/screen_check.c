// screen_check FILE 13h|vbe: is the PNG what guests/screen.S draws? Exit status 0 if so, 1 with the
// reason if not.
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/tests/screen_pictures.h"

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    bool vbe = strcmp(argv[2], "vbe") == 0;
    unsigned width = vbe ? 1024 : 320, height = vbe ? 768 : 200;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, argv[1]))
        return printf("%s: %s\n", argv[1], image.message), 1;
    image.format = PNG_FORMAT_RGB;
    static uint8_t *rgb; // in reach for the leak checker wherever we leave
    rgb = malloc(PNG_IMAGE_SIZE(image));
    if (!rgb || !png_image_finish_read(&image, NULL, rgb, 0, NULL))
        return printf("%s: %s\n", argv[1], image.message), 1;
    if (image.width != width || image.height != height)
        return printf("the picture is %u x %u\n", image.width, image.height), 1;
    for (unsigned i = 0; i < width * height; i++) {
        uint32_t want = (vbe ? pixel_vbe : pixel_13h)(i % width, i / width);
        uint32_t got = (uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
        if (got != want)
            return printf("pixel %u,%u is %06x, not %06x\n", i % width, i / width, got, want), 1;
    }
    free(rgb);
    return 0;
}
