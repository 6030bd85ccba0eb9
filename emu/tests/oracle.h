// The silicon oracle: one instruction, run by this host's own CPU in a 32-bit segment and by an
// engine in a guest that has the same bytes at the same linear addresses, from the same registers.
//
// Interface: oracle_native_*() runs on the host, oracle_guest_*() on an engine, oracle_generate()
// makes cases. Linear layout, in both worlds (all user pages; everything else below 4 GB is
// absent):
//   ORACLE_CODE   2 pages, the third absent     ORACLE_DATA  8 pages: absent RW RW RO RW absent RO
//   absent ORACLE_STACK  absent RW RW absent
// The guest adds supervisor pages at 3 GB for its tables and handlers; the host has none of its own
// below 4 GB.
#ifndef TM_EMU_TESTS_ORACLE_H
#define TM_EMU_TESTS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"
#include "emu/machine/engine.h"
#include "emu/tests/oracle_vector.h"

enum {
    ORACLE_CODE = 0x10000000,
    ORACLE_CODE_PAGES = 2,
    ORACLE_DATA = 0x10100000,
    ORACLE_DATA_PAGES = 8,
    ORACLE_STACK = 0x10200000,
    ORACLE_STACK_PAGES = 4,
    ORACLE_MEMORY_PAGES = ORACLE_DATA_PAGES + ORACLE_STACK_PAGES,
    ORACLE_PAGE = 4096,
    ORACLE_CS = 0x23, // Linux's 32-bit user segments
    ORACLE_DS = 0x2b,
};

enum oracle_access { ORACLE_ABSENT, ORACLE_READ, ORACLE_WRITE };
// Of data page 0-7 and stack page 8-11.
extern const uint8_t oracle_access[ORACLE_MEMORY_PAGES];
// Where page i of the two lies.
static inline uint32_t oracle_page_address(unsigned i)
{
    return i < ORACLE_DATA_PAGES ? ORACLE_DATA + i * ORACLE_PAGE
                                 : ORACLE_STACK + (i - ORACLE_DATA_PAGES) * ORACLE_PAGE;
}

struct oracle_regs {
    uint32_t gpr[REG_COUNT], eip, eflags;
};

// How a run ended: the vector that was entered, with its error code (0 if none) and CR2 (#PF only).
struct oracle_end {
    struct oracle_regs regs;
    uint32_t vector, error, cr2;
    struct oracle_vector fpu; // of a case that asks for it
};

struct oracle_case {
    struct oracle_regs regs;
    uint8_t bytes[16];
    unsigned len;     // as decoded, or what there is
    bool decodes;     // false: expected to be #UD
    bool single_step; // TF is set; success is #DB. Else an INT3 follows: success is #BP.
    bool with_fpu;    // x87 and vector state is set and compared
    struct oracle_vector fpu;
    uint8_t tail[8]; // what follows the instruction, in front of the INT3
    unsigned tail_len;
    struct insn insn;
    uint8_t (*memory)[ORACLE_PAGE]; // contents of the pages, ORACLE_MEMORY_PAGES of them
};

// The code pages: the instruction, its tail, INT3 everywhere else.
void oracle_code_image(const struct oracle_case *c, uint8_t code[ORACLE_CODE_PAGES * ORACLE_PAGE]);

// --- oracle_native.c ---
// False with *why set if this host cannot: no 32-bit segment, low addresses taken.
bool oracle_native_init(const char **why);
void oracle_native_run(const struct oracle_case *c, struct oracle_end *end);
const uint8_t *oracle_native_page(unsigned i); // NULL if absent
// For other tests: memory at a low address, readable, writable, executable; and run from `regs` on
// until a fault.
bool oracle_native_map(uint32_t address, uint32_t bytes, const char **why);
void oracle_native_enter(const struct oracle_regs *regs, struct oracle_end *end);

// --- oracle_guest.c ---
struct oracle_guest;
struct oracle_guest *oracle_guest_create(const struct engine *engine, const char **why);
void oracle_guest_run(struct oracle_guest *g, const struct oracle_case *c, struct oracle_end *end);
const uint8_t *oracle_guest_page(const struct oracle_guest *g, unsigned i);
void oracle_guest_destroy(struct oracle_guest *g);

// --- oracle_forms.c ---
// A form: what selects a row of opcodes.def.
struct oracle_form {
    uint8_t map, opcode, reg;    // reg: ModRM.reg where it selects the row, else random
    uint8_t prefix;              // mandatory prefix or VEX.pp as a byte; 0: none
    uint8_t first_modrm, modrms; // modrms > 0: so many ModRM bytes from first_modrm on
    bool vex, vex_l, vex_w, any_w;
    bool register_form, op16, fixed_reg;
    uint16_t row;
};
// All forms that ring 3 can compare; returns how many (at most `max`).
unsigned oracle_list_forms(struct oracle_form *out, unsigned max);
void oracle_put_bytes(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c);

// --- oracle_generate.c ---
uint32_t oracle_random(uint64_t *seed);
uint32_t oracle_random_value(uint64_t *seed); // often at an edge of its range
static inline uint32_t oracle_below(uint64_t *seed, uint32_t n)
{
    return oracle_random(seed) % n;
}
static inline bool oracle_chance(uint64_t *seed, unsigned percent)
{
    return oracle_below(seed, 100) < percent;
}
void oracle_memory_put(struct oracle_case *c, uint32_t linear, unsigned bytes, const void *from);
// Of the memory operand.
uint32_t oracle_operand_address(const struct oracle_case *c);
void oracle_generate(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c);

// --- oracle_fit_vector.c ---
// An address near `target` that suits the instruction's alignment, most of the time.
uint32_t oracle_align(const struct oracle_case *c, uint32_t target, uint64_t *seed);
// Give an x87 or vector case its state, and memory what it wants.
void oracle_fit_vector(struct oracle_case *c, uint64_t *seed);

#endif
