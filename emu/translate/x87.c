// x87: the same instruction on the host's own unit, which holds the guest's stack, control and
// status word. What the host cannot know are the guest's addresses: FIP and FOP are stored where
// control leaves the block (fp_store_last), FDP behind each instruction with a memory operand.
//
// An unmasked exception waits in the host's status word as it does in the guest's, and the next
// waiting instruction raises SIGFPE: a trap site, from which interp raises #MF.
#include "emu/translate/translator.h"

// Instructions that leave the pointers alone (SDM vol. 1, 8.1.8) and need nothing but the unit.
static bool is_control(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_FLDCW:
    case MN_FNSTCW:
    case MN_FNSTSW:
    case MN_FNCLEX: return true;
    default: return false;
    }
}

static bool covered(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_FLDENV: // images with the guest's addresses
    case MN_FNSTENV:
    case MN_FNSAVE:
    case MN_FRSTOR:
    case MN_FNINIT:
    case MN_FNOP:
    case MN_FNENI: // what the 8087 and the 80287 had
    case MN_FNDISI:
    case MN_FNSETPM: return false;
    default: return true;
    }
}

static void store_operand_pointer(struct translator *t, const struct insn *insn, struct host_rm rm)
{
    struct host_rm fdp = hrm_gs(offsetof(struct cpu, fpu.fdp));
    unsigned address = rm.index;
    if (insn->mem.base == REG_NONE && insn->mem.index == REG_NONE) {
        emit_store_imm(&t->e, fdp, insn->mem.disp);
        return;
    }
    if (rm.index == H_NONE) { // through the pointer of a run of accesses
        address = H_R8;
        emit_lea(&t->e, H_R8, memory_address(&insn->mem));
    }
    emit_store(&t->e, fdp, address);
}

static bool translate_fwait(struct translator *t)
{
    fp_check(t, FP_CONTROL);
    exit_note_trap(t);
    emit_u8(&t->e, 0x9b);
    return true;
}

bool translate_x87(struct translator *t, const struct insn *insn)
{
    struct emitter *e = &t->e;
    if (insn->mnemonic == MN_FWAIT)
        return translate_fwait(t);
    if (insn_class(insn) != CLASS_X87 || !covered(insn))
        return false;
    bool control = is_control(insn);
    unsigned m = 0;
    while (m < insn->nopnd && insn->opnd[m].kind != OPND_MEM)
        m++;
    bool mem = m < insn->nopnd;
    struct host_rm rm = {0};
    if (mem) {
        bool write = insn_operand_access(insn, m) & ACCESS_WRITE;
        unsigned seg = insn->mem.seg, size = insn->opnd[m].size;
        if ((seg != SEG_DS && seg != SEG_SS) || size > 10 || !memory_can_access(t, insn, write))
            return false;
        fp_check(t, control ? FP_CONTROL : seg == SEG_DS ? FP_X87_DS : FP_X87_SS);
        rm = memory_access(t, &insn->mem, size, write, REG_NONE);
    } else {
        fp_check(t, control ? FP_CONTROL : FP_X87);
    }
    flags_need_for(t, insn);
    exit_note_trap(t);
    if (mem) {
        emit_op(e, 0, insn->opcode, insn->modrm >> 3 & 7, rm);
    } else {
        emit_u8(e, insn->opcode);
        emit_u8(e, insn->modrm);
    }
    if (insn_flag_effects(insn).changes)
        flags_written(t);
    if (control)
        return true;
    t->x87 = (struct x87_last){t->eip, (uint16_t)((insn->opcode & 7u) << 8 | insn->modrm)};
    if (mem)
        store_operand_pointer(t, insn, rm);
    return true;
}
