// Inside the virtio transport: what virtio.c (queues, features, status) and virtio_pci.c (the PCI
// function and its registers) share. Devices see virtio.h only.
#ifndef TM_EMU_DEVICE_VIRTIO_STATE_H
#define TM_EMU_DEVICE_VIRTIO_STATE_H

#include "emu/device/virtio.h"

// Device status (2.1).
enum virtio_status {
    STATUS_ACKNOWLEDGE = 1,
    STATUS_DRIVER = 2,
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
    STATUS_NEEDS_RESET = 0x40,
    STATUS_FAILED = 0x80,
};
enum virtio_isr { ISR_QUEUE = 1, ISR_CONFIG = 2 };

// A split virtqueue (2.6). Its three parts lie within the first 4 GB while it is enabled.
struct virtio_queue {
    uint16_t size; // what the driver has chosen
    bool enabled;
    uint64_t desc, avail, used;
    uint16_t next_avail; // the entry of the available ring to be taken next
    uint16_t next_used;  // the entry of the used ring to be filled next
    uint16_t signalled;  // next_used when the driver was last interrupted or spared that
    uint16_t generation; // of the chains taken from it
    uint16_t taken;      // chains that have not been given yet
    uint16_t allowed;    // to be taken before the next notification or signal
};

struct virtio {
    struct pci_function f;
    struct machine *m;
    struct virtio_kind kind;
    void *opaque;
    // The driver's choices.
    uint8_t status, isr, config_generation;
    uint32_t offered_select, accepted_select; // which half of the features is shown
    uint16_t queue_select;
    uint64_t accepted;
    struct virtio_queue queue[VIRTIO_QUEUES_MAX];
    bool is_started; // DRIVER_OK was seen
    bool modern;     // it came by the modern interface
    unsigned messages;
    uint8_t config[VIRTIO_CONFIG_MAX], config_writable[VIRTIO_CONFIG_MAX];
};

// --- virtio.c, for the registers ---
uint64_t virtio_offered(const struct virtio *v);
void virtio_accept(struct virtio *v, uint64_t features);
void virtio_write_status(struct virtio *v, uint8_t value);
uint8_t virtio_take_isr(struct virtio *v); // reads it and clears it
// Where the queue's parts are has been written; check them, and it is ready.
void virtio_enable_queue(struct virtio *v, unsigned queue);
void virtio_forget_queue(struct virtio *v, unsigned queue);
void virtio_notify(struct virtio *v, unsigned queue);
void virtio_write_config(struct virtio *v, uint32_t offset, unsigned size, uint32_t value);
uint32_t virtio_read_config(const struct virtio *v, uint32_t offset, unsigned size);

// --- virtio_pci.c ---
bool virtio_pci_register(struct virtio *v);
void virtio_pci_reset(struct virtio *v);

#endif
