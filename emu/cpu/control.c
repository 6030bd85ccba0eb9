// Control registers. (SDM vol. 3, 2.5)
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

static const uint32_t cr0_defined = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP |
                                    CR0_AM | CR0_NW | CR0_CD | CR0_PG;

// Which bits of CR4 there are. Others are reserved: setting one is #GP(0).
static const struct {
    uint32_t bits;
    enum cpu_feature needs;
} cr4_rows[] = {
    {CR4_VME | CR4_PVI, FEATURE_VME}, {CR4_TSD, FEATURE_TSC},   {CR4_DE, FEATURE_DE},
    {CR4_PSE, FEATURE_PSE},           {CR4_PAE, FEATURE_PAE},   {CR4_MCE, FEATURE_MCE},
    {CR4_PGE, FEATURE_PGE},           {CR4_PCE, FEATURE_RDPMC}, {CR4_OSFXSR, FEATURE_FXSR},
    {CR4_OSXMMEXCPT, FEATURE_SSE},    {CR4_UMIP, FEATURE_UMIP}, {CR4_OSXSAVE, FEATURE_XSAVE},
    {CR4_SMEP, FEATURE_SMEP},         {CR4_SMAP, FEATURE_SMAP},
};

uint32_t cpu_cr4_defined(const struct cpu *cpu)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof cr4_rows / sizeof *cr4_rows; i++)
        if (features_has(&cpu->features, cr4_rows[i].needs))
            bits |= cr4_rows[i].bits;
    return bits;
}

static bool pae_paging(uint32_t cr0, uint32_t cr4)
{
    return (cr0 & CR0_PG) && (cr4 & CR4_PAE);
}

// PAE paging holds the four entries of the first level in the processor. One that is present and
// has a reserved bit is #GP(0), and none is loaded then (SDM vol. 3, 4.4.1).
static void load_pdptes(struct cpu *cpu, uint32_t cr3)
{
    enum { PRESENT = 1, RESERVED = 0x1e6 };
    uint64_t pdpte[4], reserved = RESERVED | ~((1ull << cpu_phys_bits(cpu)) - 1);
    for (unsigned i = 0; i < 4; i++) {
        pdpte[i] = mmu_pdpte(cpu->mmu, (cr3 & ~31u) + i * 8);
        if ((pdpte[i] & PRESENT) && (pdpte[i] & reserved))
            cpu_raise(cpu, EXC_GP, 0);
    }
    memcpy(cpu->pdpte, pdpte, sizeof pdpte);
}

static void write_cr0(struct cpu *cpu, uint32_t value)
{
    if ((value & CR0_PG) && !(value & CR0_PE))
        cpu_raise(cpu, EXC_GP, 0);
    if ((value & CR0_NW) && !(value & CR0_CD))
        cpu_raise(cpu, EXC_GP, 0);
    value = (value & cr0_defined) | CR0_ET;
    uint32_t changed = cpu->cr0 ^ value;
    if ((changed & (CR0_PG | CR0_CD | CR0_NW)) && pae_paging(value, cpu->cr4))
        load_pdptes(cpu, cpu->cr3);
    cpu->cr0 = value;
    if (!(value & CR0_PE))
        cpu->cpl = 0;
    fpu_update_gates(cpu);
    if (changed & (CR0_PE | CR0_WP | CR0_PG))
        mmu_flush(cpu);
}

static void write_cr3(struct cpu *cpu, uint32_t value)
{
    if (pae_paging(cpu->cr0, cpu->cr4))
        load_pdptes(cpu, value);
    cpu->cr3 = value;
    if (cpu->cr4 & CR4_PGE)
        mmu_flush_local(cpu);
    else
        mmu_flush(cpu);
}

static void write_cr4(struct cpu *cpu, uint32_t value)
{
    uint32_t defined = cpu_cr4_defined(cpu), changed = cpu->cr4 ^ value;
    if (!defined) // a processor of before the CR4
        cpu_raise(cpu, EXC_UD, 0);
    if (value & ~defined)
        cpu_raise(cpu, EXC_GP, 0);
    if ((changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) && pae_paging(cpu->cr0, value))
        load_pdptes(cpu, cpu->cr3);
    cpu->cr4 = value;
    cpu_debug_update(cpu);
    fpu_update_gates(cpu);
    if (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP | CR4_SMAP))
        mmu_flush(cpu);
}

void cpu_write_cr(struct cpu *cpu, unsigned number, uint32_t value)
{
    switch (number) {
    case 0: write_cr0(cpu, value); return;
    case 2: cpu->cr2 = value; return;
    case 3: write_cr3(cpu, value); return;
    case 4: write_cr4(cpu, value); return;
    default: cpu_raise(cpu, EXC_UD, 0);
    }
}

uint32_t cpu_read_cr(struct cpu *cpu, unsigned number)
{
    switch (number) {
    case 0: return cpu->cr0;
    case 2: return cpu->cr2;
    case 3: return cpu->cr3;
    case 4:
        if (!cpu_cr4_defined(cpu))
            cpu_raise(cpu, EXC_UD, 0);
        return cpu->cr4;
    default: cpu_raise(cpu, EXC_UD, 0);
    }
}
