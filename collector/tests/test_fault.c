/* test_fault.c: what the world does to a collector: a disk that is full, a folder that is
 * read-only, a database that another process has locked, two collectors on one file, a database
 * with flipped bits or a missing end.  Each ends with a message that names the cause; nothing that
 * was stored is lost, and `check` is clean after (or, of a damaged file, says so).  TRIALS: the
 * long version, with more flips and a lock that outlasts the waiting. */
#include "collector/tests/case.h"

#include "collector/statistics.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef TRIALS
#define FLIPS     400
#define IS_LONG   1
#define FULL_RUNS 12
#else
#define FLIPS     6
#define IS_LONG   0
#define FULL_RUNS 1
#endif
#define DONE  "SELECT count(*) FROM job WHERE state = 'done'"
#define SWEEP "sweep --db {db} --build {build} -e native --rounds 3 -t good.*"

static struct case_place place;

static int run_shell(const char *command)
{
    char text[4000];
    snprintf(text, sizeof text, "cd %s && { %s\n} >shell.log 2>&1", place.dir, command);
    return system(text);
}

static const char *shell_log(void)
{
    static char text[4000];
    char path[600];
    snprintf(path, sizeof path, "%s/shell.log", place.dir);
    FILE *in = fopen(path, "r");
    text[in ? fread(text, 1, sizeof text - 1, in) : 0] = 0;
    if (in)
        fclose(in);
    return text;
}

/* In a namespace with a file system of its own: of so many KiB, filled up in the midst of a sweep.
 * Samples that were there when it was full are there afterwards, and resume finishes. */
static void test_disk_full(void)
{
    int bad = 0, full = 0, skipped = 0;
    char script[3000];
    for (int i = 0; i < FULL_RUNS; i++) {
        snprintf(
            script, sizeof script,
            "unshare -rm true || exit 77; rm -rf small; mkdir small; unshare -rm sh -c 'mount -t "
            "tmpfs -o size=%dk none "
            "small || exit 77; T=%s; O=\"--db small/t.db --build %s\"; "
            "$T sweep $O -e native --rounds 40 -t good.* >full.log 2>&1; code=$?; "
            "[ $code -eq 0 ] && exit 78; "
            "[ $code -eq 1 ] || { echo exit $code; cat full.log; exit 1; }; "
            "grep -q \"full\" full.log || { cat full.log; exit 1; }; "
            "mount -o remount,size=20m small; "
            "test -e small/t.db || exit 0; "
            "$T status --db small/t.db >/dev/null 2>&1 || exit 0; " /* not even a schema */
            "before=$($T status --db small/t.db --tsv | awk -F\"\\t\" \"NR==2{print \\$8}\"); "
            "$T resume $O >resume.log 2>&1; "
            "$T status --db small/t.db --tsv >status.tsv; "
            "awk -F\"\\t\" -v b=\"${before:-0}\" "
            "\"NR==2 && (\\$8 < b || \\$11 != 0) { print; bad = 1 } END { exit bad }\" "
            "status.tsv || { cat resume.log; exit 1; }; "
            "$T check --db small/t.db | grep -q clean || { $T check --db small/t.db; exit 1; }'",
            300 + 37 * i, place.tickmark, place.build);
        int code = run_shell(script);
        code = code >= 0 ? code >> 8 : code;
        skipped += code == 77 || code == 127;
        full += code != 78;
        if (code && code != 77 && code != 78 && code != 127) {
            printf("note: %d KiB: %s\n", 300 + 37 * i, shell_log());
            bad++;
        }
    }
    if (skipped)
        printf("skip a full disk: no file system of its own can be mounted here\n");
    else
        case_report("a full disk is named, and nothing stored is lost", !bad && full > 0,
                    "%d of %d runs, %d filled it", bad, FULL_RUNS, full);
}

static void test_read_only(void)
{
    char script[2400];
    snprintf(
        script, sizeof script,
        "unshare -rm true || exit 77; rm -rf ro; mkdir ro; unshare -rm sh -c 'mount -t tmpfs none "
        "ro || exit 77; T=%s; "
        "O=\"--build %s\"; "
        "$T sweep $O --db ro/t.db -e native --rounds 1 -t good.a >ro.log 2>&1 || exit 1; "
        "mount -o remount,ro ro; "
        "$T sweep $O --db ro/t.db -e native --rounds 1 -t good.a >ro.log 2>&1; "
        "[ $? -eq 1 ] && grep -q ro/t.db ro.log || { cat ro.log; exit 1; }; "
        "$T sweep $O --db ro/new.db -e native --rounds 1 -t good.a >ro.log 2>&1; "
        "[ $? -eq 1 ] && grep -q ro/new.db ro.log || { cat ro.log; exit 1; }; "
        "$T export --db ro/t.db --file ro/out.tm >ro.log 2>&1; "
        "[ $? -eq 1 ] && grep -qi \"read-only\" ro.log || { cat ro.log; exit 1; }; "
        "$T status --db ro/t.db >ro.log 2>&1 && grep -q done ro.log || { cat ro.log; exit 1; }; "
        "rm -rf ro-page; $T report --db ro/t.db -o ro-page >ro.log 2>&1 || { cat ro.log; exit 1; "
        "}; "
        "grep -q good.a ro-page/report.json || { echo no page; exit 1; }; "
        "mount -o remount,rw ro; $T check --db ro/t.db | grep -q clean'",
        place.tickmark, place.build);
    int code = run_shell(script);
    if (code >> 8 == 77 || code >> 8 == 127)
        printf("skip a read-only folder: no file system of its own can be mounted here\n");
    else
        case_report("a read-only folder is named", code == 0, "status %d: %s", code, shell_log());
}

static void test_locked(void)
{
    sqlite3 *db;
    int code = case_run(&place, SWEEP);
    double before = case_ask(&place, DONE);
    case_report("a sweep", code == 0 && before > 0, "exit %d, %g jobs", code, before);
    if (sqlite3_open(place.db, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        case_report("another process locks the database", 0, "%s", sqlite3_errmsg(db));
        return;
    }
    pid_t pid = case_start(&place, SWEEP);
    if (IS_LONG) {
        code = case_wait(pid); /* it gives up */
        case_report("a lock that lasts is named", code == 1 && case_log_holds(&place, "locked"),
                    "exit %d", code);
        pid = case_start(&place, SWEEP);
    }
    usleep(1000000);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
    code = case_wait(pid);
    case_report("a lock that passes is waited for",
                code == 0 && case_ask(&place, DONE) >= 2 * before, "exit %d", code);
}

static void test_two_collectors(void)
{
    double before = case_ask(&place, DONE);
    struct case_place second = place;
    snprintf(second.log, sizeof second.log, "%s/second.log", place.dir);
    pid_t a = case_start(&place, SWEEP), b = case_start(&second, SWEEP " --seed 5");
    int first = case_wait(a), other = case_wait(b);
    double jobs = case_ask(&place, DONE);
    case_report("two collectors on one file", first == 0 && other == 0, "exit %d and %d", first,
                other);
    case_report("each has all of its samples",
                jobs == before + 48 &&
                    case_ask(&place, "SELECT count(*) FROM sample") ==
                        case_ask(&place, "SELECT count(*) FROM job WHERE state='done'"),
                "%g more jobs", jobs - before);
    int code = case_run(&place, "check --db {db}");
    case_report("check is clean after", code == 0, "exit %d", code);
}

static int copy_changed(const char *to, uint64_t *random, int cut)
{
    char path[700];
    FILE *in = fopen(place.db, "r");
    static unsigned char bytes[4 << 20];
    size_t count = in ? fread(bytes, 1, sizeof bytes, in) : 0;
    if (in)
        fclose(in);
    if (count < 4096)
        return -1;
    if (cut)
        count = (size_t)statistics_random_below(random, count);
    for (int i = 0; !cut && i < 3; i++)
        bytes[statistics_random_below(random, count)] ^=
            (unsigned char)(1u << statistics_random_below(random, 8));
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%.600s%s", to, i ? "-shm" : "-wal");
        unlink(path);
    }
    FILE *out = fopen(to, "w");
    if (!out || fwrite(bytes, 1, count, out) != count || fclose(out) != 0)
        return -1;
    return 0;
}

/* Whatever is in the file: no crash, no hang, and 1 only with a message. */
static void test_damaged(void)
{
    static const char *const words[] = {"check --db {db}",
                                        "status --db {db}",
                                        "slowdown --db {db}",
                                        "export --db {db} --canonical",
                                        "resume --db {db} --build {build}",
                                        SWEEP};
    struct case_place damaged = place;
    uint64_t random = 20261123;
    int died = 0, silent = 0, seen = 0, failed = 0;
    snprintf(damaged.db, sizeof damaged.db, "%s/damaged.db", place.dir);
    for (int i = 0; i < FLIPS; i++) {
        if (copy_changed(damaged.db, &random, i % 3 == 2) < 0) {
            failed++;
            continue;
        }
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            int code = case_run(&damaged, words[w]);
            if (code < 0 || code > 4) {
                printf("note: %s: exit %d (copy %d)\n", words[w], code, i);
                died++;
            }
            if (code == 1 && w && !case_log_holds(&damaged, "tickmark: ")) {
                printf("note: %s: exit 1 without a word (copy %d)\n", words[w], i);
                silent++;
            }
            seen += !w && code == 1;
        }
    }
    case_report("copies with flipped bits or no end", !died && !failed, "%d died, %d not made",
                died, failed);
    case_report("what they fail for is told", !silent, "%d times not", silent);
    /* a flip in free space or in a number that no sum covers passes; a cut end never does */
    case_report("check sees it", seen >= FLIPS / 3, "%d of %d", seen, FLIPS);
    int code = case_run(&place, "check --db {db}");
    case_report("the database itself is as it was", code == 0, "exit %d", code);
}

/* What a damaged index does: jobs that were finished are shown as ready again. */
static void test_endless_queue(void)
{
    char err[300] = "";
    struct case_place stuck = place;
    snprintf(stuck.db, sizeof stuck.db, "%s/stuck.db", place.dir);
    int begun = case_run(&stuck, "sweep --db {db} --build {build} -e native --rounds 1 -t good.a");
    int changed = case_change(&stuck,
                              "CREATE TRIGGER again AFTER UPDATE OF state ON job WHEN NEW.state IN "
                              "('failed') BEGIN UPDATE job SET state='ready' WHERE "
                              "id=NEW.id; END",
                              err, sizeof err);
    int code =
        case_run(&stuck, "sweep --db {db} --build {build} -e native --rounds 2 -t bad.silent");
    case_report("a queue that does not get shorter ends",
                !begun && !changed && code == 1 &&
                    case_log_holds(&stuck, "the database is damaged"),
                "exit %d %s", code, err);
}

int main(int argc, char **argv)
{
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL fault: no folder to work in\n");
        return 1;
    }
    test_disk_full();
    test_read_only();
    test_locked();
    test_two_collectors();
    test_endless_queue();
    test_damaged();
    case_close_place(&place);
    return case_failures > 0;
}
