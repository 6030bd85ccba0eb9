// Group priv: what ring 3 may not do, IOPL and the I/O permission map.
#include "emu/tests/system/case.h"

static uint8_t *io_map(void)
{
    return world_tss() + 0x88;
}

void case_priv_instructions(void)
{
    for (unsigned i = 0; i < 10; i++) {
        state_ring(3);
        switch (i) {
        case 0: RUN("7: hlt\n" EXIT); break;
        case 1: RUN("7: invlpg DATA_AT\n" EXIT); break;
        case 2: RUN("7: wbinvd\n" EXIT); break;
        case 3: RUN("7: invd\n" EXIT); break;
        case 4: RUN("7: rdmsr\n" EXIT); break;
        case 5: RUN("7: wrmsr\n" EXIT); break;
        case 6: RUN("7: mov %cr0, %eax\n" EXIT); break;
        case 7: RUN("7: mov %eax, %cr3\n" EXIT); break;
        case 8: RUN("7: mov %dr7, %eax\n" EXIT); break;
        default: RUN("7: mov %eax, %dr0\n" EXIT); break;
        }
        check_fault(GP, 0);
    }
}
void case_priv_ring1(void)
{
    state_ring(1);
    RUN("7: hlt\n");
    check_fault(GP, 0);
    check("cs", out.r.cs, SEL_CODE1);
    state_ring(2);
    RUN("7: mov %cr0, %eax\n");
    check_fault(GP, 0);
}
void case_priv_cli(void)
{
    state_ring(3);
    RUN("7: cli\n" EXIT);
    check_fault(GP, 0);
    state_ring(3);
    RUN("7: sti\n" EXIT);
    check_fault(GP, 0);
    state_ring(3);
    in.eflags |= F_IOPL;
    RUN("sti; pushf; pop %eax; cli; pushf; pop %ebx\n" EXIT);
    check_exit();
    check("set", out.r.eax & F_IF, F_IF);
    check("cleared", out.r.ebx & F_IF, 0);
    state_ring(1);
    in.eflags |= 0x1000;
    RUN("sti; cli\n" EXIT);
    check_exit();
}
void case_priv_popf(void)
{
    state_ring(3);
    RUN("push $0x3201; popf; pushf; pop %eax\n" EXIT);
    check_exit();
    check("flags", out.r.eax, F_CF | F_ONE);
    state_ring(3);
    in.eflags |= F_IOPL;
    RUN("push $0x201; popf; pushf; pop %eax\n" EXIT);
    check_exit();
    check("flags", out.r.eax, F_CF | F_ONE | F_IF | F_IOPL);
}
void case_priv_popf_ring0(void)
{
    state_ring(0);
    RUN("push $0x3F7003; popf; pushf; pop %eax; push $2; popf; pushf; pop %ebx\n" EXIT);
    check_exit();
    check("set", out.r.eax & 0x3F7003, F_CF | F_ONE | F_IOPL | F_NT | F_AC | F_ID);
    check("cleared", out.r.ebx & 0x3F7003, F_ONE);
}
void case_priv_pushf(void)
{
    state_ring(0);
    in.eflags |= F_RF;
    RUN("pushf; pop %eax\n" EXIT);
    check_exit();
    check("RF", out.r.eax & (F_RF | F_VM), 0);
}
void case_priv_io_map(void)
{
    io_map()[0x80 / 8] &= (uint8_t)~1;
    state_ring(3);
    RUN("in $0x80, %al; out %al, $0x80\n 7: in $0x81, %al\n" EXIT);
    check_fault(GP, 0);
    state_ring(3);
    RUN("7: out %al, $0x81\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_io_map_wide(void)
{
    io_map()[0x80 / 8] = 0xE0; // 80-84 free
    state_ring(3);
    RUN("in $0x80, %eax; in $0x81, %eax; in $0x83, %ax\n 7: in $0x84, %ax\n" EXIT);
    check_fault(GP, 0);
    state_ring(3);
    RUN("7: in $0x82, %eax\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_io_map_edge(void)
{
    io_map()[0x80 / 8] = 0x7F;
    io_map()[0x88 / 8] = 0xFE;
    state_ring(3);
    RUN("in $0x87, %ax\n 7: in $0x87, %eax\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_io_map_limit(void)
{
    io_map()[0x80 / 8] = 0;
    io_map()[0x88 / 8] = 0;
    world_set_descriptor(SEL_TSS, (uint32_t)(uintptr_t)world_tss(), 0x88 + 0x80 / 8, 0x089);
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
    state_ring(3);
    RUN("7: in $0x80, %al\n" EXIT);
    check_fault(GP, 0);
    world_set_descriptor(SEL_TSS, (uint32_t)(uintptr_t)world_tss(), 0x88 + 0x88 / 8, 0x089);
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
    state_ring(3);
    RUN("in $0x80, %al\n 7: in $0x88, %al\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_io_map_286(void)
{
    world_set_tss286(TSS_286_AT, 0);
    *mem16(TSS_286_AT + 2) = STACK_TOP - STACK_AT - 0x100;
    world_descriptor(SEL_TSS_286)[0] = 0xFF;
    world_descriptor(SEL_TSS_286)[1] = 0xFF;
    *mem16(TSS_286_AT + 102) = 0;
    state_ring(0);
    RUN("mov $SEL_TSS_286, %eax; ltr %ax; push $SEL_DATA3; push $STACK_TOP; push $SEL_CODE3; push "
        "$" HERE("1f") "; lret\n"
                       "1: 7: in $0x80, %al\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_io_iopl(void)
{
    state_ring(3);
    in.eflags |= F_IOPL;
    RUN("in $0x80, %al; out %al, $0x80; in $0x80, %eax\n" EXIT);
    check_exit();
}
void case_priv_io_string(void)
{
    state_ring(3);
    in.edx = 0x80;
    in.edi = in.esi = DATA_AT;
    in.ecx = 1;
    RUN("7: rep insb\n" EXIT);
    check_fault(GP, 0);
    check("ecx", out.r.ecx, 1);
    state_ring(3);
    in.edx = 0x80;
    in.esi = DATA_AT;
    RUN("7: outsb\n" EXIT);
    check_fault(GP, 0);
    check("esi", out.r.esi, DATA_AT);
}
void case_priv_rdtsc(void)
{
    state_ring(3);
    RUN("rdtsc\n" EXIT);
    check_exit();
    set_cr4(C4_TSD);
    state_ring(3);
    RUN("7: rdtsc\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    RUN("rdtsc\n" EXIT);
    check_exit();
}
void case_priv_rdtscp(void)
{
    wrmsr(0xC0000103, 0x1234);
    state_ring(3);
    RUN("rdtscp\n" EXIT);
    check_exit();
    check("ecx", out.r.ecx, 0x1234);
    set_cr4(C4_TSD);
    state_ring(3);
    RUN("7: rdtscp\n" EXIT);
    check_fault(GP, 0);
    set_cr4(0);
    wrmsr(0xC0000103, 0);
}
void case_priv_rdpmc(void)
{
    state_ring(3);
    RUN("7: rdpmc\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_monitor(void)
{
    state_ring(3);
    in.eax = DATA_AT;
    RUN("7: .byte 0x0F, 0x01, 0xC8\n" EXIT);
    check_fault(UD, 0);
    state_ring(3);
    RUN("7: .byte 0x0F, 0x01, 0xC9\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    in.eax = DATA_AT;
    in.ecx = 8;
    RUN("7: .byte 0x0F, 0x01, 0xC8\n" EXIT);
    check_fault(GP, 0);
}
void case_priv_pause(void)
{
    state_ring(3);
    in.ds = 0;
    RUN("pause; nopl 0x12345678; nopw (%eax)\n" EXIT);
    check_exit();
}
void case_priv_hlt(void)
{
    world_raise_irq0();
    state_ring(0);
    in.eflags |= F_IF;
    // the interrupt may come before HLT; STI right before it makes that impossible
    in.eflags &= ~(uint32_t)F_IF;
    RUN("sti; hlt\n 7: nop\n" EXIT);
    check_fault(0x20, 0);
}
