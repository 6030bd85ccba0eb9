// The interpreter's run loop: fetch through a window on the current code page, decode through a
// cache, execute.
//
// The cache holds decoded instructions by linear address, and every hit compares the instruction's
// bytes with what lies in memory now: an entry is a pure function of bytes and code size, so
// self-modifying code, remapped pages and changed modes need no invalidation. The window is the
// host address of the code page that EIP was in last. It is dropped after everything that may
// change mappings, privilege or CS: exceptions, and instructions of kind MNK_END.
#include "emu/interp/interp.h"

#include <stdlib.h>
#include <string.h>

#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/profile/profile.h"

enum { CACHE_ENTRIES = 1 << 14, INSN_BYTES_MAX = 15 };

struct cached_insn {
    uint64_t bytes[2]; // as fetched; only the first insn.len count
    uint64_t mask[2];  // 0xff for each of these
    enum outcome (*handler)(struct cpu *, const struct insn *);
    uint8_t code32;
    bool ends; // may change mappings, privilege or CS
    struct insn insn;
};

struct interp {
    struct cached_insn *cache;
    // The window: valid for linear addresses of page window_page (linear >> 12) if window is not
    // NULL.
    const uint8_t *window;
    uint32_t window_page;
    struct cached_insn single; // for instructions that cross a page or lie outside of RAM
};

static handler_fn *const handlers[MN_COUNT] = {
#define HANDLER(mn, name) [MN_##mn] = interp_op_##name,
#include "emu/interp/handler.def"
#undef HANDLER
};

handler_fn *interp_handler(unsigned mnemonic)
{
    handler_fn *h = mnemonic < MN_COUNT ? handlers[mnemonic] : NULL;
    return h ? h : interp_op_undefined;
}

bool interp_execute(struct cpu *cpu, const struct insn *insn)
{
    enum outcome outcome = interp_handler(insn->mnemonic)(cpu, insn);
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
    if (cs->limit != 0xffffffffu && (last > cs->limit || last < cpu->eip))
        cpu_raise(cpu, EXC_GP, 0);
}

static void fill_entry(struct cached_insn *e, const uint8_t *bytes, bool code32)
{
    unsigned len = e->insn.len;
    uint8_t mask[16] = {0}, copy[16] = {0};
    memset(mask, 0xff, len);
    memcpy(copy, bytes, len);
    memcpy(e->mask, mask, 16);
    memcpy(e->bytes, copy, 16);
    e->handler = interp_handler(e->insn.mnemonic);
    e->code32 = code32;
    e->ends = insn_kind(&e->insn) & MNK_END;
}

// Fetch and decode the instruction at EIP, the slow way. Raises all faults of a fetch.
static void decode_slow(struct cpu *cpu, struct cached_insn *e)
{
    uint8_t buf[INSN_BYTES_MAX];
    bool code32 = cpu_code32(cpu);
    uint32_t linear = cpu->seg[SEG_CS].base + cpu->eip;
    check_code_limit(cpu, 1);
    enum stage from = profile_switch(cpu->profile, STAGE_decode);
    unsigned got = mmu_fetch(cpu, linear, buf, INSN_BYTES_MAX);
    enum decode_status status = insn_decode(buf, got, code32, &e->insn);
    profile_count(cpu->profile, STAGE_decode, 1, status == DECODE_OK ? e->insn.len : 0);
    profile_return(cpu->profile, from);
    if (status == DECODE_MORE) {
        check_code_limit(cpu, got + 1);
        mmu_probe(cpu, linear + got, 1, MMU_FETCH);
        raise_decode(cpu, DECODE_UD); // not reached: the probe raises
    }
    if (status != DECODE_OK)
        raise_decode(cpu, status);
    check_code_limit(cpu, e->insn.len);
    fill_entry(e, buf, code32);
}

// The decoded instruction at EIP.
static const struct cached_insn *fetch(struct cpu *cpu, struct interp *in)
{
    const struct segment *cs = &cpu->seg[SEG_CS];
    uint32_t linear = cs->base + cpu->eip, at = linear & 0xfff;
    if (__builtin_expect(!in->window || linear >> 12 != in->window_page, 0)) {
        uint32_t phys;
        check_code_limit(cpu, 1);
        in->window = NULL;
        bool ram = mmu_code_address(cpu, linear, &phys);
        in->window_page = linear >> 12;
        in->window = ram ? cpu->mmu->ram + (phys - at) : NULL;
    }
    if (__builtin_expect(!in->window || at > MMU_PAGE - 16, 0)) {
        decode_slow(cpu, &in->single);
        return &in->single;
    }
    uint64_t bytes[2];
    memcpy(bytes, in->window + at, 16);
    struct cached_insn *e = &in->cache[(linear ^ linear >> 14) % CACHE_ENTRIES];
    bool hit = (((bytes[0] ^ e->bytes[0]) & e->mask[0]) | ((bytes[1] ^ e->bytes[1]) & e->mask[1]) |
                (uint64_t)(e->code32 ^ !!(cs->attr & SEG_ATTR_DB))) == 0;
    if (__builtin_expect(!hit, 0)) {
        e->code32 = 2; // stays unusable if this raises
        decode_slow(cpu, e);
    } else if (__builtin_expect(cs->limit != 0xffffffffu, 0)) {
        check_code_limit(cpu, e->insn.len);
    }
    return e;
}

// --- one instruction
// ------------------------------------------------------------------------------------------

// After an instruction that began with TF, RF or the interrupt shadow set.
static void finish_special(struct cpu *cpu, uint32_t flags_before, bool shadow_before)
{
    if (shadow_before && !cpu->shadow)
        cpu_notice_interrupts(cpu);
    // REP traps after each element. A single-step trap is held back by MOV SS and POP SS, and
    // follows the instruction after them.
    if ((flags_before & FLAG_TF) && !cpu->shadow)
        cpu_deliver_debug_trap(cpu, cpu->eip, 1u << 14); // DR6.BS
}

static bool enters_handler(unsigned mnemonic)
{
    return mnemonic == MN_INT || mnemonic == MN_INT1 || mnemonic == MN_INT3 || mnemonic == MN_INTO;
}

// Execute e at EIP. True if it retired.
static inline bool execute(struct cpu *cpu, const struct cached_insn *e)
{
    uint32_t flags = cpu->eflags;
    bool shadow = cpu->shadow;
    if (__builtin_expect((flags & (FLAG_TF | FLAG_RF)) || shadow, 0)) {
        cpu->shadow = false;
        enum outcome how = e->handler(cpu, &e->insn);
        if (how == DONE)
            cpu->eip += e->insn.len;
        if (how == UNFINISHED) {
            cpu->shadow = shadow;
        } else if (e->insn.mnemonic != MN_IRET) {
            cpu->eflags &= ~(uint32_t)FLAG_RF;
        }
        // A software interrupt cleared TF on its way in and takes no trap.
        if (how != BRANCHED || !enters_handler(e->insn.mnemonic))
            finish_special(cpu, flags, shadow);
        return how != UNFINISHED;
    }
    enum outcome outcome = e->handler(cpu, &e->insn);
    if (outcome == DONE)
        cpu->eip += e->insn.len;
    return outcome != UNFINISHED;
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
        decode_slow(cpu, &e);
        retired = execute(cpu, &e);
    } else {
        deliver(cpu, stage);
    }
    memcpy(&cpu->unwind, &outer, sizeof outer);
    return retired;
}

// --- engine
// ---------------------------------------------------------------------------------------------------

static int init(struct cpu *cpu, const char **why)
{
    struct interp *in = calloc(1, sizeof *in);
    if (in)
        in->cache = calloc(CACHE_ENTRIES, sizeof *in->cache);
    if (!in || !in->cache) {
        free(in);
        *why = "out of memory for the interpreter's instruction cache";
        return -1;
    }
    // No entry may hit before it is filled: an empty one has no mask, so it is its code size that
    // cannot match.
    for (unsigned i = 0; i < CACHE_ENTRIES; i++)
        in->cache[i].code32 = 2;
    cpu->engine_state = in;
    return 0;
}

static void fini(struct cpu *cpu)
{
    struct interp *in = cpu->engine_state;
    if (in)
        free(in->cache);
    free(in);
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

static enum cpu_exit run(struct cpu *cpu)
{
    struct interp *in = cpu->engine_state;
    struct stage_sum *count = &cpu->profile->stage[STAGE_execute];
    in->window = NULL;
    if (setjmp(cpu->unwind) != 0) {
        in = cpu->engine_state;
        count = &cpu->profile->stage[STAGE_execute];
        in->window = NULL;
        deliver(cpu, STAGE_execute);
    }
    while (cpu->left > 0 && !cpu->poll && !cpu->shutdown) {
        const struct cached_insn *e = fetch(cpu, in);
        if (execute(cpu, e)) {
            cpu->left--;
            count->items++;
        }
        if (e->ends)
            in->window = NULL;
    }
    return stop_reason(cpu);
}

const struct engine engine_interp = {
    .name = "interp",
    .init = init,
    .fini = fini,
    .run = run,
};
