// The page walk, between walk.c (the walk), mmu.c (tables) and access.c (loads and stores).
#ifndef TM_EMU_MMU_WALK_H
#define TM_EMU_MMU_WALK_H

#include "emu/mmu/mmu_state.h"

struct mmu_translation {
    uint64_t phys;
    uint32_t error; // PF_* when the walk failed
    bool writable;  // a store may go through without another walk: permission, and D is set
    bool global;    // stays when CR3 is loaded
    bool large;     // maps more than 4 KB
};

// Walk the page tables with the rights of `set` (SDM vol. 3, 4.3 to 4.6). False: t->error says why,
// and nothing was changed. `mark`: set A and D as silicon does; else only look.
bool mmu_walk(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, enum mmu_set set, bool mark,
              struct mmu_translation *t);
// The same with marks, and fill the lookup tables.
bool mmu_translate(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, enum mmu_set set,
                   struct mmu_translation *t);

#endif
