// What the control registers say about x87, MMX, SSE and AVX, and how their exceptions arrive.
// (SDM vol. 1, 8.1.8-8.1.10, 8.7, 11.5, 13.3; vol. 2, 2.4; vol. 3, 2.5 and table 9-3)
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/system_tests.h"

enum { DONE = 0x41, NM = EXC_NM, UD = EXC_UD, DATA = WORLD_DATA };

// A ring 0 machine whose coprocessor and vector units are all enabled.
static void enable_all(void)
{
    world_reset(w, 0);
    w->cpu->cr0 |= CR0_NE;
    w->cpu->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    w->cpu->fpu.xcr0 = XCR0_ALL;
    fpu_init_x87(&w->cpu->fpu);
    fpu_update_gates(w->cpu);
}

// --- who may run
// ------------------------------------------------------------------------------------------------

enum rule { R_X87, R_WAIT, R_MMX, R_SSE, R_AVX, R_FXSAVE, R_XSAVE, R_XGETBV, R_NONE };
static const struct {
    enum rule rule;
    uint8_t len, code[8];
} kinds[] = {
    {R_X87, 2, {0xd9, 0xe8}},                           // fld1
    {R_X87, 2, {0xdf, 0xe0}},                           // fnstsw ax
    {R_X87, 2, {0xdb, 0xe3}},                           // fninit
    {R_WAIT, 1, {0x9b}},                                // fwait
    {R_MMX, 3, {0x0f, 0xfc, 0xc1}},                     // paddb mm0, mm1
    {R_MMX, 2, {0x0f, 0x77}},                           // emms
    {R_SSE, 3, {0x0f, 0x58, 0xc1}},                     // addps xmm0, xmm1
    {R_SSE, 4, {0x66, 0x0f, 0xfc, 0xc1}},               // paddb xmm0, xmm1
    {R_SSE, 7, {0x0f, 0xae, 0x1d, 0, DATA >> 8, 0, 0}}, // stmxcsr [DATA]
    {R_AVX, 4, {0xc5, 0xf0, 0x58, 0xc1}},               // vaddps xmm0, xmm1, xmm1
    {R_AVX, 3, {0xc5, 0xf8, 0x77}},                     // vzeroupper
    {R_FXSAVE, 7, {0x0f, 0xae, 0x05, 0, DATA >> 8, 0, 0}},
    {R_XSAVE, 7, {0x0f, 0xae, 0x25, 0, DATA >> 8, 0, 0}},
    {R_XGETBV, 3, {0x0f, 0x01, 0xd0}},
    {R_NONE, 7, {0x0f, 0x18, 0x0d, 0, DATA >> 8, 0, 0}}, // prefetcht0 [DATA]
    {R_NONE, 3, {0x0f, 0xae, 0xf8}},                     // sfence
    {R_NONE, 7, {0x0f, 0xc3, 0x05, 0, DATA >> 8, 0, 0}}, // movnti [DATA], eax
};

// The manual's rules.
static unsigned expected(enum rule rule, uint32_t cr0, uint32_t cr4, uint64_t xcr0)
{
    bool em = cr0 & CR0_EM, ts = cr0 & CR0_TS, mp = cr0 & CR0_MP;
    switch (rule) {
    case R_X87:
    case R_FXSAVE: return em || ts ? NM : DONE;
    case R_WAIT: return mp && ts ? NM : DONE;
    case R_MMX: return em ? UD : ts ? NM : DONE;
    case R_SSE: return em || !(cr4 & CR4_OSFXSR) ? UD : ts ? NM : DONE;
    case R_AVX: return !(cr4 & CR4_OSXSAVE) || (xcr0 & 6) != 6 ? UD : ts ? NM : DONE;
    case R_XSAVE: return !(cr4 & CR4_OSXSAVE) ? UD : ts ? NM : DONE;
    case R_XGETBV: return !(cr4 & CR4_OSXSAVE) ? UD : DONE;
    default: return DONE;
    }
}

static const char *test_gates(void)
{
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (unsigned n = 0; n < 64; n++) {
            enable_all();
            uint32_t cr0 =
                w->cpu->cr0 | (n & 1 ? CR0_MP : 0) | (n & 2 ? CR0_EM : 0) | (n & 4 ? CR0_TS : 0);
            uint32_t cr4 = (n & 8 ? CR4_OSFXSR : 0) | (n & 16 ? CR4_OSXSAVE : 0);
            w->cpu->cr0 = cr0;
            w->cpu->cr4 = cr4;
            w->cpu->fpu.xcr0 = n & 32 ? 3 : 7;
            fpu_update_gates(w->cpu);
            uint8_t code[16];
            memcpy(code, kinds[k].code, kinds[k].len);
            memcpy(code + kinds[k].len, (const uint8_t[]){0xcd, DONE}, 2);
            int got = world_run(w, code, kinds[k].len + 2u, 100);
            unsigned want = expected(kinds[k].rule, cr0, cr4, w->cpu->fpu.xcr0);
            if (got != (int)want) {
                snprintf(system_message, sizeof system_message,
                         "kind %u (%02x %02x) with CR0 %x CR4 %x: vector %d, not %u", k, code[0],
                         code[1], cr0, cr4, got, want);
                return system_message;
            }
        }
    return NULL;
}

// Through MOV CR, CLTS and LMSW the gates follow.
static const char *test_control(void)
{
    enable_all();
    EXPECT_VECTOR(NM, 0x0f, 0x20, 0xc0, 0x83, 0xc8, 0x08, 0x0f, 0x22, 0xc0, // TS by mov cr0
                  0xd9, 0xe8, 0xcd, DONE);                                  // fld1
    enable_all();
    EXPECT_VECTOR(DONE, 0x0f, 0x20, 0xc0, 0x83, 0xc8, 0x08, 0x0f, 0x22, 0xc0, 0x0f, 0x06, // clts
                  0xd9, 0xe8, 0x0f, 0x58, 0xc1, 0xcd, DONE);
    enable_all();
    EXPECT_VECTOR(NM, 0x66, 0xb8, 0x0b, 0, 0x0f, 0x01, 0xf0, 0x9b, 0xcd,
                  DONE); // lmsw 0bh: PE, MP, TS; fwait
    enable_all();
    EXPECT_VECTOR(DONE, 0xb8, 0x21, 0, 0, 0, 0x0f, 0x22, 0xc0, 0x0f, 0x20, 0xc3, 0xcd, DONE);
    EXPECT("CR0 with ET", w->cpu->gpr[REG_EBX], CR0_PE | CR0_NE | CR0_ET);
    enable_all();
    EXPECT_VECTOR(DONE, 0xb8, 0x01, 0, 0, 0, 0x0f, 0x22, 0xc0, 0x0f, 0x20, 0xc3, 0xcd, DONE);
    EXPECT("ET stays", w->cpu->gpr[REG_EBX], CR0_PE | CR0_ET);
    return NULL;
}

static const char *test_xsetbv(void)
{
    static const struct {
        uint32_t ecx, eax, edx;
        unsigned vector;
    } cases[] = {
        {0, 1, 0, DONE},   {0, 3, 0, DONE},          {0, 7, 0, DONE},
        {0, 0, 0, EXC_GP}, {0, 2, 0, EXC_GP},        {0, 5, 0, EXC_GP},
        {0, 6, 0, EXC_GP}, {0, 7, 1u << 31, EXC_GP}, {1, 7, 0, EXC_GP},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
            enable_all();
            if (cpl) {
                world_reset(w, 3);
                w->cpu->cr4 |= CR4_OSXSAVE;
                fpu_update_gates(w->cpu);
                world_gate(w, DONE, SEL_CODE0, WORLD_HANDLERS + DONE, GATE_INT32 | GATE_DPL3);
            }
            w->cpu->gpr[REG_ECX] = cases[i].ecx;
            w->cpu->gpr[REG_EAX] = cases[i].eax;
            w->cpu->gpr[REG_EDX] = cases[i].edx;
            EXPECT_VECTOR(cpl ? EXC_GP : cases[i].vector, 0x0f, 0x01, 0xd1, 0x31, 0xc9, // xsetbv
                          0x0f, 0x01, 0xd0, 0xcd, DONE);                                // xgetbv
            if (!cpl && cases[i].vector == DONE)
                EXPECT("XCR0", w->cpu->gpr[REG_EAX], cases[i].eax);
        }
    return NULL;
}

// --- exceptions
// -------------------------------------------------------------------------------------------------

enum { CONTROL = DATA + 0x40 };

// fldcw [CONTROL]; fld1; fldz; fdivp: 1 / 0
#define DIVIDE_BY_ZERO 0xd9, 0x2d, 0x40, DATA >> 8, 0, 0, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9

static const char *test_mf(void)
{
    enable_all();
    world_put32(w, CONTROL, 0x37b); // ZE unmasked
    // It waits for the next waiting instruction; FNSTSW is none.
    EXPECT_VECTOR(EXC_MF, DIVIDE_BY_ZERO, 0x90, 0xdf, 0xe0, 0x40, 0xd9, 0xe8, 0xcd, DONE);
    EXPECT("pushed EIP", world_get32(w, WORLD_STACK0 - 12), WORLD_CODE + 16);
    EXPECT("status", w->cpu->gpr[REG_EAX] - 1, 0xb084);
    EXPECT("FIP", w->cpu->fpu.fip, WORLD_CODE + 10);
    EXPECT("FCS", w->cpu->fpu.fcs, SEL_CODE0);
    EXPECT("FOP", w->cpu->fpu.fop, 0x6f9);
    enable_all();
    world_put32(w, CONTROL, 0x37b);
    EXPECT_VECTOR(EXC_MF, DIVIDE_BY_ZERO, 0x9b, 0xcd, DONE); // fwait
    enable_all();
    world_put32(w, CONTROL, 0x37b);
    EXPECT_VECTOR(EXC_MF, DIVIDE_BY_ZERO, 0x0f, 0xfc, 0xc1, 0xcd, DONE); // paddb mm
    enable_all();
    world_put32(w, CONTROL, 0x37b);
    EXPECT_VECTOR(DONE, DIVIDE_BY_ZERO, 0x0f, 0x58, 0xc1, 0xdb, 0xe2, 0xd9, 0xe8, 0xcd,
                  DONE); // addps; fnclex; fld1
    enable_all();
    world_put32(w, CONTROL, 0x37f); // masked
    EXPECT_VECTOR(DONE, DIVIDE_BY_ZERO, 0x9b, 0xd9, 0xe8, 0xcd, DONE);
    // Unmasking an exception that has happened makes it wait.
    enable_all();
    world_put32(w, CONTROL, 0x37f);
    world_put32(w, CONTROL + 4, 0x37b);
    EXPECT_VECTOR(EXC_MF, DIVIDE_BY_ZERO, 0xd9, 0x2d, 0x44, DATA >> 8, 0, 0, 0x9b, 0xcd, DONE);
    return NULL;
}

static const char *test_xm(void)
{
    for (unsigned osxmmexcpt = 0; osxmmexcpt < 2; osxmmexcpt++) {
        enable_all();
        if (!osxmmexcpt)
            w->cpu->cr4 &= ~(uint32_t)CR4_OSXMMEXCPT;
        world_put32(w, CONTROL, 0x1d80); // ZE unmasked
        // ldmxcsr; pcmpeqd xmm0, xmm0; xorps xmm1, xmm1; cvtdq2ps xmm0, xmm0; divps xmm0, xmm1
        EXPECT_VECTOR(osxmmexcpt ? EXC_XM : UD, 0x0f, 0xae, 0x15, 0x40, DATA >> 8, 0, 0, 0x66, 0x0f,
                      0x76, 0xc0, 0x0f, 0x57, 0xc9, 0x0f, 0x5b, 0xc0, 0x0f, 0x5e, 0xc1, 0xcd, DONE);
        EXPECT("pushed EIP", world_get32(w, WORLD_STACK0 - 12), WORLD_CODE + 17);
        EXPECT("MXCSR", w->cpu->fpu.image.mxcsr, 0x1d84);
        uint32_t lane;
        memcpy(&lane, w->cpu->fpu.image.xmm[0], 4);
        EXPECT("destination", lane, 0xbf800000); // -1
    }
    return NULL;
}

// CR0.NE clear: FERR#, and the processor waits for the interrupt (SDM vol. 1, 8.7.2).
static bool ferr_level;
static void note_ferr(void *opaque, bool level)
{
    (void)opaque;
    ferr_level = level;
}

static const char *run_ferr(void)
{
    enable_all();
    w->cpu->cr0 &= ~(uint32_t)CR0_NE;
    world_put32(w, CONTROL, 0x37b);
    EXPECT("exit",
           WORLD_RUN(w, DIVIDE_BY_ZERO, 0xdf, 0xe0, 0xd9, 0xe8, 0xd9, 0xe8, 0xdb, 0xe2, 0xd9, 0xe8,
                     0xcd, DONE),
           -1 - EXIT_HALT);
    EXPECT("FERR#", ferr_level, true);
    EXPECT("EIP", w->cpu->eip, WORLD_CODE + 14);
    // The interrupt comes, and its return address is the instruction that waits.
    w->cpu->halted = false;
    cpu_deliver_interrupt(w->cpu, 0x75);
    EXPECT("return address", world_get32(w, WORLD_STACK0 - 12), WORLD_CODE + 14);
    fpu_acknowledge(w->cpu); // port F0h
    EXPECT("FERR#", ferr_level, false);
    // With IGNNE# up it runs, until FNCLEX.
    w->cpu->eip = WORLD_CODE + 14;
    w->cpu->poll = 0;
    cpu_set_budget(w->cpu, 100);
    EXPECT("exit", w->engine->run(w->cpu), EXIT_HALT);
    EXPECT("vector", w->cpu->eip - 1 - WORLD_HANDLERS, DONE);
    EXPECT("FERR#", ferr_level, false);
    EXPECT("status", w->cpu->fpu.image.fsw & 0x80ff, 0);
    EXPECT("top", fpu_top(&w->cpu->fpu), 3);
    return NULL;
}

static const char *test_ferr(void)
{
    w->cpu->fpu.ferr = note_ferr;
    ferr_level = false;
    const char *why = run_ferr();
    w->cpu->fpu.ferr = NULL;
    return why;
}

// --- environments
// -----------------------------------------------------------------------------------------------

// The four formats, of a state whose every field is set (SDM vol. 1, figures 8-9 to 8-12). Reserved
// bits are not looked at.
static const char *test_environment(void)
{
    static const struct {
        bool protected;
        uint8_t size;
        uint32_t fields[7], mask[7];
    } formats[] = {
        {true,
         4,
         {0x37f, 0x1800, 0x7fff, 0x12345678, 0x04d1001b, 0x9abcdef0, 0x23},
         {0xffff, 0xffff, 0xffff, ~0u, 0x07ffffff, ~0u, 0xffff}},
        {false,
         4,
         {0x37f, 0x1800, 0x7fff, 0x5828, 0x012344d1, 0xe120, 0x09abc000},
         {0xffff, 0xffff, 0xffff, 0xffff, 0x0fffffff, 0xffff, 0x0fffffff}},
        {true,
         2,
         {0x37f, 0x1800, 0x7fff, 0x5678, 0x1b, 0xdef0, 0x23},
         {0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff}},
        {false,
         2,
         {0x37f, 0x1800, 0x7fff, 0x5828, 0x44d1, 0xe120, 0xc000},
         {0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xf000}},
    };
    for (unsigned i = 0; i < 4; i++) {
        bool size2 = formats[i].size == 2;
        enable_all();
        struct cpu *cpu = w->cpu;
        cpu->fpu.fip = 0x12345678;
        cpu->fpu.fcs = 0x1b;
        cpu->fpu.fdp = 0x9abcdef0;
        cpu->fpu.fds = 0x23;
        cpu->fpu.fop = 0x4d1;
        cpu->fpu.image.fsw = 3 << 11;
        cpu->fpu.image.ftw = 0x80; // register 7, which is +0: tag 1
        uint8_t code[] = {0x66, 0xd9, 0x35, 0, DATA >> 8, 0, 0, 0xf4}; // fnstenv [DATA]; hlt
        world_put(w, WORLD_CODE, code, sizeof code);
        if (!formats[i].protected)
            cpu->cr0 &= ~(uint32_t)CR0_PE; // with the flat segments that it has
        cpu->eip = WORLD_CODE + !size2;
        cpu->poll = 0;
        cpu_set_budget(cpu, 100);
        EXPECT("exit", w->engine->run(cpu), EXIT_HALT);
        for (unsigned f = 0; f < 7; f++) {
            uint32_t got = size2 ? world_get16(w, DATA + 2 * f) : world_get32(w, DATA + 4 * f);
            uint32_t want = formats[i].fields[f];
            EXPECT("field", got & formats[i].mask[f], want & formats[i].mask[f]);
        }
        EXPECT("masks", cpu->fpu.image.fcw, 0x37f);
    }
    return NULL;
}

// FLDENV of the same images: real-address mode knows linear addresses only, of 20 or 32 bits.
static const char *test_environment_back(void)
{
    static const struct {
        bool protected;
        uint8_t size;
        uint32_t image[7], fip, fcs, fdp, fds;
    } formats[] = {
        {true,
         4,
         {0x37f, 0x1800, 0x7fff, 0x12345678, 0x04d1001b, 0x9abcdef0, 0x23},
         0x12345678,
         0x1b,
         0x9abcdef0,
         0x23},
        {false,
         4,
         {0x37f, 0x1800, 0x7fff, 0x5828, 0x012344d1, 0xe120, 0x09abc000},
         0x12345828,
         0,
         0x9abce120,
         0},
        {true, 2, {0x37f, 0x1800, 0x7fff, 0x5678, 0x1b, 0xdef0, 0x23}, 0x5678, 0x1b, 0xdef0, 0x23},
        {false, 2, {0x37f, 0x1800, 0x7fff, 0x5828, 0x44d1, 0xe120, 0xc000}, 0x45828, 0, 0xce120, 0},
    };
    for (unsigned i = 0; i < 4; i++) {
        bool size2 = formats[i].size == 2;
        enable_all();
        struct cpu *cpu = w->cpu;
        for (unsigned f = 0; f < 7; f++) {
            uint16_t word = (uint16_t)formats[i].image[f];
            if (size2)
                world_put(w, DATA + 2 * f, &word, 2);
            else
                world_put32(w, DATA + 4 * f, formats[i].image[f]);
        }
        uint8_t code[] = {0x66, 0xd9, 0x25, 0, DATA >> 8, 0, 0, 0xf4}; // fldenv [DATA]; hlt
        world_put(w, WORLD_CODE, code, sizeof code);
        if (!formats[i].protected)
            cpu->cr0 &= ~(uint32_t)CR0_PE;
        cpu->eip = WORLD_CODE + !size2;
        cpu->poll = 0;
        cpu_set_budget(cpu, 100);
        EXPECT("exit", w->engine->run(cpu), EXIT_HALT);
        const struct fpu_state *f = &cpu->fpu;
        EXPECT("FIP", f->fip, formats[i].fip);
        EXPECT("FCS", f->fcs, formats[i].fcs);
        EXPECT("FDP", f->fdp, formats[i].fdp);
        EXPECT("FDS", f->fds, formats[i].fds);
        EXPECT("TOP", fpu_top(f), 3);
        EXPECT("tags", f->image.ftw, 0x80);
        if (!(size2 && formats[i].protected))
            EXPECT("FOP", f->fop, 0x4d1);
    }
    return NULL;
}

const struct system_test system_tests_fpu[] = {
    {"gates", test_gates},
    {"MOV CR, CLTS, LMSW", test_control},
    {"XSETBV", test_xsetbv},
    {"#MF", test_mf},
    {"#XM", test_xm},
    {"FERR# and IGNNE#", test_ferr},
    {"environments", test_environment},
    {"environments back", test_environment_back},
    {NULL, NULL},
};
