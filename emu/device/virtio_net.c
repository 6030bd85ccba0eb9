// Virtio network device (Virtual I/O Device Version 1.1, 5.1): receive queue 0, transmit queue 1,
// no offloads, so that a frame is what the wire has; mergeable receive buffers.
//
// Buffers are taken until they can hold the frame that is next, and kept until it is there. A frame
// that arrives when the driver has no buffers stays in the netdev until it has.
#include <stdlib.h>
#include <string.h>

#include "emu/device/nic.h"
#include "emu/device/virtio.h"

enum { QUEUE_RECEIVE, QUEUE_TRANSMIT, QUEUES, QUEUE_SIZE = 256, CLASS_ETHERNET = 0x020000 };
enum { LEGACY_HEADER_BYTES = 10, HEADER_BYTES = 12, BUFFERS_AT = 10 };
enum { CONFIG_MAC = 0, CONFIG_STATUS = 6, CONFIG_BYTES = 8, STATUS_LINK_UP = 1 };
enum { MERGED_MAX = 16 }; // buffers of one frame

#define F_MAC       (1ull << 5)
#define F_MRG_RXBUF (1ull << 15)
#define F_STATUS    (1ull << 16)

struct virtio_net {
    struct virtio *v;
    struct netdev *netdev;
    uint8_t mac[NET_ADDRESS_BYTES];
    struct virtio_chain out;
    struct virtio_chain in[MERGED_MAX]; // taken for the next frame
    unsigned held;
    uint64_t held_bytes;
};

// 5.1.6: the shorter one is for legacy drivers that do not merge.
static unsigned header_bytes(const struct virtio_net *d)
{
    return virtio_features(d->v) & (VIRTIO_F_VERSION_1 | F_MRG_RXBUF) ? HEADER_BYTES
                                                                      : LEGACY_HEADER_BYTES;
}

static void transmit(struct virtio_net *d)
{
    struct virtio_chain *c = &d->out;
    unsigned header = header_bytes(d);
    for (unsigned n = 0; n < QUEUE_SIZE && virtio_take(d->v, QUEUE_TRANSMIT, c); n++) {
        uint8_t frame[NET_FRAME_MAX];
        uint64_t bytes = c->out_bytes > header ? c->out_bytes - header : 0;
        if (bytes && bytes <= sizeof frame) {
            if (!virtio_chain_read(d->v, c, header, frame, (size_t)bytes))
                return; // broken
            if (d->netdev)
                netdev_send(d->netdev, frame, (size_t)bytes);
        }
        virtio_give(d->v, QUEUE_TRANSMIT, c, 0);
    }
    virtio_signal(d->v, QUEUE_TRANSMIT);
}

// --- receiving ---

static bool can_receive(void *opaque, size_t bytes)
{
    struct virtio_net *d = opaque;
    bool merges = virtio_features(d->v) & F_MRG_RXBUF;
    unsigned most = merges ? MERGED_MAX : 1;
    uint64_t needed = header_bytes(d) + bytes;
    if (!virtio_is_started(d->v))
        return true; // it is lost
    while (d->held < most && d->held_bytes < needed) {
        struct virtio_chain *c = &d->in[d->held];
        if (!virtio_take(d->v, QUEUE_RECEIVE, c))
            return virtio_is_broken(d->v); // it is lost
        d->held_bytes += c->in_bytes;
        d->held++;
    }
    return true;
}

// Lay [header, frame] into the buffers that are held.
static bool fill(struct virtio_net *d, const uint8_t *bytes, size_t n, unsigned buffers)
{
    for (unsigned i = 0; i < buffers; i++) {
        const struct virtio_chain *c = &d->in[i];
        size_t part = n < c->in_bytes ? n : (size_t)c->in_bytes;
        if (!virtio_chain_write(d->v, c, 0, bytes, part))
            return false;
        virtio_give(d->v, QUEUE_RECEIVE, c, (uint32_t)part);
        bytes += part;
        n -= part;
    }
    return true;
}

static void receive(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct virtio_net *d = opaque;
    uint8_t packet[HEADER_BYTES + NET_FRAME_MAX] = {0};
    unsigned header = header_bytes(d), buffers = 0;
    uint64_t needed = header + bytes, room = 0;
    while (buffers < d->held && room < needed)
        room += d->in[buffers++].in_bytes;
    if (!virtio_is_started(d->v) || room < needed)
        return; // the driver's buffers are too small for it: lost
    if (header == HEADER_BYTES)
        packet[BUFFERS_AT] = (uint8_t)buffers;
    memcpy(packet + header, frame, bytes);
    if (!fill(d, packet, (size_t)needed, buffers))
        return;
    memmove(d->in, d->in + buffers, (d->held - buffers) * sizeof *d->in);
    d->held -= buffers;
    d->held_bytes -= room;
    virtio_signal(d->v, QUEUE_RECEIVE);
}

static void link_changed(void *opaque)
{
    struct virtio_net *d = opaque;
    virtio_config(d->v)[CONFIG_STATUS] = netdev_link(d->netdev) ? STATUS_LINK_UP : 0;
    virtio_config_changed(d->v);
}

// --- the device ---

static void on_notify(void *opaque, unsigned queue)
{
    struct virtio_net *d = opaque;
    if (queue == QUEUE_TRANSMIT)
        transmit(d);
    else if (d->netdev)
        netdev_pump(d->netdev);
}

static void on_started(void *opaque)
{
    on_notify(opaque, QUEUE_RECEIVE);
}

static void on_reset(void *opaque)
{
    struct virtio_net *d = opaque;
    d->held = 0;
    d->held_bytes = 0;
}

// A legacy driver may write another address (5.1.4.1); a reset puts ours back.
static void put_config(struct virtio_net *d)
{
    uint8_t *config = virtio_config(d->v);
    memcpy(config + CONFIG_MAC, d->mac, sizeof d->mac);
    config[CONFIG_STATUS] = d->netdev && netdev_link(d->netdev) ? STATUS_LINK_UP : 0;
}

void virtio_net_reset(struct virtio_net *d)
{
    virtio_reset(d->v);
    put_config(d);
}

struct virtio_net *virtio_net_create(const struct nic_setup *s)
{
    static const struct net_card card = {
        .can_receive = can_receive, .receive = receive, .link_changed = link_changed};
    const struct virtio_kind kind = {.name = "virtio-net",
                                     .id = VIRTIO_ID_NET,
                                     .class = CLASS_ETHERNET,
                                     .features = F_MAC | F_MRG_RXBUF | F_STATUS,
                                     .slot = s->slot,
                                     .rom = s->rom,
                                     .queues = QUEUES,
                                     .queue_size = {QUEUE_SIZE, QUEUE_SIZE},
                                     .config_bytes = CONFIG_BYTES,
                                     .notify = on_notify,
                                     .reset = on_reset,
                                     .started = on_started};
    struct virtio_net *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->netdev = s->netdev;
    memcpy(d->mac, s->mac, sizeof d->mac);
    d->v = virtio_create(s->m, &kind, d);
    if (!d->v || (d->netdev && !netdev_connect(d->netdev, &card, d))) {
        virtio_destroy(d->v);
        free(d);
        return NULL;
    }
    put_config(d);
    return d;
}

void virtio_net_destroy(struct virtio_net *d)
{
    virtio_destroy(d->v);
    free(d);
}
