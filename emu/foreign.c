#include "emu/foreign.h"

#include <stddef.h>

static const struct foreign rows[] = {
#define ALIAS(name, ours)                {name, ours, NULL, false},
#define IDLE(name, has_value)            {#name, NULL, NULL, has_value},
#define ABSENT(name, has_value, instead) {#name, NULL, instead, has_value},
#include "emu/foreign.def"
#undef ALIAS
#undef IDLE
#undef ABSENT
};

static bool same_word(const char *row, const char *word)
{
    while (*row && (*row == '_' ? '-' : *row) == *word)
        row++, word++;
    return *row == 0 && *word == 0;
}

const struct foreign *foreign_find(const char *word)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (same_word(rows[i].name, word))
            return &rows[i];
    return NULL;
}
