// Guest memory operands: one lookup in the R or W table, an alignment test, then a plain host
// operand.
//
//   lea  ea, r8d          (left out when the address is a register)
//   shrx r13d, r8d, r9d   (by 12: emit_page())
//   mov  (r13,r9,8), r9
//   test $size-1, r8b ;  jnz -> stub: does it cross the page? if not, back
//   test r9, r9       ;  jz  -> stub: this instruction by interp, which fills the table or faults
//   OP   (r9,r8)
//
// A read-modify-write looks in W alone, so that a missing permission faults as a write before
// anything was read, and is then one host instruction.
#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

struct host_rm memory_address(const struct mem_ref *m)
{
    unsigned base = m->base == REG_NONE ? (unsigned)H_NONE : host_gpr(m->base);
    unsigned index = m->index == REG_NONE ? (unsigned)H_NONE : m->index;
    return hrm_mem(base, index, m->scale, (int32_t)m->disp);
}

bool memory_can_access(const struct translator *t, const struct insn *insn, bool write)
{
    if (insn->addr_size != 4)
        return false;
    switch (insn->mem.seg) {
    case SEG_CS: return !write;
    case SEG_FS: return t->b->mode & MODE_FS;
    case SEG_GS: return t->b->mode & MODE_GS;
    default: return true;
    }
}

// An address that is a constant, within one page: its table entry is at a known place, and whether
// it is aligned does not matter.
static struct host_rm access_constant(struct translator *t, uint32_t address, bool write)
{
    struct emitter *e = &t->e;
    struct host_rm rm = hrm_mem(H_R9, H_NONE, 0, (int32_t)address);
    if (address >> 31) { // a displacement would be negative
        emit_mov_ri(e, H_R8, address);
        rm = hrm_mem(H_R9, H_R8, 0, 0);
    }
    int32_t entry = (write ? MMU_TABLE_W : MMU_TABLE_R) + (int32_t)(address >> 12) * 8;
    emit_load64(e, H_R9, hrm_set(H_NONE, 0, entry));
    struct cold *c = cold_new(t, COLD_ACCESS);
    c->saved = true;
    c->size = 1;
    c->write = write;
    emit_op(e, ENC_W, 0x85, H_R9, hrm_reg(H_R9));
    c->from = emit_jcc(e, COND_E);
    return rm;
}

static struct host_rm access(struct translator *t, const struct mem_ref *m, unsigned size,
                             bool write, unsigned no_reg, bool aligned)
{
    struct emitter *e = &t->e;
    struct host_rm hoisted;
    if (hoist_access(t, m, size, write, &hoisted))
        return hoisted;
    flags_need_saved(t);
    flags_clobbered(t);
    unsigned address = H_R8;
    bool segment = m->seg == SEG_FS || m->seg == SEG_GS;
    if (!segment && m->base == REG_NONE && m->index == REG_NONE && !t->j->misaligned &&
        (m->disp & 0xfff) + size <= MMU_PAGE)
        return access_constant(t, m->disp, write);
    if (!segment && m->disp == 0 && m->index == REG_NONE && m->base != REG_NONE &&
        m->base != no_reg)
        address = host_gpr(m->base);
    else if (m->base == REG_NONE && m->index == REG_NONE)
        emit_mov_ri(e, H_R8, m->disp);
    else
        emit_lea(e, H_R8, memory_address(m));
    if (segment)
        emit_op(e, 0, 0x03, H_R8,
                hrm_gs(offsetof(struct cpu, seg) + m->seg * sizeof(struct segment) +
                       offsetof(struct segment, base)));
    emit_page(e, H_R9, address);
    emit_load64(e, H_R9, hrm_set(H_R9, 3, write ? MMU_TABLE_W : MMU_TABLE_R));

    struct cold *c = cold_new(t, COLD_ACCESS);
    c->saved = true;
    c->size = aligned ? 1 : (uint8_t)size;
    c->write = write;
    c->address = (uint8_t)address;
    if (size > 1 && !aligned) {
        emit_op(e, ENC_BYTE_RM, 0xf6, 0, hrm_reg(address)); // test r8b, size-1
        emit_u8(e, size == 10 ? 15 : size - 1);
        c->misaligned = t->j->misaligned ? emit_jmp(e) : emit_jcc(e, COND_NE);
    }
    c->back = e->p;
    emit_op(e, ENC_W, 0x85, H_R9, hrm_reg(H_R9));
    c->from = emit_jcc(e, COND_E);
    return hrm_mem(H_R9, address, 0, 0);
}

struct host_rm memory_access(struct translator *t, const struct mem_ref *m, unsigned size,
                             bool write, unsigned no_reg)
{
    return access(t, m, size, write, no_reg, false);
}

struct host_rm memory_access_aligned(struct translator *t, const struct mem_ref *m, unsigned size,
                                     bool write)
{
    return access(t, m, size, write, REG_NONE, true);
}

struct host_rm memory_stack(struct translator *t, int32_t disp, bool write)
{
    struct mem_ref m = {SEG_SS, REG_ESP, REG_NONE, 0, (uint32_t)disp};
    return memory_access(t, &m, 4, write, REG_NONE);
}
