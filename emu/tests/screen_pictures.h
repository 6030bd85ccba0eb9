// What guests/screen.S draws, pixel by pixel, for the programs that look at its pictures.
#ifndef TM_EMU_TESTS_SCREEN_PICTURES_H
#define TM_EMU_TESTS_SCREEN_PICTURES_H

#include <stdint.h>

static inline uint32_t pixel_13h(unsigned x, unsigned y)
{
    unsigned i = (x ^ y) & 255, level[3] = {i % 64, i / 4, 63 - i % 64};
    uint32_t rgb = 0;
    for (unsigned c = 0; c < 3; c++)
        rgb = rgb << 8 | (level[c] * 4 + level[c] / 16);
    return rgb;
}

static inline uint32_t pixel_vbe(unsigned x, unsigned y)
{
    return (x & 255) << 16 | (y & 255) << 8 | ((x ^ y) & 255);
}

#endif
