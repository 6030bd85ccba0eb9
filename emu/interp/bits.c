// The newer integer instructions: POPCNT, LZCNT, TZCNT, BMI1, BMI2, ADX, MOVBE.
//
// Flags that the manual leaves undefined are as AMD Zen has them (tests/interp_oracle.c compares).
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

static void write_result(struct cpu *cpu, const struct insn *insn, uint32_t v)
{
    reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, v);
}

enum outcome interp_op_popcnt(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    write_result(cpu, insn, (uint32_t)__builtin_popcount(v));
    flags_assign(cpu, FLAGS_ARITH, v ? 0 : FLAG_ZF);
    return DONE;
}

// CF: the source was 0. ZF: the result is. OF stays.
static enum outcome count_zeros(struct cpu *cpu, const struct insn *insn, uint32_t v, uint32_t r)
{
    write_result(cpu, insn, r);
    flags_assign(cpu, FLAGS_ARITH & ~(uint32_t)FLAG_OF, (v ? 0u : FLAG_CF) | (r ? 0u : FLAG_ZF));
    return DONE;
}

enum outcome interp_op_lzcnt(struct cpu *cpu, const struct insn *insn)
{
    unsigned bits = 8 * insn->opnd[0].size;
    uint32_t v = opnd_read(cpu, insn, 1);
    return count_zeros(cpu, insn, v, v ? (uint32_t)__builtin_clz(v) - (32 - bits) : bits);
}

enum outcome interp_op_tzcnt(struct cpu *cpu, const struct insn *insn)
{
    unsigned bits = 8 * insn->opnd[0].size;
    uint32_t v = opnd_read(cpu, insn, 1);
    return count_zeros(cpu, insn, v, v ? (uint32_t)__builtin_ctz(v) : bits);
}

// --- BMI1 ---

// ZF, SF and PF by the result, `carry`, the others clear.
static enum outcome finish_bmi(struct cpu *cpu, const struct insn *insn, uint32_t r, bool carry)
{
    write_result(cpu, insn, r);
    flags_assign(cpu, FLAGS_ARITH, flags_szp(r, 4) | (carry ? FLAG_CF : 0u));
    return DONE;
}

enum outcome interp_op_andn(struct cpu *cpu, const struct insn *insn)
{
    uint32_t a = opnd_read(cpu, insn, 1), b = opnd_read(cpu, insn, 2);
    return finish_bmi(cpu, insn, ~a & b, false);
}

enum outcome interp_op_blsr(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    return finish_bmi(cpu, insn, v & (v - 1), v == 0);
}

enum outcome interp_op_blsmsk(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    return finish_bmi(cpu, insn, v ^ (v - 1), v == 0);
}

enum outcome interp_op_blsi(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    return finish_bmi(cpu, insn, v & (0u - v), v != 0);
}

static uint32_t low_mask(unsigned bits)
{
    return bits < 32 ? (1u << bits) - 1 : 0xffffffffu;
}

enum outcome interp_op_bextr(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1), control = opnd_read(cpu, insn, 2);
    unsigned start = control & 0xff, length = control >> 8 & 0xff;
    uint32_t r = (start < 32 ? v >> start : 0) & low_mask(length);
    finish_bmi(cpu, insn, r, false);
    flags_assign(cpu, FLAG_AF, FLAG_AF);
    return DONE;
}

// --- BMI2 ---

enum outcome interp_op_bzhi(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    unsigned n = opnd_read(cpu, insn, 2) & 0xff;
    return finish_bmi(cpu, insn, v & low_mask(n), n > 31);
}

// The high half last: it is what stays when both destinations are one register.
enum outcome interp_op_mulx(struct cpu *cpu, const struct insn *insn)
{
    uint64_t r = (uint64_t)cpu->gpr[REG_EDX] * opnd_read(cpu, insn, 2);
    cpu->gpr[insn->opnd[1].reg] = (uint32_t)r;
    cpu->gpr[insn->opnd[0].reg] = (uint32_t)(r >> 32);
    return DONE;
}

enum outcome interp_op_pdep(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1), mask = opnd_read(cpu, insn, 2), r = 0;
    for (; mask; mask &= mask - 1, v >>= 1)
        if (v & 1)
            r |= mask & (0u - mask);
    write_result(cpu, insn, r);
    return DONE;
}

enum outcome interp_op_pext(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1), mask = opnd_read(cpu, insn, 2), r = 0;
    for (unsigned at = 0; mask; mask &= mask - 1, at++)
        if (v & mask & (0u - mask))
            r |= 1u << at;
    write_result(cpu, insn, r);
    return DONE;
}

enum outcome interp_op_rorx(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    unsigned n = insn->imm & 31;
    write_result(cpu, insn, v >> n | v << ((32 - n) & 31));
    return DONE;
}

enum outcome interp_op_sarx(struct cpu *cpu, const struct insn *insn)
{
    int32_t v = (int32_t)opnd_read(cpu, insn, 1);
    write_result(cpu, insn, (uint32_t)(v >> (opnd_read(cpu, insn, 2) & 31)));
    return DONE;
}

enum outcome interp_op_shlx(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    write_result(cpu, insn, v << (opnd_read(cpu, insn, 2) & 31));
    return DONE;
}

enum outcome interp_op_shrx(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1);
    write_result(cpu, insn, v >> (opnd_read(cpu, insn, 2) & 31));
    return DONE;
}

// --- ADX: an addition whose carry goes in and out by one flag, the others untouched ---

static enum outcome add_with(struct cpu *cpu, const struct insn *insn, uint32_t flag)
{
    uint64_t sum = (uint64_t)cpu->gpr[insn->opnd[0].reg] + opnd_read(cpu, insn, 1) +
                   ((cpu->eflags & flag) != 0);
    write_result(cpu, insn, (uint32_t)sum);
    flags_assign(cpu, flag, sum >> 32 ? flag : 0);
    return DONE;
}

enum outcome interp_op_adcx(struct cpu *cpu, const struct insn *insn)
{
    return add_with(cpu, insn, FLAG_CF);
}

enum outcome interp_op_adox(struct cpu *cpu, const struct insn *insn)
{
    return add_with(cpu, insn, FLAG_OF);
}

// --- MOVBE ---

enum outcome interp_op_movbe(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = __builtin_bswap32(opnd_read(cpu, insn, 1));
    opnd_write(cpu, insn, 0, insn->opnd[0].size == 2 ? v >> 16 : v);
    return DONE;
}
