// The emulator's side of the oracle: a ring 3 program in paged protected mode whose every exception
// enters a ring 0 handler that is a HLT; the frame on the ring 0 stack says what the host's signal
// frame says.
#include <stdlib.h>
#include <string.h>

#include "emu/dispatch/jit.h"
#include "emu/mmu/mmu.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"
#include "emu/tests/oracle.h"

// Physical memory: page directory, page tables and system pages low, then code and data.
enum {
    PHYS_DIRECTORY = 0x1000,
    PHYS_TABLE_LOW = 0x2000,    // maps ORACLE_CODE.. (4 MB from 0x10000000)
    PHYS_TABLE_SYSTEM = 0x3000, // maps SYSTEM..
    PHYS_SYSTEM = 0x4000,       // 4 pages: tables, handlers, TSS, ring 0 stack
    PHYS_CODE = 0x10000,
    PHYS_DATA = 0x20000,
    RAM_BYTES = 1 << 20,
    SYSTEM_GDT = 0, // offsets within the system pages
    SYSTEM_IDT = 0x400,
    SYSTEM_HANDLERS = 0x1000,
    SYSTEM_TSS = 0x2000,
    SYSTEM_STACK_TOP = 0x4000,
};
static const uint32_t system_linear = 0xc0000000u;

struct oracle_guest {
    struct cpu *cpu;
    struct mmu *mmu;
    struct profile profile;
    const struct engine *engine;
};

const uint8_t oracle_access[ORACLE_MEMORY_PAGES] = {
    ORACLE_ABSENT, ORACLE_WRITE,  ORACLE_WRITE,  ORACLE_READ,  ORACLE_WRITE, ORACLE_ABSENT,
    ORACLE_READ,   ORACLE_ABSENT, ORACLE_ABSENT, ORACLE_WRITE, ORACLE_WRITE, ORACLE_ABSENT,
};

static void phys_put32(struct mmu *mmu, uint32_t at, uint32_t v)
{
    mmu_phys_write(mmu, at, &v, 4);
}

// In reverse, so that an instruction that crosses goes on at a lower address.
static uint32_t code_page(unsigned i)
{
    return PHYS_CODE + (ORACLE_CODE_PAGES - 1 - i) * MMU_PAGE;
}

static void map_page(struct mmu *mmu, uint32_t linear, uint32_t phys, uint32_t bits)
{
    uint32_t table = linear >> 22 == system_linear >> 22 ? PHYS_TABLE_SYSTEM : PHYS_TABLE_LOW;
    phys_put32(mmu, PHYS_DIRECTORY + (linear >> 22) * 4, table | 7);
    phys_put32(mmu, table + (linear >> 12 & 1023) * 4, phys | bits);
}

static void put_descriptor(struct mmu *mmu, unsigned index, uint32_t hi)
{
    phys_put32(mmu, PHYS_SYSTEM + SYSTEM_GDT + index * 8, 0x0000ffff);
    phys_put32(mmu, PHYS_SYSTEM + SYSTEM_GDT + index * 8 + 4, hi);
}

static void build_memory(struct mmu *mmu)
{
    for (unsigned i = 0; i < 4; i++)
        map_page(mmu, system_linear + i * MMU_PAGE, PHYS_SYSTEM + i * MMU_PAGE, 3);
    for (unsigned i = 0; i < ORACLE_CODE_PAGES; i++)
        map_page(mmu, ORACLE_CODE + i * MMU_PAGE, code_page(i), 7);
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++)
        if (oracle_access[i] != ORACLE_ABSENT)
            map_page(mmu, oracle_page_address(i), PHYS_DATA + i * MMU_PAGE,
                     oracle_access[i] == ORACLE_WRITE ? 7 : 5);
    // The GDT as Linux has it for selectors 0x10-0x33 (64-bit entries made 32-bit: they are only
    // refused).
    put_descriptor(mmu, 1, 0x00cf9b00);
    put_descriptor(mmu, 2, 0x00cf9b00);
    put_descriptor(mmu, 3, 0x00cf9300);
    put_descriptor(mmu, 4, 0x00cffb00);
    put_descriptor(mmu, 5, 0x00cff300);
    put_descriptor(mmu, 6, 0x00affb00);
    for (unsigned v = 0; v < 256; v++) {
        uint32_t handler = system_linear + SYSTEM_HANDLERS + v;
        uint32_t dpl = v == EXC_BP || v == EXC_OF ? 0xee00 : 0x8e00;
        phys_put32(mmu, PHYS_SYSTEM + SYSTEM_IDT + v * 8, 0x10u << 16 | (handler & 0xffff));
        phys_put32(mmu, PHYS_SYSTEM + SYSTEM_IDT + v * 8 + 4, (handler & 0xffff0000u) | dpl);
    }
    uint8_t hlt[256];
    memset(hlt, 0xf4, sizeof hlt);
    mmu_phys_write(mmu, PHYS_SYSTEM + SYSTEM_HANDLERS, hlt, sizeof hlt);
    phys_put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 4, system_linear + SYSTEM_STACK_TOP);
    phys_put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 8, 0x18);
    phys_put32(mmu, PHYS_SYSTEM + SYSTEM_TSS + 100, 0x68u << 16); // I/O map beyond the limit
}

struct oracle_guest *oracle_guest_create(const struct engine *engine, const char **why)
{
    struct oracle_guest *g = calloc(1, sizeof *g);
    if (!g || !(g->cpu = cpu_create())) {
        *why = "out of memory";
        free(g);
        return NULL;
    }
    g->mmu = g->cpu->mmu = mmu_create(RAM_BYTES, why);
    g->engine = engine;
    g->cpu->profile = &g->profile;
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

void oracle_guest_destroy(struct oracle_guest *g)
{
    g->engine->fini(g->cpu);
    mmu_destroy(g->mmu);
    free(g->cpu);
    free(g);
}

const uint8_t *oracle_guest_page(const struct oracle_guest *g, unsigned i)
{
    return oracle_access[i] == ORACLE_ABSENT ? NULL : g->mmu->ram + PHYS_DATA + i * MMU_PAGE;
}

static void set_state(struct cpu *cpu, const struct oracle_regs *r)
{
    cpu_reset(cpu);
    memcpy(cpu->gpr, r->gpr, sizeof cpu->gpr);
    cpu->eip = r->eip;
    cpu->eflags = r->eflags;
    struct segment data = {.limit = 0xffffffffu, .selector = ORACLE_DS, .attr = 0xcf3};
    cpu->seg[SEG_ES] = cpu->seg[SEG_SS] = cpu->seg[SEG_DS] = data;
    cpu->seg[SEG_FS] = cpu->seg[SEG_GS] = (struct segment){0};
    cpu->seg[SEG_CS] = (struct segment){.limit = 0xffffffffu, .selector = ORACLE_CS, .attr = 0xcfb};
    cpu->gdtr = (struct table_register){.base = system_linear + SYSTEM_GDT, .limit = 0x7f};
    cpu->idtr = (struct table_register){.base = system_linear + SYSTEM_IDT, .limit = 0x7ff};
    cpu->ldtr = (struct segment){0};
    cpu->tr = (struct segment){
        .base = system_linear + SYSTEM_TSS, .limit = 0x67, .selector = 0x40, .attr = 0x8b};
    cpu->cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_AM;
    cpu->cr3 = PHYS_DIRECTORY;
    cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    cpu->fpu.xcr0 = XCR0_ALL;
    fpu_update_gates(cpu);
    cpu->cpl = 3;
    cpu->poll = 0;
}

static void set_fpu(struct fpu_state *f, const struct oracle_vector *v)
{
    f->image = v->image;
    f->fip = v->fip;
    f->fdp = v->fdp;
    f->fcs = v->fcs;
    f->fds = v->fds;
    f->fop = v->fop;
}

static void get_fpu(const struct fpu_state *f, struct oracle_vector *v)
{
    v->image = f->image;
    v->fip = f->fip;
    v->fdp = f->fdp;
    v->fcs = f->fcs;
    v->fds = f->fds;
    v->fop = f->fop;
}

void oracle_guest_run(struct oracle_guest *g, const struct oracle_case *c, struct oracle_end *end)
{
    struct cpu *cpu = g->cpu;
    static uint8_t code[ORACLE_CODE_PAGES * ORACLE_PAGE];
    oracle_code_image(c, code);
    // The same bytes again leave the translation alone; what the case before left behind is not
    // held against it.
    for (unsigned i = 0; i < ORACLE_CODE_PAGES; i++)
        if (memcmp(g->mmu->ram + code_page(i), code + i * ORACLE_PAGE, ORACLE_PAGE) != 0)
            mmu_phys_write(g->mmu, code_page(i), code + i * ORACLE_PAGE, ORACLE_PAGE);
    if (g->engine == &engine_jit)
        memset(((struct jit *)cpu->engine_state)->heat, 0, JIT_HEAT);
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++)
        if (oracle_access[i] != ORACLE_ABSENT)
            mmu_phys_write(g->mmu, PHYS_DATA + i * MMU_PAGE, c->memory[i], ORACLE_PAGE);
    set_state(cpu, &c->regs);
    if (c->with_fpu)
        set_fpu(&cpu->fpu, &c->fpu);
    memset(end, 0, sizeof *end);
    end->vector = 999; // no handler was reached
    // The translator takes an instruction that crosses into a page if it knows where that lies.
    for (unsigned i = 0; i < ORACLE_CODE_PAGES && (c->regs.eip & 1); i++) {
        uint32_t at;
        mmu_code_address(cpu, ORACLE_CODE + i * MMU_PAGE, &at);
    }
    cpu_set_budget(cpu, 1000);
    enum cpu_exit why;
    do {
        cpu->poll = 0;
        why = g->engine->run(cpu);
    } while (why == EXIT_POLL);
    memcpy(end->regs.gpr, cpu->gpr, sizeof end->regs.gpr);
    get_fpu(&cpu->fpu, &end->fpu);
    end->regs.eip = cpu->eip;
    end->regs.eflags = cpu->eflags;
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
    end->regs.eip = f[0];
    end->regs.eflags = f[2];
    end->regs.gpr[REG_ESP] = f[3];
    if (end->vector == EXC_PF)
        end->cr2 = cpu->cr2;
}
