// A driver for the NE2000 on PCI, for tests, which keeps its pointers into the ring as Linux' does.
#ifndef TM_EMU_TESTS_NE2K_DRIVER_H
#define TM_EMU_TESTS_NE2K_DRIVER_H

#include "emu/tests/nic_bench.h"

enum { BASE = 0xc000, CR = 0, DATA = 0x10, RESET = 0x1f };
enum { PSTART = 0x4c, PSTOP = 0x80, TX_PAGE = 0x40 };
enum { ISR = 7, PRX = 1, PTX = 2, OVW = 0x10, CNT = 0x20, RDC = 0x40, RST = 0x80 };

static inline void out(struct nic_bench *b, unsigned reg, uint8_t value)
{
    outb(b->m, (uint16_t)(BASE + reg), value);
}

static inline uint8_t in(struct nic_bench *b, unsigned reg)
{
    return inb(b->m, (uint16_t)(BASE + reg));
}

// Its ports are mapped.
static inline struct nic_bench *card_of(struct nic_bench *b)
{
    pci_out(b->m, 0x10, BASE);
    pci_out(b->m, 0x04, 1);
    return b;
}

static inline void remote(struct nic_bench *b, unsigned at, unsigned bytes, uint8_t command)
{
    out(b, CR, 0x22);
    out(b, 0xa, (uint8_t)bytes), out(b, 0xb, (uint8_t)(bytes >> 8));
    out(b, 8, (uint8_t)at), out(b, 9, (uint8_t)(at >> 8));
    out(b, CR, command);
}

// As Linux: long words, then what is left.
static inline void read_memory(struct nic_bench *b, unsigned at, uint8_t *to, unsigned bytes)
{
    remote(b, at, bytes, 0x0a);
    for (unsigned i = 0; i < bytes;) {
        unsigned size = bytes - i >= 4 ? 4 : bytes - i >= 2 ? 2 : 1;
        uint32_t value = machine_port_read(b->m, BASE + DATA, size);
        memcpy(to + i, &value, size);
        i += size;
    }
}

static inline void write_memory(struct nic_bench *b, unsigned at, const uint8_t *from,
                                unsigned bytes)
{
    remote(b, at, (bytes + 1) & ~1u, 0x12);
    for (unsigned i = 0; i < bytes; i += 2)
        machine_port_write(b->m, BASE + DATA, 2, (uint32_t)(from[i] | from[i + 1] << 8));
}

static inline void send_frame(struct nic_bench *b, const uint8_t *frame, unsigned bytes)
{
    write_memory(b, TX_PAGE << 8, frame, bytes);
    out(b, CR, 0x22);
    out(b, 4, TX_PAGE);
    out(b, 5, (uint8_t)bytes), out(b, 6, (uint8_t)(bytes >> 8));
    out(b, CR, 0x26);
}

// What a driver does first; `boundary` is the register's first value.
static inline void init_ring(struct nic_bench *b, uint8_t start, uint8_t stop, uint8_t boundary)
{
    out(b, CR, 0x21);
    out(b, 0xe, 0x49);
    out(b, 0xa, 0), out(b, 0xb, 0);
    out(b, 0xc, 0x04), out(b, 0xd, 0x00);
    out(b, 1, start), out(b, 2, stop), out(b, 3, boundary);
    out(b, ISR, 0xff);
    out(b, CR, 0x61);
    for (unsigned i = 0; i < 6; i++)
        out(b, 1 + i, bench_mac[i]);
    for (unsigned i = 8; i < 16; i++)
        out(b, i, 0);
    out(b, 7, start);
    out(b, CR, 0x22);
}

static inline uint8_t current(struct nic_bench *b)
{
    out(b, CR, 0x60); // neither STA nor STP: as it was
    uint8_t page = in(b, 7);
    out(b, CR, 0x20);
    return page;
}

// The next frame of the ring as Linux' ei_receive() takes it, BNRY included. 0: none.
static inline unsigned take_frame(struct nic_bench *b, uint8_t *next, uint8_t *frame, unsigned *bad)
{
    uint8_t header[4];
    if (*next == current(b))
        return 0;
    read_memory(b, (unsigned)*next << 8, header, 4);
    unsigned counted = (unsigned)(header[2] | header[3] << 8), bytes = counted - 4;
    unsigned pages = (counted + 4 + 255) / 256, expected = *next + pages;
    expected -= expected >= PSTOP ? PSTOP - PSTART : 0;
    if (!(header[0] & PRX) || counted < 64 || counted > 1518 || header[1] != expected) {
        *bad = 1u << 31 | (unsigned)*next << 16 | counted;
        return 0;
    }
    read_memory(b, ((unsigned)*next << 8) + 4, frame, bytes);
    *next = header[1];
    out(b, CR, 0x20);                // neither STA nor STP
    out(b, 3, (uint8_t)(*next - 1)); // PSTART - 1, too
    return bytes;
}

static inline struct nic_bench *card(void)
{
    return card_of(nic_bench("ne2k_pci"));
}

#endif
