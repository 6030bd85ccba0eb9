// Where the guest's arithmetic flags are while a block is translated (see dispatch/jit.h), and how
// they move.
//
// Saving is LAHF and SETO into a copy of EAX: two instructions that work and three renamed moves.
// Restoring is SAHF, with OF made again by adding 0x7f to its bit. PUSHF and POPF would cost 3 and
// 10 clocks.
#include "emu/translate/translator.h"

void flags_emit_save(struct emitter *e)
{
    emit_mov_rr(e, H_R10, H_RAX);
    emit_u8(e, 0x9f);                            // lahf
    emit_op(e, ENC_0F, 0x90, 0, hrm_reg(H_RAX)); // seto al
    emit_mov_rr(e, H_R12, H_RAX);
    emit_mov_rr(e, H_RAX, H_R10);
}

void flags_emit_restore(struct emitter *e, unsigned scratch)
{
    emit_mov_rr(e, scratch, H_RAX);
    emit_mov_rr(e, H_RAX, H_R12);
    emit_u8(e, 0x04); // add al, 0x7f
    emit_u8(e, 0x7f);
    emit_u8(e, 0x9e); // sahf
    emit_mov_rr(e, H_RAX, scratch);
}

void flags_need_saved(struct translator *t)
{
    if (!t->saved_valid)
        flags_emit_save(&t->e);
    t->saved_valid = true;
}

void flags_need_host(struct translator *t)
{
    if (!t->host_valid)
        flags_emit_restore(&t->e, H_R10);
    t->host_valid = true;
}

void flags_clobbered(struct translator *t)
{
    t->host_valid = false;
}

void flags_written(struct translator *t)
{
    t->host_valid = true;
    t->saved_valid = false;
}

// Liveness, forwards from the block's entry: the first instruction that cares decides. ANY means
// that every flag is overwritten before it is read and before a fault could show it.
enum flags_want flags_block_wants(const struct translator *t)
{
    for (unsigned k = 0; k < t->n; k++) {
        const struct insn *insn = &t->insns[k];
        if (insn_may_clobber(insn))
            return WANT_SAVED;
        struct insn_flags f = insn_flag_effects(insn);
        if (f.reads || (f.changes && f.writes != FLAGS_ARITH))
            return WANT_HOST;
        if (f.changes)
            return t->j->exact_flags ? WANT_SAVED : WANT_ANY;
    }
    return WANT_HOST;
}
