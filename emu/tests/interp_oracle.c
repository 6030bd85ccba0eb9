// Every ring 3 instruction form, random states: this host's CPU against an engine, bit for bit.
//
// interp_oracle, jit_oracle [-n CASES] [-s SEED] [-m MNEMONIC]: the engine is in the program's
// name; CASES a form (50; 2000 if the name ends in -full). jit runs each case twice, with the
// lookup tables cold and warm. Registers, EIP, memory, vector, error code and CR2 must agree; so
// must every flag and result that the manual defines. What it leaves undefined is compared too,
// counted, and printed by mnemonic, but is no failure: it is chosen as AMD Zen has it and another
// host may differ.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/decode/opcode_table.h"
#include "emu/tests/coverage.h"
#include "emu/tests/oracle.h"

enum { MAX_FORMS = 8192, SHOWN_PER_MNEMONIC = 3 };

struct tally {
    unsigned forms, failures;
    struct {
        unsigned seen, differs, set, changed; // by the host, where undefined
    } flag[12];
    uint64_t cases, undefined_flags, undefined_results, faults, repeated;
};

static struct tally tallies[MN_COUNT];
static uint8_t memory[ORACLE_MEMORY_PAGES][ORACLE_PAGE];
static bool jit;

static void print_regs(const char *who, const struct oracle_regs *r)
{
    static const char *const names[REG_COUNT] = {"eax", "ecx", "edx", "ebx",
                                                 "esp", "ebp", "esi", "edi"};
    printf("  %-7s", who);
    for (unsigned i = 0; i < REG_COUNT; i++)
        printf(" %s=%08x", names[i], r->gpr[i]);
    printf(" eip=%08x eflags=%08x\n", r->eip, r->eflags);
}

static void print_end(const char *who, const struct oracle_end *e)
{
    print_regs(who, &e->regs);
    printf("          vector %u error %x cr2 %08x\n", e->vector, e->error, e->cr2);
}

static void print_case(const struct oracle_case *c, const char *why,
                       const struct oracle_end *native, const struct oracle_end *guest,
                       uint64_t seed)
{
    char text[96] = "(does not decode)";
    if (c->decodes)
        insn_format(c->bytes, 15, true, c->regs.eip, text, sizeof text);
    printf("case seed %llx: %s:", (unsigned long long)seed, why);
    for (unsigned i = 0; i < c->len; i++)
        printf(" %02x", c->bytes[i]);
    printf("  %s", text);
    for (unsigned i = 0; i < c->tail_len; i++)
        printf("%s%02x", i ? " " : "; then ", c->tail[i]);
    printf("\n");
    print_regs("before", &c->regs);
    print_end("native", native);
    print_end("guest", guest);
    if (c->with_fpu) {
        oracle_vector_print("before", &c->fpu);
        oracle_vector_print("native", &native->fpu);
        oracle_vector_print("guest", &guest->fpu);
    }
}

// Results, not flags, that the manual leaves undefined: BSWAP of 16 bits, SHLD and SHRD of 16 bits
// by more than 16, the destination of BSF and BSR when the source is 0.
static bool result_undefined(const struct oracle_case *c)
{
    const struct insn *insn = &c->insn;
    switch (insn->mnemonic) {
    case MN_BSWAP: return insn->op_size == 2;
    case MN_BSF:
    case MN_BSR: return true;
    case MN_SHLD:
    case MN_SHRD:
        return insn->op_size == 2 &&
               ((insn->opnd[2].kind == OPND_IMM ? insn->imm : c->regs.gpr[REG_ECX]) & 31) > 16;
    default: return false;
    }
}

// PUSHA and POPA that fault half-way leave some of their stores and loads behind on Zen; ours do
// not.
static bool half_done(const struct oracle_case *c, const struct oracle_end *native)
{
    return c->decodes && (c->insn.mnemonic == MN_PUSHA || c->insn.mnemonic == MN_POPA) &&
           native->vector == EXC_PF;
}

// The host's MXCSR_MASK has AMD's misaligned mode (bit 17), which our models have not: where the
// host stored its own, it is taken for ours.
static void adjust_mxcsr_mask(const struct oracle_case *c)
{
    enum { HOST_MASK = MXCSR_MASK | 1 << 17, AT = 28 };
    unsigned mn = c->insn.mnemonic;
    if (!c->decodes || (mn != MN_FXSAVE && mn != MN_XSAVE && mn != MN_XSAVEOPT && mn != MN_XSAVEC))
        return;
    uint32_t at = oracle_operand_address(c) + AT, v;
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++)
        if (at - oracle_page_address(i) < ORACLE_PAGE && oracle_access[i] == ORACLE_WRITE) {
            uint8_t *p = (uint8_t *)(uintptr_t)at;
            memcpy(&v, p, 4);
            if (v == HOST_MASK)
                p[2] = 0;
        }
}

static bool memory_equal(const struct oracle_guest *g, char *why, size_t size)
{
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++) {
        const uint8_t *a = oracle_native_page(i), *b = oracle_guest_page(g, i);
        if (!a || memcmp(a, b, ORACLE_PAGE) == 0)
            continue;
        unsigned at = 0;
        while (a[at] == b[at])
            at++;
        snprintf(why, size, "memory at %08x: native %02x guest %02x", oracle_page_address(i) + at,
                 a[at], b[at]);
        return false;
    }
    return true;
}

// True if the case agrees in all that is defined; else `why` names the first difference.
static bool agree(const struct oracle_case *c, const struct oracle_guest *g,
                  struct oracle_end *native, const struct oracle_end *guest, struct tally *t,
                  char *why, size_t size)
{
    uint32_t undefined = c->decodes ? insn_flag_effects(&c->insn).undefined : 0;
    if (native->vector == EXC_PF)
        native->error &= ~(uint32_t)PF_I; // the host pages with NX, the guest without
    if (native->vector != guest->vector || native->error != guest->error ||
        native->cr2 != guest->cr2) {
        snprintf(why, size, "fault");
        return false;
    }
    if (native->regs.eip != guest->regs.eip) {
        snprintf(why, size, "eip");
        return false;
    }
    bool loose = c->decodes && (result_undefined(c) || half_done(c, native));
    if (!memory_equal(g, why, size)) {
        if (!loose)
            return false;
        t->undefined_results++;
    }
    if (memcmp(native->regs.gpr, guest->regs.gpr, sizeof native->regs.gpr) != 0) {
        if (!loose) {
            snprintf(why, size, "registers");
            return false;
        }
        t->undefined_results++;
    }
    if (c->with_fpu && !oracle_vector_equal(&native->fpu, &guest->fpu, why, size))
        return false;
    uint32_t flags = native->regs.eflags ^ guest->regs.eflags;
    if (flags & ~undefined) {
        snprintf(why, size, "flags %x", flags & ~undefined);
        return false;
    }
    t->undefined_flags += flags != 0;
    for (unsigned b = 0; b < 12; b++)
        if (undefined >> b & 1 && native->vector < EXC_NMI + 2) {
            t->flag[b].seen++;
            t->flag[b].differs += flags >> b & 1;
            t->flag[b].set += native->regs.eflags >> b & 1;
            t->flag[b].changed += (native->regs.eflags ^ c->regs.eflags) >> b & 1;
        }
    return true;
}

enum { WHY_BYTES = 128 };

// Run it in both worlds. jit: cold and warm.
static bool run_case(const struct oracle_case *c, struct oracle_guest *g, struct oracle_end *native,
                     struct oracle_end *guest, struct tally *t, char why[WHY_BYTES])
{
    oracle_native_run(c, native);
    adjust_mxcsr_mask(c);
    oracle_guest_run(g, c, guest);
    if (jit && agree(c, g, native, guest, t, why, WHY_BYTES))
        oracle_guest_run(g, c, guest);
    return agree(c, g, native, guest, t, why, WHY_BYTES);
}

static uint64_t row_cases[ROW_COUNT]; // for docs/coverage.md

// Under AddressSanitizer its shadow is mapped below 4 GB, where everything but the test's pages
// should be absent: a stray operand there is not for comparison.
static bool in_shadow(const struct oracle_case *c)
{
#ifdef __SANITIZE_ADDRESS__
    uint32_t at = c->decodes ? oracle_operand_address(c) : 0;
    return at >= 0x7fff7000u && at < 0x90000000u;
#else
    (void)c;
    return false;
#endif
}

static void run_form(const struct oracle_form *form, struct oracle_guest *g, unsigned cases,
                     uint64_t seed)
{
    struct tally *t = &tallies[opcode_rows[form->row].mnemonic];
    struct oracle_case c = {.memory = memory};
    char why[WHY_BYTES];
    t->forms++;
    uint64_t fill = seed ^ 0x5eed;
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++)
        for (unsigned at = 0; at < ORACLE_PAGE; at += 4) {
            uint32_t v = oracle_random(&fill);
            memcpy(&memory[i][at], &v, 4);
        }
    for (unsigned i = 0; i < cases; i++) {
        struct oracle_end native, guest;
        uint64_t used = seed;
        oracle_generate(form, &seed, &c);
        if (in_shadow(&c))
            continue;
        if (jit && !(c.decodes && insn_kind(&c.insn) & MNK_BRANCH)) { // single steps are interp's
            c.single_step = false;
            c.regs.eflags &= ~(uint32_t)FLAG_TF;
        }
        bool same = run_case(&c, g, &native, &guest, t, why);
        // A context switch under the native run loses the pointers to the last x87 instruction (the
        // host's XRSTOR leaves them out when no exception waits): ask again.
        for (unsigned again = 0; !same && c.with_fpu && again < 3; again++) {
            t->repeated++;
            same = run_case(&c, g, &native, &guest, t, why);
        }
        t->cases++;
        row_cases[form->row]++;
        t->faults += native.vector != EXC_DB && native.vector != EXC_BP;
        if (!same && t->failures++ < SHOWN_PER_MNEMONIC)
            print_case(&c, why, &native, &guest, used);
    }
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

int main(int argc, char **argv)
{
    unsigned cases = ends_with(argv[0], "-full") ? 2000 : 50, failed = 0;
    uint64_t seed = 1, total = 0, repeated = 0;
    const char *only = NULL, *why;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            cases = (unsigned)strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-m") == 0)
            only = argv[i + 1];
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!oracle_native_init(&why)) {
        printf("skip interp_oracle: %s\n", why);
        return 0;
    }
    jit = strstr(argv[0], "jit_oracle") != NULL;
    struct oracle_guest *g = oracle_guest_create(jit ? &engine_jit : &engine_interp, &why);
    if (!g) {
        printf("FAIL interp_oracle: %s\n", why);
        return 1;
    }
    static struct oracle_form forms[MAX_FORMS];
    unsigned n = oracle_list_forms(forms, MAX_FORMS);
    for (unsigned i = 0; i < n; i++)
        if (!only || strcmp(insn_mnemonics[opcode_rows[forms[i].row].mnemonic].name, only) == 0)
            run_form(&forms[i], g, cases, seed * 1000003 + i);
    for (unsigned m = 0; m < MN_COUNT; m++) {
        const struct tally *t = &tallies[m];
        if (!t->forms)
            continue;
        total += t->cases;
        repeated += t->repeated;
        failed += t->failures != 0;
        if (t->undefined_flags || t->undefined_results)
            printf("undefined %s: flags differ in %llu, results in %llu of %llu cases\n",
                   insn_mnemonics[m].name, (unsigned long long)t->undefined_flags,
                   (unsigned long long)t->undefined_results, (unsigned long long)t->cases);
        for (unsigned b = 0; b < 12; b++)
            if (t->flag[b].differs)
                printf("  eflags bit %u: of %u cases %u differ; the host sets it in %u, changes it "
                       "in %u\n",
                       b, t->flag[b].seen, t->flag[b].differs, t->flag[b].set, t->flag[b].changed);
        if (t->failures)
            printf("FAIL oracle %s: %u of %llu cases differ\n", insn_mnemonics[m].name, t->failures,
                   (unsigned long long)t->cases);
        else
            printf("ok oracle %s: %u forms, %llu cases, %llu faults\n", insn_mnemonics[m].name,
                   t->forms, (unsigned long long)t->cases, (unsigned long long)t->faults);
    }
    printf("%u forms, %llu cases, %llu runs repeated\n", n, (unsigned long long)total,
           (unsigned long long)repeated);
    coverage_write(jit ? "jit oracle" : "interp oracle", row_cases);
    oracle_guest_destroy(g);
    return failed != 0;
}
