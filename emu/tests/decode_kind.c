// insn_kind() against Zydis: which instructions branch, which are privileged, which may be locked;
// and that the LOCK rule of opcodes.def and MNK_LOCKABLE of mnemonics.def say the same.
//
// Where they disagree on purpose, the list is in expected_kind(), with the section of the manual
// that decides.
#include <inttypes.h>
#include <stdio.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/opcode_table.h"
#include "emu/tests/decode_compare.h"
#include "emu/tests/decode_walk.h"

enum { GIVEN_BYTES = 15, SHOWN_MAX = 12 };
enum { COMPARED = MNK_BRANCH | MNK_PRIVILEGED | MNK_LOCKABLE | MNK_STRING };

struct tally {
    uint64_t insns, bad, bad_end, lockable, privileged, branches, ends;
};

static uint32_t expected_kind(const ZydisDecodedInstruction *z, const struct insn *insn)
{
    uint32_t kind = 0;
    switch (z->meta.category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_COND_BR:
    case ZYDIS_CATEGORY_UNCOND_BR:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET: kind |= MNK_BRANCH; break;
    case ZYDIS_CATEGORY_STRINGOP:
    case ZYDIS_CATEGORY_IOSTRINGOP: kind |= MNK_STRING; break;
    default: break;
    }
    if (z->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED)
        kind |= MNK_PRIVILEGED;
    if (z->attributes & ZYDIS_ATTRIB_ACCEPTS_LOCK)
        kind |= MNK_LOCKABLE;
    switch (insn->mnemonic) {
    case MN_IN: // privileged by IOPL (SDM vol. 1, "I/O Privilege Level")
    case MN_OUT:
    case MN_INS:
    case MN_OUTS:
    case MN_CLI:
    case MN_STI:
    case MN_LGDT: // Zydis forgets them (SDM vol. 2, LGDT/LIDT: #GP(0) if CPL is not 0)
    case MN_LIDT: kind |= MNK_PRIVILEGED; break;
    case MN_BOUND: // it faults or goes on (SDM vol. 2, BOUND)
    case MN_UD0:   // they only ever fault (SDM vol. 2, UD)
    case MN_UD1:
    case MN_UD2: kind &= ~(uint32_t)MNK_BRANCH; break;
    case MN_RSM: // #UD outside of SMM whatever CPL is; loads EIP (SDM vol. 2, RSM)
        kind = (kind & ~(uint32_t)MNK_PRIVILEGED) | MNK_BRANCH;
        break;
    case MN_SYSENTER: // for any CPL (SDM vol. 2, SYSENTER)
        kind &= ~(uint32_t)MNK_PRIVILEGED;
        break;
    default: break;
    }
    return kind;
}

// What must end a block: whatever loads a segment register, a control register or a debug register,
// the flags that decide about interrupts and traps, or forgets translations.
static bool must_end(const struct insn *insn)
{
    const struct operand *to = &insn->opnd[0];
    bool loads = insn->mnemonic == MN_MOV || insn->mnemonic == MN_POP;
    if (loads && (to->kind == OPND_SREG || to->kind == OPND_CREG || to->kind == OPND_DREG))
        return true;
    switch (insn->mnemonic) {
    case MN_LDS:
    case MN_LES:
    case MN_LSS:
    case MN_LFS:
    case MN_LGS:
    case MN_POPF:
    case MN_STI:
    case MN_IRET:
    case MN_CALLF:
    case MN_JMPF:
    case MN_RETF:
    case MN_LMSW:
    case MN_INVLPG:
    case MN_WRMSR:
    case MN_HLT: return true;
    default: return false;
    }
}

static void check_insn(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    struct decode_pair pair;
    decode_both(code, GIVEN_BYTES, code32, &pair);
    if (pair.status != DECODE_OK || !pair.zydis_ok)
        return;
    uint32_t ours = insn_kind(&pair.insn), theirs = expected_kind(&pair.zydis, &pair.insn);
    tally->insns++;
    tally->branches += (ours & MNK_BRANCH) != 0;
    tally->privileged += (ours & MNK_PRIVILEGED) != 0;
    // Zydis answers for this form, the mnemonic for all: with a register destination only Zydis
    // says no.
    if (pair.insn.opnd[0].kind != OPND_MEM || !(opcode_rows[pair.insn.row].rules & RULE_LOCK)) {
        if (theirs & MNK_LOCKABLE)
            tally->bad++;
        ours &= ~(uint32_t)MNK_LOCKABLE;
    }
    tally->lockable += (ours & MNK_LOCKABLE) != 0;
    if (((ours ^ theirs) & COMPARED) && tally->bad++ < SHOWN_MAX) {
        char text[128];
        insn_format(code, GIVEN_BYTES, code32, 0, text, sizeof(text));
        printf("%s: ours %02x, Zydis %02x\n", text, ours, theirs);
    }
    if (must_end(&pair.insn)) {
        tally->ends++;
        if (!(ours & MNK_END) && tally->bad_end++ < SHOWN_MAX)
            printf("%s does not end a block\n", insn_mnemonics[pair.insn.mnemonic].name);
    }
}

static void check_lock_rules(void)
{
    unsigned bad = 0;
    for (unsigned mn = 0; mn < MN_COUNT; mn++) {
        bool rule = false;
        for (unsigned row = ROW_UNDEFINED + 1; row < ROW_COUNT; row++)
            if (opcode_rows[row].mnemonic == mn && (opcode_rows[row].rules & RULE_LOCK))
                rule = true;
        if (rule != ((insn_mnemonics[mn].kind & MNK_LOCKABLE) != 0)) {
            printf("FAIL decode_kind.lock_rules: %s\n", insn_mnemonics[mn].name);
            bad++;
        }
    }
    if (bad == 0)
        printf("ok decode_kind.lock_rules\n");
}

int main(void)
{
    struct tally tally = {0};
    if (!decode_compare_init())
        return 1;
    decode_walk(0, 1, check_insn, &tally);
    decode_walk(1, 1, check_insn, &tally);
    decode_walk_vex(0x8001, 5, check_insn, &tally);
    bool some = tally.lockable && tally.privileged && tally.branches;
    if (tally.bad || !some)
        printf("FAIL decode_kind.zydis: %" PRIu64 " of %" PRIu64 " instructions\n", tally.bad,
               tally.insns);
    else
        printf("ok decode_kind.zydis\n");
    if (tally.bad_end || !tally.ends)
        printf("FAIL decode_kind.block_ends: %" PRIu64 " of %" PRIu64 "\n", tally.bad_end,
               tally.ends);
    else
        printf("ok decode_kind.block_ends\n");
    check_lock_rules();
    return 0;
}
