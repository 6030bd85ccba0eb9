// What tests of APICs and HPET say to the chips.
#ifndef TM_EMU_TESTS_APIC_DRIVE_H
#define TM_EMU_TESTS_APIC_DRIVE_H

#include <setjmp.h>

#include "emu/cpu/protect.h"
#include "emu/device/apic.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

static const uint32_t LAPIC = 0xFEE00000, IOAPIC = 0xFEC00000;

static inline uint32_t lapic(struct machine *m, uint32_t reg)
{
    return (uint32_t)mmu_load(m->cpu, LAPIC + reg, 4);
}

static inline void set_lapic(struct machine *m, uint32_t reg, uint32_t value)
{
    mmu_store(m->cpu, LAPIC + reg, 4, value);
}

static inline void eoi(struct machine *m)
{
    set_lapic(m, 0xB0, 0);
}

static inline void self_ipi(struct machine *m, unsigned vector)
{
    set_lapic(m, 0x300, 0x44000 | vector);
}

static inline uint32_t ioapic(struct machine *m, uint32_t reg)
{
    mmu_store(m->cpu, IOAPIC, 4, reg);
    return (uint32_t)mmu_load(m->cpu, IOAPIC + 0x10, 4);
}

static inline void set_ioapic(struct machine *m, uint32_t reg, uint32_t value)
{
    mmu_store(m->cpu, IOAPIC, 4, reg);
    mmu_store(m->cpu, IOAPIC + 0x10, 4, value);
}

// A machine whose local APIC is on, at LINT0 the 8259.
static inline struct machine *apic_machine(void)
{
    struct machine *m = bench_machine(-1);
    set_lapic(m, 0xF0, 0x1FF);
    set_lapic(m, 0x350, 0x700);
    return m;
}

// Vectors 20h and 28h, nothing masked.
static inline void init_pics(struct machine *m)
{
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1);
    outb(m, 0xA0, 0x11), outb(m, 0xA1, 0x28), outb(m, 0xA1, 2), outb(m, 0xA1, 1);
    outb(m, 0x21, 0), outb(m, 0xA1, 0);
}

// False: #GP(0).
static inline bool write_msr(struct machine *m, uint32_t number, uint64_t value)
{
    if (setjmp(m->cpu->unwind))
        return false;
    cpu_write_msr(m->cpu, number, value);
    return true;
}

static inline bool read_msr_ok(struct machine *m, uint32_t number)
{
    if (setjmp(m->cpu->unwind))
        return false;
    cpu_read_msr(m->cpu, number);
    return true;
}

static inline uint64_t read_msr(struct machine *m, uint32_t number)
{
    return read_msr_ok(m, number) ? cpu_read_msr(m->cpu, number) : 0xDEADDEADDEADDEAD;
}

#endif
