// Linear memory: page walk, the flat lookup tables that all engines share, and the physical map.
//
// Tables (per enum mmu_set of mmu_state.h: supervisor, user, supervisor let into user pages):
// R[2^20], W[2^20], one 64-bit entry a linear page:
//   host address = entry + linear address;  0 = look closer (mmu_*_slow).
// An R entry exists only if the page is present, accessed and memory (RAM, ROM, a device's); a W
// entry only if it is writable at that privilege, dirty, the same memory for reads and writes,
// holds no translated code and is not waited for by a display (physical.h). The last linear page
// (0xFFFFF) never has an entry, so that an access that wraps at 4 GB always takes the slow path.
// All functions that may fault leave by cpu_raise_page_fault(); nothing was read or written then.
#ifndef TM_EMU_MMU_MMU_H
#define TM_EMU_MMU_MMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"

enum mmu_intent { MMU_READ, MMU_WRITE, MMU_FETCH }; // MMU_WRITE also for read-modify-write

struct mmu;

// Allocate `ram_bytes` (multiple of 4096, at most 3 GB) of guest RAM at physical 0 and the tables.
// Returns NULL and sets *why on failure.
struct mmu *mmu_create(uint64_t ram_bytes, const char **why);
void mmu_destroy(struct mmu *mmu);
uint64_t mmu_ram_bytes(const struct mmu *mmu);

// --- linear accesses by C code at the current privilege; size 1, 2, 4 or 8 bytes, any alignment
// ---
uint64_t mmu_load(struct cpu *cpu, uint32_t linear, unsigned size);
void mmu_store(struct cpu *cpu, uint32_t linear, unsigned size, uint64_t value);
// Implicit supervisor accesses (descriptor tables, TSS, inner stacks), whatever CPL is.
uint64_t mmu_load_system(struct cpu *cpu, uint32_t linear, unsigned size);
void mmu_store_system(struct cpu *cpu, uint32_t linear, unsigned size, uint64_t value);

// Read-modify-write: mmu_rmw_begin() establishes write permission for all bytes (one #PF with the W
// bit, for the first page that lacks it) and returns the old value; mmu_rmw_end() stores the new
// one and cannot fault.
struct mmu_rmw {
    uint32_t linear;
    uint64_t place[2];    // see mmu_place()
    unsigned size, first; // `first` bytes are in the first page
};
uint64_t mmu_rmw_begin(struct cpu *cpu, uint32_t linear, unsigned size, struct mmu_rmw *rmw);
void mmu_rmw_end(struct cpu *cpu, const struct mmu_rmw *rmw, uint64_t value);

// #AC unless `linear` is a multiple of `alignment` (a power of 2), where such checks are on. Loads,
// stores and mmu_rmw_begin() do it for their own size; this is for operands that are made of
// several.
void mmu_check_alignment(struct cpu *cpu, uint32_t linear, unsigned alignment);

// Raise what an access of `size` bytes (1 to 4096) with that intent would raise; sets A and D bits
// as it would.
void mmu_probe(struct cpu *cpu, uint32_t linear, unsigned size, enum mmu_intent intent);

// The host address of [linear, linear+*avail) for string instructions and DMA-like copies: *avail
// is cut to what lies in one page of plain RAM. NULL when the page needs a slow path (MMIO, holds
// code for MMU_WRITE, breakpoints or alignment checks are on): use mmu_load/mmu_store per element
// then. Raises #PF as an access of 1 byte would.
uint8_t *mmu_span(struct cpu *cpu, uint32_t linear, uint32_t *avail, enum mmu_intent intent);
// The same for MMU_WRITE, also where the page holds translated code: whoever gets an address tells
// mmu_span_stored() at once what he has stored there.
uint8_t *mmu_span_store(struct cpu *cpu, uint32_t linear, uint32_t *avail);
void mmu_span_stored(struct cpu *cpu, const uint8_t *at, uint32_t bytes);

// Instruction bytes: copies up to `max` (<= 15) bytes at `linear` into buf, stopping at a page edge
// whose next page is absent; raises #PF only when not a single byte can be had, and returns how
// many there are. If fewer than needed came, call mmu_probe(cpu, linear + n, 1, MMU_FETCH) to
// raise.
unsigned mmu_fetch(struct cpu *cpu, uint32_t linear, uint8_t *buf, unsigned max);

// --- translation caches ---
void mmu_flush(struct cpu *cpu);                       // mode changes: forget all
void mmu_flush_local(struct cpu *cpu);                 // MOV CR3: forget all but global pages
void mmu_flush_page(struct cpu *cpu, uint32_t linear); // INVLPG

// An entry of the first level of PAE paging, by its physical address.
uint64_t mmu_pdpte(const struct mmu *mmu, uint64_t phys);
// The A20 gate: while it is closed, the processor drives address line 20 low.
void mmu_set_a20(struct cpu *cpu, bool open);

// --- physical accesses: devices, loaders, DMA. They honour translated code like guest stores do.
// --- False if the range is not all memory, by its map (nothing was copied then).
bool mmu_phys_read(struct mmu *mmu, uint32_t phys, void *to, size_t bytes);
bool mmu_phys_write(struct mmu *mmu, uint32_t phys, const void *from, size_t bytes);

// Memory-mapped registers: [base, base+bytes), not over others; where there is RAM, they are behind
// it, but in A0000-BFFFF. size is 1, 2 or 4, and the access is inside; wider ones come in pieces.
struct mmio_ops {
    uint32_t (*read)(void *opaque, uint32_t offset, unsigned size);
    void (*write)(void *opaque, uint32_t offset, unsigned size, uint32_t value);
};
bool mmu_map_io(struct cpu *cpu, uint32_t base, uint32_t bytes, const struct mmio_ops *ops,
                void *opaque);

// The same, in front of RAM: the local APIC's, which the processor has for itself. (Devices do not
// see it; their accesses to these pages fail here.)
bool mmu_map_io_over_ram(struct cpu *cpu, uint32_t base, uint32_t bytes, const struct mmio_ops *ops,
                         void *opaque);

#endif
