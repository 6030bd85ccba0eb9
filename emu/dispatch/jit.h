// Engine 2, the translator: its data, shared by translate/ (which makes blocks) and dispatch/
// (which runs them).
//
//   guest EAX ECX EDX EBX EBP ESI EDI   host register of the same number, upper half zero
//   guest ESP                            r15
//   r14  ~(instructions left of the budget): non-negative when it is used up
//   r13  table set of the current privilege (mmu_state.h) + 12: its low five bits are what SHRX
//        makes a page number with
//   r12  the guest's arithmetic flags when they are SAVED (see below)
//   r11  pointer of the current run of accesses (hoist.c)
//   r8-r10  scratch, dead between guest instructions;  %gs:0 = struct cpu
//   rsp  the return stack: host return addresses only, paired with the guest's calls
//
// Where the guest's arithmetic flags are. Every guest ALU instruction is the same host instruction,
// so after it they are in the host's EFLAGS (HOST). Address translation needs EFLAGS for itself;
// before it destroys them they are put into r12 (SAVED: bits 8-15 as LAHF gives them, bit 0 = OF).
// They are never simply dropped: a fault or an interrupt pushes EFLAGS, so at each point where one
// can happen one of the two places is right. What liveness buys is the entry: a block that
// overwrites all flags before anything can observe them (ANY) starts without moving them, in
// whatever state its predecessor left them.
#ifndef TM_EMU_DISPATCH_JIT_H
#define TM_EMU_DISPATCH_JIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/hot.h"

enum {
    JIT_CACHE_MIN = 1 << 20,
    JIT_CACHE_MAX = 1 << 30, // rel32 reaches 2 GB
    JIT_STACK_BYTES = 1 << 20,
    JIT_MAX_BLOCK_INSNS = 128,
    JIT_MAX_UNIT_BLOCKS = 16,
    // Records that the tables have room for, one for so many bytes of the cache; a block of one
    // instruction has more bytes than that.
    JIT_BYTES_A_BLOCK = 128,
    JIT_BYTES_AN_EXIT = 24,
    JIT_BYTES_AN_INSN = 48,
    JIT_BYTES_A_TRAP = 32,
    JIT_HEAT = 1 << 14,
};

// What of the processor's mode the translated code depends on, besides flat 32-bit code.
// FS, GS: usable without a limit check. PLAIN: without hoisted lookups, for where their check
// failed.
enum { MODE_DF = 1, MODE_FS = 2, MODE_GS = 4, VARIANT_PLAIN = 0x80 };

// Where a block wants the flags when it begins.
enum flags_want { WANT_ANY, WANT_HOST, WANT_SAVED };

enum exit_kind {
    EXITK_LINK,   // a direct edge: find the target block, patch the jump
    EXITK_LOOKUP, // an indirect edge that missed its table: target in context.exit_eip
    EXITK_INTERP, // one instruction for interp: left out, or a slow or faulting access
    EXITK_BUDGET, // the budget does not cover the block that begins here
    EXITK_TRAP,   // a host instruction faulted: jit.trapped says where; interp does it again
    EXITK_FPU,    // the state of x87, MMX, SSE and AVX is not in the host's registers
    EXITK_FETCH,  // the page that the instruction ends on is not mapped as it was: fetch it anew
};
// The exits that every cache has.
enum { EXIT_LOOKUP, EXIT_TRAP, EXITS_FIXED };

// What translated code checks before the first instruction of a kind in a block, see fp.c.
enum fp_kind {
    FP_CONTROL, // x87: leaves the last instruction and operand pointers alone
    FP_X87 = CLASS_X87,
    FP_MMX = CLASS_MMX,
    FP_SSE = CLASS_SSE,
    FP_AVX = CLASS_AVX,
    FP_X87_DS, // with an operand in DS: moves the operand pointer, too
    FP_X87_SS, // with one in SS
    FP_KINDS
};

// The last x87 instruction that FIP and FOP are to name but do not yet: stored where control leaves
// the block, or by C. fop 0xffff: they are up to date.
struct x87_last {
    uint32_t fip;
    uint16_t fop;
};
enum { X87_STORED = 0xffff };

struct block;

// A way out of translated code to C, and, for direct edges, what is needed to link and unlink it.
struct exit {
    uint8_t kind;    // enum exit_kind
    bool saved;      // EXITK_LINK: flags are SAVED on this edge, else HOST
    bool cross_page; // EXITK_LINK: linked through a check of the target page's mapping
    bool flags_lost; // EXITK_BUDGET: flags are dead and gone; the next instructions write them all
    bool plain;      // EXITK_LINK: to the target's plain variant
    bool left_out;   // EXITK_INTERP: not a slow path, the translator does not do this instruction
    uint8_t fp_open; // EXITK_INTERP, EXITK_FPU: bits of the kinds that the block relies on
    uint8_t fp_kind; // EXITK_FPU: the kind that is wanted
    struct x87_last x87; // for C to store
    uint16_t unexecuted; // instructions counted at the block's head that were not executed, this
                         // one included
    uint32_t eip;        // where the guest is, or goes
    union {
        uint8_t *jump;   // EXITK_LINK: rel32 field that leads to the target when linked, to `stub`
                         // when not
        uint8_t *resume; // EXITK_INTERP, EXITK_FPU: where to go on; NULL: through dispatch
    };
    union {
        uint8_t *page_id;        // cross_page: the imm32 compared with the X entry
        const struct insn *insn; // EXITK_INTERP, EXITK_FPU
    };
    uint8_t *stub;              // EXITK_LINK
    struct exit *next_incoming; // in target->incoming
    struct block *target;       // where it is linked to; NULL: nowhere
};
_Static_assert(sizeof(struct exit) == 64, "one line of the host's cache");

// A block whose last instruction crosses into the next page has a second record for its bytes
// there: never found or run, it only leads a write to that page to the block.
struct block {
    uint32_t eip, phys;
    uint16_t bytes, insns; // bytes: on its page
    uint8_t mode;
    bool dead;
    uint8_t *entry_host, *entry_saved; // writable-side addresses
    uint8_t *landing;                  // the return landing pad in front of it, or NULL
    struct exit *incoming;
    struct block *page_next;
    struct block *rest;  // the second record, or NULL
    struct block *owner; // of a second record: the block
    uint32_t host_bytes;
};

static inline struct hot_key block_hot_key(const struct block *b)
{
    return (struct hot_key){b->eip, b->phys, b->bytes, b->insns, b->mode};
}

// A slot of the hash table: what a block is found by, and the block. NULL: was never used.
struct slot {
    uint64_t key;
    struct block *block;
};

// In cpu->jit_scratch: what the entry and exit thunks and C tell each other.
struct jit_context {
    uint64_t c_rsp, jit_rsp, stack_base, target, set, hoisted;
    uint32_t flags, exit_index, exit_eip;
    uint64_t spill;    // of a thunk that needs one register more
    uint32_t fp_load;  // C: the entry thunk is to load the state
    uint32_t fp_live;  // the state is in the host's registers; the exit thunk saves it
    uint32_t fp_saved; // the exit thunk did
    uint32_t fp_closed[FP_KINDS];
    uint32_t mxcsr; // what C wants
};

// A host instruction that may raise a signal (DIV's #DE, an unmasked exception of x87 or SSE, a
// misaligned operand), and what C needs to do it again. Sorted by host address.
struct trap_site {
    const uint8_t *host; // executable side
    uint32_t eip;
    uint16_t unexecuted;
    bool saved; // flags are SAVED, else HOST
    struct x87_last x87;
};

struct jit {
    struct cpu *cpu;
    // code cache: one memory file, mapped twice
    uint8_t *rw, *rx;
    // Translated code from `used` on, what is rarely run (stubs of the ways out) from `cold_used`:
    // apart, so that a page of the host is all one or all the other.
    size_t thunk_bytes, used, cold_used;
    uint8_t *thunk_exit, *thunk_lookup, *thunk_return_miss, *thunk_enter; // writable side
    // For an access across two pages at the address in that host register: a host CALL leaves r9 as
    // the table entry to go on with, 0 where C must do the access, and all other registers alone.
    uint8_t *thunk_crossing[2][16]; // by write, register
    uint8_t *stack;                 // the return stack's mapping: guard page first
    struct block *blocks;
    struct exit *exits;
    struct trap_site *traps, trapped;
    struct insn *insns;
    uint32_t nblocks, nexits, ntraps, ninsns;
    uint32_t max_blocks, max_exits, max_traps, max_insns;
    struct block **page_blocks;
    struct slot *slots; // the hash table of blocks: open, a power of two of them
    uint32_t nslots, slots_used;
    uint32_t *jump_filled[MMU_SETS]; // indices of JUMP entries in use, per table set
    uint32_t njump_filled[MMU_SETS];
    uint8_t jump_mode[MMU_SETS]; // what mode their blocks are for: user and system have their own
    uint8_t *heat;               // per hash of a physical address: kills by self-modification
    uint8_t mode;
    bool exact_flags;   // never let flags be lost, whatever it costs (icount)
    bool flags_lost;    // EFLAGS is undetermined until settle(), or until the block at EIP runs
    uint64_t run_begin; // icount when run() began
    uint32_t unwinds;   // exceptions in this run()
    size_t cache_bytes, hot_bytes; // the whole cache; its part in front of `cold_used`'s
    uint64_t heat_limit;
    struct interp *interp; // runs what is not for the translator: other modes, single steps
    bool no_hoist, misaligned;
    struct cpu_features host;               // what emitted instructions may need
    uint64_t flush_runs, kill_runs, random; // stress settings
    bool must_flush; // no room for a dead block's stubs: forget everything before going on
    uint64_t units, translated_insns, kills, cache_flushes, links, entries, lookups, smc_interp;
    uint64_t traps_taken, fp_exits, fp_saves;
};

static inline struct jit_context *jit_context(struct cpu *cpu)
{
    return (struct jit_context *)(void *)cpu->jit_scratch;
}

static inline uint8_t *jit_exec(const struct jit *j, uint8_t *writable)
{
    return j->rx + (writable - j->rw);
}

// --- cache.c: memory, thunks ---
int jit_cache_create(struct jit *j, const char **why);
void jit_cache_destroy(struct jit *j);
// Forget all translations. Translated code must not be running.
void jit_cache_flush(struct jit *j);
// Forget every pairing of calls and returns.
void jit_stack_reset(struct jit *j);

// --- link.c: finding, joining and killing blocks ---
// `variant`: 0 or VARIANT_PLAIN.
struct block *jit_find(const struct jit *j, uint32_t phys, uint32_t eip, uint8_t variant);
void jit_insert(struct jit *j, struct block *b);
void jit_link(struct jit *j, struct exit *x, struct block *target);
void jit_jump_fill(struct jit *j, uint32_t eip, struct block *target);
void jit_jump_clear(struct jit *j);
void jit_jump_clear_set(struct jit *j, unsigned set);
// mmu hook: bytes that hold translated code were changed.
void jit_code_written(void *jit, uint32_t phys, uint32_t bytes);
// Kill all blocks that hold the byte at that linear address, without blaming the guest for it.
void jit_kill_linear(struct jit *j, uint32_t linear);
// mmu hook: what depends on linear addresses is stale.
void jit_mappings_lost(void *jit);

// --- signal.c: #DE in translated code, the return stack's guard page ---
int jit_signals_install(const char **why);
void jit_signals_owner(struct jit *j); // which translator this thread runs now; NULL: none

// --- fp.c: whose x87, MMX, SSE and AVX state is in the host's registers ---
// Let the next entry load the state and open the kinds in `mask` (bits of enum fp_kind) and those
// that they bring along. False if one of them must not run translated now.
bool jit_fp_open(struct jit *j, unsigned mask);
// Translated code came back: the memory image is the truth again.
void jit_fp_returned(struct jit *j);
void jit_fp_store_last(struct jit *j, const struct x87_last *last);

// --- translate/ ---
// Translate a unit that begins at `eip`; NULL when its first instruction cannot be part of a block.
// The first block is of that variant.
struct block *translate_unit(struct jit *j, uint32_t eip, uint32_t phys, uint8_t variant);

#endif
