// isa-debug-exit: a write of v to its port ends the run with exit status (v << 1) | 1. Only there
// when asked for.
#include <stdlib.h>

#include "emu/machine/machine_state.h"

struct debug_exit {
    struct machine *m;
};

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)port, (void)size;
    return 0;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct debug_exit *d = opaque;
    machine_quit(d->m, (int)((value << 1 | 1) & 0xff)); // a process has eight bits
}

void debug_exit_reset(struct debug_exit *d)
{
    (void)d;
}

struct debug_exit *debug_exit_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    struct debug_exit *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (m->config.debug_exit &&
        !machine_port_register(m, m->config.debug_exit_port, m->config.debug_exit_size, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void debug_exit_destroy(struct debug_exit *d)
{
    free(d);
}
