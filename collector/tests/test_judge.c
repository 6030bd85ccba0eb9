/* test_judge.c: what becomes of samples whose 2N took no longer than their N: made-up samples whose
 * figure is known. */
#include "collector/sweep.h"
#include "collector/tests/case.h"

#include <math.h>
#include <string.h>

#define NEGATIVE 8
#define STEAL    1
#define WAITED   64

struct place {
    struct store *store;
    int64_t sweep, build;
};

/* ticks per operation of one round; 0 ends the list */
struct round_of {
    int64_t ticks, flags;
};

/* A new test with these samples in the environment, judged; the value of a column of its result. */
static double judge(struct place *p, int64_t env, const char *name, const char *noise,
                    int by_stamps, const struct round_of *rounds)
{
    struct store_test test = {name, "c", "made", "up", NULL, noise, "", 1, 7};
    int64_t test_id = store_put_test(p->store, &test);
    for (int64_t r = 0; rounds[r].ticks; r++) {
        int64_t ticks = 1000 + rounds[r].ticks * 100;
        struct store_sample s = {.sweep_id = p->sweep,
                                 .env_id = env,
                                 .build_id = p->build,
                                 .test_id = test_id,
                                 .round = r,
                                 .run_id = STORE_NONE,
                                 .at_ns = 1,
                                 .iters = 100,
                                 .tsc1 = 1000,
                                 .tsc2 = ticks,
                                 .ns1 = STORE_NONE,
                                 .ns2 = STORE_NONE,
                                 .guest1 = by_stamps ? 1000 : STORE_NONE,
                                 .guest2 = by_stamps ? 500 : STORE_NONE,
                                 .cal_before = 1000000,
                                 .cal_after = 1000000,
                                 .tsc_khz = 1000000,
                                 .flags = rounds[r].flags,
                                 .check_ok = 1};
        if (store_add_job(p->store, p->sweep, r, env, p->build, test_id, r) < 0 ||
            store_put_sample(p->store, &s) != 1)
            printf("note: %s\n", store_error(p->store));
    }
    if (judge_results(p->store, p->sweep, STORE_NONE) < 0)
        printf("note: %s\n", store_error(p->store));
    struct store_table table;
    struct store_param param = {":test", NULL, test_id};
    double est = NAN;
    if (store_query(p->store, "SELECT est FROM result WHERE test_id = :test", &param, 1, &table) <
        0)
        return NAN;
    if (table.rows && store_cell(&table, 0, 0)->text)
        est = store_cell(&table, 0, 0)->real;
    store_free_table(&table);
    return est;
}

/* Whether the result of the test is of that status, with a reason that holds the text. */
static int is_judged(struct place *p, const char *name, const char *status, const char *reason)
{
    struct store_table table;
    struct store_param param = {":name", name, 0};
    if (store_query(p->store,
                    "SELECT status, coalesce(reason, '') FROM v_result WHERE test = :name", &param,
                    1, &table) < 0)
        return 0;
    int good = table.rows == 1 && !strcmp(store_cell(&table, 0, 0)->text, status) &&
               strstr(store_cell(&table, 0, 1)->text, reason) != NULL;
    if (table.rows && !good)
        printf("note: %s is %s: %s\n", name, store_cell(&table, 0, 0)->text,
               store_cell(&table, 0, 1)->text);
    store_free_table(&table);
    return good;
}

/* Of the rounds that asked something, the one with the fewest right answers counts. */
static void test_questions(struct place *p, int64_t env)
{
    static const struct {
        int64_t asked, correct;
    } rounds[] = {{2000, 1500}, {STORE_NONE, STORE_NONE}, {2000, 1234}};
    struct store_test test = {"q.suite", "c", "made", "up", NULL, "floor", "answers", 1, 7};
    int64_t test_id = store_put_test(p->store, &test), asked = 0, correct = 0;
    for (int64_t r = 0; r < 3; r++) {
        struct store_sample s = {.sweep_id = p->sweep,
                                 .env_id = env,
                                 .build_id = p->build,
                                 .test_id = test_id,
                                 .round = r,
                                 .run_id = STORE_NONE,
                                 .at_ns = 1,
                                 .iters = 100,
                                 .tsc1 = 1000,
                                 .tsc2 = 2000,
                                 .ns1 = STORE_NONE,
                                 .ns2 = STORE_NONE,
                                 .guest1 = STORE_NONE,
                                 .guest2 = STORE_NONE,
                                 .cal_before = 1000000,
                                 .cal_after = 1000000,
                                 .tsc_khz = 1000000,
                                 .check_ok = r == 1,
                                 .asked = rounds[r].asked,
                                 .correct = rounds[r].correct};
        if (store_add_job(p->store, p->sweep, r, env, p->build, test_id, r) < 0 ||
            store_put_sample(p->store, &s) != 1)
            printf("note: %s\n", store_error(p->store));
    }
    struct store_table table;
    if (judge_results(p->store, p->sweep, STORE_NONE) < 0 ||
        store_query(p->store,
                    "SELECT asked, correct FROM v_result WHERE test = 'q.suite' AND compares = 0",
                    NULL, 0, &table) < 0) {
        case_report("answers are counted", 0, "%s", store_error(p->store));
        return;
    }
    if (table.rows == 1) {
        asked = (int64_t)store_cell(&table, 0, 0)->real;
        correct = (int64_t)store_cell(&table, 0, 1)->real;
    }
    store_free_table(&table);
    case_report("answers are counted", asked == 2000 && correct == 1234, "%lld of %lld",
                (long long)correct, (long long)asked);
}

static void test_native(struct place *p, int64_t env)
{

    static const struct round_of one[] = {{10, 0}, {10, 0}, {-40, NEGATIVE},
                                          {10, 0}, {10, 0}, {0, 0}};
    static const struct round_of unmarked[] = {{10, 0}, {10, 0}, {-1, 0}, {10, 0}, {10, 0}, {0, 0}};
    static const struct round_of skewed[] = {{10, 0},        {11, 0}, {12, 0},        {13, 0},
                                             {-9, NEGATIVE}, {14, 0}, {-9, NEGATIVE}, {0, 0}};
    static const struct round_of most[] = {
        {-5, NEGATIVE}, {-6, NEGATIVE}, {10, 0}, {10, 0}, {0, 0}};
    static const struct round_of all[] = {{-5, NEGATIVE}, {-6, NEGATIVE}, {-4, NEGATIVE}, {0, 0}};
    static const struct round_of stolen[] = {{-5, NEGATIVE}, {20, STEAL},    {21, STEAL},
                                             {20, STEAL},    {-7, NEGATIVE}, {0, 0}};
    double est = judge(p, env, "a.floor", "floor", 0, one);
    case_report("a negative slope is not a floor's minimum", est == 10, "%g", est);
    case_report("one of five is no reason to doubt", is_judged(p, "a.floor", "ok", ""),
                "see the note");
    est = judge(p, env, "a.unmarked", "floor", 0, unmarked);
    case_report("nor is one that the bench did not mark", est == 10, "%g", est);
    est = judge(p, env, "a.spread", "spread", 0, skewed);
    case_report("a negative slope is not in a spread's median", est == 12, "%g", est);
    est = judge(p, env, "a.most", "floor", 0, most);
    case_report("many of them: the rest, and noisy",
                est == 10 && is_judged(p, "a.most", "noisy", "2 of 4 samples"), "%g", est);
    est = judge(p, env, "a.all", "floor", 0, all);
    case_report("nothing else: noisy, of a floor",
                est == -6 && is_judged(p, "a.all", "noisy", "not a positive cost"), "%g", est);
    est = judge(p, env, "a.all_spread", "spread", 0, all);
    case_report("nothing else: noisy, of a spread",
                est == -5 && is_judged(p, "a.all_spread", "noisy", "not a positive cost"), "%g",
                est);
    est = judge(p, env, "a.stolen", "floor", 0, stolen);
    case_report("a disturbed sample is better than a negative one",
                est == 20 && is_judged(p, "a.stolen", "noisy", "5 of 5 samples"), "%g", est);
}

/* A sample that waited for a processor is left out of a floor and counted; nothing is left out
 * silently. */
static void test_waited(struct place *p, int64_t native, int64_t guest)
{
    static const struct round_of some[] = {{5, WAITED}, {10, 0}, {10, 0}, {10, 0}, {10, 0}, {0, 0}};
    static const struct round_of most[] = {{5, WAITED}, {5, WAITED}, {10, 0}, {10, 0}, {0, 0}};
    double est = judge(p, native, "w.some", "floor", 0, some);
    case_report("a sample that waited is left out", est == 10 && is_judged(p, "w.some", "ok", ""),
                "%g", est);
    est = judge(p, native, "w.most", "floor", 0, most);
    case_report("many of them: the rest, and noisy",
                est == 10 && is_judged(p, "w.most", "noisy", "2 of 4 samples"), "%g", est);
    est = judge(p, guest, "w.guest", "floor", 0, most);
    case_report("a guest's bench cannot know", est == 5, "%g", est);
}

/* A guest that counts instructions may call its own difference negative; the stamps say what it
 * cost. */
static void test_guest(struct place *p, int64_t env)
{
    static const struct round_of own[] = {{30, NEGATIVE}, {30, NEGATIVE}, {30, NEGATIVE}, {0, 0}};
    static const struct round_of stamps[] = {{30, 0}, {-2, 0}, {30, 0}, {30, 0}, {30, 0}, {0, 0}};
    store_set_env_clock(p->store, env, "insn");
    double est = judge(p, env, "g.flag", "floor", 1, own);
    case_report("the flag of a clock that is not used does not count",
                est == 30 && is_judged(p, "g.flag", "ok", ""), "%g", est);
    est = judge(p, env, "g.stamps", "floor", 1, stamps);
    case_report("stamps that go back are left out in a guest",
                est == 30 && is_judged(p, "g.stamps", "ok", ""), "%g", est);
}

int main(int argc, char **argv)
{
    char err[700];
    struct case_place place;
    struct place p;
    if (argc < 1 || case_open_place(&place, argv[0]) < 0 ||
        !(p.store = store_open(place.db, STORE_WRITE, err, sizeof err))) {
        printf("FAIL judge: no store to work in\n");
        return 1;
    }
    struct store_host host = {
        .fp = "f", .label = "l", .vendor = "v", .brand = "b", .virt = "none", .facts = ""};
    struct store_host_state state = {.sha = "s", .pmu = "none"};
    struct store_build build = {"b", "native", "1"};
    struct store_env native = {"n", "native", "native", "", NULL},
                     guest = {"g", "bochs", "bochs", "", "i"};
    int64_t host_id = store_put_host(p.store, &host);
    p.build = store_put_build(p.store, &build);
    p.sweep = store_new_sweep(p.store, host_id, store_put_host_state(p.store, host_id, &state),
                              "{}", "p", 1, "made up", "test");
    test_questions(&p, store_put_env(p.store, &native));
    test_native(&p, store_put_env(p.store, &native));
    test_guest(&p, store_put_env(p.store, &guest));
    test_waited(&p, store_put_env(p.store, &native), store_put_env(p.store, &guest));
    store_close(p.store);
    case_close_place(&place);
    return case_failures > 0;
}
