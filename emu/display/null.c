// No display: the machine has its screen all the same, and the monitor can take a picture of it.
#include "emu/display/display.h"

static struct display *start(struct machine *m, const struct display_options *o, char *why,
                             size_t whylen)
{
    static struct display none = {.ops = &display_null};
    (void)m, (void)o, (void)why, (void)whylen;
    return &none;
}

static void stop(struct display *d)
{
    (void)d;
}

const struct display_ops display_null = {.name = "none", .start = start, .stop = stop};
