// ACPI power management as in the 82371AB (PIIX4; Intel datasheet 290562), function 0:1.3: PM1
// registers, the 24-bit power management timer, the system control interrupt, soft off; and the
// APM ports B2h and B3h by which ACPI is turned on (FADT: SMI_CMD).
//
// The registers are at the port base in PMBA (40h) while PMREGMISC (80h) bit 0 is set. There is no
// system management mode: what its handler would do for ACPI, this does. Invariant: the SCI (IRQ 9)
// is high exactly while SCI_EN is set and an enabled event's status is.
#include <stdlib.h>

#include "emu/device/pci.h"

enum {
    PMBA = 0x40,
    DEVACTB_HIGH = 0x5B, // bit 1: APM control port enabled
    PMREGMISC = 0x80,
    PM_PORTS = 64,
    APM_PORT = 0xB2,
    APM_ACPI_ON = 0xF1, // what the BIOS's FADT says
    APM_ACPI_OFF = 0xF0,
    GPE_PORT = 0xAFE0, // general purpose events, where the BIOS's FADT has them
    SCI_IRQ = 9,
    // Offsets from the base.
    PM1_STS = 0,
    PM1_EN = 2,
    PM1_CNT = 4,
    PM_TMR = 8,
    EVENT_TIMER = 0x0001,
    EVENT_BUTTON = 0x0100,
    EVENTS = 0x0521, // timer, global lock, button, RTC
    CNT_SCI_EN = 0x0001,
    CNT_SLP_EN = 0x2000,
    CNT_WRITABLE = 0x1c07,
    TIMER_HZ = 3579545,
    TIMER_HALF = 1 << 23, // ticks between two changes of the highest bit
};

struct acpi_pm {
    struct machine *m;
    struct pci_function f;
    uint16_t base; // where the ports are now, 0: nowhere
    uint16_t status, enable, control;
    uint64_t halves; // changes of the timer's bit 23 that the status has seen
    uint8_t apm[2];
    uint8_t gpe[4];
    struct machine_timer timer;
};

static uint64_t ticks(const struct acpi_pm *d)
{
    uint64_t now_ns = machine_now_ns(d->m);
    return now_ns / 1000000000u * TIMER_HZ + now_ns % 1000000000u * TIMER_HZ / 1000000000u;
}

static void update(struct acpi_pm *d)
{
    uint64_t halves = ticks(d) / TIMER_HALF;
    if (halves != d->halves)
        d->status |= EVENT_TIMER;
    d->halves = halves;
    machine_set_irq_from(d->m, IRQ_SCI, SCI_IRQ,
                         (d->control & CNT_SCI_EN) && (d->status & d->enable & EVENTS));
    machine_timer_cancel(d->m, &d->timer);
    if ((d->enable & EVENT_TIMER) && !(d->status & EVENT_TIMER)) {
        uint64_t at = (halves + 1) * TIMER_HALF; // in ticks
        machine_timer_set(d->m, &d->timer,
                          at / TIMER_HZ * 1000000000u + at % TIMER_HZ * 1000000000u / TIMER_HZ + 1);
    }
}

static void on_timer(void *opaque)
{
    update(opaque);
}

// SLP_EN: the types are those of the _S5_ and _S4_ objects in the BIOS's tables; S3 is not offered.
static void sleep_now(struct acpi_pm *d, unsigned type)
{
    if (type == 0 || type == 2)
        machine_power_off(d->m);
}

static void write_word(struct acpi_pm *d, unsigned offset, uint16_t value)
{
    switch (offset) {
    case PM1_STS:
        update(d); // what happened before this is cleared, too
        d->status &= (uint16_t)~value;
        break;
    case PM1_EN: d->enable = value & EVENTS; break;
    case PM1_CNT:
        d->control = (uint16_t)((d->control & ~CNT_WRITABLE) | (value & CNT_WRITABLE));
        if (value & CNT_SLP_EN)
            sleep_now(d, value >> 10 & 7);
        break;
    default: break;
    }
    update(d);
}

static uint16_t read_word(struct acpi_pm *d, unsigned offset)
{
    switch (offset) {
    case PM1_STS: update(d); return d->status;
    case PM1_EN: return d->enable;
    case PM1_CNT: return d->control;
    case PM_TMR: return (uint16_t)ticks(d);
    case PM_TMR + 2: return (uint16_t)(ticks(d) >> 16 & 0xff);
    default: return 0;
    }
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct acpi_pm *d = opaque;
    unsigned offset = port & (PM_PORTS - 1);
    if (offset == PM_TMR && size == 4)
        return ticks(d) & 0xffffff;
    uint32_t value = read_word(d, offset & ~1u);
    if (size == 4)
        value |= (uint32_t)read_word(d, (offset & ~1u) + 2) << 16;
    return value >> (8 * (offset & 1));
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct acpi_pm *d = opaque;
    unsigned offset = port & (PM_PORTS - 1);
    if (size == 1) { // the other byte stays; a status bit that is not written is not cleared
        uint16_t other = offset < PM1_EN ? 0 : read_word(d, offset & ~1u);
        value = offset & 1 ? (other & 0x00ff) | value << 8 : (other & 0xff00u) | value;
    }
    write_word(d, offset & ~1u, (uint16_t)value);
    if (size == 4)
        write_word(d, (offset & ~1u) + 2, (uint16_t)(value >> 16));
}

static uint32_t read_apm(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    const struct acpi_pm *d = opaque;
    return d->apm[port & 1];
}

static void write_apm(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct acpi_pm *d = opaque;
    d->apm[port & 1] = (uint8_t)value;
    if (port != APM_PORT)
        return;
    if (value == APM_ACPI_ON)
        d->control |= CNT_SCI_EN;
    else if (value == APM_ACPI_OFF)
        d->control &= (uint16_t)~CNT_SCI_EN;
    update(d);
}

// General purpose events: there is no source of them. Bytes 0-1 status, 2-3 enable.
static uint32_t read_gpe(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    const struct acpi_pm *d = opaque;
    return d->gpe[port & 3];
}

static void write_gpe(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct acpi_pm *d = opaque;
    if (port & 2)
        d->gpe[port & 3] = (uint8_t)value;
}

static void config_written(void *opaque, unsigned offset, unsigned size)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    struct acpi_pm *d = opaque;
    (void)offset, (void)size;
    uint16_t base =
        d->f.config[PMREGMISC] & 1 ? (uint16_t)pci_get32(&d->f, PMBA) & 0xffc0u : (uint16_t)0;
    if (base == d->base)
        return;
    if (d->base)
        machine_port_unregister(d->m, d->base, d);
    d->base = base && machine_port_register(d->m, base, PM_PORTS, &ops, d) ? base : 0;
}

void machine_power_button(struct machine *m)
{
    m->acpi_pm->status |= EVENT_BUTTON;
    update(m->acpi_pm);
    machine_poke(m);
}

void acpi_pm_reset(struct acpi_pm *d)
{
    machine_timer_cancel(d->m, &d->timer);
    pci_put32(&d->f, PMBA, 1);
    d->f.config[PMREGMISC] = 0;
    d->f.config[DEVACTB_HIGH] = 2; // firmware takes it for system management mode set up already
    d->status = d->enable = d->control = 0;
    d->apm[0] = d->apm[1] = 0;
    for (unsigned i = 0; i < sizeof d->gpe; i++)
        d->gpe[i] = 0;
    config_written(d, PMBA, 4);
    d->halves = ticks(d) / TIMER_HALF;
    update(d);
}

struct acpi_pm *acpi_pm_create(struct machine *m)
{
    static const struct port_ops apm = {.read = read_apm, .write = write_apm, .bytes = true};
    static const struct port_ops gpe = {.read = read_gpe, .write = write_gpe, .bytes = true};
    struct acpi_pm *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    d->timer = (struct machine_timer){.fire = on_timer, .opaque = d};
    pci_identify(&d->f, 0x8086, 0x7113, 0x068000, 3);
    d->f.opaque = d;
    d->f.config_written = config_written;
    d->f.writable[PMBA] = 0xc0;
    d->f.writable[PMBA + 1] = 0xff;
    d->f.writable[PMREGMISC] = 1;
    for (unsigned reg = 0x44; reg < 0x80; reg++) // device activity, resources: without effect
        d->f.writable[reg] = 0xff;
    if (!pci_register(m, PCI_DEVFN(1, 3), &d->f, 1) ||
        !machine_port_register(m, APM_PORT, 2, &apm, d) ||
        !machine_port_register(m, GPE_PORT, 4, &gpe, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void acpi_pm_destroy(struct acpi_pm *d)
{
    machine_timer_cancel(d->m, &d->timer);
    free(d);
}
