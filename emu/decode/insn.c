// What an instruction does to the arithmetic flags, and what kind of instruction it is. See insn.h.
//
// mnemonics.def holds for all forms of a mnemonic; this file refines it by the operands: the
// condition, the shift count, a repeat prefix, system registers. Source: "Flags Affected" on the
// pages of Intel SDM vol. 2.
#include "emu/decode/insn.h"

#include <ctype.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/opcode_table.h"

#define MNEMONIC(mn, ...) [MN_##mn] = #mn,
static char names[MN_COUNT][20] = {
#include "emu/decode/mnemonics.def"
};
#undef MNEMONIC

#define MNEMONIC(mn, rd, wr, ch, un, kd)                                                           \
    [MN_##mn] = {.name = names[MN_##mn],                                                           \
                 .reads = rd,                                                                      \
                 .writes = wr,                                                                     \
                 .changes = ch,                                                                    \
                 .undefined = un,                                                                  \
                 .kind = kd},
const struct mnemonic_info insn_mnemonics[MN_COUNT] = {
#include "emu/decode/mnemonics.def"
};
#undef MNEMONIC

// The preprocessor cannot lower a name's case, so this is done once, before main().
__attribute__((constructor)) static void lower_names(void)
{
    for (unsigned mn = 0; mn < MN_COUNT; mn++)
        for (char *c = names[mn]; *c; c++)
            *c = (char)tolower((unsigned char)*c);
}

// Flags that condition 0-15 looks at (SDM vol. 1, appendix B). The lowest bit only negates.
static uint32_t condition_flags(unsigned cond)
{
    static const uint16_t flags[8] = {
        FLAG_OF, FLAG_CF, FLAG_ZF,           FLAG_CF | FLAG_ZF,
        FLAG_SF, FLAG_PF, FLAG_SF | FLAG_OF, FLAG_ZF | FLAG_SF | FLAG_OF,
    };
    return flags[cond >> 1 & 7];
}

// A shift or rotate by a constant that is not 0 modulo 32 changes its flags for sure.
static void settle(struct insn_flags *flags, uint32_t undefined)
{
    flags->writes = flags->changes;
    flags->undefined = undefined;
}

// ROL ROR RCL RCR: CF and OF. OF is defined for a count of 1 only (SDM vol. 2, RCL/RCR/ROL/ROR).
static void refine_rotate(const struct operand *by, unsigned count, struct insn_flags *flags)
{
    if (by->kind != OPND_IMM)
        return;
    if (count == 0)
        *flags = (struct insn_flags){0};
    else
        settle(flags, count == 1 ? 0 : FLAG_OF);
}

// SHL SHR SAR: AF is undefined, OF too unless the count is 1, and SHL's and SHR's CF from a count
// of the operand's bits on (SDM vol. 2, SAL/SAR/SHL/SHR), which 32-bit operands cannot reach.
static void refine_shift(const struct insn *insn, unsigned count, struct insn_flags *flags)
{
    unsigned bits = 8u * insn->opnd[0].size;
    uint32_t undefined = FLAG_AF;
    bool by_cl = insn->opnd[1].kind != OPND_IMM;
    if (by_cl || count > 1)
        undefined |= FLAG_OF;
    if (insn->mnemonic != MN_SAR && bits < 32 && (by_cl || count >= bits))
        undefined |= FLAG_CF;
    if (by_cl)
        flags->undefined = undefined;
    else if (count == 0)
        *flags = (struct insn_flags){0};
    else
        settle(flags, undefined);
}

// SHLD SHRD: as shifts, but beyond the operand's bits everything is undefined (SDM vol. 2,
// SHLD/SHRD).
static void refine_double_shift(const struct insn *insn, unsigned count, struct insn_flags *flags)
{
    unsigned bits = 8u * insn->opnd[0].size;
    bool by_cl = insn->opnd[2].kind != OPND_IMM;
    if (by_cl)
        flags->undefined = bits < 32 ? FLAGS_ARITH : FLAG_AF | FLAG_OF;
    else if (count == 0)
        *flags = (struct insn_flags){0};
    else if (count > bits)
        settle(flags, FLAGS_ARITH);
    else
        settle(flags, count == 1 ? FLAG_AF : FLAG_AF | FLAG_OF);
}

static bool is_system_register(const struct operand *operand)
{
    return operand->kind == OPND_CREG || operand->kind == OPND_DREG;
}

struct insn_flags insn_flag_effects(const struct insn *insn)
{
    const struct mnemonic_info *info = &insn_mnemonics[insn->mnemonic];
    struct insn_flags flags = {info->reads, info->writes, info->changes, info->undefined};
    unsigned count = insn->imm & 31; // SDM vol. 2: counts are masked to five bits, since the 286
    switch (insn->mnemonic) {
    case MN_JCC:
    case MN_SETCC:
    case MN_CMOVCC: flags.reads = condition_flags(insn->cond); break;
    case MN_ROL:
    case MN_ROR:
    case MN_RCL:
    case MN_RCR: refine_rotate(&insn->opnd[1], count, &flags); break;
    case MN_SHL:
    case MN_SHR:
    case MN_SAR: refine_shift(insn, count, &flags); break;
    case MN_SHLD:
    case MN_SHRD: refine_double_shift(insn, count, &flags); break;
    case MN_CMPS:
    case MN_SCAS:
        if (!(insn->prefixes & (PREFIX_REP | PREFIX_REPNE)))
            flags.writes = FLAGS_ARITH;
        break;
    case MN_MOV:
        if (!is_system_register(&insn->opnd[0]) && !is_system_register(&insn->opnd[1]))
            flags = (struct insn_flags){0};
        break;
    default: break;
    }
    return flags;
}

uint32_t insn_kind(const struct insn *insn)
{
    uint32_t kind = insn_mnemonics[insn->mnemonic].kind;
    const struct operand *to = &insn->opnd[0], *from = &insn->opnd[1];
    if (insn->mnemonic == MN_MOV) {
        if (to->kind == OPND_SREG || is_system_register(to))
            kind |= MNK_END;
        if (is_system_register(to) || is_system_register(from))
            kind |= MNK_PRIVILEGED;
    } else if (insn->mnemonic == MN_POP && to->kind == OPND_SREG) {
        kind |= MNK_END;
    }
    return kind;
}

// Operands behind the first that are written.
static unsigned access_behind(const struct insn *insn, unsigned i)
{
    switch (insn->mnemonic) {
    case MN_XCHG:
    case MN_XADD:
    case MN_FXCH: return ACCESS_READ | ACCESS_WRITE;
    case MN_PCMPESTRM: // writes XMM0
    case MN_PCMPISTRM: return i == 3 ? ACCESS_WRITE : ACCESS_READ;
    case MN_MULX: return i == 1 ? ACCESS_WRITE : ACCESS_READ;
    default: // a gather clears its mask
        return insn->vsib && i == 2 ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ;
    }
}

unsigned insn_operand_access(const struct insn *insn, unsigned i)
{
    uint32_t kind = insn_mnemonics[insn->mnemonic].kind;
    if (insn->opnd[i].size == 0 || insn->mnemonic == MN_NOP)
        return 0;
    if (i != 0)
        return access_behind(insn, i);
    if (insn->mnemonic == MN_IMUL) // one operand: a factor; two: factor and product
        return insn->nopnd == 1   ? ACCESS_READ
               : insn->nopnd == 2 ? ACCESS_READ | ACCESS_WRITE
                                  : ACCESS_WRITE;
    if (insn->vex && (kind & (MNK_TO | MNK_RMW)))
        return opcode_rows[insn->row].rules & RULE_RW ? ACCESS_READ | ACCESS_WRITE : ACCESS_WRITE;
    return kind & MNK_TO ? ACCESS_WRITE : kind & MNK_RMW ? ACCESS_READ | ACCESS_WRITE : ACCESS_READ;
}

bool insn_needs_alignment(const struct insn *insn)
{
    uint16_t rules = opcode_rows[insn->row].rules;
    if (insn->vex)
        return rules & RULE_ALIGNED;
    if (insn->cls != CLASS_SSE || (rules & RULE_UNALIGNED))
        return false;
    for (unsigned i = 0; i < insn->nopnd; i++)
        if (insn->opnd[i].kind == OPND_MEM)
            return insn->opnd[i].size == 16;
    return false;
}
