// A stack as a cursor: far transfers push and read through it and commit SS:ESP at their end.
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

struct cpu_stack cpu_stack_current(const struct cpu *cpu)
{
    return (struct cpu_stack){
        .ss = cpu->seg[SEG_SS],
        .esp = cpu->gpr[REG_ESP],
        .mask = cpu_stack_mask(cpu),
        .vector = EXC_SS,
    };
}

struct cpu_stack cpu_stack_inner(struct cpu *cpu, unsigned dpl, unsigned ext)
{
    // SS:ESP of level n lie at 4 + 8n in a 386 TSS, SS:SP at 2 + 4n in a 286 TSS (SDM vol.
    // 3, 8.2.1, 8.6)
    bool tss32 = cpu->tr.attr & 8;
    uint32_t at = tss32 ? 4 + 8 * dpl : 2 + 4 * dpl;
    uint32_t esp, selector;
    if (at + (tss32 ? 7 : 3) > cpu->tr.limit)
        cpu_raise(cpu, EXC_TS, (cpu->tr.selector & ~3u) | ext);
    if (tss32) {
        esp = (uint32_t)mmu_load_system(cpu, cpu->tr.base + at, 4);
        selector = (uint32_t)mmu_load_system(cpu, cpu->tr.base + at + 4, 2);
    } else {
        esp = (uint32_t)mmu_load_system(cpu, cpu->tr.base + at, 2);
        selector = (uint32_t)mmu_load_system(cpu, cpu->tr.base + at + 2, 2);
    }
    if (!(selector & ~3u))
        cpu_raise(cpu, EXC_TS, ext);
    struct descriptor d = cpu_descriptor_read(cpu, (uint16_t)selector, EXC_TS, ext);
    if ((selector & 3) != dpl || descriptor_dpl(d) != dpl || !descriptor_is_writable_data(d))
        cpu_raise(cpu, EXC_TS, (selector & ~3u) | ext);
    if (!descriptor_present(d))
        cpu_raise(cpu, EXC_SS, (selector & ~3u) | ext);
    cpu_descriptor_set_accessed(cpu, (uint16_t)selector, &d);
    struct cpu_stack st = {.esp = esp, .system = dpl != 3, .vector = EXC_SS};
    cpu_descriptor_unpack(d, (uint16_t)selector, &st.ss);
    st.mask = st.ss.attr & SEG_ATTR_DB ? 0xffffffffu : 0xffffu;
    st.error = (selector & ~3u) | ext;
    return st;
}

// The linear address of [offset, +size) in the stack's segment.
static uint32_t stack_linear(struct cpu *cpu, const struct cpu_stack *st, uint32_t offset,
                             unsigned size)
{
    uint32_t last = offset + size - 1;
    bool ok;
    if (!(st->ss.attr & SEG_ATTR_P)) // nothing loaded: a task switch failed before it came to SS
        ok = false;
    else if ((st->ss.attr & (TYPE_CODE | TYPE_EC)) == TYPE_EC)
        ok = offset > st->ss.limit && last <= st->mask && last >= offset;
    else
        ok = last <= st->ss.limit && last >= offset;
    if (!ok)
        cpu_raise(cpu, st->vector, st->error);
    return st->ss.base + offset;
}

void cpu_stack_room(struct cpu *cpu, const struct cpu_stack *st, unsigned count, unsigned size)
{
    for (unsigned i = 1; i <= count; i++)
        stack_linear(cpu, st, (st->esp - i * size) & st->mask, size);
}

void cpu_stack_push(struct cpu *cpu, struct cpu_stack *st, unsigned size, uint32_t value)
{
    uint32_t offset = (st->esp - size) & st->mask;
    uint32_t linear = stack_linear(cpu, st, offset, size);
    if (st->system)
        mmu_store_system(cpu, linear, size, value);
    else
        mmu_store(cpu, linear, size, value);
    st->esp = (st->esp & ~st->mask) | offset;
}

uint32_t cpu_stack_slot(struct cpu *cpu, const struct cpu_stack *st, unsigned slot, unsigned size)
{
    uint32_t linear = stack_linear(cpu, st, (st->esp + slot * size) & st->mask, size);
    uint64_t v = st->system ? mmu_load_system(cpu, linear, size) : mmu_load(cpu, linear, size);
    return (uint32_t)v;
}

void cpu_stack_release(struct cpu_stack *st, uint32_t bytes)
{
    st->esp = (st->esp & ~st->mask) | ((st->esp + bytes) & st->mask);
}

void cpu_stack_commit(struct cpu *cpu, const struct cpu_stack *st)
{
    cpu->seg[SEG_SS] = st->ss;
    cpu->gpr[REG_ESP] = st->esp;
}
