// Virtio's device side: features, status, and split virtqueues in the driver's memory (virtio.h
// says what for; sections of Virtual I/O Device Version 1.1).
//
// A queue of n descriptors (2.6.5, 2.6.6, 2.6.8):
//   desc   n of { u64 address; u32 bytes; u16 flags; u16 next }
//   avail  u16 flags, u16 index, n of u16 head, u16 used_event
//   used   u16 flags, u16 index, n of { u32 head; u32 written }, u16 avail_event
// Rings are read and written while the processor stands still, so there is no order of accesses to
// keep. Invariants: an enabled queue lies below 4 GB and its size is a power of 2, at most the
// kind's; `taken` counts chains that are outside, at most `size`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/device/virtio_state.h"

enum { DESC_BYTES = 16, DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_NO_INTERRUPT = 1, RING_FLAGS = 0, RING_INDEX = 2, RING_ENTRIES = 4, USED_BYTES = 8 };
enum { MESSAGES_MAX = 8 };
#define MEMORY_END         (1ull << 32)
#define TRANSPORT_FEATURES (VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

struct descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags, next;
};

static void raise_isr(struct virtio *v, uint8_t bit)
{
    v->isr |= bit;
    pci_set_irq(&v->f, true);
}

void virtio_break(struct virtio *v, const char *why)
{
    if (v->status & STATUS_NEEDS_RESET)
        return;
    if (v->messages++ < MESSAGES_MAX)
        fprintf(stderr, "tickmark-emu: %s: the guest's driver is wrong: %s\n", v->kind.name, why);
    v->status |= STATUS_NEEDS_RESET;
    if (v->is_started)
        raise_isr(v, ISR_CONFIG);
}

bool virtio_is_broken(const struct virtio *v)
{
    return v->status & STATUS_NEEDS_RESET;
}

// --- the driver's memory ---

static bool read_guest(struct virtio *v, uint64_t address, void *to, size_t bytes)
{
    if (address < MEMORY_END && machine_dma_read(v->m, (uint32_t)address, to, bytes))
        return true;
    virtio_break(v, "a ring or a buffer is not in memory");
    return false;
}

static bool write_guest(struct virtio *v, uint64_t address, const void *from, size_t bytes)
{
    if (address < MEMORY_END && machine_dma_write(v->m, (uint32_t)address, from, bytes))
        return true;
    virtio_break(v, "a ring or a buffer to be written is not in memory");
    return false;
}

static bool read_16(struct virtio *v, uint64_t address, uint16_t *value)
{
    return read_guest(v, address, value, sizeof *value);
}

// --- taking chains ---

// Is the device allowed to look at this queue? Old drivers use queues before DRIVER_OK (3.1.2).
static struct virtio_queue *usable(struct virtio *v, unsigned queue)
{
    if (queue >= v->kind.queues || !v->queue[queue].enabled || virtio_is_broken(v) ||
        !pci_may_master(&v->f) || ((v->accepted & VIRTIO_F_VERSION_1) && !v->is_started))
        return NULL;
    return &v->queue[queue];
}

static bool uses_events(const struct virtio *v)
{
    return v->accepted & VIRTIO_F_EVENT_IDX;
}

// How many chains wait. Tells the driver to notify of the next one when there are none.
static unsigned count_waiting(struct virtio *v, struct virtio_queue *q)
{
    uint16_t index;
    if (!read_16(v, q->avail + RING_INDEX, &index))
        return 0;
    uint16_t waiting = (uint16_t)(index - q->next_avail);
    if (waiting > q->size) {
        virtio_break(v, "the available index is ahead by more than the queue");
        return 0;
    }
    if (waiting == 0 && uses_events(v))
        write_guest(v, q->used + RING_ENTRIES + (uint64_t)USED_BYTES * q->size, &q->next_avail,
                    sizeof q->next_avail);
    return virtio_is_broken(v) ? 0 : waiting;
}

bool virtio_has_chain(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = usable(v, queue);
    return q && q->allowed && count_waiting(v, q) != 0;
}

// Add what a descriptor names to the chain.
static bool add_piece(struct virtio *v, struct virtio_chain *c, const struct descriptor *d)
{
    bool in = (d->flags & DESC_WRITE) != 0;
    if (!in && c->in) {
        virtio_break(v, "a buffer to be read behind one to be written"); // 2.6.4.2
    } else if (d->address >= MEMORY_END || d->bytes > MEMORY_END - d->address) {
        virtio_break(v, "a buffer ends above 4 GB");
    } else if (c->out + c->in == VIRTIO_PIECES_MAX) {
        virtio_break(v, "a chain is too long, or a loop");
    } else {
        c->piece[c->out + c->in] =
            (struct virtio_piece){.address = (uint32_t)d->address, .bytes = d->bytes};
        *(in ? &c->in : &c->out) += 1;
        *(in ? &c->in_bytes : &c->out_bytes) += d->bytes;
        return true;
    }
    return false;
}

// Follow the descriptors of a table from `next` on. Each step adds a piece, so a loop ends.
static bool follow(struct virtio *v, struct virtio_chain *c, uint64_t table, uint32_t entries,
                   uint32_t next, bool indirect)
{
    for (;;) {
        struct descriptor d;
        if (next >= entries) {
            virtio_break(v, "a descriptor's number is beyond its table");
            return false;
        }
        if (!read_guest(v, table + (uint64_t)DESC_BYTES * next, &d, sizeof d))
            return false;
        if (d.flags & DESC_INDIRECT) {
            // Only by agreement, not within another table, and as the last of a chain (2.6.5.3.1).
            if (indirect || !(v->accepted & VIRTIO_F_INDIRECT_DESC) || (d.flags & DESC_NEXT) ||
                d.bytes == 0 || d.bytes % DESC_BYTES || d.address >= MEMORY_END ||
                d.bytes > MEMORY_END - d.address) {
                virtio_break(v, "an indirect table that is not allowed");
                return false;
            }
            return follow(v, c, d.address, d.bytes / DESC_BYTES, 0, true);
        }
        if (!add_piece(v, c, &d))
            return false;
        if (!(d.flags & DESC_NEXT))
            return true;
        next = d.next;
    }
}

bool virtio_take(struct virtio *v, unsigned queue, struct virtio_chain *c)
{
    struct virtio_queue *q = usable(v, queue);
    uint16_t head;
    if (!q || !q->allowed || count_waiting(v, q) == 0)
        return false;
    if (q->taken == q->size) {
        virtio_break(v, "more chains than descriptors");
        return false;
    }
    if (!read_16(v, q->avail + RING_ENTRIES + 2u * (q->next_avail & (q->size - 1u)), &head))
        return false;
    c->head = head;
    c->generation = q->generation;
    c->out = c->in = 0;
    c->out_bytes = c->in_bytes = 0;
    if (!follow(v, c, q->desc, q->size, head, false))
        return false;
    q->next_avail++;
    q->taken++;
    q->allowed--;
    return true;
}

void virtio_untake(struct virtio *v, unsigned queue)
{
    v->queue[queue].next_avail--;
    v->queue[queue].taken--;
    v->queue[queue].allowed++;
}

// --- their contents ---

// Copy between `bytes` and the pieces [first, first + n), from `offset` on.
static bool copy(struct virtio *v, const struct virtio_piece *piece, unsigned n, uint64_t offset,
                 uint8_t *to, const uint8_t *from, size_t bytes)
{
    for (unsigned i = 0; i < n && bytes; i++) {
        if (offset >= piece[i].bytes) {
            offset -= piece[i].bytes;
            continue;
        }
        uint64_t room = piece[i].bytes - offset, at = piece[i].address + offset;
        size_t part = bytes < room ? bytes : (size_t)room;
        if (to ? !read_guest(v, at, to, part) : !write_guest(v, at, from, part))
            return false;
        to = to ? to + part : NULL;
        from = from ? from + part : NULL;
        bytes -= part;
        offset = 0;
    }
    if (bytes)
        virtio_break(v, "a chain is too short");
    return bytes == 0;
}

bool virtio_chain_read(struct virtio *v, const struct virtio_chain *c, uint64_t offset, void *to,
                       size_t bytes)
{
    return copy(v, c->piece, c->out, offset, to, NULL, bytes);
}

bool virtio_chain_write(struct virtio *v, const struct virtio_chain *c, uint64_t offset,
                        const void *from, size_t bytes)
{
    return copy(v, c->piece + c->out, c->in, offset, NULL, from, bytes);
}

// --- giving them back ---

void virtio_give(struct virtio *v, unsigned queue, const struct virtio_chain *c, uint32_t written)
{
    struct virtio_queue *q = usable(v, queue);
    uint32_t entry[2] = {c->head, written};
    if (!q || c->generation != q->generation)
        return; // from before a reset, or the driver has switched us off
    uint64_t at = q->used + RING_ENTRIES + (uint64_t)USED_BYTES * (q->next_used & (q->size - 1u));
    uint16_t index = (uint16_t)(q->next_used + 1);
    if (q->taken)
        q->taken--;
    if (write_guest(v, at, entry, sizeof entry) &&
        write_guest(v, q->used + RING_INDEX, &index, sizeof index))
        q->next_used = index;
}

void virtio_signal(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = usable(v, queue);
    uint16_t word;
    if (q)
        q->allowed = q->size;
    if (!q || q->signalled == q->next_used)
        return;
    uint16_t fresh = (uint16_t)(q->next_used - q->signalled);
    q->signalled = q->next_used;
    // 2.6.7: with event indices, when the used index has gone past used_event.
    if (!read_16(v,
                 uses_events(v) ? q->avail + RING_ENTRIES + 2ull * q->size : q->avail + RING_FLAGS,
                 &word))
        return;
    if (uses_events(v) ? (uint16_t)(q->next_used - word - 1) < fresh : !(word & AVAIL_NO_INTERRUPT))
        raise_isr(v, ISR_QUEUE);
}

// --- queues ---

void virtio_forget_queue(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = &v->queue[queue];
    *q = (struct virtio_queue){.size = v->kind.queue_size[queue],
                               .generation = (uint16_t)(q->generation + 1)};
}

void virtio_enable_queue(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = &v->queue[queue];
    uint64_t n = q->size;
    if (n == 0 || n > v->kind.queue_size[queue] || (n & (n - 1)) != 0)
        virtio_break(v, "the size of a queue");
    else if (q->desc % 16 || q->avail % 2 || q->used % 4) // 2.6
        virtio_break(v, "a queue is not aligned");
    else if (q->desc > MEMORY_END - DESC_BYTES * n || q->avail > MEMORY_END - (6 + 2 * n) ||
             q->used > MEMORY_END - (6 + USED_BYTES * n))
        virtio_break(v, "a queue ends above 4 GB");
    else
        q->enabled = true;
    q->allowed = q->size;
}

void virtio_notify(struct virtio *v, unsigned queue)
{
    struct virtio_queue *q = usable(v, queue);
    if (!q)
        return;
    q->allowed = q->size;
    v->kind.notify(v->opaque, queue);
}

// --- features and status ---

uint64_t virtio_offered(const struct virtio *v)
{
    return v->kind.features | TRANSPORT_FEATURES | (v->kind.no_modern ? 0 : VIRTIO_F_VERSION_1);
}

void virtio_accept(struct virtio *v, uint64_t features)
{
    if (!(v->status & (STATUS_FEATURES_OK | STATUS_DRIVER_OK)))
        v->accepted = features;
}

static void clear(struct virtio *v)
{
    v->kind.reset(v->opaque);
    for (unsigned i = 0; i < v->kind.queues; i++)
        virtio_forget_queue(v, i);
    v->status = v->isr = v->config_generation = 0;
    v->offered_select = v->accepted_select = v->queue_select = 0;
    v->accepted = 0;
    v->is_started = false;
}

void virtio_write_status(struct virtio *v, uint8_t value)
{
    if (value == 0) {
        clear(v);
        pci_set_irq(&v->f, false);
        return;
    }
    // 3.1.1, step 5: FEATURES_OK stays clear when we cannot do what was accepted.
    if ((value & STATUS_FEATURES_OK) && !(v->status & STATUS_FEATURES_OK) &&
        ((v->accepted & ~virtio_offered(v)) || !(v->accepted & VIRTIO_F_VERSION_1)))
        value &= (uint8_t)~STATUS_FEATURES_OK;
    v->status = value | (v->status & STATUS_NEEDS_RESET);
    if ((value & STATUS_DRIVER_OK) && !v->is_started) {
        v->accepted &= virtio_offered(v); // a legacy driver may have asked for anything
        v->is_started = true;
        if (v->kind.started)
            v->kind.started(v->opaque);
    }
}

uint8_t virtio_take_isr(struct virtio *v)
{
    uint8_t isr = v->isr;
    v->isr = 0;
    pci_set_irq(&v->f, false);
    return isr;
}

uint64_t virtio_features(const struct virtio *v)
{
    return v->accepted;
}

bool virtio_is_started(const struct virtio *v)
{
    return v->is_started;
}

// --- the device's configuration ---

uint8_t *virtio_config(struct virtio *v)
{
    return v->config;
}

uint8_t *virtio_config_writable(struct virtio *v)
{
    return v->config_writable;
}

void virtio_config_changed(struct virtio *v)
{
    v->config_generation++;
    if (v->is_started)
        raise_isr(v, ISR_CONFIG);
}

uint32_t virtio_read_config(const struct virtio *v, uint32_t offset, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        if (offset + i < v->kind.config_bytes)
            value |= (uint32_t)v->config[offset + i] << (8 * i);
    return value;
}

void virtio_write_config(struct virtio *v, uint32_t offset, unsigned size, uint32_t value)
{
    bool changes = false;
    for (unsigned i = 0; i < size && offset + i < v->kind.config_bytes; i++) {
        uint8_t w = v->config_writable[offset + i], *to = &v->config[offset + i];
        changes |= w != 0;
        *to = (uint8_t)((*to & ~w) | (value >> (8 * i) & w));
    }
    if (changes && v->kind.config_written)
        v->kind.config_written(v->opaque, offset, size);
}

// --- making it ---

struct virtio *virtio_create(struct machine *m, const struct virtio_kind *kind, void *opaque)
{
    struct virtio *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->m = m;
    v->kind = *kind;
    v->opaque = opaque;
    for (unsigned i = 0; i < kind->queues; i++)
        virtio_forget_queue(v, i);
    if (virtio_pci_register(v))
        return v;
    free(v);
    return NULL;
}

void virtio_destroy(struct virtio *v)
{
    free(v);
}

void virtio_reset(struct virtio *v)
{
    clear(v);
    virtio_pci_reset(v);
}
