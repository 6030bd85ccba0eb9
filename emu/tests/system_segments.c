// Segment limits, types, loads, and the system registers. (SDM vol. 3, chapter 5)
#include <stdio.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/system_tests.h"

static const char *test_segment_limits(void)
{
    static const struct {
        uint32_t base, limit;
        unsigned attr;
        uint32_t offset;
        bool write;
        bool faults;
    } cases[] = {
        {WORLD_DATA, 0xfff, 0xc93, 0xffc, true, false},
        {WORLD_DATA, 0xfff, 0xc93, 0xffd, true, true},
        {WORLD_DATA, 0xfff, 0xc91, 0x10, false, false},
        {WORLD_DATA, 0xfff, 0xc91, 0x10, true, true},
        {WORLD_DATA, 0xfff, 0xc9b, 0x10, false, false},
        {WORLD_DATA, 0xfff, 0xc9b, 0x10, true, true},
        {WORLD_DATA, 0xfff, 0xc99, 0x10, false, true},
        {WORLD_DATA, 0xfff, 0xc97, 0xfff, false, true},
        {0, 0xfff, 0xc97, 0x1000, false, false},
        {0, 0xfff, 0x097, 0xfffd, false, true},
        {0, 0xffffffffu, 0xc93, 0xfffffffeu, false, true},
        {0, 0, 0, 0x10, false, true},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_reset(w, 0);
        world_segment(w, SEG_FS, cases[i].base, cases[i].limit, cases[i].attr);
        w->cpu->gpr[REG_EBX] = cases[i].offset;
        w->cpu->gpr[REG_EAX] = 0x12345678;
        int got = cases[i].write ? WORLD_RUN(w, 0x64, 0x89, 0x03, 0xcd, 0x40)  // mov fs:[ebx],eax
                                 : WORLD_RUN(w, 0x64, 0x8b, 0x03, 0xcd, 0x40); // mov eax,fs:[ebx]
        if (got != (cases[i].faults ? EXC_GP : 0x40)) {
            snprintf(system_message, sizeof system_message, "case %u: vector %d", i, got);
            return system_message;
        }
        if (cases[i].faults)
            EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
        else if (cases[i].write)
            EXPECT("stored", world_get32(w, cases[i].base + cases[i].offset), 0x12345678);
    }
    world_reset(w, 3); // the same through SS is #SS
    world_segment(w, SEG_SS, 0, 0xfff, 0xcf3);
    EXPECT("vector", WORLD_RUN(w, 0x50), EXC_SS);
    EXPECT_STACK(WORLD_STACK0 - 24, 0, WORLD_CODE);
    world_reset(w, 0); // code beyond CS's limit
    world_segment(w, SEG_CS, 0, WORLD_CODE + 1, 0xc9b);
    EXPECT("vector", WORLD_RUN(w, 0x90, 0xb8, 1, 2, 3, 4), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE + 1);
    return NULL;
}

static const char *test_segment_loads(void)
{
    static const struct {
        uint32_t hi; // of the descriptor at SEL_FREE; 0: none
        uint16_t selector;
        uint8_t modrm; // of MOV Sreg, AX
        int vector;
        uint32_t error;
    } cases[] = {
        {0x00c09200, SEL_FREE, 0xd8, 0x40, 0},          // mov ds
        {0x00c01200, SEL_FREE, 0xd8, EXC_NP, SEL_FREE}, // not present
        {0x00c01200, SEL_FREE, 0xd0, EXC_SS, SEL_FREE}, // mov ss, not present
        {0x00c09000, SEL_FREE, 0xd0, EXC_GP, SEL_FREE}, // read-only data into SS
        {0x00c09800, SEL_FREE, 0xd8, EXC_GP, SEL_FREE}, // execute-only code into DS
        {0x00c08200, SEL_FREE, 0xd8, EXC_GP, SEL_FREE}, // a system descriptor
        {0x00c0f200, SEL_FREE, 0xd0, EXC_GP, SEL_FREE}, // SS of another level
        {0, 0, 0xd8, 0x40, 0},                          // null into DS
        {0, 3, 0xd0, EXC_GP, 0},                        // null into SS
        {0, 0x100, 0xd8, EXC_GP, 0x100},                // beyond the GDT
        {0, SEL_FREE | 4, 0xd8, EXC_GP, SEL_FREE | 4},  // no LDT
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_reset(w, 0);
        world_descriptor(w, SEL_FREE, 0x1230000, 0xfffff, cases[i].hi);
        w->cpu->gpr[REG_EAX] = cases[i].selector;
        int got = WORLD_RUN(w, 0x8e, cases[i].modrm, 0xcd, 0x40);
        if (got != cases[i].vector) {
            snprintf(system_message, sizeof system_message, "case %u: vector %d", i, got);
            return system_message;
        }
        if (got != 0x40)
            EXPECT_STACK(WORLD_STACK0 - 16, cases[i].error, WORLD_CODE);
        else if (cases[i].hi)
            EXPECT("accessed bit", world_get32(w, WORLD_GDT + SEL_FREE + 4) & 0x100, 0x100);
    }
    EXPECT("DS base after the last good load", w->cpu->seg[SEG_ES].base, 0);
    return NULL;
}

static const char *test_system_registers(void)
{
    world_reset(w, 0);
    w->cpu->gpr[REG_EAX] = SEL_LDT;
    w->cpu->gpr[REG_ECX] = SEL_TSS;
    // lldt ax; ltr cx; sldt bx; str dx; lar esi,ecx; lsl edi,ecx
    EXPECT("vector",
           WORLD_RUN(w, 0x0f, 0, 0xd0, 0x0f, 0, 0xd9, 0x0f, 0, 0xc3, 0x0f, 0, 0xca, 0x0f, 2, 0xf1,
                     0x0f, 3, 0xf9, 0xcd, 0x40),
           0x40);
    EXPECT("LDTR base", w->cpu->ldtr.base, WORLD_LDT);
    EXPECT("TR busy", world_get32(w, WORLD_GDT + SEL_TSS + 4) & 0xf00, 0xb00);
    EXPECT("SLDT", w->cpu->gpr[REG_EBX], SEL_LDT);
    EXPECT("STR", w->cpu->gpr[REG_EDX], SEL_TSS);
    EXPECT("LAR", w->cpu->gpr[REG_ESI], 0x8b00);
    EXPECT("LSL", w->cpu->gpr[REG_EDI], 0x67);
    world_reset(w, 0); // a busy TSS cannot be loaded
    world_put32(w, WORLD_GDT + SEL_TSS + 4, 0x8b00);
    w->cpu->gpr[REG_EAX] = SEL_TSS;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0, 0xd8), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_TSS, WORLD_CODE);
    world_reset(w, 0); // PG without PE
    w->cpu->gpr[REG_EAX] = 0x80000000u;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0x22, 0xc0), EXC_GP);
    world_reset(w, 0); // a reserved bit of CR4
    w->cpu->gpr[REG_EAX] = 1u << 30;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0x22, 0xe0), EXC_GP);
    world_reset(w, 0); // LMSW cannot clear PE
    w->cpu->gpr[REG_EAX] = CR0_TS;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 1, 0xf0, 0xcd, 0x40), 0x40);
    EXPECT("CR0", w->cpu->cr0 & 0xf, CR0_TS | CR0_PE);
    world_reset(w, 0); // an unknown MSR
    w->cpu->gpr[REG_ECX] = 0x12345;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0x32), EXC_GP);
    world_reset(w, 3); // RDTSC with TSD
    w->cpu->cr4 |= CR4_TSD;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0x31), EXC_GP);
    world_reset(w, 0); // CPUID of the hypervisor's leaf
    w->cpu->gpr[REG_EAX] = 0x40000000;
    EXPECT("vector", WORLD_RUN(w, 0x0f, 0xa2, 0xcd, 0x40), 0x40);
    EXPECT("name",
           memcmp(&w->cpu->gpr[REG_EBX], "Tick", 4) | memcmp(&w->cpu->gpr[REG_ECX], "mark", 4) |
               memcmp(&w->cpu->gpr[REG_EDX], "Emu", 4),
           0);
    return NULL;
}

static const char *test_port_permission(void)
{
    world_reset(w, 3);
    EXPECT("vector without IOPL and map", WORLD_RUN(w, 0xe4, 0x60), EXC_GP);
    static const struct {
        uint16_t port;
        unsigned size;
        uint8_t map[3];
        bool allowed;
    } cases[] = {
        {5, 1, {0xdf, 0xff, 0xff}, true},  {5, 2, {0xdf, 0xff, 0xff}, false},
        {5, 2, {0x9f, 0xff, 0xff}, true},  {6, 4, {0x3f, 0xfc, 0xff}, true},
        {6, 4, {0x3f, 0xfd, 0xff}, false}, {15, 2, {0xff, 0x7f, 0xfe}, true},
        {24, 1, {0, 0, 0}, false}, // beyond the TSS's limit
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_reset(w, 3);
        world_put(w, WORLD_TSS + 0x68, cases[i].map, 3);
        w->cpu->tr.limit = 0x68 + 2;
        jmp_buf *unwind = &w->cpu->unwind;
        volatile bool allowed = false;
        volatile unsigned at = i;
        if (setjmp(*unwind) == 0) {
            cpu_check_port(w->cpu, cases[at].port, cases[at].size);
            allowed = true;
        }
        i = at;
        if (allowed != cases[i].allowed) {
            snprintf(system_message, sizeof system_message, "case %u", i);
            return system_message;
        }
    }
    return NULL;
}

const struct system_test system_tests_segments[] = {
    {"segment limits", test_segment_limits},
    {"segment loads", test_segment_loads},
    {"system registers", test_system_registers},
    {"port permission", test_port_permission},
    {NULL, NULL},
};
