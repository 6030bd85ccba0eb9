// The host's end of a guest's serial line, console or printer port: where its bytes go, and where
// bytes for it come from.
//
//   null | none   nowhere
//   stdio         standard output, and standard input
//   file:PATH     written from its beginning; file+:PATH behind what is there
//   pipe:PATH     the FIFOs PATH.in and PATH.out, or PATH for both ways
//   pty           a new pseudo-terminal; its name is told on stderr
//   tcp:, unix:   see socket.h. A server takes one client after the other; without one, what is
//                 written is lost.
//   telnet:       tcp: for telnet, which is asked for single keys, unchanged (RFC 854, 856-858)
//
// Output is waited for where the reader is slow, but for a pty, which need not have one; a reader
// that is gone is told once on stderr, or, of a socket, not at all. Input never waits.
#ifndef TM_EMU_STREAM_STREAM_H
#define TM_EMU_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

// NULL with `why` set: what it is not, or what the host says.
struct stream *stream_open(const char *what, char *why, size_t whylen);
// One that reads from a descriptor, which becomes its own, and writes by a function.
struct stream *stream_wrap(int in, void (*write)(void *opaque, const uint8_t *bytes, size_t n),
                           void *opaque);
void stream_close(struct stream *s);
// How often somebody has come; once, if it is no server.
unsigned stream_connections(const struct stream *s);
// Does it read standard input?
bool stream_takes_stdin(const struct stream *s);

void stream_write(struct stream *s, const uint8_t *bytes, size_t n);
// What to wait for until stream_read() may have something; -1: nothing will come any more.
int stream_wake_fd(const struct stream *s);
// At most n bytes that are there now; 0: none.
size_t stream_read(struct stream *s, uint8_t *bytes, size_t n);

#endif
