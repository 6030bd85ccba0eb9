#include "emu/words.h"

#include <stddef.h>
#include <string.h>

char *words_next(char **rest)
{
    char *word = *rest, *from = word, *to = word;
    if (!word)
        return NULL;
    for (; *from && (*from != ',' || from[1] == ','); from++) {
        if (*from == ',')
            from++;
        *to++ = *from;
    }
    *rest = *from ? from + 1 : NULL;
    *to = 0;
    return word;
}

char *words_value(char *word)
{
    char *sign = strchr(word, '=');
    if (sign)
        *sign++ = 0;
    return sign;
}
