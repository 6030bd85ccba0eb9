// The state of one translation, private to translate/.
//
// A unit is a run of blocks laid out one behind the other, so that the likely edge needs no jump.
// Hot code goes to the emitter at once; whatever is rare is put on the cold list and emitted behind
// the unit.
#ifndef TM_EMU_TRANSLATE_TRANSLATOR_H
#define TM_EMU_TRANSLATE_TRANSLATOR_H

#include "emu/dispatch/jit.h"
#include "emu/translate/backend/x64/emit.h"

enum { MAX_COLD = 2048 };

enum cold_kind {
    COLD_EXIT,   // save the flags if they are HOST, then leave through `exit`
    COLD_EDGE,   // the stub of a direct edge
    COLD_ACCESS, // a slow access: retry if only misaligned, else leave; resume behind the
                 // instruction
    COLD_ENTRY,  // a block's second entry: convert the flags and go to the first
    COLD_GUARD, // a hoisted check failed: give back the budget, go to the plain variant of the rest
    COLD_CALL,  // an indirect call whose table entry missed: push the landing, look up
};

struct cold {
    uint8_t kind; // enum cold_kind
    bool saved;   // flags are SAVED where we come from (COLD_ENTRY: what the entry is called with)
    bool resume_host; // COLD_ACCESS: the fast path goes on with flags in HOST
    bool write;       // COLD_ACCESS
    uint8_t size;     // COLD_ACCESS: bytes of the access; 1: it cannot be misaligned
    uint8_t address;  // COLD_ACCESS: the register that holds the linear address
    struct fixup from, misaligned;
    uint8_t *back;  // COLD_ACCESS: where the retry goes on; COLD_ENTRY: the first entry; COLD_CALL:
                    // the landing
    uint8_t *after; // COLD_ACCESS: end of the instruction
    struct exit *exit;
    struct block *block; // COLD_ENTRY
};

// A run of accesses that share one lookup (hoist.c). Distances are from the base register as it is
// in front of instruction `first`.
struct hoist {
    bool active, writes;
    uint8_t base;
    unsigned uses, first, last; // instructions
    int32_t min, max;           // lowest byte, end of the highest access
    int32_t moved;              // what the base register has changed by since
};

// What hoist.c knows of an instruction: its accesses at [register + constant], in order, and what
// it does to the registers.
struct hoist_use {
    uint8_t base, size;
    bool write;
    int32_t disp;
};
struct hoist_move {
    uint8_t reg;
    int16_t by;
};
struct hoist_facts {
    uint8_t nuses, nmoved;
    uint8_t lost; // bits of the registers that it changes by what nobody knows
    struct hoist_move moved[2];
    struct hoist_use uses[2];
};

struct translator {
    struct jit *j;
    struct emitter e;
    const uint8_t *code; // the guest page's bytes
    uint32_t page_phys;
    // the block being made
    struct block *b;
    struct insn insns[JIT_MAX_BLOCK_INSNS];
    unsigned n, k;
    uint32_t eip; // of instruction k
    bool host_valid, saved_valid;
    bool ended;            // the block's last edge was emitted
    unsigned rest_bytes;   // that the last instruction has on the next page
    uint32_t rest_id;      // that page's X entry
    uint8_t crossing[15];  // its bytes from both pages
    const uint8_t *bytes;  // of instruction k
    unsigned first_access; // cold items of this instruction begin here
    struct hoist hoist, plan;
    struct hoist_facts facts[JIT_MAX_BLOCK_INSNS]; // not of plain variants
    uint8_t fp_open;            // bits of the kinds (enum fp_kind) that the block has checked
    struct x87_last x87;        // what the next way out must store
    struct x87_last x87_before; // the same as it was before this instruction
    uint8_t *island;            // flags_want HOST: where the budget check jumps
    struct fixup island_jmp;    // and on from there
    unsigned check_at;          // cold items below this one come before the last check
    // the unit
    struct cold cold[MAX_COLD];
    unsigned ncold;
    struct exit *pending_links[JIT_MAX_UNIT_BLOCKS * 4 + 4];
    unsigned npending;
    struct exit nowhere; // takes what no longer fits; the unit is given up then
    // what the block just ended left for the next one in the unit
    bool falls_through; // control runs into what is emitted next
    bool fall_saved;    // with flags SAVED (else HOST)
    uint8_t *landing;   // a return landing pad was emitted in front of what comes next
    uint32_t next_eip;  // where the unit may go on
    bool may_continue;
};

// --- flags.c ---
void flags_need_saved(
    struct translator *t); // afterwards EFLAGS may be destroyed by flags_clobbered()
void flags_need_host(struct translator *t);
void flags_need_for(struct translator *t, const struct insn *insn); // what this one needs of them
void flags_clobbered(struct translator *t); // EFLAGS no longer holds the guest's
void flags_written(struct translator *t);   // EFLAGS holds the guest's, r12 is stale
void flags_emit_save(struct emitter *e);
void flags_emit_restore(struct emitter *e, unsigned scratch);
enum flags_want flags_block_wants(const struct translator *t);

// --- memory.c ---
// Translate a guest memory operand: afterwards the returned operand may be used once or more in
// host instructions of this guest instruction. Flags become SAVED and r8, r9
// hold the address; or, in a run of accesses, r11 does and flags stay where they are. `no_reg`: a
// guest register (0-7) that must not appear in the operand, or REG_NONE.
struct host_rm memory_access(struct translator *t, const struct mem_ref *m, unsigned size,
                             bool write, unsigned no_reg);
// The same for an operand that the host checks for alignment, as the guest's CPU does.
struct host_rm memory_access_aligned(struct translator *t, const struct mem_ref *m, unsigned size,
                                     bool write);
struct host_rm memory_stack(struct translator *t, int32_t disp, bool write); // [esp+disp], 4 bytes
bool memory_can_access(const struct translator *t, const struct insn *insn, bool write);
struct host_rm memory_address(const struct mem_ref *m); // as an operand for LEA
static inline unsigned host_gpr(unsigned reg)
{
    return reg == REG_ESP ? (unsigned)H_R15 : reg;
}

// --- hoist.c ---
void hoist_plan(struct translator *t);
bool hoist_access(struct translator *t, const struct mem_ref *m, unsigned size, bool write,
                  struct host_rm *rm);
void hoist_advance(struct translator *t);

// --- exits.c ---
struct exit *exit_new(struct translator *t, enum exit_kind kind, uint32_t eip);
struct cold *cold_new(struct translator *t, enum cold_kind kind);
void exit_edge(struct translator *t, struct fixup from,
               uint32_t target);                       // a direct edge in today's flags state
void exit_leave(struct translator *t, struct exit *x); // emit the jump to C; flags SAVED
void exit_emit_cold(struct translator *t, bool often);
// The host instruction emitted next may raise a signal: C does the guest's again.
void exit_note_trap(struct translator *t);

// --- fp.c ---
// In front of an instruction of that kind: the host's registers hold the guest's state, and CR0 and
// CR4 let it run. Flags become SAVED where that must be checked.
void fp_check(struct translator *t, enum fp_kind kind);
void fp_store_last(struct translator *t); // make FIP and FOP name the last x87 instruction

// --- alu.c, stack.c, string.c, control.c: true if the instruction was emitted, false to leave it
// to interp ---
bool translate_alu(struct translator *t, const struct insn *insn);
bool translate_stack(struct translator *t, const struct insn *insn);
bool translate_string(struct translator *t, const struct insn *insn);
bool translate_branch(struct translator *t, const struct insn *insn);
bool translate_odd(struct translator *t,
                   const struct insn *insn); // odd.c: short sequences for single instructions
bool translate_x87(struct translator *t, const struct insn *insn);
bool translate_vector(struct translator *t, const struct insn *insn); // MMX, SSE, AVX, BMI
bool insn_may_clobber(
    const struct insn *insn); // its translation needs EFLAGS for itself before it is done
bool alu_writes_memory(const struct insn *insn);
// CLD or STD: does it change DF, which is part of the mode that a block is made for?
static inline bool insn_changes_df(uint8_t mode, const struct insn *insn)
{
    return !(mode & MODE_DF) != (insn->mnemonic == MN_CLD);
}

#endif
