// Option values that are words with commas between them, as QEMU has them: KIND,KEY=VALUE,...
#ifndef TM_EMU_WORDS_H
#define TM_EMU_WORDS_H

#include <stdbool.h>
#include <stddef.h>

// Cut the next word off `*rest`, in place: it ends at a comma, two of which are one in the word.
// NULL at the end.
char *words_next(char **rest);
// Cut KEY=VALUE at its sign and return the value; NULL if there is none.
char *words_value(char *word);
// Is it the word of a table's row, in which '_' stands for '-'?
bool words_are_same(const char *row, const char *word);
// bootindex=: a number from 0 to 2^31 - 2; *to is 1 more, so that 0 is none.
bool words_boot_index(const char *value, unsigned *to);
// -1, with the reason.
__attribute__((format(printf, 3, 4))) int words_refuse(char *why, size_t whylen, const char *format,
                                                       ...);

#endif
