// Group end: what ends the machine. Each is right if the processor shuts down and the machine
// resets or stops, and wrong if it comes back.
#include "emu/tests/system/case.h"

void case_end_triple_fault(void)
{
    state_ring(0);
    RUN("movw $0, DATA_AT; lidt DATA_AT; ud2\n" EXIT);
    check_text("back", false);
}
void case_end_double_fault_gate(void)
{
    world_page();
    world_set_idt(PF, 0, 0, 0x8E);
    world_set_idt(DF, SEL_CODE0, 0, 0x0E);
    state_ring(0);
    RUN("mov WINDOW_AT, %eax\n" EXIT);
    check_text("back", false);
}
void case_end_double_fault_task(void)
{
    world_task_vector(DF);
    world_descriptor(SEL_DF_TSS)[5] = 0x8B; // busy
    world_set_idt(GP, 0, 0, 0x8E);
    state_ring(0);
    RUN("mov $SEL_BEYOND, %eax; mov %eax, %ds\n" EXIT);
    check_text("back", false);
}
void case_end_real(void)
{
    state_real();
    RUN_REAL("movw $0, 0; lidt 0; ud2\n int $INT_EXIT\n");
    check_text("back", false);
}
void case_end_stack(void)
{
    ((volatile uint32_t *)world_tss())[2] = 0;
    state_ring(3);
    RUN("ud2\n" EXIT);
    check_text("back", false);
}
