// Everything that is the same instruction on the host: moves, arithmetic, logic, shifts, bits.
//
// The opcode is kept; ModRM and the prefixes are made anew for the host's registers. With a memory
// operand a REX prefix is needed, and then AH..BH cannot be named: the halves are exchanged around
// the instruction.
#include "emu/translate/translator.h"

// Is ModRM.reg a general register (and not an opcode extension)?
static bool reg_field_is_gpr(const struct insn *insn)
{
    unsigned op = insn->opcode;
    if (insn->map == 0) {
        switch (op) {
        case 0x80:
        case 0x81:
        case 0x82:
        case 0x83:
        case 0x8f:
        case 0xc0:
        case 0xc1:
        case 0xc6:
        case 0xc7:
        case 0xd0:
        case 0xd1:
        case 0xd2:
        case 0xd3:
        case 0xf6:
        case 0xf7:
        case 0xfe:
        case 0xff: return false;
        default: return true;
        }
    }
    return op != 0xba && op != 0xc7 && (op & 0xf0) != 0x90;
}

bool alu_writes_memory(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_CMP:
    case MN_TEST:
    case MN_BT:
    case MN_MUL:
    case MN_DIV:
    case MN_IDIV:
    case MN_IMUL:
    case MN_PUSH:
    case MN_CALL:
    case MN_JMP: return false;
    case MN_XCHG: return true;
    default:
        return insn->nopnd && (insn->opnd[0].kind == OPND_MEM || insn->opnd[0].kind == OPND_MOFFS);
    }
}

static const struct operand *memory_operand(const struct insn *insn)
{
    for (unsigned i = 0; i < insn->nopnd; i++)
        if (insn->opnd[i].kind == OPND_MEM || insn->opnd[i].kind == OPND_MOFFS)
            return &insn->opnd[i];
    return NULL;
}

static bool covered(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_ADD:
    case MN_OR:
    case MN_ADC:
    case MN_SBB:
    case MN_AND:
    case MN_SUB:
    case MN_XOR:
    case MN_CMP:
    case MN_TEST:
    case MN_INC:
    case MN_DEC:
    case MN_NOT:
    case MN_NEG:
    case MN_MUL:
    case MN_IMUL:
    case MN_DIV:
    case MN_IDIV:
    case MN_MOVZX:
    case MN_MOVSX:
    case MN_LEA:
    case MN_XCHG:
    case MN_XADD:
    case MN_CMPXCHG:
    case MN_CMPXCHG8B:
    case MN_CBW:
    case MN_CWD:
    case MN_LAHF:
    case MN_SAHF:
    case MN_CLC:
    case MN_STC:
    case MN_CMC:
    case MN_SETCC:
    case MN_CMOVCC:
    case MN_ROL:
    case MN_ROR:
    case MN_RCL:
    case MN_RCR:
    case MN_SHL:
    case MN_SHR:
    case MN_SAR:
    case MN_SHLD:
    case MN_SHRD:
    case MN_BSF:
    case MN_BSR:
    case MN_NOP: return true;
    case MN_BSWAP: return insn->opnd[0].size == 4; // undefined on 16 bits
    case MN_BT:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC:
        // A register as bit offset reaches beyond the operand in memory.
        return insn->opnd[0].kind == OPND_REG || insn->opnd[1].kind == OPND_IMM;
    case MN_MOV:
        for (unsigned i = 0; i < insn->nopnd; i++)
            if (insn->opnd[i].kind == OPND_SREG || insn->opnd[i].kind == OPND_CREG ||
                insn->opnd[i].kind == OPND_DREG)
                return false;
        return true;
    default: return false;
    }
}

// A register operand AH..BH in the ModRM.reg field; REG_NONE if there is none.
static unsigned high_byte_reg(const struct insn *insn)
{
    if (!insn->modrm_at || !reg_field_is_gpr(insn))
        return REG_NONE;
    unsigned reg = insn->modrm >> 3 & 7;
    return insn->opnd[0].size == 1 && reg >= 4 ? reg : (unsigned)REG_NONE;
}

bool insn_may_clobber(const struct insn *insn)
{
    if (insn->mnemonic == MN_LEA && insn->addr_size == 4)
        return false;
    if (insn->mnemonic == MN_NOP)
        return false;
    if (covered(insn))
        return memory_operand(insn) != NULL;
    return insn->mnemonic != MN_JCC && insn->mnemonic != MN_LOOP && insn->mnemonic != MN_JCXZ &&
           !(insn->mnemonic == MN_JMP && insn->opnd[0].kind == OPND_REL);
}

static void emit_immediate(struct translator *t, const struct insn *insn)
{
    if (insn->imm_at)
        emit_bytes(&t->e, t->bytes + insn->imm_at, (size_t)insn->len - insn->imm_at);
}

static void swap_halves(struct emitter *e, unsigned reg)
{
    emit_u8(e, 0x86);
    emit_u8(e, 0xc0 | (reg & 3) << 3 | (reg & 3) | 4); // xchg ql, qh
}

// Forms without ModRM.
static bool emit_short_form(struct translator *t, const struct insn *insn, unsigned size_flag)
{
    struct emitter *e = &t->e;
    unsigned op = insn->opcode, reg = op & 7;
    if (insn->map == 1) {
        emit_u8(e, reg == REG_ESP ? 0x41 : 0x90); // bswap; a lone 0x90 is a NOP
        emit_u8(e, 0x0f);
        emit_u8(e, 0xc8 | (reg == REG_ESP ? 7 : reg));
        return true;
    }
    if (op >= 0x40 && op <= 0x4f) {
        emit_op(e, size_flag, 0xff, op >= 0x48, hrm_reg(host_gpr(reg)));
        return true;
    }
    if (op >= 0x90 && op <= 0x97) {
        emit_op(e, size_flag, 0x87, REG_EAX, hrm_reg(host_gpr(reg)));
        return true;
    }
    if (size_flag)
        emit_u8(e, 0x66);
    if (op >= 0xb8 && op <= 0xbf && reg == REG_ESP) {
        emit_u8(e, 0x41);
        op = 0xb8 | 7;
    }
    emit_u8(e, op);
    emit_immediate(t, insn);
    return true;
}

static bool translate_lea(struct translator *t, const struct insn *insn)
{
    if (insn->addr_size != 4)
        return false;
    emit_op(&t->e, insn->opnd[0].size == 2 ? ENC_66 : 0, 0x8d, host_gpr(insn->opnd[0].reg),
            memory_address(&insn->mem));
    return true;
}

static bool emit_xchg(struct translator *t, const struct insn *insn, struct host_rm rm,
                      unsigned flags)
{
    unsigned reg = host_gpr(insn->modrm >> 3 & 7);
    emit_op(&t->e, flags, 0x8b, H_R10, rm);
    emit_op(&t->e, flags, 0x89, reg, rm);
    emit_op(&t->e, flags, 0x89, H_R10, hrm_reg(reg));
    return true;
}

bool translate_alu(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    if (!covered(insn))
        return false;
    if (insn->mnemonic == MN_NOP)
        return true;
    if (insn->mnemonic == MN_LEA)
        return translate_lea(t, insn);

    const struct operand *mem = memory_operand(insn);
    bool writes = alu_writes_memory(insn);
    unsigned high = high_byte_reg(insn);
    if (mem && !memory_can_access(t, insn, writes))
        return false;
    if (mem && high != REG_NONE && insn->mnemonic == MN_CMPXCHG)
        return false; // AL is an operand as well
    if (!mem && insn->modrm_at && insn->opnd[0].size == 4 && insn->nopnd > 1 &&
        insn->opnd[1].kind == OPND_REG && insn->opnd[1].size == 1 && insn->opnd[1].reg >= 4 &&
        insn->opnd[0].reg == REG_ESP)
        return false; // movzx esp, ah: ESP needs a REX, AH forbids it
    if (!mem && insn->opnd[0].kind == OPND_REG && insn->opnd[0].size == 2 && insn->nopnd > 1 &&
        insn->opnd[1].kind == OPND_REG && insn->opnd[1].size == 1 && insn->opnd[1].reg >= 4 &&
        insn->opnd[0].reg == REG_ESP)
        return false;

    struct host_rm rm = {0};
    if (mem)
        rm = memory_access(t, &insn->mem, mem->size, writes, high == REG_NONE ? high : high & 3);
    flags_need_for(t, insn);

    unsigned size = insn->nopnd ? insn->opnd[0].size : insn->op_size;
    unsigned flags = (size == 2 ? ENC_66 : 0u) | (insn->map ? ENC_0F : 0u);
    // LOCK is left out: this is the only processor, and no device writes guest memory while it
    // runs.
    if (mem && insn->mnemonic == MN_XCHG && size != 1)
        return emit_xchg(t, insn, rm, flags); // the host's would lock
    if (insn->mnemonic == MN_DIV || insn->mnemonic == MN_IDIV)
        exit_note_trap(t);
    if (insn->opnd[0].kind == OPND_MOFFS || insn->opnd[1].kind == OPND_MOFFS) {
        emit_op(e, flags, (insn->opcode & 1) | (writes ? 0x88 : 0x8a), REG_EAX, rm);
    } else if (!insn->modrm_at) {
        if (!emit_short_form(t, insn, flags & ENC_66))
            return false;
    } else {
        unsigned op = insn->opcode, reg = insn->modrm >> 3 & 7;
        if (insn->map == 0 && op == 0x82)
            op = 0x80; // the alias has no 64-bit form
        if (reg_field_is_gpr(insn)) {
            if (size != 1)
                reg = host_gpr(reg);
        } else if (insn->map == 1 && (op & 0xf0) == 0x90) {
            reg = 0;
        } else if (insn->mnemonic == MN_SHL) {
            reg = 4;
        } else if (insn->mnemonic == MN_TEST) {
            reg = 0;
        }
        if (!mem) {
            bool movx = insn->mnemonic == MN_MOVZX || insn->mnemonic == MN_MOVSX;
            unsigned rm_size = movx ? insn->opnd[1].size : size;
            unsigned r = insn->modrm & 7;
            rm = hrm_reg(rm_size == 1 ? r : host_gpr(r));
        }
        bool swap = mem && high != REG_NONE;
        if (swap) {
            swap_halves(e, high);
            reg = high & 3;
        }
        emit_op(e, flags, op, reg, rm);
        emit_immediate(t, insn);
        if (swap)
            swap_halves(e, high);
    }
    if (insn_flag_effects(insn).changes)
        flags_written(t);
    return true;
}
