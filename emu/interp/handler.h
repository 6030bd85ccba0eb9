// The handlers' common contract.
//
// A handler executes one decoded instruction, cpu->eip at it. It commits registers, flags and EIP
// only after its last access that can fault; cpu_raise() inside leaves the instruction as if it had
// not begun.
#ifndef TM_EMU_INTERP_HANDLER_H
#define TM_EMU_INTERP_HANDLER_H

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"

enum outcome {
    DONE,       // the caller advances EIP
    BRANCHED,   // EIP is set
    UNFINISHED, // REP stopped at an element boundary; EIP still at the instruction
};

#define HANDLER(mn, name) enum outcome interp_op_##name(struct cpu *cpu, const struct insn *insn);
#include "emu/interp/handler.def"
#undef HANDLER

// The handler of an instruction, never NULL: its mnemonic's of handler.def, else its class's.
typedef enum outcome handler_fn(struct cpu *, const struct insn *);
handler_fn *interp_handler(const struct insn *insn);

// fast.c: the handler made for this very form if there is one, else the mnemonic's.
handler_fn *interp_fast_handler(const struct insn *insn);

#endif
