// The 16550A serial port COM1, ports 3F8h-3FFh, IRQ4 (National PC16550D datasheet, 1995).
//
// A byte written is sent at once: the transmitter is empty again before the guest can look. What is
// sent goes to the machine's serial_fd; whole lines leave at once, the rest when the buffer fills,
// when the guest halts, or after some milliseconds. A reader that is slow is waited for; one that
// is gone is forgotten. Input comes from serial_in_fd when the receiver has room, never under
// icount (it would make runs differ).
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/device/output.h"
#include "emu/machine/machine_state.h"

enum { UART_BASE = 0x3F8, UART_IRQ = 4, FIFO_BYTES = 16 };

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
    LCR_DLAB = 0x80,
    MCR_DTR = 1 << 0,
    MCR_RTS = 1 << 1,
    MCR_OUT1 = 1 << 2,
    MCR_OUT2 = 1 << 3, // in a PC: lets the interrupt through
    MCR_LOOP = 1 << 4,
    LSR_DATA = 1 << 0,
    LSR_OVERRUN = 1 << 1,
    LSR_ERRORS = 0x1e,
    LSR_THR_EMPTY = 1 << 5,
    LSR_TX_EMPTY = 1 << 6,
    MSR_CTS = 1 << 4,
    MSR_DSR = 1 << 5,
    MSR_RI = 1 << 6,
    MSR_DCD = 1 << 7,
    MSR_TERI = 1 << 2,
};

struct uart {
    struct machine *m;
    uint8_t ier, fcr, lcr, mcr, lsr, msr, scratch;
    uint16_t divisor;
    bool tx_pending; // the transmitter's interrupt: set by emptying, cleared by reading IIR or
                     // writing THR
    uint8_t fifo[FIFO_BYTES];
    unsigned fifo_used;
    bool input_ended;
    struct output out;
};

static bool has_fifo(const struct uart *u)
{
    return (u->fcr & FCR_ENABLE) != 0;
}

static unsigned trigger_level(const struct uart *u)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};
    return has_fifo(u) ? levels[u->fcr >> 6] : 1;
}

// The identification of the highest pending interrupt (datasheet, table III).
static uint8_t interrupt_id(const struct uart *u)
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

static void update_irq(struct uart *u)
{
    bool gated = (u->mcr & MCR_OUT2) && !(u->mcr & MCR_LOOP);
    machine_set_irq(u->m, UART_IRQ, gated && interrupt_id(u) != IIR_NONE);
}

static void receive(struct uart *u, uint8_t byte)
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

static uint8_t take_received(struct uart *u)
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
static void update_modem(struct uart *u)
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

static void transmit(struct uart *u, uint8_t byte)
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
    struct uart *u = opaque;
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

static void write_fcr(struct uart *u, uint8_t value)
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
    struct uart *u = opaque;
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
    case 3: u->lcr = value; break;
    case 4:
        u->mcr = value & 0x1f;
        update_modem(u);
        break;
    case 7: u->scratch = value; break;
    default: break; // LSR and MSR are read-only here
    }
    update_irq(u);
}

// Room for input right now?
static int input_fd(const struct uart *u)
{
    bool wanted = u->m->config.serial_in_fd > 0 && !u->m->config.icount && !u->input_ended;
    bool room = u->fifo_used < (has_fifo(u) ? (unsigned)FIFO_BYTES : 1u) && !(u->mcr & MCR_LOOP);
    return wanted && room ? u->m->config.serial_in_fd : -1;
}

int uart_wake_fd(const struct uart *u)
{
    return input_fd(u);
}

void uart_poll(struct uart *u)
{
    output_flush(&u->out);
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

void uart_flush(struct uart *u)
{
    output_flush(&u->out);
}

uint64_t uart_digest(const struct uart *u)
{
    return u->out.digest;
}

void uart_reset(struct uart *u)
{
    u->ier = u->fcr = u->lcr = u->scratch = 0;
    u->mcr = 0;
    u->lsr = LSR_THR_EMPTY | LSR_TX_EMPTY;
    u->msr = MSR_CTS | MSR_DSR | MSR_DCD;
    u->divisor = 12; // 9600 baud
    u->tx_pending = false;
    u->fifo_used = 0;
    update_irq(u);
}

struct uart *uart_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct uart *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->m = m;
    u->out.fd = m->config.serial_fd;
    if (!machine_port_register(m, UART_BASE, 8, &ops, u)) {
        free(u);
        return NULL;
    }
    return u;
}

void uart_destroy(struct uart *u)
{
    output_flush(&u->out);
    free(u);
}
