/* test_compare.c: compare, trend, regress and confirm from the command line, over sweeps of two
 * builds of the fake bench: in the new one good.c is 10 % slower, good.d 1 %, good.e 10 % faster.
 */
#include "collector/tests/case.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct case_place place;
static char newer[700];

static int write_slow(const char *text)
{
    char path[800];
    snprintf(path, sizeof path, "%s/slow", newer);
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    fputs(text, out);
    return fclose(out);
}

/* Another build: the same programs with a byte more. */
static int make_newer(void)
{
    char command[6000];
    snprintf(newer, sizeof newer, "%s/newer", place.dir);
    snprintf(command, sizeof command,
             "mkdir %s && cp -L %s/tickbench %s/tickbench && printf x >>%s/tickbench && "
             "cp %s/tickbench %s/tickmark-emu && cp %s/tickbench.elf %s/",
             newer, place.build, newer, newer, newer, newer, place.build, newer);
    return system(command) == 0 ? 0 : -1;
}

static void expect(const char *name, const char *words, int code, const char *says)
{
    char with[2000];
    const char *at = strstr(words, "{newer}");
    snprintf(with, sizeof with, "%.*s%s%s", at ? (int)(at - words) : (int)strlen(words), words,
             at ? newer : "", at ? at + strlen("{newer}") : "");
    int got = case_run(&place, with);
    case_report(name, got == code && case_log_holds(&place, says), "exit %d, expected %d with '%s'",
                got, code, says);
}

/* A number of the row of that test and environment in the JSON that was printed last, or NAN; the
 * verdict of the row into *verdict. */
static double number_in_row(const char *test, const char *env, const char *column, char verdict[32])
{
    json_t *rows = json_load_file(place.log, 0, NULL), *row;
    double number = NAN;
    size_t i;
    verdict[0] = 0;
    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "test"));
        const char *where = json_string_value(json_object_get(row, "env"));
        if (!name || !where || strncmp(name, test, strlen(test)) || strcmp(where, env))
            continue;
        json_t *value = json_object_get(row, column);
        const char *word = json_string_value(json_object_get(row, "verdict"));
        number = json_is_number(value) ? json_number_value(value) : NAN;
        snprintf(verdict, 32, "%s", word ? word : "");
        break;
    }
    json_decref(rows);
    return number;
}

static void expect_row(const char *test, const char *env, double ratio, const char *word)
{
    char name[120], verdict[32];
    double found = number_in_row(test, env, "B/A", verdict);
    snprintf(name, sizeof name, "%s in %s: %s", test, env, *word ? word : "a mean");
    case_report(name, fabs(found - ratio) < 0.002 && !strcmp(verdict, word), "%g, %s", found,
                verdict);
}

static void test_compare(void)
{
    char verdict[32], words[300];
    int code = case_run(&place, "compare a b --db {db} --json");
    case_report("compare two sweeps", code == 0, "exit %d", code);
    expect_row("good.a", "native", 1, "same");
    expect_row("good.c", "native", 1.1, "slower");
    expect_row("good.c", "emu-jit", 1.1, "slower");
    expect_row("good.d", "native", 1.01, "same");
    expect_row("good.e", "native", 0.9, "faster");
    /* eight tests: the eighth root of 1.1 x 1.01 x 0.9 */
    expect_row("geometric mean (n = 8)", "native", 0.99998, "");
    expect_row("worst", "emu-jit", 1.1, "");
    double low = number_in_row("good.c", "native", "low", verdict);
    case_report("an interval around it", low > 1.05 && low <= 1.1001, "%g", low);
    expect("only some tests", "compare a b --db {db} -t good.e -e native --tsv", 0,
           "good.e\tnative\t5.000\t4.500\t0.900");
    expect("as Markdown", "compare a b --db {db} --md -t good.c", 0, "| slower");
    expect("a higher threshold", "compare a b --db {db} -t good.c --threshold 12", 0,
           "0 slower, 0 faster, 2 the same");
    /* the threshold is three times the noise floor of the environment that the row is of */
    char err[200] = "";
    int changed = case_change(&place,
                              "UPDATE sweep_env SET aa_floor=0.04 WHERE kind='native' AND sweep_id="
                              "(SELECT id FROM sweep WHERE label='b')",
                              err, sizeof err);
    case_run(&place, "compare a b --db {db} -t good.c --json");
    expect_row("good.c", "native", 1.1, "same");
    expect_row("good.c", "emu-jit", 1.1, "slower");
    double native = number_in_row("good.c", "native", "beyond %", verdict),
           jit = number_in_row("good.c", "emu-jit", "beyond %", verdict);
    case_report("each environment has its noise floor",
                !changed && fabs(native - 12) < 0.01 && fabs(jit - 2) < 0.01, "%g and %g %s",
                native, jit, err);
    expect("and people are told", "compare a b --db {db} -t good.c", 0,
           "changes are beyond 2.0 % in emu-jit, 12.0 % in native");
    case_change(&place, "UPDATE sweep_env SET aa_floor=0 WHERE aa_floor>0", err, sizeof err);
    case_run(&place, "compare native emu-jit --db {db} --json");
    case_report("compare environments", isfinite(number_in_row("good.b", "native", "B/A", verdict)),
                "no ratio of good.b");
    snprintf(words, sizeof words, "compare %.12s build:none --db {db}",
             case_ask_text(&place, "SELECT sha FROM build WHERE project = 'native' ORDER BY id"));
    expect("a build that is not there", words, 1, "no sweep, build, environment or host");
    char old[20];
    snprintf(old, sizeof old, "%.12s",
             case_ask_text(&place, "SELECT sha FROM build WHERE project = 'native' ORDER BY id"));
    snprintf(
        words, sizeof words, "compare %s build:%.12s --db {db} --json", old,
        case_ask_text(&place, "SELECT sha FROM build WHERE project = 'native' ORDER BY id DESC"));
    code = case_run(&place, words);
    case_report("compare two builds", code == 0, "exit %d", code);
    expect_row("good.c", "native", 1.1, "slower");
    expect("a sweep and an environment", "compare a native --db {db}", 1, "two of a kind");
    expect("one word", "compare a --db {db}", 1, "wants two words");
    expect("what is not there", "compare a c --db {db}", 1, "is called 'c'");
    expect("a word with two meanings", "compare twin a --db {db}", 1, "sweep:3");
    expect("and which one was meant", "compare sweep:3 a --db {db} -t good.c -e native", 0,
           "1 the same");
    expect("no such test", "compare a b --db {db} -t none.*", 1, "no figures that match");
    expect("bad percent", "compare a b --db {db} --threshold lots", 1, "wants percent");
}

static void test_published(void)
{
    expect("published environments", "compare native KVM --db {db} -H Centrino*", 0, "published");
    expect("figures of 2010, as printed", "compare native KVM --db {db} -H Centrino* --tsv", 0,
           "build_gemulator9 (seconds)\tnative\t23.70\t37.90\t1.599");
    expect("published hosts are listed", "host --all --db {db} --md", 0, "| published |");
    expect("beside the measured one", "host --all --db {db} --tsv", 0, "\tmeasured\t");
    expect("published and measured do not meet", "compare emu-jit KVM --db {db}", 1,
           "no test in common");
}

static void test_trend(void)
{
    expect("a trend", "trend good.c --db {db} -e native --tsv", 0, "slower");
    expect("its first build", "trend good.c --db {db} -e native", 0, "first");
    expect("of an unknown test", "trend good.zz --db {db}", 1, "no result of a test");
    expect("of no test", "trend --db {db}", 1, "wants the name");
}

static void test_regress(void)
{
    expect("nothing changed", "regress a a --db {db}", 0, "0 slower, 0 faster");
    expect("no suspect of it", "confirm --db {db} --old {newer} --build {build}", 0,
           "nothing to confirm");
    expect("something did", "regress a b --db {db}", 2, "2 slower, 2 faster");
    case_report("only what changed is shown",
                case_log_holds(&place, "good.c") && case_log_holds(&place, "good.e") &&
                    !case_log_holds(&place, "good.a"),
                "it is not");
    case_report("the suspects are kept",
                case_ask(&place, "SELECT count(*) FROM change WHERE state = 'suspect'") == 2, "%g",
                case_ask(&place, "SELECT count(*) FROM change WHERE state = 'suspect'"));
    expect("all of it", "regress a b --db {db} --all --tsv", 2, "good.a\tnative");
    expect("the other way round", "regress b a --db {db}", 2, "good.e");
    expect("confirm needs the old programs", "confirm --db {db}", 1, "wants --old");
}

static void test_confirm(void)
{
    char words[900];
    case_report("suspects of the wrong way are accepted",
                case_ask(&place, "SELECT count(*) FROM change WHERE state = 'suspect'") == 4, "%g",
                case_ask(&place, "SELECT count(*) FROM change"));
    expect("programs of neither side", "confirm --db {db} -t good.c --old /nowhere --build {newer}",
           1, "tickmark:");
    snprintf(words, sizeof words,
             "confirm --db {db} -t good.c -e native --old %s --build {newer} --rounds 6 --json",
             place.build);
    expect("confirmed", words, 2, "slower");
    case_report("it says so",
                case_ask(&place, "SELECT count(*) FROM change c JOIN sweep s ON s.id = "
                                 "c.confirm_sweep WHERE c.state = 'confirmed' AND s.label = "
                                 "'confirm new' AND abs(c.ratio - 1.1) < 0.001") == 1,
                "it does not");
    case_report("only what was flagged ran again",
                case_ask(&place, "SELECT count(DISTINCT test) FROM v_result v JOIN sweep s ON "
                                 "s.id = v.sweep_id WHERE s.label LIKE 'confirm %'") == 1,
                "it did not");
    /* processes in the order that they started: old, new, new, old, ... */
    case_report(
        "old and new in turn",
        !strncmp(case_ask_text(&place,
                               "SELECT group_concat(w, '') FROM (SELECT substr(s.label, 9, 1) AS w "
                               "FROM run r JOIN sweep s ON s.id = r.sweep_id JOIN env e ON "
                               "e.id = r.env_id WHERE s.label LIKE 'confirm %' AND "
                               "e.kind = 'native' ORDER BY r.id)"),
                 "onnoonnoonno", 12),
        "%s", "they are not");
    expect("again a suspect", "regress a b --db {db}", 2, "good.c");
    write_slow("good.e 0.9\n");
    snprintf(words, sizeof words,
             "confirm --db {db} -t good.c -e native --old %s --build {newer} --rounds 6",
             place.build);
    expect("refuted", words, 0, "0 slower");
    case_report("it says that, too",
                case_ask(&place, "SELECT count(*) FROM change WHERE state = 'refuted'") == 1, "%g",
                case_ask(&place, "SELECT count(*) FROM change WHERE state = 'refuted'"));
    case_report("no sweep is left unfinished",
                case_ask(&place, "SELECT count(*) FROM sweep WHERE state <> 'done'") == 0,
                "one is");
}

int main(int argc, char **argv)
{
    if (argc < 1 || case_open_place(&place, argv[0]) < 0 || make_newer() < 0 ||
        write_slow("good.c 1.1\ngood.d 1.01\ngood.e 0.9\n") < 0) {
        printf("FAIL compare: no folder to work in\n");
        return 1;
    }
    const char *sweep = "sweep --db {db} -e native -e emu-jit --rounds 6 -t good.* --build";
    char words[1000];
    for (int k = 0; k < 3; k++) {
        static const char *const labels[] = {"a", "b", "twin"};
        if (k == 2) { /* two of one name */
            snprintf(words, sizeof words,
                     "sweep --db {db} -e native --rounds 2 -t good.c --label twin --build %s",
                     place.build);
            case_run(&place, words);
        }
        if (k == 2)
            snprintf(words, sizeof words,
                     "sweep --db {db} -e native --rounds 8 -t good.c --label twin --build %s",
                     place.build);
        else
            snprintf(words, sizeof words, "%s %s --label %s", sweep, k ? newer : place.build,
                     labels[k]);
        int code = case_run(&place, words);
        case_report("a sweep to compare", code == 0, "exit %d", code);
    }
    test_compare();
    test_published();
    test_trend();
    test_regress();
    test_confirm();
    write_slow("good.b 0\n");
    snprintf(words, sizeof words,
             "sweep --db {db} -e native --rounds 6 -t good.* --label w --build %s", newer);
    case_run(&place, words);
    expect("what was right and is wrong", "regress a w --db {db}", 3, "wrong");
    expect("as the sweeps have it by themselves", "regress --db {db}", 3, "wrong");
    case_close_place(&place);
    return case_failures > 0;
}
