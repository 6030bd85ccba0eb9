// Group task: hardware task switches (SDM vol. 3, chapter 7).
#include "emu/tests/system/case.h"

static volatile uint32_t *tss(uint32_t index)
{
    return (volatile uint32_t *)world_tss() + index;
}
static uint32_t access(uint32_t selector)
{
    return world_descriptor(selector)[5];
}
// A task at 0x40 of the snippet.
static void make_task_b(void)
{
    world_set_tss(TSS_B_AT, CODE_AT + 0x40, STACK0_TOP - 0x400);
}

void case_task_jump(void)
{
    make_task_b();
    *mem32(TSS_B_AT) = 0xAAAA;
    state_ring(0);
    in.eax = 0xE0A0;
    in.edi = 0xED1;
    in.eflags |= F_CF;
    RUN("ljmp $SEL_TSS_B, $0x1234\n 7: .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("tr", out.tr, SEL_TSS_B);
    check("eax", out.r.eax, 0x11111111);
    check("ecx", out.r.ecx, 0x22222222);
    check("edi", out.r.edi, 0x88888888);
    check("esp", out.r.esp, STACK0_TOP - 0x400);
    check("ts", out.cr0 & C0_TS, C0_TS);
    check("nt", out.r.eflags & F_NT, 0);
    check("link", *mem32(TSS_B_AT), 0xAAAA);
    check("new busy", access(SEL_TSS_B), 0x8B);
    check("old eip", *tss(8), CODE_AT + 7);
    check("old eflags", *tss(9), F_CF | F_ONE);
    check("old eax", *tss(10), 0xE0A0);
    check("old esp", *tss(14), STACK_TOP);
    check("old edi", *tss(17), 0xED1);
    check("old cs", *tss(19) & 0xFFFF, SEL_CODE0);
    check("old ss", *tss(20) & 0xFFFF, SEL_DATA0);
}
void case_task_busy(void)
{
    make_task_b();
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n sgdt DATA_AT; mov DATA_AT + 2, %eax; mov SEL_TSS + "
        "5(%eax), %bl\n" EXIT);
    check_exit();
    check("old busy after a jump", out.r.ebx & 0xFF, 0x89);
    make_task_b();
    world_descriptor(SEL_TSS_B)[5] = 0x89;
    state_ring(0);
    RUN("lcall $SEL_TSS_B, $0\n .skip 0x40 - 7\n sgdt DATA_AT; mov DATA_AT + 2, %eax; mov SEL_TSS "
        "+ 5(%eax), %bl\n" EXIT);
    check_exit();
    check("old busy after a call", out.r.ebx & 0xFF, 0x8B);
}
void case_task_call_return(void)
{
    make_task_b();
    state_ring(0);
    RUN("lcall $SEL_TSS_B, $0\n jmp 1f\n .skip 0x40 - 9\n mov $0x77, %eax; iret\n nop\n"
        "1: str %eax; mov %cr0, %ebx; sgdt DATA_AT; mov DATA_AT + 2, %ecx; mov SEL_TSS_B + "
        "5(%ecx), %dl\n" EXIT);
    check_exit();
    check("tr", out.r.eax, SEL_TSS);
    check("ts", out.r.ebx & C0_TS, C0_TS);
    check("no longer busy", out.r.edx & 0xFF, 0x89);
    check("esp", out.r.esp, STACK_TOP);
    check("eax of the task", *mem32(TSS_B_AT + 40), 0x77);
    check("eip of the task", *mem32(TSS_B_AT + 32), CODE_AT + 0x46);
    check("nt in its image", *mem32(TSS_B_AT + 36) & F_NT, 0);
    check("nt", out.r.eflags & F_NT, 0);
}
void case_task_call_link(void)
{
    make_task_b();
    state_ring(0);
    RUN("lcall $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("nt", out.r.eflags & F_NT, F_NT);
    check("link", *mem16(TSS_B_AT), SEL_TSS);
    check("both busy", access(SEL_TSS_B), 0x8B);
    check("nt in the old image", *tss(9) & F_NT, 0);
}

void case_task_busy_fault(void)
{
    make_task_b();
    world_descriptor(SEL_TSS_B)[5] = 0x8B;
    state_ring(0);
    RUN("7: ljmp $SEL_TSS_B, $0\n");
    check_fault(GP, SEL_TSS_B);
    state_ring(0);
    RUN("7: lcall $SEL_TSS_B, $0\n");
    check_fault(GP, SEL_TSS_B);
}
void case_task_bad_tss(void)
{
    make_task_b();
    world_set_descriptor(SEL_TSS_B, TSS_B_AT, 0x67, 0x009);
    state_ring(0);
    RUN("7: ljmp $SEL_TSS_B, $0\n");
    check_fault(NP, SEL_TSS_B);
    world_set_descriptor(SEL_TSS_B, TSS_B_AT, 0x66, 0x089);
    state_ring(0);
    RUN("7: ljmp $SEL_TSS_B, $0\n");
    check_fault(TS, SEL_TSS_B);
    world_set_descriptor(SEL_TSS_286, TSS_286_AT, 0x2A, 0x081);
    state_ring(0);
    RUN("7: lcall $SEL_TSS_286, $0\n");
    check_fault(TS, SEL_TSS_286);
    check("tr", out.tr, SEL_TSS);
}
void case_task_dpl(void)
{
    make_task_b();
    state_ring(3);
    RUN("7: ljmp $SEL_TSS_B, $0\n");
    check_fault(GP, SEL_TSS_B);
    state_ring(0);
    RUN("7: ljmp $SEL_TSS_B + 3, $0\n");
    check_fault(GP, SEL_TSS_B);
}
void case_task_gate(void)
{
    make_task_b();
    world_set_gate(SEL_GATE, SEL_TSS_B, 0, 0, 0xE5);
    state_ring(3);
    RUN("lcall $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("tr", out.tr, SEL_TSS_B);
    check("cs", out.r.cs, SEL_CODE0);
    check("link", *mem16(TSS_B_AT), SEL_TSS);
    check("old cs", *tss(19) & 0xFFFF, SEL_CODE3);
}
void case_task_gate_bad(void)
{
    make_task_b();
    world_set_gate(SEL_GATE, SEL_TSS_B, 0, 0, 0x85);
    state_ring(3);
    RUN("7: lcall $SEL_GATE, $0\n");
    check_fault(GP, SEL_GATE);
    world_set_gate(SEL_GATE, SEL_TSS_B, 0, 0, 0x05);
    state_ring(0);
    RUN("7: lcall $SEL_GATE, $0\n");
    check_fault(NP, SEL_GATE);
    world_set_gate(SEL_GATE, SEL_TSS, 0, 0, 0x85);
    state_ring(0);
    RUN("7: lcall $SEL_GATE, $0\n");
    check_fault(GP, SEL_TSS);
    world_set_gate(SEL_GATE, 0xC, 0, 0, 0x85);
    state_ring(0);
    RUN("7: ljmp $SEL_GATE, $0\n");
    check_fault(GP, 0xC);
}
void case_task_gate_exception(void)
{
    world_task_vector(GP);
    state_ring(3);
    RUN("mov $SEL_BEYOND, %eax\n 7: mov %eax, %ds\n");
    check_task_vector(true, SEL_BEYOND, CODE_AT + 5);
    check("nt", out.r.eflags & F_NT, F_NT);
    check("link", *mem16(DF_TSS_AT), SEL_TSS);
}
void case_task_gate_int(void)
{
    world_task_vector(0x40);
    state_ring(0);
    RUN("int $0x40\n 7: nop\n");
    check_task_vector(false, 0, CODE_AT + 2);
}
void case_task_gate_int_dpl(void)
{
    world_task_vector(0x40);
    state_ring(3);
    RUN("7: int $0x40\n");
    check_fault(GP, 0x40 * 8 + 2);
}
void case_task_return_not_busy(void)
{
    *tss(0) = SEL_TSS_B;
    make_task_b();
    state_ring(0);
    RUN("pushf; orl $0x4000, (%esp); popf\n 7: iret\n");
    check_fault(TS, SEL_TSS_B);
    *tss(0) = SEL_DATA0;
    state_ring(0);
    RUN("pushf; orl $0x4000, (%esp); popf\n 7: iret\n");
    check_fault(TS, SEL_DATA0);
}
void case_task_t_bit(void)
{
    make_task_b();
    *mem32(TSS_B_AT + 100) |= 1;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 0x11111111);
    check("BT", out.dr6 & 0xE00F, 0x8000);
}
void case_task_bad_cs(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    static const struct {
        uint16_t cs, vector;
    } bad[] = {{SEL_DATA0, TS}, {SEL_BEYOND, TS}, {SEL_T0, NP}};
    for (unsigned i = 0; i < 3; i++) {
        make_task_b();
        world_descriptor(SEL_TSS_B)[5] = 0x89;
        *mem32(TSS_B_AT + 76) = bad[i].cs;
        world_task_vector(bad[i].vector);
        world_descriptor(SEL_DF_TSS)[5] = 0x89;
        state_ring(0);
        RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
        check_exit();
        check("tr", out.tr, SEL_DF_TSS);
        check("error", *mem32(out.r.esp), bad[i].cs);
        check("link", *mem16(DF_TSS_AT), SEL_TSS_B);
        check("eip in the new task", *mem32(TSS_B_AT + 32), CODE_AT + 0x40);
    }
}
void case_task_bad_ss(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC13);
    static const struct {
        uint16_t ss, vector;
    } bad[] = {{0, TS}, {SEL_DATA3 & ~3, TS}, {SEL_CODE0, TS}, {SEL_T0, SS}};
    for (unsigned i = 0; i < 4; i++) {
        make_task_b();
        world_descriptor(SEL_TSS_B)[5] = 0x89;
        *mem32(TSS_B_AT + 80) = bad[i].ss;
        world_task_vector(bad[i].vector);
        world_descriptor(SEL_DF_TSS)[5] = 0x89;
        state_ring(0);
        RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
        check_exit();
        check("tr", out.tr, SEL_DF_TSS);
        check("error", *mem32(out.r.esp), bad[i].ss);
        check("link", *mem16(DF_TSS_AT), SEL_TSS_B);
    }
}
void case_task_bad_ds(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC13);
    make_task_b();
    *mem32(TSS_B_AT + 84) = 0;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("ds", out.r.ds, 0);
    static const struct {
        uint16_t ds, vector;
    } bad[] = {{SEL_BEYOND, TS}, {SEL_T0, NP}};
    for (unsigned i = 0; i < 2; i++) {
        make_task_b();
        world_descriptor(SEL_TSS_B)[5] = 0x89;
        *mem32(TSS_B_AT + 84) = bad[i].ds;
        state_ring(0);
        RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n 7: nop\n" EXIT);
        check_fault(bad[i].vector, bad[i].ds);
        check("tr", out.tr, SEL_TSS_B);
    }
}
void case_task_ldt(void)
{
    make_task_b();
    *mem32(TSS_B_AT + 96) = SEL_LDT;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("ldtr", out.ldtr, SEL_LDT);
    make_task_b();
    world_descriptor(SEL_TSS_B)[5] = 0x89;
    *mem32(TSS_B_AT + 96) = SEL_DATA0;
    world_task_vector(TS);
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("tr", out.tr, SEL_DF_TSS);
    check("error", *mem32(out.r.esp), SEL_DATA0);
}
void case_task_dr7(void)
{
    make_task_b();
    set_dr(0, 0x1000);
    state_ring(0);
    RUN("mov $0x4FF, %eax; mov %eax, %dr7; ljmp $SEL_TSS_B, $0\n .skip 0x40 - 15\n" EXIT);
    check_exit();
    check("dr7", out.dr7 & 0xFF, 0xAA);
}
void case_task_cr3(void)
{
    world_page();
    make_task_b();
    *mem32(TSS_B_AT + 28) |= 0x18; // PCD, PWT
    *tss(7) = 0x12345000;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("cr3", out.cr3, *mem32(TSS_B_AT + 28));
    check("old cr3", *tss(7), 0x12345000);
}
void case_task_286(void)
{
    world_set_tss286(TSS_286_AT, 0x40);
    state_ring(0);
    RUN("ljmp $SEL_TSS_286, $0\n .skip 0x40 - 7\n .code16\n int $INT_EXIT\n .code32\n");
    check_exit();
    check("tr", out.tr, SEL_TSS_286);
    check("cs", out.r.cs, SEL_CODE16);
    check("ss", out.r.ss, SEL_STACK16);
    check("ds", out.r.ds, SEL_DATA16);
    check("ax", out.r.eax & 0xFFFF, 0x1111);
    check("di", out.r.edi & 0xFFFF, 0x8888);
    check("sp", out.r.esp & 0xFFFF, STACK_TOP - STACK_AT);
    check("busy", access(SEL_TSS_286), 0x83);
    check("old eip", *tss(8), CODE_AT + 7);
}
void case_task_286_nested(void)
{
    world_set_tss286(TSS_286_AT, 0x40);
    world_set_tss286(TSS_286B_AT, 0x80);
    *mem16(TSS_286B_AT + 44) = 0x5A5A; // beyond the TSS
    state_ring(0);
    RUN("ljmp $SEL_TSS_286, $0\n .skip 0x40 - 7\n .code16\n mov $0x4444, %ax; lcall $SEL_TSS_286B, "
        "$0\n str %bx; int $INT_EXIT\n"
        ".skip 0x80 - 0x40 - 13\n mov $0x6666, %cx; iret\n .code32\n");
    check_exit();
    check("tr", out.tr, SEL_TSS_286);
    check("bx", out.r.ebx & 0xFFFF, SEL_TSS_286);
    check("link", *mem16(TSS_286B_AT), SEL_TSS_286);
    check("ax saved", *mem16(TSS_286_AT + 18), 0x4444);
    check("ip saved", *mem16(TSS_286_AT + 14), 0x48);
    check("cx saved", *mem16(TSS_286B_AT + 20), 0x6666);
    check("beyond", *mem16(TSS_286B_AT + 44), 0x5A5A);
    check("not busy", access(SEL_TSS_286B), 0x81);
}
void case_task_286_error(void)
{
    world_set_tss286(TSS_286_AT, 0x40);
    world_set_idt(GP, SEL_TSS_286, 0, 0x85);
    state_ring(0);
    RUN("mov $SEL_BEYOND, %eax\n 7: mov %eax, %ds\n .skip 0x40 - 7\n .code16\n int $INT_EXIT\n "
        ".code32\n");
    check_exit();
    check("tr", out.tr, SEL_TSS_286);
    check("sp", out.r.esp & 0xFFFF, STACK_TOP - STACK_AT - 2);
    check("error", *mem16(STACK_TOP - 2), SEL_BEYOND);
}
void case_task_v86(void)
{
    make_task_b();
    *mem32(TSS_B_AT + 32) = 0x40;
    *mem32(TSS_B_AT + 36) = F_VM | F_ONE | F_IOPL;
    *mem32(TSS_B_AT + 56) = 0x8000;
    for (uint32_t i = 72; i < 96; i += 4)
        *mem32(TSS_B_AT + i) = DATA_AT >> 4;
    *mem32(TSS_B_AT + 76) = CODE_AT >> 4;
    *mem16(DATA_AT + 0x20) = 0x1357;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n .code16\n mov 0x20, %bx; int $INT_EXIT\n "
        ".code32\n");
    check_exit();
    check("vm", out.r.eflags & F_VM, F_VM);
    check("bx", out.r.ebx & 0xFFFF, 0x1357);
    check("cs", out.r.cs, CODE_AT >> 4);
}
void case_task_ring3(void)
{
    make_task_b();
    *mem32(TSS_B_AT + 76) = SEL_CODE3;
    for (uint32_t i = 72; i < 96; i += 4)
        if (i != 76)
            *mem32(TSS_B_AT + i) = SEL_DATA3;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n 7: cli\n" EXIT);
    check_fault(GP, 0);
    check("cs", out.r.cs, SEL_CODE3);
    check("stack", out.entry_esp, STACK0_TOP - 24);
}
void case_task_t_bit_fault(void)
{
    make_task_b();
    *mem32(TSS_B_AT + 100) |= 1;
    *mem32(TSS_B_AT + 84) = SEL_BEYOND;
    state_ring(0);
    RUN("ljmp $SEL_TSS_B, $0\n .skip 0x40 - 7\n 7: nop\n" EXIT);
    check_fault(TS, SEL_BEYOND);
    check("BT", out.dr6 & 0x8000, 0);
}
