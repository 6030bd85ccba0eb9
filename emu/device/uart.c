// The 16550A serial ports (National PC16550D datasheet, 1995). COM1, 3F8h-3FFh and IRQ4, is always
// there; COM2 to COM4 (2F8h, IRQ3; 3E8h, IRQ4; 2E8h, IRQ3) where they were asked for.
//
// A byte written is sent at once: the transmitter is empty again before the guest can look. What is
// sent goes to the port's stream; whole lines leave at once, the rest when the buffer fills,
// when the guest halts, or after some milliseconds. A reader that is slow is waited for; one that
// is gone is forgotten. Input comes from there when the receiver has room, never under
// icount (it would make runs differ).
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/device/output.h"
#include "emu/machine/machine_state.h"
#include "emu/stream/stream.h"

enum { FIFO_BYTES = 16 };

enum {
    IER_RX = 1 << 0,
    IER_TX = 1 << 1,
    IER_LINE = 1 << 2,
    IER_MODEM = 1 << 3,
    IIR_NONE = 1,
    IIR_MODEM = 0,
    IIR_TX = 2,
    IIR_RX = 4,
    IIR_LINE = 6,
    IIR_TIMEOUT = 12,
    IIR_FIFO = 0xc0,
    FCR_ENABLE = 1 << 0,
    FCR_CLEAR_RX = 1 << 1,
    LCR_BREAK = 1 << 6,
    LCR_DLAB = 0x80,
    MCR_DTR = 1 << 0,
    MCR_RTS = 1 << 1,
    MCR_OUT1 = 1 << 2,
    MCR_OUT2 = 1 << 3, // in a PC: lets the interrupt through
    MCR_LOOP = 1 << 4,
    LSR_DATA = 1 << 0,
    LSR_OVERRUN = 1 << 1,
    LSR_BREAK = 1 << 4,
    LSR_ERRORS = 0x1e,
    LSR_THR_EMPTY = 1 << 5,
    LSR_TX_EMPTY = 1 << 6,
    MSR_CTS = 1 << 4,
    MSR_DSR = 1 << 5,
    MSR_RI = 1 << 6,
    MSR_DCD = 1 << 7,
    MSR_TERI = 1 << 2,
};

struct line {
    struct uart *all;
    struct machine *m;
    uint8_t irq;
    bool there;
    struct stream *stream; // NULL: the machine's descriptors, or nothing
    uint8_t ier, fcr, lcr, mcr, lsr, msr, scratch;
    uint16_t divisor;
    bool tx_pending; // the transmitter's interrupt: set by emptying, cleared by reading IIR or
                     // writing THR
    uint8_t fifo[FIFO_BYTES];
    unsigned fifo_used;
    bool input_ended;
    struct output out;
};

struct uart {
    struct line line[MACHINE_SERIALS];
};

static bool has_fifo(const struct line *u)
{
    return (u->fcr & FCR_ENABLE) != 0;
}

static unsigned trigger_level(const struct line *u)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};
    return has_fifo(u) ? levels[u->fcr >> 6] : 1;
}

// The identification of the highest pending interrupt (datasheet, table III).
static uint8_t interrupt_id(const struct line *u)
{
    if ((u->ier & IER_LINE) && (u->lsr & LSR_ERRORS))
        return IIR_LINE;
    if ((u->ier & IER_RX) && u->fifo_used >= trigger_level(u))
        return IIR_RX;
    if ((u->ier & IER_RX) &&
        u->fifo_used) // what is there has been there for long: our bytes take no time
        return IIR_TIMEOUT;
    if ((u->ier & IER_TX) && u->tx_pending)
        return IIR_TX;
    if ((u->ier & IER_MODEM) && (u->msr & 0x0f))
        return IIR_MODEM;
    return IIR_NONE;
}

static void update_irq(struct line *u)
{
    bool level = false; // two ports share a line
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        const struct line *l = &u->all->line[i];
        bool gated = (l->mcr & MCR_OUT2) && !(l->mcr & MCR_LOOP);
        level = level || (l->irq == u->irq && gated && interrupt_id(l) != IIR_NONE);
    }
    machine_set_irq(u->m, u->irq, level);
}

static void receive(struct line *u, uint8_t byte)
{
    unsigned room = has_fifo(u) ? FIFO_BYTES : 1;
    if (u->fifo_used >= room) {
        u->lsr |= LSR_OVERRUN;
        if (!has_fifo(u))
            u->fifo[0] = byte; // without the FIFO the newer byte wins, with it the older ones
    } else {
        u->fifo[u->fifo_used++] = byte;
    }
    u->lsr |= LSR_DATA;
    update_irq(u);
}

// What a break looks like from the other end: one zero byte, said to be none.
static void receive_break(struct line *u)
{
    u->lsr |= LSR_BREAK;
    receive(u, 0);
}

static uint8_t take_received(struct line *u)
{
    if (!u->fifo_used)
        return 0;
    uint8_t byte = u->fifo[0];
    u->fifo_used--;
    memmove(u->fifo, u->fifo + 1, u->fifo_used);
    if (!u->fifo_used)
        u->lsr &= (uint8_t)~LSR_DATA;
    return byte;
}

// Modem inputs: from the outside always ready; in loopback the outputs turned round
// (datasheet, 8.6.7).
static void update_modem(struct line *u)
{
    uint8_t lines = MSR_CTS | MSR_DSR | MSR_DCD;
    if (u->mcr & MCR_LOOP) {
        lines = 0;
        lines |= u->mcr & MCR_RTS ? MSR_CTS : 0;
        lines |= u->mcr & MCR_DTR ? MSR_DSR : 0;
        lines |= u->mcr & MCR_OUT1 ? MSR_RI : 0;
        lines |= u->mcr & MCR_OUT2 ? MSR_DCD : 0;
    }
    uint8_t changed = (uint8_t)((lines ^ u->msr) & 0xf0);
    uint8_t delta = (uint8_t)(changed >> 4 & ~MSR_TERI);
    if ((changed & MSR_RI) && !(lines & MSR_RI)) // RI counts at its trailing edge only
        delta |= MSR_TERI;
    u->msr = (uint8_t)(lines | (u->msr & 0x0f) | delta);
}

static void transmit(struct line *u, uint8_t byte)
{
    if (u->mcr & MCR_LOOP)
        receive(u, byte);
    else
        output_byte(&u->out, byte);
    u->tx_pending = true;
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct line *u = opaque;
    bool dlab = (u->lcr & LCR_DLAB) != 0;
    uint8_t value = 0xff;
    switch (port & 7) {
    case 0: value = dlab ? (uint8_t)u->divisor : take_received(u); break;
    case 1: value = dlab ? (uint8_t)(u->divisor >> 8) : u->ier; break;
    case 2:
        value = interrupt_id(u);
        if (value == IIR_TX)
            u->tx_pending = false;
        value |= has_fifo(u) ? IIR_FIFO : 0;
        break;
    case 3: value = u->lcr; break;
    case 4: value = u->mcr; break;
    case 5:
        value = u->lsr;
        u->lsr &= (uint8_t)~LSR_ERRORS;
        break;
    case 6:
        value = u->msr;
        u->msr &= 0xf0;
        break;
    default: value = u->scratch; break;
    }
    update_irq(u);
    return value;
}

static void write_fcr(struct line *u, uint8_t value)
{
    // Turning the FIFO on or off empties it, and so does the clear bit.
    if (((value ^ u->fcr) & FCR_ENABLE) || (value & FCR_CLEAR_RX)) {
        u->fifo_used = 0;
        u->lsr &= (uint8_t)~LSR_DATA;
    }
    u->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t wide)
{
    (void)size;
    struct line *u = opaque;
    uint8_t value = (uint8_t)wide;
    bool dlab = (u->lcr & LCR_DLAB) != 0;
    switch (port & 7) {
    case 0:
        if (dlab)
            u->divisor = (uint16_t)((u->divisor & 0xff00) | value);
        else
            transmit(u, value);
        break;
    case 1:
        if (dlab) {
            u->divisor = (uint16_t)((u->divisor & 0x00ff) | value << 8);
        } else {
            if (value & ~u->ier &
                IER_TX) // enabling it with an empty transmitter interrupts at once
                u->tx_pending = true;
            u->ier = value & 0x0f;
        }
        break;
    case 2: write_fcr(u, value); break;
    case 3:
        if ((value & ~u->lcr & LCR_BREAK) && (u->mcr & MCR_LOOP))
            receive_break(u);
        u->lcr = value;
        break;
    case 4:
        u->mcr = value & 0x1f;
        update_modem(u);
        break;
    case 7: u->scratch = value; break;
    default: break; // LSR and MSR are read-only here
    }
    update_irq(u);
}

// --- the host's side ---

static bool wants_input(const struct line *u)
{
    return !u->m->config.icount && !u->input_ended && !(u->mcr & MCR_LOOP) &&
           u->fifo_used < (has_fifo(u) ? (unsigned)FIFO_BYTES : 1u);
}

static int input_fd(const struct line *u)
{
    if (!u->there || !wants_input(u))
        return -1;
    if (u->stream)
        return stream_wake_fd(u->stream);
    return u == u->all->line && u->m->config.serial_in_fd > 0 ? u->m->config.serial_in_fd : -1;
}

unsigned uart_wake_fds(const struct uart *u, int fds[MACHINE_SERIALS])
{
    unsigned n = 0;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if ((fds[n] = input_fd(&u->line[i])) >= 0)
            n++;
    return n;
}

int uart_wake_fd(const struct uart *u)
{
    return input_fd(&u->line[0]);
}

static void poll_descriptor(struct line *u)
{
    for (int fd; (fd = input_fd(u)) >= 0;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        uint8_t byte;
        if (poll(&pfd, 1, 0) <= 0)
            return;
        ssize_t n = read(fd, &byte, 1);
        if (n == 1)
            receive(u, byte);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            u->input_ended = true;
        else
            return;
    }
}

static void poll_line(struct line *u)
{
    uint8_t bytes[FIFO_BYTES];
    output_flush(&u->out);
    if (!u->stream) {
        poll_descriptor(u);
        return;
    }
    while (wants_input(u)) {
        size_t n = stream_read(u->stream, bytes, has_fifo(u) ? FIFO_BYTES - u->fifo_used : 1);
        if (!n)
            return;
        for (size_t i = 0; i < n; i++)
            receive(u, bytes[i]);
    }
}

void uart_poll(struct uart *u)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (u->line[i].there)
            poll_line(&u->line[i]);
}

void uart_flush(struct uart *u)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        output_flush(&u->line[i].out);
}

uint64_t uart_digest(const struct uart *u)
{
    uint64_t digest = 0;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        digest = digest * 31 + u->line[i].out.digest;
    return digest;
}

static void reset_line(struct line *u)
{
    u->ier = u->fcr = u->lcr = u->scratch = 0;
    u->mcr = 0;
    u->lsr = LSR_THR_EMPTY | LSR_TX_EMPTY;
    u->msr = MSR_CTS | MSR_DSR | MSR_DCD;
    u->divisor = 12; // 9600 baud
    u->tx_pending = false;
    u->fifo_used = 0;
}

void uart_reset(struct uart *u)
{
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        reset_line(&u->line[i]);
    update_irq(&u->line[0]);
    update_irq(&u->line[1]);
}

struct uart *uart_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    static const struct {
        uint16_t base;
        uint8_t irq;
    } places[MACHINE_SERIALS] = {{0x3F8, 4}, {0x2F8, 3}, {0x3E8, 4}, {0x2E8, 3}};
    struct uart *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        struct line *l = &u->line[i];
        l->all = u;
        l->m = m;
        l->irq = places[i].irq;
        l->stream = l->out.stream = m->config.serial[i];
        l->out.fd = i ? -1 : m->config.serial_fd;
        l->there = i == 0 || m->config.serial_there[i];
        if (l->there && !machine_port_register(m, places[i].base, 8, &ops, l)) {
            free(u);
            return NULL;
        }
    }
    return u;
}

void uart_destroy(struct uart *u)
{
    uart_flush(u);
    free(u);
}
