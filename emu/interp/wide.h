// Memory operands that do not fit a register: 1 to 512 bytes, for x87, SSE, AVX and their images.
//
// All bytes are translated for their full intent before the first is touched.
#ifndef TM_EMU_INTERP_WIDE_H
#define TM_EMU_INTERP_WIDE_H

#include "emu/interp/operand.h"

static inline unsigned wide_piece(unsigned left)
{
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static inline void wide_load(struct cpu *cpu, uint32_t linear, unsigned size, void *to)
{
    const uint8_t *p = host_address(cpu, MMU_TABLE_R, linear, size);
    if (__builtin_expect(p != NULL, 1)) {
        memcpy(to, p, size);
        return;
    }
    mmu_probe(cpu, linear, size, MMU_READ);
    for (unsigned at = 0, n; at < size; at += n) {
        n = wide_piece(size - at);
        uint64_t v = mmu_load(cpu, linear + at, n);
        memcpy((uint8_t *)to + at, &v, n);
    }
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
    if (__builtin_expect(t.host == NULL, 0))
        mmu_probe(cpu, linear, size, MMU_WRITE);
    return t;
}

static inline void wide_store(struct cpu *cpu, const struct wide_target *t, unsigned size,
                              const void *from)
{
    if (__builtin_expect(t->host != NULL, 1)) {
        memcpy(t->host, from, size);
        return;
    }
    for (unsigned at = 0, n; at < size; at += n) {
        uint64_t v = 0;
        n = wide_piece(size - at);
        memcpy(&v, (const uint8_t *)from + at, n);
        mmu_store(cpu, t->linear + at, n, v);
    }
}

// The linear address of insn's memory operand.
static inline uint32_t wide_linear(struct cpu *cpu, const struct insn *insn, unsigned size,
                                   bool write)
{
    return seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), size, write);
}

#endif
