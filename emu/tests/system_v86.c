// Virtual-8086 mode, with and without VME, and PVI. (SDM vol. 3, chapter 20)
#include <stdio.h>
#include <string.h>

#include "emu/tests/system_tests.h"

static const char *test_v86(void)
{
    world_reset(w, 0);
    // IRET into V86 mode at 0500:0000; INT 0x21 there with IOPL 0 is #GP(0), seen from ring 0's
    // frame.
    uint32_t frame[] = {
        0, WORLD_CODE >> 4, FLAG_VM | FLAG_ONE, 0x1000, 0x0a00, 0x111, 0x222, 0x333, 0x444};
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x200;
    world_put(w, WORLD_STACK0 - 0x200, frame, sizeof frame);
    static const uint8_t v86[] = {0xcd, 0x21};
    static const uint8_t iret[] = {0xcf};
    world_put(w, 0xf000, iret, 1);
    w->cpu->eip = 0xf000;
    EXPECT("vector", world_run(w, v86, sizeof v86, 10), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 40, 0, 0, WORLD_CODE >> 4, FLAG_VM | FLAG_ONE | FLAG_RF, 0x1000,
                 0x0a00, 0x111, 0x222, 0x333, 0x444);
    EXPECT("DS in the handler", w->cpu->seg[SEG_DS].selector, 0);
    EXPECT("VM", w->cpu->eflags & FLAG_VM, 0);
    return NULL;
}

const struct system_test system_tests_v86[] = {
    {"virtual-8086 mode", test_v86},
    {NULL, NULL},
};
