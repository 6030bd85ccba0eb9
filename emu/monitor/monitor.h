// The monitor: QEMU's words for looking at a running machine and driving it, one line each, from
// stdin or a socket. The words are in words.def.
#ifndef TM_EMU_MONITOR_MONITOR_H
#define TM_EMU_MONITOR_MONITOR_H

#include <stddef.h>
#include <stdio.h>

struct machine;
struct monitor;
struct mux;

// `where`: stdio; tcp:[HOST]:PORT or unix:PATH, each with ,server (listen; with ,nowait or
// ,wait=off without waiting for the first to come). A thread of its own then serves it. NULL with
// `why` set.
struct monitor *monitor_start(struct machine *m, const char *where, char *why, size_t whylen);
// The same where lines come from fd, which stays the caller's, and answers go to a mux.
struct monitor *monitor_start_at(struct machine *m, int fd, struct mux *to, char *why,
                                 size_t whylen);
// After the machine has stopped running.
void monitor_stop(struct monitor *mon);

// One line from somebody else, on the machine's thread; it is cut up.
void monitor_do_line(struct machine *m, char *line, FILE *out);

#endif
