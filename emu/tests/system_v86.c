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

// Virtual-8086 mode at 0500:0, stack 0900:0100, with `flags` besides VM, a 386 TSS whose maps the
// test fills: redirection at TSS + 0x68, ports at TSS + 0x88. All bits of both are clear.
enum {
    V_STACK = 0x900,
    V_SP = 0x100,
    V_TOP = V_STACK * 16 + V_SP,
    FRAME0 = WORLD_STACK0 - 36, // of ring 0, without an error code
};

static void make_v86(uint32_t flags)
{
    world_reset(w, 3);
    struct cpu *cpu = w->cpu;
    world_put32(w, WORLD_TSS + 100, 0x88u << 16);
    cpu->tr.limit = 0x200;
    cpu->eflags = FLAG_ONE | FLAG_VM | flags;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){
            .base = WORLD_DATA, .limit = 0xffff, .selector = WORLD_DATA >> 4, .attr = 0xf3};
    cpu->seg[SEG_CS].selector = WORLD_CODE >> 4;
    cpu->seg[SEG_CS].base = WORLD_CODE;
    cpu->seg[SEG_SS].selector = V_STACK;
    cpu->seg[SEG_SS].base = V_STACK * 16;
    cpu->gpr[REG_ESP] = V_SP;
    cpu->eip = 0;
    for (unsigned v = 0x40; v < 0x50; v++) // these end a test
        world_gate(w, v, SEL_CODE0, WORLD_HANDLERS + v, GATE_INT32 | GATE_DPL3);
    // By the redirection map these go to the IDT, all others to the 8086 program, at 0700:4v.
    world_put32(w, WORLD_TSS + 0x68 + 8, 0xffff);
    for (uint32_t v = 0; v < 256; v++)
        world_put32(w, v * 4, 0x0700u << 16 | v * 4);
}

static const char *test_enter_with_iretd(void)
{
    // Only what 32-bit IRET at CPL 0 finds in the image counts: all of EFLAGS, VIF and VIP too.
    world_reset(w, 0);
    uint32_t frame[] = {0,
                        WORLD_CODE >> 4,
                        FLAG_VM | FLAG_ONE | FLAG_IOPL | FLAG_VIF | FLAG_NT,
                        0x12340100,
                        0x900,
                        1,
                        2,
                        3,
                        4};
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x200;
    world_put(w, WORLD_STACK0 - 0x200, frame, sizeof frame);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    world_put(w, 0xf000, (uint8_t[]){0xcf}, 1);
    w->cpu->eip = 0xf000;
    EXPECT_VECTOR(0x40, 0xcd, 0x40);
    EXPECT_STACK(FRAME0, 2, WORLD_CODE >> 4, FLAG_VM | FLAG_ONE | FLAG_IOPL | FLAG_VIF | FLAG_NT,
                 0x12340100, 0x900, 1, 2, 3, 4);
    world_reset(w, 0); // EIP beyond FFFF: #GP(0) before anything is loaded
    frame[0] = 0x10000;
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x200;
    world_put(w, WORLD_STACK0 - 0x200, frame, sizeof frame);
    EXPECT_VECTOR(EXC_GP, 0xcf);
    EXPECT_STACK(WORLD_STACK0 - 0x200 - 16, 0, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_RF);
    return NULL;
}

static const char *test_sensitive(void)
{
    static const uint8_t insns[][2] = {{0xfa}, {0xfb}, {0x9c}, {0x9d}, {0xcd, 0x40}, {0xcf}};
    for (unsigned i = 0; i < 6; i++) { // IOPL 2: #GP(0)
        make_v86(2u << 12);
        EXPECT("vector", world_run(w, insns[i], 2, 10), EXC_GP);
        EXPECT_STACK(FRAME0 - 4, 0, 0, WORLD_CODE >> 4, FLAG_ONE | FLAG_VM | FLAG_RF | 2u << 12);
    }
    make_v86(0); // INT3 and INTO are not; a prefix does not make INT3 so
    world_gate(w, EXC_BP, SEL_CODE0, WORLD_HANDLERS + EXC_BP, GATE_INT32 | GATE_DPL3);
    EXPECT_VECTOR(EXC_BP, 0x66, 0xcc);
    EXPECT_STACK(FRAME0, 2);
    make_v86(FLAG_OF); // but their gates' DPL counts
    EXPECT_VECTOR(EXC_GP, 0xce);
    EXPECT_STACK(FRAME0 - 4, EXC_OF * 8 + 2, 0);
    make_v86(FLAG_IOPL | FLAG_IF); // IOPL 3: POPF changes IF, not IOPL, not VM
    w->cpu->gpr[REG_ESP] = V_SP - 2;
    world_put32(w, V_TOP - 2, FLAG_CF);
    EXPECT_VECTOR(0x40, 0x9d, 0xcd, 0x40);
    EXPECT_STACK(FRAME0 + 8, FLAG_ONE | FLAG_VM | FLAG_IOPL | FLAG_CF);
    return NULL;
}

static const char *test_gate_checks(void)
{
    make_v86(FLAG_IOPL); // a handler of DPL 3: #GP(its selector)
    world_gate(w, 0x40, SEL_CODE3, WORLD_HANDLERS, GATE_INT32 | GATE_DPL3);
    EXPECT_VECTOR(EXC_GP, 0xcd, 0x40);
    EXPECT_STACK(FRAME0 - 4, SEL_CODE3 & ~3, 0);
    make_v86(FLAG_IOPL); // a conforming one
    world_descriptor(w, SEL_FREE, 0, 0xfffff, 0x00c09f00);
    world_gate(w, 0x40, SEL_FREE, WORLD_HANDLERS, GATE_INT32 | GATE_DPL3);
    EXPECT_VECTOR(EXC_GP, 0xcd, 0x40);
    EXPECT_STACK(FRAME0 - 4, SEL_FREE, 0);
    make_v86(FLAG_IOPL); // a 286 gate pushes words
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT16 | GATE_DPL3);
    EXPECT_VECTOR(0x40, 0xcd, 0x40);
    EXPECT_WORDS(WORLD_STACK0 - 18, 2, WORLD_CODE >> 4, FLAG_ONE | FLAG_IOPL, V_SP, V_STACK,
                 WORLD_DATA >> 4, WORLD_DATA >> 4, WORLD_DATA >> 4, WORLD_DATA >> 4);
    return NULL;
}

// Table 20-2, methods 3 to 6.
static const char *test_redirection(void)
{
    static const uint8_t end[] = {0xcd, 0x41};
    make_v86(FLAG_IOPL | FLAG_IF); // method 5
    w->cpu->cr4 |= CR4_VME;
    world_put(w, 0x7000 + 0x21 * 4, end, 2);
    EXPECT_VECTOR(0x41, 0xcd, 0x21);
    EXPECT_WORDS(V_TOP - 6, 2, WORLD_CODE >> 4, FLAG_ONE | FLAG_IOPL | FLAG_IF);
    EXPECT_STACK(FRAME0, 0x21 * 4 + 2, 0x700, FLAG_ONE | FLAG_VM | FLAG_IOPL, V_SP - 6);
    make_v86(FLAG_VIF | FLAG_IF); // method 6: VIF is IF in the image, IOPL is 3; IF stays
    w->cpu->cr4 |= CR4_VME;
    w->cpu->eflags |= 1u << 12;
    world_put(w, 0x7000 + 0x21 * 4, (uint8_t[]){0xf4}, 1); // HLT: #GP(0) out of it
    EXPECT_VECTOR(EXC_GP, 0xcd, 0x21);
    EXPECT_WORDS(V_TOP - 6, 2, WORLD_CODE >> 4, FLAG_ONE | FLAG_IOPL | FLAG_IF);
    EXPECT_STACK(FRAME0, 0x21 * 4, 0x700, FLAG_ONE | FLAG_VM | FLAG_IF | FLAG_RF | 1u << 12);
    make_v86(0); // method 3
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(EXC_GP, 0xcd, 0x40);
    EXPECT_STACK(FRAME0 - 4, 0, 0);
    make_v86(FLAG_IOPL); // method 4
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(0x40, 0xcd, 0x40);
    EXPECT_STACK(FRAME0, 2, WORLD_CODE >> 4);
    make_v86(FLAG_IOPL); // method 1: without VME the map is not looked at
    world_gate(w, 0x21, SEL_CODE0, WORLD_HANDLERS + 0x21, GATE_INT32 | GATE_DPL3);
    EXPECT_VECTOR(0x21, 0xcd, 0x21);
    make_v86(FLAG_IOPL); // the map beyond the TSS's limit: #GP(0)
    w->cpu->cr4 |= CR4_VME;
    w->cpu->tr.limit = 0x68 + 3;
    EXPECT_VECTOR(EXC_GP, 0xcd, 0x21);
    EXPECT_STACK(FRAME0 - 4, 0, 0);
    make_v86(FLAG_IOPL); // an exception is never redirected, nor is INT3 by CC
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(EXC_UD, 0x0f, 0x0b);
    return NULL;
}

static const char *test_virtual_flags(void)
{
    make_v86(FLAG_IF); // STI sets VIF, PUSHF shows it as IF with IOPL 3, CLI clears it
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(EXC_GP, 0xfb, 0x9c, 0xfa, 0x9c, 0xf4);
    EXPECT_WORDS(V_TOP - 4, FLAG_ONE | FLAG_IOPL, FLAG_ONE | FLAG_IOPL | FLAG_IF);
    EXPECT_STACK(FRAME0 + 8, FLAG_ONE | FLAG_VM | FLAG_IF | FLAG_RF);
    make_v86(FLAG_IF); // POPF: VIF from IF, IF and IOPL as they are
    w->cpu->cr4 |= CR4_VME;
    w->cpu->gpr[REG_ESP] = V_SP - 2;
    world_put32(w, V_TOP - 2, FLAG_IF | FLAG_CF | FLAG_NT);
    EXPECT_VECTOR(EXC_GP, 0x9d, 0xf4);
    EXPECT_STACK(FRAME0 + 8, FLAG_ONE | FLAG_VM | FLAG_IF | FLAG_RF | FLAG_CF | FLAG_NT | FLAG_VIF);
    static const struct {
        uint32_t flags, image;
        uint8_t insn[2];
        bool faults;
    } cases[] = {
        {0, FLAG_TF, {0x9d}, true},        // TF
        {FLAG_VIP, FLAG_IF, {0x9d}, true}, // IF with VIP
        {FLAG_VIP, 0, {0x9d}, false},      //
        {0, 0, {0x66, 0x9d}, true},        // POPFD
        {0, 0, {0x66, 0x9c}, true},        // PUSHFD
        {0, 0, {0x66, 0xcf}, true},        // IRETD
        {FLAG_VIP, 0, {0xfb}, true},       // STI with VIP
        {FLAG_VIP, 0, {0xfa}, false},      // CLI with VIP
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_v86(cases[i].flags);
        w->cpu->cr4 |= CR4_VME;
        w->cpu->gpr[REG_ESP] = V_SP - 2;
        world_put32(w, V_TOP - 2, cases[i].image);
        uint8_t code[4] = {cases[i].insn[0], cases[i].insn[1], 0xf4, 0xf4};
        unsigned len = code[1] ? 2 : 1;
        if (len == 1)
            code[1] = 0xf4;
        EXPECT("vector", world_run(w, code, sizeof code, 10), EXC_GP);
        EXPECT("EIP of the fault", world_get32(w, FRAME0), cases[i].faults ? 0 : len);
    }
    make_v86(0); // IRET: likewise, and to anywhere
    w->cpu->cr4 |= CR4_VME;
    w->cpu->gpr[REG_ESP] = V_SP - 6;
    world_put32(w, V_TOP - 6, 0x0700u << 16 | 5);
    world_put32(w, V_TOP - 2, FLAG_IF | FLAG_ZF);
    world_put(w, 0x7005, (uint8_t[]){0xf4}, 1);
    EXPECT_VECTOR(EXC_GP, 0xcf);
    EXPECT_STACK(FRAME0, 5, 0x700, FLAG_ONE | FLAG_VM | FLAG_RF | FLAG_ZF | FLAG_VIF, V_SP);
    return NULL;
}

// VIF and VIP both set at the beginning of an instruction: #GP(0) (SDM vol. 3, 20.3.2). That can
// only be where IRET or a task switch came from.
static const char *test_virtual_interrupt_due(void)
{
    make_v86(FLAG_VIF | FLAG_VIP);
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(EXC_GP, 0x40, 0x40);
    EXPECT_STACK(FRAME0 - 4, 0, 0);
    EXPECT("nothing was executed", w->cpu->gpr[REG_EAX], 0);
    make_v86(FLAG_VIF | FLAG_VIP); // without VME they are but bits
    EXPECT_VECTOR(EXC_GP, 0x40, 0xf4);
    EXPECT_STACK(FRAME0 - 4, 0, 1);
    make_v86(FLAG_VIF | FLAG_VIP | FLAG_IOPL); // and with IOPL 3
    w->cpu->cr4 |= CR4_VME;
    EXPECT_VECTOR(0x40, 0x40, 0xcd, 0x40);
    world_reset(w, 3); // PVI
    w->cpu->cr4 |= CR4_PVI;
    w->cpu->eflags |= FLAG_VIF | FLAG_VIP;
    EXPECT_VECTOR(EXC_GP, 0x40, 0x40);
    EXPECT("nothing was executed", w->cpu->gpr[REG_EAX], 0);
    return NULL;
}

static const char *test_pvi(void)
{
    world_reset(w, 3); // STI and CLI work on VIF; PUSHF and POPF do not know it
    w->cpu->cr4 |= CR4_PVI;
    w->cpu->eflags |= FLAG_IF;
    world_put32(w, WORLD_STACK3 - 8, 0);
    EXPECT_VECTOR(EXC_GP, 0xfb, 0x9c, 0xfa, 0x9c, 0x9d, 0xf4); // sti pushf cli pushf popf hlt
    EXPECT_STACK(WORLD_STACK3 - 8, FLAG_ONE | FLAG_IF, FLAG_ONE | FLAG_IF | FLAG_VIF);
    EXPECT_STACK(WORLD_STACK0 - 12, FLAG_ONE | FLAG_IF | FLAG_RF);
    world_reset(w, 3); // STI with VIP
    w->cpu->cr4 |= CR4_PVI;
    w->cpu->eflags |= FLAG_VIP;
    EXPECT_VECTOR(EXC_GP, 0xfb);
    world_reset(w, 3); // IOPL 3: IF itself
    w->cpu->cr4 |= CR4_PVI;
    w->cpu->eflags |= FLAG_IOPL;
    EXPECT_VECTOR(EXC_GP, 0xfb, 0xf4);
    EXPECT_STACK(WORLD_STACK0 - 12, FLAG_ONE | FLAG_IOPL | FLAG_IF | FLAG_RF);
    world_reset(w, 3); // without PVI: #GP
    EXPECT_VECTOR(EXC_GP, 0xfa);
    world_reset(w, 1); // PVI is for CPL 3 alone: 1 is none of ours, 2 neither
    w->cpu->cpl = 2;
    w->cpu->cr4 |= CR4_PVI;
    world_put32(w, WORLD_TSS + 4, WORLD_STACK0);
    EXPECT_VECTOR(EXC_GP, 0xfa);
    return NULL;
}

// Ports in virtual-8086 mode go by the map alone, whatever IOPL is (SDM vol. 3, 20.2.8.1).
static const char *test_ports(void)
{
    make_v86(FLAG_IOPL);
    EXPECT_VECTOR(0x40, 0xe4, 0x61, 0xcd, 0x40);
    EXPECT("al", w->cpu->gpr[REG_EAX] & 0xff, 0x61); // as no_machine.c has it
    make_v86(FLAG_IOPL);
    world_put32(w, WORLD_TSS + 0x88 + 0x61 / 8, 2);
    EXPECT_VECTOR(EXC_GP, 0xe4, 0x61);
    make_v86(0);
    w->cpu->gpr[REG_EDX] = 0x60;
    world_put32(w, WORLD_TSS + 0x88 + 0x61 / 8, 2);
    EXPECT_VECTOR(EXC_GP, 0x6d); // insw of 0x60 and 0x61
    make_v86(0);
    w->cpu->gpr[REG_EDX] = 0x62;
    w->cpu->tr.limit = 0x88 + 0x62 / 8; // the second byte, which is always read, is beyond
    EXPECT_VECTOR(EXC_GP, 0xec);
    return NULL;
}

const struct system_test system_tests_v86[] = {
    {"a fault of virtual-8086 mode", test_v86},
    {"entry by IRETD", test_enter_with_iretd},
    {"sensitive instructions", test_sensitive},
    {"gates", test_gate_checks},
    {"redirected interrupts", test_redirection},
    {"virtual interrupt flag", test_virtual_flags},
    {"virtual interrupt due", test_virtual_interrupt_due},
    {"protected-mode virtual interrupts", test_pvi},
    {"ports", test_ports},
    {NULL, NULL},
};
