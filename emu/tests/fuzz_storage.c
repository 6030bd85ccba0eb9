// Sequences for disks, CD-ROM drives, floppies and the two kinds of DMA: real commands in their
// real order, with numbers at the edges; ATA/ATAPI-6, 82371SB (bus master), 82077AA, 8237A.
#include "emu/machine/machine_state.h"
#include "emu/tests/fuzz_board.h"

struct opcode_range {
    uint8_t first, last;
};
#define ATA(first, last, run, direction, flags) {first, last},
static const struct opcode_range ata_opcodes[] = {
#include "emu/device/ata.def"
};
#undef ATA
#define PACKET(opcode, run, flags) opcode,
static const uint8_t packet_opcodes[] = {
#include "emu/device/atapi.def"
};
#undef PACKET
struct fdc_opcode {
    uint8_t opcode, mask, parameters;
};
#define FDC(opcode, mask, parameters, run) {opcode, mask, parameters},
static const struct fdc_opcode fdc_opcodes[] = {
#include "emu/device/fdc.def"
};
#undef FDC
#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { STATUS_READY = 0x40, STATUS_REQUEST = 0x08 };
struct channel {
    uint16_t base, control, master; // master 0: none
    unsigned number;
};

static struct channel any_channel(struct board *b)
{
    unsigned n = board_below(b, 2);
    const struct board_function *f = board_find(b, 0x8086, 0x7010, 0);
    uint32_t master = f && f->bar[4].io ? f->bar[4].address + 8 * n : 0;
    return (struct channel){.base = n ? 0x170 : 0x1F0,
                            .control = n ? 0x376 : 0x3F6,
                            .master = (uint16_t)master,
                            .number = n};
}

// --- bus master ---

// A table of physical region descriptors in memory; where it begins.
static uint32_t make_table(struct board *b)
{
    uint32_t table = board_chance(b, 16) ? board_dma_address(b) : board_ram(b, 256, 4);
    unsigned n = 1 + board_below(b, 8);
    for (unsigned i = 0; i < n; i++) {
        static const uint16_t counts[] = {512, 2048, 0, 2, 1, 4096, 0xFFFE};
        bool last = i + 1 == n && !board_chance(b, 8);
        uint32_t count =
            board_chance(b, 4) ? board_below(b, 0x10000) : counts[board_below(b, COUNT(counts))];
        board_poke_number(b, table + 8 * i, 4, board_dma_address(b));
        board_poke_number(b, table + 8 * i + 4, 4, count | (last ? 0x80000000u : 0));
    }
    return table;
}

static void start_master(struct board *b, const struct channel *c)
{
    if (!c->master)
        return;
    board_out(b, c->master, 1, 0);
    board_out(b, (uint16_t)(c->master + 2), 1, 0x66);
    board_out(b, (uint16_t)(c->master + 4), 4, make_table(b));
    board_out(b, c->master, 1, board_chance(b, 2) ? 0x09 : 0x01);
}

static void stop_master(struct board *b, const struct channel *c)
{
    if (!c->master)
        return;
    board_in(b, (uint16_t)(c->master + 2), 1);
    if (!board_chance(b, 8))
        board_out(b, c->master, 1, 0);
}

// --- ATA ---

static uint64_t any_sector(struct board *b, unsigned drive)
{
    uint64_t all = b->sectors[drive];
    switch (board_below(b, 6)) {
    case 0: return 0;
    case 1: return all - 1 - board_below(b, 4);
    case 2: return all;
    case 3: return (uint64_t)board_any(b) << 16 | board_any(b);
    default: return all ? ((uint64_t)board_any(b) << 32 | board_any(b)) % all : 0;
    }
}

static void put_address(struct board *b, const struct channel *c, uint8_t device, uint64_t sector,
                        uint32_t count)
{
    uint16_t at = c->base;
    if (board_chance(b, 2)) { // the upper halves of a 48-bit address
        board_out(b, (uint16_t)(at + 2), 1, count >> 8 & 0xff);
        for (unsigned i = 0; i < 3; i++)
            board_out(b, (uint16_t)(at + 3 + i), 1, sector >> (24 + 8 * i) & 0xff);
    } else {
        device |= sector >> 24 & 15;
    }
    board_out(b, (uint16_t)(at + 2), 1, count & 0xff);
    for (unsigned i = 0; i < 3; i++)
        board_out(b, (uint16_t)(at + 3 + i), 1, sector >> 8 * i & 0xff);
    board_out(b, (uint16_t)(at + 6), 1, device);
}

// What the data port gives or takes, for up to `blocks` interrupts.
static void move_data(struct board *b, const struct channel *c, unsigned blocks)
{
    static const uint16_t words[] = {256, 256, 256, 1, 255, 257, 1024, 6, 4096};
    for (unsigned i = 0; i < blocks; i++) {
        uint32_t status = board_in(b, (uint16_t)(c->base + 7), 1);
        if (!(status & STATUS_REQUEST))
            return;
        bool in = board_chance(b, 2);
        unsigned size = board_chance(b, 3) ? 4 : 2, n = words[board_below(b, COUNT(words))];
        for (unsigned w = 0; w < n; w++) {
            if (in)
                board_in(b, c->base, size);
            else
                board_out(b, c->base, size, board_any(b));
        }
    }
}

void sequence_ata(struct board *b)
{
    static const uint16_t counts[] = {0, 1, 2, 16, 17, 128, 255, 256};
    struct channel c = any_channel(b);
    uint8_t device = (uint8_t)(0xA0 | (board_chance(b, 3) ? 0x10 : 0));
    unsigned drive = 2 * c.number + (device >> 4 & 1);
    const struct opcode_range *r = &ata_opcodes[board_below(b, COUNT(ata_opcodes))];
    uint8_t opcode = (uint8_t)(r->first + board_below(b, r->last - r->first + 1u));
    uint32_t count =
        board_chance(b, 4) ? board_below(b, 65536) : counts[board_below(b, COUNT(counts))];
    if (!board_chance(b, 4))
        device |= 0x40;
    if (board_chance(b, 64))
        opcode = (uint8_t)board_any(b);
    board_out(b, (uint16_t)(c.base + 6), 1, device);
    if (board_chance(b, 16))
        board_out(b, c.control, 1, board_value(b) & 0xff);
    if (opcode == 0xEF || board_chance(b, 16))
        board_out(b, (uint16_t)(c.base + 1), 1,
                  board_chance(b, 2) ? board_below(b, 4) : board_value(b));
    put_address(b, &c, device, any_sector(b, drive), count);
    bool early = board_chance(b, 2);
    if (early)
        start_master(b, &c);
    board_out(b, (uint16_t)(c.base + 7), 1, opcode);
    if (!early && !board_chance(b, 4))
        start_master(b, &c);
    if (board_chance(b, 3))
        board_pass(b, board_below(b, 100000));
    move_data(b, &c, 1 + board_below(b, 4));
    stop_master(b, &c);
    if (board_chance(b, 8)) { // software reset
        board_out(b, c.control, 1, 0x04);
        board_out(b, c.control, 1, board_chance(b, 2) ? 0 : 0x80);
    }
    board_in(b, (uint16_t)(c.base + board_below(b, 8)), 1);
}

// --- ATAPI ---

static void make_packet(struct board *b, unsigned drive, uint8_t p[12])
{
    uint64_t sector = any_sector(b, drive) / (board_chance(b, 4) ? 1 : 4);
    for (unsigned i = 0; i < 12; i++)
        p[i] = board_chance(b, 3) ? (uint8_t)board_value(b) : 0;
    p[0] = board_chance(b, 32) ? (uint8_t)board_any(b)
                               : packet_opcodes[board_below(b, COUNT(packet_opcodes))];
    if (p[0] == 0x28 || p[0] == 0xA8 || p[0] == 0xBE) {
        uint32_t count = board_chance(b, 8) ? board_value(b) : board_below(b, 40);
        for (unsigned i = 0; i < 4; i++)
            p[2 + i] = (uint8_t)(sector >> 8 * (3 - i));
        for (unsigned i = 6; i < 10; i++)
            p[i] = (uint8_t)(count >> 8 * (9 - i));
        if (p[0] == 0x28)
            p[7] = (uint8_t)(count >> 8), p[8] = (uint8_t)count;
        if (p[0] == 0xBE)
            p[8] = (uint8_t)count, p[9] = board_chance(b, 2) ? 0x10 : 0xF8;
    }
}

void sequence_atapi(struct board *b)
{
    static const uint16_t limits[] = {0, 2, 1, 2048, 0xFFFE, 0xFFFF, 36, 511};
    struct channel c = any_channel(b);
    uint8_t packet[12], device = (uint8_t)(0xA0 | (board_chance(b, 3) ? 0x10 : 0));
    uint32_t limit = limits[board_below(b, COUNT(limits))];
    bool dma = board_chance(b, 3);
    make_packet(b, 2 * c.number + (device >> 4 & 1), packet);
    board_out(b, (uint16_t)(c.base + 6), 1, device);
    board_out(b, (uint16_t)(c.base + 1), 1, dma);
    board_out(b, (uint16_t)(c.base + 4), 1, limit & 0xff);
    board_out(b, (uint16_t)(c.base + 5), 1, limit >> 8);
    board_out(b, (uint16_t)(c.base + 7), 1, board_chance(b, 16) ? 0xA1 : 0xA0);
    for (unsigned i = 0; i < 12; i += 2)
        board_out(b, c.base, 2, packet[i] | (uint32_t)packet[i + 1] << 8);
    if (dma)
        start_master(b, &c);
    move_data(b, &c, 1 + board_below(b, 6));
    stop_master(b, &c);
    if (board_chance(b, 16))
        board_out(b, (uint16_t)(c.base + 7), 1, 0x08); // DEVICE RESET
}

// --- DMA and floppies ---

static void program_dma(struct board *b, unsigned channel, uint8_t mode, uint32_t at,
                        uint32_t count)
{
    static const uint8_t pages[] = {0x87, 0x83, 0x81, 0x82, 0x8F, 0x8B, 0x89, 0x8A};
    unsigned n = channel & 3, wide = channel >> 2;
    uint16_t base = wide ? 0xC0 : 0, step = wide ? 2 : 1;
    board_out(b, (uint16_t)(base + 10 * step), 1, 4 | n);
    board_out(b, (uint16_t)(base + 12 * step), 1, 0);
    board_out(b, (uint16_t)(base + 11 * step), 1, mode | n);
    board_out(b, (uint16_t)(base + 2 * n * step), 1, at & 0xff);
    board_out(b, (uint16_t)(base + 2 * n * step), 1, at >> 8 & 0xff);
    board_out(b, pages[channel & 7], 1, at >> 16 & 0xff);
    board_out(b, (uint16_t)(base + (2 * n + 1) * step), 1, count & 0xff);
    board_out(b, (uint16_t)(base + (2 * n + 1) * step), 1, count >> 8 & 0xff);
    board_out(b, (uint16_t)(base + 10 * step), 1, n);
}

void sequence_dma(struct board *b)
{
    program_dma(b, board_below(b, 8), (uint8_t)board_value(b), board_dma_address(b),
                board_value(b));
    uint16_t base = board_chance(b, 2) ? 0xC0 : 0, step = base ? 2 : 1;
    for (unsigned i = 0; i < 4; i++) {
        uint16_t port = (uint16_t)(base + board_below(b, 16) * step);
        if (board_chance(b, 2))
            board_out(b, port, 1, board_value(b) & 0xff);
        else
            board_in(b, port, 1);
    }
    board_out(b, 0xD4, 1, 0); // channel 4, which the others pass
    board_out(b, 0x08, 1, 0);
}

enum { FDC_STATUS = 0x3F4, FDC_DATA = 0x3F5, FDC_RQM = 0x80, FDC_DIO = 0x40 };

static void fdc_put(struct board *b, uint8_t value)
{
    uint32_t status = board_in(b, FDC_STATUS, 1);
    if ((status & (FDC_RQM | FDC_DIO)) == FDC_RQM || board_chance(b, 4))
        board_out(b, FDC_DATA, 1, value);
}

static void fdc_take(struct board *b, unsigned most)
{
    for (unsigned i = 0; i < most; i++) {
        if ((board_in(b, FDC_STATUS, 1) & (FDC_RQM | FDC_DIO)) != (FDC_RQM | FDC_DIO))
            return;
        board_in(b, FDC_DATA, 1);
    }
}

// Cylinder, head, sector, size code, last sector, gap, length: those of a format, and around them.
static uint8_t fdc_parameter(struct board *b, unsigned i)
{
    static const uint8_t usual[][2] = {{0, 4}, {0, 80}, {0, 2},   {1, 19},
                                       {2, 3}, {1, 37}, {27, 28}, {255, 1}};
    if (board_chance(b, 12))
        return (uint8_t)board_value(b);
    return (uint8_t)(usual[i & 7][0] + board_below(b, usual[i & 7][1]));
}

void sequence_floppy(struct board *b)
{
    static const uint8_t modes[] = {0x46, 0x4A, 0x42, 0x56, 0x5A, 0x66, 0x06, 0x86, 0xC6};
    const struct fdc_opcode *o = &fdc_opcodes[board_below(b, COUNT(fdc_opcodes))];
    if (board_chance(b, 4))
        board_out(b, 0x3F2, 1, board_chance(b, 2) ? 0x1C : board_value(b) & 0xff);
    if (board_chance(b, 8))
        board_out(b, board_chance(b, 2) ? 0x3F7 : FDC_STATUS, 1, board_value(b) & 0xff);
    if (board_chance(b, 2))
        program_dma(b, 2, modes[board_below(b, COUNT(modes))], board_dma_address(b),
                    board_chance(b, 4) ? board_below(b, 65536)
                                       : 512 * (1 + board_below(b, 18)) - 1);
    fdc_put(b, (uint8_t)(o->opcode | (board_any(b) & (uint8_t)~o->mask)));
    for (unsigned i = 0; i < o->parameters; i++)
        fdc_put(b, fdc_parameter(b, i));
    board_pass(b, board_chance(b, 8) ? board_below(b, 400000000) : board_below(b, 3000000));
    if (board_chance(b, 3)) // without DMA, the processor moves the bytes
        for (unsigned i = board_below(b, 1030); i; i--) {
            if (board_in(b, FDC_STATUS, 1) & FDC_DIO)
                board_in(b, FDC_DATA, 1);
            else
                board_out(b, FDC_DATA, 1, board_any(b) & 0xff);
        }
    fdc_take(b, 12);
    if (board_chance(b, 3)) {
        fdc_put(b, 0x08);
        fdc_take(b, 4);
    }
}

// --- people who change media ---

void sequence_media(struct board *b)
{
    static const char *const names[] = {"ide0-cd0", "ide0-cd1", "ide1-cd0", "ide1-cd1",
                                        "floppy0",  "floppy1",  "ide0-hd0"};
    static const char *const images[] = {NULL, NULL, "/dev/null", "/proc/self/exe", "/nowhere"};
    char why[256];
    machine_change_drive(b->m, names[board_below(b, COUNT(names))],
                         images[board_below(b, COUNT(images))], board_chance(b, 2), why,
                         sizeof why);
}
