/* See calib.h. */
#include "bench/calib.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/line.h"
#include "bench/run.h"

#define CALIB_OPS   512u
#define CALIB_TRIES 3u

KERNEL_ASM(calib, add, LOOP(512, "add %ebx,%eax"))
KERNEL_ASM(calib, imul, LOOP(512, "imul %ebx,%eax"))

static uint32_t calib_iters_add = 1, calib_iters_imul = 1, calib_tsc_khz;

static uint64_t calib_time_chain(const uint8_t *code, uint32_t iters)
{
    uint32_t cpu = 0;
    run_regs = (struct kern_regs){.eax = 3, .ebx = 5, .ebp = iters};
    uint64_t begin = clock_begin_tsc();
    run_kernel((uint32_t)(uintptr_t)code);
    return clock_end_tsc(&cpu) - begin;
}

static uint64_t calib_fastest(const uint8_t *code, uint32_t iters)
{
    uint64_t best = ~0ull;
    for (uint32_t i = 0; i < CALIB_TRIES; i++) {
        uint64_t t = calib_time_chain(code, iters);
        if (t < best)
            best = t;
    }
    return best ? best : 1;
}

static uint32_t calib_choose_iters(const uint8_t *code, uint64_t ticks)
{
    uint32_t iters = 1;
    while (iters < 1u << 16 && calib_fastest(code, iters) < ticks)
        iters *= 2;
    return iters;
}

void calib_init(uint32_t tsc_khz)
{
    uint64_t ticks = div_u64_u32((uint64_t)tsc_khz * 40, 1000, NULL); /* 40 to 80 us */
    calib_tsc_khz = tsc_khz;
    calib_iters_add = calib_choose_iters(kern_calib_add, ticks);
    calib_iters_imul = calib_choose_iters(kern_calib_imul, ticks);
}

void calib_measure(struct calib *out)
{
    uint64_t a = calib_fastest(kern_calib_add, calib_iters_add);
    uint64_t b = calib_fastest(kern_calib_imul, calib_iters_imul);
    /* 2^16 x 512 operations at most and chains under 2^31 ticks: nothing here overflows 64 bits. */
    if (a >> 31)
        a = 0x7FFFFFFF;
    if (b >> 31)
        b = 0x7FFFFFFF;
    out->core_khz = (uint32_t)div_u64_u32((uint64_t)CALIB_OPS * calib_iters_add * calib_tsc_khz,
                                          (uint32_t)a, NULL);
    uint64_t b_per_iter = div_u64_u32(b << 20, calib_iters_imul, NULL);
    uint64_t a_per_iter = div_u64_u32(a << 20, calib_iters_add, NULL);
    while ((a_per_iter | b_per_iter) >> 31)
        a_per_iter >>= 1, b_per_iter >>= 1;
    out->ratio_milli =
        (uint32_t)div_u64_u32(b_per_iter * 1000, a_per_iter ? (uint32_t)a_per_iter : 1, NULL);
}

void calib_print(const struct calib *c, uint32_t tsc_khz)
{
    line_open("cal");
    line_put_u64("tsc_khz", tsc_khz);
    line_put_u64("core_khz", c->core_khz);
    line_put_milli("ratio_ba", c->ratio_milli);
    line_put_u64("ops_a", (uint64_t)CALIB_OPS * calib_iters_add);
    line_put_u64("ops_b", (uint64_t)CALIB_OPS * calib_iters_imul);
    line_close();
}
