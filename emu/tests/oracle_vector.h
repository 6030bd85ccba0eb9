// The oracle's x87, MMX, XMM and YMM state: random states, and their comparison.
#ifndef TM_EMU_TESTS_ORACLE_VECTOR_H
#define TM_EMU_TESTS_ORACLE_VECTOR_H

#include <stddef.h>

#include "emu/fpu/fpu.h"

// What there is to an x87 and vector state, for a case and for how it ends.
struct oracle_vector {
    _Alignas(64) struct fpu_image image;
    uint32_t fip, fdp;
    uint16_t fcs, fds, fop;
};

// A random state, made to hit special values: zeros, denormals, infinities, NaNs, formats that no
// result has, numbers that round or overflow. `pending`: an unmasked x87 exception may wait.
void oracle_vector_generate(struct oracle_vector *v, uint64_t *seed, bool pending);

// Memory operands of that kind: `bytes` of them at `to`, as numbers of `size` bytes (2, 4, 8, 10).
void oracle_vector_operand(uint8_t *to, unsigned bytes, unsigned size, uint64_t *seed);

// True if they agree; else `why` names the first difference.
bool oracle_vector_equal(const struct oracle_vector *native, const struct oracle_vector *guest,
                         char *why, size_t size);

void oracle_vector_print(const char *who, const struct oracle_vector *v);

// The image that FRSTOR loads: environment and registers, 108 bytes.
void oracle_vector_frstor_image(const struct oracle_vector *v, uint8_t image[108]);

#endif
