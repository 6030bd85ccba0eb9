// Handlers for the forms that make up most of what is executed: 32-bit registers, immediates and
// plain 32-bit loads and stores. The same semantics as the generic handlers, with the operand kinds
// and the size as constants.
//
// Interface: interp_fast_handler(). Invariant: tests/interp_oracle.c runs these, as it runs the
// whole engine.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/interp/stack.h"

// A two-operand instruction on a 32-bit register: from register, immediate, memory.
#define BINARY(name, writes, compute)                                                              \
    static inline void name##_apply(struct cpu *cpu, unsigned reg, uint32_t b)                     \
    {                                                                                              \
        uint32_t a = cpu->gpr[reg], flags, r = (compute);                                          \
        if (writes)                                                                                \
            cpu->gpr[reg] = r;                                                                     \
        flags_assign(cpu, FLAGS_ARITH, flags);                                                     \
    }                                                                                              \
    static enum outcome name##_rr(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        name##_apply(cpu, insn->opnd[0].reg, cpu->gpr[insn->opnd[1].reg]);                         \
        return DONE;                                                                               \
    }                                                                                              \
    static enum outcome name##_ri(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        name##_apply(cpu, insn->opnd[0].reg, insn->imm);                                           \
        return DONE;                                                                               \
    }                                                                                              \
    static enum outcome name##_rm(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        uint32_t b = seg_load(cpu, insn->mem.seg, mem_offset(cpu, insn), 4);                       \
        name##_apply(cpu, insn->opnd[0].reg, b);                                                   \
        return DONE;                                                                               \
    }
BINARY(add, true, flags_add(a, b, 0, 4, &flags))
BINARY(adc, true, flags_add(a, b, cpu->eflags &FLAG_CF, 4, &flags))
BINARY(sub, true, flags_sub(a, b, 0, 4, &flags))
BINARY(sbb, true, flags_sub(a, b, cpu->eflags &FLAG_CF, 4, &flags))
BINARY(cmp, false, flags_sub(a, b, 0, 4, &flags))
BINARY(and, true, (flags = flags_szp(a & b, 4), a &b))
BINARY(or, true, (flags = flags_szp(a | b, 4), a | b))
BINARY(xor, true, (flags = flags_szp(a ^ b, 4), a ^ b))
BINARY(test, false, (flags = flags_szp(a & b, 4), 0))

// The same on 32 bits of memory, from register or immediate.
#define BINARY_MEMORY(name, compute)                                                               \
    static inline void name##_update(struct cpu *cpu, const struct insn *insn, uint32_t b)         \
    {                                                                                              \
        struct opnd_rmw rmw;                                                                       \
        uint32_t a = rmw_begin_at(cpu, insn->mem.seg, mem_offset(cpu, insn), 4, &rmw);             \
        uint32_t flags, r = (compute);                                                             \
        if (__builtin_expect(rmw.host != NULL, 1))                                                 \
            host_store(rmw.host, 4, r);                                                            \
        else                                                                                       \
            mmu_rmw_end(cpu, &rmw.slow, r);                                                        \
        flags_assign(cpu, FLAGS_ARITH, flags);                                                     \
    }                                                                                              \
    static enum outcome name##_mr(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        name##_update(cpu, insn, cpu->gpr[insn->opnd[1].reg]);                                     \
        return DONE;                                                                               \
    }                                                                                              \
    static enum outcome name##_mi(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        name##_update(cpu, insn, insn->imm);                                                       \
        return DONE;                                                                               \
    }
BINARY_MEMORY(add, flags_add(a, b, 0, 4, &flags))
BINARY_MEMORY(adc, flags_add(a, b, cpu->eflags &FLAG_CF, 4, &flags))
BINARY_MEMORY(sub, flags_sub(a, b, 0, 4, &flags))
BINARY_MEMORY(and, (flags = flags_szp(a & b, 4), a &b))
BINARY_MEMORY(or, (flags = flags_szp(a | b, 4), a | b))
BINARY_MEMORY(xor, (flags = flags_szp(a ^ b, 4), a ^ b))

static enum outcome inc_r(struct cpu *cpu, const struct insn *insn)
{
    uint32_t flags, *r = &cpu->gpr[insn->opnd[0].reg];
    *r = flags_add(*r, 1, 0, 4, &flags);
    flags_assign(cpu, FLAGS_ARITH & ~(uint32_t)FLAG_CF, flags & ~(uint32_t)FLAG_CF);
    return DONE;
}

static enum outcome dec_r(struct cpu *cpu, const struct insn *insn)
{
    uint32_t flags, *r = &cpu->gpr[insn->opnd[0].reg];
    *r = flags_sub(*r, 1, 0, 4, &flags);
    flags_assign(cpu, FLAGS_ARITH & ~(uint32_t)FLAG_CF, flags & ~(uint32_t)FLAG_CF);
    return DONE;
}

static enum outcome mov_rr(struct cpu *cpu, const struct insn *insn)
{
    cpu->gpr[insn->opnd[0].reg] = cpu->gpr[insn->opnd[1].reg];
    return DONE;
}

static enum outcome mov_ri(struct cpu *cpu, const struct insn *insn)
{
    cpu->gpr[insn->opnd[0].reg] = insn->imm;
    return DONE;
}

static enum outcome mov_rm(struct cpu *cpu, const struct insn *insn)
{
    cpu->gpr[insn->opnd[0].reg] = seg_load(cpu, insn->mem.seg, mem_offset(cpu, insn), 4);
    return DONE;
}

static enum outcome mov_mr(struct cpu *cpu, const struct insn *insn)
{
    seg_store(cpu, insn->mem.seg, mem_offset(cpu, insn), 4, cpu->gpr[insn->opnd[1].reg]);
    return DONE;
}

static enum outcome mov_mi(struct cpu *cpu, const struct insn *insn)
{
    seg_store(cpu, insn->mem.seg, mem_offset(cpu, insn), 4, insn->imm);
    return DONE;
}

static enum outcome lea_r(struct cpu *cpu, const struct insn *insn)
{
    cpu->gpr[insn->opnd[0].reg] = mem_offset(cpu, insn);
    return DONE;
}

static enum outcome push_r(struct cpu *cpu, const struct insn *insn)
{
    stack_push(cpu, 4, cpu->gpr[insn->opnd[0].reg]);
    return DONE;
}

static enum outcome pop_r(struct cpu *cpu, const struct insn *insn)
{
    uint32_t esp = cpu->gpr[REG_ESP], v = stack_peek(cpu, esp, 4);
    cpu->gpr[REG_ESP] = stack_add(cpu, esp, 4);
    cpu->gpr[insn->opnd[0].reg] = v;
    return DONE;
}

enum form { FORM_NONE, FORM_R, FORM_RR, FORM_RI, FORM_RM, FORM_MR, FORM_MI, FORM_COUNT };

static enum form form_of(const struct insn *insn)
{
    const struct operand *a = &insn->opnd[0], *b = &insn->opnd[1];
    if (insn->nopnd == 0 || insn->nopnd > 2 || a->size != 4)
        return FORM_NONE;
    if (insn->nopnd == 1)
        return a->kind == OPND_REG ? FORM_R : FORM_NONE;
    bool memory = a->kind == OPND_MEM || a->kind == OPND_MOFFS;
    if (a->kind != OPND_REG && !memory)
        return FORM_NONE;
    switch (b->kind) {
    case OPND_REG: return b->size != 4 ? FORM_NONE : memory ? FORM_MR : FORM_RR;
    case OPND_IMM: return memory ? FORM_MI : FORM_RI;
    case OPND_MEM:
    case OPND_MOFFS: return b->size == 4 || b->size == 0 ? FORM_RM : FORM_NONE;
    default: return FORM_NONE;
    }
}

#define BINARY_FORMS(mn, name)                                                                     \
    [MN_##mn] = {[FORM_RR] = name##_rr, [FORM_RI] = name##_ri, [FORM_RM] = name##_rm}
#define BINARY_MEMORY_FORMS(mn, name)                                                              \
    [MN_##mn] = {[FORM_RR] = name##_rr,                                                            \
                 [FORM_RI] = name##_ri,                                                            \
                 [FORM_RM] = name##_rm,                                                            \
                 [FORM_MR] = name##_mr,                                                            \
                 [FORM_MI] = name##_mi}
static handler_fn *const fast[MN_COUNT][FORM_COUNT] = {
    BINARY_MEMORY_FORMS(ADD, add),
    BINARY_MEMORY_FORMS(ADC, adc),
    BINARY_MEMORY_FORMS(SUB, sub),
    BINARY_MEMORY_FORMS(AND, and),
    BINARY_MEMORY_FORMS(OR, or),
    BINARY_MEMORY_FORMS(XOR, xor),
    BINARY_FORMS(SBB, sbb),
    BINARY_FORMS(CMP, cmp),
    BINARY_FORMS(TEST, test),
    [MN_INC] = {[FORM_R] = inc_r},
    [MN_DEC] = {[FORM_R] = dec_r},
    [MN_MOV] = {[FORM_RR] = mov_rr,
                [FORM_RI] = mov_ri,
                [FORM_RM] = mov_rm,
                [FORM_MR] = mov_mr,
                [FORM_MI] = mov_mi},
    [MN_LEA] = {[FORM_RM] = lea_r},
    [MN_PUSH] = {[FORM_R] = push_r},
    [MN_POP] = {[FORM_R] = pop_r},
};

handler_fn *interp_fast_handler(const struct insn *insn)
{
    handler_fn *h = fast[insn->mnemonic][form_of(insn)];
    return h ? h : interp_handler(insn);
}
