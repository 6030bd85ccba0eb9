// ATA disks: the commands of ata.def (ATA/ATAPI-6, chapter 8).
//
// A write is acknowledged after block_write() returned: with the write cache off, or by a FUA
// command, after block_flush() too. The host's errors become the drive's: what cannot be read is
// UNC with the address of the first sector of the block that failed, what cannot be written ABRT
// with DF, and a protected image WP.
#include "emu/device/ide.h"

#include <errno.h>

enum flags { EXT = 1, MULTIPLE = 2, DMA = 4, FUA = 8 };
enum direction { NONE, READ, WRITE, VERIFY };

struct command {
    uint8_t first, last;
    void (*run)(struct ide_drive *d, const struct command *c);
    enum direction direction;
    unsigned flags;
};

static uint64_t disk_sectors(const struct ide_drive *d)
{
    return d->medium ? d->medium->bytes / ATA_SECTOR : 0;
}

// --- addresses ---

static uint64_t get_lba(const struct ide_taskfile *t, bool extended)
{
    uint64_t lba = (uint64_t)t->high[0] << 16 | (uint64_t)t->mid[0] << 8 | t->low[0];
    if (!extended)
        return lba | (uint64_t)(t->device & 15) << 24;
    return lba | (uint64_t)t->high[1] << 40 | (uint64_t)t->mid[1] << 32 | (uint64_t)t->low[1] << 24;
}

// The sector that the task file names; UINT64_MAX for a cylinder, head or sector that there is not.
static uint64_t get_sector(const struct ide_drive *d, bool extended)
{
    const struct ide_taskfile *t = &d->tf;
    if (extended || (t->device & DEVICE_LBA))
        return get_lba(t, extended);
    unsigned cylinder = t->mid[0] | (unsigned)t->high[0] << 8, head = t->device & 15;
    if (t->low[0] == 0 || t->low[0] > d->disk.now_sectors || head >= d->disk.now_heads)
        return UINT64_MAX;
    return ((uint64_t)cylinder * d->disk.now_heads + head) * d->disk.now_sectors + t->low[0] - 1;
}

static void put_sector(struct ide_drive *d, uint64_t sector, bool extended)
{
    struct ide_taskfile *t = &d->tf;
    if (!extended && !(t->device & DEVICE_LBA)) {
        uint64_t track = sector / d->disk.now_sectors, cylinder = track / d->disk.now_heads;
        t->low[0] = (uint8_t)(sector % d->disk.now_sectors + 1);
        t->mid[0] = (uint8_t)cylinder;
        t->high[0] = (uint8_t)(cylinder >> 8);
        t->device = (uint8_t)((t->device & 0xf0) | track % d->disk.now_heads);
        return;
    }
    t->low[0] = (uint8_t)sector;
    t->mid[0] = (uint8_t)(sector >> 8);
    t->high[0] = (uint8_t)(sector >> 16);
    if (extended) {
        t->low[1] = (uint8_t)(sector >> 24);
        t->mid[1] = (uint8_t)(sector >> 32);
        t->high[1] = (uint8_t)(sector >> 40);
    } else {
        t->device = (uint8_t)((t->device & 0xf0) | (sector >> 24 & 15));
    }
}

static uint32_t get_count(const struct ide_drive *d, bool extended)
{
    uint32_t n = d->tf.count[0], most = 256;
    if (extended)
        n |= (uint32_t)d->tf.count[1] << 8, most = 65536;
    return n ? n : most;
}

// --- moving sectors ---

static void fail_read(struct ide_drive *d)
{
    put_sector(d, d->disk.sector, d->disk.extended);
    ide_abort(d, ERROR_UNC);
}

static void fail_write(struct ide_drive *d, int error)
{
    put_sector(d, d->disk.sector, d->disk.extended);
    ide_abort(d, error == EROFS ? ERROR_WP | ERROR_ABRT : ERROR_ABRT);
    if (error != EROFS)
        d->status |= STATUS_DF;
}

// The sectors of the next block, at most.
static uint32_t next_block(const struct ide_drive *d, uint32_t most)
{
    return d->disk.remaining < most ? d->disk.remaining : most;
}

static bool read_block(struct ide_drive *d, uint32_t n)
{
    if (block_read(d->medium, d->disk.sector * ATA_SECTOR, d->buffer, (size_t)n * ATA_SECTOR)) {
        fail_read(d);
        return false;
    }
    return true;
}

static void advance(struct ide_drive *d, uint32_t n)
{
    d->disk.sector += n;
    d->disk.remaining -= n;
}

// Write n sectors of the buffer; at the end of the command also what makes it durable.
static bool write_block(struct ide_drive *d, uint32_t n)
{
    int error =
        block_write(d->medium, d->disk.sector * ATA_SECTOR, d->buffer, (size_t)n * ATA_SECTOR);
    if (!error && d->disk.remaining == n && (d->disk.fua || !d->disk.write_cache))
        error = block_flush(d->medium);
    if (error) {
        fail_write(d, error);
        return false;
    }
    advance(d, n);
    return true;
}

// The registers after a good end name the last sector (ATA-1); count is what is left.
static void finish_sectors(struct ide_drive *d, bool interrupt)
{
    put_sector(d, d->disk.sector - 1, d->disk.extended);
    d->tf.count[0] = d->tf.count[1] = 0;
    if (interrupt)
        ide_finish(d);
    else
        d->status = STATUS_DRDY | STATUS_DSC;
}

static void pio_read_next(struct ide_drive *d);

static void pio_read_moved(struct ide_drive *d)
{
    advance(d, next_block(d, d->disk.block));
    if (d->disk.remaining)
        pio_read_next(d);
    else
        finish_sectors(d, false); // the last interrupt announced the last block
}

static void pio_read_next(struct ide_drive *d)
{
    uint32_t n = next_block(d, d->disk.block);
    if (read_block(d, n))
        ide_pio_in(d, n * ATA_SECTOR, pio_read_moved);
}

static void pio_write_moved(struct ide_drive *d)
{
    if (!write_block(d, next_block(d, d->disk.block)))
        return;
    if (d->disk.remaining)
        ide_pio_out(d, next_block(d, d->disk.block) * ATA_SECTOR, true, pio_write_moved);
    else
        finish_sectors(d, true);
}

// Transfers by the bus master go block by block: the image is accessed beside the processor, memory
// on the machine's thread. The bus master may have been stopped meanwhile: then the drive waits.
static void dma_read(struct ide_drive *d);
static void dma_write(struct ide_drive *d);

static void go_on(struct ide_drive *d, void (*run)(struct ide_drive *))
{
    if (d->disk.remaining == 0)
        finish_sectors(d, true);
    else if (ide_dma_is_active(d))
        run(d);
    else
        ide_dma_wait(d, run);
}

// The block that is to be moved. False: the bus master cannot, and the drive waits with DRQ.
static bool dma_move(struct ide_drive *d, uint32_t n, bool to_memory,
                     void (*run)(struct ide_drive *))
{
    d->status = STATUS_DRDY | STATUS_DSC | STATUS_DRQ;
    d->dma_run = run;
    return ide_dma_is_active(d) && ide_dma_move(d, d->buffer, n * ATA_SECTOR, to_memory);
}

static void dma_read_done(struct ide_drive *d, int error)
{
    uint32_t n = next_block(d, IDE_BUFFER / ATA_SECTOR);
    if (error) {
        fail_read(d);
    } else if (dma_move(d, n, true, dma_read)) {
        advance(d, n);
        go_on(d, dma_read);
    }
}

static void dma_read(struct ide_drive *d)
{
    uint32_t n = next_block(d, IDE_BUFFER / ATA_SECTOR);
    ide_submit(d, BLOCK_READ, n * ATA_SECTOR, false, dma_read_done);
}

static void dma_write_done(struct ide_drive *d, int error)
{
    if (error) {
        fail_write(d, error);
        return;
    }
    advance(d, next_block(d, IDE_BUFFER / ATA_SECTOR));
    go_on(d, dma_write);
}

static void dma_write(struct ide_drive *d)
{
    uint32_t n = next_block(d, IDE_BUFFER / ATA_SECTOR);
    bool durable = d->disk.remaining == n && (d->disk.fua || !d->disk.write_cache);
    if (dma_move(d, n, false, dma_write))
        ide_submit(d, BLOCK_WRITE, n * ATA_SECTOR, durable, dma_write_done);
}

static void verify(struct ide_drive *d)
{
    while (d->disk.remaining) {
        uint32_t n = next_block(d, IDE_BUFFER / ATA_SECTOR);
        if (!read_block(d, n))
            return;
        advance(d, n);
    }
    finish_sectors(d, true);
}

static void move_sectors(struct ide_drive *d, const struct command *c)
{
    struct ide_disk *k = &d->disk;
    k->extended = (c->flags & EXT) != 0;
    k->fua = (c->flags & FUA) != 0;
    k->sector = get_sector(d, k->extended);
    k->remaining = get_count(d, k->extended);
    k->block = c->flags & MULTIPLE ? k->multiple : 1;
    uint64_t all = disk_sectors(d);
    if (k->block == 0) {
        ide_abort(d, ERROR_ABRT); // no SET MULTIPLE before
    } else if (k->sector >= all || k->remaining > all - k->sector) {
        ide_abort(d, ERROR_IDNF);
    } else if (c->direction == WRITE && d->medium->read_only) {
        fail_write(d, EROFS);
    } else if (c->flags & DMA) {
        ide_dma_wait(d, c->direction == READ ? dma_read : dma_write);
    } else if (c->direction == READ) {
        pio_read_next(d);
    } else if (c->direction == WRITE) {
        ide_pio_out(d, next_block(d, k->block) * ATA_SECTOR, false, pio_write_moved);
    } else {
        verify(d);
    }
}

// --- the rest ---

static void refuse(struct ide_drive *d, const struct command *c)
{
    (void)c;
    ide_abort(d, ERROR_ABRT);
}

static void succeed(struct ide_drive *d, const struct command *c)
{
    (void)c;
    ide_finish(d);
}

static void seek(struct ide_drive *d, const struct command *c)
{
    (void)c;
    if (get_sector(d, false) < disk_sectors(d))
        ide_finish(d);
    else
        ide_abort(d, ERROR_IDNF);
}

static void check_power(struct ide_drive *d, const struct command *c)
{
    (void)c;
    d->tf.count[0] = 0xff; // active
    ide_finish(d);
}

static void flush_done(struct ide_drive *d, int error)
{
    if (!error) {
        ide_finish(d);
        return;
    }
    ide_abort(d, ERROR_ABRT);
    d->status |= STATUS_DF;
}

static void flush(struct ide_drive *d, const struct command *c)
{
    (void)c;
    ide_submit(d, BLOCK_FLUSH, 0, false, flush_done);
}

static void native_max(struct ide_drive *d, const struct command *c)
{
    uint64_t last = disk_sectors(d) - 1;
    if (!(c->flags & EXT)) {
        d->tf.device |= DEVICE_LBA;
        last = last > 0x0ffffffe ? 0x0ffffffe : last;
    }
    put_sector(d, last, (c->flags & EXT) != 0);
    ide_finish(d);
}

static void set_translation(struct ide_drive *d, const struct command *c)
{
    (void)c;
    unsigned sectors = d->tf.count[0], heads = (d->tf.device & 15u) + 1;
    if (sectors == 0 || sectors > 63) {
        ide_abort(d, ERROR_ABRT);
        return;
    }
    d->disk.now_sectors = sectors;
    d->disk.now_heads = heads;
    ide_finish(d);
}

static void set_multiple(struct ide_drive *d, const struct command *c)
{
    (void)c;
    unsigned n = d->tf.count[0];
    if (n > MULTIPLE_MAX || (n & (n - 1)) != 0) {
        ide_abort(d, ERROR_ABRT);
        return;
    }
    d->disk.multiple = n;
    ide_finish(d);
}

static void identify(struct ide_drive *d, const struct command *c)
{
    (void)c;
    ata_identify(d);
    ide_pio_in(d, ATA_SECTOR, NULL);
    d->tf.count[0] = 0;
}

// SET FEATURES 03h (8.46.3): the mode in bits 7-3, its number in 2-0.
static bool set_transfer_mode(struct ide_drive *d, uint8_t mode)
{
    unsigned kind = mode >> 3, number = mode & 7;
    bool known = (kind == 0 && number <= 1) || (kind == 1 && number <= 4) ||
                 (kind == 4 && number <= 2) || (kind == 8 && number <= 5);
    if (known && kind >= 4)
        d->transfer_mode = mode;
    return known;
}

static void set_features(struct ide_drive *d, const struct command *c)
{
    (void)c;
    bool known = true;
    switch (d->tf.feature[0]) {
    case 0x02: d->disk.write_cache = true; break;
    case 0x82: // off: what is in it has to be durable first
        if (d->kind == IDE_DISK && block_flush(d->medium)) {
            ide_abort(d, ERROR_ABRT);
            d->status |= STATUS_DF;
            return;
        }
        d->disk.write_cache = false;
        break;
    case 0x03: known = set_transfer_mode(d, d->tf.count[0]); break;
    case 0x55: // read look-ahead off and on
    case 0xaa:
    case 0x66: // settings outlive a reset, or not
    case 0xcc: break;
    default: known = false; break;
    }
    if (known)
        ide_finish(d);
    else
        ide_abort(d, ERROR_ABRT);
}

static const struct command commands[] = {
#define ATA(first, last, run, direction, flags) {first, last, run, direction, flags},
#include "emu/device/ata.def"
#undef ATA
};

void ata_command(struct ide_drive *d, uint8_t opcode)
{
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (opcode >= commands[i].first && opcode <= commands[i].last) {
            commands[i].run(d, &commands[i]);
            return;
        }
    ide_abort(d, ERROR_ABRT);
}

bool ata_shared_command(struct ide_drive *d, uint8_t opcode)
{
    switch (opcode) {
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
    case 0xe6: succeed(d, NULL); return true;
    case 0xe5: check_power(d, NULL); return true;
    case 0xef: set_features(d, NULL); return true;
    default: return false;
    }
}

// Cylinders, heads and sectors as old systems count them (ATA/ATAPI-6, annex C): at most 16383 of
// 16 and 63.
void ata_reset(struct ide_drive *d)
{
    uint64_t cylinders = disk_sectors(d) / (16 * 63);
    struct ide_disk *k = &d->disk;
    k->heads = k->now_heads = 16;
    k->sectors = k->now_sectors = 63;
    k->cylinders = cylinders > 16383 ? 16383 : cylinders < 1 ? 1 : (unsigned)cylinders;
    k->multiple = MULTIPLE_MAX;
    k->write_cache = true;
    k->remaining = 0;
}
