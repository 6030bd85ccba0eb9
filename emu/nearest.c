#include "emu/nearest.h"

#include <stddef.h>
#include <string.h>

enum { WORD_MAX = 64 };

unsigned nearest_distance(const char *name, const char *word)
{
    unsigned line[WORD_MAX + 1];
    size_t n = strlen(word);
    if (n > WORD_MAX)
        return NEAREST_FAR;
    for (size_t j = 0; j <= n; j++)
        line[j] = (unsigned)j;
    for (size_t i = 1; name[i - 1]; i++) {
        char c = name[i - 1] == '_' ? '-' : name[i - 1];
        unsigned diagonal = line[0];
        line[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned replace = diagonal + (c != word[j - 1]);
            unsigned best = replace < line[j] + 1 ? replace : line[j] + 1;
            diagonal = line[j];
            line[j] = best < line[j - 1] + 1 ? best : line[j - 1] + 1;
        }
    }
    return line[n];
}
