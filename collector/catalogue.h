/* catalogue.h: the tests that a bench program offers, as it lists them itself, and the workloads:
 * whole programs in a guest image, whose list `work.list` lies beside it. */
#ifndef COLLECTOR_CATALOGUE_H
#define COLLECTOR_CATALOGUE_H

#include "collector/digest.h"

#include <stddef.h>
#include <stdint.h>

struct catalogue_test {
    char name[96], code[DIGEST_HEX], family[48], alias[96], title[192], kind[16], needs[128];
    int64_t ops, marker, index;
    int64_t id;            /* in the store, once it is there; else 0 */
    char want[DIGEST_HEX]; /* of a workload: the SHA-256 of its answer */
    int is_work;           /* a workload: a process of its own, see work.h */
};
struct catalogue {
    struct catalogue_test *tests;
    size_t count;
    int64_t last_index;
    char sha[DIGEST_HEX]; /* as the bench's hello says */
};

/* Asks `program --list`, and reads work.list beside the program if there is one: 0, or -1 with the
 * reason (also when a list is cut short or contradicts itself). */
int catalogue_read(const char *program, struct catalogue *catalogue, char *err, size_t errlen);
void catalogue_free(struct catalogue *catalogue);
struct catalogue_test *catalogue_find(const struct catalogue *catalogue, const char *name);

#endif
