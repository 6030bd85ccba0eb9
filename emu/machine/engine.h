// An engine executes a CPU's instructions. Engines are interchangeable at every instruction
// boundary.
#ifndef TM_EMU_MACHINE_ENGINE_H
#define TM_EMU_MACHINE_ENGINE_H

#include "emu/cpu/cpu.h"
#include "emu/profile/profile.h"

struct engine {
    const char *name;
    // Prepare to run `cpu`. 0, or -1 with *why set (this host lacks what the engine needs).
    int (*init)(struct cpu *cpu, const char **why);
    void (*fini)(struct cpu *cpu);
    // Execute until cpu->left (set by cpu_set_budget) is <= 0, cpu->poll is set, or something else
    // stops it. Exceptions are delivered inside. External interrupts are not: the caller does that
    // between runs. interp stops with left == 0 exactly; jit may overshoot to the end of a block
    // (left < 0).
    enum cpu_exit (*run)(struct cpu *cpu);
    // An engine may leave the arithmetic flags undetermined between runs while they are dead. This
    // executes on until they are real; call it before anything shows them to the guest or to
    // people. Never needed under icount. May be NULL.
    void (*settle)(struct cpu *cpu);
    // Forget what was made of the instruction at that linear address, in whatever address space:
    // what ends a block has changed there (cpu/points.h). May be NULL.
    void (*forget)(struct cpu *cpu, uint32_t linear);
    // The engine's own counters for the statistics file: fills at most `max`, returns how many. May
    // be NULL.
    size_t (*counters)(const struct cpu *cpu, struct profile_counter *out, size_t max);
};

extern const struct engine engine_interp;
extern const struct engine engine_jit;

#endif
