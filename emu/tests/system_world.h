// A bare 1 MB machine for the system tests: flat segments, every vector's handler a HLT, no
// devices.
#ifndef TM_EMU_TESTS_SYSTEM_WORLD_H
#define TM_EMU_TESTS_SYSTEM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "emu/machine/engine.h"
#include "emu/profile/profile.h"

enum {
    WORLD_GDT = 0x1000,
    WORLD_IDT = 0x2000,
    WORLD_TSS = 0x3000,
    WORLD_CODE = 0x5000,
    WORLD_HANDLERS = 0x6000, // one HLT a vector
    WORLD_STACK0 = 0x9000,   // tops, growing down
    WORLD_STACK3 = 0xb000,
    WORLD_DATA = 0xc000,
    WORLD_LDT = 0xe000,
    WORLD_DIRECTORY = 0x20000, // identity page tables for the first 4 MB, used when a test sets PG
    WORLD_TABLE = 0x21000,
    WORLD_RAM = 1 << 20,
    SEL_CODE0 = 0x08,
    SEL_DATA0 = 0x10,
    SEL_CODE3 = 0x1b,
    SEL_DATA3 = 0x23,
    SEL_TSS = 0x28,
    SEL_LDT = 0x30,
    SEL_FREE = 0x38, // from here on for the test
    GATE_INT32 = 0x8e00,
    GATE_TRAP32 = 0x8f00,
    GATE_INT16 = 0x8600,
    GATE_CALL32 = 0x8c00,
    GATE_CALL16 = 0x8400,
    GATE_DPL3 = 0x6000,
};

struct world {
    const struct engine *engine; // NULL before world_create(): interp
    struct cpu *cpu;
    struct mmu *mmu;
    struct profile profile;
};

bool world_create(struct world *w, const char **why);
void world_destroy(struct world *w);
// Back to the initial state: ring `cpl`, EIP at WORLD_CODE, IF clear, default tables, memory zero
// but for them.
void world_reset(struct world *w, unsigned cpl);

void world_put(struct world *w, uint32_t at, const void *bytes, uint32_t n);
void world_put32(struct world *w, uint32_t at, uint32_t v);
uint32_t world_get32(struct world *w, uint32_t at);
uint32_t world_get16(struct world *w, uint32_t at);
// hi_attr: the access byte and flags as they lie in the descriptor's high doubleword (0x00cf9b00
// and the like)
void world_descriptor(struct world *w, unsigned selector, uint32_t base, uint32_t limit,
                      uint32_t hi_attr);
void world_gate(struct world *w, unsigned vector, uint16_t selector, uint32_t offset,
                uint32_t type);
void world_segment(struct world *w, enum cpu_seg seg, uint32_t base, uint32_t limit, unsigned attr);

// Place code and run it until a handler's HLT or `insns` instructions. Returns the vector reached,
// or -1 - exit reason.
int world_run(struct world *w, const void *code, unsigned n, int64_t insns);
#define WORLD_RUN(w, ...)                                                                          \
    world_run((w), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 100)

#endif
