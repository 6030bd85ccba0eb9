#include "emu/device/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "emu/stream/stream.h"

void output_byte(struct output *o, uint8_t byte)
{
    o->digest =
        (o->digest + byte + 1) * 0x9E3779B97F4A7C15u; // order counts, and so does a zero byte
    if (o->fd < 0 && !o->stream)
        return;
    o->buffer[o->used++] = byte;
    if (byte == '\n' || o->used == OUTPUT_BYTES)
        output_flush(o);
}

void output_flush(struct output *o)
{
    size_t sent = 0;
    if (o->stream) {
        stream_write(o->stream, o->buffer, o->used);
        o->used = 0;
        return;
    }
    while (o->fd >= 0 && sent < o->used) {
        ssize_t n = write(o->fd, o->buffer + sent, o->used - sent);
        if (n >= 0) {
            sent += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd pfd = {.fd = o->fd, .events = POLLOUT};
            poll(&pfd, 1, -1);
        } else if (errno != EINTR) {
            fprintf(stderr, "tickmark-emu: output lost: %s\n", strerror(errno));
            o->fd = -1;
        }
    }
    o->used = 0;
}
