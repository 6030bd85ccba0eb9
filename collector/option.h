/* option.h: the command line: one word that names a command, then options of option.def. */
#ifndef COLLECTOR_OPTION_H
#define COLLECTOR_OPTION_H

#include "collector/table.h"

#define OPTION_LIST 64

struct option_list {
    const char *items[OPTION_LIST];
    size_t count;
};
struct options {
    int quick, json, tsv, md, all, canonical, dry_run, items, keep, png, svg, list;
    struct option_list tests, envs, hosts;
    struct option_list words;                                      /* what is no option */
    int64_t rounds, minutes, seed, timeout_s, days, top, listings; /* STORE_NONE: not given */
    const char *label, *db, *build_dir, *out_dir, *old_dir, *threshold, *file, *map, *events;
    const char *repo, *cache, *make, *plan, *precision;
    int watch, twin;
    /* of a plan file only */
    struct option_list emu_options;
    const void *env_rounds; /* JSON object: environment, rounds; or NULL */
};

/* Parses argv[0..argc) for a command that takes the options in `taken` (with a '.': and words): 0,
 * or -1 with a message that names what is wrong and the nearest right word. */
int option_parse(int argc, char **argv, const char *taken, struct options *options, char *err,
                 size_t errlen);
void option_print_help(const char *taken, FILE *out);
enum table_format option_format(const struct options *options);
/* The one of `words` that is nearest to `word`, or NULL when none is near. */
const char *option_nearest(const char *word, const char *const *words, size_t count);
/* `*` and `?` only. */
int option_glob_match(const char *glob, const char *name);
/* Whether name is chosen: by any of the globs (or there is none) and by no ~glob. */
int option_chooses(const struct option_list *globs, const char *name);

#endif
