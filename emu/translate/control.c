// Branches. Each ends its block.
//
// A near CALL pushes the guest's return address on the guest's stack and is a host CALL as well;
// the host's return address is that of a landing pad, which checks that the guest comes back to
// where it was expected. A RET pops the guest's stack into r8d and is a host RET: the host's return
// predictor works for the guest. Flags are SAVED over calls, returns and indirect jumps.
#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

static void emit_landing(struct translator *t, uint32_t eip)
{
    struct emitter *e = &t->e;
    t->landing = e->p;
    emit_op(e, 0, 0x81, ALU_CMP, hrm_reg(H_R8));
    emit_u32(e, eip);
    emit_bind_to(e, emit_jcc(e, COND_NE), t->j->thunk_return_miss);
    t->falls_through = true;
    t->fall_saved = true;
    t->next_eip = eip;
    t->may_continue = true;
}

static void push_return(struct translator *t, uint32_t eip)
{
    emit_store_imm(&t->e, memory_stack(t, -4, true), eip);
    emit_lea(&t->e, H_R15, hrm_mem(H_R15, H_NONE, 0, -4));
}

// r8d = target: leaves r9 so that the JUMP entry is at r13 + 8*r9 + MMU_TABLE_JUMP, and returns the
// miss.
static struct fixup lookup_target(struct translator *t)
{
    struct emitter *e = &t->e;
    emit_op(e, ENC_0F, 0xb7, H_R9, hrm_reg(H_R8)); // movzx r9d, r8w
    emit_op(e, 0, 0x01, H_R9, hrm_reg(H_R9));
    emit_op(e, 0, 0x39, H_R8, hrm_set(H_R9, 3, MMU_TABLE_JUMP));
    return emit_jcc(e, COND_NE);
}

static bool translate_indirect(struct translator *t, const struct insn *insn, uint32_t next)
{
    struct emitter *e = &t->e;
    const struct operand *o = &insn->opnd[0];
    if (o->kind == OPND_MEM && !memory_can_access(t, insn, false))
        return false;
    flags_need_saved(t);
    flags_clobbered(t);
    bool call = insn->mnemonic == MN_CALL;
    unsigned target = call ? H_R10 : H_R8;
    if (o->kind == OPND_MEM)
        emit_load(e, target, memory_access(t, &insn->mem, 4, false, REG_NONE));
    else
        emit_mov_rr(e, target, host_gpr(o->reg));
    if (call) {
        push_return(t, next);
        emit_mov_rr(e, H_R8, H_R10);
    }
    struct fixup miss = lookup_target(t);
    emit_op(e, 0, 0xff, call ? 2 : 4, hrm_set(H_R9, 3, MMU_TABLE_JUMP + 8));
    if (call) {
        struct cold *c = cold_new(t, COLD_CALL);
        c->from = miss;
        c->back = e->p;
        emit_landing(t, next);
    } else {
        emit_bind_to(e, miss, t->j->thunk_lookup);
    }
    return true;
}

static bool translate_return(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    flags_need_saved(t);
    emit_load(e, H_R8, memory_stack(t, 0, false));
    uint32_t extra = insn->nopnd ? insn->imm & 0xffff : 0;
    emit_lea(e, H_R15, hrm_mem(H_R15, H_NONE, 0, (int32_t)(4 + extra)));
    emit_u8(e, 0xc3);
    return true;
}

static void fall(struct translator *t, uint32_t eip)
{
    t->falls_through = true;
    t->fall_saved = !t->host_valid;
    t->next_eip = eip;
    t->may_continue = true;
}

// `taken` was emitted as a jump; go on with the instruction behind.
static void two_way(struct translator *t, struct fixup taken, uint32_t target, uint32_t next)
{
    exit_edge(t, taken, target);
    fall(t, next);
}

bool translate_branch(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    uint32_t next = t->eip + insn->len, target = next + insn->imm;
    if (insn->op_size != 4)
        return false; // EIP would be cut to 16 bits
    switch (insn->mnemonic) {
    case MN_JCC:
        flags_need_for(t, insn);
        two_way(t, emit_jcc(e, insn->cond), target, next);
        return true;
    case MN_LOOP:
    case MN_JCXZ: {
        if (insn->addr_size != 4)
            return false;
        if (insn->mnemonic == MN_LOOP)
            emit_lea(e, H_RCX, hrm_mem(H_RCX, H_NONE, 0, -1));
        struct fixup zero = emit_jecxz(e);
        struct fixup other = emit_jmp(e);
        emit_bind(e, zero);
        if (insn->mnemonic == MN_LOOP) {
            exit_edge(t, other, target);
            fall(t, next);
        } else {
            exit_edge(t, emit_jmp(e), target);
            emit_bind(e, other);
            fall(t, next);
        }
        return true;
    }
    case MN_JMP:
        if (insn->opnd[0].kind != OPND_REL)
            return translate_indirect(t, insn, next);
        exit_edge(t, emit_jmp(e), target);
        t->next_eip = target;
        return true;
    case MN_CALL: {
        if (insn->opnd[0].kind != OPND_REL)
            return translate_indirect(t, insn, next);
        flags_need_saved(t);
        push_return(t, next);
        emit_u8(e, 0xe8);
        struct fixup call = {e->p, true};
        emit_u32(e, 0);
        exit_edge(t, call, target);
        emit_landing(t, next);
        return true;
    }
    case MN_RET: return translate_return(t, insn);
    default: return false;
    }
}
