// The world under paging: its tables, and the accesses that tests make.
//
// The world is mapped one to one by WORLD_DIRECTORY; a test changes the entries of the page that it
// looks at. PAE tests build their own tables at PAE_*.
#ifndef TM_EMU_TESTS_PAGING_WORLD_H
#define TM_EMU_TESTS_PAGING_WORLD_H

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

static inline void put_pte(uint32_t linear, uint32_t entry)
{
    world_put32(&w, WORLD_TABLE + (linear >> 12 & 1023) * 4, entry);
}

static inline uint32_t get_pte(uint32_t linear)
{
    return world_get32(&w, WORLD_TABLE + (linear >> 12 & 1023) * 4);
}

static inline void put_pae(uint32_t at, uint32_t index, uint64_t entry)
{
    world_put32(&w, at + index * 8, (uint32_t)entry);
    world_put32(&w, at + index * 8 + 4, (uint32_t)(entry >> 32));
}

static inline uint64_t get_pae(uint32_t at, uint32_t index)
{
    return world_get32(&w, at + index * 8) | (uint64_t)world_get32(&w, at + index * 8 + 4) << 32;
}

static inline void begin(unsigned cpl)
{
    world_reset(&w, cpl);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
    w.cpu->cr0 |= CR0_PG;
    w.cpu->phys_bits = 36;
}

// PAE: the first 2 MB one to one, by 4 KB pages that everybody may write.
static inline void begin_pae(unsigned cpl, uint32_t efer)
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
static inline int run_load(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x8b, 0x03, 0xcd, VECTOR); // mov eax,[ebx]
}

static inline int run_store(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x89, 0x03, 0xcd, VECTOR); // mov [ebx],eax
}

static inline int run_update(uint32_t at)
{
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0x83, 0x03, 0x01, 0xcd, VECTOR); // add dword [ebx],1
}

static inline int run_jump(uint32_t at)
{
    static const uint8_t code[] = {0xcd, VECTOR};
    world_put(&w, at, code, sizeof code);
    w.cpu->gpr[REG_EBX] = at;
    return WORLD_RUN(&w, 0xff, 0xe3); // jmp ebx
}

static inline uint32_t error_code(void)
{
    return world_get32(&w, w.cpu->gpr[REG_ESP]);
}

// With SMEP or SMAP, ring 0 needs supervisor pages for what is its own. PAGE is a user page.
static inline void supervisor_only(void)
{
    for (uint32_t page = 0; page < WORLD_RAM; page += 4096)
        put_pte(page, page | W | P);
    put_pte(PAGE, PAGE | U | W | P);
}

#endif
