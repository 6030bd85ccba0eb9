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

// Flags are undefined after DIV and IDIV; Zen leaves all of them as they were.
enum outcome interp_op_div(struct cpu *cpu, const struct insn *insn)
{
    unsigned i = insn->nopnd > 1 ? 1 : 0, size = insn->opnd[i].size;
    uint64_t a = wide_read(cpu, size), b = opnd_read(cpu, insn, i);
    if (b == 0 || a / b > size_mask(size))
        cpu_raise(cpu, EXC_DE, 0);
    wide_write(cpu, size, (uint32_t)(a / b), (uint32_t)(a % b));
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
    return DONE;
}

// DAA, DAS (SDM vol. 2): OF is undefined; Zen clears it.
enum outcome interp_op_daa(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    uint32_t old = acc_read(cpu, 1), al = old, cf = cpu->eflags & FLAG_CF, flags = 0;
    if ((old & 15) > 9 || (cpu->eflags & FLAG_AF)) {
        al += 6;
        flags |= FLAG_AF;
    }
    if (old > 0x99 || cf) {
        al += 0x60;
        flags |= FLAG_CF;
    }
    al &= 0xff;
    reg_write(cpu, REG_EAX, 1, al);
    flags_assign(cpu, FLAGS_ARITH, flags | flags_szp(al, 1));
    return DONE;
}

enum outcome interp_op_das(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    uint32_t old = acc_read(cpu, 1), al = old, cf = cpu->eflags & FLAG_CF, flags = 0;
    if ((old & 15) > 9 || (cpu->eflags & FLAG_AF)) {
        if (old < 6) // the borrow of the low digit's correction
            flags |= FLAG_CF;
        al -= 6;
        flags |= FLAG_AF;
    }
    if (old > 0x99 || cf) {
        al -= 0x60;
        flags |= FLAG_CF;
    }
    al &= 0xff;
    reg_write(cpu, REG_EAX, 1, al);
    flags_assign(cpu, FLAGS_ARITH, flags | flags_szp(al, 1));
    return DONE;
}

// AAA, AAS: OF, SF, ZF, PF are undefined; Zen sets SF, ZF, PF by AL and clears OF.
static enum outcome ascii_adjust(struct cpu *cpu, uint32_t step)
{
    uint32_t ax = cpu->gpr[REG_EAX] & 0xffff, flags = 0;
    if ((ax & 15) > 9 || (cpu->eflags & FLAG_AF)) {
        ax += step;
        flags = FLAG_AF | FLAG_CF;
    }
    ax &= 0xff0f;
    reg_write(cpu, REG_EAX, 2, ax);
    flags_assign(cpu, FLAGS_ARITH, flags | flags_szp(ax & 0xff, 1));
    return DONE;
}

enum outcome interp_op_aaa(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return ascii_adjust(cpu, 0x106);
}

enum outcome interp_op_aas(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return ascii_adjust(cpu, 0u - 0x106u);
}

// AAM, AAD: OF, AF, CF are undefined; Zen clears them.
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
    uint32_t ax = cpu->gpr[REG_EAX] & 0xffff;
    uint32_t al = ((ax & 0xff) + (ax >> 8) * (insn->imm & 0xff)) & 0xff;
    reg_write(cpu, REG_EAX, 2, al);
    flags_assign(cpu, FLAGS_ARITH, flags_szp(al, 1));
    return DONE;
}
