// PUSH, POP, ENTER, LEAVE. ESP changes after the access, so that a fault finds it as it was.
#include "emu/translate/translator.h"

static void move_esp(struct translator *t, int32_t by)
{
    emit_lea(&t->e, H_R15, hrm_mem(H_R15, H_NONE, 0, by)); // flags stay
}

static bool translate_push(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    const struct operand *o = &insn->opnd[0];
    if (o->kind == OPND_REG) {
        emit_store(e, memory_stack(t, -4, true), host_gpr(o->reg));
    } else if (o->kind == OPND_SREG) {
        struct host_rm to = memory_stack(t, -4, true);
        emit_op(e, ENC_0F, 0xb7, H_R10,
                hrm_gs(offsetof(struct cpu, seg) + o->reg * sizeof(struct segment) +
                       offsetof(struct segment, selector)));
        emit_store(e, to, H_R10);
    } else if (o->kind == OPND_IMM) {
        emit_store_imm(e, memory_stack(t, -4, true), insn->imm);
    } else if (o->kind == OPND_MEM && memory_can_access(t, insn, false)) {
        flags_need_saved(t); // moving them later would cost r10
        emit_load(e, H_R10, memory_access(t, &insn->mem, 4, false, REG_NONE));
        emit_store(e, memory_stack(t, -4, true), H_R10);
    } else {
        return false;
    }
    move_esp(t, -4);
    return true;
}

// The address is computed with ESP already incremented (SDM vol. 2, POP).
static bool translate_pop_memory(struct translator *t, const struct insn *insn)
{
    struct mem_ref m = insn->mem;
    flags_need_saved(t); // moving them later would cost r10
    emit_load(&t->e, H_R10, memory_stack(t, 0, false));
    if (m.base == REG_ESP)
        m.disp += 4;
    emit_store(&t->e, memory_access(t, &m, 4, true, REG_NONE), H_R10);
    move_esp(t, 4);
    return true;
}

// ENTER with nesting level 0. It also checks that the new top of the stack can be written (SDM vol.
// 2).
static bool translate_enter(struct translator *t, const struct insn *insn)
{
    int32_t room = (int32_t)(insn->imm & 0xffff);
    if ((insn->imm2 & 31) != 0)
        return false;
    memory_stack(t, -4 - room, true);
    emit_store(&t->e, memory_stack(t, -4, true), H_RBP);
    emit_lea(&t->e, H_RBP, hrm_mem(H_R15, H_NONE, 0, -4));
    move_esp(t, -4 - room);
    return true;
}

bool translate_stack(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    if (insn->op_size != 4)
        return false;
    switch (insn->mnemonic) {
    case MN_PUSH: return translate_push(t, insn);
    case MN_POP:
        if (insn->opnd[0].kind == OPND_MEM && memory_can_access(t, insn, true))
            return translate_pop_memory(t, insn);
        if (insn->opnd[0].kind != OPND_REG)
            return false;
        emit_load(e, host_gpr(insn->opnd[0].reg), memory_stack(t, 0, false));
        if (insn->opnd[0].reg != REG_ESP)
            move_esp(t, 4);
        return true;
    case MN_ENTER: return translate_enter(t, insn);
    case MN_LEAVE: {
        struct mem_ref m = {SEG_SS, REG_EBP, REG_NONE, 0, 0};
        emit_load(e, H_R10, memory_access(t, &m, 4, false, REG_NONE));
        emit_lea(e, H_R15, hrm_mem(H_RBP, H_NONE, 0, 4));
        emit_mov_rr(e, H_RBP, H_R10);
        return true;
    }
    default: return false;
    }
}
