// Creation, fills and flushes of the lookup tables. The contract is in mmu.h.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/cpu/points.h"
#include "emu/mmu/mmu_state.h"
#include "emu/mmu/walk.h"
#include "emu/profile/profile.h"

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
    mmu->ram_bytes = mmu->store_used = ram_bytes;
    mmu->store_bytes = ram_bytes + MMU_REGION_BYTES;
    size_t pages = (size_t)(mmu->store_bytes / MMU_PAGE);
    mmu->ram = reserve((size_t)mmu->store_bytes);
    mmu->code_lines = reserve(pages * sizeof *mmu->code_lines);
    mmu->code_page = reserve(pages);
    mmu->writer = reserve(pages * sizeof *mmu->writer);
    mmu->a20_mask = ~0ull;
    mmu->empty = reserve(MMU_TABLE_X); // R and W, never written
    bool ok = mmu->ram && mmu->code_lines && mmu->code_page && mmu->writer && mmu->empty &&
              mmu_physical_create(mmu);
    for (unsigned set = 0; set < MMU_SETS; set++) {
        mmu->set[set] = reserve(MMU_SET_BYTES);
        ok = ok && mmu->set[set];
        for (unsigned global = 0; global < 2; global++) {
            mmu->fills[set][global].listed = reserve(MMU_LINEAR_PAGES / 8);
            ok = ok && mmu->fills[set][global].listed;
        }
    }
    if (!ok) {
        mmu_destroy(mmu);
        *why = "the host has no address space or memory for the guest's memory";
        return NULL;
    }
    mmu_hide_tables(mmu, false);
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
    size_t pages = (size_t)(mmu->store_bytes / MMU_PAGE);
    mmu_physical_destroy(mmu);
    release(mmu->ram, (size_t)mmu->store_bytes);
    release(mmu->code_lines, pages * sizeof *mmu->code_lines);
    release(mmu->code_page, pages);
    release(mmu->empty, MMU_TABLE_X);
    release(mmu->writer, pages * sizeof *mmu->writer);
    for (unsigned set = 0; set < MMU_SETS; set++) {
        release(mmu->set[set], MMU_SET_BYTES);
        for (unsigned global = 0; global < 2; global++) {
            release(mmu->fills[set][global].listed, MMU_LINEAR_PAGES / 8);
            free(mmu->fills[set][global].page);
        }
    }
    free(mmu);
}

uint64_t mmu_ram_bytes(const struct mmu *mmu)
{
    return mmu->ram_bytes;
}

// --- fills ---

static uint8_t bit_of(uint32_t page)
{
    return (uint8_t)(1u << (page & 7));
}

static bool list_fill(struct fill_list *list, uint32_t page)
{
    if (list->listed[page >> 3] & bit_of(page))
        return true;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 1024;
        uint32_t *p = realloc(list->page, capacity * sizeof *p);
        if (!p)
            return false; // not listed, so it must not be filled
        list->page = p;
        list->capacity = capacity;
    }
    list->listed[page >> 3] |= bit_of(page);
    list->page[list->n++] = page;
    return true;
}

static bool is_watched(const struct cpu *cpu, uint32_t linear, bool write)
{
    return __builtin_expect(cpu->points != NULL, 0) &&
           points_watch_page(cpu->points, linear, write);
}

static void fill(struct cpu *cpu, enum mmu_set set, uint32_t linear, enum mmu_intent intent,
                 const struct mmu_translation *t)
{
    struct mmu *mmu = cpu->mmu;
    uint64_t place = mmu_place(mmu, t->phys, intent);
    if (place & MMU_PLACE_IO)
        return;
    uint32_t page = linear >> 12, store_page = (uint32_t)(place >> 12);
    // An access that wraps at 4 GB must never hit.
    if (page == MMU_LINEAR_PAGES - 1 || !list_fill(&mmu->fills[set][t->global], page))
        return;
    if (t->large)
        mmu->large[linear >> 25] |= (uint8_t)(1u << (linear >> 22 & 7));
    uint64_t delta =
        (uint64_t)(uintptr_t)mmu->ram + ((uint64_t)store_page << 12) - ((uint64_t)page << 12);
    if (intent == MMU_FETCH) {
        mmu_table_x(mmu, set)[page] = store_page + 1;
        return;
    }
    if (!is_watched(cpu, linear, false))
        mmu_table(mmu, set, MMU_TABLE_R)[page] = delta;
    if (intent == MMU_WRITE && t->writable && !mmu->code_page[store_page] &&
        !is_watched(cpu, linear, true)) {
        mmu_table(mmu, set, MMU_TABLE_W)[page] = delta;
        uint32_t *writer = &mmu->writer[store_page];
        *writer = *writer == 0 || *writer == page + 1 ? page + 1 : MMU_MANY_WRITERS;
    }
}

bool mmu_translate(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, enum mmu_set set,
                   struct mmu_translation *t)
{
    enum stage was = profile_switch(cpu->profile, STAGE_mmu);
    profile_count(cpu->profile, STAGE_mmu, 1, 0);
    bool ok = mmu_walk(cpu, linear, intent, set, true, t);
    if (ok)
        fill(cpu, set, linear, intent, t);
    profile_return(cpu->profile, was);
    return ok;
}

bool mmu_code_address(struct cpu *cpu, uint32_t linear, uint32_t *at)
{
    enum mmu_set set = mmu_current_set(cpu);
    uint32_t id = mmu_table_x(cpu->mmu, set)[linear >> 12];
    struct mmu_translation t;
    if (id) {
        *at = ((id - 1) << 12) | (linear & 0xfff);
        return true;
    }
    if (!mmu_translate(cpu, linear, MMU_FETCH, set, &t))
        cpu_raise_page_fault(cpu, linear, t.error);
    uint64_t place = mmu_place(cpu->mmu, t.phys, MMU_FETCH);
    *at = (uint32_t)place;
    return !(place & MMU_PLACE_IO);
}

// --- forgetting ---

// True if code may have been found through it. `writers`: forget that it wrote, too; only where no
// other entry may be left that `writer` has to tell of.
static bool drop_page(struct mmu *mmu, enum mmu_set set, uint32_t page, bool writers)
{
    uint64_t *w = &mmu_table(mmu, set, MMU_TABLE_W)[page];
    if (*w && writers) {
        uint64_t offset = *w + ((uint64_t)page << 12) - (uint64_t)(uintptr_t)mmu->ram;
        mmu->writer[offset >> 12] = 0;
    }
    *w = 0;
    mmu_table(mmu, set, MMU_TABLE_R)[page] = 0;
    bool code = mmu_table_x(mmu, set)[page] != 0;
    mmu_table_x(mmu, set)[page] = 0;
    return code;
}

static void tell_lost(struct cpu *cpu)
{
    cpu->leave = 1;
    if (cpu->mmu->mappings_lost)
        cpu->mmu->mappings_lost(cpu->mmu->hook_opaque);
}

static void flush_list(struct mmu *mmu, enum mmu_set set, bool global, bool writers)
{
    struct fill_list *list = &mmu->fills[set][global];
    for (size_t i = 0; i < list->n; i++) {
        drop_page(mmu, set, list->page[i], writers);
        list->listed[list->page[i] >> 3] = 0;
    }
    list->n = 0;
}

void mmu_flush(struct cpu *cpu)
{
    struct mmu *mmu = cpu->mmu;
    mmu->flushes++;
    for (unsigned set = 0; set < MMU_SETS; set++) {
        flush_list(mmu, (enum mmu_set)set, false, true);
        flush_list(mmu, (enum mmu_set)set, true, true);
    }
    memset(mmu->large, 0, sizeof mmu->large);
    tell_lost(cpu);
}

void mmu_flush_local(struct cpu *cpu)
{
    cpu->mmu->partial_flushes++;
    for (unsigned set = 0; set < MMU_SETS; set++)
        flush_list(cpu->mmu, (enum mmu_set)set, false, false);
    tell_lost(cpu);
}

void mmu_flush_page(struct cpu *cpu, uint32_t linear)
{
    struct mmu *mmu = cpu->mmu;
    uint32_t first = linear >> 12, n = 1;
    // A large page may have been cached in 1,024 entries.
    uint8_t large = (uint8_t)(1u << (linear >> 22 & 7));
    if (mmu->large[linear >> 25] & large) {
        mmu->large[linear >> 25] &= (uint8_t)~large;
        first &= ~1023u;
        n = 1024;
    }
    bool code = false;
    for (unsigned set = 0; set < MMU_SETS; set++)
        for (uint32_t page = first; page < first + n; page++)
            code = drop_page(mmu, (enum mmu_set)set, page, false) || code;
    if (code)
        tell_lost(cpu);
    cpu->leave = 1;
}

void mmu_set_a20(struct cpu *cpu, bool open)
{
    uint64_t mask = open ? ~0ull : ~(1ull << 20);
    if (mask == cpu->mmu->a20_mask)
        return;
    cpu->mmu->a20_mask = mask;
    mmu_flush(cpu);
}

// --- translated code ---

static void drop_writer(struct mmu *mmu, uint32_t linear_page, uint64_t host)
{
    for (unsigned set = 0; set < MMU_SETS; set++) {
        uint64_t *w = &mmu_table(mmu, set, MMU_TABLE_W)[linear_page];
        if (*w && *w + ((uint64_t)linear_page << 12) == host)
            *w = 0;
    }
}

void mmu_drop_writers(struct mmu *mmu, uint32_t page)
{
    // There is mostly none or one.
    uint64_t host = (uint64_t)(uintptr_t)mmu->ram + ((uint64_t)page << 12);
    uint32_t writer = mmu->writer[page];
    mmu->writer[page] = 0;
    if (writer == 0)
        return;
    if (writer != MMU_MANY_WRITERS) {
        drop_writer(mmu, writer - 1, host);
        return;
    }
    for (unsigned set = 0; set < MMU_SETS; set++)
        for (unsigned global = 0; global < 2; global++)
            for (size_t i = 0; i < mmu->fills[set][global].n; i++)
                drop_writer(mmu, mmu->fills[set][global].page[i], host);
}

void mmu_code_forget(struct mmu *mmu, uint32_t page)
{
    mmu->code_lines[page] = 0;
    mmu->code_page[page] &= (uint8_t)~MMU_PAGE_CODE;
}

void mmu_code_add(struct mmu *mmu, uint32_t at, uint32_t bytes)
{
    uint32_t page = at >> 12, first = (at & 0xfff) >> 6, last = ((at & 0xfff) + bytes - 1) >> 6;
    uint64_t mask = (~0ull << first) & (~0ull >> (63 - last));
    mmu->code_lines[page] |= mask;
    if (mmu->code_page[page] & MMU_PAGE_CODE)
        return;
    // The page changes class: take away every W entry that leads to it.
    mmu->code_page[page] |= MMU_PAGE_CODE;
    mmu_drop_writers(mmu, page);
}
