// Disks' accesses to their images on a thread of their own (emu/block/worker.h): transfers by the
// bus master and flushes. The drive is busy meanwhile; PIO, VERIFY and CD-ROMs go to the image
// directly, while nothing is under way. When the run must repeat, all is done before ide_submit()
// returns, and so is a short read that the host has at hand.
#include "emu/device/ide.h"

#include <errno.h>

#include "emu/machine/machine_state.h"

static void finish(struct ide_drive *d)
{
    if (d->finishing) // done() has submitted the next: the loop below is under way
        return;
    d->finishing = true;
    block_worker_finish(d->worker);
    d->finishing = false;
}

static void on_ended(void *opaque)
{
    finish(opaque);
}

static void on_wake(void *opaque) // on the worker's thread
{
    struct ide_drive *d = opaque;
    machine_post(ide_machine(d->channel->ide), &d->post);
}

static void on_done(struct block_request *r, int error)
{
    struct ide_drive *d = r->opaque;
    void (*done)(struct ide_drive *, int) = d->io_done;
    machine_expect(ide_machine(d->channel->ide), -1);
    d->io_done = NULL;
    if (done)
        done(d, error);
}

bool ide_start_worker(struct ide_drive *d)
{
    d->post = (struct machine_post){.fn = on_ended, .opaque = d};
    d->worker = block_worker_create(
        d->medium, !machine_is_deterministic(ide_machine(d->channel->ide)), on_wake, d);
    return d->worker != NULL;
}

void ide_end_worker(struct ide_drive *d)
{
    block_worker_destroy(d->worker);
    machine_cancel_post(ide_machine(d->channel->ide), &d->post);
    d->worker = NULL;
}

void ide_submit(struct ide_drive *d, enum block_action action, uint32_t bytes, bool durable,
                void (*done)(struct ide_drive *d, int error))
{
    if (!d->worker) { // a disk without an image
        done(d, EIO);
        return;
    }
    d->status = STATUS_BSY;
    d->dma_run = NULL; // the bus master may be started, but the drive does not ask for it
    d->io_done = done;
    d->io = (struct block_request){.action = action,
                                   .offset = d->disk.sector * ATA_SECTOR,
                                   .bytes = bytes,
                                   .buffer = d->buffer,
                                   .durable = durable,
                                   .done = on_done,
                                   .opaque = d};
    if (action == BLOCK_FLUSH)
        d->io.offset = 0;
    machine_expect(ide_machine(d->channel->ide), 1);
    if (block_worker_submit(d->worker, &d->io) ||
        machine_is_deterministic(ide_machine(d->channel->ide)))
        finish(d);
}

void ide_cancel(struct ide_drive *d)
{
    d->io_done = NULL;
    if (d->worker)
        block_worker_drain(d->worker);
}
