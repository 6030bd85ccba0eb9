// Random machines outside of flat 32-bit code: real-address and virtual-8086 mode, 16-bit segments,
// tasks; and programs that go from one to another.
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/tests/fuzz_machine.h"

enum {
    CODE_AT = WORLD_CODE, // the program, twice
    CODE_BYTES = 0x1000,
    TSS_AREA = 0x18000, // task state segments of 256 bytes
    TASKS = 6,
    SEL_TASKS = 0x80, // and then a 16-bit world: code, data, a conforming one, gates
    SEL_CODE16 = 0xb0,
    SEL_DATA16 = 0xb8,
    SEL_DOWN = 0xc0,
    SEL_CODE16_3 = 0xc8,
    SEL_DATA16_3 = 0xd0,
    SEL_CONFORMING = 0xd8,
    SEL_GATES = 0xe0,
};

static uint16_t likely_selector(void)
{
    static const uint16_t known[] = {
        SEL_CODE0,        SEL_DATA0,        SEL_CODE3, SEL_DATA3,
        SEL_CODE16,       SEL_DATA16,       SEL_DOWN,  SEL_CODE16_3 | 3,
        SEL_DATA16_3 | 3, SEL_CONFORMING,   SEL_GATES, SEL_GATES + 8,
        SEL_GATES + 16,   SEL_GATES + 0x18, SEL_TASKS, SEL_TASKS + 8,
        SEL_TASKS + 16,   SEL_TASKS + 0x18, 0,         SEL_LDT};
    uint16_t s = known[fuzz_random() % (sizeof known / sizeof *known)];
    return fuzz_chance(10) ? (uint16_t)(s ^ (fuzz_random() & 7)) : s;
}

// A paragraph from which the program, the stack or the data can be reached.
static uint16_t likely_paragraph(void)
{
    static const uint16_t known[] = {0, CODE_AT >> 4, 0x700, 0x900, 0xc00, 0x3000, 0xf000, 0xffff};
    return known[fuzz_random() % 8];
}

static uint16_t likely_word(bool paragraphs)
{
    if (fuzz_chance(40))
        return paragraphs ? likely_paragraph() : likely_selector();
    if (fuzz_chance(50))
        return (uint16_t)(fuzz_random() & 0x3ff);
    return (uint16_t)fuzz_random();
}

static void put16(struct world *w, uint32_t at, uint32_t v)
{
    world_put(w, at, &(uint16_t){(uint16_t)v}, 2);
}

// --- tables ---

static void random_task(struct world *w, unsigned i)
{
    uint32_t at = TSS_AREA + i * 256;
    bool wide = fuzz_chance(60), v86 = wide && fuzz_chance(25);
    unsigned rpl = fuzz_chance(50) ? 0 : 3;
    uint32_t flags = FLAG_ONE | (fuzz_random() & (FLAGS_ARITH | FLAG_IF | FLAG_IOPL | FLAG_NT));
    if (fuzz_chance(5))
        flags |= FLAG_TF;
    uint16_t seg[6];
    for (unsigned s = 0; s < 6; s++)
        seg[s] =
            v86 ? likely_paragraph()
                : (uint16_t)(fuzz_chance(80) ? (rpl ? SEL_DATA3 : SEL_DATA0) : likely_selector());
    if (!v86)
        seg[SEG_CS] = fuzz_chance(90) ? (rpl ? SEL_CODE3 : SEL_CODE0) : likely_selector();
    uint32_t esp = 0x9000 + fuzz_random() % 0x1000, eip = CODE_AT + fuzz_random() % 0x800;
    if (v86)
        eip &= 0xfff;
    if (wide) {
        put16(w, at, SEL_TASKS + fuzz_random() % TASKS * 8);
        world_put32(w, at + 4, WORLD_STACK0);
        put16(w, at + 8, SEL_DATA0);
        world_put32(w, at + 0x1c, WORLD_DIRECTORY);
        world_put32(w, at + 0x20, eip);
        world_put32(w, at + 0x24, flags | (v86 ? (uint32_t)FLAG_VM : 0));
        for (unsigned r = 0; r < 8; r++)
            world_put32(w, at + 0x28 + 4 * r, r == REG_ESP ? esp : fuzz_random());
        for (unsigned s = 0; s < 6; s++)
            put16(w, at + 0x48 + 4 * s, seg[s]);
        put16(w, at + 0x60, fuzz_chance(50) ? SEL_LDT : fuzz_chance(90) ? 0 : likely_selector());
        put16(w, at + 0x64, fuzz_chance(10));
        put16(w, at + 0x66, fuzz_chance(80) ? 0x88 : fuzz_random());
        for (unsigned b = 0x68; b < 0x100; b += 4) // redirection and port maps
            world_put32(w, at + b, fuzz_chance(50) ? 0 : fuzz_random());
    } else {
        put16(w, at, SEL_TASKS + fuzz_random() % TASKS * 8);
        put16(w, at + 2, WORLD_STACK0);
        put16(w, at + 4, SEL_DATA0);
        put16(w, at + 0x0e, eip);
        put16(w, at + 0x10, flags);
        for (unsigned r = 0; r < 8; r++)
            put16(w, at + 0x12 + 2 * r, r == REG_ESP ? esp : fuzz_random());
        for (unsigned s = 0; s < 4; s++)
            put16(w, at + 0x22 + 2 * s, seg[s]);
        put16(w, at + 0x2a, fuzz_chance(80) ? 0 : SEL_LDT);
    }
    uint32_t limit = fuzz_chance(90) ? 0xff : fuzz_random() % 0x70;
    uint32_t type = (wide ? 0x8900u : 0x8100u) | (fuzz_chance(25) ? 0x200 : 0) |
                    (fuzz_chance(50) ? GATE_DPL3 : 0);
    world_descriptor(w, SEL_TASKS + i * 8, at, limit, type);
}

static void random_gates(struct world *w)
{
    static const uint32_t types[] = {0x8400, 0x8c00, 0x8500, 0x8c00};
    for (unsigned i = 0; i < 4; i++) {
        bool task = types[i] == 0x8500;
        uint32_t selector = task              ? SEL_TASKS + fuzz_random() % TASKS * 8
                            : fuzz_chance(60) ? (uint32_t)(fuzz_chance(50) ? SEL_CODE0 : SEL_CODE16)
                                              : likely_selector();
        uint32_t offset =
            selector == SEL_CODE16 ? fuzz_random() % 0x800 : CODE_AT + fuzz_random() % 0x800;
        uint32_t count = fuzz_chance(50) ? fuzz_random() % 32 : 0;
        world_put32(w, WORLD_GDT + SEL_GATES + i * 8, selector << 16 | (offset & 0xffff));
        world_put32(w, WORLD_GDT + SEL_GATES + i * 8 + 4,
                    (offset & 0xffff0000u) | types[i] | count | (fuzz_chance(80) ? GATE_DPL3 : 0));
    }
    static const uint32_t kinds[] = {0x8e00, 0x8f00, 0x8600, 0x8700, 0x8500};
    for (unsigned i = 0; i < 24; i++) {
        uint32_t type = kinds[fuzz_random() % 5];
        uint16_t selector = type == 0x8500    ? (uint16_t)(SEL_TASKS + fuzz_random() % TASKS * 8)
                            : fuzz_chance(70) ? SEL_CODE0
                                              : likely_selector();
        world_gate(w, i < 16 ? i : fuzz_random() & 0xff, selector,
                   selector == SEL_CODE0 ? CODE_AT + fuzz_random() % 0x800 : fuzz_random() % 0x1000,
                   type | (fuzz_chance(60) ? GATE_DPL3 : 0));
    }
}

static void mode_tables(struct world *w)
{
    world_descriptor(w, SEL_CODE16, CODE_AT, 0xffff, 0x00009b00);
    world_descriptor(w, SEL_DATA16, fuzz_chance(50) ? 0 : 0x8000, 0xffff, 0x00009200);
    world_descriptor(w, SEL_DOWN, 0, fuzz_random() % 0x9000, fuzz_chance(50) ? 0x9700 : 0x409700);
    world_descriptor(w, SEL_CODE16_3, CODE_AT, 0xffff, 0x0000fa00);
    world_descriptor(w, SEL_DATA16_3, 0, 0xffff, 0x0000f200);
    world_descriptor(w, SEL_CONFORMING, CODE_AT, 0xffff, 0x00009e00);
    for (unsigned i = 0; i < TASKS; i++)
        random_task(w, i);
    random_gates(w);
    w->cpu->gdtr.limit = fuzz_chance(90) ? 0xff : fuzz_random() & 0xff;
    uint32_t task = fuzz_random() % TASKS; // the current one: a 386 TSS, busy
    uint32_t at = TSS_AREA + task * 256;
    world_descriptor(w, SEL_TASKS + task * 8, at, 0xff, 0x8b00);
    w->cpu->tr = (struct segment){
        .base = at, .limit = 0xff, .selector = (uint16_t)(SEL_TASKS + task * 8), .attr = 0x8b};
    world_put32(w, at + 4, WORLD_STACK0);
    put16(w, at + 8, fuzz_chance(90) ? SEL_DATA0 : SEL_DATA16);
    world_put32(w, at + 0x64, 0x880000);
}

// --- code ---

// One step of a program that changes modes; `paragraphs`: selectors mean nothing in it.
static unsigned mode_insn(uint8_t *p, bool paragraphs)
{
    static const uint8_t plain[] = {0x06, 0x0e, 0x16, 0x1e, 0x50, 0x54, 0x58, 0x60, 0x61, 0x9c,
                                    0x9d, 0xa4, 0xaa, 0xac, 0xc3, 0xc9, 0xcb, 0xcc, 0xce, 0xcf,
                                    0xcf, 0xec, 0xee, 0xf4, 0xfa, 0xfb, 0x40, 0x4b, 0x6c, 0x6f};
    unsigned n = 0;
    uint16_t word = likely_word(paragraphs);
    switch (fuzz_random() % 14) {
    case 0: // mov ax, word; mov sreg, ax
    case 1:
        p[n++] = 0xb8;
        memcpy(p + n, &word, 2);
        n += 2;
        p[n++] = 0x8e;
        p[n++] = (uint8_t)(0xc0 | (fuzz_random() % 6) << 3);
        return n;
    case 2: // push word; pop sreg, or retf or iret some time later
        p[n++] = 0x68;
        memcpy(p + n, &word, 2);
        n += 2;
        if (fuzz_chance(40))
            p[n++] = (uint8_t[]){0x07, 0x17, 0x1f}[fuzz_random() % 3];
        return n;
    case 3: // jmp or call far
        p[n++] = fuzz_chance(50) ? 0xea : 0x9a;
        word = (uint16_t)(fuzz_random() % 0x800);
        if (fuzz_chance(40))
            word = (uint16_t)(word + CODE_AT);
        memcpy(p + n, &word, 2);
        n += 2;
        word = paragraphs ? likely_paragraph() : likely_selector();
        memcpy(p + n, &word, 2);
        return n + 2;
    case 4:
        p[n++] = 0xcd;
        p[n++] = (uint8_t)(fuzz_chance(50) ? fuzz_random() % 32 : fuzz_random());
        return n;
    case 5: // frames for RETF and IRET
        for (unsigned i = 0; i < 5; i++) {
            word = likely_word(paragraphs);
            p[n++] = 0x68;
            memcpy(p + n, &word, 2);
            n += 2;
        }
        p[n++] = fuzz_chance(50) ? 0xcf : 0xcb;
        return n;
    case 6: // mov eax, cr0; xor al, 1; mov cr0, eax: rarely
        if (fuzz_chance(60))
            break;
        memcpy(p, (uint8_t[]){0x0f, 0x20, 0xc0, 0x34, 0x01, 0x0f, 0x22, 0xc0}, 8);
        return 8;
    case 7: { // LAR and its like, SLDT and its like, LLDT and its like, SMSW, ARPL
        static const uint8_t low[] = {0x00, 0x02, 0x03, 0x00};
        if (fuzz_chance(20)) {
            p[n++] = 0x63;
        } else {
            p[n++] = 0x0f;
            p[n++] = low[fuzz_random() % 4];
        }
        p[n++] = (uint8_t)(0xc0 | (fuzz_random() & 0x3f));
        return n;
    }
    case 8: // memory by 16-bit addresses
    case 9:
        if (fuzz_chance(20))
            p[n++] = (uint8_t[]){0x26, 0x2e, 0x36, 0x64}[fuzz_random() & 3];
        p[n++] = (uint8_t[]){0x89, 0x8b, 0x01, 0xff, 0x8c, 0xc5}[fuzz_random() % 6];
        p[n++] = (uint8_t)(fuzz_random() & 0x7f);
        p[n++] = (uint8_t)fuzz_random();
        return n;
    case 10: // prefixes of the next one
        p[n++] = fuzz_chance(50) ? 0x66 : 0x67;
        return n;
    case 11:
        p[n++] = (uint8_t)(0x70 | (fuzz_random() & 15));
        p[n++] = (uint8_t)(fuzz_random() % 20);
        return n;
    default: break;
    }
    p[n++] = plain[fuzz_random() % sizeof plain];
    return n;
}

static void mode_code(struct world *w, bool paragraphs)
{
    static uint8_t code[CODE_BYTES];
    memset(code, 0x90, sizeof code);
    for (unsigned at = 0; at + 24 < sizeof code;)
        at += mode_insn(code + at, paragraphs);
    world_put(w, CODE_AT, code, sizeof code);
    world_put(w, 0x7000, code, sizeof code);
}

// --- states ---

static void set_paragraphs(struct cpu *cpu, unsigned attr)
{
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        uint16_t s = i == SEG_CS ? CODE_AT >> 4 : i == SEG_SS ? 0x900 : likely_paragraph();
        cpu->seg[i] = (struct segment){
            .base = (uint32_t)s << 4, .limit = 0xffff, .selector = s, .attr = (uint16_t)attr};
    }
    cpu->eip = fuzz_random() % 0x100;
    cpu->gpr[REG_ESP] = 0x800 + fuzz_random() % 0x800;
}

static void real_mode(struct world *w)
{
    struct cpu *cpu = w->cpu;
    cpu->cr0 &= ~(uint32_t)(CR0_PE | CR0_PG);
    cpu->cpl = 0;
    cpu->eflags &= ~(uint32_t)(FLAG_VM | FLAG_VIF | FLAG_VIP);
    set_paragraphs(cpu, 0x93);
    cpu->idtr = (struct table_register){.base = 0,
                                        .limit = fuzz_chance(90) ? 0x3ff : fuzz_random() & 0x3ff};
    for (unsigned v = 0; v < 256; v++)
        world_put32(w, v * 4, (uint32_t)(CODE_AT >> 4) << 16 | fuzz_random() % 0x800);
    if (fuzz_chance(15)) { // big real mode
        struct segment *s = &cpu->seg[fuzz_random() % SEG_COUNT];
        s->limit = 0xffffffffu;
        s->attr |= fuzz_chance(50) ? 0xc00 : 0x800;
    }
}

static void v86_mode(struct world *w)
{
    struct cpu *cpu = w->cpu;
    cpu->eflags |= FLAG_VM | (fuzz_random() & (FLAG_VIF | FLAG_VIP | FLAG_IOPL));
    cpu->cpl = 3;
    set_paragraphs(cpu, 0xf3);
    if (fuzz_chance(60))
        cpu->cr4 |= CR4_VME;
    for (unsigned v = 0; v < 256; v++) // where redirected interrupts go
        world_put32(w, v * 4, (uint32_t)(CODE_AT >> 4) << 16 | fuzz_random() % 0x800);
}

static void protected16(struct world *w)
{
    struct cpu *cpu = w->cpu;
    bool user = cpu->cpl == 3;
    if (fuzz_chance(40) && user)
        cpu->cr4 |= CR4_PVI;
    cpu->seg[SEG_CS] = (struct segment){.base = CODE_AT,
                                        .limit = 0xffff,
                                        .selector = user ? SEL_CODE16_3 | 3 : SEL_CODE16,
                                        .attr = user ? 0xfa : 0x9b};
    cpu->eip = fuzz_random() % 0x100;
    if (fuzz_chance(50))
        cpu->seg[SEG_SS] = (struct segment){.base = 0,
                                            .limit = 0xffff,
                                            .selector = user ? SEL_DATA16_3 | 3 : SEL_DATA16,
                                            .attr = user ? 0xf3 : 0x93};
    cpu->gpr[REG_ESP] = 0x9800 + fuzz_random() % 0x400;
}

void fuzz_prepare_modes(struct world *w)
{
    struct cpu *cpu = w->cpu;
    bool paragraphs = true;
    mode_tables(w);
    if (!(cpu->cr0 & CR0_PE))
        cpu->cpl = 0;
    cpu->cr0 |= CR0_PE;
    cpu->eflags &= ~(uint32_t)FLAG_VM;
    if (cpu->cr4 & (CR4_SMEP | CR4_SMAP | CR4_PAE)) // tasks have 32-bit tables
        cpu->cr0 &= ~(uint32_t)CR0_PG;
    switch (fuzz_random() % 4) {
    case 0: real_mode(w); break;
    case 1: v86_mode(w); break;
    case 2:
        protected16(w);
        paragraphs = false;
        break;
    default: // flat, but with tasks and gates
        cpu->eip = CODE_AT;
        cpu->gpr[REG_ESP] = 0x9800 + fuzz_random() % 0x400;
        paragraphs = false;
    }
    mode_code(w, paragraphs);
}
