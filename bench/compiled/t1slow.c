/* prog.t1slow: see t1.h. Built with frame pointers. */
#include "bench/compiled/compiled.h"
#include "bench/compiled/t1.h"

#define T1_FUNCTION static COMPILED_FUNCTION uint32_t __attribute__((regparm(0), used))

typedef uint32_t __attribute__((regparm(0))) t1_function(uint32_t number, uint32_t word);

struct t1_table {
    t1_function *add, *turn, *last[2];
};

T1_FUNCTION t1_add(uint32_t number, uint32_t word)
{
    return number * 5 + word;
}
T1_FUNCTION t1_turn(uint32_t number, uint32_t word)
{
    word &= 31;
    return number << word | number >> (-word & 31);
}
T1_FUNCTION t1_fold(uint32_t number, uint32_t word)
{
    return number ^ number >> 15 ^ word;
}
T1_FUNCTION t1_spread(uint32_t number, uint32_t word)
{
    return (number & 0xFFFF) * 0x8005u + (word >> 3);
}

/* The words in front of this one first: the number comes back up through all of the frames. */
T1_FUNCTION t1_walk(const struct t1_data *d, const struct t1_table *table, uint32_t words)
{
    uint32_t number = words > 1 ? t1_walk(d, table, words - 1) : d->number;
    uint32_t word = d->word[words - 1];
    number = table->add(number, word);
    number = table->turn(number, word);
    return table->last[word & 1](number, word);
}

/* The address of a function, where the image was copied to. */
#define T1_ADDRESS(function)                                                                       \
    __extension__({                                                                                \
        t1_function *address;                                                                      \
        __asm__("call 1f\n1: pop %0\n add $(" #function " - 1b), %0" : "=r"(address));             \
        address;                                                                                   \
    })

void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n)
{
    struct t1_data *d = data;
    struct t1_table table;
    table.add = T1_ADDRESS(t1_add);
    table.turn = T1_ADDRESS(t1_turn);
    table.last[0] = T1_ADDRESS(t1_spread);
    table.last[1] = T1_ADDRESS(t1_fold);
    do {
        d->number = t1_walk(d, &table, T1_WORDS);
    } while (--n);
}
