// The pipe of net.h: one queue towards the card (the other way, a back end has its own), the link,
// and the dump.
#include "emu/net/net.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "emu/net/dump.h"
#include "emu/net/queue.h"

struct netdev {
    char *id;
    const struct netdev_ops *ops;
    void *opaque;
    const struct net_card *card;
    void *card_opaque;
    void (*wake)(void *opaque, struct netdev *n);
    void *wake_opaque;
    struct frame_queue *arrived;
    struct net_dump *dump;
    atomic_bool refused; // the card has no room, and will pump when it has
    bool link, pumping;
};

struct netdev *netdev_create(const char *id, const struct netdev_ops *ops, void *opaque)
{
    struct netdev *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->ops = ops;
    n->opaque = opaque;
    n->link = true;
    n->id = strdup(id);
    n->arrived = frame_queue_create();
    if (!n->id || !n->arrived) {
        frame_queue_destroy(n->arrived);
        free(n->id);
        free(n);
        return NULL;
    }
    return n;
}

void netdev_close(struct netdev *n)
{
    if (!n)
        return;
    if (n->ops->close)
        n->ops->close(n->opaque);
    net_dump_close(n->dump);
    frame_queue_destroy(n->arrived);
    free(n->id);
    free(n);
}

const char *netdev_id(const struct netdev *n)
{
    return n->id;
}

int netdev_start(struct netdev *n, void (*wake)(void *opaque, struct netdev *n), void *opaque)
{
    n->wake_opaque = opaque;
    n->wake = wake;
    return n->ops->start ? n->ops->start(n->opaque) : 0;
}

int netdev_dump(struct netdev *n, const char *path, uint32_t most, char *why, size_t whylen)
{
    struct net_dump *d = net_dump_open(path, most, why, whylen);
    if (!d)
        return -1;
    net_dump_close(n->dump);
    n->dump = d;
    return 0;
}

bool netdev_connect(struct netdev *n, const struct net_card *card, void *opaque)
{
    if (n->card)
        return false;
    n->card = card;
    n->card_opaque = opaque;
    return true;
}

bool netdev_link(const struct netdev *n)
{
    return n->link;
}

void netdev_set_link(struct netdev *n, bool up)
{
    if (n->link == up)
        return;
    n->link = up;
    if (n->card && n->card->link_changed)
        n->card->link_changed(n->card_opaque);
}

void netdev_send(struct netdev *n, const uint8_t *frame, size_t bytes)
{
    if (!n->link || bytes < NET_HEADER_BYTES || bytes > NET_FRAME_MAX)
        return;
    if (n->dump)
        net_dump_write(n->dump, frame, bytes);
    n->ops->send(n->opaque, frame, bytes);
}

void netdev_pump(struct netdev *n)
{
    const uint8_t *frame;
    size_t bytes;
    if (n->pumping) // a frame that was sent by the card as it received one has been answered
        return;
    n->pumping = true;
    atomic_store(&n->refused, false);
    bool congested = netdev_is_congested(n);
    while ((frame = frame_queue_first(n->arrived, &bytes))) {
        if (n->card && n->link && !n->card->can_receive(n->card_opaque, bytes)) {
            atomic_store(&n->refused, true);
            break;
        }
        if (n->card && n->link) {
            if (n->dump)
                net_dump_write(n->dump, frame, bytes);
            n->card->receive(n->card_opaque, frame, bytes);
        }
        frame_queue_drop(n->arrived);
    }
    n->pumping = false;
    if (congested && !netdev_is_congested(n) && n->ops->drained)
        n->ops->drained(n->opaque);
}

void netdev_deliver(struct netdev *n, const uint8_t *frame, size_t bytes)
{
    if (bytes >= NET_HEADER_BYTES)
        frame_queue_put(n->arrived, frame, bytes);
}

bool netdev_is_congested(const struct netdev *n)
{
    return frame_queue_length(n->arrived) > FRAME_QUEUE_FRAMES / 2;
}

void netdev_wake(struct netdev *n)
{
    if (n->wake && frame_queue_length(n->arrived) && !atomic_load(&n->refused))
        n->wake(n->wake_opaque, n);
}
