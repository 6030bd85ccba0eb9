// The features that a CPU model may have or lack: one bit per row of features.def.
//
// Interface: enum cpu_feature, struct cpu_features (a set of them), features_has(), features_set(),
// features_all(). Who needs what: the last column of opcodes.def (decoder), and the rules of cpu/
// and mmu/ that ask cpu->features.
#ifndef TM_EMU_CPU_FEATURES_H
#define TM_EMU_CPU_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum cpu_feature {
#define FEATURE(name, ...) FEATURE_##name,
#include "emu/cpu/features.def"
#undef FEATURE
    FEATURE_COUNT
};

struct cpu_features {
    uint64_t bits[2];
};
_Static_assert(FEATURE_COUNT <= 128, "struct cpu_features has a bit for each");

static inline bool features_has(const struct cpu_features *f, enum cpu_feature feature)
{
    return f->bits[feature >> 6] >> (feature & 63) & 1;
}

static inline void features_set(struct cpu_features *f, enum cpu_feature feature, bool on)
{
    uint64_t bit = (uint64_t)1 << (feature & 63);
    f->bits[feature >> 6] = on ? f->bits[feature >> 6] | bit : f->bits[feature >> 6] & ~bit;
}

// Every feature there is.
static inline struct cpu_features features_all(void)
{
    struct cpu_features f = {{0, 0}};
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        features_set(&f, (enum cpu_feature)i, true);
    return f;
}

// Those of the processor that this runs on.
struct cpu_features features_host(void);

#endif
