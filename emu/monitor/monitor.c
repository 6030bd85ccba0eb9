// The monitor's thread: opens its end, reads lines, has each done on the machine's thread
// (machine_call()), sends the answer and the prompt.
//
// A reader that is gone ends a session, not the machine. A line of more than LINE_MAX_BYTES is an
// error and is skipped. On a socket one session follows the other.
#include "emu/monitor/monitor.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"
#include "emu/monitor/session.h"

enum { LINE_MAX_BYTES = 1024 };
static const char prompt[] = "(tickmark) ";

struct monitor {
    struct machine *m;
    pthread_t thread;
    int stop_fd;   // readable: end
    int listen_fd; // -1: not a server
    int in, out;   // -1: nobody is there
    char *path;    // of a socket to be removed
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

struct place {
    bool server, wait;
    char address[256]; // "[HOST]:PORT" or a path
};

static bool read_place(const char *text, struct place *p)
{
    size_t n = strcspn(text, ",");
    *p = (struct place){.wait = true};
    if (n == 0 || n >= sizeof p->address)
        return false;
    memcpy(p->address, text, n);
    text += n;
    while (*text) {
        static const struct {
            const char *word;
            bool server, wait;
        } words[] = {{"server=on", true, true},  {"server", true, true},   {"nowait", false, false},
                     {"wait=off", false, false}, {"wait=on", false, true}, {"wait", false, true}};
        text++;
        n = strcspn(text, ",");
        bool known = false;
        for (unsigned i = 0; i < sizeof words / sizeof *words && !known; i++)
            if (strlen(words[i].word) == n && strncmp(words[i].word, text, n) == 0) {
                known = true;
                p->server |= words[i].server;
                p->wait = words[i].server ? p->wait : words[i].wait;
            }
        if (!known)
            return false;
        text += n;
    }
    return true;
}

static int open_unix(const struct place *p)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(p->address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (n >= sizeof to.sun_path)
        errno = ENAMETOOLONG;
    if (fd < 0 || n >= sizeof to.sun_path)
        goto failed;
    memcpy(to.sun_path, p->address, n + 1);
    if (p->server)
        unlink(p->address); // what a run before has left
    if (p->server ? bind(fd, (struct sockaddr *)&to, sizeof to) || listen(fd, 1)
                  : connect(fd, (struct sockaddr *)&to, sizeof to))
        goto failed;
    return fd;
failed:;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static int open_address(const struct addrinfo *a, bool server)
{
    int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (server)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (server ? bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1) == 0
               : connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int open_tcp(struct place *p)
{
    char *colon = strrchr(p->address, ':');
    struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *found;
    if (!colon) {
        errno = EINVAL;
        return -1;
    }
    *colon = 0;
    // No host is this one: a monitor is no service for the world.
    int failed = getaddrinfo(*p->address ? p->address : "127.0.0.1", colon + 1, &want, &found);
    *colon = ':';
    if (failed) {
        errno = failed == EAI_SYSTEM ? errno : EADDRNOTAVAIL;
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = open_address(a, p->server);
    int error = errno;
    freeaddrinfo(found);
    errno = error;
    return fd;
}

static bool open_end(struct monitor *mon, const char *where, char *why, size_t whylen)
{
    struct place p;
    bool tcp = strncmp(where, "tcp:", 4) == 0, local = strncmp(where, "unix:", 5) == 0;
    if (strcmp(where, "stdio") == 0) {
        mon->in = STDIN_FILENO;
        mon->out = STDOUT_FILENO;
        return true;
    }
    if ((!tcp && !local) || !read_place(where + (tcp ? 4 : 5), &p)) {
        refuse(why, whylen,
               "-monitor: '%s' is not stdio, none, tcp:[HOST]:PORT[,server][,nowait] or "
               "unix:PATH[,server][,nowait]",
               where);
        return false;
    }
    int fd = tcp ? open_tcp(&p) : open_unix(&p);
    if (fd < 0) {
        refuse(why, whylen, "-monitor %s: %s", where, strerror(errno));
        return false;
    }
    if (!p.server) {
        mon->in = mon->out = fd;
        return true;
    }
    mon->listen_fd = fd;
    if (local)
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
    if (mon->in > STDERR_FILENO)
        close(mon->in);
    mon->in = mon->out = -1;
    mon->used = 0;
    mon->overlong = false;
}

static void greet(struct monitor *mon)
{
    static const char hello[] = "tickmark-emu monitor; 'help' lists its words\n";
    send_all(mon, hello, sizeof hello - 1);
    send_all(mon, prompt, sizeof prompt - 1);
}

static void *serve(void *opaque)
{
    struct monitor *mon = opaque;
    char bytes[512];
    if (mon->in >= 0)
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

struct monitor *monitor_start(struct machine *m, const char *where, char *why, size_t whylen)
{
    struct monitor *mon = calloc(1, sizeof *mon);
    if (!mon)
        return refuse(why, whylen, "out of memory");
    mon->m = m;
    mon->in = mon->out = mon->listen_fd = -1;
    mon->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (mon->stop_fd < 0)
        refuse(why, whylen, "-monitor: %s", strerror(errno));
    else if (open_end(mon, where, why, whylen)) {
        machine_attend(m);
        if (start_thread(mon))
            return mon;
        refuse(why, whylen, "-monitor: no thread");
    }
    release(mon);
    return NULL;
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
