/* side.h: one side of a comparison: a word of the command line and the figures that it stands for.
 *
 * A word is a sweep (its number, label or the start of its sum), a build (version, commit or the
 * start of its sum), an environment or a host, measured or published; `sweep:7` says which is
 * meant. The figures of a side are the newest ones of each host, environment and test. */
#ifndef COLLECTOR_SIDE_H
#define COLLECTOR_SIDE_H

#include "collector/option.h"

struct figure { /* texts point into the side's table */
    const char *test, *env, *host, *host_fp, *family, *code, *status, *reason, *version, *build_sha,
        *unit, *started, *guest_tsc, *step;
    int64_t id, sweep_id, rounds, ops, env_id, build_id, test_id, host_id;
    double est, lo, hi, tsc_per_op, clk_ghz, noise_floor;
    int is_floor, compares, answers, is_good, is_published;
};
struct figures {
    struct store_table from;
    struct figure *rows;
    size_t count;
};
struct side {
    char kind[8], key[160], label[200];
    int is_published;
    struct figures figures;
};

/* What the word stands for; kind NULL: any.  0, or -1 with a message that names what it may be. */
int side_find(struct store *store, const char *word, struct side *side, char *err, size_t errlen);
/* Its figures, of tests, environments and hosts that the options choose: 0 or -1 (err). */
int side_load(struct store *store, const struct options *options, struct side *side, char *err,
              size_t errlen);
void side_free(struct side *side);
/* JSON array of the host ids that the options choose: none chosen, that of the newest sweep. */
char *side_list_hosts(struct store *store, const struct options *options, char *err, size_t errlen);
/* The rows of figures.sql or trend.sql that the options choose; takes the table. */
int side_take_rows(struct figures *figures, struct store_table *from,
                   const struct options *options);
void side_free_figures(struct figures *figures);

#endif
