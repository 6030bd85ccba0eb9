/* The model of long chains of add-with-carry, for registers (flags) and memory (rmw). */
#ifndef BENCH_CARRY_H
#define BENCH_CARRY_H
#include <stdint.h>

/* (*x, *carry) after `times` operations x = x + b + carry. b > 0. */
void carry_add_repeatedly(uint32_t *x, uint32_t *carry, uint32_t b, uint64_t times);

#endif
