// Group flow: what comes between instructions: interrupt shadows, single steps, RF, NT, alignment
// checks, and the order and doubling of faults.
#include "emu/tests/system/case.h"

// ---- interrupt shadows ----

void case_flow_sti(void)
{
    world_raise_irq0();
    state_ring(0);
    RUN("sti; inc %eax\n 7: inc %eax; inc %eax\n" EXIT);
    check_fault(0x20, 0);
    check("eax", out.r.eax, 1);
}
void case_flow_sti_cli(void)
{
    world_raise_irq0();
    state_ring(0);
    RUN("sti; cli; inc %eax; inc %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 2);
}
void case_flow_sti_again(void)
{
    // IF becomes set by POPF, behind which the interrupt comes at once
    world_raise_irq0();
    state_ring(0);
    RUN("push $0x202; popf\n 7: sti; nop\n" EXIT);
    check_fault(0x20, 0);
}
void case_flow_mov_ss(void)
{
    for (unsigned i = 0; i < 2; i++) {
        world_raise_irq0();
        state_ring(0);
        // IF is set under the shadow of MOV SS or POP SS by the POPF behind it
        in.ebx = SEL_DATA0;
        if (i)
            RUN("push $0x202; push %ebx; pop %ss; popf\n 7: inc %eax\n" EXIT);
        else
            RUN("push $0x202; mov %ebx, %ss; popf\n 7: inc %eax\n" EXIT);
        check_fault(0x20, 0);
        check("eax", out.r.eax, 0);
        out8(0x20, 0x20);
    }
}
void case_flow_sti_hlt(void)
{
    world_raise_irq0();
    state_ring(0);
    RUN("sti; hlt\n 7: inc %eax\n" EXIT);
    check_fault(0x20, 0);
    check("eax", out.r.eax, 0);
}
void case_flow_rep_interrupt(void)
{
    world_raise_irq0();
    state_ring(0);
    in.ecx = 100;
    in.edi = DATA_AT;
    in.eax = 0x5A;
    RUN("sti\n 7: rep stosb\n" EXIT);
    // between which two steps is free, and so is none of them
    check("vector", out.vector, 0x20);
    check("eip", out.r.eip, CODE_AT + (out.r.ecx ? 1 : 3));
    check("RF", out.r.eflags & F_RF, out.r.ecx ? F_RF : 0);
    check("ecx + edi", out.r.ecx + (out.r.edi - DATA_AT), 100);
    world_resume();
    check_exit();
    check("edi", out.r.edi, DATA_AT + 100);
    check("ecx", out.r.ecx, 0);
}

// ---- TF ----

void case_flow_tf(void)
{
    state_ring(0);
    in.eflags |= F_TF;
    RUN("inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
    check("BS", out.dr6 & 0xE00F, 0x4000);
    check("TF pushed", out.r.eflags & F_TF, F_TF);
    check("TF inside", out.entry_eflags & F_TF, 0);
}
void case_flow_tf_popf(void)
{
    state_ring(0);
    RUN("push $0x102; popf; inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
}
void case_flow_tf_clear(void)
{
    state_ring(0);
    RUN("push $2; push $0x102; popf; popf\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("TF pushed", out.r.eflags & F_TF, 0);
    check("BS", out.dr6 & 0x4000, 0x4000);
}
void case_flow_tf_mov_ss(void)
{
    state_ring(0);
    in.ebx = SEL_DATA0;
    in.eflags |= F_TF;
    RUN("mov %ebx, %ss; inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
}
void case_flow_tf_rep(void)
{
    state_ring(0);
    in.ecx = 3;
    in.edi = DATA_AT;
    in.eflags |= F_TF;
    RUN("7: rep stosb\n nop\n" EXIT);
    check_fault(DB, 0);
    check("ecx", out.r.ecx, 2);
}
void case_flow_tf_int(void)
{
    state_ring(0);
    in.eflags |= F_TF;
    RUN("int $0x40\n 7: nop\n" EXIT);
    check_fault(0x40, 0);
    check("TF pushed", out.r.eflags & F_TF, F_TF);
    check("TF inside", out.entry_eflags & F_TF, 0);
    check("BS", out.dr6 & 0x4000, 0);
}
void case_flow_tf_fault(void)
{
    state_ring(0);
    in.eflags |= F_TF;
    RUN("7: ud2\n");
    check_fault(UD, 0);
    check("TF pushed", out.r.eflags & F_TF, F_TF);
    check("BS", out.dr6 & 0x4000, 0);
}
void case_flow_tf_iret(void)
{
    state_ring(0);
    RUN("push $SEL_DATA3; push $STACK_TOP; push $0x102; push $SEL_CODE3; push $" HERE(
        "1f") "; iret\n 1: inc %eax\n 7: inc %eax\n" EXIT);
    check_fault(DB, 0);
    check("eax", out.r.eax, 1);
    check("cs", out.r.cs, SEL_CODE3);
}
void case_flow_tf_v86(void)
{
    state_v86();
    in.eflags |= F_TF;
    RUN16("inc %ax\n 7: inc %ax\n");
    check_fault(DB, 0);
    check("ax", out.r.eax, 1);
}
void case_flow_dr6_sticky(void)
{
    set_dr(6, 0xFFFF0FF1);
    state_ring(0);
    in.eflags |= F_TF;
    RUN("nop\n 7: nop\n" EXIT);
    check_fault(DB, 0);
    check("BS", out.dr6 & 0xE000, 0x4000);
    set_dr(6, 0xFFFF0FF0);
}

// ---- RF and NT in frames ----

void case_flow_rf_image(void)
{
    state_ring(0);
    RUN("7: ud2\n");
    check("RF of a fault", out.r.eflags & F_RF, F_RF);
    state_ring(0);
    RUN("int3\n");
    check("RF of a trap", out.r.eflags & F_RF, 0);
    state_ring(0);
    RUN("7: mov $SEL_BEYOND, %eax; mov %eax, %ds\n");
    check("RF of #GP", out.r.eflags & F_RF, F_RF);
    state_ring(0);
    in.eflags |= F_TF;
    RUN("nop\n 7: nop\n");
    check("RF of a step", out.r.eflags & F_RF, 0);
}
void case_flow_rf_cleared(void)
{
    state_ring(0);
    in.eflags |= F_RF;
    RUN("nop; int3\n");
    check("vector", out.vector, BP);
    check("RF", out.r.eflags & F_RF, 0);
}
void case_flow_nt_image(void)
{
    state_ring(0);
    RUN("push $0x44002; popf; int3\n");
    check("vector", out.vector, BP);
    check("pushed", out.r.eflags & (F_NT | F_AC), F_NT | F_AC);
    check("inside", out.entry_eflags & (F_NT | F_AC), F_AC);
}

// ---- alignment ----

void case_flow_ac(void)
{
    set_cr0(get_cr0() | C0_AM);
    state_ring(3);
    in.eflags |= F_AC;
    RUN("mov DATA_AT + 1, %al; mov DATA_AT + 2, %ax; mov DATA_AT + 4, %eax\n 7: mov DATA_AT + 2, "
        "%eax\n" EXIT);
    check_fault(AC, 0);
    state_ring(3);
    in.eflags |= F_AC;
    RUN("7: mov %ax, DATA_AT + 1\n" EXIT);
    check_fault(AC, 0);
    state_ring(3);
    in.eflags |= F_AC;
    RUN("7: incl DATA_AT + 1\n" EXIT);
    check_fault(AC, 0);
}
void case_flow_ac_off(void)
{
    state_ring(3);
    in.eflags |= F_AC;
    RUN("mov DATA_AT + 1, %eax\n" EXIT);
    check_exit();
    set_cr0(get_cr0() | C0_AM);
    state_ring(0);
    in.eflags |= F_AC;
    RUN("mov DATA_AT + 1, %eax\n" EXIT);
    check_exit();
    state_ring(3);
    RUN("mov DATA_AT + 1, %eax\n" EXIT);
    check_exit();
}
void case_flow_ac_stack(void)
{
    set_cr0(get_cr0() | C0_AM);
    state_ring(3);
    in.esp = STACK_TOP - 2;
    RUN("pushfl; orl $0x40000, (%esp); popfl\n 7: push %eax\n");
    check_fault(AC, 0);
    check("esp", out.r.esp, STACK_TOP - 2);
}

void case_flow_ac_page_fault(void)
{
    world_page();
    set_cr0(get_cr0() | C0_AM);
    state_ring(3);
    in.eflags |= F_AC;
    RUN("7: mov WINDOW_AT + 1, %eax\n" EXIT);
    check_fault(AC, 0);
}

// ---- double faults ----

void case_flow_double(void)
{
    world_set_idt(GP, 0, 0, 0x8E);
    state_ring(0);
    RUN("mov $SEL_BEYOND, %eax\n 7: mov %eax, %ds\n");
    check_fault(DF, 0);
}
void case_flow_benign(void)
{
    world_set_idt(UD, SEL_BEYOND, 0, 0x8E);
    state_ring(0);
    RUN("7: ud2\n");
    check_fault(GP, SEL_BEYOND + 1);
}
void case_flow_page_fault_twice(void)
{
    world_page();
    world_set_descriptor(SEL_T0, WINDOW_AT, 0xFFFFF, 0xC93);
    world_task_vector(DF);
    state_ring(0);
    // the stack is on an absent page: the frame of #PF cannot be pushed
    RUN("mov $WINDOW_AT + 0x800, %esp\n 7: mov WINDOW_AT, %eax\n");
    check_task_vector(true, 0, CODE_AT + 5);
}
void case_flow_double_stack(void)
{
    world_task_vector(DF);
    world_set_descriptor(SEL_T0, STACK_AT, 0xFFF, 0x493);
    state_ring(0);
    RUN("mov $SEL_T0, %eax; mov %eax, %ss; mov $0x2000, %esp\n 7: push %eax\n");
    check_task_vector(true, 0, CODE_AT + 12);
}
void case_flow_too_long(void)
{
    state_ring(0);
    RUN("7: .rept 15\n .byte 0x66\n .endr\n nop\n" EXIT);
    check_fault(GP, 0);
    state_ring(0);
    RUN(".rept 14\n .byte 0x66\n .endr\n nop\n" EXIT);
    check_exit();
}
void case_flow_lock(void)
{
    state_ring(0);
    RUN("7: .byte 0xF0, 0x89, 0x05; .long DATA_AT\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    RUN("7: .byte 0xF0, 0xFF, 0xC0\n" EXIT);
    check_fault(UD, 0);
    state_ring(0);
    RUN("lock incl DATA_AT; lock cmpxchg %eax, DATA_AT; xchg %eax, DATA_AT; lock xchg %eax, "
        "DATA_AT\n" EXIT);
    check_exit();
}
void case_flow_idiv(void)
{
    state_ring(3);
    in.eax = 0x80000000;
    in.edx = 0xFFFFFFFF;
    in.ecx = 0xFFFFFFFF;
    RUN("7: idiv %ecx\n" EXIT);
    check_fault(DE, 0);
    check("eax", out.r.eax, 0x80000000);
    state_ring(3);
    in.eax = 0x8000;
    in.edx = 0xFFFF;
    in.ecx = 0xFFFF;
    RUN("7: idiv %cx\n" EXIT);
    check_fault(DE, 0);
    state_ring(3);
    in.eax = 0xFF80;
    in.ecx = 0xFF;
    RUN("7: idiv %cl\n" EXIT);
    check_fault(DE, 0);
    state_ring(3);
    in.edx = 1;
    in.ecx = 1;
    RUN("7: div %ecx\n" EXIT);
    check_fault(DE, 0);
}
void case_flow_aam_bound(void)
{
    state_ring(3);
    RUN("7: aam $0\n" EXIT);
    check_fault(DE, 0);
    *mem32(DATA_AT) = 1;
    *mem32(DATA_AT + 4) = 5;
    state_ring(3);
    in.eax = 6;
    RUN("7: bound %eax, DATA_AT\n" EXIT);
    check_fault(BR, 0);
    state_ring(3);
    in.eax = 5;
    RUN("bound %eax, DATA_AT\n" EXIT);
    check_exit();
}
void case_flow_undefined(void)
{
    for (unsigned i = 0; i < 7; i++) {
        state_ring(3);
        switch (i) {
        case 0: RUN("7: .byte 0x0F, 0x0B\n" EXIT); break;
        case 1: RUN("7: .byte 0x0F, 0xB9, 0xC0\n" EXIT); break;
        case 2: RUN("7: .byte 0x0F, 0xFF, 0xC0\n" EXIT); break;
        case 3: RUN("7: .byte 0x8D, 0xC0\n" EXIT); break;        // LEA
        case 4: RUN("7: .byte 0xFF, 0xE8\n" EXIT); break;        // JMP far
        case 5: RUN("7: .byte 0xFF, 0xF8\n" EXIT); break;        // FF /7
        default: RUN("7: .byte 0x0F, 0xC7, 0xC8\n" EXIT); break; // CMPXCHG8B
        }
        check_fault(UD, 0);
    }
}
void case_flow_mwait(void)
{
    world_raise_irq0();
    state_ring(0);
    in.eax = DATA_AT;
    RUN(".byte 0x0F, 0x01, 0xC8; xor %eax, %eax; sti; .byte 0x0F, 0x01, 0xC9\n 7: nop\n" EXIT);
    check_fault(0x20, 0);
}
