// The NE2000 on PCI (device/dp8390.c, ne2k_pci.c), by its registers: sending, the receive ring with
// all its wraps, addresses, loopback, remote DMA, and values that no driver writes.
#include "emu/device/dp8390.h"
#include "emu/tests/ne2k_driver.h"
#include "emu/tests/verdict.h"

static void make_frame(uint8_t *frame, unsigned bytes, unsigned number)
{
    memcpy(frame, bench_mac, 6);
    memcpy(frame + 6, "\x52\x55\x0a\0\x02\x02\x88\xb5", 8);
    for (unsigned i = 14; i < bytes; i++)
        frame[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
    frame[14] = (uint8_t)number;
}

// --- cases ---

static void test_identity(void)
{
    struct nic_bench *b = card();
    CHECK(pci_in(b->m, 0) == 0x802910ec, "vendor and device %08x", pci_in(b->m, 0));
    CHECK(pci_in(b->m, 8) >> 8 == 0x020000, "class %06x", pci_in(b->m, 8) >> 8);
    pci_out(b->m, 0x10, ~0u);
    CHECK(pci_in(b->m, 0x10) == 0xffffffe1, "BAR 0 sizes as %08x", pci_in(b->m, 0x10));
    pci_out(b->m, 0x10, BASE);
    CHECK(in(b, CR) == 0x21, "CR %02x after reset", in(b, CR));
    CHECK(in(b, ISR) == RST, "ISR %02x after reset", in(b, ISR));
    CHECK(in(b, 0xa) == 0x50 && in(b, 0xb) == 0x43, "ID %02x %02x", in(b, 0xa), in(b, 0xb));
    out(b, CR, 0xe1);
    CHECK(in(b, 0xe) == 0x29 && in(b, 0xf) == 0x80, "page 3's ID");
    out(b, 6, 0x40);
    CHECK(in(b, 6) == 0, "CONFIG3 could be written");
    out(b, 1, 0xc0), out(b, 6, 0x40);
    CHECK(in(b, 6) == 0x40, "CONFIG3 could not be written");
    // The address is read byte by byte from the PROM in word mode.
    uint8_t prom[16];
    out(b, CR, 0x21), out(b, 0xe, 0x49);
    remote(b, 0, 32, 0x0a);
    for (unsigned i = 0; i < 16; i++)
        prom[i] = in(b, DATA);
    CHECK(memcmp(prom, bench_mac, 6) == 0, "the address begins %02x:%02x", prom[0], prom[1]);
    CHECK(prom[14] == 'W' && prom[15] == 'W', "the PROM ends %02x %02x", prom[14], prom[15]);
    CHECK(in(b, ISR) & RDC, "no end of remote DMA");
    CHECK(in(b, DATA) == 0xff, "bytes behind the end");
    nic_bench_destroy(b);
    case_end("ne2k.identity");
}

static void test_registers(void)
{
    struct nic_bench *b = card();
    out(b, CR, 0x21);
    out(b, 1, 0x46), out(b, 2, 0x60), out(b, 3, 0x55), out(b, 4, 0x40);
    out(b, 0xc, 0x15), out(b, 0xd, 0x02), out(b, 0xe, 0x49), out(b, 0xf, 0x3f);
    CHECK(in(b, 3) == 0x55, "BNRY %02x", in(b, 3));
    out(b, CR, 0xa1);
    static const struct {
        uint8_t reg, value;
    } page2[] = {{1, 0x46}, {2, 0x60}, {4, 0x40}, {12, 0xd5}, {13, 0xe2}, {14, 0xc9}, {15, 0xbf}};
    for (unsigned i = 0; i < sizeof page2 / sizeof *page2; i++)
        CHECK(in(b, page2[i].reg) == page2[i].value, "page 2, %x: %02x", page2[i].reg,
              in(b, page2[i].reg));
    out(b, CR, 0x61);
    for (unsigned i = 1; i < 16; i++)
        out(b, i, (uint8_t)(0x30 + i));
    for (unsigned i = 1; i < 16; i++)
        CHECK(in(b, i) == 0x30 + i, "page 1, %x: %02x", i, in(b, i));
    in(b, RESET);
    CHECK(in(b, CR) == 0x21 && in(b, ISR) & RST, "the reset port does not reset");
    CHECK(in(b, 3) == 0x55, "the reset changed BNRY");
    nic_bench_destroy(b);
    case_end("ne2k.registers");
}

static void test_memory(void)
{
    struct nic_bench *b = card();
    uint8_t bytes[512], back[512];
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 5 + (i >> 8) + 1);
    write_memory(b, 0x4100, bytes, 301);
    read_memory(b, 0x4100, back, 301);
    CHECK(memcmp(bytes, back, 301) == 0, "301 bytes did not come back");
    // the ring's end is its start for remote DMA
    write_memory(b, (PSTOP << 8) - 100, bytes, 300);
    read_memory(b, (PSTOP << 8) - 100, back, 300);
    CHECK(memcmp(bytes, back, 300) == 0, "300 bytes around the ring's end");
    read_memory(b, PSTART << 8, back, 200);
    CHECK(memcmp(bytes + 100, back, 200) == 0, "what wrapped is not at the start");
    // bytes on an 8-bit bus
    out(b, 0xe, 0x48);
    remote(b, 0x4100, 4, 0x0a);
    CHECK(machine_port_read(b->m, BASE + DATA, 2) == bytes[0], "8 bits: not one byte an access");
    CHECK(in(b, 8) == 1 && in(b, 9) == 0x41, "CRDA %02x%02x", in(b, 9), in(b, 8));
    out(b, 0xe, 0x49);
    // neither PROM nor RAM
    write_memory(b, 0x2000, bytes, 16);
    read_memory(b, 0x2000, back, 16);
    CHECK(back[0] == 0xff && back[15] == 0xff, "memory where there is none");
    write_memory(b, 0, bytes, 16);
    read_memory(b, 0, back, 2);
    CHECK(back[0] == bench_mac[0], "the PROM was written");
    out(b, ISR, 0xff);
    remote(b, 0x4100, 0, 0x0a);
    CHECK(in(b, ISR) == RDC, "ISR %02x after remote DMA of nothing", in(b, ISR));
    nic_bench_destroy(b);
    case_end("ne2k.remote_dma");
}

static void test_transmit(void)
{
    struct nic_bench *b = card();
    uint8_t frame[1520];
    static const unsigned sizes[] = {60, 61, 256, 1000, 1513, 1514};
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_frame(frame, 1516, i);
        out(b, ISR, 0xff);
        send_frame(b, frame, sizes[i]);
        CHECK(b->sent == i + 1 && b->out[i].bytes == sizes[i], "%u frames, the last of %zu bytes",
              b->sent, b->out[i].bytes);
        CHECK(memcmp(b->out[i].frame, frame, sizes[i]) == 0, "another frame of %u bytes", sizes[i]);
        CHECK(in(b, ISR) & PTX && in(b, 4) == 3, "ISR %02x TSR %02x", in(b, ISR), in(b, 4));
        CHECK(!(in(b, CR) & 4), "CR.TXP stays");
    }
    unsigned before = b->sent;
    send_frame(b, frame, 0);
    out(b, 5, 0xff), out(b, 6, 0xff);
    out(b, CR, 0x26);
    CHECK(b->sent == before, "a frame of 0 or 65535 bytes was sent");
    out(b, CR, 0x25);
    CHECK(b->sent == before, "sent while stopped");
    nic_bench_destroy(b);
    case_end("ne2k.transmit");
}

// All sizes, in bursts as large as the ring takes, for many turns; every byte is looked at.
static void test_ring(void)
{
    struct nic_bench *b = card();
    uint8_t frame[1600], got[1600], next = PSTART;
    unsigned put = 0, taken = 0, bad = 0, random = 1, size_of[64];
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    for (unsigned turn = 0; turn < 20000 && taken < 20000 && !bad; turn++) {
        random = random * 1103515245 + 12345;
        unsigned burst = random >> 16 & 15;
        for (unsigned i = 0; i < burst && put - taken < 60; i++) {
            random = random * 1103515245 + 12345;
            unsigned bytes = random >> 29 == 0 ? 1514 : 60 + (random >> 16) % 1455;
            make_frame(frame, bytes, put);
            size_of[put++ % 64] = bytes;
            arrive(b, frame, bytes);
        }
        unsigned most = random >> 20 & 15;
        for (unsigned i = 0; i < most && taken < put; i++) {
            unsigned bytes = take_frame(b, &next, got, &bad);
            if (!bytes)
                break;
            make_frame(frame, bytes, taken);
            CHECK(bytes == size_of[taken % 64], "frame %u has %u bytes, not %u", taken, bytes,
                  size_of[taken % 64]);
            CHECK(memcmp(frame, got, bytes) == 0, "frame %u of %u bytes is not what arrived", taken,
                  bytes);
            taken++;
        }
    }
    CHECK(!bad, "frame %u: bad header at page %02x, count %u", taken, bad >> 16 & 0xff,
          bad & 0xffff);
    CHECK(taken >= 20000, "only %u frames of %u came", taken, put);
    CHECK(!(in(b, ISR) & OVW), "overflow");
    nic_bench_destroy(b);
    case_end("ne2k.ring");
}

// A driver that takes a few frames an interrupt and then clears PRX, as Linux' does: it must be
// told of the rest, although nothing more can arrive.
static void test_ring_rest(void)
{
    struct nic_bench *b = card();
    uint8_t frame[1514], got[1600], next = PSTART;
    unsigned bad = 0, taken = 0;
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    out(b, 0xf, 0x3f);
    for (unsigned i = 0; i < 30; i++) {
        make_frame(frame, sizeof frame, i);
        arrive(b, frame, sizeof frame);
    }
    for (unsigned turn = 0; turn < 30 && in(b, ISR) & PRX; turn++) {
        for (unsigned i = 0; i < 3 && take_frame(b, &next, got, &bad); i++)
            CHECK(got[14] == taken++, "frame %u is not the next", got[14]);
        out(b, ISR, PRX);
    }
    CHECK(taken == 30 && !bad, "PRX is off after %u of 30 frames", taken);
    nic_bench_destroy(b);
    case_end("ne2k.ring_rest");
}

static bool hears(struct nic_bench *b, const uint8_t to[6])
{
    uint8_t frame[60] = {0}, before = current(b);
    memcpy(frame, to, 6);
    arrive(b, frame, sizeof frame);
    out(b, 3, before); // room again
    return current(b) != before;
}

static void test_addresses(void)
{
    struct nic_bench *b = card();
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1}, other[6] = {0x52, 0x54, 0, 1, 2, 3};
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    out(b, 0xc, 0);
    CHECK(hears(b, bench_mac), "its own address");
    CHECK(!hears(b, other) && !hears(b, broadcast) && !hears(b, group), "something else");
    out(b, 0xc, 0x04);
    CHECK(hears(b, broadcast), "AB: not broadcast");
    out(b, 0xc, 0x10);
    CHECK(hears(b, other), "PRO: not all stations");
    CHECK(!hears(b, broadcast) && !hears(b, group), "PRO: groups");
    // 01:00:5e:00:00:01 has 31 in the upper six bits of its CRC, as an Ethernet sends it.
    out(b, 0xc, 0x08);
    CHECK(!hears(b, group), "AM with no bit set");
    out(b, CR, 0x62), out(b, 8 + 31 / 8, 1 << 31 % 8), out(b, CR, 0x22);
    CHECK(hears(b, group), "AM with the group's bit set");
    out(b, 0xc, 0x24);
    CHECK(!hears(b, broadcast), "MON stores");
    CHECK(in(b, 0xf) == 1 && in(b, 0xf) == 0, "MON does not count, or CNTR2 is not cleared");
    nic_bench_destroy(b);
    case_end("ne2k.addresses");
}

static void test_overflow(void)
{
    struct nic_bench *b = card();
    uint8_t frame[1514];
    init_ring(b, PSTART, PSTART + 4, PSTART + 3); // four pages
    out(b, 0xf, 0x10);
    make_frame(frame, sizeof frame, 1);
    arrive(b, frame, sizeof frame);
    CHECK(in(b, ISR) == OVW && current(b) == PSTART, "ISR %02x CURR %02x", in(b, ISR), current(b));
    CHECK(pci_in(b->m, 4) & 1 << 19, "no interrupt");
    CHECK(in(b, 0xf) == 1, "the frame is not counted as missed");
    out(b, ISR, OVW);
    CHECK(!(pci_in(b->m, 4) & 1 << 19), "the interrupt stays");
    arrive(b, frame, 300);
    CHECK(in(b, ISR) == PRX && current(b) == PSTART + 2, "a short frame is not stored");
    for (unsigned i = 0; i < 300; i++) { // does not fit, but the guest has frames to read: it waits
        arrive(b, frame, sizeof frame);
        out(b, 3, PSTART + 3);
    }
    CHECK(in(b, 0xf) == 0, "a frame that waits is counted as missed");
    out(b, CR, 0x21);
    CHECK(in(b, ISR) & RST, "RST does not show that it stopped");
    nic_bench_destroy(b);
    case_end("ne2k.overflow");
}

static void test_loopback(void)
{
    struct nic_bench *b = card();
    uint8_t frame[64], fifo[8];
    static const uint8_t tsr[4] = {0, 0x53, 0x43, 0x03};
    init_ring(b, PSTART, PSTOP, PSTOP - 1);
    make_frame(frame, 60, 9);
    for (unsigned mode = 1; mode < 4; mode++) {
        out(b, 0xd, (uint8_t)(mode << 1));
        out(b, ISR, 0xff);
        send_frame(b, frame, 60);
        CHECK(b->sent == 0, "mode %u: sent on the wire", mode);
        CHECK((in(b, ISR) & ~RDC) == PTX && in(b, 0xc) == 2 && in(b, 4) == tsr[mode],
              "mode %u: ISR %02x RSR %02x TSR %02x", mode, in(b, ISR), in(b, 0xc), in(b, 4));
        for (unsigned i = 0; i < 8; i++)
            fifo[i] = in(b, 6);
        CHECK(fifo[0] == 64 && fifo[1] == 0 && fifo[2] == 0 && fifo[3] == frame[59],
              "mode %u: FIFO %02x %02x %02x %02x", mode, fifo[0], fifo[1], fifo[2], fifo[3]);
        uint32_t crc = dp8390_crc(frame, 60);
        CHECK(memcmp(fifo + 4, &crc, 4) == 0, "mode %u: the checksum in the FIFO", mode);
    }
    uint32_t crc = dp8390_crc(frame, 60); // the driver's own checksum is looked at
    memcpy(frame + 60, &crc, 4);
    out(b, 0xd, 3);
    send_frame(b, frame, 64);
    CHECK(in(b, 0xc) == 1, "RSR %02x for a right checksum", in(b, 0xc));
    frame[20] ^= 1;
    send_frame(b, frame, 64);
    CHECK(in(b, 0xc) == 2, "RSR %02x for a wrong checksum", in(b, 0xc));
    arrive(b, frame, 60);
    CHECK(current(b) == PSTART, "a frame of the wire in loopback");
    nic_bench_destroy(b);
    case_end("ne2k.loopback");
}

// Any value in any register, frames of any length: it must come back. What it may not touch is for
// the sanitizers.
static void test_hostile(void)
{
    struct nic_bench *b = card();
    uint8_t frame[NET_FRAME_MAX];
    uint32_t random = 7;
    memset(frame, 0xff, sizeof frame);
    for (unsigned i = 0; i < 300000; i++) {
        random = random * 1664525 + 1013904223;
        unsigned size = 1u << (random >> 30 == 3 ? 2 : random >> 30), reg = random >> 25 & 31;
        if (reg >= 0x18 && random & 0xff00)
            reg = 0x10; // resets are few
        if (random >> 20 & 1)
            machine_port_write(b->m, (uint16_t)(BASE + reg), size, random >> 7);
        else
            machine_port_read(b->m, (uint16_t)(BASE + reg), size);
        if (i % 16 == 0)
            arrive(b, frame, random >> 8 & (sizeof frame - 1));
    }
    CHECK(in(b, 0x1f) == 0 && in(b, CR) == 0x21, "it cannot be reset any more");
    nic_bench_destroy(b);
    case_end("ne2k.hostile");
}

int main(void)
{
    test_identity();
    test_registers();
    test_memory();
    test_transmit();
    test_ring();
    test_ring_rest();
    test_addresses();
    test_overflow();
    test_loopback();
    test_hostile();
    return verdict_failures != 0;
}
