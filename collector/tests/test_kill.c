/* test_kill.c: kill -9 of the collector at random moments, then resume, again and again until the
 * sweep is done: no finished sample may be lost, changed or doubled, and no process may survive its
 * collector. KILLS (default 30) is the number of kills that must have hit a working collector. */
#include "collector/tests/case.h"

#include "collector/statistics.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef KILLS
#define KILLS 30
#endif
/* one text per sample, in an order that does not change */
#define SNAPSHOT                                                                                   \
    "SELECT printf('%08d/%04d/%d/%d/%d/%d', result_id, i, run_id, at_ns, tsc1, tsc2) AS x FROM "   \
    "sample ORDER BY x"

static int names_folder(const char *pid, const char *dir)
{
    char path[300], text[4096];
    snprintf(path, sizeof path, "/proc/%.200s/cmdline", pid);
    FILE *in = fopen(path, "r");
    if (!in)
        return 0;
    size_t bytes = fread(text, 1, sizeof text, in);
    fclose(in);
    return memmem(text, bytes, dir, strlen(dir)) != NULL;
}

/* Whether any process whose command line names the folder is there after a second of grace. */
static int survives(const char *dir)
{
    int found = 1;
    for (int i = 0; i < 100 && found; i++) {
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        found = 0;
        while (proc && (entry = readdir(proc)))
            if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
                found |= names_folder(entry->d_name, dir);
        if (proc)
            closedir(proc);
        if (found)
            usleep(10000);
    }
    return found;
}

static void take_snapshot(const struct case_place *place, struct store_table *table)
{
    char err[700];
    struct store *store = store_open(place->db, STORE_READ, err, sizeof err);
    memset(table, 0, sizeof *table);
    if (store)
        store_query(store, SNAPSHOT, NULL, 0, table);
    store_close(store);
}

/* Samples of `before` that are not in `after`, unchanged. */
static int count_missing(const struct store_table *before, const struct store_table *after)
{
    int missing = 0;
    for (size_t i = 0, k = 0; i < before->rows; i++) {
        const char *text = store_cell(before, i, 0)->text;
        while (k < after->rows && strcmp(store_cell(after, k, 0)->text, text) < 0)
            k++;
        missing += k == after->rows || strcmp(store_cell(after, k, 0)->text, text) != 0;
    }
    return missing;
}

int main(int argc, char **argv)
{
    struct case_place place;
    struct store_table before = {0}, after;
    uint64_t random = 20261123;
    int unfinished = 0, kills = 0, sweeps = 0, lost = 0, left = 0, bad_code = 0;
    setenv("FAKE_SLEEP_US", "1500", 1);
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL kill: no folder to work in\n");
        return 1;
    }
    while (kills < KILLS && sweeps < KILLS) {
        const char *words = "sweep --db {db} --build {build} -e native -e emu-jit --rounds 3 -t "
                            "good.* -t bad.wrong";
        sweeps++;
        for (int tries = 0; tries < 40; tries++) {
            pid_t pid = case_start(&place, unfinished ? "resume --db {db} --build {build}" : words);
            int status;
            siginfo_t info;
            useconds_t moment = (useconds_t)(80000 + statistics_random_below(&random, 420000));
            if (kills < KILLS)
                usleep(moment);
            else
                waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
            pid_t ended = waitpid(pid, &status, WNOHANG);
            if (ended != pid) {
                kill(pid, SIGKILL);
                case_wait(pid);
                kills++;
                left += survives(place.dir);
            } else if (!WIFEXITED(status) ||
                       (WEXITSTATUS(status) != 3 && WEXITSTATUS(status) != 1)) {
                bad_code++;
            }
            take_snapshot(&place, &after);
            lost += count_missing(&before, &after);
            store_free_table(&before);
            before = after;
            unfinished = case_ask(&place, "SELECT count(*) FROM sweep WHERE state <> 'done'") > 0;
            if (!unfinished && case_ask(&place, "SELECT count(*) FROM sweep") == sweeps)
                break;
        }
    }
    store_free_table(&before);
    double total = case_ask(&place, "SELECT count(*) FROM sample");
    double jobs = case_ask(&place, "SELECT count(*) FROM job");
    double odd = case_ask(
        &place, "SELECT count(*) FROM job j LEFT JOIN result r USING (sweep_id,env_id,build_id,"
                "test_id) LEFT JOIN sample s ON s.result_id=r.id AND s.i=j.round "
                "WHERE j.state<>'done' OR s.i IS NULL");
    double est = case_ask(
        &place, "SELECT max(abs(v.est - 1 - s.idx)) FROM v_result v JOIN test t ON t.name=v.test "
                "JOIN sweep_test s ON s.test_id=t.id AND s.sweep_id=v.sweep_id");
    double stage = case_ask(
        &place, "SELECT max(abs(v.clk_per_op - (1 + s.idx) * 0.75)) FROM v_stage_latest v JOIN "
                "test t ON t.name=v.test JOIN sweep_test s ON s.test_id=t.id AND "
                "s.sweep_id=v.sweep_id WHERE v.stage='execute'");
    printf("note: %d kills in %d sweeps, %g jobs, %g samples\n", kills, sweeps, jobs, total);
    case_report("collector was killed at work", kills >= KILLS, "%d of %d", kills, KILLS);
    case_report("no finished sample is lost or changed", lost == 0, "%d times", lost);
    case_report("each job has its sample", odd == 0 && jobs > 0, "%g have not", odd);
    case_report("no sample is doubled", total == jobs, "%g samples of %g jobs", total, jobs);
    case_report("figures are exact after all that", est < 0.01, "off by %g: %s", est,
                case_ask_text(&place, "SELECT v.test || ' in ' || v.env || ' of sweep ' || "
                                      "v.sweep_id || ': ' || v.est || ', n = ' || v.n || ', ' || "
                                      "coalesce(v.reason, '') || ', clock ' || "
                                      "(SELECT group_concat(guest_tsc) FROM env) FROM v_result v "
                                      "JOIN test t ON t.name=v.test JOIN "
                                      "sweep_test s ON s.test_id=t.id AND s.sweep_id=v.sweep_id "
                                      "ORDER BY abs(v.est - 1 - s.idx) DESC LIMIT 1"));
    case_report("stage figures are exact too", stage < 0.01 || isnan(stage), "off by %g", stage);
    case_report("no process outlives its collector", left == 0, "%d times", left);
    case_report("resume ends as a sweep does", bad_code == 0, "%d times not", bad_code);

    const char *done = "SELECT count(*) FROM job WHERE state = 'done'";
    double before_it = case_ask(&place, done);
    pid_t pid =
        case_start(&place, "sweep --db {db} --build {build} -e native --rounds 60 -t good.*");
    case_await(&place, done, before_it);
    kill(pid, SIGINT);
    int code = case_wait(pid);
    case_report("SIGINT says how to go on",
                code == 1 && case_log_holds(&place, "`tickmark resume` finishes"), "exit %d", code);
    double some = case_ask(&place, "SELECT count(*) FROM job WHERE state='ready'");
    double stuck = case_ask(&place, "SELECT count(*) FROM job WHERE state='running'");
    case_report("what was not finished is ready", some > 0 && stuck == 0, "%g ready, %g running",
                some, stuck);
    before_it = case_ask(&place, done);
    pid = case_start(&place, "resume --db {db} --build {build}");
    case_await(&place, done, before_it);
    int second = case_run(&place, "resume --db {db} --build {build}");
    int told = case_log_holds(&place, "another tickmark");
    kill(pid, SIGINT);
    case_wait(pid);
    case_report("two collectors do not share a sweep", second == 1 && told, "exit %d", second);
    code = case_run(&place, "resume --db {db} --build {build}");
    double ready = case_ask(&place, "SELECT count(*) FROM job WHERE state<>'done'");
    case_report("resume after SIGINT", code == 0 && ready == 0, "exit %d, %g left", code, ready);
    case_close_place(&place);
    return case_failures > 0;
}
