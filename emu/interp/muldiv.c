// Multiplication, division and the decimal adjustments.
// Undefined flags, chosen as Zen has them (tests/interp_oracle.c measures it): see each comment.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

// The double-width accumulator: AX, DX:AX, EDX:EAX.
static uint64_t wide_read(const struct cpu *cpu, unsigned size)
{
    if (size == 1)
        return cpu->gpr[REG_EAX] & 0xffff;
    if (size == 2)
        return (cpu->gpr[REG_EDX] & 0xffff) << 16 | (cpu->gpr[REG_EAX] & 0xffff);
    return (uint64_t)cpu->gpr[REG_EDX] << 32 | cpu->gpr[REG_EAX];
}

static void wide_write(struct cpu *cpu, unsigned size, uint32_t low, uint32_t high)
{
    if (size == 1) {
        reg_write(cpu, REG_EAX, 2, (low & 0xff) | (high & 0xff) << 8);
    } else {
        reg_write(cpu, REG_EAX, size, low);
        reg_write(cpu, REG_EDX, size, high);
    }
}

// CF = OF = "does not fit"; SF, ZF, AF, PF are undefined: Zen leaves them as they were.
static void set_mul_flags(struct cpu *cpu, bool overflow)
{
    flags_assign(cpu, FLAG_CF | FLAG_OF, overflow ? FLAG_CF | FLAG_OF : 0);
}

enum outcome interp_op_mul(struct cpu *cpu, const struct insn *insn)
{
    unsigned i = insn->nopnd > 1 ? 1 : 0, size = insn->opnd[i].size;
    uint64_t product = (uint64_t)acc_read(cpu, size) * opnd_read(cpu, insn, i);
    uint32_t high = (uint32_t)(product >> (8 * size));
    wide_write(cpu, size, (uint32_t)product, high);
    set_mul_flags(cpu, high != 0);
    return DONE;
}

enum outcome interp_op_imul(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    int64_t a, b, product;
    if (insn->nopnd == 1) {
        a = (int32_t)sign_extend(acc_read(cpu, size), size);
        b = (int32_t)sign_extend(opnd_read(cpu, insn, 0), size);
        product = a * b;
        wide_write(cpu, size, (uint32_t)product, (uint32_t)((uint64_t)product >> (8 * size)));
    } else {
        unsigned first = insn->nopnd == 2 ? 0 : 1;
        a = (int32_t)sign_extend(opnd_read(cpu, insn, first), size);
        b = (int32_t)sign_extend(opnd_read(cpu, insn, first + 1), size);
        product = a * b;
        reg_write(cpu, insn->opnd[0].reg, size, (uint32_t)product);
    }
    set_mul_flags(cpu, product != (int32_t)sign_extend((uint32_t)product, size));
    return DONE;
}

// Flags are undefined after DIV and IDIV; Zen sets AF, clears SF, ZF and PF, and leaves CF and OF.
static void set_div_flags(struct cpu *cpu)
{
    flags_assign(cpu, FLAG_AF | FLAG_SF | FLAG_ZF | FLAG_PF, FLAG_AF);
}

enum outcome interp_op_div(struct cpu *cpu, const struct insn *insn)
{
    unsigned i = insn->nopnd > 1 ? 1 : 0, size = insn->opnd[i].size;
    uint64_t a = wide_read(cpu, size), b = opnd_read(cpu, insn, i);
    if (b == 0 || a / b > size_mask(size))
        cpu_raise(cpu, EXC_DE, 0);
    wide_write(cpu, size, (uint32_t)(a / b), (uint32_t)(a % b));
    set_div_flags(cpu);
    return DONE;
}

enum outcome interp_op_idiv(struct cpu *cpu, const struct insn *insn)
{
    unsigned i = insn->nopnd > 1 ? 1 : 0, size = insn->opnd[i].size;
    uint64_t wide = wide_read(cpu, size);
    int64_t a = size == 4   ? (int64_t)wide
                : size == 2 ? (int64_t)(int32_t)wide
                            : (int64_t)(int16_t)wide;
    int64_t b = (int32_t)sign_extend(opnd_read(cpu, insn, i), size);
    // INT64_MIN / -1 must not reach the host's divider.
    if (b == 0 || (b == -1 && a == INT64_MIN))
        cpu_raise(cpu, EXC_DE, 0);
    int64_t q = a / b;
    if (q != (int32_t)sign_extend((uint32_t)q, size))
        cpu_raise(cpu, EXC_DE, 0);
    wide_write(cpu, size, (uint32_t)q, (uint32_t)(a % b));
    set_div_flags(cpu);
    return DONE;
}

// DAA, DAS (SDM vol. 2): OF is undefined; Zen has that of adding or subtracting the correction.
enum outcome interp_op_daa(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    uint32_t old = acc_read(cpu, 1), correction = 0, adjusted = 0, flags;
    if ((old & 15) > 9 || (cpu->eflags & FLAG_AF)) {
        correction = 6;
        adjusted = FLAG_AF;
    }
    if (old > 0x99 || (cpu->eflags & FLAG_CF)) {
        correction += 0x60;
        adjusted |= FLAG_CF;
    }
    uint32_t al = flags_add(old, correction, 0, 1, &flags);
    reg_write(cpu, REG_EAX, 1, al);
    flags_assign(cpu, FLAGS_ARITH, adjusted | (flags & ~(uint32_t)(FLAG_AF | FLAG_CF)));
    return DONE;
}

enum outcome interp_op_das(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    uint32_t old = acc_read(cpu, 1), correction = 0, adjusted = 0, flags;
    if ((old & 15) > 9 || (cpu->eflags & FLAG_AF)) {
        correction = 6;
        adjusted = FLAG_AF;
        if (old < 6) // the borrow of the low digit's correction
            adjusted |= FLAG_CF;
    }
    if (old > 0x99 || (cpu->eflags & FLAG_CF)) {
        correction += 0x60;
        adjusted |= FLAG_CF;
    }
    uint32_t al = flags_sub(old, correction, 0, 1, &flags);
    reg_write(cpu, REG_EAX, 1, al);
    flags_assign(cpu, FLAGS_ARITH, adjusted | (flags & ~(uint32_t)(FLAG_AF | FLAG_CF)));
    return DONE;
}

// AAA, AAS: OF, SF, ZF, PF are undefined; Zen has those of adding 106h to AX (or 0), or of
// subtracting it, before the high digit of AL is cleared.
static enum outcome ascii_adjust(struct cpu *cpu, bool subtract)
{
    bool adjust = (cpu->gpr[REG_EAX] & 15) > 9 || (cpu->eflags & FLAG_AF);
    uint32_t ax = acc_read(cpu, 2), step = adjust ? 0x106 : 0, flags;
    ax = subtract ? flags_sub(ax, step, 0, 2, &flags) : flags_add(ax, step, 0, 2, &flags);
    flags &= ~(uint32_t)(FLAG_AF | FLAG_CF);
    reg_write(cpu, REG_EAX, 2, ax & 0xff0f);
    flags_assign(cpu, FLAGS_ARITH, flags | (adjust ? FLAG_AF | FLAG_CF : 0));
    return DONE;
}

enum outcome interp_op_aaa(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return ascii_adjust(cpu, false);
}

enum outcome interp_op_aas(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return ascii_adjust(cpu, true);
}

// AAM, AAD: OF, AF, CF are undefined; Zen clears them after AAM and has those of the 8-bit addition
// after AAD.
enum outcome interp_op_aam(struct cpu *cpu, const struct insn *insn)
{
    uint32_t al = acc_read(cpu, 1), base = insn->imm & 0xff;
    if (base == 0)
        cpu_raise(cpu, EXC_DE, 0);
    reg_write(cpu, REG_EAX, 2, (al / base) << 8 | al % base);
    flags_assign(cpu, FLAGS_ARITH, flags_szp(al % base, 1));
    return DONE;
}

enum outcome interp_op_aad(struct cpu *cpu, const struct insn *insn)
{
    uint32_t ax = acc_read(cpu, 2), flags;
    uint32_t al = flags_add(ax & 0xff, (ax >> 8) * insn->imm & 0xff, 0, 1, &flags);
    reg_write(cpu, REG_EAX, 2, al);
    flags_assign(cpu, FLAGS_ARITH, flags);
    return DONE;
}
