// Single string instructions with DF clear, in flat DS and ES. Repeated ones go to interp, which
// moves whole pages.
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

bool translate_string(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    // A prefix other than 66 is a REP or a segment override.
    bool only_66 = insn->prefix_len == 0 || (insn->prefix_len == 1 && insn->op_size == 2);
    if (insn->mnemonic < MN_COUNT && !(insn_mnemonics[insn->mnemonic].kind & MNK_STRING))
        return false;
    if (!only_66 || insn->addr_size != 4 || (t->b->mode & MODE_DF))
        return false;
    unsigned size = insn->opcode & 1 ? insn->op_size : 1u, wide = insn->opcode & 1;
    unsigned flags = size == 2 ? ENC_66 : 0u;
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
