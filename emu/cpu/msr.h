// The model-specific registers that keep a value: cpu->msr[MSR_name]. The rest is in msr.c.
#ifndef TM_EMU_CPU_MSR_H
#define TM_EMU_CPU_MSR_H

enum cpu_msr {
#define MSR(name, ...) MSR_##name,
#include "emu/cpu/msr.def"
#undef MSR
    MSR_COUNT
};

enum {
    MISC_ENABLE_FAST_STRINGS = 1 << 0,
    MISC_ENABLE_MONITOR = 1 << 18,
    MISC_ENABLE_LIMIT_CPUID = 1 << 22,
    DEBUGCTL_BTF = 1 << 1,
    APIC_BASE_BOOT = 1 << 8, // this is the boot processor
    APIC_BASE_X2 = 1 << 10,
    APIC_BASE_ENABLE = 1 << 11,
    X2APIC_FIRST = 0x800,
    X2APIC_COUNT = 0x100,
};
static const unsigned long long MISC_ENABLE_XD_DISABLE = 1ull << 34;

#endif
