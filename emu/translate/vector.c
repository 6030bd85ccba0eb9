// MMX, SSE and AVX, and the newer integer instructions with prefixes of their kind: the same
// instruction on the host, its ModRM made anew.
//
// XMM, YMM and MMX registers are the host's of the same number, so what changes is the memory
// operand and, in the integer instructions, ESP. An operand that must be aligned is not tested:
// offsets into a page are the same on the host, whose fault leads to interp (exit_note_trap).
#include "emu/translate/translator.h"

static const struct operand *memory_operand(const struct insn *insn, unsigned *i)
{
    for (*i = 0; *i < insn->nopnd; ++*i)
        if (insn->opnd[*i].kind == OPND_MEM)
            return &insn->opnd[*i];
    return NULL;
}

// Integer instructions that are translated here, and what the host needs for them; FEATURE_COUNT:
// not one of them.
static enum cpu_feature integer_feature(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_MOVNTI:
    case MN_LFENCE:
    case MN_MFENCE:
    case MN_SFENCE: return FEATURE_SSE2;
    case MN_POPCNT: return FEATURE_POPCNT;
    case MN_LZCNT: return FEATURE_LZCNT;
    case MN_MOVBE: return FEATURE_MOVBE;
    case MN_CRC32: return insn->opnd[1].size == 1 ? FEATURE_COUNT : FEATURE_SSE42;
    case MN_ADCX:
    case MN_ADOX: return FEATURE_ADX;
    case MN_TZCNT:
    case MN_ANDN:
    case MN_BEXTR:
    case MN_BLSI:
    case MN_BLSMSK:
    case MN_BLSR: return FEATURE_BMI1;
    case MN_BZHI:
    case MN_PDEP:
    case MN_PEXT:
    case MN_RORX:
    case MN_SARX:
    case MN_SHLX:
    case MN_SHRX:
    case MN_MULX: return FEATURE_BMI2;
    default: return FEATURE_COUNT;
    }
}

static bool integer_covered(const struct translator *t, const struct insn *insn)
{
    enum cpu_feature feature = integer_feature(insn);
    return feature != FEATURE_COUNT && features_has(&t->j->host, feature);
}

static bool covered(const struct translator *t, const struct insn *insn)
{
    if (insn->vsib)
        return false;
    switch (insn->mnemonic) {
    case MN_MASKMOVQ:
    case MN_MASKMOVDQU:
    case MN_VMASKMOVPS:
    case MN_VMASKMOVPD:
    case MN_VPMASKMOVD:
    case MN_VPMASKMOVQ: return false; // they fault only for the elements that they touch
    default: return insn_class(insn) != CLASS_INTEGER || integer_covered(t, insn);
    }
}

// LDMXCSR: bits that the guest's CPU does not have raise #GP, also those that the host's has.
static bool translate_ldmxcsr(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    if (!memory_can_access(t, insn, false))
        return false;
    fp_check(t, insn->vex ? FP_AVX : FP_SSE);
    flags_need_saved(t); // before r10 is in use
    struct host_rm rm = memory_access(t, &insn->mem, 4, false, REG_NONE);
    emit_load(e, H_R10, rm);
    flags_clobbered(t);
    emit_op(e, 0, 0xf7, 0, hrm_reg(H_R10)); // test r10d, ~MXCSR_MASK
    emit_u32(e, ~(uint32_t)MXCSR_MASK);
    struct cold *c = cold_new(t, COLD_EXIT);
    c->from = emit_jcc(e, COND_NE);
    c->saved = true;
    c->exit = exit_new(t, EXITK_INTERP, t->eip);
    emit_op(e, ENC_0F, 0xae, 2, rm);
    return true;
}

// A register number in ModRM or VEX.vvvv, as the host has it.
static unsigned host_number(const struct insn *insn, unsigned number)
{
    return insn_class(insn) == CLASS_INTEGER ? host_gpr(number) : number;
}

static void emit_it(struct translator *t, const struct insn *insn, struct host_rm rm)
{
    static const unsigned maps[] = {0, ENC_0F, ENC_0F38, ENC_0F3A};
    struct emitter *e = &t->e;
    unsigned flags = maps[insn->map], reg = insn->modrm >> 3 & 7;
    flags |= insn->simd_prefix == 0x66   ? (unsigned)ENC_66
             : insn->simd_prefix == 0xf2 ? (unsigned)ENC_F2
             : insn->simd_prefix == 0xf3 ? (unsigned)ENC_F3
                                         : 0;
    if (insn->vex) {
        const uint8_t *vex = t->bytes + insn->prefix_len;
        unsigned vvvv = ~(unsigned)(vex[0] == 0xc4 ? vex[2] : vex[1]) >> 3 & 7;
        bool group = insn->mnemonic == MN_BLSI || insn->mnemonic == MN_BLSMSK ||
                     insn->mnemonic == MN_BLSR; // ModRM.reg is part of the opcode
        bool gpr = insn_class(insn) == CLASS_INTEGER;
        for (unsigned i = 0; i < insn->nopnd; i++)
            gpr = gpr || insn->opnd[i].kind == OPND_REG;
        if (insn->vex_w &&
            !gpr) // with general registers W means 64 bits, and nothing in 32-bit code
            flags |= ENC_W;
        bool unused = insn->mnemonic == MN_RORX;
        emit_vex_op(e, flags, insn->vex_l, unused ? 0 : host_number(insn, vvvv), insn->opcode,
                    group ? reg : host_number(insn, reg), rm);
    } else {
        if (insn_class(insn) == CLASS_INTEGER && insn->op_size == 2)
            flags |= ENC_66;
        emit_op(e, flags, insn->opcode, host_number(insn, reg), rm);
    }
    if (insn->imm_at) {
        // The register in the immediate of VBLENDVPS and its kin has three bits in 32-bit code.
        bool names_register = insn->vex && insn->nopnd == 4 && insn->opnd[3].kind != OPND_IMM;
        emit_u8(e, t->bytes[insn->imm_at] & (names_register ? 0x7fu : 0xffu));
    }
}

bool translate_vector(struct translator *t, const struct insn *insn)
{
    enum insn_class class = insn_class(insn);
    unsigned i;
    if (class == CLASS_X87 || !covered(t, insn))
        return false;
    if (insn->mnemonic == MN_LDMXCSR)
        return translate_ldmxcsr(t, insn);
    const struct operand *mem = memory_operand(insn, &i);
    bool write = mem && (insn_operand_access(insn, i) & ACCESS_WRITE);
    if (mem && (!mem->size || mem->size > 32 || !memory_can_access(t, insn, write)))
        return false;
    for (unsigned k = 0; k < insn->nopnd; k++)
        if (class != CLASS_INTEGER && insn->opnd[k].kind == OPND_REG &&
            insn->opnd[k].reg == REG_ESP)
            return false;
    if (class != CLASS_INTEGER)
        fp_check(t, (enum fp_kind) class);
    struct host_rm rm = hrm_reg(host_number(insn, insn->modrm & 7));
    if (mem && insn_needs_alignment(insn))
        rm = memory_access_aligned(t, &insn->mem, mem->size, write);
    else if (mem)
        rm = memory_access(t, &insn->mem, mem->size, write, REG_NONE);
    flags_need_for(t, insn);
    if (class != CLASS_INTEGER)
        exit_note_trap(t);
    if (insn->modrm_at) {
        emit_it(t, insn, rm);
    } else if (insn->vex) { // VZEROUPPER, VZEROALL
        emit_u8(&t->e, 0xc5);
        emit_u8(&t->e, 0xf8 | (insn->vex_l ? 4u : 0u));
        emit_u8(&t->e, insn->opcode);
    } else { // EMMS
        emit_u8(&t->e, 0x0f);
        emit_u8(&t->e, insn->opcode);
    }
    if (insn_flag_effects(insn).changes)
        flags_written(t);
    return true;
}
