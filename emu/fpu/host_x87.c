// Thunks of x87 instructions (host.h).
//
// The general one loads and saves everything:
//   fxrstor [rdi]; popfq; THE INSTRUCTION; pushfq; fxsave [rdi]; fninit; ldmxcsr io
// FXSAVE behind FXRSTOR costs 270 clocks at best and 600 among other code. The fast one is for
// instructions that only know ST(0), another register and memory, which then is ST(1) on the host:
//   [fnclex]; fldcw [rdi]; fld ST(other); fld ST(0); THE INSTRUCTION; fnstsw; fstp ...; fldcw io
#include "emu/fpu/thunk.h"

enum { ALL_CONDITIONS = FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3 };

static size_t st_offset(unsigned i)
{
    return THUNK_STATE(st) + 16 * i;
}

// fld and fstp tbyte: every bit pattern survives them.
static void put_fld(struct thunk *c, unsigned i)
{
    thunk_put(c, 0xdb);
    thunk_put_state(c, 5, st_offset(i));
}

static void put_fstp(struct thunk *c, unsigned i)
{
    thunk_put(c, 0xdb);
    thunk_put_state(c, 7, st_offset(i));
}

static unsigned buffer_modrm(const struct insn *insn)
{
    return insn->modrm >= 0xc0 ? insn->modrm : (insn->modrm & 0x38u) | THUNK_MODRM_RSI;
}

// --- what the fast path knows
// ------------------------------------------------------------------------------------

enum { READS_ST0 = 1, READS_OTHER = 2 };

static void set(struct fpu_plan *p, unsigned reads, unsigned pops, unsigned pushes, bool compares)
{
    p->reads = (uint8_t)reads;
    p->pops = (uint8_t)pops;
    p->pushes = (uint8_t)pushes;
    p->conditions = compares ? ALL_CONDITIONS : FSW_C1;
}

static bool describe_memory(unsigned opcode, unsigned reg, struct fpu_plan *p)
{
    switch (opcode) {
    case 0xd8: // arithmetic with m32, m32int, m64, m16int; /2 compares, /3 compares and pops
    case 0xda:
    case 0xdc:
    case 0xde: set(p, READS_ST0, reg == 3, 0, reg == 2 || reg == 3); return true;
    default: break;
    }
    if (reg == 0 || (opcode == 0xdb && reg == 5) || (opcode == 0xdf && reg == 5))
        set(p, 0, 0, 1, false); // loads
    else if (reg == 1 || reg == 3 || (opcode != 0xdd && opcode != 0xd9 && reg == 7))
        set(p, READS_ST0, 1, 0, false); // stores and pops
    else if (reg == 2)
        set(p, READS_ST0, 0, 0, false);
    else
        return false; // environments, control words, packed decimal
    return true;
}

static bool describe_d9(unsigned modrm, struct fpu_plan *p)
{
    if (modrm < 0xc8) { // fld st(i)
        set(p, READS_OTHER, 0, 1, false);
        return true;
    }
    if (modrm < 0xd0) { // fxch
        set(p, READS_ST0 | READS_OTHER, 0, 0, false);
        return true;
    }
    switch (modrm) {
    case 0xe0: // fchs, fabs, fsqrt, frndint
    case 0xe1:
    case 0xfa:
    case 0xfc: set(p, READS_ST0, 0, 0, false); return true;
    case 0xe4: // ftst, fxam
    case 0xe5: set(p, READS_ST0, 0, 0, true); return true;
    case 0xfd: // fscale
        set(p, READS_ST0 | READS_OTHER, 0, 0, false);
        p->other = 1;
        return true;
    default:
        if (modrm < 0xe8 || modrm > 0xee)
            return false;
        set(p, 0, 0, 1, false); // constants
        return true;
    }
}

static bool describe_register(unsigned opcode, unsigned modrm, struct fpu_plan *p)
{
    const unsigned both = READS_ST0 | READS_OTHER, group = modrm >> 3 & 7;
    p->other = modrm & 7;
    switch (opcode) {
    case 0xd8: set(p, both, group == 3, 0, group == 2 || group == 3); return true;
    case 0xd9: return describe_d9(modrm, p);
    case 0xda: // fucompp
        set(p, both, 2, 0, true);
        return modrm == 0xe9;
    case 0xdb: // fucomi, fcomi: no condition bit changes
        set(p, both, 0, 0, false);
        p->conditions = 0;
        return group == 5 || group == 6;
    case 0xdc: set(p, both, 0, 0, false); return group != 2 && group != 3;
    case 0xdd: // fst, fstp, fucom, fucomp
        set(p, group < 4 ? READS_ST0 : both, group == 3 || group == 5, 0, group >= 4);
        return group >= 2 && group <= 5;
    case 0xde:
        set(p, both, modrm == 0xd9 ? 2 : 1, 0, modrm == 0xd9);
        // FADDP ST(0): the result stays behind in the popped register.
        return group != 2 && p->other && (group != 3 || modrm == 0xd9);
    default: // fucomip, fcomip
        set(p, both, 1, 0, false);
        p->conditions = 0;
        return group == 5 || group == 6;
    }
}

// --- code
// --------------------------------------------------------------------------------------------------------

// FST and FSTP ST(i) write a register that they do not read: it may be empty, and is valid then.
static bool writes_other_only(const struct insn *insn)
{
    return insn->opcode == 0xdd && insn->modrm >= 0xd0 && insn->modrm < 0xe0;
}

// Does it change ST(other)? And ST(0), when that stays?
static bool writes_other(const struct insn *insn)
{
    bool fxch = insn->opcode == 0xd9 && insn->modrm < 0xd0;
    return fxch || insn->opcode == 0xdc || insn->opcode == 0xde || writes_other_only(insn);
}

static bool writes_top(const struct insn *insn, const struct fpu_plan *p)
{
    unsigned reg = insn->modrm >> 3 & 7;
    if (p->conditions != FSW_C1 || writes_other_only(insn))
        return p->other == 0 && insn->opcode == 0xdd && insn->modrm >= 0xc0; // fst st(0)
    if (insn->modrm >=
        0xc0) // FLD ST(i), FXCH and arithmetic to ST(0), or to ST(i) when that is ST(0)
        return insn->opcode == 0xd8 || insn->opcode == 0xd9 || p->other == 0;
    return !(insn->opcode & 1) || reg == 0; // stores only read it
}

// Take ST(0) off the host's stack, into st[i] if it was changed.
static void put_take(struct thunk *c, unsigned i, bool changed)
{
    if (changed)
        put_fstp(c, i);
    else
        THUNK_PUT(c, 0xdd, 0xd8);
}

static void put_fast(struct thunk *c, const struct insn *insn, struct fpu_plan *p)
{
    bool registers = insn->modrm >= 0xc0;
    bool other = registers && ((p->reads & READS_OTHER) || writes_other_only(insn)) && p->other;
    bool top = (p->reads & READS_ST0) || ((p->reads & READS_OTHER) && !p->other);
    unsigned modrm = buffer_modrm(insn);
    THUNK_PUT(c, 0x49, 0x89, 0xd0); // mov r8, rdx
    // FNCLEX costs over 100 clocks: only if the host has a flag that the guest has not. The rest
    // may stay, flags are sticky.
    THUNK_PUT(c, 0xdf, 0xe0, 0x0f, 0xb7); // fnstsw ax; movzx edx, the guest's
    thunk_put_state(c, 2, THUNK_STATE(fsw));
    THUNK_PUT(c, 0xf7, 0xd2, 0x21, 0xd0);          // not edx; and eax, edx
    THUNK_PUT(c, 0xa8, 0x7f, 0x74, 2, 0xdb, 0xe2); // test al; jz; fnclex
    thunk_put(c, 0xd9);
    thunk_put_state(c, 5, THUNK_STATE(fcw)); // fldcw
    if (other)
        put_fld(c, p->other);
    if (top)
        put_fld(c, 0);
    // The host's register: ST(1), or ST(0) where ST(0) itself is not loaded.
    if (registers && p->other && (insn->opcode != 0xd9 || modrm < 0xd0))
        modrm = (modrm & 0xf8) | (top ? 1 : 0);
    THUNK_PUT(c, insn->opcode, (uint8_t)modrm);
    if (p->flags)
        thunk_put_flags_out(c);
    THUNK_PUT(c, 0xdf, 0xe0, 0x66, 0x41, 0x89, 0x40, THUNK_IO(fsw)); // fnstsw ax; mov io, ax
    if (p->pushes)
        put_fstp(c, 7); // the place of the new ST(0) before the stack turns
    if (top && p->pops == 0)
        put_take(c, 0, writes_top(insn, p));
    if (other && p->pops < 2)
        put_take(c, p->other, writes_other(insn));
    THUNK_PUT(c, 0x41, 0xd9, 0x68, THUNK_IO(host_fcw)); // fldcw
    thunk_put_return(c);
}

void thunk_make_x87(struct thunk *c, const struct insn *insn, struct fpu_plan *plan)
{
    THUNK_PUT(c, 0x49, 0x89, 0xd0);
    THUNK_PUT(c, 0x0f, 0xae, 0x0f); // fxrstor [rdi]
    thunk_put_io(c, 0x8b, 0, THUNK_IO(eflags));
    THUNK_PUT(c, 0x50, 0x9d); // push rax; popfq
    THUNK_PUT(c, insn->opcode, (uint8_t)buffer_modrm(insn));
    if (plan->flags)
        thunk_put_flags_out(c);
    THUNK_PUT(c, 0x0f, 0xae, 0x07, 0xdb, 0xe3); // fxsave [rdi]; fninit
    thunk_put_ldmxcsr_host(c);
    thunk_put_return(c);
    thunk_put_way_out(c, insn, false, false);
    bool known = insn->modrm < 0xc0 ? describe_memory(insn->opcode, insn->modrm >> 3 & 7, plan)
                                    : describe_register(insn->opcode, insn->modrm, plan);
    if (!known)
        return;
    plan->fast_at = (uint8_t)(c->p - c->slot);
    put_fast(c, insn, plan);
}
