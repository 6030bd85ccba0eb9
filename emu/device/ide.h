// Inside the IDE controller: what ide.c (channels, task files, ports), ata.c (disks), atapi.c and
// atapi_disc.c (CD-ROM) and ide_dma.c (bus master) share. ATA/ATAPI-6 (T13 1410D), 82371SB
// datasheet.
//
// Two channels of two drives. Both drives of a channel hear what is written to the task file; the
// one that the device register selects answers. A command ends in one of three ways: at once
// (ide_finish, ide_abort), after data through the data port (ide_pio_in, ide_pio_out), or by the
// bus master (ide_dma_wait).
// Invariants: at <= end <= IDE_BUFFER; DRQ is set exactly while the drive waits for the data port
// or for the bus master; drive->intrq shows at the channel's pin only while selected and not masked
// by nIEN.
#ifndef TM_EMU_DEVICE_IDE_H
#define TM_EMU_DEVICE_IDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/block/worker.h"
#include "emu/machine/call.h"

struct machine;
struct ide;
struct ide_drive;
struct pci_function;

enum { IDE_CHANNELS = 2, IDE_DRIVES = 4, IDE_BUFFER = 65536, ATA_SECTOR = 512 };
enum { MULTIPLE_MAX = 16 }; // sectors per interrupt of READ/WRITE MULTIPLE

enum ide_status {
    STATUS_ERR = 0x01, // CHK for packet commands
    STATUS_DRQ = 0x08,
    STATUS_DSC = 0x10, // seek complete; SERV for packet commands
    STATUS_DF = 0x20,
    STATUS_DRDY = 0x40,
    STATUS_BSY = 0x80,
};
enum ide_error {
    ERROR_ABRT = 0x04,
    ERROR_IDNF = 0x10,
    ERROR_UNC = 0x40,
    ERROR_WP = 0x40, // of writes: protected
    DIAGNOSTIC_OK = 0x01,
};
enum { DEVICE_DEV = 0x10, DEVICE_LBA = 0x40, DEVICE_ONES = 0xa0 };
enum { CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80 };

enum ide_kind { IDE_NONE, IDE_DISK, IDE_CD };

// The registers that are two deep for 48-bit addresses: [0] is what was written last.
struct ide_taskfile {
    uint8_t feature[2], count[2], low[2], mid[2], high[2], device;
};

struct ide_disk {
    unsigned cylinders, heads, sectors; // the default translation
    unsigned now_heads, now_sectors;    // INITIALIZE DEVICE PARAMETERS
    unsigned multiple;                  // 0: READ MULTIPLE is aborted
    bool write_cache;
    // The command under way.
    uint64_t sector;
    uint32_t remaining; // sectors
    unsigned block;     // sectors per DRQ
    bool extended, fua;
};

struct ide_cd {
    bool tray_open, locked, changed; // changed: UNIT ATTENTION is due
    bool removed;                    // for GET EVENT STATUS NOTIFICATION: what happened last
    bool inserted;
    uint8_t sense_key, asc, ascq;
    // The command under way.
    uint8_t packet[12];
    bool dma;
    uint32_t limit;     // bytes per DRQ
    uint32_t have;      // bytes in the buffer that the host has still to take
    uint32_t sector;    // the next to be read, of 2048 bytes
    uint32_t remaining; // sectors to be read
};

struct ide_drive {
    struct ide_channel *channel;
    enum ide_kind kind;
    unsigned number;      // 0 primary master .. 3 secondary slave
    struct block *medium; // NULL: nothing in the drive
    struct ide_taskfile tf;
    uint8_t status, error;
    bool intrq;
    uint8_t transfer_mode; // SET FEATURES 03h: what IDENTIFY shows as selected
    // Data port: the host moves buffer[at..end), then transferred() is called.
    bool to_host;
    uint32_t at, end;
    void (*transferred)(struct ide_drive *d);
    // Bus master: called when it is started.
    void (*dma_run)(struct ide_drive *d);
    // An access to the image that is under way: io_done() is called when it has ended.
    struct block_worker *worker; // of a disk
    struct machine_post post;
    struct block_request io;
    void (*io_done)(struct ide_drive *d, int error);
    bool finishing;
    struct ide_disk disk;
    struct ide_cd cd;
    uint8_t buffer[IDE_BUFFER];
};

struct ide_bus_master {
    uint8_t command, status;
    uint32_t table;             // of physical region descriptors
    uint32_t at, address, left; // the next descriptor; what is left of the current one
    bool last;                  // the current one is the table's last
};

struct ide_channel {
    struct ide *ide;
    unsigned irq;
    uint8_t control;
    struct ide_drive drive[2];
    struct ide_bus_master bm;
};

// --- ide.c: how a command goes on or ends ---
void ide_finish(struct ide_drive *d);               // good, with an interrupt
void ide_abort(struct ide_drive *d, uint8_t error); // bad, with an interrupt
// DRQ for buffer[0..bytes); the interrupt comes with it unless it is the first block of a write.
void ide_pio_in(struct ide_drive *d, uint32_t bytes, void (*transferred)(struct ide_drive *));
void ide_pio_out(struct ide_drive *d, uint32_t bytes, bool interrupt,
                 void (*transferred)(struct ide_drive *));
void ide_raise(struct ide_drive *d);
void ide_put_signature(struct ide_drive *d);
struct machine *ide_machine(struct ide *ide);
struct ide_channel *ide_channel(struct ide *ide, unsigned n);
struct pci_function *ide_function(struct ide *ide);

// --- ide_dma.c ---
// The drive is ready to move data; run() is called when the bus master is.
void ide_dma_wait(struct ide_drive *d, void (*run)(struct ide_drive *));
bool ide_dma_is_active(const struct ide_drive *d);
// Move bytes between the buffer and memory. False: the descriptors ended before.
bool ide_dma_move(struct ide_drive *d, uint8_t *bytes, uint32_t n, bool to_memory);
uint32_t ide_dma_read(struct ide_channel *c, unsigned offset);
void ide_dma_write(struct ide_channel *c, unsigned offset, uint8_t value);
void ide_dma_reset(struct ide_channel *c);
bool ide_dma_register(struct ide *ide, struct pci_function *f);
void ide_dma_reset_function(struct pci_function *f);

// --- ide_worker.c ---
bool ide_start_worker(struct ide_drive *d);
void ide_end_worker(struct ide_drive *d);
// Access the image at disk.sector, or flush it, with the first `bytes` of the buffer; the drive is
// busy until done(), which may be called before this returns.
void ide_submit(struct ide_drive *d, enum block_action action, uint32_t bytes, bool durable,
                void (*done)(struct ide_drive *d, int error));
// Wait for what is under way, if anything, without its done().
void ide_cancel(struct ide_drive *d);

// --- ata.c ---
void ata_reset(struct ide_drive *d);
void ata_command(struct ide_drive *d, uint8_t opcode);
// Commands that disks and CD-ROMs have in common. False: not one of them.
bool ata_shared_command(struct ide_drive *d, uint8_t opcode);

// --- ata_identify.c: buffer[0..512) ---
void ata_identify(struct ide_drive *d);

// --- atapi.c: the protocol ---
enum { CD_SECTOR = 2048 };
void atapi_reset(struct ide_drive *d);
void atapi_command(struct ide_drive *d, uint8_t opcode);
// Ends of a packet command: no data; bad; the first `bytes` of the buffer, of which the host wants
// no more than `most`; sectors of the disc.
void atapi_good(struct ide_drive *d);
void atapi_check(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq);
void atapi_reply(struct ide_drive *d, uint32_t bytes, uint32_t most);
void atapi_read(struct ide_drive *d, uint32_t first, uint32_t sectors);
bool atapi_has_disc(const struct ide_drive *d);
uint32_t atapi_sectors(const struct ide_drive *d);
// Somebody takes the disc out, or puts one in.
void atapi_eject(struct ide_drive *d);
void atapi_insert(struct ide_drive *d, struct block *medium);

// --- atapi_disc.c: the packet in cd.packet ---
void atapi_execute(struct ide_drive *d);

#endif
