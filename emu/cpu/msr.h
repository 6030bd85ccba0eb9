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
};
static const unsigned long long MISC_ENABLE_XD_DISABLE = 1ull << 34;

#endif
