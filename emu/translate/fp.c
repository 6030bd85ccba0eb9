// What all of x87, MMX, SSE and AVX needs around its instructions: the check that the state is in
// the host's registers (dispatch/fp.c), and the x87 instruction pointer.
#include "emu/translate/translator.h"

#define CTX(field) hrm_gs(offsetof(struct cpu, jit_scratch) + offsetof(struct jit_context, field))

void fp_check(struct translator *t, enum fp_kind kind)
{
    if (t->fp_open >> kind & 1)
        return;
    flags_need_saved(t);
    flags_clobbered(t);
    emit_alu_imm(&t->e, 0, ALU_CMP, CTX(fp_closed[kind]), 0);
    struct cold *c = cold_new(t, COLD_EXIT);
    c->from = emit_jcc(&t->e, COND_NE);
    c->saved = true;
    c->exit = exit_new(t, EXITK_FPU, t->eip);
    c->exit->fp_kind = (uint8_t)kind;
    c->exit->resume = t->e.p;
    t->fp_open |= (uint8_t)(1u << kind);
    if (kind == FP_X87_DS || kind == FP_X87_SS)
        t->fp_open |= 1u << FP_X87 | 1u << FP_CONTROL;
    if (kind == FP_X87)
        t->fp_open |= 1u << FP_CONTROL;
}

void fp_store_last(struct translator *t)
{
    if (t->x87.fop == X87_STORED)
        return;
    emit_store_imm(&t->e, hrm_gs(offsetof(struct cpu, fpu.fip)), t->x87.fip);
    emit_op(&t->e, ENC_66, 0xc7, 0, hrm_gs(offsetof(struct cpu, fpu.fop)));
    emit_u16(&t->e, t->x87.fop);
    // x87_before stays: a way out of this instruction from before this point has yet to store it.
    t->x87.fop = X87_STORED;
}
