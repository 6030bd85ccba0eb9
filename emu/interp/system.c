// Ports, interrupt flag, halt, identification, time stamp, model-specific and machine-status
// registers.
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/interp/vector.h"
#include "emu/machine/machine.h"

static void require_ring0(struct cpu *cpu)
{
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
}

enum outcome interp_op_undefined(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu_raise(cpu, EXC_UD, 0);
}

enum outcome interp_op_in(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint16_t port = (uint16_t)opnd_read(cpu, insn, 1);
    cpu_check_port(cpu, port, size);
    cpu_debug_port(cpu, port, size);
    reg_write(cpu, REG_EAX, size, machine_port_read(cpu->machine, port, size));
    return DONE;
}

enum outcome interp_op_out(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[1].size;
    uint16_t port = (uint16_t)opnd_read(cpu, insn, 0);
    cpu_check_port(cpu, port, size);
    cpu_debug_port(cpu, port, size);
    machine_port_write(cpu->machine, port, size, acc_read(cpu, size));
    return DONE;
}

enum outcome interp_op_cli(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu_clear_interrupt_flag(cpu);
    return DONE;
}

// Interrupts stay off for one more instruction, if they were off.
enum outcome interp_op_sti(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu_set_interrupt_flag(cpu);
    return DONE;
}

enum outcome interp_op_hlt(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_ring0(cpu);
    cpu->halted = true;
    cpu->poll = 1;
    return DONE;
}

enum outcome interp_op_cpuid(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    uint32_t out[4];
    cpu_cpuid(cpu, cpu->gpr[REG_EAX], cpu->gpr[REG_ECX], out);
    cpu->gpr[REG_EAX] = out[0];
    cpu->gpr[REG_EBX] = out[1];
    cpu->gpr[REG_ECX] = out[2];
    cpu->gpr[REG_EDX] = out[3];
    return DONE;
}

static void require_tsc(struct cpu *cpu)
{
    if ((cpu->cr4 & CR4_TSD) && cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
}

static void write_edx_eax(struct cpu *cpu, uint64_t v)
{
    cpu->gpr[REG_EAX] = (uint32_t)v;
    cpu->gpr[REG_EDX] = (uint32_t)(v >> 32);
}

enum outcome interp_op_rdtsc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_tsc(cpu);
    write_edx_eax(cpu, cpu_read_tsc(cpu));
    return DONE;
}

enum outcome interp_op_rdtscp(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_tsc(cpu);
    write_edx_eax(cpu, cpu_read_tsc(cpu));
    cpu->gpr[REG_ECX] = (uint32_t)cpu->msr[MSR_TSC_AUX];
    return DONE;
}

// The two counters of a P6, which nothing can switch on: there are no event selectors.
enum outcome interp_op_rdpmc(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    if (cpu_protected(cpu) && !(cpu->cr4 & CR4_PCE) && cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
    if (cpu->gpr[REG_ECX] > 1)
        cpu_raise(cpu, EXC_GP, 0);
    write_edx_eax(cpu, 0);
    return DONE;
}

enum outcome interp_op_rdmsr(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_ring0(cpu);
    write_edx_eax(cpu, cpu_read_msr(cpu, cpu->gpr[REG_ECX]));
    return DONE;
}

enum outcome interp_op_wrmsr(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_ring0(cpu);
    cpu_write_msr(cpu, cpu->gpr[REG_ECX], (uint64_t)cpu->gpr[REG_EDX] << 32 | cpu->gpr[REG_EAX]);
    return DONE;
}

// INVD and WBINVD: there is no cache to lose.
enum outcome interp_op_invd(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_ring0(cpu);
    return DONE;
}

enum outcome interp_op_invlpg(struct cpu *cpu, const struct insn *insn)
{
    require_ring0(cpu);
    mmu_flush_page(cpu, cpu->seg[insn->mem.seg].base + mem_offset(cpu, insn));
    return DONE;
}

// LMSW sets PE, MP, EM, TS, and cannot clear PE.
enum outcome interp_op_lmsw(struct cpu *cpu, const struct insn *insn)
{
    require_ring0(cpu);
    uint32_t v = opnd_read(cpu, insn, 0);
    uint32_t keep = ~(uint32_t)(CR0_MP | CR0_EM | CR0_TS);
    cpu_write_cr(cpu, 0, (cpu->cr0 & keep) | (v & 15));
    return DONE;
}

enum outcome interp_op_smsw(struct cpu *cpu, const struct insn *insn)
{
    cpu_check_umip(cpu);
    opnd_write(cpu, insn, 0,
               cpu->cr0); // a 32-bit register gets all of CR0, as on every CPU since the 486
    return DONE;
}

enum outcome interp_op_sysenter(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu_sysenter(cpu);
    return BRANCHED;
}

enum outcome interp_op_sysexit(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    cpu_sysexit(cpu);
    return BRANCHED;
}

enum outcome interp_op_clts(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_ring0(cpu);
    cpu->cr0 &= ~(uint32_t)CR0_TS;
    fpu_update_gates(cpu);
    return DONE;
}

enum outcome interp_op_fwait(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    if ((cpu->cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
        cpu_raise(cpu, EXC_NM, 0);
    return vector_must_wait(cpu) ? UNFINISHED : DONE;
}
