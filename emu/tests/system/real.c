// Group real: real-address mode and big real mode (SDM vol. 3, chapter 20).
#include "emu/tests/system/case.h"

#define LEAVE "int $INT_EXIT\n"

static void check_real(uint32_t vector)
{
    check("vector", out.vector, vector);
    check("ip", out.r.eip, snippet_mark - snippet_begin);
    check("cs", out.r.cs, CODE_AT >> 4);
}

void case_real_address(void)
{
    *mem32(DATA_AT + 0x124) = 0xCAFEBEEF;
    state_real();
    RUN_REAL("mov $DATA_AT / 16 + 0x12, %ax; mov %ax, %es; mov %es:4, %ebx; mov %cs, %cx; smsw "
             "%dx\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("ebx", out.r.ebx, 0xCAFEBEEF);
    check("ecx", out.r.ecx, CODE_AT >> 4);
    check("PE", out.r.edx & 1, 0);
    check("es", out.r.es, (DATA_AT >> 4) + 0x12);
}
void case_real_int(void)
{
    *mem32(4 * 0x40) = (CODE_AT >> 4) << 16 | 0x40;
    state_real();
    RUN_REAL("push $0x3203; popf; int $0x40\n .skip 0x40 - 6\n pushf; pop %ax; mov %sp, %si; pop "
             "%bx; pop %cx; pop %dx\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("flags inside", out.r.eax & 0x7FFF, 0x3003);
    check("ip", out.r.ebx, 6);
    check("cs", out.r.ecx, CODE_AT >> 4);
    check("flags", out.r.edx & 0x7FFF, 0x3203);
    check("sp", out.r.esi, STACK_TOP - STACK_AT - 6);
}
void case_real_no_error_code(void)
{
    state_real();
    RUN_REAL("mov $0x10000, %ebx\n 7: addr32 mov (%ebx), %al\n");
    check_real(GP);
    check("sp", out.r.esp, STACK_TOP - STACK_AT);
    check("sp on entry", out.entry_esp, STACK_TOP - STACK_AT - 6);
}
void case_real_limit(void)
{
    state_real();
    RUN_REAL("mov 0xFFFE, %ax\n 7: mov 0xFFFF, %ax\n");
    check_real(GP);
    state_real();
    in.ebp = 0xFFFF;
    RUN_REAL("7: mov (%bp), %ax\n");
    check_real(SS);
}
void case_real_idt_limit(void)
{
    state_real();
    RUN_REAL("sidt 0; movw $0x7E * 4 + 3, 0; lidt 0\n 7: int $0x7F\n");
    check_real(GP);
}
void case_real_lidt(void)
{
    *mem16(DATA_AT) = 0x3FF;
    *mem32(DATA_AT + 2) = DATA_AT + 0x1000;
    *mem32(DATA_AT + 0x1000 + 4 * 0x40) = (CODE_AT >> 4) << 16 | 0x40;
    state_real();
    // the vectors of the old table again before the end
    RUN_REAL("sidt 0x10; lidt 0; int $0x40\n .skip 0x40 - 12\n lidt 0x10; mov $7, %ax\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("eax", out.r.eax, 7);
}
void case_real_protected_only(void)
{
    for (unsigned i = 0; i < 9; i++) {
        state_real();
        switch (i) {
        case 0: RUN_REAL("7: lldt %ax\n"); break;
        case 1: RUN_REAL("7: ltr %ax\n"); break;
        case 2: RUN_REAL("7: sldt %ax\n"); break;
        case 3: RUN_REAL("7: str %ax\n"); break;
        case 4: RUN_REAL("7: lar %ax, %ax\n"); break;
        case 5: RUN_REAL("7: lsl %ax, %ax\n"); break;
        case 6: RUN_REAL("7: verr %ax\n"); break;
        case 7: RUN_REAL("7: verw %ax\n"); break;
        default: RUN_REAL("7: .byte 0x63, 0xC0\n"); break;
        }
        check_real(UD);
    }
}
void case_real_privileged(void)
{
    state_real();
    RUN_REAL("mov %cr0, %eax; mov %cr3, %ebx; mov %dr7, %ecx; clts; sgdt 0; lgdtl 0; sti; cli; in "
             "$0x80, %al\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
}
void case_real_popf(void)
{
    state_real();
    RUN_REAL("push $0x7002; popf; pushf; pop %ax; pushl $0x40002; popfl; pushfl; pop %ebx; push "
             "$2; popf\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("ax", out.r.eax & 0x7FFF, 0x7002);
    check("ebx", out.r.ebx & ~(uint32_t)(F_VIF | F_VIP), 0x40002); // those are left over
}
void case_real_iret_nt(void)
{
    state_real();
    RUN_REAL("push $0x4002; popf; push $3; push %cs; push $" HERE16(
        "1f") "; iret\n nop; 1: pushf; pop %ax\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("flags", out.r.eax & 0x7FFF, 3);
}
void case_real_big(void)
{
    *mem32(0x200000) = 0x600DF00D;
    world_big_real = true;
    state_real();
    RUN_REAL(
        "mov $0x200000, %ebx; mov $DATA_AT / 16, %ax; mov %ax, %ds; mov $0x200000 - DATA_AT, %ecx\n"
        "mov %es:(%ebx), %esi; mov (%ecx), %edi\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("esi", out.r.esi, 0x600DF00D);
    check("edi", out.r.edi, 0x600DF00D);
}
void case_real_above_1mb(void)
{
    state_real();
    RUN_REAL("mov $0xFFFF, %ax; mov %ax, %es; mov %es:0x10, %ebx\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("ebx", out.r.ebx, 0x1BADB002);
}
void case_real_far(void)
{
    state_real();
    RUN_REAL("lcall $CODE_AT / 16 + 1, $0x30\n " LEAVE " .skip 0x40 - 7\n mov %cs, %cx; lret\n");
    check("vector", out.vector, INT_EXIT);
    check("cx", out.r.ecx, (CODE_AT >> 4) + 1);
    state_real();
    RUN_REAL("7: ljmpl $CODE_AT / 16, $0x10000\n");
    check_real(GP);
}
void case_real_ip_end(void)
{
    *mem8(CODE_AT + 0xFFFF) = 0xB8; // mov ax, iw
    state_real();
    RUN_REAL("jmp . - 1\n");
    check("vector", out.vector, GP);
    check("ip", out.r.eip, 0xFFFF);
    *mem8(CODE_AT + 0xFFFF) = 0;
}
void case_real_divide(void)
{
    state_real();
    in.ebx = 0;
    RUN_REAL("nop\n 7: div %bx\n");
    check_real(DE);
}
void case_real_traps(void)
{
    state_real();
    RUN_REAL("int3\n 7: nop\n");
    check_real(BP);
    state_real();
    in.eflags |= F_OF;
    RUN_REAL("into\n 7: nop\n");
    check_real(OF);
    *mem32(DATA_AT) = 0x00050001;
    state_real();
    in.ebx = 6;
    RUN_REAL("7: .byte 0x62, 0x1E, 0, 0\n"); // bound bx, [0]
    check_real(BR);
}
void case_real_shadow(void)
{
    world_raise_irq0();
    state_real();
    in.eax = STACK_AT >> 4;
    RUN_REAL("sti; cli; mov %ss, %ax; sti\n mov %ax, %ss; mov $0x7000, %sp\n 7: nop\n" LEAVE);
    check_text("no interrupt", out.vector == 0x20);
}
void case_real_to_protected(void)
{
    state_real();
    // GDTR still has the program's table; back by clearing PE
    RUN_REAL("mov %cr0, %eax; or $1, %al; mov %eax, %cr0; mov $SEL_DATA0, %bx; mov %bx, %es; lar "
             "%bx, %cx; setz %dl\n"
             "and $0xFE, %al; mov %eax, %cr0; addr32 mov %es:0x100000, %edi\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("zf", out.r.edx & 1, 1);
    check("edi", out.r.edi, 0x1BADB002);
}
void case_real_push32(void)
{
    state_real();
    in.esp = 0x7000;
    RUN_REAL("mov $0x11117000, %esp; pushl $0x12345678; pop %ax; pop %bx; mov %esp, %ecx\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("ax", out.r.eax, 0x5678);
    check("bx", out.r.ebx, 0x1234);
    check("esp", out.r.ecx, 0x11117000);
}
void case_real_a20(void)
{
    *mem32(0) = 0x51525354;
    state_real();
    RUN_REAL("in $0x92, %al; and $0xFC, %al; out %al, $0x92; mov $0xFFFF, %cx; mov %cx, %es; mov "
             "%es:0x10, %ebx\n"
             "or $2, %al; out %al, $0x92; mov %es:0x10, %edi\n" LEAVE);
    check("vector", out.vector, INT_EXIT);
    check("closed", out.r.ebx, 0x51525354);
    check("open", out.r.edi, 0x1BADB002);
}
