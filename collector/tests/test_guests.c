/* test_guests.c: a sweep over a bench that crashes, hangs, lies and babbles: each test gets its
 * status, and every good one its exact figure, natively and as a guest. */
#include "collector/tests/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct expected {
    const char *test, *status, *reason; /* reason: must be in it; NULL: none expected */
} expected[] = {
    {"bad.crash", "crash", "signal 6"},
    {"bad.crash_mute", "crash", "signal 6"},
    {"bad.exit", "crash", "exit 7"},
    {"bad.hang", "timeout", "no progress"},
    {"bad.hang_mute", "timeout", "no progress"},
    {"bad.wrong", "wrong", "wrong answer in 2 of 2 rounds: 00, not 2a"},
    {"bad.flood", "crash", "endless output"},
    {"bad.notes", "crash", "endless output"},
    {"bad.seesaw", "crash", "endless output"},
    {"bad.garbage", "ok", NULL},
    {"bad.long_line", "ok", NULL},
    {"bad.again", "ok", NULL},
    {"bad.twice", "ok", NULL},
    {"bad.stranger", "ok", NULL},
    {"bad.truncate", "ok", NULL},
    {"bad.sum", "ok", NULL},
    {"bad.negative", "noisy", "not a positive cost"},
    {"bad.code", "wrong", "code differs"},
    {"bad.n", "wrong", "impossible number of iterations"},
    {"bad.no_times", "wrong", "without its two times"},
    {"bad.skip", "unsupported", "needs ring0"},
    {"bad.silent", "crash", "without a result"},
};

static void check_statuses(const struct case_place *place, const char *env)
{
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char sql[300], name[80], status[40], reason[500];
        snprintf(sql, sizeof sql, "SELECT status FROM v_result WHERE test='%s' AND env='%s'",
                 expected[i].test, env);
        snprintf(status, sizeof status, "%s", case_ask_text(place, sql));
        snprintf(sql, sizeof sql, "SELECT reason FROM v_result WHERE test='%s' AND env='%s'",
                 expected[i].test, env);
        snprintf(reason, sizeof reason, "%s", case_ask_text(place, sql));
        snprintf(name, sizeof name, "status %s %s", env, expected[i].test);
        int good = !strcmp(status, expected[i].status) &&
                   (expected[i].reason ? strstr(reason, expected[i].reason) != NULL : !*reason);
        case_report(name, good, "is '%s' because '%s', expected '%s' because '%s'", status, reason,
                    expected[i].status, expected[i].reason ? expected[i].reason : "");
    }
}

/* Test k of the catalogue costs 1 + k core clocks per operation. */
static void check_figures(const struct case_place *place, const char *env)
{
    char sql[400], name[80];
    snprintf(sql, sizeof sql,
             "SELECT max(abs(v.est - 1 - s.idx)) FROM v_result v JOIN test t ON t.name=v.test JOIN "
             "sweep_test s ON s.test_id=t.id AND s.sweep_id=v.sweep_id WHERE v.env='%s' AND "
             "v.status='ok' "
             "AND v.noise='floor'",
             env);
    double error = case_ask(place, sql);
    snprintf(name, sizeof name, "figures %s", env);
    case_report(name, error < 0.01, "off by %g", error);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM v_result v WHERE v.env='%s' AND v.test GLOB 'good.*' AND "
             "v.status='ok' AND "
             "v.n=2 AND v.clk_ghz=3.0",
             env);
    double good = case_ask(place, sql);
    snprintf(name, sizeof name, "good tests are ok %s", env);
    case_report(name, good == 8, "%g of 8", good);
}

static void check_books(const struct case_place *place)
{
    double open = case_ask(place, "SELECT count(*) FROM job WHERE state IN ('ready','running')");
    case_report("no job is left", open == 0, "%g", open);
    double odd =
        case_ask(place, "SELECT count(*) FROM job j JOIN result r USING (sweep_id,env_id,build_id,"
                        "test_id) LEFT JOIN sample s ON s.result_id=r.id AND s.i=j.round "
                        "WHERE (j.state='done') <> (s.i IS NOT NULL)");
    case_report("a job is done exactly when it has a sample", odd == 0, "%g jobs differ", odd);
    double kept =
        case_ask(place, "SELECT est FROM v_result WHERE test='bad.wrong' AND env='native'");
    case_report("the value of a wrong test is kept", fabs(kept - 13) < 0.01, "%g", kept);
    double marked =
        case_ask(place, "SELECT count(*) FROM run WHERE bye_ok=0 AND note LIKE '%sum%'");
    case_report("a wrong sum marks the run", marked >= 2, "%g runs", marked);
    double garbage = case_ask(place, "SELECT max(garbage) FROM run");
    case_report("garbage is counted", garbage > 3, "%g", garbage);
    double fields = case_ask(place, "SELECT count(*) FROM run WHERE note LIKE '%colour%'");
    case_report("an unknown field is noted", fields > 0, "%g runs", fields);
    double twice = case_ask(place, "SELECT count(*) FROM run WHERE note LIKE '%second sample%'");
    case_report("a second sample is noted and left out", twice >= 2, "%g runs", twice);
    double stranger =
        case_ask(place, "SELECT count(*) FROM run WHERE note LIKE '%not asked for: no.such%'");
    case_report("an unknown test is noted", stranger >= 2, "%g runs", stranger);
    double lone = case_ask(
        place, "SELECT count(*) FROM sweep WHERE state='done' AND runner IS NULL AND finished "
               "IS NOT NULL");
    case_report("the sweep is done", lone == 1, "%g", lone);
}

static void check_stages(const struct case_place *place)
{
    /* 3/4 of the interval's clocks are execute, 1/4 mmu; the fake emulator costs 1 + k clk/op */
    double error = case_ask(
        place, "SELECT max(abs(v.clk_per_op - (1 + s.idx) * 0.75)) FROM v_stage_latest v JOIN "
               "test t ON t.name=v.test JOIN sweep_test s ON s.test_id=t.id AND "
               "s.sweep_id=v.sweep_id WHERE v.stage='execute' AND v.env='emu-jit'");
    case_report("stage clocks per operation", error < 0.01, "off by %g", error);
    double share =
        case_ask(place, "SELECT max(abs(share - 0.25)) FROM v_stage_latest WHERE stage='mmu'");
    case_report("stage shares", share < 0.001, "off by %g", share);
    double verdicts =
        case_ask(place, "SELECT count(*) FROM env WHERE kind='emu-jit' AND guest_tsc='host'");
    case_report("clock verdict", verdicts == 1, "%s",
                case_ask_text(place, "SELECT guest_tsc FROM env WHERE kind='emu-jit'"));
    double stamps = case_ask(
        place, "SELECT count(*) FROM sample s JOIN result r ON r.id=s.result_id JOIN env e ON "
               "e.id=r.env_id WHERE e.kind='emu-jit' AND (s.tsc1 IS NULL OR s.ns2 IS NULL "
               "OR s.guest1 IS NULL OR s.cal_before IS NULL OR s.cal_after IS NULL)");
    case_report("each guest sample has three clocks and its calibration", stamps == 0,
                "%g have not", stamps);
}

int main(int argc, char **argv)
{
    struct case_place place;
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL guests: no folder to work in\n");
        return 1;
    }
    time_t start = time(NULL);
    int code =
        case_run(&place, "sweep --db {db} --build {build} -e native -e emu-jit --rounds 2 --seed 5 "
                         "--timeout 2 --label fake");
    case_report("exit code says that an answer was wrong", code == 3, "%d", code);
    case_report("bounded time", time(NULL) - start < 60, "%ld s", (long)(time(NULL) - start));
    check_statuses(&place, "native");
    check_figures(&place, "native");
    check_statuses(&place, "emu-jit");
    check_figures(&place, "emu-jit");
    check_books(&place);
    check_stages(&place);
    code = case_run(&place, "slowdown --db {db} --tsv -t good.*");
    case_report("slowdown table",
                code == 0 && case_log_holds(&place, "geometric mean (n = 8)") &&
                    case_log_holds(&place, "good.c\t3.00\t3.00\t1.00"),
                "exit %d", code);
    code = case_run(&place, "stages --db {db} --json -t good.a");
    case_report("stages table", code == 0 && case_log_holds(&place, "\"execute %\": 75"), "exit %d",
                code);
    code = case_run(&place, "resume --db {db} --build {build}");
    case_report("nothing to resume", code == 1 && case_log_holds(&place, "nothing to resume"),
                "exit %d", code);

    setenv("FAKE_NO_HELLO", "1", 1);
    code = case_run(
        &place, "sweep --db {db} --build {build} -e emu-interp --rounds 9 --timeout 1 -t good.*");
    unsetenv("FAKE_NO_HELLO");
    double dead = case_ask(
        &place, "SELECT count(*) FROM v_result WHERE env='emu-interp' AND status='timeout'");
    case_report("a dead environment is given up", code == 0 && dead == 8, "exit %d, %g results",
                code, dead);

    setenv("FAKE_BAD_STATS", "1", 1);
    code = case_run(&place, "sweep --db {db} --build {build} -e emu-interp --rounds 2 -t good.*");
    unsetenv("FAKE_BAD_STATS");
    double fine =
        case_ask(&place, "SELECT count(*) FROM v_newest WHERE env='emu-interp' AND status='ok'");
    double noted =
        case_ask(&place, "SELECT count(*) FROM run WHERE note LIKE '%statistics file: line%'");
    case_report("a malformed statistics file is a note", code == 0 && fine == 8 && noted == 2,
                "exit %d, %g ok, %g notes", code, fine, noted);

    // The word depends on the host's stamps, which are late now and then on a busy machine.
    setenv("FAKE_SCALED", "1", 1);
    const char *word = "";
    code = 0;
    for (int tries = 0; tries < 10 && code == 0 && strcmp(word, "scaled") != 0; tries++) {
        code =
            case_run(&place, "sweep --db {db} --build {build} -e emu-interp --rounds 1 -t good.a");
        word = case_ask_text(&place, "SELECT guest_tsc FROM run ORDER BY id DESC LIMIT 1");
    }
    unsetenv("FAKE_SCALED");
    case_report("a scaled clock is seen", code == 0 && !strcmp(word, "scaled"), "exit %d, %s", code,
                word);
    case_close_place(&place);
    return case_failures > 0;
}
