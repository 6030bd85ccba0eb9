// The page walk: 32-bit paging with PSE and PSE-36, and PAE paging with NX (SDM vol. 3, 4.3
// to 4.7).
//
// Interface: mmu_walk(). Invariants: entries are read afresh at each walk, so that a right that the
// guest has given holds at once and a fault is never raised by what an entry said before; A and D
// are set only when the whole access is allowed.
#include <string.h>

#include "emu/mmu/walk.h"

enum {
    PTE_P = 1,
    PTE_W = 2,
    PTE_U = 4,
    PTE_A = 0x20,
    PTE_D = 0x40,
    PDE_PS = 0x80,
    PTE_G = 0x100,
};
static const uint64_t PTE_XD = 1ull << 63;

// What the levels of one walk come to.
struct walk {
    uint64_t at[2], entry[2]; // those that have A bits; [levels - 1] maps the page
    unsigned levels, entry_bytes;
    uint32_t rights; // PTE_W and PTE_U where all levels grant it
    bool no_execute;
    bool large;
    uint64_t base;   // physical address of the page
    uint32_t offset; // mask of the offset in the page
};

// Bits from the processor's physical address width up to 62, or to 31 of a PDE that has no more.
static uint64_t beyond_width(const struct cpu *cpu)
{
    return ~0ull >> 1 & ~((1ull << cpu_phys_bits(cpu)) - 1);
}

// Entries lie in memory; elsewhere nobody answers: all ones.
static uint64_t entry_load(const struct mmu *mmu, uint64_t phys, unsigned bytes)
{
    uint64_t v = 0;
    uint64_t place = mmu_place(mmu, phys, MMU_READ);
    if (place & MMU_PLACE_IO)
        return bytes == 8 ? ~0ull : 0xffffffffu;
    memcpy(&v, mmu->ram + place, bytes);
    return v;
}

uint64_t mmu_pdpte(const struct mmu *mmu, uint64_t phys)
{
    return entry_load(mmu, phys & mmu->a20_mask, 8);
}

// A and D are stores like any other: a page table may lie in a page with translated code. Both are
// in the low four bytes.
static void entry_mark(struct mmu *mmu, const struct walk *w, unsigned level, uint32_t bits)
{
    uint32_t old = (uint32_t)w->entry[level], v = old | bits;
    if (v != old && w->at[level] >> 32 == 0) // there is no memory above
        mmu_phys_write(mmu, (uint32_t)w->at[level], &v, 4);
}

static uint64_t walk_entry(const struct cpu *cpu, struct walk *w, uint64_t table, uint32_t index)
{
    const struct mmu *mmu = cpu->mmu;
    uint64_t at = (table + (uint64_t)index * w->entry_bytes) & mmu->a20_mask;
    uint64_t entry = entry_load(mmu, at, w->entry_bytes);
    w->at[w->levels] = at;
    w->entry[w->levels++] = entry;
    w->rights &= (uint32_t)entry;
    w->no_execute |= (entry & PTE_XD) != 0;
    return entry;
}

// The walks return the PF_P and PF_RSVD bits of a fault, or -1.
enum { WALKED = -1 };

// 32-bit paging: two levels of 1,024 entries of 4 bytes.
static int walk_32bit(const struct cpu *cpu, uint32_t linear, struct walk *w)
{
    w->entry_bytes = 4;
    uint32_t pde = (uint32_t)walk_entry(cpu, w, cpu->cr3 & ~0xfffu, linear >> 22);
    if (!(pde & PTE_P))
        return 0;
    if ((pde & PDE_PS) && (cpu->cr4 & CR4_PSE)) {
        // Bits 20-13 are address bits 39-32 as far as there are any (PSE-36); what is left up to
        // bit 21 is reserved (SDM vol. 3, table 4-4).
        bool pse36 = features_has(&cpu->features, FEATURE_PSE36);
        uint64_t high = (uint64_t)(pde & 0x003fe000u) << 19;
        if (high & (pse36 ? beyond_width(cpu) : ~0ull))
            return PF_P | PF_RSVD;
        w->large = true;
        w->base = high | (pde & 0xffc00000u);
        w->offset = 0x003fffff;
        return WALKED;
    }
    uint32_t pte = (uint32_t)walk_entry(cpu, w, pde & ~0xfffu, linear >> 12 & 1023);
    if (!(pte & PTE_P))
        return 0;
    w->base = pte & ~0xfffu;
    return WALKED;
}

// PAE paging: four PDPTEs held in the processor, two levels of 512 entries of 8 bytes.
static int walk_pae(const struct cpu *cpu, uint32_t linear, struct walk *w)
{
    uint64_t reserved = beyond_width(cpu) | (cpu->efer & EFER_NXE ? 0 : PTE_XD);
    uint64_t pdpte = cpu->pdpte[linear >> 30], address = ~beyond_width(cpu) & ~PTE_XD & ~0xfffull;
    w->entry_bytes = 8;
    if (!(pdpte & PTE_P))
        return 0;
    uint64_t pde = walk_entry(cpu, w, pdpte & address, linear >> 21 & 511);
    if (!(pde & PTE_P))
        return 0;
    if (pde & (reserved | (pde & PDE_PS ? 0x001fe000u : 0)))
        return PF_P | PF_RSVD;
    if (pde & PDE_PS) {
        w->large = true;
        w->base = pde & address & ~0x1fffffull;
        w->offset = 0x001fffff;
        return WALKED;
    }
    uint64_t pte = walk_entry(cpu, w, pde & address, linear >> 12 & 511);
    if (!(pte & PTE_P))
        return 0;
    if (pte & reserved)
        return PF_P | PF_RSVD;
    w->base = pte & address;
    return WALKED;
}

// SDM vol. 3, 4.6.1
static bool may_write(const struct cpu *cpu, const struct walk *w, enum mmu_set set)
{
    return (w->rights & PTE_W) || (set != MMU_SET_USER && !(cpu->cr0 & CR0_WP));
}

static bool allowed(const struct cpu *cpu, const struct walk *w, enum mmu_intent intent,
                    enum mmu_set set)
{
    bool user_page = w->rights & PTE_U;
    if (set == MMU_SET_USER && !user_page)
        return false;
    if (intent == MMU_FETCH)
        return !w->no_execute && !(set != MMU_SET_USER && user_page && (cpu->cr4 & CR4_SMEP));
    if (set == MMU_SET_SYSTEM && user_page && (cpu->cr4 & CR4_SMAP))
        return false;
    return intent != MMU_WRITE || may_write(cpu, w, set);
}

bool mmu_walk(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, enum mmu_set set, bool mark,
              struct mmu_translation *t)
{
    struct mmu *mmu = cpu->mmu;
    mmu->walks++;
    *t = (struct mmu_translation){.phys = linear & mmu->a20_mask, .writable = true};
    if (!(cpu->cr0 & CR0_PG))
        return true;
    bool write = intent == MMU_WRITE, pae = cpu->cr4 & CR4_PAE;
    // The I bit only where fetches have rights of their own (SDM vol. 3, 4.7).
    bool tells_fetch = (pae && (cpu->efer & EFER_NXE)) || (cpu->cr4 & CR4_SMEP);
    t->error = (write ? PF_W : 0u) | (set == MMU_SET_USER ? PF_U : 0u) |
               (intent == MMU_FETCH && tells_fetch ? PF_I : 0u);
    struct walk w = {.rights = PTE_W | PTE_U, .offset = 0xfff};
    int fault = pae ? walk_pae(cpu, linear, &w) : walk_32bit(cpu, linear, &w);
    if (fault == WALKED && !allowed(cpu, &w, intent, set))
        fault = PF_P;
    if (fault != WALKED) {
        t->error |= (uint32_t)fault;
        return false;
    }
    unsigned leaf = w.levels - 1;
    if (mark) {
        if (leaf)
            entry_mark(mmu, &w, 0, PTE_A);
        entry_mark(mmu, &w, leaf, PTE_A | (write ? PTE_D : 0u));
    }
    t->phys = (w.base | (linear & w.offset)) & mmu->a20_mask;
    t->writable = may_write(cpu, &w, set) && (write || (w.entry[leaf] & PTE_D));
    t->global = (w.entry[leaf] & PTE_G) && (cpu->cr4 & CR4_PGE);
    t->large = w.large;
    return true;
}
