// SS:ESP as push and pop see it: the width of the stack pointer goes by SS.B.
#ifndef TM_EMU_INTERP_STACK_H
#define TM_EMU_INTERP_STACK_H

#include "emu/interp/operand.h"

static inline uint32_t stack_add(const struct cpu *cpu, uint32_t esp, uint32_t bytes)
{
    uint32_t mask = cpu_stack_mask(cpu);
    return (esp & ~mask) | ((esp + bytes) & mask);
}

// Store below `esp` and return the new one, which the caller commits.
static inline uint32_t stack_push_at(struct cpu *cpu, uint32_t esp, unsigned size, uint32_t v)
{
    uint32_t to = stack_add(cpu, esp, 0u - size);
    seg_store(cpu, SEG_SS, to & cpu_stack_mask(cpu), size, v);
    return to;
}

static inline void stack_push(struct cpu *cpu, unsigned size, uint32_t v)
{
    cpu->gpr[REG_ESP] = stack_push_at(cpu, cpu->gpr[REG_ESP], size, v);
}

static inline uint32_t stack_peek(struct cpu *cpu, uint32_t esp, unsigned size)
{
    return seg_load(cpu, SEG_SS, esp & cpu_stack_mask(cpu), size);
}

// Raise what a push of `size` bytes at `esp` (already lowered) would.
static inline void stack_probe(struct cpu *cpu, uint32_t esp, unsigned size)
{
    uint32_t linear = seg_linear(cpu, SEG_SS, esp & cpu_stack_mask(cpu), size, true);
    if (!host_address(cpu, MMU_TABLE_W, linear, size)) {
        mmu_check_alignment(cpu, linear, size);
        mmu_probe(cpu, linear, size, MMU_WRITE);
    }
}

#endif
