// The debug console at port E9h, as Bochs and QEMU have it: a byte written is shown, a read gives
// E9h.
#include <stdlib.h>

#include "emu/device/output.h"
#include "emu/machine/machine_state.h"

enum { DEBUGCON_PORT = 0xE9 };

struct debugcon {
    struct output out;
};

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)size;
    return port;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct debugcon *d = opaque;
    output_byte(&d->out, (uint8_t)value);
}

void debugcon_flush(struct debugcon *d)
{
    output_flush(&d->out);
}

uint64_t debugcon_digest(const struct debugcon *d)
{
    return d->out.digest;
}

void debugcon_reset(struct debugcon *d)
{
    output_flush(&d->out);
}

struct debugcon *debugcon_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct debugcon *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->out.fd = m->config.debugcon_fd;
    if (!machine_port_register(m, DEBUGCON_PORT, 1, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void debugcon_destroy(struct debugcon *d)
{
    output_flush(&d->out);
    free(d);
}
