/* prog.t1fast: see t1.h. */
#include "bench/compiled/compiled.h"
#include "bench/compiled/t1.h"

#define T1_LEAF static COMPILED_FUNCTION uint32_t __attribute__((regparm(2)))

T1_LEAF t1_add(uint32_t number, uint32_t word)
{
    return number * 5 + word;
}
T1_LEAF t1_turn(uint32_t number, uint32_t word)
{
    word &= 31;
    return number << word | number >> (-word & 31);
}
T1_LEAF t1_fold(uint32_t number, uint32_t word)
{
    return number ^ number >> 15 ^ word;
}
T1_LEAF t1_spread(uint32_t number, uint32_t word)
{
    return (number & 0xFFFF) * 0x8005u + (word >> 3);
}

void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n)
{
    struct t1_data *d = data;
    uint32_t number = d->number;
    do {
        for (uint32_t i = 0; i < T1_WORDS; i++) {
            uint32_t word = d->word[i];
            number = t1_add(number, word);
            number = t1_turn(number, word);
            number = word & 1 ? t1_fold(number, word) : t1_spread(number, word);
        }
    } while (--n);
    d->number = number;
}
