/* prog.simp: see simp.h. */
#include "bench/compiled/simp.h"
#include "bench/compiled/compiled.h"

static uint32_t simp_sieve(uint8_t *composite)
{
    uint32_t primes = 0;
    for (uint32_t i = 0; i < SIMP_SIEVE; i++)
        composite[i] = i < 2;
    for (uint32_t i = 2; i < SIMP_SIEVE; i++) {
        if (composite[i])
            continue;
        primes++;
        for (uint32_t k = i + i; k < SIMP_SIEVE; k += i)
            composite[k] = 1;
    }
    return primes;
}

/* Shell's sort, gaps 121, 40, 13, 4, 1 */
static void simp_sort(uint32_t *out, const uint32_t *in)
{
    for (uint32_t i = 0; i < SIMP_SORT; i++)
        out[i] = in[i];
    for (uint32_t gap = 121; gap; gap = (gap - 1) * 43691 >> 17) /* by 3, without a division */
        for (uint32_t i = gap; i < SIMP_SORT; i++) {
            uint32_t value = out[i], at = i;
            for (; at >= gap && out[at - gap] > value; at -= gap)
                out[at] = out[at - gap];
            out[at] = value;
        }
}

static uint32_t simp_check(const uint8_t *bytes)
{
    uint32_t crc = ~0u;
    for (uint32_t i = 0; i < SIMP_BYTES; i++) {
        crc ^= bytes[i];
        for (uint32_t bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return ~crc;
}

void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n)
{
    struct simp_data *d = data;
    do {
        d->input[0] += SIMP_STEP;
        d->primes += simp_sieve(d->composite);
        simp_sort(d->sorted, d->input);
        d->checksum += simp_check((const uint8_t *)d->input);
    } while (--n);
}
