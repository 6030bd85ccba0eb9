// Real-address mode: reset, the IVT, wrap-around at 64 KB, big real mode, and the way in and out.
// (SDM vol. 3, 9.1, 9.9, 20.1)
#include "emu/cpu/protect.h"
#include "emu/tests/system_tests.h"

enum {
    R_CODE = WORLD_CODE >> 4, // CS of the tests, IP from 0
    R_STACK = 0x900,
    R_SP = 0x100,
    HANDLER = WORLD_HANDLERS,
};

// Real-address mode with code at R_CODE:0, stack at R_STACK:R_SP, all vectors' handlers HLTs.
static void make_real(void)
{
    world_reset(w, 0);
    struct cpu *cpu = w->cpu;
    cpu_reset(cpu);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){.limit = 0xffff, .attr = 0x93};
    cpu->seg[SEG_CS].selector = R_CODE;
    cpu->seg[SEG_CS].base = R_CODE << 4;
    cpu->seg[SEG_SS].selector = R_STACK;
    cpu->seg[SEG_SS].base = R_STACK << 4;
    cpu->gpr[REG_ESP] = R_SP;
    cpu->eip = 0;
    cpu->idtr = (struct table_register){.base = 0, .limit = 0x3ff};
    cpu->gdtr = (struct table_register){.base = WORLD_GDT, .limit = 0xff};
    for (uint32_t v = 0; v < 256; v++) // 0600:v
        world_put32(w, v * 4, (uint32_t)(HANDLER >> 4) << 16 | v);
}

// Run code at 0500:0; the vector whose handler's HLT was reached.
static int run_real(const uint8_t *code, unsigned n)
{
    world_put(w, WORLD_CODE, code, n);
    world_put(w, HANDLER, (uint8_t[256]){0}, 256);
    for (uint32_t v = 0; v < 256; v++)
        world_put(w, HANDLER + v, &(uint8_t){0xf4}, 1);
    w->cpu->poll = 0;
    cpu_set_budget(w->cpu, 100);
    enum cpu_exit why = w->engine->run(w->cpu);
    if (why == EXIT_HALT && w->cpu->seg[SEG_CS].selector == HANDLER >> 4)
        return (int)w->cpu->eip - 1;
    return -1 - (int)why;
}
#define EXPECT_REAL(vector, ...)                                                                   \
    EXPECT("vector",                                                                               \
           run_real((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})),       \
           vector)
enum { TOP = R_STACK * 16 + R_SP };

static const char *test_reset(void)
{
    world_reset(w, 3);
    w->cpu->shadow = w->cpu->nmi_blocked = true;
    w->cpu->pending_debug = 1;
    cpu_reset(w->cpu);
    const struct cpu *c = w->cpu;
    // Table 9-1.
    EXPECT("EFLAGS", c->eflags, 2);
    EXPECT("EIP", c->eip, 0xfff0);
    EXPECT("CR0", c->cr0, 0x60000010);
    EXPECT("CR2", c->cr2, 0);
    EXPECT("CR3", c->cr3, 0);
    EXPECT("CR4", c->cr4, 0);
    EXPECT("CS", c->seg[SEG_CS].selector, 0xf000);
    EXPECT("CS base", c->seg[SEG_CS].base, 0xffff0000u);
    EXPECT("CS limit", c->seg[SEG_CS].limit, 0xffff);
    EXPECT("CS attributes", c->seg[SEG_CS].attr, 0x93);
    EXPECT("SS", c->seg[SEG_SS].selector, 0);
    EXPECT("DS limit", c->seg[SEG_DS].limit, 0xffff);
    EXPECT("EAX", c->gpr[REG_EAX], 0);
    EXPECT("GDTR limit", c->gdtr.limit, 0xffff);
    EXPECT("IDTR limit", c->idtr.limit, 0xffff);
    EXPECT("LDTR limit", c->ldtr.limit, 0xffff);
    EXPECT("TR limit", c->tr.limit, 0xffff);
    EXPECT("DR6", c->dr[6], 0xffff0ff0u);
    EXPECT("DR7", c->dr[7], 0x400);
    EXPECT("CPL", c->cpl, 0);
    EXPECT("nothing pending", c->shadow || c->nmi_blocked || c->pending_debug, 0);
    return NULL;
}

static const char *test_interrupts(void)
{
    make_real(); // FLAGS, CS, IP; IF, TF, AC cleared
    w->cpu->eflags |= FLAG_IF | FLAG_CF | FLAG_AC;
    EXPECT_REAL(0x21, 0xcd, 0x21);
    EXPECT_WORDS(TOP - 6, 2, R_CODE, FLAG_ONE | FLAG_IF | FLAG_CF);
    EXPECT("eflags", w->cpu->eflags, FLAG_ONE | FLAG_CF);
    EXPECT("esp", w->cpu->gpr[REG_ESP], R_SP - 6);
    make_real(); // no error code; the fault's own IP
    w->cpu->gpr[REG_EBX] = 0xffff;
    EXPECT_REAL(EXC_GP, 0x90, 0x8b, 0x07); // mov ax,[bx]: beyond 64 KB
    EXPECT_WORDS(TOP - 6, 1, R_CODE);
    make_real(); // through BP: #SS
    w->cpu->gpr[REG_EBP] = 0xffff;
    EXPECT_REAL(EXC_SS, 0x8b, 0x46, 0x00);
    make_real(); // the IVT elsewhere
    w->cpu->idtr.base = 0x4000;
    world_put32(w, 0x4000 + 0x80 * 4, (uint32_t)(HANDLER >> 4) << 16 | 0x55);
    EXPECT_REAL(0x55, 0xcd, 0x80);
    make_real(); // beyond its limit: #GP
    w->cpu->idtr.limit = 0x80 * 4 + 2;
    EXPECT_REAL(EXC_GP, 0xcd, 0x80);
    EXPECT_WORDS(TOP - 6, 0, R_CODE);
    make_real(); // #GP beyond it as well: #DF
    w->cpu->idtr.limit = EXC_GP * 4 + 2;
    EXPECT_REAL(EXC_DF, 0xcd, 0x80);
    make_real(); // and that, too: shutdown
    w->cpu->idtr.limit = 3;
    EXPECT_REAL(-1 - EXIT_SHUTDOWN, 0xcd, 0x80);
    make_real(); // IRET, 16 bits: the upper half of EFLAGS stays
    w->cpu->eflags |= FLAG_AC;
    world_put32(w, TOP - 6, 0x0600u << 16 | 0x77);
    world_put32(w, TOP - 2, 0x7002 | FLAG_IF | FLAG_CF);
    w->cpu->gpr[REG_ESP] = R_SP - 6;
    EXPECT_REAL(0x77, 0xcf);
    EXPECT("eflags", w->cpu->eflags, 0x7002 | FLAG_IF | FLAG_CF | FLAG_AC);
    make_real(); // IRETD: VM, VIF and VIP stay as they are (SDM vol. 2, IRET: 257FD5H, 1A0000H)
    world_put32(w, TOP - 12, 0x77);
    world_put32(w, TOP - 8, 0x0600);
    world_put32(w, TOP - 4, 0xffffffffu & ~(uint32_t)FLAG_TF);
    w->cpu->gpr[REG_ESP] = R_SP - 12;
    EXPECT_REAL(0x77, 0x66, 0xcf);
    EXPECT("eflags", w->cpu->eflags & ~(uint32_t)FLAG_RF, 0x247ed7);
    return NULL;
}

static const char *test_wrap(void)
{
    make_real(); // 16-bit offsets wrap: [bx+si] = FFFF + 2 = 1
    world_put32(w, 0x1ff0, 0);
    w->cpu->gpr[REG_EBX] = 0xffff;
    w->cpu->gpr[REG_ESI] = 0xffff0002u;
    w->cpu->seg[SEG_DS].base = 0x8000;
    w->cpu->seg[SEG_DS].selector = 0x800;
    world_put32(w, 0x8001, 0x5a);
    EXPECT_REAL(0x40, 0x8a, 0x00, 0xcd, 0x40); // mov al,[bx+si]
    EXPECT("al", w->cpu->gpr[REG_EAX] & 0xff, 0x5a);
    make_real(); // a 32-bit address beyond the limit
    w->cpu->gpr[REG_EBX] = 0x10000;
    EXPECT_REAL(EXC_GP, 0x67, 0x8a, 0x03);
    make_real(); // SP wraps from 0 to FFFE
    w->cpu->gpr[REG_ESP] = 0xabcd0000u;
    w->cpu->gpr[REG_EAX] = 0x1234;
    w->cpu->seg[SEG_SS].base = 0x40000;
    EXPECT_REAL(0x40, 0x50, 0xcd, 0x40);
    EXPECT("pushed", world_get16(w, 0x4fffe), 0x1234);
    EXPECT("esp", w->cpu->gpr[REG_ESP], 0xabcdfff8u);
    make_real(); // SP = 1: the word would lie across the end: #SS, whose frame does so as well
    w->cpu->gpr[REG_ESP] = 1;
    EXPECT_REAL(-1 - EXIT_SHUTDOWN, 0x50);
    make_real(); // POP at SP = FFFF: #SS
    w->cpu->gpr[REG_ESP] = 0xffff;
    w->cpu->seg[SEG_SS].base = 0x40000;
    EXPECT_REAL(EXC_SS, 0x58);
    make_real(); // a jump backwards over 0: IP wraps
    EXPECT_REAL(0x40, 0xeb, 0x02, 0xcd, 0x40, 0xe9, 0xfb, 0xff); // jmp 4; 4: jmp 2
    make_real();
    w->cpu->eip = 0xfffe; // jmp short +3 at FFFE: to 0000 + 3
    world_put(w, WORLD_CODE + 0xfffe, (uint8_t[]){0xeb, 0x03}, 2);
    EXPECT_REAL(0x40, 0xf4, 0xf4, 0xf4, 0xcd, 0x40);
    make_real(); // execution over the end: #GP
    w->cpu->eip = 0xffff;
    world_put(w, WORLD_CODE + 0xffff, (uint8_t[]){0x40}, 1);
    EXPECT_REAL(EXC_GP, 0xf4);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    make_real(); // LOOP counts CX
    w->cpu->gpr[REG_ECX] = 0x10001;
    EXPECT_REAL(0x40, 0xe2, 0xfe, 0xcd, 0x40);
    EXPECT("ecx", w->cpu->gpr[REG_ECX], 0x10000);
    make_real(); // string addresses wrap, too
    w->cpu->gpr[REG_ESI] = 0x1234ffff;
    w->cpu->gpr[REG_ECX] = 0x70002;
    w->cpu->seg[SEG_DS].base = 0x40000;
    world_put32(w, 0x40000, 0x66);
    EXPECT_REAL(0x40, 0xf3, 0xac, 0xcd, 0x40); // rep lodsb
    EXPECT("al", w->cpu->gpr[REG_EAX], 0x66);
    EXPECT("esi", w->cpu->gpr[REG_ESI], 0x12340001);
    EXPECT("ecx", w->cpu->gpr[REG_ECX], 0x70000);
    return NULL;
}

static const char *test_far(void)
{
    make_real();                                      // call far 0900:... and retf
    world_put(w, 0x8000, (uint8_t[]){0x40, 0xcb}, 2); // inc ax; retf
    EXPECT_REAL(0x40, 0x9a, 0, 0, 0, 8, 0xcd, 0x40);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    EXPECT_WORDS(TOP - 6, 7, R_CODE); // the frame of INT 0x40
    make_real();                      // retf 4
    world_put(w, 0x8000, (uint8_t[]){0xca, 4, 0}, 3);
    EXPECT_REAL(0x40, 0x50, 0x50, 0x9a, 0, 0, 0, 8, 0xcd, 0x40);
    EXPECT("esp", w->cpu->gpr[REG_ESP], R_SP - 6);
    make_real(); // an offset beyond 64 KB: #GP
    EXPECT_REAL(EXC_GP, 0x66, 0xea, 0, 0, 1, 0, 0, 8);
    make_real(); // no room: #SS comes first (SDM vol. 2, CALL)
    w->cpu->gpr[REG_ESP] = 5;
    w->cpu->seg[SEG_SS].limit = 0xffff;
    world_put32(w, EXC_SS * 4, 0);
    EXPECT_REAL(-1 - EXIT_SHUTDOWN, 0x66, 0x9a, 0, 0, 1, 0, 0, 8);
    make_real();                           // not there in real-address mode: #UD
    EXPECT_REAL(EXC_UD, 0x0f, 0x00, 0xc0); // sldt ax
    make_real();
    EXPECT_REAL(EXC_UD, 0x0f, 0x02, 0xc1); // lar ax,cx
    make_real();
    EXPECT_REAL(EXC_UD, 0x63, 0xc8); // arpl ax,cx
    make_real();                     // privileged ones are allowed
    EXPECT_REAL(0x40, 0x0f, 0x20, 0xc0, 0x0f, 0x06, 0xfa, 0xcd, 0x40);
    return NULL;
}

// Into protected mode, load DS with a 4 GB segment, and back: the limit stays, the base does not.
static const char *test_big_real(void)
{
    make_real();
    world_put32(w, 0xf0000, 0xfeedbeef);
    EXPECT_REAL(0x40, 0x0f, 0x20, 0xc0,             // mov eax,cr0
                0x40, 0x0f, 0x22, 0xc0,             // inc ax; mov cr0,eax: PE
                0xb9, SEL_DATA0, 0,                 // mov cx,SEL_DATA0
                0x8e, 0xd9,                         // mov ds,cx
                0x48, 0x0f, 0x22, 0xc0,             // dec ax; mov cr0,eax
                0x31, 0xc9, 0x8e, 0xd9,             // xor cx,cx; mov ds,cx
                0x66, 0xbb, 0x00, 0x00, 0x0f, 0x00, // mov ebx,0xf0000
                0x67, 0x66, 0x8b, 0x13,             // mov edx,[ebx]
                0xcd, 0x40);
    EXPECT("edx", w->cpu->gpr[REG_EDX], 0xfeedbeef);
    EXPECT("limit", w->cpu->seg[SEG_DS].limit, 0xffffffffu);
    EXPECT("base", w->cpu->seg[SEG_DS].base, 0);
    EXPECT("PE", w->cpu->cr0 & CR0_PE, 0);
    make_real();                                             // LMSW sets PE and cannot clear it
    EXPECT_REAL(-1 - EXIT_HALT, 0x0f, 0x01, 0xf2 | 0, 0xf4); // lmsw dx, dx = 0
    make_real();
    w->cpu->gpr[REG_EDX] = 1;
    world_put(w, WORLD_CODE + 0x100, (uint8_t[]){0xf4}, 1);
    EXPECT_REAL(-1 - EXIT_HALT, 0x0f, 0x01, 0xf2, 0x31, 0xd2, 0x0f, 0x01, 0xf2, // lmsw; and with 0
                0xea, 0x00, 0x51, SEL_CODE0, 0);                                // to 32-bit code
    EXPECT("PE", w->cpu->cr0 & CR0_PE, CR0_PE);
    EXPECT("CS", w->cpu->seg[SEG_CS].selector, SEL_CODE0);
    EXPECT("eip", w->cpu->eip, WORLD_CODE + 0x101);
    EXPECT("CPL", w->cpu->cpl, 0);
    make_real(); // PE with PG cannot be cleared; PG needs PE
    w->cpu->gpr[REG_EAX] = CR0_PG | CR0_ET;
    EXPECT_REAL(EXC_GP, 0x0f, 0x22, 0xc0);
    return NULL;
}

// From 32-bit flat code through a 16-bit segment to real-address mode and back, many times: the
// translator runs the flat part.
static const char *test_back_and_forth(void)
{
    make_real();
    world_descriptor(w, SEL_FREE, WORLD_CODE, 0xffff, 0x00009b00); // 16-bit code
    world_descriptor(w, SEL_FREE + 8, 0, 0xffff, 0x00009300);      // 16-bit data
    // 0: real: mov eax,cr0; inc ax; mov cr0,eax; jmp far SEL_CODE0:WORLD_CODE + 0x200
    static const uint8_t enter[] = {0x0f, 0x20, 0xc0, 0x40, 0x0f, 0x22,      0xc0, 0x66,
                                    0xea, 0x00, 0x52, 0x00, 0x00, SEL_CODE0, 0};
    // 0x200: flat: mov ax,SEL_DATA0; mov ds,ax; mov es,ax; mov ss,ax; mov ecx,50;
    // l: add edi,ecx; add [0xc000],edi; loop l; jmp far SEL_FREE:0x300
    static const uint8_t flat[] = {0x66, 0xb8, SEL_DATA0, 0,    0x8e, 0xd8, 0x8e,     0xc0,
                                   0x8e, 0xd0, 0xb9,      50,   0,    0,    0,        0x01,
                                   0xcf, 0x01, 0x3d,      0x00, 0xc0, 0,    0,        0xe2,
                                   0xf6, 0xea, 0x00,      0x03, 0,    0,    SEL_FREE, 0};
    // 0x300: mov ax,SEL_FREE+8; mov ds,ax; es; ss; mov eax,cr0; dec ax; mov cr0,eax; jmp 0500:340
    static const uint8_t leave[] = {0xb8, SEL_FREE + 8, 0,    0x8e, 0xd8, 0x8e, 0xc0,
                                    0x8e, 0xd0,         0x0f, 0x20, 0xc0, 0x48, 0x0f,
                                    0x22, 0xc0,         0xea, 0x40, 0x03, 0x00, 0x05};
    // 0x340: mov ax,0x900; mov ss,ax; dec bp; jz +3; jmp 0; int 0x40
    static const uint8_t again[] = {0xb8, 0x00, 0x09, 0x8e, 0xd0, 0x4d, 0x74,
                                    0x03, 0xe9, 0xb5, 0xfc, 0xcd, 0x40};
    world_put(w, WORLD_CODE + 0x200, flat, sizeof flat);
    world_put(w, WORLD_CODE + 0x300, leave, sizeof leave);
    world_put(w, WORLD_CODE + 0x340, again, sizeof again);
    w->cpu->gpr[REG_EBP] = 20;
    world_put(w, WORLD_CODE, enter, sizeof enter);
    for (uint32_t v = 0; v < 256; v++)
        world_put(w, HANDLER + v, &(uint8_t){0xf4}, 1);
    enum cpu_exit why = EXIT_BUDGET;
    for (unsigned i = 0; i < 1000 && why != EXIT_HALT; i++) {
        w->cpu->poll = 0;
        cpu_set_budget(w->cpu, 37 + i % 5);
        why = w->engine->run(w->cpu);
    }
    EXPECT("exit", why, EXIT_HALT);
    EXPECT("vector", w->cpu->eip, 0x41);
    EXPECT("edi", w->cpu->gpr[REG_EDI], 20 * 50 * 51 / 2);
    EXPECT("real", w->cpu->cr0 & CR0_PE, 0);
    EXPECT("D of CS", w->cpu->seg[SEG_CS].attr & SEG_ATTR_DB, 0);
    // sum over rounds and loops of the running EDI
    uint32_t edi = 0, sum = 0;
    for (unsigned round = 0; round < 20; round++)
        for (uint32_t c = 50; c; c--)
            sum += edi += c;
    EXPECT("memory", world_get32(w, 0xc000), sum);
    return NULL;
}

// The end of a 4 GB code segment that does not lie on a page's edge, first reached with nothing in
// any cache, then again: an instruction across it is #GP(0), not two halves.
static const char *test_end_of_code(void)
{
    make_real();
    static const uint8_t inc[] = {0xfe, 0xc0}; // inc al
    w->cpu->seg[SEG_CS].limit = 0xffffffffu;
    w->cpu->seg[SEG_CS].attr |= SEG_ATTR_G;
    world_put(w, HANDLER + EXC_GP, (uint8_t[]){0xf4}, 1);
    for (unsigned i = 0; i < 2; i++) {
        world_put(w, WORLD_CODE + 0xff, inc, sizeof inc);
        // Once as an instruction at an ordinary offset of another segment, so that it is known.
        w->cpu->seg[SEG_CS].base = WORLD_CODE;
        w->cpu->eip = 0xff;
        cpu_set_budget(w->cpu, 1);
        w->cpu->poll = 0;
        EXPECT("exit", w->engine->run(w->cpu), EXIT_BUDGET);
        EXPECT("al", w->cpu->gpr[REG_EAX], i + 1);
        w->cpu->seg[SEG_CS].base = WORLD_CODE + 0x100;
        w->cpu->eip = 0xffffffffu;
        cpu_set_budget(w->cpu, 2);
        w->cpu->poll = 0;
        EXPECT("exit", w->engine->run(w->cpu), EXIT_HALT);
        EXPECT("vector", w->cpu->eip - 1, EXC_GP);
        EXPECT("al", w->cpu->gpr[REG_EAX], i + 1);
        w->cpu->halted = false;
        w->cpu->gpr[REG_ESP] = R_SP;
        w->cpu->seg[SEG_CS].selector = R_CODE;
    }
    return NULL;
}

const struct system_test system_tests_real[] = {
    {"reset", test_reset},
    {"interrupts", test_interrupts},
    {"wrap-around", test_wrap},
    {"far transfers", test_far},
    {"big real mode", test_big_real},
    {"back and forth", test_back_and_forth},
    {"end of a 4 GB code segment", test_end_of_code},
    {NULL, NULL},
};
