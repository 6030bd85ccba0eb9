// Group gate: far transfers through call, interrupt and trap gates, 286 and 386, and the returns
// from them.
#include "emu/tests/system/case.h"

enum {
    CALL286 = 0x84,
    TASK = 0x85,
    INT286 = 0x86,
    TRAP286 = 0x87,
    CALL386 = 0x8C,
    INT386 = 0x8E,
    TRAP386 = 0x8F,
    D3 = 0x60
};

static uint32_t here(uint32_t offset)
{
    return CODE_AT + offset;
}
static uint32_t stack(uint32_t index)
{
    return *mem32(out.r.esp + 4 * index);
}

void case_gate_call_same_ring(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0x40), 0, CALL386);
    state_ring(0);
    RUN("lcall $SEL_GATE, $0x12345678\n 1: .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("esp", out.r.esp, STACK_TOP - 8);
    check("eip pushed", stack(0), CODE_AT + 7);
    check("cs pushed", stack(1) & 0xFFFF, SEL_CODE0);
}
void case_gate_call_inner(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0x40), 2, CALL386 | D3);
    state_ring(3);
    RUN("push $0x11; push $0x22; lcall $SEL_GATE, $0\n .skip 0x40 - 11\n" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_CODE0);
    check("ss", out.r.ss, SEL_DATA0);
    check("esp", out.r.esp, STACK0_TOP - 24);
    check("eip pushed", stack(0), CODE_AT + 11);
    check("cs pushed", stack(1) & 0xFFFF, SEL_CODE3);
    check("second parameter", stack(2), 0x22);
    check("first parameter", stack(3), 0x11);
    check("esp pushed", stack(4), STACK_TOP - 8);
    check("ss pushed", stack(5) & 0xFFFF, SEL_DATA3);
}
void case_gate_call_inner_286(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 0xFFFF, 0x49B);
    world_set_gate(SEL_GATE, SEL_T0, 0x40, 2, CALL286 | D3);
    *mem16((uint32_t)(uintptr_t)world_descriptor(SEL_GATE) + 6) = 0xFFFF; // no part of a 286 gate
    state_ring(3);
    RUN("pushw $0x11; pushw $0x22; lcall $SEL_GATE, $0\n .skip 0x40 - 13\n" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_T0);
    check("esp", out.r.esp, STACK0_TOP - 12);
    check("cs:ip", stack(0), (uint32_t)SEL_CODE3 << 16 | 13);
    check("parameters", stack(1), 0x110022);
    check("ss:sp", stack(2), (uint32_t)SEL_DATA3 << 16 | ((STACK_TOP - 4) & 0xFFFF));
}
void case_gate_call_same_286(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 0xFFFF, 0x49B);
    world_set_gate(SEL_GATE, SEL_T0, 0x40, 0, CALL286);
    state_ring(0);
    RUN("lcall $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("esp", out.r.esp, STACK_TOP - 4);
    check("cs:ip", stack(0), (uint32_t)SEL_CODE0 << 16 | 7);
}
void case_gate_call_ring1(void)
{
    world_set_gate(SEL_GATE, SEL_CODE1 & ~3, here(0x40), 0, CALL386 | D3);
    state_ring(3);
    RUN("lcall $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_CODE1);
    check("ss", out.r.ss, SEL_DATA1);
    check("esp", out.r.esp, STACK1_TOP - 16);
}
void case_gate_call_dpl(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0), 0, CALL386);
    state_ring(3);
    RUN("7: lcall $SEL_GATE, $0\n" EXIT);
    check_fault(GP, SEL_GATE);
    state_ring(0);
    RUN("7: lcall $SEL_GATE + 3, $0\n" EXIT);
    check_fault(GP, SEL_GATE);
}
void case_gate_call_absent(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0), 0, CALL386 & ~0x80);
    state_ring(0);
    RUN("7: lcall $SEL_GATE, $0\n" EXIT);
    check_fault(NP, SEL_GATE);
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    world_set_gate(SEL_GATE, SEL_T0, here(0), 0, CALL386);
    state_ring(0);
    RUN("7: lcall $SEL_GATE, $0\n" EXIT);
    check_fault(NP, SEL_T0);
}
void case_gate_call_bad_target(void)
{
    static const uint16_t targets[] = {0, SEL_BEYOND, SEL_DATA0, SEL_CODE3 & ~3};
    for (unsigned i = 0; i < 4; i++) {
        world_set_gate(SEL_GATE, targets[i], here(0), 0, CALL386);
        state_ring(0);
        RUN("7: lcall $SEL_GATE, $0\n" EXIT);
        check_fault(GP, targets[i]);
    }
    world_set_descriptor(SEL_T0, 0, 0xFF, 0x49B);
    world_set_gate(SEL_GATE, SEL_T0, 0x100, 0, CALL386);
    state_ring(0);
    RUN("7: lcall $SEL_GATE, $0\n" EXIT);
    check_fault(GP, 0);
}
void case_gate_jump_inner(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0x40), 0, CALL386 | D3);
    state_ring(3);
    RUN("7: ljmp $SEL_GATE, $0\n" EXIT);
    check_fault(GP, SEL_CODE0);
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    world_set_gate(SEL_GATE, SEL_T0, here(0x40), 0, CALL386 | D3);
    state_ring(3);
    RUN("ljmp $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_T0 | 3);
}
void case_gate_call_bad_stack(void)
{
    volatile uint32_t *tss = (volatile uint32_t *)world_tss();
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xCB1); // DPL 1, read-only
    world_set_descriptor(SEL_T1, 0, 0xFFFFF, 0xC33); // DPL 1, absent
    world_set_gate(SEL_GATE, SEL_CODE1 & ~3, here(0x40), 0, CALL386 | D3);
    static const struct {
        uint16_t ss;
        uint8_t vector, error;
    } bad[] = {{0, TS, 0},
               {SEL_DATA3, TS, SEL_DATA3 & ~3},
               {SEL_T0 | 1, TS, SEL_T0},
               {SEL_DATA1 & ~3, TS, SEL_DATA1 & ~3},
               {SEL_T1 | 1, SS, SEL_T1}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        tss[4] = bad[i].ss;
        state_ring(3);
        RUN("7: lcall $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
        check_fault(bad[i].vector, bad[i].error);
    }
}
void case_gate_call_no_room(void)
{
    volatile uint32_t *tss = (volatile uint32_t *)world_tss();
    world_set_descriptor(SEL_T0, STACK_AT, 0xFFFF, 0x4B7); // DPL 1, expand-down
    world_set_gate(SEL_GATE, SEL_CODE1 & ~3, here(0x40), 0, CALL386 | D3);
    tss[3] = 0x10008;
    tss[4] = SEL_T0 | 1;
    state_ring(3);
    RUN("7: lcall $SEL_GATE, $0\n .skip 0x40 - 7\n" EXIT);
    check_fault(SS, SEL_T0);
}
void case_gate_ret_outer(void)
{
    world_set_gate(SEL_GATE, SEL_CODE0, here(0x40), 2, CALL386 | D3);
    state_ring(3);
    RUN("push $0x11; push $0x22; lcall $SEL_GATE, $0\n 7: nop\n" EXIT
        ".skip 0x40 - 14\n lret $8\n");
    check_exit();
    check("cs", out.r.cs, SEL_CODE3);
    check("ss", out.r.ss, SEL_DATA3);
    check("esp", out.r.esp, STACK_TOP);
}
void case_gate_ret_nulls(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    for (unsigned i = 0; i < 2; i++) {
        state_ring(0);
        in.es = SEL_DATA3;
        in.fs = SEL_T0; // conforming code
        in.ecx = i;
        RUN("mov $SEL_DATA3, %eax; mov %eax, %gs; push $SEL_DATA3; push $STACK_TOP - 64; test "
            "%ecx, %ecx; jnz 2f\n"
            "push $SEL_CODE3; push $" HERE("1f") "; lret\n"
                                                 "2: push $2; push $SEL_CODE3; push $" HERE(
                                                     "1f") "; iret\n 1:" EXIT);
        check_exit();
        check("cs", out.r.cs, SEL_CODE3);
        check("ds", out.r.ds, 0);
        check("es", out.r.es, SEL_DATA3);
        check("fs", out.r.fs, SEL_T0);
        check("gs", out.r.gs, SEL_DATA3);
    }
}
void case_gate_ret_bad(void)
{
    state_ring(3);
    RUN("push $SEL_CODE0; push $0\n 7: lret\n");
    check_fault(GP, SEL_CODE0);
    check("esp", out.r.esp, STACK_TOP - 8);
    state_ring(0);
    RUN("push $0; push $0\n 7: lret\n");
    check_fault(GP, 0);
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    state_ring(0);
    RUN("push $SEL_T0; push $0\n 7: lret\n");
    check_fault(NP, SEL_T0);
}
void case_gate_ret_bad_stack(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC73);
    static const struct {
        uint16_t ss, vector, error;
    } bad[] = {{0, GP, 0},
               {SEL_DATA0 | 3, GP, SEL_DATA0},
               {SEL_DATA3 & ~3, GP, SEL_DATA3 & ~3},
               {SEL_T0 | 3, SS, SEL_T0}};
    for (unsigned i = 0; i < 4; i++) {
        state_ring(0);
        in.eax = bad[i].ss;
        RUN("push %eax; push $0x100; push $SEL_CODE3; push $CODE_AT\n 7: lret\n");
        check_fault(bad[i].vector, bad[i].error);
        check("esp", out.r.esp, STACK_TOP - 16);
        check("cs", out.r.cs, SEL_CODE0);
    }
}
void case_gate_ret_16(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 0xFFFF, 0x49B);
    state_ring(0);
    RUN("pushw $SEL_T0; pushw $" HERE16("1f") "; data16 lret\n 1:" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_T0);
    check("esp", out.r.esp, STACK_TOP);
}

// ---- interrupt and trap gates ----

void case_gate_int_flags(void)
{
    world_set_idt(0x40, SEL_CODE0, world_stub(0x40), INT386);
    world_set_idt(0x41, SEL_CODE0, world_stub(0x41), TRAP386);
    for (unsigned i = 0; i < 2; i++) {
        state_ring(0);
        in.eax = i;
        in.eflags |= F_IF | F_NT | F_CF;
        // IRET with NT would be a task return: NT is set by POPF
        in.eflags &= ~(uint32_t)F_NT;
        RUN("pushl $0x4203; popf; test %eax, %eax; stc; jnz 1f; int $0x40\n 1: int $0x41\n");
        check("vector", out.vector, 0x40 + i);
        check("entry flags", out.entry_eflags & (F_IF | F_TF | F_NT | F_RF | F_CF),
              (i ? F_IF : 0) | F_CF);
        check("pushed", out.r.eflags & (F_IF | F_NT | F_CF), F_IF | F_NT | F_CF);
    }
}
void case_gate_int_inner(void)
{
    state_ring(3);
    in.eflags |= F_IF | F_DF;
    RUN(EXIT);
    check_exit();
    check("esp", out.entry_esp, STACK0_TOP - 20);
    check("ss", out.entry_ss, SEL_DATA0);
    check("eip", *mem32(STACK0_TOP - 20), CODE_AT + 2);
    check("cs", *mem32(STACK0_TOP - 16) & 0xFFFF, SEL_CODE3);
    check("eflags", *mem32(STACK0_TOP - 12), F_IF | F_DF | F_ONE);
    check("esp pushed", *mem32(STACK0_TOP - 8), STACK_TOP);
    check("ss pushed", *mem32(STACK0_TOP - 4) & 0xFFFF, SEL_DATA3);
    check("DF stays", out.entry_eflags & F_DF, F_DF);
}
void case_gate_int_dpl(void)
{
    state_ring(3);
    RUN("7: int $0x40\n");
    check_fault(GP, 0x40 * 8 + 2);
}
void case_gate_exception_dpl(void)
{
    state_ring(3);
    RUN("7: ud2\n");
    check_fault(UD, 0);
    state_ring(3);
    RUN(".byte 0xF1\n 7: nop\n" EXIT);
    check_fault(DB, 0);
}
void case_gate_int3_dpl(void)
{
    world_set_idt(BP, SEL_CODE0, world_stub(BP), INT386);
    world_set_idt(OF, SEL_CODE0, world_stub(OF), INT386);
    state_ring(3);
    RUN("7: int3\n");
    check_fault(GP, BP * 8 + 2);
    state_ring(3);
    in.eflags |= F_OF;
    RUN("7: into\n");
    check_fault(GP, OF * 8 + 2);
}
void case_gate_int_absent(void)
{
    world_set_idt(0x40, SEL_CODE0, world_stub(0x40), INT386 & ~0x80);
    world_set_idt(UD, SEL_CODE0, world_stub(UD), INT386 & ~0x80);
    state_ring(0);
    RUN("7: int $0x40\n");
    check_fault(NP, 0x40 * 8 + 2);
    state_ring(0);
    RUN("7: ud2\n");
    check_fault(NP, UD * 8 + 3);
}
void case_gate_int_beyond(void)
{
    world_load_idt(0x80 * 8 - 2);
    state_ring(0);
    RUN("int $INT_EXIT\n");
    check_exit();
    state_ring(0);
    RUN("7: int $0x7F\n");
    check_fault(GP, 0x7F * 8 + 2);
}
void case_gate_int_wrong_type(void)
{
    static const uint8_t types[] = {0x8C, 0x84, 0x89, 0x82, 0x92, 0x9A, 0x80};
    for (unsigned i = 0; i < sizeof types; i++) {
        world_set_idt(0x40, SEL_CODE0, world_stub(0x40), types[i]);
        state_ring(0);
        RUN("7: int $0x40\n");
        check_fault(GP, 0x40 * 8 + 2);
    }
}
void case_gate_int_bad_cs(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    static const struct {
        uint16_t cs, vector;
    } bad[] = {{0, GP}, {SEL_BEYOND, GP}, {SEL_DATA0, GP}, {SEL_T0, NP}, {SEL_CODE3 & ~3, GP}};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned exception = 0; exception < 2; exception++) {
            world_set_idt(exception ? UD : 0x40, bad[i].cs, world_stub(0x40), INT386);
            state_ring(0);
            in.eax = exception;
            RUN("test %eax, %eax\n jz 1f\n ud2\n 1: int $0x40\n");
            check("vector", out.vector, bad[i].vector);
            check("error", out.error, bad[i].cs + exception);
            check("eip", out.r.eip, CODE_AT + (exception ? 4 : 6));
        }
}
void case_gate_int_286(void)
{
    world_set_idt(0x40, SEL_CODE0, world_stub16(0x40), INT286 | D3);
    // a 286 gate has no upper half of the offset: a code segment whose base is that of the stub
    world_set_descriptor(SEL_T0, world_stub16(0x40), 0xFFFFF, 0xC9B);
    world_set_idt(0x40, SEL_T0, 0xABCD0000, INT286 | D3);
    state_ring(3);
    in.eflags |= F_IF | F_CF;
    RUN("int $0x40\n");
    check("vector", out.vector, 0x40);
    check("esp", out.entry_esp, STACK0_TOP - 10);
    check("ip", out.r.eip, (CODE_AT + 2) & 0xFFFF);
    check("cs", out.r.cs, SEL_CODE3);
    check("flags", out.r.eflags, F_IF | F_CF | F_ONE);
    check("sp", out.r.esp, STACK_TOP & 0xFFFF);
    check("ss", out.r.ss, SEL_DATA3);
    check("IF", out.entry_eflags & F_IF, 0);
}
void case_gate_int_286_error(void)
{
    world_set_descriptor(SEL_T0, world_stub16(GP), 0xFFFFF, 0xC9B);
    world_set_idt(GP, SEL_T0, 0, TRAP286);
    state_ring(0);
    RUN("mov $SEL_BEYOND, %eax\n 7: mov %eax, %ds\n");
    check("vector", out.vector, GP);
    check("error", out.error, SEL_BEYOND);
    check("esp", out.entry_esp, STACK_TOP - 8);
    check("ip", out.r.eip, 5);
}
void case_gate_int_bad_stack(void)
{
    volatile uint32_t *tss = (volatile uint32_t *)world_tss();
    world_set_descriptor(SEL_T1, 0, 0xFFFFF, 0xC33); // DPL 1, absent
    world_set_idt(UD, SEL_CODE1 & ~3, world_stub(UD), INT386);
    world_set_idt(0x40, SEL_CODE1 & ~3, world_stub(0x40), INT386 | D3);
    tss[4] = SEL_DATA3;
    state_ring(3);
    RUN("7: ud2\n");
    check_fault(TS, (SEL_DATA3 & ~3) + 1);
    state_ring(3);
    RUN("7: int $0x40\n");
    check_fault(TS, SEL_DATA3 & ~3);
    tss[4] = SEL_T1 | 1;
    state_ring(3);
    RUN("7: ud2\n");
    check_fault(SS, SEL_T1 + 1);
}
void case_gate_int_conforming(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC9F);
    world_set_idt(0x40, SEL_T0, here(0x40), INT386 | D3);
    state_ring(3);
    RUN("int $0x40\n .skip 0x3E\n mov %cs, %eax\n" EXIT);
    check_exit();
    check("cs", out.r.eax, SEL_T0 | 3);
    check("ss", out.r.ss, SEL_DATA3);
    check("esp", out.r.esp, STACK_TOP - 12);
}

// ---- IRET ----

void case_gate_iret_flags_ring3(void)
{
    state_ring(3);
    RUN("push $0x3203 | 0x400; push $SEL_CODE3; push $" HERE("1f") "; iret\n 1:" EXIT);
    check_exit();
    check("flags", out.r.eflags & (F_IOPL | F_IF | F_DF | F_CF), F_DF | F_CF);
}
void case_gate_iret_flags_ring0(void)
{
    state_ring(0);
    RUN("push $0x47203; push $SEL_CODE0; push $" HERE("1f") "; iret\n 1: pushf; pop %eax\n" EXIT);
    check_exit();
    check("flags", out.r.eax, 0x47203);
}
void case_gate_iret_16(void)
{
    world_set_descriptor(SEL_T0, CODE_AT, 0xFFFF, 0x49B);
    state_ring(0);
    in.eflags |= F_AC | F_CF;
    RUN("pushw $0x402; pushw $SEL_T0; pushw $" HERE16("1f") "; data16 iret\n 1:" EXIT);
    check_exit();
    check("cs", out.r.cs, SEL_T0);
    check("esp", out.r.esp, STACK_TOP);
    check("flags", out.r.eflags & (F_AC | F_CF | F_DF), F_AC | F_DF);
}
void case_gate_iret_bad(void)
{
    world_set_descriptor(SEL_T0, 0, 0xFFFFF, 0xC1B);
    static const struct {
        uint16_t cs, vector, error;
    } bad[] = {{0, GP, 0},
               {SEL_DATA0, GP, SEL_DATA0},
               {SEL_T0, NP, SEL_T0},
               {SEL_CODE3 & ~3, GP, SEL_CODE3 & ~3}};
    for (unsigned i = 0; i < 4; i++) {
        state_ring(0);
        in.eax = bad[i].cs;
        RUN("push $2; push %eax; push $CODE_AT\n 7: iret\n");
        check_fault(bad[i].vector, bad[i].error);
        check("esp", out.r.esp, STACK_TOP - 12);
    }
    state_ring(3);
    RUN("push $2; push $SEL_CODE0; push $CODE_AT\n 7: iret\n");
    check_fault(GP, SEL_CODE0);
}
void case_gate_iret_vm_ring3(void)
{
    state_ring(3);
    RUN("push $0x20002; push $SEL_CODE3; push $" HERE("1f") "; iret\n 1:" EXIT);
    check_exit();
    check("vm", out.r.eflags & F_VM, 0);
    check("cs", out.r.cs, SEL_CODE3);
}
void case_gate_ret_outer_16(void)
{
    state_ring(0);
    in.ss = SEL_DATA0;
    RUN("mov $0xABCD8000, %edx; pushw $SEL_STACK16_3; pushw $0x7F00; pushw $SEL_CODE16_3; pushw "
        "$" HERE16("1f") "; data16 lret\n 1: .code16\n int $INT_EXIT\n .code32\n");
    check_exit();
    check("cs", out.r.cs, SEL_CODE16_3);
    check("ss", out.r.ss, SEL_STACK16_3);
    check("sp", out.r.esp & 0xFFFF, 0x7F00);
}
void case_gate_int_from_16(void)
{
    state16(3);
    // IRET to a 16-bit stack loads SP alone, so the upper half is written here
    RUN16("mov $0x12347000, %esp; int $INT_EXIT\n");
    check_exit();
    check("esp", out.entry_esp, STACK0_TOP - 20);
    check("eip", *mem32(STACK0_TOP - 20), 8);
    check("esp pushed", *mem32(STACK0_TOP - 8), 0x12347000);
}
void case_gate_external(void)
{
    world_raise_irq0();
    state_ring(3);
    in.eflags |= F_IF;
    RUN("7: nop\n" EXIT);
    check_fault(0x20, 0);
    check("esp", out.entry_esp, STACK0_TOP - 20);
    check("RF", out.r.eflags & F_RF, 0);
}
void case_gate_external_bad(void)
{
    world_raise_irq0();
    world_set_idt(0x20, SEL_CODE0, 0, 0x0E);
    state_ring(0);
    in.eflags |= F_IF;
    RUN("7: nop\n" EXIT);
    check_fault(NP, 0x20 * 8 + 3);
}
