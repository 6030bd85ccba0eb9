// The debug console at port E9h, as Bochs and QEMU have it: a byte written is shown, a read gives
// E9h; and a second one where -device isa-debugcon puts it (SeaBIOS looks at 402h).
#include <stdlib.h>

#include "emu/device/output.h"
#include "emu/machine/machine_state.h"

enum { DEBUGCON_PORT = 0xE9 };

struct debugcon {
    struct output out, out2;
};

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)port, (void)size;
    return DEBUGCON_PORT; // this is how software knows it
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct debugcon *d = opaque;
    output_byte(port == DEBUGCON_PORT ? &d->out : &d->out2, (uint8_t)value);
}

void debugcon_flush(struct debugcon *d)
{
    output_flush(&d->out);
    output_flush(&d->out2);
}

uint64_t debugcon_digest(const struct debugcon *d)
{
    return d->out.digest ^ d->out2.digest << 1;
}

void debugcon_reset(struct debugcon *d)
{
    output_flush(&d->out);
    output_flush(&d->out2);
}

struct debugcon *debugcon_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct debugcon *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->out.fd = m->config.debugcon_fd;
    d->out.stream = m->config.debugcon;
    uint16_t port2 = m->config.debugcon2_port;
    d->out2.fd = -1;
    d->out2.stream = m->config.debugcon2;
    // pc-testdev has a register there, which an unused console must not hide.
    bool used = d->out.stream || d->out.fd >= 0 || !m->config.pc_testdev;
    if ((used && !machine_port_register(m, DEBUGCON_PORT, 1, &ops, d)) ||
        (port2 && !machine_port_register(m, port2, 1, &ops, d))) {
        free(d);
        return NULL;
    }
    return d;
}

void debugcon_destroy(struct debugcon *d)
{
    output_flush(&d->out);
    output_flush(&d->out2);
    free(d);
}
