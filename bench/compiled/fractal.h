/* FRACTAL: Mandelbrot's set, 320 x 200, in numbers with 24 bits behind the point.
 *
 * Pixel (x, y) is the point -2.5 + x * STEP, -1.25 + y * STEP. Its colour is 0 if FRACTAL_TURNS
 * turns of z = z * z + c do not take |z|^2 above 4; else 1 + (turns done + frame) % 63: frame after
 * frame the colours go round. A product is floor(a * b / 2^24). */
#ifndef BENCH_COMPILED_FRACTAL_H
#define BENCH_COMPILED_FRACTAL_H
#include <stdint.h>

#define FRACTAL_WIDTH  320u
#define FRACTAL_HEIGHT 200u
#define FRACTAL_TURNS  48u
#define FRACTAL_ONE    (1 << 24)
#define FRACTAL_STEP   (FRACTAL_ONE / 80)
#define FRACTAL_LEFT   (-5 * FRACTAL_ONE / 2)
#define FRACTAL_TOP    (-5 * FRACTAL_ONE / 4)
#define FRACTAL_COLORS 64u

struct fractal_data { /* at data + 0 */
    uint32_t frame;   /* of the next picture */
};
struct fractal_screen { /* at data + TEST_TABLE */
    uint8_t *pixels;    /* the picture's upper left corner */
    uint32_t pitch, pixel_bytes /* 1, 2, 3 or 4 */;
    uint32_t color[FRACTAL_COLORS]; /* as the screen wants them */
};

#endif
