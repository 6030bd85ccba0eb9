#include "emu/machine/call.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"

enum { WAIT_MS = 100 };

struct call {
    void (*fn)(void *opaque);
    void *opaque;
    bool done, made;
    struct call *next;
};

struct calls {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct call *first, **last;
    bool closed;
    atomic_bool pend;
    int fd;
};

struct calls *calls_create(void)
{
    struct calls *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (c->fd < 0) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL); // with default attributes neither can fail (glibc)
    pthread_cond_init(&c->changed, NULL);
    c->last = &c->first;
    return c;
}

void calls_destroy(struct calls *c)
{
    if (!c)
        return;
    close(c->fd);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

bool calls_pend(const struct calls *c)
{
    return atomic_load(&c->pend);
}

int calls_fd(const struct calls *c)
{
    return c->fd;
}

void calls_wait(struct calls *c)
{
    struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
    poll(&pfd, 1, WAIT_MS);
}

bool machine_call(struct machine *m, void (*fn)(void *opaque), void *opaque)
{
    struct calls *c = m->calls;
    struct call call = {.fn = fn, .opaque = opaque};
    pthread_mutex_lock(&c->lock);
    if (!c->closed) {
        uint64_t one = 1;
        *c->last = &call;
        c->last = &call.next;
        atomic_store(&c->pend, true);
        m->cpu->poll = 1; // leave the slice
        if (write(c->fd, &one, sizeof one) != sizeof one) {
            // the counter is full: somebody has woken it already
        }
        while (!call.done)
            pthread_cond_wait(&c->changed, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return call.made;
}

// Take the first off the list; NULL if there is none.
static struct call *take(struct calls *c)
{
    struct call *call = c->first;
    if (!call)
        return NULL;
    c->first = call->next;
    if (!c->first)
        c->last = &c->first;
    return call;
}

static void finish(struct calls *c, struct call *call, bool made)
{
    call->made = made;
    call->done = true; // its memory is the caller's: not to be touched any more
    pthread_cond_broadcast(&c->changed);
}

void calls_make(struct machine *m)
{
    struct calls *c = m->calls;
    struct call *call;
    uint64_t n;
    if (!calls_pend(c))
        return;
    pthread_mutex_lock(&c->lock);
    while (read(c->fd, &n, sizeof n) > 0)
        ;
    while ((call = take(c))) {
        pthread_mutex_unlock(&c->lock);
        call->fn(call->opaque);
        pthread_mutex_lock(&c->lock);
        finish(c, call, true);
    }
    atomic_store(&c->pend, false);
    pthread_mutex_unlock(&c->lock);
}

void calls_open(struct calls *c, bool open)
{
    struct call *call;
    pthread_mutex_lock(&c->lock);
    c->closed = !open;
    while (!open && (call = take(c)))
        finish(c, call, false);
    pthread_mutex_unlock(&c->lock);
}

void machine_refuse_calls(struct machine *m)
{
    calls_open(m->calls, false);
}

// --- stop and cont ---

void machine_pause(struct machine *m)
{
    if (m->paused)
        return;
    m->paused = true;
    m->paused_ns = clock_host_ns();
    machine_poke(m);
}

void machine_continue(struct machine *m)
{
    if (!m->paused)
        return;
    m->paused = false;
    m->start_ns += clock_host_ns() - m->paused_ns;
}

bool machine_is_paused(const struct machine *m)
{
    return m->paused;
}

void machine_attend(struct machine *m)
{
    m->attended = true;
}
