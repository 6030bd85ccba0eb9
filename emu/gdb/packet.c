// Framing: $data#sum, acknowledged by + or - until the client turns that off; } escapes the byte
// behind it; 03 outside of a packet asks the machine to stop.
//
// A packet of more than GDB_PACKET_BYTES is cut off and answered with an error. Whatever else is
// outside of a packet is ignored.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/gdb/gdb_state.h"

int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void begin(struct gdb *g)
{
    g->state = PACKET_BODY;
    g->nin = 0;
    g->sum = 0;
    g->overlong = false;
}

static void store(struct gdb *g, uint8_t byte)
{
    if (g->nin < GDB_PACKET_BYTES)
        g->in[g->nin++] = byte;
    else
        g->overlong = true;
}

// The whole packet has come.
static bool finish(struct gdb *g, int sum_low)
{
    g->state = PACKET_IDLE;
    g->in[g->nin] = 0;
    if (!g->no_ack) {
        bool good = g->sum >> 4 == g->sum_high && (g->sum & 15) == sum_low; // -1: no digit
        packet_raw(g, good ? "+" : "-", 1);
        if (!good)
            return false;
    }
    if (g->overlong)
        packet_put(g, "E22");
    return !g->overlong;
}

static bool take_idle(struct gdb *g, uint8_t byte)
{
    if (byte == '$')
        begin(g);
    else if (byte == '-' && !g->no_ack)
        g->again = true;
    else if (byte == 3) { // as a packet of its own
        g->in[0] = 3;
        g->in[1] = 0;
        g->nin = 1;
        return true;
    }
    return false;
}

bool packet_take(struct gdb *g, uint8_t byte)
{
    switch (g->state) {
    case PACKET_IDLE: return take_idle(g, byte);
    case PACKET_BODY:
        if (byte == '$') { // the one before was cut off
            begin(g);
            return false;
        }
        if (byte == '#') {
            g->state = PACKET_SUM1;
            return false;
        }
        g->sum = (uint8_t)(g->sum + byte);
        if (byte == '}')
            g->state = PACKET_ESCAPED;
        else
            store(g, byte);
        return false;
    case PACKET_ESCAPED:
        g->sum = (uint8_t)(g->sum + byte);
        g->state = PACKET_BODY;
        store(g, byte ^ 0x20);
        return false;
    case PACKET_SUM1:
        g->sum_high = hex_digit(byte);
        g->state = PACKET_SUM2;
        return false;
    case PACKET_SUM2: return finish(g, hex_digit(byte));
    }
    return false;
}

// --- out ---

void packet_raw(struct gdb *g, const char *bytes, size_t n)
{
    if (g->out_failed)
        return;
    if (g->out_capacity - g->nout < n) {
        size_t capacity = 2 * (g->out_capacity + n);
        char *p = realloc(g->out, capacity);
        if (!p) {
            g->out_failed = true;
            return;
        }
        g->out = p;
        g->out_capacity = capacity;
    }
    memcpy(g->out + g->nout, bytes, n);
    g->nout += n;
}

void packet_begin(struct gdb *g)
{
    g->last = g->nout;
    packet_raw(g, "$", 1);
}

void packet_text(struct gdb *g, const char *text)
{
    packet_bytes(g, text, strlen(text));
}

void packet_bytes(struct gdb *g, const void *bytes, size_t n)
{
    const char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        bool escape = p[i] == '$' || p[i] == '#' || p[i] == '}' || p[i] == '*';
        char pair[2] = {'}', (char)(p[i] ^ 0x20)};
        packet_raw(g, escape ? pair : p + i, escape ? 2 : 1);
    }
}

void packet_hex(struct gdb *g, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++)
        packet_raw(g, (char[]){digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 2);
}

void packet_end(struct gdb *g)
{
    if (g->out_failed)
        return;
    uint8_t sum = 0;
    char tail[4];
    for (size_t i = g->last + 1; i < g->nout; i++)
        sum = (uint8_t)(sum + (uint8_t)g->out[i]);
    snprintf(tail, sizeof tail, "#%02x", sum);
    packet_raw(g, tail, 3);
    g->last_bytes = g->nout - g->last;
}

void packet_put(struct gdb *g, const char *text)
{
    packet_begin(g);
    packet_text(g, text);
    packet_end(g);
}

void packet_repeat(struct gdb *g)
{
    size_t n = g->last_bytes;
    char *copy = malloc(n);
    g->again = false;
    if (!copy)
        return;
    memcpy(copy, g->out + g->last, n);
    packet_raw(g, copy, n);
    free(copy);
}

void packet_sent(struct gdb *g)
{
    if (!g->last_bytes || g->last + g->last_bytes > g->nout)
        g->last = g->last_bytes = 0;
    memmove(g->out, g->out + g->last, g->last_bytes);
    g->last = 0;
    g->nout = g->sent = g->last_bytes;
    g->again = false;
}

void packet_forget(struct gdb *g)
{
    g->state = PACKET_IDLE;
    g->nout = g->sent = g->last = g->last_bytes = 0;
    g->out_failed = g->again = false;
}
