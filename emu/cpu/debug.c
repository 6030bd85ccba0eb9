// Debug registers: MOV DR, and the breakpoints that DR7 enables. (SDM vol. 3, 17.2 and 17.3)
//
// Interface: cpu_read_dr(), cpu_write_dr(); cpu_debug_update() after whatever changes DR0-3, DR7 or
// CR4.DE; cpu_debug_code() before an instruction; cpu_debug_data() and cpu_debug_port() at an
// access. What an access hits is collected in cpu->debug_hits and becomes a #DB trap when the
// instruction ends; a fault throws it away, since the instruction will do it again.
#include "emu/cpu/protect.h"

enum {
    DR6_BD = 1 << 13,
    DR6_FIXED1 = 0xffff0ff0,
    DR6_WRITABLE = 0xe00f,
    DR7_FIXED1 = 1 << 10,
    DR7_GD = 1 << 13,
    DR7_WRITABLE = 0xffff23ff,
};
enum condition { ON_EXECUTE, ON_WRITE, ON_PORT, ON_READ_WRITE };

static bool enabled(uint32_t dr7, unsigned n)
{
    return dr7 >> (2 * n) & 3;
}

static enum condition condition_of(uint32_t dr7, unsigned n)
{
    return (enum condition)(dr7 >> (16 + 4 * n) & 3);
}

static uint32_t bytes_of(uint32_t dr7, unsigned n)
{
    static const uint8_t bytes[] = {1, 2, 8, 4};
    return bytes[dr7 >> (18 + 4 * n) & 3];
}

void cpu_debug_update(struct cpu *cpu)
{
    uint32_t dr7 = cpu->dr[7];
    cpu->watch_code = cpu->watch_data = cpu->watch_port = false;
    for (unsigned n = 0; n < 4; n++) {
        if (!enabled(dr7, n))
            continue;
        switch (condition_of(dr7, n)) {
        case ON_EXECUTE: cpu->watch_code = true; break;
        case ON_PORT: cpu->watch_port |= (cpu->cr4 & CR4_DE) != 0; break; // without DE: undefined
        case ON_WRITE:
        case ON_READ_WRITE: cpu->watch_data = true; break;
        }
    }
    cpu->watching = cpu->watch_code || cpu->watch_data || cpu->watch_port;
    cpu->leave = 1;
}

// The breakpoints of one kind whose range meets [at, at + size). Ranges lie at multiples of their
// length; neither they nor accesses are cut at 4 GB here.
static uint32_t hits(const struct cpu *cpu, uint32_t at, uint32_t size, uint32_t conditions)
{
    uint32_t found = 0;
    for (unsigned n = 0; n < 4; n++) {
        uint32_t bytes = bytes_of(cpu->dr[7], n), from = cpu->dr[n] & ~(bytes - 1);
        if (enabled(cpu->dr[7], n) && (conditions >> condition_of(cpu->dr[7], n) & 1) &&
            (at - from < bytes || from - at < size))
            found |= 1u << n;
    }
    return found;
}

void cpu_debug_data(struct cpu *cpu, uint32_t linear, uint32_t size, bool write)
{
    cpu->debug_hits |= hits(cpu, linear, size, 1u << ON_READ_WRITE | (write ? 1u << ON_WRITE : 0));
}

void cpu_debug_port(struct cpu *cpu, uint16_t port, uint32_t size)
{
    if (cpu->watch_port)
        cpu->debug_hits |= hits(cpu, port, size, 1u << ON_PORT);
}

void cpu_debug_code(struct cpu *cpu)
{
    if (!cpu->watch_code || (cpu->eflags & FLAG_RF) || cpu->shadow_ss)
        return;
    uint32_t linear = cpu->seg[SEG_CS].base + cpu->eip, found = 0;
    for (unsigned n = 0; n < 4; n++)
        if (enabled(cpu->dr[7], n) && condition_of(cpu->dr[7], n) == ON_EXECUTE &&
            cpu->dr[n] == linear)
            found |= 1u << n;
    if (!found)
        return;
    cpu->dr[6] |= found;
    cpu_raise(cpu, EXC_DB, DB_BREAKPOINT);
}

void cpu_debug_entered(struct cpu *cpu)
{
    cpu->dr[7] &= ~(uint32_t)DR7_GD;
    cpu->msr[MSR_DEBUGCTL] &= ~(uint64_t)DEBUGCTL_BTF;
}

// DR4 and DR5 are other names of DR6 and DR7 unless CR4.DE is set. DR7.GD makes every access a #DB.
static unsigned debug_register(struct cpu *cpu, unsigned number)
{
    if (number == 4 || number == 5) {
        if (cpu->cr4 & CR4_DE)
            cpu_raise(cpu, EXC_UD, 0);
        number += 2;
    }
    if (cpu->dr[7] & DR7_GD) {
        cpu->dr[6] |= DR6_BD;
        cpu_raise(cpu, EXC_DB, DB_FAULT);
    }
    return number;
}

uint32_t cpu_read_dr(struct cpu *cpu, unsigned number)
{
    return cpu->dr[debug_register(cpu, number)];
}

void cpu_write_dr(struct cpu *cpu, unsigned number, uint32_t value)
{
    number = debug_register(cpu, number);
    if (number == 6)
        value = (value & DR6_WRITABLE) | DR6_FIXED1;
    else if (number == 7)
        value = (value & DR7_WRITABLE) | DR7_FIXED1;
    cpu->dr[number] = value;
    cpu_debug_update(cpu);
}
