// Which guest code the emulator's clocks go to: --hot.
//
// Two sources. Executions of a block are counted by the block itself: the translator emits an
// increment into each. Clocks are sampled: a timer interrupts the CPU's thread, and the host's
// instruction pointer, or while C runs the guest's, says where it was. profile.h knows to the clock
// how much each stage took; samples only say how that is shared out, so a block's clocks add up to
// the run's.
//
// Interface: hot_create(); the translator's hot_translate(), hot_place() ...; hot_start() and
// hot_stop() around the run; hot_make() for the statistics file. Off, there is no struct hot: one
// test where a block is translated, flushed or killed and where C is called for an instruction, and
// translated code as ever.
// Invariants: everything here runs on the CPU's thread; the signal handler calls nothing that
// allocates, and writes only samples. Where the guest marks timed intervals (marker port), what
// lies outside of them is kept apart.
#ifndef TM_EMU_PROFILE_HOT_H
#define TM_EMU_PROFILE_HOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/profile/profile.h"

struct hot;
struct json_t;

// What a block is known by; mode is the translator's own. Code that rewrites its immediates stays
// the same block, other code at the same place is another.
struct hot_key {
    uint32_t linear, phys;
    uint16_t bytes, insns;
    uint8_t mode;
};

// `eip` and `cs_base` are where the CPU keeps them. NULL with *why set. `profile` counts, and is
// told of it.
struct hot *hot_create(struct profile *profile, const uint32_t *eip, const uint32_t *cs_base,
                       const char **why);
void hot_destroy(struct hot *h);
// The thread that calls is sampled in between. -1 with *why set.
int hot_start(struct hot *h, const char **why);
void hot_stop(struct hot *h);

// --- for the translator; addresses are executable ones ---
// `cold`: offset of the part that is filled apart from the one in front of it.
void hot_set_cache(struct hot *h, const uint8_t *code, size_t bytes, size_t cold);
// A block is being translated: returns the counter that it is to increment when it runs.
uint64_t *hot_translate(struct hot *h, struct hot_key key, const uint8_t *guest);
// From here on, what is emitted belongs to that instruction of the block, which begins so many
// bytes into it. 0 is the block's entry, the first instruction is 1.
void hot_place(struct hot *h, const uint8_t *host, unsigned insn, unsigned guest_offset);
// To the one that the code at `like` belongs to.
void hot_place_like(struct hot *h, const uint8_t *host, const uint8_t *like);
// The block ends here; its host code can be read at `copy`.
void hot_end(struct hot *h, const uint8_t *copy, unsigned bytes);
void hot_kill(struct hot *h, struct hot_key key);
void hot_flush(struct hot *h);
// The way out of that number is of this instruction of the block that is being translated.
void hot_make_exit(struct hot *h, size_t number, unsigned insn);
// C runs because translated code was left there; it does that instruction, or the slow part of it;
// what it does now is for what comes next.
void hot_enter_c(struct hot *h, size_t number);
void hot_count_call(struct hot *h);
void hot_leave_c(struct hot *h);

// The guest marks the begin or the end of an interval.
void hot_mark(struct hot *h, bool begin);
// What was found: a JSON object, "hot" of the statistics file. NULL: no memory.
struct json_t *hot_make(const struct hot *h);

#endif
