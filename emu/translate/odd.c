// Short sequences for single instructions that neither copy over nor are worth a trip to interp:
// PUSHF and POPF, PUSHA and POPA, XLAT, reading a segment register, and BT with a bit offset that
// reaches beyond its operand.
#include "emu/translate/translator.h"

enum {
    FLAGS_POPF = FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_AC |
                 FLAG_ID,      // what POPF may change
    FLAGS_PUSHED = 0x00fcffff, // all but VM and RF (SDM vol. 2, PUSHF)
};

// r10d = EFLAGS as PUSHF stores it. Flags are SAVED.
static void emit_eflags(struct emitter *e)
{
    emit_mov_rr(e, H_R10, H_R12);
    emit_op(e, 0, 0xc1, 5, hrm_reg(H_R10)); // shr r10d, 8
    emit_u8(e, 8);
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R10), FLAGS_ARITH & 0xff);
    emit_mov_rr(e, H_R9, H_R12);
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R9), 1);
    emit_op(e, 0, 0xc1, 4, hrm_reg(H_R9)); // shl r9d, 11
    emit_u8(e, 11);
    emit_op(e, 0, 0x09, H_R9, hrm_reg(H_R10)); // or r10d, r9d
    emit_load(e, H_R9, hrm_gs(offsetof(struct cpu, eflags)));
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R9), FLAGS_PUSHED & ~FLAGS_ARITH);
    emit_op(e, 0, 0x09, H_R9, hrm_reg(H_R10));
}

static bool translate_pushf(struct translator *t)
{
    flags_need_saved(t);
    flags_clobbered(t);
    emit_eflags(&t->e);
    emit_store(&t->e, memory_stack(t, -4, true), H_R10);
    emit_lea(&t->e, H_R15, hrm_mem(H_R15, H_NONE, 0, -4));
    return true;
}

// As long as only arithmetic flags change, which is what a saved and restored state mostly comes
// to.
static bool translate_popf(struct translator *t)
{
    struct emitter *e = &t->e;
    flags_need_saved(t); // before r10 is in use
    emit_load(e, H_R10, memory_stack(t, 0, false));
    flags_clobbered(t);
    emit_mov_rr(e, H_R9, H_R10);
    emit_op(e, 0, 0x33, H_R9, hrm_gs(offsetof(struct cpu, eflags))); // xor r9d, eflags
    emit_op(e, 0, 0xf7, 0, hrm_reg(H_R9));                           // test r9d, FLAGS_POPF
    emit_u32(e, FLAGS_POPF);
    struct cold *c = cold_new(t, COLD_EXIT);
    c->from = emit_jcc(e, COND_NE);
    c->saved = true;
    c->exit = exit_new(t, EXITK_INTERP, t->eip);
    emit_mov_rr(e, H_R12, H_R10);
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R12), FLAGS_ARITH & 0xff);
    emit_op(e, 0, 0xc1, 4, hrm_reg(H_R12)); // shl r12d, 8
    emit_u8(e, 8);
    emit_op(e, 0, 0xc1, 5, hrm_reg(H_R10)); // shr r10d, 11
    emit_u8(e, 11);
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R10), 1);
    emit_op(e, 0, 0x09, H_R10, hrm_reg(H_R12)); // or r12d, r10d
    emit_lea(e, H_R15, hrm_mem(H_R15, H_NONE, 0, 4));
    return true;
}

// PUSHA, POPA: one lookup for the 32 bytes; EDI lowest, EAX highest, ESP's slot is skipped by POPA.
static bool translate_all(struct translator *t, bool push)
{
    struct emitter *e = &t->e;
    struct mem_ref m = {SEG_SS, REG_ESP, REG_NONE, 0, push ? (uint32_t)-32 : 0};
    struct host_rm rm = memory_access(t, &m, 32, push, REG_NONE);
    int32_t lowest = rm.disp;
    for (unsigned reg = 0; reg < REG_COUNT; reg++) {
        rm.disp = lowest + 28 - 4 * (int32_t)reg;
        if (push)
            emit_store(e, rm, host_gpr(reg));
        else if (reg != REG_ESP)
            emit_load(e, host_gpr(reg), rm);
    }
    emit_lea(e, H_R15, hrm_mem(H_R15, H_NONE, 0, push ? -32 : 32));
    return true;
}

static bool translate_xlat(struct translator *t)
{
    struct emitter *e = &t->e;
    flags_need_saved(t);                             // before r10 is in use
    emit_op(e, ENC_0F, 0xb6, H_R10, hrm_reg(H_RAX)); // movzx r10d, al
    struct mem_ref m = {SEG_DS, REG_EBX, H_R10, 0, 0};
    emit_op(e, 0, 0x8a, H_RAX, memory_access(t, &m, 1, false, REG_NONE));
    return true;
}

static bool translate_from_segment(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    struct host_rm selector =
        hrm_gs(offsetof(struct cpu, seg) + insn->opnd[1].reg * sizeof(struct segment) +
               offsetof(struct segment, selector));
    if (insn->opnd[0].kind == OPND_REG && insn->opnd[0].size == 4) {
        emit_op(e, ENC_0F, 0xb7, host_gpr(insn->opnd[0].reg), selector);
        return true;
    }
    if (insn->opnd[0].kind == OPND_REG && insn->opnd[0].size == 2) {
        emit_op(e, ENC_66, 0x8b, host_gpr(insn->opnd[0].reg), selector);
        return true;
    }
    return false;
}

// BT, BTS, BTR, BTC [m32], r32: the dword at m + 4*(r >> 5), bit r & 31 (SDM vol. 2, 3.1.1.9).
static bool translate_bit_string(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    bool writes = insn->mnemonic != MN_BT;
    if (insn->opnd[0].kind != OPND_MEM || insn->opnd[1].kind != OPND_REG ||
        insn->opnd[0].size != 4 || insn->addr_size != 4 || insn->mem.seg == SEG_FS ||
        insn->mem.seg == SEG_GS || !memory_can_access(t, insn, writes))
        return false;
    unsigned bit = host_gpr(insn->opnd[1].reg);
    flags_need_saved(t);
    flags_clobbered(t);
    emit_mov_rr(e, H_R9, bit);
    emit_op(e, 0, 0xc1, 7, hrm_reg(H_R9)); // sar r9d, 5
    emit_u8(e, 5);
    emit_lea(e, H_R8, memory_address(&insn->mem));
    emit_lea(e, H_R8, hrm_mem(H_R8, H_R9, 2, 0));
    emit_mov_rr(e, H_R10, bit);
    emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R10), 31);
    struct mem_ref m = {SEG_DS, H_R8, REG_NONE, 0, 0};
    struct host_rm rm = memory_access(t, &m, 4, writes, REG_NONE);
    emit_op(e, ENC_W, 0x8d, H_R9, rm); // frees r8 for the flags
    flags_emit_restore(e, H_R8);
    emit_op(e, ENC_0F | (insn->prefixes & PREFIX_LOCK ? ENC_LOCK : 0u), insn->opcode, H_R10,
            hrm_mem(H_R9, H_NONE, 0, 0));
    flags_written(t);
    return true;
}

bool translate_odd(struct translator *t, const struct insn *insn)
{
    bool wide = insn->op_size == 4;
    switch (insn->mnemonic) {
    case MN_PUSHF: return wide && translate_pushf(t);
    case MN_POPF: return wide && translate_popf(t);
    case MN_PUSHA: return wide && translate_all(t, true);
    case MN_POPA: return wide && translate_all(t, false);
    case MN_XLAT: return insn->prefix_len == 0 && translate_xlat(t);
    case MN_MOV: return insn->opnd[1].kind == OPND_SREG && translate_from_segment(t, insn);
    case MN_BT:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC: return translate_bit_string(t, insn);
    default: return false;
    }
}
