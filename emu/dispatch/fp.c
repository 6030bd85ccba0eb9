// Whose x87, MMX, SSE and AVX state is in the host's registers.
//
// In C the memory image in struct cpu is the truth. Translated code keeps the state in the host's
// own registers from the first instruction that needs it on: that one finds its kind closed, comes
// here, and the entry thunk loads the state on the way back (XRSTOR). The exit thunk saves it
// (XSAVE) whenever it is there, and everything is closed again. So CR0.TS, CR0.EM and CR4.OSFXSR
// cost translated code nothing beyond that check: a kind that they forbid stays closed.
//
// FIP and FDP are offsets, FCS and FDS their selectors. Translated code stores the offsets; it runs
// only while the selectors are those that it would store. Where they are not, interp does the
// instruction and stores them: segments change in C alone. Operands in DS and in SS are kinds of
// their own: kernels have another selector in each.
#include "emu/cpu/protect.h"
#include "emu/dispatch/jit.h"

enum {
    BIT_CONTROL = 1 << FP_CONTROL,
    BIT_X87 = 1 << FP_X87,
    BITS_MEM = 1 << FP_X87_DS | 1 << FP_X87_SS,
    BITS_X87 = BIT_CONTROL | BIT_X87 | BITS_MEM,
};

// May instructions of this kind run translated?
static bool allowed(const struct cpu *cpu, unsigned kind)
{
    const struct segment *seg = cpu->seg;
    if (!(1u << kind & BITS_X87))
        return cpu->fpu_gate[kind] == 0;
    // With CR0.NE clear an error waits for IRQ 13, which the host's unit knows nothing of.
    if (cpu->fpu_gate[CLASS_X87] != 0 || !(cpu->cr0 & CR0_NE))
        return false;
    if (kind == FP_CONTROL)
        return true;
    if (kind == FP_X87_DS && cpu->fpu.fds != seg[SEG_DS].selector)
        return false;
    if (kind == FP_X87_SS && cpu->fpu.fds != seg[SEG_SS].selector)
        return false;
    return cpu->fpu.fcs == seg[SEG_CS].selector;
}

bool jit_fp_open(struct jit *j, unsigned mask)
{
    struct cpu *cpu = j->cpu;
    struct jit_context *c = jit_context(cpu);
    if (mask & BITS_MEM)
        mask |= BIT_X87;
    if (mask & BIT_X87)
        mask |= BIT_CONTROL;
    for (unsigned kind = 0; kind < FP_KINDS; kind++)
        if ((mask >> kind & 1) && !allowed(cpu, kind))
            return false;
    for (unsigned kind = 0; kind < FP_KINDS; kind++)
        c->fp_closed[kind] = !allowed(cpu, kind);
    c->fp_load = 1;
    return true;
}

void jit_fp_returned(struct jit *j)
{
    struct jit_context *c = jit_context(j->cpu);
    if (!c->fp_saved)
        return;
    c->fp_saved = 0;
    for (unsigned kind = 0; kind < FP_KINDS; kind++)
        c->fp_closed[kind] = 1;
    j->cpu->fpu.image.xstate_bv = XCR0_ALL; // XSAVE leaves out what is in its initial state
    j->cpu->fpu.image.mxcsr_mask = MXCSR_MASK;
    j->fp_saves++;
}

void jit_fp_store_last(struct jit *j, const struct x87_last *last)
{
    if (last->fop == X87_STORED)
        return;
    j->cpu->fpu.fip = last->fip;
    j->cpu->fpu.fop = last->fop;
}
