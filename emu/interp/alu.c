// Two-operand arithmetic and logic, and the atomic exchange-and-compare family.
// AND, OR, XOR, TEST leave AF undefined; Zen clears it, and so do we.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

// dst = dst OP src with the flags of an addition or subtraction.
#define ARITHMETIC(name, compute)                                                                  \
    enum outcome interp_op_##name(struct cpu *cpu, const struct insn *insn)                        \
    {                                                                                              \
        unsigned size = insn->opnd[0].size;                                                        \
        struct opnd_rmw rmw;                                                                       \
        uint32_t b, a, flags, r;                                                                   \
        if (insn->opnd[1].kind == OPND_MEM) {                                                      \
            b = opnd_read(cpu, insn, 1);                                                           \
            a = rmw_begin(cpu, insn, 0, &rmw);                                                     \
        } else {                                                                                   \
            a = rmw_begin(cpu, insn, 0, &rmw);                                                     \
            b = opnd_read(cpu, insn, 1) & size_mask(size);                                         \
        }                                                                                          \
        r = (compute);                                                                             \
        rmw_end(cpu, insn, 0, &rmw, r);                                                            \
        flags_assign(cpu, FLAGS_ARITH, flags);                                                     \
        return DONE;                                                                               \
    }
ARITHMETIC(add, flags_add(a, b, 0, size, &flags))
ARITHMETIC(adc, flags_add(a, b, cpu->eflags &FLAG_CF, size, &flags))
ARITHMETIC(sub, flags_sub(a, b, 0, size, &flags))
ARITHMETIC(sbb, flags_sub(a, b, cpu->eflags &FLAG_CF, size, &flags))
ARITHMETIC(and, (flags = flags_szp(a & b, size), a &b))
ARITHMETIC(or, (flags = flags_szp(a | b, size), a | b))
ARITHMETIC(xor, (flags = flags_szp(a ^ b, size), a ^ b))

enum outcome interp_op_cmp(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint32_t a = opnd_read(cpu, insn, 0), b = opnd_read(cpu, insn, 1) & size_mask(size), flags;
    flags_sub(a, b, 0, size, &flags);
    flags_assign(cpu, FLAGS_ARITH, flags);
    return DONE;
}

enum outcome interp_op_test(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint32_t r = opnd_read(cpu, insn, 0) & opnd_read(cpu, insn, 1) & size_mask(size);
    flags_assign(cpu, FLAGS_ARITH, flags_szp(r, size));
    return DONE;
}

enum outcome interp_op_inc(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    uint32_t flags, r = rmw_begin(cpu, insn, 0, &rmw);
    r = flags_add(r, 1, 0, insn->opnd[0].size, &flags);
    rmw_end(cpu, insn, 0, &rmw, r);
    flags_assign(cpu, FLAGS_ARITH & ~(uint32_t)FLAG_CF, flags & ~(uint32_t)FLAG_CF);
    return DONE;
}

enum outcome interp_op_dec(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    uint32_t flags, r = rmw_begin(cpu, insn, 0, &rmw);
    r = flags_sub(r, 1, 0, insn->opnd[0].size, &flags);
    rmw_end(cpu, insn, 0, &rmw, r);
    flags_assign(cpu, FLAGS_ARITH & ~(uint32_t)FLAG_CF, flags & ~(uint32_t)FLAG_CF);
    return DONE;
}

enum outcome interp_op_not(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    uint32_t r = rmw_begin(cpu, insn, 0, &rmw);
    rmw_end(cpu, insn, 0, &rmw, ~r & size_mask(insn->opnd[0].size));
    return DONE;
}

enum outcome interp_op_neg(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    uint32_t flags, r = rmw_begin(cpu, insn, 0, &rmw);
    r = flags_sub(0, r, 0, insn->opnd[0].size, &flags);
    rmw_end(cpu, insn, 0, &rmw, r);
    flags_assign(cpu, FLAGS_ARITH, flags);
    return DONE;
}

enum outcome interp_op_xadd(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size;
    uint32_t flags, a = rmw_begin(cpu, insn, 0, &rmw);
    uint32_t r = flags_add(a, reg_read(cpu, insn->opnd[1].reg, size), 0, size, &flags);
    // The register first, so that XADD r,r ends with the sum (SDM: TEMP = SRC + DEST; SRC = DEST;
    // DEST = TEMP).
    reg_write(cpu, insn->opnd[1].reg, size, a);
    rmw_end(cpu, insn, 0, &rmw, r);
    flags_assign(cpu, FLAGS_ARITH, flags);
    return DONE;
}

// Writes its destination in either case (SDM: "the processor never produces a locked read without a
// locked write"), so that a read-only target faults on unequal values too.
enum outcome interp_op_cmpxchg(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size;
    uint32_t flags, old = rmw_begin(cpu, insn, 0, &rmw);
    flags_sub(acc_read(cpu, size), old, 0, size, &flags);
    if (flags & FLAG_ZF) {
        rmw_end(cpu, insn, 0, &rmw, reg_read(cpu, insn->opnd[1].reg, size));
    } else {
        rmw_end(cpu, insn, 0, &rmw, old);
        reg_write(cpu, REG_EAX, size, old);
    }
    flags_assign(cpu, FLAGS_ARITH, flags);
    return DONE;
}

enum outcome interp_op_cmpxchg8b(struct cpu *cpu, const struct insn *insn)
{
    struct mmu_rmw rmw;
    uint32_t linear = seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), 8, true);
    uint64_t old = mmu_rmw_begin(cpu, linear, 8, &rmw);
    uint64_t expected = (uint64_t)cpu->gpr[REG_EDX] << 32 | cpu->gpr[REG_EAX];
    if (old == expected) {
        mmu_rmw_end(cpu, &rmw, (uint64_t)cpu->gpr[REG_ECX] << 32 | cpu->gpr[REG_EBX]);
        cpu->eflags |= FLAG_ZF;
    } else {
        mmu_rmw_end(cpu, &rmw, old);
        cpu->gpr[REG_EDX] = (uint32_t)(old >> 32);
        cpu->gpr[REG_EAX] = (uint32_t)old;
        cpu->eflags &= ~(uint32_t)FLAG_ZF;
    }
    return DONE;
}
