// The ATAPI CD-ROM drive: the PACKET protocol, reading, and the disc coming and going (ATA/ATAPI-6,
// 8.23, 9.8; SFF-8020i). What the single packet commands do is in atapi_disc.c.
//
// A command arrives as 12 bytes through the data port. Its reply leaves in pieces of at most the
// byte count limit, each with an interrupt, or by the bus master; a last interrupt brings the
// status. The count register holds the interrupt reason meanwhile.
#include "emu/device/ide.h"

#include <string.h>

enum { REASON_COMMAND = 1, REASON_TO_HOST = 2 };
enum { FEATURE_DMA = 1, FEATURE_OVERLAP = 2 };
enum { KEY_MEDIUM_ERROR = 3, KEY_ILLEGAL = 5, ASC_READ_ERROR = 0x11, ASC_OUT_OF_RANGE = 0x21 };
enum { COMMAND_PACKET = 0xa0, COMMAND_IDENTIFY_PACKET = 0xa1 };

bool atapi_has_disc(const struct ide_drive *d)
{
    return d->medium && !d->cd.tray_open;
}

uint32_t atapi_sectors(const struct ide_drive *d)
{
    uint64_t sectors = d->medium ? (d->medium->bytes + CD_SECTOR - 1) / CD_SECTOR : 0;
    return sectors > 0x7fffffff ? 0x7fffffff : (uint32_t)sectors;
}

// --- ends ---

void atapi_good(struct ide_drive *d)
{
    d->cd.sense_key = d->cd.asc = d->cd.ascq = 0;
    d->tf.count[0] = REASON_COMMAND | REASON_TO_HOST;
    ide_finish(d);
}

void atapi_check(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq)
{
    d->cd.sense_key = key;
    d->cd.asc = asc;
    d->cd.ascq = ascq;
    d->cd.have = d->cd.remaining = 0;
    d->tf.count[0] = REASON_COMMAND | REASON_TO_HOST;
    ide_abort(d, (uint8_t)(key << 4 | ERROR_ABRT));
}

// --- data to the host ---

// Read up to `most` sectors into the buffer. The image need not end with a whole sector.
static bool refill(struct ide_drive *d, uint32_t most)
{
    struct ide_cd *cd = &d->cd;
    uint32_t n = cd->remaining < most ? cd->remaining : most;
    uint64_t offset = (uint64_t)cd->sector * CD_SECTOR;
    size_t bytes = (size_t)n * CD_SECTOR, there = bytes;
    if (!d->medium || offset >= d->medium->bytes)
        there = 0;
    else if (there > d->medium->bytes - offset)
        there = (size_t)(d->medium->bytes - offset);
    memset(d->buffer + there, 0, bytes - there);
    if (there == 0 || block_read(d->medium, offset, d->buffer, there)) {
        atapi_check(d, KEY_MEDIUM_ERROR, ASC_READ_ERROR, 0);
        return false;
    }
    cd->sector += n;
    cd->remaining -= n;
    cd->have = (uint32_t)bytes;
    return true;
}

static void give_piece(struct ide_drive *d);

static void piece_taken(struct ide_drive *d)
{
    uint32_t piece = d->cd.have < d->cd.limit ? d->cd.have : d->cd.limit;
    d->cd.have -= piece;
    memmove(d->buffer, d->buffer + piece, d->cd.have);
    give_piece(d);
}

static void give_piece(struct ide_drive *d)
{
    struct ide_cd *cd = &d->cd;
    if (cd->have == 0 && cd->remaining &&
        !refill(d, cd->limit > CD_SECTOR ? cd->limit / CD_SECTOR : 1))
        return;
    if (cd->have == 0) {
        atapi_good(d);
        return;
    }
    uint32_t piece = cd->have < cd->limit ? cd->have : cd->limit;
    d->tf.mid[0] = (uint8_t)piece;
    d->tf.high[0] = (uint8_t)(piece >> 8);
    d->tf.count[0] = REASON_TO_HOST;
    ide_pio_in(d, piece, piece_taken);
}

static void give_by_dma(struct ide_drive *d)
{
    struct ide_cd *cd = &d->cd;
    while (cd->have || cd->remaining) {
        if (cd->have == 0 && !refill(d, IDE_BUFFER / CD_SECTOR))
            return;
        if (!ide_dma_move(d, d->buffer, cd->have, true))
            return;
        cd->have = 0;
    }
    atapi_good(d);
}

static void give(struct ide_drive *d)
{
    if (d->cd.have == 0 && d->cd.remaining == 0) {
        atapi_good(d);
    } else if (d->cd.dma) {
        d->tf.count[0] = REASON_TO_HOST;
        ide_dma_wait(d, give_by_dma);
    } else {
        give_piece(d);
    }
}

void atapi_reply(struct ide_drive *d, uint32_t bytes, uint32_t most)
{
    d->cd.have = bytes < most ? bytes : most;
    d->cd.remaining = 0;
    give(d);
}

void atapi_read(struct ide_drive *d, uint32_t first, uint32_t sectors)
{
    uint32_t all = atapi_sectors(d);
    if (first > all || sectors > all - first) {
        atapi_check(d, KEY_ILLEGAL, ASC_OUT_OF_RANGE, 0);
        return;
    }
    d->cd.have = 0;
    d->cd.sector = first;
    d->cd.remaining = sectors;
    give(d);
}

// --- commands of the task file ---

static void packet_arrived(struct ide_drive *d)
{
    memcpy(d->cd.packet, d->buffer, sizeof d->cd.packet);
    atapi_execute(d);
}

static void take_packet(struct ide_drive *d)
{
    uint32_t limit = d->tf.mid[0] | (uint32_t)d->tf.high[0] << 8;
    if (d->tf.feature[0] & FEATURE_OVERLAP) {
        ide_abort(d, ERROR_ABRT);
        return;
    }
    d->cd.dma = (d->tf.feature[0] & FEATURE_DMA) != 0;
    d->cd.limit = limit < 2 ? 0xfffe : limit & ~1u; // pieces are even (8.23.5); 0 means the most
    d->cd.have = d->cd.remaining = 0;
    d->tf.count[0] = REASON_COMMAND;
    ide_pio_out(d, sizeof d->cd.packet, false, packet_arrived);
}

void atapi_command(struct ide_drive *d, uint8_t opcode)
{
    switch (opcode) {
    case COMMAND_PACKET: take_packet(d); break;
    case COMMAND_IDENTIFY_PACKET:
        ata_identify(d);
        ide_pio_in(d, ATA_SECTOR, NULL);
        break;
    case 0x20: // READ SECTORS and IDENTIFY DEVICE tell a host what it has found (9.12)
    case 0xec: {
        uint8_t device = d->tf.device & DEVICE_DEV;
        ide_put_signature(d);
        d->tf.device = device;
        ide_abort(d, ERROR_ABRT);
        break;
    }
    default:
        if (!ata_shared_command(d, opcode))
            ide_abort(d, ERROR_ABRT);
        break;
    }
}

void atapi_reset(struct ide_drive *d)
{
    d->cd.locked = false;
    d->cd.have = d->cd.remaining = 0;
    d->cd.sense_key = d->cd.asc = d->cd.ascq = 0;
}

// --- the disc ---

void atapi_eject(struct ide_drive *d)
{
    d->medium = NULL;
    d->cd.locked = false;
    d->cd.removed = true;
    d->cd.inserted = d->cd.changed = false;
    d->cd.remaining = 0; // a read under way ends with what is in the buffer
}

void atapi_insert(struct ide_drive *d, struct block *medium)
{
    atapi_eject(d);
    d->medium = medium;
    d->cd.tray_open = false;
    d->cd.inserted = d->cd.changed = true;
}
