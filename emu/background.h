// -daemonize and -pidfile.
#ifndef TM_EMU_BACKGROUND_H
#define TM_EMU_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>

struct background {
    int ready_fd;     // to the one that waits; -1: nobody does
    int pid_fd;       // -1: none
    const char *path; // of the file with the process's number
};

// Go on in a process of its own, without a terminal. It has to be before there are threads. True in
// the one that was there before: it has waited until the other one runs or has ended, and ends with
// *status.
bool background_fork(struct background *b, int *status);
// Make and lock the file. 0, or -1 with `why` set.
int background_write_pid(struct background *b, const char *path, char *why, size_t whylen);
// The machine is there: let the other process end, and the terminal go.
void background_ready(struct background *b);
// Remove the file.
void background_end(struct background *b);

#endif
