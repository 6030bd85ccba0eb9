// Group debug: breakpoints and the rules of the debug registers (SDM vol. 3, 17.2 and 17.3).
#include "emu/tests/system/case.h"

enum { EXECUTE = 0, WRITE = 1, PORT = 2, ACCESS = 3 };

// Breakpoint `n`, global, as DR7 has it.
static uint32_t dr7(unsigned n, unsigned kind, unsigned bytes)
{
    return 2u << (2 * n) | (kind | (bytes - 1) << 2) << (16 + 4 * n);
}

void case_debug_code(void)
{
    set_dr(0, CODE_AT + 1);
    set_dr(7, 0x400 | dr7(0, EXECUTE, 1));
    state_ring(0);
    RUN("inc %eax\n 7: inc %eax; inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
    check("B0", out.dr6 & 0xE00F, 1);
    // alone among faults it pushes RF as it was: to go on is the handler's to ask for
    check("RF", out.r.eflags & F_RF, 0);
    set_dr(7, 0x400 | dr7(0, EXECUTE, 1));
    out.r.eflags |= F_RF;
    world_resume();
    check_exit();
    check("eax", out.r.eax, 3);
}
void case_debug_local(void)
{
    set_dr(1, CODE_AT + 1);
    set_dr(7, 0x404);
    state_ring(3);
    RUN("inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("B1", out.dr6 & 0xF, 2);
    set_dr(7, 0x400);
    set_dr(6, 0xFFFF0FF0);
    state_ring(3);
    RUN("inc %eax; inc %eax\n" EXIT);
    check_exit();
}
void case_debug_code_first_byte(void)
{
    set_dr(0, CODE_AT + 2);
    set_dr(7, 0x402);
    state_ring(0);
    RUN("nop; .byte 0x3E; mov (%esp), %eax\n" EXIT);
    check_exit();
}
void case_debug_write(void)
{
    set_dr(2, DATA_AT + 4);
    set_dr(7, 0x400 | dr7(2, WRITE, 4));
    state_ring(3);
    in.eax = 0x55;
    RUN("mov DATA_AT + 4, %ebx; mov %al, DATA_AT + 3; mov %al, DATA_AT + 8; mov %al, DATA_AT + 7\n "
        "7: nop\n" EXIT);
    check_fault(DB, 0);
    check("B2", out.dr6 & 0xE00F, 4);
    check("written", *mem8(DATA_AT + 7), 0x55);
    check("RF", out.r.eflags & F_RF, 0);
}
void case_debug_overlap(void)
{
    set_dr(0, DATA_AT + 4);
    set_dr(7, 0x400 | dr7(0, WRITE, 1));
    state_ring(0);
    RUN("mov %eax, DATA_AT; mov %eax, DATA_AT + 5; mov %eax, DATA_AT + 1\n 7: nop\n" EXIT);
    check_fault(DB, 0);
}
void case_debug_length(void)
{
    set_dr(0, DATA_AT + 7);
    set_dr(7, 0x400 | dr7(0, WRITE, 4));
    state_ring(0);
    RUN("mov %al, DATA_AT + 8; mov %al, DATA_AT + 4\n 7: nop\n" EXIT);
    check_fault(DB, 0);
}
void case_debug_access(void)
{
    set_dr(3, DATA_AT + 4);
    set_dr(7, 0x400 | dr7(3, ACCESS, 2));
    state_ring(3);
    RUN("mov DATA_AT, %eax; mov DATA_AT + 5, %bl\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    check("B3", out.dr6 & 0xE00F, 8);
}
void case_debug_push(void)
{
    set_dr(0, STACK_TOP - 4);
    set_dr(7, 0x400 | dr7(0, WRITE, 4));
    state_ring(3);
    RUN("push %eax\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    set_dr(0, DATA_AT + 8);
    set_dr(6, 0xFFFF0FF0);
    set_dr(7, 0x400 | dr7(0, WRITE, 4));
    state_ring(3);
    in.edi = DATA_AT;
    in.ecx = 4;
    RUN("7: rep stosl\n nop\n" EXIT);
    check_fault(DB, 0);
    check("ecx", out.r.ecx, 1);
}
void case_debug_mov_ss(void)
{
    *mem32(DATA_AT) = SEL_DATA0;
    set_dr(0, DATA_AT);
    set_dr(7, 0x400 | dr7(0, ACCESS, 4));
    state_ring(0);
    RUN("mov DATA_AT, %ss; inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
    check("B0", out.dr6 & 1, 1);
}
void case_debug_code_after_mov_ss(void)
{
    set_dr(0, CODE_AT + 2);
    set_dr(7, 0x402);
    state_ring(0);
    in.ebx = SEL_DATA0;
    RUN("mov %ebx, %ss; inc %eax; inc %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 2);
}
void case_debug_io(void)
{
    set_cr4(C4_DE);
    set_dr(0, 0x80);
    set_dr(7, 0x400 | dr7(0, PORT, 1));
    state_ring(0);
    RUN("in $0x81, %al; in $0x80, %al\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    check("B0", out.dr6 & 0xE00F, 1);
    set_dr(6, 0xFFFF0FF0);
    set_dr(7, 0x400 | dr7(0, PORT, 1));
    state_ring(0);
    RUN("out %al, $0x80\n 7: nop\n" EXIT);
    check_fault(DB, 0);
}
void case_debug_general_detect(void)
{
    state_ring(0);
    RUN("mov $0x2400, %eax; mov %eax, %dr7\n 7: mov %dr0, %ebx\n" EXIT);
    check_fault(DB, 0);
    check("BD", out.dr6 & 0xE00F, 0x2000);
    check("GD", out.dr7 & 0x2000, 0);
}
void case_debug_alias(void)
{
    set_dr(3, 0x1234);
    state_ring(0);
    RUN(".byte 0x0F, 0x21, 0xE0\n .byte 0x0F, 0x21, 0xEB\n mov %dr3, %ecx\n" EXIT);
    check_exit();
    check("DR4", out.r.eax, 0xFFFF0FF0);
    check("DR5", out.r.ebx, 0x400);
    check("DR3", out.r.ecx, 0x1234);
}
void case_debug_alias_ud(void)
{
    set_cr4(C4_DE);
    state_ring(0);
    RUN("7: .byte 0x0F, 0x21, 0xE0\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    RUN("7: .byte 0x0F, 0x23, 0xE8\n" EXIT);
    check_fault(UD, 0);
}
void case_debug_reserved(void)
{
    state_ring(0);
    RUN("xor %eax, %eax; mov %eax, %dr6; mov %eax, %dr7; mov %dr6, %ebx; mov %dr7, %ecx\n"
        "mov $0xFFFFFFFF, %eax; mov %eax, %dr6; mov %dr6, %edx; mov $0xFFFFDC00, %eax; mov %eax, "
        "%dr7; mov %dr7, %esi; mov $0x400, %eax; mov %eax, %dr7\n" EXIT);
    check_exit();
    check("dr6 of 0", out.r.ebx & ~0x10800u,
          0xFFFF0FF0 & ~0x10800u); // bits 11 and 16: newer features
    check("dr7 of 0", out.r.ecx, 0x400);
    check("dr6 of ones", out.r.edx & 0x1000, 0);
    check("dr7 of ones", out.r.esi & 0xD400, 0x400);
}
void case_debug_two(void)
{
    set_dr(0, DATA_AT);
    set_dr(1, DATA_AT + 2);
    set_dr(7, 0x400 | dr7(0, WRITE, 1) | dr7(1, WRITE, 1));
    state_ring(0);
    RUN("mov %eax, DATA_AT\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    check("B0 B1", out.dr6 & 0xF, 3);
}
void case_debug_step_and_data(void)
{
    set_dr(0, DATA_AT);
    set_dr(7, 0x400 | dr7(0, WRITE, 4));
    state_ring(0);
    in.eflags |= F_TF;
    RUN("mov %eax, DATA_AT\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    check("BS and B0", out.dr6 & 0xE00F, 0x4001);
}
void case_debug_data_and_fault(void)
{
    world_page();
    set_dr(0, DATA_AT);
    set_dr(7, 0x400 | dr7(0, ACCESS, 4));
    state_ring(0);
    in.esi = DATA_AT;
    in.edi = WINDOW_AT;
    RUN("7: movsl\n" EXIT);
    check_page_fault(2, WINDOW_AT);
}
