// Far jumps and calls in all modes: direct, through call gates, and to tasks.
// (SDM vol. 2, JMP, CALL; vol. 3, 5.8, 7.3)
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

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

void cpu_commit_code(struct cpu *cpu, const struct segment *cs, uint32_t eip)
{
    cpu->seg[SEG_CS] = *cs;
    cpu->seg[SEG_CS].attr |= TYPE_ACCESSED;
    cpu->eip = eip;
}

// A jump or call to a TSS, or through a task gate. The TSS itself is checked by the switch.
static void transfer_to_task(struct cpu *cpu, uint16_t selector, struct descriptor d,
                             enum task_cause cause, uint32_t return_eip)
{
    unsigned dpl = descriptor_dpl(d);
    if (dpl < cpu->cpl || dpl < (selector & 3u))
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (descriptor_type(d) == TYPE_TASK) {
        if (!descriptor_present(d))
            cpu_raise(cpu, EXC_NP, selector & ~3u);
        selector = (uint16_t)(d.lo >> 16);
    }
    cpu_task_switch(cpu, selector, cause, return_eip, cpu->eflags, 0);
    cpu_check_task_entry(cpu, 0);
}

static bool leads_to_task(struct descriptor d)
{
    unsigned type = descriptor_type(d);
    return !descriptor_is_segment(d) &&
           (type == TYPE_TSS16 || type == TYPE_TSS32 || type == TYPE_TASK);
}

void cpu_far_jump(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned len)
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
        if (leads_to_task(d)) {
            transfer_to_task(cpu, selector, d, TASK_JUMP, cpu->eip + len);
            return;
        }
        if (descriptor_is_segment(d) || (type != TYPE_CALL16 && type != TYPE_CALL32))
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
    cpu_commit_code(cpu, &cs, offset);
}

// A call gate to more privileged code: new stack, parameters copied (SDM vol. 3, 5.8.5).
static void call_inner(struct cpu *cpu, const struct gate_target *t, const struct segment *cs,
                       uint32_t return_eip)
{
    unsigned dpl = descriptor_dpl(t->code);
    struct cpu_stack old = cpu_stack_current(cpu);
    struct cpu_stack st = cpu_stack_inner(cpu, dpl, 0);
    uint32_t params[31];
    cpu_stack_room(cpu, &st, t->params + 4, t->size);
    if (t->offset > cs->limit)
        cpu_raise(cpu, EXC_GP, 0);
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
    cpu_commit_code(cpu, cs, t->offset);
    cpu->seg[SEG_CS].selector = (uint16_t)((t->selector & ~3u) | dpl);
    cpu->cpl = (uint8_t)dpl;
}

void cpu_far_call(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned size, unsigned len)
{
    uint32_t return_eip = cpu->eip + len;
    struct cpu_stack st = cpu_stack_current(cpu);
    if (cpu_paragraphs(cpu)) {
        cpu_stack_room(cpu, &st, 2, size);
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
        if (leads_to_task(d)) {
            transfer_to_task(cpu, selector, d, TASK_CALL, return_eip);
            return;
        }
        if (descriptor_is_segment(d) || (type != TYPE_CALL16 && type != TYPE_CALL32))
            cpu_raise(cpu, EXC_GP, selector & ~3u);
        struct gate_target t = read_gate(cpu, selector, d);
        cpu_descriptor_unpack(t.code, (uint16_t)((t.selector & ~3u) | cpu->cpl), &cs);
        if (!(descriptor_type(t.code) & TYPE_EC) && descriptor_dpl(t.code) < cpu->cpl) {
            call_inner(cpu, &t, &cs, return_eip);
            return;
        }
        selector = t.selector;
        offset = t.offset;
        size = t.size;
        d = t.code;
    }
    cpu_stack_room(cpu, &st, 2, size);
    if (offset > cs.limit)
        cpu_raise(cpu, EXC_GP, 0);
    cpu_stack_push(cpu, &st, size, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, size, return_eip);
    cpu_descriptor_set_accessed(cpu, selector, &d);
    cpu_stack_commit(cpu, &st);
    cpu_commit_code(cpu, &cs, offset);
}
