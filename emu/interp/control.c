// Branches, calls, returns and software interrupts. Far transfers are cpu/far.c's.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/stack.h"

// A near target: cut to the operand size, checked against the code segment's limit.
static inline uint32_t near_target(struct cpu *cpu, const struct insn *insn, uint32_t target)
{
    if (insn->op_size == 2)
        target &= 0xffff;
    if (__builtin_expect(target > cpu->seg[SEG_CS].limit, 0))
        cpu_raise(cpu, EXC_GP, 0);
    return target;
}

static inline uint32_t relative_target(struct cpu *cpu, const struct insn *insn)
{
    return near_target(cpu, insn, cpu->eip + insn->len + insn->imm);
}

static inline uint32_t branch_target(struct cpu *cpu, const struct insn *insn)
{
    if (insn->opnd[0].kind == OPND_REL)
        return relative_target(cpu, insn);
    return near_target(cpu, insn, opnd_read(cpu, insn, 0));
}

enum outcome interp_op_jmp(struct cpu *cpu, const struct insn *insn)
{
    cpu->eip = branch_target(cpu, insn);
    return BRANCHED;
}

enum outcome interp_op_call(struct cpu *cpu, const struct insn *insn)
{
    uint32_t target = branch_target(cpu, insn);
    stack_push(cpu, insn->op_size, cpu->eip + insn->len);
    cpu->eip = target;
    return BRANCHED;
}

enum outcome interp_op_jcc(struct cpu *cpu, const struct insn *insn)
{
    if (!flags_condition(cpu->eflags, insn->cond))
        return DONE;
    cpu->eip = relative_target(cpu, insn);
    return BRANCHED;
}

enum outcome interp_op_jcxz(struct cpu *cpu, const struct insn *insn)
{
    if (reg_read(cpu, REG_ECX, insn->addr_size) != 0)
        return DONE;
    cpu->eip = relative_target(cpu, insn);
    return BRANCHED;
}

static enum outcome loop_if(struct cpu *cpu, const struct insn *insn, bool condition)
{
    uint32_t count = reg_read(cpu, REG_ECX, insn->addr_size) - 1;
    bool taken = condition && (count & size_mask(insn->addr_size)) != 0;
    uint32_t target = taken ? relative_target(cpu, insn) : 0;
    reg_write(cpu, REG_ECX, insn->addr_size, count);
    if (!taken)
        return DONE;
    cpu->eip = target;
    return BRANCHED;
}

enum outcome interp_op_loop(struct cpu *cpu, const struct insn *insn)
{
    return loop_if(cpu, insn, true);
}

enum outcome interp_op_loope(struct cpu *cpu, const struct insn *insn)
{
    return loop_if(cpu, insn, cpu->eflags & FLAG_ZF);
}

enum outcome interp_op_loopne(struct cpu *cpu, const struct insn *insn)
{
    return loop_if(cpu, insn, !(cpu->eflags & FLAG_ZF));
}

// The immediate of RET and RETF; forms without one release nothing.
static uint32_t release_bytes(const struct insn *insn)
{
    return insn->nopnd ? insn->imm & 0xffff : 0;
}

enum outcome interp_op_ret(struct cpu *cpu, const struct insn *insn)
{
    uint32_t esp = cpu->gpr[REG_ESP];
    uint32_t target = near_target(cpu, insn, stack_peek(cpu, esp, insn->op_size));
    cpu->gpr[REG_ESP] = stack_add(cpu, esp, insn->op_size + release_bytes(insn));
    cpu->eip = target;
    return BRANCHED;
}

enum outcome interp_op_retf(struct cpu *cpu, const struct insn *insn)
{
    cpu_far_return(cpu, insn->op_size, release_bytes(insn));
    return BRANCHED;
}

enum outcome interp_op_iret(struct cpu *cpu, const struct insn *insn)
{
    cpu_interrupt_return(cpu, insn->op_size, insn->len);
    return BRANCHED;
}

// A far pointer: immediate (offset in imm, selector in imm2), or memory (offset first).
static uint16_t far_pointer(struct cpu *cpu, const struct insn *insn, uint32_t *offset)
{
    if (insn->opnd[0].kind != OPND_MEM) {
        *offset = insn->imm;
        return (uint16_t)insn->imm2;
    }
    uint32_t at = mem_offset(cpu, insn);
    *offset = seg_load(cpu, insn->mem.seg, at, insn->op_size);
    return (uint16_t)seg_load(cpu, insn->mem.seg, wrap_address(insn, at + insn->op_size), 2);
}

enum outcome interp_op_jmpf(struct cpu *cpu, const struct insn *insn)
{
    uint32_t offset;
    uint16_t selector = far_pointer(cpu, insn, &offset);
    cpu_far_jump(cpu, selector, offset, insn->len);
    return BRANCHED;
}

enum outcome interp_op_callf(struct cpu *cpu, const struct insn *insn)
{
    uint32_t offset;
    uint16_t selector = far_pointer(cpu, insn, &offset);
    cpu_far_call(cpu, selector, offset, insn->op_size, insn->len);
    return BRANCHED;
}

enum outcome interp_op_int(struct cpu *cpu, const struct insn *insn)
{
    cpu_software_interrupt(cpu, insn->imm & 0xff, insn->len, true);
    return BRANCHED;
}

enum outcome interp_op_int3(struct cpu *cpu, const struct insn *insn)
{
    cpu_software_interrupt(cpu, EXC_BP, insn->len, false);
    return BRANCHED;
}

enum outcome interp_op_into(struct cpu *cpu, const struct insn *insn)
{
    if (!(cpu->eflags & FLAG_OF))
        return DONE;
    cpu_software_interrupt(cpu, EXC_OF, insn->len, false);
    return BRANCHED;
}

enum outcome interp_op_int1(struct cpu *cpu, const struct insn *insn)
{
    cpu_deliver_debug_trap(cpu, cpu->eip + insn->len, 0);
    return BRANCHED;
}

// Bounds are signed; the lower one comes first in memory.
enum outcome interp_op_bound(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size;
    uint32_t at = mem_offset(cpu, insn);
    int32_t low = (int32_t)sign_extend(seg_load(cpu, insn->mem.seg, at, size), size);
    at = wrap_address(insn, at + size);
    int32_t high = (int32_t)sign_extend(seg_load(cpu, insn->mem.seg, at, size), size);
    int32_t i = (int32_t)sign_extend(reg_read(cpu, insn->opnd[0].reg, size), size);
    if (i < low || i > high)
        cpu_raise(cpu, EXC_BR, 0);
    return DONE;
}
