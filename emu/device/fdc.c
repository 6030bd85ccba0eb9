// The floppy controller 82077AA in AT mode with two drives, ports 3F0h-3F5h and 3F7h, IRQ6, DMA
// channel 2 (Intel 82077AA datasheet, 1994).
//
// A command is bytes written to the FIFO, an execution that moves sectors by DMA (or byte by byte
// through the FIFO), and result bytes. Motors and heads take no time. What the disk does not have
// (another data rate, cylinder, side or sector) ends the command as on a real disk; an error of the
// host is a data error. There is no write cache: a write is durable when its result is there.
// Invariants: `at` < SECTOR while sectors are moved; a DMA request is up only in PHASE_EXECUTE.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/machine/machine_state.h"

enum { FDC_BASE = 0x3F0, FDC_DIR = 0x3F7, FDC_IRQ = 6, FDC_DMA = 2 };
enum { DRIVES = 2, UNITS = 4, SECTOR = 512, SECTOR_CODE = 2, PARAMETERS_MAX = 9, RESULTS_MAX = 10 };
enum { DOR_NOT_RESET = 0x04, DOR_DMA = 0x08, DOR_MOTOR = 0x10 };
enum { MSR_BUSY = 0x10, MSR_NON_DMA = 0x20, MSR_TO_HOST = 0x40, MSR_READY = 0x80 };
enum { DSR_RESET = 0x80, DIR_CHANGED = 0x80 };
enum { CONFIG_SEEK = 0x40, CONFIG_NO_FIFO = 0x20, CONFIG_NO_POLL = 0x10 };
enum { OPCODE_MULTI_TRACK = 0x80, OPCODE_MFM = 0x40, OPCODE_UP = 0x40 };
enum {
    ST0_ABNORMAL = 0x40,
    ST0_INVALID = 0x80,
    ST0_READY_CHANGED = 0xc0,
    ST0_SEEK_END = 0x20,
    ST0_EQUIPMENT = 0x10,
    ST1_MISSING_MARK = 0x01,
    ST1_PROTECTED = 0x02,
    ST1_NO_DATA = 0x04,
    ST1_DATA_ERROR = 0x20,
    ST1_END_OF_CYLINDER = 0x80,
    ST2_WRONG_CYLINDER = 0x10,
    ST2_DATA_ERROR = 0x20,
};

struct floppy_format {
    unsigned kb, cylinders, heads, sectors, rate, drive;
};

static const struct floppy_format formats[] = {
#define FORMAT(kb, cylinders, heads, sectors, rate, drive)                                         \
    {kb, cylinders, heads, sectors, rate, drive},
#include "emu/device/floppy_format.def"
#undef FORMAT
};
enum { TYPE_525_HD = 2, TYPE_DEFAULT = 4, KB = 1024 };

struct floppy {
    bool there;
    uint8_t type; // as CMOS has it
    struct block *medium;
    const struct floppy_format *format; // of the medium
    unsigned track;                     // where the heads are
    unsigned next_id;                   // which sector comes by next, for READ ID
    bool changed;
};

enum phase { PHASE_IDLE, PHASE_PARAMETERS, PHASE_EXECUTE, PHASE_RESULT };
enum transfer { TRANSFER_READ, TRANSFER_WRITE, TRANSFER_FORMAT, TRANSFER_VERIFY };

struct fdc {
    struct machine *m;
    struct floppy drive[DRIVES];
    uint8_t dor, tdr, rate;
    uint8_t srt_hut, hlt_nd, config, pretrack, perpendicular;
    bool locked, irq;
    uint8_t pcn[UNITS];
    uint8_t seek_status[UNITS]; // ST0 of a seek that SENSE INTERRUPT has not seen; 0: none
    unsigned resets_to_sense;   // drives whose "ready changed" after a reset nobody has seen
    enum phase phase;
    const struct fdc_command *command;
    uint8_t bytes[PARAMETERS_MAX]; // opcode and parameters
    unsigned nbytes;
    uint8_t result[RESULTS_MAX];
    unsigned nresult, result_at;
    // The execution under way.
    enum transfer transfer;
    uint8_t c, h, r, last, filler;
    unsigned unit, head, ids; // ids: sectors still to be formatted
    bool multi_track, written;
    uint32_t at;
    uint8_t buffer[SECTOR];
};

struct fdc_command {
    uint8_t opcode, mask, parameters;
    void (*run)(struct fdc *f);
};

uint64_t fdc_full_size(uint64_t bytes)
{
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++)
        if (bytes == (uint64_t)formats[i].kb * KB)
            return bytes;
    return bytes <= 1440 * KB ? 1440 * KB : bytes <= 2880 * KB ? 2880 * KB : 0;
}

static void find_format(struct floppy *d)
{
    d->format = NULL;
    for (unsigned i = 0; d->medium && i < sizeof formats / sizeof *formats; i++)
        if (d->medium->bytes == (uint64_t)formats[i].kb * KB)
            d->format = &formats[i];
}

// --- interrupts, DMA requests and results ---

static void update_irq(struct fdc *f)
{
    machine_set_irq(f->m, FDC_IRQ, f->irq && (f->dor & DOR_DMA));
}

static void set_irq(struct fdc *f, bool level)
{
    f->irq = level;
    update_irq(f);
}

static bool uses_dma(const struct fdc *f)
{
    return !(f->hlt_nd & 1);
}

static void update_request(struct fdc *f)
{
    bool wants = f->phase == PHASE_EXECUTE && uses_dma(f) && f->transfer != TRANSFER_VERIFY;
    dma_request(f->m->dma, FDC_DMA, wants && (f->dor & DOR_DMA));
}

static void reply(struct fdc *f, unsigned n)
{
    f->phase = n ? PHASE_RESULT : PHASE_IDLE;
    f->nresult = n;
    f->result_at = 0;
    f->nbytes = 0;
}

static void reply_byte(struct fdc *f, uint8_t value)
{
    f->result[0] = value;
    reply(f, 1);
}

static void invalid(struct fdc *f)
{
    reply_byte(f, ST0_INVALID);
}

// End of a command that moved data: seven bytes and the interrupt.
static void finish(struct fdc *f, uint8_t st0, uint8_t st1, uint8_t st2)
{
    struct floppy *d = f->unit < DRIVES ? &f->drive[f->unit] : NULL;
    if (f->written && d && d->medium && block_flush(d->medium)) {
        st0 |= ST0_ABNORMAL;
        st1 |= ST1_DATA_ERROR;
        st2 |= ST2_DATA_ERROR;
    }
    f->written = false;
    const uint8_t bytes[] = {
        (uint8_t)(st0 | f->head << 2 | f->unit), st1, st2, f->c, f->h, f->r, SECTOR_CODE};
    memcpy(f->result, bytes, sizeof bytes);
    set_irq(f, false); // an edge, also after that of a transfer without DMA
    reply(f, sizeof bytes);
    dma_request(f->m->dma, FDC_DMA, false);
    set_irq(f, true);
}

// --- the disk under the heads ---

static struct floppy *drive_of(struct fdc *f, unsigned unit)
{
    return unit < DRIVES && f->drive[unit].there ? &f->drive[unit] : NULL;
}

// A 40-track disk in an 80-track drive: two steps a cylinder.
static unsigned steps(const struct floppy *d)
{
    return d->format->cylinders == 40 && d->type != 1 ? 2 : 1;
}

static unsigned rate_of(const struct floppy *d)
{
    return d->type == TYPE_525_HD && d->format->rate == 2 ? 1 : d->format->rate;
}

static bool is_readable(const struct fdc *f, const struct floppy *d)
{
    return d && d->medium && d->format && (f->dor & DOR_MOTOR << f->unit) &&
           rate_of(d) == f->rate && (f->bytes[0] & OPCODE_MFM) && f->head < d->format->heads &&
           d->track % steps(d) == 0 && d->track / steps(d) < d->format->cylinders;
}

// Where the sector that the registers name is. False, and the command has ended, if it is not
// there.
static bool locate(struct fdc *f, uint64_t *offset)
{
    struct floppy *d = drive_of(f, f->unit);
    if (!is_readable(f, d)) {
        finish(f, ST0_ABNORMAL, ST1_MISSING_MARK, 0);
        return false;
    }
    unsigned cylinder = d->track / steps(d);
    if (f->c != cylinder || f->h != f->head || f->r < 1 || f->r > d->format->sectors) {
        finish(f, ST0_ABNORMAL, ST1_NO_DATA, f->c != cylinder ? ST2_WRONG_CYLINDER : 0);
        return false;
    }
    *offset = (((uint64_t)cylinder * d->format->heads + f->head) * d->format->sectors + f->r - 1) *
              SECTOR;
    return true;
}

static bool load_sector(struct fdc *f)
{
    uint64_t offset;
    if (!locate(f, &offset))
        return false;
    if (block_read(f->drive[f->unit].medium, offset, f->buffer, SECTOR) == 0)
        return true;
    finish(f, ST0_ABNORMAL, ST1_DATA_ERROR, ST2_DATA_ERROR);
    return false;
}

static bool store_sector(struct fdc *f)
{
    uint64_t offset;
    if (!locate(f, &offset))
        return false;
    int error = block_write(f->drive[f->unit].medium, offset, f->buffer, SECTOR);
    if (error) {
        finish(f, ST0_ABNORMAL, error == EROFS ? ST1_PROTECTED : ST1_DATA_ERROR,
               error == EROFS ? 0 : ST2_DATA_ERROR);
        return false;
    }
    f->written = true;
    return true;
}

// The next sector (datasheet, table 5-5). False: it was the last.
static bool advance(struct fdc *f)
{
    if (f->r != f->last) {
        f->r++;
        return true;
    }
    f->r = 1;
    if (f->multi_track && f->head == 0) {
        f->head = 1;
        f->h = 1;
        return true;
    }
    if (f->multi_track) {
        f->head = 0;
        f->h = 0;
    }
    f->c++;
    return false;
}

// --- executing ---

// A sector is through. `ended`: terminal count came with it. False: the command has ended.
static bool sector_done(struct fdc *f, bool ended)
{
    f->at = 0;
    if (f->transfer == TRANSFER_WRITE && !store_sector(f))
        return false;
    bool more = advance(f);
    if (ended)
        finish(f, 0, 0, 0);
    else if (!more)
        finish(f, ST0_ABNORMAL, ST1_END_OF_CYLINDER, 0);
    return more && !ended;
}

// An address field of FORMAT TRACK has arrived. Only what an image can hold becomes a sector.
static bool format_sector(struct fdc *f, bool ended)
{
    f->at = 0;
    f->c = f->buffer[0];
    f->h = f->buffer[1];
    f->r = f->buffer[2];
    if (f->buffer[3] != SECTOR_CODE) {
        finish(f, ST0_ABNORMAL, ST1_NO_DATA, 0);
        return false;
    }
    memset(f->buffer, f->filler, SECTOR);
    if (!store_sector(f))
        return false;
    if (--f->ids && !ended)
        return true;
    finish(f, 0, 0, 0);
    return false;
}

static uint32_t unit_bytes(const struct fdc *f)
{
    return f->transfer == TRANSFER_FORMAT ? 4 : SECTOR;
}

static bool piece_done(struct fdc *f, bool ended)
{
    if (f->transfer == TRANSFER_FORMAT)
        return format_sector(f, ended);
    return sector_done(f, ended);
}

// The DMA controller can serve us.
static void on_dma_ready(void *opaque)
{
    struct fdc *f = opaque;
    while (f->phase == PHASE_EXECUTE) {
        bool ended, reads = f->transfer == TRANSFER_READ;
        if (reads && f->at == 0 && !load_sector(f))
            return;
        uint32_t size = unit_bytes(f);
        f->at += dma_move(f->m->dma, FDC_DMA, f->buffer + f->at, size - f->at, reads, &ended);
        if (f->at < size && !ended)
            return;                                 // the channel is not set up yet
        memset(f->buffer + f->at, 0, size - f->at); // zeros complete a sector (datasheet, 5.2.4)
        if (!piece_done(f, ended))
            return;
    }
}

static void execute(struct fdc *f, enum transfer transfer)
{
    f->transfer = transfer;
    f->at = 0;
    f->written = false;
    f->phase = PHASE_EXECUTE;
    if (transfer == TRANSFER_VERIFY) {
        while (load_sector(f) && advance(f))
            continue;
        if (f->phase == PHASE_EXECUTE)
            finish(f, 0, 0, 0);
    } else if (uses_dma(f)) {
        update_request(f);
    } else if (transfer == TRANSFER_READ) {
        if (load_sector(f))
            set_irq(f, true);
    } else {
        set_irq(f, true);
    }
}

// The unit and side that a command's first parameter names.
static void select_unit(struct fdc *f)
{
    f->unit = f->bytes[1] & 3;
    f->head = f->bytes[1] >> 2 & 1;
}

static void move_heads(struct fdc *f, unsigned unit, unsigned track)
{
    struct floppy *d = drive_of(f, unit);
    if (!d)
        return;
    if (d->track != track && d->medium)
        d->changed = false; // a step with a disk in the drive
    d->track = track;
}

static void transfer_sectors(struct fdc *f, enum transfer transfer)
{
    select_unit(f);
    struct floppy *d = drive_of(f, f->unit);
    f->c = f->bytes[2];
    f->h = f->bytes[3];
    f->r = f->bytes[4];
    f->last = f->bytes[6];
    f->multi_track = (f->bytes[0] & OPCODE_MULTI_TRACK) != 0;
    f->written = false;
    if ((f->config & CONFIG_SEEK) && d) { // implied seek
        unsigned track = d->format ? f->c * steps(d) : f->c;
        move_heads(f, f->unit, track);
        f->pcn[f->unit] = (uint8_t)track;
    }
    if (transfer == TRANSFER_WRITE && d && d->medium && d->medium->read_only)
        finish(f, ST0_ABNORMAL, ST1_PROTECTED, 0);
    else if (f->bytes[5] != SECTOR_CODE)
        finish(f, ST0_ABNORMAL, is_readable(f, d) ? ST1_NO_DATA : ST1_MISSING_MARK, 0);
    else
        execute(f, transfer);
}

static void read_data(struct fdc *f)
{
    transfer_sectors(f, TRANSFER_READ);
}

static void write_data(struct fdc *f)
{
    transfer_sectors(f, TRANSFER_WRITE);
}

static void verify(struct fdc *f)
{
    transfer_sectors(f, TRANSFER_VERIFY);
}

static void read_track(struct fdc *f) // from the index hole on
{
    f->bytes[4] = 1;
    transfer_sectors(f, TRANSFER_READ);
}

static void format_track(struct fdc *f)
{
    select_unit(f);
    struct floppy *d = drive_of(f, f->unit);
    f->ids = f->bytes[3];
    f->filler = f->bytes[5];
    f->written = false;
    f->c = f->h = f->r = 0;
    if (!is_readable(f, d))
        finish(f, ST0_ABNORMAL, ST1_MISSING_MARK, 0);
    else if (d->medium->read_only)
        finish(f, ST0_ABNORMAL, ST1_PROTECTED, 0);
    else if (f->ids == 0 || f->bytes[2] != SECTOR_CODE)
        finish(f, ST0_ABNORMAL, ST1_NO_DATA, 0);
    else
        execute(f, TRANSFER_FORMAT);
}

static void read_id(struct fdc *f)
{
    select_unit(f);
    struct floppy *d = drive_of(f, f->unit);
    if (!is_readable(f, d)) {
        f->c = f->h = f->r = 0;
        finish(f, ST0_ABNORMAL, ST1_MISSING_MARK, 0);
        return;
    }
    f->c = (uint8_t)(d->track / steps(d));
    f->h = (uint8_t)f->head;
    f->r = (uint8_t)(d->next_id % d->format->sectors + 1);
    d->next_id = f->r;
    finish(f, 0, 0, 0);
}

// --- heads and the controller itself ---

static void end_seek(struct fdc *f, unsigned unit, uint8_t status)
{
    f->seek_status[unit] = (uint8_t)(status | ST0_SEEK_END | unit);
    reply(f, 0);
    set_irq(f, true);
}

static void recalibrate(struct fdc *f)
{
    unsigned unit = f->bytes[1] & 3;
    move_heads(f, unit, 0);
    f->pcn[unit] = 0;
    end_seek(f, unit, drive_of(f, unit) ? 0 : ST0_ABNORMAL | ST0_EQUIPMENT);
}

static void seek_to(struct fdc *f, unsigned unit, unsigned track)
{
    track = track > 255 ? 255 : track;
    move_heads(f, unit, track);
    f->pcn[unit] = (uint8_t)track;
    end_seek(f, unit, (uint8_t)(f->bytes[1] & 4));
}

static void seek(struct fdc *f)
{
    seek_to(f, f->bytes[1] & 3, f->bytes[2]);
}

static void relative_seek(struct fdc *f)
{
    unsigned unit = f->bytes[1] & 3, now = f->pcn[unit], by = f->bytes[2];
    seek_to(f, unit, f->bytes[0] & OPCODE_UP ? now + by : now < by ? 0 : now - by);
}

static void sense_interrupt(struct fdc *f)
{
    unsigned unit = 0;
    set_irq(f, false);
    if (f->resets_to_sense) {
        unit = UNITS - f->resets_to_sense--;
        f->result[0] = (uint8_t)(ST0_READY_CHANGED | unit);
    } else {
        while (unit < UNITS && !f->seek_status[unit])
            unit++;
        if (unit == UNITS) {
            invalid(f);
            return;
        }
        f->result[0] = f->seek_status[unit];
        f->seek_status[unit] = 0;
    }
    f->result[1] = f->pcn[unit];
    reply(f, 2);
}

static void sense_drive(struct fdc *f)
{
    select_unit(f);
    const struct floppy *d = drive_of(f, f->unit);
    uint8_t st3 = (uint8_t)(0x28 | f->head << 2 | f->unit); // ready, two sides
    if (d && d->track == 0)
        st3 |= 0x10;
    if (d && d->medium && d->medium->read_only)
        st3 |= 0x40;
    reply_byte(f, st3);
}

static void specify(struct fdc *f)
{
    f->srt_hut = f->bytes[1];
    f->hlt_nd = f->bytes[2];
    reply(f, 0);
}

static void dump_registers(struct fdc *f)
{
    memcpy(f->result, f->pcn, UNITS);
    f->result[4] = f->srt_hut;
    f->result[5] = f->hlt_nd;
    f->result[6] = f->last;
    f->result[7] = (uint8_t)(f->locked << 7 | (f->perpendicular & 0x7f));
    f->result[8] = f->config;
    f->result[9] = f->pretrack;
    reply(f, 10);
}

static void version(struct fdc *f)
{
    reply_byte(f, 0x90);
}

static void perpendicular(struct fdc *f) // how bits lie on the disk: no matter here
{
    f->perpendicular = f->bytes[1];
    reply(f, 0);
}

static void configure(struct fdc *f)
{
    f->config = f->bytes[2];
    f->pretrack = f->bytes[3];
    reply(f, 0);
}

static void lock(struct fdc *f)
{
    f->locked = f->bytes[0] >> 7;
    reply_byte(f, (uint8_t)(f->locked << 4));
}

static const struct fdc_command commands[] = {
#define FDC(opcode, mask, parameters, run) {opcode, mask, parameters, run},
#include "emu/device/fdc.def"
#undef FDC
};

// --- registers ---

static void software_reset(struct fdc *f)
{
    reply(f, 0);
    dma_request(f->m->dma, FDC_DMA, false);
    set_irq(f, false);
    memset(f->seek_status, 0, sizeof f->seek_status);
    f->resets_to_sense = 0;
    f->written = false;
    if (!f->locked) {
        f->config = CONFIG_NO_FIFO;
        f->pretrack = 0;
    }
}

// Polling finds that all drives have changed to ready (datasheet, 6.3).
static void leave_reset(struct fdc *f)
{
    if (f->config & CONFIG_NO_POLL)
        return;
    f->resets_to_sense = UNITS;
    set_irq(f, true);
}

static void write_dor(struct fdc *f, uint8_t value)
{
    uint8_t before = f->dor;
    f->dor = value;
    if ((before & DOR_NOT_RESET) && !(value & DOR_NOT_RESET))
        software_reset(f);
    else if (!(before & DOR_NOT_RESET) && (value & DOR_NOT_RESET))
        leave_reset(f);
    update_irq(f);
    if ((before ^ value) & DOR_DMA)
        update_request(f);
}

static void write_dsr(struct fdc *f, uint8_t value)
{
    f->rate = value & 3;
    if ((value & DSR_RESET) && (f->dor & DOR_NOT_RESET)) {
        software_reset(f);
        leave_reset(f);
    }
}

static void begin_command(struct fdc *f, uint8_t opcode)
{
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if ((opcode & commands[i].mask) == commands[i].opcode) {
            f->command = &commands[i];
            f->bytes[0] = opcode;
            f->nbytes = 1;
            f->phase = PHASE_PARAMETERS;
            return;
        }
    invalid(f);
}

static void write_fifo(struct fdc *f, uint8_t value)
{
    if (!(f->dor & DOR_NOT_RESET))
        return;
    switch (f->phase) {
    case PHASE_IDLE: begin_command(f, value); break;
    case PHASE_PARAMETERS: f->bytes[f->nbytes++] = value; break;
    case PHASE_EXECUTE:
        if (uses_dma(f) || f->transfer == TRANSFER_READ)
            return;
        f->buffer[f->at++] = value;
        if (f->at == unit_bytes(f))
            piece_done(f, false);
        return;
    default: return;
    }
    if (f->phase == PHASE_PARAMETERS && f->nbytes == f->command->parameters + 1u)
        f->command->run(f);
}

static uint8_t read_fifo(struct fdc *f)
{
    uint8_t value = 0;
    if (f->phase == PHASE_EXECUTE && !uses_dma(f) && f->transfer == TRANSFER_READ) {
        value = f->buffer[f->at++];
        if (f->at == SECTOR && sector_done(f, false))
            load_sector(f);
    } else if (f->phase == PHASE_RESULT) {
        set_irq(f, false);
        value = f->result[f->result_at++];
        if (f->result_at == f->nresult)
            f->phase = PHASE_IDLE;
    }
    return value;
}

static uint8_t read_msr(const struct fdc *f)
{
    uint8_t value = 0;
    if (!(f->dor & DOR_NOT_RESET))
        return 0;
    for (unsigned i = 0; i < UNITS; i++)
        value = (uint8_t)(value | (f->seek_status[i] ? 1u << i : 0));
    switch (f->phase) {
    case PHASE_IDLE: return value | MSR_READY;
    case PHASE_PARAMETERS: return value | MSR_READY | MSR_BUSY;
    case PHASE_RESULT: return value | MSR_READY | MSR_BUSY | MSR_TO_HOST;
    default: break;
    }
    if (uses_dma(f))
        return value | MSR_BUSY;
    return (uint8_t)(value | MSR_READY | MSR_BUSY | MSR_NON_DMA |
                     (f->transfer == TRANSFER_READ ? MSR_TO_HOST : 0));
}

static uint8_t read_dir(struct fdc *f)
{
    unsigned unit = f->dor & 3;
    const struct floppy *d = drive_of(f, unit);
    return d && (f->dor & DOR_MOTOR << unit) && d->changed ? DIR_CHANGED : 0;
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct fdc *f = opaque;
    switch (port & 7) {
    case 2: return f->dor;
    case 3: return f->tdr;
    case 4: return read_msr(f);
    case 5: return read_fifo(f);
    case 7: return read_dir(f);
    default: return 0xff; // status registers of the PS/2
    }
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct fdc *f = opaque;
    switch (port & 7) {
    case 2: write_dor(f, (uint8_t)value); break;
    case 3: f->tdr = value & 3; break;
    case 4: write_dsr(f, (uint8_t)value); break;
    case 5: write_fifo(f, (uint8_t)value); break;
    case 7: f->rate = value & 3; break;
    default: break;
    }
}

// --- making it ---

void fdc_reset(struct fdc *f)
{
    f->locked = false;
    f->dor = 0;
    f->tdr = 0;
    f->rate = 2;
    f->srt_hut = f->hlt_nd = f->perpendicular = 0;
    memset(f->pcn, 0, sizeof f->pcn);
    software_reset(f);
}

unsigned fdc_drive_type(const struct fdc *f, unsigned unit)
{
    return unit < DRIVES && f->drive[unit].there ? f->drive[unit].type : 0;
}

bool fdc_change_medium(struct fdc *f, unsigned unit, struct block *medium)
{
    struct floppy *d = drive_of(f, unit);
    if (!d)
        return false;
    d->medium = medium;
    d->changed = true;
    find_format(d);
    return true;
}

struct fdc *fdc_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct fdc *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->m = m;
    for (unsigned i = 0; i < DRIVES; i++) {
        struct floppy *d = &f->drive[i];
        d->there = m->config.drives[MACHINE_FLOPPY + i].kind == DRIVE_FLOPPY;
        d->medium = m->drives[MACHINE_FLOPPY + i];
        d->changed = true;
        find_format(d);
        d->type = (uint8_t)(d->format ? d->format->drive : TYPE_DEFAULT);
    }
    if (!machine_port_register(m, FDC_BASE, 6, &ops, f) ||
        !machine_port_register(m, FDC_DIR, 1, &ops, f)) {
        free(f);
        return NULL;
    }
    dma_connect(m->dma, FDC_DMA, on_dma_ready, f);
    return f;
}

void fdc_destroy(struct fdc *f)
{
    free(f);
}
