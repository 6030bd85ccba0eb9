// EFLAGS arithmetic, eager and exact. Operands are zero-extended from `size` bytes; so are results.
#ifndef TM_EMU_INTERP_FLAGS_H
#define TM_EMU_INTERP_FLAGS_H

#include "emu/cpu/cpu.h"

// SF, ZF, PF of a result whose bits above `size` are zero.
static inline uint32_t flags_szp(uint32_t result, unsigned size)
{
    uint32_t sf = (result >> (8 * size - 1)) << 7;
    uint32_t zf = result == 0 ? FLAG_ZF : 0;
    uint32_t pf = __builtin_parity(result & 0xff) ? 0 : FLAG_PF;
    return sf | zf | pf;
}

static inline void flags_assign(struct cpu *cpu, uint32_t which, uint32_t value)
{
    cpu->eflags = (cpu->eflags & ~which) | value;
}

// a + b + carry; *flags gets all six.
static inline uint32_t flags_add(uint32_t a, uint32_t b, uint32_t carry, unsigned size,
                                 uint32_t *flags)
{
    unsigned bits = 8 * size;
    uint64_t wide = (uint64_t)a + b + carry;
    uint32_t sum = (uint32_t)wide, r = sum & (0xffffffffu >> (32 - bits));
    uint32_t cf = (uint32_t)(wide >> bits) & 1;
    uint32_t of = (((a ^ sum) & (b ^ sum)) >> (bits - 1) & 1) << 11;
    *flags = cf | ((a ^ b ^ sum) & FLAG_AF) | of | flags_szp(r, size);
    return r;
}

// a - b - borrow; *flags gets all six.
static inline uint32_t flags_sub(uint32_t a, uint32_t b, uint32_t borrow, unsigned size,
                                 uint32_t *flags)
{
    unsigned bits = 8 * size;
    uint64_t wide = (uint64_t)a - b - borrow;
    uint32_t diff = (uint32_t)wide, r = diff & (0xffffffffu >> (32 - bits));
    uint32_t cf = (uint32_t)(wide >> bits) & 1;
    uint32_t of = (((a ^ b) & (a ^ diff)) >> (bits - 1) & 1) << 11;
    *flags = cf | ((a ^ b ^ diff) & FLAG_AF) | of | flags_szp(r, size);
    return r;
}

// Does condition 0-15 (low four opcode bits of Jcc) hold?
static inline bool flags_condition(uint32_t f, unsigned cond)
{
    bool holds;
    switch (cond >> 1) {
    case 0: holds = f & FLAG_OF; break;
    case 1: holds = f & FLAG_CF; break;
    case 2: holds = f & FLAG_ZF; break;
    case 3: holds = f & (FLAG_CF | FLAG_ZF); break;
    case 4: holds = f & FLAG_SF; break;
    case 5: holds = f & FLAG_PF; break;
    case 6: holds = !(f & FLAG_SF) != !(f & FLAG_OF); break;
    default: holds = (f & FLAG_ZF) || !(f & FLAG_SF) != !(f & FLAG_OF); break;
    }
    return holds != (cond & 1);
}

#endif
