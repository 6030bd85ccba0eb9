// Sequences for what sits on PCI and on the processor's bus: configuration, BARs that move, shadow
// RAM, APICs, HPET, virtio's queues, NE2000. A device that a board does not have is left alone.
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu_state.h"
#include "emu/net/net.h"
#include "emu/tests/fuzz_board.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const struct board_function *any_function(struct board *b)
{
    return b->nfunctions ? &b->function[board_below(b, b->nfunctions)] : NULL;
}

void sequence_configuration(struct board *b)
{
    const struct board_function *f = any_function(b);
    unsigned devfn = f && board_below(b, 4) ? f->devfn : board_below(b, 256);
    for (unsigned i = 1 + board_below(b, 4); i; i--) {
        unsigned offset = board_chance(b, 2) ? board_below(b, 0x40) : board_below(b, 0x100);
        if (board_below(b, 3))
            board_config_write(b, devfn, offset, board_size(b),
                               board_below(b, 3) ? board_value(b) : 7);
        else
            board_config_read(b, devfn, offset, board_size(b));
    }
}

void sequence_memory(struct board *b)
{
    uint8_t bytes[64] = {0};
    for (unsigned i = 1 + board_below(b, 8); i; i--) {
        uint32_t at = board_address(b);
        if (board_chance(b, 8))
            machine_dma_write(b->m, at, bytes, board_below(b, sizeof bytes) + 1);
        else if (board_chance(b, 8))
            machine_dma_read(b->m, at, bytes, board_below(b, sizeof bytes) + 1);
        else if (board_chance(b, 2))
            board_store(b, at, 1u << board_below(b, 4),
                        (uint64_t)board_any(b) << 32 | board_value(b));
        else
            board_load(b, at, 1u << board_below(b, 4));
    }
}

// A BAR goes somewhere else: on top of another, of RAM, of nothing; or all go back.
void sequence_bars(struct board *b)
{
    const struct board_function *f = any_function(b);
    if (!f || board_chance(b, 3)) {
        board_enumerate(b);
        return;
    }
    const struct board_function *g = any_function(b);
    unsigned i = board_below(b, BOARD_BARS), j = board_below(b, BOARD_BARS);
    uint32_t to = board_chance(b, 3)   ? g->bar[j].address + (board_below(b, 3) - 1) * 0x1000
                  : board_chance(b, 2) ? board_address(b)
                                       : board_value(b);
    if (f->bar[i].io)
        to = board_chance(b, 2) ? to & 0xffff : board_below(b, 0x500);
    board_config_write(b, f->devfn, i == 6 ? 0x30 : 0x10 + 4 * i, board_chance(b, 8) ? 1 : 4,
                       to | board_below(b, 2));
    if (board_chance(b, 4))
        board_config_write(b, f->devfn, 4, 2, board_below(b, 8));
    for (unsigned n = 0; n < 4; n++)
        board_bar_write(b, f, i, board_below(b, 64), board_size(b), board_value(b));
}

// 82441FX: 59h-5Fh say who answers at C0000h-FFFFFh; 82371SB: 60h-63h route interrupts.
void sequence_shadow(struct board *b)
{
    for (unsigned i = 1 + board_below(b, 4); i; i--)
        board_config_write(b, 0, 0x59 + board_below(b, 7), 1,
                           board_chance(b, 2) ? 0x33 : board_value(b) & 0xff);
    board_config_write(b, 8, 0x60 + board_below(b, 4), 1,
                       board_chance(b, 4) ? 0x80 : board_below(b, 16));
    board_store(b, 0xC0000 + board_below(b, 0x40000), 4, board_any(b));
    board_load(b, 0xC0000 + board_below(b, 0x40000), 4);
    board_out(b, 0x92, 1, board_chance(b, 2) ? 2 : 0);
}

// Intel SDM vol. 3, chapter 11; 82093AA.
void sequence_apic(struct board *b)
{
    static const uint16_t local[] = {0x20,  0x80,  0xB0,  0xD0,  0xE0,  0xF0,  0x280, 0x300, 0x310,
                                     0x320, 0x330, 0x340, 0x350, 0x360, 0x370, 0x380, 0x390, 0x3E0};
    uint32_t page =
        board_chance(b, 4) ? 0xFEE00000 : (uint32_t)b->m->cpu->msr[MSR_APIC_BASE] & 0xFFFFF000;
    for (unsigned i = 1 + board_below(b, 8); i; i--) {
        uint32_t at = page + local[board_below(b, COUNT(local))];
        if (board_chance(b, 3))
            board_load(b, at, 4);
        else
            board_store(b, at, 4, board_value(b));
    }
    if (board_chance(b, 2)) { // on, and a timer
        board_store(b, page + 0xF0, 4, 0x1FF);
        board_store(b, page + 0x3E0, 4, board_below(b, 16));
        board_store(b, page + 0x320, 4, board_below(b, 4) << 17 | (board_any(b) & 0xFF));
        board_store(b, page + 0x380, 4, board_chance(b, 2) ? board_below(b, 16) : board_value(b));
    }
    for (unsigned i = board_below(b, 6); i; i--) {
        board_store(b, 0xFEC00000, 4, board_below(b, 0x44));
        if (board_chance(b, 3))
            board_load(b, 0xFEC00010, 4);
        else
            board_store(b, 0xFEC00010, 4, board_value(b));
        if (board_chance(b, 4))
            board_store(b, 0xFEC00040, 4, board_value(b));
    }
    board_pass(b, board_below(b, 50000));
}

// The APIC's page goes off, on, into x2APIC mode, in front of RAM, of other registers, of nothing.
static void change_apic_base(struct board *b)
{
    enum { BOOT = 0x100, X2 = 0x400, ENABLE = 0x800 };
    static const uint32_t registers[] = {0xFEC00000, 0xFED00000, 0xFFFFF000, 0xA0000, 0};
    uint64_t page = board_chance(b, 2)   ? 0xFEE00000
                    : board_chance(b, 2) ? board_address(b) & 0xFFFFF000
                                         : registers[board_below(b, COUNT(registers))];
    if (board_chance(b, 16))
        page |= (uint64_t)board_any(b) << 32;
    if (board_chance(b, 3))
        board_msr_write(b, 0x1B, page | BOOT);
    board_msr_write(b, 0x1B, page | BOOT | ENABLE);
    if (board_chance(b, 2))
        board_msr_write(b, 0x1B, page | BOOT | ENABLE | X2);
}

// Intel SDM vol. 4; vol. 3, 11.12 (the APIC's registers as MSRs) and 11.5.4.1 (TSC deadline).
void sequence_msr(struct board *b)
{
    static const uint32_t all[] = {
#define MSR(name, number, needs, kind, mask, reset) number,
#include "emu/cpu/msr.def"
#undef MSR
    };
    if (board_chance(b, 3))
        change_apic_base(b);
    for (unsigned i = 1 + board_below(b, 8); i; i--) {
        uint32_t number = board_chance(b, 16)  ? board_any(b)
                          : board_chance(b, 2) ? 0x800 + board_below(b, 0x41)
                                               : all[board_below(b, COUNT(all))];
        uint64_t value = board_value(b);
        if (board_chance(b, 4))
            value |= (uint64_t)board_value(b) << 32;
        if (board_chance(b, 3))
            board_msr_read(b, number);
        else
            board_msr_write(b, number, value);
    }
    if (board_chance(b, 2)) { // a deadline that is near, in either mode
        board_msr_write(b, 0x80F, 0x1FF);
        board_msr_write(b, 0x832, 0x40000 | (board_any(b) & 0xFF));
        board_store(b, ((uint32_t)b->m->cpu->msr[MSR_APIC_BASE] & 0xFFFFF000) + 0x320, 4,
                    0x40000 | (board_any(b) & 0xFF));
        board_msr_write(b, 0x6E0, cpu_read_tsc(b->m->cpu) + board_value(b));
        if (board_chance(b, 4))
            board_msr_write(b, 0x10, board_value(b));
    }
    board_pass(b, board_below(b, 50000));
}

// IA-PC HPET specification 1.0a.
void sequence_hpet(struct board *b)
{
    static const uint16_t registers[] = {0,     4,     0x10,  0x14,  0x20,  0xF0,  0xF4,  0x100,
                                         0x104, 0x108, 0x10C, 0x120, 0x128, 0x12C, 0x140, 0x148};
    for (unsigned i = 1 + board_below(b, 8); i; i--) {
        uint32_t at = 0xFED00000 + registers[board_below(b, COUNT(registers))];
        unsigned size = board_chance(b, 4) ? 8 : 4;
        if (board_chance(b, 3))
            board_load(b, at, size);
        else
            board_store(b, at, size, (uint64_t)board_value(b) << 32 | board_value(b));
    }
    if (board_chance(b, 2)) { // a timer that fires: periodic with a short period, at an edge
        uint32_t timer = 0xFED00100 + 0x20 * board_below(b, 3);
        board_store(b, 0xFED00010, 4, 0);
        board_store(b, timer, 4, 0x4 | (board_any(b) & 0x3F4E));
        board_store(b, timer + 8, 8, board_chance(b, 2) ? board_below(b, 64) : board_value(b));
        board_store(b, timer + 8, 8, board_chance(b, 2) ? board_below(b, 64) : board_value(b));
        board_store(b, 0xFED00010, 4, 1 + 2 * board_below(b, 2));
    }
    board_pass(b, board_below(b, 50000));
}

// --- virtio 1.x, with the legacy interface ---

struct structure {
    bool there;
    unsigned bar;
    uint32_t offset, length;
};
enum { COMMON = 1, NOTIFY, ISR, DEVICE, PCI_WINDOW, KINDS };
enum { VENDOR_VIRTIO = 0x1AF4 };

// The structures that the capabilities name; a bounded walk.
static void read_capabilities(struct board *b, const struct board_function *f,
                              struct structure s[KINDS], uint32_t *multiplier)
{
    uint32_t at = board_config_read(b, f->devfn, 0x34, 1);
    for (unsigned i = 0; i < 16 && at >= 0x40; i++) {
        uint32_t head = board_config_read(b, f->devfn, at & 0xfc, 4);
        unsigned kind = head >> 24;
        if ((head & 0xff) == 9 && kind < KINDS && kind) {
            s[kind] =
                (struct structure){true, board_config_read(b, f->devfn, (at & 0xfc) + 4, 1) & 7,
                                   board_config_read(b, f->devfn, (at & 0xfc) + 8, 4),
                                   board_config_read(b, f->devfn, (at & 0xfc) + 12, 4)};
            if (kind == NOTIFY)
                *multiplier = board_config_read(b, f->devfn, (at & 0xfc) + 16, 4);
        }
        at = head >> 8 & 0xff;
    }
}

// A chain of descriptors as drivers make them: a request of a disk, a frame of a network card, or
// anything. Returns its first.
static uint32_t make_chain(struct board *b, uint32_t table, uint32_t size, bool disk)
{
    static const uint32_t lengths[] = {512, 4096, 16, 1, 0, 1526, 0xFFFFFFFF, 65536};
    uint32_t n = 1 + board_below(b, 5), first = board_below(b, size);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = board_dma_address(b), entry = table + (first + i) % size * 16;
        uint32_t length = lengths[board_below(b, COUNT(lengths))], flags = i + 1 < n;
        if (disk && i == 0) { // type, sector
            static const uint8_t types[] = {0, 1, 4, 8, 11, 13};
            length = 16;
            board_poke_number(b, to, 4, types[board_below(b, COUNT(types))]);
            board_poke_number(b, to + 4, 4, 0);
            board_poke_number(b, to + 8, 8,
                              board_chance(b, 4) ? board_value(b) : board_below(b, 2000));
        } else if (disk && i + 1 == n) {
            length = 1;
            flags |= 2;
        } else if (board_chance(b, 2)) {
            flags |= 2;
        }
        if (board_chance(b, 16))
            flags |= 4; // indirect
        board_poke_number(b, entry, 8, to);
        board_poke_number(b, entry + 8, 4, length);
        board_poke_number(b, entry + 12, 2, flags);
        board_poke_number(b, entry + 14, 2,
                          board_chance(b, 16) ? board_any(b) : (first + i + 1) % size);
    }
    return first;
}

static void fill_queue(struct board *b, uint32_t table, uint32_t available, uint32_t size,
                       bool disk)
{
    uint32_t n = 1 + board_below(b, 4);
    uint8_t index[2] = {0};
    mmu_phys_read(b->m->mmu, available + 2, index, 2);
    uint32_t at = index[0] | (uint32_t)index[1] << 8;
    for (uint32_t i = 0; i < n; i++)
        board_poke_number(b, available + 4 + 2 * ((at + i) % size), 2,
                          make_chain(b, table, size, disk));
    board_poke_number(b, available, 2, board_below(b, 2));
    board_poke_number(b, available + 2, 2, board_chance(b, 16) ? board_any(b) : at + n);
}

static void drive_legacy(struct board *b, const struct board_function *f, bool disk)
{
    uint32_t queue = board_below(b, 3);
    if (board_chance(b, 2)) {
        static const uint8_t steps[] = {0, 1, 3, 7};
        for (unsigned i = 0; i < COUNT(steps); i++)
            board_bar_write(b, f, 0, 0x12, 1, steps[i]);
        board_bar_write(b, f, 0, 4, 4, board_bar_read(b, f, 0, 0, 4));
    }
    board_bar_write(b, f, 0, 0x0E, 2, queue);
    uint32_t size = board_bar_read(b, f, 0, 0x0C, 2) & 0xffff;
    if (size == 0 || size > 1024)
        size = 256;
    uint32_t at = board_ram(b, 0x8000, 4096);
    if (board_chance(b, 2))
        board_bar_write(b, f, 0, 8, 4, at >> 12);
    else
        at = (board_bar_read(b, f, 0, 8, 4) & 0xfffff) << 12;
    fill_queue(b, at, at + 16 * size, size, disk);
    board_bar_write(b, f, 0, 0x10, 2, queue);
    board_pass(b, board_below(b, 100000));
    board_bar_read(b, f, 0, 0x13, 1);
    board_bar_read(b, f, 0, 0x14 + board_below(b, 64), board_size(b));
}

static void drive_modern(struct board *b, const struct board_function *f, const struct structure *s,
                         uint32_t multiplier, bool disk)
{
    const struct structure *c = &s[COMMON];
    uint32_t queue = board_below(b, 3), at = board_ram(b, 0x3000, 4096);
    uint32_t size = 1u << board_below(b, 9);
    if (board_chance(b, 2)) {
        for (unsigned i = 0; i < 2; i++) { // features, as offered
            board_bar_write(b, f, c->bar, c->offset, 4, i);
            uint32_t offered = board_bar_read(b, f, c->bar, c->offset + 4, 4);
            board_bar_write(b, f, c->bar, c->offset + 8, 4, i);
            board_bar_write(b, f, c->bar, c->offset + 12, 4, offered);
        }
        static const uint8_t steps[] = {0, 1, 3, 0x0B, 0x0F};
        for (unsigned i = 0; i < COUNT(steps); i++)
            board_bar_write(b, f, c->bar, c->offset + 0x14, 1, steps[i]);
    }
    board_bar_write(b, f, c->bar, c->offset + 0x16, 2, queue);
    if (board_chance(b, 2)) {
        const uint32_t parts[] = {at, at + 16 * size, at + 0x2000};
        board_bar_write(b, f, c->bar, c->offset + 0x1C, 2, 0);
        board_bar_write(b, f, c->bar, c->offset + 0x18, 2, size);
        for (unsigned i = 0; i < 3; i++) {
            board_bar_write(b, f, c->bar, c->offset + 0x20 + 8 * i, 4, parts[i]);
            board_bar_write(b, f, c->bar, c->offset + 0x24 + 8 * i, 4,
                            board_chance(b, 16) ? board_value(b) : 0);
        }
        board_bar_write(b, f, c->bar, c->offset + 0x1C, 2, 1);
    } else {
        at = board_bar_read(b, f, c->bar, c->offset + 0x20, 4);
        size = board_bar_read(b, f, c->bar, c->offset + 0x18, 2) & 0x3ff;
        size = size ? size : 1;
    }
    fill_queue(b, at, at + 16 * size, size, disk);
    board_bar_write(b, f, s[NOTIFY].bar, s[NOTIFY].offset + queue * multiplier, 2, queue);
    board_pass(b, board_below(b, 100000));
    board_bar_read(b, f, s[ISR].bar, s[ISR].offset, 1);
    board_bar_read(b, f, s[DEVICE].bar, s[DEVICE].offset + board_below(b, 64), board_size(b));
}

void sequence_virtio(struct board *b)
{
    const struct board_function *f = board_find(b, VENDOR_VIRTIO, 0, board_below(b, 3));
    struct structure s[KINDS] = {{0}};
    uint32_t multiplier = 0;
    if (!f)
        return;
    bool disk = (f->device == 0x1001 || f->device == 0x1042) != board_chance(b, 16);
    read_capabilities(b, f, s, &multiplier);
    if (s[COMMON].there && board_chance(b, 2))
        drive_modern(b, f, s, multiplier, disk);
    else
        drive_legacy(b, f, disk);
}

// DP8390: page 0 programmed, a packet sent, remote DMA both ways; RTL8029's registers.
void sequence_ne2000(struct board *b)
{
    const struct board_function *f = board_find(b, 0x10EC, 0x8029, 0);
    if (!f)
        return;
    static const uint8_t start[][2] = {{0x00, 0x21}, {0x0E, 0x49}, {0x0A, 0},    {0x0B, 0},
                                       {0x0C, 0x04}, {0x0D, 0x02}, {0x01, 0x46}, {0x02, 0x80},
                                       {0x03, 0x46}, {0x07, 0xFF}, {0x0F, 0x7F}, {0x0D, 0x00},
                                       {0x00, 0x22}};
    if (board_chance(b, 4))
        board_bar_read(b, f, 0, 0x1F, 1);
    for (unsigned i = 0; board_chance(b, 2) && i < COUNT(start); i++)
        board_bar_write(b, f, 0, start[i][0], 1,
                        board_chance(b, 8) ? board_value(b) & 0xff : start[i][1]);
    for (unsigned i = board_below(b, 8); i; i--)
        board_bar_write(b, f, 0, board_below(b, 16), 1, board_value(b) & 0xff);
    uint32_t at = board_chance(b, 2) ? 0x4000 + board_below(b, 0x4000) : board_any(b) & 0xffff;
    uint32_t n = board_chance(b, 8) ? board_any(b) & 0xffff : board_below(b, 1600);
    bool in = board_chance(b, 2);
    board_bar_write(b, f, 0, 0x08, 1, at & 0xff);
    board_bar_write(b, f, 0, 0x09, 1, at >> 8 & 0xff);
    board_bar_write(b, f, 0, 0x0A, 1, n & 0xff);
    board_bar_write(b, f, 0, 0x0B, 1, n >> 8 & 0xff);
    board_bar_write(b, f, 0, 0x00, 1, in ? 0x0A : 0x12);
    for (unsigned i = 0, size = board_size(b); i <= n && i < 2000; i += size) {
        if (in)
            board_bar_read(b, f, 0, 0x10, size);
        else
            board_bar_write(b, f, 0, 0x10, size, board_any(b));
    }
    board_bar_write(b, f, 0, 0x04, 1, at >> 8 & 0xff);
    board_bar_write(b, f, 0, 0x05, 1, n & 0xff);
    board_bar_write(b, f, 0, 0x06, 1, n >> 8 & 0xff);
    board_bar_write(b, f, 0, 0x00, 1, 0x26); // send
    board_pass(b, board_below(b, 100000));
    board_bar_read(b, f, 0, 0x07, 1);
}

// Frames of all lengths, for the card, for all, for others; the cable comes and goes.
void sequence_network(struct board *b)
{
    static const uint16_t lengths[] = {0, 1, 13, 14, 60, 64, 1514, 1518, NET_FRAME_MAX};
    struct netdev *n = b->net[board_below(b, BOARD_NICS)];
    uint8_t frame[NET_FRAME_MAX];
    if (!n)
        return;
    for (unsigned i = 1 + board_below(b, 8); i; i--) {
        size_t bytes = board_chance(b, 2) ? lengths[board_below(b, COUNT(lengths))]
                                          : board_below(b, NET_FRAME_MAX + 1);
        for (size_t k = 0; k < bytes; k++)
            frame[k] = (uint8_t)board_any(b);
        static const uint8_t card[] = {0x52, 0x54, 0, 0x12, 0x34, 0};
        for (size_t k = 0; k < 6; k++)
            frame[k] = board_chance(b, 3) ? 0xFF : card[k];
        netdev_deliver(n, frame, bytes);
    }
    if (board_chance(b, 16))
        netdev_set_link(n, board_chance(b, 2));
    netdev_pump(n);
}
