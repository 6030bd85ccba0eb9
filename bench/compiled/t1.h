/* T1FAST and T1SLOW: one small program in two calling patterns, with the same answer.
 *
 * From 64 words a number is made, three function calls to a word: add the word, turn by it, then
 * fold or spread as its lowest bit says. t1fast.c calls leaf functions directly, with arguments in
 * registers. t1slow.c keeps arguments on the stack, calls through pointers that the data chooses,
 * and takes the words by recursion, 64 deep, which is more than a processor's return stack holds.
 */
#ifndef BENCH_COMPILED_T1_H
#define BENCH_COMPILED_T1_H
#include <stdint.h>

#define T1_WORDS 64u
#define T1_CALLS 3u /* to a word */

struct t1_data { /* at data + 0 */
    uint32_t word[T1_WORDS];
    uint32_t number;
};

#endif
