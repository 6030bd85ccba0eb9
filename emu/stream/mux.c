#include "emu/stream/mux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emu/stream/stream.h"

enum { FRONTS_MAX = 4, LINE_MAX_BYTES = 1000, CTRL_C = 3, CTRL_U = 21, BACKSPACE = 8, DEL = 127 };

struct front {
    int read_fd, write_fd; // a pipe to it; write_fd -1: the input has ended
    bool monitor;
};

struct mux {
    struct stream *base;
    pthread_mutex_t lock; // of base, which the reader of a socket may hang up
    struct front front[FRONTS_MAX];
    unsigned fronts, focus, connections;
    char escape;
    bool escaped; // the escape character was typed
    char line[LINE_MAX_BYTES];
    size_t used;
    char last;                                  // before this one
    enum { PLAIN, ESC_SEEN, IN_SEQUENCE } keys; // an arrow key sends several bytes
    pthread_t thread;
    bool started;
    int stop_fd;
    void (*quit)(void *opaque);
    void *opaque;
};

struct mux *mux_open(const char *what, char escape, char *why, size_t whylen)
{
    struct mux *x = calloc(1, sizeof *x);
    if (!x) {
        snprintf(why, whylen, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&x->lock, NULL);
    x->escape = escape;
    x->stop_fd = eventfd(0, EFD_CLOEXEC);
    x->base = x->stop_fd < 0 ? NULL : stream_open(what, why, whylen);
    if (x->base)
        return x;
    if (x->stop_fd < 0)
        snprintf(why, whylen, "%s", strerror(errno));
    mux_close(x);
    return NULL;
}

bool mux_takes_stdin(const struct mux *x)
{
    return stream_takes_stdin(x->base);
}

// --- output ---

static void write_front(void *opaque, const uint8_t *bytes, size_t n)
{
    struct mux *x = opaque;
    pthread_mutex_lock(&x->lock);
    stream_write(x->base, bytes, n);
    pthread_mutex_unlock(&x->lock);
}

// A line ends with CR LF but where a terminal's driver makes that of LF.
void mux_write(struct mux *x, const char *bytes, size_t n)
{
    while (n && !mux_takes_stdin(x)) {
        const char *end = memchr(bytes, '\n', n);
        size_t line = end ? (size_t)(end - bytes) : n;
        write_front(x, (const uint8_t *)bytes, line);
        if (!end)
            return;
        write_front(x, (const uint8_t *)"\r\n", 2);
        bytes = end + 1;
        n -= line + 1;
    }
    write_front(x, (const uint8_t *)bytes, n);
}

static void say(struct mux *x, const char *text)
{
    mux_write(x, text, strlen(text));
}

// --- who reads ---

static struct front *add_front(struct mux *x, bool monitor)
{
    int fds[2];
    if (x->fronts == FRONTS_MAX || pipe2(fds, O_CLOEXEC) < 0)
        return NULL;
    struct front *f = &x->front[x->fronts++];
    *f = (struct front){.read_fd = fds[0], .write_fd = fds[1], .monitor = monitor};
    if (!monitor && x->front[x->focus].monitor)
        x->focus = x->fronts - 1; // the guest has the keys first
    return f;
}

struct stream *mux_add_stream(struct mux *x)
{
    struct front *f = add_front(x, false);
    struct stream *s = f ? stream_wrap(f->read_fd, write_front, x) : NULL;
    if (s)
        f->read_fd = -1; // the stream's
    return s;
}

int mux_add_monitor(struct mux *x)
{
    struct front *f = add_front(x, true);
    return f ? f->read_fd : -1;
}

bool mux_has_monitor(const struct mux *x)
{
    for (unsigned i = 0; i < x->fronts; i++)
        if (x->front[i].monitor)
            return true;
    return false;
}

// A pipe that is full is waited for, as long as the mux runs.
static void pass(struct mux *x, const char *bytes, size_t n)
{
    struct front *f = &x->front[x->focus];
    while (n && f->write_fd >= 0) {
        struct pollfd pfd[] = {{.fd = x->stop_fd, .events = POLLIN},
                               {.fd = f->write_fd, .events = POLLOUT}};
        if (poll(pfd, 2, -1) < 0 && errno != EINTR)
            return;
        if (pfd[0].revents || pfd[1].revents & POLLERR)
            return;
        // up to PIPE_BUF a write goes whole where there is room for it
        ssize_t sent = pfd[1].revents & POLLOUT ? write(f->write_fd, bytes, n) : 0;
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return;
        bytes += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

// --- what is typed ---

static void help(struct mux *x)
{
    char text[400], key[8];
    snprintf(key, sizeof key, x->escape < 27 ? "C-%c" : "%c",
             x->escape < 27 ? x->escape + 'a' - 1 : x->escape);
    snprintf(text, sizeof text,
             "\n%s h    print this help\n%s x    exit emulator\n%s c    switch between console "
             "and monitor\n%s %s  sends %s\n",
             key, key, key, key, key, key);
    say(x, text);
}

static void show_prompt(struct mux *x)
{
    x->used = 0;
    if (x->front[x->focus].monitor)
        pass(x, "\n", 1); // an empty line
}

static void take_command(struct mux *x, char c)
{
    switch (c) {
    case 'h':
    case '?': help(x); break;
    case 'x':
        say(x, "\ntickmark-emu: terminated\n");
        x->quit(x->opaque);
        break;
    case 'c':
        x->focus = (x->focus + 1) % x->fronts;
        say(x, "\n");
        show_prompt(x);
        break;
    default:
        if (c == x->escape)
            pass(x, &c, 1);
        break;
    }
}

// True: it is of a key's sequence, ESC [ ... letter, for which there is no use here.
static bool skip_sequence(struct mux *x, char c)
{
    if (x->keys == PLAIN && c != 27)
        return false;
    if (x->keys == IN_SEQUENCE)
        x->keys = c >= 0x40 && c <= 0x7e ? PLAIN : IN_SEQUENCE;
    else if (x->keys == ESC_SEEN)
        x->keys = c == '[' || c == 'O' ? IN_SEQUENCE : PLAIN;
    else
        x->keys = ESC_SEEN;
    return true;
}

static void rub_out(struct mux *x, size_t n)
{
    for (; n && x->used; n--, x->used--)
        say(x, "\b \b");
}

// A key for a monitor.
static void edit(struct mux *x, char c)
{
    if (skip_sequence(x, c))
        return;
    bool second = c == '\n' && x->last == '\r'; // CR LF is one end of a line
    x->last = c;
    if (second)
        return;
    if (c == '\r' || c == '\n') {
        x->line[x->used++] = '\n';
        say(x, "\n");
        pass(x, x->line, x->used);
        x->used = 0;
    } else if (c == BACKSPACE || c == DEL) {
        rub_out(x, 1);
    } else if (c == CTRL_U || c == CTRL_C) {
        rub_out(x, x->used);
    } else if ((unsigned char)c >= ' ' && x->used < sizeof x->line - 1) {
        x->line[x->used++] = c;
        mux_write(x, &c, 1);
    }
}

static void take_bytes(struct mux *x, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x->escaped) {
            x->escaped = false;
            take_command(x, bytes[i]);
        } else if (bytes[i] == x->escape) {
            x->escaped = true;
        } else if (x->front[x->focus].monitor) {
            edit(x, bytes[i]);
        } else {
            size_t more = i + 1;
            while (more < n && bytes[more] != x->escape)
                more++;
            pass(x, bytes + i, more - i);
            i = more - 1;
        }
    }
}

// Standard input has ended: those who read are told.
static void end_input(struct mux *x)
{
    for (unsigned i = 0; i < x->fronts; i++) {
        if (x->front[i].write_fd >= 0)
            close(x->front[i].write_fd);
        x->front[i].write_fd = -1;
    }
}

// Somebody new is there.
static void see_connection(struct mux *x)
{
    unsigned connections = stream_connections(x->base);
    if (connections == x->connections)
        return;
    x->connections = connections;
    x->escaped = false;
    show_prompt(x);
}

// A terminal's writer may wait for its reader, and the keys work still: its two ends are never
// hung up together.
static size_t read_base(struct mux *x, char *bytes, size_t n)
{
    bool shared = !stream_takes_stdin(x->base);
    if (shared)
        pthread_mutex_lock(&x->lock);
    n = stream_read(x->base, (uint8_t *)bytes, n);
    if (shared)
        pthread_mutex_unlock(&x->lock);
    see_connection(x);
    return n;
}

static void *serve(void *opaque)
{
    struct mux *x = opaque;
    char bytes[512];
    int fd;
    see_connection(x);
    while ((fd = stream_wake_fd(x->base)) >= 0) {
        struct pollfd pfd[] = {{.fd = x->stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        if (poll(pfd, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (pfd[0].revents)
            return NULL;
        if (pfd[1].revents)
            take_bytes(x, bytes, read_base(x, bytes, sizeof bytes));
    }
    end_input(x);
    return NULL;
}

// --- beginning and end ---

// Signals are for the machine's thread.
bool mux_start(struct mux *x, void (*quit)(void *opaque), void *opaque)
{
    sigset_t all, before;
    x->quit = quit;
    x->opaque = opaque;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    x->started = pthread_create(&x->thread, NULL, serve, x) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return x->started;
}

void mux_stop(struct mux *x)
{
    uint64_t one = 1;
    if (x->started && write(x->stop_fd, &one, sizeof one) == sizeof one)
        pthread_join(x->thread, NULL);
    x->started = false;
}

void mux_close(struct mux *x)
{
    if (!x)
        return;
    end_input(x);
    for (unsigned i = 0; i < x->fronts; i++)
        if (x->front[i].read_fd >= 0)
            close(x->front[i].read_fd);
    stream_close(x->base);
    if (x->stop_fd >= 0)
        close(x->stop_fd);
    pthread_mutex_destroy(&x->lock);
    free(x);
}
