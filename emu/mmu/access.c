// Loads, stores and read-modify-write by C code, in linear and physical memory.
//
// All bytes of an access are translated for its full intent before the first one is touched; an
// access that crosses a page edge is two physical pieces. Physical stores tell the translator about
// changed code.
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/mmu/mmu_state.h"
#include "emu/mmu/walk.h"

// Copies of 1 to 8 bytes; the usual sizes become one instruction.
static inline uint64_t bytes_load(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;
    switch (bytes) {
    case 1: return *p;
    case 2: memcpy(&v, p, 2); return v;
    case 4: memcpy(&v, p, 4); return v;
    case 8: memcpy(&v, p, 8); return v;
    default: memcpy(&v, p, bytes); return v;
    }
}

static inline void bytes_store(uint8_t *p, unsigned bytes, uint64_t v)
{
    switch (bytes) {
    case 1: *p = (uint8_t)v; break;
    case 2: memcpy(p, &v, 2); break;
    case 4: memcpy(p, &v, 4); break;
    case 8: memcpy(p, &v, 8); break;
    default: memcpy(p, &v, bytes); break;
    }
}

// --- physical ---

static const struct mmio_region *find_io(const struct mmu *mmu, uint64_t phys)
{
    for (unsigned i = 0; i < mmu->nio; i++)
        if (phys - mmu->io[i].base < mmu->io[i].bytes)
            return &mmu->io[i];
    return NULL;
}

bool mmu_map_io(struct mmu *mmu, uint32_t base, uint32_t bytes, const struct mmio_ops *ops,
                void *opaque)
{
    if (mmu->nio == MMU_MAX_IO || base % MMU_PAGE || bytes % MMU_PAGE || base < mmu->ram_bytes)
        return false;
    mmu->io[mmu->nio++] = (struct mmio_region){base, bytes, ops, opaque};
    return true;
}

static void code_touched(struct mmu *mmu, uint32_t phys, uint32_t bytes)
{
    uint32_t first = (phys & 0xfff) >> 6, last = ((phys & 0xfff) + bytes - 1) >> 6;
    uint64_t mask = (~0ull << first) & (~0ull >> (63 - last));
    if ((mmu->code_lines[phys >> 12] & mask) && mmu->code_written)
        mmu->code_written(mmu->hook_opaque, phys, bytes);
}

// One piece: within a page, at most 8 bytes.
static uint64_t piece_load(struct mmu *mmu, uint64_t phys, unsigned bytes)
{
    uint64_t v = ~0ull >> (64 - 8 * bytes);
    if (phys + bytes <= mmu->ram_bytes)
        return bytes_load(mmu->ram + phys, bytes);
    const struct mmio_region *io = find_io(mmu, phys);
    if (!io || !io->ops->read)
        return v;
    if (bytes == 1 || bytes == 2 || bytes == 4)
        return io->ops->read(io->opaque, (uint32_t)phys - io->base, bytes);
    v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)(io->ops->read(io->opaque, (uint32_t)phys - io->base + i, 1) & 0xff)
             << (8 * i);
    return v;
}

static void piece_store(struct mmu *mmu, uint64_t phys, unsigned bytes, uint64_t value)
{
    if (phys + bytes <= mmu->ram_bytes) {
        bytes_store(mmu->ram + phys, bytes, value);
        if (mmu->code_page[phys >> 12]) {
            mmu->code_stores++;
            code_touched(mmu, (uint32_t)phys, bytes);
        }
        return;
    }
    const struct mmio_region *io = find_io(mmu, phys);
    if (!io || !io->ops->write)
        return;
    if (bytes == 1 || bytes == 2 || bytes == 4) {
        io->ops->write(io->opaque, (uint32_t)phys - io->base, bytes, (uint32_t)value);
        return;
    }
    for (unsigned i = 0; i < bytes; i++)
        io->ops->write(io->opaque, (uint32_t)phys - io->base + i, 1,
                       (uint32_t)(value >> (8 * i)) & 0xff);
}

bool mmu_phys_read(struct mmu *mmu, uint32_t phys, void *to, size_t bytes)
{
    if (bytes > mmu->ram_bytes || phys > mmu->ram_bytes - bytes)
        return false;
    memcpy(to, mmu->ram + phys, bytes);
    return true;
}

bool mmu_phys_write(struct mmu *mmu, uint32_t phys, const void *from, size_t bytes)
{
    if (bytes > mmu->ram_bytes || phys > mmu->ram_bytes - bytes)
        return false;
    memcpy(mmu->ram + phys, from, bytes);
    while (bytes) {
        uint32_t n = MMU_PAGE - (phys & 0xfff);
        if (n > bytes)
            n = (uint32_t)bytes;
        if (mmu->code_page[phys >> 12])
            code_touched(mmu, phys, n);
        phys += n;
        bytes -= n;
    }
    return true;
}

// --- linear ---

static bool crosses(uint32_t linear, unsigned size)
{
    return (linear & 0xfff) + size > MMU_PAGE;
}

static uint8_t *lookup(const struct mmu *mmu, enum mmu_set set, unsigned table, uint32_t linear)
{
    uint64_t delta = mmu_table(mmu, set, table)[linear >> 12];
    return delta ? (uint8_t *)(uintptr_t)(delta + linear) : NULL;
}

static uint64_t translate_one(struct cpu *cpu, uint32_t linear, enum mmu_intent intent,
                              enum mmu_set set)
{
    struct mmu_translation t;
    if (intent != MMU_FETCH) {
        unsigned table = intent == MMU_WRITE ? MMU_TABLE_W : MMU_TABLE_R;
        const uint8_t *p = lookup(cpu->mmu, set, table, linear);
        if (p)
            return (uint64_t)(p - cpu->mmu->ram);
    }
    if (!mmu_translate(cpu, linear, intent, set, &t))
        cpu_raise_page_fault(cpu, linear, t.error);
    return t.phys;
}

// Translate all bytes of an access, or raise #PF for the first page that denies it. A denied access
// marks neither page accessed or dirty.
static void translate_all(struct cpu *cpu, uint32_t linear, unsigned size, enum mmu_intent intent,
                          enum mmu_set set, struct mmu_rmw *a)
{
    a->linear = linear;
    a->size = size;
    a->first = crosses(linear, size) ? MMU_PAGE - (linear & 0xfff) : size;
    if (a->first == size) {
        a->phys[0] = translate_one(cpu, linear, intent, set);
        return;
    }
    uint32_t second = linear + a->first;
    struct mmu_translation t;
    if ((cpu->cr0 & CR0_PG) && !mmu_walk(cpu, linear, intent, set, false, &t))
        cpu_raise_page_fault(cpu, linear, t.error);
    a->phys[1] = translate_one(cpu, second, intent, set);
    a->phys[0] = translate_one(cpu, linear, intent, set);
}

static uint64_t access_load(struct mmu *mmu, const struct mmu_rmw *a)
{
    uint64_t v = piece_load(mmu, a->phys[0], a->first);
    if (a->first < a->size)
        v |= piece_load(mmu, a->phys[1], a->size - a->first) << (8 * a->first);
    return v;
}

static void access_store(struct mmu *mmu, const struct mmu_rmw *a, uint64_t value)
{
    piece_store(mmu, a->phys[0], a->first, value);
    if (a->first < a->size)
        piece_store(mmu, a->phys[1], a->size - a->first, value >> (8 * a->first));
}

// --- by C code, with the rights of `set` ---

// #AC comes before #PF, as on AMD Zen; the SDM leaves the order within its class of faults open
// (vol. 3, table 6-2). Sizes are their own alignment (vol. 3, table 6-7).
static inline void check_alignment(struct cpu *cpu, uint32_t linear, unsigned size)
{
    if (__builtin_expect(cpu_checks_alignment(cpu), 0))
        mmu_check_alignment(cpu, linear, size);
}

void mmu_check_alignment(struct cpu *cpu, uint32_t linear, unsigned alignment)
{
    if (cpu_checks_alignment(cpu) && (linear & (alignment - 1)))
        cpu_raise(cpu, EXC_AC, 0);
}

static inline void watch(struct cpu *cpu, uint32_t linear, unsigned size, bool write)
{
    if (__builtin_expect(cpu->watch_data, 0))
        cpu_debug_data(cpu, linear, size, write);
}

static uint64_t load_at(struct cpu *cpu, uint32_t linear, unsigned size, enum mmu_set set)
{
    struct mmu *mmu = cpu->mmu;
    uint8_t *p = lookup(mmu, set, MMU_TABLE_R, linear);
    if (p && !crosses(linear, size)) {
        watch(cpu, linear, size, false);
        return bytes_load(p, size);
    }
    struct mmu_rmw a;
    mmu->slow_loads++;
    translate_all(cpu, linear, size, MMU_READ, set, &a);
    watch(cpu, linear, size, false);
    return access_load(mmu, &a);
}

static void store_at(struct cpu *cpu, uint32_t linear, unsigned size, uint64_t value,
                     enum mmu_set set)
{
    struct mmu *mmu = cpu->mmu;
    uint8_t *p = lookup(mmu, set, MMU_TABLE_W, linear);
    if (p && !crosses(linear, size)) {
        watch(cpu, linear, size, true);
        bytes_store(p, size, value);
        return;
    }
    struct mmu_rmw a;
    mmu->slow_stores++;
    translate_all(cpu, linear, size, MMU_WRITE, set, &a);
    watch(cpu, linear, size, true);
    access_store(mmu, &a, value);
}

uint64_t mmu_load(struct cpu *cpu, uint32_t linear, unsigned size)
{
    check_alignment(cpu, linear, size);
    return load_at(cpu, linear, size, mmu_current_set(cpu));
}

void mmu_store(struct cpu *cpu, uint32_t linear, unsigned size, uint64_t value)
{
    check_alignment(cpu, linear, size);
    store_at(cpu, linear, size, value, mmu_current_set(cpu));
}

uint64_t mmu_load_system(struct cpu *cpu, uint32_t linear, unsigned size)
{
    return load_at(cpu, linear, size, MMU_SET_SYSTEM);
}

void mmu_store_system(struct cpu *cpu, uint32_t linear, unsigned size, uint64_t value)
{
    store_at(cpu, linear, size, value, MMU_SET_SYSTEM);
}

uint64_t mmu_rmw_begin(struct cpu *cpu, uint32_t linear, unsigned size, struct mmu_rmw *rmw)
{
    struct mmu *mmu = cpu->mmu;
    check_alignment(cpu, linear, size);
    uint8_t *p = lookup(mmu, mmu_current_set(cpu), MMU_TABLE_W, linear);
    if (p && !crosses(linear, size)) {
        watch(cpu, linear, size, true);
        rmw->linear = linear;
        rmw->size = rmw->first = size;
        rmw->phys[0] = (uint64_t)(p - mmu->ram);
        return bytes_load(p, size);
    }
    translate_all(cpu, linear, size, MMU_WRITE, mmu_current_set(cpu), rmw);
    watch(cpu, linear, size, true);
    return access_load(mmu, rmw);
}

void mmu_rmw_end(struct cpu *cpu, const struct mmu_rmw *rmw, uint64_t value)
{
    access_store(cpu->mmu, rmw, value);
}

void mmu_probe(struct cpu *cpu, uint32_t linear, unsigned size, enum mmu_intent intent)
{
    struct mmu_rmw a;
    translate_all(cpu, linear, size, intent, mmu_current_set(cpu), &a);
}

uint8_t *mmu_span(struct cpu *cpu, uint32_t linear, uint32_t *avail, enum mmu_intent intent)
{
    struct mmu *mmu = cpu->mmu;
    unsigned table = intent == MMU_WRITE ? MMU_TABLE_W : MMU_TABLE_R;
    enum mmu_set set = mmu_current_set(cpu);
    uint32_t room = MMU_PAGE - (linear & 0xfff);
    if (*avail > room)
        *avail = room;
    if (intent == MMU_FETCH) {
        uint32_t phys;
        return mmu_code_address(cpu, linear, &phys) ? mmu->ram + phys : NULL;
    }
    if (__builtin_expect(cpu_needs_interp(cpu), 0))
        return NULL; // each element is looked at
    uint8_t *p = lookup(mmu, set, table, linear);
    if (p)
        return p;
    mmu_probe(cpu, linear, 1, intent);
    return lookup(mmu, set, table, linear);
}

unsigned mmu_fetch(struct cpu *cpu, uint32_t linear, uint8_t *buf, unsigned max)
{
    struct mmu *mmu = cpu->mmu;
    enum mmu_set set = mmu_current_set(cpu);
    unsigned got = 0;
    while (got < max) {
        uint32_t at = linear + got;
        unsigned n = MMU_PAGE - (at & 0xfff);
        if (n > max - got)
            n = max - got;
        uint32_t id = mmu_table_x(mmu, set)[at >> 12];
        struct mmu_translation t = {.phys = (uint64_t)(id - 1) << 12 | (at & 0xfff)};
        if (!id && !mmu_translate(cpu, at, MMU_FETCH, set, &t)) {
            if (got == 0)
                cpu_raise_page_fault(cpu, at, t.error);
            break;
        }
        if (t.phys + n <= mmu->ram_bytes)
            memcpy(buf + got, mmu->ram + t.phys, n);
        else
            for (unsigned i = 0; i < n; i++)
                buf[got + i] = (uint8_t)piece_load(mmu, t.phys + i, 1);
        got += n;
    }
    return got;
}
