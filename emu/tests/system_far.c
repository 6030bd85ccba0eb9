// Far transfers: IRET, RETF, call gates, privilege changes and their stacks. (SDM vol. 3, 5.8; vol.
// 2, CALL, JMP, RET, IRET)
#include <stdio.h>
#include <string.h>

#include "emu/tests/system_tests.h"

static const char *test_iret_to_ring3(void)
{
    world_reset(w, 0);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    static const uint8_t ring3[] = {0xcd, 0x40};
    world_put(w, WORLD_CODE + 0x100, ring3, sizeof ring3);
    uint32_t flags = FLAG_ONE | FLAG_IF | FLAG_ZF | (1u << 12);
    uint32_t frame[] = {WORLD_CODE + 0x100, SEL_CODE3, flags, WORLD_STACK3, SEL_DATA3};
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x100;
    world_put(w, WORLD_STACK0 - 0x100, frame, sizeof frame);
    w->cpu->seg[SEG_FS].selector = 0;
    w->cpu->seg[SEG_FS].attr = 0;
    EXPECT("vector", WORLD_RUN(w, 0xcf), 0x40);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 0x102, SEL_CODE3, flags, WORLD_STACK3, SEL_DATA3);
    EXPECT("DS of level 0 in ring 3", w->cpu->seg[SEG_DS].selector, 0);
    EXPECT("DS attributes", w->cpu->seg[SEG_DS].attr, 0);
    // In ring 3, IRET changes neither IF nor IOPL.
    world_reset(w, 3);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    world_put(w, WORLD_CODE + 0x100, ring3, sizeof ring3);
    uint32_t frame3[] = {WORLD_CODE + 0x100, SEL_CODE3, FLAG_IF | FLAG_IOPL | FLAG_CF};
    w->cpu->gpr[REG_ESP] = WORLD_STACK3 - 0x100;
    world_put(w, WORLD_STACK3 - 0x100, frame3, sizeof frame3);
    EXPECT("vector", WORLD_RUN(w, 0xcf), 0x40);
    EXPECT_STACK(WORLD_STACK0 - 12, FLAG_ONE | FLAG_CF, WORLD_STACK3 - 0x100 + 12);
    return NULL;
}

static const char *test_call_gate(void)
{
    world_reset(w, 3);
    // Gate to ring 0 with two parameters; the target returns with RETF 8 to an INT 0x40 in ring 3.
    world_put32(w, WORLD_GDT + SEL_FREE, (uint32_t)SEL_CODE0 << 16 | (WORLD_CODE + 0x200));
    world_put32(w, WORLD_GDT + SEL_FREE + 4, GATE_CALL32 | GATE_DPL3 | 2);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    static const uint8_t target[] = {0x8b, 0x44, 0x24, 0x08, 0x8c,
                                     0xd3, 0xca, 8,    0}; // mov eax,[esp+8]; mov ebx,ss; retf 8
    world_put(w, WORLD_CODE + 0x200, target, sizeof target);
    // push 0x1111; push 0x2222; callf 0x3b:0; int 0x40
    EXPECT("vector",
           WORLD_RUN(w, 0x68, 0x11, 0x11, 0, 0, 0x68, 0x22, 0x22, 0, 0, 0x9a, 0, 0, 0, 0,
                     SEL_FREE | 3, 0, 0xcd, 0x40),
           0x40);
    EXPECT("parameter seen", w->cpu->gpr[REG_EAX], 0x2222);
    EXPECT("ss seen", w->cpu->gpr[REG_EBX], SEL_DATA0);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 19, SEL_CODE3, FLAG_ONE, WORLD_STACK3, SEL_DATA3);
    EXPECT_STACK(WORLD_STACK0 - 8, WORLD_STACK3, SEL_DATA3);
    return NULL;
}

const struct system_test system_tests_far[] = {
    {"iret to ring 3", test_iret_to_ring3},
    {"call gate", test_call_gate},
    {NULL, NULL},
};
