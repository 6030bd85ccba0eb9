/* prog.fractal: see fractal.h. */
#include "bench/compiled/fractal.h"
#include "bench/compiled/compiled.h"
#include "bench/test.h"

static int32_t fractal_multiply(int32_t a, int32_t b)
{
    return (int32_t)((int64_t)a * b >> 24);
}

static uint32_t fractal_count(int32_t cx, int32_t cy)
{
    int32_t x = 0, y = 0;
    uint32_t turns = 0;
    for (; turns < FRACTAL_TURNS; turns++) {
        int32_t xx = fractal_multiply(x, x), yy = fractal_multiply(y, y);
        if (xx + yy > 4 * FRACTAL_ONE)
            break;
        y = 2 * fractal_multiply(x, y) + cy;
        x = xx - yy + cx;
    }
    return turns;
}

static void fractal_put(uint8_t *at, uint32_t color, uint32_t bytes)
{
    volatile uint8_t *to = at;
    if (bytes == 1)
        *to = (uint8_t)color;
    else if (bytes == 2)
        *(volatile uint16_t *)(volatile void *)to = (uint16_t)color;
    else if (bytes == 4)
        *(volatile uint32_t *)(volatile void *)to = color;
    else
        to[0] = (uint8_t)color, to[1] = (uint8_t)(color >> 8), to[2] = (uint8_t)(color >> 16);
}

void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n)
{
    struct fractal_data *d = data;
    const struct fractal_screen *screen = (const void *)((uint8_t *)data + TEST_TABLE);
    do {
        uint32_t frame = d->frame++;
        int32_t cy = FRACTAL_TOP;
        for (uint32_t row = 0; row < FRACTAL_HEIGHT; row++, cy += FRACTAL_STEP) {
            uint8_t *at = screen->pixels + row * screen->pitch;
            int32_t cx = FRACTAL_LEFT;
            for (uint32_t column = 0; column < FRACTAL_WIDTH; column++, cx += FRACTAL_STEP) {
                uint32_t turns = fractal_count(cx, cy), color = 0;
                if (turns < FRACTAL_TURNS)
                    color = 1 + (turns + frame) % (FRACTAL_COLORS - 1);
                fractal_put(at, screen->color[color], screen->pixel_bytes);
                at += screen->pixel_bytes;
            }
        }
    } while (--n);
}
