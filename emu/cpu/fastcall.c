// SYSENTER and SYSEXIT: to ring 0 and back without a look at any table (SDM vol. 2).
#include "emu/cpu/protect.h"

enum { FLAT = 0xc00, RING0_CODE = FLAT | 0x9b, RING0_DATA = FLAT | 0x93, DPL3 = 0x60 };

static struct segment flat(uint32_t selector, unsigned attr)
{
    return (struct segment){
        .limit = 0xffffffff, .selector = (uint16_t)selector, .attr = (uint16_t)attr};
}

// The selector that the others follow from; #GP(0) in real mode and when it is null.
static uint32_t base_selector(struct cpu *cpu)
{
    uint32_t selector = (uint32_t)cpu->msr[MSR_SYSENTER_CS] & 0xfffc;
    if (!cpu_protected(cpu) || !selector)
        cpu_raise(cpu, EXC_GP, 0);
    return selector;
}

void cpu_sysenter(struct cpu *cpu)
{
    uint32_t selector = base_selector(cpu);
    cpu->eflags &= ~(uint32_t)(FLAG_VM | FLAG_IF);
    cpu->seg[SEG_CS] = flat(selector, RING0_CODE);
    cpu->seg[SEG_SS] = flat(selector + 8, RING0_DATA);
    cpu->gpr[REG_ESP] = (uint32_t)cpu->msr[MSR_SYSENTER_ESP];
    cpu->eip = (uint32_t)cpu->msr[MSR_SYSENTER_EIP];
    cpu->cpl = 0;
}

void cpu_sysexit(struct cpu *cpu)
{
    uint32_t selector = base_selector(cpu);
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
    cpu->seg[SEG_CS] = flat((selector + 16) | 3, RING0_CODE | DPL3);
    cpu->seg[SEG_SS] = flat((selector + 24) | 3, RING0_DATA | DPL3);
    cpu->gpr[REG_ESP] = cpu->gpr[REG_ECX];
    cpu->eip = cpu->gpr[REG_EDX];
    cpu->cpl = 3;
}
