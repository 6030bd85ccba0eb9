// Frames of interrupts and exceptions, gates of the IDT, double and triple faults. (SDM vol. 3,
// chapter 6)
#include <stdio.h>
#include <string.h>

#include "emu/mmu/mmu.h"
#include "emu/tests/system_tests.h"

static const char *test_int_from_ring3(void)
{
    world_reset(w, 3);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    w->cpu->eflags |= FLAG_IF | FLAG_CF | FLAG_IOPL;
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), 0x40);
    EXPECT("cpl", w->cpu->cpl, 0);
    EXPECT("cs", w->cpu->seg[SEG_CS].selector, SEL_CODE0);
    EXPECT("ss", w->cpu->seg[SEG_SS].selector, SEL_DATA0);
    EXPECT("esp", w->cpu->gpr[REG_ESP], WORLD_STACK0 - 20);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 2, SEL_CODE3,
                 FLAG_ONE | FLAG_IF | FLAG_CF | FLAG_IOPL, WORLD_STACK3, SEL_DATA3);
    EXPECT("IF after an interrupt gate", w->cpu->eflags & FLAG_IF, 0);
    world_reset(w, 3);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_TRAP32 | GATE_DPL3);
    w->cpu->eflags |= FLAG_IF;
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), 0x40);
    EXPECT("IF after a trap gate", w->cpu->eflags & FLAG_IF, FLAG_IF);
    return NULL;
}

static const char *test_int_gate_privilege(void)
{
    world_reset(w, 3);
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 24, 0x40 * 8 + 2, WORLD_CODE, SEL_CODE3, FLAG_ONE | FLAG_RF);
    world_reset(w, 3); // not present
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS, (GATE_INT32 | GATE_DPL3) & ~0x8000);
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), EXC_NP);
    EXPECT_STACK(WORLD_STACK0 - 24, 0x40 * 8 + 2);
    world_reset(w, 0); // beyond the IDT
    w->cpu->idtr.limit = 0x40 * 8 - 1;
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, 0x40 * 8 + 2, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_RF);
    return NULL;
}

static const char *test_external_interrupt(void)
{
    world_reset(w, 0);
    w->cpu->eflags |= FLAG_IF;
    w->cpu->halted = true;
    cpu_deliver_interrupt(w->cpu, 0x21);
    EXPECT("eip", w->cpu->eip, WORLD_HANDLERS + 0x21);
    EXPECT("halted", w->cpu->halted, false);
    EXPECT("esp", w->cpu->gpr[REG_ESP], WORLD_STACK0 - 12);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_IF);
    world_reset(w, 0); // a bad gate: EXT is set in the error code
    world_gate(w, 0x21, SEL_DATA0, WORLD_HANDLERS, GATE_INT32);
    cpu_deliver_interrupt(w->cpu, 0x21);
    EXPECT("eip", w->cpu->eip, WORLD_HANDLERS + EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_DATA0 | 1, WORLD_CODE, SEL_CODE0);
    return NULL;
}

static const char *test_gate16(void)
{
    world_reset(w, 0);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT16);
    EXPECT("vector", WORLD_RUN(w, 0xcd, 0x40), 0x40);
    EXPECT("esp", w->cpu->gpr[REG_ESP], WORLD_STACK0 - 6);
    EXPECT("ip", world_get16(w, WORLD_STACK0 - 6), WORLD_CODE + 2);
    EXPECT("cs", world_get16(w, WORLD_STACK0 - 4), SEL_CODE0);
    EXPECT("flags", world_get16(w, WORLD_STACK0 - 2), FLAG_ONE);
    return NULL;
}

static const char *test_double_fault(void)
{
    world_reset(w, 0); // #UD whose gate is absent: #NP alone; #GP whose gate is absent: #DF
    world_gate(w, EXC_UD, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    EXPECT("vector of a benign fault's failure", WORLD_RUN(w, 0x0f, 0x0b), EXC_NP);
    EXPECT_STACK(WORLD_STACK0 - 16, EXC_UD * 8 + 3, WORLD_CODE);
    world_reset(w, 0);
    world_gate(w, EXC_GP, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_segment(w, SEG_DS, 0, 0xff, 0xc93);
    EXPECT("vector", WORLD_RUN(w, 0xa1, 0, 2, 0, 0), EXC_DF);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE, SEL_CODE0);
    world_reset(w, 0); // the gate of #DF absent, too
    world_gate(w, EXC_GP, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_gate(w, EXC_DF, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_segment(w, SEG_DS, 0, 0xff, 0xc93);
    EXPECT("exit", WORLD_RUN(w, 0xa1, 0, 2, 0, 0), -1 - EXIT_SHUTDOWN);
    EXPECT("shutdown", w->cpu->shutdown, true);
    return NULL;
}

static const char *test_double_fault_paging(void)
{
    world_reset(
        w, 3); // #PF with the ring 0 stack's page absent: #PF again, #DF, and that fails as well
    w->cpu->cr0 |= CR0_PG;
    world_put32(w, WORLD_TABLE + (WORLD_STACK0 - 1) / 4096 * 4, 0);
    EXPECT("exit", WORLD_RUN(w, 0xa1, 0, 0, 0x20, 0), -1 - EXIT_SHUTDOWN);
    world_reset(w, 3); // #GP with that page absent: the #PF is delivered after it, and fails: #DF,
                       // #PF, shutdown
    w->cpu->cr0 |= CR0_PG;
    world_put32(w, WORLD_TABLE + (WORLD_STACK0 - 1) / 4096 * 4, 0);
    EXPECT("exit", WORLD_RUN(w, 0xf4), -1 - EXIT_SHUTDOWN);
    EXPECT("cr2", w->cpu->cr2, WORLD_STACK0 - 4);
    world_reset(w,
                0); // a contributory fault and then a page fault are handled one after the other
    w->cpu->cr0 |= CR0_PG;
    w->cpu->idtr.base =
        0x30000 - EXC_GP * 8 - 4; // the gate of #GP lies on the edge of an absent page
    uint8_t idt[0x100];
    mmu_phys_read(w->mmu, WORLD_IDT, idt, sizeof idt);
    world_put(w, w->cpu->idtr.base, idt, sizeof idt);
    world_put32(w, WORLD_TABLE + 0x30 * 4, 0);
    world_segment(w, SEG_DS, 0, 0xff, 0xc93);
    // #PF's own gate lies in the absent page as well: #PF upon #PF is #DF, whose gate is below the
    // edge
    EXPECT("vector", WORLD_RUN(w, 0xa1, 0, 2, 0, 0), EXC_DF);
    return NULL;
}

// A misaligned stack of ring 3, handlers in ring 3, and the gate of #AC absent: #AC, #NP, #AC, ...
// must end.
static const char *test_alignment_circle(void)
{
    world_reset(w, 3);
    w->cpu->cr0 |= CR0_AM;
    w->cpu->eflags |= FLAG_AC;
    w->cpu->gpr[REG_ESP] = WORLD_STACK3 + 1;
    for (unsigned v = 0; v < 32; v++)
        world_gate(w, v, SEL_CODE3, WORLD_HANDLERS + v, GATE_INT32);
    world_gate(w, EXC_AC, SEL_CODE3, WORLD_HANDLERS, GATE_INT32 & ~0x8000);
    EXPECT("exit", WORLD_RUN(w, 0x50), -1 - EXIT_SHUTDOWN);
    return NULL;
}

static const char *test_page_fault_frame(void)
{
    world_reset(w, 3);
    w->cpu->cr0 |= CR0_PG;
    world_put32(w, WORLD_TABLE + WORLD_DATA / 4096 * 4, WORLD_DATA | 5); // read-only
    w->cpu->gpr[REG_EAX] = 7;
    // stc; adc [WORLD_DATA + 8], 1
    EXPECT("vector", WORLD_RUN(w, 0xf9, 0x83, 0x15, 0x08, 0xc0, 0, 0, 1), EXC_PF);
    EXPECT("cr2", w->cpu->cr2, WORLD_DATA + 8);
    EXPECT_STACK(WORLD_STACK0 - 24, PF_P | PF_W | PF_U, WORLD_CODE + 1, SEL_CODE3,
                 FLAG_ONE | FLAG_RF | FLAG_CF);
    return NULL;
}

const struct system_test system_tests_interrupts[] = {
    {"int from ring 3", test_int_from_ring3},
    {"gate privilege", test_int_gate_privilege},
    {"external interrupt", test_external_interrupt},
    {"16-bit gate", test_gate16},
    {"double and triple fault", test_double_fault},
    {"double fault by paging", test_double_fault_paging},
    {"alignment faults in a circle", test_alignment_circle},
    {"page fault frame", test_page_fault_frame},
    {NULL, NULL},
};
