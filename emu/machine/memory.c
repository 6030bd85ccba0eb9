// The machine's memory as devices see it: registers on the physical map, DMA, ports that move.
#include "emu/machine/machine_state.h"

bool machine_mmio_register(struct machine *m, uint32_t first, uint32_t bytes,
                           const struct mmio_ops *ops, void *opaque)
{
    return mmu_map_io(m->cpu, first, bytes, ops, opaque);
}

bool machine_mmio_register_over_ram(struct machine *m, uint32_t first, uint32_t bytes,
                                    const struct mmio_ops *ops, void *opaque)
{
    return mmu_map_io_over_ram(m->cpu, first, bytes, ops, opaque);
}

void machine_mmio_unregister(struct machine *m, uint32_t first, const void *opaque)
{
    mmu_unmap_io(m->cpu, first, opaque);
}

struct mmu_region *machine_ram_region(struct machine *m, uint32_t bytes, bool dirty)
{
    return mmu_region_create(m->mmu, bytes, dirty);
}

bool machine_region_map(struct machine *m, struct mmu_region *r, uint32_t phys, uint32_t offset,
                        uint32_t bytes, bool writable)
{
    return mmu_region_map(m->cpu, r, phys, offset, bytes, writable);
}

void machine_region_unmap(struct machine *m, struct mmu_region *r, uint32_t phys)
{
    mmu_region_unmap(m->cpu, r, phys);
}

bool machine_dma_read(struct machine *m, uint32_t phys, void *to, size_t bytes)
{
    return mmu_phys_read(m->mmu, phys, to, bytes);
}

bool machine_dma_write(struct machine *m, uint32_t phys, const void *from, size_t bytes)
{
    return mmu_phys_write(m->mmu, phys, from, bytes);
}
