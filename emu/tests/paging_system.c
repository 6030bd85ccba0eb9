// Paging, rule by rule, on both engines: what Intel SDM vol. 3, chapter 4, says about sizes,
// rights, faults, error codes, CR2, accessed and dirty bits, and what may stay in a TLB.
//
// The world is mapped one to one by WORLD_DIRECTORY; a test changes the entries of the page that it
// looks at. PAE tests build their own tables at PAE_*.
#include <string.h>

#include "emu/mmu/mmu.h"
#include "emu/tests/both_engines.h"

enum {
    P = 1,
    W = 2,
    U = 4,
    A = 0x20,
    D = 0x40,
    PS = 0x80,
    G = 0x100,
    PAGE = 0x40000, // the page that tests map in various ways
    OTHER = 0x48000,
    PAE_POINTERS = 0x30000,
    PAE_DIRECTORY = 0x31000,
    PAE_TABLE = 0x32000,
    VECTOR = 0x40, // INT 40h ends a test that did not fault
};

static void put_pte(uint32_t linear, uint32_t entry)
{
    world_put32(&w, WORLD_TABLE + (linear >> 12 & 1023) * 4, entry);
}

static uint32_t get_pte(uint32_t linear)
{
    return world_get32(&w, WORLD_TABLE + (linear >> 12 & 1023) * 4);
}

static void put_pae(uint32_t at, uint32_t index, uint64_t entry)
{
    world_put32(&w, at + index * 8, (uint32_t)entry);
    world_put32(&w, at + index * 8 + 4, (uint32_t)(entry >> 32));
}

static uint64_t get_pae(uint32_t at, uint32_t index)
{
    return world_get32(&w, at + index * 8) | (uint64_t)world_get32(&w, at + index * 8 + 4) << 32;
}

static void begin(unsigned cpl)
{
    world_reset(&w, cpl);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
    w.cpu->cr0 |= CR0_PG;
    w.cpu->phys_bits = 36;
}

// PAE: the first 2 MB one to one, by 4 KB pages that everybody may write.
static void begin_pae(unsigned cpl, uint32_t efer)
{
    begin(cpl);
    for (unsigned i = 0; i < 512; i++)
        put_pae(PAE_TABLE, i, i << 12 | U | W | P);
    put_pae(PAE_DIRECTORY, 0, PAE_TABLE | U | W | P);
    put_pae(PAE_POINTERS, 0, PAE_DIRECTORY | P);
    w.cpu->efer = efer;
    w.cpu->cr3 = PAE_POINTERS;
    w.cpu->cr4 |= CR4_PAE;
    w.cpu->pdpte[0] = PAE_DIRECTORY | P;
    w.cpu->pdpte[1] = w.cpu->pdpte[2] = w.cpu->pdpte[3] = 0;
}

// The accesses that tests make; each is followed by INT 40h. EBX is the address.
static int run_load(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x8b, 0x03, 0xcd, VECTOR); // mov eax,[ebx]
}

static int run_store(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x89, 0x03, 0xcd, VECTOR); // mov [ebx],eax
}

static int run_update(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x83, 0x03, 0x01, 0xcd, VECTOR); // add dword [ebx],1
}

static int run_jump(uint32_t at)
{
    static const uint8_t code[] = {0xcd, VECTOR};
    world_put(&w, at, code, sizeof code);
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0xff, 0xe3); // jmp ebx
}

static uint32_t error_code(void)
{
    return world_get32(&w, w.cpu->gpr[REG_ESP]);
}

// With SMEP or SMAP, ring 0 needs supervisor pages for what is its own. PAGE is a user page.
static void supervisor_only(void)
{
    for (uint32_t page = 0; page < WORLD_RAM; page += 4096)
        put_pte(page, page | W | P);
    put_pte(PAGE, PAGE | U | W | P);
}

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
    for (unsigned i = 0; i < 3; i++) {
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
        EXPECT("what is read", w.cpu->gpr[REG_EAX], 0x22222222);
    }
    return NULL;
}

// --- page sizes ---

static const char *test_large_pages(void)
{
    static const struct {
        uint32_t pde, cr4;
        bool pse36;
        int vector;
        uint32_t error;
    } cases[] = {
        {PS | U | W | P, CR4_PSE, true, VECTOR, 0},
        {PS | U | W | P | 0x200000, CR4_PSE, true, EXC_PF, PF_P | PF_RSVD}, // bit 21
        {PS | U | W | P | 0x020000, CR4_PSE, true, EXC_PF, PF_P | PF_RSVD}, // address bit 36
        {PS | U | W | P | 0x002000, CR4_PSE, true, VECTOR, 0}, // address bit 32: beyond RAM
        {PS | U | W | P | 0x002000, CR4_PSE, false, EXC_PF, PF_P | PF_RSVD},
        {PS | U | W | P | 0x001000, CR4_PSE, false, VECTOR, 0}, // PAT
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0);
        w.cpu->cr4 |= cases[i].cr4;
        features_set(&w.cpu->features, FEATURE_PSE36, cases[i].pse36);
        world_put32(&w, WORLD_DIRECTORY + 4, cases[i].pde);
        world_put32(&w, PAGE + 0x10, 0x12345678);
        EXPECT("vector", run_load(0x400000 + PAGE + 0x10), cases[i].vector);
        if (cases[i].error)
            EXPECT("error code", error_code(), cases[i].error);
        else
            EXPECT("what is read", w.cpu->gpr[REG_EAX],
                   cases[i].pde & 0x2000 ? 0xffffffffu : 0x12345678u);
    }
    begin(0); // without PSE, bit 7 means nothing and the entry names a table
    world_put32(&w, WORLD_DIRECTORY + 4, WORLD_TABLE | PS | W | P);
    world_put32(&w, PAGE + 0x10, 0x12345678);
    EXPECT("vector", run_load(0x400000 + PAGE + 0x10), VECTOR);
    EXPECT("what is read", w.cpu->gpr[REG_EAX], 0x12345678);
    begin(0); // D and A of a large page are in the directory's entry; INVLPG takes all of it
    w.cpu->cr4 |= CR4_PSE;
    world_put32(&w, WORLD_DIRECTORY + 4, PS | W | P);
    EXPECT("vector", run_store(0x400000 + PAGE), VECTOR);
    EXPECT("entry", world_get32(&w, WORLD_DIRECTORY + 4), PS | W | P | A | D);
    begin(0);
    w.cpu->cr4 |= CR4_PSE;
    world_put32(&w, WORLD_DIRECTORY + 4, PS | W | P);
    w.cpu->gpr[REG_EBX] = 0x400000 + PAGE;
    w.cpu->gpr[REG_ECX] = WORLD_DIRECTORY + 4;
    w.cpu->gpr[REG_EDX] = 0x400000;
    // mov [ebx],eax; and dword [ecx],~1; invlpg [edx]; mov eax,[ebx]
    EXPECT("vector",
           WORLD_RUN(&w, 0x89, 0x03, 0x83, 0x21, 0xfe, 0x0f, 0x01, 0x3a, 0x8b, 0x03, 0xcd, VECTOR),
           EXC_PF);
    return NULL;
}

static const char *test_pae(void)
{
    begin_pae(3, 0); // 4 KB, upper halves used
    put_pae(PAE_TABLE, PAGE >> 12, OTHER | U | W | P);
    world_put32(&w, OTHER + 4, 0x5555aaaa);
    EXPECT("vector", run_load(PAGE + 4), VECTOR);
    EXPECT("what is read", w.cpu->gpr[REG_EAX], 0x5555aaaa);
    EXPECT("accessed", get_pae(PAE_TABLE, PAGE >> 12), OTHER | U | W | P | A);
    EXPECT("directory", get_pae(PAE_DIRECTORY, 0) & (A | D), A);
    EXPECT("pointer", get_pae(PAE_POINTERS, 0), PAE_DIRECTORY | P);
    begin_pae(3, 0); // beyond RAM: all ones, and stores go nowhere
    put_pae(PAE_TABLE, PAGE >> 12, 0x400000000ull | PAGE | U | W | P);
    world_put32(&w, PAGE, 0x77777777);
    EXPECT("vector", run_update(PAGE), VECTOR);
    EXPECT("RAM at the low bits of the address", world_get32(&w, PAGE), 0x77777777);
    begin_pae(3, 0);
    put_pae(PAE_TABLE, PAGE >> 12, 0x400000000ull | PAGE | U | W | P);
    EXPECT("vector", run_load(PAGE), VECTOR);
    EXPECT("what is read", w.cpu->gpr[REG_EAX], 0xffffffffu);
    begin_pae(3, 0); // 2 MB pages, CR4.PSE plays no part
    put_pae(PAE_DIRECTORY, 1, PS | U | W | P);
    world_put32(&w, PAGE, 0x01020304);
    EXPECT("vector", run_load(0x200000 + PAGE), VECTOR);
    EXPECT("what is read", w.cpu->gpr[REG_EAX], 0x01020304);
    EXPECT("accessed", get_pae(PAE_DIRECTORY, 1), PS | U | W | P | A);
    begin_pae(3, 0); // an absent pointer
    EXPECT("vector", run_store(0x40000000), EXC_PF);
    EXPECT("error code", error_code(), PF_U | PF_W);
    return NULL;
}

static const char *test_pae_reserved(void)
{
    static const struct {
        bool large; // in the directory
        uint64_t entry;
        uint32_t efer;
        bool faults;
    } cases[] = {
        {false, 1ull << 36, 0, true},
        {false, 1ull << 62, 0, true},
        {false, 1ull << 63, 0, true},
        {false, 1ull << 63, EFER_NXE, false},
        {false, 1ull << 35, 0, false},
        {false, 0x1000, 0, false},
        {true, PS | 0x2000, 0, true},
        {true, PS | 0x100000, 0, true},
        {true, PS | 0x1000, 0, false},
        {true, PS | 1ull << 36, 0, true},
        {true, 1ull << 37, 0, true},
        {true, PS | 1ull << 63, 0, true},
        {true, PS | 1ull << 63, EFER_NXE, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_pae(3, cases[i].efer);
        if (cases[i].large)
            put_pae(PAE_DIRECTORY, 1, cases[i].entry | U | W | P);
        else
            put_pae(PAE_TABLE, PAGE >> 12, cases[i].entry | U | W | P);
        int got = run_load(cases[i].large ? 0x200000 : PAGE);
        EXPECT("vector", got, cases[i].faults ? EXC_PF : VECTOR);
        if (cases[i].faults)
            EXPECT("error code", error_code(), PF_P | PF_RSVD | PF_U);
    }
    begin_pae(3, 0); // reserved bits of an entry that is not present do not matter
    put_pae(PAE_TABLE, PAGE >> 12, 1ull << 62);
    EXPECT("vector", run_load(PAGE), EXC_PF);
    EXPECT("error code", error_code(), PF_U);
    return NULL;
}

static const char *test_no_execute(void)
{
    for (unsigned level = 0; level < 2; level++)
        for (unsigned cpl = 0; cpl < 4; cpl += 3) {
            begin_pae(cpl, EFER_NXE);
            uint32_t at = level ? 0x200000 + PAGE : PAGE;
            put_pae(PAE_DIRECTORY, 1, PAE_TABLE | U | W | P | (level ? 1ull << 63 : 0));
            if (!level)
                put_pae(PAE_TABLE, PAGE >> 12, PAGE | U | W | P | 1ull << 63);
            w.cpu->gpr[REG_EBX] = at;
            EXPECT("vector", WORLD_RUN(&w, 0xff, 0xe3), EXC_PF); // jmp ebx
            EXPECT("error code", error_code(), PF_P | PF_I | (cpl ? PF_U : 0));
            EXPECT("cr2", w.cpu->cr2, at);
            begin_pae(cpl, EFER_NXE);
            put_pae(PAE_TABLE, PAGE >> 12, PAGE | U | W | P | 1ull << 63);
            EXPECT("data", run_update(PAGE), VECTOR);
        }
    return NULL;
}

// The I bit of the error code says "fetch" only with NXE or SMEP (4.7).
static const char *test_fetch_bit(void)
{
    begin(3);
    put_pte(PAGE, 0);
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("32-bit paging", error_code(), PF_U);
    begin_pae(3, 0);
    put_pae(PAE_TABLE, PAGE >> 12, 0);
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("PAE without NXE", error_code(), PF_U);
    begin_pae(3, EFER_NXE);
    put_pae(PAE_TABLE, PAGE >> 12, 0);
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("PAE with NXE", error_code(), PF_U | PF_I);
    begin(3);
    w.cpu->efer = EFER_NXE;
    put_pte(PAGE, 0);
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("NXE without PAE", error_code(), PF_U);
    begin(3);
    supervisor_only();
    put_pte(WORLD_CODE, WORLD_CODE | U | P);
    w.cpu->cr4 |= CR4_SMEP;
    put_pte(PAGE, 0);
    EXPECT("vector", run_jump(PAGE), EXC_PF);
    EXPECT("SMEP", error_code(), PF_U | PF_I);
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

static const char *test_pdpte_load(void)
{
    static const struct {
        uint64_t entry;
        bool faults;
    } cases[] = {
        {PAE_DIRECTORY | P, false},
        {PAE_DIRECTORY | P | W, true},
        {PAE_DIRECTORY | P | U, true},
        {PAE_DIRECTORY | P | 0x20, true},
        {PAE_DIRECTORY | P | 0x100, true},
        {PAE_DIRECTORY | P | 0x18, false}, // PWT, PCD
        {PAE_DIRECTORY | P | 0xe00, false},
        {PAE_DIRECTORY | P | 1ull << 36, true},
        {PAE_DIRECTORY | P | 1ull << 63, true},
        {PAE_DIRECTORY | W, false}, // not present
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_pae(0, 0);
        put_pae(PAE_POINTERS, 2, cases[i].entry);
        w.cpu->gpr[REG_EAX] = PAE_POINTERS;
        EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x22, 0xd8, 0xcd, VECTOR), // mov cr3,eax
               cases[i].faults ? EXC_GP : VECTOR);
        EXPECT("entry held", w.cpu->pdpte[2], cases[i].faults ? 0 : cases[i].entry);
        begin_pae(0, 0); // by MOV CR0, which sets PG
        put_pae(PAE_POINTERS, 2, cases[i].entry);
        w.cpu->gpr[REG_EAX] = w.cpu->cr0;
        w.cpu->cr0 &= ~CR0_PG;
        EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x22, 0xc0, 0xcd, VECTOR),
               cases[i].faults ? EXC_GP : VECTOR);
        EXPECT("PG", w.cpu->cr0 & CR0_PG, cases[i].faults ? 0 : CR0_PG);
        begin_pae(0, 0); // by MOV CR4, which changes PGE
        put_pae(PAE_POINTERS, 2, cases[i].entry);
        w.cpu->gpr[REG_EAX] = w.cpu->cr4 | CR4_PGE;
        EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x22, 0xe0, 0xcd, VECTOR),
               cases[i].faults ? EXC_GP : VECTOR);
        EXPECT("PGE", w.cpu->cr4 & CR4_PGE, cases[i].faults ? 0 : CR4_PGE);
    }
    begin_pae(0, 0); // a pointer that changes in memory is not seen before CR3 is loaded
    put_pae(PAE_POINTERS, 0, 0);
    EXPECT("vector", run_load(PAGE), VECTOR);
    return NULL;
}

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
        {"4 MB pages", test_large_pages},
        {"PAE", test_pae},
        {"PAE reserved bits", test_pae_reserved},
        {"no execute", test_no_execute},
        {"fetch bit", test_fetch_bit},
        {"SMEP", test_smep},
        {"SMAP", test_smap},
        {"page-crossing accesses", test_crossing},
        {"page directory pointers", test_pdpte_load},
        {"control registers", test_control_registers},
        {"A20", test_a20},
        {"code under two names", test_code_aliases},
    };
    return system_run_tests("paging", tests, sizeof tests / sizeof *tests) != 0;
}
