// CPUID: exactly what works here. (SDM vol. 2, CPUID)
//
// A Pentium II-class core without FPU. SSE2's fences and a few later NOP forms execute without a
// CPUID bit.
#include "emu/cpu/protect.h"

enum {
    FEATURE_EDX_VME = 1u << 1,
    FEATURE_EDX_DE = 1u << 2,
    FEATURE_EDX_PSE = 1u << 3,
    FEATURE_EDX_TSC = 1u << 4,
    FEATURE_EDX_MSR = 1u << 5,
    FEATURE_EDX_CX8 = 1u << 8,
    FEATURE_EDX_CMOV = 1u << 15,
    SIGNATURE = 0x650, // family 6, model 5, stepping 0
    LEAF_HYPERVISOR = 0x40000000,
};
static const uint32_t feature_ecx_hypervisor = 1u << 31;

// Four characters as they lie in a register.
static uint32_t chars(const char *s)
{
    return (uint32_t)(uint8_t)s[0] | (uint32_t)(uint8_t)s[1] << 8 | (uint32_t)(uint8_t)s[2] << 16 |
           (uint32_t)(uint8_t)s[3] << 24;
}

void cpu_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)cpu;
    (void)subleaf;
    out[0] = out[1] = out[2] = out[3] = 0;
    switch (leaf) {
    case 0:
        out[0] = 1;
        out[1] = chars("Genu");
        out[3] = chars("ineI");
        out[2] = chars("ntel");
        return;
    case LEAF_HYPERVISOR:
        out[0] = LEAF_HYPERVISOR;
        out[1] = chars("Tick");
        out[2] = chars("mark");
        out[3] = chars("Emu\0");
        return;
    case 0x80000000: // no extended leaves
        out[0] = 0x80000000;
        return;
    default: // above the last basic leaf, a CPU answers with that leaf's data
        if (leaf >= LEAF_HYPERVISOR)
            return;
        // fallthrough
    case 1:
        out[0] = SIGNATURE;
        out[2] = feature_ecx_hypervisor;
        out[3] = FEATURE_EDX_VME | FEATURE_EDX_DE | FEATURE_EDX_PSE | FEATURE_EDX_TSC |
                 FEATURE_EDX_MSR | FEATURE_EDX_CX8 | FEATURE_EDX_CMOV;
        return;
    }
}
