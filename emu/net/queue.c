// The queue of queue.h: a ring, whose two counters run freely; each is written by one thread only.
#include "emu/net/queue.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "emu/net/net.h"

_Static_assert((FRAME_QUEUE_FRAMES & (FRAME_QUEUE_FRAMES - 1)) == 0, "counters run over");

struct frame_queue {
    atomic_uint put, taken;
    struct {
        size_t bytes;
        uint8_t frame[NET_FRAME_MAX];
    } slot[FRAME_QUEUE_FRAMES];
};

struct frame_queue *frame_queue_create(void)
{
    return calloc(1, sizeof(struct frame_queue)); // pages that were never used cost nothing
}

void frame_queue_destroy(struct frame_queue *q)
{
    free(q);
}

unsigned frame_queue_length(const struct frame_queue *q)
{
    return atomic_load(&q->put) - atomic_load(&q->taken);
}

bool frame_queue_put(struct frame_queue *q, const uint8_t *frame, size_t bytes)
{
    if (bytes > NET_FRAME_MAX || frame_queue_length(q) >= FRAME_QUEUE_FRAMES)
        return false;
    unsigned at = atomic_load(&q->put);
    q->slot[at % FRAME_QUEUE_FRAMES].bytes = bytes;
    memcpy(q->slot[at % FRAME_QUEUE_FRAMES].frame, frame, bytes);
    atomic_store(&q->put, at + 1);
    return true;
}

const uint8_t *frame_queue_first(struct frame_queue *q, size_t *bytes)
{
    unsigned at = atomic_load(&q->taken);
    if (at == atomic_load(&q->put))
        return NULL;
    *bytes = q->slot[at % FRAME_QUEUE_FRAMES].bytes;
    return q->slot[at % FRAME_QUEUE_FRAMES].frame;
}

void frame_queue_drop(struct frame_queue *q)
{
    atomic_fetch_add(&q->taken, 1);
}
