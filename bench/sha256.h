/* SHA-256 (FIPS 180-4), one call. */
#ifndef BENCH_SHA256_H
#define BENCH_SHA256_H
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint64_t len;
    uint8_t block[64];
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, uint32_t len);
void sha256_finish(struct sha256 *s, uint8_t digest[32]);

#endif
