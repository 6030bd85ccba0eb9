// What ring 3 of a host cannot show: frames of interrupts and exceptions, privilege changes, double
// and triple faults, segment checks, interrupt shadows, single steps, self-modifying code. Expected
// values are the manual's (Intel SDM vol. 3, chapters 5 and 6; vol. 2 for the instructions).
#include <stdio.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/interp/interp.h"
#include "emu/mmu/mmu.h"
#include "emu/tests/system_world.h"

static struct world w;
static char message[160];

// The name of the test returns NULL, or says what is wrong.
#define EXPECT(what, got, want)                                                                    \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_) {                                                                       \
            snprintf(message, sizeof message, "line %d: %s is %llx, not %llx", __LINE__, what,     \
                     got_, want_);                                                                 \
            return message;                                                                        \
        }                                                                                          \
    } while (0)
// The doublewords that lie on the stack from `esp` up.
#define EXPECT_STACK(esp, ...)                                                                     \
    do {                                                                                           \
        const uint32_t want_stack[] = {__VA_ARGS__};                                               \
        for (unsigned i_ = 0; i_ < sizeof want_stack / 4; i_++)                                    \
            EXPECT("stack element", world_get32(&w, (esp) + 4 * i_), want_stack[i_]);              \
    } while (0)

static const char *test_int_from_ring3(void)
{
    world_reset(&w, 3);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    w.cpu->eflags |= FLAG_IF | FLAG_CF | FLAG_IOPL;
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), 0x40);
    EXPECT("cpl", w.cpu->cpl, 0);
    EXPECT("cs", w.cpu->seg[SEG_CS].selector, SEL_CODE0);
    EXPECT("ss", w.cpu->seg[SEG_SS].selector, SEL_DATA0);
    EXPECT("esp", w.cpu->gpr[REG_ESP], WORLD_STACK0 - 20);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 2, SEL_CODE3,
                 FLAG_ONE | FLAG_IF | FLAG_CF | FLAG_IOPL, WORLD_STACK3, SEL_DATA3);
    EXPECT("IF after an interrupt gate", w.cpu->eflags & FLAG_IF, 0);
    world_reset(&w, 3);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_TRAP32 | GATE_DPL3);
    w.cpu->eflags |= FLAG_IF;
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), 0x40);
    EXPECT("IF after a trap gate", w.cpu->eflags & FLAG_IF, FLAG_IF);
    return NULL;
}

static const char *test_int_gate_privilege(void)
{
    world_reset(&w, 3);
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 24, 0x40 * 8 + 2, WORLD_CODE, SEL_CODE3, FLAG_ONE | FLAG_RF);
    world_reset(&w, 3); // not present
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS, (GATE_INT32 | GATE_DPL3) & ~0x8000);
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), EXC_NP);
    EXPECT_STACK(WORLD_STACK0 - 24, 0x40 * 8 + 2);
    world_reset(&w, 0); // beyond the IDT
    w.cpu->idtr.limit = 0x40 * 8 - 1;
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, 0x40 * 8 + 2, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_RF);
    return NULL;
}

static const char *test_external_interrupt(void)
{
    world_reset(&w, 0);
    w.cpu->eflags |= FLAG_IF;
    w.cpu->halted = true;
    cpu_deliver_interrupt(w.cpu, 0x21);
    EXPECT("eip", w.cpu->eip, WORLD_HANDLERS + 0x21);
    EXPECT("halted", w.cpu->halted, false);
    EXPECT("esp", w.cpu->gpr[REG_ESP], WORLD_STACK0 - 12);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE, SEL_CODE0, FLAG_ONE | FLAG_IF);
    world_reset(&w, 0); // a bad gate: EXT is set in the error code
    world_gate(&w, 0x21, SEL_DATA0, WORLD_HANDLERS, GATE_INT32);
    cpu_deliver_interrupt(w.cpu, 0x21);
    EXPECT("eip", w.cpu->eip, WORLD_HANDLERS + EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_DATA0 | 1, WORLD_CODE, SEL_CODE0);
    return NULL;
}

static const char *test_gate16(void)
{
    world_reset(&w, 0);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT16);
    EXPECT("vector", WORLD_RUN(&w, 0xcd, 0x40), 0x40);
    EXPECT("esp", w.cpu->gpr[REG_ESP], WORLD_STACK0 - 6);
    EXPECT("ip", world_get16(&w, WORLD_STACK0 - 6), WORLD_CODE + 2);
    EXPECT("cs", world_get16(&w, WORLD_STACK0 - 4), SEL_CODE0);
    EXPECT("flags", world_get16(&w, WORLD_STACK0 - 2), FLAG_ONE);
    return NULL;
}

static const char *test_double_fault(void)
{
    world_reset(&w, 0); // #UD whose gate is absent: #NP alone; #GP whose gate is absent: #DF
    world_gate(&w, EXC_UD, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    EXPECT("vector of a benign fault's failure", WORLD_RUN(&w, 0x0f, 0x0b), EXC_NP);
    EXPECT_STACK(WORLD_STACK0 - 16, EXC_UD * 8 + 3, WORLD_CODE);
    world_reset(&w, 0);
    world_gate(&w, EXC_GP, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_segment(&w, SEG_DS, 0, 0xff, 0xc93);
    EXPECT("vector", WORLD_RUN(&w, 0xa1, 0, 2, 0, 0), EXC_DF);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE, SEL_CODE0);
    world_reset(&w, 0); // the gate of #DF absent, too
    world_gate(&w, EXC_GP, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_gate(&w, EXC_DF, SEL_CODE0, 0, GATE_INT32 & ~0x8000);
    world_segment(&w, SEG_DS, 0, 0xff, 0xc93);
    EXPECT("exit", WORLD_RUN(&w, 0xa1, 0, 2, 0, 0), -1 - EXIT_SHUTDOWN);
    EXPECT("shutdown", w.cpu->shutdown, true);
    return NULL;
}

static const char *test_double_fault_paging(void)
{
    world_reset(
        &w, 3); // #PF with the ring 0 stack's page absent: #PF again, #DF, and that fails as well
    w.cpu->cr0 |= CR0_PG;
    world_put32(&w, WORLD_TABLE + (WORLD_STACK0 - 1) / 4096 * 4, 0);
    EXPECT("exit", WORLD_RUN(&w, 0xa1, 0, 0, 0x20, 0), -1 - EXIT_SHUTDOWN);
    world_reset(&w, 3); // #GP with that page absent: the #PF is delivered after it, and fails: #DF,
                        // #PF, shutdown
    w.cpu->cr0 |= CR0_PG;
    world_put32(&w, WORLD_TABLE + (WORLD_STACK0 - 1) / 4096 * 4, 0);
    EXPECT("exit", WORLD_RUN(&w, 0xf4), -1 - EXIT_SHUTDOWN);
    EXPECT("cr2", w.cpu->cr2, WORLD_STACK0 - 4);
    world_reset(&w,
                0); // a contributory fault and then a page fault are handled one after the other
    w.cpu->cr0 |= CR0_PG;
    w.cpu->idtr.base =
        0x30000 - EXC_GP * 8 - 4; // the gate of #GP lies on the edge of an absent page
    uint8_t idt[0x100];
    mmu_phys_read(w.mmu, WORLD_IDT, idt, sizeof idt);
    world_put(&w, w.cpu->idtr.base, idt, sizeof idt);
    world_put32(&w, WORLD_TABLE + 0x30 * 4, 0);
    world_segment(&w, SEG_DS, 0, 0xff, 0xc93);
    // #PF's own gate lies in the absent page as well: #PF upon #PF is #DF, whose gate is below the
    // edge
    EXPECT("vector", WORLD_RUN(&w, 0xa1, 0, 2, 0, 0), EXC_DF);
    return NULL;
}

static const char *test_page_fault_frame(void)
{
    world_reset(&w, 3);
    w.cpu->cr0 |= CR0_PG;
    world_put32(&w, WORLD_TABLE + WORLD_DATA / 4096 * 4, WORLD_DATA | 5); // read-only
    w.cpu->gpr[REG_EAX] = 7;
    // stc; adc [WORLD_DATA + 8], 1
    EXPECT("vector", WORLD_RUN(&w, 0xf9, 0x83, 0x15, 0x08, 0xc0, 0, 0, 1), EXC_PF);
    EXPECT("cr2", w.cpu->cr2, WORLD_DATA + 8);
    EXPECT_STACK(WORLD_STACK0 - 24, PF_P | PF_W | PF_U, WORLD_CODE + 1, SEL_CODE3,
                 FLAG_ONE | FLAG_RF | FLAG_CF);
    return NULL;
}

static const char *test_iret_to_ring3(void)
{
    world_reset(&w, 0);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    static const uint8_t ring3[] = {0xcd, 0x40};
    world_put(&w, WORLD_CODE + 0x100, ring3, sizeof ring3);
    uint32_t flags = FLAG_ONE | FLAG_IF | FLAG_ZF | (1u << 12);
    uint32_t frame[] = {WORLD_CODE + 0x100, SEL_CODE3, flags, WORLD_STACK3, SEL_DATA3};
    w.cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x100;
    world_put(&w, WORLD_STACK0 - 0x100, frame, sizeof frame);
    w.cpu->seg[SEG_FS].selector = 0;
    w.cpu->seg[SEG_FS].attr = 0;
    EXPECT("vector", WORLD_RUN(&w, 0xcf), 0x40);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 0x102, SEL_CODE3, flags, WORLD_STACK3, SEL_DATA3);
    EXPECT("DS of level 0 in ring 3", w.cpu->seg[SEG_DS].selector, 0);
    EXPECT("DS attributes", w.cpu->seg[SEG_DS].attr, 0);
    // In ring 3, IRET changes neither IF nor IOPL.
    world_reset(&w, 3);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    world_put(&w, WORLD_CODE + 0x100, ring3, sizeof ring3);
    uint32_t frame3[] = {WORLD_CODE + 0x100, SEL_CODE3, FLAG_IF | FLAG_IOPL | FLAG_CF};
    w.cpu->gpr[REG_ESP] = WORLD_STACK3 - 0x100;
    world_put(&w, WORLD_STACK3 - 0x100, frame3, sizeof frame3);
    EXPECT("vector", WORLD_RUN(&w, 0xcf), 0x40);
    EXPECT_STACK(WORLD_STACK0 - 12, FLAG_ONE | FLAG_CF, WORLD_STACK3 - 0x100 + 12);
    return NULL;
}

static const char *test_call_gate(void)
{
    world_reset(&w, 3);
    // Gate to ring 0 with two parameters; the target returns with RETF 8 to an INT 0x40 in ring 3.
    world_put32(&w, WORLD_GDT + SEL_FREE, (uint32_t)SEL_CODE0 << 16 | (WORLD_CODE + 0x200));
    world_put32(&w, WORLD_GDT + SEL_FREE + 4, GATE_CALL32 | GATE_DPL3 | 2);
    world_gate(&w, 0x40, SEL_CODE0, WORLD_HANDLERS + 0x40, GATE_INT32 | GATE_DPL3);
    static const uint8_t target[] = {0x8b, 0x44, 0x24, 0x08, 0x8c,
                                     0xd3, 0xca, 8,    0}; // mov eax,[esp+8]; mov ebx,ss; retf 8
    world_put(&w, WORLD_CODE + 0x200, target, sizeof target);
    // push 0x1111; push 0x2222; callf 0x3b:0; int 0x40
    EXPECT("vector",
           WORLD_RUN(&w, 0x68, 0x11, 0x11, 0, 0, 0x68, 0x22, 0x22, 0, 0, 0x9a, 0, 0, 0, 0,
                     SEL_FREE | 3, 0, 0xcd, 0x40),
           0x40);
    EXPECT("parameter seen", w.cpu->gpr[REG_EAX], 0x2222);
    EXPECT("ss seen", w.cpu->gpr[REG_EBX], SEL_DATA0);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 19, SEL_CODE3, FLAG_ONE, WORLD_STACK3, SEL_DATA3);
    EXPECT_STACK(WORLD_STACK0 - 8, WORLD_STACK3, SEL_DATA3);
    return NULL;
}

static const char *test_single_step(void)
{
    world_reset(&w, 0);
    w.cpu->eflags |= FLAG_TF;
    EXPECT("vector", WORLD_RUN(&w, 0x40, 0x40), EXC_DB);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 1);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE + 1, SEL_CODE0, FLAG_ONE | FLAG_TF);
    EXPECT("DR6", w.cpu->dr[6], 0xffff4ff0u);
    world_reset(&w, 0); // mov ss,eax holds the trap back by one instruction
    w.cpu->eflags |= FLAG_TF;
    w.cpu->gpr[REG_EAX] = SEL_DATA0;
    EXPECT("vector", WORLD_RUN(&w, 0x8e, 0xd0, 0x41, 0x41), EXC_DB);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE + 3);
    world_reset(&w, 0); // popf that sets TF: the trap follows the next instruction
    world_put32(&w, WORLD_STACK0 - 4, FLAG_TF);
    w.cpu->gpr[REG_ESP] = WORLD_STACK0 - 4;
    EXPECT("vector", WORLD_RUN(&w, 0x9d, 0x40, 0x40), EXC_DB);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 1);
    world_reset(&w, 0); // rep movsb traps after each byte, EIP still at it
    w.cpu->eflags |= FLAG_TF;
    w.cpu->gpr[REG_ECX] = 3;
    w.cpu->gpr[REG_ESI] = w.cpu->gpr[REG_EDI] = WORLD_DATA;
    EXPECT("vector", WORLD_RUN(&w, 0xf3, 0xa4), EXC_DB);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 2);
    EXPECT_STACK(WORLD_STACK0 - 12, WORLD_CODE);
    return NULL;
}

static const char *test_interrupt_shadow(void)
{
    world_reset(&w, 0); // sti; inc eax; inc eax with an interrupt waiting: out after the first inc
    w.cpu->intr = true;
    EXPECT("exit", WORLD_RUN(&w, 0xfb, 0x40, 0x40, 0x40), -1 - EXIT_POLL);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 1);
    EXPECT("deliverable", cpu_intr_deliverable(w.cpu), true);
    world_reset(&w, 0); // popf that sets IF has no shadow
    w.cpu->intr = true;
    w.cpu->gpr[REG_ESP] = WORLD_STACK0 - 4;
    world_put32(&w, WORLD_STACK0 - 4, FLAG_IF);
    EXPECT("exit", WORLD_RUN(&w, 0x9d, 0x40), -1 - EXIT_POLL);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 0);
    world_reset(&w, 0); // interp_step does the same and keeps the budget
    static const uint8_t code[] = {0xfb, 0x40, 0x40};
    world_put(&w, WORLD_CODE, code, sizeof code);
    EXPECT("retired", interp_step(w.cpu), true);
    EXPECT("shadow", w.cpu->shadow, true);
    EXPECT("retired", interp_step(w.cpu), true);
    EXPECT("shadow", w.cpu->shadow, false);
    return NULL;
}

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
        world_reset(&w, 0);
        world_segment(&w, SEG_FS, cases[i].base, cases[i].limit, cases[i].attr);
        w.cpu->gpr[REG_EBX] = cases[i].offset;
        w.cpu->gpr[REG_EAX] = 0x12345678;
        int got = cases[i].write ? WORLD_RUN(&w, 0x64, 0x89, 0x03, 0xcd, 0x40)  // mov fs:[ebx],eax
                                 : WORLD_RUN(&w, 0x64, 0x8b, 0x03, 0xcd, 0x40); // mov eax,fs:[ebx]
        if (got != (cases[i].faults ? EXC_GP : 0x40)) {
            snprintf(message, sizeof message, "case %u: vector %d", i, got);
            return message;
        }
        if (cases[i].faults)
            EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
        else if (cases[i].write)
            EXPECT("stored", world_get32(&w, cases[i].base + cases[i].offset), 0x12345678);
    }
    world_reset(&w, 3); // the same through SS is #SS
    world_segment(&w, SEG_SS, 0, 0xfff, 0xcf3);
    EXPECT("vector", WORLD_RUN(&w, 0x50), EXC_SS);
    EXPECT_STACK(WORLD_STACK0 - 24, 0, WORLD_CODE);
    world_reset(&w, 0); // code beyond CS's limit
    world_segment(&w, SEG_CS, 0, WORLD_CODE + 1, 0xc9b);
    EXPECT("vector", WORLD_RUN(&w, 0x90, 0xb8, 1, 2, 3, 4), EXC_GP);
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
        world_reset(&w, 0);
        world_descriptor(&w, SEL_FREE, 0x1230000, 0xfffff, cases[i].hi);
        w.cpu->gpr[REG_EAX] = cases[i].selector;
        int got = WORLD_RUN(&w, 0x8e, cases[i].modrm, 0xcd, 0x40);
        if (got != cases[i].vector) {
            snprintf(message, sizeof message, "case %u: vector %d", i, got);
            return message;
        }
        if (got != 0x40)
            EXPECT_STACK(WORLD_STACK0 - 16, cases[i].error, WORLD_CODE);
        else if (cases[i].hi)
            EXPECT("accessed bit", world_get32(&w, WORLD_GDT + SEL_FREE + 4) & 0x100, 0x100);
    }
    EXPECT("DS base after the last good load", w.cpu->seg[SEG_ES].base, 0);
    return NULL;
}

static const char *test_system_registers(void)
{
    world_reset(&w, 0);
    w.cpu->gpr[REG_EAX] = SEL_LDT;
    w.cpu->gpr[REG_ECX] = SEL_TSS;
    // lldt ax; ltr cx; sldt bx; str dx; lar esi,ecx; lsl edi,ecx
    EXPECT("vector",
           WORLD_RUN(&w, 0x0f, 0, 0xd0, 0x0f, 0, 0xd9, 0x0f, 0, 0xc3, 0x0f, 0, 0xca, 0x0f, 2, 0xf1,
                     0x0f, 3, 0xf9, 0xcd, 0x40),
           0x40);
    EXPECT("LDTR base", w.cpu->ldtr.base, WORLD_LDT);
    EXPECT("TR busy", world_get32(&w, WORLD_GDT + SEL_TSS + 4) & 0xf00, 0xb00);
    EXPECT("SLDT", w.cpu->gpr[REG_EBX], SEL_LDT);
    EXPECT("STR", w.cpu->gpr[REG_EDX], SEL_TSS);
    EXPECT("LAR", w.cpu->gpr[REG_ESI], 0x8b00);
    EXPECT("LSL", w.cpu->gpr[REG_EDI], 0x67);
    world_reset(&w, 0); // a busy TSS cannot be loaded
    world_put32(&w, WORLD_GDT + SEL_TSS + 4, 0x8b00);
    w.cpu->gpr[REG_EAX] = SEL_TSS;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0, 0xd8), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, SEL_TSS, WORLD_CODE);
    world_reset(&w, 0); // PG without PE
    w.cpu->gpr[REG_EAX] = 0x80000000u;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x22, 0xc0), EXC_GP);
    world_reset(&w, 0); // a reserved bit of CR4
    w.cpu->gpr[REG_EAX] = 1u << 30;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x22, 0xe0), EXC_GP);
    world_reset(&w, 0); // LMSW cannot clear PE
    w.cpu->gpr[REG_EAX] = CR0_TS;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 1, 0xf0, 0xcd, 0x40), 0x40);
    EXPECT("CR0", w.cpu->cr0 & 0xf, CR0_TS | CR0_PE);
    world_reset(&w, 0); // an unknown MSR
    w.cpu->gpr[REG_ECX] = 0x12345;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x32), EXC_GP);
    world_reset(&w, 3); // RDTSC with TSD
    w.cpu->cr4 |= CR4_TSD;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x31), EXC_GP);
    world_reset(&w, 0); // CPUID of the hypervisor's leaf
    w.cpu->gpr[REG_EAX] = 0x40000000;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0xa2, 0xcd, 0x40), 0x40);
    EXPECT("name",
           memcmp(&w.cpu->gpr[REG_EBX], "Tick", 4) | memcmp(&w.cpu->gpr[REG_ECX], "mark", 4) |
               memcmp(&w.cpu->gpr[REG_EDX], "Emu", 4),
           0);
    return NULL;
}

static const char *test_port_permission(void)
{
    world_reset(&w, 3);
    EXPECT("vector without IOPL and map", WORLD_RUN(&w, 0xe4, 0x60), EXC_GP);
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
        world_reset(&w, 3);
        world_put(&w, WORLD_TSS + 0x68, cases[i].map, 3);
        w.cpu->tr.limit = 0x68 + 2;
        jmp_buf *unwind = &w.cpu->unwind;
        volatile bool allowed = false;
        volatile unsigned at = i;
        if (setjmp(*unwind) == 0) {
            cpu_check_port(w.cpu, cases[at].port, cases[at].size);
            allowed = true;
        }
        i = at;
        if (allowed != cases[i].allowed) {
            snprintf(message, sizeof message, "case %u", i);
            return message;
        }
    }
    return NULL;
}

static const char *test_rep_movs(void)
{
    // Against a byte-by-byte model: all overlaps, sizes, directions, page crossings.
    static uint8_t model[0x2000], got[0x2000];
    for (unsigned i = 0; i < 600; i++) {
        unsigned size = 1u << i % 3, down = i / 3 % 4 == 3;
        uint32_t seed = i * 2654435761u + 99, from, to, count = seed >> 8 & 0x1ff;
        world_reset(&w, 0);
        for (unsigned k = 0; k < sizeof model; k++)
            model[k] = (uint8_t)((k * 167u + (k >> 8) * 31u) ^ i);
        world_put(&w, WORLD_DATA, model, sizeof model);
        from = 0x800 + (seed & 0x7ff);
        to = i % 2 ? from + (seed >> 20 & 63) - 16 : 0x800 + (seed >> 16 & 0x7ff);
        w.cpu->gpr[REG_ESI] = WORLD_DATA + from;
        w.cpu->gpr[REG_EDI] = WORLD_DATA + to;
        w.cpu->gpr[REG_ECX] = count;
        if (down)
            w.cpu->eflags |= FLAG_DF;
        int vector = size == 1   ? WORLD_RUN(&w, 0xf3, 0xa4, 0xcd, 0x40)
                     : size == 2 ? WORLD_RUN(&w, 0xf3, 0x66, 0xa5, 0xcd, 0x40)
                                 : WORLD_RUN(&w, 0xf3, 0xa5, 0xcd, 0x40);
        EXPECT("vector", vector, 0x40);
        uint32_t step = down ? 0u - size : size;
        for (uint32_t k = 0; k < count; k++) {
            uint8_t element[4];
            memcpy(element, model + (uint32_t)(from + k * step), size);
            memcpy(model + (uint32_t)(to + k * step), element, size);
        }
        mmu_phys_read(w.mmu, WORLD_DATA, got, sizeof got);
        EXPECT("difference", memcmp(model, got, sizeof got), 0);
        EXPECT("esi", w.cpu->gpr[REG_ESI], WORLD_DATA + from + count * step);
        EXPECT("edi", w.cpu->gpr[REG_EDI], WORLD_DATA + to + count * step);
        EXPECT("ecx", w.cpu->gpr[REG_ECX], 0);
    }
    return NULL;
}

static const char *test_rep_pauses(void)
{
    world_reset(&w, 0);
    static const uint8_t code[] = {0xf3, 0xac, 0xcd, 0x40}; // rep lodsb; int 0x40
    world_put(&w, WORLD_CODE, code, sizeof code);
    w.cpu->gpr[REG_ESI] = WORLD_DATA;
    w.cpu->gpr[REG_ECX] = 10000;
    struct insn insn;
    EXPECT("decoded", insn_decode(code, sizeof code, true, NULL, &insn), DECODE_OK);
    w.cpu->poll = 1;
    EXPECT("retired", interp_execute(w.cpu, &insn), false);
    EXPECT("eip", w.cpu->eip, WORLD_CODE);
    uint32_t left = w.cpu->gpr[REG_ECX];
    EXPECT("stopped half-way", left > 0 && left < 10000, true);
    EXPECT("esi", w.cpu->gpr[REG_ESI], WORLD_DATA + 10000 - left);
    w.cpu->poll = 0;
    EXPECT("retired", interp_execute(w.cpu, &insn), true);
    EXPECT("eip", w.cpu->eip, WORLD_CODE + 2);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 0);
    return NULL;
}

static const char *test_self_modifying(void)
{
    world_reset(&w, 0);
    // mov ecx,3; l: mov byte [l2],0x41 (inc ecx -> inc eax...): the store changes the next
    // instruction b9 03 00 00 00 | c6 05 <l2> 43 | 40 (l2: inc eax, becomes inc ebx) | int 0x40
    EXPECT("vector", WORLD_RUN(&w, 0x40, 0xc6, 0x05, 0x08, 0x50, 0, 0, 0x43, 0x40, 0xcd, 0x40),
           0x40);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 1);
    EXPECT("ebx", w.cpu->gpr[REG_EBX], 1);
    // A loop that rewrites its own immediate: add eax, imm8 with imm 1, 2, 3, 4, 5
    world_reset(&w, 0);
    w.cpu->gpr[REG_ECX] = 5;
    EXPECT("vector",
           WORLD_RUN(&w, 0x83, 0xc0, 0x01, 0xfe, 0x05, 0x02, 0x50, 0, 0, 0xe2, 0xf5, 0xcd, 0x40),
           0x40);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 15);
    return NULL;
}

static const char *test_long_instruction(void)
{
    world_reset(&w, 0);
    EXPECT("vector",
           WORLD_RUN(&w, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                     0x66, 0x66, 0x66, 0x90),
           EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
    return NULL;
}

static const char *test_v86(void)
{
    world_reset(&w, 0);
    // IRET into V86 mode at 0500:0000; INT 0x21 there with IOPL 0 is #GP(0), seen from ring 0's
    // frame.
    uint32_t frame[] = {
        0, WORLD_CODE >> 4, FLAG_VM | FLAG_ONE, 0x1000, 0x0a00, 0x111, 0x222, 0x333, 0x444};
    w.cpu->gpr[REG_ESP] = WORLD_STACK0 - 0x200;
    world_put(&w, WORLD_STACK0 - 0x200, frame, sizeof frame);
    static const uint8_t v86[] = {0xcd, 0x21};
    static const uint8_t iret[] = {0xcf};
    world_put(&w, 0xf000, iret, 1);
    w.cpu->eip = 0xf000;
    EXPECT("vector", world_run(&w, v86, sizeof v86, 10), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 40, 0, 0, WORLD_CODE >> 4, FLAG_VM | FLAG_ONE | FLAG_RF, 0x1000,
                 0x0a00, 0x111, 0x222, 0x333, 0x444);
    EXPECT("DS in the handler", w.cpu->seg[SEG_DS].selector, 0);
    EXPECT("VM", w.cpu->eflags & FLAG_VM, 0);
    return NULL;
}

static const char *test_halt(void)
{
    world_reset(&w, 0);
    static const uint8_t code[] = {0xf4, 0x40};
    EXPECT("exit", world_run(&w, code, sizeof code, 10), -1 - EXIT_HALT);
    EXPECT("eip", w.cpu->eip, WORLD_CODE + 1);
    EXPECT("retired", cpu_icount(w.cpu) > 0, true);
    world_reset(&w, 3);
    EXPECT("vector", world_run(&w, code, sizeof code, 10), EXC_GP);
    return NULL;
}

static const char *test_budget(void)
{
    world_reset(&w, 0);
    static const uint8_t code[] = {0x40, 0x40, 0x40, 0x40, 0x40, 0x40};
    EXPECT("exit", world_run(&w, code, sizeof code, 4), -1 - EXIT_BUDGET);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 4);
    EXPECT("left", w.cpu->left, 0);
    return NULL;
}

int main(void)
{
    static const struct {
        const char *name;
        const char *(*run)(void);
    } tests[] = {
        {"int from ring 3", test_int_from_ring3},
        {"gate privilege", test_int_gate_privilege},
        {"external interrupt", test_external_interrupt},
        {"16-bit gate", test_gate16},
        {"double and triple fault", test_double_fault},
        {"double fault by paging", test_double_fault_paging},
        {"page fault frame", test_page_fault_frame},
        {"iret to ring 3", test_iret_to_ring3},
        {"call gate", test_call_gate},
        {"single step", test_single_step},
        {"interrupt shadow", test_interrupt_shadow},
        {"segment limits", test_segment_limits},
        {"segment loads", test_segment_loads},
        {"system registers", test_system_registers},
        {"port permission", test_port_permission},
        {"rep movs", test_rep_movs},
        {"rep pauses", test_rep_pauses},
        {"self-modifying code", test_self_modifying},
        {"15-byte limit", test_long_instruction},
        {"virtual-8086 mode", test_v86},
        {"halt", test_halt},
        {"budget", test_budget},
    };
    const char *why = "out of memory";
    unsigned failed = 0;
    if (!world_create(&w, &why)) {
        printf("FAIL system: %s\n", why);
        return 1;
    }
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
        why = tests[i].run();
        failed += why != NULL;
        printf(why ? "FAIL system %s: %s\n" : "ok system %s\n", tests[i].name, why);
    }
    world_destroy(&w);
    return failed != 0;
}
