// The knobs of --set and --dump: one row in settings.def or dump.def is all it takes to add one.
// Engines read them through machine_settings(m)->name and machine_dumps(m, DUMP_name).
#ifndef TM_EMU_MACHINE_SETTINGS_H
#define TM_EMU_MACHINE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct settings {
#define SETTING(name, type, initial, what) type name;
#include "emu/machine/settings.def"
#undef SETTING
};

enum dump_number {
#define DUMP(name, letter, what) DUMP_NUMBER_##name,
#include "emu/machine/dump.def"
#undef DUMP
    DUMP_COUNT
};
enum dump_bit {
#define DUMP(name, letter, what) DUMP_##name = 1u << DUMP_NUMBER_##name,
#include "emu/machine/dump.def"
#undef DUMP
};

extern const struct settings settings_default;

// Apply "KEY=VALUE". 0, or -1 with `why` (of `whylen` bytes) saying what is wrong.
int settings_apply(struct settings *s, const char *assignment, char *why, size_t whylen);
// Turn letters into DUMP_* bits. Same result.
int settings_parse_dump(const char *letters, unsigned *bits, char *why, size_t whylen);
// Both tables, for --help.
void settings_print(FILE *to);

#endif
