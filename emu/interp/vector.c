// MMX, SSE and AVX: everything that touches at most one memory operand as a whole runs on the
// host's own unit (fpu/host.h); only what comes before and after is done here. The rest is in
// vector_memory.c and xsave.c.
#include "emu/interp/vector.h"

#include "emu/fpu/host.h"
#include "emu/interp/flags.h"
#include "emu/interp/wide.h"

// An unmasked SIMD exception: MXCSR has its flags already (SDM vol. 1, 11.5.2 and 11.5.3).
_Noreturn static void raise_simd(struct cpu *cpu)
{
    cpu_raise(cpu, cpu->cr4 & CR4_OSXMMEXCPT ? EXC_XM : EXC_UD, 0);
}

enum outcome interp_op_vector(struct cpu *cpu, const struct insn *insn)
{
    _Alignas(64) uint8_t buffer[64];
    struct fpu_io io;
    struct wide_target target = {0, NULL};
    vector_check_gate(cpu, insn->cls);
    if (insn->vex && cpu_paragraphs(cpu))
        cpu_raise(cpu, EXC_UD, 0);
    const struct fpu_plan *plan = fpu_host_plan(insn);
    if (!plan)
        cpu_raise(cpu, EXC_UD, 0);
    if (plan->mmx && vector_must_wait(cpu))
        return UNFINISHED;
    if (plan->memory) {
        uint32_t linear = wide_linear(cpu, insn, plan->size, plan->memory & ACCESS_WRITE);
        if (plan->aligned && (linear & (plan->size - 1u)))
            cpu_raise(cpu, EXC_GP, 0);
        if (plan->memory & ACCESS_WRITE)
            target = wide_probe(cpu, linear, plan->size);
        else
            wide_load(cpu, linear, plan->size, buffer);
    }
    if (plan->mmx)
        fpu_enter_mmx(&cpu->fpu);
    io.host_mxcsr = MXCSR_INIT;
    if (plan->gpr_in != REG_NONE)
        io.gpr = cpu->gpr[plan->gpr_in];
    if (plan->lengths) {
        io.eax = cpu->gpr[REG_EAX];
        io.edx = cpu->gpr[REG_EDX];
    }
    unsigned end = plan->run(&cpu->fpu, buffer, &io);
    if (__builtin_expect(end == FPU_SIMD_EXCEPTION, 0))
        raise_simd(cpu);
    if (__builtin_expect(end == FPU_UNDEFINED, 0))
        cpu_raise(cpu, EXC_UD, 0);
    if (plan->memory & ACCESS_WRITE)
        wide_store(cpu, &target, plan->size, buffer);
    if (plan->gpr_out != REG_NONE)
        cpu->gpr[plan->gpr_out] = io.gpr;
    if (plan->index)
        cpu->gpr[REG_ECX] = io.ecx;
    if (plan->flags)
        flags_assign(cpu, plan->flags, io.eflags & plan->flags);
    return DONE;
}
