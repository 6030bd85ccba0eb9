// Engine 1: the reference interpreter. Plain C, one handler per mnemonic, flags computed eagerly
// and exactly.
//
// Interface: engine_interp (machine/engine.h) for whole runs; interp_execute() for what the
// translator leaves out; interp_step() for lockstep and for the one instruction after STI or MOV
// SS. Invariants: an instruction commits registers and flags after its last access that can fault,
// so the state seen by the handler of an exception is that before the instruction (REP: before the
// current element).
#ifndef TM_EMU_INTERP_INTERP_H
#define TM_EMU_INTERP_INTERP_H

#include <stdbool.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"
#include "emu/machine/engine.h"

// Execute one decoded instruction, cpu->eip at it. Advances EIP or branches; does not touch
// cpu->left. True when it retired; false for a REP that stopped at an element boundary because
// cpu->poll is set, which a very long one does by itself (EIP still at it: call again later). May
// unwind by cpu_raise() to cpu->unwind; then nothing is committed. Does not look at TF, RF or
// cpu->shadow: run an instruction that begins with one of them set by interp_step().
bool interp_execute(struct cpu *cpu, const struct insn *insn);

// Fetch, decode and execute one instruction at cpu->eip; exceptions are delivered (the instruction
// did not retire then), TF traps and the interrupt shadow are handled. Keeps the caller's
// cpu->unwind. Does not touch cpu->left and works whatever engine owns cpu->engine_state. Returns
// whether an instruction retired.
bool interp_step(struct cpu *cpu);

// A cache of decoded instructions, for interp_run_block().
struct interp;
struct interp *interp_create(const char **why); // NULL with *why set: out of memory
void interp_destroy(struct interp *in);

// Execute instructions from cpu->eip on until a branch, the end of the budget, cpu->poll, a change
// of mode or mapping, or a few have run: for an engine that leaves whole modes to interp. Counts
// what retires in cpu->left. Faults unwind to cpu->unwind, with what came before them retired.
void interp_run_block(struct cpu *cpu, struct interp *in);

// True if the next instruction is not to be executed by its handler alone: interp_step() does it.
static inline bool interp_is_special(const struct cpu *cpu)
{
    return (cpu->eflags & (FLAG_TF | FLAG_RF | FLAG_VIP | FLAG_AC)) || cpu->shadow ||
           cpu->pending_debug || cpu->watching;
}

#endif
