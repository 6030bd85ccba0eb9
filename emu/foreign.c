#include "emu/foreign.h"

#include <stddef.h>

#include "emu/words.h"

static const struct foreign rows[] = {
#define ALIAS(name, ours)                {name, ours, NULL, false},
#define IDLE(name, has_value)            {#name, NULL, NULL, has_value},
#define ABSENT(name, has_value, instead) {#name, NULL, instead, has_value},
#include "emu/foreign.def"
#undef ALIAS
#undef IDLE
#undef ABSENT
};

const struct foreign *foreign_find(const char *word)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (words_are_same(rows[i].name, word))
            return &rows[i];
    return NULL;
}
