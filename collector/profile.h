/* profile.h: what tickmark-emu wrote with --stats or --hot, for tables: where its clocks went, by
 * stage and, with --hot, by block of guest code.
 *
 * Where the guest marked timed intervals all of it is about these and not about the rest of the
 * run. A file may say anything: what is missing is 0, what has the wrong type is left out, and no
 * text or list of it is trusted with a length. */
#ifndef COLLECTOR_PROFILE_H
#define COLLECTOR_PROFILE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_STAGES 11
extern const char *const profile_stage_names[PROFILE_STAGES];
/* What the stage's items are: profile_items[k] follows "clk per". */
extern const char *const profile_stage_items[PROFILE_STAGES];

struct profile_sum {
    double clk, entries, items, bytes;
};
struct profile_insn { /* the first one of a block is its entry */
    uint32_t guest, host;
    double clk, c_clk, exits; /* translated code; C on its behalf, and how often that was called */
};
struct profile_block {
    uint32_t linear, phys;
    int mode, translated; /* 0: an address where the interpreter was */
    double clk, samples, execs, exits, translations, kills, insns;
    double stages[PROFILE_STAGES];
    uint8_t *guest, *host; /* NULL: not in the file */
    size_t guest_bytes, host_bytes;
    struct profile_insn *insn;
    size_t insn_count;
    char symbol[128]; /* "": none */
};
struct profile {
    json_t *root;
    char engine[24], test[96], version[64], env[24], build[80]; /* build: its SHA-256 */
    int has_blocks, of_intervals;
    double clk, insns, ops; /* ops 0: not known */
    double clk_elsewhere, samples, period_us;
    struct profile_sum stages[PROFILE_STAGES];
    struct profile_block *blocks; /* by clocks, as in the file */
    size_t block_count;
};

/* 0, or -1 with a message that names the file. */
int profile_load(const char *path, struct profile *profile, char *err, size_t errlen);
void profile_free(struct profile *profile);
/* Clocks per what: "op" if the operations are known, else "insn" (1,000 would be no clearer). */
const char *profile_unit(const struct profile *profile);
double profile_units(const struct profile *profile);

#endif
