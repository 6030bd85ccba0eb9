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

static bool is_switch(const char *value, bool *to)
{
    *to = strcmp(value, "on") == 0;
    return *to || strcmp(value, "off") == 0;
}

static bool read_property(struct display_options *o, const char *name, const char *value)
{
    if (strcmp(name, "full-screen") == 0)
        return is_switch(value, &o->full);
    if (strcmp(name, "window-close") == 0)
        return is_switch(value, &o->close_ends);
    o->integer = strcmp(value, "integer") == 0;
    return o->integer || strcmp(value, "free") == 0;
}

int display_parse(const char *text, struct display_options *o, char *why, size_t whylen)
{
    static const char *const names[] = {"scale", "full-screen", "window-close"};
    char copy[128], *rest = copy;
    *o = (struct display_options){.close_ends = true};
    snprintf(copy, sizeof copy, "%s", text);
    const char *kind = strsep(&rest, ",");
    snprintf(o->kind, sizeof o->kind, "%s", kind);
    if (!find(o->kind) || strlen(text) >= sizeof copy) {
        snprintf(why, whylen, "-display: '%s' is not supported; there are sdl and none", kind);
        return -1;
    }
    for (char *word; (word = strsep(&rest, ","));) {
        char *value = strchr(word, '=');
        bool known = false;
        if (value)
            *value++ = 0;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            known |= strcmp(word, names[i]) == 0;
        if (known && value && read_property(o, word, value))
            continue;
        snprintf(why, whylen,
                 known ? "-display: %s cannot be '%s'"
                       : "-display: no property '%s'; there are scale=free|integer, full-screen "
                         "and window-close",
                 word, value ? value : "");
        return -1;
    }
    return 0;
}

struct display *display_start(struct machine *m, const struct display_options *o, char *why,
                              size_t whylen)
{
    return find(o->kind)->start(m, o, why, whylen);
}

void display_stop(struct display *d)
{
    if (d)
        d->ops->stop(d);
}
