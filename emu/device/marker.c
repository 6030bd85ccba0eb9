// The marker port 5E0h: a 32-bit OUT tells the profile where a timed interval begins (1 in bits
// 31-24) or ends (2).
#include <stdlib.h>

#include "emu/machine/machine_state.h"

enum { MARKER_PORT = 0x5E0 };

struct marker {
    struct machine *m;
};

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port;
    struct marker *d = opaque;
    if (size == 4)
        profile_marker(&d->m->profile, value, cpu_icount(d->m->cpu));
}

void marker_reset(struct marker *d)
{
    (void)d;
}

struct marker *marker_create(struct machine *m)
{
    static const struct port_ops ops = {.write = write_port};
    struct marker *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!machine_port_register(m, MARKER_PORT, 4, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void marker_destroy(struct marker *d)
{
    free(d);
}
