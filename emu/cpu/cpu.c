// Power-on state, the way out of an instruction, and small questions about the whole CPU.
#include "emu/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "emu/cpu/model.h"
#include "emu/cpu/protect.h"
#include "emu/machine/machine.h"

struct cpu *cpu_create(void)
{
    // The size is a multiple of the alignment.
    struct cpu *cpu = aligned_alloc(_Alignof(struct cpu), sizeof *cpu);
    if (cpu)
        memset(cpu, 0, sizeof *cpu);
    return cpu;
}

void cpu_reset(struct cpu *cpu)
{
    if (!cpu->model)
        cpu->model = model_default();
    cpu->features = cpu->model->features;
    cpu->phys_bits = (uint8_t)cpu->model->phys_bits;
    memset(cpu->gpr, 0, sizeof cpu->gpr);
    cpu->gpr[REG_EDX] = cpu->model->signature; // as CPUID leaf 1 says it (SDM vol. 3, table 9-1)
    cpu->eip = 0xfff0;
    cpu->eflags = FLAG_ONE;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){.base = 0, .limit = 0xffff, .selector = 0, .attr = 0x93};
    cpu->seg[SEG_CS] =
        (struct segment){.base = 0xffff0000, .limit = 0xffff, .selector = 0xf000, .attr = 0x93};
    cpu->ldtr = (struct segment){.limit = 0xffff, .attr = 0x80 | TYPE_LDT};
    cpu->tr = (struct segment){.limit = 0xffff, .attr = 0x80 | TYPE_TSS32_BUSY};
    cpu->gdtr = cpu->idtr = (struct table_register){.base = 0, .limit = 0xffff};
    cpu->cr0 = CR0_ET | CR0_NW | CR0_CD;
    cpu_reset_msrs(cpu);
    cpu->cr2 = cpu->cr3 = cpu->cr4 = cpu->efer = 0;
    memset(cpu->pdpte, 0, sizeof cpu->pdpte);
    memset(cpu->dr, 0, sizeof cpu->dr);
    cpu->dr[6] = 0xffff0ff0;
    cpu->dr[7] = 0x400;
    cpu->shadow_ss = cpu->nmi_blocked = false;
    cpu->pending_debug = cpu->debug_hits = 0;
    cpu_debug_update(cpu);
    cpu->halted = cpu->shadow = cpu->nmi = cpu->shutdown = cpu->quit = false;
    cpu->cpl = 0;
    cpu->leave = 0;
    cpu->monitor_armed = false;
    cpu->exc_has_error = false;
    fpu_reset(cpu);
}

static bool vector_has_error(unsigned vector)
{
    return vector == EXC_DF || (vector >= EXC_TS && vector <= EXC_PF) || vector == EXC_AC;
}

_Noreturn void cpu_raise(struct cpu *cpu, unsigned vector, uint32_t error)
{
    cpu->exc_vector = vector;
    cpu->exc_error = error;
    cpu->exc_has_error = vector_has_error(vector);
    longjmp(cpu->unwind, 1);
}

_Noreturn void cpu_raise_page_fault(struct cpu *cpu, uint32_t linear, uint32_t error)
{
    cpu->cr2 = linear;
    cpu_raise(cpu, EXC_PF, error);
}

uint64_t cpu_read_tsc(const struct cpu *cpu)
{
    return machine_now_tsc(cpu->machine) + cpu->tsc_offset;
}

static bool segment_is_flat_data(const struct segment *s)
{
    return s->base == 0 && s->limit == 0xffffffffu &&
           (s->attr & (SEG_ATTR_P | SEG_ATTR_S | TYPE_CODE | TYPE_EC | TYPE_RW)) ==
               (SEG_ATTR_P | SEG_ATTR_S | TYPE_RW);
}

bool cpu_is_flat32(const struct cpu *cpu)
{
    const struct segment *cs = &cpu->seg[SEG_CS], *ss = &cpu->seg[SEG_SS];
    // Readable, so that CS: overrides may read without a look at it.
    const unsigned code = SEG_ATTR_P | SEG_ATTR_S | TYPE_CODE | TYPE_RW | SEG_ATTR_DB;
    return !cpu_paragraphs(cpu) && cs->base == 0 && cs->limit == 0xffffffffu &&
           (cs->attr & code) == code && (ss->attr & SEG_ATTR_DB) && segment_is_flat_data(ss) &&
           segment_is_flat_data(&cpu->seg[SEG_DS]) && segment_is_flat_data(&cpu->seg[SEG_ES]);
}
