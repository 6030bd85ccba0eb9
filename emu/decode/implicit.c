// The general registers that an instruction uses without naming them. See insn.h.
#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"

enum {
    A = 1 << REG_EAX,
    C = 1 << REG_ECX,
    D = 1 << REG_EDX,
    B = 1 << REG_EBX,
    SP = 1 << REG_ESP,
    BP = 1 << REG_EBP,
    SI = 1 << REG_ESI,
    DI = 1 << REG_EDI,
    ALL = 0xff,
};

static struct insn_registers of_string(const struct insn *insn)
{
    unsigned both = insn->prefixes & (PREFIX_REP | PREFIX_REPNE) ? C : 0;
    switch (insn->mnemonic) {
    case MN_MOVS:
    case MN_CMPS: both |= SI | DI; break;
    case MN_LODS:
    case MN_OUTS: both |= SI; break;
    default: both |= DI; break; // STOS, SCAS, INS
    }
    return (struct insn_registers){(uint8_t)both, (uint8_t)both};
}

// MUL, IMUL, DIV, IDIV with one operand (SDM vol. 2).
static struct insn_registers of_multiply(const struct insn *insn)
{
    bool divide = insn->mnemonic == MN_DIV || insn->mnemonic == MN_IDIV;
    if (insn->nopnd > 1)
        return (struct insn_registers){0, 0};
    if (insn->opnd[0].size == 1)
        return (struct insn_registers){A, A};
    bool part = insn->opnd[0].size == 2; // the upper halves stay
    return (struct insn_registers){divide || part ? A | D : A, A | D};
}

struct insn_registers insn_implicit_registers(const struct insn *insn)
{
    bool part = insn->op_size == 2;
    if (insn_mnemonics[insn->mnemonic].kind & MNK_STRING)
        return of_string(insn);
    switch (insn->mnemonic) {
    case MN_PUSH:
    case MN_POP:
    case MN_PUSHF:
    case MN_POPF:
    case MN_CALL:
    case MN_CALLF:
    case MN_RET:
    case MN_RETF:
    case MN_IRET:
    case MN_INT:
    case MN_INT1:
    case MN_INT3:
    case MN_INTO: return (struct insn_registers){SP, SP};
    case MN_PUSHA: return (struct insn_registers){ALL, SP};
    case MN_POPA: return (struct insn_registers){part ? ALL : SP, ALL};
    case MN_ENTER:
    case MN_LEAVE: return (struct insn_registers){SP | BP, SP | BP};
    case MN_MUL:
    case MN_IMUL:
    case MN_DIV:
    case MN_IDIV: return of_multiply(insn);
    case MN_DAA:
    case MN_DAS:
    case MN_AAA:
    case MN_AAS:
    case MN_AAM:
    case MN_AAD:
    case MN_SALC:
    case MN_LAHF:
    case MN_XLAT:
    case MN_CMPXCHG:
    case MN_CBW: return (struct insn_registers){A, A};
    case MN_SAHF: return (struct insn_registers){A, 0};
    case MN_CWD: return (struct insn_registers){part ? A | D : A, D};
    case MN_CMPXCHG8B: return (struct insn_registers){A | B | C | D, A | D};
    case MN_LOOP:
    case MN_LOOPE:
    case MN_LOOPNE: return (struct insn_registers){C, C};
    case MN_JCXZ: return (struct insn_registers){C, 0};
    case MN_CPUID: return (struct insn_registers){A | C, A | B | C | D};
    case MN_RDTSC: return (struct insn_registers){0, A | D};
    case MN_RDTSCP: return (struct insn_registers){0, A | C | D};
    case MN_RDMSR:
    case MN_RDPMC:
    case MN_XGETBV: return (struct insn_registers){C, A | D};
    case MN_WRMSR:
    case MN_XSETBV:
    case MN_MONITOR: return (struct insn_registers){A | C | D, 0};
    case MN_MWAIT: return (struct insn_registers){A | C, 0};
    case MN_SYSENTER: return (struct insn_registers){0, SP};
    case MN_SYSEXIT: return (struct insn_registers){C | D, SP};
    case MN_RSM: return (struct insn_registers){0, ALL};
    case MN_XSAVE:
    case MN_XSAVEC:
    case MN_XSAVEOPT:
    case MN_XRSTOR: return (struct insn_registers){A | D, 0};
    case MN_MULX: return (struct insn_registers){D, 0};
    case MN_PCMPESTRM: return (struct insn_registers){A | D, 0};
    case MN_PCMPESTRI: return (struct insn_registers){A | D, C};
    case MN_PCMPISTRI: return (struct insn_registers){0, C};
    default: return (struct insn_registers){0, 0};
    }
}
