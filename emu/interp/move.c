// Moves, sign and zero extension, conditional moves and sets, and the single-flag instructions.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

static void require_ring0(struct cpu *cpu)
{
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
}

// MOV to and from segment, control and debug registers. True if it was one.
static bool move_system_register(struct cpu *cpu, const struct insn *insn)
{
    const struct operand *dst = &insn->opnd[0], *src = &insn->opnd[1];
    if (dst->kind == OPND_SREG) {
        cpu_load_segment(cpu, (enum cpu_seg)dst->reg, (uint16_t)opnd_read(cpu, insn, 1));
        if (dst->reg == SEG_SS)
            cpu->shadow = cpu->shadow_ss = true;
    } else if (dst->kind == OPND_CREG) {
        require_ring0(cpu);
        cpu_write_cr(cpu, dst->reg, cpu->gpr[src->reg]);
    } else if (dst->kind == OPND_DREG) {
        require_ring0(cpu);
        cpu_write_dr(cpu, dst->reg, cpu->gpr[src->reg]);
    } else if (src->kind == OPND_CREG) {
        require_ring0(cpu);
        cpu->gpr[dst->reg] = cpu_read_cr(cpu, src->reg);
    } else if (src->kind == OPND_DREG) {
        require_ring0(cpu);
        cpu->gpr[dst->reg] = cpu_read_dr(cpu, src->reg);
    } else {
        return false;
    }
    return true;
}

enum outcome interp_op_mov(struct cpu *cpu, const struct insn *insn)
{
    unsigned dst = insn->opnd[0].kind, src = insn->opnd[1].kind;
    if (__builtin_expect(
            (dst >= OPND_SREG && dst <= OPND_DREG) || (src >= OPND_CREG && src <= OPND_DREG), 0)) {
        move_system_register(cpu, insn);
        return DONE;
    }
    opnd_write(cpu, insn, 0, opnd_read(cpu, insn, 1));
    return DONE;
}

enum outcome interp_op_movzx(struct cpu *cpu, const struct insn *insn)
{
    reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, opnd_read(cpu, insn, 1));
    return DONE;
}

enum outcome interp_op_movsx(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, sign_extend(v, insn->opnd[1].size));
    return DONE;
}

enum outcome interp_op_lea(struct cpu *cpu, const struct insn *insn)
{
    reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, mem_offset(cpu, insn));
    return DONE;
}

enum outcome interp_op_xchg(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size;
    uint32_t a = rmw_begin(cpu, insn, 0, &rmw), b = reg_read(cpu, insn->opnd[1].reg, size);
    rmw_end(cpu, insn, 0, &rmw, b);
    reg_write(cpu, insn->opnd[1].reg, size, a);
    return DONE;
}

// BSWAP of a 16-bit register is undefined: Zen stores 0.
enum outcome interp_op_bswap(struct cpu *cpu, const struct insn *insn)
{
    unsigned reg = insn->opnd[0].reg, size = insn->opnd[0].size;
    reg_write(cpu, reg, size, size == 4 ? __builtin_bswap32(cpu->gpr[reg]) : 0);
    return DONE;
}

enum outcome interp_op_xlat(struct cpu *cpu, const struct insn *insn)
{
    uint32_t offset = wrap_address(insn, cpu->gpr[REG_EBX] + acc_read(cpu, 1));
    reg_write(cpu, REG_EAX, 1, seg_load(cpu, insn->mem.seg, offset, 1));
    return DONE;
}

enum outcome interp_op_salc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    reg_write(cpu, REG_EAX, 1, cpu->eflags & FLAG_CF ? 0xff : 0);
    return DONE;
}

enum outcome interp_op_setcc(struct cpu *cpu, const struct insn *insn)
{
    opnd_write(cpu, insn, 0, flags_condition(cpu->eflags, insn->cond));
    return DONE;
}

// The source is read, and may fault, whether or not the condition holds.
enum outcome interp_op_cmovcc(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    if (flags_condition(cpu->eflags, insn->cond))
        reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, v);
    return DONE;
}

enum outcome interp_op_cbw(struct cpu *cpu, const struct insn *insn)
{
    unsigned half = insn->op_size / 2u;
    reg_write(cpu, REG_EAX, insn->op_size, sign_extend(acc_read(cpu, half), half));
    return DONE;
}

enum outcome interp_op_cwd(struct cpu *cpu, const struct insn *insn)
{
    bool negative = acc_read(cpu, insn->op_size) >> (8 * insn->op_size - 1);
    reg_write(cpu, REG_EDX, insn->op_size, negative ? 0xffffffffu : 0);
    return DONE;
}

enum { FLAGS_AH = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF };

enum outcome interp_op_lahf(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    reg_write(cpu, 4, 1, (cpu->eflags & FLAGS_AH) | FLAG_ONE);
    return DONE;
}

enum outcome interp_op_sahf(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    flags_assign(cpu, FLAGS_AH, reg_read(cpu, 4, 1) & FLAGS_AH);
    return DONE;
}

enum outcome interp_op_clc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu->eflags &= ~(uint32_t)FLAG_CF;
    return DONE;
}

enum outcome interp_op_stc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu->eflags |= FLAG_CF;
    return DONE;
}

enum outcome interp_op_cmc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu->eflags ^= FLAG_CF;
    return DONE;
}

enum outcome interp_op_cld(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu->eflags &= ~(uint32_t)FLAG_DF;
    return DONE;
}

enum outcome interp_op_std(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu->eflags |= FLAG_DF;
    return DONE;
}

enum outcome interp_op_nop(struct cpu *cpu, const struct insn *insn)
{
    (void)cpu;
    (void)insn;
    return DONE;
}
