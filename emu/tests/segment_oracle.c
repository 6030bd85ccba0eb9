// 16- and 32-bit segments of ring 3, on this host's own CPU against the interpreter, bit for bit:
// limits, expand-down, B and D bits, null and absent selectors, read-only and execute-only ones,
// far transfers, stack instructions, wrap-around, and the order of their faults.
//
// As segment_oracle_jit it is about the translator's share: flat 32-bit code with a GS of any kind,
// not stepped but ended by INT3.
//
// segment_oracle, segment_oracle_jit [-n CASES] [-s SEED] [-x HEX-OPCODE]: CASES (20000; 1000000 if
// the name ends in -full) of one instruction each, single-stepped. Registers, EIP, flags that are
// defined, selectors, memory, vector, error code and CR2 must agree.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/decode/insn.h"
#include "emu/tests/segment_world.h"

enum { CASES_PER_TABLE = 100, SHOWN = 12 };

static bool jit;
static uint64_t random_state;
static uint8_t pristine[SEGMENT_BYTES], before[SEGMENT_BYTES], native_after[SEGMENT_BYTES],
    guest_after[SEGMENT_BYTES];
static struct segment_entry entries[SEGMENT_ENTRIES];

static uint32_t rnd(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(z >> 32);
}
static bool chance(unsigned percent)
{
    return rnd() % 100 < percent;
}

// --- descriptors ---

static uint32_t entry_limit(const struct segment_entry *e)
{
    return e->pages ? e->limit << 12 | 0xfff : e->limit;
}

static void make_entries(void)
{
    for (unsigned i = 0; i < SEGMENT_ENTRIES; i++) {
        struct segment_entry *e = &entries[i];
        *e = (struct segment_entry){.big = chance(40)};
        // The first eight are code, the next eight stacks, the rest anything.
        e->kind = i < 8 ? KIND_CODE : (enum segment_kind)(rnd() % (i < 16 ? 2 : 3));
        e->base = SEGMENT_ARENA + rnd() % 0x18000;
        if (chance(10))
            e->base = SEGMENT_ARENA - rnd() % 0x8000;
        else if (chance(5))
            e->base = rnd() | 0x80000000u;
        e->limit = chance(50) ? 0xffff : chance(60) ? rnd() % 0x10000 : rnd() % 0x200;
        if (chance(25)) {
            e->pages = true;
            e->limit = chance(50) ? 0xfffff : rnd() % 0x28;
        }
        if (e->kind == KIND_EXPAND_DOWN && chance(80)) {
            e->pages = false;
            e->limit = rnd() % 0x2000;
        }
        e->restricted = i != 0 && (i < 8 || i >= 16) && chance(25);
        e->absent = i >= 18 && chance(30);
        e->empty = i >= 20 && chance(20);
    }
    entries[0] = (struct segment_entry){
        .base = SEGMENT_ARENA + 0x1000, .limit = 0xffff, .kind = KIND_CODE}; // always there
    entries[8] = (struct segment_entry){.base = SEGMENT_ARENA + 0x4000, .limit = 0xffff};
}

static uint16_t ldt_selector(unsigned index)
{
    return (uint16_t)(index << 3 | 7);
}

// Any selector that code may come across.
static uint16_t any_selector(void)
{
    static const uint16_t flat[] = {0, 1, 3, 0x23, 0x2b, 0x20};
    if (chance(12))
        return flat[rnd() % 6];
    uint16_t s = ldt_selector(rnd() % (SEGMENT_ENTRIES + 1));
    return chance(10) ? (uint16_t)((s & ~3u) | (rnd() & 3)) : s;
}

static bool usable(const struct segment_entry *e)
{
    return !e->absent && !e->empty;
}

// --- state ---

// An offset that is often at an edge of the segment.
static uint32_t offset_near(const struct segment_entry *e)
{
    uint32_t limit = entry_limit(e), near = rnd() % 12;
    switch (rnd() % 6) {
    case 0: return limit - near;
    case 1: return limit + near;
    case 2: return near;
    case 3: return 0u - near;
    case 4: return 0xfff0 + rnd() % 0x20;
    default: return rnd() & 0xffff;
    }
}

// The host's GDT has more than the guest's, 64-bit code among it: keep selectors of that out, also
// where they would be two halves of words.
static uint16_t no_selector(uint16_t v)
{
    if (v >= 0x100)
        return v | 0x400;
    return !(v & 4) && v >= 0x30 ? v | 0x500 : v;
}

static void fill_memory(void)
{
    for (unsigned at = 0; at < SEGMENT_BYTES; at += 2) {
        uint16_t v = chance(30) ? any_selector() : chance(30) ? 0 : no_selector((uint16_t)rnd());
        memcpy(pristine + at, &v, 2);
    }
}

// CS:EIP with `n` bytes of code in memory. False if this segment has no room in a good page.
static bool place_code(struct segment_state *s, const uint8_t *code, unsigned n)
{
    unsigned index = chance(50) ? 0 : rnd() % 8;
    const struct segment_entry *e = &entries[index];
    uint32_t limit = entry_limit(e);
    uint32_t eip = chance(30) ? limit - rnd() % 8 : chance(30) ? 0xfff0 + rnd() % 24 : rnd();
    if (eip > limit)
        eip %= limit + 1;
    if (!chance(10) && eip > 0xffff)
        eip &= 0xffff;
    uint32_t at = e->base + eip - SEGMENT_ARENA;
    if (at >= SEGMENT_BYTES - 32 || !segment_page_present(at >> 12) || eip > limit)
        return false;
    for (unsigned i = 0; i < 24; i++)
        if (!segment_page_writable((at + i) >> 12))
            return false;
    memset(before + at, 0x90, 24);
    memcpy(before + at, code, n);
    s->selector[SEG_CS] = ldt_selector(index);
    s->eip = eip;
    return true;
}

static void random_registers(struct segment_state *s)
{
    const struct segment_entry *ss = NULL;
    static const enum cpu_seg data[] = {SEG_DS, SEG_ES, SEG_GS};
    for (unsigned i = 0; i < 3; i++) {
        unsigned index = 8 + rnd() % (SEGMENT_ENTRIES - 8);
        const struct segment_entry *e = &entries[index];
        bool loads = usable(e) && !(e->kind == KIND_CODE && e->restricted);
        s->selector[data[i]] = chance(10) || !loads ? 0 : ldt_selector(index);
    }
    do {
        unsigned index = chance(40) ? 8 : 8 + rnd() % 8;
        ss = &entries[index];
        s->selector[SEG_SS] = ldt_selector(index);
    } while (ss->restricted);
    for (unsigned i = 0; i < REG_COUNT; i++)
        s->gpr[i] = chance(60) ? offset_near(&entries[8 + rnd() % 16]) : rnd();
    if (chance(50))
        s->gpr[REG_ECX] = (s->gpr[REG_ECX] & 0xffff0000u) | rnd() % 4;
    s->gpr[REG_ESP] = chance(50) ? rnd() & 0xfffe : offset_near(ss);
    if (chance(40))
        s->gpr[REG_EBP] = offset_near(ss);
    if (!ss->big)
        s->gpr[REG_ESP] = (s->gpr[REG_ESP] & 0xffff) | (uint32_t)SEGMENT_ESP_HIGH << 16;
    for (unsigned i = 0; i < REG_COUNT; i++)
        s->gpr[i] = (s->gpr[i] & 0xffff0000u) | no_selector((uint16_t)s->gpr[i]);
    s->selector[SEG_FS] = 0;
    s->eflags = FLAG_ONE | FLAG_IF | FLAG_TF | (rnd() & (FLAGS_ARITH | FLAG_DF));
}

// The same for flat code with some GS; the stack and half of the pointers lie in the arena.
static bool place_flat(struct segment_state *s, const uint8_t *code, unsigned n)
{
    uint32_t at = rnd() % (SEGMENT_BYTES - 64);
    if (!segment_page_writable(at >> 12) || !segment_page_writable((at + 32) >> 12) ||
        !segment_page_present(at >> 12) || !segment_page_present((at + 32) >> 12))
        return false;
    memset(before + at, 0xcc, 24);
    memcpy(before + at, code, n);
    s->selector[SEG_CS] = 0x23;
    s->selector[SEG_SS] = s->selector[SEG_DS] = s->selector[SEG_ES] = 0x2b;
    s->eip = SEGMENT_ARENA + at;
    s->gpr[REG_ESP] = SEGMENT_ARENA + 0x4000 + rnd() % 0x4000;
    for (unsigned i = 0; i < REG_COUNT; i++)
        if (i != REG_ESP && chance(30))
            s->gpr[i] = SEGMENT_ARENA + rnd() % SEGMENT_BYTES;
    s->eflags &= ~(uint32_t)FLAG_TF;
    return true;
}

// --- code ---

// ModRM with whatever follows it; `memory`: no register form.
static unsigned put_modrm(uint8_t *p, unsigned reg, bool memory)
{
    uint8_t m = (uint8_t)((rnd() & 0xc7) | reg << 3);
    if (memory)
        m = (uint8_t)(m & 0x3f) | (uint8_t)((rnd() % 3) << 6);
    p[0] = m;
    for (unsigned i = 1; i < 7; i++) // SIB and displacement; what is too much is never reached
        p[i] = (uint8_t)rnd();
    if (chance(60)) // displacements near the edges
        p[2] = chance(50) ? 0 : 0xff, p[3] = p[4] = p[5] = chance(50) ? 0 : 0xff;
    return 7;
}

// One instruction; returns the bytes that may belong to it.
static unsigned make_insn(uint8_t *p)
{
    static const uint8_t plain[] = {
        0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x50, 0x53, 0x54, 0x55, 0x58, 0x5b,
        0x5c, 0x5d, 0x60, 0x61, 0x60, 0x61, 0x68, 0x6a, 0x74, 0x75, 0x7c, 0x7f, 0x98,
        0x99, 0x9a, 0x9a, 0x9a, 0x9c, 0x9d, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6,
        0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xc2, 0xc3, 0xc8, 0xc8, 0xc8, 0xc9,
        0xc9, 0xca, 0xca, 0xcb, 0xcb, 0xcc, 0xce, 0xcf, 0xcf, 0xd7, 0xe0, 0xe1, 0xe2,
        0xe3, 0xe8, 0xe9, 0xea, 0xea, 0xeb, 0xf4, 0xfa, 0xfb, 0x6c, 0x6f};
    static const uint8_t modrm[] = {0x01, 0x03, 0x13, 0x28, 0x39, 0x3b, 0x63, 0x63, 0x84,
                                    0x85, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8e, 0x8e, 0x8e,
                                    0xfe, 0xff, 0xff, 0xff, 0xff, 0x8f, 0x8f};
    static const uint8_t memory[] = {0x62, 0x8d, 0xc4, 0xc5, 0xc4, 0xc5, 0xff, 0xff};
    static const uint8_t two[] = {0x02, 0x03, 0x02, 0x03, 0x00, 0x00, 0xa3, 0xab, 0xaf, 0xb0,
                                  0xb1, 0xb6, 0xb7, 0xbe, 0xbf, 0xc0, 0xc1, 0x94, 0x45};
    static const uint8_t two_memory[] = {0xb2, 0xb2, 0xb5, 0xc7};
    static const uint8_t prefix[] = {0x26, 0x2e, 0x36, 0x3e, 0x65};
    unsigned n = 0;
    if (jit && chance(80))
        p[n++] = 0x65;
    if (chance(30))
        p[n++] = 0x66;
    if (chance(25))
        p[n++] = 0x67;
    if (!jit && chance(25))
        p[n++] = prefix[rnd() % 5];
    unsigned which = jit ? 40 + rnd() % 60 : rnd() % 100, reg = rnd() & 7;
    if (which < 50) {
        uint8_t op = plain[rnd() % sizeof plain];
        if ((op & 0xf4) == 0xa4 && chance(50))
            p[n++] = chance(50) ? 0xf3 : 0xf2;
        p[n++] = op;
        if (op == 0xc8) { // ENTER
            p[n++] = (uint8_t)rnd();
            p[n++] = chance(70) ? 0 : (uint8_t)rnd();
            p[n++] = chance(80) ? rnd() & 3 : (uint8_t)rnd();
            return n;
        }
        if (op == 0x9a || op == 0xea) { // offset; the selector follows 2 or 4 bytes of it
            for (unsigned i = 0; i < 2; i++)
                p[n + i] = (uint8_t)rnd();
            uint16_t selector = any_selector(), high = chance(80) ? 0 : (uint16_t)rnd();
            bool wide = chance(50);
            memcpy(p + n + 2, wide ? &high : &selector, 2);
            memcpy(p + n + 4, &selector, 2);
            return n + 6;
        }
        for (unsigned i = 0; i < 4; i++)
            p[n + i] = chance(30) ? 0 : (uint8_t)rnd();
        return n + 4;
    }
    if (which < 75) {
        uint8_t op = modrm[rnd() % sizeof modrm];
        p[n++] = op;
        if (op == 0x8e && (reg == SEG_FS || reg == SEG_CS || reg > SEG_GS)) // #UD but for FS
            reg = SEG_SS;
        if (op == 0x8f) // others are #UD, which we find before the end of a limit
            reg = 0;
        if (op == 0xfe)
            reg &= 1;
        if (op == 0x8c)
            reg %= 6;
        if (op == 0xff && reg == 7)
            reg = 6;
        return n + put_modrm(p + n, reg, false);
    }
    if (which < 85) {
        uint8_t op = memory[rnd() % sizeof memory];
        p[n++] = op;
        return n + put_modrm(p + n, op == 0xff ? 3 + (rnd() & 2) : reg, true);
    }
    p[n++] = 0x0f;
    if (which < 97) {
        uint8_t op = two[rnd() % sizeof two];
        p[n++] = op;
        return n + put_modrm(p + n, op == 0 ? 4 + (rnd() & 1) : reg, false);
    }
    uint8_t op = two_memory[rnd() % 4];
    p[n++] = op;
    return n + put_modrm(p + n, op == 0xc7 ? 1 : reg, true);
}

// --- comparing ---

static void print_state(const char *who, const struct segment_state *s)
{
    printf("  %-7s", who);
    for (unsigned i = 0; i < REG_COUNT; i++)
        printf(" %08x", s->gpr[i]);
    printf(" eip %08x fl %08x es %x cs %x ss %x ds %x gs %x\n", s->eip, s->eflags,
           s->selector[SEG_ES], s->selector[SEG_CS], s->selector[SEG_SS], s->selector[SEG_DS],
           s->selector[SEG_GS]);
}

static void print_entry(uint16_t selector)
{
    if (!(selector & 4) || selector >> 3 >= SEGMENT_ENTRIES)
        return;
    static const char *const kinds[] = {"data", "expand-down", "code"};
    const struct segment_entry *e = &entries[selector >> 3];
    printf("    %x: %s base %08x limit %08x%s%s%s\n", selector, kinds[e->kind], e->base,
           entry_limit(e), e->big ? " 32" : " 16", e->restricted ? " restricted" : "",
           e->absent  ? " absent"
           : e->empty ? " empty"
                      : "");
}

static const char *differs(const struct insn *insn, bool decoded, const struct segment_end *a,
                           const struct segment_end *b)
{
    uint32_t undefined = decoded ? insn_flag_effects(insn).undefined : 0;
    if (a->vector != b->vector || a->error != b->error || a->cr2 != b->cr2)
        return "fault";
    if (a->state.eip != b->state.eip)
        return "EIP";
    if (memcmp(a->state.gpr, b->state.gpr, sizeof a->state.gpr) != 0)
        return "registers";
    if (memcmp(a->state.selector, b->state.selector, sizeof a->state.selector) != 0)
        return "selectors";
    if ((a->state.eflags ^ b->state.eflags) & ~undefined)
        return "flags";
    if (memcmp(native_after, guest_after, SEGMENT_BYTES) != 0)
        return "memory";
    return NULL;
}

// Where Zen differs from us in what the manual decides, or in what a fault leaves behind:
//  - PUSHA, POPA and ENTER that fault half-way leave some of their stores and loads behind, and so
//    does a far CALL that has pushed before it finds no more room or its offset beyond the limit;
//  - a CALL pushes, and may fault there, before it looks at the rest of its frame and at the
//  offset;
//    SDM vol. 2, CALL, does not touch memory before.
static bool known_difference(const struct insn *insn, const struct segment_end *native,
                             const struct segment_end *guest)
{
    if (native->vector == EXC_DB || native->vector == EXC_BP)
        return false;
    bool call = insn->mnemonic == MN_CALL || insn->mnemonic == MN_CALLF;
    if (call && native->vector != guest->vector)
        return (native->vector == EXC_PF || native->vector == EXC_SS) && guest->error == 0 &&
               (guest->vector == EXC_GP || guest->vector == EXC_SS);
    return native->vector == guest->vector && native->error == guest->error &&
           native->state.eip == guest->state.eip &&
           (insn->mnemonic == MN_PUSHA || insn->mnemonic == MN_POPA || insn->mnemonic == MN_ENTER ||
            insn->mnemonic == MN_CALLF);
}

static bool loads_ss(const struct insn *insn)
{
    return (insn->mnemonic == MN_MOV || insn->mnemonic == MN_POP) &&
           insn->opnd[0].kind == OPND_SREG && insn->opnd[0].reg == SEG_SS;
}

struct tally {
    uint64_t cases, faults, known;
    unsigned failed, shown;
};

static void run_case(struct segment_guest *g, struct tally *t, int only, uint64_t seed)
{
    struct segment_state from;
    struct segment_end native, guest;
    uint8_t code[16] = {0};
    char text[96] = "(does not decode)";
    struct insn insn;
    random_state = seed;
    random_registers(&from);
    memcpy(before, pristine, sizeof before);
    do
        make_insn(code);
    while (!(jit ? place_flat : place_code)(&from, code, sizeof code));
    bool code32 = jit || entries[from.selector[SEG_CS] >> 3].big;
    bool decoded = insn_decode(code, 15, code32, NULL, &insn) == DECODE_OK;
    if (decoded) { // MOV SS and POP SS run one more
        uint32_t base = jit ? 0 : entries[from.selector[SEG_CS] >> 3].base;
        uint32_t at = base + from.eip - SEGMENT_ARENA;
        memset(before + at + insn.len, jit ? 0xcc : 0x90, 24u - insn.len);
    }
    if (jit && (!decoded || (insn_kind(&insn) & MNK_BRANCH) || insn.mnemonic == MN_POPF))
        return;
    if (only >= 0 && (!decoded || insn.opcode != only))
        return;
    // A locked access across cache lines is throttled by the host's kernel.
    if (decoded && insn.mnemonic == MN_XCHG)
        return;
    segment_native_run(&from, before, native_after, &native);
    segment_guest_run(g, &from, before, guest_after, &guest);
    for (unsigned i = 0; i < SEG_COUNT; i++) // the host's kernel returns to us, and that makes it 0
        if (guest.state.selector[i] < 4)
            guest.state.selector[i] = 0;
    if (native.state.selector[SEG_CS] == 0x33) // went on as 64-bit code
        return;
    if (guest.vector == EXC_PF &&
        guest.cr2 >> 16 == SEGMENT_ESP_HIGH) // the way in has a page there
        return;
    // A REP that overwrites itself: whether it is read again is a matter of when it is interrupted.
    if (jit && memcmp(before + from.eip - SEGMENT_ARENA, native_after + from.eip - SEGMENT_ARENA,
                      insn.len) != 0)
        return;
    t->cases++;
    t->faults += native.vector != EXC_DB && native.vector != EXC_BP;
    const char *what = differs(&insn, decoded, &native, &guest);
    // An interrupt of the host right behind MOV SS or POP SS lets the trap come at once: again.
    for (unsigned i = 0; what && decoded && loads_ss(&insn) && i < 3; i++) {
        segment_native_run(&from, before, native_after, &native);
        what = differs(&insn, decoded, &native, &guest);
    }
    if (what && decoded && known_difference(&insn, &native, &guest)) {
        t->known++;
        return;
    }
    if (!what)
        return;
    t->failed++;
    if (t->shown++ >= SHOWN)
        return;
    if (decoded)
        insn_format(code, 15, code32, from.eip, text, sizeof text);
    printf("case -s %llu: %s:", (unsigned long long)seed, what);
    for (unsigned i = 0; i < (decoded ? insn.len : 15u); i++)
        printf(" %02x", code[i]);
    printf("  %s (as 32-bit code)\n", text);
    print_state("before", &from);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        print_entry(from.selector[i]);
    print_state("native", &native.state);
    print_state("guest", &guest.state);
    printf("  native vector %u error %x cr2 %08x, guest %u %x %08x\n", native.vector, native.error,
           native.cr2, guest.vector, guest.error, guest.cr2);
    for (unsigned at = 0; at < SEGMENT_BYTES; at++)
        if (native_after[at] != guest_after[at]) {
            printf("  memory %08x: native %02x guest %02x\n", SEGMENT_ARENA + at, native_after[at],
                   guest_after[at]);
            break;
        }
}

int main(int argc, char **argv)
{
    size_t len = strlen(argv[0]);
    uint64_t cases = len > 5 && strcmp(argv[0] + len - 5, "-full") == 0 ? 1000000 : 20000;
    uint64_t seed = 1;
    int only = -1;
    const char *why;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            cases = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-x") == 0)
            only = (int)strtol(argv[i + 1], NULL, 16);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    jit = strstr(argv[0], "oracle_jit") != NULL;
    if (!segment_native_init(&why)) {
        printf("skip segment_oracle: %s\n", why);
        return 0;
    }
    struct segment_guest *g = segment_guest_create(jit ? &engine_jit : &engine_interp, &why);
    if (!g) {
        printf("FAIL segment_oracle: %s\n", why);
        return 1;
    }
    struct tally t = {0};
    uint64_t table = 0;
    for (uint64_t i = 0; i < cases; i++, seed++) {
        if (table != seed / CASES_PER_TABLE + 1) {
            table = seed / CASES_PER_TABLE + 1;
            random_state = table << 20;
            make_entries();
            fill_memory();
            segment_guest_entries(g, entries);
            if (!segment_native_entries(entries)) {
                printf("FAIL segment_oracle: modify_ldt refused\n");
                return 1;
            }
        }
        run_case(g, &t, only, seed);
    }
    printf("%llu cases, %llu of them faults, %llu differ in known ways\n",
           (unsigned long long)t.cases, (unsigned long long)t.faults, (unsigned long long)t.known);
    if (t.failed)
        printf("FAIL segment_oracle%s: %u cases differ\n", jit ? "_jit" : "", t.failed);
    else
        printf("ok segment_oracle%s\n", jit ? "_jit" : "");
    segment_guest_destroy(g);
    return t.failed != 0;
}
