// Group cr: control registers; group msr: model-specific registers, SYSENTER and SYSEXIT.
#include "emu/tests/system/case.h"

void case_cr_invalid_cr0(void)
{
    state_ring(0);
    in.eax = C0_PG | C0_ET;
    RUN("7: mov %eax, %cr0\n");
    check_fault(GP, 0);
    state_ring(0);
    in.eax = get_cr0() | C0_NW;
    RUN("7: mov %eax, %cr0\n");
    check_fault(GP, 0);
}
void case_cr_et(void)
{
    state_ring(0);
    in.eax = get_cr0() & ~(uint32_t)C0_ET;
    RUN("mov %eax, %cr0; mov %cr0, %ebx; or $0x1000, %eax; mov %eax, %cr0; mov %cr0, %ecx\n" EXIT);
    check_exit();
    check("ET", out.r.ebx & C0_ET, C0_ET);
    check("bit 12", out.r.ecx & 0x1000, 0);
}
void case_cr_reserved_cr4(void)
{
    state_ring(0);
    in.eax = 0x80000000;
    RUN("7: mov %eax, %cr4\n");
    check_fault(GP, 0);
}
void case_cr_undefined(void)
{
    state_ring(0);
    RUN("7: .byte 0x0F, 0x20, 0xC8\n");
    check_fault(UD, 0);
    state_ring(0);
    RUN("7: .byte 0x0F, 0x22, 0xF8\n");
    check_fault(UD, 0);
    state_ring(0);
    RUN("mov %cr0, %ebx; .byte 0x0F, 0x20, 0x00\n" EXIT);
    check_exit();
    check("mod 0", out.r.eax, out.r.ebx);
}
void case_cr_cr2(void)
{
    state_ring(0);
    in.eax = 0x87654321;
    RUN("mov %eax, %cr2; mov %cr2, %ebx\n" EXIT);
    check_exit();
    check("cr2", out.r.ebx, 0x87654321);
}
void case_cr_nm(void)
{
    set_cr0((get_cr0() & ~(uint32_t)C0_MP) | C0_EM);
    state_ring(3);
    RUN("7: fninit\n");
    check_fault(NM, 0);
    set_cr0((get_cr0() & ~(uint32_t)C0_EM) | C0_TS);
    state_ring(3);
    RUN("fwait\n 7: fninit\n");
    check_fault(NM, 0);
    set_cr0(get_cr0() | C0_MP);
    state_ring(3);
    RUN("7: fwait\n");
    check_fault(NM, 0);
}
void case_cr_pg_toggle(void)
{
    world_page();
    state_ring(0);
    RUN("mov %cr0, %eax; and $0x7FFFFFFF, %eax; mov %eax, %cr0; mov DATA_AT, %ebx; or $0x80000000, "
        "%eax; mov %eax, %cr0\n"
        "7: mov WINDOW_AT, %ebx\n");
    check_page_fault(0, WINDOW_AT);
}

void case_msr_unknown(void)
{
    check_text("RDMSR of 12345678", rdmsr_faults(0x12345678));
    check_text("WRMSR of 12345678", wrmsr_faults(0x12345678, 0));
}
void case_msr_tsc(void)
{
    state_ring(0);
    in.ecx = 0x10;
    in.edx = 0x1000;
    RUN("wrmsr; rdtsc\n" EXIT);
    check_exit();
    check("high half", out.r.edx, 0x1000);
    state_ring(0);
    in.ecx = 0x10;
    RUN("rdtsc; mov %eax, %ebx; mov %edx, %esi; rdmsr; sub %ebx, %eax; sbb %esi, %edx\n" EXIT);
    check_exit();
    check("forward", out.r.edx, 0);
}
void case_msr_apic_base(void)
{
    uint64_t base = rdmsr(0x1B);
    check("low", (uint32_t)base & 0xFFFFF900, 0xFEE00900);
    check_text("a reserved bit is taken", wrmsr_faults(0x1B, base | 1));
}
void case_msr_mtrr_variable(void)
{
    uint64_t cap = rdmsr(0xFE);
    check_text("no variable range", (cap & 0xFF) >= 1);
    uint64_t base = rdmsr(0x200), mask = rdmsr(0x201);
    wrmsr(0x200, 0x80000006);
    wrmsr(0x201, 0xF80000800ull);
    check("base", (uint32_t)rdmsr(0x200), 0x80000006);
    check("mask", (uint32_t)rdmsr(0x201), 0x80000800);
    wrmsr(0x201, mask);
    wrmsr(0x200, base);
}
void case_msr_mtrr_types(void)
{
    check_text("PHYSBASE0 type 2", wrmsr_faults(0x200, 2));
    check_text("DEF_TYPE type 3", wrmsr_faults(0x2FF, 3));
    check_text("DEF_TYPE bit 8", wrmsr_faults(0x2FF, 0x106));
    check_text("FIX64K type 2", wrmsr_faults(0x250, 0x0202020202020202ull));
    check_text("MTRRcap written", wrmsr_faults(0xFE, 0));
}
void case_msr_mtrr_fixed(void)
{
    static const uint16_t fixed[] = {0x250, 0x258, 0x259, 0x268, 0x26F};
    for (unsigned i = 0; i < 5; i++) {
        uint64_t old = rdmsr(fixed[i]);
        wrmsr(fixed[i], 0x0605040100060504ull);
        check("low", (uint32_t)rdmsr(fixed[i]), 0x00060504);
        check("high", (uint32_t)(rdmsr(fixed[i]) >> 32), 0x06050401);
        wrmsr(fixed[i], old);
    }
}
void case_msr_pat(void)
{
    uint64_t pat = rdmsr(0x277);
    check("low", (uint32_t)pat, 0x00070406);
    check("high", (uint32_t)(pat >> 32), 0x00070406);
    wrmsr(0x277, 0x0706050401000706ull);
    check("kept", (uint32_t)rdmsr(0x277), 0x01000706);
    check_text("type 2", wrmsr_faults(0x277, 0x0007040600070402ull));
    check_text("type 3", wrmsr_faults(0x277, 0x0307040600070406ull));
    check_text("type 8", wrmsr_faults(0x277, 0x0007040600080406ull));
    wrmsr(0x277, pat);
}
void case_msr_efer(void)
{
    uint64_t efer = rdmsr(0xC0000080);
    wrmsr(0xC0000080, efer | 0x800);
    check("NXE", (uint32_t)rdmsr(0xC0000080) & 0x800, 0x800);
    wrmsr(0xC0000080, efer);
    check_text("bit 1", wrmsr_faults(0xC0000080, efer | 2));
    check_text("bit 40", wrmsr_faults(0xC0000080, efer | 1ull << 40));
}
void case_msr_sysenter_registers(void)
{
    for (uint32_t i = 0x174; i <= 0x176; i++) {
        wrmsr(i, 0x1110 + i);
        check("kept", (uint32_t)rdmsr(i), 0x1110 + i);
        wrmsr(i, 0);
    }
}
static void set_sysenter(void)
{
    wrmsr(0x174, SEL_CODE0);
    wrmsr(0x175, STACK0_TOP - 0x100);
    wrmsr(0x176, CODE_AT + 0x40);
}
void case_msr_sysenter(void)
{
    set_sysenter();
    state_ring(3);
    in.eflags |= F_IF | F_CF;
    RUN("sysenter\n .skip 0x40 - 2\n pushf; pop %eax; mov %cs, %ebx; mov %ss, %ecx\n" EXIT);
    check_exit();
    check("cs", out.r.ebx, SEL_CODE0);
    check("ss", out.r.ecx, SEL_CODE0 + 8);
    check("esp", out.r.esp, STACK0_TOP - 0x100);
    check("flags", out.r.eax & (F_IF | F_CF), F_CF);
    check("ds", out.r.ds, SEL_DATA3);
    wrmsr(0x174, 0);
}
void case_msr_sysenter_null(void)
{
    wrmsr(0x174, 3);
    state_ring(3);
    RUN("7: sysenter\n");
    check_fault(GP, 0);
    state_ring(0);
    RUN("7: sysexit\n");
    check_fault(GP, 0);
    set_sysenter();
    state_ring(3);
    RUN("7: sysexit\n");
    check_fault(GP, 0);
    wrmsr(0x174, 0);
}
void case_msr_sysexit(void)
{
    // the GDT's order is SYSEXIT's: 08 code 0, 10 data 0, 18 code 3, 20 data 3
    set_sysenter();
    state_ring(0);
    in.edx = CODE_AT + 0x40;
    in.ecx = STACK_TOP - 0x200;
    RUN("sysexit\n .skip 0x40 - 2\n mov %cs, %eax; mov %ss, %ebx\n 7: cli\n");
    check_fault(GP, 0);
    check("cs", out.r.eax, SEL_CODE3);
    check("ss", out.r.ebx, SEL_DATA3);
    check("esp", out.r.esp, STACK_TOP - 0x200);
    wrmsr(0x174, 0);
}
void case_msr_sysenter_flat(void)
{
    wrmsr(0x174, SEL_T0);
    wrmsr(0x175, STACK0_TOP - 0x100);
    wrmsr(0x176, CODE_AT + 0x40);
    state_ring(3); // SEL_T0 and SEL_T1 are empty descriptors
    RUN("sysenter\n .skip 0x40 - 2\n mov %cs, %ebx; mov %ss, %ecx; push $5; pop %edx; mov "
        "%cs:DATA_AT, %esi\n ljmp $SEL_CODE0, $" HERE("1f") "\n 1:" EXIT);
    check_exit();
    check("cs", out.r.ebx, SEL_T0);
    check("ss", out.r.ecx, SEL_T1);
    wrmsr(0x174, 0);
}
void case_msr_sysenter_v86(void)
{
    set_sysenter();
    state_v86();
    RUN16("sysenter\n .skip 0x40 - 2\n .code32\n pushf; pop %eax\n" EXIT);
    check_exit();
    check("vm", out.r.eax & F_VM, 0);
    state_real();
    RUN_REAL("7: sysenter\n");
    check("vector", out.vector, GP);
    wrmsr(0x174, 0);
}
void case_msr_rdpmc(void)
{
    state_ring(0);
    in.ecx = 0x3FFF;
    RUN("7: rdpmc\n" EXIT);
    check_fault(GP, 0);
}
void case_msr_cpuid(void)
{
    state_ring(3);
    RUN("pushf; pop %eax; xor $0x200000, %eax; push %eax; popf; pushf; pop %ebx; xor %ebx, %eax; "
        "mov %eax, %edi; xor %eax, %eax; cpuid\n" EXIT);
    check_exit();
    check("ID", out.r.edi & F_ID, 0);
    check_text("no leaf 1", out.r.eax >= 1);
}
