/* commit.h: programs of single commits: a clone of the user's repository in a cache folder, in
 * which git bisect walks and the emulator is built.
 *
 * The clone borrows the user's objects (git clone --shared) and has refs, an index and a checkout
 * of its own: nothing is written to the user's repository or checkout.  Cache:
 *   checkout/        the clone; its build folder is kept, so that a step builds what differs
 *   builds/SHA/      the commit's emulator, beside links to one bench for all of them
 *   bisect.db, log   samples of all steps; what was said and done
 *   lock             one bisection at a time */
#ifndef COLLECTOR_COMMIT_H
#define COLLECTOR_COMMIT_H

#include "collector/option.h"

#include <limits.h>

#define COMMIT_SHA     64
#define COMMIT_PATH    (PATH_MAX - 512)
#define COMMIT_PROGRAM "tickmark-emu"

struct commit_cache {
    char repo[COMMIT_PATH], dir[COMMIT_PATH], checkout[COMMIT_PATH + 16], log[COMMIT_PATH + 16];
    char bench[COMMIT_PATH]; /* where the bench of all builds is */
    const char *make;        /* shell command that builds the emulator in the checkout */
    int lock_fd;
};

/* Makes or finds the cache and takes its lock: 0, or -1 with the reason. */
int commit_open(struct commit_cache *cache, const struct options *options, char *err,
                size_t errlen);
void commit_close(struct commit_cache *cache);
/* `word` as git understands it, as a full name: 0 or -1 with the reason. */
int commit_resolve(const struct commit_cache *cache, const char *word, char sha[COMMIT_SHA],
                   char *err, size_t errlen);
/* First line of its message. */
void commit_subject(const struct commit_cache *cache, const char *sha, char *text, size_t room);
/* git with these words in the clone: its exit code and what it says, or -1 with the reason. */
int commit_git(const struct commit_cache *cache, char *const *words, char *text, size_t room,
               char *err, size_t errlen);
/* dir = a folder with the commit's emulator: 0, 1 it cannot be built (err: how it ended), -1 the
 * cache cannot be written, 2 interrupted. */
int commit_build(const struct commit_cache *cache, const char *sha, char dir[COMMIT_PATH + 128],
                 char *err, size_t errlen);
void commit_log(const struct commit_cache *cache, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
