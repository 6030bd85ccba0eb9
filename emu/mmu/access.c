// Loads, stores and read-modify-write by C code, in linear and physical memory.
//
// All bytes of an access are translated for its full intent before the first one is touched; an
// access that crosses a page edge is two physical pieces. Physical stores tell the translator about
// changed code.
#include <string.h>

#include "emu/cpu/points.h"
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

// One piece: within a page, at most 8 bytes. `place`: see mmu_place().
static uint64_t piece_load(struct mmu *mmu, uint64_t place, unsigned bytes)
{
    if (!(place & MMU_PLACE_IO))
        return bytes_load(mmu->ram + place, bytes);
    uint64_t phys = place & ~MMU_PLACE_IO;
    place = mmu_place(mmu, phys, MMU_READ);
    if (!(place & MMU_PLACE_IO)) // ROM: not the same for reads and writes
        return bytes_load(mmu->ram + place, bytes);
    return mmu_io_load(mmu, phys, bytes);
}

static void store_put(struct mmu *mmu, uint64_t at, unsigned bytes, uint64_t value)
{
    bytes_store(mmu->ram + at, bytes, value);
    if (mmu->code_page[at >> 12]) {
        mmu->code_stores++;
        mmu_store_changed(mmu, (uint32_t)at, bytes);
    }
}

static void piece_store(struct mmu *mmu, uint64_t place, unsigned bytes, uint64_t value)
{
    if (!(place & MMU_PLACE_IO)) {
        store_put(mmu, place, bytes, value);
        return;
    }
    uint64_t phys = place & ~MMU_PLACE_IO;
    uint32_t id = phys >> 32 ? 0 : mmu->write_map[phys >> 12];
    if (id)
        store_put(mmu, (uint64_t)(id - 1) << 12 | (phys & 0xfff), bytes, value);
    else
        mmu_io_store(mmu, phys, bytes, value);
}

// True if all of a range of physical addresses is memory by `map`.
static bool is_memory(const uint32_t *map, uint32_t phys, size_t bytes)
{
    if (bytes > (1ull << 32) - phys)
        return false;
    for (uint64_t at = phys & ~0xfffu; at < (uint64_t)phys + bytes; at += MMU_PAGE)
        if (!map[at >> 12])
            return false;
    return true;
}

// The part of [phys, phys+bytes) in the first page: its store address, and how many bytes.
static uint32_t first_part(const uint32_t *map, uint32_t phys, size_t bytes, uint32_t *n)
{
    *n = MMU_PAGE - (phys & 0xfff);
    if (*n > bytes)
        *n = (uint32_t)bytes;
    return (map[phys >> 12] - 1) << 12 | (phys & 0xfff);
}

bool mmu_phys_read(struct mmu *mmu, uint32_t phys, void *to, size_t bytes)
{
    if (!is_memory(mmu->read_map, phys, bytes))
        return false;
    for (uint8_t *p = to; bytes;) {
        uint32_t n, at = first_part(mmu->read_map, phys, bytes, &n);
        memcpy(p, mmu->ram + at, n);
        phys += n, p += n, bytes -= n;
    }
    return true;
}

bool mmu_phys_write(struct mmu *mmu, uint32_t phys, const void *from, size_t bytes)
{
    if (!is_memory(mmu->write_map, phys, bytes))
        return false;
    for (const uint8_t *p = from; bytes;) {
        uint32_t n, at = first_part(mmu->write_map, phys, bytes, &n);
        memcpy(mmu->ram + at, p, n);
        if (mmu->code_page[at >> 12])
            mmu_store_changed(mmu, at, n);
        phys += n, p += n, bytes -= n;
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
    return mmu_place(cpu->mmu, t.phys, intent);
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
        a->place[0] = translate_one(cpu, linear, intent, set);
        return;
    }
    uint32_t second = linear + a->first;
    struct mmu_translation t;
    if ((cpu->cr0 & CR0_PG) && !mmu_walk(cpu, linear, intent, set, false, &t))
        cpu_raise_page_fault(cpu, linear, t.error);
    a->place[1] = translate_one(cpu, second, intent, set);
    a->place[0] = translate_one(cpu, linear, intent, set);
}

static uint64_t access_load(struct mmu *mmu, const struct mmu_rmw *a)
{
    uint64_t v = piece_load(mmu, a->place[0], a->first);
    if (a->first < a->size)
        v |= piece_load(mmu, a->place[1], a->size - a->first) << (8 * a->first);
    return v;
}

static void access_store(struct mmu *mmu, const struct mmu_rmw *a, uint64_t value)
{
    piece_store(mmu, a->place[0], a->first, value);
    if (a->first < a->size)
        piece_store(mmu, a->place[1], a->size - a->first, value >> (8 * a->first));
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

// The same where the tables had no entry: for the guest's breakpoints and for those from outside.
static void watch_slow(struct cpu *cpu, uint32_t linear, unsigned size, bool write)
{
    watch(cpu, linear, size, write);
    if (__builtin_expect(cpu->points != NULL, 0))
        points_data(cpu, linear, size, write);
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
    watch_slow(cpu, linear, size, false);
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
    watch_slow(cpu, linear, size, true);
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
        rmw->place[0] = (uint64_t)(p - mmu->ram);
        return bytes_load(p, size);
    }
    translate_all(cpu, linear, size, MMU_WRITE, mmu_current_set(cpu), rmw);
    watch_slow(cpu, linear, size, false);
    watch_slow(cpu, linear, size, true);
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
        uint32_t at;
        return mmu_code_address(cpu, linear, &at) ? mmu->ram + at : NULL;
    }
    if (__builtin_expect(cpu_needs_interp(cpu), 0))
        return NULL; // each element is looked at
    uint8_t *p = lookup(mmu, set, table, linear);
    if (p)
        return p;
    mmu_probe(cpu, linear, 1, intent);
    return lookup(mmu, set, table, linear);
}

uint8_t *mmu_span_store(struct cpu *cpu, uint32_t linear, uint32_t *avail)
{
    struct mmu_translation t;
    uint8_t *p = mmu_span(cpu, linear, avail, MMU_WRITE);
    if (p || cpu_needs_interp(cpu) || cpu->points || // a watchpoint sees each element
        !mmu_translate(cpu, linear, MMU_WRITE, mmu_current_set(cpu), &t))
        return p;
    uint64_t place = mmu_place(cpu->mmu, t.phys, MMU_WRITE);
    return place & MMU_PLACE_IO ? NULL : cpu->mmu->ram + place;
}

void mmu_span_stored(struct cpu *cpu, const uint8_t *at, uint32_t bytes)
{
    struct mmu *mmu = cpu->mmu;
    uint32_t store = (uint32_t)(at - mmu->ram);
    if (!mmu->code_page[store >> 12])
        return;
    mmu->code_stores++;
    mmu_store_changed(mmu, store, bytes);
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
        struct mmu_translation t;
        if (!id && !mmu_translate(cpu, at, MMU_FETCH, set, &t)) {
            if (got == 0)
                cpu_raise_page_fault(cpu, at, t.error);
            break;
        }
        uint64_t place =
            id ? (uint64_t)(id - 1) << 12 | (at & 0xfff) : mmu_place(mmu, t.phys, MMU_FETCH);
        if (!(place & MMU_PLACE_IO))
            memcpy(buf + got, mmu->ram + place, n);
        else
            for (unsigned i = 0; i < n; i++)
                buf[got + i] = (uint8_t)piece_load(mmu, place + i, 1);
        got += n;
    }
    return got;
}
