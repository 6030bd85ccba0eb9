// The DP8390D network interface controller (National Semiconductor datasheet, 1995) with an
// NE2000's memory around it, without a bus: 16 registers in pages, a data port, a reset port.
//
// Invariants: every index into memory goes through the chip's 16-bit address space, of which all
// that is neither PROM nor RAM reads as ones and ignores writes; no loop is longer than a frame.
#ifndef TM_EMU_DEVICE_DP8390_H
#define TM_EMU_DEVICE_DP8390_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DP8390_PROM_BYTES = 32, // at 0: each byte twice, as on a 16-bit bus
    DP8390_RAM = 0x4000,
    DP8390_RAM_BYTES = 16 << 10,
    DP8390_FIFO_BYTES = 8,
};

struct dp8390 {
    // For the owner to fill in.
    void (*transmit)(void *opaque, const uint8_t *frame, size_t bytes);
    void (*set_irq)(void *opaque, bool level);
    void (*has_room)(void *opaque); // frames that did not fit may now
    void *opaque;
    // Registers by the datasheet's names.
    uint8_t cr, isr, imr, rcr, tcr, dcr, tsr, rsr, ncr;
    uint8_t pstart, pstop, bnry, curr, tpsr;
    uint8_t par[6], mar[8], cntr[3];
    uint16_t tbcr, rsar, rbcr, clda;
    uint8_t rnpp, lnpp, acu, acl; // page 2, kept without effect
    uint16_t crda;                // where remote DMA is
    uint16_t remote_left;         // of RBCR
    bool send_packet;             // remote DMA was started by Send Packet
    uint8_t next_bnry;            // and moves BNRY here
    bool wire_waited;             // for room, since the ring was empty
    uint8_t fifo[DP8390_FIFO_BYTES], fifo_at;
    uint8_t prom[DP8390_PROM_BYTES];
    uint8_t ram[DP8390_RAM_BYTES];
};

// Power-on, or the reset port: registers as in the datasheet's chapter 11; memory stays.
void dp8390_reset(struct dp8390 *d);
void dp8390_set_mac(struct dp8390 *d, const uint8_t mac[6]);
// Registers 0-15 of pages 0 to 2; page 3 is the owner's.
unsigned dp8390_page(const struct dp8390 *d);
uint8_t dp8390_read(struct dp8390 *d, unsigned reg);
void dp8390_write(struct dp8390 *d, unsigned reg, uint8_t value);
// The data port, in an access of 1, 2 or 4 bytes.
uint32_t dp8390_read_data(struct dp8390 *d, unsigned size);
void dp8390_write_data(struct dp8390 *d, unsigned size, uint32_t value);
// A frame from the wire, without its checksum. can_receive(): it will not wait for room in the
// ring.
bool dp8390_can_receive(struct dp8390 *d, size_t bytes);
void dp8390_receive(struct dp8390 *d, const uint8_t *frame, size_t bytes);

// The checksum of IEEE 802.3, 3.2.8, as it is sent: least significant byte first.
uint32_t dp8390_crc(const uint8_t *bytes, size_t n);

#endif
