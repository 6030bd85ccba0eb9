// Operands: registers, effective addresses, segment-checked memory. Inline, because every
// instruction goes here.
#ifndef TM_EMU_INTERP_OPERAND_H
#define TM_EMU_INTERP_OPERAND_H

#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/decode/insn.h"
#include "emu/mmu/mmu.h"
#include "emu/mmu/mmu_state.h"

static inline uint32_t size_mask(unsigned size)
{
    return 0xffffffffu >> (32 - 8 * size);
}

static inline uint32_t sign_extend(uint32_t v, unsigned size)
{
    return size == 4 ? v : size == 2 ? (uint32_t)(int16_t)v : (uint32_t)(int8_t)v;
}

// `reg` as encoded; size 1: 4-7 are AH, CH, DH, BH.
static inline uint32_t reg_read(const struct cpu *cpu, unsigned reg, unsigned size)
{
    if (size == 4)
        return cpu->gpr[reg];
    if (size == 2)
        return cpu->gpr[reg] & 0xffff;
    return (cpu->gpr[reg & 3] >> ((reg & 4) * 2)) & 0xff;
}

static inline void reg_write(struct cpu *cpu, unsigned reg, unsigned size, uint32_t v)
{
    if (size == 4) {
        cpu->gpr[reg] = v;
    } else if (size == 2) {
        cpu->gpr[reg] = (cpu->gpr[reg] & 0xffff0000u) | (v & 0xffff);
    } else {
        unsigned shift = (reg & 4) * 2;
        cpu->gpr[reg & 3] = (cpu->gpr[reg & 3] & ~(0xffu << shift)) | (v & 0xff) << shift;
    }
}

// The low part of EAX, whatever the size: accumulator of MUL, CMPXCHG, string instructions.
static inline uint32_t acc_read(const struct cpu *cpu, unsigned size)
{
    return cpu->gpr[REG_EAX] & size_mask(size);
}

static inline uint32_t wrap_address(const struct insn *insn, uint32_t offset)
{
    return insn->addr_size == 2 ? offset & 0xffff : offset;
}

// The offset that ModRM describes.
static inline uint32_t mem_offset(const struct cpu *cpu, const struct insn *insn)
{
    uint32_t offset = insn->mem.disp;
    if (insn->mem.base != REG_NONE)
        offset += cpu->gpr[insn->mem.base];
    if (insn->mem.index != REG_NONE)
        offset += cpu->gpr[insn->mem.index] << insn->mem.scale;
    return wrap_address(insn, offset);
}

// seg:offset to linear, with the segment's checks.
static inline uint32_t seg_linear(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size,
                                  bool write)
{
    const struct segment *s = &cpu->seg[seg];
    // Fast: present, writable, expand-up data. An access over the top of 4 GB is beyond the limit,
    // too.
    if (__builtin_expect((s->attr & (SEG_ATTR_P | TYPE_CODE | TYPE_EC | TYPE_RW)) ==
                                 (SEG_ATTR_P | TYPE_RW) &&
                             (uint64_t)offset + size - 1 <= s->limit,
                         1))
        return s->base + offset;
    return cpu_segment_check(cpu, seg, offset, size, write);
}

// The host address of an access that lies in one page which the lookup table knows, else NULL.
static inline uint8_t *host_address(const struct cpu *cpu, unsigned table, uint32_t linear,
                                    unsigned size)
{
    const uint8_t *set = cpu->mmu->fast[cpu->cpl == 3];
    uint64_t delta = ((const uint64_t *)(const void *)(set + table))[linear >> 12];
    if (__builtin_expect(delta == 0 || (linear & 0xfff) + size > MMU_PAGE, 0))
        return NULL;
    return (uint8_t *)(uintptr_t)(delta + linear);
}

static inline uint32_t host_load(const uint8_t *p, unsigned size)
{
    uint16_t w;
    uint32_t d;
    switch (size) {
    case 1: return *p;
    case 2: memcpy(&w, p, 2); return w;
    default: memcpy(&d, p, 4); return d;
    }
}

static inline void host_store(uint8_t *p, unsigned size, uint32_t v)
{
    uint16_t w = (uint16_t)v;
    switch (size) {
    case 1: *p = (uint8_t)v; break;
    case 2: memcpy(p, &w, 2); break;
    default: memcpy(p, &v, 4); break;
    }
}

static inline uint32_t linear_load(struct cpu *cpu, uint32_t linear, unsigned size)
{
    const uint8_t *p = host_address(cpu, MMU_TABLE_R, linear, size);
    if (__builtin_expect(p != NULL, 1))
        return host_load(p, size);
    return (uint32_t)mmu_load(cpu, linear, size);
}

static inline void linear_store(struct cpu *cpu, uint32_t linear, unsigned size, uint32_t v)
{
    uint8_t *p = host_address(cpu, MMU_TABLE_W, linear, size);
    if (__builtin_expect(p != NULL, 1))
        host_store(p, size, v);
    else
        mmu_store(cpu, linear, size, v & size_mask(size));
}

static inline uint32_t seg_load(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size)
{
    return linear_load(cpu, seg_linear(cpu, seg, offset, size, false), size);
}

static inline void seg_store(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size,
                             uint32_t v)
{
    linear_store(cpu, seg_linear(cpu, seg, offset, size, true), size, v);
}

// The value of operand i, zero-extended from its size.
static inline uint32_t opnd_read(struct cpu *cpu, const struct insn *insn, unsigned i)
{
    const struct operand *o = &insn->opnd[i];
    switch (o->kind) {
    case OPND_REG: return reg_read(cpu, o->reg, o->size);
    case OPND_MEM:
    case OPND_MOFFS: return seg_load(cpu, insn->mem.seg, mem_offset(cpu, insn), o->size);
    case OPND_IMM: return insn->imm;
    case OPND_IMM2: return insn->imm2;
    case OPND_SREG: return cpu->seg[o->reg].selector;
    default: return 0;
    }
}

// Overwrite operand i (not a read-modify-write).
static inline void opnd_write(struct cpu *cpu, const struct insn *insn, unsigned i, uint32_t v)
{
    const struct operand *o = &insn->opnd[i];
    if (o->kind == OPND_REG)
        reg_write(cpu, o->reg, o->size, v);
    else
        seg_store(cpu, insn->mem.seg, mem_offset(cpu, insn), o->size, v);
}

// Read-modify-write of operand i: begin establishes write permission and reads; end stores and
// cannot fault.
struct opnd_rmw {
    uint8_t *host; // fast: plain memory in one page
    bool is_register;
    struct mmu_rmw slow;
};

static inline uint32_t rmw_begin_at(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size,
                                    struct opnd_rmw *rmw)
{
    uint32_t linear = seg_linear(cpu, seg, offset, size, true);
    rmw->is_register = false;
    rmw->host = host_address(cpu, MMU_TABLE_W, linear, size);
    if (__builtin_expect(rmw->host != NULL, 1))
        return host_load(rmw->host, size);
    return (uint32_t)mmu_rmw_begin(cpu, linear, size, &rmw->slow);
}

static inline uint32_t rmw_begin(struct cpu *cpu, const struct insn *insn, unsigned i,
                                 struct opnd_rmw *rmw)
{
    const struct operand *o = &insn->opnd[i];
    if (o->kind == OPND_REG) {
        rmw->is_register = true;
        return reg_read(cpu, o->reg, o->size);
    }
    return rmw_begin_at(cpu, insn->mem.seg, mem_offset(cpu, insn), o->size, rmw);
}

static inline void rmw_end(struct cpu *cpu, const struct insn *insn, unsigned i,
                           const struct opnd_rmw *rmw, uint32_t v)
{
    const struct operand *o = &insn->opnd[i];
    if (rmw->is_register)
        reg_write(cpu, o->reg, o->size, v);
    else if (__builtin_expect(rmw->host != NULL, 1))
        host_store(rmw->host, o->size, v);
    else
        mmu_rmw_end(cpu, &rmw->slow, v & size_mask(o->size));
}

#endif
