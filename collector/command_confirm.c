/* command_confirm.c: what regress flagged, measured again: fresh processes, old and new programs in
 * turn (old, new, new, old, ...), so that what the machine does meanwhile hits both.
 *
 * One pair of sweeps for each (environment, old build, new build) among the suspects, worked off
 * round by round.  A suspect that is slower again is confirmed, else refuted; one that could not be
 * measured stays. */
#include "collector/command.h"
#include "collector/compare_table.h"
#include "collector/turn.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_ROUNDS 20

struct suspects { /* rows [from, to) of the table: one environment and pair of builds */
    struct store_table table;
    size_t from, to;
    struct table answers; /* of all groups */
    struct compare_sum sum;
};

static const char *text_of(const struct suspects *s, size_t row, const char *column)
{
    return store_cell(&s->table, row, (size_t)store_find_column(&s->table, column))->text;
}

static int64_t number_of(const struct suspects *s, size_t row, const char *column)
{
    return atoll(text_of(s, row, column));
}

static void on_signal(int number)
{
    (void)number;
    sweep_interrupted = 1;
}

/* Whether the folder holds the program of that sum. */
static int holds_build(const char *kind, const struct options *options, const char *sha, char *err,
                       size_t errlen)
{
    struct env_site site;
    char found[DIGEST_HEX], why[320];
    const struct env *env = env_find(kind);
    memset(&site, 0, sizeof site);
    plan_find_build_dir(options, site.build_dir, sizeof site.build_dir);
    if (!env || env->present(&site, why, sizeof why) < 0) {
        snprintf(err, errlen, "%s: %s", kind, env ? why : "no such environment any more");
        return 0;
    }
    if (digest_file(site.program, found) < 0) {
        snprintf(err, errlen, "%.300s cannot be read", site.program);
        return 0;
    }
    if (!strcmp(found, sha))
        return 1;
    snprintf(err, errlen, "%s: the suspects are of build %.12s, %.300s is %.12s", kind, sha,
             site.program, found);
    return 0;
}

static const struct match *find_match(const struct matches *matches, const char *test, size_t *at)
{
    for (*at = 0; *at < matches->count; ++*at)
        if (!strcmp(matches->rows[*at].a->test, test))
            return &matches->rows[*at];
    return NULL;
}

/* What became of each suspect, into the store; how many are confirmed, or -1. */
static int store_outcomes(struct store *store, const struct suspects *s,
                          const struct matches *matches, int64_t sweep_id)
{
    int confirmed = 0;
    for (size_t i = s->from; i < s->to; i++) {
        size_t at;
        const struct match *m = find_match(matches, text_of(s, i, "test"), &at);
        if (!m || (m->remark && !match_is_worse(matches, at)))
            continue;
        const struct compare_pair *pair = &matches->pairs[at];
        int is_worse = match_is_worse(matches, at);
        int has_interval = !isnan(pair->ratio.lo) && !isnan(pair->p);
        struct store_change change = {.test_id = number_of(s, i, "test_id"),
                                      .host_id = number_of(s, i, "host_id"),
                                      .from_build = number_of(s, i, "from_build"),
                                      .to_build = number_of(s, i, "to_build"),
                                      .confirm_sweep = sweep_id,
                                      .env = text_of(s, i, "env"),
                                      .state = is_worse ? "confirmed" : "refuted",
                                      .ratio = has_interval ? pair->ratio.est : 1,
                                      .lo = has_interval ? pair->ratio.lo : 0,
                                      .hi = has_interval && !isinf(pair->ratio.hi) ? pair->ratio.hi
                                                                                   : 1e300,
                                      .p = has_interval ? pair->p : 0};
        if (store_put_change(store, &change) < 0)
            return -1;
        confirmed += is_worse;
    }
    return confirmed;
}

/* Judges the two sweeps against each other: confirmed ones, or -1 with the reason told. */
static int judge_pair(struct store *store, struct suspects *s, const struct options *options,
                      double threshold, const int64_t sweeps[2])
{
    struct turn_answer answer;
    char err[600] = "";
    int confirmed = -1;
    if (turn_judge(store, options, threshold, sweeps, &answer, err, sizeof err) < 0)
        command_fail(err);
    else if ((confirmed = store_outcomes(store, s, &answer.matches, sweeps[1])) < 0)
        command_fail(store_error(store));
    if (confirmed >= 0) {
        compare_table_put(&s->answers, &answer.matches, 0);
        compare_table_add_sum(&s->sum, &answer.matches);
    }
    turn_free(&answer);
    return confirmed;
}

/* Measures one group of suspects: how many are confirmed, -1 error (told), -2 interrupted. */
static int confirm_group(struct store *store, struct suspects *s, const struct options *options,
                         double threshold)
{
    struct options planned[2] = {*options, *options};
    static const char *const labels[] = {"confirm old", "confirm new"};
    struct sweep *sweeps = calloc(2, sizeof *sweeps);
    char err[4200] = "no memory";
    int64_t ids[2] = {0, 0};
    int status = sweeps ? 0 : 1;
    planned[0].build_dir = options->old_dir;
    for (int k = 0; !status && k < 2; k++) {
        struct options *o = &planned[k];
        memset(&o->tests, 0, sizeof o->tests);
        memset(&o->envs, 0, sizeof o->envs);
        for (size_t i = s->from; i < s->to && o->tests.count < OPTION_LIST; i++)
            o->tests.items[o->tests.count++] = text_of(s, i, "test");
        o->envs.items[o->envs.count++] = text_of(s, s->from, "env");
        o->rounds = options->rounds == STORE_NONE ? CONFIRM_ROUNDS : options->rounds;
        o->label = labels[k];
        status = plan_new(&sweeps[k], o, NULL, err, sizeof err);
        ids[k] = sweeps[k].id;
    }
    if (status)
        command_fail(err);
    else if ((status = turn_work(sweeps, 2)) < 0)
        command_fail("the database could not be written");
    int ended = 0;
    for (int k = 0; sweeps && k < 2; k++) {
        if (sweeps[k].store && turn_end(&sweeps[k], status, "aborted") < 0)
            ended = -1;
        plan_close(&sweeps[k]);
    }
    free(sweeps);
    if (status == 2)
        return -2;
    if (status || ended < 0)
        return -1;
    return judge_pair(store, s, options, threshold, ids);
}

static size_t end_of_group(const struct suspects *s)
{
    size_t to = s->from + 1;
    while (to < s->table.rows && to < s->from + OPTION_LIST &&
           !strcmp(text_of(s, to, "env"), text_of(s, s->from, "env")) &&
           number_of(s, to, "from_build") == number_of(s, s->from, "from_build") &&
           number_of(s, to, "to_build") == number_of(s, s->from, "to_build"))
        to++;
    return to;
}

static int choose_suspects(struct suspects *s, const struct options *options)
{
    size_t kept = 0, columns = s->table.columns;
    for (size_t i = 0; i < s->table.rows; i++) {
        if (!option_chooses(&options->tests, text_of(s, i, "test")) ||
            !option_chooses(&options->envs, text_of(s, i, "env")))
            continue;
        for (size_t c = 0; c < columns && kept != i; c++) { /* swapped: all are freed at the end */
            struct store_cell keep = s->table.cells[kept * columns + c];
            s->table.cells[kept * columns + c] = s->table.cells[i * columns + c];
            s->table.cells[i * columns + c] = keep;
        }
        kept++;
    }
    return (int)kept;
}

static int confirm_all(struct store *store, struct suspects *s, size_t count,
                       const struct options *options, double threshold)
{
    struct options old = *options;
    int confirmed = 0, code = 0;
    char err[1000];
    old.build_dir = options->old_dir;
    for (s->from = 0; s->from < count; s->from = s->to) {
        const char *kind = text_of(s, s->from, "env");
        s->to = end_of_group(s);
        s->to = s->to > count ? count : s->to;
        if (!holds_build(kind, &old, text_of(s, s->from, "from_sha"), err, sizeof err) ||
            !holds_build(kind, options, text_of(s, s->from, "to_sha"), err, sizeof err)) {
            code = command_fail(err);
            continue;
        }
        int found = confirm_group(store, s, options, threshold);
        if (found == -2) {
            fprintf(stderr, "tickmark: interrupted; the suspects stay suspects\n");
            return 1;
        }
        code = found < 0 ? 1 : code;
        confirmed += found > 0 ? found : 0;
    }
    return code ? code : confirmed ? 2 : 0;
}

int command_confirm(const struct options *options)
{
    char err[4200];
    double threshold;
    struct host host;
    struct suspects s;
    struct sigaction action;
    memset(&s, 0, sizeof s);
    memset(&action, 0, sizeof action);
    if (!options->old_dir)
        return command_fail("confirm wants --old DIR, the folder with the programs of before");
    if (compare_table_threshold(options, &threshold) < 0)
        return command_fail("--threshold wants percent");
    struct store *store = store_open(options->db, STORE_WRITE, err, sizeof err);
    if (!store)
        return command_fail(err);
    host_read(&host);
    struct store_param param = {":host", host.fp, 0};
    int code = store_query(store, "suspects", &param, 1, &s.table) < 0
                   ? command_fail(store_error(store))
                   : 0;
    size_t count = code ? 0 : (size_t)choose_suspects(&s, options);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!code && !count)
        fprintf(stderr, "tickmark: nothing to confirm: regress has no suspects on this host\n");
    if (!code)
        code = confirm_all(store, &s, count, options, threshold);
    int people = !options->json && !options->tsv, answered = s.answers.columns > 0;
    if (!answered && option_format(options) != TABLE_TEXT) { /* for programs, one without rows */
        struct matches none = {.count = 0};
        compare_table_put(&s.answers, &none, 0);
    }
    if (!s.answers.columns)
        table_free(&s.answers);
    else if (command_print(&s.answers, options))
        code = 1;
    else if (people)
        compare_table_print_sum(&s.sum);
    store_free_table(&s.table);
    store_close(store);
    return code;
}
