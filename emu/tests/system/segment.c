// Group seg: what loading a segment register checks, and what an access through it does.
#include "emu/tests/system/case.h"

// Ring 0 (or 3) loads `selector` into DS.
static void load_ds(unsigned ring, uint32_t selector)
{
    state_ring(ring);
    in.eax = selector;
    RUN("7: mov %eax, %ds\n nop\n" EXIT);
}
static void load_ss(uint32_t selector)
{
    state_ring(0);
    in.eax = selector;
    RUN("7: mov %eax, %ss\n nop\n" EXIT);
}

void case_seg_null_ds(void)
{
    state_ring(0);
    in.eax = 3;
    RUN("mov %eax, %ds\n 7: mov DATA_AT, %ebx\n" EXIT);
    check_fault(GP, 0);
    check("ds", out.r.ds, 3);
}
void case_seg_null_ss(void)
{
    load_ss(0);
    check_fault(GP, 0);
}
void case_seg_beyond_gdt(void)
{
    load_ds(0, SEL_BEYOND);
    check_fault(GP, SEL_BEYOND);
}
void case_seg_partly_beyond_gdt(void)
{
    world_set_descriptor(SEL_T3, 0, 0xFFFFF, 0xC93);
    world_load_gdt(SEL_T3 + 6);
    load_ds(0, SEL_T3);
    check_fault(GP, SEL_T3);
    world_load_gdt(SEL_T3 + 7);
    load_ds(0, SEL_T3);
    check_exit();
}
void case_seg_absent_ds(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC13);
    load_ds(0, SEL_T0);
    check_fault(NP, SEL_T0);
}
void case_seg_absent_ss(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC13);
    load_ss(SEL_T0);
    check_fault(SS, SEL_T0);
}
void case_seg_absent_system(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC02);
    load_ds(0, SEL_T0);
    check_fault(GP, SEL_T0);
}
void case_seg_execute_only_ds(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC99);
    load_ds(0, SEL_T0);
    check_fault(GP, SEL_T0);
}
void case_seg_readable_code_ds(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9B);
    state_ring(0);
    *mem32(DATA_AT) = 0x1234;
    RUN("mov $SEL_T0, %eax; mov %eax, %ds; mov DATA_AT, %ebx\n 7: movl $1, DATA_AT\n" EXIT);
    check_fault(GP, 0);
    check("ebx", out.r.ebx, 0x1234);
}
void case_seg_system_ds(void)
{
    load_ds(0, SEL_LDT);
    check_fault(GP, SEL_LDT);
}
void case_seg_dpl_ds(void)
{
    load_ds(3, SEL_DATA0);
    check_fault(GP, SEL_DATA0);
}
void case_seg_rpl_ds(void)
{
    load_ds(0, SEL_DATA0 | 3);
    check_fault(GP, SEL_DATA0);
}
void case_seg_conforming_ds(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    load_ds(3, SEL_T0);
    check_exit();
}
void case_seg_dpl_ss(void)
{
    load_ss(SEL_DATA3 & ~3);
    check_fault(GP, SEL_DATA3 & ~3);
}
void case_seg_rpl_ss(void)
{
    load_ss(SEL_DATA0 | 3);
    check_fault(GP, SEL_DATA0);
}
void case_seg_readonly_ss(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC91);
    load_ss(SEL_T0);
    check_fault(GP, SEL_T0);
}
void case_seg_mov_cs(void)
{
    state_ring(0);
    RUN("7: .byte 0x8E, 0xC8\n" EXIT);
    check_fault(UD, 0);
}
void case_seg_mov_number7(void)
{
    state_ring(0);
    RUN("7: .byte 0x8E, 0xF8\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    RUN("7: .byte 0x8C, 0xF0\n" EXIT);
    check_fault(UD, 0);
}
void case_seg_accessed_data(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC92);
    load_ds(0, SEL_T0);
    check_exit();
    check("access byte", world_descriptor(SEL_T0)[5], 0x93);
}
void case_seg_accessed_code(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9A);
    state_ring(0);
    RUN("ljmp $SEL_T0, $" HERE("1f") "\n1:" EXIT);
    check_exit();
    check("access byte", world_descriptor(SEL_T0)[5], 0x9B);
}
void case_seg_accessed_not_by_fault(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC92);
    load_ds(3, SEL_T0);
    check_fault(GP, SEL_T0);
    check("access byte", world_descriptor(SEL_T0)[5], 0x92);
}
void case_seg_accessed_not_by_lar(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC92);
    state_ring(0);
    in.eax = SEL_T0;
    RUN("lar %eax, %ebx; lsl %eax, %ebx; verr %ax; verw %ax\n" EXIT);
    check_exit();
    check("access byte", world_descriptor(SEL_T0)[5], 0x92);
}
void case_seg_limit_byte(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0x7F, 0x093);
    state_ring(0);
    in.ds = SEL_T0;
    *mem8(DATA_AT + 0x7F) = 0x55;
    RUN("mov 0x7F, %al\n 7: mov 0x80, %al\n" EXIT);
    check_fault(GP, 0);
    check("eax", out.r.eax, 0x55);
}
void case_seg_limit_dword(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0x7F, 0x093);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0x7C, %eax\n 7: mov 0x7D, %eax\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov %eax, 0x7C\n 7: movl $-1, 0x7D\n" EXIT);
    check_fault(GP, 0);
    check("memory", *mem32(DATA_AT + 0x7D), 0);
}
void case_seg_limit_pages(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0, 0x893);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0xFFF, %al\n 7: mov 0x1000, %al\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_limit_stack(void)
{
    world_set_descriptor(SEL_T0, STACK_AT, 0x7FFF, 0x493);
    for (unsigned i = 0; i < 4; i++) {
        state_ring(0);
        in.ss = SEL_T0;
        in.esp = 0x7000;
        in.ebp = 0x7FFD;
        switch (i) {
        case 0: RUN("7: mov (%ebp), %eax\n" EXIT); break;
        case 1: RUN("7: mov %ss:0x7FFD, %eax\n" EXIT); break;
        case 2: RUN("mov 4(%esp), %eax\n 7: mov 0xFFD(%esp), %eax\n" EXIT); break;
        default: RUN("7: push 0x7FFD(%esp)\n" EXIT); break;
        }
        check_fault(SS, 0);
    }
}
void case_seg_expand_down(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0xFFF, 0x497);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0x1000, %al; mov 0xFFFFFFFF, %ah\n 7: mov 0xFFF, %al\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_expand_down_16(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0xFFF, 0x097);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0x1000, %al; mov 0xFFFF, %al\n 7: mov 0x10000, %al\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0xFFFE, %ax\n 7: mov 0xFFFF, %ax\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_expand_down_empty(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC97);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("7: mov 0xFFFFFFFF, %al\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_expand_down_stack(void)
{
    world_set_descriptor(SEL_T0, 0, STACK_TOP / 4096 - 1, 0xC97);
    state_ring(0);
    in.ss = SEL_T0;
    in.esp = STACK_TOP + 0x100;
    in.ebp = STACK_TOP;
    RUN("pop %eax; mov (%ebp), %eax\n 7: mov -4(%ebp), %eax\n" EXIT);
    check_fault(SS, 0);
}
void case_seg_readonly_write(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0xFFFF, 0x091);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("mov 0, %eax\n 7: mov %eax, 0\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_readonly_rmw(void)
{
    world_set_descriptor(SEL_T0, DATA_AT, 0xFFFF, 0x091);
    state_ring(0);
    in.ds = SEL_T0;
    RUN("7: incl 0\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_execute_only_read(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC99);
    state_ring(0);
    RUN("ljmp $SEL_T0, $" HERE("1f") "\n1: 7: mov %cs:DATA_AT, %eax\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_cs_write(void)
{
    state_ring(0);
    RUN("mov %cs:DATA_AT, %eax\n 7: mov %eax, %cs:DATA_AT\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_jump_beyond_limit(void)
{
    *mem16(CODE_AT + 0x20000) = INT_EXIT << 8 | 0xCD;
    state16(0);
    RUN16("mov $0x20000, %eax\n 7: jmp *%eax\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_fetch_beyond_limit(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 12, 0x49B);
    state_ring(0);
    in.cs = SEL_T0;
    in.eip = 0;
    RUN("mov $1, %eax; mov $2, %ebx\n 7: mov $3, %ecx\n" EXIT);
    check_fault(GP, 0);
    check("ebx", out.r.ebx, 2);
}
void case_seg_no_ldt(void)
{
    load_ds(0, 0xC);
    check_fault(GP, 0xC);
}
void case_seg_ldt(void)
{
    world_set_descriptor(0xC, DATA_AT, 0xFFFF, 0x093);
    *mem32(DATA_AT + 8) = 0xABCD;
    state_ring(0);
    RUN("mov $SEL_LDT, %eax; lldt %ax; mov $0xC, %eax; mov %eax, %ds; mov 8, %ebx\n mov $0x44, "
        "%eax\n 7: mov %eax, %es\n" EXIT);
    check_fault(GP, 0x44);
    check("ebx", out.r.ebx, 0xABCD);
    check("ldtr", out.ldtr, SEL_LDT);
    __asm__ volatile("lldt %w0" : : "r"(0));
}
void case_seg_base_wraps(void)
{
    world_set_descriptor(SEL_T0, 0xFFFF0000, 0xFFFFF, 0xC93);
    *mem32(DATA_AT) = 0x4711;
    state_ring(0);
    in.fs = SEL_T0;
    RUN("mov %fs:DATA_AT+0x10000, %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 0x4711);
}
void case_seg_load_pointer(void)
{
    *mem32(DATA_AT) = STACK_TOP - 64;
    *mem32(DATA_AT + 4) = SEL_DATA0;
    *mem32(DATA_AT + 8) = 0x5555;
    *mem32(DATA_AT + 12) = SEL_BEYOND;
    state_ring(0);
    in.ebx = 0x77;
    RUN("lss DATA_AT, %esp\n 7: lds DATA_AT + 8, %ebx\n" EXIT);
    check_fault(GP, SEL_BEYOND);
    check("ebx", out.r.ebx, 0x77);
    check("ds", out.r.ds, SEL_DATA0);
    check("esp", out.entry_esp, STACK_TOP - 64 - 16);
}
void case_seg_pop_fault(void)
{
    state_ring(0);
    RUN("push $SEL_BEYOND\n 7: pop %ds\n" EXIT);
    check_fault(GP, SEL_BEYOND);
    check("esp", out.r.esp, STACK_TOP - 4);
}
void case_seg_push_seg(void)
{
    state_ring(0);
    RUN("push $0; pop %eax; push %ds; mov (%esp), %ebx; pop %es; pushw %fs; mov %esp, %ecx; popw "
        "%fs\n" EXIT);
    check_exit();
    check("word", out.r.ebx, SEL_DATA0);
    check("esp", out.r.esp, STACK_TOP);
    check("ecx", out.r.ecx, STACK_TOP - 2);
}
void case_seg_stack16_wraps(void)
{
    state16(0);
    in.esp = 0xABCD0000;
    RUN16("mov $0x1234, %ax; push %ax; mov %esp, %ebx; mov $0x100, %sp\n" EXIT);
    check_exit();
    check("esp", out.r.ebx, 0xABCDFFFE);
    check("memory", *mem16(STACK_AT + 0xFFFE), 0x1234);
}
void case_seg_stack16_across(void)
{
    world_task_vector(SS);
    state16(0);
    in.esp = 0x100;
    RUN16("mov $1, %sp\n 7: push %ax\n");
    check_task_vector(true, 0, snippet_mark - snippet_begin);
}
void case_seg_code16_sizes(void)
{
    state16(0);
    in.ebx = 0x10010;
    in.eax = 0xFFFFFFFF;
    *mem32(DATA_AT + 0x10) = 0x89ABCDEF;
    RUN16("mov (%bx), %ax; mov %eax, %ecx; .byte 0x66; .byte 0x8B, 0x07; inc %ax; mov %eax, %edx; "
          "mov $0x10, %ebx; addr32 mov (%ebx), %si\n" EXIT);
    check_exit();
    check("ecx", out.r.ecx, 0xFFFFCDEF);
    check("esi", out.r.esi, 0xCDEF);
}
void case_seg_code16_ip_wraps(void)
{
    state16(0);
    // a jump back below 0 wraps to the end of the 64 KB, where a jump forward comes back
    *mem8(CODE_AT + 0xFFF0) = 0xE9;
    *mem16(CODE_AT + 0xFFF1) = 0x4D;
    RUN16("jmp . - 0x10\n .skip 0x3E\n mov $7, %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 7);
}
void case_seg_conforming_jump(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    state_ring(3);
    RUN("ljmp $SEL_T0, $" HERE("1f") "\n1: 7: hlt\n" EXIT);
    check_fault(GP, 0);
    check("cs", out.r.cs, SEL_T0 | 3);
}
void case_seg_far_jump_dpl(void)
{
    state_ring(3);
    RUN("7: ljmp $SEL_CODE0, $" HERE("1f") "\n1:" EXIT);
    check_fault(GP, SEL_CODE0);
    state_ring(0);
    RUN("7: ljmp $SEL_CODE3, $" HERE("1f") "\n1:" EXIT);
    check_fault(GP, SEL_CODE3 & ~3);
}
void case_seg_far_jump_rpl(void)
{
    state_ring(0);
    RUN("7: ljmp $SEL_CODE0 + 1, $" HERE("1f") "\n1:" EXIT);
    check_fault(GP, SEL_CODE0);
}
void case_seg_far_jump_bad(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    world_set_descriptor(SEL_T1, 0, 0xFF, 0x49B);
    state_ring(0);
    RUN("7: ljmp $SEL_DATA0, $0\n" EXIT);
    check_fault(GP, SEL_DATA0);
    state_ring(0);
    RUN("7: ljmp $3, $0\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    RUN("7: ljmp $SEL_T0, $0\n" EXIT);
    check_fault(NP, SEL_T0);
    state_ring(0);
    RUN("7: ljmp $SEL_T1, $0x100\n" EXIT);
    check_fault(GP, 0);
}
void case_seg_far_call(void)
{
    state_ring(0);
    RUN("push $5; lcall $SEL_CODE0, $" HERE(
        "1f") "\n2: mov %esp, %ebx\n" EXIT "1: mov (%esp), %eax; mov 4(%esp), %ecx; lret $4\n");
    check_exit();
    check("ebx", out.r.ebx, STACK_TOP);
    check("cs", out.r.ecx & 0xFFFF, SEL_CODE0);
}
void case_seg_far_call_16(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 0xFFFF, 0x49B);
    state_ring(0);
    in.cs = SEL_T0;
    in.eip = 0;
    RUN("data16 lcall $SEL_T0, $" HERE16("1f") "\n mov %esp, %ebx\n" EXIT
                                               "1: mov (%esp), %eax; data16 lret\n");
    check_exit();
    check("frame", out.r.eax, SEL_T0 << 16 | 6);
    check("ebx", out.r.ebx, STACK_TOP);
}
void case_seg_string16_wraps(void)
{
    *mem8(DATA_AT + 0xFFFF) = 0x11;
    *mem8(DATA_AT) = 0x22;
    state16(3);
    in.esi = 0xAAAAFFFF;
    in.edi = 0xBBBB0100;
    in.ecx = 0xCCCC0002;
    RUN16("rep movsb\n int $INT_EXIT\n");
    check_exit();
    check("esi", out.r.esi, 0xAAAA0001);
    check("edi", out.r.edi, 0xBBBB0102);
    check("ecx", out.r.ecx, 0xCCCC0000);
    check("moved", *mem16(DATA_AT + 0x100), 0x2211);
}
void case_seg_loop_address_size(void)
{
    state16(3);
    in.ecx = 0x10002;
    RUN16("1: inc %ax; loop 1b; mov %ecx, %ebx; jcxz 2f; mov $0x77, %dl; 2: jecxz 3f; mov "
          "$1, %dh; 3: int $INT_EXIT\n");
    check_exit();
    check("ax", out.r.eax, 2);
    check("ecx", out.r.ebx, 0x10000);
    check("jumps", out.r.edx, 0x100);
}
void case_seg_enter_levels(void)
{
    *mem32(STACK_TOP - 0x104) = 0x1111;
    *mem32(STACK_TOP - 0x108) = 0x2222;
    state_ring(3);
    in.ebp = STACK_TOP - 0x100;
    RUN("mov %esp, %edi; enter $8, $3; mov %esp, %eax; mov -4(%ebp), %ebx; mov -8(%ebp), %ecx; mov "
        "-12(%ebp), %edx; mov (%ebp), %esi; leave\n" EXIT);
    check_exit();
    check("esp inside", out.r.eax, STACK_TOP - 24);
    check("first", out.r.ebx, 0x1111);
    check("second", out.r.ecx, 0x2222);
    check("own", out.r.edx, STACK_TOP - 4);
    check("old ebp", out.r.esi, STACK_TOP - 0x100);
    check("esp", out.r.esp, STACK_TOP);
    check("ebp", out.r.ebp, STACK_TOP - 0x100);
}
void case_seg_pusha(void)
{
    state16(0);
    in.eax = 0x12340001;
    in.ebx = 0x56780002;
    in.esp = 0x7000;
    RUN16("pusha; mov %sp, %bp; mov 6(%bp), %dx; movw $0x99, 14(%bp); movw $0x66, 6(%bp); popa; "
          "mov %sp, %si\n int $INT_EXIT\n");
    check_exit();
    check("eax", out.r.eax, 0x12340099);
    check("ebx", out.r.ebx, 0x56780002);
    check("sp", out.r.esi, 0x7000);
}
void case_seg_call_beyond_limit(void)
{
    *mem16(CODE_AT + 0x20000) = INT_EXIT << 8 | 0xCD;
    state16(0);
    RUN16("mov $0x20000, %eax\n 7: call *%eax\n");
    check_fault(GP, 0);
    check("sp", out.r.esp, STACK_TOP - STACK_AT);
}
void case_seg_ret_beyond_limit(void)
{
    *mem16(CODE_AT + 0x20000) = INT_EXIT << 8 | 0xCD;
    state16(0);
    RUN16("pushl $0x20000\n 7: retl\n");
    check_fault(GP, 0);
    check("sp", out.r.esp, STACK_TOP - STACK_AT - 4);
}
