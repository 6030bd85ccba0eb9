// Stream sockets as the command line names them: tcp:[HOST]:PORT and unix:PATH, each with ,server
// to listen there, and then with ,nowait or ,wait=off not to wait for the first to come.
#ifndef TM_EMU_STREAM_SOCKET_H
#define TM_EMU_STREAM_SOCKET_H

#include <stdbool.h>

struct socket_place {
    bool tcp, server, wait;
    char address[256]; // "[HOST]:PORT", or a path
};

// False: it is not of that form.
bool socket_read_place(const char *text, struct socket_place *p);
// Listen there, or connect to it: the descriptor, or -1 with errno set. What a run before has left
// at a path is replaced if it is a socket.
int socket_open(const struct socket_place *p);

#endif
