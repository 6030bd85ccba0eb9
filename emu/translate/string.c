// String instructions with DF clear, in flat DS and ES. REP MOVS and REP STOS whose ranges lie in
// one page each are the host's own, between translated addresses; longer ones and the other REPs go
// to interp, which goes page by page.
#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

static struct host_rm element(struct translator *t, unsigned reg, unsigned size, bool write)
{
    struct mem_ref m = {SEG_DS, (uint8_t)reg, REG_NONE, 0, 0};
    return memory_access(t, &m, size, write, REG_NONE);
}

static void advance(struct translator *t, unsigned reg, unsigned size)
{
    emit_lea(&t->e, reg, hrm_mem(reg, H_NONE, 0, (int32_t)size));
}

static void slow_if(struct translator *t, struct fixup from)
{
    struct cold *c = cold_new(t, COLD_ACCESS);
    c->saved = true;
    c->size = 1;
    c->from = from;
}

// to = host address of the r10d bytes at guest register `reg`; leaves if they are not in one page
// that has an entry.
static void translate_range(struct translator *t, unsigned to, unsigned reg, bool write)
{
    struct emitter *e = &t->e;
    emit_lea(e, H_R8, hrm_mem(reg, H_R10, 0, -1));
    emit_op(e, 0, 0x31, reg, hrm_reg(H_R8)); // xor r8d, reg
    emit_op(e, 0, 0xf7, 0, hrm_reg(H_R8));   // test r8d, ~0xfff
    emit_u32(e, 0xfffff000);
    slow_if(t, emit_jcc(e, COND_NE));
    emit_page(e, H_R8, reg);
    emit_load64(e, H_R8, hrm_set(H_R8, 3, write ? MMU_TABLE_W : MMU_TABLE_R));
    emit_op(e, ENC_W, 0x85, H_R8, hrm_reg(H_R8));
    slow_if(t, emit_jcc(e, COND_E));
    emit_op(e, ENC_W, 0x8d, to, hrm_mem(H_R8, reg, 0, 0));
}

// REP MOVS, REP STOS. The host's instruction has the guest's semantics for overlapping ranges and
// aliases.
static bool translate_repeat(struct translator *t, const struct insn *insn, unsigned size)
{
    struct emitter *e = &t->e;
    bool move = insn->mnemonic == MN_MOVS;
    unsigned shift = size == 4 ? 2 : size - 1;
    flags_need_saved(t);
    flags_clobbered(t);
    emit_alu_imm(e, 0, ALU_CMP, hrm_reg(H_RCX), MMU_PAGE >> shift);
    slow_if(t, emit_jcc(e, COND_A));
    emit_mov_rr(e, H_R10, H_RCX);
    if (shift) {
        emit_op(e, 0, 0xc1, 4, hrm_reg(H_R10)); // shl r10d, shift
        emit_u8(e, shift);
    }
    // r11 is free: no run of accesses spans a REP.
    if (move)
        translate_range(t, H_R11, H_RSI, false);
    translate_range(t, H_R9, H_RDI, true);
    if (move)
        emit_op(e, ENC_W, 0x87, H_R11, hrm_reg(H_RSI)); // xchg
    emit_op(e, ENC_W, 0x87, H_R9, hrm_reg(H_RDI));
    if (size == 2)
        emit_u8(e, 0x66);
    emit_u8(e, 0xf3);
    emit_u8(e, insn->opcode);
    if (move)
        emit_lea(e, H_RSI, hrm_mem(H_R11, H_R10, 0, 0));
    emit_lea(e, H_RDI, hrm_mem(H_R9, H_R10, 0, 0));
    return true;
}

bool translate_string(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    // A prefix other than 66 is a REP or a segment override.
    bool only_66 = insn->prefix_len == 0 || (insn->prefix_len == 1 && insn->op_size == 2);
    if (insn->mnemonic < MN_COUNT && !(insn_mnemonics[insn->mnemonic].kind & MNK_STRING))
        return false;
    bool rep = insn->prefixes & (PREFIX_REP | PREFIX_REPNE);
    if (rep && (insn->mnemonic == MN_MOVS || insn->mnemonic == MN_STOS))
        only_66 = insn->prefix_len == (insn->op_size == 2 ? 2 : 1);
    if (!only_66 || insn->addr_size != 4 || (t->b->mode & MODE_DF))
        return false;
    unsigned size = insn->opcode & 1 ? insn->op_size : 1u, wide = insn->opcode & 1;
    unsigned flags = size == 2 ? ENC_66 : 0u;
    if (rep)
        return translate_repeat(t, insn, size);
    switch (insn->mnemonic) {
    case MN_MOVS:
        flags_need_saved(t); // moving them between the accesses would cost r10
        emit_op(e, flags, 0x8a | wide, H_R10, element(t, REG_ESI, size, false));
        emit_op(e, flags, 0x88 | wide, H_R10, element(t, REG_EDI, size, true));
        advance(t, REG_ESI, size);
        advance(t, REG_EDI, size);
        return true;
    case MN_STOS:
        emit_op(e, flags, 0x88 | wide, H_RAX, element(t, REG_EDI, size, true));
        advance(t, REG_EDI, size);
        return true;
    case MN_LODS:
        emit_op(e, flags, 0x8a | wide, H_RAX, element(t, REG_ESI, size, false));
        advance(t, REG_ESI, size);
        return true;
    case MN_SCAS:
        emit_op(e, flags, 0x3a | wide, H_RAX, element(t, REG_EDI, size, false));
        flags_written(t);
        advance(t, REG_EDI, size);
        return true;
    case MN_CMPS:
        flags_need_saved(t);
        emit_op(e, flags, 0x8a | wide, H_R10, element(t, REG_ESI, size, false));
        emit_op(e, flags, 0x3a | wide, H_R10, element(t, REG_EDI, size, false));
        flags_written(t);
        advance(t, REG_ESI, size);
        advance(t, REG_EDI, size);
        return true;
    default: return false;
    }
}
