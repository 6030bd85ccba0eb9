// Protection: descriptors, segment checks, far transfers and the system registers. For cpu/ and
// interp/ only.
//
// All functions that take a struct cpu may unwind by cpu_raise() unless they say otherwise, and
// commit nothing before their last access that can fault.
#ifndef TM_EMU_CPU_PROTECT_H
#define TM_EMU_CPU_PROTECT_H

#include "emu/cpu/cpu.h"

// A descriptor as it lies in memory (SDM vol. 3, 3.4.5):
//   hi 31-24 base 31-24 | 23 G | 22 D/B | 20 AVL | 19-16 limit 19-16 | 15 P | 14-13 DPL | 12 S |
//   11-8 type | 7-0 base 23-16 lo 31-16 base 15-0  | 15-0 limit 15-0
struct descriptor {
    uint32_t lo, hi;
};

enum {
    TYPE_ACCESSED = 1, // code and data
    TYPE_RW = 2,       // data: writable; code: readable
    TYPE_EC = 4,       // data: expand-down; code: conforming
    TYPE_CODE = 8,
    // system types (S = 0)
    TYPE_TSS16 = 1,
    TYPE_LDT = 2,
    TYPE_TSS16_BUSY = 3,
    TYPE_CALL16 = 4,
    TYPE_TASK = 5,
    TYPE_INT16 = 6,
    TYPE_TRAP16 = 7,
    TYPE_TSS32 = 9,
    TYPE_TSS32_BUSY = 11,
    TYPE_CALL32 = 12,
    TYPE_INT32 = 14,
    TYPE_TRAP32 = 15,
};

static inline unsigned descriptor_type(struct descriptor d)
{
    return (d.hi >> 8) & 15;
}
static inline unsigned descriptor_dpl(struct descriptor d)
{
    return (d.hi >> 13) & 3;
}
static inline bool descriptor_present(struct descriptor d)
{
    return (d.hi >> 15) & 1;
}
static inline bool descriptor_is_segment(struct descriptor d)
{
    return (d.hi >> 12) & 1;
}
static inline bool descriptor_is_code(struct descriptor d)
{
    return descriptor_is_segment(d) && (descriptor_type(d) & TYPE_CODE);
}
static inline bool descriptor_is_writable_data(struct descriptor d)
{
    return descriptor_is_segment(d) && (descriptor_type(d) & (TYPE_CODE | TYPE_RW)) == TYPE_RW;
}

static inline bool cpu_protected(const struct cpu *cpu)
{
    return cpu->cr0 & CR0_PE;
}
static inline bool cpu_v86(const struct cpu *cpu)
{
    return cpu->eflags & FLAG_VM;
}
// Real-address or virtual-8086 mode: selectors are paragraphs.
static inline bool cpu_paragraphs(const struct cpu *cpu)
{
    return !cpu_protected(cpu) || cpu_v86(cpu);
}
static inline unsigned cpu_iopl(const struct cpu *cpu)
{
    return (cpu->eflags >> 12) & 3;
}
static inline bool cpu_code32(const struct cpu *cpu)
{
    return cpu->seg[SEG_CS].attr & SEG_ATTR_DB;
}
static inline uint32_t cpu_stack_mask(const struct cpu *cpu)
{
    return cpu->seg[SEG_SS].attr & SEG_ATTR_DB ? 0xffffffffu : 0xffffu;
}

// --- segment.c ---
// The linear address of [seg:offset, +size) after the limit and access checks: #SS(0) for SS, else
// #GP(0).
uint32_t cpu_segment_check(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size,
                           bool write);
// Find a descriptor. False when `selector` is null or outside of its table (nothing is raised for
// that).
bool cpu_descriptor_find(struct cpu *cpu, uint16_t selector, uint32_t *linear);
// Read it, or raise `vector` with (selector & ~3) | ext.
struct descriptor cpu_descriptor_read(struct cpu *cpu, uint16_t selector, unsigned vector,
                                      unsigned ext);
void cpu_descriptor_set_accessed(struct cpu *cpu, uint16_t selector, struct descriptor *d);
void cpu_descriptor_unpack(struct descriptor d, uint16_t selector, struct segment *out);
// What MOV Sreg loads in real-address or virtual-8086 mode.
void cpu_segment_set_paragraph(struct cpu *cpu, enum cpu_seg seg, uint16_t selector);
// Find and check what LxS and MOV Sreg would load, without loading; commit by assigning to
// cpu->seg[].
struct segment cpu_segment_fetch(struct cpu *cpu, enum cpu_seg seg, uint16_t selector);
void cpu_load_ldtr(struct cpu *cpu, uint16_t selector);
void cpu_load_tr(struct cpu *cpu, uint16_t selector);

// --- far.c, return.c: `size` is the operand size, 2 or 4; `len` the instruction's length ---
void cpu_far_jump(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned len);
void cpu_far_call(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned size, unsigned len);
// Load CS:EIP after all checks. Cannot fault.
void cpu_commit_code(struct cpu *cpu, const struct segment *cs, uint32_t eip);
void cpu_far_return(struct cpu *cpu, unsigned size, uint32_t release);
void cpu_interrupt_return(struct cpu *cpu, unsigned size, unsigned len);

// --- task.c ---
// TASK_CALL: also interrupts and exceptions; the old task stays busy and the new one links to it.
enum task_cause { TASK_JUMP, TASK_CALL, TASK_RETURN };
// Switch to the task of the TSS at `selector`, which is checked but for privilege. `eip` and
// `eflags` are saved in the old one. May unwind in the old task or in the new one.
void cpu_task_switch(struct cpu *cpu, uint16_t selector, enum task_cause cause, uint32_t eip,
                     uint32_t eflags, unsigned ext);
// #GP(ext) if the new task's EIP is beyond its code segment.
void cpu_check_task_entry(struct cpu *cpu, unsigned ext);

// A stack that is not yet (or no longer) the CPU's own: pushes and pops move only the cursor.
struct cpu_stack {
    struct segment ss;
    uint32_t esp, mask;
    // Accesses have supervisor rights whatever CPL is, and are implicit ones, which SMAP always
    // stops (SDM vol. 3, 4.6.1): an inner level's stack, before CPL changes. On the current one
    // they are the program's own.
    bool system;
    unsigned vector, error; // raised when the limit is exceeded
};
struct cpu_stack cpu_stack_current(const struct cpu *cpu);
// The stack of privilege level `dpl` from the TSS; #TS and #SS as they fall due.
struct cpu_stack cpu_stack_inner(struct cpu *cpu, unsigned dpl, unsigned ext);
void cpu_stack_push(struct cpu *cpu, struct cpu_stack *st, unsigned size, uint32_t value);
// Raise what `count` pushes would by the segment's limit.
void cpu_stack_room(struct cpu *cpu, const struct cpu_stack *st, unsigned count, unsigned size);
// Read the `slot`-th element of `size` bytes from the top.
uint32_t cpu_stack_slot(struct cpu *cpu, const struct cpu_stack *st, unsigned slot, unsigned size);
void cpu_stack_release(struct cpu_stack *st, uint32_t bytes);
// Make it the CPU's own. Cannot fault.
void cpu_stack_commit(struct cpu *cpu, const struct cpu_stack *st);

// --- control.c ---
uint32_t cpu_read_cr(struct cpu *cpu, unsigned number);
// The bits of CR4 that this model has.
uint32_t cpu_cr4_defined(const struct cpu *cpu);
// After IF may have been set: ask the engine to come out if an interrupt waits.
static inline void cpu_notice_interrupts(struct cpu *cpu)
{
    if (cpu_intr_deliverable(cpu) || cpu_nmi_deliverable(cpu))
        cpu->poll = 1;
}

// UMIP: SGDT, SIDT, SLDT, STR and SMSW are ring 0's (SDM vol. 3, 2.5).
static inline void cpu_check_umip(struct cpu *cpu)
{
    if ((cpu->cr4 & CR4_UMIP) && cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
}

// --- debug.c ---
// Why cpu_raise(cpu, EXC_DB, ...): a code breakpoint pushes RF as it is, other faults push it set
// (SDM vol. 3, 17.3.1.1).
enum { DB_BREAKPOINT, DB_FAULT };
uint32_t cpu_read_dr(struct cpu *cpu, unsigned number);
void cpu_write_dr(struct cpu *cpu, unsigned number, uint32_t value);
// DR0-3, DR7 or CR4.DE changed.
void cpu_debug_update(struct cpu *cpu);
// Before the instruction at EIP: raise #DB if a code breakpoint says so.
void cpu_debug_code(struct cpu *cpu);
// An access was made: note what it hits.
void cpu_debug_data(struct cpu *cpu, uint32_t linear, uint32_t size, bool write);
void cpu_debug_port(struct cpu *cpu, uint16_t port, uint32_t size);
// A #DB is about to enter its handler.
void cpu_debug_entered(struct cpu *cpu);

// --- msr.c ---
void cpu_reset_msrs(struct cpu *cpu);
uint64_t cpu_read_msr(struct cpu *cpu, uint32_t number);
void cpu_write_msr(struct cpu *cpu, uint32_t number, uint64_t value);
// NX is there, and the guest has not switched it off.
bool cpu_has_nx(const struct cpu *cpu);

// --- fastcall.c ---
void cpu_sysenter(struct cpu *cpu);
void cpu_sysexit(struct cpu *cpu);

// --- privilege.c ---
// IN and OUT: IOPL and the TSS's permission map; #GP(0).
void cpu_check_port(struct cpu *cpu, uint16_t port, unsigned size);
// CLI and STI: IF, or VIF where VME or PVI say so; #GP(0).
void cpu_clear_interrupt_flag(struct cpu *cpu);
void cpu_set_interrupt_flag(struct cpu *cpu);
// VIF and VIP are both set where that is #GP(0) before the next instruction (SDM vol. 3, 20.3.2).
bool cpu_virtual_interrupt_due(const struct cpu *cpu);
// What PUSHF pushes; #GP(0) where it is not allowed.
uint32_t cpu_flags_image(struct cpu *cpu, unsigned size);
// POPF and IRET in virtual-8086 mode: #GP(0) where they, or this image, are not allowed.
void cpu_check_flags_image(struct cpu *cpu, uint32_t value, unsigned size);
// Write EFLAGS as POPF and IRET do: bits the current privilege may not change stay. An image for
// virtual-8086 mode has been checked.
void cpu_write_flags(struct cpu *cpu, uint32_t value, unsigned size, bool iret);
// INT n in virtual-8086 mode: true if it went to the 8086 program's own handler, by the TSS's
// redirection map; #GP(0) if it may not be executed at all.
bool cpu_redirect_interrupt(struct cpu *cpu, unsigned vector, uint32_t return_eip);

// --- deliver.c ---
// INT1, and #DB after an instruction: a trap that needs no privilege. `eip` is pushed.
void cpu_deliver_debug_trap(struct cpu *cpu, uint32_t eip, uint32_t dr6);

#endif
