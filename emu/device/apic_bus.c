// Who gets which interrupt message: see apic.h.
#include "emu/device/apic.h"
#include "emu/machine/machine_state.h"

bool apic_bus_send(struct machine *m, const struct apic_message *message)
{
    struct lapic *const all[] = {m->lapic};
    struct lapic *chosen = NULL;
    bool taken = false;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        if (!lapic_is_named(all[i], message))
            continue;
        if (message->delivery != APIC_LOWEST)
            taken |= lapic_receive(all[i], message);
        else if (!chosen || lapic_priority(all[i]) < lapic_priority(chosen))
            chosen = all[i];
    }
    return chosen ? lapic_receive(chosen, message) : taken;
}

void apic_bus_extint(struct machine *m, bool level)
{
    lapic_set_extint(m->lapic, level);
}

void apic_bus_end(struct machine *m, uint8_t vector)
{
    ioapic_end(m->ioapic, vector);
}

void apic_bus_retry(struct machine *m)
{
    ioapic_retry(m->ioapic);
}

bool apic_bus_waits(const struct machine *m, uint8_t vector)
{
    return lapic_waits(m->lapic, vector);
}

bool apic_may_nmi(const struct machine *m)
{
    return lapic_may_nmi(m->lapic) || ioapic_may_nmi(m->ioapic);
}
