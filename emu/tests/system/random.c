// Random system states: descriptors, gates, tasks, stacks, and a few system instructions on them,
// made from a seed, so that every emulator runs the same. There is no expectation here: a line says
// what came of a seed, and the host compares the lines of the emulators (system_suite.sh random).
//     @st SEED vector error cs:eip eflags ss:esp ds es fs gs tr ldtr cr0 dr6 hash of registers,
//     hash of memory
// The landing places of all branches lie behind the instructions, and the rest of the code is
// INT_EXIT, so that nothing runs for long; a double fault goes to a task of its own, so that little
// ends the machine.
#include "emu/tests/system/world.h"

static uint32_t seed;
static uint8_t *at; // where the next code byte goes
static bool code16; // of the segment that the snippet begins in
static bool verbose;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed ^ seed >> 15) * n >> 32);
}
static bool chance(uint32_t percent)
{
    return rnd(100) < percent;
}
static uint32_t pick(const uint16_t *list, uint32_t n)
{
    return list[rnd(n)];
}

static const uint16_t selectors[] = {
    SEL_CODE0,     SEL_DATA0,  SEL_CODE3,  SEL_DATA3, SEL_CODE16, SEL_STACK16, SEL_CODE16_3,
    SEL_STACK16_3, SEL_DATA16, SEL_TSS,    SEL_LDT,   SEL_TSS_B,  SEL_TSS_C,   SEL_TSS_286,
    SEL_CODE1,     SEL_DATA1,  SEL_CODE2,  SEL_DATA2, SEL_T0,     SEL_T1,      SEL_T2,
    SEL_T3,        SEL_T0,     SEL_T1,     SEL_T2,    SEL_T3,     SEL_GATE,    SEL_GATE_B,
    SEL_GATE,      SEL_GATE_B, SEL_BEYOND, 0,         0x4,        0xC,         0x14,
    0x1C};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static uint32_t any_selector(void)
{
    uint32_t s = pick(selectors, COUNT(selectors));
    return chance(30) ? (s & ~3u) | rnd(4) : s;
}
static uint32_t code_selector(void)
{
    static const uint16_t list[] = {SEL_CODE0, SEL_CODE3,   SEL_CODE16, SEL_CODE16_3, SEL_CODE1,
                                    SEL_CODE2, SEL_T0,      SEL_T1,     SEL_GATE,     SEL_GATE_B,
                                    SEL_TSS_B, SEL_TSS_286, SEL_TSS_C,  SEL_GATE};
    return chance(75) ? (pick(list, COUNT(list)) & ~3u) | (chance(50) ? 0 : rnd(4))
                      : any_selector();
}
static uint32_t data_selector(void)
{
    static const uint16_t list[] = {SEL_DATA0, SEL_DATA3, SEL_STACK16, SEL_STACK16_3, SEL_DATA16,
                                    SEL_DATA1, SEL_DATA2, SEL_T2,      SEL_T3};
    return chance(75) ? (pick(list, COUNT(list)) & ~3u) | (chance(50) ? 0 : rnd(4))
                      : any_selector();
}
// An offset of one of eight landing places, for a segment that begins at 0 or at CODE_AT.
static uint32_t landing(void)
{
    return (chance(50) ? (uint32_t)CODE_AT : 0u) + 0x200 + 0x10 * rnd(8);
}
static uint32_t edge(void) // offsets around limits
{
    static const uint32_t list[] = {0,     0x7C,   0x7F,   0x80,   0xFFC,  0xFFE,
                                    0xFFF, 0x1000, 0xFFFC, 0xFFFE, 0xFFFF, 0x10000};
    return chance(70) ? list[rnd(COUNT(list))] : DATA_AT + rnd(0x10000);
}

// ---- tables ----

static void random_descriptor(uint32_t selector)
{
    static const uint32_t bases[] = {0, CODE_AT, DATA_AT, STACK_AT, 0};
    static const uint32_t limits[] = {0xFFFFF, 0xFFFF, 0x7F, 0, 0xFFF};
    uint32_t attr = rnd(0x100) | (chance(85) ? 0x80 : 0) | (rnd(4) << 10);
    if (chance(80))
        attr |= 0x10; // code or data
    world_set_descriptor(selector, bases[rnd(5)], limits[rnd(5)], attr);
}

static void random_gate(uint32_t selector)
{
    static const uint8_t types[] = {4, 0xC, 0xC, 0xC, 5, 5, 6, 0xE};
    uint32_t type = chance(85) ? types[rnd(8)] : rnd(16);
    uint32_t target =
        (type == 5 && chance(80)) ? (chance(50) ? SEL_TSS_B : SEL_TSS_286) : code_selector();
    world_set_gate(selector, target, landing(), chance(70) ? rnd(4) : rnd(32),
                   type | (chance(60) ? 3 : rnd(4)) << 5 | (chance(90) ? 0x80 : 0));
}

// A task with a few of its fields spoiled.
static void random_task(uint32_t where, bool is_286)
{
    if (is_286)
        world_set_tss286(where, 0x200 + 0x10 * rnd(8));
    else
        world_set_tss(where, CODE_AT + 0x200 + 0x10 * rnd(8), STACK0_TOP - 0x400);
    for (uint32_t n = rnd(3); n; n--) {
        if (is_286)
            *mem16(where + (chance(50) ? 34 + 2 * rnd(5) : 2 + 4 * rnd(3))) =
                (uint16_t)data_selector();
        else if (chance(70))
            *mem32(where + 72 + 4 * rnd(7)) = chance(40) ? code_selector() : data_selector();
        else if (chance(50))
            *mem32(where + 36) =
                F_ONE | (rnd(0x80000) & (F_CF | F_DF | F_IOPL | F_NT | F_RF | F_AC));
        else
            *mem32(where + 56) = STACK_TOP - rnd(0x100);
    }
}

static void random_tables(void)
{
    static const uint8_t gates[] = {0x8E, 0x8E, 0x8F, 0x86, 0x87, 0x85, 0xEE, 0xEF, 0xE6, 0xE5};
    for (uint32_t s = SEL_T0; s <= SEL_T3; s += 8)
        random_descriptor(s);
    for (uint32_t s = 4; s < 0x24; s += 8)
        random_descriptor(s);
    random_gate(SEL_GATE);
    random_gate(SEL_GATE_B);
    random_task(TSS_B_AT, false);
    random_task(TSS_C_AT, false);
    random_task(TSS_286_AT, true);
    for (uint32_t v = 0x40; v < 0x44; v++) {
        uint32_t type = chance(85) ? gates[rnd(10)] : rnd(0x100);
        uint32_t target =
            (type & 0x1F) == 5 ? (uint32_t)(chance(50) ? SEL_TSS_B : SEL_TSS_286) : code_selector();
        bool stub = chance(50) && (type & 0x1F) != 5;
        world_set_idt(v, stub ? (uint32_t)SEL_CODE0 : target,
                      stub ? (type & 8 ? world_stub(v) : 0x200) : landing(), type);
    }
    // an exception through a gate of its own, now and then
    if (chance(25)) {
        static const uint8_t vectors[] = {UD, GP, NP, SS, DE, BP};
        uint32_t v = vectors[rnd(6)];
        world_set_idt(v, chance(50) ? (uint32_t)SEL_TSS_B : code_selector(), landing(),
                      chance(50) ? 0x85 : gates[rnd(10)]);
    }
    if (chance(20))
        ((volatile uint32_t *)world_tss())[chance(50) ? 2 : 4] = data_selector();
    if (chance(10))
        ((volatile uint32_t *)world_tss())[chance(50) ? 1 : 3] =
            STACK_AT + (chance(50) ? 4 : rnd(0x100));
    if (chance(30))
        memset(world_tss() + 0x88, 0, 0x20);
    if (chance(60))
        __asm__ volatile("lldt %w0" : : "r"(SEL_LDT));
    // By which stack a fault in the middle of a task switch comes is open (CPL is between two
    // tasks): a task for it.
    world_task_vector(TS);
    world_task_vector(DF);
}

// ---- code ----

static void byte(uint32_t v)
{
    *at++ = (uint8_t)v;
}
static void word(uint32_t v)
{
    byte(v);
    byte(v >> 8);
}
static void dword(uint32_t v)
{
    word(v);
    word(v >> 16);
}
static void size32(void) // 32-bit operands wherever the snippet runs
{
    if (code16)
        byte(0x66);
}
static void mov_imm(uint32_t reg, uint32_t v)
{
    size32();
    byte(0xB8 + reg);
    dword(v);
}
static void push_imm(uint32_t v)
{
    size32();
    byte(0x68);
    dword(v);
}
static void pushw_imm(uint32_t v)
{
    if (!code16)
        byte(0x66);
    byte(0x68);
    word(v);
}
static void memory(uint32_t reg, uint32_t offset) // ModRM with a displacement alone
{
    byte(code16 ? reg << 3 | 6 : reg << 3 | 5);
    if (code16)
        word(offset);
    else
        dword(offset);
}
static uint32_t data_offset(void) // within the first 256 bytes of the data area
{
    return (code16 || chance(20) ? 0u : (uint32_t)DATA_AT) + 4 * rnd(64);
}

static void emit_frame_and_return(void)
{
    bool iret = chance(50), wide = chance(65), outer = chance(60);
    void (*push)(uint32_t) = wide ? push_imm : pushw_imm;
    if (outer) {
        push(data_selector());
        push(chance(80) ? STACK_TOP - rnd(0x200) : rnd(0x100));
    }
    if (iret)
        push(F_ONE | (rnd(0x400000) & (F_CF | F_IF | F_DF | F_IOPL | F_NT | F_RF | F_AC | F_ID)));
    push(code_selector());
    push(landing());
    if (code16 == wide)
        byte(0x66);
    if (iret)
        byte(0xCF);
    else if (chance(50))
        byte(0xCB);
    else {
        byte(0xCA);
        word(4 * rnd(3));
    }
}

static void emit_one(void)
{
    switch (rnd(26)) {
    case 0: // MOV to a segment register
    case 1:
        mov_imm(0, data_selector());
        byte(0x8E);
        byte(0xC0 | rnd(6) << 3);
        break;
    case 2: { // PUSH imm; POP segment register
        static const uint16_t pops[] = {0x07, 0x17, 0x1F, 0x0FA1, 0x0FA9};
        uint32_t op = pick(pops, 5);
        push_imm(data_selector());
        if (op >> 8)
            byte(op >> 8);
        byte(op);
        break;
    }
    case 3: { // LES LDS LSS LFS LGS
        static const uint16_t loads[] = {0xC4, 0xC5, 0x0FB2, 0x0FB4, 0x0FB5};
        uint32_t op = pick(loads, 5), where = 0x80 + 8 * rnd(8);
        *mem32(DATA_AT + where) = op == 0x0FB2 ? STACK_TOP - 0x100 : rnd(0x10000);
        *mem32(DATA_AT + where + 4) = data_selector();
        size32();
        if (op >> 8)
            byte(op >> 8);
        byte(op);
        memory(op == 0x0FB2 ? 4 : 3, (code16 ? 0u : (uint32_t)DATA_AT) + where);
        break;
    }
    case 4: // far jump or call
    case 5:
    case 6: {
        bool wide = chance(70);
        if (code16 == wide)
            byte(0x66);
        byte(chance(60) ? 0x9A : 0xEA);
        if (wide)
            dword(landing());
        else
            word(landing());
        word(code_selector());
        break;
    }
    case 7: { // the same through memory
        uint32_t where = 0x80 + 8 * rnd(8);
        *mem32(DATA_AT + where) = landing();
        *mem32(DATA_AT + where + 4) = code_selector();
        size32();
        byte(0xFF);
        memory(chance(50) ? 3 : 5, (code16 ? 0u : (uint32_t)DATA_AT) + where);
        break;
    }
    case 8: // a frame of our own, and RET or IRET
    case 9:
    case 10: emit_frame_and_return(); break;
    case 11: // INT n
    case 12:
        byte(0xCD);
        byte(0x40 + rnd(4));
        break;
    case 13: // LAR LSL VERR VERW
        mov_imm(0, any_selector());
        if (chance(50)) {
            size32();
            byte(0x0F);
            byte(2 + rnd(2));
            byte(0xD8);
        } else {
            byte(0x0F);
            byte(0);
            byte(0xC0 | (4 + rnd(2)) << 3);
        }
        break;
    case 14: // LLDT, LTR
        mov_imm(0, chance(50) ? (uint32_t)SEL_TSS_C : any_selector());
        byte(0x0F);
        byte(0);
        byte(0xC0 | (2 + rnd(2)) << 3);
        break;
    case 15: // PUSHF, change, POPF
        push_imm(rnd(0x400000) & ~(uint32_t)(F_TF | F_VM));
        if (chance(60))
            size32();
        byte(0x9D);
        break;
    case 16: byte(chance(50) ? 0xFA : 0xFB); break; // CLI, STI
    case 17:                                        // IN, OUT of a harmless port
        byte(0xE4 + rnd(4));
        byte(0x80 + rnd(3));
        byte(0x31); // what was read is the board's
        byte(0xC0);
        break;
    case 18: // ARPL, which 64-bit mode alone lacks
        mov_imm(0, rnd(0x10000));
        mov_imm(3, rnd(0x10000));
        byte(0x63);
        byte(0xD8);
        break;
    case 19: // an access near a limit
    case 20: {
        static const uint8_t prefixes[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};
        static const uint8_t ops[] = {0x8B, 0x89, 0x01, 0x8A, 0x88, 0x87};
        byte(prefixes[rnd(6)]);
        if (chance(30))
            byte(0x66);
        byte(ops[rnd(6)]);
        memory((uint32_t) "\0\2\3"[rnd(3)], edge()); // ECX stays small
        break;
    }
    case 21: // pushes and pops
        if (chance(30))
            byte(0x66);
        byte(chance(50) ? 0x50 + rnd(8) : chance(50) ? 0x58 + rnd(4) : 0x60 + rnd(2));
        break;
    case 22: // SGDT... to memory
        byte(0x0F);
        byte(rnd(2));
        memory(rnd(2), data_offset());
        break;
    case 23: // MOV from CRs, CLTS, LMSW, SMSW
        byte(0x0F);
        switch (rnd(4)) {
        case 0:
            byte(0x20);
            byte(0xC0 | rnd(5) << 3 | 1);
            break;
        case 1: byte(0x06); break;
        case 2:
            byte(0x01);
            byte(0xE1);
            break;
        default: byte(0x21); byte(0xC1 | (6 + rnd(2)) << 3);
        }
        break;
    case 24: // ENTER, LEAVE
        if (chance(60)) {
            byte(0xC8);
            word(rnd(0x20));
            byte(rnd(4));
        } else {
            byte(0xC9);
        }
        break;
    default: // MOVS and STOS
        if (chance(50))
            byte(0xF3);
        byte(chance(50) ? 0xA4 + rnd(2) : 0xAA + rnd(2));
    }
}

static void fill(uint32_t from, uint32_t to)
{
    uint32_t count = (to - from) / 4;
    __asm__ volatile("rep stosl"
                     : "+D"(from), "+c"(count)
                     : "a"((uint32_t)INT_EXIT * 0x01000100u | 0xCD00CDu)
                     : "memory");
}

static void random_code(void)
{
    static uint8_t code[0x400];
    at = code;
    for (uint32_t n = 1 + rnd(5); n && at < code + 0x180; n--)
        emit_one();
    while (at < code + 0x200) {
        byte(0xCD);
        byte(INT_EXIT);
    }
    // the landing places: one more instruction, or the end
    for (uint32_t i = 0; i < 8; i++) {
        at = code + 0x200 + 0x10 * i;
        if (chance(30)) {
            bool was = code16;
            code16 = chance(30);
            switch (rnd(4)) {
            case 0: byte(0xCF); break;
            case 1: byte(0xCB); break;
            case 2:
                byte(0x8C);
                byte(0xC8 + 8 * rnd(3));
                break;
            default: byte(0x50 + rnd(8));
            }
            code16 = was;
        }
        while (at < code + 0x200 + 0x10 * (i + 1))
            byte(((uint32_t)(at - code) & 1) ? (uint32_t)INT_EXIT : 0xCDu);
    }
    memcpy((void *)CODE_AT, code, 0x280);
    // wherever else a branch leads
    fill(0, 0x7000);
    fill(0xF000, 0x10000);
    fill(CODE_AT + 0x280, STACK_AT);
    fill(DATA_AT + 0x10000, TSS_B_AT);
    fill(0x65000, 0x9F000);
    if (verbose) {
        print("  code");
        for (uint32_t i = 0; i < 0x60; i++) {
            print(" ");
            print_hex(code[i]);
        }
        print("\n");
    }
}

static void random_state(void)
{
    uint32_t mode = rnd(10);
    if (mode < 3)
        state_ring(0);
    else if (mode < 6)
        state_ring(3);
    else if (mode == 6)
        state_ring(1 + rnd(2));
    else if (mode == 7)
        state16(0);
    else if (mode == 8)
        state16(3);
    else
        state_v86();
    code16 = mode >= 7;
    in.eflags |= rnd(0x4000) & (F_CF | F_IOPL | F_DF);
    in.ecx = rnd(8);
    in.esi = (code16 ? 0u : (uint32_t)DATA_AT) + rnd(0x40);
    in.edi = (code16 ? 0u : (uint32_t)DATA_AT) + 0x1000 + rnd(0x40);
    in.ebx = rnd(0x100);
    in.ebp = in.esp + 0x40;
}

// ---- what came of it ----

static uint32_t hash(const volatile void *from, uint32_t bytes)
{
    const volatile uint32_t *p = from;
    uint32_t h = 0;
    for (uint32_t i = 0; i < bytes / 4; i++)
        h = (h ^ p[i]) * 0x01000193;
    return h;
}

static void field(uint32_t v)
{
    print(" ");
    print_hex(v);
}

static void dump(const char *name, uint32_t from, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i += 4)
        if (*mem32(from + i)) {
            print("  ");
            print(name);
            field(i);
            field(*mem32(from + i));
            print("\n");
        }
}

void random_run(uint32_t which, bool tell)
{
    seed = which * 2654435761u + 12345;
    rnd(2);
    verbose = tell;
    world_reset();
    random_tables();
    random_state();
    random_code();
    world_run(false);
    // What lies above a pushed selector is open, as is RF in the image of a double fault, which is
    // no fault.
    ((volatile uint32_t *)world_tss())[9] &= ~(uint32_t)F_RF;
    *mem32(TSS_B_AT + 36) &= ~(uint32_t)F_RF;
    *mem32(TSS_C_AT + 36) &= ~(uint32_t)F_RF;
    field(out.vector);
    field(out.error);
    field(out.r.cs & 0xFFFF);
    field(out.r.eip);
    field(out.r.eflags);
    field(out.r.ss & 0xFFFF);
    field(out.r.esp);
    field(out.r.ds & 0xFFFF);
    field(out.r.es & 0xFFFF);
    field(out.r.fs & 0xFFFF);
    field(out.r.gs & 0xFFFF);
    field(out.tr);
    field(out.ldtr);
    field(out.cr0);
    field(out.dr6);
    field(out.entry_eflags);
    field(out.r.eax);
    field(out.r.ecx);
    field(out.r.edx);
    field(out.r.ebx);
    field(out.r.ebp);
    field(out.r.esi);
    field(out.r.edi);
    field(hash(world_descriptor(0), SEL_BEYOND));
    field(hash((void *)LDT_AT, 64));
    field(hash((void *)TSS_B_AT, 0x68));
    field(hash((void *)TSS_C_AT, 0x68));
    field(hash((void *)TSS_286_AT, 44));
    field(hash(world_tss(), 0x68));
    field(hash((void *)DATA_AT, 0x2000));
    field(hash((void *)(STACK_TOP - 0x800), 0x800));
    print("\n");
    if (!tell)
        return;
    dump("gdt", (uint32_t)(uintptr_t)world_descriptor(0), SEL_BEYOND);
    dump("idt", (uint32_t)(uintptr_t)&world_idt()[0x40], 32);
    dump("ldt", LDT_AT, 64);
    dump("tss", (uint32_t)(uintptr_t)world_tss(), 0x68);
    dump("tss_b", TSS_B_AT, 0x68);
    dump("tss_c", TSS_C_AT, 0x68);
    dump("tss_286", TSS_286_AT, 44);
    dump("data", DATA_AT, 0x2000);
    dump("stack", STACK_TOP - 0x800, 0x800);
}
