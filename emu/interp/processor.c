// Instructions about the processor and its caches: CLFLUSH and its kin, INVPCID, CLAC and STAC,
// MONITOR and MWAIT, RDPID, RDRAND and RDSEED.
#include <string.h>
#include <sys/random.h>

#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/machine/machine.h"

// There are no caches, but the line must be readable, as for a load of one byte.
enum outcome interp_op_clflush(struct cpu *cpu, const struct insn *insn)
{
    uint32_t linear = seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), 1, false);
    mmu_probe(cpu, linear, 1, MMU_READ);
    return DONE;
}

// With CR4.PCIDE out of reach of 32-bit code there is one context, number 0 (SDM vol. 2, INVPCID).
enum outcome interp_op_invpcid(struct cpu *cpu, const struct insn *insn)
{
    enum { ADDRESS, CONTEXT, ALL, ALL_BUT_GLOBAL };
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
    uint32_t linear = seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), 16, false);
    uint32_t type = cpu->gpr[insn->opnd[0].reg];
    uint64_t context = mmu_load(cpu, linear, 8), address = mmu_load(cpu, linear + 8, 8);
    if (type > ALL_BUT_GLOBAL || context >> 12 || (type <= CONTEXT && context))
        cpu_raise(cpu, EXC_GP, 0);
    if (type == ADDRESS)
        mmu_flush_page(cpu, (uint32_t)address);
    else if (type == ALL)
        mmu_flush(cpu);
    else
        mmu_flush_local(cpu);
    return DONE;
}

static enum outcome set_ac(struct cpu *cpu, bool on)
{
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_UD, 0);
    flags_assign(cpu, FLAG_AC, on ? FLAG_AC : 0);
    return DONE;
}

enum outcome interp_op_clac(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return set_ac(cpu, false);
}

enum outcome interp_op_stac(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    return set_ac(cpu, true);
}

// --- MONITOR and MWAIT ---

static void require_monitor(struct cpu *cpu, uint32_t hints)
{
    if (cpu->cpl != 0 || !(cpu->msr[MSR_MISC_ENABLE] & MISC_ENABLE_MONITOR))
        cpu_raise(cpu, EXC_UD, 0);
    if (hints)
        cpu_raise(cpu, EXC_GP, 0);
}

static uint64_t monitored_sum(struct cpu *cpu)
{
    uint8_t line[MONITOR_LINE_BYTES];
    uint64_t sum = 0;
    if (!mmu_phys_read(cpu->mmu, cpu->monitor_phys, line, sizeof line))
        return 0;
    for (unsigned i = 0; i < sizeof line; i += 8) {
        uint64_t v;
        memcpy(&v, line + i, 8);
        sum = (sum ^ v) * 0x9e3779b97f4a7c15ull;
    }
    return sum;
}

enum outcome interp_op_monitor(struct cpu *cpu, const struct insn *insn)
{
    require_monitor(cpu, cpu->gpr[REG_ECX]);
    uint32_t offset = wrap_address(insn, cpu->gpr[REG_EAX]), avail = 1;
    uint32_t linear = seg_linear(cpu, insn->mem.seg, offset, 1, false);
    const uint8_t *p = mmu_span(cpu, linear, &avail, MMU_READ);
    cpu->monitor_armed = p != NULL;
    if (p) {
        cpu->monitor_phys = (uint32_t)(p - cpu->mmu->ram) & ~(MONITOR_LINE_BYTES - 1u);
        cpu->monitor_sum = monitored_sum(cpu);
        cpu->monitor_events = cpu->exceptions + cpu->interrupts;
    }
    return DONE;
}

// Wait as HLT does: nothing but a device, which interrupts, writes while this processor does not
// run. It may also wake for no reason (SDM vol. 2, MWAIT), and goes right on when the line was
// written or anything happened since MONITOR, and when no interrupt could end the wait.
enum outcome interp_op_mwait(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    require_monitor(cpu, cpu->gpr[REG_ECX]);
    bool wait = cpu->monitor_armed && (cpu->eflags & FLAG_IF) &&
                cpu->monitor_events == cpu->exceptions + cpu->interrupts &&
                cpu->monitor_sum == monitored_sum(cpu);
    cpu->monitor_armed = false;
    if (wait) {
        cpu->halted = true;
        cpu->poll = 1;
    }
    return DONE;
}

// --- numbers ---

enum outcome interp_op_rdpid(struct cpu *cpu, const struct insn *insn)
{
    cpu->gpr[insn->opnd[0].reg] = (uint32_t)cpu->msr[MSR_TSC_AUX];
    return DONE;
}

// CF: there was a number. Under icount, runs repeat: the numbers follow from the instruction count.
enum outcome interp_op_rdrand(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = 0;
    bool got = true;
    if (machine_is_deterministic(cpu->machine)) {
        uint64_t z = (cpu_icount(cpu) + 1) * 0x9e3779b97f4a7c15ull;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        v = (uint32_t)(z >> 32);
    } else {
        got = getrandom(&v, sizeof v, GRND_NONBLOCK) == sizeof v;
    }
    reg_write(cpu, insn->opnd[0].reg, insn->opnd[0].size, got ? v : 0);
    flags_assign(cpu, FLAGS_ARITH, got ? FLAG_CF : 0);
    return DONE;
}
