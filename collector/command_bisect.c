/* command_bisect.c: bisect GOOD BAD TEST: the commit of the emulator that made a test slower.
 *
 * git bisect walks over a clone (commit.h).  At each step the commit's emulator and that of GOOD
 * run the test in turn, and the ratio is judged as confirm judges: bad when it is slower beyond
 * half of what BAD is (in logarithms), good when all of the interval is below, else measured again
 * with twice the rounds, and skipped in the end.  What cannot be built is skipped.  When TEST is
 * wrong or fails in BAD, that is what is looked for. */
#include "collector/command.h"
#include "collector/commit.h"
#include "collector/compare_table.h"
#include "collector/turn.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BISECT_ROUNDS 20
#define BISECT_TRIES  3
#define BISECT_STEPS  256
#define BISECT_ENV    "emu-jit"

enum bisect_verdict { BISECT_GOOD, BISECT_BAD, BISECT_SKIP };
static const char *const verdict_words[] = {"good", "bad", "skip"};

struct bisect_step {
    char sha[COMMIT_SHA], subject[160], build[DIGEST_HEX], remark[300];
    enum bisect_verdict verdict;
    struct statistics_interval ratio;
    int is_first;
};
struct bisect {
    struct commit_cache cache;
    const struct options *options;
    const char *test, *env;
    char database[COMMIT_PATH + 32], good_dir[COMMIT_PATH + 128];
    double threshold; /* of a step */
    int is_broken;    /* BAD is wrong or fails, and is not merely slower */
    struct bisect_step steps[BISECT_STEPS];
    size_t count;
};

static void on_signal(int number)
{
    (void)number;
    sweep_interrupted = 1;
}

/* GOOD and the program in `dir` in turn: 0; 1 they cannot be measured; -1; 2 interrupted. */
static int measure_pair(const struct bisect *b, const char *dir, int64_t rounds,
                        struct turn_answer *answer, char *err, size_t errlen)
{
    struct sweep *sweeps = calloc(2, sizeof *sweeps);
    const char *dirs[2] = {b->good_dir, dir};
    int64_t ids[2] = {0, 0};
    int status = sweeps ? 0 : -1;
    memset(answer, 0, sizeof *answer);
    for (int k = 0; !status && k < 2; k++) {
        struct options o = *b->options;
        memset(&o.words, 0, sizeof o.words);
        memset(&o.tests, 0, sizeof o.tests);
        memset(&o.envs, 0, sizeof o.envs);
        o.tests.items[o.tests.count++] = b->test;
        o.envs.items[o.envs.count++] = b->env;
        o.build_dir = dirs[k];
        o.db = b->database;
        o.rounds = rounds;
        o.minutes = STORE_NONE;
        o.label = k ? "bisect step" : "bisect good";
        status = plan_new(&sweeps[k], &o, NULL, err, errlen) ? 1 : 0;
        ids[k] = sweeps[k].id;
    }
    if (!status && (status = turn_work(sweeps, 2)) < 0)
        snprintf(err, errlen, "%.3000s: %s", b->database, store_error(sweeps[0].store));
    for (int k = 0; sweeps && k < 2; k++)
        if (sweeps[k].store && turn_end(&sweeps[k], status, "aborted") < 0 && !status) {
            snprintf(err, errlen, "%s", store_error(sweeps[k].store));
            status = -1;
        }
    if (!status && turn_judge(sweeps[0].store, b->options, b->threshold, ids, answer, err, errlen))
        status = -1;
    for (int k = 0; sweeps && k < 2; k++)
        plan_close(&sweeps[k]);
    free(sweeps);
    return status;
}

/* What the two sweeps say about the step: 1 when they say enough. */
static int judge_step(const struct bisect *b, const struct matches *m, struct bisect_step *step)
{
    step->ratio = (struct statistics_interval){NAN, NAN, NAN};
    step->verdict = BISECT_SKIP;
    if (!m->count) {
        snprintf(step->remark, sizeof step->remark, "no figure");
        return 1;
    }
    const struct figure *old = m->rows[0].a, *new = m->rows[0].b;
    const struct compare_pair *pair = &m->pairs[0];
    if (!old->is_good) {
        snprintf(step->remark, sizeof step->remark, "GOOD is %s now: %.200s", old->status,
                 old->reason ? old->reason : "");
        return 0;
    }
    if (!new->is_good) {
        step->verdict = b->is_broken ? BISECT_BAD : BISECT_SKIP;
        snprintf(step->remark, sizeof step->remark, "%s: %.250s", new->status,
                 new->reason ? new->reason : "");
        return 1;
    }
    if (b->is_broken) {
        step->verdict = BISECT_GOOD;
        return 1;
    }
    step->ratio = pair->ratio;
    step->remark[0] = 0;
    if (pair->verdict == SIGNIFICANCE_SLOWER)
        step->verdict = BISECT_BAD;
    else if (pair->verdict == SIGNIFICANCE_SAME || pair->verdict == SIGNIFICANCE_FASTER)
        step->verdict = BISECT_GOOD;
    else
        snprintf(step->remark, sizeof step->remark, "%s", match_verdict(m, 0));
    return step->verdict != BISECT_SKIP;
}

/* The same program as one that was judged already. */
static int is_known(const struct bisect *b, struct bisect_step *step)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct bisect_step *s = &b->steps[i];
        if (s == step || strcmp(s->build, step->build) != 0 || s->verdict == BISECT_SKIP)
            continue;
        step->verdict = s->verdict;
        step->ratio = s->ratio;
        snprintf(step->remark, sizeof step->remark, "the same program as %.12s", s->sha);
        return 1;
    }
    return 0;
}

static void tell_step(const struct bisect *b, const struct bisect_step *step)
{
    char figures[100] = "";
    if (!isnan(step->ratio.est))
        snprintf(figures, sizeof figures, ", %.3f (%.3f to %.3f) of GOOD's clocks", step->ratio.est,
                 step->ratio.lo, step->ratio.hi);
    fprintf(stderr, "tickmark: %.12s is %s%s%s%s: %s\n", step->sha, verdict_words[step->verdict],
            figures, *step->remark ? ", " : "", step->remark, step->subject);
    commit_log(&b->cache, "%s %s%s %s\n", step->sha, verdict_words[step->verdict], figures,
               step->remark);
}

/* Builds and measures one commit: 0, -1 (err), 2 interrupted. */
static int take_step(struct bisect *b, const char *sha, char *err, size_t errlen)
{
    char dir[COMMIT_PATH + 128], program[COMMIT_PATH + 160];
    struct bisect_step *step = &b->steps[b->count++];
    int64_t rounds = b->options->rounds == STORE_NONE ? BISECT_ROUNDS : b->options->rounds;
    memset(step, 0, sizeof *step);
    snprintf(step->sha, sizeof step->sha, "%s", sha);
    commit_subject(&b->cache, sha, step->subject, sizeof step->subject);
    step->verdict = BISECT_SKIP;
    step->ratio = (struct statistics_interval){NAN, NAN, NAN};
    fprintf(stderr, "tickmark: building %.12s: %s\n", sha, step->subject);
    int status = commit_build(&b->cache, sha, dir, err, errlen);
    if (status < 0 || status == 2)
        return status;
    if (status > 0) {
        snprintf(step->remark, sizeof step->remark, "%.290s", err);
        tell_step(b, step);
        return 0;
    }
    if (b->count == 1) {
        snprintf(b->good_dir, sizeof b->good_dir, "%s", dir);
        step->verdict = BISECT_GOOD;
    }
    snprintf(program, sizeof program, "%s/" COMMIT_PROGRAM, dir);
    if (digest_file(program, step->build) < 0) {
        snprintf(err, errlen, "%.3000s cannot be read", program);
        return -1;
    }
    if (b->count == 1)
        return 0;
    int known = is_known(b, step);
    for (int tries = 0; !known && tries < BISECT_TRIES; tries++, rounds *= 2) {
        struct turn_answer answer;
        status = measure_pair(b, dir, rounds, &answer, err, errlen);
        if (status == 1)
            snprintf(step->remark, sizeof step->remark, "%.290s", err);
        else if (!status)
            known = judge_step(b, &answer.matches, step);
        turn_free(&answer);
        if (status)
            break;
    }
    if (status < 0 || status == 2)
        return status;
    tell_step(b, step);
    return 0;
}

/* GOOD and BAD themselves: 0 when BAD is worse; else the exit code with a message. */
static int judge_ends(struct bisect *b, char shas[2][COMMIT_SHA], char *err, size_t errlen)
{
    for (int k = 0; k < 2; k++) {
        if (take_step(b, shas[k], err, errlen))
            return 1;
        const struct bisect_step *step = &b->steps[k];
        if (!*step->build) {
            snprintf(err, errlen, "%s (%.12s): %.250s; see %.3000s", k ? "BAD" : "GOOD", shas[k],
                     step->remark, b->cache.log);
            return 1;
        }
    }
    struct bisect_step *bad = &b->steps[1];
    if (bad->verdict == BISECT_SKIP && isnan(bad->ratio.est) &&
        (!strncmp(bad->remark, "wrong:", 6) || !strncmp(bad->remark, "crash:", 6) ||
         !strncmp(bad->remark, "timeout:", 8))) {
        bad->verdict = BISECT_BAD;
        b->is_broken = 1;
        return 0;
    }
    if (bad->verdict == BISECT_BAD) {
        b->threshold = sqrt(bad->ratio.est) - 1;
        return 0;
    }
    if (isnan(bad->ratio.est))
        snprintf(err, errlen, "%s cannot be compared: %.250s", b->test, bad->remark);
    else
        snprintf(err, errlen,
                 "%s is not shown to be slower in BAD: %.3f (%.3f to %.3f) of GOOD's clocks",
                 b->test, bad->ratio.est, bad->ratio.lo, bad->ratio.hi);
    return 1;
}

static int is_first_bad(struct bisect *b, const char *sha)
{
    for (size_t i = 0; i < b->count; i++)
        if (!strncmp(b->steps[i].sha, sha, 40)) {
            b->steps[i].is_first = 1;
            return 1;
        }
    return 0;
}

/* git bisect's own walk: 0 found, 1 (err), 2 interrupted. */
static int walk(struct bisect *b, char shas[2][COMMIT_SHA], char *err, size_t errlen)
{
    char text[16384], head[COMMIT_SHA + 16], bisect[] = "bisect", start[] = "start";
    char reset[] = "reset", word[16], parse[] = "rev-parse", at[] = "HEAD";
    char *first[] = {bisect, start, shas[1], shas[0], NULL};
    char *next[] = {bisect, word, NULL}, *where[] = {parse, at, NULL},
         *forget[] = {bisect, reset, NULL};
    commit_git(&b->cache, forget, text, sizeof text, err, errlen); /* of one that was killed */
    int code = commit_git(&b->cache, first, text, sizeof text, err, errlen);
    for (;;) {
        commit_log(&b->cache, "%s", text);
        char *found = strstr(text, " is the first bad commit");
        if (found && found - text >= 40)
            return is_first_bad(b, found - 40) ? 0 : 1;
        if (strstr(text, "only 'skip'ped commits left")) {
            char *list = strstr(text, "could be any of:");
            snprintf(err, errlen,
                     "only commits are left that had to be skipped; the first bad one %s",
                     list ? list : "is among them");
            for (char *c = err; *c; c++)
                *c = *c == '\n' ? ' ' : *c;
            return 1;
        }
        if (code < 0)
            return 1;
        if (code) {
            text[strcspn(text, "\n")] = 0;
            snprintf(err, errlen, "git bisect: %.300s", text);
            return 1;
        }
        if (commit_git(&b->cache, where, head, sizeof head, err, errlen) != 0)
            return 1;
        head[strcspn(head, "\n")] = 0;
        if (b->count == BISECT_STEPS) {
            snprintf(err, errlen, "no end after %d steps", BISECT_STEPS);
            return 1;
        }
        int status = take_step(b, head, err, errlen);
        if (status)
            return status == 2 ? 2 : 1;
        snprintf(word, sizeof word, "%s", verdict_words[b->steps[b->count - 1].verdict]);
        code = commit_git(&b->cache, next, text, sizeof text, err, errlen);
    }
}

static int print_steps(const struct bisect *b)
{
    static const char *const heads[] = {"step", "commit", "verdict", "ratio", "from",
                                        "to",   "first",  "subject", "remark"};
    struct table table;
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    for (size_t i = 0; i < b->count; i++) {
        const struct bisect_step *step = &b->steps[i];
        char sha[16];
        snprintf(sha, sizeof sha, "%.12s", step->sha);
        table_integer(&table, (int64_t)i);
        table_text(&table, sha);
        table_text(&table, verdict_words[step->verdict]);
        table_number(&table, step->ratio.est, 4);
        table_number(&table, step->ratio.lo, 4);
        table_number(&table, step->ratio.hi, 4);
        table_text(&table, step->is_first ? "first bad" : NULL);
        table_text(&table, step->subject);
        table_text(&table, *step->remark ? step->remark : NULL);
    }
    return command_print(&table, b->options);
}

static int bisect(struct bisect *b, char *err, size_t errlen)
{
    char shas[2][COMMIT_SHA];
    if (commit_open(&b->cache, b->options, err, errlen) < 0)
        return 1;
    for (int k = 0; k < 2; k++)
        if (commit_resolve(&b->cache, b->options->words.items[k], shas[k], err, errlen) < 0)
            return 1;
    char text[300], base[] = "merge-base", is[] = "--is-ancestor";
    char *words[] = {base, is, shas[0], shas[1], NULL};
    if (!strcmp(shas[0], shas[1]) ||
        commit_git(&b->cache, words, text, sizeof text, err, errlen) != 0) {
        snprintf(err, errlen, "%.100s is no ancestor of %.100s", b->options->words.items[0],
                 b->options->words.items[1]);
        return 1;
    }
    snprintf(b->database, sizeof b->database, "%s/bisect.db", b->cache.dir);
    commit_log(&b->cache, "\n==== bisect %s %s %s in %s\n", shas[0], shas[1], b->test, b->env);
    int code = judge_ends(b, shas, err, errlen);
    if (!code)
        code = walk(b, shas, err, errlen);
    if (sweep_interrupted) {
        snprintf(err, errlen, "interrupted; what was built is kept in %.3000s", b->cache.dir);
        code = 1;
    }
    if (b->count > 1 && print_steps(b))
        code = 1;
    return code;
}

int command_bisect(const struct options *options)
{
    char err[8192] = "no memory";
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (options->words.count != 3)
        return command_fail("bisect wants GOOD BAD TEST: two commits of the emulator and a test");
    if (options->envs.count > 1)
        return command_fail("bisect wants one environment");
    const char *env = options->envs.count ? options->envs.items[0] : BISECT_ENV;
    const struct env *row = env_find(env);
    if (!row || strcmp(row->project, "tickmark-emu") != 0)
        return command_fail("bisect wants an environment of our emulator: emu-jit or emu-interp");
    struct bisect *b = calloc(1, sizeof *b);
    if (!b)
        return command_fail(err);
    b->options = options;
    b->test = options->words.items[2];
    b->env = env;
    b->threshold = NAN;
    b->cache.lock_fd = -1;
    if (strpbrk(b->test, "*?~") || compare_table_threshold(options, &b->threshold) < 0) {
        free(b);
        return command_fail("bisect wants the name of one test, and --threshold percent");
    }
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int code = bisect(b, err, sizeof err);
    if (code)
        command_fail(err);
    for (size_t i = 0; !code && i < b->count; i++)
        if (b->steps[i].is_first && !options->json && !options->tsv)
            printf("\nfirst bad commit: %s %s\n", b->steps[i].sha, b->steps[i].subject);
    commit_close(&b->cache);
    free(b);
    return code;
}
