// Page sizes, PAE with its page directory pointers, NX: rule by rule, on both engines (Intel SDM
// vol. 3, 4.3, 4.4 and 4.7).
#include "emu/tests/paging_world.h"

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

int main(void)
{
    static const struct system_test tests[] = {
        {"4 MB pages", test_large_pages},
        {"PAE", test_pae},
        {"PAE reserved bits", test_pae_reserved},
        {"no execute", test_no_execute},
        {"fetch bit", test_fetch_bit},
        {"page directory pointers", test_pdpte_load},
    };
    return system_run_tests("pae", tests, sizeof tests / sizeof *tests) != 0;
}
