// Port 80h: power-on self-test codes. A latch that nobody looks at; guests write to it to wait a
// microsecond.
#include <stdlib.h>

#include "emu/machine/machine_state.h"

struct post {
    uint8_t latch;
};

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)port, (void)size;
    const struct post *d = opaque;
    return d->latch;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct post *d = opaque;
    d->latch = (uint8_t)value;
}

void post_reset(struct post *d)
{
    d->latch = 0;
}

struct post *post_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct post *d = calloc(1, sizeof *d);
    if (d && !machine_port_register(m, 0x80, 1, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void post_destroy(struct post *d)
{
    free(d);
}
