/* See carry.h. Let y = x + carry. One operation makes y + b, less 2^32 - 1 when that sum reaches
 * 2^32: so y moves in 1 ... 2^32 - 1 by b modulo 2^32 - 1, and the carry is out exactly when the
 * last step wrapped. */
#include "bench/carry.h"
#include "bench/freestanding.h"

#define CARRY_MODULUS 0xFFFFFFFFu

static uint64_t carry_advance(uint64_t y, uint32_t b, uint64_t times)
{
    uint32_t far, rest;
    if (!times)
        return y;
    div_u64_u32(times, CARRY_MODULUS, &rest);
    div_u64_u32((uint64_t)rest * b, CARRY_MODULUS, &far);
    div_u64_u32(y + CARRY_MODULUS - 1 + far, CARRY_MODULUS,
                &rest); /* y = 0 takes part as 2^32 - 1 */
    return (uint64_t)rest + 1;
}

void carry_add_repeatedly(uint32_t *x, uint32_t *carry, uint32_t b, uint64_t times)
{
    uint64_t first = (uint64_t)*x + *carry, before = carry_advance(first, b, times - 1);
    uint64_t sum = before + b;
    if (!times)
        return;
    *carry = (uint32_t)(sum >> 32);
    *x = (uint32_t)sum;
}
