// Entering handlers: exceptions, external and software interrupts, double and triple faults.
// (SDM vol. 3, chapter 6)
//
// enter() does the work and unwinds when the entry itself faults; everything it commits comes after
// its last memory access. cpu_deliver_*() catch that and apply the double fault rules of table 6-5.
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"

enum entry_kind { ENTRY_EXCEPTION, ENTRY_EXTERNAL, ENTRY_SOFTWARE, ENTRY_TRAP };

struct entry {
    unsigned vector;
    enum entry_kind kind;
    bool has_error;
    uint32_t error;
    uint32_t eip;    // pushed
    uint32_t eflags; // pushed
};

static void enter_real(struct cpu *cpu, const struct entry *e)
{
    if (e->vector * 4 + 3 > cpu->idtr.limit)
        cpu_raise(cpu, EXC_GP, 0);
    uint32_t target = (uint32_t)mmu_load_system(cpu, cpu->idtr.base + e->vector * 4, 4);
    struct cpu_stack st = cpu_stack_current(cpu);
    cpu_stack_room(cpu, &st, 3, 2);
    cpu_stack_push(cpu, &st, 2, e->eflags & 0xffff);
    cpu_stack_push(cpu, &st, 2, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, 2, e->eip & 0xffff);
    cpu_stack_commit(cpu, &st);
    cpu_segment_set_paragraph(cpu, SEG_CS, (uint16_t)(target >> 16));
    cpu->eip = target & 0xffff;
    cpu->eflags &= ~(uint32_t)(FLAG_IF | FLAG_TF | FLAG_AC | FLAG_RF);
}

// Through a task gate. What goes wrong after the switch is the new task's.
static void enter_task(struct cpu *cpu, const struct entry *e, uint16_t selector, unsigned ext)
{
    cpu_task_switch(cpu, selector, TASK_CALL, e->eip, e->eflags, ext);
    if (e->has_error) {
        struct cpu_stack st = cpu_stack_current(cpu);
        st.error = ext;
        cpu_stack_push(cpu, &st, cpu->tr.attr & 8 ? 4 : 2, e->error);
        cpu_stack_commit(cpu, &st);
    }
    cpu_check_task_entry(cpu, ext);
}

static void enter_protected(struct cpu *cpu, const struct entry *e)
{
    unsigned ext = e->kind == ENTRY_SOFTWARE ? 0 : 1;
    uint32_t idt_error = e->vector * 8 + 2 + ext;
    if (e->vector * 8 + 7 > cpu->idtr.limit)
        cpu_raise(cpu, EXC_GP, idt_error);
    uint64_t raw = mmu_load_system(cpu, cpu->idtr.base + e->vector * 8, 8);
    struct descriptor gate = {.lo = (uint32_t)raw, .hi = (uint32_t)(raw >> 32)};
    unsigned type = descriptor_type(gate);
    if (descriptor_is_segment(gate) ||
        (type != TYPE_TASK && type != TYPE_INT16 && type != TYPE_TRAP16 && type != TYPE_INT32 &&
         type != TYPE_TRAP32))
        cpu_raise(cpu, EXC_GP, idt_error);
    if (e->kind == ENTRY_SOFTWARE && descriptor_dpl(gate) < cpu->cpl)
        cpu_raise(cpu, EXC_GP, idt_error);
    if (!descriptor_present(gate))
        cpu_raise(cpu, EXC_NP, idt_error);
    uint16_t selector = (uint16_t)(gate.lo >> 16);
    if (type == TYPE_TASK) {
        enter_task(cpu, e, selector, ext);
        return;
    }
    unsigned size = type & 8 ? 4 : 2;
    uint32_t offset = gate.lo & 0xffff;
    if (size == 4)
        offset |= gate.hi & 0xffff0000u;

    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, ext);
    struct descriptor code = cpu_descriptor_read(cpu, selector, EXC_GP, ext);
    unsigned dpl = descriptor_dpl(code);
    uint32_t sel_error = (selector & ~3u) | ext;
    if (!descriptor_is_code(code) || dpl > cpu->cpl)
        cpu_raise(cpu, EXC_GP, sel_error);
    if (!descriptor_present(code))
        cpu_raise(cpu, EXC_NP, sel_error);
    bool inner = !(descriptor_type(code) & TYPE_EC) && dpl < cpu->cpl;
    if (cpu_v86(cpu) && (!inner || dpl != 0))
        cpu_raise(cpu, EXC_GP, sel_error);

    struct cpu_stack st = inner ? cpu_stack_inner(cpu, dpl, ext) : cpu_stack_current(cpu);
    if (!inner)
        st.error = ext;
    struct segment cs;
    cpu_descriptor_unpack(code, (uint16_t)((selector & ~3u) | (inner ? dpl : cpu->cpl)), &cs);
    bool from_v86 = cpu_v86(cpu);
    unsigned slots = 3u + (from_v86 ? 4 : 0) + (inner ? 2 : 0) + (e->has_error ? 1 : 0);
    cpu_stack_room(cpu, &st, slots, size);
    if (offset > cs.limit)
        cpu_raise(cpu, EXC_GP, ext);

    if (from_v86) {
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_GS].selector);
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_FS].selector);
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_DS].selector);
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_ES].selector);
    }
    if (inner) {
        cpu_stack_push(cpu, &st, size, cpu->seg[SEG_SS].selector);
        cpu_stack_push(cpu, &st, size, cpu->gpr[REG_ESP]);
    }
    cpu_stack_push(cpu, &st, size, e->eflags);
    cpu_stack_push(cpu, &st, size, cpu->seg[SEG_CS].selector);
    cpu_stack_push(cpu, &st, size, e->eip);
    if (e->has_error)
        cpu_stack_push(cpu, &st, size, e->error);
    cpu_descriptor_set_accessed(cpu, selector, &code);
    cs.attr |= TYPE_ACCESSED;

    // From here on nothing can fault.
    cpu_stack_commit(cpu, &st);
    cpu->seg[SEG_CS] = cs;
    cpu->eip = offset;
    if (inner)
        cpu->cpl = (uint8_t)dpl;
    cpu->eflags &= ~(uint32_t)(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM);
    if (!(type & 1)) // interrupt gate
        cpu->eflags &= ~(uint32_t)FLAG_IF;
    if (from_v86)
        for (unsigned i = 0; i < SEG_COUNT; i++)
            if (i != SEG_CS && i != SEG_SS)
                cpu->seg[i] = (struct segment){0};
}

static void enter(struct cpu *cpu, const struct entry *e)
{
    if (cpu_protected(cpu))
        enter_protected(cpu, e);
    else
        enter_real(cpu, e);
}

// SDM vol. 3, table 6-4: 0 benign, 1 contributory, 2 page fault.
static int exception_class(unsigned vector)
{
    switch (vector) {
    case EXC_DE:
    case EXC_TS:
    case EXC_NP:
    case EXC_SS:
    case EXC_GP: return 1;
    case EXC_PF: return 2;
    default: return 0;
    }
}

// Is the exception a fault, so that RF is set in the pushed image (SDM vol. 3, 17.3.1.1)?
static bool is_fault(unsigned vector, uint32_t error)
{
    return (vector != EXC_DB || error == DB_FAULT) && vector != EXC_NMI && vector != EXC_BP &&
           vector != EXC_OF && vector != EXC_DF;
}

// More exceptions upon exceptions than table 6-5 lets be: contributory, page fault, contributory
// and double fault are the longest way to an end.
enum { ROUNDS_MAX = 16 };

// Enter; when that faults, go on with what comes of it. Never unwinds. Ends with cpu->shutdown at
// worst.
static void deliver(struct cpu *cpu, const struct entry *first)
{
    jmp_buf outer;
    memcpy(&outer, &cpu->unwind, sizeof outer);
    enum stage from = profile_switch(cpu->profile, STAGE_irq);
    if (first->kind != ENTRY_EXTERNAL) // machine/ counts those, with their acknowledge cycle
        profile_count(cpu->profile, STAGE_irq, 1, 0);
    cpu->shadow = cpu->shadow_ss = false;
    cpu->halted = false;
    volatile unsigned rounds = 0;
    volatile struct entry e; // these live across longjmp
    memcpy((void *)&e, first, sizeof e);
    for (;;) {
        if (setjmp(cpu->unwind) == 0) {
            struct entry now;
            memcpy(&now, (const void *)&e, sizeof now);
            enter(cpu, &now);
            break;
        }
        // The entry faulted: cpu->exc_* says how. e still says what was being delivered.
        profile_return(cpu->profile, STAGE_irq);
        unsigned second = cpu->exc_vector;
        if (e.kind == ENTRY_EXCEPTION) {
            int a = exception_class(e.vector), b = exception_class(second);
            // A misaligned ring 3 stack that the gates do not leave is #AC upon whatever is
            // delivered. #AC is not contributory, so that silicon goes round for ever, deaf to
            // interrupts. We shut down.
            bool forever = ++rounds > ROUNDS_MAX;
            if ((e.vector == EXC_DF && b != 0) || forever) {
                cpu->shutdown = true;
                break;
            }
            if ((a == 1 && b == 1) || (a == 2 && b != 0)) {
                cpu->exc_error = 0;
                cpu->exc_has_error = true;
                second = EXC_DF;
            }
        }
        e.kind = ENTRY_EXCEPTION;
        e.vector = second;
        e.error = cpu->exc_error;
        e.has_error = cpu->exc_has_error && cpu_protected(cpu);
        e.eip = cpu->eip;
        e.eflags = cpu->eflags | (is_fault(second, cpu->exc_error) ? (uint32_t)FLAG_RF : 0);
        cpu->exceptions++;
    }
    memcpy(&cpu->unwind, &outer, sizeof outer);
    profile_return(cpu->profile, from);
}

void cpu_deliver_exception(struct cpu *cpu)
{
    struct entry e = {
        .vector = cpu->exc_vector,
        .kind = ENTRY_EXCEPTION,
        .has_error = cpu->exc_has_error && cpu_protected(cpu),
        .error = cpu->exc_error,
        .eip = cpu->eip,
        .eflags = cpu->eflags | (is_fault(cpu->exc_vector, cpu->exc_error) ? (uint32_t)FLAG_RF : 0),
    };
    cpu->exceptions++;
    // The instruction may have been left while breakpoints were looked for; what it hit, it will
    // hit again.
    mmu_hide_tables(cpu->mmu, false);
    cpu->debug_hits = 0;
    if (e.vector == EXC_DB)
        cpu_debug_entered(cpu);
    deliver(cpu, &e);
}

void cpu_deliver_interrupt(struct cpu *cpu, unsigned vector)
{
    struct entry e = {
        .vector = vector,
        .kind = ENTRY_EXTERNAL,
        .eip = cpu->eip,
        .eflags = cpu->eflags,
    };
    cpu->interrupts++;
    deliver(cpu, &e);
}

void cpu_deliver_debug_trap(struct cpu *cpu, uint32_t eip, uint32_t dr6)
{
    struct entry e = {
        .vector = EXC_DB,
        .kind = ENTRY_TRAP,
        .eip = eip,
        .eflags = cpu->eflags,
    };
    cpu->dr[6] |= dr6;
    cpu_debug_entered(cpu);
    cpu->exceptions++;
    cpu->eip = eip;
    deliver(cpu, &e);
}

void cpu_deliver_nmi(struct cpu *cpu)
{
    cpu->nmi = false;
    cpu->nmi_blocked = true;
    cpu_deliver_interrupt(cpu, EXC_NMI);
}

void cpu_software_interrupt(struct cpu *cpu, unsigned vector, unsigned len, bool sensitive)
{
    struct entry e = {
        .vector = vector,
        .kind = ENTRY_SOFTWARE,
        .eip = cpu->eip + len,
        .eflags = cpu->eflags,
    };
    // INT3 and INTO go by the IDT whatever IOPL is (SDM vol. 3, 20.3.3)
    if (sensitive && cpu_redirect_interrupt(cpu, vector, e.eip))
        return;
    enum stage from = profile_switch(cpu->profile, STAGE_irq);
    profile_count(cpu->profile, STAGE_irq, 1, 0);
    enter(cpu, &e);
    profile_return(cpu->profile, from);
}
