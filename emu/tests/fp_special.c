// Every x87, SSE and SSE2 arithmetic, conversion and compare instruction (and some newer ones) over
// all pairs of special and boundary operands, in all rounding and precision modes, with all
// exceptions masked and all unmasked (x87), with FTZ and DAZ (SSE): both engines against this
// host's own CPU. Result, status word, tags, MXCSR, EFLAGS are compared bit for bit.
//
// fp_special [-full]: the name of the program decides, too. A loop of 32-bit code runs one operand
// a against all operands b:
//   EBX parameters, EDI operand a, ESI operands b, ECX how many, EBP results. It ends by INT3.
// The same bytes run natively in a 32-bit segment and in a bare guest, at other addresses.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/cpu/features.h"
#include "emu/mmu/mmu.h"
#include "emu/tests/oracle.h"
#include "emu/tests/system_world.h"

enum {
    NATIVE = 0x11000000, // where the guest's page 0 is, natively
    CODE = WORLD_CODE,
    PARAMETERS = 0x40000,
    OPERANDS = 0x41000, // of 16 bytes each
    RESULTS = 0x50000,
    RESULT_BYTES = 144, // FNSAVE's 108, EFLAGS, stored memory at 112; SSE: see put_sse()
    STORED = 112,
    OPERANDS_MAX = 128,
    PROGRAM_MAX = 256,
    BYTES_MAX = 8,
    ATTEMPTS = 4,
};

enum kind { X87_REG, X87_FROM, X87_TO, SSE_REG };
static const struct op {
    const char *name;
    enum kind kind;
    unsigned feature; // FEATURE_COUNT: every x86-64 CPU has it
    uint8_t width, len, bytes[BYTES_MAX];
} ops[] = {
#define LEN(...)                                                                                   \
    (uint8_t)sizeof((const uint8_t[]){__VA_ARGS__}),                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define X87(n, ...)                 {#n, X87_REG, FEATURE_COUNT, 10, LEN(__VA_ARGS__)},
#define X87_LOAD(n, width, ...)     {#n, X87_FROM, FEATURE_COUNT, width, LEN(__VA_ARGS__)},
#define X87_STORE(n, ...)           {#n, X87_TO, FEATURE_COUNT, 10, LEN(__VA_ARGS__, STORED)},
#define SSE(n, width, ...)          {#n, SSE_REG, FEATURE_COUNT, width, LEN(__VA_ARGS__)},
#define VEX(n, feature, width, ...) {#n, SSE_REG, FEATURE_##feature, width, LEN(__VA_ARGS__)},
#include "emu/tests/fp_special.def"
};
enum { OPS = sizeof ops / sizeof *ops };

// --- operands
// ---------------------------------------------------------------------------------------------------

static const uint32_t floats[] = {
    0,          1,          2,          0x00400000, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff,
    0x01000000, 0x33800000, 0x337fffff, 0x33800001, 0x3effffff, 0x3f000000, 0x3f000001, 0x3f7fffff,
    0x3f800000, 0x3f800001, 0x3fc00000, 0x3fffffff, 0x40000000, 0x40200000, 0x40490fdb, 0x46fffe00,
    0x47000000, 0x4b000000, 0x4b000001, 0x4b7fffff, 0x4b800000, 0x4effffff, 0x4f000000, 0x5effffff,
    0x5f000000, 0x7e800000, 0x7effffff, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000,
    0x7fbfffff, 0x7fc00000, 0x7fc12345, 0x7fffffff,
};
static const uint64_t doubles[] = {
    0,
    1,
    2,
    0x0008000000000000,
    0x000fffffffffffff,
    0x0010000000000000,
    0x0010000000000001,
    0x001fffffffffffff,
    0x3690000000000000,
    0x36a0000000000000,
    0x36a0000000000001,
    0x380fffffc0000000,
    0x380fffffe0000000,
    0x3810000000000000,
    0x3ca0000000000000,
    0x3cb0000000000000,
    0x3fdfffffffffffff,
    0x3fe0000000000000,
    0x3fefffffffffffff,
    0x3ff0000000000000,
    0x3ff0000000000001,
    0x3ff0000010000000,
    0x3ff0000030000000,
    0x3ff8000000000000,
    0x4000000000000000,
    0x4004000000000000,
    0x400921fb54442d18,
    0x40dfffe000000000,
    0x41dfffffffc00000,
    0x41dfffffffe00000,
    0x41e0000000000000,
    0x4330000000000000,
    0x4330000000000001,
    0x43dfffffffffffff,
    0x43e0000000000000,
    0x47efffffe0000000,
    0x47effffff0000000,
    0x47f0000000000000,
    0x7fe0000000000000,
    0x7fefffffffffffff,
    0x7ff0000000000000,
    0x7ff0000000000001,
    0x7ff4000000000000,
    0x7ff7ffffffffffff,
    0x7ff8000000000000,
    0x7ff8000000012345,
    0x7fffffffffffffff,
};
static const struct {
    uint16_t exponent;
    uint64_t significand;
} extendeds[] = {
    {0, 0},
    {0, 1},
    {0, 0x4000000000000000},
    {0, 0x7fffffffffffffff},
    {0, 0x8000000000000000}, // pseudo-denormals
    {0, 0xffffffffffffffff},
    {1, 0x8000000000000000},
    {1, 0x8000000000000001},
    {1, 0}, // unnormals
    {0x3fff, 0x4000000000000000},
    {0x3fff, 0},
    {0x7ffe, 0x7fffffffffffffff},
    {0x3c00, 0xfffffffffffffc00}, // around the smallest normal double and float
    {0x3c01, 0x8000000000000000},
    {0x3bcd, 0x8000000000000000},
    {0x3bcc, 0x8000000000000000},
    {0x3f80, 0xffffff8000000000},
    {0x3f81, 0x8000000000000000},
    {0x3f6a, 0x8000000000000000},
    {0x3f69, 0x8000000000000000},
    {0x3fbe, 0x8000000000000000}, // 2^-65
    {0x3fbf, 0x8000000000000000},
    {0x3ffd, 0xffffffffffffffff},
    {0x3ffe, 0x8000000000000000}, // 1/2
    {0x3ffe, 0x8000000000000001},
    {0x3ffe, 0xffffffffffffffff},
    {0x3fff, 0x8000000000000000}, // 1
    {0x3fff, 0x8000000000000001},
    {0x3fff, 0x8000000000000400}, // halfway cases of 53 and 24 bits
    {0x3fff, 0x8000000000000c00},
    {0x3fff, 0x8000008000000000},
    {0x3fff, 0x8000018000000000},
    {0x3fff, 0xc000000000000000},
    {0x3fff, 0xffffffffffffffff},
    {0x4000, 0x8000000000000000},
    {0x4000, 0xa000000000000000},
    {0x4000, 0xc90fdaa22168c235}, // pi
    {0x400d, 0xfffe000000000000}, // 2^15 - 1
    {0x400d, 0xffff000000000000},
    {0x400e, 0x8000000000000000},
    {0x400e, 0x8000800000000000},
    {0x401d, 0xfffffffe00000000},
    {0x401d, 0xffffffff00000000},
    {0x401e, 0x8000000000000000},
    {0x403a, 0xde0b6b3a763fffff}, // 10^18 - 1
    {0x403a, 0xde0b6b3a76400000},
    {0x403d, 0xffffffffffffffff},
    {0x403e, 0x8000000000000000}, // 2^63
    {0x403e, 0xffffffffffffffff},
    {0x407e, 0xffffff0000000000}, // around the largest float and double
    {0x407e, 0xffffff8000000000},
    {0x407f, 0x8000000000000000},
    {0x43fe, 0xfffffffffffff800},
    {0x43fe, 0xfffffffffffffc00},
    {0x7ffe, 0x8000000000000000},
    {0x7ffe, 0xffffffffffffffff},
    {0x7fff, 0x8000000000000000}, // infinity
    {0x7fff, 0},                  // pseudo-infinity
    {0x7fff, 0x8000000000000001}, // signalling NaNs
    {0x7fff, 0xbfffffffffffffff},
    {0x7fff, 0xc000000000000000}, // quiet NaNs
    {0x7fff, 0xc000000000012345},
    {0x7fff, 0xffffffffffffffff},
    {0x7fff, 0x4000000000000001}, // pseudo-NaN
};
static const uint64_t integers[] = {
    0,
    1,
    2,
    0x7fff,
    0x8000,
    0xffff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x1ffffffffffffff,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xffffffffffffffff,
    0xfffffffffffffffe,
    0x20000000000001,
};

// The operands of a width (0: integers), both signs of each, into slots of 16 bytes: vectors hold
// the next ones in their upper lanes. Returns how many.
static unsigned fill_operands(unsigned width, uint8_t to[OPERANDS_MAX][16])
{
    unsigned n = 0;
    memset(to, 0, OPERANDS_MAX * 16);
    if (width == 10)
        for (unsigned i = 0; i < 2 * sizeof extendeds / sizeof *extendeds; i++, n++) {
            uint16_t e = (uint16_t)(extendeds[i / 2].exponent | (i & 1) << 15);
            memcpy(to[n], &extendeds[i / 2].significand, 8);
            memcpy(to[n] + 8, &e, 2);
        }
    else if (width == 8)
        for (unsigned i = 0; i < 2 * sizeof doubles / sizeof *doubles; i++, n++) {
            uint64_t v = doubles[i / 2] | (uint64_t)(i & 1) << 63;
            memcpy(to[n], &v, 8);
        }
    else if (width == 4)
        for (unsigned i = 0; i < 2 * sizeof floats / sizeof *floats; i++, n++) {
            uint32_t v = floats[i / 2] | (uint32_t)(i & 1) << 31;
            memcpy(to[n], &v, 4);
        }
    else
        for (unsigned i = 0; i < sizeof integers / sizeof *integers; i++, n++)
            memcpy(to[n], &integers[i], 8);
    for (unsigned i = 0; i < n && (width == 4 || width == 8); i++)
        for (unsigned lane = 1; lane < 16 / width; lane++)
            memcpy(to[i] + lane * width, to[(i + lane) % n], width);
    return n;
}

// --- programs
// ---------------------------------------------------------------------------------------------------

struct program {
    uint8_t bytes[PROGRAM_MAX];
    unsigned n;
};

static void put(struct program *p, const void *bytes, unsigned n)
{
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
}
#define PUT(p, ...) put(p, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void put_x87(struct program *p, const struct op *op)
{
    PUT(p, 0xdb, 0xe3, 0xd9, 0x2b); // fninit; fldcw [ebx]
    if (op->kind == X87_FROM)
        PUT(p, 0xdb, 0x2f); // fld tbyte [edi]
    else
        PUT(p, 0xdb, 0x2e, 0xdb, 0x2f); // fld tbyte [esi]; fld tbyte [edi]
    put(p, op->bytes, op->len);
    PUT(p, 0xdd, 0x75, 0);                  // fnsave [ebp]
    PUT(p, 0x9c, 0x8f, 0x45, 108);          // pushfd; pop dword [ebp+108]
    PUT(p, 0x81, 0x65, 108, 0xd5, 8, 0, 0); // and dword [ebp+108], the arithmetic flags
}

static void put_sse(struct program *p, const struct op *op)
{
    PUT(p, 0x0f, 0xae, 0x13);                   // ldmxcsr [ebx]
    PUT(p, 0x0f, 0x10, 0x07, 0x0f, 0x10, 0x0e); // movups xmm0, [edi]; movups xmm1, [esi]
    PUT(p, 0x0f, 0x10, 0x56, 0x10);             // movups xmm2, [esi+16]
    PUT(p, 0x0f, 0x6f, 0x0e, 0x0f, 0x6f, 0xc1); // movq mm1, [esi]; movq mm0, mm1
    PUT(p, 0x8b, 0x06);                         // mov eax, [esi]
    put(p, op->bytes, op->len);
    PUT(p, 0x0f, 0xae, 0x5d, 32);             // stmxcsr [ebp+32]
    PUT(p, 0x0f, 0x11, 0x45, 0);              // movups [ebp], xmm0
    PUT(p, 0x0f, 0x7f, 0x45, 16, 0x0f, 0x77); // movq [ebp+16], mm0; emms
    PUT(p, 0x89, 0x45, 24);                   // mov [ebp+24], eax
    PUT(p, 0x9c, 0x8f, 0x45, 28);             // pushfd; pop dword [ebp+28]
    PUT(p, 0x81, 0x65, 28, 0xd5, 8, 0, 0);
}

static struct program make_program(const struct op *op)
{
    struct program p = {.n = 0};
    // What lies in the empty registers: zeros.
    PUT(&p, 0xdb, 0xe3, 0xd9, 0xee, 0xd9, 0xee, 0xd9, 0xee, 0xd9, 0xee, 0xd9, 0xee, 0xd9, 0xee,
        0xd9, 0xee, 0xd9, 0xee, 0xdb, 0xe3);
    unsigned loop = p.n;
    if (op->kind == SSE_REG)
        put_sse(&p, op);
    else
        put_x87(&p, op);
    const uint32_t step = RESULT_BYTES;
    PUT(&p, 0x83, 0xc6, 16, 0x81, 0xc5); // add esi, 16; add ebp, RESULT_BYTES
    put(&p, &step, 4);
    PUT(&p, 0x49, 0x0f, 0x85); // dec ecx; jnz
    int32_t back = (int32_t)loop - (int32_t)(p.n + 4);
    put(&p, &back, 4);
    PUT(&p, 0xcc);
    return p;
}

// --- running
// ------------------------------------------------------------------------------------------------------

static struct oracle_regs registers(uint32_t base, unsigned n)
{
    struct oracle_regs r = {.eip = base + CODE, .eflags = FLAG_ONE | FLAG_IF};
    r.gpr[REG_EBX] = base + PARAMETERS;
    r.gpr[REG_EDI] = base + PARAMETERS + 16;
    r.gpr[REG_ESI] = base + OPERANDS;
    r.gpr[REG_ECX] = n;
    r.gpr[REG_EBP] = base + RESULTS;
    r.gpr[REG_ESP] = base + WORLD_STACK0;
    return r;
}

static uint8_t *native(uint32_t at)
{
    return (uint8_t *)(uintptr_t)(NATIVE + at);
}

static bool run_guest(struct world *g, unsigned n)
{
    struct oracle_regs r = registers(0, n);
    memcpy(g->cpu->gpr, r.gpr, sizeof r.gpr);
    g->cpu->eip = r.eip;
    g->cpu->eflags = FLAG_ONE;
    g->cpu->halted = false;
    enum cpu_exit why;
    do {
        g->cpu->poll = 0;
        cpu_set_budget(g->cpu, 100000);
        why = g->engine->run(g->cpu);
    } while (why == EXIT_BUDGET || why == EXIT_POLL);
    return why == EXIT_HALT && g->cpu->eip == WORLD_HANDLERS + EXC_BP + 1;
}

// FIP, FCS, FOP, FDP, FDS are where they are: addresses.
static void drop_pointers(const struct op *op, uint8_t *results, unsigned n)
{
    for (unsigned i = 0; i < n && op->kind != SSE_REG; i++)
        memset(results + i * RESULT_BYTES + 12, 0, 16);
}

static void print_bytes(const char *what, const uint8_t *p, unsigned n)
{
    printf("    %-7s", what);
    for (unsigned i = 0; i < n; i++)
        printf("%s%02x", i % 4 ? "" : " ", p[i]);
    printf("\n");
}

struct engine_run {
    struct world world;
    uint64_t cases, differ;
};

// False without a word if they differ and this is not the last attempt.
static bool compare(struct engine_run *e, const struct op *op, uint32_t mode, unsigned n, bool last)
{
    static uint8_t got[OPERANDS_MAX * RESULT_BYTES];
    mmu_phys_read(e->world.mmu, RESULTS, got, n * RESULT_BYTES);
    drop_pointers(op, got, n);
    bool same = memcmp(got, native(RESULTS), n * RESULT_BYTES) == 0;
    if (same || last)
        e->cases += n;
    if (same || !last)
        return same;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *want = native(RESULTS) + i * RESULT_BYTES, *have = got + i * RESULT_BYTES;
        if (memcmp(want, have, RESULT_BYTES) == 0 || e->differ++ >= 3)
            continue;
        printf("  %s %s, mode %04x\n", e->world.engine->name, op->name, mode);
        print_bytes("a", native(PARAMETERS) + 16, 16);
        print_bytes("b", native(OPERANDS) + 16 * i, 16);
        print_bytes("native", want, RESULT_BYTES);
        print_bytes("guest", have, RESULT_BYTES);
    }
    return false;
}

// One operand a against all b, natively and on both engines. A context switch under the native run
// may clear the registers that are empty; so what differs runs again.
static const char *run_row(const struct op *op, uint32_t mode, const uint8_t a[16], unsigned n,
                           struct engine_run *engines)
{
    uint8_t parameters[32] = {0};
    memcpy(parameters, &mode, 4);
    memcpy(parameters + 16, a, 16);
    memcpy(native(PARAMETERS), parameters, 32);
    for (unsigned e = 0; e < 2; e++) {
        static const uint8_t zero[OPERANDS_MAX * RESULT_BYTES];
        world_put(&engines[e].world, PARAMETERS, parameters, 32);
        world_put(&engines[e].world, RESULTS, zero, n * RESULT_BYTES);
        if (!run_guest(&engines[e].world, n))
            return "the guest did not reach its end";
        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
            struct oracle_regs r = registers(NATIVE, n);
            struct oracle_end end;
            if (e == 0 || attempt > 0) {
                memset(native(RESULTS), 0, n * RESULT_BYTES);
                oracle_native_enter(&r, &end);
                if (end.vector != EXC_BP)
                    return "the native run ended by a fault";
                drop_pointers(op, native(RESULTS), n);
            }
            if (compare(&engines[e], op, mode, n, attempt == ATTEMPTS - 1))
                break;
        }
    }
    return NULL;
}

// --- modes
// -------------------------------------------------------------------------------------------------------

// x87: RC, PC, all masked or none. SSE: RC, FTZ, DAZ; all masked (an unmasked one ends the loop;
// the oracle does these).
static unsigned list_modes(const struct op *op, bool full, uint32_t modes[32])
{
    unsigned n = 0;
    for (uint32_t rc = 0; rc < 4; rc++)
        for (uint32_t more = 0; more < 8; more++) {
            if (!full && rc != more % 4 && more != 3)
                continue; // check: every value of each, not all combinations
            if (op->kind == SSE_REG) {
                if (more < 4)
                    modes[n++] = 0x1f80 | rc << 13 | (more & 1) << 6 | (more & 2) << 14;
            } else {
                modes[n++] = 0x40 | rc << 10 | (more & 3) << 8 | (more & 4 ? 0 : 0x3f);
            }
        }
    return n;
}

static const char *run_op(const struct op *op, bool full, struct engine_run *engines)
{
    static uint8_t a[OPERANDS_MAX][16], b[OPERANDS_MAX][16];
    bool x87 = op->kind != SSE_REG;
    unsigned na = fill_operands(x87 ? 10 : op->width, a), nb = fill_operands(op->width, b);
    bool unary = op->kind == X87_TO; // ST(1) does not matter
    struct program p = make_program(op);
    memcpy(native(CODE), p.bytes, p.n);
    memcpy(native(OPERANDS), b, sizeof b);
    for (unsigned e = 0; e < 2; e++) {
        world_put(&engines[e].world, CODE, p.bytes, p.n);
        world_put(&engines[e].world, OPERANDS, b, sizeof b);
        engines[e].cases = engines[e].differ = 0;
    }
    uint32_t modes[32];
    unsigned nmodes = list_modes(op, full, modes);
    for (unsigned m = 0; m < nmodes; m++)
        for (unsigned i = 0; i < na; i++) {
            if (!full && !unary && (i + m) % 6)
                continue;
            const char *why = run_row(op, modes[m], a[i], unary ? 1 : nb, engines);
            if (why)
                return why;
        }
    return engines[0].differ || engines[1].differ ? "results differ" : NULL;
}

int main(int argc, char **argv)
{
    size_t len = strlen(argv[0]);
    bool full = (len > 5 && strcmp(argv[0] + len - 5, "-full") == 0);
    const char *why, *only = NULL;
    static struct engine_run engines[2];
    struct cpu_features host = features_host();
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-full") == 0)
            full = true;
        else
            only = argv[i];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!oracle_native_init(&why) || !oracle_native_map(NATIVE, WORLD_RAM, &why)) {
        printf("skip fp_special: %s\n", why);
        return 0;
    }
    engines[0].world.engine = &engine_interp;
    engines[1].world.engine = &engine_jit;
    for (unsigned e = 0; e < 2; e++) {
        if (!world_create(&engines[e].world, &why)) {
            printf("FAIL fp_special: %s\n", why);
            return 1;
        }
        world_reset(&engines[e].world, 0);
        engines[e].world.cpu->cr0 |= CR0_NE;
        engines[e].world.cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
        engines[e].world.cpu->fpu.xcr0 = XCR0_ALL;
        fpu_update_gates(engines[e].world.cpu);
    }
    uint64_t total = 0;
    unsigned failed = 0;
    for (unsigned i = 0; i < OPS; i++) {
        if (only && strcmp(only, ops[i].name) != 0)
            continue;
        if (ops[i].feature < FEATURE_COUNT &&
            !features_has(&host, (enum cpu_feature)ops[i].feature)) {
            printf("skip fp_special %s: this host lacks it\n", ops[i].name);
            continue;
        }
        why = run_op(&ops[i], full, engines);
        failed += why != NULL;
        total += engines[0].cases;
        if (why)
            printf("FAIL fp_special %s: %s: of %llu cases %llu on interp, %llu on jit\n",
                   ops[i].name, why, (unsigned long long)engines[0].cases,
                   (unsigned long long)engines[0].differ, (unsigned long long)engines[1].differ);
        else
            printf("ok fp_special %s: %llu cases\n", ops[i].name,
                   (unsigned long long)engines[0].cases);
    }
    printf("%llu cases on each engine\n", (unsigned long long)total);
    for (unsigned e = 0; e < 2; e++)
        world_destroy(&engines[e].world);
    return failed != 0;
}
