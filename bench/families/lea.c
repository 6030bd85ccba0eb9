/* lea: address arithmetic. */
#include "bench/kernel.h"

static void lea_model_disp(struct test_state *s, uint32_t n)
{
    s->regs.eax += 0x1234567u * 64 * n;
}
static void lea_model_sib(struct test_state *s, uint32_t n)
{
    s->regs.eax += (2 * s->regs.ebx + 3) * 64 * n;
}

/* x -> 5 x + 1, 64 n times, by squaring the map x -> m x + c. */
static void lea_model_times5(struct test_state *s, uint32_t n)
{
    uint32_t m = 5, c = 1;
    for (uint64_t k = (uint64_t)n * 64; k; k >>= 1) {
        if (k & 1)
            s->regs.eax = s->regs.eax * m + c;
        c = c * m + c;
        m *= m;
    }
}

/* clang-format off */
#define LEA_ROWS(F, T, TX) \
T(F, disp,   "disp",   "", "register and displacement, dependent",              64, FLOOR, 0, LOOP(64, "lea 0x1234567(%eax),%eax"), NULL, lea_model_disp) \
T(F, sib,    "sib",    "", "base, scaled index and displacement, dependent",    64, FLOOR, 0, LOOP(64, "lea 3(%eax,%ebx,2),%eax"), NULL, lea_model_sib) \
T(F, times5, "times5", "", "five times a register and one, dependent",          64, FLOOR, 0, LOOP(64, "lea 1(%eax,%eax,4),%eax"), NULL, lea_model_times5)
/* clang-format on */
FAMILY_TABLE(lea, LEA_ROWS)
