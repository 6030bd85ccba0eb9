// Group v86: virtual-8086 mode, with and without its extensions (SDM vol. 3, chapter 20).
#include "emu/tests/system/case.h"

static uint8_t *
redirection(void) // 32 bytes before the I/O map: a set bit sends INT n to the handler of the IDT
{
    return world_tss() + 0x68;
}
static void v86(unsigned iopl)
{
    state_v86();
    in.eflags |= iopl << 12;
}

void case_v86_address(void)
{
    *mem16(DATA_AT + 0x124) = 0xBEEF;
    v86(3);
    in.es = (DATA_AT >> 4) + 0x12;
    RUN16("mov %es:4, %ax; mov $0x12345678, %ebx; mov %cs, %cx\n int $INT_EXIT\n");
    check_exit();
    check("eax", out.r.eax, 0xBEEF);
    check("ebx", out.r.ebx, 0x12345678);
    check("ecx", out.r.ecx, CODE_AT >> 4);
    check("vm", out.r.eflags & F_VM, F_VM);
}
void case_v86_frame(void)
{
    v86(0);
    in.es = 0x1111;
    in.fs = 0x2222;
    in.gs = 0x3333;
    in.ds = 0x4444;
    RUN16("mov $0x5678, %sp\n 7: hlt\n");
    check_fault(GP, 0);
    check("esp", out.entry_esp, STACK0_TOP - 40);
    check("es", out.r.es, 0x1111);
    check("fs", out.r.fs, 0x2222);
    check("gs", out.r.gs, 0x3333);
    check("ds", out.r.ds, 0x4444);
    check("ss", out.r.ss, STACK_AT >> 4);
    check("sp", out.r.esp, 0x5678);
    check("vm on entry", out.entry_eflags & F_VM, 0);
}
void case_v86_iopl(void)
{
    for (unsigned i = 0; i < 6; i++) {
        v86(2);
        switch (i) {
        case 0: RUN16("7: cli\n"); break;
        case 1: RUN16("7: sti\n"); break;
        case 2: RUN16("7: pushf\n"); break;
        case 3: RUN16("7: popf\n"); break;
        case 4: RUN16("7: int $INT_EXIT\n"); break;
        default: RUN16("7: iret\n"); break;
        }
        check_fault(GP, 0);
    }
}
void case_v86_iopl3(void)
{
    v86(3);
    RUN16("sti; pushf; pop %ax; cli; pushf; pop %bx; push $0x203; popf; pushf; pop %cx; pushl "
          "$0x20002; popfl; pushfl; pop %edx\n"
          "int $INT_EXIT\n");
    check_exit();
    check("ax", out.r.eax, F_IF | F_IOPL | F_ONE);
    check("bx", out.r.ebx, F_IOPL | F_ONE);
    check("cx", out.r.ecx, F_IF | F_CF | F_IOPL | F_ONE);
    check("edx", out.r.edx, F_IOPL | F_ONE);
}
void case_v86_iret(void)
{
    v86(3);
    RUN16("push $0x203; push %cs; push $" HERE16("1f") "; iret\n nop; 1: int $INT_EXIT\n");
    check_exit();
    check("flags", out.r.eflags, F_VM | F_IF | F_CF | F_IOPL | F_ONE);
    check("sp", out.r.esp, STACK_TOP - STACK_AT);
}
void case_v86_int3(void)
{
    v86(0);
    RUN16("int3\n 7: nop\n");
    check_fault(BP, 0);
    v86(0);
    in.eflags |= F_OF;
    RUN16("into\n 7: nop\n");
    check_fault(OF, 0);
}
void case_v86_io(void)
{
    world_tss()[0x88 + 0x80 / 8] &= (uint8_t)~1;
    v86(3);
    RUN16("in $0x80, %al\n 7: in $0x81, %al\n");
    check_fault(GP, 0);
    v86(0);
    RUN16("in $0x80, %al\n 7: out %al, $0x81\n");
    check_fault(GP, 0);
}
void case_v86_instructions(void)
{
    for (unsigned i = 0; i < 14; i++) {
        v86(3);
        switch (i) {
        case 0: RUN16("7: hlt\n"); break;
        case 1: RUN16("7: mov %cr0, %eax\n"); break;
        case 2: RUN16("7: mov %eax, %dr7\n"); break;
        case 3: RUN16("7: lgdt 0\n"); break;
        case 4: RUN16("7: clts\n"); break;
        case 5: RUN16("7: lldt %ax\n"); break;
        case 6: RUN16("7: ltr %ax\n"); break;
        case 7: RUN16("7: sldt %ax\n"); break;
        case 8: RUN16("7: str %ax\n"); break;
        case 9: RUN16("7: lar %ax, %ax\n"); break;
        case 10: RUN16("7: lsl %ax, %ax\n"); break;
        case 11: RUN16("7: verr %ax\n"); break;
        case 12: RUN16("7: verw %ax\n"); break;
        default: RUN16("7: .byte 0x63, 0xC0\n"); break;
        }
        check_fault(i < 5 ? GP : UD, 0);
    }
}
void case_v86_limit(void)
{
    v86(3);
    RUN16("mov 0xFFFE, %ax\n 7: mov 0xFFFF, %ax\n");
    check_fault(GP, 0);
    v86(3);
    RUN16("mov $0x10000, %ebx\n 7: addr32 mov (%ebx), %al\n");
    check_fault(GP, 0);
    v86(3);
    in.ebp = 0xFFFF;
    RUN16("7: mov (%bp), %ax\n");
    check_fault(SS, 0);
}
void case_v86_far(void)
{
    v86(3);
    RUN16("lcall $CODE_AT / 16 + 1, $0x30\n int $INT_EXIT\n .skip 0x40 - 7\n pop %ax; pop %bx; mov "
          "%cs, %cx; push %bx; push %ax; lret\n");
    check_exit();
    check("ax", out.r.eax, 5);
    check("bx", out.r.ebx, CODE_AT >> 4);
    check("cx", out.r.ecx, (CODE_AT >> 4) + 1);
}
void case_v86_handler_dpl(void)
{
    world_set_idt(0x40, SEL_CODE1 & ~3, world_stub(0x40), 0xEE);
    v86(3);
    RUN16("7: int $0x40\n");
    check_fault(GP, SEL_CODE1 & ~3);
}
void case_v86_handler_conforming(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    world_set_idt(0x40, SEL_T0, world_stub(0x40), 0xEE);
    v86(3);
    RUN16("7: int $0x40\n");
    check_fault(GP, SEL_T0);
}
void case_v86_gate_dpl(void)
{
    v86(3);
    RUN16("7: int $0x40\n");
    check_fault(GP, 0x40 * 8 + 2);
}
void case_v86_paging(void)
{
    world_page();
    page_tables[0][DATA_AT >> 12] &= ~(uint32_t)P_U;
    set_cr3((uint32_t)(uintptr_t)page_directory);
    v86(3);
    RUN16("7: mov 0, %ax\n");
    check_page_fault(5, DATA_AT);
}
void case_v86_above_1mb(void)
{
    v86(3);
    in.es = 0xFFFF;
    RUN16("mov %es:0x10, %eax\n int $INT_EXIT\n");
    check_exit();
    check("eax", out.r.eax, 0x1BADB002); // the multiboot header
}
void case_v86_task_gate(void)
{
    world_task_vector(GP);
    v86(0);
    RUN16("7: hlt\n");
    check_task_vector(true, 0, 0);
    check("vm in the image", *(volatile uint32_t *)(world_tss() + 36) & F_VM, F_VM);
    check("vm", out.r.eflags & F_VM, 0);
}
void case_v86_vme_redirect(void)
{
    redirection()[0x40 / 8] = 0;
    *mem32(4 * 0x40) = (CODE_AT >> 4) << 16 | 0x40;
    set_cr4(C4_VME);
    v86(3);
    in.eflags |= F_IF;
    RUN16("int $0x40\n .skip 0x3E\n pushf; pop %ax; pop %bx; pop %cx; pop %dx; int $INT_EXIT\n");
    check_exit();
    check("IF in the handler", out.r.eax & (F_IF | F_TF), 0);
    check("ip", out.r.ebx, 2);
    check("cs", out.r.ecx, CODE_AT >> 4);
    check("flags", out.r.edx, F_IF | F_IOPL | F_ONE);
}
void case_v86_vme_redirect_iopl0(void)
{
    redirection()[0x40 / 8] = 0;
    *mem32(4 * 0x40) = (CODE_AT >> 4) << 16 | 0x40;
    set_cr4(C4_VME);
    v86(0);
    in.eflags |= F_VIF | F_IF;
    RUN16("int $0x40\n .skip 0x3E\n pop %bx; pop %cx; pop %dx\n 7: hlt\n");
    check_fault(GP, 0);
    check("ip", out.r.ebx, 2);
    check("flags", out.r.edx, F_IF | F_IOPL | F_ONE);
    check("VIF", out.r.eflags & (F_VIF | F_IF), F_IF);
}
void case_v86_vme_not_redirected(void)
{
    set_cr4(C4_VME);
    v86(0);
    RUN16("7: int $INT_EXIT\n");
    check_fault(GP, 0);
    v86(3);
    RUN16("int $INT_EXIT\n");
    check_exit();
}
void case_v86_vme_flags(void)
{
    set_cr4(C4_VME);
    v86(0);
    RUN16("sti; pushf; pop %ax; cli; pushf; pop %bx; push $0x202; popf; pushf; pop %cx\n 7: hlt\n");
    check_fault(GP, 0);
    check("after STI", out.r.eax, F_IF | F_IOPL | F_ONE);
    check("after CLI", out.r.ebx, F_IOPL | F_ONE);
    check("after POPF", out.r.ecx, F_IF | F_IOPL | F_ONE);
    check("VIF", out.r.eflags & (F_VIF | F_IF | F_IOPL), F_VIF);
}
void case_v86_vme_vip(void)
{
    set_cr4(C4_VME);
    v86(0);
    in.eflags |= F_VIP;
    RUN16("cli; push $2; popf\n 7: sti\n");
    check_fault(GP, 0);
    v86(0);
    in.eflags |= F_VIP;
    RUN16("push $0x202\n 7: popf\n");
    check_fault(GP, 0);
    check("sp", out.r.esp, STACK_TOP - STACK_AT - 2);
}
void case_v86_vme_popfd(void)
{
    set_cr4(C4_VME);
    v86(0);
    RUN16("push $0; push $2\n 7: popfl\n");
    check_fault(GP, 0);
    v86(0);
    RUN16("7: pushfl\n");
    check_fault(GP, 0);
    v86(0);
    RUN16("push $0x102\n 7: popf\n");
    check_fault(GP, 0);
}
void case_v86_vme_iret(void)
{
    set_cr4(C4_VME);
    v86(0);
    in.eflags |= F_IF;
    RUN16("push $0x202; push %cs; push $" HERE16("1f") "; iret\n nop; 1: 7: hlt\n");
    check_fault(GP, 0);
    check("VIF", out.r.eflags & (F_VIF | F_IF | F_IOPL), F_VIF | F_IF);
}
void case_v86_pvi(void)
{
    set_cr4(C4_PVI);
    state_ring(3);
    in.eflags |= F_IF;
    RUN("sti\n" EXIT);
    check_exit();
    check("VIF", out.r.eflags & (F_VIF | F_IF), F_VIF | F_IF);
    state_ring(3);
    in.eflags |= F_IF | F_VIF;
    RUN("cli\n" EXIT);
    check_exit();
    check("VIF", out.r.eflags & (F_VIF | F_IF), F_IF);
    state_ring(3);
    in.eflags |= F_VIP;
    RUN("7: sti\n" EXIT);
    check_fault(GP, 0);
}
void case_v86_external(void)
{
    world_raise_irq0();
    v86(0);
    in.eflags |= F_IF;
    RUN16("7: nop\n");
    check_fault(0x20, 0);
    check("esp", out.entry_esp, STACK0_TOP - 36);
}
void case_v86_vme_if(void)
{
    set_cr4(C4_VME);
    world_raise_irq0();
    v86(0);
    in.eflags |= F_VIF;
    RUN16("nop; nop\n 7: hlt\n");
    check_fault(GP, 0);
}
