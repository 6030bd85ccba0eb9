// The interrupt messages between local APICs and I/O APICs, and what the two chips offer each other
// and the machine (Intel SDM vol. 3, chapter 11; 82093AA datasheet 290566).
//
// There is one local APIC today. Nothing here says so: a message names a destination, and the bus
// finds who that is.
#ifndef TM_EMU_DEVICE_APIC_H
#define TM_EMU_DEVICE_APIC_H

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct cpu;
struct lapic;
struct ioapic;

enum { APIC_PAGE_BYTES = 4096, IOAPIC_PINS = 24 };

// Delivery modes, as they stand in bits 10-8 of LVT, ICR and redirection entries.
enum apic_delivery {
    APIC_FIXED,
    APIC_LOWEST,
    APIC_SMI,
    APIC_NMI = 4,
    APIC_INIT,
    APIC_STARTUP,
    APIC_EXTINT
};

struct apic_message {
    uint32_t destination; // an ID, or with `logical` a set; 8 bits of xAPIC, or 32 when `wide`
    bool wide;            // from an x2APIC: FFFFFFFFh, not FFh, is everybody
    bool logical;
    bool level; // level-triggered: its end is told to the I/O APICs
    enum apic_delivery delivery;
    uint8_t vector;
};

// --- the bus ---

// Bring it to all local APICs that it names; of several, lowest priority takes one. False: nobody
// has taken it.
bool apic_bus_send(struct machine *m, const struct apic_message *message);
// The 8259's INT reaches processors through an I/O APIC's ExtINT entry: it is up, or not.
void apic_bus_extint(struct machine *m, bool level);
// A level-triggered interrupt has ended; a local APIC takes interrupts again.
void apic_bus_end(struct machine *m, uint8_t vector);
void apic_bus_retry(struct machine *m);
// Does an interrupt with that vector wait to be taken?
bool apic_bus_waits(const struct machine *m, uint8_t vector);
// Could an NMI come, now that the processor sleeps?
bool apic_may_nmi(const struct machine *m);

// --- local APIC ---

// Pin LINT0 (the 8259's INT) or LINT1.
void lapic_set_lint(struct lapic *l, unsigned pin, bool level);
// The vector to deliver, now that the processor takes an interrupt: our own, or the 8259's.
unsigned lapic_acknowledge(struct lapic *l);
// For the bus.
bool lapic_is_named(const struct lapic *l, const struct apic_message *message);
uint8_t lapic_priority(const struct lapic *l);
bool lapic_receive(struct lapic *l, const struct apic_message *message);
void lapic_set_extint(struct lapic *l, bool level);
bool lapic_waits(const struct lapic *l, uint8_t vector);
bool lapic_may_nmi(const struct lapic *l);

// --- I/O APIC ---

// A pin is active, or not. Polarity is a matter of the board: whatever an entry says, true asks.
void ioapic_set_pin(struct ioapic *d, unsigned pin, bool level);
void ioapic_end(struct ioapic *d, uint8_t vector);
void ioapic_retry(struct ioapic *d);
// Is the pin listened to, and has what it asked for last not been taken yet?
bool ioapic_pin_is_open(const struct ioapic *d, unsigned pin);
bool ioapic_pin_waits(const struct ioapic *d, unsigned pin);
bool ioapic_may_nmi(const struct ioapic *d);

#endif
