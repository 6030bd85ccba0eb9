// See fuzz_machine.h.
#include "emu/tests/fuzz_machine.h"

#include <string.h>

#include "emu/cpu/protect.h"

enum {
    FUZZ_POINTERS = 0x22000,
    FUZZ_PAE_DIRECTORY = 0x23000,
    FUZZ_TABLE = 0x24000, // two pages
};

uint64_t fuzz_seed = 1;

uint32_t fuzz_random(void)
{
    uint64_t z = fuzz_seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(z >> 32);
}

bool fuzz_chance(unsigned percent)
{
    return fuzz_random() % 100 < percent;
}

// Mostly an address within RAM.
static uint32_t random_address(void)
{
    return fuzz_chance(85) ? fuzz_random() % WORLD_RAM : fuzz_random();
}

// Bytes that often are something: prefixes, the 0F map, system opcodes.
static void random_code(uint8_t *to, unsigned n)
{
    static const uint8_t likely[] = {0x0f, 0x66, 0x67, 0xf3, 0xcf, 0xcd, 0x8e, 0xff,
                                     0x00, 0x01, 0x22, 0x20, 0xea, 0x9a, 0xcb, 0x07,
                                     0x17, 0x1f, 0x9d, 0xfb, 0xa4, 0xa5, 0x6d, 0xc8};
    for (unsigned i = 0; i < n; i++)
        to[i] = fuzz_chance(30) ? likely[fuzz_random() % sizeof likely] : (uint8_t)fuzz_random();
}

// x87, MMX, SSE and AVX instructions, their memory operands mostly near a register's address.
static void random_vector_code(uint8_t *to, unsigned n)
{
    for (unsigned i = 0; i + 8 <= n; i += 4 + fuzz_random() % 5) {
        static const uint8_t prefixes[] = {0x66, 0xf2, 0xf3, 0x3e, 0x26};
        unsigned k = i;
        if (fuzz_chance(40))
            continue;
        switch (fuzz_random() % 5) {
        case 0:
        case 1: to[k++] = 0xd8 | (fuzz_random() & 7); break;
        case 2:
            to[k++] = 0xc5;
            to[k++] = 0x80 | (fuzz_random() & 0x7f);
            to[k++] = 0x10 | (fuzz_random() & 0xef);
            break;
        default:
            if (fuzz_chance(70))
                to[k++] = prefixes[fuzz_random() % sizeof prefixes];
            to[k++] = 0x0f;
            if (fuzz_chance(20))
                to[k++] = fuzz_chance(70) ? 0x38 : 0x3a;
            to[k++] = fuzz_chance(80) ? 0x10 | (fuzz_random() & 0xef) : (uint8_t)fuzz_random();
        }
        if (fuzz_chance(60)) // [reg], or registers
            to[k] = (uint8_t)((fuzz_random() & 0x38) | (fuzz_chance(50) ? 0xc0u : 0u) |
                              (uint8_t) "\0\1\2\3\6\7"[fuzz_random() % 6]);
    }
}

static void random_fpu(struct cpu *cpu)
{
    static const uint64_t significands[] = {0,    1, 1ull << 63, 3ull << 62, 0x8000000000000001,
                                            ~0ull};
    static const uint16_t exponents[] = {0, 1, 0x3fff, 0x4000, 0x7ffe, 0x7fff, 0x403e};
    struct fpu_image *f = &cpu->fpu.image;
    cpu->cr0 |= fuzz_chance(95) ? CR0_NE | CR0_MP : 0;
    cpu->cr0 |= fuzz_chance(5) ? CR0_TS : 0;
    cpu->cr0 |= fuzz_chance(3) ? CR0_EM : 0;
    cpu->cr4 |= fuzz_chance(90) ? CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE : 0;
    cpu->fpu.xcr0 = fuzz_chance(90) ? XCR0_ALL : XCR0_X87;
    f->fcw = (uint16_t)((fuzz_chance(70) ? 0x37f : fuzz_random() & FCW_DEFINED) | FCW_RESET);
    f->fsw = fuzz_chance(50) ? 0 : fuzz_random() & (FSW_TOP | FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3);
    f->fsw |= fuzz_chance(10) ? fuzz_random() & FPU_EXCEPTIONS : 0;
    f->ftw = (uint8_t)(fuzz_chance(50) ? 0xff : fuzz_random());
    f->mxcsr = fuzz_chance(60) ? (uint32_t)MXCSR_INIT : fuzz_random() & MXCSR_MASK;
    for (unsigned i = 0; i < 8; i++) {
        f->st[i].significand = fuzz_chance(50)
                                   ? significands[fuzz_random() % 6]
                                   : (uint64_t)fuzz_random() << 32 | 1ull << 63 | fuzz_random();
        f->st[i].exponent = (uint16_t)(exponents[fuzz_random() % 7] | (fuzz_random() & 0x8000));
        for (unsigned k = 0; k < 16; k++) {
            f->xmm[i][k] = (uint8_t)fuzz_random();
            f->ymm_high[i][k] = (uint8_t)fuzz_random();
        }
    }
    fpu_update_es(&cpu->fpu);
    fpu_update_gates(cpu);
}

static void random_tables(struct world *w)
{
    for (unsigned i = 0; i < 12; i++) {
        unsigned selector = fuzz_random() % 31 * 8 | (fuzz_chance(30) ? 4 : 0);
        uint32_t attr = (fuzz_random() & 0x00f0ff00u) | (fuzz_chance(80) ? 0x8000 : 0);
        world_descriptor(w, selector, random_address(), fuzz_random(), attr);
    }
    for (unsigned i = 0; i < 12; i++)
        world_gate(w, fuzz_random() % (fuzz_chance(50) ? 20 : 256),
                   (uint16_t)(fuzz_random() % 0x80),
                   fuzz_chance(70) ? WORLD_CODE + fuzz_random() % 0x1000 : fuzz_random(),
                   (fuzz_random() & 0xff00) | (fuzz_chance(80) ? 0x8000 : 0));
    for (unsigned i = 0; i < 40; i++)
        world_put32(w, WORLD_TABLE + fuzz_random() % 1024 * 4,
                    (random_address() & ~0xfffu) | fuzz_random() % 0x1000);
    if (fuzz_chance(10))
        world_put32(w, WORLD_DIRECTORY + fuzz_random() % 1024 * 4, fuzz_random());
}

// PAE tables for the first 4 MB, made from the 32-bit ones, some of them spoilt.
static void random_pae(struct world *w)
{
    struct cpu *cpu = w->cpu;
    cpu->cr4 |= CR4_PAE;
    cpu->efer = fuzz_chance(70) ? EFER_NXE : 0;
    cpu->cr3 = FUZZ_POINTERS;
    for (unsigned i = 0; i < 1024; i++) {
        uint32_t entry = world_get32(w, WORLD_TABLE + i * 4);
        world_put32(w, FUZZ_TABLE + i * 8, entry);
        world_put32(w, FUZZ_TABLE + i * 8 + 4,
                    fuzz_chance(5)   ? fuzz_random() & 0x8000000fu
                    : fuzz_chance(1) ? fuzz_random()
                                     : 0);
    }
    for (unsigned i = 0; i < 2; i++)
        world_put32(w, FUZZ_PAE_DIRECTORY + i * 8, (FUZZ_TABLE + i * 4096) | 7);
    for (unsigned i = 2; i < 8; i++)
        if (fuzz_chance(50)) {
            world_put32(w, FUZZ_PAE_DIRECTORY + i * 8,
                        (fuzz_random() & 0x00e001ffu) | (fuzz_chance(80) ? 0x81 : 0));
            world_put32(w, FUZZ_PAE_DIRECTORY + i * 8 + 4, fuzz_chance(20) ? 0x80000000u : 0);
        }
    for (unsigned i = 0; i < 4; i++) {
        cpu->pdpte[i] = FUZZ_PAE_DIRECTORY | (i == 0 || fuzz_chance(30));
        world_put32(w, FUZZ_POINTERS + i * 8, (uint32_t)cpu->pdpte[i]);
    }
}

// Supervisor pages for all but a few, so that SMEP and SMAP leave ring 0 something to run on.
static void random_supervisor(struct world *w)
{
    for (unsigned i = 0; i < WORLD_RAM / 4096; i++)
        if (fuzz_chance(85)) {
            uint32_t entry = world_get32(w, WORLD_TABLE + i * 4);
            world_put32(w, WORLD_TABLE + i * 4, entry & ~4u);
        }
    w->cpu->cr4 |= fuzz_chance(60) ? CR4_SMEP : 0;
    w->cpu->cr4 |= fuzz_chance(60) ? CR4_SMAP : 0;
    w->cpu->eflags |= fuzz_chance(40) ? FLAG_AC : 0;
}

static void random_debug(struct cpu *cpu)
{
    for (unsigned n = 0; n < 4; n++)
        cpu->dr[n] = fuzz_chance(50) ? WORLD_CODE + fuzz_random() % 0x100 : random_address();
    cpu->dr[7] = (fuzz_random() & 0xffff03ffu) | 0x400;
    if (fuzz_chance(30))
        cpu->cr4 |= CR4_DE;
    cpu_debug_update(cpu);
}

static void random_paging(struct world *w)
{
    struct cpu *cpu = w->cpu;
    if (!(cpu->cr0 & CR0_PG))
        return;
    if (fuzz_chance(20))
        cpu->cr4 |= CR4_PGE;
    if (fuzz_chance(cpu->cpl == 3 ? 10 : 40))
        random_supervisor(w);
    if (fuzz_chance(40))
        random_pae(w);
}

static void random_state(struct cpu *cpu)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        cpu->gpr[i] = fuzz_chance(70) ? random_address() : fuzz_random() % 256;
    cpu->eflags = FLAG_ONE | (fuzz_random() & (FLAGS_ARITH | FLAG_DF | FLAG_IF | FLAG_IOPL));
    if (fuzz_chance(5))
        cpu->eflags |= FLAG_TF | FLAG_RF;
    if (fuzz_chance(5))
        cpu->eflags |= FLAG_NT;
    if (fuzz_chance(40))
        cpu->cr0 |= CR0_PG;
    if (fuzz_chance(30))
        cpu->cr4 |= CR4_PSE;
    if (fuzz_chance(10))
        cpu->cr0 &= ~(uint32_t)CR0_WP;
    if (fuzz_chance(60))
        cpu->ldtr =
            (struct segment){.base = WORLD_LDT, .limit = 0xff, .selector = SEL_LDT, .attr = 0x82};
    if (fuzz_chance(20)) {
        struct segment *s = &cpu->seg[fuzz_random() % SEG_COUNT];
        s->base = random_address();
        s->limit = random_address();
    }
    if (fuzz_chance(15)) { // real mode, or V86
        for (unsigned i = 0; i < SEG_COUNT; i++)
            cpu->seg[i] = (struct segment){.base = (i + 1) << 12,
                                           .limit = 0xffff,
                                           .selector = (uint16_t)((i + 1) << 8),
                                           .attr = 0x93};
        cpu->eip = fuzz_random() & 0xffff;
        if (fuzz_chance(50)) {
            cpu->eflags |= FLAG_VM;
            cpu->cpl = 3;
            for (unsigned i = 0; i < SEG_COUNT; i++)
                cpu->seg[i].attr = 0xf3;
        } else {
            cpu->cr0 &= ~(CR0_PE | CR0_PG);
            cpu->cpl = 0;
        }
    }
}

// What must hold after any run. NULL, or what does not.
const char *fuzz_broken(const struct cpu *cpu, enum cpu_exit why)
{
    if (cpu->cpl > 3)
        return "CPL above 3";
    if (!(cpu->eflags & FLAG_ONE))
        return "bit 1 of EFLAGS clear";
    if ((cpu->cr0 & CR0_PG) && !(cpu->cr0 & CR0_PE))
        return "PG without PE";
    if (!cpu_protected(cpu) && cpu->cpl != 0)
        return "CPL not 0 in real mode";
    if (cpu_v86(cpu) && cpu_protected(cpu) && cpu->cpl != 3)
        return "CPL not 3 in V86 mode";
    if (why == EXIT_BUDGET && cpu->left != 0)
        return "budget not used exactly";
    if (why == EXIT_QUIT || (why == EXIT_HALT) != cpu->halted ||
        (why == EXIT_SHUTDOWN) != cpu->shutdown)
        return "exit reason does not fit the state";
    return NULL;
}

// One instruction that does something: registers, [register + small displacement], stack, short
// branches.
static unsigned random_insn(uint8_t *p)
{
    static const uint8_t with_modrm[] = {
        0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x10, 0x11, 0x13, 0x19, 0x1b, 0x20, 0x21, 0x23,
        0x28, 0x29, 0x2a, 0x2b, 0x30, 0x31, 0x33, 0x38, 0x39, 0x3b, 0x84, 0x85, 0x86, 0x87, 0x88,
        0x89, 0x89, 0x8a, 0x8b, 0x8b, 0x8b, 0x8d, 0xd0, 0xd1, 0xd2, 0xd3, 0xfe, 0xff, 0xf7};
    static const uint8_t two_byte[] = {0x40, 0x42, 0x44, 0x45, 0x4c, 0x4f, 0x90, 0x92, 0x94, 0x9c,
                                       0x9f, 0xa3, 0xa5, 0xab, 0xad, 0xaf, 0xb0, 0xb1, 0xb3, 0xb6,
                                       0xb7, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1};
    static const uint8_t alone[] = {
        0x40, 0x41, 0x42, 0x43, 0x46, 0x47, 0x48, 0x49, 0x4b, 0x4e, 0x50, 0x51, 0x53, 0x54,
        0x55, 0x57, 0x58, 0x59, 0x5b, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x90, 0x91, 0x93, 0x97,
        0x98, 0x99, 0x9c, 0x9d, 0x9e, 0x9f, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad,
        0xae, 0xaf, 0xc3, 0xc9, 0xd7, 0xf5, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
    unsigned n = 0, imm = 0;
    bool modrm = true;
    if (fuzz_chance(10))
        p[n++] = 0x66;
    switch (fuzz_random() % 12) {
    case 0:
    case 1:
    case 2:
    case 3: p[n++] = with_modrm[fuzz_random() % sizeof with_modrm]; break;
    case 4:
        p[n++] = 0x83;
        imm = 1;
        break;
    case 5:
        p[n++] = (uint8_t)(0xc0 | (fuzz_random() & 1));
        imm = 1;
        break;
    case 6:
    case 7:
        p[n++] = 0x0f;
        p[n] = two_byte[fuzz_random() % sizeof two_byte];
        if (fuzz_chance(10)) {
            p[n] = 0xba;
            imm = 1;
        }
        n++;
        break;
    case 8:
    case 9:
        p[n++] = alone[fuzz_random() % sizeof alone];
        modrm = false;
        break;
    case 10:
        p[n++] = fuzz_chance(70)   ? (uint8_t)(0x70 | (fuzz_random() & 15))
                 : fuzz_chance(70) ? 0xeb
                                   : (uint8_t)(0xe0 | (fuzz_random() & 3));
        p[n++] = (uint8_t)(fuzz_random() % 40 - (fuzz_chance(20) ? 30 : 0));
        modrm = false;
        break;
    default:
        p[n++] = 0xe8; // call, forwards
        p[n++] = (uint8_t)(fuzz_random() % 60);
        p[n++] = 0;
        p[n++] = 0;
        p[n++] = 0;
        modrm = false;
    }
    if (modrm) {
        unsigned rm = fuzz_random() & 7;
        if (fuzz_chance(45) || rm == 4) { // rm 4 would want a SIB byte
            p[n++] = (uint8_t)(0xc0 | (fuzz_random() & 0x3f));
        } else {
            p[n++] = (uint8_t)(0x40 | (fuzz_random() & 0x38) | rm);
            p[n++] = (uint8_t)(fuzz_random() % 64 * (fuzz_chance(70) ? 4 : 1));
        }
        // [esp + disp8]
        if (fuzz_chance(15) && n >= 2 && (p[n - 2] & 0xc7) == 0x45) {
            p[n - 2] = (uint8_t)((p[n - 2] & 0x38) | 0x44);
            p[n] = p[n - 1];
            p[n - 1] = 0x24;
            n++;
        }
    }
    while (imm--)
        p[n++] = (uint8_t)fuzz_random();
    return n;
}

// A program of such instructions; what is left over is INT3.
static void plausible_code(uint8_t *to, unsigned n)
{
    memset(to, 0xcc, n);
    for (unsigned at = 0; at + 16 < n;)
        at += random_insn(to + at);
}

void fuzz_prepare(struct world *w)
{
    static uint8_t code[0x1000];
    bool plausible = fuzz_chance(60);
    world_reset(w, fuzz_chance(50) ? 0 : 3);
    random_tables(w);
    random_state(w->cpu);
    random_fpu(w->cpu);
    random_paging(w);
    if (fuzz_chance(5))
        random_debug(w->cpu);
    if (fuzz_chance(10)) {
        w->cpu->cr0 |= CR0_AM;
        w->cpu->eflags |= FLAG_AC;
    }
    if (fuzz_chance(40)) {
        fuzz_prepare_modes(w);
        w->cpu->intr = fuzz_chance(10);
        w->cpu->nmi = fuzz_chance(3);
        return;
    }
    if (plausible) {
        plausible_code(code, sizeof code);
        if (fuzz_chance(80)) { // in the mode that the translator is for
            w->cpu->eip = WORLD_CODE;
            w->cpu->gpr[REG_ESP] = 0xd000 + fuzz_random() % 0x800 * (fuzz_chance(90) ? 4 : 1);
        }
    } else {
        random_code(code, sizeof code);
    }
    if (fuzz_chance(40))
        random_vector_code(code, sizeof code);
    world_put(w, 0x7000, code, sizeof code);
    world_put(w, WORLD_CODE, code, sizeof code);
    w->cpu->intr = fuzz_chance(10);
}
