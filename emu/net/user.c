// libslirp on a thread of its own (user.h). The library is not made for threads: everything of it
// is called on this one. Frames from the card wait in a queue, whose arrival an eventfd tells.
//
// While the card does not take what is there, nothing is read from the host's sockets; TCP then
// slows the other side down.
#include "emu/net/user.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "emu/net/queue.h"

enum { POLL_FDS = 64, CONGESTED_WAIT_MS = 20, LONGEST_WAIT_MS = 1000, COMPLAINTS = 5 };

struct user_timer {
    SlirpTimerCb fire;
    void *opaque;
    int64_t at_ms; // -1: not set
    struct user_timer *next;
};

struct user {
    struct netdev *netdev;
    Slirp *slirp;
    struct user_timer *timers;
    struct frame_queue *sent;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    int kick_fd;
    struct pollfd *fds;
    unsigned nfds, room;
    unsigned complaints;
};

// --- what libslirp calls ---

static ssize_t on_frame(const void *frame, size_t bytes, void *opaque)
{
    struct user *u = opaque;
    netdev_deliver(u->netdev, frame, bytes);
    return (ssize_t)bytes;
}

static void on_guest_error(const char *message, void *opaque)
{
    struct user *u = opaque;
    if (u->complaints < COMPLAINTS) // the guest decides how many there are
        fprintf(stderr, "tickmark-emu: network of '%s': %s\n", netdev_id(u->netdev), message);
    u->complaints += u->complaints < COMPLAINTS;
}

static int64_t now_ns(void *opaque)
{
    struct timespec now;
    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *new_timer(SlirpTimerCb fire, void *fire_opaque, void *opaque)
{
    struct user *u = opaque;
    struct user_timer *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct user_timer){.fire = fire, .opaque = fire_opaque, .at_ms = -1, .next = u->timers};
    u->timers = t;
    return t;
}

static void free_timer(void *timer, void *opaque)
{
    struct user *u = opaque;
    for (struct user_timer **p = &u->timers; timer && *p; p = &(*p)->next) {
        if (*p == timer) {
            *p = (*p)->next;
            free(timer);
            return;
        }
    }
}

static void set_timer(void *timer, int64_t at_ms, void *opaque)
{
    (void)opaque;
    if (timer)
        ((struct user_timer *)timer)->at_ms = at_ms;
}

static void on_fd(int fd, void *opaque)
{
    (void)fd, (void)opaque; // all descriptors are asked for before each poll()
}

static void on_notify(void *opaque)
{
    (void)opaque; // only this thread calls libslirp, and it polls again after each call
}

static const SlirpCb callbacks = {.send_packet = on_frame,
                                  .guest_error = on_guest_error,
                                  .clock_get_ns = now_ns,
                                  .timer_new = new_timer,
                                  .timer_free = free_timer,
                                  .timer_mod = set_timer,
                                  .register_poll_fd = on_fd,
                                  .unregister_poll_fd = on_fd,
                                  .notify = on_notify};

// --- the thread ---

static int add_fd(int fd, int events, void *opaque)
{
    struct user *u = opaque;
    if (u->nfds == u->room) {
        struct pollfd *more = realloc(u->fds, 2 * u->room * sizeof *more);
        if (!more)
            return -1; // served when there is memory again
        u->fds = more;
        u->room *= 2;
    }
    short wanted =
        (short)((events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                (events & SLIRP_POLL_PRI ? POLLPRI : 0));
    u->fds[u->nfds] = (struct pollfd){.fd = fd, .events = wanted};
    return (int)u->nfds++;
}

static int events_of(int index, void *opaque)
{
    const struct user *u = opaque;
    if (index < 0 || (unsigned)index >= u->nfds)
        return 0;
    short e = u->fds[index].revents;
    return (e & POLLIN ? SLIRP_POLL_IN : 0) | (e & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (e & POLLPRI ? SLIRP_POLL_PRI : 0) | (e & POLLERR ? SLIRP_POLL_ERR : 0) |
           (e & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void take_frames(struct user *u)
{
    const uint8_t *frame;
    size_t bytes;
    while ((frame = frame_queue_first(u->sent, &bytes))) {
        slirp_input(u->slirp, frame, (int)bytes);
        frame_queue_drop(u->sent);
    }
}

// Fire the timers that are due, and shorten the wait to the next one.
static void run_timers(struct user *u, uint32_t *wait_ms)
{
    int64_t now_ms = now_ns(u) / 1000000;
    for (struct user_timer *t = u->timers, *next; t; t = next) {
        next = t->next;
        if (t->at_ms >= 0 && t->at_ms <= now_ms) {
            t->at_ms = -1;
            t->fire(t->opaque);
        }
    }
    for (const struct user_timer *t = u->timers; t; t = t->next)
        if (t->at_ms >= 0 && t->at_ms - now_ms < (int64_t)*wait_ms)
            *wait_ms = t->at_ms > now_ms ? (uint32_t)(t->at_ms - now_ms) : 0;
}

static void *serve(void *opaque)
{
    struct user *u = opaque;
    uint64_t kicks;
    while (!atomic_load(&u->stop)) {
        uint32_t wait_ms = LONGEST_WAIT_MS;
        take_frames(u);
        run_timers(u, &wait_ms);
        netdev_wake(u->netdev);
        bool congested = netdev_is_congested(u->netdev);
        u->nfds = 0;
        add_fd(u->kick_fd, SLIRP_POLL_IN, u);
        if (congested)
            wait_ms = CONGESTED_WAIT_MS;
        else
            slirp_pollfds_fill(u->slirp, &wait_ms, add_fd, u);
        if (wait_ms > LONGEST_WAIT_MS)
            wait_ms = LONGEST_WAIT_MS;
        int ready = poll(u->fds, u->nfds, (int)wait_ms);
        while (read(u->kick_fd, &kicks, sizeof kicks) > 0)
            ;
        if (!congested)
            slirp_pollfds_poll(u->slirp, ready < 0, events_of, u);
    }
    return NULL;
}

// --- the machine's side ---

static void kick(void *opaque)
{
    const struct user *u = opaque;
    uint64_t one = 1;
    if (write(u->kick_fd, &one, sizeof one) != sizeof one) {
        // the counter is full: it is awake
    }
}

static void send_frame(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct user *u = opaque;
    frame_queue_put(u->sent, frame, bytes);
    kick(u);
}

static void close_user(void *opaque)
{
    struct user *u = opaque;
    if (u->started) {
        atomic_store(&u->stop, true);
        kick(u);
        pthread_join(u->thread, NULL);
    }
    if (u->slirp)
        slirp_cleanup(u->slirp);
    while (u->timers)
        free_timer(u->timers, u);
    if (u->kick_fd >= 0)
        close(u->kick_fd);
    frame_queue_destroy(u->sent);
    free(u->fds);
    free(u);
}

// --- opening ---

static int refuse(char *why, size_t whylen, const char *id, const char *what)
{
    snprintf(why, whylen, "-netdev user,id=%s: %s", id, what);
    return -1;
}

static int start_thread(void *opaque)
{
    struct user *u = opaque;
    sigset_t all, old; // signals are for the machine's thread
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&u->thread, NULL, serve, u);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    u->started = !failed;
    return failed ? -1 : 0;
}

static int forward_ports(struct user *u, const struct net_user_config *c, const char *id, char *why,
                         size_t whylen)
{
    for (unsigned i = 0; i < c->forwards; i++) {
        const struct net_forward *f = &c->forward[i];
        char what[96], host[INET_ADDRSTRLEN];
        if (slirp_add_hostfwd(u->slirp, f->udp, f->host, f->host_port, f->guest, f->guest_port) ==
            0)
            continue;
        snprintf(what, sizeof what, "hostfwd: %s port %u of %s is not to be had: %s",
                 f->udp ? "UDP" : "TCP", f->host_port,
                 inet_ntop(AF_INET, &f->host, host, sizeof host), strerror(errno));
        return refuse(why, whylen, id, what);
    }
    return 0;
}

static int open_user(struct user *u, const char *id, const struct net_user_config *c, char *why,
                     size_t whylen)
{
    SlirpConfig config = {.version = 1,
                          .restricted = c->restricted,
                          .in_enabled = c->ipv4,
                          .vnetwork = c->network,
                          .vnetmask = c->mask,
                          .vhost = c->host,
                          .in6_enabled = c->ipv6,
                          .vprefix_addr6 = c->prefix6,
                          .vprefix_len = c->prefix6_bits,
                          .vhost6 = c->host6,
                          .vhostname = c->hostname,
                          .tftp_server_name = c->tftp_server,
                          .tftp_path = c->tftp,
                          .bootfile = c->bootfile,
                          .vdhcp_start = c->dhcp_start,
                          .vnameserver = c->dns,
                          .vnameserver6 = c->dns6,
                          .vdnssearch = c->searches ? (const char **)c->search : NULL,
                          .vdomainname = c->domain};
    u->room = POLL_FDS;
    u->fds = calloc(u->room, sizeof *u->fds);
    u->sent = frame_queue_create();
    u->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!u->fds || !u->sent || u->kick_fd < 0 || !(u->slirp = slirp_new(&config, &callbacks, u)))
        return refuse(why, whylen, id, "no memory or descriptors");
    return forward_ports(u, c, id, why, whylen);
}

struct netdev *net_user_open(const char *id, const struct net_user_config *c, char *why,
                             size_t whylen)
{
    static const struct netdev_ops ops = {
        .start = start_thread, .send = send_frame, .drained = kick, .close = close_user};
    struct user *u = calloc(1, sizeof *u);
    if (u)
        u->kick_fd = -1;
    if (!u || !(u->netdev = netdev_create(id, &ops, u))) {
        refuse(why, whylen, id, "out of memory");
        free(u);
        return NULL;
    }
    if (open_user(u, id, c, why, whylen)) {
        netdev_close(u->netdev);
        return NULL;
    }
    return u->netdev;
}
