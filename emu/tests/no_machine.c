// A machine without devices, for tests of the processor alone: what emu/cpu/ and the engines call
// in emu/machine/ is answered for here.
#include "emu/machine/machine.h"
#include "emu/machine/settings.h"

// Each port reads as its own number, in every byte.
uint32_t machine_port_read(struct machine *m, uint16_t port, unsigned size)
{
    (void)m;
    return port * 0x01010101u >> (32 - 8 * size);
}

void machine_port_write(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
    (void)m;
    (void)port;
    (void)size;
    (void)value;
}

uint64_t machine_now_tsc(const struct machine *m)
{
    (void)m;
    return 1;
}

bool machine_is_deterministic(const struct machine *m)
{
    (void)m;
    return true;
}

const struct settings *machine_settings(const struct machine *m)
{
    (void)m;
    return &settings_default;
}

void machine_apic_base_changed(struct cpu *cpu)
{
    (void)cpu;
}

void machine_tsc_changed(struct cpu *cpu)
{
    (void)cpu;
}

uint64_t machine_tsc_deadline(const struct cpu *cpu)
{
    (void)cpu;
    return 0;
}

void machine_set_tsc_deadline(struct cpu *cpu, uint64_t tsc)
{
    (void)cpu;
    (void)tsc;
}

bool machine_x2apic_read(struct cpu *cpu, unsigned reg, uint64_t *value)
{
    (void)cpu;
    (void)reg;
    (void)value;
    return false;
}

bool machine_x2apic_write(struct cpu *cpu, unsigned reg, uint64_t value)
{
    (void)cpu;
    (void)reg;
    (void)value;
    return false;
}
