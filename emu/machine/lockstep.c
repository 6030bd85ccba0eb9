// Lockstep: the translator runs a slice, then the interpreter runs as many instructions, and
// everything a program could see is compared.
//
// Both machines are under icount and see the same times: due timers fire and interrupts are
// delivered at the same instruction counts on both, where the translator's slices begin. The
// interpreter goes one instruction at a time, so that the flags which the manual leaves undefined
// are known at each moment; these are not compared, and the interpreter is given the translator's,
// so that pushing them makes no difference either. Memory is compared as a whole now and then. A
// difference there is narrowed by running again with the settings that the message names: runs
// repeat.
#include "emu/machine/lockstep.h"

#include <stdlib.h>
#include <string.h>

#include "emu/decode/insn.h"
#include "emu/interp/interp.h"
#include "emu/machine/machine_state.h"

enum {
    TRACE = 32, // instructions shown at a difference
    CACHE = 1 << 16,
    PIECE_BYTES = 65536,
    STATUS_DIFFERENT = 2,
    REFUSED_STEPS_MAX =
        1000, // exceptions without one retired instruction: more than any double fault chain
};

// The instruction at a linear address, valid while its bytes are these.
struct known {
    uint64_t bytes[2],
        mask[2]; // mask: 0xff for each of the instruction's bytes; all 0: nothing known
    struct insn insn;
    struct insn_flags flags;
};

struct traced {
    uint32_t eip;
    uint64_t bytes[2];
    bool readable, code32;
};

struct lockstep {
    struct machine *jit, *ref;
    struct known *cache, single; // `single`: for 16-bit code
    struct traced trace[TRACE];
    uint64_t traced;    // instructions put into trace[]
    uint32_t undefined; // arithmetic flags that have no defined value now
    uint64_t insns, slices, ram_checks, next_ram_check;
    uint64_t undefined_reads; // instructions that looked at an undefined flag: what follows may
                              // differ by right
    uint32_t undefined_read_eip;
    uint32_t seed;
};

// --- differences ---

static void print_state(const char *who, const struct cpu *c)
{
    static const char *const names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const char *const segs[] = {"es", "cs", "ss", "ds", "fs", "gs"};
    fprintf(stderr, "%-6s eip %08x eflags %08x insns %llu exceptions %llu interrupts %llu\n      ",
            who, c->eip, c->eflags, (unsigned long long)cpu_icount(c),
            (unsigned long long)c->exceptions, (unsigned long long)c->interrupts);
    for (unsigned i = 0; i < REG_COUNT; i++)
        fprintf(stderr, " %s %08x", names[i], c->gpr[i]);
    fprintf(stderr, "\n       cr0 %08x cr2 %08x cr3 %08x cr4 %08x cpl %u%s%s%s\n      ", c->cr0,
            c->cr2, c->cr3, c->cr4, c->cpl, c->halted ? " halted" : "", c->shadow ? " shadow" : "",
            c->shutdown ? " shutdown" : "");
    for (unsigned i = 0; i < SEG_COUNT; i++)
        fprintf(stderr, " %s %04x:%08x+%08x/%03x", segs[i], c->seg[i].selector, c->seg[i].base,
                c->seg[i].limit, c->seg[i].attr);
    fprintf(stderr, "\n");
}

static int report(const struct lockstep *l, const char *what)
{
    fprintf(stderr, "lockstep: DIFFERENT after %llu instructions: %s\n",
            (unsigned long long)l->insns, what);
    print_state("jit", l->jit->cpu);
    print_state("interp", l->ref->cpu);
    if (l->undefined)
        fprintf(stderr, "undefined flags now: %03x\n", l->undefined);
    if (l->undefined_reads)
        fprintf(
            stderr,
            "%llu instructions read undefined flags, the last at %08x: that may be the reason\n",
            (unsigned long long)l->undefined_reads, l->undefined_read_eip);
    fprintf(stderr, "the last instructions of interp:\n");
    for (uint64_t i = l->traced < TRACE ? 0 : l->traced - TRACE; i < l->traced; i++) {
        const struct traced *t = &l->trace[i % TRACE];
        char text[128] = "(not readable)";
        if (t->readable)
            insn_format((const uint8_t *)t->bytes, sizeof t->bytes, t->code32, t->eip, text,
                        sizeof text);
        fprintf(stderr, "  %08x  %s\n", t->eip, text);
    }
    return STATUS_DIFFERENT;
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
    return a->base == b->base && a->limit == b->limit && a->selector == b->selector &&
           a->attr == b->attr;
}

// The first thing in which the CPUs differ, or NULL.
static const char *compare_cpus(const struct cpu *a, const struct cpu *b, uint32_t undefined)
{
    if (cpu_icount(a) != cpu_icount(b))
        return "instructions retired";
    if (a->exceptions != b->exceptions)
        return "exceptions delivered";
    if (a->interrupts != b->interrupts)
        return "interrupts delivered";
    if (a->eip != b->eip)
        return "EIP";
    if (memcmp(a->gpr, b->gpr, sizeof a->gpr) != 0)
        return "general registers";
    if ((a->eflags ^ b->eflags) & ~undefined)
        return "EFLAGS";
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (!same_segment(&a->seg[i], &b->seg[i]))
            return "segment registers";
    if (!same_segment(&a->ldtr, &b->ldtr) || !same_segment(&a->tr, &b->tr))
        return "LDTR or TR";
    if (a->gdtr.base != b->gdtr.base || a->gdtr.limit != b->gdtr.limit ||
        a->idtr.base != b->idtr.base || a->idtr.limit != b->idtr.limit)
        return "GDTR or IDTR";
    if (a->cr0 != b->cr0 || a->cr2 != b->cr2 || a->cr3 != b->cr3 || a->cr4 != b->cr4 ||
        a->efer != b->efer || memcmp(a->msr, b->msr, sizeof a->msr) != 0 ||
        memcmp(a->pdpte, b->pdpte, sizeof a->pdpte) != 0)
        return "control registers";
    if (memcmp(a->dr, b->dr, sizeof a->dr) != 0)
        return "debug registers";
    if (a->cpl != b->cpl || a->halted != b->halted || a->shadow != b->shadow ||
        a->shutdown != b->shutdown || a->quit != b->quit || a->intr != b->intr)
        return "privilege, HLT, interrupt shadow or INTR";
    return a->tsc_offset == b->tsc_offset ? NULL : "TSC";
}

static int compare_ram(struct lockstep *l)
{
    static uint8_t a[PIECE_BYTES], b[PIECE_BYTES];
    uint64_t bytes = mmu_ram_bytes(l->jit->mmu);
    l->ram_checks++;
    l->next_ram_check = l->insns + l->jit->config.settings->lockstep_ram_insns;
    for (uint64_t at = 0; at < bytes; at += PIECE_BYTES) {
        size_t n = bytes - at < PIECE_BYTES ? (size_t)(bytes - at) : PIECE_BYTES;
        if (!mmu_phys_read(l->jit->mmu, (uint32_t)at, a, n) ||
            !mmu_phys_read(l->ref->mmu, (uint32_t)at, b, n))
            continue; // not plain memory: devices are compared by what they do
        if (memcmp(a, b, n) == 0)
            continue;
        size_t i = 0;
        while (a[i] == b[i])
            i++;
        char what[320];
        snprintf(what, sizeof what,
                 "memory at physical %08llx: jit %02x %02x %02x %02x, interp %02x %02x %02x %02x "
                 "(to come nearer: --set "
                 "lockstep_ram_from=%llu --set lockstep_ram_insns=%llu)",
                 (unsigned long long)(at + i), a[i], a[(i + 1) % n], a[(i + 2) % n], a[(i + 3) % n],
                 b[i], b[(i + 1) % n], b[(i + 2) % n], b[(i + 3) % n],
                 (unsigned long long)(l->insns > l->jit->config.settings->lockstep_ram_insns
                                          ? l->insns - l->jit->config.settings->lockstep_ram_insns
                                          : 0),
                 (unsigned long long)l->jit->config.settings->lockstep_ram_insns / 100 + 1);
        return report(l, what);
    }
    return 0;
}

static int compare(struct lockstep *l)
{
    const char *what = compare_cpus(l->jit->cpu, l->ref->cpu, l->undefined);
    if (!what && uart_digest(l->jit->uart) != uart_digest(l->ref->uart))
        what = "bytes sent by COM1";
    if (!what && debugcon_digest(l->jit->debugcon) != debugcon_digest(l->ref->debugcon))
        what = "bytes sent by port E9h";
    if (what)
        return report(l, what);
    if (l->insns >= l->next_ram_check)
        return compare_ram(l);
    return 0;
}

// --- the interpreter's side ---

// Bytes at the end of a page, and of the next one if they are not a whole instruction.
static uint32_t fetch_needed(struct cpu *cpu, uint32_t linear, struct traced *t)
{
    uint8_t *bytes = (uint8_t *)t->bytes;
    struct insn insn;
    unsigned room = 4096 - (linear & 4095);
    unsigned got = mmu_fetch(cpu, linear, bytes, room < 15 ? room : 15);
    if (insn_decode(bytes, got, t->code32, &cpu->features, &insn) == DECODE_MORE)
        got = mmu_fetch(cpu, linear, bytes, 15);
    return got;
}

// The instruction at EIP, or NULL if it cannot be decoded: executing it will say why. May unwind
// with the fault of the fetch.
static const struct known *find_known(struct lockstep *l, struct cpu *cpu, struct traced *t)
{
    const struct segment *cs = &cpu->seg[SEG_CS];
    uint32_t linear = cs->base + cpu->eip, avail = 16;
    t->eip = cpu->eip;
    t->code32 = (cs->attr & SEG_ATTR_DB) != 0;
    t->readable = false;
    t->bytes[0] = t->bytes[1] = 0;
    const uint8_t *at =
        (linear & 4095) <= 4096 - 16 ? mmu_span(cpu, linear, &avail, MMU_FETCH) : NULL;
    if (at)
        memcpy(t->bytes, at, 16);
    else // not the next page unless the instruction reaches into it: it would be marked as accessed
        avail = fetch_needed(cpu, linear, t);
    t->readable = true;
    struct known *k = t->code32 ? &l->cache[(linear ^ linear >> 16) % CACHE] : &l->single;
    if (t->code32 && k->mask[0] &&
        (((t->bytes[0] ^ k->bytes[0]) & k->mask[0]) | ((t->bytes[1] ^ k->bytes[1]) & k->mask[1])) ==
            0)
        return k;
    k->mask[0] = k->mask[1] = 0;
    if (insn_decode((const uint8_t *)t->bytes, avail, t->code32, &cpu->features, &k->insn) !=
        DECODE_OK)
        return NULL;
    k->flags = insn_flag_effects(&k->insn);
    memcpy(k->bytes, t->bytes, 16);
    memset(k->mask, 0xff, k->insn.len);
    return k;
}

// A dword of linear memory as the supervisor sees it. False if it cannot be read.
static bool load_quietly(struct cpu *cpu, uint32_t linear, uint32_t *value)
{
    uint32_t cr2 = cpu->cr2;
    jmp_buf outer;
    volatile bool ok = false;
    memcpy(&outer, &cpu->unwind, sizeof outer);
    if (setjmp(cpu->unwind) == 0) {
        *value = (uint32_t)mmu_load_system(cpu, linear, 4);
        ok = true;
    } else {
        cpu->cr2 = cr2;
    }
    memcpy(&cpu->unwind, &outer, sizeof outer);
    return ok;
}

// EFLAGS were pushed to the stack at ESP + offset with undefined bits in them: take the
// translator's. It has run ahead, but unless it used the place again its value is there.
static void agree_on_pushed_flags(struct lockstep *l, uint32_t offset)
{
    struct cpu *ref = l->ref->cpu;
    uint32_t linear = ref->seg[SEG_SS].base + ref->gpr[REG_ESP] + offset, mine, other;
    if (!l->undefined || !load_quietly(ref, linear, &mine) ||
        !load_quietly(l->jit->cpu, linear, &other))
        return;
    if (mine != other && ((mine ^ other) & ~l->undefined) == 0)
        mmu_store_system(ref, linear, 4, other); // it was just written there: cannot fault
}

// Bookkeeping of flags behind a retired instruction.
static void note_flags(struct lockstep *l, const struct known *k, uint32_t eip)
{
    if (l->undefined & k->flags.reads) {
        l->undefined_reads++;
        l->undefined_read_eip = eip;
    }
    unsigned mn = k->insn.mnemonic;
    if (mn == MN_PUSHF)
        agree_on_pushed_flags(l, 0);
    else if (mn == MN_INT || mn == MN_INT3 || mn == MN_INTO)
        agree_on_pushed_flags(l, 8);
    l->undefined = (l->undefined & ~k->flags.writes) | k->flags.undefined;
}

// One instruction or one exception of the interpreter. May unwind with an exception to be
// delivered.
static void step_reference(struct lockstep *l)
{
    struct cpu *cpu = l->ref->cpu;
    struct traced *t = &l->trace[l->traced++ % TRACE];
    const struct known *k = find_known(l, cpu, t);
    if (k && !interp_is_special(cpu) && cpu->seg[SEG_CS].limit == 0xffffffff) {
        if (interp_execute(cpu, &k->insn)) {
            cpu->left--;
            note_flags(l, k, t->eip);
        }
        return;
    }
    uint64_t exceptions = cpu->exceptions;
    if (interp_step(cpu)) {
        cpu->left--;
        if (k)
            note_flags(l, k, t->eip);
    } else if (cpu->exceptions != exceptions) {
        agree_on_pushed_flags(l, cpu->exc_has_error ? 12 : 8);
    }
}

// Has the interpreter come to where the translator is?
static bool is_level(const struct lockstep *l)
{
    const struct cpu *jit = l->jit->cpu, *ref = l->ref->cpu;
    if (ref->shutdown || ref->quit || (ref->halted && cpu_icount(ref) >= cpu_icount(jit)))
        return true;
    if (cpu_icount(ref) != cpu_icount(jit))
        return cpu_icount(ref) > cpu_icount(jit);
    // An x87 instruction that waits for the interrupt of FERR# stops the CPU and does not retire.
    if (jit->halted && !ref->halted)
        return false;
    // An exception behind the last retired instruction that the translator has delivered already.
    return ref->exceptions >= jit->exceptions;
}

// The translator left a repeated string instruction in the middle: as many elements of it. Each
// engine goes by pieces of its own, so the count is cut to what was done; none of them faults.
static void catch_up_elements(struct lockstep *l)
{
    struct cpu *jit = l->jit->cpu, *ref = l->ref->cpu;
    uint32_t eip = ref->eip, left = jit->gpr[REG_ECX], done = ref->gpr[REG_ECX] - left;
    struct traced *t = &l->trace[l->traced++ % TRACE];
    const struct known *k = find_known(l, ref, t);
    if (!k || !(insn_mnemonics[k->insn.mnemonic].kind & MNK_STRING))
        return;
    ref->gpr[REG_ECX] = k->insn.addr_size == 2 ? (left & 0xffff0000u) | (done & 0xffff) : done;
    ref->poll = 0;
    while (!interp_execute(ref, &k->insn))
        ref->poll = 0;
    ref->gpr[REG_ECX] = left;
    ref->eip = eip;
}

// Bring the interpreter to where the translator is.
static void catch_up(struct lockstep *l)
{
    struct cpu *jit = l->jit->cpu, *ref = l->ref->cpu;
    volatile uint64_t limit =
        cpu_icount(jit) - cpu_icount(ref) + jit->exceptions - ref->exceptions + REFUSED_STEPS_MAX;
    if (setjmp(ref->unwind) != 0) {
        cpu_deliver_exception(ref);
        agree_on_pushed_flags(l, ref->exc_has_error ? 12 : 8);
    }
    while (!is_level(l) && limit > 0) {
        limit--;
        ref->poll = 0;
        step_reference(l);
    }
    if (jit->poll && limit > 0 && ref->eip == jit->eip && cpu_icount(ref) == cpu_icount(jit) &&
        memcmp(jit->gpr, ref->gpr, sizeof ref->gpr) != 0)
        catch_up_elements(l);
    l->insns = cpu_icount(jit);
    uint32_t keep = l->undefined & FLAGS_ARITH;
    ref->eflags = (ref->eflags & ~keep) | (jit->eflags & keep);
}

// --- both ---

// Slices of varying length, so that edges fall everywhere; long ones most of the time, or nothing
// would be linked.
static int64_t choose_slice(struct lockstep *l)
{
    uint64_t most = l->jit->config.settings->lockstep_insns;
    l->seed = l->seed * 1664525 + 1013904223;
    uint64_t r = l->seed >> 8;
    uint64_t n = r % 4 == 0 ? 1 + r / 4 % 64 : 1 + r / 4 % most;
    return (int64_t)(n < most ? n : most);
}

// Both wait in HLT: jump to the next timer. False if there is none.
static bool idle(struct machine *m)
{
    uint64_t next_ns = machine_timer_next_ns(m);
    if (!(m->cpu->eflags & FLAG_IF) || next_ns == CLOCK_NEVER)
        return false;
    clock_idle_until(m, next_ns, NULL, 0);
    return true;
}

static int run_both(struct lockstep *l)
{
    struct cpu *jit = l->jit->cpu;
    for (;;) {
        machine_begin_step(l->jit);
        machine_begin_step(l->ref);
        int status = compare(l);
        if (status)
            return status;
        if (jit->halted) {
            if (!idle(l->jit) || !idle(l->ref))
                return compare_ram(l);
            continue;
        }
        machine_finish_step(l->jit, choose_slice(l));
        catch_up(l);
        uint64_t spoil = l->jit->config.settings->lockstep_break;
        if (spoil && l->insns >= spoil)
            l->ref->cpu->gpr[REG_EBX] ^=
                1; // an injected fault: this machinery has a test of its own
        l->slices++;
        status = compare(l);
        if (status)
            return status;
        if (jit->quit || jit->shutdown || l->jit->reset_asked) {
            status = compare_ram(l);
            return status ? status : jit->quit ? l->jit->exit_status : jit->shutdown ? 1 : 0;
        }
    }
}

static const struct engine *translator(void)
{
#ifdef NO_JIT
    return NULL;
#else
    return &engine_jit;
#endif
}

int lockstep_run(const struct machine_config *config)
{
    struct machine_config a = *config, b = *config;
    char why[512] = "this build has no translator to compare";
    struct lockstep l = {.seed = 1};
    a.icount = b.icount = true;
    a.engine = translator();
    b.engine = &engine_interp;
    b.serial_fd = b.debugcon_fd = -1;
    memset(b.serial, 0, sizeof b.serial);
    b.debugcon = b.debugcon2 = b.parallel = NULL;
    b.speaker_fd = -1;
    l.cache = calloc(CACHE, sizeof *l.cache);
    l.jit = a.engine ? machine_create(&a, why, sizeof why) : NULL;
    l.ref = l.jit ? machine_create(&b, why, sizeof why) : NULL;
    int status = 1;
    if (!l.cache || !l.ref) {
        fprintf(stderr, "tickmark-emu: --lockstep: %s\n", why);
    } else {
        l.next_ram_check = a.settings->lockstep_ram_from;
        status = run_both(&l);
        uart_flush(l.jit->uart);
        fprintf(stderr,
                "lockstep: %s; %llu instructions in %llu slices, %llu exceptions and %llu "
                "interrupts compared, all of memory "
                "%llu times\n",
                status == STATUS_DIFFERENT ? "DIFFERENT" : "no difference",
                (unsigned long long)l.insns, (unsigned long long)l.slices,
                (unsigned long long)l.jit->cpu->exceptions,
                (unsigned long long)l.jit->cpu->interrupts, (unsigned long long)l.ram_checks);
    }
    machine_destroy(l.ref);
    machine_destroy(l.jit);
    free(l.cache);
    return status;
}
