// Virtio block devices (Virtual I/O Device Version 1.1, 5.2), one for each drive from
// MACHINE_VIRTIO on.
//
// A request: a header of 16 bytes, data, a status byte at the end of what the driver lets us write.
// Data goes through a buffer of our own, BUFFER_BYTES at a time, between the driver's memory (on
// the machine's thread) and the image (on the thread of emu/block/worker.h, unless the run must
// repeat: then it is done when the notification returns). At most REQUESTS_MAX are under way; the
// rest waits in the queue. A write is acknowledged when the image has it; without a write cache
// (5.2.6.2: the driver knows no FLUSH, or turned the cache off) when it is durable. The host's
// errors become IOERR. Invariants: a request is either free or under way; `resetting` lets none
// begin or go on.
#include <stdlib.h>
#include <string.h>

#include "emu/block/worker.h"
#include "emu/device/virtio.h"

enum { DISKS = MACHINE_DRIVES - MACHINE_VIRTIO, REQUESTS_MAX = 32, BUFFER_BYTES = 512 << 10 };
enum { QUEUE_SIZE = 256, SEGMENTS_MAX = QUEUE_SIZE - 2, SEGMENT_BYTES_MAX = 64 << 10 };
enum { HEADER_BYTES = 16, RANGE_BYTES = 16, RANGE_SECTORS_MAX = 64 << 11, RANGE_UNMAP = 1 };
enum { ID_BYTES = 20, CONFIG_BYTES = 60 };

enum feature {
    F_SIZE_MAX = 1 << 1,
    F_SEG_MAX = 1 << 2,
    F_GEOMETRY = 1 << 4,
    F_RO = 1 << 5,
    F_BLK_SIZE = 1 << 6,
    F_FLUSH = 1 << 9,
    F_CONFIG_WCE = 1 << 11,
    F_DISCARD = 1 << 13,
    F_WRITE_ZEROES = 1 << 14,
};

// struct virtio_blk_config, 5.2.4
enum config_offset {
    CAPACITY = 0,
    SIZE_MAX_AT = 8,
    SEG_MAX = 12,
    CYLINDERS = 16,
    HEADS = 18,
    SECTORS = 19,
    BLK_SIZE = 20,
    WRITEBACK = 32,
    MAX_DISCARD_SECTORS = 36,
    MAX_DISCARD_SEGMENTS = 40,
    DISCARD_ALIGNMENT = 44,
    MAX_ZEROES_SECTORS = 48,
    MAX_ZEROES_SEGMENTS = 52,
    ZEROES_MAY_UNMAP = 56,
};

enum request_type {
    TYPE_IN = 0,
    TYPE_OUT = 1,
    TYPE_FLUSH = 4,
    TYPE_GET_ID = 8,
    TYPE_DISCARD = 11,
    TYPE_ZEROES = 13,
};
enum request_status { REQUEST_OK = 0, REQUEST_IOERR = 1, REQUEST_UNSUPP = 2 };

struct disk;

struct request {
    struct disk *disk;
    struct virtio_chain chain;
    struct block_request io;
    enum request_type type;
    uint64_t sector;      // where it begins
    uint64_t bytes, done; // of data: all, and moved
    uint8_t *buffer;      // made when it is needed first
    struct request *next_free;
};

struct disk {
    struct machine *m;
    struct virtio *v;
    struct block *block;
    struct block_worker *worker;
    const struct drive_config *config;
    struct machine_post post; // the worker has ended something
    struct request request[REQUESTS_MAX], *free;
    bool resetting;
    unsigned number;
};

struct virtio_blk {
    struct disk *disk[DISKS];
};

static uint8_t default_writeback(const struct disk *d)
{
    return !d->config->write_through;
}

// --- the ends of a request ---

static void release(struct request *r)
{
    r->next_free = r->disk->free;
    r->disk->free = r;
}

static void end(struct request *r, enum request_status status)
{
    struct virtio *v = r->disk->v;
    uint8_t byte = (uint8_t)status;
    bool is_read = status == REQUEST_OK && r->type == TYPE_IN; // all of `in` is filled then
    if (virtio_chain_write(v, &r->chain, r->chain.in_bytes - 1, &byte, 1))
        virtio_give(v, 0, &r->chain, is_read ? (uint32_t)r->chain.in_bytes : 1);
    release(r);
}

// --- its steps on the image ---

static void io_done(struct block_request *io, int error);

// What has ended at once is done in run(), from where all begins. (A part of `io` that is set after
// this would be set while the worker reads it.)
static void submit(struct request *r, enum block_action action, uint64_t bytes, bool durable,
                   bool may_discard)
{
    r->io = (struct block_request){.action = action,
                                   .offset = r->sector * BLOCK_SECTOR + r->done,
                                   .bytes = bytes,
                                   .buffer = r->buffer,
                                   .durable = durable,
                                   .may_discard = may_discard,
                                   .done = io_done,
                                   .opaque = r};
    machine_expect(r->disk->m, 1);
    block_worker_submit(r->disk->worker, &r->io);
}

static bool is_written_through(const struct disk *d)
{
    uint64_t features = virtio_features(d->v);
    if (!(features & F_FLUSH))
        return true;
    return !(features & F_CONFIG_WCE ? virtio_config(d->v)[WRITEBACK] : default_writeback(d));
}

// The next piece of a read or write; all of it is within the disk.
static void go_on(struct request *r)
{
    uint64_t left = r->bytes - r->done;
    size_t n = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
    bool last = left == n;
    if (!r->buffer && !(r->buffer = malloc(BUFFER_BYTES))) {
        end(r, REQUEST_IOERR);
    } else if (r->type == TYPE_IN) {
        submit(r, BLOCK_READ, n, false, false);
    } else if (virtio_chain_read(r->disk->v, &r->chain, HEADER_BYTES + r->done, r->buffer, n)) {
        submit(r, BLOCK_WRITE, n, last && is_written_through(r->disk), false);
    } else {
        release(r); // the device is broken now
    }
}

static void io_done(struct block_request *io, int error)
{
    struct request *r = io->opaque;
    struct disk *d = r->disk;
    machine_expect(d->m, -1);
    if (error) {
        end(r, REQUEST_IOERR);
        return;
    }
    if (r->type == TYPE_IN &&
        !virtio_chain_write(d->v, &r->chain, r->done, r->buffer, (size_t)io->bytes)) {
        release(r);
        return;
    }
    r->done += io->bytes;
    if (r->done >= r->bytes)
        end(r, REQUEST_OK);
    else if (d->resetting || virtio_is_broken(d->v))
        release(r);
    else
        go_on(r);
}

// --- what the driver asks for ---

static bool is_inside(const struct disk *d, uint64_t sector, uint64_t sectors)
{
    uint64_t all = d->block->bytes / BLOCK_SECTOR;
    return sectors <= all && sector <= all - sectors;
}

static void begin_move(struct request *r)
{
    struct disk *d = r->disk;
    bool writes = r->type == TYPE_OUT;
    r->bytes = writes ? r->chain.out_bytes - HEADER_BYTES : r->chain.in_bytes - 1;
    if (r->bytes % BLOCK_SECTOR || r->bytes > (uint64_t)SEGMENTS_MAX * SEGMENT_BYTES_MAX ||
        !is_inside(d, r->sector, r->bytes / BLOCK_SECTOR) || (writes && d->block->read_only))
        end(r, REQUEST_IOERR);
    else if (r->bytes == 0)
        end(r, REQUEST_OK);
    else
        go_on(r);
}

// DISCARD and WRITE_ZEROES: one range { u64 sector; u32 sectors; u32 flags }.
static void begin_range(struct request *r)
{
    struct {
        uint64_t sector;
        uint32_t sectors, flags;
    } range;
    struct disk *d = r->disk;
    bool zeroes = r->type == TYPE_ZEROES;
    if (r->chain.out_bytes != HEADER_BYTES + RANGE_BYTES) {
        end(r, REQUEST_UNSUPP);
        return;
    }
    if (!virtio_chain_read(d->v, &r->chain, HEADER_BYTES, &range, sizeof range)) {
        release(r);
        return;
    }
    if (range.flags & ~(zeroes ? (uint32_t)RANGE_UNMAP : 0)) {
        end(r, REQUEST_UNSUPP);
        return;
    }
    r->sector = range.sector;
    r->bytes = (uint64_t)range.sectors * BLOCK_SECTOR;
    if (d->block->read_only || range.sectors > RANGE_SECTORS_MAX ||
        !is_inside(d, range.sector, range.sectors)) {
        end(r, REQUEST_IOERR);
        return;
    }
    submit(r, zeroes ? BLOCK_ZERO : BLOCK_DISCARD, r->bytes, zeroes && is_written_through(d),
           (range.flags & RANGE_UNMAP) != 0);
}

static void get_id(struct request *r)
{
    char id[ID_BYTES + 1] = "";
    uint64_t room = r->chain.in_bytes - 1;
    if (r->disk->config->serial)
        snprintf(id, sizeof id, "%s", r->disk->config->serial);
    else
        snprintf(id, sizeof id, "TM%05u", r->disk->number);
    if (virtio_chain_write(r->disk->v, &r->chain, 0, id, room < ID_BYTES ? room : ID_BYTES))
        end(r, REQUEST_OK);
    else
        release(r);
}

static void begin(struct request *r)
{
    struct {
        uint32_t type, priority;
        uint64_t sector;
    } header;
    struct virtio *v = r->disk->v;
    if (r->chain.in_bytes == 0 || r->chain.out_bytes < HEADER_BYTES) {
        virtio_break(v, "a request without a header or a place for its status");
        release(r);
        return;
    }
    if (!virtio_chain_read(v, &r->chain, 0, &header, sizeof header)) {
        release(r);
        return;
    }
    r->type = (enum request_type)header.type;
    r->sector = header.sector;
    r->bytes = r->done = 0;
    switch (header.type) {
    case TYPE_IN:
    case TYPE_OUT: begin_move(r); break;
    case TYPE_FLUSH:
        r->sector = 0;
        submit(r, BLOCK_FLUSH, 0, false, false);
        break;
    case TYPE_GET_ID: get_id(r); break;
    case TYPE_DISCARD:
    case TYPE_ZEROES:
        if (virtio_features(v) & (header.type == TYPE_DISCARD ? F_DISCARD : F_WRITE_ZEROES)) {
            begin_range(r);
            break;
        }
        // fall through
    default: end(r, REQUEST_UNSUPP); break;
    }
}

static void serve(struct disk *d)
{
    while (!d->resetting && d->free) {
        struct request *r = d->free;
        if (!virtio_take(d->v, 0, &r->chain))
            break;
        d->free = r->next_free;
        begin(r);
    }
}

// Take, and finish what has ended, until there is nothing to take or no request is free.
static void run(struct disk *d)
{
    do {
        serve(d);
        block_worker_finish(d->worker);
    } while (d->free && virtio_has_chain(d->v, 0));
    virtio_signal(d->v, 0);
}

static void on_notify(void *opaque, unsigned queue)
{
    (void)queue;
    run(opaque);
}

static void on_ended(void *opaque)
{
    run(opaque);
}

static void on_wake(void *opaque) // on the worker's thread
{
    struct disk *d = opaque;
    machine_post(d->m, &d->post);
}

static void on_reset(void *opaque)
{
    struct disk *d = opaque;
    d->resetting = true;
    block_worker_drain(d->worker);
    d->resetting = false;
    virtio_config(d->v)[WRITEBACK] = default_writeback(d);
}

// --- making it ---

static void put(struct virtio *v, unsigned at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        virtio_config(v)[at + i] = (uint8_t)(value >> (8 * i));
}

static void fill_config(struct disk *d)
{
    struct virtio *v = d->v;
    uint64_t sectors = d->block->bytes / BLOCK_SECTOR, cylinders = sectors / (16 * 63);
    put(v, CAPACITY, 8, sectors);
    put(v, SIZE_MAX_AT, 4, SEGMENT_BYTES_MAX);
    put(v, SEG_MAX, 4, SEGMENTS_MAX);
    put(v, CYLINDERS, 2, cylinders > 16383 ? 16383 : cylinders);
    put(v, HEADS, 1, 16);
    put(v, SECTORS, 1, 63);
    put(v, BLK_SIZE, 4, BLOCK_SECTOR);
    put(v, WRITEBACK, 1, default_writeback(d));
    virtio_config_writable(v)[WRITEBACK] = 1;
    put(v, MAX_DISCARD_SECTORS, 4, RANGE_SECTORS_MAX);
    put(v, MAX_DISCARD_SEGMENTS, 4, 1);
    put(v, DISCARD_ALIGNMENT, 4, 8);
    put(v, MAX_ZEROES_SECTORS, 4, RANGE_SECTORS_MAX);
    put(v, MAX_ZEROES_SEGMENTS, 4, 1);
    put(v, ZEROES_MAY_UNMAP, 1, block_can_discard(d->block));
}

static bool start_disk(struct disk *d)
{
    struct virtio_kind kind = {.name = "virtio-blk",
                               .id = VIRTIO_ID_BLOCK,
                               .class = 0x010000,
                               .features = F_SIZE_MAX | F_SEG_MAX | F_GEOMETRY | F_BLK_SIZE |
                                           F_FLUSH | F_CONFIG_WCE,
                               .no_legacy = d->config->no_legacy,
                               .no_modern = d->config->no_modern,
                               .slot = d->config->slot,
                               .queues = 1,
                               .queue_size = {QUEUE_SIZE},
                               .config_bytes = CONFIG_BYTES,
                               .notify = on_notify,
                               .reset = on_reset};
    kind.features |= d->block->read_only ? F_RO : F_WRITE_ZEROES;
    kind.features |= block_can_discard(d->block) ? F_DISCARD : 0;
    for (unsigned i = 0; i < REQUESTS_MAX; i++) {
        d->request[i].disk = d;
        release(&d->request[i]);
    }
    d->post = (struct machine_post){.fn = on_ended, .opaque = d};
    d->worker = block_worker_create(d->block, !machine_is_deterministic(d->m), on_wake, d);
    d->v = d->worker ? virtio_create(d->m, &kind, d) : NULL;
    if (d->v)
        fill_config(d);
    return d->v != NULL;
}

static void destroy_disk(struct disk *d)
{
    if (!d)
        return;
    block_worker_destroy(d->worker);
    machine_cancel_post(d->m, &d->post);
    virtio_destroy(d->v);
    for (unsigned i = 0; i < REQUESTS_MAX; i++)
        free(d->request[i].buffer);
    free(d);
}

static struct disk *create_disk(struct machine *m, unsigned number)
{
    struct disk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    d->number = number;
    d->block = m->drives[MACHINE_VIRTIO + number];
    d->config = &m->config.drives[MACHINE_VIRTIO + number];
    if (start_disk(d))
        return d;
    destroy_disk(d);
    return NULL;
}

struct virtio_blk *virtio_blk_create(struct machine *m)
{
    struct virtio_blk *b = calloc(1, sizeof *b);
    for (unsigned i = 0; b && i < DISKS; i++) {
        if (!m->drives[MACHINE_VIRTIO + i])
            continue;
        if (!(b->disk[i] = create_disk(m, i))) {
            virtio_blk_destroy(b);
            return NULL;
        }
    }
    return b;
}

void virtio_blk_reset(struct virtio_blk *b)
{
    for (unsigned i = 0; i < DISKS; i++)
        if (b->disk[i])
            virtio_reset(b->disk[i]->v);
}

void virtio_blk_destroy(struct virtio_blk *b)
{
    for (unsigned i = 0; i < DISKS; i++)
        destroy_disk(b->disk[i]);
    free(b);
}
