// The engine's side of the segment oracle: ring 3 with an LDT and paging; every exception's handler
// is a HLT of ring 0, and the frame on its stack is the answer. See segment_world.h.
#include <stdlib.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/dispatch/jit.h"
#include "emu/interp/interp.h"
#include "emu/mmu/mmu.h"
#include "emu/mmu/mmu_state.h"
#include "emu/tests/segment_world.h"

enum {
    PHYS_DIRECTORY = 0x1000,
    PHYS_TABLE_ARENA = 0x2000,
    PHYS_TABLE_SYSTEM = 0x3000,
    PHYS_SYSTEM = 0x4000, // 4 pages
    PHYS_ARENA = 0x20000,
    RAM_BYTES = 1 << 20,
    SYSTEM_GDT = 0, // offsets in the system pages
    SYSTEM_LDT = 0x200,
    SYSTEM_IDT = 0x400,
    SYSTEM_HANDLERS = 0x1000,
    SYSTEM_TSS = 0x2000,
    SYSTEM_STACK_TOP = 0x4000,
    SELECTOR_CODE0 = 0x10,
    SELECTOR_DATA0 = 0x18,
    SELECTOR_LDT = 0x40,
};
static const uint32_t system_linear = 0xc0000000u;

struct segment_guest {
    struct cpu *cpu;
    struct mmu *mmu;
    struct profile profile;
    const struct engine *engine;
};

static void put32(struct mmu *mmu, uint32_t at, uint32_t v)
{
    mmu_phys_write(mmu, at, &v, 4);
}

static void put_descriptor(struct mmu *mmu, uint32_t at, uint32_t base, uint32_t limit, uint32_t hi)
{
    put32(mmu, PHYS_SYSTEM + at, base << 16 | (limit & 0xffff));
    put32(mmu, PHYS_SYSTEM + at + 4,
          hi | (base & 0xff000000u) | (base >> 16 & 0xff) | (limit & 0xf0000));
}

static void build_memory(struct mmu *mmu)
{
    put32(mmu, PHYS_DIRECTORY + (system_linear >> 22) * 4, PHYS_TABLE_SYSTEM | 7);
    put32(mmu, PHYS_DIRECTORY + (SEGMENT_ARENA >> 22) * 4, PHYS_TABLE_ARENA | 7);
    for (uint32_t i = 0; i < 4; i++)
        put32(mmu, PHYS_TABLE_SYSTEM + i * 4, (PHYS_SYSTEM + i * 4096) | 3);
    for (uint32_t i = 0; i < SEGMENT_PAGES; i++)
        if (segment_page_present(i))
            put32(mmu, PHYS_TABLE_ARENA + i * 4,
                  (PHYS_ARENA + i * 4096) | (segment_page_writable(i) ? 7 : 5));
    put_descriptor(mmu, SYSTEM_GDT + SELECTOR_CODE0, 0, 0xfffff, 0x00c09b00);
    put_descriptor(mmu, SYSTEM_GDT + SELECTOR_DATA0, 0, 0xfffff, 0x00c09300);
    put_descriptor(mmu, SYSTEM_GDT + 0x20, 0, 0xfffff, 0x00c0fb00);
    put_descriptor(mmu, SYSTEM_GDT + 0x28, 0, 0xfffff, 0x00c0f300);
    put_descriptor(mmu, SYSTEM_GDT + 0x30, 0, 0xfffff, 0x00a0fb00);
    for (uint32_t v = 0; v < 256; v++) {
        uint32_t handler = system_linear + SYSTEM_HANDLERS + v;
        put32(mmu, PHYS_SYSTEM + SYSTEM_IDT + v * 8,
              (uint32_t)SELECTOR_CODE0 << 16 | (handler & 0xffff));
        put32(mmu, PHYS_SYSTEM + SYSTEM_IDT + v * 8 + 4,
              (handler & 0xffff0000u) | (v == EXC_BP || v == EXC_OF ? 0xee00 : 0x8e00));
    }
    uint8_t hlt[256];
    memset(hlt, 0xf4, sizeof hlt);
    mmu_phys_write(mmu, PHYS_SYSTEM + SYSTEM_HANDLERS, hlt, sizeof hlt);
    put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 4, system_linear + SYSTEM_STACK_TOP);
    put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 8, SELECTOR_DATA0);
    put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 100, 0x68u << 16);
}

struct segment_guest *segment_guest_create(const struct engine *engine, const char **why)
{
    struct segment_guest *g = calloc(1, sizeof *g);
    *why = "out of memory";
    if (!g || !(g->cpu = cpu_create())) {
        free(g);
        return NULL;
    }
    g->mmu = g->cpu->mmu = mmu_create(RAM_BYTES, why);
    g->cpu->profile = &g->profile;
    g->engine = engine;
    if (!g->mmu || engine->init(g->cpu, why) != 0) {
        if (g->mmu)
            mmu_destroy(g->mmu);
        free(g->cpu);
        free(g);
        return NULL;
    }
    build_memory(g->mmu);
    return g;
}

void segment_guest_destroy(struct segment_guest *g)
{
    g->engine->fini(g->cpu);
    mmu_destroy(g->mmu);
    free(g->cpu);
    free(g);
}

void segment_guest_entries(struct segment_guest *g,
                           const struct segment_entry entries[SEGMENT_ENTRIES])
{
    // As Linux makes them: S, DPL 3, accessed, AVL.
    static const uint32_t type[] = {[KIND_DATA] = 0x1, [KIND_EXPAND_DOWN] = 0x5, [KIND_CODE] = 0x9};
    for (uint32_t i = 0; i < SEGMENT_ENTRIES; i++) {
        const struct segment_entry *e = &entries[i];
        uint32_t hi = 0x00107000 | type[e->kind] << 8;
        hi |= e->restricted ? 0 : 0x200;
        hi |= e->absent ? 0 : 0x8000;
        hi |= (e->big ? 0x400000 : 0) | (e->pages ? 0x800000 : 0);
        if (e->empty)
            put_descriptor(g->mmu, SYSTEM_LDT + i * 8, 0, 0, 0);
        else
            put_descriptor(g->mmu, SYSTEM_LDT + i * 8, e->base, e->limit, hi);
    }
}

static void set_state(struct cpu *cpu, const struct segment_state *s)
{
    cpu_reset(cpu);
    cpu->cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_AM;
    cpu->cr3 = PHYS_DIRECTORY;
    cpu->gdtr = (struct table_register){.base = system_linear + SYSTEM_GDT, .limit = 0x37};
    cpu->idtr = (struct table_register){.base = system_linear + SYSTEM_IDT, .limit = 0x7ff};
    cpu->ldtr = (struct segment){.base = system_linear + SYSTEM_LDT,
                                 .limit = SEGMENT_ENTRIES * 8 - 1,
                                 .selector = SELECTOR_LDT,
                                 .attr = 0x82};
    cpu->tr = (struct segment){
        .base = system_linear + SYSTEM_TSS, .limit = 0x67, .selector = 0x48, .attr = 0x8b};
    mmu_flush(cpu);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        uint32_t at = PHYS_SYSTEM + (s->selector[i] & 4 ? SYSTEM_LDT : SYSTEM_GDT);
        struct descriptor d;
        cpu->seg[i] = (struct segment){.selector = s->selector[i]};
        if (!(s->selector[i] & ~3))
            continue;
        mmu_phys_read(cpu->mmu, at + (s->selector[i] & ~7u), &d, sizeof d);
        cpu_descriptor_unpack(d, s->selector[i], &cpu->seg[i]);
    }
    memcpy(cpu->gpr, s->gpr, sizeof cpu->gpr);
    cpu->eip = s->eip;
    cpu->eflags = s->eflags;
    cpu->cpl = 3;
    cpu->poll = 0;
}

void segment_guest_run(struct segment_guest *g, const struct segment_state *from,
                       const uint8_t *before, uint8_t *after, struct segment_end *end)
{
    struct cpu *cpu = g->cpu;
    for (uint32_t at = 0; at < SEGMENT_BYTES; at += MMU_PAGE) // as stores, which translations see
        if (memcmp(g->mmu->ram + PHYS_ARENA + at, before + at, MMU_PAGE) != 0)
            mmu_phys_write(g->mmu, PHYS_ARENA + at, before + at, MMU_PAGE);
    if (g->engine == &engine_jit) // what the case before changed is not held against its pages
        memset(((struct jit *)cpu->engine_state)->heat, 0, JIT_HEAT);
    set_state(cpu, from);
    memset(end, 0, sizeof *end);
    end->vector = 999; // no handler was reached
    cpu_set_budget(cpu, 1000);
    enum cpu_exit why;
    do {
        cpu->poll = 0;
        why = g->engine->run(cpu);
    } while (why == EXIT_POLL);
    memcpy(after, g->mmu->ram + PHYS_ARENA, SEGMENT_BYTES);
    struct segment_state *s = &end->state;
    memcpy(s->gpr, cpu->gpr, sizeof s->gpr);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->selector[i] = cpu->seg[i].selector;
    uint32_t handlers = system_linear + SYSTEM_HANDLERS;
    if (why != EXIT_HALT || cpu->eip - handlers > 256 || cpu->eip == handlers)
        return;
    end->vector = cpu->eip - 1 - handlers;
    bool has_error = end->vector == EXC_DF || end->vector == EXC_AC ||
                     (end->vector >= EXC_TS && end->vector <= EXC_PF);
    uint32_t frame[6];
    const uint8_t *top = g->mmu->ram + PHYS_SYSTEM + SYSTEM_STACK_TOP;
    memcpy(frame, top - (has_error ? 24 : 20), has_error ? 24 : 20);
    const uint32_t *f = frame;
    if (has_error)
        end->error = *f++;
    s->eip = f[0];
    s->selector[SEG_CS] = (uint16_t)f[1];
    s->eflags = f[2];
    s->gpr[REG_ESP] = f[3];
    s->selector[SEG_SS] = (uint16_t)f[4];
    if (end->vector == EXC_PF) {
        end->cr2 = cpu->cr2;
        if (end->cr2 - system_linear < 0x4000) // the host has nothing there
            end->error &= ~(uint32_t)PF_P;
    }
}
