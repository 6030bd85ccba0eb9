// The monitor's thread: opens its end, reads lines, has each done on the machine's thread
// (machine_call()), sends the answer and the prompt.
//
// A reader that is gone ends a session, not the machine. A line of more than LINE_MAX_BYTES is an
// error and is skipped. On a socket one session follows the other.
#include "emu/monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"
#include "emu/monitor/session.h"
#include "emu/stream/mux.h"
#include "emu/stream/socket.h"

enum { LINE_MAX_BYTES = 1024 };
static const char prompt[] = "(tickmark) ";

struct monitor {
    struct machine *m;
    pthread_t thread;
    int stop_fd;    // readable: end
    int listen_fd;  // -1: not a server
    int in, out;    // -1: nobody is there
    struct mux *to; // instead of out; greeted with the first line
    bool greeted;
    char *path; // of a socket to be removed
    uint8_t buttons;
    char line[LINE_MAX_BYTES];
    size_t used;
    bool overlong;
};

__attribute__((format(printf, 3, 4))) static void *refuse(char *why, size_t whylen,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, whylen, format, args);
    va_end(args);
    return NULL;
}

// --- ends ---

static bool open_end(struct monitor *mon, const char *where, char *why, size_t whylen)
{
    struct socket_place p;
    if (strcmp(where, "stdio") == 0) {
        mon->in = STDIN_FILENO;
        mon->out = STDOUT_FILENO;
        return true;
    }
    if (!socket_read_place(where, &p)) {
        refuse(why, whylen,
               "-monitor: '%s' is not stdio, none, tcp:[HOST]:PORT[,server][,nowait] or "
               "unix:PATH[,server][,nowait]",
               where);
        return false;
    }
    int fd = socket_open(&p);
    if (fd < 0) {
        refuse(why, whylen, "-monitor %s: %s", where, strerror(errno));
        return false;
    }
    if (!p.server) {
        mon->in = mon->out = fd;
        return true;
    }
    mon->listen_fd = fd;
    if (!p.tcp)
        mon->path = strdup(p.address);
    if (p.wait) {
        fprintf(stderr, "tickmark-emu: waiting for somebody at the monitor, %s\n", where);
        mon->in = mon->out = accept(fd, NULL, NULL);
    }
    return true;
}

// --- lines ---

static void send_all(struct monitor *mon, const char *text, size_t n)
{
    if (mon->to) {
        mux_write(mon->to, text, n);
        return;
    }
    while (n) {
        ssize_t sent = mon->out == mon->listen_fd ? -1 : write(mon->out, text, n);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd pfd = {.fd = mon->out, .events = POLLOUT};
            poll(&pfd, 1, 100);
            continue;
        }
        if (sent <= 0)
            return; // the next read finds out
        text += sent;
        n -= (size_t)sent;
    }
}

static void do_line(void *opaque)
{
    session_do(opaque);
}

static void serve_line(struct monitor *mon, char *line)
{
    char *text = NULL;
    size_t n = 0;
    struct session s = {.m = mon->m, .cpu = mon->m->cpu, .line = line, .buttons = &mon->buttons};
    s.out = open_memstream(&text, &n);
    if (!s.out)
        return;
    machine_call(mon->m, do_line, &s);
    if (fclose(s.out) == 0)
        send_all(mon, text, n);
    free(text);
}

void monitor_do_line(struct machine *m, char *line, FILE *out)
{
    uint8_t buttons = 0;
    session_do(
        &(struct session){.m = m, .cpu = m->cpu, .out = out, .line = line, .buttons = &buttons});
}

// What was read: whole lines are done.
static void take_bytes(struct monitor *mon, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            mon->overlong |= mon->used == LINE_MAX_BYTES - 1;
            if (!mon->overlong && bytes[i])
                mon->line[mon->used++] = bytes[i];
            continue;
        }
        mon->line[mon->used] = 0;
        static const char too_long[] = "the line is too long\n";
        if (mon->overlong)
            send_all(mon, too_long, sizeof too_long - 1);
        else
            serve_line(mon, mon->line);
        mon->used = 0;
        mon->overlong = false;
        send_all(mon, prompt, sizeof prompt - 1);
    }
}

static void hang_up(struct monitor *mon)
{
    if (mon->in > STDERR_FILENO && !mon->to)
        close(mon->in);
    mon->in = mon->out = -1;
    mon->used = 0;
    mon->overlong = false;
}

static void say_hello(struct monitor *mon)
{
    static const char hello[] = "tickmark-emu monitor; 'help' lists its words\n";
    send_all(mon, hello, sizeof hello - 1);
    mon->greeted = true;
}

static void greet(struct monitor *mon)
{
    say_hello(mon);
    send_all(mon, prompt, sizeof prompt - 1);
}

static void *serve(void *opaque)
{
    struct monitor *mon = opaque;
    char bytes[512];
    if (mon->in >= 0 && !mon->to)
        greet(mon);
    for (;;) {
        struct pollfd pfd[] = {{.fd = mon->stop_fd, .events = POLLIN},
                               {.fd = mon->in >= 0 ? mon->in : mon->listen_fd, .events = POLLIN}};
        if (poll(pfd, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (pfd[0].revents)
            return NULL;
        if (!pfd[1].revents)
            continue;
        if (mon->in < 0) {
            mon->in = mon->out = accept(mon->listen_fd, NULL, NULL);
            if (mon->in >= 0)
                greet(mon);
            continue;
        }
        ssize_t n = read(mon->in, bytes, sizeof bytes);
        if (n > 0 && !mon->greeted)
            say_hello(mon);
        if (n > 0)
            take_bytes(mon, bytes, (size_t)n);
        else if (n == 0 || (errno != EINTR && errno != EAGAIN))
            hang_up(mon);
    }
}

// --- beginning and end ---

static void release(struct monitor *mon)
{
    hang_up(mon);
    if (mon->listen_fd >= 0)
        close(mon->listen_fd);
    if (mon->path)
        unlink(mon->path);
    if (mon->stop_fd >= 0)
        close(mon->stop_fd);
    free(mon->path);
    free(mon);
}

// Signals are for the machine's thread.
static bool start_thread(struct monitor *mon)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool good = pthread_create(&mon->thread, NULL, serve, mon) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

static struct monitor *create(struct machine *m, char *why, size_t whylen)
{
    struct monitor *mon = calloc(1, sizeof *mon);
    if (!mon)
        return refuse(why, whylen, "out of memory");
    mon->m = m;
    mon->in = mon->out = mon->listen_fd = -1;
    mon->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (mon->stop_fd >= 0)
        return mon;
    refuse(why, whylen, "-monitor: %s", strerror(errno));
    release(mon);
    return NULL;
}

static struct monitor *start(struct monitor *mon, char *why, size_t whylen)
{
    if (start_thread(mon))
        return mon;
    refuse(why, whylen, "-monitor: no thread");
    release(mon);
    return NULL;
}

struct monitor *monitor_start(struct machine *m, const char *where, char *why, size_t whylen)
{
    struct monitor *mon = create(m, why, whylen);
    if (mon && !open_end(mon, where, why, whylen)) {
        release(mon);
        return NULL;
    }
    if (mon)
        machine_attend(m);
    return mon ? start(mon, why, whylen) : NULL;
}

struct monitor *monitor_start_at(struct machine *m, int fd, struct mux *to, char *why,
                                 size_t whylen)
{
    struct monitor *mon = create(m, why, whylen);
    if (!mon)
        return NULL;
    mon->in = mon->out = fd;
    mon->to = to;
    return start(mon, why, whylen);
}

void monitor_stop(struct monitor *mon)
{
    uint64_t one = 1;
    if (!mon)
        return;
    if (write(mon->stop_fd, &one, sizeof one) == sizeof one)
        pthread_join(mon->thread, NULL);
    release(mon);
}
