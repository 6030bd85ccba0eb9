// Where the guest's arithmetic flags are while a block is translated (see dispatch/jit.h), and how
// they move.
//
// Saving is LAHF and SETO into a copy of EAX: two instructions that work and three renamed moves.
// Restoring is SAHF, with OF made again by adding 0x7f to its bit. PUSHF and POPF would cost 3 and
// 10 clocks.
#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

enum { SUCCESSOR_INSNS = 16 };

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

// The instruction that comes next is `insn`, untouched by a lookup from here on: give EFLAGS what
// it reads, and what it leaves in place of what it does not overwrite. Mostly that is CF alone
// (INC, DEC, ADC, SBB, JC): one BT brings it, and spares the others.
void flags_need_for(struct translator *t, const struct insn *insn)
{
    struct insn_flags f = insn_flag_effects(insn);
    uint32_t needed = f.reads | (f.changes ? FLAGS_ARITH & ~f.writes : 0);
    if (needed == FLAG_CF && !t->host_valid) {
        emit_op(&t->e, ENC_0F, 0xba, 4, hrm_reg(H_R12)); // bt r12d, 8
        emit_u8(&t->e, 8);
    } else if (needed) {
        flags_need_host(t);
    }
}

// What does this instruction want? False: it does not care.
static bool wants(const struct insn *insn, enum flags_want *want)
{
    struct insn_flags f = insn_flag_effects(insn);
    if (insn_may_clobber(insn))
        *want = WANT_SAVED;
    else if (f.reads || (f.changes && f.writes != FLAGS_ARITH))
        *want = WANT_HOST;
    else if (f.changes)
        *want = WANT_ANY;
    else
        return false;
    return true;
}

// The block cares not; where does it lead, and what is wanted there? Only as far as that is plain:
// on the same page, by direct jumps. The bytes there may change without this block being made
// again, so the answer may choose where the flags lie but never that they are dead.
static enum flags_want successor_wants(const struct translator *t)
{
    uint32_t at = (t->b->eip & 0xfff) + t->b->bytes;
    const struct insn *last = &t->insns[t->n - 1];
    struct insn next;
    enum flags_want want;
    for (unsigned k = 0; k < SUCCESSOR_INSNS; k++, last = &next) {
        if (insn_kind(last) & (MNK_BRANCH | MNK_END)) {
            if (last->mnemonic != MN_JMP || last->opnd[0].kind != OPND_REL || last->op_size != 4)
                return WANT_SAVED; // indirect edges, calls and C have them SAVED
            at += last->imm;
        }
        if (at >= MMU_PAGE || insn_decode(t->code + at, MMU_PAGE - at, true, &t->j->cpu->features,
                                          &next) != DECODE_OK)
            return WANT_SAVED;
        at += next.len;
        if (wants(&next, &want))
            return want == WANT_ANY ? WANT_SAVED : want;
    }
    return WANT_SAVED;
}

// Liveness, forwards from the block's entry: the first instruction that cares decides, here or in
// the successors that are known. ANY means that every flag is overwritten before it is read and
// before a fault could show it.
enum flags_want flags_block_wants(const struct translator *t)
{
    enum flags_want want;
    for (unsigned k = 0; k < t->n; k++) {
        if (t->rest_bytes && k == t->n - 1)
            return WANT_SAVED; // over the check of its second page
        if (wants(&t->insns[k], &want))
            return want == WANT_ANY && t->j->exact_flags ? WANT_SAVED : want;
    }
    return successor_wants(t);
}
