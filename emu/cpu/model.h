// CPU models: what -cpu chooses.
//
// Interface: model_parse(), model_default(), model_print_help(). Invariant: a model has no feature
// that the emulator does not have, that this host cannot execute, or whose needs it lacks.
#ifndef TM_EMU_CPU_MODEL_H
#define TM_EMU_CPU_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/cpu/features.h"

struct cpu_model {
    const char *name;
    char vendor[13], brand[49];
    uint32_t signature;            // CPUID leaf 1, EAX
    uint32_t basic, extended;      // highest CPUID leaves; extended 0: none
    unsigned phys_bits, l2_kbytes; // l2_kbytes 0: not shown
    struct cpu_features features;
};

// "MODEL[,+feature][,-feature][,feature=on|off]...". 0, or -1 with `why` set: an unknown name and
// the nearest one, or a feature that cannot be had. `note` (of `whylen` bytes, too) says what was
// taken away because the host cannot execute it; "" if nothing.
int model_parse(const char *text, struct cpu_model *m, char *why, char *note, size_t whylen);
// "max".
const struct cpu_model *model_default(void);
// The list of models and features.
void model_print_help(FILE *to);

#endif
