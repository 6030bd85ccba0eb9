// The physical map and what is on it besides RAM. The contract is in physical.h.
//
// Two arrays say for each physical page below 4 GB which page of the store it is, for reads and for
// writes; they are worked out again, for the pages in question, from RAM, shadow bits, registers
// and views whenever one of those changes.
#include "emu/mmu/physical.h"

#include <string.h>
#include <sys/mman.h>

#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"

enum {
    VGA_FIRST = 0xA0000 >> 12,
    SHADOW_FIRST = 0xC0000 >> 12,
    SHADOW_END = 0x100000 >> 12,
    MAP_BYTES = MMU_PHYS_PAGES * (int)sizeof(uint32_t),
};

static uint32_t pages_of(uint32_t bytes)
{
    return (uint32_t)(((uint64_t)bytes + MMU_PAGE - 1) / MMU_PAGE);
}

static struct mmio_region *find_io(struct mmu *mmu, uint64_t phys)
{
    for (unsigned i = 0; i < mmu->nio; i++)
        if (phys - mmu->io[i].base < mmu->io[i].bytes)
            return &mmu->io[i];
    return NULL;
}

static bool has_io_over_ram(const struct mmu *mmu, uint64_t first, uint64_t bytes)
{
    for (unsigned i = 0; i < mmu->nio; i++)
        if (mmu->io[i].over_ram && mmu->io[i].base < first + bytes &&
            first < (uint64_t)mmu->io[i].base + mmu->io[i].bytes)
            return true;
    return false;
}

static bool has_io(const struct mmu *mmu, uint64_t first, uint64_t bytes)
{
    for (unsigned i = 0; i < mmu->nio; i++)
        if (mmu->io[i].base < first + bytes && first < (uint64_t)mmu->io[i].base + mmu->io[i].bytes)
            return true;
    return false;
}

// --- the map ---

static void map_behind(const struct mmu *mmu, uint32_t page, uint32_t *read, uint32_t *write)
{
    uint32_t phys = page << 12;
    *read = *write = 0;
    if (has_io(mmu, phys, MMU_PAGE))
        return;
    for (unsigned i = 0; i < mmu->nviews; i++) {
        const struct mmu_view *v = &mmu->view[i];
        if (phys - v->phys >= v->bytes)
            continue;
        *read = v->region->first + ((phys - v->phys + v->offset) >> 12) + 1;
        *write = v->writable ? *read : 0;
        return;
    }
}

static void map_page(struct mmu *mmu, uint32_t page)
{
    uint32_t ram = page < mmu->ram_bytes >> 12 ? page + 1 : 0, read, write;
    map_behind(mmu, page, &read, &write);
    if (has_io_over_ram(mmu, page << 12, MMU_PAGE))
        read = write = 0;
    else if (page >= SHADOW_FIRST && page < SHADOW_END) {
        uint64_t bit = 1ull << (page - SHADOW_FIRST);
        read = mmu->shadow_read & bit ? ram : read;
        write = mmu->shadow_write & bit ? ram : write;
    } else if (page >= VGA_FIRST && page < SHADOW_FIRST) {
        if (!read && !has_io(mmu, page << 12, MMU_PAGE))
            read = write = ram;
    } else if (ram) {
        read = write = ram;
    }
    mmu->read_map[page] = read;
    mmu->write_map[page] = write;
}

static void map_pages(struct mmu *mmu, uint32_t first, uint32_t bytes)
{
    if (bytes == 0)
        return;
    uint32_t last = (uint32_t)(((uint64_t)first + bytes - 1) >> 12);
    for (uint32_t page = first >> 12; page <= last && page < MMU_PHYS_PAGES; page++)
        map_page(mmu, page);
}

bool mmu_physical_create(struct mmu *mmu)
{
    uint32_t **maps[2] = {&mmu->read_map, &mmu->write_map};
    for (unsigned i = 0; i < 2; i++) {
        void *p = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED)
            return false;
        *maps[i] = p;
    }
    mmu->shadow_read = mmu->shadow_write = ~0ull;
    for (uint32_t page = 0; page < mmu->ram_bytes >> 12; page++)
        mmu->read_map[page] = mmu->write_map[page] = page + 1;
    return true;
}

void mmu_physical_destroy(struct mmu *mmu)
{
    if (mmu->read_map)
        munmap(mmu->read_map, MAP_BYTES);
    if (mmu->write_map)
        munmap(mmu->write_map, MAP_BYTES);
}

void mmu_shadow_set(struct cpu *cpu, uint32_t phys, uint32_t bytes, bool read_ram, bool write_ram)
{
    struct mmu *mmu = cpu->mmu;
    uint64_t read = mmu->shadow_read, write = mmu->shadow_write;
    for (uint32_t page = phys >> 12; page < (phys + bytes) >> 12; page++) {
        if (page < SHADOW_FIRST || page >= SHADOW_END)
            continue;
        uint64_t bit = 1ull << (page - SHADOW_FIRST);
        read = read_ram ? read | bit : read & ~bit;
        write = write_ram ? write | bit : write & ~bit;
    }
    if (read == mmu->shadow_read && write == mmu->shadow_write)
        return;
    mmu->shadow_read = read;
    mmu->shadow_write = write;
    map_pages(mmu, phys, bytes);
    mmu_flush(cpu);
}

// --- registers ---

static bool map_io(struct cpu *cpu, const struct mmio_region *io)
{
    struct mmu *mmu = cpu->mmu;
    if (mmu->nio == MMU_MAX_IO || io->bytes == 0 || io->bytes - 1 > 0xffffffffu - io->base ||
        has_io(mmu, io->base, io->bytes))
        return false;
    mmu->io[mmu->nio++] = *io;
    map_pages(mmu, io->base, io->bytes);
    mmu_flush(cpu);
    return true;
}

bool mmu_map_io(struct cpu *cpu, uint32_t base, uint32_t bytes, const struct mmio_ops *ops,
                void *opaque)
{
    return map_io(cpu, &(struct mmio_region){base, bytes, ops, opaque, false});
}

bool mmu_map_io_over_ram(struct cpu *cpu, uint32_t base, uint32_t bytes, const struct mmio_ops *ops,
                         void *opaque)
{
    return map_io(cpu, &(struct mmio_region){base, bytes, ops, opaque, true});
}

void mmu_unmap_io(struct cpu *cpu, uint32_t base, const void *opaque)
{
    struct mmu *mmu = cpu->mmu;
    for (unsigned i = 0; i < mmu->nio; i++) {
        struct mmio_region was = mmu->io[i];
        if (was.base != base || was.opaque != opaque)
            continue;
        mmu->io[i] = mmu->io[--mmu->nio];
        map_pages(mmu, was.base, was.bytes);
        mmu_flush(cpu);
        return;
    }
}

static uint64_t ones(unsigned bytes)
{
    return ~0ull >> (64 - 8 * bytes);
}

static uint64_t io_load(struct mmu *mmu, uint64_t phys, unsigned bytes)
{
    const struct mmio_region *io = find_io(mmu, phys);
    if (bytes == 1 && !io)
        return 0xff;
    bool whole = io && phys + bytes <= (uint64_t)io->base + io->bytes;
    if (whole && (bytes == 1 || bytes == 2 || bytes == 4))
        return io->ops->read
                   ? io->ops->read(io->opaque, (uint32_t)phys - io->base, bytes) & ones(bytes)
                   : ones(bytes);
    unsigned part = bytes == 8 ? 4 : 1;
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i += part)
        v |= io_load(mmu, phys + i, part) << (8 * i);
    return v;
}

static void io_store(struct mmu *mmu, uint64_t phys, unsigned bytes, uint64_t value)
{
    const struct mmio_region *io = find_io(mmu, phys);
    if (bytes == 1 && !io)
        return;
    bool whole = io && phys + bytes <= (uint64_t)io->base + io->bytes;
    if (whole && (bytes == 1 || bytes == 2 || bytes == 4)) {
        if (io->ops->write)
            io->ops->write(io->opaque, (uint32_t)phys - io->base, bytes,
                           (uint32_t)(value & ones(bytes)));
        return;
    }
    unsigned part = bytes == 8 ? 4 : 1;
    for (unsigned i = 0; i < bytes; i += part)
        io_store(mmu, phys + i, part, value >> (8 * i));
}

uint64_t mmu_io_load(struct mmu *mmu, uint64_t phys, unsigned bytes)
{
    if (!mmu->profile)
        return io_load(mmu, phys, bytes);
    enum stage was = profile_switch(mmu->profile, STAGE_device);
    uint64_t v = io_load(mmu, phys, bytes);
    profile_count(mmu->profile, STAGE_device, 1, bytes);
    profile_return(mmu->profile, was);
    return v;
}

void mmu_io_store(struct mmu *mmu, uint64_t phys, unsigned bytes, uint64_t value)
{
    if (!mmu->profile) {
        io_store(mmu, phys, bytes, value);
        return;
    }
    enum stage was = profile_switch(mmu->profile, STAGE_device);
    io_store(mmu, phys, bytes, value);
    profile_count(mmu->profile, STAGE_device, 1, bytes);
    profile_return(mmu->profile, was);
}

void mmu_count_io(struct mmu *mmu, struct profile *profile)
{
    mmu->profile = profile;
}

// --- regions ---

struct mmu_region *mmu_region_create(struct mmu *mmu, uint32_t bytes, bool dirty)
{
    uint32_t pages = pages_of(bytes);
    if (mmu->nregions == MMU_MAX_REGIONS || pages == 0 ||
        (uint64_t)pages * MMU_PAGE > mmu->store_bytes - mmu->store_used)
        return NULL;
    struct mmu_region *r = &mmu->region[mmu->nregions++];
    *r = (struct mmu_region){.first = (uint32_t)(mmu->store_used / MMU_PAGE),
                             .pages = pages,
                             .dirty = dirty,
                             .bytes = mmu->ram + mmu->store_used};
    mmu->store_used += (uint64_t)pages * MMU_PAGE;
    if (dirty)
        memset(mmu->code_page + r->first, MMU_PAGE_CLEAN, pages);
    return r;
}

uint8_t *mmu_region_bytes(const struct mmu_region *r)
{
    return r->bytes;
}

bool mmu_region_map(struct cpu *cpu, struct mmu_region *r, uint32_t phys, uint32_t offset,
                    uint32_t bytes, bool writable)
{
    struct mmu *mmu = cpu->mmu;
    uint64_t size = (uint64_t)r->pages * MMU_PAGE;
    if (mmu->nviews == MMU_MAX_VIEWS || (phys | offset | bytes) & (MMU_PAGE - 1) || bytes == 0 ||
        offset > size || bytes > size - offset || bytes - 1 > 0xffffffffu - phys)
        return false;
    mmu->view[mmu->nviews++] = (struct mmu_view){r, phys, offset, bytes, writable};
    map_pages(mmu, phys, bytes);
    mmu_flush(cpu);
    return true;
}

void mmu_region_unmap(struct cpu *cpu, struct mmu_region *r, uint32_t phys)
{
    struct mmu *mmu = cpu->mmu;
    for (unsigned i = 0; i < mmu->nviews; i++) {
        if (mmu->view[i].region != r || mmu->view[i].phys != phys)
            continue;
        uint32_t bytes = mmu->view[i].bytes;
        mmu->view[i] = mmu->view[--mmu->nviews];
        map_pages(mmu, phys, bytes);
        mmu_flush(cpu);
        return;
    }
}

void mmu_region_changed(struct mmu *mmu, struct mmu_region *r, uint32_t offset, uint32_t bytes)
{
    uint64_t size = (uint64_t)r->pages * MMU_PAGE;
    if (offset > size || bytes > size - offset)
        return;
    uint32_t at = (r->first << 12) + offset;
    while (bytes) {
        uint32_t n = MMU_PAGE - (at & 0xfff);
        n = n < bytes ? n : bytes;
        if (mmu->code_page[at >> 12])
            mmu_store_changed(mmu, at, n);
        at += n;
        bytes -= n;
    }
}

unsigned mmu_region_take_dirty(struct mmu *mmu, struct mmu_region *r, uint8_t *pages)
{
    unsigned n = 0;
    if (!r->dirty)
        return 0;
    for (uint32_t i = 0; i < r->pages; i++) {
        uint8_t *mark = &mmu->code_page[r->first + i];
        if (*mark & MMU_PAGE_CLEAN)
            continue;
        *mark |= MMU_PAGE_CLEAN;
        mmu_drop_writers(mmu, r->first + i);
        pages[i] = 1;
        n++;
    }
    return n;
}

void mmu_store_changed(struct mmu *mmu, uint32_t at, uint32_t bytes)
{
    uint32_t page = at >> 12, first = (at & 0xfff) >> 6, last = ((at & 0xfff) + bytes - 1) >> 6;
    uint64_t mask = (~0ull << first) & (~0ull >> (63 - last));
    mmu->code_page[page] &= (uint8_t)~MMU_PAGE_CLEAN;
    if ((mmu->code_lines[page] & mask) && mmu->code_written)
        mmu->code_written(mmu->hook_opaque, at, bytes);
}
