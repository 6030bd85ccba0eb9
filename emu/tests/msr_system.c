// Model-specific registers, SYSENTER and SYSEXIT, time stamp and counters, UMIP: rule by rule, on
// both engines (Intel SDM vol. 2 and 4).
#include "emu/tests/both_engines.h"

enum { VECTOR = 0x40 };

static void begin(unsigned cpl)
{
    world_reset(&w, cpl);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
    w.cpu->phys_bits = 36;
}

static int write_msr(uint32_t number, uint64_t value)
{
    w.cpu->gpr[REG_ECX] = number;
    w.cpu->gpr[REG_EAX] = (uint32_t)value;
    w.cpu->gpr[REG_EDX] = (uint32_t)(value >> 32);
    // wrmsr; rdmsr; int 40h
    return WORLD_RUN(&w, 0x0f, 0x30, 0x0f, 0x32, 0xcd, VECTOR);
}

static uint64_t read_back(void)
{
    return w.cpu->gpr[REG_EAX] | (uint64_t)w.cpu->gpr[REG_EDX] << 32;
}

static const char *test_registers(void)
{
    static const uint64_t HIGH = 1ull << 32;
    static const struct {
        uint32_t number;
        uint64_t value, read;
        bool faults;
    } cases[] = {
        {0x174, 0x10, 0x10, false},
        {0x175, 0xfedcba98, 0xfedcba98, false},
        {0x176, HIGH | 0x1234, 0x1234, false},
        {0x277, 0x0007040600070406, 0x0007040600070406, false},
        {0x277, 0x0007040605010004, 0x0007040605010004, false},
        {0x277, 0x0007040600070402, 0, true}, // type 2
        {0x277, 0x0807040600070406, 0, true},
        {0x2ff, 0xc06, 0xc06, false},
        {0x2ff, 0x806, 0x806, false},
        {0x2ff, 0x007, 0, true}, // UC- is no MTRR type
        {0x2ff, 0x106, 0, true},
        {0x2ff, 0x1006, 0, true},
        {0x200, 0xf00000006, 0xf00000006, false},
        {0x200, 0xf00000106, 0, true},
        {0x200, 0x1000000006, 0, true}, // address bit 36
        {0x200, 2, 0, true},
        {0x20f, 0xf80000800, 0xf80000800, false},
        {0x20f, 0xf80000400, 0, true},
        {0x20f, 0x1f80000800, 0, true},
        {0x210, 0, 0, true},
        {0x250, 0x0606060606060606, 0x0606060606060606, false},
        {0x26f, 0x0606060606060607, 0, true},
        {0xfe, 0x508, 0, true},
        {0x8b, 0, HIGH, false}, // the microcode's revision stays
        {0x79, 0x1234, 0, false},
        {0x1a0, 0x850089, 0x41801, false},
        {0xc0000080, EFER_NXE, EFER_NXE, false},
        {0xc0000080, 1, 0, true},     // SCE
        {0xc0000080, 0x100, 0, true}, // LME
        {0xc0000103, 7, 7, false},
        {0xc0000103, HIGH, 0, true},
        {0x1b, 0xfee00100, 0xfee00100, false},
        {0x17a, 7, 7, false},
        {0x17a, 8, 0, true},
        {0x12345, 0, 0, true},
        {0xc0000102, 0, 0, true},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0);
        int got = write_msr(cases[i].number, cases[i].value);
        if (got != (cases[i].faults ? EXC_GP : VECTOR)) {
            snprintf(message, sizeof message, "case %u: vector %d", i, got);
            return message;
        }
        if (cases[i].faults)
            EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
        else
            EXPECT("read back", read_back(), cases[i].read);
    }
    return NULL;
}

static const char *test_access(void)
{
    begin(3);
    EXPECT("ring 3", write_msr(0x174, 0), EXC_GP);
    begin(0); // a register of a feature that is not there
    features_set(&w.cpu->features, FEATURE_NX, false);
    EXPECT("EFER without NX", write_msr(0xc0000080, 0), EXC_GP);
    begin(0);
    features_set(&w.cpu->features, FEATURE_SEP, false);
    w.cpu->gpr[REG_ECX] = 0x174;
    EXPECT("SYSENTER_CS without SEP", WORLD_RUN(&w, 0x0f, 0x32), EXC_GP);
    begin(0); // XD disable takes NX away (SDM vol. 4, IA32_MISC_ENABLE)
    EXPECT("XD disable", write_msr(0x1a0, 1ull << 34), VECTOR);
    w.cpu->eip = WORLD_CODE;
    w.cpu->halted = false;
    EXPECT("EFER.NXE then", write_msr(0xc0000080, EFER_NXE), EXC_GP);
    begin(0); // MTRRcap: 8 variable ranges, as there are
    w.cpu->gpr[REG_ECX] = 0xfe;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x32, 0xcd, VECTOR), VECTOR);
    EXPECT("MTRRcap", read_back(), 0x508);
    // ARCH_CAPABILITIES promises TSX_CTRL by bit 7: Linux then goes to that register, which is not
    // there.
    begin(0);
    features_set(&w.cpu->features, FEATURE_ARCH_CAPABILITIES, true);
    w.cpu->gpr[REG_ECX] = 0x10a;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x32, 0xcd, VECTOR), VECTOR);
    EXPECT("ARCH_CAPABILITIES.TSX_CTRL", read_back() >> 7 & 1, 0);
    EXPECT("ARCH_CAPABILITIES.IBRS_ALL", read_back() >> 1 & 1,
           1); // and so SPEC_CTRL has to be there
    begin(0);
    features_set(&w.cpu->features, FEATURE_SPEC_CTRL, true);
    EXPECT("SPEC_CTRL", write_msr(0x48, 1), VECTOR);
    EXPECT("IBRS", read_back(), 1);
    begin(0); // IBPB is a command: written, not read
    features_set(&w.cpu->features, FEATURE_SPEC_CTRL, true);
    w.cpu->gpr[REG_ECX] = 0x49;
    w.cpu->gpr[REG_EAX] = 1, w.cpu->gpr[REG_EDX] = 0;
    EXPECT("PRED_CMD", WORLD_RUN(&w, 0x0f, 0x30, 0xcd, VECTOR), VECTOR);
    begin(0);
    features_set(&w.cpu->features, FEATURE_SPEC_CTRL, true);
    EXPECT("PRED_CMD read", write_msr(0x49, 1), EXC_GP);
    begin(0);
    features_set(&w.cpu->features, FEATURE_SPEC_CTRL, true);
    w.cpu->gpr[REG_ECX] = 0x49;
    w.cpu->gpr[REG_EAX] = 2, w.cpu->gpr[REG_EDX] = 0;
    EXPECT("PRED_CMD reserved", WORLD_RUN(&w, 0x0f, 0x30, 0xcd, VECTOR), EXC_GP);
    begin(0);
    w.cpu->gpr[REG_ECX] = 0x122;
    EXPECT("TSX_CTRL", WORLD_RUN(&w, 0x0f, 0x32), EXC_GP);
    return NULL;
}

static const char *test_sysenter(void)
{
    begin(3);
    w.cpu->msr[MSR_SYSENTER_CS] = SEL_CODE0 | 3; // RPL is ignored
    w.cpu->msr[MSR_SYSENTER_ESP] = WORLD_STACK0 - 64;
    w.cpu->msr[MSR_SYSENTER_EIP] = WORLD_HANDLERS + 0x55;
    w.cpu->eflags |= FLAG_IF | FLAG_CF;
    world_segment(&w, SEG_DS, 0x1000, 0xfff, 0xcf3);
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x34), 0x55);
    EXPECT("cpl", w.cpu->cpl, 0);
    EXPECT("cs", w.cpu->seg[SEG_CS].selector, SEL_CODE0);
    EXPECT("cs limit", w.cpu->seg[SEG_CS].limit, 0xffffffffu);
    EXPECT("cs attributes", w.cpu->seg[SEG_CS].attr, 0xc9b);
    EXPECT("ss", w.cpu->seg[SEG_SS].selector, SEL_CODE0 + 8);
    EXPECT("ss attributes", w.cpu->seg[SEG_SS].attr, 0xc93);
    EXPECT("esp", w.cpu->gpr[REG_ESP], WORLD_STACK0 - 64);
    EXPECT("eflags", w.cpu->eflags, FLAG_ONE | FLAG_CF);
    EXPECT("DS base stays", w.cpu->seg[SEG_DS].base, 0x1000);
    begin(3);
    EXPECT("null selector", WORLD_RUN(&w, 0x0f, 0x34), EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 24, 0, WORLD_CODE);
    begin(0);
    w.cpu->msr[MSR_SYSENTER_CS] = 0x10003; // bits 15-2 count
    EXPECT("null selector, upper bits", WORLD_RUN(&w, 0x0f, 0x34), EXC_GP);
    return NULL;
}

static const char *test_sysexit(void)
{
    begin(0); // selectors + 16 and + 24 with RPL 3
    w.cpu->msr[MSR_SYSENTER_CS] = SEL_CODE0;
    w.cpu->gpr[REG_ECX] = WORLD_STACK3 - 32;
    w.cpu->gpr[REG_EDX] = WORLD_CODE + 0x100;
    static const uint8_t ring3[] = {0xcd, VECTOR};
    world_put(&w, WORLD_CODE + 0x100, ring3, sizeof ring3);
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x35), VECTOR);
    EXPECT_STACK(WORLD_STACK0 - 20, WORLD_CODE + 0x102, SEL_CODE0 + 16 + 3, FLAG_ONE,
                 WORLD_STACK3 - 32, SEL_CODE0 + 24 + 3);
    begin(3);
    w.cpu->msr[MSR_SYSENTER_CS] = SEL_CODE0;
    EXPECT("ring 3", WORLD_RUN(&w, 0x0f, 0x35), EXC_GP);
    begin(0);
    EXPECT("null selector", WORLD_RUN(&w, 0x0f, 0x35), EXC_GP);
    return NULL;
}

static const char *test_time(void)
{
    for (unsigned cpl = 0; cpl < 4; cpl += 3)
        for (unsigned tsd = 0; tsd < 2; tsd++) {
            begin(cpl);
            w.cpu->cr4 |= tsd ? CR4_TSD : 0;
            w.cpu->msr[MSR_TSC_AUX] = 0x1234;
            int want = cpl && tsd ? EXC_GP : VECTOR;
            EXPECT("rdtscp", WORLD_RUN(&w, 0x0f, 0x01, 0xf9, 0xcd, VECTOR), want);
            if (want == VECTOR)
                EXPECT("TSC_AUX", w.cpu->gpr[REG_ECX], 0x1234);
            begin(cpl);
            w.cpu->cr4 |= tsd ? CR4_TSD : 0;
            EXPECT("rdtsc", WORLD_RUN(&w, 0x0f, 0x31, 0xcd, VECTOR), want);
        }
    for (unsigned cpl = 0; cpl < 4; cpl += 3)
        for (unsigned pce = 0; pce < 2; pce++)
            for (unsigned counter = 0; counter < 3; counter++) {
                begin(cpl);
                w.cpu->cr4 |= pce ? CR4_PCE : 0;
                w.cpu->gpr[REG_ECX] = counter;
                EXPECT("rdpmc", WORLD_RUN(&w, 0x0f, 0x33, 0xcd, VECTOR),
                       (cpl && !pce) || counter == 2 ? EXC_GP : VECTOR);
            }
    return NULL;
}

static const char *test_umip(void)
{
    static const uint8_t codes[][5] = {
        {0x0f, 0x01, 0x03, 0xcd, VECTOR}, // sgdt [ebx]
        {0x0f, 0x01, 0x0b, 0xcd, VECTOR}, // sidt [ebx]
        {0x0f, 0x00, 0xc0, 0xcd, VECTOR}, // sldt eax
        {0x0f, 0x00, 0xc8, 0xcd, VECTOR}, // str eax
        {0x0f, 0x01, 0xe0, 0xcd, VECTOR}, // smsw eax
    };
    for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++)
        for (unsigned cpl = 0; cpl < 4; cpl += 3)
            for (unsigned on = 0; on < 2; on++) {
                begin(cpl);
                w.cpu->cr4 |= on ? CR4_UMIP : 0;
                w.cpu->gpr[REG_EBX] = WORLD_DATA;
                EXPECT("vector", world_run(&w, codes[i], sizeof codes[i], 100),
                       on && cpl ? EXC_GP : VECTOR);
            }
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"registers", test_registers}, {"access", test_access}, {"SYSENTER", test_sysenter},
        {"SYSEXIT", test_sysexit},     {"time", test_time},     {"UMIP", test_umip},
    };
    return system_run_tests("msr", tests, sizeof tests / sizeof *tests) != 0;
}
