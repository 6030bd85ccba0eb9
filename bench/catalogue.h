/* All tests, in catalogue order. */
#ifndef BENCH_CATALOGUE_H
#define BENCH_CATALOGUE_H
#include "bench/test.h"

#define CATALOGUE_MAX 2048u

struct catalogue_entry {
    const struct test *test;
    uint8_t code_sha[32];
    uint32_t id; /* CRC-32 of the name, low 24 bits */
};

extern struct catalogue_entry catalogue[CATALOGUE_MAX];
extern uint32_t catalogue_count;
extern uint8_t catalogue_sha[32]; /* of all names and code digests */

void catalogue_init(void);
void catalogue_print(void);                                    /* the lines of --list */
bool catalogue_match_glob(const char *glob, const char *name); /* * and ? */

#endif
