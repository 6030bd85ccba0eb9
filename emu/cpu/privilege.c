// What EFLAGS, IOPL and the TSS's two maps allow: the interrupt flag and its virtual twin, PUSHF,
// POPF and IRET's flags, ports, and software interrupts of virtual-8086 mode.
//
// (SDM vol. 1, 3.4.3 and 18.5; vol. 2, CLI, STI, PUSHF, POPF, IRET, INT; vol.
// 3, 20.2.7, 20.3, 20.4)
//
// IF is sensitive to privilege by IOPL. Where the program may not have it, the extensions VME (in
// virtual-8086 mode) and PVI (in protected mode at CPL 3) let it have VIF instead, and #GP comes
// only if an interrupt is pending in VIP.
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

enum {
    TSS32_LIMIT_LEAST = 103,
    TSS32_IO_BASE = 102, // offset of the word that says where the port map begins
    REDIRECTION_BYTES = 32,
};

// Is this program's interrupt flag VIF, and IF out of reach?
static bool has_virtual_if(const struct cpu *cpu)
{
    if (cpu_iopl(cpu) == 3)
        return false;
    return cpu_v86(cpu) ? (cpu->cr4 & CR4_VME) != 0 : cpu->cpl == 3 && (cpu->cr4 & CR4_PVI);
}

static bool has_real_if(const struct cpu *cpu)
{
    return !cpu_protected(cpu) || cpu->cpl <= cpu_iopl(cpu); // CPL is 3 in virtual-8086 mode
}

void cpu_clear_interrupt_flag(struct cpu *cpu)
{
    if (has_real_if(cpu))
        cpu->eflags &= ~(uint32_t)FLAG_IF;
    else if (has_virtual_if(cpu))
        cpu->eflags &= ~(uint32_t)FLAG_VIF;
    else
        cpu_raise(cpu, EXC_GP, 0);
}

void cpu_set_interrupt_flag(struct cpu *cpu)
{
    if (has_real_if(cpu)) {
        if (!(cpu->eflags & FLAG_IF))
            cpu->shadow = true;
        cpu->eflags |= FLAG_IF;
    } else if (has_virtual_if(cpu) && !(cpu->eflags & FLAG_VIP)) {
        cpu->eflags |= FLAG_VIF;
    } else {
        cpu_raise(cpu, EXC_GP, 0);
    }
}

bool cpu_virtual_interrupt_due(const struct cpu *cpu)
{
    return (cpu->eflags & FLAG_VIF) && (cpu->eflags & FLAG_VIP) && has_virtual_if(cpu);
}

// May PUSHF, POPF and IRET run here at all, and do they see VIF as IF? Raises #GP(0). (SDM vol.
// 3, 20.2.7 and 20.3.1: the 32-bit forms have no virtual interrupt flag.)
static bool flags_are_virtual(struct cpu *cpu, unsigned size)
{
    if (!cpu_v86(cpu) || cpu_iopl(cpu) == 3)
        return false;
    if (size == 4 || !(cpu->cr4 & CR4_VME))
        cpu_raise(cpu, EXC_GP, 0);
    return true;
}

// The FLAGS that such a program sees: IOPL 3, and VIF for IF.
static uint32_t virtual_image(const struct cpu *cpu)
{
    uint32_t image = (cpu->eflags & ~(uint32_t)FLAG_IF) | FLAG_IOPL;
    return cpu->eflags & FLAG_VIF ? image | FLAG_IF : image;
}

uint32_t cpu_flags_image(struct cpu *cpu, unsigned size)
{
    if (flags_are_virtual(cpu, size))
        return virtual_image(cpu) & 0xffff;
    uint32_t image = cpu->eflags & ~(uint32_t)(FLAG_VM | FLAG_RF);
    return size == 2 ? image & 0xffff : image;
}

void cpu_check_flags_image(struct cpu *cpu, uint32_t value, unsigned size)
{
    if (!flags_are_virtual(cpu, size))
        return;
    if ((value & FLAG_TF) || ((value & FLAG_IF) && (cpu->eflags & FLAG_VIP)))
        cpu_raise(cpu, EXC_GP, 0);
}

void cpu_write_flags(struct cpu *cpu, uint32_t value, unsigned size, bool iret)
{
    uint32_t mask = (uint32_t)FLAGS_ARITH | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC;
    if (features_has(&cpu->features, FEATURE_CPUID))
        mask |= FLAG_ID;
    if (iret)
        mask |= FLAG_RF;
    if (!cpu_protected(cpu)) {
        mask |= FLAG_IOPL | FLAG_IF;
    } else if (cpu->cpl == 0) {
        mask |= FLAG_IOPL | FLAG_IF;
        if (iret)
            mask |= FLAG_VIF | FLAG_VIP;
    } else if (cpu->cpl <= cpu_iopl(cpu)) {
        mask |= FLAG_IF;
    } else if (cpu_v86(cpu)) { // VME, 16 bits: cpu_check_flags_image() has said so
        mask |= FLAG_VIF;
        value = value & FLAG_IF ? value | FLAG_VIF : value & ~(uint32_t)FLAG_VIF;
    }
    if (size == 2)
        mask &= 0xffff | FLAG_VIF;
    cpu->eflags = (cpu->eflags & ~mask) | (value & mask) | FLAG_ONE;
    if (!iret)
        cpu->eflags &= ~(uint32_t)FLAG_RF; // POPF, whatever was popped
    cpu_notice_interrupts(cpu);
}

// A word of the 386 TSS at `offset`; false if there is none. Two bytes are always read (SDM vol.
// 1, 18.5.2).
static bool tss_word(struct cpu *cpu, uint32_t offset, uint32_t *word)
{
    bool tss32 = (cpu->tr.attr & (SEG_ATTR_P | SEG_ATTR_S | 13)) == (SEG_ATTR_P | TYPE_TSS32);
    if (!tss32 || cpu->tr.limit < TSS32_LIMIT_LEAST || offset >= cpu->tr.limit)
        return false;
    *word = (uint32_t)mmu_load_system(cpu, cpu->tr.base + offset, 2);
    return true;
}

void cpu_check_port(struct cpu *cpu, uint16_t port, unsigned size)
{
    uint32_t map, bits;
    if (!cpu_protected(cpu) || (!cpu_v86(cpu) && cpu->cpl <= cpu_iopl(cpu)))
        return;
    // The bits of all ports of the access must be 0.
    if (!tss_word(cpu, TSS32_IO_BASE, &map) || !tss_word(cpu, map + port / 8u, &bits) ||
        ((bits >> (port & 7)) & ((1u << size) - 1)))
        cpu_raise(cpu, EXC_GP, 0);
}

// Does the redirection map send `vector` to the 8086 program's own handler? The map ends where that
// of the ports begins.
static bool redirected(struct cpu *cpu, unsigned vector)
{
    uint32_t map;
    if (!tss_word(cpu, TSS32_IO_BASE, &map))
        cpu_raise(cpu, EXC_GP, 0);
    uint32_t at = map - REDIRECTION_BYTES + vector / 8;
    if (at > cpu->tr.limit)
        cpu_raise(cpu, EXC_GP, 0);
    uint32_t bits = (uint32_t)mmu_load_system(cpu, cpu->tr.base + at, 1);
    return !(bits >> (vector & 7) & 1);
}

bool cpu_redirect_interrupt(struct cpu *cpu, unsigned vector, uint32_t return_eip)
{
    if (!cpu_v86(cpu))
        return false;
    bool trusted = cpu_iopl(cpu) == 3;
    if (!(cpu->cr4 & CR4_VME) || !redirected(cpu, vector)) {
        if (!trusted)
            cpu_raise(cpu, EXC_GP, 0);
        return false;
    }
    // Methods 5 and 6 of table 20-2.
    uint32_t target = (uint32_t)mmu_load_system(cpu, vector * 4, 4);
    struct cpu_stack st = cpu_stack_current(cpu);
    cpu_stack_push(cpu, &st, 2, trusted ? cpu->eflags & 0xffff : virtual_image(cpu) & 0xffff);
    cpu_stack_push(cpu, &st, 2, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, 2, return_eip & 0xffff);
    cpu_stack_commit(cpu, &st);
    cpu_segment_set_paragraph(cpu, SEG_CS, (uint16_t)(target >> 16));
    cpu->eip = target & 0xffff;
    cpu->eflags &= ~(uint32_t)FLAG_TF & ~(uint32_t)(trusted ? FLAG_IF : FLAG_VIF);
    return true;
}
