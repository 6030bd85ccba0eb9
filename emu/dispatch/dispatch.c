// Engine 2's run loop: find or make the block at EIP, enter it, and do what it asks for when it
// comes back.
//
//   find (phys, eip, mode) --> translate_unit() --> enter --> exit: link | lookup | interp | budget
//   --> ...
//
// C runs on its own stack with the guest's whole state in struct cpu, so an instruction that faults
// in here may unwind like anywhere else; the loop delivers the exception and goes on.
#include <setjmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/prctl.h>

#include "emu/cpu/points.h"
#include "emu/dispatch/jit.h"
#include "emu/interp/interp.h"
#include "emu/machine/machine.h"
#include "emu/machine/settings.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"
#include "emu/translate/backend/x64/emit.h"

typedef void enter_function(void *target);

// Code that was killed by self-modification too often runs on interp, one kill less after so many
// times.
enum { HEAT_COOL = 64, UNWINDS_A_RUN = 16384 };

static int jit_init(struct cpu *cpu, const char **why)
{
    struct jit *j = calloc(1, sizeof *j);
    if (!j) {
        *why = "out of memory";
        return -1;
    }
    j->cpu = cpu;
    const struct settings *settings =
        cpu->machine ? machine_settings(cpu->machine) : &settings_default;
    j->cache_bytes = (size_t)settings->jit_cache_bytes & ~(size_t)(MMU_PAGE - 1);
    j->hot_bytes = j->cache_bytes / 2 & ~(size_t)(MMU_PAGE - 1);
    if (settings->jit_cache_bytes < JIT_CACHE_MIN || settings->jit_cache_bytes > JIT_CACHE_MAX) {
        free(j);
        *why = "jit_cache_bytes must be from 1 MB to 1 GB";
        return -1;
    }
    j->heat_limit = settings->jit_heat < 255 ? settings->jit_heat : 255;
    j->no_hoist = !settings->jit_hoist;
    j->misaligned = settings->jit_misaligned;
    j->flush_runs = settings->jit_flush_runs;
    j->kill_runs = settings->jit_kill_runs;
    j->random = 1;
    j->host = features_host();
    cpu->engine_state = j;
    j->interp = interp_create(why);
    if (!j->interp || jit_cache_create(j, why) < 0 || jit_signals_install(why) < 0) {
        interp_destroy(j->interp);
        jit_cache_destroy(j);
        free(j);
        cpu->engine_state = NULL;
        return -1;
    }
    cpu->mmu->code_written = jit_code_written;
    cpu->mmu->mappings_lost = jit_mappings_lost;
    cpu->mmu->hook_opaque = j;
    return 0;
}

static void jit_fini(struct cpu *cpu)
{
    struct jit *j = cpu->engine_state;
    if (!j)
        return;
    jit_signals_owner(NULL);
    cpu->mmu->code_written = NULL;
    cpu->mmu->mappings_lost = NULL;
    interp_destroy(j->interp);
    jit_cache_destroy(j);
    free(j);
    cpu->engine_state = NULL;
}

// --- flags between struct cpu and r12 ---

static uint32_t pack_flags(uint32_t eflags)
{
    return (eflags & 0xd5) << 8 | (eflags & FLAG_OF ? 1u : 0u);
}

static uint32_t unpack_flags(uint32_t eflags, uint32_t packed)
{
    return (eflags & ~(uint32_t)FLAGS_ARITH) | (packed >> 8 & 0xd5) |
           (packed & 1 ? (uint32_t)FLAG_OF : 0u);
}

// --- entering ---

static struct exit *enter(struct jit *j, uint8_t *target)
{
    struct cpu *cpu = j->cpu;
    struct jit_context *c = jit_context(cpu);
    c->flags = pack_flags(cpu->eflags);
    c->set = (uint64_t)(uintptr_t)cpu->mmu->set[mmu_current_set(cpu)] + EMIT_SET_BIAS;
    profile_return(cpu->profile, STAGE_execute);
    if (__builtin_expect(cpu->profile->hot != NULL, 0))
        hot_leave_c(cpu->profile->hot);
    ((enter_function *)(uintptr_t)jit_exec(j, j->thunk_enter))(jit_exec(j, target));
    profile_switch(cpu->profile, STAGE_dispatch);
    j->entries++;
    if (__builtin_expect(cpu->profile->hot != NULL, 0))
        hot_enter_c(cpu->profile->hot, c->exit_index);
    jit_fp_returned(j);
    cpu->eflags = unpack_flags(cpu->eflags, c->flags);
    return &j->exits[c->exit_index];
}

static uint8_t current_mode(const struct cpu *cpu)
{
    uint8_t mode = cpu->eflags & FLAG_DF ? MODE_DF : 0;
    for (unsigned s = SEG_FS; s <= SEG_GS; s++) {
        const struct segment *seg = &cpu->seg[s];
        // present, writable data, 4 GB, expand-up: nothing to check at an access
        if (seg->limit == 0xffffffff && (seg->attr & 0x9e) == 0x92)
            mode |= s == SEG_FS ? MODE_FS : MODE_GS;
    }
    return mode;
}

// May translated code run in this state at all?
static bool translatable(const struct cpu *cpu)
{
    return !cpu->shadow && !cpu->pending_debug && !cpu_needs_interp(cpu) &&
           !(cpu->eflags & (FLAG_TF | FLAG_RF | FLAG_VM | FLAG_VIP)) && cpu_is_flat32(cpu);
}

static struct block *find_block(struct jit *j, uint8_t variant)
{
    struct cpu *cpu = j->cpu;
    uint8_t mode = current_mode(cpu);
    uint32_t phys;
    j->lookups++;
    if (j->must_flush)
        jit_cache_flush(j);
    profile_count(cpu->profile, STAGE_dispatch, 1, 0);
    if (cpu->profile->hot)
        hot_leave_c(cpu->profile->hot);
    if (mode != j->mode) {
        j->mode = mode;
        jit_stack_reset(j);
    }
    unsigned set = mmu_current_set(cpu);
    if (mode != j->jump_mode[set]) {
        j->jump_mode[set] = mode;
        jit_jump_clear_set(j, set);
    }
    if (!mmu_code_address(cpu, cpu->eip, &phys))
        return NULL;
    struct block *b = jit_find(j, phys, cpu->eip, variant);
    if (b)
        return b;
    uint8_t *heat = &j->heat[(phys ^ phys >> 14) & (JIT_HEAT - 1)];
    if (j->heat_limit && *heat >= j->heat_limit) {
        if (++j->smc_interp % HEAT_COOL == 0)
            (*heat)--;
        return NULL;
    }
    return translate_unit(j, cpu->eip, phys, variant);
}

// --- what C does for translated code ---

// A guest whose handlers fault at their first instruction retires nothing: let timers and people
// in.
static void count_unwind(struct jit *j)
{
    if (j->cpu->profile->hot)
        hot_leave_c(j->cpu->profile->hot);
    if (++j->unwinds >= UNWINDS_A_RUN)
        j->cpu->poll = 1;
}

static void step(struct jit *j)
{
    struct cpu *cpu = j->cpu;
    enum stage was = profile_switch(cpu->profile, STAGE_helper);
    if (interp_step(cpu)) {
        cpu->left--;
        profile_count(cpu->profile, STAGE_helper, 1, 0);
    } else {
        count_unwind(j);
    }
    profile_return(cpu->profile, was);
}

// Real mode, V86, 16-bit code and what else is not flat: block by block on interp.
static void run_other_mode(struct jit *j)
{
    struct profile *p = j->cpu->profile;
    enum stage was = profile_switch(p, STAGE_execute);
    interp_run_block(j->cpu, j->interp);
    profile_return(p, was);
}

static bool stopped(const struct cpu *cpu)
{
    return cpu->left <= 0 || cpu->poll || cpu->halted || cpu->shutdown || cpu->quit;
}

// A debugger's breakpoint: control gets to one only through C.
static bool at_breakpoint(struct cpu *cpu)
{
    return __builtin_expect(cpu->points != NULL, 0) && points_reached(cpu);
}

// The instruction of `x`, whole, by interp. False if it did not retire.
static bool run_insn(struct jit *j, const struct exit *x)
{
    struct cpu *cpu = j->cpu;
    cpu->eip = x->eip;
    cpu->left += x->unexecuted;
    cpu->leave = 0;
    enum stage was = profile_switch(cpu->profile, STAGE_helper);
    profile_count(cpu->profile, STAGE_helper, 1, 0);
    if (__builtin_expect(cpu->profile->hot != NULL, 0))
        hot_count_call(cpu->profile->hot);
    if (x->left_out)
        cpu->profile->fallbacks[x->insn->mnemonic]++;
    bool retired = interp_execute(cpu, x->insn);
    if (retired)
        cpu->left--;
    profile_return(cpu->profile, was);
    return retired;
}

// The same for a block that can go on behind it. Returns where, or NULL to go through dispatch.
static uint8_t *run_exit_insn(struct jit *j, const struct exit *x)
{
    struct cpu *cpu = j->cpu;
    if (!run_insn(j, x) || !x->resume || cpu->leave || cpu->shadow || cpu->pending_debug ||
        cpu->eip != x->eip + x->insn->len || cpu->poll || cpu->halted || cpu->quit)
        return NULL;
    if (x->fp_open && !jit_fp_open(j, x->fp_open))
        return NULL;
    cpu->left -= x->unexecuted - 1;
    return x->resume;
}

// The host faulted at an instruction: once more by interp, which raises the guest's exception.
static void run_trapped(struct jit *j)
{
    struct cpu *cpu = j->cpu;
    jit_fp_store_last(j, &j->trapped.x87);
    cpu->eip = j->trapped.eip;
    cpu->left += j->trapped.unexecuted;
    j->traps_taken++;
    step(j);
}

// The block needs the state of x87, MMX, SSE or AVX. Returns where to go on, or NULL after interp
// has done the instruction, which mostly means #NM.
static uint8_t *run_fp_exit(struct jit *j, const struct exit *x)
{
    unsigned mask = x->fp_open | 1u << x->fp_kind;
    j->fp_exits++;
    if (!jit_fp_open(j, mask)) {
        run_insn(j, x);
        return NULL;
    }
    return x->resume;
}

// Execute on interp until the flags are real again.
static void settle(struct jit *j)
{
    struct cpu *cpu = j->cpu;
    while (j->flags_lost && !cpu->shutdown && !cpu->quit && !cpu->halted) {
        uint8_t code[15];
        struct insn insn;
        // within the page: to look at the next one would mark it as accessed
        unsigned room = 4096 - (cpu->eip & 4095);
        unsigned n = mmu_fetch(cpu, cpu->eip, code, room < sizeof code ? room : sizeof code);
        uint64_t exceptions = cpu->exceptions;
        bool defines = insn_decode(code, n, true, &cpu->features, &insn) == DECODE_OK &&
                       insn_flag_effects(&insn).writes == FLAGS_ARITH;
        step(j);
        if (defines || cpu->exceptions != exceptions)
            j->flags_lost = false;
    }
    j->flags_lost = false;
}

// The budget ends inside the block that begins here. A run that got anywhere stops at this edge,
// short of its budget; one that did not, because the budget is smaller than the block, is done on
// interp to the last instruction.
static void finish_budget(struct jit *j, const struct exit *x)
{
    struct cpu *cpu = j->cpu;
    cpu->eip = x->eip;
    cpu->left += x->unexecuted;
    j->flags_lost = x->flags_lost;
    if (cpu_icount(cpu) != j->run_begin)
        return;
    if (j->flags_lost)
        settle(j);
    while (!stopped(cpu) && !at_breakpoint(cpu))
        step(j);
}

// --- the loop ---

static enum cpu_exit run_loop(struct jit *j)
{
    struct cpu *cpu = j->cpu;
    uint8_t *target = NULL;   // where to enter; NULL: find the block at EIP
    struct exit *link = NULL; // the edge that led to EIP and may be patched
    bool indirect = false; // EIP was reached by an indirect branch: remember it in the JUMP table
    for (;;) {
        if (!target) {
            if (cpu->shutdown)
                return EXIT_SHUTDOWN;
            if (cpu->quit)
                return EXIT_QUIT;
            if (cpu->halted)
                return EXIT_HALT;
            if (cpu->left <= 0)
                return EXIT_BUDGET;
            if (cpu->poll || at_breakpoint(cpu))
                return EXIT_POLL;
            struct block *b = NULL;
            bool ours = translatable(cpu);
            if (ours) {
                uint64_t flushes = j->cache_flushes;
                b = find_block(j, link && link->plain ? VARIANT_PLAIN : 0);
                if (b && link && flushes == j->cache_flushes) {
                    enum stage was = profile_switch(cpu->profile, STAGE_link);
                    jit_link(j, link, b);
                    profile_return(cpu->profile, was);
                }
                if (b && indirect)
                    jit_jump_fill(j, cpu->eip, b);
            }
            link = NULL;
            indirect = false;
            if (!b) {
                if (j->flags_lost)
                    settle(j);
                else if (ours)
                    step(j);
                else
                    run_other_mode(j);
                continue;
            }
            target = b->entry_saved;
        }
        struct exit *x = enter(j, target);
        target = NULL;
        j->flags_lost = false; // the block that was entered defines them, or says so again
        jit_fp_store_last(j, &x->x87);
        switch (x->kind) {
        case EXITK_LINK:
            cpu->eip = x->eip;
            link = x;
            break;
        case EXITK_LOOKUP:
            cpu->eip = jit_context(cpu)->exit_eip;
            indirect = true;
            break;
        case EXITK_INTERP: target = run_exit_insn(j, x); break;
        case EXITK_TRAP: run_trapped(j); break;
        case EXITK_FETCH:
            cpu->eip = x->eip;
            cpu->left += x->unexecuted;
            step(j);
            break;
        case EXITK_FPU: target = run_fp_exit(j, x); break;
        case EXITK_BUDGET:
            finish_budget(j, x);
            if (!stopped(cpu))
                return EXIT_BUDGET;
            break;
        }
    }
}

// What may happen between any two instructions, made to happen often.
static bool at_random(struct jit *j, uint64_t once_in)
{
    if (!once_in)
        return false;
    j->random = j->random * 0x5851f42d4c957f2dull + 1;
    return (j->random >> 32) % once_in == 0;
}

static void stress(struct jit *j)
{
    if (at_random(j, j->flush_runs))
        mmu_flush(j->cpu);
    if (at_random(j, j->kill_runs) && j->nblocks) {
        const struct block *b = &j->blocks[(j->random >> 33) % j->nblocks];
        if (!b->dead)
            jit_code_written(j, b->phys, 1);
    }
}

static enum cpu_exit jit_run(struct cpu *cpu)
{
    struct jit *j = cpu->engine_state;
    static _Thread_local struct cpu *gs_owner;
    if (gs_owner != cpu) {
        syscall(SYS_arch_prctl, ARCH_SET_GS, cpu);
        gs_owner = cpu;
    }
    jit_signals_owner(j);
    j->run_begin = cpu_icount(cpu);
    j->exact_flags = !cpu->machine || machine_is_deterministic(cpu->machine);
    enum stage was = profile_switch(cpu->profile, STAGE_execute);
    profile_switch(cpu->profile, STAGE_dispatch);
    j->unwinds = 0;
    stress(j);
    if (setjmp(cpu->unwind)) {
        cpu_deliver_exception(cpu);
        profile_return(cpu->profile, STAGE_dispatch);
        count_unwind(j);
    }
    enum cpu_exit why = run_loop(j);
    profile_return(cpu->profile, was);
    return why;
}

static void jit_settle(struct cpu *cpu)
{
    struct jit *j = cpu->engine_state;
    if (!j->flags_lost)
        return;
    if (setjmp(cpu->unwind))
        cpu_deliver_exception(cpu); // while fetching; nothing else unwinds to here
    else
        settle(j);
    j->flags_lost = false;
}

static void jit_forget(struct cpu *cpu, uint32_t linear)
{
    jit_kill_linear(cpu->engine_state, linear);
}

static size_t jit_counters(const struct cpu *cpu, struct profile_counter *out, size_t max)
{
    const struct jit *j = cpu->engine_state;
    const struct profile_counter all[] = {
        {"jit_blocks", j->nblocks},
        {"jit_units", j->units},
        {"jit_insns_translated", j->translated_insns},
        {"jit_host_bytes", j->used},
        {"jit_cold_bytes", j->cold_used - j->hot_bytes},
        {"jit_slots_used", j->slots_used},
        {"jit_links", j->links},
        {"jit_entries", j->entries},
        {"jit_lookups", j->lookups},
        {"jit_blocks_killed", j->kills},
        {"jit_cache_flushes", j->cache_flushes},
        {"jit_smc_interp", j->smc_interp},
        {"jit_traps", j->traps_taken},
        {"jit_fp_exits", j->fp_exits},
        {"jit_fp_saves", j->fp_saves},
    };
    size_t n = 0;
    for (; n < sizeof all / sizeof all[0] && n < max; n++)
        out[n] = all[n];
    return n;
}

const struct engine engine_jit = {
    .name = "jit",
    .init = jit_init,
    .fini = jit_fini,
    .run = jit_run,
    .settle = jit_settle,
    .forget = jit_forget,
    .counters = jit_counters,
};
