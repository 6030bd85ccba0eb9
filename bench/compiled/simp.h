/* SIMP: simple integer programs, one after the other: primes by sieve, a sort, a checksum. */
#ifndef BENCH_COMPILED_SIMP_H
#define BENCH_COMPILED_SIMP_H
#include <stdint.h>

#define SIMP_SIEVE 4096u
#define SIMP_SORT  256u
#define SIMP_BYTES 256u
#define SIMP_STEP  0x9E3779B9u

struct simp_data {             /* at data + 0 */
    uint32_t input[SIMP_SORT]; /* input[0] grows by SIMP_STEP before each turn */
    uint32_t sorted[SIMP_SORT];
    uint32_t primes;   /* below SIMP_SIEVE, summed over all turns */
    uint32_t checksum; /* CRC-32 of input's first SIMP_BYTES bytes, summed over all turns */
    uint8_t composite[SIMP_SIEVE];
};

#endif
