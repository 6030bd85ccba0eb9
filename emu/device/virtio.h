// Virtio 1.1 over PCI, for devices (OASIS, Virtual I/O Device Version 1.1; section numbers are
// its): split virtqueues with indirect descriptors and event indices, a transitional PCI function
// with INTx.
//
// A device describes itself in a struct virtio_kind and gets a struct virtio, which owns the PCI
// function, the queues, features, status and interrupts (virtio.c) and the registers
// (virtio_pci.c). The driver's rings are hostile: all that they name is checked once, when a chain
// is taken, and again by each copy. What breaks the rules breaks the device: it sets
// DEVICE_NEEDS_RESET (2.1.2), says why on stderr, and takes and gives nothing more until the driver
// resets it.
//
//   notify()  ->  while (virtio_take(v, q, &chain)) { virtio_chain_read(), .._write();
//                                                     virtio_give(v, q, &chain, written); }
//                 virtio_signal(v, q);
//
// All of it is for the machine's own thread. A chain may be given later and in any order; after
// reset() all that were taken are void.
#ifndef TM_EMU_DEVICE_VIRTIO_H
#define TM_EMU_DEVICE_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/device/pci.h"

enum {
    VIRTIO_QUEUES_MAX = 4,
    VIRTIO_QUEUE_SIZE_MAX = 256, // descriptors; a queue has a power of 2 of them
    VIRTIO_PIECES_MAX = 256,     // of a chain
    VIRTIO_CONFIG_MAX = 256,     // bytes of the device's own configuration
};
enum virtio_id { VIRTIO_ID_NET = 1, VIRTIO_ID_BLOCK = 2 };

// Features of the transport; it offers them itself. A device's own are bits 0 to 23.
#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX     (1ull << 29)
#define VIRTIO_F_VERSION_1     (1ull << 32)

struct virtio_kind {
    const char *name;
    enum virtio_id id;
    uint32_t class;     // of the PCI function: 24 bits
    uint64_t features;  // the device's own that it offers
    bool no_legacy;     // a 1.0 device (1040h + id) without the legacy interface
    bool no_modern;     // only the legacy interface
    unsigned slot;      // PCI device number; 0: the first that is free
    struct pci_bar rom; // option ROM; bytes 0: none
    unsigned queues;
    uint16_t queue_size[VIRTIO_QUEUES_MAX]; // the most that the driver may choose
    unsigned config_bytes;
    // The driver has put buffers into a queue.
    void (*notify)(void *opaque, unsigned queue);
    // Forget all chains: the driver or the machine resets the device. What is under way elsewhere
    // ends before it returns; it may still be given.
    void (*reset)(void *opaque);
    // The driver is ready: features are settled, queues are there. May be NULL.
    void (*started)(void *opaque);
    // After a write to the device's configuration (of bits that virtio_config_writable() allows).
    // May be NULL.
    void (*config_written)(void *opaque, unsigned offset, unsigned size);
};

// A piece of the driver's memory.
struct virtio_piece {
    uint32_t address, bytes;
};

// What the driver put into a queue in one go: pieces to be read, then pieces to be written (2.6.4).
struct virtio_chain {
    uint16_t head;
    uint16_t generation; // of the queue, so that a chain from before a reset cannot be given
    uint16_t out, in;    // pieces: piece[0..out) to be read, piece[out..out+in) to be written
    uint64_t out_bytes, in_bytes;
    struct virtio_piece piece[VIRTIO_PIECES_MAX];
};

struct virtio;

// Makes the PCI function. NULL when out of memory or slots. The kind is copied.
struct virtio *virtio_create(struct machine *m, const struct virtio_kind *kind, void *opaque);
void virtio_destroy(struct virtio *v); // NULL is fine
// The machine is reset (name_reset() of device.h); calls the kind's reset(), too.
void virtio_reset(struct virtio *v);

// The next chain of a queue. False: there is none, the queue is not ready, or the device is broken;
// or as many were taken since the last notification or virtio_signal() as the queue has
// descriptors: rings that lie over each other, or where a buffer is, would feed a device for ever.
bool virtio_take(struct virtio *v, unsigned queue, struct virtio_chain *c);
// Is there one to take? (Nothing is checked but the index.)
bool virtio_has_chain(struct virtio *v, unsigned queue);
// Copy from the readable pieces, from `offset` on; to the writable ones. False, after breaking the
// device, if that is not within the chain or not all memory.
bool virtio_chain_read(struct virtio *v, const struct virtio_chain *c, uint64_t offset, void *to,
                       size_t bytes);
bool virtio_chain_write(struct virtio *v, const struct virtio_chain *c, uint64_t offset,
                        const void *from, size_t bytes);
// Return a chain whose first `written` writable bytes have been filled; virtio_signal() tells the
// driver.
void virtio_give(struct virtio *v, unsigned queue, const struct virtio_chain *c, uint32_t written);
// Put the last chain that was taken back, to be taken again; only before anything else is taken or
// given.
void virtio_untake(struct virtio *v, unsigned queue);
// Interrupt the driver, if it wants to know of what was given: once, behind the loop that takes.
void virtio_signal(struct virtio *v, unsigned queue);

// What was negotiated (features of the device and of the transport), and whether the driver is
// there.
uint64_t virtio_features(const struct virtio *v);
bool virtio_is_started(const struct virtio *v);
// The device's configuration: bytes that the driver reads, and which bits it may write (none).
uint8_t *virtio_config(struct virtio *v);
uint8_t *virtio_config_writable(struct virtio *v);
// It has changed: count a generation and interrupt the driver.
void virtio_config_changed(struct virtio *v);
// The driver has broken a rule of the device's: DEVICE_NEEDS_RESET.
void virtio_break(struct virtio *v, const char *why);
bool virtio_is_broken(const struct virtio *v);

#endif
