// CLAC and STAC, MONITOR and MWAIT, INVPCID, RDPID, RDRAND, CLFLUSH and its kin, in what ring 3 of
// a host does not show: privilege, faults, effects. Rule by rule, on both engines (SDM vol. 2).
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/both_engines.h"

enum { VECTOR = 0x40, P = 1, W = 2, U = 4, A = 0x20, G = 0x100, PAGE = 0x40000, OTHER = 0x48000 };

static void begin(unsigned cpl)
{
    world_reset(&w, cpl);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
    w.cpu->gpr[REG_ECX] = 0;
}

static void put_pte(uint32_t linear, uint32_t entry)
{
    world_put32(&w, WORLD_TABLE + (linear >> 12 & 1023) * 4, entry);
}

static const char *test_ac(void)
{
    begin(0);
    EXPECT("stac", WORLD_RUN(&w, 0x0f, 0x01, 0xcb, 0x9c, 0x58, 0xcd, VECTOR), VECTOR);
    EXPECT("AC", w.cpu->gpr[REG_EAX] & FLAG_AC, FLAG_AC);
    begin(0);
    w.cpu->eflags |= FLAG_AC;
    EXPECT("clac", WORLD_RUN(&w, 0x0f, 0x01, 0xca, 0x9c, 0x58, 0xcd, VECTOR), VECTOR);
    EXPECT("AC", w.cpu->gpr[REG_EAX] & FLAG_AC, 0);
    begin(3);
    EXPECT("clac in ring 3", WORLD_RUN(&w, 0x0f, 0x01, 0xca), EXC_UD);
    begin(3);
    EXPECT("stac in ring 3", WORLD_RUN(&w, 0x0f, 0x01, 0xcb), EXC_UD);
    begin(0);
    EXPECT("66 stac", WORLD_RUN(&w, 0x66, 0x0f, 0x01, 0xcb), EXC_UD);
    // What they are for: stac; mov [ebx],eax; clac; mov [ebx],eax
    begin(0);
    for (uint32_t page = 0; page < WORLD_RAM; page += 4096)
        put_pte(page, page | W | P);
    put_pte(PAGE, PAGE | U | W | P);
    w.cpu->cr0 |= CR0_PG;
    w.cpu->cr4 |= CR4_SMAP;
    w.cpu->gpr[REG_EBX] = PAGE;
    EXPECT("vector",
           WORLD_RUN(&w, 0x0f, 0x01, 0xcb, 0x89, 0x03, 0x0f, 0x01, 0xca, 0x89, 0x03, 0xcd, VECTOR),
           EXC_PF);
    EXPECT("eip", world_get32(&w, w.cpu->gpr[REG_ESP] + 4), WORLD_CODE + 8);
    return NULL;
}

static const char *test_monitor(void)
{
    begin(0); // without MONITOR before it, MWAIT goes on
    w.cpu->eflags |= FLAG_IF;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x01, 0xc9, 0xcd, VECTOR), VECTOR);
    begin(0); // it waits
    w.cpu->gpr[REG_EAX] = WORLD_DATA;
    w.cpu->eflags |= FLAG_IF;
    EXPECT("exit", WORLD_RUN(&w, 0x0f, 0x01, 0xc8, 0x0f, 0x01, 0xc9, 0xcd, VECTOR), -1 - EXIT_HALT);
    EXPECT("eip", w.cpu->eip, WORLD_CODE + 6);
    begin(0); // a store to the line comes between
    w.cpu->gpr[REG_EAX] = WORLD_DATA;
    w.cpu->eflags |= FLAG_IF;
    // monitor; mov byte [WORLD_DATA+63],1; mwait
    EXPECT("vector",
           WORLD_RUN(&w, 0x0f, 0x01, 0xc8, 0xc6, 0x05, 0x3f, 0xc0, 0, 0, 1, 0x0f, 0x01, 0xc9, 0xcd,
                     VECTOR),
           VECTOR);
    begin(0); // with interrupts off nothing could end it
    w.cpu->gpr[REG_EAX] = WORLD_DATA;
    EXPECT("vector", WORLD_RUN(&w, 0x0f, 0x01, 0xc8, 0x0f, 0x01, 0xc9, 0xcd, VECTOR), VECTOR);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t op = (uint8_t)(0xc8 + i);
        begin(0);
        w.cpu->gpr[REG_ECX] = 1;
        EXPECT("a hint", WORLD_RUN(&w, 0x0f, 0x01, op), EXC_GP);
        begin(3);
        EXPECT("ring 3", WORLD_RUN(&w, 0x0f, 0x01, op), EXC_UD);
        begin(0);
        w.cpu->msr[MSR_MISC_ENABLE] &= ~(uint64_t)MISC_ENABLE_MONITOR;
        EXPECT("switched off", WORLD_RUN(&w, 0x0f, 0x01, op), EXC_UD);
    }
    begin(0); // MONITOR reads a byte, by DS or the override
    w.cpu->gpr[REG_EAX] = 0x10;
    world_segment(&w, SEG_FS, 0, 0xf, 0xc93);
    EXPECT("beyond FS", WORLD_RUN(&w, 0x64, 0x0f, 0x01, 0xc8), EXC_GP);
    begin(0);
    w.cpu->gpr[REG_EAX] = 0x10;
    EXPECT("within DS", WORLD_RUN(&w, 0x0f, 0x01, 0xc8, 0xcd, VECTOR), VECTOR);
    begin(0);
    w.cpu->cr0 |= CR0_PG;
    w.cpu->gpr[REG_EAX] = 0x800000;
    EXPECT("absent", WORLD_RUN(&w, 0x0f, 0x01, 0xc8), EXC_PF);
    EXPECT("cr2", w.cpu->cr2, 0x800000);
    return NULL;
}

static int run_invpcid(uint32_t type, uint32_t context, uint32_t address)
{
    static const uint8_t code[] = {0x8b, 0x03,                    // mov eax,[ebx]
                                   0x89, 0x11,                    // mov [ecx],edx
                                   0x66, 0x0f, 0x38, 0x82,  0x37, // invpcid esi,[edi]
                                   0x8b, 0x03, 0xcd, VECTOR};     // mov eax,[ebx]
    w.cpu->cr0 |= CR0_PG;
    w.cpu->cr4 |= CR4_PGE;
    world_put32(&w, PAGE, 0x11111111);
    world_put32(&w, OTHER, 0x22222222);
    put_pte(PAGE, PAGE | P | W | (type == 2 ? G : 0));
    w.cpu->gpr[REG_EBX] = PAGE;
    w.cpu->gpr[REG_ECX] = WORLD_TABLE + (PAGE >> 12) * 4;
    w.cpu->gpr[REG_EDX] = OTHER | P | W | G;
    w.cpu->gpr[REG_ESI] = type;
    w.cpu->gpr[REG_EDI] = WORLD_DATA;
    world_put32(&w, WORLD_DATA, context);
    world_put32(&w, WORLD_DATA + 8, address);
    return world_run(&w, code, sizeof code, 100);
}

static const char *test_invpcid(void)
{
    for (unsigned type = 0; type < 4; type++) {
        begin(0);
        EXPECT("vector", run_invpcid(type, 0, PAGE + 5), VECTOR);
        EXPECT("what is read", w.cpu->gpr[REG_EAX], 0x22222222);
    }
    begin(0);
    EXPECT("type 4", run_invpcid(4, 0, PAGE), EXC_GP);
    begin(0); // no context but 0 without CR4.PCIDE
    EXPECT("context 1", run_invpcid(1, 1, PAGE), EXC_GP);
    begin(0);
    EXPECT("reserved bits", run_invpcid(2, 0x1000, PAGE), EXC_GP);
    begin(3);
    EXPECT("ring 3", WORLD_RUN(&w, 0x66, 0x0f, 0x38, 0x82, 0x37), EXC_GP);
    begin(0);
    w.cpu->cr0 |= CR0_PG;
    w.cpu->gpr[REG_EDI] = 0x800000;
    EXPECT("absent", WORLD_RUN(&w, 0x66, 0x0f, 0x38, 0x82, 0x37), EXC_PF);
    return NULL;
}

static const char *test_numbers(void)
{
    begin(3);
    w.cpu->msr[MSR_TSC_AUX] = 0x87654321;
    EXPECT("rdpid eax", WORLD_RUN(&w, 0xf3, 0x0f, 0xc7, 0xf8, 0xcd, VECTOR), VECTOR);
    EXPECT("eax", w.cpu->gpr[REG_EAX], 0x87654321);
    for (unsigned seed = 0; seed < 2; seed++) {
        uint8_t modrm = seed ? 0xf9 : 0xf1; // ecx
        begin(3);
        w.cpu->eflags |= FLAG_ZF | FLAG_SF | FLAG_OF | FLAG_PF | FLAG_AF;
        // rdrand ecx; mov ebx,ecx; rdrand ecx; pushf; pop eax
        EXPECT("vector",
               WORLD_RUN(&w, 0x0f, 0xc7, modrm, 0x89, 0xcb, 0x0f, 0xc7, modrm, 0x9c, 0x58, 0xcd,
                         VECTOR),
               VECTOR);
        EXPECT("flags", w.cpu->gpr[REG_EAX] & FLAGS_ARITH, FLAG_CF);
        EXPECT("another one", w.cpu->gpr[REG_EBX] != w.cpu->gpr[REG_ECX], true);
        begin(3); // 16 bits leave the upper half
        w.cpu->gpr[REG_ECX] = 0xabcd0000;
        EXPECT("vector", WORLD_RUN(&w, 0x66, 0x0f, 0xc7, modrm, 0xcd, VECTOR), VECTOR);
        EXPECT("upper half", w.cpu->gpr[REG_ECX] >> 16, 0xabcd);
    }
    return NULL;
}

static const char *test_cache_lines(void)
{
    static const uint8_t codes[][6] = {
        {0x0f, 0xae, 0x3b, 0xcd, VECTOR},       // clflush [ebx]
        {0x66, 0x0f, 0xae, 0x3b, 0xcd, VECTOR}, // clflushopt
        {0x66, 0x0f, 0xae, 0x33, 0xcd, VECTOR}, // clwb
    };
    for (unsigned i = 0; i < 3; i++) {
        begin(3); // as a load of a byte: A, not D; from a read-only page
        w.cpu->cr0 |= CR0_PG;
        put_pte(PAGE, PAGE | U | P);
        w.cpu->gpr[REG_EBX] = PAGE + 4095;
        EXPECT("vector", world_run(&w, codes[i], 6, 100), VECTOR);
        EXPECT("entry", world_get32(&w, WORLD_TABLE + (PAGE >> 12) * 4), PAGE | U | P | A);
        begin(3);
        w.cpu->cr0 |= CR0_PG;
        put_pte(PAGE, PAGE | P);
        w.cpu->gpr[REG_EBX] = PAGE;
        EXPECT("a supervisor page", world_run(&w, codes[i], 6, 100), EXC_PF);
        EXPECT("error code", world_get32(&w, w.cpu->gpr[REG_ESP]), PF_P | PF_U);
        begin(3);
        world_segment(&w, SEG_DS, 0, 0xfff, 0xcf3);
        w.cpu->gpr[REG_EBX] = 0x1000;
        EXPECT("beyond the limit", world_run(&w, codes[i], 6, 100), EXC_GP);
    }
    begin(3); // prefetches never fault
    w.cpu->cr0 |= CR0_PG;
    w.cpu->gpr[REG_EBX] = 0x800000;
    EXPECT("prefetcht0, prefetchw", WORLD_RUN(&w, 0x0f, 0x18, 0x0b, 0x0f, 0x0d, 0x0b, 0xcd, VECTOR),
           VECTOR);
    for (unsigned wb = 0; wb < 2; wb++) {
        begin(3);
        EXPECT("INVD, WBINVD in ring 3", WORLD_RUN(&w, 0x0f, (uint8_t)(0x08 + wb)), EXC_GP);
        begin(0);
        EXPECT("in ring 0", WORLD_RUN(&w, 0x0f, (uint8_t)(0x08 + wb), 0xcd, VECTOR), VECTOR);
    }
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"AC", test_ac},           {"MONITOR", test_monitor},         {"INVPCID", test_invpcid},
        {"numbers", test_numbers}, {"cache lines", test_cache_lines},
    };
    return system_run_tests("processor", tests, sizeof tests / sizeof *tests) != 0;
}
