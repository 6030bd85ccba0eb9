// CPUID: exactly what works here, by the CPU model and the tables of features. (SDM vol. 2, CPUID)
#include <string.h>

#include "emu/cpu/model.h"
#include "emu/cpu/protect.h"

enum { NONE, EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf, subleaf;
    uint8_t output, bit;
} rows[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) {leaf, subleaf, output, bit},
#include "emu/cpu/features.def"
#undef FEATURE
};

enum { LEAF_HYPERVISOR = 0x40000000, LIMITED_LEAVES = 3, LINE_BYTES = 64 };
static const uint32_t OSXSAVE = 1u << 27;
static const uint32_t INVARIANT_TSC = 1u << 8;

// Four characters as they lie in a register.
static uint32_t chars(const char *s)
{
    return (uint32_t)(uint8_t)s[0] | (uint32_t)(uint8_t)s[1] << 8 | (uint32_t)(uint8_t)s[2] << 16 |
           (uint32_t)(uint8_t)s[3] << 24;
}

static bool has(const struct cpu *cpu, enum cpu_feature feature)
{
    return features_has(&cpu->features, feature);
}

static bool shown(const struct cpu *cpu, unsigned feature)
{
    if (feature == FEATURE_NX)
        return cpu_has_nx(cpu);
    if (feature == FEATURE_APIC && !(cpu->msr[MSR_APIC_BASE] & APIC_BASE_ENABLE))
        return false;
    if (feature == FEATURE_MONITOR && !(cpu->msr[MSR_MISC_ENABLE] & MISC_ENABLE_MONITOR))
        return false;
    return has(cpu, (enum cpu_feature)feature);
}

static void feature_bits(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[5])
{
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (rows[i].leaf == leaf && rows[i].subleaf == subleaf && shown(cpu, i))
            out[rows[i].output] |= 1u << rows[i].bit;
}

static bool is_intel(const struct cpu *cpu)
{
    return memcmp(cpu->model->vendor, "Genu", 4) == 0;
}

// Leaf 2 (SDM vol. 2, table 3-12): TLBs and caches of the P6; later ones say "see leaf 4".
static void cache_descriptors(const struct cpu *cpu, uint32_t out[5])
{
    if (!is_intel(cpu))
        return;
    out[EAX] = cpu->model->basic >= 4 ? 0x00feff01 : 0x03020101;
    if (cpu->model->basic < 4)
        out[EDX] = cpu->model->l2_kbytes >= 512 ? 0x0c040843 : 0x0c040882;
}

// Leaf 4: L1 data and code, L2, one processor each.
static void cache_parameters(const struct cpu *cpu, uint32_t index, uint32_t out[5])
{
    enum { DATA = 1, CODE, UNIFIED };
    const struct {
        unsigned type, level, kbytes, ways;
    } caches[] = {
        {DATA, 1, 32, 8},
        {CODE, 1, 32, 8},
        {UNIFIED, 2, cpu->model->l2_kbytes, cpu->model->l2_kbytes > 1024 ? 16 : 8},
    };
    if (!is_intel(cpu) || index >= sizeof caches / sizeof *caches)
        return;
    unsigned ways = caches[index].ways;
    out[EAX] = caches[index].type | caches[index].level << 5 | 1u << 8; // self-initializing
    out[EBX] = (ways - 1) << 22 | (LINE_BYTES - 1);
    out[ECX] = caches[index].kbytes * 1024 / ways / LINE_BYTES - 1;
}

// Bytes of an XSAVE image with these components: standard format, or compacted.
static uint32_t xsave_bytes(uint32_t components)
{
    return components & XCR0_AVX ? 832 : 576;
}

static void xsave_leaf(const struct cpu *cpu, uint32_t subleaf, uint32_t out[5])
{
    if (!has(cpu, FEATURE_XSAVE))
        return;
    uint32_t all = XCR0_X87 | XCR0_SSE | (has(cpu, FEATURE_AVX) ? (uint32_t)XCR0_AVX : 0);
    if (subleaf == 0) {
        out[EAX] = all;
        out[EBX] = xsave_bytes((uint32_t)cpu->fpu.xcr0);
        out[ECX] = xsave_bytes(all);
    } else if (subleaf == 1) {
        feature_bits(cpu, 0xd, 1, out);
        if (has(cpu, FEATURE_XSAVEC))
            out[EBX] = xsave_bytes((uint32_t)cpu->fpu.xcr0);
    } else if (subleaf == 2 && (all & XCR0_AVX)) {
        out[EAX] = 256;
        out[EBX] = 576;
    }
}

static void basic_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[5])
{
    const struct cpu_model *m = cpu->model;
    switch (leaf) {
    case 0:
        out[EAX] = m->basic;
        if (cpu->msr[MSR_MISC_ENABLE] & MISC_ENABLE_LIMIT_CPUID && m->basic > LIMITED_LEAVES)
            out[EAX] = LIMITED_LEAVES;
        out[EBX] = chars(m->vendor);
        out[EDX] = chars(m->vendor + 4);
        out[ECX] = chars(m->vendor + 8);
        break;
    case 1:
        feature_bits(cpu, 1, 0, out);
        out[EAX] = m->signature;
        out[EBX] = has(cpu, FEATURE_CLFLUSH) ? LINE_BYTES / 8 << 8 : 0;
        if (has(cpu, FEATURE_XSAVE) && (cpu->cr4 & CR4_OSXSAVE))
            out[ECX] |= OSXSAVE;
        break;
    case 2: cache_descriptors(cpu, out); break;
    case 4: cache_parameters(cpu, subleaf, out); break;
    case 5:
        if (shown(cpu, FEATURE_MONITOR))
            out[EAX] = out[EBX] = MONITOR_LINE_BYTES;
        break;
    case 7:
        if (subleaf == 0)
            feature_bits(cpu, 7, 0, out);
        break;
    case 0xb: // one thread in one core
        out[ECX] = (subleaf & 0xff) | (subleaf < 2 ? (subleaf + 1) << 8 : 0);
        out[EBX] = subleaf < 2;
        break;
    case 0xd: xsave_leaf(cpu, subleaf, out); break;
    default: break;
    }
}

static void extended_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t out[5])
{
    // What AMD repeats of leaf 1 (APM vol. 3, appendix E.4.2).
    const uint32_t repeated = 0x0183f3ff;
    const struct cpu_model *m = cpu->model;
    switch (leaf) {
    case 0x80000000: out[EAX] = m->extended; break;
    case 0x80000001:
        feature_bits(cpu, leaf, 0, out);
        if (!is_intel(cpu)) {
            uint32_t first[5] = {0};
            feature_bits(cpu, 1, 0, first);
            out[EDX] |= first[EDX] & repeated;
            out[EAX] = m->signature;
        }
        break;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004: memcpy(&out[EAX], m->brand + 16 * (leaf - 0x80000002), 16); break;
    case 0x80000006: // ways coded: 6 is 8, 8 is 16
        out[ECX] = m->l2_kbytes << 16 | (m->l2_kbytes > 1024 ? 0x8000u : 0x6000u) | LINE_BYTES;
        break;
    case 0x80000007:
        if (has(cpu, FEATURE_TSC)) // it is the host's, or counts instructions
            out[EDX] = INVARIANT_TSC;
        break;
    case 0x80000008: out[EAX] = m->phys_bits | 32 << 8; break;
    default: break;
    }
}

void cpu_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t result[4])
{
    const struct cpu_model *m = cpu->model;
    uint32_t out[5] = {0};
    if (leaf == LEAF_HYPERVISOR && has(cpu, FEATURE_HYPERVISOR)) {
        out[EAX] = LEAF_HYPERVISOR;
        out[EBX] = chars("Tick");
        out[ECX] = chars("mark");
        out[EDX] = chars("Emu\0");
    } else if (m->extended && leaf >= 0x80000000 && leaf <= m->extended) {
        extended_leaf(cpu, leaf, out);
    } else { // above the last basic leaf, Intel answers with that leaf's data
        basic_leaf(cpu, leaf > m->basic ? m->basic : leaf, subleaf, out);
    }
    memcpy(result, &out[EAX], 16);
}
