// The page walk, between mmu.c (tables) and access.c (loads and stores).
#ifndef TM_EMU_MMU_WALK_H
#define TM_EMU_MMU_WALK_H

#include "emu/mmu/mmu.h"

struct mmu_translation {
    uint32_t phys;
    uint32_t error; // PF_* when the walk failed
    bool writable;  // a store may go through without another walk: permission, and D is set
};

// Walk the page tables (SDM vol. 3, 4.3), setting A and D as silicon does. False: t->error says
// why.
bool mmu_walk(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, bool user,
              struct mmu_translation *t);
// The same, and fill the lookup tables.
bool mmu_translate(struct cpu *cpu, uint32_t linear, enum mmu_intent intent, bool user,
                   struct mmu_translation *t);

#endif
