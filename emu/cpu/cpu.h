// The architectural state of one virtual CPU, and the rules that every engine shares.
//
// Interface: struct cpu, read and written by the engines; cpu_raise() to leave an instruction with
// an exception; cpu_deliver_*() to enter a handler; cpu_load_segment() and friends for descriptor
// rules. Invariants:
//  - At every C call, gpr[], eip and eflags are the exact architectural state. `eip` is the address
//  of
//    the instruction being executed until it retires.
//  - An instruction commits registers only after its last memory access, so that cpu_raise() may
//  leave
//    it at any point before and the state is that of an instruction not yet begun.
//  - Nothing here prints or ends the process: what a guest does wrong becomes its own exception.
// The translated code reaches this struct through %gs:offset; offsets are asserted in dispatch/.
#ifndef TM_EMU_CPU_CPU_H
#define TM_EMU_CPU_CPU_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/features.h"
#include "emu/cpu/msr.h"
#include "emu/fpu/fpu.h"

enum cpu_reg { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI, REG_COUNT };
// Selector numbers as encoded in ModRM.reg of MOV Sreg.
enum cpu_seg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_COUNT };

// EFLAGS (Intel SDM vol. 1, 3.4.3).
enum {
    FLAG_CF = 1u << 0,
    FLAG_ONE = 1u << 1, // always set
    FLAG_PF = 1u << 2,
    FLAG_AF = 1u << 4,
    FLAG_ZF = 1u << 6,
    FLAG_SF = 1u << 7,
    FLAG_TF = 1u << 8,
    FLAG_IF = 1u << 9,
    FLAG_DF = 1u << 10,
    FLAG_OF = 1u << 11,
    FLAG_IOPL = 3u << 12,
    FLAG_NT = 1u << 14,
    FLAG_RF = 1u << 16,
    FLAG_VM = 1u << 17,
    FLAG_AC = 1u << 18,
    FLAG_VIF = 1u << 19,
    FLAG_VIP = 1u << 20,
    FLAG_ID = 1u << 21,
    FLAGS_ARITH = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF,
};

// CR0, CR4 (SDM vol. 3, 2.5).
enum {
    CR0_PE = 1u << 0,
    CR0_MP = 1u << 1,
    CR0_EM = 1u << 2,
    CR0_TS = 1u << 3,
    CR0_ET = 1u << 4,
    CR0_NE = 1u << 5,
    CR0_WP = 1u << 16,
    CR0_AM = 1u << 18,
    CR0_NW = 1u << 29,
    CR0_CD = 1u << 30,
    CR0_PG = 1u << 31,
    CR4_VME = 1u << 0,
    CR4_PVI = 1u << 1,
    CR4_TSD = 1u << 2,
    CR4_DE = 1u << 3,
    CR4_PSE = 1u << 4,
    CR4_PAE = 1u << 5,
    CR4_MCE = 1u << 6,
    CR4_PGE = 1u << 7,
    CR4_PCE = 1u << 8,
    CR4_OSFXSR = 1u << 9,
    CR4_OSXMMEXCPT = 1u << 10,
    CR4_UMIP = 1u << 11,
    CR4_OSXSAVE = 1u << 18,
    CR4_SMEP = 1u << 20,
    CR4_SMAP = 1u << 21,
    EFER_NXE = 1u << 11, // the only bit of EFER that 32-bit code has
};

enum { MONITOR_LINE_BYTES = 64 };

// Exceptions (SDM vol. 3, 6.3.1).
enum cpu_vector {
    EXC_DE = 0,
    EXC_DB = 1,
    EXC_NMI = 2,
    EXC_BP = 3,
    EXC_OF = 4,
    EXC_BR = 5,
    EXC_UD = 6,
    EXC_NM = 7,
    EXC_DF = 8,
    EXC_TS = 10,
    EXC_NP = 11,
    EXC_SS = 12,
    EXC_GP = 13,
    EXC_PF = 14,
    EXC_MF = 16,
    EXC_AC = 17,
    EXC_XM = 19,
};

// #PF error code (SDM vol. 3, 4.7).
enum { PF_P = 1u << 0, PF_W = 1u << 1, PF_U = 1u << 2, PF_RSVD = 1u << 3, PF_I = 1u << 4 };

// A segment register's hidden part. attr holds the descriptor's access byte in bits 0-7 (type 0-3,
// S 4, DPL 5-6, P 7) and AVL, L, D/B, G in bits 8-11. limit is in bytes, inclusive, G applied.
struct segment {
    uint32_t base;
    uint32_t limit;
    uint16_t selector;
    uint16_t attr;
};
enum { SEG_ATTR_P = 0x80, SEG_ATTR_S = 0x10, SEG_ATTR_DB = 0x400, SEG_ATTR_G = 0x800 };

struct table_register {
    uint32_t base;
    uint32_t limit;
};

// Why an engine's run() came back.
enum cpu_exit {
    EXIT_BUDGET,   // the instruction budget is used up
    EXIT_POLL,     // somebody set `poll`: an interrupt may be deliverable, a device wants attention
    EXIT_HALT,     // HLT with nothing deliverable
    EXIT_SHUTDOWN, // triple fault
    EXIT_QUIT,     // a device asked the machine to stop (isa-debug-exit)
};

struct cpu_model;
struct points;
struct mmu;
struct profile;
struct machine;

struct cpu {
    // --- touched by translated code: keep first, so that displacements are short ---
    uint32_t gpr[REG_COUNT];
    uint32_t eip;
    uint32_t eflags;
    int64_t left;           // instructions left of the budget
    volatile uint32_t poll; // non-zero: leave translated code at the next block edge
    uint32_t leave;         // set by a slow path: the running block must not be resumed
    struct segment seg[SEG_COUNT];
    uint8_t jit_scratch[192]; // owned by dispatch/ (host stack pointers, saved values)
    uint8_t align_ok[8][256]; // [log2 size or size index][low address byte]: 1 where aligned; owned
                              // by dispatch/

    // --- the rest ---
    uint64_t icount_end; // instructions retired when `left` reaches 0; see cpu_icount()
    struct segment ldtr, tr;
    struct table_register gdtr, idtr;
    uint32_t cr0, cr2, cr3, cr4;
    uint64_t pdpte[4]; // PAE paging: loaded with CR3 (SDM vol. 3, 4.4.1)
    uint32_t efer;
    uint64_t msr[MSR_COUNT];
    // MONITOR: the line, what it held, and exceptions + interrupts then
    bool monitor_armed;
    uint32_t monitor_phys;
    uint64_t monitor_sum, monitor_events;
    uint32_t dr[8];
    uint64_t tsc_offset;
    const struct cpu_model *model; // NULL before the first reset: the default
    uint8_t phys_bits;             // of a physical address
    struct cpu_features features;  // what the CPU model has: CPUID, and what decodes
    bool halted;
    bool shadow;      // interrupt shadow: the instruction before was STI, MOV SS or POP SS
    bool shadow_ss;   // it was one of the latter two: debug traps are held back, too
    bool intr;        // level of the INTR pin, from the PIC
    bool nmi;         // an NMI is latched
    bool nmi_blocked; // until the next IRET
    bool shutdown;    // triple fault
    bool quit;        // the machine was asked to stop
    uint8_t cpl;      // current privilege level, 0-3
    // the exception being raised (valid between cpu_raise and its delivery)
    uint32_t exc_vector, exc_error;
    bool exc_has_error;
    // Breakpoints that DR7 enables, by kind, and any of them; see debug.c
    bool watching, watch_code, watch_data, watch_port;
    uint32_t debug_hits;    // DR6 bits of breakpoints that the running instruction has hit
    struct points *points;  // of a debugger outside; NULL: none, see points.h
    uint32_t pending_debug; // DR6 bits of a #DB trap that is due before the next instruction
    uint64_t exceptions, interrupts; // delivered so far
    jmp_buf unwind;                  // where cpu_raise() goes; set by the running engine

    struct mmu *mmu;
    struct profile *profile;
    struct machine *machine;
    void *engine_state; // owned by the engine that runs this CPU

    // x87, MMX, SSE, AVX: emu/fpu/fpu.h. 64-byte aligned, and so is the whole: see cpu_create().
    uint32_t
        fpu_gate[FPU_CLASSES]; // by enum insn_class: 0, or the vector that the class raises now
    struct fpu_state fpu;
};

// Instructions retired so far.
static inline uint64_t cpu_icount(const struct cpu *cpu)
{
    return cpu->icount_end - (uint64_t)cpu->left;
}

// Give the engine `insns` more instructions to run from here.
static inline void cpu_set_budget(struct cpu *cpu, int64_t insns)
{
    cpu->icount_end = cpu_icount(cpu) + (uint64_t)insns;
    cpu->left = insns;
}

// A CPU with all bytes zero, aligned as its FPU state must be; NULL when memory is out. free() ends
// it.
struct cpu *cpu_create(void);

// Power-on state (SDM vol. 3, table 9-1): real-address mode at FFFFFFF0. The boot code in machine/
// sets up flat protected mode where there is no BIOS.
void cpu_reset(struct cpu *cpu);

// Leave the current instruction with a fault. `error` is pushed for the vectors that have an error
// code (8, 10-14, 17). Never returns: unwinds to the engine, which calls cpu_deliver_exception().
_Noreturn void cpu_raise(struct cpu *cpu, unsigned vector, uint32_t error);
// #PF: sets CR2 to `linear` as well. `error` is PF_* bits.
_Noreturn void cpu_raise_page_fault(struct cpu *cpu, uint32_t linear, uint32_t error);

// Enter the handler of the exception left by cpu_raise(), by the IDT: gates, privilege change
// through the TSS, error code, double and triple fault (then cpu->shutdown is set). Faults while
// doing so are handled inside. Never unwinds. (SDM vol. 3, 6.12-6.15)
void cpu_deliver_exception(struct cpu *cpu);
// Enter the handler of external interrupt `vector`. Same rules; never unwinds.
void cpu_deliver_interrupt(struct cpu *cpu, unsigned vector);
// The same for the NMI that is latched; further ones wait for IRET.
void cpu_deliver_nmi(struct cpu *cpu);
// INT n, INT3, INTO: software interrupt by the running instruction, whose length is `len`. May
// unwind. `sensitive`: it is INT n, which virtual-8086 mode restricts.
void cpu_software_interrupt(struct cpu *cpu, unsigned vector, unsigned len, bool sensitive);

// True when a maskable interrupt would be taken now: INTR high, IF set, no shadow. A debug trap
// that is due comes first.
static inline bool cpu_intr_deliverable(const struct cpu *cpu)
{
    return cpu->intr && (cpu->eflags & FLAG_IF) && !cpu->shadow && !cpu->pending_debug;
}
static inline bool cpu_nmi_deliverable(const struct cpu *cpu)
{
    return cpu->nmi && !cpu->nmi_blocked && !cpu->shadow && !cpu->pending_debug;
}

// Load a segment register with all protected-mode checks (SDM vol. 2, MOV; vol. 3, 3.4.5). May
// unwind.
void cpu_load_segment(struct cpu *cpu, enum cpu_seg seg, uint16_t selector);
// Bits of a physical address.
static inline unsigned cpu_phys_bits(const struct cpu *cpu)
{
    return cpu->phys_bits;
}
// Are data accesses at the current privilege checked for alignment (SDM vol. 3, 6.15, #AC)?
static inline bool cpu_checks_alignment(const struct cpu *cpu)
{
    return (cpu->eflags & FLAG_AC) && cpu->cpl == 3 && (cpu->cr0 & CR0_AM);
}

// True while every instruction must be looked at: the translator leaves them to interp.
static inline bool cpu_needs_interp(const struct cpu *cpu)
{
    return cpu->watching || cpu_checks_alignment(cpu);
}

// Write a control register with its checks and consequences (table flush, mode). May unwind.
void cpu_write_cr(struct cpu *cpu, unsigned number, uint32_t value);
// CPUID: fills out[0..3] = EAX, EBX, ECX, EDX. Leaf 0x40000000 says "TickmarkEmu\0" in EBX, ECX,
// EDX.
void cpu_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
// The guest's time stamp counter now.
uint64_t cpu_read_tsc(const struct cpu *cpu);
// True while CS, SS, DS and ES are flat 4 GB 32-bit segments in protected mode, not V86: what the
// translator's first tier accepts. FS and GS may have any base.
bool cpu_is_flat32(const struct cpu *cpu);

#endif
