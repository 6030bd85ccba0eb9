#include "emu/machine/call.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emu/machine/debugger.h"
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
    struct machine_post *first_post, **last_post;
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
    c->last_post = &c->first_post;
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

// Have the machine's thread look; with the lock.
static void wake(struct machine *m)
{
    struct calls *c = m->calls;
    uint64_t one = 1;
    atomic_store(&c->pend, true);
    // Leave the slice. run_slice() may be about to clear this, and have looked at `pend` too early
    // (a store may pass a load): then the slice's own end is when it is seen, 400,000 instructions
    // later at most. A machine that sleeps is woken by the descriptor.
    m->cpu->poll = 1;
    if (write(c->fd, &one, sizeof one) != sizeof one) {
        // the counter is full: somebody has woken it already
    }
}

bool machine_call(struct machine *m, void (*fn)(void *opaque), void *opaque)
{
    struct calls *c = m->calls;
    struct call call = {.fn = fn, .opaque = opaque};
    pthread_mutex_lock(&c->lock);
    if (!c->closed) {
        *c->last = &call;
        c->last = &call.next;
        wake(m);
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

// --- posts ---

void machine_post(struct machine *m, struct machine_post *post)
{
    struct calls *c = m->calls;
    pthread_mutex_lock(&c->lock);
    if (!post->posted) {
        post->posted = true;
        post->next = NULL;
        *c->last_post = post;
        c->last_post = &post->next;
        wake(m);
    }
    pthread_mutex_unlock(&c->lock);
}

static struct machine_post *take_post(struct calls *c)
{
    struct machine_post *post = c->first_post;
    if (!post)
        return NULL;
    c->first_post = post->next;
    if (!c->first_post)
        c->last_post = &c->first_post;
    post->posted = false;
    return post;
}

void machine_cancel_post(struct machine *m, struct machine_post *post)
{
    struct calls *c = m->calls;
    pthread_mutex_lock(&c->lock);
    for (struct machine_post **p = &c->first_post; *p; p = &(*p)->next) {
        if (*p != post)
            continue;
        *p = post->next;
        if (c->last_post == &post->next)
            c->last_post = p;
        post->posted = false;
        break;
    }
    pthread_mutex_unlock(&c->lock);
}

void machine_expect(struct machine *m, int more)
{
    m->expected += (unsigned)more;
}

// --- making them ---

void calls_make(struct machine *m)
{
    struct calls *c = m->calls;
    struct call *call;
    struct machine_post *post;
    uint64_t n;
    if (!calls_pend(c))
        return;
    pthread_mutex_lock(&c->lock);
    while ((call = take(c))) {
        pthread_mutex_unlock(&c->lock);
        call->fn(call->opaque);
        pthread_mutex_lock(&c->lock);
        finish(c, call, true);
    }
    while ((post = take_post(c))) { // may be posted again, and gone, as soon as the lock is free
        void (*fn)(void *) = post->fn;
        void *opaque = post->opaque;
        pthread_mutex_unlock(&c->lock);
        enum stage from = profile_switch(&m->profile, STAGE_device);
        fn(opaque);
        profile_return(&m->profile, from);
        pthread_mutex_lock(&c->lock);
    }
    atomic_store(&c->pend, c->first != NULL);
    if (!c->first) // after the last: what stays readable keeps the machine from sleeping
        while (read(c->fd, &n, sizeof n) > 0)
            ;
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
    debugger_note_pause(m);
}

void machine_continue(struct machine *m)
{
    if (!m->paused)
        return;
    m->paused = false;
    m->start_ns += clock_host_ns() - m->paused_ns;
    machine_pump_network(m);
}

bool machine_is_paused(const struct machine *m)
{
    return m->paused;
}

void machine_attend(struct machine *m)
{
    m->attended = true;
}
