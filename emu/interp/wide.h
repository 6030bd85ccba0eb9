// Memory operands that do not fit a register: 1 to 512 bytes, for x87, SSE, AVX and their images.
//
// All bytes are translated for their full intent before the first is touched.
#ifndef TM_EMU_INTERP_WIDE_H
#define TM_EMU_INTERP_WIDE_H

#include "emu/interp/operand.h"

// The piece of the `left` bytes at `linear` that is loaded or stored at once: aligned, so that
// none is checked for alignment but the operand as a whole.
static inline unsigned wide_piece(uint32_t linear, unsigned left)
{
    unsigned n = 8;
    while (n > left || linear & (n - 1))
        n /= 2;
    return n;
}

// What #AC wants of an operand of `size` bytes (SDM vol. 3, table 6-7; 32-byte ones as on AMD Zen).
static inline unsigned wide_alignment(unsigned size)
{
    switch (size) {
    case 10: return 8; // extended real
    case 14:
    case 94: return 2; // x87 environment and state
    case 28:
    case 108: return 4;
    default: return size < 16 ? size : 16;
    }
}

// memcpy() of the usual sizes in one or two instructions.
static inline void wide_copy(void *to, const void *from, unsigned size)
{
    switch (size) {
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    case 16: memcpy(to, from, 16); break;
    case 32: memcpy(to, from, 32); break;
    default: memcpy(to, from, size); break;
    }
}

// For operands that #AC does not concern: elements of gathers and masked moves.
static inline void wide_load_element(struct cpu *cpu, uint32_t linear, unsigned size, void *to)
{
    const uint8_t *p = host_address(cpu, MMU_TABLE_R, linear, size);
    if (__builtin_expect(p != NULL, 1)) {
        wide_copy(to, p, size);
        return;
    }
    mmu_probe(cpu, linear, size, MMU_READ);
    for (unsigned at = 0, n; at < size; at += n) {
        n = wide_piece(linear + at, size - at);
        uint64_t v = mmu_load(cpu, linear + at, n);
        memcpy((uint8_t *)to + at, &v, n);
    }
}

static inline void wide_load(struct cpu *cpu, uint32_t linear, unsigned size, void *to)
{
    if (cpu_checks_alignment(cpu))
        mmu_check_alignment(cpu, linear, wide_alignment(size));
    wide_load_element(cpu, linear, size, to);
}

// The linear address of a big operand (environment, FXSAVE, XSAVE), aligned and translated as a
// whole. The oracle's host looks at its first bytes, then at its last one, which may wrap around;
// this shows in the fault and in CR2.
static inline uint32_t wide_big_linear(struct cpu *cpu, const struct insn *insn, unsigned size,
                                       unsigned first, unsigned alignment, bool write)
{
    enum mmu_intent intent = write ? MMU_WRITE : MMU_READ;
    uint32_t offset = mem_offset(cpu, insn);
    uint32_t linear = seg_linear(cpu, insn->mem.seg, offset, first ? first : 1, write);
    // Alignment checks come first; those of FXSAVE and FXRSTOR look at 4 bytes, of XSAVE at none.
    if (alignment < 64)
        mmu_check_alignment(cpu, linear, alignment == 16 ? 4 : wide_alignment(size));
    if (linear & (alignment - 1))
        cpu_raise(cpu, EXC_GP, 0);
    if (first)
        mmu_probe(cpu, linear, first, intent);
    uint32_t last = wrap_address(insn, offset + size - 1);
    mmu_probe(cpu, seg_linear(cpu, insn->mem.seg, last, 1, write), 1, intent);
    seg_linear(cpu, insn->mem.seg, offset, size, write);
    mmu_probe(cpu, linear, size, intent);
    return linear;
}

// Where a store will go: raises what it would raise. wide_store() cannot fault then.
struct wide_target {
    uint32_t linear;
    uint8_t *host; // NULL: through the mmu
};

static inline struct wide_target wide_probe(struct cpu *cpu, uint32_t linear, unsigned size)
{
    struct wide_target t = {linear, host_address(cpu, MMU_TABLE_W, linear, size)};
    if (__builtin_expect(t.host == NULL, 0)) {
        mmu_check_alignment(cpu, linear, wide_alignment(size));
        mmu_probe(cpu, linear, size, MMU_WRITE);
    }
    return t;
}

static inline void wide_store_element(struct cpu *cpu, uint32_t linear, unsigned size,
                                      const void *from)
{
    for (unsigned at = 0, n; at < size; at += n) {
        uint64_t v = 0;
        n = wide_piece(linear + at, size - at);
        memcpy(&v, (const uint8_t *)from + at, n);
        mmu_store(cpu, linear + at, n, v);
    }
}

static inline void wide_store(struct cpu *cpu, const struct wide_target *t, unsigned size,
                              const void *from)
{
    if (__builtin_expect(t->host != NULL, 1))
        wide_copy(t->host, from, size);
    else
        wide_store_element(cpu, t->linear, size, from);
}

// The linear address of insn's memory operand.
static inline uint32_t wide_linear(struct cpu *cpu, const struct insn *insn, unsigned size,
                                   bool write)
{
    return seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), size, write);
}

#endif
