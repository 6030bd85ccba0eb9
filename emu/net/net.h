// Networks: what a network card's cable is plugged into.
//
// A netdev is a pipe for Ethernet frames (destination address first, without the checksum) between
// one card and one back end. The card lives on the machine's thread, the back end on a thread of
// its own; between them are two queues of fixed size, so that neither waits for the other:
//
//   card: netdev_send()  ------------------> ops->send()                      (machine's thread)
//   card: receive() <-- netdev_pump() <----- queue <----- netdev_deliver()    (back end's thread)
//
// Invariants: receive() is only called on the machine's thread, inside of netdev_pump(). A card
// that refused a frame (can_receive) calls netdev_pump() itself when it has room again. A frame
// that finds its queue full is lost, as on a wire; so is one longer than NET_FRAME_MAX.
#ifndef TM_EMU_NET_NET_H
#define TM_EMU_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NET_FRAME_MAX = 2048, NET_ADDRESS_BYTES = 6, NET_HEADER_BYTES = 14 };

struct netdev;

struct netdev_ops {
    // Everything is in place: frames may be delivered from now on. 0, or -1. May be NULL.
    int (*start)(void *opaque);
    // A frame from the card. Must not wait.
    void (*send)(void *opaque, const uint8_t *frame, size_t bytes);
    // The card has taken what congested the queue. May be NULL.
    void (*drained)(void *opaque);
    // After it has returned, nothing is delivered any more. May be NULL.
    void (*close)(void *opaque);
};

struct net_card {
    bool (*can_receive)(void *opaque, size_t bytes);
    void (*receive)(void *opaque, const uint8_t *frame, size_t bytes);
    void (*link_changed)(void *opaque); // may be NULL
};

// --- for who puts them together ---
// NULL when out of memory. The link is up.
struct netdev *netdev_create(const char *id, const struct netdev_ops *ops, void *opaque);
void netdev_close(struct netdev *n);
const char *netdev_id(const struct netdev *n);
// Have the back end begin. wake() is how the machine is told, on the back end's thread, that frames
// have arrived. 0, or -1.
int netdev_start(struct netdev *n, void (*wake)(void *opaque, struct netdev *n), void *opaque);
// Write all frames of both directions to a file in pcap's format, the first `most` bytes of each.
// 0, or -1 with `why` set.
int netdev_dump(struct netdev *n, const char *path, uint32_t most, char *why, size_t whylen);
// Pull the cable, or plug it in again.
void netdev_set_link(struct netdev *n, bool up);

// --- for cards, on the machine's thread ---
// False if another card is plugged in there.
bool netdev_connect(struct netdev *n, const struct net_card *card, void *opaque);
bool netdev_link(const struct netdev *n);
void netdev_send(struct netdev *n, const uint8_t *frame, size_t bytes);
// Hand over what has arrived, as long as the card can receive.
void netdev_pump(struct netdev *n);

// --- for back ends, on their thread ---
void netdev_deliver(struct netdev *n, const uint8_t *frame, size_t bytes);
// True while more than half of the queue is used: better read nothing more from elsewhere.
bool netdev_is_congested(const struct netdev *n);
// Have the machine pump, if there is something that it does not know of.
void netdev_wake(struct netdev *n);

#endif
