/* commit.c: see commit.h. */
#include "collector/commit.h"
#include "collector/child.h"
#include "collector/digest.h"
#include "collector/stamp.h"
#include "collector/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIT_TIMEOUT_S 300
#define GIT_WORDS     24
#define COMMIT_MAKE   "make -s -j\"$(nproc)\" build/" COMMIT_PROGRAM

static int run_git(const char *dir, char *const *words, char *text, size_t room, char *err,
                   size_t errlen)
{
    char git[] = "git", at[] = "-C", quiet[] = "-c", advice[] = "advice.detachedHead=false";
    char *argv[GIT_WORDS + 8] = {git, at, (char *)(uintptr_t)dir, quiet, advice};
    size_t used = 5;
    int code;
    for (; *words && used < GIT_WORDS + 7; words++)
        argv[used++] = *words;
    if (child_capture(argv, -1, GIT_TIMEOUT_S, text, room, &code, err, errlen) < 0)
        return -1;
    return code;
}

int commit_git(const struct commit_cache *cache, char *const *words, char *text, size_t room,
               char *err, size_t errlen)
{
    return run_git(cache->checkout, words, text, room, err, errlen);
}

static int make_folders(const char *path, char *err, size_t errlen)
{
    char part[COMMIT_PATH + 128];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = 0;
        if (mkdir(part, 0700) < 0 && errno != EEXIST) {
            snprintf(err, errlen, "%.3000s: %s", part, strerror(errno));
            return -1;
        }
        if (!slash)
            return 0;
        *slash = '/';
    }
}

/* Where the cache is: --cache, or a folder of the repository's own in the user's cache. */
static int choose_dir(struct commit_cache *cache, const struct options *options, char *err,
                      size_t errlen)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char sha[DIGEST_HEX];
    int used;
    digest_text(cache->repo, sha);
    if (options->cache)
        used = snprintf(cache->dir, sizeof cache->dir, "%s", options->cache);
    else if (base && *base == '/')
        used = snprintf(cache->dir, sizeof cache->dir, "%s/tickmark/bisect-%.12s", base, sha);
    else if (home && *home == '/')
        used =
            snprintf(cache->dir, sizeof cache->dir, "%s/.cache/tickmark/bisect-%.12s", home, sha);
    else
        used = snprintf(cache->dir, sizeof cache->dir, "/tmp/tickmark-bisect-%ld-%.12s",
                        (long)getuid(), sha);
    if (used < 0 || (size_t)used >= sizeof cache->dir) {
        snprintf(err, errlen, "the name of the cache folder is too long");
        return -1;
    }
    return make_folders(cache->dir, err, errlen);
}

static int make_clone(struct commit_cache *cache, char *err, size_t errlen)
{
    char git[COMMIT_PATH + 32], text[2000], why[300];
    char clone[] = "clone", quiet[] = "-q", shared[] = "--shared", bare[] = "--no-checkout";
    snprintf(git, sizeof git, "%s/.git", cache->checkout);
    if (access(git, F_OK) == 0)
        return 0;
    char *words[] = {clone, quiet, shared, bare, cache->repo, cache->checkout, NULL};
    int code = run_git(cache->dir, words, text, sizeof text, why, sizeof why);
    if (!code)
        return 0;
    text[strcspn(text, "\n")] = 0;
    snprintf(err, errlen, "git clone of %.2000s: %.300s", cache->repo, code < 0 ? why : text);
    return -1;
}

int commit_open(struct commit_cache *cache, const struct options *options, char *err, size_t errlen)
{
    char text[COMMIT_PATH], lock[COMMIT_PATH + 16], builds[COMMIT_PATH + 16];
    char parse[] = "rev-parse", top[] = "--absolute-git-dir", *words[] = {parse, top, NULL};
    const char *repo = options->repo ? options->repo : ".";
    memset(cache, 0, sizeof *cache);
    cache->lock_fd = -1;
    cache->make = options->make ? options->make : COMMIT_MAKE;
    setenv("LC_ALL", "C", 1); /* git's words are read below */
    if (!realpath(repo, cache->repo)) {
        snprintf(err, errlen, "%.2000s: %s", repo, strerror(errno));
        return -1;
    }
    if (run_git(cache->repo, words, text, sizeof text, err, errlen) != 0) {
        snprintf(err, errlen, "%.2000s is in no git repository (--repo names one)", cache->repo);
        return -1;
    }
    plan_find_build_dir(options, cache->bench, sizeof cache->bench);
    if (choose_dir(cache, options, err, errlen) < 0)
        return -1;
    snprintf(cache->checkout, sizeof cache->checkout, "%s/checkout", cache->dir);
    snprintf(cache->log, sizeof cache->log, "%s/log", cache->dir);
    snprintf(builds, sizeof builds, "%s/builds", cache->dir);
    snprintf(lock, sizeof lock, "%s/lock", cache->dir);
    cache->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (cache->lock_fd < 0 || make_folders(builds, err, errlen) < 0) {
        snprintf(err, errlen, "%.3000s: %s", lock, strerror(errno));
        return -1;
    }
    if (flock(cache->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        snprintf(err, errlen, "another bisect is at work in %.3000s", cache->dir);
        return -1;
    }
    return make_clone(cache, err, errlen);
}

void commit_close(struct commit_cache *cache)
{
    if (cache->lock_fd >= 0)
        close(cache->lock_fd);
    cache->lock_fd = -1;
}

int commit_resolve(const struct commit_cache *cache, const char *word, char sha[COMMIT_SHA],
                   char *err, size_t errlen)
{
    char text[2000], name[300];
    char parse[] = "rev-parse", verify[] = "--verify", end[] = "--end-of-options";
    char *words[] = {parse, verify, end, name, NULL};
    snprintf(name, sizeof name, "%.250s^{commit}", word);
    int code = run_git(cache->repo, words, text, sizeof text, err, errlen);
    text[strcspn(text, "\n")] = 0;
    char *line = strstr(text, "--end-of-options") == text ? text : NULL; /* git before 2.30 */
    if (!code && !line && strlen(text) >= 40 && strlen(text) < COMMIT_SHA) {
        snprintf(sha, COMMIT_SHA, "%.60s", text);
        return 0;
    }
    if (code >= 0)
        snprintf(err, errlen, "no commit '%.100s' in %.2000s", word, cache->repo);
    return -1;
}

void commit_subject(const struct commit_cache *cache, const char *sha, char *text, size_t room)
{
    char log[] = "log", one[] = "-1", format[] = "--format=%s", err[300];
    char *words[] = {log, one, format, (char *)(uintptr_t)sha, NULL};
    if (run_git(cache->repo, words, text, room, err, sizeof err) != 0)
        text[0] = 0;
    text[strcspn(text, "\n")] = 0;
}

void commit_log(const struct commit_cache *cache, const char *format, ...)
{
    FILE *out = fopen(cache->log, "ae");
    va_list ap;
    if (!out)
        return; /* nothing depends on it */
    va_start(ap, format);
    vfprintf(out, format, ap);
    va_end(ap);
    fclose(out);
}

/* The shell command in the checkout, to its end; what it says goes to the log: its wait status, -1
 * it cannot be started, -2 interrupted. */
static int run_make(const struct commit_cache *cache, char *err, size_t errlen)
{
    char shell[] = "sh", dash_c[] = "-c", script[COMMIT_PATH + 1024];
    char *argv[] = {shell,
                    dash_c,
                    script,
                    shell,
                    (char *)(uintptr_t)cache->log,
                    (char *)(uintptr_t)cache->checkout,
                    NULL};
    struct child_spec spec = {.argv = argv, .cpu = -1, .keep_aslr = 1, .cwd = cache->checkout};
    struct child child;
    int status = 0;
    snprintf(script, sizeof script, "exec >>\"$1\" 2>&1; unset MAKEFLAGS MFLAGS MAKELEVEL; %.1000s",
             cache->make);
    if (child_start(&spec, &child, err, errlen) < 0)
        return -1;
    while (!child_poll(&child, &status) && !sweep_interrupted)
        poll(NULL, 0, 50);
    int interrupted = child.pid > 0;
    child_end(&child);
    return interrupted ? -2 : status;
}

static int link_bench(const struct commit_cache *cache, const char *dir, char *err, size_t errlen)
{
    static const char *const names[] = {"tickbench", "tickbench.elf", "tickbench.img"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char from[COMMIT_PATH + 32], to[COMMIT_PATH + 160];
        snprintf(from, sizeof from, "%s/%s", cache->bench, names[i]);
        snprintf(to, sizeof to, "%s/%s", dir, names[i]);
        unlink(to);
        if (symlink(from, to) < 0) {
            snprintf(err, errlen, "%.3000s: %s", to, strerror(errno));
            return -1;
        }
    }
    return 0;
}

/* Under its name only when it is whole. */
static int keep_program(const char *from, const char *to, char *err, size_t errlen)
{
    char part[COMMIT_PATH + 200], bytes[65536];
    snprintf(part, sizeof part, "%s.part", to);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    ssize_t got = -1;
    while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)got) != got) {
            got = -1;
            break;
        }
    int number = errno;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) < 0)
        got = -1;
    if (got == 0 && rename(part, to) == 0)
        return 0;
    snprintf(err, errlen, "%.3000s: %s", to, strerror(number));
    unlink(part);
    return -1;
}

int commit_build(const struct commit_cache *cache, const char *sha, char dir[COMMIT_PATH + 128],
                 char *err, size_t errlen)
{
    char kept[COMMIT_PATH + 160], built[COMMIT_PATH + 64], text[2000];
    char checkout[] = "checkout", quiet[] = "-q", force[] = "--force", detach[] = "--detach";
    char *words[] = {checkout, quiet, force, detach, (char *)(uintptr_t)sha, NULL};
    snprintf(dir, COMMIT_PATH + 128, "%s/builds/%.40s", cache->dir, sha);
    snprintf(kept, sizeof kept, "%s/" COMMIT_PROGRAM, dir);
    snprintf(built, sizeof built, "%s/build/" COMMIT_PROGRAM, cache->checkout);
    if (make_folders(dir, err, errlen) < 0 || link_bench(cache, dir, err, errlen) < 0)
        return -1;
    if (access(kept, X_OK) == 0)
        return 0;
    int code = commit_git(cache, words, text, sizeof text, err, errlen);
    if (code) {
        text[strcspn(text, "\n")] = 0;
        if (code > 0)
            snprintf(err, errlen, "git checkout of %.12s: %.300s", sha, text);
        return -1;
    }
    unlink(built); /* what is there afterwards is of this commit */
    commit_log(cache, "== build %s: %s\n", sha, cache->make);
    int64_t begun_ns = stamp_now().at_ns;
    int status = run_make(cache, err, errlen);
    commit_log(cache, "== status %d after %.0f s\n", status,
               (double)(stamp_now().at_ns - begun_ns) / 1e9);
    if (status == -2)
        return 2;
    if (status == -1)
        return -1;
    if (status || access(built, X_OK) < 0) {
        if (status)
            snprintf(err, errlen, "it cannot be built (status %d)",
                     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        else
            snprintf(err, errlen, "its build leaves no build/" COMMIT_PROGRAM);
        return 1;
    }
    return keep_program(built, kept, err, errlen);
}
