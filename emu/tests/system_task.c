// Hardware task switches. (SDM vol. 3, chapter 7)
//
// Task A is the machine that world_reset() makes, TR = SEL_TSS. Task B has a 386 or 286 TSS at
// TSS_B and continues at CODE_B in ring 0 unless a test says otherwise.
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/system_tests.h"

enum {
    TSS_B = 0x3400,
    CODE_B = 0x5800,
    STACK_B = 0xa000,
    SEL_B = SEL_FREE,
    SEL_X = SEL_FREE + 8, // a descriptor that the test makes wrong
    SEL_GATE = SEL_FREE + 16,
    AVAILABLE32 = 0x8900,
    AVAILABLE16 = 0x8100,
    BUSY = 0x200,
    GATE_TASK = 0x8500,
    // offsets in a 386 TSS
    T_CR3 = 0x1c,
    T_EIP = 0x20,
    T_EFLAGS = 0x24,
    T_EAX = 0x28,
    T_ESP = 0x38,
    T_ES = 0x48,
    T_CS = 0x4c,
    T_SS = 0x50,
    T_DS = 0x54,
    T_FS = 0x58,
    T_GS = 0x5c,
    T_LDT = 0x60,
    T_TRAP = 0x64,
};

static void put16(uint32_t at, uint32_t v)
{
    world_put(w, at, &(uint16_t){(uint16_t)v}, 2);
}

// What the code of task B is, at CODE_B: INT 0x41 unless the test puts something else there.
static void task_b(const void *code, unsigned n)
{
    world_put(w, CODE_B, code, n);
}

static void make_tasks(unsigned cpl)
{
    static const uint8_t int41[] = {0xcd, 0x41};
    world_reset(w, cpl);
    world_descriptor(w, SEL_TSS, WORLD_TSS, 0x67, AVAILABLE32 | BUSY);
    world_descriptor(w, SEL_B, TSS_B, 0x67, AVAILABLE32);
    world_put32(w, TSS_B + T_CR3, WORLD_DIRECTORY);
    world_put32(w, TSS_B + T_EIP, CODE_B);
    world_put32(w, TSS_B + T_EFLAGS, FLAG_ONE | FLAG_SF);
    for (unsigned i = 0; i < 8; i++)
        world_put32(w, TSS_B + T_EAX + 4 * i, 0xb0000000u + i);
    world_put32(w, TSS_B + T_ESP, STACK_B);
    for (unsigned at = T_ES; at <= T_GS; at += 4)
        world_put32(w, TSS_B + at, SEL_DATA0);
    world_put32(w, TSS_B + T_CS, SEL_CODE0);
    world_put32(w, TSS_B + 4, WORLD_STACK0 - 0x400); // stack of ring 0, if B runs outside of it
    world_put32(w, TSS_B + 8, SEL_DATA0);
    task_b(int41, sizeof int41);
}

static uint32_t descriptor_type_of(unsigned selector)
{
    return world_get32(w, WORLD_GDT + selector + 4) >> 8 & 31;
}

static const char *test_jump(void)
{
    make_tasks(0);
    w->cpu->eflags |= FLAG_CF;
    w->cpu->gpr[REG_EAX] = 0xaaaa0001;
    w->cpu->gpr[REG_EDI] = 0xaaaa0007;
    w->cpu->dr[7] |= 0x3ff;
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_B, 0);
    // B's frame on B's stack: INT 0x41 with B's flags
    EXPECT_STACK(STACK_B - 12, CODE_B + 2, SEL_CODE0, FLAG_ONE | FLAG_SF);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0xb0000000u);
    EXPECT("edi", w->cpu->gpr[REG_EDI], 0xb0000007u);
    EXPECT("TR", w->cpu->tr.selector, SEL_B);
    EXPECT("TR base", w->cpu->tr.base, TSS_B);
    EXPECT("TS", w->cpu->cr0 & CR0_TS, CR0_TS);
    EXPECT("DR7: local enables go", w->cpu->dr[7] & 0x3ff, 0x2aa);
    EXPECT("CR3 stays without paging", w->cpu->cr3, WORLD_DIRECTORY);
    // A: state saved, no longer busy, no link in B
    EXPECT("saved EIP", world_get32(w, WORLD_TSS + T_EIP), WORLD_CODE + 7);
    EXPECT("saved EFLAGS", world_get32(w, WORLD_TSS + T_EFLAGS), FLAG_ONE | FLAG_CF);
    EXPECT("saved EAX", world_get32(w, WORLD_TSS + T_EAX), 0xaaaa0001);
    EXPECT("saved EDI", world_get32(w, WORLD_TSS + T_EAX + 28), 0xaaaa0007);
    EXPECT("saved ESP", world_get32(w, WORLD_TSS + T_ESP), WORLD_STACK0);
    EXPECT("saved CS", world_get32(w, WORLD_TSS + T_CS), SEL_CODE0);
    EXPECT("A's type", descriptor_type_of(SEL_TSS), 9);
    EXPECT("B's type", descriptor_type_of(SEL_B), 11);
    EXPECT("B's link", world_get16(w, TSS_B), 0);
    return NULL;
}

static const char *test_call_and_iret(void)
{
    make_tasks(0);
    static const uint8_t iret[] = {0xf8, 0xcf, 0x47, 0xcd, 0x42}; // clc; iret; inc edi; int 0x42
    task_b(iret, sizeof iret);
    // call B; inc eax; call B; int 0x41: B goes on behind its IRET the second time
    w->cpu->gpr[REG_EAX] = 5;
    EXPECT_VECTOR(0x42, 0x9a, 0, 0, 0, 0, SEL_B, 0, 0x40, 0x9a, 0, 0, 0, 0, SEL_B, 0, 0xcd, 0x41);
    EXPECT("edi of B", w->cpu->gpr[REG_EDI], 0xb0000008u);
    EXPECT("eax of A", world_get32(w, WORLD_TSS + T_EAX), 6);
    EXPECT("NT in B's frame", world_get32(w, STACK_B - 4), FLAG_ONE | FLAG_SF | FLAG_NT);
    EXPECT("NT is not saved by IRET", world_get32(w, TSS_B + T_EFLAGS), FLAG_ONE | FLAG_SF);
    EXPECT("link", world_get16(w, TSS_B), SEL_TSS);
    EXPECT("A's type", descriptor_type_of(SEL_TSS), 11);
    EXPECT("B's type", descriptor_type_of(SEL_B), 11);
    EXPECT("saved EIP of A", world_get32(w, WORLD_TSS + T_EIP), WORLD_CODE + 15);
    make_tasks(0); // and once back: B is available, A busy, TR is A's
    task_b(iret, sizeof iret);
    EXPECT_VECTOR(0x41, 0x9a, 0, 0, 0, 0, SEL_B, 0, 0xcd, 0x41);
    EXPECT("TR", w->cpu->tr.selector, SEL_TSS);
    EXPECT("A's type", descriptor_type_of(SEL_TSS), 11);
    EXPECT("B's type", descriptor_type_of(SEL_B), 9);
    EXPECT("NT", w->cpu->eflags & FLAG_NT, 0);
    return NULL;
}

static const char *test_task_gates(void)
{
    make_tasks(0); // JMP through a task gate in the GDT
    world_put32(w, WORLD_GDT + SEL_GATE, SEL_B << 16);
    world_put32(w, WORLD_GDT + SEL_GATE + 4, GATE_TASK);
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_GATE, 0);
    EXPECT("TR", w->cpu->tr.selector, SEL_B);
    make_tasks(3); // from ring 3: the gate's DPL counts, not the TSS's
    world_put32(w, WORLD_GDT + SEL_GATE, SEL_B << 16);
    world_put32(w, WORLD_GDT + SEL_GATE + 4, GATE_TASK | GATE_DPL3);
    EXPECT_VECTOR(0x41, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0);
    EXPECT("saved CS", world_get16(w, WORLD_TSS + T_CS), SEL_CODE3);
    EXPECT("saved ESP", world_get32(w, WORLD_TSS + T_ESP), WORLD_STACK3);
    EXPECT("cpl", w->cpu->cpl, 0);
    make_tasks(3); // a gate of DPL 0
    world_put32(w, WORLD_GDT + SEL_GATE, SEL_B << 16);
    world_put32(w, WORLD_GDT + SEL_GATE + 4, GATE_TASK);
    EXPECT_VECTOR(EXC_GP, 0x9a, 0, 0, 0, 0, SEL_GATE | 3, 0);
    EXPECT_STACK(WORLD_STACK0 - 24, SEL_GATE, WORLD_CODE, SEL_CODE3);
    make_tasks(3); // the TSS itself, of DPL 0
    EXPECT_VECTOR(EXC_GP, 0xea, 0, 0, 0, 0, SEL_B | 3, 0);
    EXPECT_STACK(WORLD_STACK0 - 24, SEL_B, WORLD_CODE, SEL_CODE3);
    make_tasks(0); // a gate that is not present
    world_put32(w, WORLD_GDT + SEL_GATE, SEL_B << 16);
    world_put32(w, WORLD_GDT + SEL_GATE + 4, GATE_TASK & ~0x8000);
    EXPECT_VECTOR(EXC_NP, 0xea, 0, 0, 0, 0, SEL_GATE, 0);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_GATE, WORLD_CODE);
    make_tasks(0); // a gate to a selector in the LDT
    world_put32(w, WORLD_GDT + SEL_GATE, (SEL_B | 4) << 16);
    world_put32(w, WORLD_GDT + SEL_GATE + 4, GATE_TASK);
    EXPECT_VECTOR(EXC_GP, 0xea, 0, 0, 0, 0, SEL_GATE, 0);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_B | 4, WORLD_CODE);
    return NULL;
}

static const char *test_interrupt_by_task(void)
{
    static const uint8_t iret[] = {0xcf};
    make_tasks(3); // INT 0x40 from ring 3 and back
    world_gate(w, 0x40, SEL_B, 0, GATE_TASK | GATE_DPL3);
    world_gate(w, 0x42, SEL_CODE0, WORLD_HANDLERS + 0x42, GATE_INT32 | GATE_DPL3);
    task_b(iret, 1);
    EXPECT_VECTOR(0x42, 0xcd, 0x40, 0xcd, 0x42);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 4, SEL_CODE3, FLAG_ONE, WORLD_STACK3, SEL_DATA3);
    EXPECT("saved EIP", world_get32(w, WORLD_TSS + T_EIP), WORLD_CODE + 2);
    make_tasks(3); // an exception with an error code: pushed on the new task's stack
    world_gate(w, EXC_GP, SEL_B, 0, GATE_TASK);
    EXPECT_VECTOR(0x41, 0xf4);
    EXPECT_STACK(STACK_B - 16, CODE_B + 2, SEL_CODE0, FLAG_ONE | FLAG_SF | FLAG_NT, 0);
    EXPECT("saved EIP", world_get32(w, WORLD_TSS + T_EIP), WORLD_CODE);
    EXPECT("RF in the saved EFLAGS", world_get32(w, WORLD_TSS + T_EFLAGS), FLAG_ONE | FLAG_RF);
    EXPECT("link", world_get16(w, TSS_B), SEL_TSS);
    make_tasks(0); // an external interrupt; the new task's IF is its own
    world_gate(w, 0x21, SEL_B, 0, GATE_TASK);
    w->cpu->eflags |= FLAG_IF;
    cpu_deliver_interrupt(w->cpu, 0x21);
    EXPECT("eip", w->cpu->eip, CODE_B);
    EXPECT("eflags", w->cpu->eflags, FLAG_ONE | FLAG_SF | FLAG_NT);
    EXPECT("saved EFLAGS", world_get32(w, WORLD_TSS + T_EFLAGS), FLAG_ONE | FLAG_IF);
    make_tasks(0); // its TSS busy: #GP with EXT
    world_gate(w, 0x21, SEL_B, 0, GATE_TASK);
    world_descriptor(w, SEL_B, TSS_B, 0x67, AVAILABLE32 | BUSY);
    cpu_deliver_interrupt(w->cpu, 0x21);
    EXPECT("eip", w->cpu->eip, WORLD_HANDLERS + EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_B | 1, WORLD_CODE);
    return NULL;
}

// Faults in the old task: nothing has changed.
static const char *test_refused(void)
{
    static const struct {
        uint32_t attr, limit, vector;
    } cases[] = {
        {AVAILABLE32 | BUSY, 0x67, EXC_GP},
        {AVAILABLE32 & ~0x8000, 0x67, EXC_NP},
        {AVAILABLE32, 0x66, EXC_TS},
        {AVAILABLE16, 0x2a, EXC_TS},
        {0x8200, 0x67, EXC_GP}, // an LDT
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_tasks(0);
        world_descriptor(w, SEL_B, TSS_B, cases[i].limit, cases[i].attr);
        int got = WORLD_RUN(w, 0xea, 0, 0, 0, 0, SEL_B, 0);
        EXPECT("vector", got, cases[i].vector);
        EXPECT_STACK(WORLD_STACK0 - 16, SEL_B, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_RF);
        EXPECT("TR", w->cpu->tr.selector, SEL_TSS);
        EXPECT("TS", w->cpu->cr0 & CR0_TS, 0);
        EXPECT("A's type", descriptor_type_of(SEL_TSS), 11);
    }
    make_tasks(0); // IRET with NT: the linked TSS is not busy: #TS
    w->cpu->eflags |= FLAG_NT;
    put16(WORLD_TSS, SEL_B);
    EXPECT_VECTOR(EXC_TS, 0xcf);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_B, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_RF | FLAG_NT);
    make_tasks(0); // and beyond the GDT
    w->cpu->eflags |= FLAG_NT;
    put16(WORLD_TSS, 0x100);
    EXPECT_VECTOR(EXC_TS, 0xcf);
    EXPECT_STACK(WORLD_STACK0 - 16, 0x100, WORLD_CODE);
    make_tasks(0); // the new TSS's second page is absent: #PF in the old task
    w->cpu->cr0 |= CR0_PG;
    world_descriptor(w, SEL_B, 0x30fe0, 0x67, AVAILABLE32);
    world_put32(w, WORLD_TABLE + 0x31 * 4, 0);
    EXPECT_VECTOR(EXC_PF, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT("cr2", w->cpu->cr2, 0x31000);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
    EXPECT("TR", w->cpu->tr.selector, SEL_TSS);
    make_tasks(0); // the old TSS is read-only
    w->cpu->cr0 |= CR0_PG;
    world_put32(w, WORLD_TABLE + 3 * 4, 0x3000 | 5);
    EXPECT_VECTOR(EXC_PF, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT_STACK(WORLD_STACK0 - 16, PF_P | PF_W, WORLD_CODE);
    EXPECT("TR", w->cpu->tr.selector, SEL_TSS);
    EXPECT("B's type", descriptor_type_of(SEL_B), 9);
    return NULL;
}

// Faults in the new task, in the order of table 7-1. Handlers run on a stack of ring 0 that is
// good: task B is at ring 3, and its TSS says where.
static const char *test_bad_segments(void)
{
    static const struct {
        unsigned field;   // of the TSS, whose selector is SEL_X | rpl
        uint32_t hi, rpl; // the descriptor at SEL_X
        uint32_t vector, error;
    } cases[] = {
        {T_CS, 0x00c07b00, 3, EXC_NP, SEL_X},  // not present
        {T_CS, 0x00c0db00, 3, EXC_TS, SEL_X},  // DPL 2, RPL 3
        {T_CS, 0x00c0f300, 3, EXC_TS, SEL_X},  // data
        {T_SS, 0x00c07300, 3, EXC_SS, SEL_X},  // not present
        {T_SS, 0x00c0d300, 3, EXC_TS, SEL_X},  // DPL 2
        {T_SS, 0x00c0f300, 2, EXC_TS, SEL_X},  // RPL 2
        {T_SS, 0x00c0f100, 3, EXC_TS, SEL_X},  // read-only
        {T_DS, 0x00c07300, 3, EXC_NP, SEL_X},  // not present
        {T_ES, 0x00c0d300, 3, EXC_TS, SEL_X},  // DPL 2
        {T_FS, 0x00c0f900, 3, EXC_TS, SEL_X},  // execute-only
        {T_GS, 0x0000e200, 3, EXC_TS, SEL_X},  // a system descriptor
        {T_LDT, 0x0000e900, 0, EXC_TS, SEL_X}, // not an LDT
        {T_LDT, 0x00006200, 0, EXC_TS, SEL_X}, // an LDT that is not present
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_tasks(0);
        for (unsigned at = T_ES; at <= T_GS; at += 4)
            world_put32(w, TSS_B + at, SEL_DATA3);
        world_put32(w, TSS_B + T_CS, SEL_CODE3);
        world_put32(w, TSS_B + cases[i].field, SEL_X | cases[i].rpl);
        world_descriptor(w, SEL_X, 0, 0xfffff, cases[i].hi);
        // The handler of each: ring 0, by an interrupt gate of the IDT.
        int got = WORLD_RUN(w, 0xea, 0, 0, 0, 0, SEL_B, 0);
        if (got != (int)cases[i].vector) {
            snprintf(system_message, sizeof system_message, "case %u: vector %d", i, got);
            return system_message;
        }
        EXPECT_STACK(WORLD_STACK0 - 0x400 - 24, cases[i].error, CODE_B);
        EXPECT("TR", w->cpu->tr.selector, SEL_B);
        EXPECT("saved EIP of A", world_get32(w, WORLD_TSS + T_EIP), WORLD_CODE + 7);
        EXPECT("B's type", descriptor_type_of(SEL_B), 11);
    }
    make_tasks(0); // EIP beyond CS's limit: #GP(0) in the new task
    world_descriptor(w, SEL_X, 0, 0x4f, 0x00409b00);
    world_put32(w, TSS_B + T_CS, SEL_X);
    EXPECT_VECTOR(EXC_GP, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT_STACK(STACK_B - 16, 0, CODE_B, SEL_X);
    return NULL;
}

// The accessed bits of the new task's descriptors are set; null data selectors are allowed.
static const char *test_loads(void)
{
    make_tasks(0);
    world_descriptor(w, SEL_X, 0x1000, 0xfff, 0x00409200);
    world_put32(w, TSS_B + T_FS, SEL_X);
    world_put32(w, TSS_B + T_GS, 0);
    world_put32(w, TSS_B + T_LDT, SEL_LDT);
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT("accessed", descriptor_type_of(SEL_X), 0x13);
    EXPECT("FS base", w->cpu->seg[SEG_FS].base, 0x1000);
    EXPECT("GS", w->cpu->seg[SEG_GS].attr, 0);
    EXPECT("LDTR base", w->cpu->ldtr.base, WORLD_LDT);
    make_tasks(0); // CR3 with paging: B's directory maps WORLD_DATA elsewhere
    w->cpu->cr0 |= CR0_PG;
    uint32_t table[1024];
    for (uint32_t i = 0; i < 1024; i++)
        table[i] = (i << 12 < WORLD_RAM ? i << 12 : 0) | 7;
    table[WORLD_DATA >> 12] = 0x40000 | 7;
    world_put(w, 0x42000, table, sizeof table);
    world_put32(w, 0x43000, 0x42000 | 7);
    world_put32(w, 0x40000, 0x600dcafe);
    world_put32(w, TSS_B + T_CR3, 0x43000);
    static const uint8_t load[] = {0xa1, 0, WORLD_DATA >> 8, 0, 0, 0xcd, 0x41};
    task_b(load, sizeof load);
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 0x600dcafe);
    EXPECT("cr3", w->cpu->cr3, 0x43000);
    return NULL;
}

static const char *test_trap_bit(void)
{
    make_tasks(0); // T set: #DB before B's first instruction, DR6.BT
    world_put32(w, TSS_B + T_TRAP, 1);
    EXPECT_VECTOR(EXC_DB, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT_STACK(STACK_B - 12, CODE_B, SEL_CODE0);
    EXPECT("DR6", w->cpu->dr[6] & 0xf00f, 0x8000);
    make_tasks(0); // TF in B's EFLAGS: after its first instruction
    static const uint8_t code[] = {0x40, 0x40, 0xcd, 0x41};
    task_b(code, sizeof code);
    world_put32(w, TSS_B + T_EFLAGS, FLAG_ONE | FLAG_TF);
    EXPECT_VECTOR(EXC_DB, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT_STACK(STACK_B - 12, CODE_B + 1, SEL_CODE0, FLAG_ONE | FLAG_TF | FLAG_SF);
    return NULL;
}

// 286 TSS: words, no CR3, FS and GS become null (SDM vol. 3, 7.6).
static const char *test_tss16(void)
{
    make_tasks(0);
    world_descriptor(w, SEL_B, TSS_B, 0x2b, AVAILABLE16);
    put16(TSS_B + 0x0e, CODE_B);
    put16(TSS_B + 0x10, FLAG_ONE | FLAG_ZF);
    for (unsigned i = 0; i < 8; i++)
        put16(TSS_B + 0x12 + 2 * i, 0xb00 + i);
    put16(TSS_B + 0x1a, STACK_B);
    put16(TSS_B + 0x22, SEL_DATA0);
    put16(TSS_B + 0x24, SEL_CODE0);
    put16(TSS_B + 0x26, SEL_FREE + 8); // a 16-bit stack
    world_descriptor(w, SEL_FREE + 8, 0, 0xffff, 0x00009300);
    put16(TSS_B + 0x28, SEL_DATA0);
    put16(TSS_B + 0x2a, 0);
    EXPECT_VECTOR(0x41, 0x9a, 0, 0, 0, 0, SEL_B, 0);
    EXPECT("ax", w->cpu->gpr[REG_EAX] & 0xffff, 0xb00);
    EXPECT("di", w->cpu->gpr[REG_EDI] & 0xffff, 0xb07);
    EXPECT("fs", w->cpu->seg[SEG_FS].selector, 0);
    EXPECT("link", world_get16(w, TSS_B), SEL_TSS);
    EXPECT_STACK(STACK_B - 12, CODE_B + 2, SEL_CODE0, FLAG_ONE | FLAG_ZF | FLAG_NT);
    EXPECT("B's type", descriptor_type_of(SEL_B), 3);
    // And out of it again: a jump from B to A saves words.
    make_tasks(0);
    world_descriptor(w, SEL_B, TSS_B, 0x2b, AVAILABLE16);
    world_descriptor(w, SEL_TSS, WORLD_TSS, 0x67, AVAILABLE32);
    w->cpu->tr = (struct segment){.base = TSS_B, .limit = 0x2b, .selector = SEL_B, .attr = 0x83};
    world_put32(w, WORLD_TSS + T_EIP, CODE_B);
    world_put32(w, WORLD_TSS + T_EFLAGS, FLAG_ONE);
    world_put32(w, WORLD_TSS + T_ESP, STACK_B);
    for (unsigned at = T_ES; at <= T_GS; at += 4)
        world_put32(w, WORLD_TSS + at, SEL_DATA0);
    world_put32(w, WORLD_TSS + T_CS, SEL_CODE0);
    w->cpu->gpr[REG_ECX] = 0x12345678;
    world_put32(w, TSS_B + 0x2c, 0x77777777);
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_TSS, 0);
    EXPECT("saved IP", world_get16(w, TSS_B + 0x0e), WORLD_CODE + 7);
    EXPECT("saved CX", world_get32(w, TSS_B + 0x14) & 0xffff, 0x5678);
    EXPECT("saved DS", world_get16(w, TSS_B + 0x28), SEL_DATA0);
    EXPECT("beyond the TSS", world_get32(w, TSS_B + 0x2c), 0x77777777);
    EXPECT("B's type", descriptor_type_of(SEL_B), 1);
    return NULL;
}

// A task in virtual-8086 mode, and back through an interrupt gate.
static const char *test_v86_task(void)
{
    make_tasks(0);
    world_put32(w, TSS_B + T_EFLAGS, FLAG_ONE | FLAG_VM | FLAG_IOPL);
    world_put32(w, TSS_B + T_CS, CODE_B >> 4);
    world_put32(w, TSS_B + T_EIP, 0);
    world_put32(w, TSS_B + T_SS, 0x900);
    world_put32(w, TSS_B + T_ESP, 0x100);
    world_put32(w, TSS_B + T_DS, 0x123);
    world_gate(w, 0x41, SEL_CODE0, WORLD_HANDLERS + 0x41, GATE_INT32 | GATE_DPL3);
    EXPECT_VECTOR(0x41, 0xea, 0, 0, 0, 0, SEL_B, 0);
    EXPECT_STACK(WORLD_STACK0 - 0x400 - 36, 2, CODE_B >> 4, FLAG_ONE | FLAG_VM | FLAG_IOPL, 0x100,
                 0x900, SEL_DATA0, 0x123, SEL_DATA0, SEL_DATA0);
    return NULL;
}

const struct system_test system_tests_task[] = {
    {"jump to a TSS", test_jump},
    {"call and iret", test_call_and_iret},
    {"task gates", test_task_gates},
    {"interrupt through a task gate", test_interrupt_by_task},
    {"refused in the old task", test_refused},
    {"bad segments in the new task", test_bad_segments},
    {"what is loaded", test_loads},
    {"T bit and TF", test_trap_bit},
    {"286 TSS", test_tss16},
    {"virtual-8086 task", test_v86_task},
    {NULL, NULL},
};
