// The physical map: which physical page is RAM, which is ROM or a device's memory, which is
// registers.
//
// All memory of the guest is one piece of the host's, the store: RAM first (so that a RAM address
// is its own store address), behind it the regions: ROMs, video memory. Everything that keeps
// something about a page of memory (lookup tables, translated code, writers, dirty marks) is keyed
// by store address; a page that shows at two physical addresses is one page.
//
// What a physical page leads to, best first:
//   where the local APIC's registers are   those
//   A0000-BFFFF   registers or regions that are mapped there; RAM only in a machine that has
//                 neither
//   C0000-FFFFF   as mmu_shadow_set() says, per 16 KB or 64 KB: RAM or what is behind it, for
//                 reads and for writes
//   below the end of RAM   RAM
//   elsewhere     registers, then regions, then nothing: reads as ones
// The map changes between instructions or inside of a port or register access; each change flushes
// the lookup tables.
#ifndef TM_EMU_MMU_PHYSICAL_H
#define TM_EMU_MMU_PHYSICAL_H

#include "emu/mmu/mmu.h"

struct mmu_region; // a piece of store: ROM or device memory

// Make a region of `bytes` (rounded up to pages), all zero, mapped nowhere. `dirty`: keep dirty
// marks for mmu_region_take_dirty(). NULL when the store is used up. It lives as long as the mmu.
struct mmu_region *mmu_region_create(struct mmu *mmu, uint32_t bytes, bool dirty);
// Its bytes, for the device itself. A device that writes them while the guest runs calls
// mmu_region_changed(), so that translated code and dirty marks follow.
uint8_t *mmu_region_bytes(const struct mmu_region *r);
void mmu_region_changed(struct mmu *mmu, struct mmu_region *r, uint32_t offset, uint32_t bytes);
// Show [offset, offset+bytes) of it at `phys`, all multiples of a page; at most MMU_MAX_VIEWS
// views. False if that is not possible.
bool mmu_region_map(struct cpu *cpu, struct mmu_region *r, uint32_t phys, uint32_t offset,
                    uint32_t bytes, bool writable);
// Take away the view of it that begins at `phys`.
void mmu_region_unmap(struct cpu *cpu, struct mmu_region *r, uint32_t phys);
// For each page of the region that was written since the last call sets its byte in `pages` (one a
// page; the others are left alone) and forgets. Call it between slices, on the CPU's thread.
// Returns how many there were. Writes go unseen at full speed once a page is dirty, so a page costs
// one slow store a call.
unsigned mmu_region_take_dirty(struct mmu *mmu, struct mmu_region *r, uint8_t *pages);

// Take registers away again.
void mmu_unmap_io(struct cpu *cpu, uint32_t base, const void *opaque);
// Whether reads and writes of the physical pages [phys, phys+bytes) in C0000-FFFFF go to RAM.
void mmu_shadow_set(struct cpu *cpu, uint32_t phys, uint32_t bytes, bool read_ram, bool write_ram);

// Where the time spent in registers is counted; nowhere without it.
void mmu_count_io(struct mmu *mmu, struct profile *profile);

// --- for mmu/ ---

enum { MMU_IO_BIT = 62 };
// A place is where a physical address leads: a store address, or, with MMU_PLACE_IO, the physical
// address itself: registers, nothing, or memory that is not the same for reads and writes.
#define MMU_PLACE_IO (1ull << MMU_IO_BIT)

// Build the map of a machine of plain RAM.
bool mmu_physical_create(struct mmu *mmu);
void mmu_physical_destroy(struct mmu *mmu);

#endif
