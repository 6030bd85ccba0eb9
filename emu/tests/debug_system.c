// Debug registers and alignment checks, rule by rule, on both engines (Intel SDM vol. 3, 17.2, 17.3
// and 6.15).
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/both_engines.h"

enum {
    VECTOR = 0x40,
    BD = 1 << 13,
    BS = 1 << 14,
    DR6_RESET = 0xffff0ff0,
    EXECUTE = 0,
    WRITE = 1,
    PORT = 2,
    READ_WRITE = 3,
};

static void begin(unsigned cpl)
{
    world_reset(&w, cpl);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
}

// Breakpoint n as the processor has it after MOV DR. `length`: 1, 2, 4 or 8.
static void set_breakpoint(unsigned n, uint32_t address, unsigned condition, unsigned length)
{
    static const uint8_t codes[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};
    cpu_write_dr(w.cpu, n, address);
    cpu_write_dr(w.cpu, 7,
                 w.cpu->dr[7] | 1u << (2 * n) | condition << (16 + 4 * n) |
                     (uint32_t)codes[length] << (18 + 4 * n));
}

static uint32_t on_stack(unsigned i)
{
    return world_get32(&w, w.cpu->gpr[REG_ESP] + 4 * i);
}

static const char *test_registers(void)
{
    begin(0);
    w.cpu->gpr[REG_EAX] = 0xffffffff;
    // mov dr7,eax; mov ebx,dr7 - but that breaks on everything: GD is left out
    w.cpu->gpr[REG_EAX] = 0xffffffff & ~0x2000u & ~0xffu;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x23, 0xf8, 0x0f, 0x21, 0xfb, 0xcd, VECTOR), VECTOR);
    EXPECT("DR7", w.cpu->gpr[REG_EBX], 0xffff0700);
    begin(0);
    w.cpu->gpr[REG_EAX] = 0xffffffff;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x23, 0xf0, 0x0f, 0x21, 0xf3, 0xcd, VECTOR), VECTOR);
    EXPECT("DR6", w.cpu->gpr[REG_EBX], 0xffffefff);
    begin(0); // DR4 is DR6
    w.cpu->gpr[REG_EAX] = 0;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x23, 0xe0, 0x0f, 0x21, 0xf3, 0xcd, VECTOR), VECTOR);
    EXPECT("DR6", w.cpu->gpr[REG_EBX], 0xffff0ff0);
    begin(0);
    w.cpu->cr4 |= CR4_DE;
    EXPECT("DR4 with DE", WORLD_RUN(&w, 0x0f, 0x21, 0xe3), EXC_UD);
    begin(3);
    EXPECT("ring 3", WORLD_RUN(&w, 0x0f, 0x21, 0xf3), EXC_GP);
    return NULL;
}

static const char *test_general_detect(void)
{
    begin(0);
    w.cpu->dr[7] |= 1 << 13;
    EXPECT("vector", WORLD_RUN(&w, 0x90, 0x0f, 0x21, 0xc3), EXC_DB); // nop; mov ebx,dr0
    EXPECT("eip", on_stack(0), WORLD_CODE + 1);
    EXPECT("RF pushed", on_stack(2) & FLAG_RF, FLAG_RF);
    EXPECT("DR6", w.cpu->dr[6], DR6_RESET | BD);
    EXPECT("GD in the handler", w.cpu->dr[7] & 1 << 13, 0);
    begin(0); // any #DB clears it
    w.cpu->dr[7] |= 1 << 13;
    w.cpu->eflags |= FLAG_TF;
    EXPECT("vector", WORLD_RUN(&w, 0x90, 0x90), EXC_DB);
    EXPECT("GD after a single step", w.cpu->dr[7] & 1 << 13, 0);
    return NULL;
}

static const char *test_code(void)
{
    begin(0);
    set_breakpoint(2, WORLD_CODE + 1, EXECUTE, 1);
    EXPECT("vector", WORLD_RUN(&w, 0x40, 0x40, 0xcd, VECTOR), EXC_DB);
    EXPECT("eip: a fault", on_stack(0), WORLD_CODE + 1);
    EXPECT("RF pushed", on_stack(2) & FLAG_RF, 0);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 1);
    EXPECT("DR6", w.cpu->dr[6], DR6_RESET | 4);
    begin(0); // not in the middle of an instruction
    set_breakpoint(0, WORLD_CODE + 2, EXECUTE, 1);
    EXPECT("vector", WORLD_RUN(&w, 0xb8, 1, 2, 3, 4, 0xcd, VECTOR), VECTOR);
    begin(0); // RF suppresses it, for one instruction
    set_breakpoint(0, WORLD_CODE, EXECUTE, 1);
    w.cpu->eflags |= FLAG_RF;
    // dec ecx; jnz back: the second time it breaks
    w.cpu->gpr[REG_ECX] = 2;
    EXPECT("vector", WORLD_RUN(&w, 0x49, 0x75, 0xfd, 0xcd, VECTOR), EXC_DB);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 1);
    EXPECT("eip", on_stack(0), WORLD_CODE);
    begin(0); // CS's base counts
    world_segment(&w, SEG_CS, 0x1000, 0xffffffffu, 0xc9b);
    w.cpu->eip = WORLD_CODE - 0x1000;
    set_breakpoint(0, WORLD_CODE + 1, EXECUTE, 1);
    EXPECT("vector", WORLD_RUN(&w, 0x40, 0x40), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_CODE + 1 - 0x1000);
    begin(0); // before a page fault of the fetch
    w.cpu->cr0 |= CR0_PG;
    world_put32(&w, WORLD_TABLE + 0x40 * 4, 0);
    set_breakpoint(0, 0x40000, EXECUTE, 1);
    w.cpu->gpr[REG_EBX] = 0x40000;
    EXPECT("vector", WORLD_RUN(&w, 0xff, 0xe3), EXC_DB);
    begin(0); // held back by MOV SS, for good
    set_breakpoint(0, WORLD_CODE + 2, EXECUTE, 1);
    w.cpu->gpr[REG_EAX] = SEL_DATA0;
    EXPECT("vector", WORLD_RUN(&w, 0x8e, 0xd0, 0x41, 0xcd, VECTOR), VECTOR);
    begin(0); // not enabled
    set_breakpoint(0, WORLD_CODE, EXECUTE, 1);
    cpu_write_dr(w.cpu, 7, w.cpu->dr[7] & ~0xffu);
    EXPECT("vector", WORLD_RUN(&w, 0xcd, VECTOR), VECTOR);
    begin(0); // by MOV DR7 itself
    w.cpu->dr[0] = WORLD_CODE + 4;
    w.cpu->gpr[REG_EAX] = 2; // G0
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x23, 0xf8, 0x90, 0x90, 0x90), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_CODE + 4);
    return NULL;
}

static const char *test_data(void)
{
    static const struct {
        uint32_t breakpoint;
        unsigned condition, length;
        uint32_t access;
        uint8_t code[3], bytes; // at [ebx]
        bool hit;
    } cases[] = {
        {0, WRITE, 4, 0, {0x89, 0x03}, 2, true},  // mov [ebx],eax
        {0, WRITE, 4, 0, {0x8b, 0x03}, 2, false}, // mov eax,[ebx]
        {0, READ_WRITE, 4, 0, {0x8b, 0x03}, 2, true},
        {0, READ_WRITE, 4, 0, {0x83, 0x03, 0x01}, 3, true}, // add dword [ebx],1
        {0, WRITE, 4, 0, {0x83, 0x03, 0x01}, 3, true},
        {0, WRITE, 4, 0, {0x83, 0x3b, 0x01}, 3, false}, // cmp
        {4, WRITE, 4, 0, {0x89, 0x03}, 2, false},
        {4, WRITE, 4, 1, {0x89, 0x03}, 2, true}, // reaches into it
        {0, WRITE, 1, 3, {0x89, 0x03}, 2, false},
        {3, WRITE, 1, 0, {0x89, 0x03}, 2, true},
        {3, WRITE, 2, 2, {0x88, 0x03}, 2, true}, // the address is aligned down: 2 and 3
        {3, WRITE, 2, 1, {0x88, 0x03}, 2, false},
        {7, WRITE, 8, 0, {0x88, 0x03}, 2, true}, // 0 to 7
        {7, WRITE, 8, 8, {0x88, 0x03}, 2, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0);
        uint8_t code[8] = {0};
        memcpy(code, cases[i].code, cases[i].bytes);
        code[cases[i].bytes] = 0xcd;
        code[cases[i].bytes + 1] = VECTOR;
        set_breakpoint(1, WORLD_DATA + cases[i].breakpoint, cases[i].condition, cases[i].length);
        w.cpu->gpr[REG_EBX] = WORLD_DATA + cases[i].access;
        w.cpu->gpr[REG_EAX] = 0x1234;
        int got = world_run(&w, code, sizeof code, 100);
        if (got != (cases[i].hit ? EXC_DB : VECTOR)) {
            snprintf(message, sizeof message, "case %u: vector %d", i, got);
            return message;
        }
        if (!cases[i].hit)
            continue;
        EXPECT("eip: a trap", on_stack(0), WORLD_CODE + cases[i].bytes);
        EXPECT("DR6", w.cpu->dr[6], DR6_RESET | 2);
    }
    begin(0); // a fetch is no access to data
    set_breakpoint(0, WORLD_CODE, READ_WRITE, 4);
    EXPECT("vector", WORLD_RUN(&w, 0x40, 0x40, 0xcd, VECTOR), VECTOR);
    begin(0); // a code breakpoint on a REP that a data breakpoint stops half-way: on after IRET
    static const uint8_t iret[] = {0xcf};
    world_put(&w, WORLD_DATA + 0x800, iret, 1);
    world_gate(&w, EXC_DB, SEL_CODE0, WORLD_DATA + 0x800, GATE_INT32);
    set_breakpoint(0, WORLD_CODE, EXECUTE, 1);
    set_breakpoint(1, WORLD_DATA + 8, WRITE, 4);
    w.cpu->eflags |= FLAG_RF;
    w.cpu->gpr[REG_EDI] = WORLD_DATA;
    w.cpu->gpr[REG_ECX] = 10;
    EXPECT("vector", WORLD_RUN(&w, 0xf3, 0xab, 0xcd, VECTOR), VECTOR);
    EXPECT("DR6", w.cpu->dr[6], DR6_RESET | 2);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 0);
    begin(0); // pushes and pops; two breakpoints and a single step in one #DB
    set_breakpoint(0, WORLD_STACK0 - 4, WRITE, 4);
    set_breakpoint(3, WORLD_STACK0 - 8, READ_WRITE, 8);
    w.cpu->eflags |= FLAG_TF;
    EXPECT("vector", WORLD_RUN(&w, 0x50, 0x90), EXC_DB);
    EXPECT("DR6", w.cpu->dr[6], DR6_RESET | BS | 9);
    begin(0); // a faulting instruction has not hit anything
    set_breakpoint(0, WORLD_DATA, READ_WRITE, 4);
    w.cpu->gpr[REG_ESI] = WORLD_DATA;
    w.cpu->cr0 |= CR0_PG;
    w.cpu->gpr[REG_EDI] = 0x800000;
    EXPECT("vector", WORLD_RUN(&w, 0xa5), EXC_PF); // movsd
    EXPECT("DR6", w.cpu->dr[6], DR6_RESET);
    begin(0); // REP traps after the element that hits
    set_breakpoint(0, WORLD_DATA + 8, WRITE, 4);
    w.cpu->gpr[REG_EDI] = WORLD_DATA;
    w.cpu->gpr[REG_ECX] = 10;
    EXPECT("vector", WORLD_RUN(&w, 0xf3, 0xab), EXC_DB);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 7);
    EXPECT("eip", on_stack(0), WORLD_CODE);
    EXPECT("RF pushed", on_stack(2) & FLAG_RF, FLAG_RF);
    begin(0); // MOV SS with a hit: the trap follows the next instruction
    set_breakpoint(0, WORLD_DATA, READ_WRITE, 2);
    world_put32(&w, WORLD_DATA, SEL_DATA0);
    w.cpu->gpr[REG_EBX] = WORLD_DATA;
    EXPECT("vector", WORLD_RUN(&w, 0x8e, 0x13, 0x41, 0x41), EXC_DB); // mov ss,[ebx]; inc ecx
    EXPECT("eip", on_stack(0), WORLD_CODE + 3);
    begin(0); // and if that is INT n, it comes in the handler
    set_breakpoint(0, WORLD_DATA, READ_WRITE, 2);
    world_put32(&w, WORLD_DATA, SEL_DATA0);
    w.cpu->gpr[REG_EBX] = WORLD_DATA;
    EXPECT("vector", WORLD_RUN(&w, 0x8e, 0x13, 0xcd, VECTOR), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_HANDLERS + VECTOR);
    begin(3); // implicit accesses count: the frame of INT n
    set_breakpoint(0, WORLD_STACK0 - 20, WRITE, 4);
    EXPECT("vector", WORLD_RUN(&w, 0xcd, VECTOR), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_HANDLERS + VECTOR);
    return NULL;
}

static const char *test_ports(void)
{
    for (unsigned de = 0; de < 2; de++)
        for (unsigned port = 0x60; port < 0x62; port++) {
            begin(0);
            w.cpu->cr4 |= de ? CR4_DE : 0;
            set_breakpoint(0, 0x61, PORT, 1);
            int got = WORLD_RUN(&w, 0xe4, (uint8_t)port, 0xcd, VECTOR); // in al,port
            EXPECT("vector", got, de && port == 0x61 ? EXC_DB : VECTOR);
            if (got == EXC_DB)
                EXPECT("eip", on_stack(0), WORLD_CODE + 2);
        }
    begin(0);
    w.cpu->cr4 |= CR4_DE;
    set_breakpoint(0, 0x61, PORT, 1);
    EXPECT("a word at 60h", WORLD_RUN(&w, 0x66, 0xe7, 0x60, 0xcd, VECTOR), EXC_DB); // out 60h,ax
    begin(0);
    w.cpu->cr4 |= CR4_DE;
    set_breakpoint(0, 0x3f8, PORT, 4);
    w.cpu->gpr[REG_EDX] = 0x3fb;
    w.cpu->gpr[REG_ECX] = 3;
    w.cpu->gpr[REG_ESI] = WORLD_DATA;
    EXPECT("rep outsb", WORLD_RUN(&w, 0xf3, 0x6e), EXC_DB);
    EXPECT("ecx", w.cpu->gpr[REG_ECX], 2);
    return NULL;
}

static const char *test_branch_step(void)
{
    begin(0); // BTF: only taken branches trap, and #DB clears it
    w.cpu->msr[MSR_DEBUGCTL] = DEBUGCTL_BTF;
    w.cpu->eflags |= FLAG_TF;
    // nop; nop; jmp +0
    EXPECT("vector", WORLD_RUN(&w, 0x90, 0x90, 0xeb, 0x00, 0x90), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_CODE + 4);
    EXPECT("BTF", w.cpu->msr[MSR_DEBUGCTL], 0);
    begin(0); // STI holds back interrupts, not traps
    w.cpu->eflags |= FLAG_TF;
    EXPECT("vector", WORLD_RUN(&w, 0xfb, 0x90), EXC_DB);
    EXPECT("eip", on_stack(0), WORLD_CODE + 1);
    return NULL;
}

// --- alignment checks: CPL 3, CR0.AM, EFLAGS.AC (table 6-7) ---

static void begin_aligned(unsigned cpl)
{
    begin(cpl);
    w.cpu->cr0 |= CR0_AM;
    w.cpu->eflags |= FLAG_AC;
    w.cpu->gpr[REG_EBX] = WORLD_DATA;
    w.cpu->gpr[REG_ESI] = w.cpu->gpr[REG_EDI] = WORLD_DATA;
    w.cpu->gpr[REG_ECX] = 1;
}

static const char *test_alignment(void)
{
    static const struct {
        uint8_t code[6], bytes;
        unsigned alignment;
    } cases[] = {
        {{0x8a, 0x03}, 2, 1},        // mov al,[ebx]
        {{0x66, 0x8b, 0x03}, 3, 2},  // mov ax,[ebx]
        {{0x8b, 0x03}, 2, 4},        // mov eax,[ebx]
        {{0x01, 0x03}, 2, 4},        // add [ebx],eax
        {{0x87, 0x03}, 2, 4},        // xchg
        {{0x0f, 0xc7, 0x0b}, 3, 8},  // cmpxchg8b [ebx]
        {{0xa5}, 1, 4},              // movsd
        {{0xf3, 0xab}, 2, 4},        // rep stosd
        {{0x0f, 0xa3, 0x03}, 3, 4},  // bt [ebx],eax
        {{0x8c, 0x1b}, 2, 2},        // mov [ebx],ds
        {{0xdd, 0x03}, 2, 8},        // fld qword [ebx]
        {{0xdb, 0x2b}, 2, 8},        // fld tbyte [ebx]
        {{0xd9, 0x33}, 2, 4},        // fnstenv [ebx]
        {{0x66, 0xd9, 0x33}, 3, 2},  // fnstenv, 14 bytes
        {{0x0f, 0x10, 0x03}, 3, 16}, // movups xmm0,[ebx]
        {{0x0f, 0x7f, 0x03}, 3, 8},  // movq [ebx],mm0
        {{0xff, 0x33}, 2, 4},        // push dword [ebx]
        {{0x0f, 0xae, 0x3b}, 3, 1},  // clflush
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned offset = 1; offset <= 16; offset *= 2) {
            begin_aligned(3);
            w.cpu->cr4 |= CR4_OSFXSR;
            fpu_update_gates(w.cpu);
            uint8_t code[8] = {0};
            memcpy(code, cases[i].code, cases[i].bytes);
            code[cases[i].bytes] = 0xcd;
            code[cases[i].bytes + 1] = VECTOR;
            w.cpu->gpr[REG_EBX] = w.cpu->gpr[REG_ESI] = w.cpu->gpr[REG_EDI] = WORLD_DATA + offset;
            w.cpu->gpr[REG_EAX] = 0;
            int got = world_run(&w, code, sizeof code, 100);
            if (got != (offset < cases[i].alignment ? EXC_AC : VECTOR)) {
                snprintf(message, sizeof message, "case %u at %u: vector %d", i, offset, got);
                return message;
            }
            if (got == EXC_AC) {
                EXPECT("error code", on_stack(0), 0);
                EXPECT("eip", on_stack(1), WORLD_CODE);
            }
        }
    for (unsigned off = 0; off < 3; off++) { // each condition by itself
        begin_aligned(off == 0 ? 0 : 3);
        w.cpu->gpr[REG_EBX]++;
        if (off == 1)
            w.cpu->cr0 &= ~(uint32_t)CR0_AM;
        if (off == 2)
            w.cpu->eflags &= ~(uint32_t)FLAG_AC;
        EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03, 0xcd, VECTOR), VECTOR);
    }
    begin_aligned(3); // the stack, too
    w.cpu->gpr[REG_ESP] -= 2;
    EXPECT("vector", WORLD_RUN(&w, 0x50), EXC_AC);
    begin_aligned(3); // POPF switches it on for the next instruction
    w.cpu->eflags &= ~(uint32_t)FLAG_AC;
    w.cpu->gpr[REG_EBX]++;
    // mov eax,[ebx]; push 40002h; popf; mov eax,[ebx]
    EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03, 0x68, 2, 0, 4, 0, 0x9d, 0x8b, 0x03, 0xcd, VECTOR),
           EXC_AC);
    EXPECT("eip", on_stack(1), WORLD_CODE + 8);
    begin_aligned(3); // a handler in ring 3 on a misaligned stack: #AC upon #AC must end
    world_gate(&w, EXC_AC, SEL_CODE3, WORLD_CODE, GATE_INT32);
    w.cpu->gpr[REG_ESP] -= 2;
    EXPECT("exit", WORLD_RUN(&w, 0x50), -1 - EXIT_SHUTDOWN);
    begin_aligned(3); // and so must #AC and #NP in turn
    world_gate(&w, EXC_AC, SEL_CODE3, WORLD_CODE, GATE_INT32 & ~0x8000);
    world_gate(&w, EXC_NP, SEL_CODE3, WORLD_CODE, GATE_INT32);
    w.cpu->gpr[REG_ESP] -= 2;
    EXPECT("exit", WORLD_RUN(&w, 0x50), -1 - EXIT_SHUTDOWN);
    begin_aligned(3); // before a page fault, as on AMD Zen
    w.cpu->cr0 |= CR0_PG;
    w.cpu->gpr[REG_EBX] = 0x800001;
    EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03), EXC_AC);
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"registers", test_registers}, {"general detect", test_general_detect},
        {"code", test_code},           {"data", test_data},
        {"ports", test_ports},         {"branch steps", test_branch_step},
        {"alignment", test_alignment},
    };
    return system_run_tests("debug", tests, sizeof tests / sizeof *tests) != 0;
}
