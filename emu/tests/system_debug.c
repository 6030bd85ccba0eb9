// Single steps, interrupt shadows, NMI. (SDM vol. 3, 6.7, 6.8, 17.3)
#include <stdio.h>
#include <string.h>

#include "emu/interp/interp.h"
#include "emu/tests/system_tests.h"

static const char *test_single_step(void)
{
    world_reset(w, 0);
    w->cpu->eflags |= FLAG_TF;
    EXPECT("vector", WORLD_RUN(w, 0x40, 0x40), EXC_DB);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE + 1, SEL_CODE0, FLAG_ONE | FLAG_TF);
    EXPECT("DR6", w->cpu->dr[6], 0xffff4ff0u);
    world_reset(w, 0); // mov ss,eax holds the trap back by one instruction
    w->cpu->eflags |= FLAG_TF;
    w->cpu->gpr[REG_EAX] = SEL_DATA0;
    EXPECT("vector", WORLD_RUN(w, 0x8e, 0xd0, 0x41, 0x41), EXC_DB);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE + 3);
    world_reset(w, 0); // popf that sets TF: the trap follows the next instruction
    world_put32(w, WORLD_STACK0 - 4, FLAG_TF);
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 4;
    EXPECT("vector", WORLD_RUN(w, 0x9d, 0x40, 0x40), EXC_DB);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    world_reset(w, 0); // rep movsb traps after each byte, EIP still at it
    w->cpu->eflags |= FLAG_TF;
    w->cpu->gpr[REG_ECX] = 3;
    w->cpu->gpr[REG_ESI] = w->cpu->gpr[REG_EDI] = WORLD_DATA;
    EXPECT("vector", WORLD_RUN(w, 0xf3, 0xa4), EXC_DB);
    EXPECT("ecx", w->cpu->gpr[REG_ECX], 2);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE);
    return NULL;
}

static const char *test_interrupt_shadow(void)
{
    world_reset(w, 0); // sti; inc eax; inc eax with an interrupt waiting: out after the first inc
    w->cpu->intr = true;
    EXPECT("exit", WORLD_RUN(w, 0xfb, 0x40, 0x40, 0x40), -1 - EXIT_POLL);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    EXPECT("deliverable", cpu_intr_deliverable(w->cpu), true);
    world_reset(w, 0); // popf that sets IF has no shadow
    w->cpu->intr = true;
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 4;
    world_put32(w, WORLD_STACK0 - 4, FLAG_IF);
    EXPECT("exit", WORLD_RUN(w, 0x9d, 0x40), -1 - EXIT_POLL);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0);
    world_reset(w, 0); // interp_step does the same and keeps the budget
    static const uint8_t code[] = {0xfb, 0x40, 0x40};
    world_put(w, WORLD_CODE, code, sizeof code);
    EXPECT("retired", interp_step(w->cpu), true);
    EXPECT("shadow", w->cpu->shadow, true);
    EXPECT("retired", interp_step(w->cpu), true);
    EXPECT("shadow", w->cpu->shadow, false);
    return NULL;
}

// STI's shadow holds interrupts back, but no debug trap (SDM vol. 3, 6.8.3 and 17.3.1.4).
static const char *test_step_over_sti(void)
{
    world_reset(w, 0);
    w->cpu->eflags |= FLAG_TF;
    EXPECT_VECTOR(EXC_DB, 0xfb, 0x40);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE + 1, SEL_CODE0, FLAG_ONE | FLAG_TF | FLAG_IF);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0);
    world_reset(w, 0); // POP SS does hold it back
    w->cpu->eflags |= FLAG_TF;
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 8;
    world_put32(w, WORLD_STACK0 - 8, SEL_DATA0);
    EXPECT_VECTOR(EXC_DB, 0x17, 0x40, 0x40);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    world_reset(w, 0); // LSS does not
    w->cpu->eflags |= FLAG_TF;
    w->cpu->gpr[REG_EBX] = WORLD_DATA;
    world_put32(w, WORLD_DATA, WORLD_STACK0);
    world_put32(w, WORLD_DATA + 4, SEL_DATA0);
    EXPECT_VECTOR(EXC_DB, 0x0f, 0xb2, 0x23, 0x40, 0x40);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0);
    world_reset(w, 0); // MOV SS and then a software interrupt: TF is gone, and with it the trap
    w->cpu->eflags |= FLAG_TF;
    w->cpu->gpr[REG_EAX] = SEL_DATA0;
    EXPECT_VECTOR(0x40, 0x8e, 0xd0, 0xcd, 0x40);
    return NULL;
}

// RF: set in the image of a fault, clear in that of a trap and of an interrupt (17.3.1.1).
static const char *test_resume_flag(void)
{
    world_reset(w, 0); // IRET that sets RF: it is gone after the next instruction
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 12;
    world_put32(w, WORLD_STACK0 - 12, WORLD_CODE + 1);
    world_put32(w, WORLD_STACK0 - 8, SEL_CODE0);
    world_put32(w, WORLD_STACK0 - 4, FLAG_ONE | FLAG_RF);
    EXPECT_VECTOR(0x40, 0xcf, 0x40, 0xcd, 0x40);
    EXPECT_STACK(WORLD_STACK0 - 4, FLAG_ONE);
    world_reset(w, 0); // and if that is INT n, its frame has none either
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 12;
    world_put32(w, WORLD_STACK0 - 12, WORLD_CODE + 1);
    world_put32(w, WORLD_STACK0 - 8, SEL_CODE0);
    world_put32(w, WORLD_STACK0 - 4, FLAG_ONE | FLAG_RF);
    EXPECT_VECTOR(0x40, 0xcf, 0xcd, 0x40);
    EXPECT_STACK(WORLD_STACK0 - 4, FLAG_ONE);
    world_reset(w, 0); // PUSHF never shows it
    w->cpu->eflags |= FLAG_RF;
    EXPECT_VECTOR(0x40, 0x9c, 0xcd, 0x40);
    EXPECT_STACK(WORLD_STACK0 - 4, FLAG_ONE);
    return NULL;
}

static const char *test_nmi(void)
{
    world_reset(w, 0); // an NMI does not ask for IF; a second one waits for IRET
    w->cpu->nmi = true;
    EXPECT("deliverable", cpu_nmi_deliverable(w->cpu), true);
    cpu_deliver_nmi(w->cpu);
    EXPECT("eip", w->cpu->eip, WORLD_HANDLERS + EXC_NMI);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE, SEL_CODE0, FLAG_ONE);
    w->cpu->nmi = true;
    EXPECT("deliverable inside", cpu_nmi_deliverable(w->cpu), false);
    w->cpu->eip = WORLD_CODE;
    world_put32(w, WORLD_STACK0 - 12, WORLD_CODE + 1);
    EXPECT("exit", WORLD_RUN(w, 0xcf, 0x40), -1 - EXIT_POLL);
    EXPECT("deliverable after IRET", cpu_nmi_deliverable(w->cpu), true);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0);
    world_reset(w, 0); // nor does one come between MOV SS and the next instruction
    w->cpu->nmi = true;
    w->cpu->gpr[REG_EAX] = SEL_DATA0;
    EXPECT("exit", WORLD_RUN(w, 0x8e, 0xd0, 0x43, 0x43, 0x43), -1 - EXIT_POLL);
    EXPECT("ebx", w->cpu->gpr[REG_EBX], 1);
    return NULL;
}

const struct system_test system_tests_debug[] = {
    {"single step", test_single_step},
    {"interrupt shadow", test_interrupt_shadow},
    {"single step over STI and POP SS", test_step_over_sti},
    {"RF", test_resume_flag},
    {"NMI", test_nmi},
    {NULL, NULL},
};
