// The DP8390D (dp8390.h). Section numbers are the datasheet's.
//
// Not as on silicon: a frame is sent in no time, and there are no collisions. The wire waits while
// the receive ring has no room for a frame, as a switch with flow control would have it; so the
// overflow of 7.0 is seen by a guest only if its ring cannot hold the frame at all.
#include "emu/device/dp8390.h"

#include <string.h>

#include "emu/net/net.h"

enum cr_bit { CR_STP = 0x01, CR_STA = 0x02, CR_TXP = 0x04, CR_RD = 0x38 };
enum cr_rd { RD_READ = 0x08, RD_WRITE = 0x10, RD_SEND = 0x18, RD_ABORT = 0x20 };
enum isr_bit {
    ISR_PRX = 0x01,
    ISR_PTX = 0x02,
    ISR_OVW = 0x10,
    ISR_CNT = 0x20,
    ISR_RDC = 0x40,
    ISR_RST = 0x80,
};
enum rcr_bit { RCR_RUNTS = 0x02, RCR_BROADCAST = 0x04, RCR_MULTICAST = 0x08, RCR_ALL = 0x10 };
enum { RCR_MONITOR = 0x20, TCR_CRC_OFF = 0x01, TCR_LOOPBACK = 0x06, DCR_WORDS = 0x01 };
enum rsr_bit {
    RSR_PRX = 0x01,
    RSR_CRC = 0x02,
    RSR_MISSED = 0x10,
    RSR_GROUP = 0x20,
    RSR_OFF = 0x40
};
enum tsr_bit { TSR_PTX = 0x01, TSR_ND = 0x02, TSR_CRS = 0x10, TSR_CDH = 0x40 };
enum counter { COUNTER_ALIGNMENT, COUNTER_CRC, COUNTER_MISSED };
enum { PAGE_BYTES = 256, HEADER_BYTES = 4, CRC_BYTES = 4, SHORTEST_FRAME = 60, COUNTER_STOP = 192 };

static void update_irq(struct dp8390 *d)
{
    d->set_irq(d->opaque, (d->isr & d->imr & ~ISR_RST) != 0);
}

static void note(struct dp8390 *d, uint8_t isr_bits)
{
    d->isr |= isr_bits;
    update_irq(d);
}

static void count(struct dp8390 *d, enum counter which)
{
    if (d->cntr[which] < COUNTER_STOP && ++d->cntr[which] & 0x80)
        d->isr |= ISR_CNT;
}

uint32_t dp8390_crc(const uint8_t *bytes, size_t n)
{
    static const uint32_t by_nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                           0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                           0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                           0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ by_nibble[crc & 15];
        crc = crc >> 4 ^ by_nibble[crc & 15];
    }
    return ~crc;
}

// --- memory ---

static uint8_t load(const struct dp8390 *d, uint16_t at)
{
    if (at < DP8390_PROM_BYTES)
        return d->prom[at];
    uint16_t offset = (uint16_t)(at - DP8390_RAM);
    return offset < DP8390_RAM_BYTES ? d->ram[offset] : 0xff;
}

static void store(struct dp8390 *d, uint16_t at, uint8_t value)
{
    uint16_t offset = (uint16_t)(at - DP8390_RAM);
    if (offset < DP8390_RAM_BYTES)
        d->ram[offset] = value;
}

// --- remote DMA (8.0) ---

static void end_remote(struct dp8390 *d)
{
    if (d->send_packet) {
        d->bnry = d->next_bnry;
        d->send_packet = false;
        d->has_room(d->opaque);
    }
    note(d, ISR_RDC);
}

static void start_remote(struct dp8390 *d)
{
    unsigned rd = d->cr & CR_RD;
    d->send_packet = rd == RD_SEND;
    if (d->send_packet) { // the packet at the boundary, by its own header
        uint16_t at = (uint16_t)(d->bnry << 8);
        d->next_bnry = load(d, (uint16_t)(at + 1));
        d->rsar = at;
        d->rbcr = (uint16_t)(load(d, (uint16_t)(at + 2)) | load(d, (uint16_t)(at + 3)) << 8);
    }
    d->crda = d->rsar;
    d->remote_left = d->rbcr;
    if (rd != RD_ABORT && !(rd & RD_ABORT) && d->remote_left == 0)
        end_remote(d);
}

// A step of n bytes; the ring's end is its start.
static void step_remote(struct dp8390 *d, unsigned n)
{
    d->crda = (uint16_t)(d->crda + n);
    if (d->crda == (uint16_t)(d->pstop << 8))
        d->crda = (uint16_t)(d->pstart << 8);
    d->remote_left = d->remote_left > n ? (uint16_t)(d->remote_left - n) : 0;
    if (d->remote_left == 0)
        end_remote(d);
}

// How many bytes an access moves: one on an 8-bit bus; a word, or two.
static unsigned bytes_moved(const struct dp8390 *d, unsigned size)
{
    return !(d->dcr & DCR_WORDS) ? 1 : size == 4 ? 4 : 2;
}

uint32_t dp8390_read_data(struct dp8390 *d, unsigned size)
{
    unsigned rd = d->cr & CR_RD, n = bytes_moved(d, size);
    uint32_t value = 0;
    if ((rd != RD_READ && rd != RD_SEND) || d->remote_left == 0)
        return ~0u;
    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)load(d, (uint16_t)(d->crda + i)) << (8 * i);
    step_remote(d, n);
    return value;
}

void dp8390_write_data(struct dp8390 *d, unsigned size, uint32_t value)
{
    unsigned n = bytes_moved(d, size);
    if ((d->cr & CR_RD) != RD_WRITE || d->remote_left == 0)
        return;
    for (unsigned i = 0; i < n && i < d->remote_left; i++)
        store(d, (uint16_t)(d->crda + i), (uint8_t)(value >> (8 * i)));
    step_remote(d, n);
}

// --- receiving (7.0) ---

static unsigned pages_of(size_t bytes)
{
    size_t stored = bytes < SHORTEST_FRAME ? SHORTEST_FRAME : bytes;
    return (unsigned)((HEADER_BYTES + stored + CRC_BYTES + PAGE_BYTES - 1) / PAGE_BYTES);
}

static uint8_t page_after(const struct dp8390 *d, uint8_t page)
{
    page++;
    return page == d->pstop ? d->pstart : page;
}

// The boundary that drivers mean: the page before the one that they read next. Linux' driver writes
// PSTART - 1 where that is the ring's last page (drivers/net/ethernet/8390/lib8390.c, ei_receive).
// The chip only compares, so it would never meet that one and overwrite what was not read.
static uint8_t boundary(const struct dp8390 *d)
{
    return d->bnry == (uint8_t)(d->pstart - 1) ? (uint8_t)(d->pstop - 1) : d->bnry;
}

// Would the buffers of a frame run into the boundary?
static bool fits(const struct dp8390 *d, size_t bytes)
{
    uint8_t page = d->curr;
    for (unsigned n = pages_of(bytes); n; n--) {
        page = page_after(d, page);
        if (page == boundary(d))
            return false;
    }
    return true;
}

static bool is_empty(const struct dp8390 *d)
{
    return d->curr == boundary(d) || d->curr == page_after(d, boundary(d));
}

static bool is_listening(const struct dp8390 *d)
{
    return (d->cr & CR_STA) && !(d->cr & CR_STP) && !(d->tcr & TCR_LOOPBACK);
}

bool dp8390_can_receive(struct dp8390 *d, size_t bytes)
{
    bool has_place = !is_listening(d) || (d->rcr & RCR_MONITOR) || fits(d, bytes) || is_empty(d);
    d->wire_waited |= !has_place;
    return has_place;
}

// Address recognition (5.0).
static bool is_for_us(const struct dp8390 *d, const uint8_t *frame)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (!(frame[0] & 1))
        return (d->rcr & RCR_ALL) || memcmp(frame, d->par, sizeof d->par) == 0;
    if (memcmp(frame, broadcast, sizeof broadcast) == 0)
        return d->rcr & RCR_BROADCAST;
    if (!(d->rcr & RCR_MULTICAST))
        return false;
    // The six bits that went through the shift register last, in its order.
    uint32_t crc = ~dp8390_crc(frame, NET_ADDRESS_BYTES);
    unsigned hash = 0;
    for (unsigned i = 0; i < 6; i++)
        hash |= (crc >> i & 1) << (5 - i);
    return d->mar[hash >> 3] >> (hash & 7) & 1;
}

// Store a byte at the local DMA address, which follows the ring.
static void store_local(struct dp8390 *d, uint8_t value)
{
    store(d, d->clda++, value);
    if (!(d->clda & 0xff) && d->clda >> 8 == d->pstop)
        d->clda = (uint16_t)(d->pstart << 8);
}

static void store_frame(struct dp8390 *d, const uint8_t *frame, size_t bytes, uint32_t crc)
{
    uint8_t next = d->curr;
    for (unsigned n = pages_of(bytes); n; n--)
        next = page_after(d, next);
    uint16_t counted = (uint16_t)(bytes + CRC_BYTES);
    const uint8_t header[HEADER_BYTES] = {d->rsr, next, (uint8_t)counted, (uint8_t)(counted >> 8)};
    d->clda = (uint16_t)(d->curr << 8);
    for (unsigned i = 0; i < HEADER_BYTES; i++)
        store_local(d, header[i]);
    for (size_t i = 0; i < bytes; i++)
        store_local(d, frame[i]);
    for (unsigned i = 0; i < CRC_BYTES; i++)
        store_local(d, (uint8_t)(crc >> (8 * i)));
    d->curr = next;
}

void dp8390_receive(struct dp8390 *d, const uint8_t *from, size_t bytes)
{
    uint8_t frame[NET_FRAME_MAX] = {0};
    if (!is_listening(d) || bytes > sizeof frame || bytes < NET_HEADER_BYTES || !is_for_us(d, from))
        return;
    memcpy(frame, from, bytes);
    if (bytes < SHORTEST_FRAME) // what sends it on a real wire pads
        bytes = SHORTEST_FRAME;
    d->rsr = (uint8_t)(RSR_PRX | (frame[0] & 1 ? RSR_GROUP : 0));
    if (d->rcr & RCR_MONITOR) {
        d->rsr = (uint8_t)((d->rsr & ~RSR_PRX) | RSR_MISSED | RSR_OFF);
        count(d, COUNTER_MISSED);
        update_irq(d);
    } else if (!fits(d, bytes)) {
        d->rsr = (uint8_t)((d->rsr & ~RSR_PRX) | RSR_MISSED);
        count(d, COUNTER_MISSED);
        note(d, ISR_OVW);
    } else {
        store_frame(d, frame, bytes, dp8390_crc(frame, bytes));
        note(d, ISR_PRX);
    }
}

// --- sending (6.0) and loopback (10.0) ---

// What comes back goes through the FIFO and no further: the last bytes, then the count. Only the
// checksum is judged, and that of a frame to which the transmitter appends it is not the receiver's
// to see.
static void loop_back(struct dp8390 *d, const uint8_t *frame, size_t bytes)
{
    static const uint8_t carrier[4] = {0, TSR_CRS | TSR_CDH, TSR_CDH, 0}; // by mode
    bool crc_good = (d->tcr & TCR_CRC_OFF) && bytes > CRC_BYTES &&
                    dp8390_crc(frame, bytes) == 0x2144df1c; // what is left over by a right one
    uint32_t crc = dp8390_crc(frame, bytes);
    size_t n = 0;
    for (; n < bytes; n++)
        d->fifo[n % DP8390_FIFO_BYTES] = frame[n];
    for (unsigned i = 0; i < CRC_BYTES && !(d->tcr & TCR_CRC_OFF); i++, n++)
        d->fifo[n % DP8390_FIFO_BYTES] = (uint8_t)(crc >> (8 * i));
    d->fifo[n % DP8390_FIFO_BYTES] = (uint8_t)n;
    d->fifo[(n + 1) % DP8390_FIFO_BYTES] = (uint8_t)(n >> 8);
    d->fifo[(n + 2) % DP8390_FIFO_BYTES] = (uint8_t)(n >> 8);
    d->fifo_at = 0;
    d->rsr = crc_good ? RSR_PRX : RSR_CRC;
    d->tsr |= carrier[(d->tcr & TCR_LOOPBACK) >> 1];
}

static void send(struct dp8390 *d)
{
    uint8_t frame[NET_FRAME_MAX];
    uint16_t at = (uint16_t)(d->tpsr << 8);
    size_t bytes = d->tbcr;
    d->ncr = 0;
    d->tsr = TSR_PTX | TSR_ND;
    for (size_t i = 0; i < bytes && i < sizeof frame; i++)
        frame[i] = load(d, (uint16_t)(at + i));
    if (bytes > sizeof frame || bytes < NET_HEADER_BYTES) {
        // nobody on a wire takes such a thing for a frame
    } else if (d->tcr & TCR_LOOPBACK) {
        loop_back(d, frame, bytes);
    } else {
        // a driver that appends the checksum itself sends it along
        bool appended = (d->tcr & TCR_CRC_OFF) && bytes > NET_HEADER_BYTES + CRC_BYTES;
        d->transmit(d->opaque, frame, appended ? bytes - CRC_BYTES : bytes);
    }
    note(d, ISR_PTX);
}

// --- registers (10.3) ---

unsigned dp8390_page(const struct dp8390 *d)
{
    return d->cr >> 6;
}

static void write_command(struct dp8390 *d, uint8_t value)
{
    bool was_listening = is_listening(d);
    if (!(value & (CR_STP | CR_STA))) // neither: it goes on as it was
        value |= d->cr & (CR_STP | CR_STA);
    d->cr = value & (uint8_t)~CR_TXP;
    if (value & CR_STP) {
        d->isr |= ISR_RST;
    } else if (value & CR_STA) {
        d->isr &= (uint8_t)~ISR_RST;
        if (value & CR_TXP)
            send(d);
    }
    switch (value & CR_RD) {
    case 0: break; // not allowed
    case RD_READ:
    case RD_WRITE:
    case RD_SEND: start_remote(d); break;
    default:
        d->remote_left = 0;
        d->send_packet = false;
        break;
    }
    if (is_listening(d) != was_listening)
        d->has_room(d->opaque); // what waited is taken, or lost
}

static uint8_t read_page0(struct dp8390 *d, unsigned reg)
{
    switch (reg) {
    case 0x1: return (uint8_t)d->clda;
    case 0x2: return (uint8_t)(d->clda >> 8);
    case 0x3: return d->bnry;
    case 0x4: return d->tsr;
    case 0x5: return d->ncr;
    case 0x6: return d->fifo[d->fifo_at++ % DP8390_FIFO_BYTES];
    case 0x7: return d->isr;
    case 0x8: return (uint8_t)d->crda;
    case 0x9: return (uint8_t)(d->crda >> 8);
    case 0xa: return 'P'; // RTL8029AS: 8029ID0 and 1
    case 0xb: return 'C';
    case 0xc: return d->rsr;
    default: { // D to F: counters, cleared by the read
        uint8_t value = d->cntr[reg - 0xd];
        d->cntr[reg - 0xd] = 0;
        return value;
    }
    }
}

static uint8_t read_page2(const struct dp8390 *d, unsigned reg)
{
    switch (reg) {
    case 0x1: return d->pstart;
    case 0x2: return d->pstop;
    case 0x3: return d->rnpp;
    case 0x4: return d->tpsr;
    case 0x5: return d->lnpp;
    case 0x6: return d->acu;
    case 0x7: return d->acl;
    case 0xc: return d->rcr | 0xc0; // reserved bits read as ones
    case 0xd: return d->tcr | 0xe0;
    case 0xe: return d->dcr | 0x80;
    case 0xf: return d->imr | 0x80;
    default: return 0xff;
    }
}

uint8_t dp8390_read(struct dp8390 *d, unsigned reg)
{
    if (reg == 0)
        return d->cr;
    switch (dp8390_page(d)) {
    case 0: return read_page0(d, reg & 15);
    case 1: return reg < 7 ? d->par[reg - 1] : reg == 7 ? d->curr : d->mar[(reg - 8) & 7];
    case 2: return read_page2(d, reg);
    default: return 0xff;
    }
}

static void put_byte(uint16_t *to, unsigned high, uint8_t value)
{
    *to = (uint16_t)(high ? (*to & 0x00ff) | value << 8 : (*to & 0xff00) | value);
}

static void write_page0(struct dp8390 *d, unsigned reg, uint8_t value)
{
    switch (reg) {
    case 0x1: d->pstart = value; break;
    case 0x2: d->pstop = value; break;
    case 0x3:
        d->bnry = value;
        d->has_room(d->opaque);
        break;
    case 0x4: d->tpsr = value; break;
    case 0x5:
    case 0x6: put_byte(&d->tbcr, reg == 0x6, value); break;
    case 0x7: // a written 1 clears; RST shows a state
        d->isr &= (uint8_t) ~(value & ~ISR_RST);
        // A driver that takes no more than so many frames an interrupt relies on the next one's.
        // What waited on the wire has come meanwhile, and perhaps nothing comes after it.
        d->wire_waited &= !is_empty(d);
        if (d->wire_waited)
            d->isr |= ISR_PRX;
        update_irq(d);
        break;
    case 0x8:
    case 0x9: put_byte(&d->rsar, reg == 0x9, value); break;
    case 0xa:
    case 0xb: put_byte(&d->rbcr, reg == 0xb, value); break;
    case 0xc:
        d->rcr = value & 0x3f;
        d->has_room(d->opaque);
        break;
    case 0xd:
        d->tcr = value & 0x1f;
        d->has_room(d->opaque);
        break;
    case 0xe: d->dcr = value & 0x7f; break;
    default:
        d->imr = value & 0x7f;
        update_irq(d);
        break;
    }
}

static void write_page2(struct dp8390 *d, unsigned reg, uint8_t value)
{
    switch (reg) {
    case 0x1:
    case 0x2: put_byte(&d->clda, reg == 0x2, value); break;
    case 0x3: d->rnpp = value; break;
    case 0x5: d->lnpp = value; break;
    case 0x6: d->acu = value; break;
    case 0x7: d->acl = value; break;
    default: break;
    }
}

void dp8390_write(struct dp8390 *d, unsigned reg, uint8_t value)
{
    reg &= 15;
    if (reg == 0) {
        write_command(d, value);
        return;
    }
    switch (dp8390_page(d)) {
    case 0: write_page0(d, reg, value); break;
    case 1:
        if (reg < 7)
            d->par[reg - 1] = value;
        else if (reg > 7)
            d->mar[reg - 8] = value;
        else {
            d->curr = value;
            d->has_room(d->opaque);
        }
        break;
    case 2: write_page2(d, reg, value); break;
    default: break;
    }
}

void dp8390_set_mac(struct dp8390 *d, const uint8_t mac[6])
{
    memset(d->prom, 'W', sizeof d->prom); // the end of an NE2000's PROM tells it from others
    for (unsigned i = 0; i < 6; i++)
        d->prom[2 * i] = d->prom[2 * i + 1] = mac[i];
}

// 11.0: CR is 21h, RST shows, interrupts are off, DCR.LAS, TCR's loopback bits cleared.
void dp8390_reset(struct dp8390 *d)
{
    d->cr = CR_STP | RD_ABORT;
    d->isr = ISR_RST;
    d->imr = 0;
    d->dcr = 0x04;
    d->tcr = 0;
    d->remote_left = 0;
    d->send_packet = d->wire_waited = false;
    update_irq(d);
    d->has_room(d->opaque);
}
