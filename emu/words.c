#include "emu/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

bool words_are_same(const char *row, const char *word)
{
    while (*row && (*row == '_' ? '-' : *row) == *word)
        row++, word++;
    return *row == 0 && *word == 0;
}

bool words_boot_index(const char *value, unsigned *to)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || n >= 0x7fffffff)
        return false;
    *to = (unsigned)n + 1;
    return true;
}

int words_refuse(char *why, size_t whylen, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, whylen, format, args);
    va_end(args);
    return -1;
}
