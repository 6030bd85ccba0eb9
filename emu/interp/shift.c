// Shifts, rotates, and single bits.
//
// A count that is 0 after masking changes no flag, but a memory operand is still read and written:
// Zen and Core both raise the write fault then. Undefined flags, chosen as Zen has them
// (tests/interp_oracle.c measures it): see each comment.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

static inline unsigned shift_count(struct cpu *cpu, const struct insn *insn, unsigned i)
{
    return opnd_read(cpu, insn, i) & 31;
}

static inline uint32_t bit(uint64_t v, unsigned n)
{
    return (uint32_t)(v >> n) & 1;
}

// Rotates. OF is defined for a count of 1 only; Zen computes it by the same formula for every
// count.
static void set_rotate_flags(struct cpu *cpu, uint32_t cf, uint32_t of)
{
    flags_assign(cpu, FLAG_CF | FLAG_OF, cf | of << 11);
}

enum outcome interp_op_rol(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    uint32_t a = rmw_begin(cpu, insn, 0, &rmw), r = a, n = count % bits;
    if (n)
        r = (a << n | a >> (bits - n)) & size_mask(size);
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_rotate_flags(cpu, r & 1, bit(r, bits - 1) ^ (r & 1));
    return DONE;
}

enum outcome interp_op_ror(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    uint32_t a = rmw_begin(cpu, insn, 0, &rmw), r = a, n = count % bits;
    if (n)
        r = (a >> n | a << (bits - n)) & size_mask(size);
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_rotate_flags(cpu, bit(r, bits - 1), bit(r, bits - 1) ^ bit(r, bits - 2));
    return DONE;
}

// RCL and RCR rotate bits + 1 bits: the operand with CF above it.
enum outcome interp_op_rcl(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    unsigned n = count % (bits + 1);
    uint64_t a = rmw_begin(cpu, insn, 0, &rmw);
    uint64_t wide = a | (uint64_t)(cpu->eflags & FLAG_CF) << bits;
    if (n)
        wide = wide << n | wide >> (bits + 1 - n);
    rmw_end(cpu, insn, 0, &rmw, (uint32_t)wide & size_mask(size));
    if (count)
        set_rotate_flags(cpu, bit(wide, bits), bit(wide, bits) ^ bit(wide, bits - 1));
    return DONE;
}

enum outcome interp_op_rcr(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    unsigned n = count % (bits + 1);
    uint64_t a = rmw_begin(cpu, insn, 0, &rmw);
    uint64_t wide = a | (uint64_t)(cpu->eflags & FLAG_CF) << bits;
    if (n)
        wide = wide >> n | wide << (bits + 1 - n);
    rmw_end(cpu, insn, 0, &rmw, (uint32_t)wide & size_mask(size));
    if (count)
        set_rotate_flags(cpu, bit(wide, bits), bit(wide, bits - 1) ^ bit(wide, bits - 2));
    return DONE;
}

// Shifts. AF is undefined: Zen sets it. OF is defined for a count of 1 only: Zen computes it by
// the same formula from the result for every count. CF for counts beyond the operand: the bit that
// would fall out.
static void set_shift_flags(struct cpu *cpu, uint32_t r, unsigned size, uint32_t cf, uint32_t of)
{
    flags_assign(cpu, FLAGS_ARITH, cf | of << 11 | FLAG_AF | flags_szp(r, size));
}

enum outcome interp_op_shl(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    uint64_t wide = (uint64_t)rmw_begin(cpu, insn, 0, &rmw) << count;
    uint32_t r = (uint32_t)wide & size_mask(size);
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_shift_flags(cpu, r, size, bit(wide, bits), bit(wide, bits) ^ bit(r, bits - 1));
    return DONE;
}

enum outcome interp_op_shr(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 1);
    uint32_t a = rmw_begin(cpu, insn, 0, &rmw), r = a >> count;
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_shift_flags(cpu, r, size, bit(a, count - 1), bit(r, bits - 1) ^ bit(r, bits - 2));
    return DONE;
}

enum outcome interp_op_sar(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, count = shift_count(cpu, insn, 1);
    int32_t a = (int32_t)sign_extend(rmw_begin(cpu, insn, 0, &rmw), size);
    uint32_t r = (uint32_t)(a >> count) & size_mask(size);
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_shift_flags(cpu, r, size, (uint32_t)(a >> (count - 1)) & 1, 0);
    return DONE;
}

// SHLD, SHRD of 16 bits with a count above 16 are undefined: Zen takes the bits from dst:src:src
// and clears CF; OF of SHLD is CF from 16 on.
enum outcome interp_op_shld(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 2);
    uint64_t dst = rmw_begin(cpu, insn, 0, &rmw), src = reg_read(cpu, insn->opnd[1].reg, size);
    // bit 63 of `wide` is the destination's top bit
    uint64_t wide = dst << (64 - bits) | src << (64 - 2 * bits);
    if (bits == 16)
        wide |= src << 16;
    uint32_t r = (uint32_t)((wide << count) >> (64 - bits));
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count) {
        uint32_t cf = count > bits ? 0 : bit(wide, 64 - count);
        uint32_t of = count >= bits ? cf : cf ^ bit(r, bits - 1);
        set_shift_flags(cpu, r, size, cf, of);
    }
    return DONE;
}

enum outcome interp_op_shrd(struct cpu *cpu, const struct insn *insn)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, bits = 8 * size, count = shift_count(cpu, insn, 2);
    uint64_t dst = rmw_begin(cpu, insn, 0, &rmw), src = reg_read(cpu, insn->opnd[1].reg, size);
    uint64_t wide = dst | src << bits;
    if (bits == 16)
        wide |= src << 32;
    uint32_t r = (uint32_t)(wide >> count) & size_mask(size);
    rmw_end(cpu, insn, 0, &rmw, r);
    if (count)
        set_shift_flags(cpu, r, size, count > bits ? 0 : bit(wide, count - 1),
                        bit(r, bits - 1) ^ bit(r, bits - 2));
    return DONE;
}

// BT family: CF is the bit; the other flags are undefined (ZF unchanged): Zen changes CF only.
// With a register bit number and a memory operand, the number reaches beyond the operand: it
// selects another word at EA + size * (number / bits), signed (SDM vol. 2, BT).
static uint32_t bit_offset(const struct cpu *cpu, const struct insn *insn, unsigned *n)
{
    unsigned size = insn->opnd[0].size;
    uint32_t offset = mem_offset(cpu, insn);
    if (insn->opnd[1].kind != OPND_REG) {
        *n = insn->imm & (8 * size - 1);
        return offset;
    }
    int32_t number = (int32_t)sign_extend(reg_read(cpu, insn->opnd[1].reg, size), size);
    *n = (uint32_t)number & (8 * size - 1);
    int32_t words = size == 4 ? number >> 5 : number >> 4;
    return wrap_address(insn, offset + (uint32_t)words * size);
}

enum outcome interp_op_bt(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size, n;
    uint32_t v;
    if (insn->opnd[0].kind == OPND_REG) {
        v = reg_read(cpu, insn->opnd[0].reg, size);
        n = opnd_read(cpu, insn, 1) & (8 * size - 1);
    } else {
        uint32_t offset = bit_offset(cpu, insn, &n);
        v = seg_load(cpu, insn->mem.seg, offset, size);
    }
    flags_assign(cpu, FLAG_CF, bit(v, n));
    return DONE;
}

static enum outcome change_bit(struct cpu *cpu, const struct insn *insn, enum mnemonic how)
{
    struct opnd_rmw rmw;
    unsigned size = insn->opnd[0].size, n;
    uint32_t v;
    if (insn->opnd[0].kind == OPND_REG) {
        v = rmw_begin(cpu, insn, 0, &rmw);
        n = opnd_read(cpu, insn, 1) & (8 * size - 1);
    } else {
        uint32_t offset = bit_offset(cpu, insn, &n);
        v = rmw_begin_at(cpu, insn->mem.seg, offset, size, &rmw);
    }
    uint32_t mask = 1u << n;
    uint32_t r = how == MN_BTS ? v | mask : how == MN_BTR ? v & ~mask : v ^ mask;
    rmw_end(cpu, insn, 0, &rmw, r);
    flags_assign(cpu, FLAG_CF, bit(v, n));
    return DONE;
}

enum outcome interp_op_bts(struct cpu *cpu, const struct insn *insn)
{
    return change_bit(cpu, insn, MN_BTS);
}

enum outcome interp_op_btr(struct cpu *cpu, const struct insn *insn)
{
    return change_bit(cpu, insn, MN_BTR);
}

enum outcome interp_op_btc(struct cpu *cpu, const struct insn *insn)
{
    return change_bit(cpu, insn, MN_BTC);
}

// BSF, BSR: a zero source leaves the destination as it was (AMD APM vol. 3 says so). Flags but ZF
// are undefined: Zen has the parity of the result (of 0 if the source is 0) in PF and clears the
// others.
static enum outcome scan(struct cpu *cpu, const struct insn *insn, bool forward)
{
    uint32_t v = opnd_read(cpu, insn, 1), r = 0;
    if (v) {
        r = forward ? (uint32_t)__builtin_ctz(v) : 31u - (uint32_t)__builtin_clz(v);
        reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, r);
    }
    flags_assign(cpu, FLAGS_ARITH,
                 (v ? 0 : FLAG_ZF) | (__builtin_parity(r) ? 0 : (uint32_t)FLAG_PF));
    return DONE;
}

enum outcome interp_op_bsf(struct cpu *cpu, const struct insn *insn)
{
    return scan(cpu, insn, true);
}

enum outcome interp_op_bsr(struct cpu *cpu, const struct insn *insn)
{
    return scan(cpu, insn, false);
}
