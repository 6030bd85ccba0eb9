// Creation, the page walk, fills and flushes of the lookup tables. The contract is in mmu.h.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/mmu/mmu_state.h"
#include "emu/mmu/walk.h"
#include "emu/profile/profile.h"

enum { PTE_P = 1, PTE_W = 2, PTE_U = 4, PTE_A = 0x20, PTE_D = 0x40, PDE_PS = 0x80 };

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

struct mmu *mmu_create(uint64_t ram_bytes, const char **why)
{
    if (ram_bytes == 0 || ram_bytes % MMU_PAGE || ram_bytes > 3ull << 30) {
        *why = "the memory size must be a multiple of 4 KB, at most 3 GB";
        return NULL;
    }
    struct mmu *mmu = calloc(1, sizeof *mmu);
    if (!mmu) {
        *why = "out of memory";
        return NULL;
    }
    size_t pages = (size_t)(ram_bytes / MMU_PAGE);
    mmu->ram_bytes = ram_bytes;
    mmu->ram = reserve((size_t)ram_bytes);
    mmu->code_lines = reserve(pages * sizeof *mmu->code_lines);
    mmu->code_page = reserve(pages);
    bool ok = mmu->ram && mmu->code_lines && mmu->code_page;
    for (unsigned user = 0; user < 2; user++) {
        mmu->set[user] = reserve(MMU_SET_BYTES);
        mmu->fills[user].listed = reserve(MMU_LINEAR_PAGES / 8);
        ok = ok && mmu->set[user] && mmu->fills[user].listed;
    }
    if (!ok) {
        mmu_destroy(mmu);
        *why = "the host has no address space or memory for the guest's memory";
        return NULL;
    }
    return mmu;
}

static void release(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}

void mmu_destroy(struct mmu *mmu)
{
    if (!mmu)
        return;
    size_t pages = (size_t)(mmu->ram_bytes / MMU_PAGE);
    release(mmu->ram, (size_t)mmu->ram_bytes);
    release(mmu->code_lines, pages * sizeof *mmu->code_lines);
    release(mmu->code_page, pages);
    for (unsigned user = 0; user < 2; user++) {
        release(mmu->set[user], MMU_SET_BYTES);
        release(mmu->fills[user].listed, MMU_LINEAR_PAGES / 8);
        free(mmu->fills[user].page);
    }
    free(mmu);
}

uint64_t mmu_ram_bytes(const struct mmu *mmu)
{
    return mmu->ram_bytes;
}

// --- the walk ---

static uint32_t pte_load(const struct mmu *mmu, uint32_t phys)
{
    uint32_t v = 0xffffffff;
    if ((uint64_t)phys + 4 <= mmu->ram_bytes)
        memcpy(&v, mmu->ram + phys, 4);
    return v;
}

// Accessed and dirty bits are stores like any other: a page table may lie in a page with translated
// code.
static void pte_mark(struct mmu *mmu, uint32_t phys, uint32_t old, uint32_t bits)
{
    uint32_t v = old | bits;
    if (v != old)
        mmu_phys_write(mmu, phys, &v, 4);
}

bool mmu_walk(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, bool user,
              struct mmu_translation *t)
{
    struct mmu *mmu = cpu->mmu;
    mmu->walks++;
    if (!(cpu->cr0 & CR0_PG)) {
        t->phys = linear;
        t->writable = true;
        return true;
    }
    bool write = intent == MMU_WRITE;
    uint32_t error = (write ? PF_W : 0u) | (user ? PF_U : 0u);
    uint32_t pde_at = (cpu->cr3 & ~0xfffu) + (linear >> 22) * 4;
    uint32_t pde = pte_load(mmu, pde_at);
    t->error = error;
    if ((uint64_t)pde_at + 4 > mmu->ram_bytes || !(pde & PTE_P))
        return false;
    bool large = (pde & PDE_PS) && (cpu->cr4 & CR4_PSE);
    uint32_t pte_at = 0, pte = 0, rights = pde & (PTE_W | PTE_U);
    if (large) {
        // PSE-36 is not offered by CPUID, so bits 21-13 are reserved (SDM vol. 3, 4.3).
        if (pde & 0x003fe000u) {
            t->error = error | PF_P | PF_RSVD;
            return false;
        }
    } else {
        pte_at = (pde & ~0xfffu) + ((linear >> 12) & 1023) * 4;
        pte = pte_load(mmu, pte_at);
        if ((uint64_t)pte_at + 4 > mmu->ram_bytes || !(pte & PTE_P))
            return false;
        rights &= pte;
    }
    bool wp = cpu->cr0 & CR0_WP;
    bool may_write = (rights & PTE_W) || (!user && !wp);
    if ((user && !(rights & PTE_U)) || (write && !may_write)) {
        t->error = error | PF_P;
        return false;
    }
    uint32_t mark = PTE_A | (write ? PTE_D : 0u);
    if (large) {
        mmu->large[linear >> 25] |= (uint8_t)(1u << (linear >> 22 & 7));
        pte_mark(mmu, pde_at, pde, mark);
        t->phys = (pde & 0xffc00000u) | (linear & 0x003fffffu);
        t->writable = may_write && (write || (pde & PTE_D));
    } else {
        pte_mark(mmu, pde_at, pde, PTE_A);
        pte_mark(mmu, pte_at, pte, mark);
        t->phys = (pte & ~0xfffu) | (linear & 0xfffu);
        t->writable = may_write && (write || (pte & PTE_D));
    }
    return true;
}

// --- fills ---

static void list_fill(struct fill_list *list, uint32_t page)
{
    uint8_t bit = (uint8_t)(1u << (page & 7));
    if (list->listed[page >> 3] & bit)
        return;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 1024;
        uint32_t *p = realloc(list->page, capacity * sizeof *p);
        if (!p)
            return; // not listed, so it must not be filled: the caller checks
        list->page = p;
        list->capacity = capacity;
    }
    list->listed[page >> 3] |= bit;
    list->page[list->n++] = page;
}

static bool can_fill(struct fill_list *list, uint32_t page)
{
    if (page == MMU_LINEAR_PAGES - 1)
        return false; // an access that wraps at 4 GB must never hit
    list_fill(list, page);
    return list->listed[page >> 3] & (1u << (page & 7));
}

bool mmu_translate(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, bool user,
                   struct mmu_translation *t)
{
    struct mmu *mmu = cpu->mmu;
    enum stage was = profile_switch(cpu->profile, STAGE_mmu);
    profile_count(cpu->profile, STAGE_mmu, 1, 0);
    bool ok = mmu_walk(cpu, linear, intent, user, t);
    uint32_t page = linear >> 12, phys_page = t->phys >> 12;
    if (ok && t->phys < mmu->ram_bytes && can_fill(&mmu->fills[user], page)) {
        uint64_t delta = (uint64_t)(uintptr_t)mmu->ram + (phys_page << 12) - (page << 12);
        if (intent == MMU_FETCH)
            mmu_table_x(mmu, user)[page] = phys_page + 1;
        else
            mmu_table(mmu, user, MMU_TABLE_R)[page] = delta;
        if (intent == MMU_WRITE && t->writable && !mmu->code_page[phys_page])
            mmu_table(mmu, user, MMU_TABLE_W)[page] = delta;
    }
    profile_return(cpu->profile, was);
    return ok;
}

bool mmu_code_address(struct cpu *cpu, uint32_t linear, uint32_t *phys)
{
    bool user = cpu->cpl == 3;
    uint32_t id = mmu_table_x(cpu->mmu, user)[linear >> 12];
    struct mmu_translation t;
    if (id) {
        *phys = ((id - 1) << 12) | (linear & 0xfff);
        return true;
    }
    if (!mmu_translate(cpu, linear, MMU_FETCH, user, &t))
        cpu_raise_page_fault(cpu, linear, t.error);
    *phys = t.phys;
    return t.phys < cpu->mmu->ram_bytes;
}

// --- forgetting ---

// True if code may have been found through it.
static bool drop_page(struct mmu *mmu, unsigned user, uint32_t page)
{
    mmu_table(mmu, user, MMU_TABLE_R)[page] = 0;
    mmu_table(mmu, user, MMU_TABLE_W)[page] = 0;
    bool code = mmu_table_x(mmu, user)[page] != 0;
    mmu_table_x(mmu, user)[page] = 0;
    return code;
}

static void tell_lost(struct cpu *cpu)
{
    cpu->leave = 1;
    if (cpu->mmu->mappings_lost)
        cpu->mmu->mappings_lost(cpu->mmu->hook_opaque);
}

void mmu_flush(struct cpu *cpu)
{
    struct mmu *mmu = cpu->mmu;
    mmu->flushes++;
    for (unsigned user = 0; user < 2; user++) {
        struct fill_list *list = &mmu->fills[user];
        for (size_t i = 0; i < list->n; i++) {
            drop_page(mmu, user, list->page[i]);
            list->listed[list->page[i] >> 3] = 0;
        }
        list->n = 0;
    }
    memset(mmu->large, 0, sizeof mmu->large);
    tell_lost(cpu);
}

void mmu_flush_page(struct cpu *cpu, uint32_t linear)
{
    struct mmu *mmu = cpu->mmu;
    uint32_t first = linear >> 12, n = 1;
    // A 4 MB page may have been cached in 1,024 entries.
    if (mmu->large[linear >> 25] & (1u << (linear >> 22 & 7))) {
        first &= ~1023u;
        n = 1024;
    }
    bool code = false;
    for (unsigned user = 0; user < 2; user++)
        for (uint32_t page = first; page < first + n; page++)
            code = drop_page(mmu, user, page) || code;
    if (code)
        tell_lost(cpu);
    cpu->leave = 1;
}

void mmu_code_add(struct mmu *mmu, uint32_t phys, uint32_t bytes)
{
    uint32_t page = phys >> 12, first = (phys & 0xfff) >> 6,
             last = ((phys & 0xfff) + bytes - 1) >> 6;
    uint64_t mask = (~0ull << first) & (~0ull >> (63 - last));
    mmu->code_lines[page] |= mask;
    if (mmu->code_page[page])
        return;
    // The page changes class: take away every W entry that leads to it.
    mmu->code_page[page] = 1;
    uint64_t host = (uint64_t)(uintptr_t)mmu->ram + ((uint64_t)page << 12);
    for (unsigned user = 0; user < 2; user++) {
        uint64_t *w = mmu_table(mmu, user, MMU_TABLE_W);
        for (size_t i = 0; i < mmu->fills[user].n; i++) {
            uint32_t linear = mmu->fills[user].page[i];
            if (w[linear] + ((uint64_t)linear << 12) == host)
                w[linear] = 0;
        }
    }
}
