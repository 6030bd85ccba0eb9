// A debugger's end of the machine: gdb's remote serial protocol (GDB manual, appendix E) on a
// socket, for `target remote`. One client at a time; one follows the other.
//
// While a client is connected it owns stop and go: connecting stops the machine, and detaching or
// going away lets it run, with all break- and watchpoints gone. Breakpoints are linear addresses in
// every address space and leave memory alone (cpu/points.h). Each processor is a thread, 1 the
// first. A step is one instruction, or one element of a REP, without interrupts; Qqemu.sstep has
// others.
//
// server.c: the thread, sockets. packet.c: framing. command.c: what each packet does, on the
// machine's thread. registers.def, registers.c: the registers. target.c: their description.
#ifndef TM_EMU_GDB_GDB_H
#define TM_EMU_GDB_GDB_H

#include <stddef.h>
#include <stdio.h>

struct machine;
struct gdb;

// Does a line of the monitor (gdb's "monitor ..."), on the machine's thread; may cut it up.
typedef void gdb_line_fn(struct machine *m, char *line, FILE *out);

#define GDB_DEFAULT "tcp::1234"

// Nobody listens yet. NULL: out of memory or descriptors. monitor's gdbserver finds it in m->gdb.
struct gdb *gdb_create(struct machine *m, gdb_line_fn *line);
// Listen at tcp:[HOST]:PORT or unix:PATH, instead of where it did; `none`: nowhere. 0, or -1 with
// `why` set. For the machine's thread, and before the machine runs.
int gdb_listen(struct gdb *g, const char *where, char *why, size_t whylen);
// After the machine has stopped running: a client that waits is told its exit status.
void gdb_destroy(struct gdb *g, int status);

#endif
