#include "emu/display/display.h"

#include <stdio.h>
#include <string.h>

static const struct display_ops *const kinds[] = {
#define DISPLAY(name) &display_##name,
#include "emu/display/display.def"
#undef DISPLAY
};

static const struct display_ops *find(const char *kind)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, kind) == 0)
            return kinds[i];
    return NULL;
}

bool display_is_known(const char *kind)
{
    return find(kind) != NULL;
}

struct display *display_start(struct machine *m, const char *kind, char *why, size_t whylen)
{
    const struct display_ops *ops = find(kind);
    if (ops)
        return ops->start(m, why, whylen);
    snprintf(why, whylen, "-display: there is no '%s'", kind);
    return NULL;
}

void display_stop(struct display *d)
{
    if (d)
        d->ops->stop(d);
}
