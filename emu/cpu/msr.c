// RDMSR and WRMSR, by the table in msr.def.
//
// Memory types (MTRR, PAT) are kept and checked as silicon checks them, and mean nothing here:
// there are no caches to go past.
#include "emu/cpu/protect.h"
#include "emu/machine/machine.h"
#include "emu/mmu/mmu.h"

enum kind { KIND_STORED, KIND_LOW32, KIND_FIXED, KIND_IGNORED, KIND_COMMAND, KIND_TYPES, KIND_OWN };

static const uint64_t APIC_BASE_ABSENT = 0xfee00100; // boot processor, no local APIC

struct row {
    uint32_t number;
    uint8_t needs, kind; // enum cpu_feature, enum kind
    uint64_t mask, reset;
};

#define PHYS (1ull << 63) // stands for the address bits in a mask
static const struct row rows[MSR_COUNT] = {
#define MSR(name, number, needs, kind, mask, reset)                                                \
    {number, FEATURE_##needs, KIND_##kind, mask, reset},
#include "emu/cpu/msr.def"
#undef MSR
};

void cpu_reset_msrs(struct cpu *cpu)
{
    for (unsigned i = 0; i < MSR_COUNT; i++)
        cpu->msr[i] = rows[i].reset;
    cpu->msr[MSR_APIC_BASE] =
        APIC_BASE_ABSENT | (features_has(&cpu->features, FEATURE_APIC) ? APIC_BASE_ENABLE : 0);
}

// The index of `number`; #GP(0) if this processor has no such register.
static enum cpu_msr find(struct cpu *cpu, uint32_t number)
{
    unsigned i;
    switch (number) {
#define MSR(name, at, ...)                                                                         \
    case at:                                                                                       \
        i = MSR_##name;                                                                            \
        break;
#include "emu/cpu/msr.def"
#undef MSR
    default: cpu_raise(cpu, EXC_GP, 0);
    }
    if (!features_has(&cpu->features, (enum cpu_feature)rows[i].needs))
        cpu_raise(cpu, EXC_GP, 0);
    return (enum cpu_msr)i;
}

// SDM vol. 3, table 12-2, and 12-10 for the PAT, which has UC- in addition.
static bool is_memory_type(uint64_t type, bool pat)
{
    return type <= 1 || (type >= 4 && type <= (pat ? 7 : 6));
}

static bool are_memory_types(uint64_t value, bool pat)
{
    for (unsigned i = 0; i < 8; i++)
        if (!is_memory_type(value >> (8 * i) & 0xff, pat))
            return false;
    return true;
}

static uint64_t page_address_bits(const struct cpu *cpu)
{
    return ((1ull << cpu_phys_bits(cpu)) - 1) & ~0xfffull;
}

bool cpu_has_nx(const struct cpu *cpu)
{
    return features_has(&cpu->features, FEATURE_NX) &&
           !(cpu->msr[MSR_MISC_ENABLE] & MISC_ENABLE_XD_DISABLE);
}

static bool write_misc_enable(struct cpu *cpu, uint64_t value)
{
    const uint64_t fixed = 0x1800; // BTS and PEBS unavailable: read-only
    uint64_t mask = MISC_ENABLE_FAST_STRINGS | MISC_ENABLE_LIMIT_CPUID | fixed;
    if (features_has(&cpu->features, FEATURE_MONITOR))
        mask |= MISC_ENABLE_MONITOR;
    if (features_has(&cpu->features, FEATURE_NX))
        mask |= MISC_ENABLE_XD_DISABLE;
    // What is reserved keeps its value, as it may be written back: no fault.
    cpu->msr[MSR_MISC_ENABLE] = (value & mask) | fixed;
    if (!cpu_has_nx(cpu) && cpu->efer) {
        cpu->efer = 0;
        mmu_flush(cpu);
    }
    return true;
}

static bool write_efer(struct cpu *cpu, uint64_t value)
{
    if (value & ~(uint64_t)EFER_NXE || (value && !cpu_has_nx(cpu)))
        return false;
    if (cpu->efer != (uint32_t)value) {
        cpu->efer = (uint32_t)value;
        mmu_flush(cpu);
    }
    return true;
}

// SDM vol. 3, 11.4.4; 11.12.5: there is no way from x2APIC mode back but by way of disabled, and
// none from disabled straight to it.
static bool write_apic_base(struct cpu *cpu, uint64_t value)
{
    uint64_t was = cpu->msr[MSR_APIC_BASE], mask = page_address_bits(cpu) | APIC_BASE_BOOT;
    if (!features_has(&cpu->features, FEATURE_APIC))
        return value == APIC_BASE_ABSENT;
    mask |= APIC_BASE_ENABLE;
    if (features_has(&cpu->features, FEATURE_X2APIC))
        mask |= APIC_BASE_X2;
    bool enable = value & APIC_BASE_ENABLE, x2 = value & APIC_BASE_X2;
    if ((value & ~mask) || (x2 && !(enable && (was & APIC_BASE_ENABLE))) ||
        (!x2 && enable && (was & APIC_BASE_X2)))
        return false;
    cpu->msr[MSR_APIC_BASE] = value;
    machine_apic_base_changed(cpu);
    return true;
}

static bool is_x2apic(const struct cpu *cpu, uint32_t number)
{
    return number - X2APIC_FIRST < X2APIC_COUNT && features_has(&cpu->features, FEATURE_X2APIC);
}

// Registers of kind OWN. False: #GP(0).
static bool write_own(struct cpu *cpu, enum cpu_msr i, uint64_t value)
{
    switch (i) {
    case MSR_TSC:
        cpu->tsc_offset += value - cpu_read_tsc(cpu);
        machine_tsc_changed(cpu);
        return true;
    case MSR_APIC_BASE: return write_apic_base(cpu, value);
    case MSR_TSC_DEADLINE: machine_set_tsc_deadline(cpu, value); return true;
    case MSR_MISC_ENABLE: return write_misc_enable(cpu, value);
    case MSR_EFER: return write_efer(cpu, value);
    case MSR_PAT:
        if (!are_memory_types(value, true))
            return false;
        break;
    case MSR_MTRR_DEF_TYPE: // type, FE, E
        if (value & ~0xcffull || !is_memory_type(value & 0xff, false))
            return false;
        break;
    default: // a variable MTRR's base
        if (value & ~(page_address_bits(cpu) | 0xff) || !is_memory_type(value & 0xff, false))
            return false;
        break;
    }
    cpu->msr[i] = value;
    return true;
}

uint64_t cpu_read_msr(struct cpu *cpu, uint32_t number)
{
    uint64_t value;
    if (is_x2apic(cpu, number)) {
        if (!machine_x2apic_read(cpu, number - X2APIC_FIRST, &value))
            cpu_raise(cpu, EXC_GP, 0);
        return value;
    }
    enum cpu_msr i = find(cpu, number);
    if (rows[i].kind == KIND_COMMAND)
        cpu_raise(cpu, EXC_GP, 0);
    switch (i) {
    case MSR_TSC: return cpu_read_tsc(cpu);
    case MSR_TSC_DEADLINE: return machine_tsc_deadline(cpu);
    case MSR_EFER: return cpu->efer;
    default: return cpu->msr[i];
    }
}

void cpu_write_msr(struct cpu *cpu, uint32_t number, uint64_t value)
{
    if (is_x2apic(cpu, number)) {
        if (!machine_x2apic_write(cpu, number - X2APIC_FIRST, value))
            cpu_raise(cpu, EXC_GP, 0);
        return;
    }
    enum cpu_msr i = find(cpu, number);
    uint64_t mask = rows[i].mask;
    if (mask & PHYS)
        mask = (mask & ~PHYS) | page_address_bits(cpu);
    bool ok = true;
    switch ((enum kind)rows[i].kind) {
    case KIND_IGNORED: return;
    case KIND_FIXED: ok = false; break;
    case KIND_COMMAND:
        ok = !(value & ~mask);
        value = 0;
        break;
    case KIND_LOW32: value &= 0xffffffff; break;
    case KIND_STORED: ok = !(value & ~mask); break;
    case KIND_TYPES: ok = are_memory_types(value, false); break;
    case KIND_OWN:
        ok = write_own(cpu, i, value);
        value = cpu->msr[i];
        break;
    }
    if (!ok)
        cpu_raise(cpu, EXC_GP, 0);
    cpu->msr[i] = value;
}
