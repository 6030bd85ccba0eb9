// What this host's own processor says about itself, in the terms of features.def.
#include "emu/cpu/features.h"

#include <cpuid.h>

enum { NONE, EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf, subleaf;
    uint8_t output, bit;
} rows[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) {leaf, subleaf, output, bit},
#include "emu/cpu/features.def"
#undef FEATURE
};

struct cpu_features features_host(void)
{
    struct cpu_features f = {{0, 0}};
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        uint32_t r[5] = {0};
        bool on =
            rows[i].output == NONE ||
            (__get_cpuid_count(rows[i].leaf, rows[i].subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]) &&
             (r[rows[i].output] >> rows[i].bit & 1));
        features_set(&f, (enum cpu_feature)i, on);
    }
    return f;
}
