// Paging, rule by rule, on both engines: what Intel SDM vol. 3, chapter 4, says about rights,
// faults, error codes, CR2, accessed and dirty bits, what may stay in a TLB, and control registers.
// Page sizes and PAE are in pae_system.c.
#include <string.h>

#include "emu/mmu/mmu.h"
#include "emu/tests/paging_world.h"

// --- rights, 32-bit paging (4.6.1) ---

static const char *test_rights(void)
{
    static const struct {
        uint32_t pde, pte; // U and W
        unsigned cpl;
        bool wp, write, faults;
    } cases[] = {
        {U | W, U | W, 3, true, true, false}, {U | W, U, 3, true, true, true},
        {U, U | W, 3, true, true, true},      {W, U | W, 3, true, false, true},
        {U | W, W, 3, true, false, true},     {U, U, 3, true, false, false},
        {U | W, U, 0, true, true, true},      {U | W, U, 0, false, true, false},
        {W, 0, 0, true, true, true},          {W, 0, 0, false, true, false},
        {0, W, 0, true, true, true},          {0, 0, 0, true, false, false},
        {U | W, U, 3, false, true, true},     {W, W, 0, true, true, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].cpl);
        if (!cases[i].wp)
            w.cpu->cr0 &= ~(uint32_t)CR0_WP;
        // a directory entry of its own, so that code and stacks keep their rights
        world_put32(&w, WORLD_DIRECTORY + 4, WORLD_TABLE | cases[i].pde | P);
        put_pte(PAGE, PAGE | cases[i].pte | P);
        uint32_t at = 0x400000 + PAGE + 8;
        int got = cases[i].write ? run_store(at) : run_load(at);
        EXPECT("vector", got, cases[i].faults ? EXC_PF : VECTOR);
        if (!cases[i].faults)
            continue;
        EXPECT("error code", error_code(),
               PF_P | (cases[i].write ? PF_W : 0) | (cases[i].cpl ? PF_U : 0));
        EXPECT("cr2", w.cpu->cr2, at);
        EXPECT("accessed and dirty", get_pte(PAGE) & (A | D), 0);
        EXPECT("directory's accessed", world_get32(&w, WORLD_DIRECTORY + 4) & A, 0);
    }
    return NULL;
}

static const char *test_absent(void)
{
    for (unsigned level = 0; level < 2; level++)
        for (unsigned kind = 0; kind < 4; kind++) {
            begin(3);
            if (level)
                put_pte(PAGE, PAGE | U | W);
            uint32_t at = level ? PAGE : 0x00c00123;
            int got = kind == 0   ? run_load(at)
                      : kind == 1 ? run_store(at)
                      : kind == 2 ? run_update(at)
                                  : run_jump(at);
            EXPECT("vector", got, EXC_PF);
            EXPECT("error code", error_code(), PF_U | (kind == 1 || kind == 2 ? PF_W : 0));
            EXPECT("cr2", w.cpu->cr2, at);
        }
    return NULL;
}

static const char *test_accessed_dirty(void)
{
    begin(3);
    EXPECT("vector", run_load(PAGE), VECTOR);
    EXPECT("after a load", get_pte(PAGE), PAGE | U | W | P | A);
    EXPECT("directory", world_get32(&w, WORLD_DIRECTORY) & (A | D), A);
    begin(3);
    EXPECT("vector", run_store(PAGE), VECTOR);
    EXPECT("after a store", get_pte(PAGE), PAGE | U | W | P | A | D);
    begin(0); // a load has left a translation behind: the first store must still set D
    w.cpu->gpr[REG_EBX] = PAGE;
    // mov eax,[ebx]; mov [ebx],eax in one block
    EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03, 0x89, 0x03, 0xcd, VECTOR), VECTOR);
    EXPECT("both in one block", get_pte(PAGE), PAGE | U | W | P | A | D);
    begin(3);
    EXPECT("vector", run_jump(PAGE), VECTOR);
    EXPECT("after a fetch", get_pte(PAGE), PAGE | U | W | P | A);
    return NULL;
}

// A right that was given needs no INVLPG; what was taken away needs one (4.10.4.3, 4.10.4.2).
static const char *test_tlb(void)
{
    begin(3);
    put_pte(PAGE, PAGE | U | P);
    EXPECT("vector", run_store(PAGE), EXC_PF);
    begin(0);
    put_pte(PAGE, PAGE | P);
    w.cpu->gpr[REG_EBX] = PAGE;
    w.cpu->gpr[REG_ECX] = WORLD_TABLE + (PAGE >> 12) * 4;
    // mov eax,[ebx]; or dword [ecx],2; mov [ebx],eax: the new right holds at once
    EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03, 0x83, 0x09, 0x02, 0x89, 0x03, 0xcd, VECTOR), VECTOR);
    begin(0);
    w.cpu->gpr[REG_EBX] = PAGE;
    w.cpu->gpr[REG_ECX] = WORLD_TABLE + (PAGE >> 12) * 4;
    // mov [ebx],eax; and dword [ecx],~1; invlpg [ebx]; mov eax,[ebx]
    EXPECT("vector",
           WORLD_RUN(&w, 0x89, 0x03, 0x83, 0x21, 0xfe, 0x0f, 0x01, 0x3b, 0x8b, 0x03, 0xcd, VECTOR),
           EXC_PF);
    EXPECT("cr2", w.cpu->cr2, PAGE);
    begin(0);
    w.cpu->gpr[REG_EBX] = PAGE;
    w.cpu->gpr[REG_ECX] = WORLD_TABLE + (PAGE >> 12) * 4;
    // the same with mov edx,cr3; mov cr3,edx
    EXPECT("vector",
           WORLD_RUN(&w, 0x89, 0x03, 0x83, 0x21, 0xfe, 0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda, 0x8b,
                     0x03, 0xcd, VECTOR),
           EXC_PF);
    return NULL;
}

// A global page survives MOV CR3 (it may: 4.10.2.4), never INVLPG or a change of CR4.PGE. What must
// hold: after INVLPG and after toggling PGE the new mapping is seen; another page, after MOV CR3.
static const char *test_global(void)
{
    static const uint8_t invlpg[] = {
        0x8b, 0x03, 0x89, 0x11, 0x0f,  0x01,
        0x3b, 0x8b, 0x03, 0xcd, VECTOR}; // mov eax,[ebx]; mov [ecx],edx; invlpg [ebx]; mov..
    static const uint8_t off[] = {0x8b, 0x03, 0x89, 0x11, 0x0f, 0x20, 0xe6, 0x81, 0xf6, CR4_PGE,
                                  0,    0,    0,    0x0f, 0x22, 0xe6, 0x8b, 0x03, 0xcd, VECTOR};
    // mov eax,[ebx]; mov [ecx],edx; mov esi,cr4; xor esi,PGE; mov cr4,esi; mov eax,[ebx]
    static const uint8_t cr3[] = {0x8b, 0x03, 0x89, 0x11, 0x0f, 0x20, 0xde,
                                  0x0f, 0x22, 0xde, 0x8b, 0x03, 0xcd, VECTOR};
    for (unsigned i = 0; i < 4; i++) {
        begin(0);
        w.cpu->cr4 |= CR4_PGE;
        world_put32(&w, PAGE, 0x11111111);
        world_put32(&w, OTHER, 0x22222222);
        put_pte(PAGE, PAGE | P | W | (i == 2 ? 0 : G));
        w.cpu->gpr[REG_EBX] = PAGE;
        w.cpu->gpr[REG_ECX] = WORLD_TABLE + (PAGE >> 12) * 4;
        w.cpu->gpr[REG_EDX] = OTHER | P | W | G;
        int got = i == 0   ? world_run(&w, invlpg, sizeof invlpg, 100)
                  : i == 1 ? world_run(&w, off, sizeof off, 100)
                           : world_run(&w, cr3, sizeof cr3, 100);
        EXPECT("vector", got, VECTOR);
        // the last one: MOV CR3 and a global page, which ours keeps
        EXPECT("what is read", w.cpu->gpr[REG_EAX], i == 3 ? 0x11111111 : 0x22222222);
    }
    return NULL;
}

// --- SMEP and SMAP ---

static const char *test_smep(void)
{
    begin(0);
    supervisor_only();
    w.cpu->cr4 |= CR4_SMEP;
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("error code", error_code(), PF_P | PF_I);
    EXPECT("cr2", w.cpu->cr2, PAGE);
    begin(0);
    supervisor_only();
    w.cpu->cr4 |= CR4_SMEP;
    EXPECT("data", run_store(PAGE), VECTOR);
    begin(0);
    supervisor_only();
    EXPECT("without", run_jump(PAGE), VECTOR);
    begin(3);
    supervisor_only();
    put_pte(WORLD_CODE, WORLD_CODE | U | P);
    w.cpu->cr4 |= CR4_SMEP;
    EXPECT("ring 3", run_jump(PAGE), VECTOR);
    return NULL;
}

static const char *test_smap(void)
{
    for (unsigned kind = 0; kind < 3; kind++)
        for (unsigned ac = 0; ac < 2; ac++)
            for (unsigned wp = 0; wp < 2; wp++) {
                begin(0);
                supervisor_only();
                w.cpu->cr4 |= CR4_SMAP;
                if (ac)
                    w.cpu->eflags |= FLAG_AC;
                if (!wp)
                    w.cpu->cr0 &= ~(uint32_t)CR0_WP;
                int got = kind == 0   ? run_load(PAGE)
                          : kind == 1 ? run_store(PAGE)
                                      : run_update(PAGE);
                EXPECT("vector", got, ac ? VECTOR : EXC_PF);
                if (!ac)
                    EXPECT("error code", error_code(), PF_P | (kind ? PF_W : 0));
            }
    begin(0); // POPF closes what AC had opened, in one block
    supervisor_only();
    w.cpu->cr4 |= CR4_SMAP;
    w.cpu->eflags |= FLAG_AC;
    w.cpu->gpr[REG_EBX] = PAGE;
    // mov eax,[ebx]; push 2; popf; mov eax,[ebx]
    EXPECT("vector", WORLD_RUN(&w, 0x8b, 0x03, 0x6a, 0x02, 0x9d, 0x8b, 0x03, 0xcd, VECTOR), EXC_PF);
    EXPECT("eip", world_get32(&w, w.cpu->gpr[REG_ESP] + 4), WORLD_CODE + 5);
    begin(0); // and opens it
    supervisor_only();
    w.cpu->cr4 |= CR4_SMAP;
    w.cpu->gpr[REG_EBX] = PAGE;
    EXPECT("vector", WORLD_RUN(&w, 0x68, 2, 0, 4, 0, 0x9d, 0x8b, 0x03, 0x01, 0x03, 0xcd, VECTOR),
           VECTOR);
    // Implicit accesses have supervisor rights at any CPL, and AC opens nothing to them (4.6).
    for (unsigned cpl = 0; cpl < 4; cpl += 3) {
        begin(cpl);
        w.cpu->cr4 |= CR4_SMAP;
        w.cpu->eflags |= FLAG_AC;
        for (uint32_t page = 0; page < WORLD_RAM; page += 4096)
            put_pte(page, page | W | P);
        put_pte(WORLD_CODE, WORLD_CODE | W | P | (cpl ? U : 0));
        put_pte(PAGE, PAGE | U | W | P);
        w.cpu->gdtr.base = PAGE; // descriptors in a user page
        w.cpu->gpr[REG_EAX] = SEL_DATA0;
        EXPECT("vector", WORLD_RUN(&w, 0x8e, 0xd8), -1 - EXIT_SHUTDOWN); // mov ds,ax: no way out
        EXPECT("cr2", w.cpu->cr2 >> 12, PAGE >> 12);
    }
    begin(3); // ring 3 itself is not concerned
    w.cpu->cr4 |= CR4_SMAP;
    supervisor_only();
    put_pte(WORLD_CODE, WORLD_CODE | U | W | P);
    EXPECT("ring 3", run_store(PAGE), VECTOR);
    return NULL;
}

// --- accesses that cross a page ---

static const char *test_crossing(void)
{
    static const struct {
        uint32_t first, second; // entries' bits
        unsigned kind;          // 0 load, 1 store, 2 read-modify-write
        int bad;                // -1: none, 0 or 1: the page that CR2 names
        uint32_t error;
    } cases[] = {
        {P | W, P | W, 1, -1, 0},      {P | W, 0, 0, 1, 0},
        {0, P | W, 0, 0, 0},           {0, 0, 1, 0, PF_W},
        {P | W, P, 1, 1, PF_W | PF_P}, {P, 0, 1, 0, PF_W | PF_P},
        {P | W, P, 2, 1, PF_W | PF_P}, {P, P, 0, -1, 0},
        {P, P | W, 2, 0, PF_W | PF_P}, {P | W, 0, 2, 1, PF_W},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0);
        put_pte(PAGE, PAGE | cases[i].first);
        put_pte(PAGE + 4096, (OTHER & ~0xfffu) | cases[i].second);
        uint32_t at = PAGE + 4096 - 2;
        world_put32(&w, PAGE + 4092, 0x11112222);
        world_put32(&w, OTHER, 0x33334444);
        w.cpu->gpr[REG_EAX] = 0xaabbccdd;
        int got = cases[i].kind == 0   ? run_load(at)
                  : cases[i].kind == 1 ? run_store(at)
                                       : run_update(at);
        EXPECT("vector", got, cases[i].bad < 0 ? VECTOR : EXC_PF);
        if (cases[i].bad < 0) {
            uint32_t mark = cases[i].kind ? A | D : A;
            EXPECT("first marked", get_pte(PAGE) & (A | D), mark);
            EXPECT("second marked", get_pte(PAGE + 4096) & (A | D), mark);
            if (cases[i].kind == 0)
                EXPECT("loaded", w.cpu->gpr[REG_EAX], 0x44441111);
            continue;
        }
        EXPECT("error code", error_code(), cases[i].error);
        EXPECT("cr2", w.cpu->cr2, cases[i].bad ? PAGE + 4096 : at);
        EXPECT("first page's bytes", world_get32(&w, PAGE + 4092), 0x11112222);
        EXPECT("second page's bytes", world_get32(&w, OTHER), 0x33334444);
        EXPECT("first not marked", get_pte(PAGE) & (A | D), 0);
        EXPECT("second not marked", get_pte(PAGE + 4096) & (A | D), 0);
    }
    begin(0); // an instruction whose second half is absent: CR2 is its first absent byte
    static const uint8_t code[] = {0x90, 0xb8, 1, 2, 3, 4};
    world_put(&w, PAGE + 4096 - 4, code, sizeof code);
    put_pte(PAGE + 4096, 0);
    w.cpu->gpr[REG_EBX] = PAGE + 4096 - 4;
    EXPECT("vector", WORLD_RUN(&w, 0xff, 0xe3), EXC_PF);
    EXPECT("cr2", w.cpu->cr2, PAGE + 4096);
    EXPECT("eip", world_get32(&w, w.cpu->gpr[REG_ESP] + 4), PAGE + 4096 - 3);
    return NULL;
}

// --- loading CR0, CR3, CR4 ---

static const char *test_control_registers(void)
{
    static const struct {
        uint8_t reg;
        uint32_t value;
        int vector;
    } cases[] = {
        {0, CR0_PG, EXC_GP},
        {0, CR0_PE | CR0_NW, EXC_GP},
        {0, CR0_PE | CR0_NW | CR0_CD, VECTOR},
        {0, CR0_PE | 0x1ff8ff80u, VECTOR}, // undefined bits do not stick
        {4, CR4_PSE, VECTOR},
        {4, 1u << 12, EXC_GP},
        {4, 1u << 17, EXC_GP}, // PCIDE: no long mode
        {4, 1u << 31, EXC_GP},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0);
        w.cpu->cr0 &= ~CR0_PG;
        uint32_t before = cases[i].reg ? w.cpu->cr4 : w.cpu->cr0;
        w.cpu->gpr[REG_EAX] = cases[i].value;
        EXPECT("vector",
               WORLD_RUN(&w, 0x0f, 0x22, (uint8_t)(0xc0 | cases[i].reg << 3), 0xcd, VECTOR),
               cases[i].vector);
        uint32_t now = cases[i].reg ? w.cpu->cr4 : w.cpu->cr0;
        if (cases[i].vector == EXC_GP)
            EXPECT("unchanged", now, before);
        else
            EXPECT("written", now,
                   cases[i].reg ? cases[i].value : (cases[i].value & 0xe005003fu) | CR0_ET);
    }
    begin(0); // each bit of CR4 goes with its feature
    features_set(&w.cpu->features, FEATURE_SMEP, false);
    w.cpu->gpr[REG_EAX] = CR4_SMEP;
    EXPECT("SMEP without the feature", WORLD_RUN(&w, 0x0f, 0x22, 0xe0), EXC_GP);
    begin(0);
    w.cpu->features = (struct cpu_features){{0, 0}};
    EXPECT("CR4 on a processor without it", WORLD_RUN(&w, 0x0f, 0x20, 0xe0), EXC_UD);
    begin(3);
    EXPECT("ring 3", WORLD_RUN(&w, 0x0f, 0x20, 0xc0), EXC_GP);
    begin(0); // CLTS, and WP takes effect at once
    w.cpu->cr0 &= ~(uint32_t)CR0_WP;
    put_pte(PAGE, PAGE | P);
    w.cpu->gpr[REG_EBX] = PAGE;
    w.cpu->gpr[REG_EAX] = w.cpu->cr0 | CR0_WP;
    // mov [ebx],eax; mov cr0,eax; mov [ebx],eax
    EXPECT("vector", WORLD_RUN(&w, 0x89, 0x03, 0x0f, 0x22, 0xc0, 0x89, 0x03, 0xcd, VECTOR), EXC_PF);
    EXPECT("eip", world_get32(&w, w.cpu->gpr[REG_ESP] + 4), WORLD_CODE + 5);
    return NULL;
}

static const char *test_a20(void)
{
    begin(0);
    w.cpu->cr0 &= ~CR0_PG;
    world_put32(&w, PAGE, 0x600df00d);
    mmu_set_a20(w.cpu, false);
    int got = run_load(0x100000 + PAGE);
    uint32_t v = w.cpu->gpr[REG_EAX];
    mmu_set_a20(w.cpu, true);
    EXPECT("vector", got, VECTOR);
    EXPECT("address line 20 low", v, 0x600df00d);
    begin(0);
    w.cpu->cr0 &= ~CR0_PG;
    EXPECT("vector", run_load(0x100000 + PAGE), VECTOR);
    EXPECT("address line 20 open, beyond RAM", w.cpu->gpr[REG_EAX], 0xffffffffu);
    begin(0); // physical addresses, not linear ones: through page tables, too
    put_pte(PAGE, 0x100000 | OTHER | W | P);
    world_put32(&w, OTHER, 0x0a20);
    mmu_set_a20(w.cpu, false);
    got = run_load(PAGE);
    v = w.cpu->gpr[REG_EAX];
    mmu_set_a20(w.cpu, true);
    EXPECT("vector", got, VECTOR);
    EXPECT("what is read", v, 0x0a20);
    return NULL;
}

// A page that code was translated from stays correct when it is written through another mapping.
static const char *test_code_aliases(void)
{
    for (unsigned writers = 0; writers < 3; writers++) {
        begin(0);
        put_pte(OTHER, PAGE | W | P); // a second and a third name of PAGE
        put_pte(OTHER + 4096, PAGE | W | P);
        static const uint8_t code[] = {0x40, 0xc3}; // inc eax; ret
        world_put(&w, PAGE, code, sizeof code);
        w.cpu->gpr[REG_EAX] = 0;
        w.cpu->gpr[REG_EBX] = PAGE;
        w.cpu->gpr[REG_ECX] = OTHER;
        w.cpu->gpr[REG_EDX] = OTHER + (writers == 2 ? 4096 : 0);
        // mov byte [ecx+4],1; mov byte [edx+4],1; call ebx; mov byte [ecx],48h (dec eax); call ebx
        uint8_t program[] = {0xc6, 0x41, 4,    1,    0xc6, 0x42, 4,    1,    0xff,  0xd3,
                             0xc6, 0x01, 0x48, 0xff, 0xd3, 0xff, 0xd3, 0xcd, VECTOR};
        if (writers == 0)
            memset(program, 0x90, 8); // nobody wrote before it became code
        EXPECT("vector", world_run(&w, program, sizeof program, 100), VECTOR);
        EXPECT("eax", w.cpu->gpr[REG_EAX], 0xffffffffu);
    }
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"rights", test_rights},
        {"absent pages", test_absent},
        {"accessed and dirty", test_accessed_dirty},
        {"stale translations", test_tlb},
        {"global pages", test_global},
        {"SMEP", test_smep},
        {"SMAP", test_smap},
        {"page-crossing accesses", test_crossing},
        {"control registers", test_control_registers},
        {"A20", test_a20},
        {"code under two names", test_code_aliases},
    };
    return system_run_tests("paging", tests, sizeof tests / sizeof *tests) != 0;
}
