#include "emu/display/scale.h"

#include <string.h>

enum { NARROW = 512, FLAT = 300 }; // below: dots, lines are doubled

void scale_natural_size(unsigned width, unsigned height, unsigned *natural_width,
                        unsigned *natural_height)
{
    *natural_width = width < NARROW ? 2 * width : width;
    *natural_height = height <= FLAT ? 2 * height : height;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void scale_set(struct scale *s, unsigned width, unsigned height, unsigned window_width,
               unsigned window_height, bool integer)
{
    unsigned w, h, to_width, to_height;
    window_width = smaller(window_width, SCALE_MAX);
    window_height = smaller(window_height, SCALE_MAX);
    scale_natural_size(width, height, &w, &h);
    unsigned times = smaller(window_width / w, window_height / h);
    if (integer && times) {
        to_width = w * times;
        to_height = h * times;
    } else if ((uint64_t)window_width * h <= (uint64_t)window_height * w) {
        to_width = window_width;
        to_height = (unsigned)((uint64_t)window_width * h / w);
    } else {
        to_width = (unsigned)((uint64_t)window_height * w / h);
        to_height = window_height;
    }
    s->from_width = width;
    s->from_height = height;
    s->to = (struct vga_rect){.x = (window_width - to_width) / 2,
                              .y = (window_height - to_height) / 2,
                              .width = to_width,
                              .height = to_height};
    for (unsigned x = 0; x < to_width; x++)
        s->columns[x] = (uint16_t)((uint64_t)x * width / to_width);
}

// The first of `to` pixels that shows pixel n of `from`, or one behind it.
static unsigned first_shown(unsigned n, unsigned from, unsigned to)
{
    return (unsigned)(((uint64_t)n * to + from - 1) / from);
}

struct vga_rect scale_draw(const struct scale *s, const uint32_t *picture,
                           const struct vga_rect *dirty, uint32_t *window, unsigned pitch)
{
    unsigned left = first_shown(dirty->x, s->from_width, s->to.width);
    unsigned right = first_shown(dirty->x + dirty->width, s->from_width, s->to.width);
    unsigned top = first_shown(dirty->y, s->from_height, s->to.height);
    unsigned bottom = first_shown(dirty->y + dirty->height, s->from_height, s->to.height);
    struct vga_rect drawn = {
        .x = s->to.x + left, .y = s->to.y + top, .width = right - left, .height = bottom - top};
    size_t bytes = drawn.width * sizeof *window;
    unsigned line_before = ~0u;
    for (unsigned y = top; y < bottom; y++) {
        unsigned line = (unsigned)((uint64_t)y * s->from_height / s->to.height);
        const uint32_t *from = picture + (size_t)line * s->from_width;
        uint32_t *to = window + (size_t)(s->to.y + y) * pitch + drawn.x;
        if (line == line_before)
            memcpy(to, to - pitch, bytes);
        else if (s->to.width == s->from_width)
            memcpy(to, from + left, bytes);
        else
            for (unsigned x = 0; x < drawn.width; x++)
                to[x] = from[s->columns[left + x]];
        line_before = line;
    }
    return drawn;
}
