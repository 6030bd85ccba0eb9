/* prog: the small programs of the 2010 article, as kernels that a compiler made: compiled/t1.h,
 * simp.h and fractal.h say what they do. The models compute the same answers in another way. */
#include "bench/compiled/fractal.h"
#include "bench/compiled/simp.h"
#include "bench/compiled/t1.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/line.h"
#include "bench/port/port.h"

static void prog_end(struct test_state *s)
{
    s->regs.eax = s->regs.ecx = s->regs.edx = 0;
}

/* ---- t1 ---- */

static void prog_model_t1(struct test_state *s, uint32_t n)
{
    struct t1_data *d = (struct t1_data *)(void *)s->data;
    uint32_t number = d->number;
    for (uint32_t left = n * T1_WORDS, i = 0; left; left--, i = (i + 1) % T1_WORDS) {
        const uint32_t word = d->word[i];
        number = number + (number << 2) + word;
        __asm__("rol %%cl, %0" : "+r"(number) : "c"(word) : "cc");
        if (word % 2)
            number ^= number / 32768 ^ word;
        else
            number = ((number & 0xFFFF) << 15) + (number & 0xFFFF) * 5 + word / 8;
    }
    d->number = number;
    prog_end(s);
}

/* ---- simp ---- */

/* By trial division: a number is marked if a smaller one above 1 divides it. */
static uint32_t prog_find_primes(uint8_t *composite)
{
    uint32_t primes = 0;
    for (uint32_t i = 0; i < SIMP_SIEVE; i++) {
        composite[i] = i < 2;
        for (uint32_t k = 2; k * k <= i && !composite[i]; k++)
            composite[i] = i % k == 0;
        primes += !composite[i];
    }
    return primes;
}

static void prog_model_simp(struct test_state *s, uint32_t n)
{
    static uint8_t composite[SIMP_SIEVE];
    static uint32_t primes;
    struct simp_data *d = (struct simp_data *)(void *)s->data;
    if (!primes)
        primes = prog_find_primes(composite);
    memcpy(d->composite, composite, SIMP_SIEVE);
    d->primes += primes * n;
    for (uint32_t i = 0; i < n; i++) {
        d->input[0] += SIMP_STEP;
        d->checksum += line_crc32(0, d->input, SIMP_BYTES);
    }
    /* each word goes to the place that is the number of words before it */
    for (uint32_t i = 0; i < SIMP_SORT; i++) {
        uint32_t place = 0;
        for (uint32_t k = 0; k < SIMP_SORT; k++)
            place += d->input[k] < d->input[i] || (d->input[k] == d->input[i] && k < i);
        d->sorted[place] = d->input[i];
    }
    prog_end(s);
}

/* ---- fractal ---- */

/* Black, then dark blue by light blue, white and orange back to dark blue. */
static const struct port_screen *prog_open_screen(void)
{
    static const uint8_t stop[5][3] = {
        {0, 0, 96}, {32, 128, 224}, {252, 252, 252}, {252, 176, 0}, {0, 0, 96}};
    static uint32_t rgb[FRACTAL_COLORS];
    _Static_assert(FRACTAL_COLORS == PORT_COLORS, "as many as the port has");
    for (uint32_t i = 1; i < FRACTAL_COLORS; i++)
        for (uint32_t part = 0, value = 0; part < 3; part++) {
            uint32_t at = (i - 1) % 16, from = (i - 1) / 16;
            value = value << 8 | (stop[from][part] * (16 - at) + stop[from + 1][part] * at) / 16;
            rgb[i] = value;
        }
    return port_open_screen(FRACTAL_WIDTH, FRACTAL_HEIGHT, rgb);
}

static void prog_setup_fractal(struct test_state *s)
{
    struct fractal_screen *to = (struct fractal_screen *)(void *)(s->data + TEST_TABLE);
    const struct port_screen *screen = prog_open_screen();
    if (!screen) {
        s->why = "the screen could not be switched to a picture";
        /* drawn where nobody looks: the kernel runs all the same */
        *to = (struct fractal_screen){.pixels = port_big_area(), .pitch = FRACTAL_WIDTH};
        to->pixel_bytes = 1;
        return;
    }
    to->pixels = screen->pixels;
    to->pitch = screen->pitch;
    to->pixel_bytes = screen->pixel_bytes;
    memcpy(to->color, screen->color, sizeof to->color);
    ((struct fractal_data *)(void *)s->data)->frame = 0;
}

/* floor(a * b / 2^24) from unsigned halves */
static int32_t prog_multiply(int32_t a, int32_t b)
{
    uint32_t x = (uint32_t)(a < 0 ? -a : a), y = (uint32_t)(b < 0 ? -b : b);
    uint32_t low = (x & 0xFFFF) * (y & 0xFFFF), high = (x >> 16) * (y >> 16);
    uint32_t mid1 = (x >> 16) * (y & 0xFFFF), mid2 = (x & 0xFFFF) * (y >> 16);
    uint32_t carry = (low >> 16) + (mid1 & 0xFFFF) + (mid2 & 0xFFFF);
    high += (mid1 >> 16) + (mid2 >> 16) + (carry >> 16);
    low = (low & 0xFFFF) | carry << 16;
    uint32_t product = high << 8 | low >> 24;
    if ((a < 0) == (b < 0))
        return (int32_t)product;
    return -(int32_t)product - ((low & 0xFFFFFF) != 0);
}

/* The picture without its colours, once: turns done, a byte to a pixel. */
static const uint8_t *prog_fractal_turns(void)
{
    static uint8_t turns[FRACTAL_WIDTH * FRACTAL_HEIGHT];
    static bool done;
    for (uint32_t i = 0; !done && i < FRACTAL_WIDTH * FRACTAL_HEIGHT; i++) {
        int32_t cx = FRACTAL_LEFT + (int32_t)(i % FRACTAL_WIDTH) * FRACTAL_STEP, x = 0;
        int32_t cy = FRACTAL_TOP + (int32_t)(i / FRACTAL_WIDTH) * FRACTAL_STEP, y = 0;
        while (turns[i] < FRACTAL_TURNS) {
            int32_t xx = prog_multiply(x, x), yy = prog_multiply(y, y);
            if (xx + yy > 4 * FRACTAL_ONE)
                break;
            y = 2 * prog_multiply(x, y) + cy;
            x = xx - yy + cx;
            turns[i]++;
        }
    }
    done = true;
    return turns;
}

static void prog_model_fractal(struct test_state *s, uint32_t n)
{
    const struct port_screen *screen = prog_open_screen();
    const uint8_t *turns = prog_fractal_turns();
    const uint32_t frame = ((struct fractal_data *)(void *)s->data)->frame + n - 1;
    for (uint32_t i = 0; screen && i < FRACTAL_WIDTH * FRACTAL_HEIGHT; i++) {
        uint32_t color = turns[i] == FRACTAL_TURNS ? 0 : 1 + (turns[i] + frame) % 63, got = 0;
        memcpy(&got,
               screen->pixels + i / FRACTAL_WIDTH * screen->pitch +
                   i % FRACTAL_WIDTH * screen->pixel_bytes,
               screen->pixel_bytes);
        if (got != screen->color[color])
            s->why = "a pixel on the screen has the wrong colour";
    }
    ((struct fractal_data *)(void *)s->data)->frame += n;
    prog_end(s);
}

#define PROG_IMAGE(name) " .incbin \"bench/compiled/" #name ".bin\"\n"

/* clang-format off */
#define PROG_ROWS(F, T, TX) \
T(F, t1fast,  "t1fast",  "T1FAST",  "small C program, leaf functions called directly with arguments in registers, per call", T1_WORDS * T1_CALLS, FLOOR, 0, PROG_IMAGE(t1fast), NULL, prog_model_t1) \
T(F, t1slow,  "t1slow",  "T1SLOW",  "the same by recursion, function pointers and arguments on the stack, per call", T1_WORDS * T1_CALLS, SPREAD, 0, PROG_IMAGE(t1slow), NULL, prog_model_t1) \
T(F, simp,    "simp",    "SIMP",    "simple integer programs: primes by sieve, a sort of 256 words, a checksum of 256 bytes, per turn", 1, SPREAD, 0, PROG_IMAGE(simp), NULL, prog_model_simp) \
T(F, fractal, "fractal", "FRACTAL", "Mandelbrot's set on the screen, 320 x 200, per pixel", FRACTAL_WIDTH * FRACTAL_HEIGHT, SPREAD, NEED_SCREEN, PROG_IMAGE(fractal), prog_setup_fractal, prog_model_fractal)
/* clang-format on */
FAMILY_TABLE(prog, PROG_ROWS)
