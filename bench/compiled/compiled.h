/* Kernels that a compiler made. Each file here becomes a flat image that is linked at 0 and holds
 * no address (rules.mk checks it), so it is copied and entered like the kernels written in
 * assembly, and is the same bytes on every port, whatever that port itself is compiled with:
 *
 *     + 0   entry.S: the kernel convention of test.h on the outside, compiled_main() on the inside
 *     + 32  COMPILED_OFFSETS: offsets in the image, for whoever builds tables of addresses
 *     ...   the code; no constants, no variables
 *
 * The image leaves eax, ecx and edx zero and everything but the data area otherwise as it was. */
#ifndef BENCH_COMPILED_COMPILED_H
#define BENCH_COMPILED_COMPILED_H
#include <stdint.h>

#define COMPILED_OFFSETS 32u

/* A function that stays one, called as it is written. */
#if __has_attribute(noclone)
#define COMPILED_FUNCTION __attribute__((noinline, noclone))
#else
#define COMPILED_FUNCTION __attribute__((noinline))
#endif

/* data: the data area; n: iterations to do, at least 1. */
void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n);

#endif
