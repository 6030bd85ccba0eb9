// RETF and IRET in all modes. (SDM vol. 2, RET, IRET; vol. 3, 5.8.6, 7.3, 20.2.5)
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

// Returning to a less privileged level, data segments it may not see become null (SDM vol. 2, RET).
// A null selector counts as of level 0, so that one of 1 to 3 becomes 0.
static void drop_inner_segments(struct cpu *cpu)
{
    static const unsigned data_segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    for (unsigned i = 0; i < 4; i++) {
        struct segment *s = &cpu->seg[data_segs[i]];
        bool conforming = (s->attr & (TYPE_CODE | TYPE_EC)) == (TYPE_CODE | TYPE_EC);
        if (!conforming && ((s->attr >> 5) & 3u) < cpu->cpl)
            *s = (struct segment){0};
    }
}

// The CS that a return to `selector` loads. RPL below CPL is refused; above it means an outer
// return.
static struct segment return_target(struct cpu *cpu, uint16_t selector, struct descriptor *d)
{
    struct segment cs;
    unsigned rpl = selector & 3u;
    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    *d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    unsigned dpl = descriptor_dpl(*d);
    if (!descriptor_is_code(*d) || rpl < cpu->cpl)
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (descriptor_type(*d) & TYPE_EC ? dpl > rpl : dpl != rpl)
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(*d))
        cpu_raise(cpu, EXC_NP, selector & ~3u);
    cpu_descriptor_unpack(*d, selector, &cs);
    return cs;
}

// The SS of an outer return to level `rpl`.
static struct segment return_stack(struct cpu *cpu, uint16_t selector, unsigned rpl,
                                   struct descriptor *d)
{
    struct segment ss;
    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    *d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    if ((selector & 3u) != rpl || descriptor_dpl(*d) != rpl || !descriptor_is_writable_data(*d))
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(*d))
        cpu_raise(cpu, EXC_SS, selector & ~3u);
    cpu_descriptor_unpack(*d, selector, &ss);
    ss.attr |= TYPE_ACCESSED;
    return ss;
}

// RETF and IRET in protected mode. `slots` elements (EIP, CS and for IRET EFLAGS) are at the top of
// the stack, then `release` bytes of parameters, then ESP and SS if the return is to an outer
// level. Nothing is committed before the last access. The order of the reads is Zen's; the manuals
// leave it open, and it shows in CR2.
static void return_far(struct cpu *cpu, unsigned slots, unsigned size, uint32_t release)
{
    struct cpu_stack st = cpu_stack_current(cpu);
    uint16_t selector = (uint16_t)cpu_stack_slot(cpu, &st, 1, size);
    uint32_t eip = cpu_stack_slot(cpu, &st, 0, size), esp = 0;
    uint16_t ss_selector = 0;
    unsigned rpl = selector & 3u;
    cpu_stack_release(&st, slots * size + release);
    if (rpl != cpu->cpl) {
        ss_selector = (uint16_t)cpu_stack_slot(cpu, &st, 1, size);
        esp = cpu_stack_slot(cpu, &st, 0, size);
    }
    struct descriptor code, data;
    struct segment cs = return_target(cpu, selector, &code);
    if (rpl == cpu->cpl) {
        if (eip > cs.limit)
            cpu_raise(cpu, EXC_GP, 0);
        cpu_descriptor_set_accessed(cpu, selector, &code);
        cpu_stack_commit(cpu, &st);
        cpu_commit_code(cpu, &cs, eip);
        return;
    }
    struct segment ss = return_stack(cpu, ss_selector, rpl, &data);
    if (eip > cs.limit)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_descriptor_set_accessed(cpu, selector, &code);
    cpu_descriptor_set_accessed(cpu, ss_selector, &data);
    uint32_t mask = ss.attr & SEG_ATTR_DB ? 0xffffffffu : 0xffffu;
    if (mask == 0xffff) // a 16-bit stack leaves the high half of ESP alone
        esp = (cpu->gpr[REG_ESP] & 0xffff0000u) | (esp & 0xffff);
    cpu->seg[SEG_SS] = ss;
    cpu->gpr[REG_ESP] = (esp & ~mask) | ((esp + release) & mask);
    cpu_commit_code(cpu, &cs, eip);
    cpu->cpl = (uint8_t)rpl;
    drop_inner_segments(cpu);
}

// Real-address and virtual-8086 mode: what RETF and IRET have in common.
static void return_paragraph(struct cpu *cpu, unsigned slots, unsigned size, uint32_t release)
{
    struct cpu_stack st = cpu_stack_current(cpu);
    uint16_t selector = (uint16_t)cpu_stack_slot(cpu, &st, 1, size);
    uint32_t eip = cpu_stack_slot(cpu, &st, 0, size);
    if (eip > cpu->seg[SEG_CS].limit)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_stack_release(&st, slots * size + release);
    cpu_stack_commit(cpu, &st);
    cpu_segment_set_paragraph(cpu, SEG_CS, selector);
    cpu->eip = eip;
}

void cpu_far_return(struct cpu *cpu, unsigned size, uint32_t release)
{
    if (cpu_paragraphs(cpu))
        return_paragraph(cpu, 2, size, release);
    else
        return_far(cpu, 2, size, release);
}

// IRET at CPL 0 with VM set in the image: enter virtual-8086 mode (SDM vol. 3, 20.2.5).
static void return_to_v86(struct cpu *cpu, const struct cpu_stack *st, uint32_t flags)
{
    static const enum cpu_seg order[] = {SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    uint16_t selector[5];
    uint32_t eip = cpu_stack_slot(cpu, st, 0, 4);
    uint16_t cs = (uint16_t)cpu_stack_slot(cpu, st, 1, 4);
    uint32_t esp = cpu_stack_slot(cpu, st, 3, 4);
    for (unsigned i = 0; i < 5; i++)
        selector[i] = (uint16_t)cpu_stack_slot(cpu, st, 4 + i, 4);
    if (eip > 0xffff)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_write_flags(cpu, flags, 4, true);
    cpu->eflags |= FLAG_VM;
    cpu_segment_set_paragraph(cpu, SEG_CS, cs);
    for (unsigned i = 0; i < 5; i++)
        cpu_segment_set_paragraph(cpu, order[i], selector[i]);
    cpu->gpr[REG_ESP] = esp;
    cpu->eip = eip;
    cpu->cpl = 3;
}

// IRET with NT: back to the task that the link in the TSS names.
static void return_to_task(struct cpu *cpu, unsigned len)
{
    uint16_t link = (uint16_t)mmu_load_system(cpu, cpu->tr.base, 2);
    cpu_task_switch(cpu, link, TASK_RETURN, cpu->eip + len, cpu->eflags, 0);
    cpu_check_task_entry(cpu, 0);
}

static void interrupt_return(struct cpu *cpu, unsigned size, unsigned len)
{
    if (!cpu_paragraphs(cpu) && (cpu->eflags & FLAG_NT)) {
        return_to_task(cpu, len);
        return;
    }
    cpu_check_flags_image(cpu, 0, size); // may it run here at all?
    struct cpu_stack st = cpu_stack_current(cpu);
    uint32_t flags = cpu_stack_slot(cpu, &st, 2, size);
    if (cpu_paragraphs(cpu)) {
        cpu_check_flags_image(cpu, flags, size);
        return_paragraph(cpu, 3, size, 0);
        cpu_write_flags(cpu, flags, size, true);
        return;
    }
    if (size == 4 && (flags & FLAG_VM) && cpu->cpl == 0) {
        return_to_v86(cpu, &st, flags);
        return;
    }
    // What may be changed in EFLAGS goes by the privilege that IRET runs at, not by the new one.
    uint8_t cpl = cpu->cpl;
    return_far(cpu, 3, size, 0);
    uint8_t now = cpu->cpl;
    cpu->cpl = cpl;
    cpu_write_flags(cpu, flags, size, true);
    cpu->cpl = now;
}

// NMIs are let in again even if IRET faults (SDM vol. 3, 6.7.1 and, for the fault, 28.2.3).
void cpu_interrupt_return(struct cpu *cpu, unsigned size, unsigned len)
{
    cpu->nmi_blocked = false;
    interrupt_return(cpu, size, len);
    cpu_notice_interrupts(cpu);
}
