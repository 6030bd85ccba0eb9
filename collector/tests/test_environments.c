/* test_environments.c: the real environments, one short sweep of three tests: what is there
 * measures them, answers right and has the clock that it should have; what is not there is reported
 * with what brings it. */
#include "collector/tests/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *kind, *clock;
} envs[] = {{"native", "host"},
            {"emu-jit", "host"},
            {"emu-interp", "host"},
            {"qemu-tcg", "host"},
            {"bochs", "insn"}};

static double ask_of(const struct case_place *place, const char *kind, const char *sql)
{
    char text[600];
    snprintf(text, sizeof text, sql, kind);
    return case_ask(place, text);
}

static void check_env(const struct case_place *place, const char *kind, const char *clock)
{
    char name[80], sql[300];
    snprintf(sql, sizeof sql, "SELECT reason FROM sweep_env WHERE kind='%s' AND env_id IS NULL",
             kind);
    const char *missing = case_ask_text(place, sql);
    if (*missing) {
        int helpful = strstr(missing, "apt-get install") || strstr(missing, "make all");
        snprintf(name, sizeof name, "%s is missing and says what brings it", kind);
        case_report(name, helpful, "%s", missing);
        printf("skip %s: %s\n", kind, missing);
        return;
    }
    double good = ask_of(
        place, kind,
        "SELECT count(*) FROM sample s JOIN v_result v ON v.id=s.result_id WHERE v.env='%s' AND "
        "v.status IN ('ok','noisy') AND s.check_ok=1 AND s.iters>0");
    snprintf(name, sizeof name, "%s: three tests, two rounds, right answers", kind);
    case_report(name, good == 6, "%g of 6 samples", good);
    if (access("/proc/self/schedstat", R_OK) == 0) {
        double told = ask_of(
            place, kind,
            "SELECT count(*) FROM sample s JOIN v_result v ON v.id=s.result_id WHERE v.env='%s' "
            "AND s.wait_ns >= 0 AND (v.env <> 'native' OR (s.preempted >= 0 AND s.faults >= 0 AND "
            "s.away_ns >= 0))");
        snprintf(name, sizeof name, "%s: each sample says what others took", kind);
        case_report(name, told == good, "%g of %g samples", told, good);
    } else {
        printf("skip %s: each sample says what others took: no /proc/self/schedstat\n", kind);
    }
    snprintf(sql, sizeof sql,
             "SELECT group_concat(DISTINCT guest_tsc) FROM v_result WHERE env='%s'", kind);
    const char *word = case_ask_text(place, sql);
    snprintf(name, sizeof name, "%s: clock", kind);
    case_report(name, !strcmp(word, clock), "%s, expected %s", word, clock);
    double whole =
        ask_of(place, kind,
               "SELECT count(*) FROM run r JOIN env e ON e.id=r.env_id WHERE e.kind='%s' AND "
               "bye_ok=1 AND samples=3 AND garbage=0");
    snprintf(name, sizeof name, "%s: every line arrived", kind);
    case_report(name, whole == 2 || !strcmp(kind, "bochs"), "%g of 2 runs", whole);
}

int main(int argc, char **argv)
{
    struct case_place place;
    char words[900], real_build[600];
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL environments: no folder to work in\n");
        return 1;
    }
    snprintf(real_build, sizeof real_build, "%s", place.tickmark);
    *strrchr(real_build, '/') = 0;
    snprintf(
        words, sizeof words,
        "sweep --db {db} --build %s --quick --rounds 2 -t int.add_rr -t int.div32 -t mem.indirect",
        real_build);
    int code = case_run(&place, words);
    case_report("a sweep of what is there", code == 0, "exit %d", code);
    for (size_t i = 0; i < sizeof envs / sizeof *envs; i++)
        check_env(&place, envs[i].kind, envs[i].clock);
    double add = case_ask(
        &place,
        "SELECT est FROM v_result WHERE env='native' AND test='int.add_rr' AND status='ok'");
    if (isnan(add)) /* a round was disturbed: nothing can be said of the figure */
        printf("skip a dependent add costs a clock natively: the host is too busy\n");
    else
        case_report("a dependent add costs a clock natively", add > 0.8 && add < 1.6, "%g", add);
    double stages = case_ask(
        &place, "SELECT count(*) FROM v_stage_latest WHERE env='emu-interp' AND stage='execute' "
                "AND share > 0.5");
    case_report("our interpreter's clocks are spent executing", stages == 3, "%g of 3 tests",
                stages);

    /* a preemption between the marker and the guest's reading of its clock is in one of them only:
     * most must agree */
    double agree = case_ask(
        &place,
        "SELECT count(*) FROM (SELECT (SELECT sum(tsc) FROM stage s WHERE s.result_id=v.id) AS "
        "stages, (SELECT sum(guest1 + guest2) FROM sample s WHERE s.result_id=v.id) AS guest FROM "
        "v_result v WHERE v.env IN ('emu-jit','emu-interp')) x WHERE abs(x.stages * 1.0 / x.guest "
        "- "
        "1) < 0.01");
    case_report("stage clocks add up to what the guest measured", agree >= 4, "%g of 6 within 1 %%",
                agree);
    double elf = case_ask(
        &place,
        "SELECT count(*) FROM build WHERE project IN ('qemu','bochs') AND sha IN (SELECT sha "
        "FROM build) AND length(sha)=64");
    double peers = case_ask(
        &place,
        "SELECT count(DISTINCT build_id) FROM sweep_env WHERE kind IN ('qemu-tcg','bochs')");
    double scripts =
        case_ask(&place, "SELECT count(*) FROM env WHERE argv LIKE '/usr/bin/qemu%' OR argv LIKE "
                         "'/usr/bin/bochs %'");
    case_report("peers are identified by their programs, not by Debian's wrappers",
                elf == peers && (scripts == 0 || access("/usr/bin/bochs-bin", X_OK) < 0),
                "%g of %g, %g wrappers", elf, peers, scripts);

    setenv("PATH", "/nowhere", 1);
    snprintf(words, sizeof words,
             "sweep --db {db} --build %s --quick --rounds 1 -t int.add_rr -e native -e qemu-tcg "
             "-e bochs",
             real_build);
    code = case_run(&place, words);
    case_report("missing peers are reported, the sweep goes on",
                code == 0 && case_log_holds(&place, "apt-get install qemu-system-x86") &&
                    case_log_holds(&place, "apt-get install bochs bochs-term"),
                "exit %d", code);
    snprintf(words, sizeof words, "sweep --db {db} --build %s --quick -t int.add_rr -e qemu-tcg",
             real_build);
    code = case_run(&place, words);
    case_report("no environment at all is exit code 4", code == 4, "exit %d", code);
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    case_close_place(&place);
    return case_failures > 0;
}
