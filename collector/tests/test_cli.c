/* test_cli.c: what tickmark says to wrong words, absent and broken databases, and programs that are
 * not there; and that each table comes in its four forms. */
#include "collector/tests/case.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct case_place place;

static void expect(const char *name, const char *words, int code, const char *says)
{
    int got = case_run(&place, words);
    case_report(name, got == code && case_log_holds(&place, says), "exit %d, expected %d with '%s'",
                got, code, says);
}

static void write_db(const char *bytes)
{
    FILE *out = fopen(place.db, "w");
    if (out) {
        fputs(bytes, out);
        fclose(out);
    }
}

#define DONE "SELECT count(*) FROM job WHERE state = 'done'"

/* A resume must not go on with another program than the one the sweep began with. */
static void test_changed_program(void)
{
    char path[700], text[100];
    double before = case_ask(&place, DONE);
    pid_t pid =
        case_start(&place, "sweep --db {db} --build {build} -e native --rounds 60 -t good.*");
    int begun = case_await(&place, DONE, before);
    kill(pid, SIGINT);
    int code = case_wait(pid);
    case_report("a sweep is interrupted", begun && code == 1, "begun %d, exit %d", begun, code);
    snprintf(path, sizeof path, "%s/tickbench", place.build);
    ssize_t bytes = readlink(path, text, sizeof text - 1);
    char real[4096];
    if (bytes < 0 || !realpath(path, real) || unlink(path) < 0) {
        case_report("the program can be exchanged", 0, "no link");
        return;
    }
    char command[9000];
    snprintf(command, sizeof command, "cp %s %s && printf x >> %s", real, path, path);
    case_report("the program can be exchanged", system(command) == 0, "%s", command);
    expect("resume refuses another program", "resume --db {db} --build {build}", 1,
           "start a new sweep");
    snprintf(command, sizeof command, "rm %s && ln -s %s %s", path, real, path);
    case_report("the program is back", system(command) == 0, "%s", command);
    expect("resume takes the right one", "resume --db {db} --build {build}", 0, "native");
}

int main(int argc, char **argv)
{
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL cli: no folder to work in\n");
        return 1;
    }
    setenv("FAKE_SLEEP_US", "800", 1);
    expect("no command", "", 1, "usage: tickmark COMMAND");
    expect("help", "--help", 0, "slowdown");
    expect("help of a command", "sweep --help", 0, "--rounds N");
    expect("unknown command", "slowdwon", 1, "did you mean slowdown?");
    expect("a command of later work is unknown", "predict", 1, "unknown command predict");
    expect("unknown option", "list --jsn", 1, "did you mean --json?");
    expect("an option of another command", "list --rounds 3", 1, "unknown option --rounds");
    expect("unknown test", "sweep --db {db} --build {build} -t good.aa", 1, "did you mean good.a?");
    expect("unknown environment", "sweep --db {db} --build {build} -e natve", 1,
           "did you mean native?");
    expect("environments with a comma", "sweep --db {db} --build {build} -e native,emu-jit", 1,
           "-e native -e emu-jit");
    expect("one minute", "sweep --db {db} --build {build} -e native -t good.a -n --minutes 1", 0,
           "after 1 minute only");
    expect("nothing left", "sweep --db {db} --build {build} -t good.a -t ~good.*", 1,
           "no test is left");
    expect("no database", "slowdown --db /nowhere/x.db", 1, "no such database");
    expect("no database to make", "sweep --db /nowhere/x.db --build {build} -e native", 1,
           "/nowhere/x.db");
    expect("no program", "sweep --db {db} --build /nowhere", 4, "not built (make all)");
    expect("no list", "list --build /nowhere", 1, "cannot list its tests");
    write_db("this is not a database, but it is long enough to be taken for something, is it not");
    expect("a broken database", "sweep --db {db} --build {build} -e native -t good.a", 1,
           "not a database");
    expect("a broken database, read", "status --db {db}", 1, "not a database");
    unlink(place.db);
    expect("a list", "list --build {build} -t good.*", 0, "good.h/4096");
    expect("a list of nothing", "list --build {build} -t nothing.*", 1, "no test matches");
    expect("a run prints its results", "run --db {db} --build {build} -t good.b --tsv", 0,
           "good.b\tnative\tok\t2.000");
    expect("slowdown of natives only", "slowdown --db {db} --md", 0, "| good.b |");
    expect("stages without any", "stages --db {db}", 1, "no such results yet");
    expect("host as JSON", "host --json", 0, "\"fact\": \"fingerprint\"");
    expect("status as JSON", "status --db {db} --json", 0, "\"state\": \"done\"");
    expect("list as Markdown", "list --build {build} --md -t good.a", 0, "| good   | good.a |");
    test_changed_program();
    case_close_place(&place);
    return case_failures > 0;
}
