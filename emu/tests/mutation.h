// Mutated inputs: bytes and texts that are nearly right, and files that are none.
//
// A class (mutate.def) makes one input from the random numbers, gives it to the part of the
// emulator that reads such things, and says what became of it. Its rule: taken or refused, and a
// refusal names the input. All files are in a folder of their own, where the process also is.
#ifndef TM_EMU_TESTS_MUTATION_H
#define TM_EMU_TESTS_MUTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine_config;

enum { MUTATION_TEXT = 1024 };

struct mutation {
    uint64_t rng;
    bool full;                 // a long run: more of the guests are executed
    char input[MUTATION_TEXT]; // what is being read, for messages
    char why[512];             // how it was refused
};

// --- choices ---
uint32_t mutation_any(struct mutation *u);
uint32_t mutation_below(struct mutation *u, uint32_t n);
bool mutation_chance(struct mutation *u, uint32_t one_in);
uint32_t mutation_number(struct mutation *u); // at an edge, mostly

// Change the n bytes at `bytes` (room for `room`): single bits, numbers, runs, length; places in
// `hot` (offsets of fields that matter) are changed as often as all others. Returns the new length.
size_t mutation_bytes(struct mutation *u, uint8_t *bytes, size_t n, size_t room,
                      const uint16_t *hot, size_t nhot);
// The same for a text of at most room - 1 characters; `words` are what its language is made of.
// No '/' and no control characters get in: a text must not name what is outside of the folder.
void mutation_text(struct mutation *u, char *text, size_t room, const char *const *words,
                   size_t nwords);

// --- files ---
bool mutation_write(const char *path, const void *bytes, size_t n);
// The whole file in malloc()ed memory with room for `extra` more; NULL if there is none.
uint8_t *mutation_read(const char *path, size_t extra, size_t *n);
// The name of something that is no good file: a folder, a FIFO, a socket, devices, links to
// nowhere and to itself, nothing; made before the first class runs.
const char *mutation_odd_file(struct mutation *u);
bool mutation_make_odd_files(void);

// --- running ---
// The machine that `config` describes is made, runs for at most `ns` on its clock (0: not at all)
// and is unmade. False if it was refused (u->why).
bool mutation_boot(struct mutation *u, const struct machine_config *config, uint64_t ns);

// The classes: true if the input was taken.
#define CLASS(name, what) bool mutate_##name(struct mutation *u);
#include "emu/tests/mutate.def"
#undef CLASS

#endif
