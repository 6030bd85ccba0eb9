// Far jumps, calls and returns, and IRET, in all modes but by task switch.
// (SDM vol. 2, JMP, CALL, RET, IRET; vol. 3, 5.8)
//
// A task switch (TSS or task gate as target, IRET with NT) is not implemented: it is counted in
// cpu_task_switches_refused and raises #GP.
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

_Noreturn static void refuse_task_switch(struct cpu *cpu, uint32_t error)
{
    cpu_task_switches_refused++;
    cpu_raise(cpu, EXC_GP, error);
}

// Check a direct far target in a code segment (no gate) and make CS of it.
static struct segment code_target(struct cpu *cpu, uint16_t selector, struct descriptor *d)
{
    struct segment cs;
    unsigned dpl = descriptor_dpl(*d);
    bool conforming = descriptor_type(*d) & TYPE_EC;
    if (conforming ? dpl > cpu->cpl : (dpl != cpu->cpl || (selector & 3u) > cpu->cpl))
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(*d))
        cpu_raise(cpu, EXC_NP, selector & ~3u);
    cpu_descriptor_unpack(*d, (uint16_t)((selector & ~3u) | cpu->cpl), &cs);
    return cs;
}

struct gate_target {
    uint16_t selector;
    uint32_t offset;
    unsigned size, params;
    struct descriptor code;
};

// Read a call gate and the code descriptor it points at, with the checks both have in common.
static struct gate_target read_gate(struct cpu *cpu, uint16_t selector, struct descriptor gate)
{
    struct gate_target t;
    unsigned dpl = descriptor_dpl(gate);
    if (dpl < cpu->cpl || dpl < (selector & 3u))
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(gate))
        cpu_raise(cpu, EXC_NP, selector & ~3u);
    t.size = descriptor_type(gate) == TYPE_CALL32 ? 4 : 2;
    t.params = gate.hi & 31;
    t.selector = (uint16_t)(gate.lo >> 16);
    t.offset = gate.lo & 0xffff;
    if (t.size == 4)
        t.offset |= gate.hi & 0xffff0000u;
    if (!(t.selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    t.code = cpu_descriptor_read(cpu, t.selector, EXC_GP, 0);
    if (!descriptor_is_code(t.code) || descriptor_dpl(t.code) > cpu->cpl)
        cpu_raise(cpu, EXC_GP, t.selector & ~3u);
    if (!descriptor_present(t.code))
        cpu_raise(cpu, EXC_NP, t.selector & ~3u);
    return t;
}

static void commit_code(struct cpu *cpu, const struct segment *cs, uint32_t eip)
{
    cpu->seg[SEG_CS] = *cs;
    cpu->seg[SEG_CS].attr |= TYPE_ACCESSED;
    cpu->eip = eip;
}

void cpu_far_jump(struct cpu *cpu, uint16_t selector, uint32_t offset)
{
    if (cpu_paragraphs(cpu)) {
        if (offset > cpu->seg[SEG_CS].limit)
            cpu_raise(cpu, EXC_GP, 0);
        cpu_segment_set_paragraph(cpu, SEG_CS, selector);
        cpu->eip = offset;
        return;
    }
    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    struct descriptor d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    struct segment cs;
    if (descriptor_is_code(d)) {
        cs = code_target(cpu, selector, &d);
    } else {
        unsigned type = descriptor_type(d);
        if (descriptor_is_segment(d))
            cpu_raise(cpu, EXC_GP, selector & ~3u);
        if (type == TYPE_TSS16 || type == TYPE_TSS32 || type == TYPE_TASK)
            refuse_task_switch(cpu, selector & ~3u);
        if (type != TYPE_CALL16 && type != TYPE_CALL32)
            cpu_raise(cpu, EXC_GP, selector & ~3u);
        struct gate_target t = read_gate(cpu, selector, d);
        if (!(descriptor_type(t.code) & TYPE_EC) && descriptor_dpl(t.code) != cpu->cpl)
            cpu_raise(cpu, EXC_GP, t.selector & ~3u);
        selector = t.selector;
        offset = t.offset;
        d = t.code;
        cpu_descriptor_unpack(d, (uint16_t)((selector & ~3u) | cpu->cpl), &cs);
    }
    if (offset > cs.limit)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_descriptor_set_accessed(cpu, selector, &d);
    commit_code(cpu, &cs, offset);
}

// A call gate to more privileged code: new stack, parameters copied (SDM vol. 3, 5.8.5).
static void call_inner(struct cpu *cpu, const struct gate_target *t, const struct segment *cs,
                       uint32_t return_eip)
{
    unsigned dpl = descriptor_dpl(t->code);
    struct cpu_stack old = cpu_stack_current(cpu);
    struct cpu_stack st = cpu_stack_inner(cpu, dpl, 0);
    uint32_t params[31];
    for (unsigned i = 0; i < t->params; i++)
        params[i] = cpu_stack_slot(cpu, &old, i, t->size);
    cpu_stack_push(cpu, &st, t->size, cpu->seg[SEG_SS].selector);
    cpu_stack_push(cpu, &st, t->size, cpu->gpr[REG_ESP]);
    for (unsigned i = t->params; i-- > 0;)
        cpu_stack_push(cpu, &st, t->size, params[i]);
    cpu_stack_push(cpu, &st, t->size, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, t->size, return_eip);
    struct descriptor code = t->code;
    cpu_descriptor_set_accessed(cpu, t->selector, &code);
    cpu_stack_commit(cpu, &st);
    commit_code(cpu, cs, t->offset);
    cpu->seg[SEG_CS].selector = (uint16_t)((t->selector & ~3u) | dpl);
    cpu->cpl = (uint8_t)dpl;
}

void cpu_far_call(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned size, unsigned len)
{
    uint32_t return_eip = cpu->eip + len;
    struct cpu_stack st = cpu_stack_current(cpu);
    if (cpu_paragraphs(cpu)) {
        if (offset > cpu->seg[SEG_CS].limit)
            cpu_raise(cpu, EXC_GP, 0);
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_CS].selector);
        cpu_stack_push(cpu, &st, size, return_eip);
        cpu_stack_commit(cpu, &st);
        cpu_segment_set_paragraph(cpu, SEG_CS, selector);
        cpu->eip = offset;
        return;
    }
    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    struct descriptor d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    struct segment cs;
    if (descriptor_is_code(d)) {
        cs = code_target(cpu, selector, &d);
    } else {
        unsigned type = descriptor_type(d);
        if (descriptor_is_segment(d))
            cpu_raise(cpu, EXC_GP, selector & ~3u);
        if (type == TYPE_TSS16 || type == TYPE_TSS32 || type == TYPE_TASK)
            refuse_task_switch(cpu, selector & ~3u);
        if (type != TYPE_CALL16 && type != TYPE_CALL32)
            cpu_raise(cpu, EXC_GP, selector & ~3u);
        struct gate_target t = read_gate(cpu, selector, d);
        cpu_descriptor_unpack(t.code, (uint16_t)((t.selector & ~3u) | cpu->cpl), &cs);
        if (t.offset > cs.limit)
            cpu_raise(cpu, EXC_GP, 0);
        if (!(descriptor_type(t.code) & TYPE_EC) && descriptor_dpl(t.code) < cpu->cpl) {
            call_inner(cpu, &t, &cs, return_eip);
            return;
        }
        selector = t.selector;
        offset = t.offset;
        size = t.size;
        d = t.code;
    }
    if (offset > cs.limit)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_stack_push(cpu, &st, size, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, size, return_eip);
    cpu_descriptor_set_accessed(cpu, selector, &d);
    cpu_stack_commit(cpu, &st);
    commit_code(cpu, &cs, offset);
}

// Returning to a less privileged level, data segments it may not see become null (SDM vol. 2, RET).
static void drop_inner_segments(struct cpu *cpu)
{
    static const unsigned data_segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
    for (unsigned i = 0; i < 4; i++) {
        struct segment *s = &cpu->seg[data_segs[i]];
        bool conforming = (s->attr & (TYPE_CODE | TYPE_EC)) == (TYPE_CODE | TYPE_EC);
        if ((s->attr & SEG_ATTR_P) && !conforming && ((s->attr >> 5) & 3u) < cpu->cpl)
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
        commit_code(cpu, &cs, eip);
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
    commit_code(cpu, &cs, eip);
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

void cpu_interrupt_return(struct cpu *cpu, unsigned size)
{
    if (cpu_v86(cpu) && cpu_iopl(cpu) < 3)
        cpu_raise(cpu, EXC_GP, 0);
    if (!cpu_paragraphs(cpu) && (cpu->eflags & FLAG_NT))
        refuse_task_switch(cpu, 0);
    struct cpu_stack st = cpu_stack_current(cpu);
    uint32_t flags = cpu_stack_slot(cpu, &st, 2, size);
    if (cpu_paragraphs(cpu)) {
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
