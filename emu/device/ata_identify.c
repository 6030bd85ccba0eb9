// IDENTIFY DEVICE and IDENTIFY PACKET DEVICE: 256 words about a drive (ATA/ATAPI-6, 8.15, 8.16).
#include "emu/device/ide.h"

#include <stdio.h>
#include <string.h>

// Strings have their characters swapped in each word and are padded with blanks (8.15.10).
static void put_string(uint8_t *sector, unsigned word, unsigned words, const char *text)
{
    size_t length = strlen(text);
    for (unsigned i = 0; i < 2 * words; i++)
        sector[2 * word + (i ^ 1)] = (uint8_t)(i < length ? text[i] : ' ');
}

static void put(uint8_t *sector, unsigned word, unsigned value)
{
    sector[2 * word] = (uint8_t)value;
    sector[2 * word + 1] = (uint8_t)(value >> 8);
}

static void put_wide(uint8_t *sector, unsigned word, unsigned words, uint64_t value)
{
    for (unsigned i = 0; i < words; i++)
        put(sector, word + i, (unsigned)(value >> (16 * i)) & 0xffff);
}

// Modes that there are in bits 2-0 (or 5-0), the one selected in bits 10-8 (13-8).
static unsigned selected_mode(const struct ide_drive *d, unsigned kind, unsigned there)
{
    return d->transfer_mode >> 3 == kind ? there | 0x100u << (d->transfer_mode & 7) : there;
}

static void put_shared(struct ide_drive *d)
{
    uint8_t *s = d->buffer;
    char serial[21];
    memset(s, 0, ATA_SECTOR);
    snprintf(serial, sizeof serial, "TM%05u", d->number);
    put_string(s, 10, 10, serial);
    put_string(s, 23, 4, "1.0");
    put_string(s, 27, 20, d->kind == IDE_CD ? "Tickmark CD-ROM" : "Tickmark disk");
    put(s, 53, 0x0006);                    // words 64-70 and 88 are valid
    put(s, 63, selected_mode(d, 4, 0x07)); // multiword DMA 0-2
    put(s, 64, 0x0003);                    // PIO 3 and 4
    for (unsigned w = 65; w <= 68; w++)
        put(s, w, 120);                                // ns per word
    put(s, 80, 0x007e);                                // ATA-1 to ATA/ATAPI-6
    put(s, 88, selected_mode(d, 8, 0x3f));             // Ultra DMA 0-5
    put(s, 93, 0x6001 | (d->number & 1 ? 0x0200 : 0)); // an 80-conductor cable
}

static void put_checksum(uint8_t *s)
{
    uint8_t sum = 0;
    s[510] = 0xa5;
    for (unsigned i = 0; i < 511; i++)
        sum = (uint8_t)(sum + s[i]);
    s[511] = (uint8_t)-sum;
}

static void identify_disk(struct ide_drive *d)
{
    uint8_t *s = d->buffer;
    const struct ide_disk *k = &d->disk;
    uint64_t all = d->medium->bytes / ATA_SECTOR;
    uint64_t now_cylinders = all / (k->now_heads * k->now_sectors);
    now_cylinders = now_cylinders > 0xffff ? 0xffff : now_cylinders;
    put(s, 0, 0x0040); // not removable
    put(s, 1, k->cylinders);
    put(s, 3, k->heads);
    put(s, 6, k->sectors);
    put(s, 47, 0x8000 | MULTIPLE_MAX);
    put(s, 49, 0x0b00); // DMA, LBA, IORDY
    put(s, 50, 0x4000);
    put(s, 51, 0x0200);
    put(s, 53, 0x0007);
    put(s, 54, (unsigned)now_cylinders);
    put(s, 55, k->now_heads);
    put(s, 56, k->now_sectors);
    put_wide(s, 57, 2, now_cylinders * k->now_heads * k->now_sectors);
    put(s, 59, k->multiple ? 0x100 | k->multiple : 0);
    put_wide(s, 60, 2, all > 0x0fffffff ? 0x0fffffff : all);
    put(s, 82, 0x4068); // NOP, look-ahead, write cache, power
    put(s, 83, 0x7400); // FLUSH CACHE (EXT), 48-bit addresses
    put(s, 84, 0x4040); // FUA
    put(s, 85, 0x4048 | (k->write_cache ? 0x20 : 0));
    put(s, 86, 0x3400);
    put(s, 87, 0x4040);
    put_wide(s, 100, 4, all);
}

static void identify_cd(struct ide_drive *d)
{
    uint8_t *s = d->buffer;
    put(s, 0, 0x85c0);  // ATAPI, CD-ROM, removable, DRQ within 50 us, 12-byte packets
    put(s, 49, 0x0b00); // DMA, LBA, IORDY
    put(s, 50, 0x4000);
    put(s, 82, 0x4218); // NOP, DEVICE RESET, PACKET, power
    put(s, 83, 0x4000);
    put(s, 84, 0x4000);
    put(s, 85, 0x4218);
    put(s, 87, 0x4000);
    put(s, 126, 0); // no byte count limit of 0
}

void ata_identify(struct ide_drive *d)
{
    put_shared(d);
    if (d->kind == IDE_CD)
        identify_cd(d);
    else
        identify_disk(d);
    put_checksum(d->buffer);
}
