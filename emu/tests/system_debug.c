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

const struct system_test system_tests_debug[] = {
    {"single step", test_single_step},
    {"interrupt shadow", test_interrupt_shadow},
    {NULL, NULL},
};
