// Random machines for the fuzzers: descriptors, page tables, modes, registers, and bytes as code,
// some of them plausible programs. There are no devices: emu/machine/ is answered for here.
#ifndef TM_EMU_TESTS_FUZZ_MACHINE_H
#define TM_EMU_TESTS_FUZZ_MACHINE_H

#include "emu/tests/system_world.h"

extern uint64_t fuzz_seed;
uint32_t fuzz_random(void);
bool fuzz_chance(unsigned percent);
// Make the world a random one, from fuzz_seed on.
void fuzz_prepare(struct world *w);
// Of such a one, make one outside of flat 32-bit code, or with tasks (fuzz_modes.c).
void fuzz_prepare_modes(struct world *w);
// What must hold after any run that ended with `why`. NULL, or what does not.
const char *fuzz_broken(const struct cpu *cpu, enum cpu_exit why);

#endif
