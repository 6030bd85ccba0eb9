// The interpreter's run loop: find the block that begins at EIP, execute its instructions one after
// the other.
//
// A block is a short run of decoded instructions, cached by the linear address of the first and
// grown as they are executed. Before every instruction its bytes are compared with what lies in
// memory now: a cached instruction is a pure function of bytes and code size, so self-modifying
// code, remapped pages and changed modes need no invalidation.
// The window is the host address of the code page that EIP was in last. It is dropped after
// everything that may change mappings, privilege or CS: exceptions, and instructions of kind
// MNK_END.
#include "emu/interp/interp.h"

#include <stdlib.h>
#include <string.h>

#include "emu/cpu/points.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/interp/vector.h"
#include "emu/profile/profile.h"

enum { BLOCKS = 1 << 12, BLOCK_INSNS = 8, INSN_BYTES_MAX = 15, UNWINDS_TO_POLL = 1 << 14 };

struct cached_insn {
    uint64_t bytes[2]; // as fetched; only the first insn.len count
    uint64_t mask[2];  // 0xff for each of these
    handler_fn *handler;
    bool code32;
    bool ends; // may change mappings, privilege, CS, or what finish_special() looks at
    struct insn insn;
};

struct block {
    unsigned count; // instructions that are filled in
    struct cached_insn insn[BLOCK_INSNS];
};

struct interp {
    struct block *blocks;
    // The window: valid for linear addresses of page window_page (linear >> 12) if window is not
    // NULL.
    const uint8_t *window;
    uint32_t window_page;
    uint64_t unwinds;          // exceptions raised by instructions
    struct cached_insn single; // for instructions outside of RAM
};

static handler_fn *const handlers[MN_COUNT] = {
#define HANDLER(mn, name) [MN_##mn] = interp_op_##name,
#include "emu/interp/handler.def"
#undef HANDLER
};

handler_fn *interp_handler(const struct insn *insn)
{
    // One handler does for nearly all x87 instructions, one for nearly all of MMX, SSE and AVX.
    static handler_fn *const by_class[CLASS_COUNT] = {
        [CLASS_INTEGER] = interp_op_undefined, [CLASS_X87] = interp_op_x87,
        [CLASS_MMX] = interp_op_vector,        [CLASS_SSE] = interp_op_vector,
        [CLASS_AVX] = interp_op_vector,
    };
    handler_fn *h = insn->mnemonic < MN_COUNT ? handlers[insn->mnemonic] : NULL;
    return h ? h : by_class[insn_class(insn)];
}

bool interp_execute(struct cpu *cpu, const struct insn *insn)
{
    enum outcome outcome = interp_handler(insn)(cpu, insn);
    if (outcome == DONE)
        cpu->eip += insn->len;
    return outcome != UNFINISHED;
}

// --- fetch and decode
// -----------------------------------------------------------------------------------------

// Raise what a failed decode is. `got` bytes were at hand at `linear`.
_Noreturn static void raise_decode(struct cpu *cpu, enum decode_status status)
{
    cpu_raise(cpu, status == DECODE_TOO_LONG ? EXC_GP : EXC_UD, 0);
}

// All bytes must lie within the code segment: #GP(0) before any other fault of theirs.
static void check_code_limit(struct cpu *cpu, unsigned len)
{
    const struct segment *cs = &cpu->seg[SEG_CS];
    uint32_t last = cpu->eip + len - 1;
    if (last > cs->limit || last < cpu->eip)
        cpu_raise(cpu, EXC_GP, 0);
}

// How many bytes of an instruction at EIP, which lies within the limit, do so, too.
static unsigned bytes_within_limit(const struct cpu *cpu)
{
    uint32_t room = cpu->seg[SEG_CS].limit - cpu->eip;
    return room < INSN_BYTES_MAX - 1 ? room + 1 : INSN_BYTES_MAX;
}

static void fill_entry(struct cached_insn *e, const uint8_t *bytes, bool code32)
{
    unsigned len = e->insn.len;
    uint8_t mask[16] = {0}, copy[16] = {0};
    memset(mask, 0xff, len);
    memcpy(copy, bytes, len);
    memcpy(e->mask, mask, 16);
    memcpy(e->bytes, copy, 16);
    e->handler = interp_fast_handler(&e->insn);
    e->code32 = code32;
    e->ends = (insn_kind(&e->insn) & MNK_END) != 0;
}

// Fetch and decode the instruction at EIP, the slow way. Raises all faults of a fetch.
static void decode_slow(struct cpu *cpu, struct cached_insn *e)
{
    uint8_t buf[INSN_BYTES_MAX];
    bool code32 = cpu_code32(cpu);
    uint32_t linear = cpu->seg[SEG_CS].base + cpu->eip;
    check_code_limit(cpu, 1);
    unsigned within = bytes_within_limit(cpu);
    enum stage from = profile_switch(cpu->profile, STAGE_decode);
    // The next page only if the instruction reaches into it: a fetch marks its page as accessed.
    unsigned room = MMU_PAGE - (linear & 0xfff);
    unsigned got = mmu_fetch(cpu, linear, buf, within < room ? within : room);
    enum decode_status status = insn_decode(buf, got, code32, &cpu->features, &e->insn);
    if (status == DECODE_MORE && got < within) {
        got = mmu_fetch(cpu, linear, buf, within);
        status = insn_decode(buf, got, code32, &cpu->features, &e->insn);
    }
    profile_count(cpu->profile, STAGE_decode, 1, status == DECODE_OK ? e->insn.len : 0);
    profile_return(cpu->profile, from);
    if (status == DECODE_MORE) {
        if (got == within) // the rest lies beyond the limit, or beyond the top of 4 GB
            cpu_raise(cpu, EXC_GP, 0);
        mmu_probe(cpu, linear + got, 1, MMU_FETCH);
        raise_decode(cpu, DECODE_UD); // not reached: the probe raises
    }
    if (status != DECODE_OK)
        raise_decode(cpu, status);
    check_code_limit(cpu, e->insn.len);
    fill_entry(e, buf, code32);
}

// Do the bytes at p still say what e was decoded from?
static inline bool matches(const struct cached_insn *e, const uint8_t *p, bool code32)
{
    uint64_t now[2];
    memcpy(now, p, 16);
    return (((now[0] ^ e->bytes[0]) & e->mask[0]) | ((now[1] ^ e->bytes[1]) & e->mask[1]) |
            (uint64_t)(e->code32 ^ code32)) == 0;
}

// The same within 16 bytes of the page's end. An instruction that crosses it is never a hit.
static bool matches_at_edge(const struct cached_insn *e, const uint8_t *p, const uint8_t *end,
                            bool code32)
{
    uint8_t copy[16] = {0};
    memcpy(copy, p, (size_t)(end - p));
    return e->insn.len <= end - p && matches(e, copy, code32);
}

// Move the window to the page of `linear`. False if that is no RAM.
static inline bool move_window(struct cpu *cpu, struct interp *in, uint32_t linear)
{
    if (__builtin_expect(in->window && linear >> 12 == in->window_page, 1))
        return true;
    uint32_t phys;
    check_code_limit(cpu, 1);
    in->window = NULL;
    if (!mmu_code_address(cpu, linear, &phys))
        return false;
    in->window_page = linear >> 12;
    in->window = cpu->mmu->ram + (phys & ~0xfffu);
    return true;
}

// --- one instruction
// ------------------------------------------------------------------------------------------

enum { DR6_BS = 1 << 14 };

// After an instruction that began in a special state. `branched`: it was a taken branch.
static void finish_special(struct cpu *cpu, uint32_t flags_before, bool shadow_before,
                           bool branched)
{
    bool step = (flags_before & FLAG_TF) &&
                (branched || !(cpu->msr[MSR_DEBUGCTL] & DEBUGCTL_BTF)); // SDM vol. 3, 17.4.3
    if (shadow_before && !cpu->shadow)
        cpu_notice_interrupts(cpu);
    // REP traps after each element. A single-step trap is held back by MOV SS and POP SS, and
    // follows the instruction after them.
    if (step && !cpu->shadow_ss) {
        uint32_t why = DR6_BS | cpu->pending_debug;
        cpu->pending_debug = 0;
        cpu_deliver_debug_trap(cpu, cpu->eip, why);
    }
}

static bool enters_handler(unsigned mnemonic)
{
    return mnemonic == MN_INT || mnemonic == MN_INT1 || mnemonic == MN_INT3 || mnemonic == MN_INTO;
}

static void collect_hits(struct cpu *cpu)
{
    cpu->pending_debug |= cpu->debug_hits & ~(uint32_t)DEBUG_HIT_OUTSIDE;
    cpu->debug_hits &= DEBUG_HIT_OUTSIDE;
}

// Before the instruction at EIP, and before its fetch: what the one before left to be raised, and
// code breakpoints. True if a handler was entered instead. May unwind.
static bool take_pending(struct cpu *cpu)
{
    collect_hits(cpu); // of an interrupt's delivery
    if (cpu->pending_debug && !cpu->shadow_ss) {
        uint32_t why = cpu->pending_debug;
        cpu->pending_debug = 0;
        cpu_deliver_debug_trap(cpu, cpu->eip, why);
        cpu->debug_hits &= DEBUG_HIT_OUTSIDE; // what its frame hits must not go round in circles
        return true;
    }
    cpu_debug_code(cpu);
    if (cpu_virtual_interrupt_due(cpu))
        cpu_raise(cpu, EXC_GP, 0);
    return false;
}

// Call the handler so that every access to memory comes to mmu/access.c, where breakpoints and
// alignment are looked at.
static enum outcome call_watched(struct cpu *cpu, const struct cached_insn *e)
{
    if (!cpu->watch_data && !cpu_checks_alignment(cpu))
        return e->handler(cpu, &e->insn);
    mmu_hide_tables(cpu->mmu, true);
    enum outcome how = e->handler(cpu, &e->insn);
    mmu_hide_tables(cpu->mmu, false);
    return how;
}

// Execute e, which begins in a special state: TF, RF, AC, the shadow, breakpoints. True if it
// retired.
static bool execute_special(struct cpu *cpu, const struct cached_insn *e)
{
    uint32_t flags = cpu->eflags;
    bool shadow = cpu->shadow;
    cpu->shadow = cpu->shadow_ss = false;
    // RF is over with the instruction; what loads it (IRET, a task switch) does so for the next
    // one. The image that a fault pushes has it anyway.
    cpu->eflags &= ~(uint32_t)FLAG_RF;
    enum outcome how = call_watched(cpu, e);
    if (how == DONE)
        cpu->eip += e->insn.len;
    collect_hits(cpu);
    if (how == UNFINISHED) {
        cpu->shadow = shadow;
        // What is pushed between two elements has RF set, so that the instruction goes on without
        // its code breakpoint (SDM vol. 3, 17.3.1.1). A single step on AMD Zen leaves it clear.
        cpu->eflags |= cpu->watching ? (uint32_t)FLAG_RF : flags & FLAG_RF;
    }
    // A software interrupt cleared TF on its way in and takes no trap.
    if (how != BRANCHED || !enters_handler(e->insn.mnemonic))
        finish_special(cpu, flags, shadow, how == BRANCHED);
    return how != UNFINISHED;
}

// Execute e at EIP. True if it retired.
static bool execute(struct cpu *cpu, const struct cached_insn *e)
{
    return interp_is_special(cpu) ? execute_special(cpu, e) : interp_execute(cpu, &e->insn);
}

// After cpu_raise(): the unwound code may have been in any stage.
static void deliver(struct cpu *cpu, enum stage stage)
{
    profile_return(cpu->profile, stage);
    cpu_deliver_exception(cpu);
}

bool interp_step(struct cpu *cpu)
{
    struct cached_insn e;
    jmp_buf outer;
    enum stage stage = (enum stage)cpu->profile->current;
    volatile bool retired = false;
    memcpy(&outer, &cpu->unwind, sizeof outer);
    if (setjmp(cpu->unwind) == 0) {
        if (!interp_is_special(cpu) || !take_pending(cpu)) {
            decode_slow(cpu, &e);
            retired = execute(cpu, &e);
        }
    } else {
        deliver(cpu, stage);
    }
    memcpy(&cpu->unwind, &outer, sizeof outer);
    return retired;
}

// --- engine
// ---------------------------------------------------------------------------------------------------

struct interp *interp_create(const char **why)
{
    struct interp *in = calloc(1, sizeof *in);
    if (in)
        in->blocks = calloc(BLOCKS, sizeof *in->blocks);
    if (!in || !in->blocks) {
        free(in);
        *why = "out of memory for the interpreter's instruction cache";
        return NULL;
    }
    return in;
}

void interp_destroy(struct interp *in)
{
    if (in)
        free(in->blocks);
    free(in);
}

static int init(struct cpu *cpu, const char **why)
{
    cpu->engine_state = interp_create(why);
    return cpu->engine_state ? 0 : -1;
}

static void fini(struct cpu *cpu)
{
    interp_destroy(cpu->engine_state);
    cpu->engine_state = NULL;
}

static enum cpu_exit stop_reason(const struct cpu *cpu)
{
    if (cpu->shutdown)
        return EXIT_SHUTDOWN;
    if (cpu->quit)
        return EXIT_QUIT;
    if (cpu->halted)
        return EXIT_HALT;
    return cpu->left <= 0 ? EXIT_BUDGET : EXIT_POLL;
}

static inline void count_retired(struct cpu *cpu)
{
    cpu->left--;
    cpu->profile->stage[STAGE_execute].items++;
}

// One instruction that lies outside of RAM.
static void run_single(struct cpu *cpu, struct interp *in)
{
    decode_slow(cpu, &in->single);
    if (execute(cpu, &in->single))
        count_retired(cpu);
    in->window = NULL;
}

// Execute from EIP on until something branches, ends the block or wants the caller's attention.
static void run_block(struct cpu *cpu, struct interp *in)
{
    const struct segment *cs = &cpu->seg[SEG_CS];
    uint32_t linear = cs->base + cpu->eip, eip = cpu->eip;
    bool special = interp_is_special(cpu);
    unsigned most = BLOCK_INSNS;
    if (__builtin_expect(cpu->points != NULL, 0)) {
        if (points_reached(cpu))
            return;
        if (points_code_page(cpu->points, linear))
            most = 1;
    }
    if (__builtin_expect(special, 0) && take_pending(cpu)) {
        in->window = NULL;
        return;
    }
    if (!move_window(cpu, in, linear)) {
        run_single(cpu, in);
        return;
    }
    bool code32 = cs->attr & SEG_ATTR_DB;
    // Of a 4 GB segment from a page's edge on, the end is a page's end, where nothing is a hit.
    bool limited = cs->limit != 0xffffffffu || (cs->base & (MMU_PAGE - 1));
    const uint8_t *p = in->window + (linear & 0xfff), *end = in->window + MMU_PAGE;
    struct block *block = &in->blocks[(linear ^ linear >> 12) % BLOCKS];
    struct cached_insn *e = block->insn;
    for (unsigned i = 0;;) {
        bool hit = i < block->count &&
                   (p <= end - 16 ? matches(e, p, code32) : matches_at_edge(e, p, end, code32));
        if (__builtin_expect(!hit, 0)) {
            block->count = i; // should this raise
            decode_slow(cpu, e);
            block->count = i + 1;
        }
        if (__builtin_expect(limited, 0))
            check_code_limit(cpu, e->insn.len);
        if (__builtin_expect(special, 0)) {
            if (execute_special(cpu, e))
                count_retired(cpu);
            in->window = NULL;
            return;
        }
        enum outcome outcome = e->handler(cpu, &e->insn);
        if (outcome == UNFINISHED)
            return;
        count_retired(cpu);
        if (outcome == DONE)
            cpu->eip = eip += e->insn.len;
        if (e->ends) {
            in->window = NULL;
            return;
        }
        if (outcome != DONE || cpu->left <= 0 || cpu->poll)
            return;
        p += e->insn.len;
        e++;
        if (++i == most || p >= end)
            return;
    }
}

void interp_run_block(struct cpu *cpu, struct interp *in)
{
    in->window = NULL; // nobody told us what happened since
    run_block(cpu, in);
}

static enum cpu_exit run(struct cpu *cpu)
{
    struct interp *in = cpu->engine_state;
    in->window = NULL;
    if (setjmp(cpu->unwind) != 0) {
        in = cpu->engine_state;
        in->window = NULL;
        // Faults upon faults retire nothing and would never use up the budget.
        if (++in->unwinds % UNWINDS_TO_POLL == 0)
            cpu->poll = 1;
        deliver(cpu, STAGE_execute);
    }
    while (cpu->left > 0 && !cpu->poll && !cpu->shutdown)
        run_block(cpu, in);
    return stop_reason(cpu);
}

const struct engine engine_interp = {
    .name = "interp",
    .init = init,
    .fini = fini,
    .run = run,
};
