/* The bare port's scratch disk: an IDE drive, hda to hdd, that begins with PORT_DISK_SIGNATURE, and
 * nothing else. Programmed input and output, LBA of 28 bits, without interrupts (ATA-4: 8.12
 * IDENTIFY DEVICE, 8.27 READ SECTORS, 8.47 WRITE SECTORS, 9.5 and 9.6 the PIO protocols). Waiting
 * is bounded by a number of polls, since there may be no clock. */
#include "bench/port/bare/disk.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include <stddef.h>

#define DISK_SECTOR  512u
#define DISK_AT_ONCE 128u /* sectors to a command */
#define DISK_POLLS   20000000u

enum { /* behind the base; reading and writing */
       DISK_DATA = 0,
       DISK_ERROR = 1,
       DISK_COUNT = 2,
       DISK_LBA = 3,
       DISK_DRIVE = 6,
       DISK_STATUS = 7,
       DISK_COMMAND = 7,
       DISK_CONTROL = 0x206,
};
enum { DISK_BSY = 0x80, DISK_DF = 0x20, DISK_DRQ = 8, DISK_ERR = 1 };
enum { DISK_READ = 0x20, DISK_WRITE = 0x30, DISK_IDENTIFY = 0xEC };

const char *port_disk_note;

static struct {
    bool open;
    uint16_t base;
    uint8_t drive; /* 0 or 1 */
    uint32_t sectors;
    const char *error;
} disk;
static char disk_text[200];

static void disk_out8(uint32_t reg, uint32_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(disk.base + reg) : "memory");
}
static uint32_t disk_in8(uint32_t reg)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(disk.base + reg) : "memory");
    return value;
}

static const char *disk_say(const char *what, const char *why)
{
    disk_text[0] = 0;
    line_append(disk_text, sizeof disk_text, what);
    line_append(disk_text, sizeof disk_text, why);
    return disk_text;
}

/* Until the drive is not busy; with `wanted` bits set. NULL, or what is wrong. */
static const char *disk_wait(uint32_t wanted)
{
    for (uint32_t i = 0; i < DISK_POLLS; i++) {
        uint32_t status = disk_in8(DISK_STATUS);
        if (status & DISK_BSY)
            continue;
        if (status & (DISK_ERR | DISK_DF)) {
            disk_say("the drive reports error ", "");
            line_append_hex(disk_text, sizeof disk_text, status << 8 | disk_in8(DISK_ERROR));
            return disk_text;
        }
        if ((status & wanted) == wanted)
            return NULL;
    }
    return "the drive does not answer";
}

static const char *disk_command(uint32_t command, uint32_t lba, uint32_t count)
{
    disk_out8(DISK_CONTROL, 2); /* no interrupts */
    disk_out8(DISK_DRIVE, 0xE0 | (uint32_t)disk.drive << 4 | (lba >> 24 & 15));
    for (uint32_t i = 0; i < 4; i++) /* 400 ns for the drives to see it */
        disk_in8(DISK_CONTROL);
    const uint32_t nobody = disk_in8(DISK_STATUS); /* what an empty bus or channel gives */
    if (nobody == 0xFF || nobody == 0x7F || !nobody)
        return "there is no such drive";
    const char *why = disk_wait(0);
    if (why)
        return why;
    disk_out8(DISK_COUNT, count & 0xFF);
    for (uint32_t i = 0; i < 3; i++)
        disk_out8(DISK_LBA + i, lba >> 8 * i & 0xFF);
    disk_out8(DISK_COMMAND, command);
    return NULL;
}

static const char *disk_read_sectors(uint32_t command, uint8_t *to, uint32_t lba, uint32_t count)
{
    const char *why = disk_command(command, lba, count);
    for (; !why && count; count--) {
        uint32_t words = DISK_SECTOR / 2;
        why = disk_wait(DISK_DRQ);
        if (!why)
            __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(disk.base) : "memory");
    }
    return why;
}

static const char *disk_write_sectors(const uint8_t *from, uint32_t lba, uint32_t count)
{
    const char *why = disk_command(DISK_WRITE, lba, count);
    for (; !why && count; count--) {
        uint32_t words = DISK_SECTOR / 2;
        why = disk_wait(DISK_DRQ);
        if (!why)
            __asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(disk.base) : "memory");
    }
    return why ? why : disk_wait(0);
}

/* ---- the port's part ---- */

const char *port_make_disk(const char *path)
{
    (void)path;
    return "there are no files without an operating system: --make-disk is for the linux port";
}

const char *port_open_disk(const char *path)
{
    static const char what[] = "cannot use the disk: ";
    static uint16_t sector[DISK_SECTOR / 2];
    const char letter = path[0] == 'h' && path[1] == 'd' ? path[2] : 0;
    if (letter < 'a' || letter > 'd' || path[3])
        return disk_say(what, "its name is hda, hdb, hdc or hdd here");
    disk.base = letter < 'c' ? 0x1F0 : 0x170;
    disk.drive = (letter - 'a') & 1;
    const char *why = disk_read_sectors(DISK_IDENTIFY, (uint8_t *)sector, 0, 1);
    if (!why && !(sector[49] & 0x200))
        why = "the drive knows no LBA";
    disk.sectors = (uint32_t)sector[61] << 16 | sector[60];
    if (!why && disk.sectors < PORT_DISK_LEAST / DISK_SECTOR)
        why = "it is smaller than 4 MB";
    if (!why)
        why = disk_read_sectors(DISK_READ, (uint8_t *)sector, 0, 1);
    if (!why && memcmp(sector, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1))
        why = "it is no scratch disk, its first sector says something else";
    if (why) {
        char reason[sizeof disk_text] = "";
        line_append(reason, sizeof reason, why);
        return disk_say(what, reason);
    }
    disk.open = true;
    return NULL;
}

bool bare_has_disk(void)
{
    return disk.open;
}

uint32_t port_disk_blocks(uint32_t size)
{
    uint32_t room = disk.sectors - PORT_DISK_FIRST / DISK_SECTOR;
    return (room < 1u << 21 ? room : 1u << 21) / (size / DISK_SECTOR);
}

const char *port_start_disk(uint32_t size)
{
    (void)size;
    disk.error = NULL;
    return NULL;
}

static uint32_t disk_move(uint8_t *block, uint32_t number, uint32_t size, bool write)
{
    uint32_t lba =
        PORT_DISK_FIRST / DISK_SECTOR + number % port_disk_blocks(size) * (size / DISK_SECTOR);
    for (uint32_t left = size / DISK_SECTOR; left && !disk.error;) {
        uint32_t count = left < DISK_AT_ONCE ? left : DISK_AT_ONCE;
        disk.error = write ? disk_write_sectors(block, lba, count)
                           : disk_read_sectors(DISK_READ, block, lba, count);
        block += count * DISK_SECTOR;
        lba += count;
        left -= count;
    }
    return !disk.error;
}

uint32_t port_write_disk(const uint8_t *block, uint32_t number, uint32_t size)
{
    return disk_move((uint8_t *)(uintptr_t)block, number, size, true);
}
uint32_t port_read_disk(uint8_t *block, uint32_t number, uint32_t size)
{
    return disk_move(block, number, size, false);
}

const char *port_finish_disk(void)
{
    return disk.error;
}
