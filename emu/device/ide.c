// The IDE controller: two channels, their task files and data ports (ATA/ATAPI-6, chapters 6, 7,
// 9).
//
//   primary   1F0h-1F7h, 3F6h, IRQ14     secondary  170h-177h, 376h, IRQ15
// What the drives do with a command is in ata.c and atapi.c, the bus master in ide_dma.c; ide.h
// says how they fit. Commands take no time, but for those that ide_worker.c has carried out beside
// the processor: the drive is busy then.
#include "emu/device/ide.h"

#include <stdlib.h>
#include <string.h>

#include "emu/device/pci.h"

enum { TASK_DATA, TASK_ERROR, TASK_COUNT, TASK_LOW, TASK_MID, TASK_HIGH, TASK_DEVICE, TASK_STATUS };
enum {
    PRIMARY_BASE = 0x1F0,
    PRIMARY_CONTROL = 0x3F6,
    SECONDARY_BASE = 0x170,
    SECONDARY_CONTROL = 0x376
};
enum { FLOATING = 0x7f }; // DD7 is pulled down: nobody is busy (ATA/ATAPI-6, 4.3)
enum { COMMAND_DEVICE_RESET = 0x08, COMMAND_DIAGNOSE = 0x90 };

struct ide {
    struct machine *m;
    struct pci_function f;
    struct ide_channel channel[IDE_CHANNELS];
};

struct machine *ide_machine(struct ide *ide)
{
    return ide->m;
}

struct ide_channel *ide_channel(struct ide *ide, unsigned n)
{
    return &ide->channel[n];
}

struct pci_function *ide_function(struct ide *ide)
{
    return &ide->f;
}

// --- interrupts and the ends of commands ---

static struct ide_drive *selected(struct ide_channel *c)
{
    return &c->drive[(c->drive[0].tf.device & DEVICE_DEV) != 0];
}

static bool is_empty(const struct ide_channel *c)
{
    return c->drive[0].kind == IDE_NONE && c->drive[1].kind == IDE_NONE;
}

static void update_irq(struct ide_channel *c)
{
    machine_set_irq(c->ide->m, c->irq, selected(c)->intrq && !(c->control & CONTROL_NIEN));
}

void ide_raise(struct ide_drive *d)
{
    d->intrq = true;
    d->channel->bm.status |= 4; // the bus master notes the edge of INTRQ (82371SB, 2.7.2)
    update_irq(d->channel);
}

static void stop_transfer(struct ide_drive *d)
{
    d->at = d->end = 0;
    d->transferred = NULL;
    d->dma_run = NULL;
}

void ide_finish(struct ide_drive *d)
{
    stop_transfer(d);
    d->status = STATUS_DRDY | STATUS_DSC;
    d->error = 0;
    ide_raise(d);
}

void ide_abort(struct ide_drive *d, uint8_t error)
{
    stop_transfer(d);
    d->status = STATUS_DRDY | STATUS_DSC | STATUS_ERR;
    d->error = error;
    ide_raise(d);
}

static void begin_transfer(struct ide_drive *d, uint32_t bytes, bool to_host,
                           void (*transferred)(struct ide_drive *))
{
    d->at = 0;
    d->end = bytes;
    d->to_host = to_host;
    d->transferred = transferred;
    d->status = STATUS_DRDY | STATUS_DSC | STATUS_DRQ;
    d->error = 0;
}

void ide_pio_in(struct ide_drive *d, uint32_t bytes, void (*transferred)(struct ide_drive *))
{
    begin_transfer(d, bytes, true, transferred);
    ide_raise(d);
}

void ide_pio_out(struct ide_drive *d, uint32_t bytes, bool interrupt,
                 void (*transferred)(struct ide_drive *))
{
    begin_transfer(d, bytes, false, transferred);
    if (interrupt)
        ide_raise(d);
}

// ATA/ATAPI-6, 9.12: what tells a disk from a packet device.
void ide_put_signature(struct ide_drive *d)
{
    memset(&d->tf, 0, sizeof d->tf);
    d->tf.count[0] = d->tf.low[0] = 1;
    d->tf.mid[0] = d->kind == IDE_CD ? 0x14 : 0;
    d->tf.high[0] = d->kind == IDE_CD ? 0xeb : 0;
}

static void reset_drive(struct ide_drive *d)
{
    ide_cancel(d);
    stop_transfer(d);
    d->intrq = false;
    d->error = DIAGNOSTIC_OK;
    ide_put_signature(d);
    d->status = d->kind == IDE_DISK ? STATUS_DRDY | STATUS_DSC : 0;
    if (d->kind == IDE_DISK)
        ata_reset(d);
    else if (d->kind == IDE_CD)
        atapi_reset(d);
}

static void reset_channel(struct ide_channel *c)
{
    for (unsigned i = 0; i < 2; i++)
        reset_drive(&c->drive[i]);
    update_irq(c);
}

// --- the task file ---

static void write_command(struct ide_channel *c, uint8_t opcode)
{
    struct ide_drive *d = selected(c);
    if (opcode == COMMAND_DIAGNOSE && !is_empty(c)) { // both drives take it, the first answers
        reset_channel(c);
        d = &c->drive[0];
        ide_raise(d);
        return;
    }
    if (d->kind == IDE_NONE)
        return;
    if (opcode == COMMAND_DEVICE_RESET && d->kind == IDE_CD) {
        uint8_t device = d->tf.device;
        reset_drive(d);
        d->tf.device = device & DEVICE_DEV;
        update_irq(c);
        return;
    }
    if (d->status & (STATUS_BSY | STATUS_DRQ))
        return;
    d->intrq = false;
    update_irq(c);
    if (d->kind == IDE_DISK)
        ata_command(d, opcode);
    else
        atapi_command(d, opcode);
}

static void push(uint8_t pair[2], uint8_t value)
{
    pair[1] = pair[0];
    pair[0] = value;
}

static void write_taskfile(struct ide_drive *d, unsigned reg, uint8_t value)
{
    switch (reg) {
    case TASK_ERROR: push(d->tf.feature, value); break;
    case TASK_COUNT: push(d->tf.count, value); break;
    case TASK_LOW: push(d->tf.low, value); break;
    case TASK_MID: push(d->tf.mid, value); break;
    case TASK_HIGH: push(d->tf.high, value); break;
    default: d->tf.device = value; break;
    }
}

static void write_register(struct ide_channel *c, unsigned reg, uint8_t value)
{
    c->control &= (uint8_t)~CONTROL_HOB; // any write shows the newer bytes again (9.3)
    if (reg == TASK_STATUS) {
        if (!(c->control & CONTROL_SRST))
            write_command(c, value);
        return;
    }
    if (selected(c)->status & (STATUS_BSY | STATUS_DRQ))
        return; // not heard during a command (9.2)
    for (unsigned i = 0; i < 2; i++)
        write_taskfile(&c->drive[i], reg, value);
    if (reg == TASK_DEVICE)
        update_irq(c);
}

static uint8_t read_status(struct ide_channel *c)
{
    struct ide_drive *d = selected(c);
    if (is_empty(c))
        return FLOATING;
    if (d->kind == IDE_NONE)
        return 0; // drive 0 answers for a drive 1 that is not there (9.16)
    return c->control & CONTROL_SRST ? STATUS_BSY : d->status;
}

static uint8_t read_register(struct ide_channel *c, unsigned reg)
{
    struct ide_drive *d = selected(c);
    unsigned old = (c->control & CONTROL_HOB) != 0;
    if (is_empty(c))
        return FLOATING;
    if (reg == TASK_STATUS) {
        uint8_t status = read_status(c);
        d->intrq = false;
        update_irq(c);
        return status;
    }
    switch (reg) {
    case TASK_ERROR: return d->kind == IDE_NONE ? 0 : d->error;
    case TASK_COUNT: return d->tf.count[old];
    case TASK_LOW: return d->tf.low[old];
    case TASK_MID: return d->tf.mid[old];
    case TASK_HIGH: return d->tf.high[old];
    default: return d->tf.device | DEVICE_ONES;
    }
}

// --- the data port: words; a byte access moves a word as well ---

static void end_if_all_moved(struct ide_drive *d)
{
    if (d->at < d->end)
        return;
    void (*transferred)(struct ide_drive *) = d->transferred;
    stop_transfer(d);
    d->status &= (uint8_t)~STATUS_DRQ;
    if (transferred)
        transferred(d);
}

static uint32_t read_word(struct ide_channel *c)
{
    struct ide_drive *d = selected(c);
    if (!(d->status & STATUS_DRQ) || !d->to_host || d->at >= d->end)
        return is_empty(c) ? 0xff00u | FLOATING : 0;
    uint32_t value = d->buffer[d->at];
    if (d->at + 1 < d->end)
        value |= (uint32_t)d->buffer[d->at + 1] << 8;
    d->at += 2;
    end_if_all_moved(d);
    return value;
}

static void write_word(struct ide_channel *c, uint32_t value)
{
    struct ide_drive *d = selected(c);
    if (!(d->status & STATUS_DRQ) || d->to_host || d->at >= d->end)
        return;
    d->buffer[d->at] = (uint8_t)value;
    if (d->at + 1 < d->end)
        d->buffer[d->at + 1] = (uint8_t)(value >> 8);
    d->at += 2;
    end_if_all_moved(d);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct ide_channel *c = opaque;
    unsigned reg = port & 7;
    uint32_t value = 0;
    if (reg == TASK_DATA) {
        value = read_word(c);
        return size == 4 ? value | read_word(c) << 16 : value;
    }
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)read_register(c, reg + i) << (8 * i);
    return value;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct ide_channel *c = opaque;
    unsigned reg = port & 7;
    if (reg == TASK_DATA) {
        write_word(c, value & 0xffff);
        if (size == 4)
            write_word(c, value >> 16);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_register(c, reg + i, (uint8_t)(value >> (8 * i)));
}

static uint32_t read_control(void *opaque, uint16_t port, unsigned size)
{
    (void)port, (void)size;
    return read_status(opaque); // the alternate status acknowledges nothing
}

static void write_control(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size;
    struct ide_channel *c = opaque;
    bool was_reset = (c->control & CONTROL_SRST) != 0;
    c->control = value & (CONTROL_NIEN | CONTROL_SRST | CONTROL_HOB);
    if (!was_reset && (value & CONTROL_SRST))
        reset_channel(c);
    update_irq(c);
}

// --- making it ---

static bool find_drive(struct ide *ide, unsigned n)
{
    struct ide_drive *d = &ide->channel[n / 2].drive[n % 2];
    enum drive_kind kind = ide->m->config.drives[n].kind;
    d->channel = &ide->channel[n / 2];
    d->number = n;
    d->kind = kind == DRIVE_DISK ? IDE_DISK : kind == DRIVE_CD ? IDE_CD : IDE_NONE;
    d->medium = ide->m->drives[n];
    return d->kind != IDE_DISK || !d->medium || ide_start_worker(d);
}

void ide_reset(struct ide *ide)
{
    ide_dma_reset_function(&ide->f);
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct ide_channel *c = &ide->channel[i];
        c->control = 0;
        ide_dma_reset(c);
        reset_channel(c);
        for (unsigned n = 0; n < 2; n++)
            c->drive[n].transfer_mode = 0;
    }
}

struct ide *ide_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    static const struct port_ops control = {
        .read = read_control, .write = write_control, .bytes = true};
    static const uint16_t base[] = {PRIMARY_BASE, SECONDARY_BASE},
                          control_port[] = {PRIMARY_CONTROL, SECONDARY_CONTROL};
    struct ide *ide = calloc(1, sizeof *ide);
    if (!ide)
        return NULL;
    ide->m = m;
    bool made = true;
    for (unsigned i = 0; i < IDE_CHANNELS; i++) {
        struct ide_channel *c = &ide->channel[i];
        c->ide = ide;
        c->irq = 14 + i;
        made = made && machine_port_register(m, base[i], 8, &ops, c) &&
               machine_port_register(m, control_port[i], 1, &control, c);
    }
    for (unsigned n = 0; n < IDE_DRIVES; n++)
        made = find_drive(ide, n) && made;
    if (made && ide_dma_register(ide, &ide->f))
        return ide;
    ide_destroy(ide);
    return NULL;
}

void ide_destroy(struct ide *ide)
{
    for (unsigned n = 0; n < IDE_DRIVES; n++)
        ide_end_worker(&ide->channel[n / 2].drive[n % 2]);
    free(ide);
}

static struct ide_drive *find_cd(struct ide *ide, unsigned number)
{
    struct ide_drive *d = &ide->channel[number / 2 % IDE_CHANNELS].drive[number % 2];
    return d->kind == IDE_CD ? d : NULL;
}

bool ide_change_medium(struct ide *ide, unsigned number, struct block *medium, bool force)
{
    struct ide_drive *d = find_cd(ide, number);
    if (!d || (d->cd.locked && !force))
        return false;
    if (medium)
        atapi_insert(d, medium);
    else
        atapi_eject(d);
    return true;
}
