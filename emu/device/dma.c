// The PC's two 8237A DMA controllers with their page registers (Intel 8237A-5 datasheet; IBM AT
// Technical Reference, 1984).
//
//   channels 0-3: bytes, ports 00h-0Fh     channels 5-7: words, ports C0h-DFh (every other one)
//   pages: 81h-8Fh; channel 4 joins the two
// A device asks with dma_request() and is called when its channel can serve it; it then moves bytes
// with dma_move(). Memory to memory and the software's own requests are not there: no PC program
// uses them (channel 0 had the refresh).
// Invariants: a channel's address stays in its 64 KB (words: 128 KB) page; moving never leaves the
// count that was programmed.
#include <stdlib.h>

#include "emu/machine/machine_state.h"

enum { CHANNELS = 8, CASCADE = 4 };
enum { COMMAND_OFF = 0x04 };
enum { MODE_DECREMENT = 0x20, MODE_AUTO = 0x10, MODE_TYPE = 0x0c, MODE_CASCADE = 0xc0 };
enum { TYPE_VERIFY = 0x00, TYPE_TO_MEMORY = 0x04, TYPE_FROM_MEMORY = 0x08 };

struct dma_channel {
    uint16_t base_address, base_count, address, count;
    uint8_t page, mode;
    bool masked, requested, ended; // ended: terminal count, until the status is read
    void (*ready)(void *opaque);
    void *opaque;
};

struct dma {
    struct machine *m;
    struct dma_channel channel[CHANNELS];
    uint8_t command[2];
    bool high_byte[2]; // the flip-flop: the next byte of an address or count is the upper one
    uint8_t pages[16]; // as written, those that no channel has included
};

static bool can_serve(const struct dma *d, unsigned n)
{
    const struct dma_channel *c = &d->channel[n];
    // Channels 0-3 pass through channel 4.
    if (n < 4 && ((d->command[1] & COMMAND_OFF) || d->channel[CASCADE].masked))
        return false;
    return !c->masked && !(d->command[n / 4] & COMMAND_OFF) &&
           (c->mode & MODE_CASCADE) != MODE_CASCADE;
}

// What was programmed may let a waiting device go on.
static void serve(struct dma *d)
{
    for (unsigned n = 0; n < CHANNELS; n++) {
        struct dma_channel *c = &d->channel[n];
        if (c->requested && c->ready && can_serve(d, n))
            c->ready(c->opaque);
    }
}

void dma_connect(struct dma *d, unsigned channel, void (*ready)(void *opaque), void *opaque)
{
    d->channel[channel % CHANNELS].ready = ready;
    d->channel[channel % CHANNELS].opaque = opaque;
}

void dma_request(struct dma *d, unsigned channel, bool level)
{
    struct dma_channel *c = &d->channel[channel % CHANNELS];
    c->requested = level;
    if (level && c->ready && can_serve(d, channel % CHANNELS))
        c->ready(c->opaque);
}

// One unit of the transfer is done. True at terminal count.
static bool step(struct dma_channel *c)
{
    c->address = (uint16_t)(c->mode & MODE_DECREMENT ? c->address - 1 : c->address + 1);
    if (c->count-- != 0)
        return false;
    c->ended = true;
    if (c->mode & MODE_AUTO) {
        c->address = c->base_address;
        c->count = c->base_count;
    } else {
        c->masked = true;
    }
    return true;
}

static uint32_t address_of(const struct dma_channel *c, bool words)
{
    return words ? (uint32_t)(c->page & 0xfe) << 16 | (uint32_t)c->address << 1
                 : (uint32_t)c->page << 16 | c->address;
}

uint32_t dma_move(struct dma *d, unsigned channel, uint8_t *bytes, uint32_t n, bool to_memory,
                  bool *ended)
{
    struct dma_channel *c = &d->channel[channel % CHANNELS];
    bool words = channel >= 4;
    unsigned unit = words ? 2 : 1, type = c->mode & MODE_TYPE;
    *ended = false;
    uint32_t done = 0;
    while (done + unit <= n && !*ended && can_serve(d, channel % CHANNELS)) {
        uint32_t at = address_of(c, words);
        if (type == TYPE_TO_MEMORY && to_memory)
            machine_dma_write(d->m, at, bytes + done, unit); // what is not memory takes nothing
        else if (type == TYPE_FROM_MEMORY && !to_memory) {
            if (!machine_dma_read(d->m, at, bytes + done, unit))
                for (unsigned i = 0; i < unit; i++)
                    bytes[done + i] = 0xff;
        } else if (type != TYPE_VERIFY)
            break; // programmed the other way round: nobody drives the bus
        done += unit;
        *ended = step(c);
    }
    return done;
}

// --- registers ---

static uint8_t read_half(struct dma *d, unsigned chip, uint16_t value)
{
    bool high = d->high_byte[chip];
    d->high_byte[chip] = !high;
    return (uint8_t)(high ? value >> 8 : value);
}

static void write_half(struct dma *d, unsigned chip, uint16_t *now, uint16_t *base, uint8_t value)
{
    bool high = d->high_byte[chip];
    d->high_byte[chip] = !high;
    *base = (uint16_t)(high ? (*base & 0xff) | value << 8 : (*base & 0xff00) | value);
    *now = (uint16_t)(high ? (*now & 0xff) | value << 8 : (*now & 0xff00) | value);
}

static uint8_t read_status(struct dma *d, unsigned chip)
{
    uint8_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        struct dma_channel *c = &d->channel[chip * 4 + i];
        value = (uint8_t)(value | (c->ended ? 1u << i : 0) | (c->requested ? 0x10u << i : 0));
        c->ended = false;
    }
    return value;
}

static void set_masks(struct dma *d, unsigned chip, uint8_t bits)
{
    for (unsigned i = 0; i < 4; i++)
        d->channel[chip * 4 + i].masked = bits >> i & 1;
}

static void clear_chip(struct dma *d, unsigned chip)
{
    d->command[chip] = 0;
    d->high_byte[chip] = false;
    for (unsigned i = 0; i < 4; i++)
        d->channel[chip * 4 + i].ended = false;
    set_masks(d, chip, 0x0f);
}

static uint8_t read_chip(struct dma *d, unsigned chip, unsigned reg)
{
    const struct dma_channel *c = &d->channel[chip * 4 + (reg >> 1 & 3)];
    if (reg < 8)
        return read_half(d, chip, reg & 1 ? c->count : c->address);
    if (reg == 8)
        return read_status(d, chip);
    if (reg == 15) {
        uint8_t masks = 0xf0;
        for (unsigned i = 0; i < 4; i++)
            masks = (uint8_t)(masks | (d->channel[chip * 4 + i].masked ? 1u << i : 0));
        return masks;
    }
    return 0; // the temporary register: only for memory to memory
}

static void write_chip(struct dma *d, unsigned chip, unsigned reg, uint8_t value)
{
    struct dma_channel *c = &d->channel[chip * 4 + (reg >> 1 & 3)];
    struct dma_channel *named = &d->channel[chip * 4 + (value & 3)];
    switch (reg) {
    case 8: d->command[chip] = value; break;
    case 9: break; // software requests
    case 10: named->masked = (value & 4) != 0; break;
    case 11: named->mode = value & 0xfc; break;
    case 12: d->high_byte[chip] = false; break;
    case 13: clear_chip(d, chip); break;
    case 14: set_masks(d, chip, 0); break;
    case 15: set_masks(d, chip, value); break;
    default:
        if (reg & 1)
            write_half(d, chip, &c->count, &c->base_count, value);
        else
            write_half(d, chip, &c->address, &c->base_address, value);
        return;
    }
    serve(d);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    return port >= 0xC0 ? read_chip(opaque, 1, (port - 0xC0u) >> 1) : read_chip(opaque, 0, port);
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    if (port >= 0xC0)
        write_chip(opaque, 1, (port - 0xC0u) >> 1, (uint8_t)value);
    else
        write_chip(opaque, 0, port, (uint8_t)value);
}

static uint32_t read_page(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    const struct dma *d = opaque;
    return d->pages[port & 15];
}

static void write_page(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    static const int8_t channel_of[16] = {-1, 2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1, -1, -1, 4};
    (void)size;
    struct dma *d = opaque;
    d->pages[port & 15] = (uint8_t)value;
    if (channel_of[port & 15] >= 0)
        d->channel[channel_of[port & 15]].page = (uint8_t)value;
}

void dma_reset(struct dma *d)
{
    for (unsigned n = 0; n < CHANNELS; n++) {
        struct dma_channel *c = &d->channel[n];
        *c = (struct dma_channel){.masked = true, .ready = c->ready, .opaque = c->opaque};
    }
    for (unsigned i = 0; i < sizeof d->pages; i++)
        d->pages[i] = 0;
    d->command[0] = d->command[1] = 0;
    d->high_byte[0] = d->high_byte[1] = false;
}

struct dma *dma_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    static const struct port_ops pages = {.read = read_page, .write = write_page, .bytes = true};
    struct dma *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!machine_port_register(m, 0x00, 16, &ops, d) ||
        !machine_port_register(m, 0xC0, 32, &ops, d) ||
        !machine_port_register(m, 0x81, 15, &pages, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void dma_destroy(struct dma *d)
{
    free(d);
}
