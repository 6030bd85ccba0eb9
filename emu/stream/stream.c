#include "emu/stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "emu/stream/socket.h"

struct stream {
    int in, out; // -1: not that way, or no more
    int listen_fd;
    int slave;  // of a pty: held open, so that its end is never hung up
    bool drops; // what cannot be written at once is lost
    char *path; // of a socket to be removed
    unsigned connections;
    void (*write)(void *opaque, const uint8_t *bytes, size_t n); // NULL: to `out`
    void *opaque;
    bool telnet;
    enum { TELNET_TEXT, TELNET_IAC, TELNET_OPTION, TELNET_SUB, TELNET_SUB_IAC } telnet_state;
};

enum { IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, SB = 250, SE = 240 };
enum { BINARY = 0, ECHO_OPTION = 1, NO_GO_AHEAD = 3 };

static bool refuse(char *why, size_t whylen, const char *what, const char *reason)
{
    snprintf(why, whylen, "%.300s: %s", what, reason);
    return false;
}

static bool open_file(struct stream *s, const char *path, int how)
{
    s->out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
    return s->out >= 0;
}

// For both ways, a FIFO is opened for reading and writing: that never waits for another end.
static bool open_pipe(struct stream *s, const char *path)
{
    char name[4096];
    snprintf(name, sizeof name, "%s.in", path);
    s->in = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    snprintf(name, sizeof name, "%s.out", path);
    s->out = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (s->in >= 0 && s->out >= 0)
        return true;
    if (s->in >= 0)
        close(s->in);
    if (s->out >= 0)
        close(s->out);
    s->in = s->out = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return s->in >= 0;
}

static bool open_pty(struct stream *s)
{
    char name[128];
    struct termios raw;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0)
        return false;
    s->in = s->out = master;
    s->drops = true;
    if (grantpt(master) || unlockpt(master) || ptsname_r(master, name, sizeof name))
        return false;
    s->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (s->slave < 0 || tcgetattr(s->slave, &raw))
        return false;
    cfmakeraw(&raw);
    tcsetattr(s->slave, TCSANOW, &raw);
    fprintf(stderr, "tickmark-emu: char device redirected to %s\n", name);
    return true;
}

// Somebody has come.
static void greet(struct stream *s)
{
    static const uint8_t hello[] = {IAC, WILL, ECHO_OPTION, IAC, WILL, NO_GO_AHEAD,
                                    IAC, WILL, BINARY,      IAC, DO,   BINARY};
    s->connections++;
    s->telnet_state = TELNET_TEXT;
    if (s->telnet)
        stream_write(s, hello, sizeof hello);
}

static bool open_socket(struct stream *s, const struct socket_place *p)
{
    int fd = socket_open(p);
    if (fd < 0)
        return false;
    if (!p->server) {
        s->in = s->out = fd;
        return true;
    }
    s->listen_fd = fd;
    if (!p->tcp)
        s->path = strdup(p->address);
    if (p->wait) {
        fprintf(stderr, "tickmark-emu: waiting for somebody at %s:%s\n", p->tcp ? "tcp" : "unix",
                p->address);
        s->in = s->out = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (s->in >= 0)
            greet(s);
    }
    return true;
}

static bool read_place(const char *what, bool telnet, struct socket_place *p)
{
    char text[512];
    int n = snprintf(text, sizeof text, "tcp:%s", what + (telnet ? 7 : 0));
    return (size_t)n < sizeof text && socket_read_place(telnet ? text : what, p);
}

static bool open_what(struct stream *s, const char *what, char *why, size_t whylen)
{
    struct socket_place p;
    bool good;
    s->telnet = strncmp(what, "telnet:", 7) == 0;
    if (strcmp(what, "null") == 0 || strcmp(what, "none") == 0 || strcmp(what, "vc") == 0) {
        return true;
    } else if (strcmp(what, "stdio") == 0) {
        s->in = STDIN_FILENO;
        s->out = STDOUT_FILENO;
        return true;
    } else if (strncmp(what, "file:", 5) == 0) {
        good = open_file(s, what + 5, O_TRUNC);
    } else if (strncmp(what, "file+:", 6) == 0) {
        good = open_file(s, what + 6, O_APPEND);
    } else if (strncmp(what, "pipe:", 5) == 0) {
        good = open_pipe(s, what + 5);
    } else if (strcmp(what, "pty") == 0) {
        good = open_pty(s);
    } else if (read_place(what, s->telnet, &p)) {
        good = open_socket(s, &p);
    } else {
        return refuse(why, whylen, what,
                      "there are stdio, null, none, file:PATH, pipe:PATH, pty, "
                      "tcp:[HOST]:PORT[,server][,nowait], telnet: the same and "
                      "unix:PATH[,server][,nowait]");
    }
    const char *colon = strchr(what, ':');
    return good || refuse(why, whylen, colon ? colon + 1 : what, strerror(errno));
}

struct stream *stream_open(const char *what, char *why, size_t whylen)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        refuse(why, whylen, what, "out of memory");
        return NULL;
    }
    s->in = s->out = s->listen_fd = s->slave = -1;
    if (open_what(s, what, why, whylen))
        return s;
    stream_close(s);
    return NULL;
}

static void close_fd(int fd)
{
    if (fd > STDERR_FILENO)
        close(fd);
}

static void hang_up(struct stream *s)
{
    close_fd(s->in);
    if (s->out != s->in)
        close_fd(s->out);
    s->in = s->out = -1;
}

struct stream *stream_wrap(int in, void (*write)(void *opaque, const uint8_t *bytes, size_t n),
                           void *opaque)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s)
        *s = (struct stream){
            .in = in, .out = -1, .listen_fd = -1, .slave = -1, .write = write, .opaque = opaque};
    return s;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    hang_up(s);
    close_fd(s->slave);
    close_fd(s->listen_fd);
    if (s->path)
        unlink(s->path);
    free(s->path);
    free(s);
}

unsigned stream_connections(const struct stream *s)
{
    return s->listen_fd < 0 ? 1 : s->connections;
}

bool stream_takes_stdin(const struct stream *s)
{
    return s->in == STDIN_FILENO;
}

static bool is_server(const struct stream *s)
{
    return s->listen_fd >= 0;
}

void stream_write(struct stream *s, const uint8_t *bytes, size_t n)
{
    if (s->write) {
        s->write(s->opaque, bytes, n);
        return;
    }
    while (s->out >= 0 && n) {
        ssize_t sent = write(s->out, bytes, n);
        if (sent >= 0) {
            bytes += sent;
            n -= (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd pfd = {.fd = s->out, .events = POLLOUT};
            if (s->drops)
                return;
            poll(&pfd, 1, -1);
        } else if (errno != EINTR) {
            if (!is_server(s))
                fprintf(stderr, "tickmark-emu: output lost: %s\n", strerror(errno));
            if (s->in == s->out)
                s->in = -1;
            close_fd(s->out);
            s->out = -1;
        }
    }
}

int stream_wake_fd(const struct stream *s)
{
    return s->in >= 0 ? s->in : s->listen_fd;
}

// What telnet says about itself is taken out. Bytes that are left.
static size_t drop_telnet(struct stream *s, uint8_t *bytes, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = bytes[i];
        switch (s->telnet_state) {
        case TELNET_TEXT:
            if (c == IAC)
                s->telnet_state = TELNET_IAC;
            else
                bytes[left++] = c;
            break;
        case TELNET_IAC:
            s->telnet_state = c == SB                  ? TELNET_SUB
                              : c >= WILL && c <= DONT ? TELNET_OPTION
                                                       : TELNET_TEXT;
            if (c == IAC) // doubled: itself
                bytes[left++] = c;
            break;
        case TELNET_OPTION: s->telnet_state = TELNET_TEXT; break;
        case TELNET_SUB: s->telnet_state = c == IAC ? TELNET_SUB_IAC : TELNET_SUB; break;
        case TELNET_SUB_IAC: s->telnet_state = c == SE ? TELNET_TEXT : TELNET_SUB; break;
        }
    }
    return left;
}

size_t stream_read(struct stream *s, uint8_t *bytes, size_t n)
{
    struct pollfd pfd = {.fd = stream_wake_fd(s), .events = POLLIN};
    if (pfd.fd < 0 || poll(&pfd, 1, 0) <= 0)
        return 0;
    if (s->in < 0) {
        s->in = s->out = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (s->in >= 0)
            greet(s);
        return 0;
    }
    ssize_t got = read(s->in, bytes, n);
    if (got > 0)
        return s->telnet ? drop_telnet(s, bytes, (size_t)got) : (size_t)got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    // The end. What is written still goes on where that is a descriptor of its own.
    if (s->in == s->out)
        hang_up(s);
    else
        close_fd(s->in);
    s->in = -1;
    return 0;
}
