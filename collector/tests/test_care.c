/* test_care.c: export, import, check and prune from the command line. */
#include "collector/tests/case.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct case_place place;

/* {dir} stands for the test's folder. */
static void expect(const char *name, const char *words, int code, const char *says)
{
    char with[2000] = "";
    for (const char *at = words; *at; at++) {
        size_t used = strlen(with);
        if (!strncmp(at, "{dir}", 5)) {
            snprintf(with + used, sizeof with - used, "%s", place.dir);
            at += 4;
        } else {
            snprintf(with + used, sizeof with - used, "%c", *at);
        }
    }
    int got = case_run(&place, with);
    case_report(name, got == code && case_log_holds(&place, says), "exit %d, expected %d with '%s'",
                got, code, says);
}

static int run_shell(const char *command)
{
    char text[2000];
    snprintf(text, sizeof text, "cd %s && %s", place.dir, command);
    return system(text) == 0;
}

int main(int argc, char **argv)
{
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL care: no folder to work in\n");
        return 1;
    }
    expect("a sweep", "sweep --db {db} --build {build} -e native --rounds 3 -t good.* --label one",
           0, "native");
    expect("check is clean", "check --db {db}", 0, "clean");
    expect("an export", "export --db {db} --file {dir}/one.tm", 0, "");
    expect("to standard output", "export --db {db} one --canonical", 0, "\"t\":\"end\"");
    expect("an import", "import {dir}/one.tm --db {dir}/two.db --tsv", 0, "one.tm\t1\t0\t0\t0");
    expect("the same again", "import {dir}/one.tm {dir}/one.tm --db {dir}/two.db --tsv", 0,
           "one.tm\t0\t0\t1\t0");
    expect("tables of the other store", "compare one one --db {dir}/two.db", 0, "8 the same");
    expect("its check is clean", "check --db {dir}/two.db", 0, "clean");
    expect("its canonical export", "export --db {dir}/two.db --canonical --file {dir}/two.tm", 0,
           "");
    expect("and that of the first", "export --db {db} --canonical --file {dir}/first.tm", 0, "");
    case_report("are the same bytes", run_shell("cmp two.tm first.tm"), "they differ");
    case_report("nothing half is left", run_shell("! ls *.part 2>/dev/null"), "a .part is");
    expect("an export into nowhere", "export --db {db} --file {dir}/no/where.tm", 1, "no/where.tm");
    expect("an import of nothing", "import {dir}/none.tm --db {dir}/two.db", 1, "No such file");
    expect("an import of a folder", "import {dir} --db {dir}/two.db", 1, "tickmark:");
    run_shell("head -c 3000 one.tm >cut.tm");
    expect("an import that is cut short", "import {dir}/cut.tm --db {dir}/two.db", 1, "cut short");
    expect("what is good beside it is taken",
           "import {dir}/cut.tm {dir}/one.tm --db {dir}/three.db", 1, "one.tm");
    expect("it is there", "status --db {dir}/three.db", 0, "done");
    expect("nothing to import", "import --db {db}", 1, "wants the names");
    expect("an environment is no sweep", "export native --db {db}", 1, "not a sweep");
    expect("prune wants to know what", "prune --db {db}", 1, "wants sweeps");
    expect("nothing is that old", "prune --days 3 --db {db}", 0,
           "dropped the samples of sweeps: 0");
    expect("a dry run", "prune one --all --dry-run --db {db}", 0, "would drop sweeps [1]");
    expect("changes nothing", "status --db {db}", 0, "one");
    expect("samples", "prune one --db {db}", 0, "dropped the samples of sweeps: 1");
    case_report("are gone",
                case_ask(&place, "SELECT count(*) FROM sample") == 0 &&
                    case_ask(&place, "SELECT count(*) FROM result") == 8,
                "they are not");
    expect("the rest is clean", "check --db {db}", 0, "clean");
    expect("figures still compare, by their intervals", "compare one one --db {db}", 0,
           "8 the same");
    expect("samples come back", "import {dir}/one.tm --db {db} --tsv", 0, "one.tm\t0\t1\t0\t0");
    expect("all of it", "prune one --all --db {db}", 0, "dropped sweeps: 1");
    case_report("is gone",
                case_ask(&place, "SELECT count(*) FROM sweep") == 0 &&
                    case_ask(&place, "SELECT count(*) FROM test") == 0,
                "it is not");
    /* a page of the file is overwritten: what check says depends on which, but it does say it */
    run_shell(
        "printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | dd of=two.db bs=1 seek=40960 conv=notrunc "
        "2>/dev/null");
    int code = case_run(&place, "check --db {db}");
    case_report("an empty store is clean", code == 0, "exit %d", code);
    snprintf(place.db, sizeof place.db, "%.500s/two.db", place.dir);
    code = case_run(&place, "check --db {db}");
    case_report("a damaged file is seen", code == 1, "exit %d", code);
    case_close_place(&place);
    return case_failures > 0;
}
