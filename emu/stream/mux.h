// One end of the host's for several of the machine's: as QEMU's mon:stdio and -chardev ...,mux=on.
//
// What they write is seen all together. What is typed goes to one of them at a time; an escape
// character (Ctrl-A), and then c gives it to the next one, x ends the emulator, h lists the rest.
// A monitor gets whole lines: it has an echo, Backspace, Ctrl-U and Ctrl-C here.
//
// A thread of its own reads the end, so that the keys work while the machine is stopped.
#ifndef TM_EMU_STREAM_MUX_H
#define TM_EMU_STREAM_MUX_H

#include <stdbool.h>
#include <stddef.h>

struct mux;
struct stream;

// `what` as of stream_open(). NULL with `why` set.
struct mux *mux_open(const char *what, char escape, char *why, size_t whylen);
bool mux_takes_stdin(const struct mux *x);
// Another one that reads and writes: a stream of the machine's, closed by whoever adds it; or the
// monitor, a descriptor to read lines from, which stays mux's. Before mux_start(). NULL or -1: too
// many, or no descriptors.
struct stream *mux_add_stream(struct mux *x);
int mux_add_monitor(struct mux *x);
bool mux_has_monitor(const struct mux *x);
// The monitor writes, on its thread.
void mux_write(struct mux *x, const char *bytes, size_t n);
// Begin to read; quit(opaque) on the escape's x. False: no thread.
bool mux_start(struct mux *x, void (*quit)(void *opaque), void *opaque);
void mux_stop(struct mux *x);
// After mux_stop() and the end of who reads from it.
void mux_close(struct mux *x);

#endif
