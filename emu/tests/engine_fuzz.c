// Random machines on both engines: the translator must neither crash nor hang, and end where the
// interpreter ends, in every register, flag and byte of memory.
//
// engine_fuzz [-n RUNS] [-s SEED] [-t SECONDS] [-c MODEL] [-v 1]: RUNS machines (4000; 300000 if
// the program's name ends in -full) from SEED (1) on, or as many as fit into SECONDS of processor
// time, then from a new seed unless SEED is given; of that CPU model (max).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/cpu/model.h"
#include "emu/decode/insn.h"
#include "emu/dispatch/jit.h"
#include "emu/interp/interp.h"
#include "emu/mmu/mmu_state.h"
#include "emu/tests/fuzz_machine.h"

enum { SLICES = 12, STEPS_MAX = 300000 };

static struct world a, b; // interp, jit

enum { TABLES_SIZE = 0x6000 };
static uint8_t tables[TABLES_SIZE]; // the paging structures as the machine began with them
static unsigned long stale;         // machines that ended because they rewrote them

// A processor may use a translation that is not in memory any more, or not, until INVLPG or a load
// of CR3 (SDM vol. 3, 4.10.4.4): from there on the engines may differ. More than A and D bits?
static bool tables_rewritten(const struct world *w)
{
    for (unsigned i = 0; i < TABLES_SIZE; i++) {
        unsigned marks = i % 4 == 0 ? 0x60 : 0;
        if ((w->mmu->ram[WORLD_DIRECTORY + i] ^ tables[i]) & ~marks)
            return true;
    }
    return false;
}

// Both engines fetch ahead, as a processor may, but not equally far: a page can be marked accessed
// that was not run on yet. Evens that out.
static bool only_accessed_bits(void)
{
    for (uint32_t at = 0; at < WORLD_RAM; at++) {
        uint8_t *x = &a.mmu->ram[at], *y = &b.mmu->ram[at];
        bool table = at >= WORLD_DIRECTORY && at < WORLD_DIRECTORY + TABLES_SIZE;
        if (*x == *y)
            continue;
        if (!table || at % 4 != 0 || (*x ^ *y) != 0x20)
            return false;
        *x = *y = *x | 0x20;
    }
    return true;
}

static const char *compare(void)
{
    const struct cpu *x = a.cpu, *y = b.cpu;
    if (memcmp(x->gpr, y->gpr, sizeof x->gpr) != 0)
        return "registers";
    if (x->eip != y->eip)
        return "EIP";
    if (x->eflags != y->eflags)
        return "EFLAGS";
    if (cpu_icount(x) != cpu_icount(y))
        return "instructions";
    if (x->exceptions != y->exceptions)
        return "exceptions";
    if (x->efer != y->efer || memcmp(x->pdpte, y->pdpte, sizeof x->pdpte) != 0 ||
        x->cr0 != y->cr0 || x->cr2 != y->cr2 || x->cr3 != y->cr3 || x->cr4 != y->cr4)
        return "control registers";
    if (memcmp(x->msr, y->msr, sizeof x->msr) != 0)
        return "MSRs";
    if (memcmp(x->dr, y->dr, sizeof x->dr) != 0)
        return "debug registers";
    if (x->cpl != y->cpl || x->halted != y->halted || x->shutdown != y->shutdown)
        return "CPL, halted or shutdown";
    const char *fpu = fpu_difference(&x->fpu, &y->fpu);
    if (fpu)
        return fpu;
    if (x->shadow != y->shadow || x->shadow_ss != y->shadow_ss || x->nmi != y->nmi ||
        x->nmi_blocked != y->nmi_blocked || x->pending_debug != y->pending_debug)
        return "interrupt shadow, NMI or a pending trap";
    if (memcmp(&x->tr, &y->tr, sizeof x->tr) != 0 ||
        memcmp(&x->ldtr, &y->ldtr, sizeof x->ldtr) != 0 ||
        memcmp(&x->gdtr, &y->gdtr, sizeof x->gdtr) != 0 ||
        memcmp(&x->idtr, &y->idtr, sizeof x->idtr) != 0 || memcmp(x->dr, y->dr, sizeof x->dr) != 0)
        return "a system or debug register";
    for (unsigned s = 0; s < SEG_COUNT; s++)
        if (memcmp(&x->seg[s], &y->seg[s], sizeof x->seg[s]) != 0)
            return "a segment register";
    if (memcmp(a.mmu->ram, b.mmu->ram, WORLD_RAM) != 0 && !only_accessed_bits())
        return "memory";
    return NULL;
}

static void print_state(const char *who, const struct cpu *c)
{
    printf("  %-6s eip %08x eflags %08x insns %llu exceptions %llu cpl %u\n        ", who, c->eip,
           c->eflags, (unsigned long long)cpu_icount(c), (unsigned long long)c->exceptions, c->cpl);
    for (unsigned i = 0; i < REG_COUNT; i++)
        printf(" %08x", c->gpr[i]);
    printf("\n");
}

static void print_insn(struct world *w, uint32_t at)
{
    uint8_t code[15];
    char text[96];
    if (!mmu_phys_read(w->mmu, at, code, sizeof code))
        return;
    insn_format(code, sizeof code, true, at, text, sizeof text);
    printf("    %08x  %s\n", at, text);
}

// A REP that paused between elements has not retired: each engine pauses where it likes.
static bool paused_rep(struct world *w)
{
    uint8_t code[15];
    struct insn insn;
    const struct segment *cs = &w->cpu->seg[SEG_CS];
    return mmu_phys_read(w->mmu, cs->base + w->cpu->eip, code, sizeof code) &&
           insn_decode(code, sizeof code, cs->attr & SEG_ATTR_DB, NULL, &insn) == DECODE_OK &&
           (insn_mnemonics[insn.mnemonic].kind & MNK_STRING) &&
           (insn.prefixes & (PREFIX_REP | PREFIX_REPNE));
}

// Bring interp to where jit is. False if it cannot get there.
static bool follow(bool verbose, bool blocks)
{
    // By whole blocks up to the last instruction, where the engine's own loop stops exactly.
    while (blocks && cpu_icount(a.cpu) < cpu_icount(b.cpu) && !a.cpu->halted && !a.cpu->shutdown) {
        uint64_t begin = cpu_icount(a.cpu), exceptions = a.cpu->exceptions;
        a.cpu->poll = 0;
        cpu_set_budget(a.cpu, (int64_t)(cpu_icount(b.cpu) - begin));
        engine_interp.run(a.cpu);
        if (cpu_icount(a.cpu) == begin && a.cpu->exceptions == exceptions)
            break;
    }

    for (unsigned n = 0; n < STEPS_MAX; n++) {
        // An x87 instruction that waits for FERR#'s interrupt halts and does not retire.
        if (cpu_icount(a.cpu) >= cpu_icount(b.cpu) && a.cpu->exceptions >= b.cpu->exceptions &&
            (a.cpu->halted || !b.cpu->halted))
            return true;
        if (a.cpu->halted || a.cpu->shutdown)
            return true;
        if (verbose)
            print_insn(&a, a.cpu->eip), print_state("interp", a.cpu);
        if (interp_step(a.cpu))
            a.cpu->left--;
    }
    return false;
}

// The counts that the next machine goes on from.
static void begin_alike(void)
{
    a.cpu->exceptions = b.cpu->exceptions;
    a.cpu->icount_end = cpu_icount(b.cpu) + (uint64_t)a.cpu->left;
}

static const char *run_machine(uint64_t seed, bool verbose)
{
    fuzz_seed = seed;
    fuzz_prepare(&a);
    fuzz_seed = seed;
    fuzz_prepare(&b);
    memcpy(tables, b.mmu->ram + WORLD_DIRECTORY, TABLES_SIZE);
    mmu_flush(a.cpu);
    mmu_flush(b.cpu);
    bool blocks = fuzz_chance(50);
    for (unsigned slice = 0; slice < SLICES; slice++) {
        uint32_t from = b.cpu->eip;
        if (cpu_nmi_deliverable(a.cpu)) {
            cpu_deliver_nmi(a.cpu);
            cpu_deliver_nmi(b.cpu);
        } else if (cpu_intr_deliverable(a.cpu)) {
            unsigned vector = fuzz_random() & 0xff;
            cpu_deliver_interrupt(a.cpu, vector);
            cpu_deliver_interrupt(b.cpu, vector);
        }
        int64_t budget = fuzz_chance(30) ? 1 + fuzz_random() % 7 : 20 + fuzz_random() % 200;
        cpu_set_budget(b.cpu, budget);
        b.cpu->poll = 0;
        cpu_set_budget(a.cpu, budget);
        a.cpu->poll = 0;
        engine_jit.run(b.cpu);
        bool there = follow(verbose, blocks && !verbose);
        const char *what = there ? compare() : "interp did not get there";
        if (what && there && a.cpu->eip == b.cpu->eip && paused_rep(&a))
            return NULL;
        if (what && (tables_rewritten(&a) || tables_rewritten(&b))) {
            stale++;
            begin_alike();
            return NULL;
        }
        if (what) {
            printf("slice %u from %08x: %s\n", slice, from, what);
            print_state("interp", a.cpu);
            print_state("jit", b.cpu);
            for (uint32_t at = 0; at < WORLD_RAM; at++)
                if (a.mmu->ram[at] != b.mmu->ram[at]) {
                    printf("  memory at %05x: interp %02x jit %02x\n", at, a.mmu->ram[at],
                           b.mmu->ram[at]);
                    break;
                }
            return what;
        }
        if (verbose)
            print_state("both", a.cpu);
        if (a.cpu->halted || a.cpu->shutdown)
            break;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t n = strlen(argv[0]);
    unsigned long runs = n > 5 && strcmp(argv[0] + n - 5, "-full") == 0 ? 300000 : 4000;
    uint64_t seed = 0; // none asked for
    bool verbose = false;
    time_t until_s = 0;
    const char *model = "max";
    static struct cpu_model chosen;
    char problem[200], note[200];
    const char *why = "out of memory";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            runs = strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-t") == 0) {
            until_s = strtol(argv[i + 1], NULL, 0);
            runs = ~0ul;
        } else if (strcmp(argv[i], "-c") == 0) {
            model = argv[i + 1];
        } else if (strcmp(argv[i], "-v") == 0)
            verbose = true;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    b.engine = &engine_jit;
    if (!world_create(&a, &why) || !world_create(&b, &why)) {
        printf("FAIL engine_fuzz: %s\n", why);
        return 1;
    }
    if (model_parse(model, &chosen, problem, note, sizeof problem) < 0) {
        printf("FAIL engine_fuzz: %s\n", problem);
        return 1;
    }
    a.cpu->model = b.cpu->model = &chosen;
    if (!seed)
        seed = until_s ? (uint64_t)time(NULL) * 1000000 : 1;
    unsigned failed = 0;
    uint64_t insns = 0, exceptions = 0, entries = 0;
    // Machines that showed something once: FIP behind an x87 instruction left to interp; FIP of a
    // push whose read missed before the check of its run of accesses; a page directory rewritten.
    static const uint64_t known[] = {140271, 1795419589417010, 1795419589406630};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *what = run_machine(known[i], verbose);
        if (what) {
            printf("FAIL engine_fuzz: known seed %llu: %s\n", (unsigned long long)known[i], what);
            return 1;
        }
    }
    unsigned long run;
    for (run = 0; run < runs && failed < 5 && !(until_s && clock() / CLOCKS_PER_SEC >= until_s);
         run++) {
        uint64_t begin = cpu_icount(b.cpu), before = b.cpu->exceptions;
        const char *what = run_machine(seed + run, verbose);
        if (what) {
            printf("FAIL engine_fuzz: seed %llu: %s\n", (unsigned long long)(seed + run), what);
            failed++;
            begin_alike();
        }
        insns += cpu_icount(b.cpu) - begin;
        exceptions += b.cpu->exceptions - before;
    }
    entries = ((struct jit *)b.cpu->engine_state)->entries;
    printf("%lu machines from seed %llu, %llu instructions, %llu exceptions, translated code "
           "entered %llu times; %lu differed once they had rewritten their page tables\n",
           run, (unsigned long long)seed, (unsigned long long)insns, (unsigned long long)exceptions,
           (unsigned long long)entries, stale);
    if (!failed)
        printf("ok engine_fuzz\n");
    world_destroy(&a);
    world_destroy(&b);
    return failed != 0;
}
