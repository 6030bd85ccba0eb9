// The thread that serves a client, and how it is told where to listen.
//
//   socket --> packet_take() --> machine_call(command_do) --> out --> socket
//   the machine stops --> stop_fd --> machine_call(command_report_stop) --> out --> socket
//
// The machine's thread never waits for this one, so that "monitor gdbserver none", which comes
// through it, cannot wait for itself: a new place is handed over under the lock. A client that does
// not read what it asked for holds up nobody else.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/gdb/gdb_state.h"
#include "emu/machine/debugger.h"
#include "emu/machine/machine_state.h"
#include "emu/stream/socket.h"

enum { LAST_WORDS_MS = 2000 };

// --- on the machine's thread ---

static void call_attach(void *opaque)
{
    struct gdb *g = opaque;
    g->attached = debugger_attach(g->m, g->stop_fd);
}

static void call_detach(void *opaque)
{
    struct gdb *g = opaque;
    if (g->attached)
        debugger_detach(g->m);
    g->attached = false;
}

static void call_command(void *opaque)
{
    command_do(opaque);
}

static void call_report(void *opaque)
{
    command_report_stop(opaque);
}

// --- sockets ---

static void drain(int fd)
{
    uint64_t n;
    while (read(fd, &n, sizeof n) > 0)
        ;
}

static bool is_ending(struct gdb *g)
{
    pthread_mutex_lock(&g->lock);
    bool ending = g->ending || g->moving;
    pthread_mutex_unlock(&g->lock);
    return ending;
}

static void hang_up(struct gdb *g)
{
    if (g->fd < 0)
        return;
    close(g->fd);
    g->fd = -1;
    machine_call(g->m, call_detach, g);
    packet_forget(g);
    free(g->description);
    g->description = NULL;
}

// Send all that is in `out`. While the client does not read, only the end is waited for besides.
static void send_out(struct gdb *g)
{
    if (g->again && g->last_bytes)
        packet_repeat(g);
    while (g->fd >= 0 && g->sent < g->nout) {
        ssize_t n = send(g->fd, g->out + g->sent, g->nout - g->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            g->sent += (size_t)n;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd pfd[] = {{.fd = g->control_fd, .events = POLLIN},
                                   {.fd = g->fd, .events = POLLOUT}};
            if (is_ending(g) && poll(pfd + 1, 1, LAST_WORDS_MS) <= 0)
                break;
            poll(pfd, 2, -1);
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    if (g->out_failed || g->sent < g->nout)
        hang_up(g);
    else
        packet_sent(g);
}

static void take_client(struct gdb *g)
{
    int on = 1, fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // fails on a UNIX socket
    packet_forget(g);
    drain(g->stop_fd);
    g->fd = fd;
    g->no_ack = g->tells_kind = g->physical = g->awaiting = g->hang_up = false;
    g->step_bits = 7;
    if (!machine_call(g->m, call_attach, g) || !g->attached)
        hang_up(g);
}

static void serve_bytes(struct gdb *g)
{
    uint8_t bytes[4096];
    ssize_t n = recv(g->fd, bytes, sizeof bytes, 0);
    if (n <= 0) {
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            hang_up(g);
        return;
    }
    for (ssize_t i = 0; i < n && !g->hang_up; i++)
        if (packet_take(g, bytes[i]) && !machine_call(g->m, call_command, g))
            g->hang_up = true;
    send_out(g);
    if (g->hang_up)
        hang_up(g);
}

// Told to listen elsewhere.
static void move(struct gdb *g)
{
    hang_up(g);
    if (g->listen_fd >= 0)
        close(g->listen_fd);
    if (g->path)
        unlink(g->path);
    free(g->path);
    pthread_mutex_lock(&g->lock);
    g->listen_fd = g->next_listen_fd;
    g->path = g->next_path;
    g->next_listen_fd = -1;
    g->next_path = NULL;
    g->moving = false;
    pthread_mutex_unlock(&g->lock);
}

// The run is over: the client that waits is told so.
static void say_goodbye(struct gdb *g)
{
    char text[8];
    if (g->fd < 0)
        return;
    snprintf(text, sizeof text, "W%02x", (unsigned)g->status & 0xff);
    if (g->awaiting)
        packet_put(g, text);
    send_out(g);
    hang_up(g);
}

static void *serve(void *opaque)
{
    struct gdb *g = opaque;
    for (;;) {
        struct pollfd pfd[] = {{.fd = g->control_fd, .events = POLLIN},
                               {.fd = g->stop_fd, .events = POLLIN},
                               {.fd = g->fd >= 0 ? g->fd : g->listen_fd, .events = POLLIN}};
        if (poll(pfd, 3, -1) < 0 && errno != EINTR)
            return NULL;
        if (pfd[0].revents) {
            drain(g->control_fd);
            pthread_mutex_lock(&g->lock);
            bool ending = g->ending, moving = g->moving;
            pthread_mutex_unlock(&g->lock);
            if (ending) {
                say_goodbye(g);
                return NULL;
            }
            if (moving)
                move(g);
            continue;
        }
        if (pfd[1].revents) {
            drain(g->stop_fd);
            machine_call(g->m, call_report, g);
            send_out(g);
            continue;
        }
        if (!pfd[2].revents)
            continue;
        if (g->fd < 0)
            take_client(g);
        else
            serve_bytes(g);
    }
}

// --- beginning and end ---

static void wake(struct gdb *g)
{
    uint64_t one = 1;
    if (write(g->control_fd, &one, sizeof one) != sizeof one) {
        // the counter is full: it will look
    }
}

struct gdb *gdb_create(struct machine *m, gdb_line_fn *line)
{
    struct gdb *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->m = m;
    g->line = line;
    g->listen_fd = g->next_listen_fd = g->fd = -1;
    g->control_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    g->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&g->lock, NULL);
    if (g->control_fd < 0 || g->stop_fd < 0) {
        gdb_destroy(g, 0);
        return NULL;
    }
    m->gdb = g;
    return g;
}

// Signals are for the machine's thread.
static bool start_thread(struct gdb *g)
{
    sigset_t all, before;
    if (g->has_thread)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    g->has_thread = pthread_create(&g->thread, NULL, serve, g) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return g->has_thread;
}

static void drop_next(struct gdb *g)
{
    if (g->next_listen_fd >= 0)
        close(g->next_listen_fd);
    if (g->next_path)
        unlink(g->next_path);
    free(g->next_path);
    g->next_path = NULL;
    g->next_listen_fd = -1;
}

static int refuse(char *why, size_t whylen, const char *where, const char *what)
{
    snprintf(why, whylen, "-gdb %.200s: %s", where, what);
    return -1;
}

int gdb_listen(struct gdb *g, const char *where, char *why, size_t whylen)
{
    struct socket_place p = {.server = true};
    int fd = -1;
    if (strcmp(where, "none") != 0) {
        if (!socket_read_place(where, &p))
            return refuse(why, whylen, where, "there are tcp:[HOST]:PORT, unix:PATH and none");
        p.server = true;
        if ((fd = socket_open(&p)) < 0)
            return refuse(why, whylen, where, strerror(errno));
        machine_attend(g->m);
    }
    pthread_mutex_lock(&g->lock);
    drop_next(g); // one that the thread has not come to
    g->next_listen_fd = fd;
    g->next_path = fd >= 0 && !p.tcp ? strdup(p.address) : NULL;
    g->moving = true;
    pthread_mutex_unlock(&g->lock);
    wake(g);
    return start_thread(g) ? 0 : refuse(why, whylen, where, "no thread");
}

void gdb_destroy(struct gdb *g, int status)
{
    if (!g)
        return;
    if (g->has_thread) {
        pthread_mutex_lock(&g->lock);
        g->ending = true;
        g->status = status;
        pthread_mutex_unlock(&g->lock);
        wake(g);
        pthread_join(g->thread, NULL);
    }
    hang_up(g);
    drop_next(g);
    if (g->listen_fd >= 0)
        close(g->listen_fd);
    if (g->path)
        unlink(g->path);
    free(g->path);
    if (g->control_fd >= 0)
        close(g->control_fd);
    if (g->stop_fd >= 0)
        close(g->stop_fd);
    pthread_mutex_destroy(&g->lock);
    free(g->out);
    if (g->m->gdb == g)
        g->m->gdb = NULL;
    free(g);
}
