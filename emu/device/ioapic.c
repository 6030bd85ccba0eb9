// The I/O APIC, 82093AA (Intel datasheet 290566), at FEC00000h.
//
// 24 pins: 0 is the 8259's INT, 1 to 15 the ISA interrupts but 2, which is IRQ 0, and 16 to 23 the
// HPET's. PCI interrupts come as the ISA ones that PIIX3 has made of them.
// Invariants: `lines` is the pins; an entry's remote IRR is set from when a local APIC has taken
// the level-triggered interrupt until its EOI, and clear in entries that trigger by edge. A masked
// pin is not heard; level-triggered, it is again once it is unmasked.
#include <stdlib.h>

#include "emu/device/apic.h"
#include "emu/machine/machine_state.h"

enum {
    BASE = 0xfec00000,
    PAGE_SELECT = 0x00,
    PAGE_WINDOW = 0x10,
    REG_ID = 0,
    REG_VERSION = 1,
    REG_ARBITRATION = 2,
    REG_ENTRIES = 0x10,
    VERSION = 0x11 | (IOAPIC_PINS - 1) << 16,
    // An entry's low half.
    ENTRY_LOGICAL = 1 << 11,
    ENTRY_REMOTE_IRR = 1 << 14,
    ENTRY_LEVEL = 1 << 15,
    ENTRY_MASKED = 1 << 16,
    ENTRY_WRITABLE = 0x1afff,
};

struct entry {
    uint32_t low;
    uint8_t destination;
};

struct ioapic {
    struct machine *m;
    uint8_t id, select;
    uint32_t lines; // one bit a pin
    struct entry entry[IOAPIC_PINS];
};

static enum apic_delivery delivery(const struct entry *e)
{
    return (enum apic_delivery)(e->low >> 8 & 7);
}

// Level triggering is for what local APICs answer with an EOI.
static bool is_level(const struct entry *e)
{
    return (e->low & ENTRY_LEVEL) && delivery(e) <= APIC_LOWEST;
}

static void send(struct ioapic *d, struct entry *e)
{
    struct apic_message message = {.destination = e->destination,
                                   .logical = (e->low & ENTRY_LOGICAL) != 0,
                                   .level = is_level(e),
                                   .delivery = delivery(e),
                                   .vector = (uint8_t)e->low};
    if (apic_bus_send(d->m, &message) && message.level)
        e->low |= ENTRY_REMOTE_IRR;
}

static void send_level(struct ioapic *d, unsigned pin)
{
    struct entry *e = &d->entry[pin];
    if (is_level(e) && (d->lines >> pin & 1) && !(e->low & (ENTRY_MASKED | ENTRY_REMOTE_IRR)))
        send(d, e);
}

// ExtINT entries: the 8259 is asked for the vector as long as its INT is up.
static void update_extint(struct ioapic *d)
{
    bool level = false;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        const struct entry *e = &d->entry[pin];
        level |= (d->lines >> pin & 1) && !(e->low & ENTRY_MASKED) && delivery(e) == APIC_EXTINT;
    }
    apic_bus_extint(d->m, level);
}

void ioapic_set_pin(struct ioapic *d, unsigned pin, bool level)
{
    if (pin >= IOAPIC_PINS || (d->lines >> pin & 1) == level)
        return;
    struct entry *e = &d->entry[pin];
    d->lines ^= 1u << pin;
    if (e->low & ENTRY_MASKED)
        return;
    if (delivery(e) == APIC_EXTINT)
        update_extint(d);
    else if (is_level(e))
        send_level(d, pin);
    else if (level)
        send(d, e);
}

void ioapic_end(struct ioapic *d, uint8_t vector)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        struct entry *e = &d->entry[pin];
        if ((e->low & 0xff) != vector || !(e->low & ENTRY_REMOTE_IRR))
            continue;
        e->low &= ~(uint32_t)ENTRY_REMOTE_IRR;
        send_level(d, pin);
    }
}

void ioapic_retry(struct ioapic *d)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        send_level(d, pin);
}

bool ioapic_pin_is_open(const struct ioapic *d, unsigned pin)
{
    return pin < IOAPIC_PINS && !(d->entry[pin].low & ENTRY_MASKED);
}

bool ioapic_pin_waits(const struct ioapic *d, unsigned pin)
{
    return ioapic_pin_is_open(d, pin) && delivery(&d->entry[pin]) <= APIC_LOWEST &&
           apic_bus_waits(d->m, (uint8_t)d->entry[pin].low);
}

bool ioapic_may_nmi(const struct ioapic *d)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        if (!(d->entry[pin].low & ENTRY_MASKED) && delivery(&d->entry[pin]) == APIC_NMI)
            return true;
    return false;
}

// --- registers ---

static uint32_t read_register(const struct ioapic *d)
{
    unsigned pin = (d->select - REG_ENTRIES) / 2u;
    switch (d->select) {
    case REG_ID:
    case REG_ARBITRATION: return (uint32_t)d->id << 24;
    case REG_VERSION: return VERSION;
    default:
        if (d->select < REG_ENTRIES || pin >= IOAPIC_PINS)
            return 0;
        return d->select & 1 ? (uint32_t)d->entry[pin].destination << 24 : d->entry[pin].low;
    }
}

static void write_register(struct ioapic *d, uint32_t value)
{
    unsigned pin = (d->select - REG_ENTRIES) / 2u;
    if (d->select == REG_ID)
        d->id = value >> 24 & 15;
    if (d->select < REG_ENTRIES || pin >= IOAPIC_PINS)
        return;
    struct entry *e = &d->entry[pin];
    if (d->select & 1) {
        e->destination = (uint8_t)(value >> 24);
        return;
    }
    e->low = (value & ENTRY_WRITABLE) | (e->low & ENTRY_REMOTE_IRR);
    if (!is_level(e))
        e->low &= ~(uint32_t)ENTRY_REMOTE_IRR;
    send_level(d, pin);
    update_extint(d);
}

static uint32_t read_page(void *opaque, uint32_t offset, unsigned size)
{
    const struct ioapic *d = opaque;
    (void)size;
    switch (offset & ~3u) {
    case PAGE_SELECT: return d->select >> (8 * (offset & 3));
    case PAGE_WINDOW: return read_register(d) >> (8 * (offset & 3));
    default: return 0;
    }
}

// The window wants 32 bits (datasheet, 3.1.2); the selector is a byte.
static void write_page(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct ioapic *d = opaque;
    if (offset == PAGE_SELECT)
        d->select = (uint8_t)value;
    else if (offset == PAGE_WINDOW && size == 4)
        write_register(d, value);
}

void ioapic_reset(struct ioapic *d)
{
    d->id = d->select = 0;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        d->entry[pin] = (struct entry){.low = ENTRY_MASKED};
}

struct ioapic *ioapic_create(struct machine *m)
{
    static const struct mmio_ops ops = {.read = read_page, .write = write_page};
    struct ioapic *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    ioapic_reset(d);
    if (!machine_mmio_register(m, BASE, APIC_PAGE_BYTES, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void ioapic_destroy(struct ioapic *d)
{
    free(d);
}
