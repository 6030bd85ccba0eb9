// See system_world.h.
#include "emu/tests/system_world.h"

#include <stdlib.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/dispatch/jit.h"
#include "emu/interp/interp.h"
#include "emu/mmu/mmu.h"
#include "emu/mmu/mmu_state.h"

bool world_create(struct world *w, const char **why)
{
    const struct engine *engine = w->engine ? w->engine : &engine_interp;
    memset(w, 0, sizeof *w);
    w->engine = engine;
    w->cpu = cpu_create();
    w->mmu = w->cpu ? mmu_create(WORLD_RAM, why) : NULL;
    if (!w->mmu) {
        free(w->cpu);
        return false;
    }
    w->cpu->mmu = w->mmu;
    w->cpu->profile = &w->profile;
    return engine->init(w->cpu, why) == 0;
}

void world_destroy(struct world *w)
{
    w->engine->fini(w->cpu);
    mmu_destroy(w->mmu);
    free(w->cpu);
}

void world_put(struct world *w, uint32_t at, const void *bytes, uint32_t n)
{
    mmu_phys_write(w->mmu, at, bytes, n);
}

void world_put32(struct world *w, uint32_t at, uint32_t v)
{
    mmu_phys_write(w->mmu, at, &v, 4);
}

uint32_t world_get32(struct world *w, uint32_t at)
{
    uint32_t v = 0;
    mmu_phys_read(w->mmu, at, &v, 4);
    return v;
}

uint32_t world_get16(struct world *w, uint32_t at)
{
    return world_get32(w, at) & 0xffff;
}

void world_descriptor(struct world *w, unsigned selector, uint32_t base, uint32_t limit,
                      uint32_t hi_attr)
{
    uint32_t at = (selector & 4 ? WORLD_LDT : WORLD_GDT) + (selector & ~7u);
    world_put32(w, at, base << 16 | (limit & 0xffff));
    world_put32(w, at + 4,
                hi_attr | (base & 0xff000000u) | (base >> 16 & 0xff) | (limit & 0xf0000));
}

void world_gate(struct world *w, unsigned vector, uint16_t selector, uint32_t offset, uint32_t type)
{
    world_put32(w, WORLD_IDT + vector * 8, (uint32_t)selector << 16 | (offset & 0xffff));
    world_put32(w, WORLD_IDT + vector * 8 + 4, (offset & 0xffff0000u) | type);
}

void world_segment(struct world *w, enum cpu_seg seg, uint32_t base, uint32_t limit, unsigned attr)
{
    struct segment *s = &w->cpu->seg[seg];
    s->base = base;
    s->limit = limit;
    s->attr = (uint16_t)attr;
}

// What an engine keeps of the code that was in memory.
static void forget(struct world *w)
{
    struct jit *j = w->cpu->engine_state;
    if (w->engine != &engine_jit)
        return;
    jit_cache_flush(j);
    memset(w->mmu->code_page, 0, WORLD_RAM / MMU_PAGE);
    memset(j->heat, 0, JIT_HEAT);
    j->flags_lost = false;
}

void world_reset(struct world *w, unsigned cpl)
{
    struct cpu *cpu = w->cpu;
    cpu_reset(cpu);
    mmu_flush(cpu);
    forget(w);
    memset(w->mmu->ram, 0, WORLD_RAM);
    world_descriptor(w, SEL_CODE0, 0, 0xfffff, 0x00c09b00);
    world_descriptor(w, SEL_DATA0, 0, 0xfffff, 0x00c09300);
    world_descriptor(w, SEL_CODE3, 0, 0xfffff, 0x00c0fb00);
    world_descriptor(w, SEL_DATA3, 0, 0xfffff, 0x00c0f300);
    world_descriptor(w, SEL_TSS, WORLD_TSS, 0x67, 0x00008900);
    world_descriptor(w, SEL_LDT, WORLD_LDT, 0xff, 0x00008200);
    for (unsigned v = 0; v < 256; v++)
        world_gate(w, v, SEL_CODE0, WORLD_HANDLERS + v, GATE_INT32);
    memset(w->mmu->ram + WORLD_HANDLERS, 0xf4, 256);
    world_put32(w, WORLD_TSS + 4, WORLD_STACK0);
    world_put32(w, WORLD_TSS + 8, SEL_DATA0);
    world_put32(w, WORLD_TSS + 100, 0x68u << 16);
    world_put32(w, WORLD_DIRECTORY, WORLD_TABLE | 7);
    for (uint32_t i = 0; i < WORLD_RAM / 4096; i++)
        world_put32(w, WORLD_TABLE + i * 4, i << 12 | 7);

    cpu->gdtr = (struct table_register){.base = WORLD_GDT, .limit = 0xff};
    cpu->idtr = (struct table_register){.base = WORLD_IDT, .limit = 0x7ff};
    cpu->tr = (struct segment){.base = WORLD_TSS, .limit = 0x67, .selector = SEL_TSS, .attr = 0x8b};
    cpu->ldtr = (struct segment){0};
    cpu->cr0 = CR0_PE | CR0_ET | CR0_WP;
    cpu->cr3 = WORLD_DIRECTORY;
    cpu->cpl = (uint8_t)cpl;
    struct segment data = {
        .limit = 0xffffffffu, .selector = cpl ? SEL_DATA3 : SEL_DATA0, .attr = cpl ? 0xcf3 : 0xc93};
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = data;
    cpu->seg[SEG_CS].selector = cpl ? SEL_CODE3 : SEL_CODE0;
    cpu->seg[SEG_CS].attr = cpl ? 0xcfb : 0xc9b;
    cpu->gpr[REG_ESP] = cpl ? WORLD_STACK3 : WORLD_STACK0;
    cpu->eip = WORLD_CODE;
    cpu->intr = false;
    cpu->poll = 0;
}

int world_run(struct world *w, const void *code, unsigned n, int64_t insns)
{
    struct cpu *cpu = w->cpu;
    world_put(w, WORLD_CODE, code, n);
    mmu_flush(cpu);
    cpu->poll = 0;
    cpu_set_budget(cpu, insns);
    enum cpu_exit why = w->engine->run(cpu);
    uint32_t at = cpu->eip - 1 - WORLD_HANDLERS;
    if (why == EXIT_HALT && at < 256)
        return (int)at;
    return -1 - (int)why;
}
