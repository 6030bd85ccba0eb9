// The system tests' program: runs the cases of cases.def one after the other and says on COM1 and
// port E9h what came of each:
//     @st NAME ok | @st NAME got WHAT X want Y | @st NAME skip needs FEATURE        ...        @st
//     end
// A line's name is written before its case runs: a line without an end is a case that ended the
// machine; the host starts again with `--after NAME`. Options are words of the kernel's command
// line: -t GLOB, --after NAME, --list,
// --survive (without the cases that end the machine), --random SEED COUNT (random.c), --tell.
#include "emu/tests/system/world.h"

enum need {
    NEED_NONE,
    NEED_VME,
    NEED_DE,
    NEED_PSE,
    NEED_TSC,
    NEED_MSR,
    NEED_PAE,
    NEED_SEP,
    NEED_MTRR,
    NEED_PGE,
    NEED_PAT,
    NEED_PSE36,
    NEED_NX,
    NEED_RDTSCP,
    NEED_SMEP,
    NEED_SMAP,
    NEED_UMIP,
    NEED_MONITOR,
    NEED_APIC,
    NEED_CX8,
    NEED_MMX,
    NEED_SSE,
    NEED_SSE2,
    NEED_XSAVE,
    NEED_AVX,
    NEED_COUNT
};
static const struct {
    const char *name;
    uint32_t leaf, output, bit;
} needs[NEED_COUNT] = {
    [NEED_MMX] = {"MMX", 1, 3, 23},        [NEED_SSE] = {"SSE", 1, 3, 25},
    [NEED_SSE2] = {"SSE2", 1, 3, 26},      [NEED_XSAVE] = {"XSAVE", 1, 2, 26},
    [NEED_AVX] = {"AVX", 1, 2, 28},        [NEED_NONE] = {"", 0, 0, 0},
    [NEED_VME] = {"VME", 1, 3, 1},         [NEED_DE] = {"DE", 1, 3, 2},
    [NEED_PSE] = {"PSE", 1, 3, 3},         [NEED_TSC] = {"TSC", 1, 3, 4},
    [NEED_MSR] = {"MSR", 1, 3, 5},         [NEED_PAE] = {"PAE", 1, 3, 6},
    [NEED_CX8] = {"CX8", 1, 3, 8},         [NEED_APIC] = {"APIC", 1, 3, 9},
    [NEED_SEP] = {"SEP", 1, 3, 11},        [NEED_MTRR] = {"MTRR", 1, 3, 12},
    [NEED_PGE] = {"PGE", 1, 3, 13},        [NEED_PAT] = {"PAT", 1, 3, 16},
    [NEED_PSE36] = {"PSE36", 1, 3, 17},    [NEED_MONITOR] = {"MONITOR", 1, 2, 3},
    [NEED_NX] = {"NX", 0x80000001, 3, 20}, [NEED_RDTSCP] = {"RDTSCP", 0x80000001, 3, 27},
    [NEED_SMEP] = {"SMEP", 7, 1, 7},       [NEED_SMAP] = {"SMAP", 7, 1, 20},
    [NEED_UMIP] = {"UMIP", 7, 2, 2},
};

static const struct {
    const char *name;
    enum need need;
    void (*run)(void);
} cases[] = {
#define CASE(group, name, need, section, rule)                                                     \
    {#group "." #name, NEED_##need, case_##group##_##name},
#include "emu/tests/system/cases.def"
#undef CASE
};
#define CASES (sizeof cases / sizeof *cases)

enum { COM1 = 0x3F8, EXIT_PORT = 0xF4 };
bool world_has_nx;
static bool case_failed, case_skipped;
static const char *running;
static uint32_t next_case;
static const char *glob = "*", *after;
static bool list_only, survive, tell_all;
static uint32_t random_next, random_end; // seeds of random.c

static void put(char c)
{
    for (uint32_t tries = 0; !(in8(COM1 + 5) & 0x20) && tries < 1000000; tries++)
        ;
    out8(COM1, (uint8_t)c);
    out8(0xE9, (uint8_t)c);
}

void print(const char *text)
{
    while (*text)
        put(*text++);
}

void print_hex(uint32_t value)
{
    int shift = 28;
    while (shift && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool matches(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
    if (!*pattern || !*text)
        return *pattern == *text;
    return *pattern == *text && matches(pattern + 1, text + 1);
}

// ---- verdicts ----

static void fail(const char *what)
{
    case_failed = true;
    print("got ");
    print(what);
}

void check(const char *what, uint32_t got, uint32_t want)
{
    if (case_failed || got == want)
        return;
    fail(what);
    print(" ");
    print_hex(got);
    print(" want ");
    print_hex(want);
}

void check_text(const char *what, bool good)
{
    if (!case_failed && !good)
        fail(what);
}

static void check_arrival(uint32_t vector, uint32_t error)
{
    if (case_failed)
        return;
    if (out.vector != vector) {
        fail("vector ");
        print_hex(out.vector);
        print(" error ");
        print_hex(out.error);
        print(" eip ");
        print_hex(out.r.eip);
        print(" want vector ");
        print_hex(vector);
    }
    check("error code", out.error, error);
}

void check_fault(uint32_t vector, uint32_t error)
{
    uint32_t mark = snippet_mark - snippet_begin;
    check_arrival(vector, error);
    check("eip", out.r.eip, (in.eip & CODE_AT) == CODE_AT ? CODE_AT + mark : mark);
}

void check_exit(void)
{
    check_arrival(INT_EXIT, 0);
}

void check_page_fault(uint32_t error, uint32_t at)
{
    check_fault(PF, error);
    check("cr2", out.cr2, at);
}

void case_skip(const char *what)
{
    case_skipped = true;
    print("skip needs ");
    print(what);
}

// ---- the list ----

bool cpu_is_amd(void)
{
    uint32_t r[4];
    cpuid(0, 0, r);
    return r[1] == 0x68747541 || r[1] == 0x6F677948;
}

static bool has(enum need need)
{
    uint32_t r[4];
    cpuid(needs[need].leaf & 0x80000000, 0, r);
    if (r[0] < needs[need].leaf)
        return false;
    cpuid(needs[need].leaf, 0, r);
    return r[needs[need].output] >> needs[need].bit & 1;
}

static void leave(void)
{
    print("@st end\n");
    while (!(in8(COM1 + 5) & 0x40))
        ;
    __asm__ volatile("outl %0, %w1" : : "a"(0), "Nd"((uint16_t)EXIT_PORT));
    for (const char *p = "Shutdown"; *p; p++) // Bochs' own way out
        out8(0x8900, (uint8_t)*p);
    for (;;)
        __asm__ volatile("cli\n hlt");
}

static void run_random(void)
{
    while (random_next != random_end) {
        print("@st ");
        print_hex(random_next);
        random_run(random_next++, tell_all);
    }
    world_reset();
    leave();
}

static void run_cases(void)
{
    if (random_end)
        run_random();
    while (next_case < CASES) {
        uint32_t i = next_case++;
        if (!matches(glob, cases[i].name) || (survive && matches("end.*", cases[i].name)))
            continue;
        if (after) {
            if (same(after, cases[i].name))
                after = 0;
            continue;
        }
        print("@st ");
        print(running = cases[i].name);
        print(" ");
        if (list_only) {
            print("listed\n");
            continue;
        }
        case_failed = case_skipped = false;
        world_reset();
        if (cases[i].need != NEED_NONE && !has(cases[i].need))
            case_skip(needs[cases[i].need].name);
        else
            cases[i].run();
        if (!case_failed && !case_skipped)
            print("ok");
        print("\n");
        world_reset();
    }
    leave();
}

// On a fresh stack: the case is given up and the next one runs.
void case_lost(void)
{
    world_reset();
    if (!case_failed) {
        fail("exception ");
        print_hex(out.vector);
        print(" outside of a snippet at ");
        print_hex(out.r.eip);
        print(" error ");
        print_hex(out.error);
        print(" want none");
    }
    print("\n");
    run_cases();
    for (;;)
        ;
}

static uint32_t number(const char *text) // hexadecimal
{
    uint32_t v = 0;
    for (; *text; text++)
        v = v << 4 | (uint32_t)(*text <= '9' ? *text - '0' : (*text & 7) + 9);
    return v;
}

static void read_options(const char *line)
{
    static char words[512];
    static char *word[32];
    uint32_t count = 0;
    char *to = words;
    while (*line && count < 32) {
        while (*line == ' ')
            line++;
        if (!*line)
            break;
        word[count++] = to;
        while (*line && *line != ' ' && to < words + sizeof words - 2)
            *to++ = *line++;
        *to++ = 0;
        if (to >= words + sizeof words - 2)
            break;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (same(word[i], "--list"))
            list_only = true;
        else if (same(word[i], "--survive"))
            survive = true;
        else if (same(word[i], "--tell"))
            tell_all = true;
        else if (i + 2 < count && same(word[i], "--random")) {
            random_next = number(word[++i]);
            random_end = random_next + number(word[++i]);
        } else if (i + 1 < count && same(word[i], "-t"))
            glob = word[++i];
        else if (i + 1 < count && same(word[i], "--after"))
            after = word[++i];
    }
}

void system_main(uint32_t magic, const uint32_t *info)
{
    uint32_t r[4];
    out8(COM1 + 1, 0);
    out8(COM1 + 3, 0x80);
    out8(COM1 + 0, 1);
    out8(COM1 + 1, 0);
    out8(COM1 + 3, 3);
    out8(COM1 + 2, 7);
    out8(COM1 + 4, 3);
    if (magic == 0x2BADB002 && info[0] & 4)
        read_options((const char *)info[4]);
    cpuid(0x80000000, 0, r);
    if (r[0] >= 0x80000001) {
        cpuid(0x80000001, 0, r);
        world_has_nx = r[3] >> 20 & 1;
    }
    run_cases();
}
