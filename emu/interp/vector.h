// What the handlers of x87, MMX, SSE and AVX instructions share.
#ifndef TM_EMU_INTERP_VECTOR_H
#define TM_EMU_INTERP_VECTOR_H

#include "emu/interp/handler.h"

// Raise what CR0, CR4 and XCR0 say of the class: #UD or #NM.
static inline void vector_check_gate(struct cpu *cpu, unsigned cls)
{
    if (__builtin_expect(cpu->fpu_gate[cls] != 0, 0))
        cpu_raise(cpu, cpu->fpu_gate[cls], 0);
}

// Before a waiting x87 or an MMX instruction: #MF, or, with CR0.NE clear, true: the processor waits
// for the interrupt that FERR# makes, EIP stays, return UNFINISHED.
static inline bool vector_must_wait(struct cpu *cpu)
{
    if (__builtin_expect(!(cpu->fpu.image.fsw & FSW_ES), 1) || !fpu_pending_slow(cpu))
        return false;
    cpu->halted = true; // as HLT does, until an interrupt comes
    cpu->poll = 1;
    return true;
}

// The generic handlers: by insn.cls, for every mnemonic that has no handler of its own.
enum outcome interp_op_vector(struct cpu *cpu, const struct insn *insn);
enum outcome interp_op_x87(struct cpu *cpu, const struct insn *insn);

#endif
