// insn_flag_effects() against what Zydis says about EFLAGS, over every instruction that we decode.
//
// Zydis has one answer per encoding, without regard to shift counts and repeat counts: where ours
// is finer, or where the two disagree, the reason is a row of `known` with the section of the
// manual that decides. A disagreement without a row fails, and so does a row that nothing needs any
// more. Zydis does not tell "always writes" from "may write": for `writes` the list of instructions
// that may leave a flag alone is here, in must_write().
#include <inttypes.h>
#include <stdio.h>

#include "emu/cpu/cpu.h"
#include "emu/tests/decode_compare.h"
#include "emu/tests/decode_walk.h"

enum { GIVEN_BYTES = 15, SHOWN_MAX = 12 };
enum flag_diff { DIFF_READS = 1, DIFF_CHANGES = 2, DIFF_UNDEFINED = 4 };
static const char *const diff_names[8] = {
    "",          "reads",           "changes",           "reads changes",
    "undefined", "reads undefined", "changes undefined", "all"};

static bool is_shift(const struct insn *insn)
{
    return insn->mnemonic >= MN_ROL && insn->mnemonic <= MN_SHRD;
}

static bool by_cl(const struct insn *insn)
{
    return is_shift(insn) && insn->opnd[insn->nopnd - 1].kind == OPND_REG;
}

// The count of a shift or rotate by a constant, as the CPU masks it; 32 when it is in CL.
static unsigned shift_count(const struct insn *insn)
{
    return by_cl(insn) ? 32 : insn->imm & 31;
}

static bool is_shift_by_0(const struct insn *insn)
{
    return is_shift(insn) && shift_count(insn) == 0;
}

static bool is_shift_by_1(const struct insn *insn)
{
    return is_shift(insn) && shift_count(insn) == 1;
}

static bool is_short_shift(const struct insn *insn)
{
    return (insn->mnemonic == MN_SHL || insn->mnemonic == MN_SHR) &&
           shift_count(insn) >= 8u * insn->opnd[0].size && insn->opnd[0].size < 4;
}

static bool is_short_double_shift(const struct insn *insn)
{
    return (insn->mnemonic == MN_SHLD || insn->mnemonic == MN_SHRD) && insn->opnd[0].size == 2 &&
           shift_count(insn) > 16;
}

static bool is_sbb(const struct insn *insn)
{
    return insn->mnemonic == MN_SBB;
}

static bool is_mov_system(const struct insn *insn)
{
    return insn->mnemonic == MN_MOV && insn->map == 1 && insn->opcode >= 0x20 &&
           insn->opcode <= 0x23;
}

static bool is_far(const struct insn *insn)
{
    return insn->mnemonic == MN_CALLF || insn->mnemonic == MN_JMPF;
}

static bool is_interrupt(const struct insn *insn)
{
    return insn->mnemonic >= MN_INT && insn->mnemonic <= MN_INTO;
}

static bool is_iret(const struct insn *insn)
{
    return insn->mnemonic == MN_IRET;
}

static bool is_repeated_compare(const struct insn *insn)
{
    return (insn->mnemonic == MN_SCAS || insn->mnemonic == MN_CMPS) &&
           (insn->prefixes & (PREFIX_REP | PREFIX_REPNE));
}

static bool is_bextr(const struct insn *insn)
{
    return insn->mnemonic == MN_BEXTR;
}

static bool is_vtest(const struct insn *insn)
{
    return insn->mnemonic == MN_VTESTPS || insn->mnemonic == MN_VTESTPD ||
           (insn->mnemonic == MN_PTEST && insn->vex);
}

static struct known {
    const char *name;
    uint32_t diffs;
    bool (*applies)(const struct insn *insn);
    const char *why;
    uint64_t count;
} known[] = {
    {"shift_by_0", DIFF_READS | DIFF_CHANGES | DIFF_UNDEFINED, is_shift_by_0,
     "a count of 0 leaves all flags alone (SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, "
     "SHRD: Flags Affected)",
     0},
    {"shift_by_1", DIFF_UNDEFINED, is_shift_by_1,
     "OF is defined for a count of 1 (SDM vol. 2, the same pages)", 0},
    {"short_shift", DIFF_UNDEFINED, is_short_shift,
     "CF is undefined for a count of the operand's bits or more (SDM vol. 2, SAL/SAR/SHL/SHR)", 0},
    {"short_double_shift", DIFF_UNDEFINED, is_short_double_shift,
     "all flags are undefined for a count beyond the operand's bits (SDM vol. 2, SHLD, SHRD)", 0},
    {"sbb_af", DIFF_UNDEFINED, is_sbb,
     "AF is set according to the result (SDM vol. 2, SBB; vol. 1, table A-2)", 0},
    {"mov_system", DIFF_CHANGES | DIFF_UNDEFINED, is_mov_system,
     "all arithmetic flags are undefined (SDM vol. 2, MOV to/from Control Registers, Debug "
     "Registers)",
     0},
    {"far_task_switch", DIFF_READS | DIFF_CHANGES, is_far,
     "all flags are saved and loaded if a task switch occurs (SDM vol. 2, CALL, JMP: Flags "
     "Affected)",
     0},
    {"interrupt", DIFF_READS | DIFF_CHANGES, is_interrupt,
     "EFLAGS is pushed, and loaded by a task gate (SDM vol. 2, INT n/INTO/INT3/INT1: Operation, "
     "Flags Affected)",
     0},
    {"iret_task_return", DIFF_READS, is_iret,
     "with NT set EFLAGS is saved in the task that is left (SDM vol. 3, Task Switching)", 0},
    {"bextr", DIFF_UNDEFINED, is_bextr,
     "AF, SF and PF are undefined, ZF is set and the others are cleared (SDM vol. 2, BEXTR)", 0},
    {"vtest", DIFF_CHANGES, is_vtest,
     "Zydis forgets that AF, OF, PF and SF are cleared (SDM vol. 2, PTEST, VTESTPD/VTESTPS: "
     "Operation)",
     0},
    {"repeated_compare", DIFF_READS, is_repeated_compare,
     "ZF is looked at after the first comparison only, never as it was before (SDM vol. 2, REP: "
     "Operation)",
     0},
};
enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };

// What `writes` must be, given what may change and what is undefined: everything that may change,
// but for the instructions that may leave a flag as it was.
static uint32_t must_write(const struct insn *insn, const struct insn_flags *flags)
{
    switch (insn->mnemonic) {
    case MN_MUL: // undefined flags that CPUs leave alone (mnemonics.def)
    case MN_IMUL:
    case MN_DIV:
    case MN_IDIV:
    case MN_BT:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC:
    case MN_BSF:
    case MN_BSR:
    case MN_LZCNT:
    case MN_TZCNT:
    case MN_ANDN:
    case MN_BLSR:
    case MN_BLSMSK:
    case MN_BLSI:
    case MN_BZHI:
    case MN_BEXTR:
    case MN_MOV: return flags->changes & ~flags->undefined;
    case MN_CALLF: // changed by a task switch only
    case MN_JMPF:
    case MN_INT:
    case MN_INT1:
    case MN_INT3:
    case MN_INTO: return 0;
    case MN_CMPS: // nothing with a count of 0
    case MN_SCAS: return insn->prefixes & (PREFIX_REP | PREFIX_REPNE) ? 0 : flags->changes;
    default: return by_cl(insn) ? 0 : flags->changes; // nothing with a count of 0
    }
}

struct tally {
    uint64_t insns, bad, bad_writes, bad_row;
};

static void show(const char *what, const uint8_t *code, bool code32, const struct insn_flags *ours,
                 const ZydisAccessedFlags *z)
{
    char text[128];
    insn_format(code, GIVEN_BYTES, code32, 0, text, sizeof(text));
    printf("%s: %s: ours reads %03x writes %03x changes %03x undefined %03x", what, text,
           ours->reads, ours->writes, ours->changes, ours->undefined);
    if (z)
        printf(", Zydis tested %03x modified %03x set %03x undefined %03x", z->tested, z->modified,
               z->set_0 | z->set_1, z->undefined);
    printf("\n");
}

static void check_insn(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    struct decode_pair pair;
    decode_both(code, GIVEN_BYTES, code32, &pair);
    if (pair.status != DECODE_OK || !pair.zydis_ok)
        return;
    tally->insns++;
    static const ZydisAccessedFlags none = {0};
    const ZydisAccessedFlags *z = pair.zydis.cpu_flags ? pair.zydis.cpu_flags : &none;
    struct insn_flags ours = insn_flag_effects(&pair.insn);
    const struct mnemonic_info *row = &insn_mnemonics[pair.insn.mnemonic];

    if ((ours.writes & ~ours.changes) || (ours.undefined & ~ours.changes) ||
        ours.writes != must_write(&pair.insn, &ours))
        if (tally->bad_writes++ < SHOWN_MAX)
            show("writes", code, code32, &ours, NULL);
    bool no_effect = ours.changes == 0; // a shift by 0 is no instance of "always writes"
    if ((ours.reads & ~row->reads) || (ours.changes & ~row->changes) ||
        (ours.undefined & ~row->undefined) || (!no_effect && (row->writes & ~ours.writes)) ||
        ((row->writes | row->undefined) & ~row->changes))
        if (tally->bad_row++ < SHOWN_MAX)
            show("row", code, code32, &ours, NULL);

    uint32_t changed = (z->modified | z->set_0 | z->set_1 | z->undefined) & FLAGS_ARITH;
    uint32_t diffs = ((z->tested & FLAGS_ARITH) != ours.reads ? DIFF_READS : 0u) |
                     (changed != ours.changes ? DIFF_CHANGES : 0u) |
                     ((z->undefined & FLAGS_ARITH) != ours.undefined ? DIFF_UNDEFINED : 0u);
    for (unsigned i = 0; i < KNOWN_COUNT && diffs; i++)
        if ((diffs & known[i].diffs) && known[i].applies(&pair.insn)) {
            known[i].count++;
            diffs &= ~known[i].diffs;
        }
    if (diffs && tally->bad++ < SHOWN_MAX)
        show(diff_names[diffs], code, code32, &ours, z);
}

static void report(const char *name, uint64_t bad, uint64_t of)
{
    if (bad || of == 0)
        printf("FAIL decode_flags.%s: %" PRIu64 " of %" PRIu64 " instructions\n", name, bad, of);
    else
        printf("ok decode_flags.%s (%" PRIu64 " instructions)\n", name, of);
}

int main(void)
{
    struct tally tally = {0};
    if (!decode_compare_init())
        return 1;
    decode_walk(0, 1, check_insn, &tally);
    decode_walk(1, 1, check_insn, &tally);
    decode_walk_vex(0x8001, 5, check_insn, &tally);
    report("zydis", tally.bad, tally.insns);
    report("always_writes", tally.bad_writes, tally.insns);
    report("within_row", tally.bad_row, tally.insns);
    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].count == 0)
            printf(
                "FAIL decode_flags.known.%s: this disagreement no longer happens: remove its row\n",
                known[i].name);
        else
            printf("ok decode_flags.known.%s\n", known[i].name);
        printf("   %s: %" PRIu64 " times: %s\n", known[i].name, known[i].count, known[i].why);
    }
    return 0;
}
