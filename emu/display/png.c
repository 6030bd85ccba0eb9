#include "emu/display/png.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void take_row(uint8_t *row, const struct vga_picture *p, unsigned y)
{
    const uint32_t *from = p->pixels + (size_t)y * p->width;
    for (unsigned x = 0; x < p->width; x++)
        for (unsigned c = 0; c < 3; c++)
            row[3 * x + c] = (uint8_t)(from[x] >> (16 - 8 * c));
}

static bool write_ppm(FILE *f, const struct vga_picture *p, uint8_t *row)
{
    fprintf(f, "P6\n%u %u\n255\n", p->width, p->height);
    for (unsigned y = 0; y < p->height; y++) {
        take_row(row, p, y);
        if (fwrite(row, 3, p->width, f) != p->width)
            return false;
    }
    return true;
}

// libpng leaves by longjmp() from its own frames to the setjmp() here: nothing of ours that changes
// in between is looked at afterwards.
static bool write_png(FILE *f, const struct vga_picture *p, uint8_t *row)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, f);
    png_set_IHDR(png, info, p->width, p->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 3);
    png_write_info(png, info);
    for (unsigned y = 0; y < p->height; y++) {
        take_row(row, p, y);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

static int write_file(const char *path, const struct vga_picture *p,
                      bool (*write)(FILE *f, const struct vga_picture *p, uint8_t *row), char *why,
                      size_t whylen)
{
    // O_NONBLOCK: nobody waits for a FIFO's reader.
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
    struct stat st;
    bool is_file = f && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    uint8_t *row = malloc((size_t)p->width * 3);
    bool good = f && row && write(f, p, row);
    int error = errno;
    if (f && fclose(f) != 0 && good) {
        error = errno;
        good = false;
    }
    free(row);
    if (good)
        return 0;
    snprintf(why, whylen, "%s: %s", path, error ? strerror(error) : "cannot be written");
    if (is_file) // half a picture; never a device
        unlink(path);
    return -1;
}

int png_write_picture(const char *path, const struct vga_picture *p, char *why, size_t whylen)
{
    return write_file(path, p, write_png, why, whylen);
}

int ppm_write_picture(const char *path, const struct vga_picture *p, char *why, size_t whylen)
{
    return write_file(path, p, write_ppm, why, whylen);
}
