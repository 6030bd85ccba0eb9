#include "emu/block/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { AT_ONCE_BYTES_MAX = 64 << 10 };

struct queue {
    struct block_request *first, **last;
};

struct block_worker {
    struct block *block;
    void (*wake)(void *opaque);
    void *opaque;
    bool threaded;
    unsigned pending; // submitted and not done; the owner's
    bool finishing;   // done() is being called; the owner's
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t submitted, ended;
    struct queue todo, over; // under the lock
    bool working;            // on one that is in neither; under the lock
    bool closed;
};

static void put(struct queue *q, struct block_request *r)
{
    r->next = NULL;
    *q->last = r;
    q->last = &r->next;
}

static struct block_request *take(struct queue *q)
{
    struct block_request *r = q->first;
    if (!r)
        return NULL;
    q->first = r->next;
    if (!q->first)
        q->last = &q->first;
    return r;
}

static int carry_out(struct block *b, const struct block_request *r)
{
    int error = 0;
    switch (r->action) {
    case BLOCK_READ: return block_read(b, r->offset, r->buffer, r->bytes);
    case BLOCK_FLUSH: return block_flush(b);
    case BLOCK_DISCARD: return block_discard(b, r->offset, r->bytes);
    case BLOCK_WRITE: error = block_write(b, r->offset, r->buffer, r->bytes); break;
    case BLOCK_ZERO: error = block_zero(b, r->offset, r->bytes, r->may_discard); break;
    }
    return !error && r->durable ? block_flush(b) : error;
}

static void *work(void *self)
{
    struct block_worker *w = self;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        struct block_request *r;
        while (!w->closed && !w->todo.first)
            pthread_cond_wait(&w->submitted, &w->lock);
        if (w->closed)
            break;
        r = take(&w->todo);
        w->working = true;
        pthread_mutex_unlock(&w->lock);
        r->error = carry_out(w->block, r);
        pthread_mutex_lock(&w->lock);
        w->working = false;
        bool first = !w->over.first;
        put(&w->over, r);
        pthread_cond_signal(&w->ended);
        if (!first)
            continue; // the owner has been woken already
        pthread_mutex_unlock(&w->lock);
        w->wake(w->opaque);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

// Signals are for the owner's thread.
static int start_thread(struct block_worker *w)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&w->thread, NULL, work, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

struct block_worker *block_worker_create(struct block *b, bool threaded, void (*wake)(void *opaque),
                                         void *opaque)
{
    struct block_worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->block = b;
    w->wake = wake;
    w->opaque = opaque;
    w->threaded = threaded;
    w->todo.last = &w->todo.first;
    w->over.last = &w->over.first;
    pthread_mutex_init(&w->lock, NULL); // with default attributes none of these can fail (glibc)
    pthread_cond_init(&w->submitted, NULL);
    pthread_cond_init(&w->ended, NULL);
    if (!threaded || start_thread(w) == 0)
        return w;
    w->threaded = false;
    block_worker_destroy(w);
    return NULL;
}

void block_worker_destroy(struct block_worker *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->closed = true;
    pthread_cond_signal(&w->submitted);
    pthread_mutex_unlock(&w->lock);
    if (w->threaded)
        pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->submitted);
    pthread_cond_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

// The thread has nothing to do, and gets nothing but from here: the image is the owner's meanwhile.
// What done() submits is the rest of something long, for which the guest's processor does not wait.
static bool read_at_once(struct block_worker *w, struct block_request *r)
{
    if (!w->threaded || w->finishing || r->action != BLOCK_READ || r->bytes > AT_ONCE_BYTES_MAX)
        return false;
    pthread_mutex_lock(&w->lock);
    bool idle = !w->todo.first && !w->working;
    pthread_mutex_unlock(&w->lock);
    return idle && block_read_at_once(w->block, r->offset, r->buffer, (size_t)r->bytes);
}

bool block_worker_submit(struct block_worker *w, struct block_request *r)
{
    bool at_once = read_at_once(w, r);
    w->pending++;
    r->error = 0;
    pthread_mutex_lock(&w->lock);
    put(at_once ? &w->over : &w->todo, r);
    if (!at_once)
        pthread_cond_signal(&w->submitted);
    pthread_mutex_unlock(&w->lock);
    return at_once;
}

static void finish(struct block_worker *w, bool wait)
{
    struct block_request *r;
    for (;;) {
        pthread_mutex_lock(&w->lock);
        while (!(r = take(&w->over)) && wait && w->threaded && w->pending)
            pthread_cond_wait(&w->ended, &w->lock);
        if (!r && !w->threaded && (r = take(&w->todo)))
            r->error = carry_out(w->block, r);
        pthread_mutex_unlock(&w->lock);
        if (!r)
            return;
        w->pending--;
        bool outer = w->finishing;
        w->finishing = true;
        r->done(r, r->error);
        w->finishing = outer;
    }
}

void block_worker_finish(struct block_worker *w)
{
    finish(w, false);
}

void block_worker_drain(struct block_worker *w)
{
    finish(w, true);
}
