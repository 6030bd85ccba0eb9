// The inside of struct mmu, for mmu/ itself and for dispatch/, which keeps its lookup tables next
// to ours.
//
// One table set per kind of rights, reserved as a whole and touched sparsely. Translated code holds
// the address of the current set in a host register, so every table is at a constant distance from
// it:
//
//   +0        R     2^20 x 8   host - linear, 0 = miss
//   +8 MB     W     2^20 x 8
//   +16 MB    X     2^20 x 4   physical page + 1 of a page that may be executed, 0 = not known
//   +20 MB    JUMP  2^16 x 16  owned by dispatch/: indirect branch targets
#ifndef TM_EMU_MMU_MMU_STATE_H
#define TM_EMU_MMU_MMU_STATE_H

#include "emu/mmu/mmu.h"
#include "emu/mmu/physical.h"

enum {
    MMU_PAGE = 4096,
    MMU_LINEAR_PAGES = 1 << 20,
    MMU_TABLE_R = 0,
    MMU_TABLE_W = 8 << 20,
    MMU_TABLE_X = 16 << 20,
    MMU_TABLE_JUMP = 20 << 20,
    MMU_SET_BYTES = 21 << 20,
    MMU_MAX_IO = 64,
    MMU_MAX_REGIONS = 16,
    MMU_MAX_VIEWS = 32,
    MMU_REGION_BYTES = 64 << 20, // of all regions
    MMU_PHYS_PAGES = 1 << 20,    // below 4 GB; there is no memory above
};

// Whose rights an access has, and thereby the set it is looked up in. The first two are also
// "supervisor" and "CPL is 3", which is how interp's fast path chooses; it misses the third.
enum mmu_set {
    MMU_SET_SYSTEM, // CPL 0-2, and implicit accesses at any CPL
    MMU_SET_USER,
    MMU_SET_OPEN, // CPL 0-2, CR4.SMAP and EFLAGS.AC set: may touch user pages
    MMU_SETS,
};

static inline enum mmu_set mmu_current_set(const struct cpu *cpu)
{
    if (cpu->cpl == 3)
        return MMU_SET_USER;
    return (cpu->eflags & FLAG_AC) && (cpu->cr4 & CR4_SMAP) ? MMU_SET_OPEN : MMU_SET_SYSTEM;
}

struct mmio_region {
    uint32_t base, bytes;
    const struct mmio_ops *ops;
    void *opaque;
    bool over_ram;
};

struct mmu_region {
    uint32_t first, pages; // in pages of the store
    bool dirty;            // marks are kept
    uint8_t *bytes;
};

// Where a region shows.
struct mmu_view {
    const struct mmu_region *region;
    uint32_t phys, offset, bytes;
    bool writable;
};

// In code_page[]: why a page of the store has no W entry.
enum { MMU_PAGE_CODE = 1, MMU_PAGE_CLEAN = 2 };

// Linear pages that have an entry in some table of a set, so that a flush costs what was filled.
// One list for entries of global pages, which MOV CR3 leaves alone, one for the others; a page that
// was both in turn is in both.
struct fill_list {
    uint32_t *page;
    size_t n, capacity;
    uint8_t *listed; // one bit a linear page
};

enum { MMU_MANY_WRITERS = 0xffffffff };

struct mmu {
    uint8_t *ram; // the store: RAM, and the regions behind it
    uint64_t ram_bytes, store_bytes, store_used;
    uint64_t a20_mask; // of physical addresses
    uint32_t *read_map,
        *write_map; // per physical page: page of the store + 1, or 0: no memory for that access
    uint64_t shadow_read, shadow_write; // one bit a page of C0000-FFFFF: goes to RAM
    struct mmu_region region[MMU_MAX_REGIONS];
    struct mmu_view view[MMU_MAX_VIEWS];
    unsigned nregions, nviews;
    struct profile *profile; // for the time spent in registers; NULL: not counted
    uint8_t *set[MMU_SETS];
    uint8_t
        *fast[2]; // what interp's fast path looks in: set[0] and set[1], or what is always empty
    uint8_t *empty;
    struct fill_list fills[MMU_SETS][2]; // [set][global]
    uint64_t *code_lines; // per page of the store: which of its 64 lines of 64 bytes hold
                          // translated bytes
    uint8_t *code_page;   // per page of the store: MMU_PAGE_CODE while it holds translated code,
                          // MMU_PAGE_CLEAN while the next store must be seen: no W entry
    uint32_t *writer;   // per page of the store: 0, or the one linear page + 1 whose W entry leads
                        // there, or MMU_MANY_WRITERS; may say more than there is
    uint8_t large[128]; // one bit per 4 MB of linear space: a 4 MB page was cached there since the
                        // last flush
    struct mmio_region io[MMU_MAX_IO];
    unsigned nio;
    // Called after bytes that hold translated code were changed. `at`: store address.
    void (*code_written)(void *opaque, uint32_t at, uint32_t bytes);
    // Called when linear-to-physical mappings were forgotten: everything keyed by linear address is
    // stale.
    void (*mappings_lost)(void *opaque);
    void *hook_opaque;
    uint64_t walks, flushes, partial_flushes, slow_loads, slow_stores, code_stores;
};

static inline uint64_t *mmu_table(const struct mmu *mmu, unsigned set, unsigned table)
{
    return (uint64_t *)(void *)(mmu->set[set] + table);
}

static inline uint32_t *mmu_table_x(const struct mmu *mmu, unsigned set)
{
    return (uint32_t *)(void *)(mmu->set[set] + MMU_TABLE_X);
}

// Let interp's fast path find nothing, so that every access comes to mmu_load() and its like.
static inline void mmu_hide_tables(struct mmu *mmu, bool hide)
{
    mmu->fast[0] = hide ? mmu->empty : mmu->set[0];
    mmu->fast[1] = hide ? mmu->empty : mmu->set[1];
}

// Where a physical address leads for that intent: see physical.h.
static inline uint64_t mmu_place(const struct mmu *mmu, uint64_t phys, enum mmu_intent intent)
{
    if (phys >> 32)
        return MMU_PLACE_IO | phys;
    uint32_t id = mmu->read_map[phys >> 12];
    if (id == 0 || (intent == MMU_WRITE && mmu->write_map[phys >> 12] != id))
        return MMU_PLACE_IO | phys;
    return (uint64_t)(id - 1) << 12 | (phys & 0xfff);
}

// The store address of the instruction byte at `linear`, at the current privilege; fills the X
// entry. Raises #PF. False if it is not memory.
bool mmu_code_address(struct cpu *cpu, uint32_t linear, uint32_t *at);

// Translated code now covers the store's [at, at+bytes), which lies in one page: stores to it take
// the slow path.
void mmu_code_add(struct mmu *mmu, uint32_t at, uint32_t bytes);
// No translated code is left on that page of the store: stores to it may be fast again.
void mmu_code_forget(struct mmu *mmu, uint32_t page);

// --- between access.c and physical.c ---

// Registers, or nothing, at a physical address; at most 8 bytes within a page.
uint64_t mmu_io_load(struct mmu *mmu, uint64_t phys, unsigned bytes);
void mmu_io_store(struct mmu *mmu, uint64_t phys, unsigned bytes, uint64_t value);
// Bytes of the store within a page, whose code_page[] is not 0, were changed.
void mmu_store_changed(struct mmu *mmu, uint32_t at, uint32_t bytes);
// Take away all W entries that lead to that page of the store.
void mmu_drop_writers(struct mmu *mmu, uint32_t page);

#endif
