// Executes one vector or x87 instruction of the guest on the host's own unit.
//
// Interface: fpu_host_plan() gives the plan of an instruction: what it needs and writes, and the
// generated code ("thunk") that loads its registers from struct fpu_state, executes the same
// instruction with the memory operand in a buffer and a general register in EAX, and stores what it
// changed. Results, status flags and NaNs are silicon's own by construction.
// Invariants: between two thunks the host's units are as the C ABI wants them (x87 empty, MXCSR
// 1F80h, upper halves zero). One thread executes guests. Plans stay valid until the next call of
// fpu_host_plan().
// Costs: a register SSE integer instruction about 10 clocks, with MXCSR about 25; x87 about 280.
#ifndef TM_EMU_FPU_HOST_H
#define TM_EMU_FPU_HOST_H

#include "emu/cpu/features.h"
#include "emu/decode/insn.h"
#include "emu/fpu/fpu.h"

// What thunk and C tell each other.
struct fpu_io {
    uint32_t gpr;        // the general register operand, in and out
    uint32_t eflags;     // in: x87 only; out: where plan->flags is not 0
    uint32_t eax, edx;   // in: lengths of PCMPESTRx
    uint32_t ecx;        // out: index of PCMPxSTRI
    uint32_t host_mxcsr; // what the C code wants
    uint16_t host_fcw;   // the same
    uint16_t fsw;        // out, x87 fast path: its flags are those of this instruction
};

enum fpu_thunk_end {
    FPU_DONE,
    FPU_SIMD_EXCEPTION, // unmasked: MXCSR has the flags, nothing else is changed
    FPU_UNDEFINED,      // the host refused the instruction
};
// `buffer`: 64 bytes, 64-byte aligned, the memory operand; for x87 up to 16.
typedef unsigned fpu_thunk(struct fpu_state *f, void *buffer, struct fpu_io *io);

struct fpu_plan {
    uint64_t key;
    fpu_thunk *run;
    // x87: a thunk that loads only ST(0) and one other register. It may run while all exceptions
    // are masked, the registers that it reads are not empty, and the one that it pushes into is.
    // NULL: there is none. It leaves TOP, tags and the order of registers to the caller.
    fpu_thunk *run_fast;
    uint8_t fast_at;      // its offset in the slot
    uint8_t reads, other; // bit 0: ST(0), bit 1: ST(other)
    uint8_t pops, pushes;
    uint16_t conditions;     // of C0-C3, those that it writes
    uint32_t flags;          // EFLAGS that the instruction writes
    uint8_t memory;          // ACCESS_* of the memory operand; 0: none
    uint8_t size;            // its bytes
    uint8_t gpr_in, gpr_out; // general registers read and written, or REG_NONE
    uint8_t cls;             // enum insn_class
    bool aligned;            // #GP(0) unless aligned to `size`
    bool mmx;                // has an MMX register operand
    bool lengths;            // reads EAX and EDX
    bool index;              // writes ECX
};

// NULL if the host cannot execute it, or no memory for code can be had.
const struct fpu_plan *fpu_host_plan(const struct insn *insn);

// May it raise #XM: SSE or AVX floating-point arithmetic, conversion or comparison? These are also
// the ones that read or write MXCSR.
bool fpu_may_raise_xm(const struct insn *insn);

// Remove from `f` what the host's unit lacks and would have to execute. The option name of the
// first feature that was removed, or NULL.
const char *fpu_host_limit(struct cpu_features *f);

#endif
