// The options about the board: -m, -smp, -machine, -accel and -rtc, with QEMU's words.
#ifndef TM_EMU_BOARD_H
#define TM_EMU_BOARD_H

#include "emu/machine/machine.h"

struct board_words {
    struct machine_config *config;
    bool interp;         // the engine that was named last is the interpreter
    bool accel;          // an engine was named that there is
    const char *missing; // an engine was named that there is not
};

// 0, or -1 with `why` set.
int board_parse_memory(struct board_words *b, char *text, char *why, size_t whylen);
int board_parse_smp(char *text, char *why, size_t whylen);
int board_parse_machine(struct board_words *b, char *text, char *why, size_t whylen);
int board_parse_rtc(struct board_words *b, char *text, char *why, size_t whylen);
// An engine, or several with colons between them, of which the first that exists counts. Of several
// options the last one counts that names one that exists: -accel kvm -accel tcg.
int board_parse_accel(struct board_words *b, char *text, char *why, size_t whylen);
// When the line is read: was one named that exists, if any was?
int board_finish_accel(const struct board_words *b, char *why, size_t whylen);

#endif
