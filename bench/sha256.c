/* SHA-256 as in FIPS 180-4, sections 5 and 6.2. The constants are computed rather than typed: the
 * first 32 bits of the fractional parts of the cube (K) and square (H) roots of the first primes,
 * section 4.2.2 and 5.3.3. */
#include "bench/sha256.h"
#include "bench/freestanding.h"

static uint32_t sha256_k[64], sha256_h[8];

/* First 32 fraction bits of the root of p: the largest f with ((int << 32) + f)^power <= p << (32 *
 * power). 36-bit bases cubed need 108 bits; two 32-bit limbs by schoolbook, compared from the top.
 */
static int sha256_power_exceeds(uint64_t x, int power, uint32_t p)
{
    uint32_t acc[5] = {(uint32_t)x, (uint32_t)(x >> 32), 0, 0, 0};
    for (int k = 1; k < power; k++) {
        uint32_t out[5] = {0};
        for (int i = 0; i < 4; i++) {
            uint64_t carry = 0;
            for (int j = 0; i + j < 5 && j < 2; j++) {
                uint64_t t = (uint64_t)acc[i] * (uint32_t)(x >> (32 * j)) + out[i + j] + carry;
                out[i + j] = (uint32_t)t;
                carry = t >> 32;
            }
            for (int j = i + 2; carry && j < 5; j++) {
                uint64_t t = (uint64_t)out[j] + carry;
                out[j] = (uint32_t)t;
                carry = t >> 32;
            }
        }
        memcpy(acc, out, sizeof acc);
    }
    uint64_t top = acc[power] | (uint64_t)(power < 4 ? acc[power + 1] : 0) << 32;
    return top >= p; /* roots of primes are irrational: equality of the integer part means the root
                        is exceeded */
}

static uint32_t sha256_root(uint32_t p, int power)
{
    uint64_t x = 0;
    for (int bit = 37; bit >= 0; bit--)
        if (!sha256_power_exceeds(x | 1ull << bit, power, p))
            x |= 1ull << bit;
    return (uint32_t)x;
}

static void sha256_make_constants(void)
{
    uint32_t count = 0;
    for (uint32_t p = 2; count < 64; p++) {
        uint32_t d = 2;
        while (d * d <= p && p % d)
            d++;
        if (d * d <= p)
            continue;
        if (count < 8)
            sha256_h[count] = sha256_root(p, 2);
        sha256_k[count++] = sha256_root(p, 3);
    }
}

static uint32_t sha256_rotate(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void sha256_block(struct sha256 *s)
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 |
               (uint32_t)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (sha256_rotate(a, 7) ^ sha256_rotate(a, 18) ^ a >> 3) +
               (sha256_rotate(b, 17) ^ sha256_rotate(b, 19) ^ b >> 10);
    }
    memcpy(v, s->h, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t e = v[4], a = v[0];
        uint32_t t1 = v[7] + (sha256_rotate(e, 6) ^ sha256_rotate(e, 11) ^ sha256_rotate(e, 25)) +
                      ((e & v[5]) ^ (~e & v[6])) + sha256_k[i] + w[i];
        uint32_t t2 = (sha256_rotate(a, 2) ^ sha256_rotate(a, 13) ^ sha256_rotate(a, 22)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
        v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void sha256_start(struct sha256 *s)
{
    if (!sha256_k[0])
        sha256_make_constants();
    memcpy(s->h, sha256_h, sizeof s->h);
    s->len = 0;
}

void sha256_add(struct sha256 *s, const void *bytes, uint32_t len)
{
    const uint8_t *p = bytes;
    while (len--) {
        s->block[s->len++ % 64] = *p++;
        if (s->len % 64 == 0)
            sha256_block(s);
    }
}

void sha256_finish(struct sha256 *s, uint8_t digest[32])
{
    uint64_t bits = s->len * 8;
    uint8_t byte = 0x80;
    do {
        sha256_add(s, &byte, 1);
        byte = 0;
    } while (s->len % 64 != 56);
    for (int i = 0; i < 8; i++) {
        byte = (uint8_t)(bits >> (56 - 8 * i));
        sha256_add(s, &byte, 1);
    }
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}
