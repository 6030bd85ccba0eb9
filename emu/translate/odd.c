// Short sequences for single instructions that neither copy over nor are worth a trip to interp:
// RDTSC, RDTSCP, CLI, STI, CLD and STD, PUSHF and POPF, PUSHA and POPA, XLAT, reading a segment
// register, and BT with a bit offset that reaches beyond its operand.
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
    emit_op(e, ENC_0F, insn->opcode, H_R10, hrm_mem(H_R9, H_NONE, 0, 0));
    flags_written(t);
    return true;
}

static void leave_if(struct translator *t, struct fixup from)
{
    struct cold *c = cold_new(t, COLD_EXIT);
    c->from = from;
    c->saved = true;
    c->exit = exit_new(t, EXITK_INTERP, t->eip);
}

// The host's counter and an offset, as cpu_read_tsc() has it on the host's clock. RDTSCP waits for
// what was before it, as LFENCE does.
static bool translate_rdtsc(struct translator *t, bool with_aux)
{
    struct emitter *e = &t->e;
    if (t->j->exact_flags)
        return false; // icount: time is not the host's
    flags_need_saved(t);
    flags_clobbered(t);
    emit_op(e, 0, 0xf7, 0, hrm_gs(offsetof(struct cpu, cr4))); // test CR4, TSD
    emit_u32(e, CR4_TSD);
    leave_if(t, emit_jcc(e, COND_NE));
    if (with_aux) {
        emit_op(e, ENC_0F, 0xae, 5, hrm_reg(H_RAX)); // lfence
        emit_load(e, H_RCX, hrm_gs(offsetof(struct cpu, msr) + MSR_TSC_AUX * sizeof(uint64_t)));
    }
    emit_u8(e, 0x0f); // rdtsc
    emit_u8(e, 0x31);
    emit_op(e, ENC_W, 0xc1, 4, hrm_reg(H_RDX)); // shl rdx, 32
    emit_u8(e, 32);
    emit_op(e, ENC_W, 0x09, H_RDX, hrm_reg(H_RAX)); // or rax, rdx
    emit_op(e, ENC_W, 0x03, H_RAX, hrm_gs(offsetof(struct cpu, tsc_offset)));
    emit_op(e, ENC_W, 0x89, H_RAX, hrm_reg(H_RDX));
    emit_op(e, ENC_W, 0xc1, 5, hrm_reg(H_RDX)); // shr rdx, 32
    emit_u8(e, 32);
    emit_mov_rr(e, H_RAX, H_RAX);
    return true;
}

// CLI, and STI where another instruction of the block follows: it runs before any interrupt is
// looked for, which is what STI promises. An interrupt that is already waiting goes through C.
static bool translate_interrupt_flag(struct translator *t, bool set)
{
    struct emitter *e = &t->e;
    struct host_rm eflags = hrm_gs(offsetof(struct cpu, eflags));
    if (set && t->k + 1 >= t->n)
        return false;
    flags_need_saved(t);
    flags_clobbered(t);
    emit_op(e, 0, 0x80, ALU_CMP, hrm_gs(offsetof(struct cpu, cpl)));
    emit_u8(e, 0);
    leave_if(t, emit_jcc(e, COND_NE));
    if (set) {
        emit_op(e, 0, 0x80, ALU_CMP, hrm_gs(offsetof(struct cpu, intr)));
        emit_u8(e, 0);
        leave_if(t, emit_jcc(e, COND_NE));
    }
    emit_alu_imm(e, 0, set ? ALU_OR : ALU_AND, eflags, set ? FLAG_IF : ~FLAG_IF);
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
    case MN_RDTSC: return translate_rdtsc(t, false);
    case MN_RDTSCP: return translate_rdtsc(t, true);
    case MN_CLI: return translate_interrupt_flag(t, false);
    case MN_STI: return translate_interrupt_flag(t, true);
    case MN_CLD:
    case MN_STD: return !insn_changes_df(t->b->mode, insn); // nothing to do
    case MN_BT:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC: return translate_bit_string(t, insn);
    default: return false;
    }
}
