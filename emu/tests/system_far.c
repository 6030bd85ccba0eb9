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

enum {
    GATE = SEL_FREE,
    CODE_X = SEL_FREE + 8,
    STACK_X = SEL_FREE + 16,
    TARGET = WORLD_CODE + 0x200
};

// A gate at GATE to `selector`:TARGET, which is INT 0x40.
static void make_gate(uint32_t selector, uint32_t type)
{
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    world_put32(w, WORLD_GDT + GATE, selector << 16 | TARGET);
    world_put32(w, WORLD_GDT + GATE + 4, type);
    world_put(w, TARGET, (uint8_t[]){0xcd, 0x40}, 2);
}
#define CALL_GATE 0x9a, 0, 0, 0, 0, GATE | 3, 0
#define JUMP_GATE 0xea, 0, 0, 0, 0, GATE | 3, 0

// Same privilege: no stack switch, no parameters; CS gets CPL as RPL.
static const char *test_gate_same_level(void)
{
    world_reset(w, 3);
    make_gate(SEL_CODE3 & ~3u, GATE_CALL32 | GATE_DPL3 | 5);
    EXPECT_VECTOR(0x40, CALL_GATE);
    EXPECT_STACK(WORLD_STACK0 - 20, TARGET + 2, SEL_CODE3, FLAG_ONE, WORLD_STACK3 - 8, SEL_DATA3);
    EXPECT_STACK(WORLD_STACK3 - 8, WORLD_CODE + 7, SEL_CODE3);
    world_reset(w, 3); // a jump
    make_gate(SEL_CODE3, GATE_CALL32 | GATE_DPL3);
    EXPECT_VECTOR(0x40, JUMP_GATE);
    EXPECT_STACK(WORLD_STACK0 - 20, TARGET + 2, SEL_CODE3, FLAG_ONE, WORLD_STACK3);
    world_reset(w, 3); // a jump cannot go to an inner level: #GP(code)
    make_gate(SEL_CODE0, GATE_CALL32 | GATE_DPL3);
    EXPECT_VECTOR(EXC_GP, JUMP_GATE);
    EXPECT_STACK(WORLD_STACK0 - 24, SEL_CODE0, WORLD_CODE);
    world_reset(w, 3); // conforming code of level 0: stays at 3
    world_descriptor(w, CODE_X, 0, 0xfffff, 0x00c09e00);
    make_gate(CODE_X, GATE_CALL32 | GATE_DPL3);
    EXPECT_VECTOR(0x40, CALL_GATE);
    EXPECT_STACK(WORLD_STACK0 - 20, TARGET + 2, CODE_X | 3, FLAG_ONE, WORLD_STACK3 - 8);
    EXPECT("accessed", world_get32(w, WORLD_GDT + CODE_X + 4) & 0x100, 0x100);
    return NULL;
}

// A 286 gate: words, and its offset has 16 bits.
static const char *test_gate_286(void)
{
    world_reset(w, 3);
    make_gate(SEL_CODE0, GATE_CALL16 | GATE_DPL3 | 2 | 0xffff0000u);
    world_put32(w, WORLD_STACK3, 0x22221111);
    EXPECT_VECTOR(0x40, CALL_GATE);
    EXPECT_WORDS(WORLD_STACK0 - 12, WORLD_CODE + 7, SEL_CODE3, 0x1111, 0x2222, WORLD_STACK3,
                 SEL_DATA3);
    EXPECT("esp", w->cpu->gpr[REG_ESP], WORLD_STACK0 - 24);
    return NULL;
}

// The order of SDM vol. 2, CALL, MORE-PRIVILEGE: TSS limit, SS, room, offset.
static const char *test_gate_checks(void)
{
    static const struct {
        uint32_t stack_hi, stack_limit, esp0, selector;
        uint32_t tss_limit, code_limit;
        uint32_t vector, error;
    } cases[] = {
        {0x00409300, 0xfffff, WORLD_STACK0, STACK_X, 0x67, 0xfffff, 0x40, 0},
        {0x00409300, 0xfffff, WORLD_STACK0, STACK_X, 0x0a, 0xfffff, EXC_TS, SEL_TSS},
        {0x00409300, 0xfffff, WORLD_STACK0, 0, 0x67, 0xfffff, EXC_TS, 0},
        {0x00409300, 0xfffff, WORLD_STACK0, 0x100, 0x67, 0xfffff, EXC_TS, 0x100},
        {0x00409300, 0xfffff, WORLD_STACK0, STACK_X | 3, 0x67, 0xfffff, EXC_TS, STACK_X},
        {0x0040f300, 0xfffff, WORLD_STACK0, STACK_X, 0x67, 0xfffff, EXC_TS, STACK_X},
        {0x00409100, 0xfffff, WORLD_STACK0, STACK_X, 0x67, 0xfffff, EXC_TS, STACK_X},
        {0x00401300, 0xfffff, WORLD_STACK0, STACK_X, 0x67, 0xfffff, EXC_SS, STACK_X},
        {0x00409300, WORLD_STACK0 - 5, WORLD_STACK0, STACK_X, 0x67, 0xff, EXC_SS, STACK_X},
        {0x00409700, WORLD_STACK0 - 23, WORLD_STACK0, STACK_X, 0x67, 0xff, EXC_SS, STACK_X},
        {0x00409300, 0xfffff, WORLD_STACK0, STACK_X, 0x67, TARGET - 1, EXC_GP, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_reset(w, 3);
        world_descriptor(w, CODE_X, 0, cases[i].code_limit, 0x00409a00);
        make_gate(CODE_X, GATE_CALL32 | GATE_DPL3 | 2);
        world_descriptor(w, STACK_X, 0, cases[i].stack_limit, cases[i].stack_hi);
        world_put32(w, WORLD_TSS + 4, cases[i].esp0);
        world_put32(w, WORLD_TSS + 8, cases[i].selector);
        w->cpu->tr.limit = cases[i].tss_limit;
        // The handlers of all exceptions are conforming: they run at level 3 and need no TSS.
        world_descriptor(w, SEL_FREE + 24, 0, 0xfffff, 0x00c09f00);
        for (unsigned v = 0; v < 0x20; v++) { // where HLT would fault: a loop each
            world_put(w, WORLD_HANDLERS + v * 2, (uint8_t[]){0xeb, 0xfe}, 2);
            world_gate(w, v, SEL_FREE + 24, WORLD_HANDLERS + v * 2, GATE_INT32);
        }
        world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
        int got = WORLD_RUN(w, CALL_GATE);
        if (cases[i].vector == 0x40) {
            EXPECT("vector", got, 0x40);
            continue;
        }
        if (w->cpu->eip != WORLD_HANDLERS + cases[i].vector * 2) {
            snprintf(system_message, sizeof system_message, "case %u: eip %x", i, w->cpu->eip);
            return system_message;
        }
        EXPECT_STACK(WORLD_STACK3 - 16, cases[i].error, WORLD_CODE, SEL_CODE3);
        EXPECT("CS's accessed bit", world_get32(w, WORLD_GDT + CODE_X + 4) & 0x100, 0);
    }
    return NULL;
}

// The parameters are read with the caller's rights and pushed with the supervisor's.
static const char *test_gate_rights(void)
{
    world_reset(w, 3);
    w->cpu->cr0 |= CR0_PG;
    make_gate(SEL_CODE0, GATE_CALL32 | GATE_DPL3 | 1);
    world_put32(w, WORLD_TABLE + (WORLD_STACK0 - 4) / 4096 * 4, 0x8003); // supervisor
    world_put32(w, WORLD_STACK3, 0x12345678);
    EXPECT_VECTOR(0x40, CALL_GATE);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 7, SEL_CODE3, 0x12345678, WORLD_STACK3, SEL_DATA3);
    world_reset(w, 3);
    w->cpu->cr0 |= CR0_PG;
    make_gate(SEL_CODE0, GATE_CALL32 | GATE_DPL3 | 1);
    world_put32(w, WORLD_TABLE + WORLD_STACK3 / 4096 * 4, 0xb003); // the caller's parameter
    EXPECT_VECTOR(EXC_PF, CALL_GATE);
    EXPECT("cr2", w->cpu->cr2, WORLD_STACK3);
    EXPECT_STACK(WORLD_STACK0 - 24, PF_P | PF_U, WORLD_CODE);
    world_reset(w, 3); // RETF of ring 3 from a supervisor's page
    w->cpu->cr0 |= CR0_PG;
    world_put32(w, WORLD_TABLE + WORLD_STACK3 / 4096 * 4, 0xb003);
    EXPECT_VECTOR(EXC_PF, 0xcb);
    EXPECT_STACK(WORLD_STACK0 - 24, PF_P | PF_U, WORLD_CODE);
    return NULL;
}

// With a 286 TSS, SS:SP of level n lie at 2 + 4n as words; with 32-bit gates, too.
static const char *test_inner_stack_286(void)
{
    world_reset(w, 3);
    make_gate(SEL_CODE0, GATE_CALL32 | GATE_DPL3);
    w->cpu->tr.attr = 0x83;
    w->cpu->tr.limit = 0x2b;
    world_put32(w, WORLD_TSS, 0x8f000000u | SEL_FREE);
    world_put32(w, WORLD_TSS + 2, WORLD_STACK0 | SEL_DATA0 << 16);
    EXPECT_VECTOR(0x40, CALL_GATE);
    EXPECT_STACK(WORLD_STACK0 - 16, WORLD_CODE + 7, SEL_CODE3, WORLD_STACK3, SEL_DATA3);
    world_reset(w, 3); // the last byte of SS0 beyond the limit
    make_gate(SEL_CODE0, GATE_CALL32 | GATE_DPL3);
    w->cpu->tr.attr = 0x83;
    w->cpu->tr.limit = 4;
    EXPECT("exit", WORLD_RUN(w, CALL_GATE), -1 - EXIT_SHUTDOWN); // no handler has a stack either
    return NULL;
}

// A current stack of level 0 on a user page is read and written with SMAP only under AC, like all
// other data (SDM vol. 3, 4.6.1).
static const char *test_stack_smap(void)
{
    for (unsigned ac = 0; ac < 2; ac++) {
        world_reset(w, 0);
        w->cpu->cr0 |= CR0_PG;
        w->cpu->cr4 |= CR4_SMAP;
        for (uint32_t i = 0; i < WORLD_RAM / 4096; i++)
            if (i != WORLD_DATA / 4096)
                world_put32(w, WORLD_TABLE + i * 4, i << 12 | 3);
        w->cpu->eflags |= ac ? FLAG_AC : 0;
        w->cpu->gpr[REG_ESP] = WORLD_DATA + 0x100;
        world_put32(w, WORLD_DATA + 0x100, TARGET);
        world_put32(w, WORLD_DATA + 0x104, SEL_CODE0);
        world_put(w, TARGET, (uint8_t[]){0xeb, 0xfe}, 2);
        int got = WORLD_RUN(w, 0xcb);
        EXPECT("outcome", got, ac ? -1 - EXIT_BUDGET : -1 - EXIT_SHUTDOWN);
        EXPECT("eip", w->cpu->eip, ac ? TARGET : WORLD_CODE);
    }
    return NULL;
}

// Return to an outer level: which data segments become null, and the upper half of ESP.
static const char *test_outer_return(void)
{
    world_reset(w, 0);
    world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    world_descriptor(w, CODE_X, 0, 0xfffff, 0x00c09f00); // conforming, DPL 0
    world_descriptor(w, STACK_X, 0, 0xffff, 0x0000f300); // 16-bit stack of level 3
    uint32_t frame[] = {TARGET, SEL_CODE3, 0x11, 0x22, 0x5678b000, STACK_X | 3};
    w->cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x100;
    w->cpu->gpr[REG_EAX] = CODE_X;
    w->cpu->gpr[REG_ECX] = 3;
    world_put(w, WORLD_STACK0 - 0x100, frame, sizeof frame);
    world_put(w, TARGET, (uint8_t[]){0xcd, 0x40}, 2);
    // mov ds,eax; mov es,ecx; retf 8
    EXPECT_VECTOR(0x40, 0x8e, 0xd8, 0x8e, 0xc1, 0xca, 8, 0);
    EXPECT("DS, conforming code", w->cpu->seg[SEG_DS].selector, CODE_X);
    EXPECT("ES, null with RPL 3", w->cpu->seg[SEG_ES].selector, 0);
    EXPECT("FS, of level 0", w->cpu->seg[SEG_FS].selector, 0);
    EXPECT("FS, of level 0", w->cpu->seg[SEG_FS].attr, 0);
    // The upper half of ESP stays the inner one's; SP has 8 bytes of parameters released.
    EXPECT_STACK(WORLD_STACK0 - 8, 0xb008, STACK_X | 3);
    return NULL;
}

// RETF and IRET, return codes (SDM vol. 2, RET: checks of CS, then of SS, then the offset).
static const char *test_return_checks(void)
{
    static const struct {
        uint32_t cs, code_hi, ss, stack_hi, eip;
        uint32_t vector, error;
    } cases[] = {
        {0, 0, 0, 0, TARGET, EXC_GP, 0},
        {0x100, 0, 0, 0, TARGET, EXC_GP, 0x100},
        {SEL_DATA0, 0, 0, 0, TARGET, EXC_GP, SEL_DATA0},
        {CODE_X, 0x00c01a00, 0, 0, TARGET, EXC_NP, CODE_X},
        {CODE_X, 0x00c0fa00, 0, 0, TARGET, EXC_GP, CODE_X},             // DPL 3, RPL 0
        {CODE_X | 3, 0x00c0de00, SEL_DATA3, 0, TARGET, 0x40, 0},        // conforming, DPL 2 below 3
        {CODE_X | 1, 0x00c0fe00, SEL_DATA3, 0, TARGET, EXC_GP, CODE_X}, // conforming, DPL 3 above 1
        {CODE_X | 3, 0x00c0fa00, 0, 0, TARGET, EXC_GP, 0},
        {CODE_X | 3, 0x00c0fa00, SEL_DATA0, 0, TARGET, EXC_GP, SEL_DATA0},
        {CODE_X | 3, 0x00c0fa00, STACK_X | 3, 0x00c0f000, TARGET, EXC_GP, STACK_X},
        {CODE_X | 3, 0x00c0fa00, STACK_X | 3, 0x00c07200, TARGET, EXC_SS, STACK_X},
        {CODE_X | 3, 0x0040fa00, STACK_X | 3, 0x00c0f200, 0x100000, EXC_GP, 0},
        {CODE_X, 0x00409a00, 0, 0, 0x100000, EXC_GP, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned iret = 0; iret < 2; iret++) {
            world_reset(w, 0);
            world_gate(w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
            world_descriptor(w, CODE_X, 0, 0xfffff, cases[i].code_hi);
            world_descriptor(w, STACK_X, 0, 0xfffff, cases[i].stack_hi);
            uint32_t at = WORLD_STACK0 - 0x100, n = 0;
            world_put32(w, at + 4 * n++, cases[i].eip);
            world_put32(w, at + 4 * n++, cases[i].cs);
            if (iret)
                world_put32(w, at + 4 * n++, FLAG_ONE);
            world_put32(w, at + 4 * n++, WORLD_STACK3);
            world_put32(w, at + 4 * n++, cases[i].ss);
            w->cpu->gpr[REG_ESP] = at;
            world_put(w, TARGET, (uint8_t[]){0xcd, 0x40}, 2);
            int got = iret ? WORLD_RUN(w, 0xcf) : WORLD_RUN(w, 0xcb);
            if (got != (int)cases[i].vector) {
                snprintf(system_message, sizeof system_message, "case %u, iret %u: vector %d", i,
                         iret, got);
                return system_message;
            }
            if (got != 0x40)
                EXPECT_STACK(at - 16, cases[i].error, WORLD_CODE, SEL_CODE0);
        }
    }
    return NULL;
}

const struct system_test system_tests_far[] = {
    {"iret to ring 3", test_iret_to_ring3},
    {"call gate", test_call_gate},
    {"gates to the same level", test_gate_same_level},
    {"286 call gate", test_gate_286},
    {"order of a call gate's checks", test_gate_checks},
    {"whose rights a call gate uses", test_gate_rights},
    {"inner stack of a 286 TSS", test_inner_stack_286},
    {"level 0's stack under SMAP", test_stack_smap},
    {"return to an outer level", test_outer_return},
    {"order of a return's checks", test_return_checks},
    {NULL, NULL},
};
