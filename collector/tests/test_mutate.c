/* test_mutate.c: damaged statistics files and damaged lines of guests, a thousand of each in a long
 * run: never a crash, and the database stays whole.  The first go straight to their reader; the
 * lines come from the fake bench (FAKE_MUTATE) through whole sweeps.
 *
 *   test_mutate [FILES SWEEPS [SEED]] */
#include "collector/stagefile.h"
#include "collector/tests/case.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state;

static unsigned below(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

/* --- statistics files --- */

static const char good[] =
    "{\"v\":1,\"engine\":\"jit\",\"clk\":1000,\"intervals\":[{\"test\":7,\"clk\":400,\"insns\":9,"
    "\"stages\":{\"execute\":{\"clk\":300,\"entries\":1,\"items\":2,\"bytes\":3},\"mmu\":{\"clk\":"
    "100,\"entries\":1,\"items\":2,\"bytes\":3}}},{\"test\":7,\"clk\":400,\"stages\":{\"execute\":"
    "{\"clk\":300,\"entries\":1,\"items\":2,\"bytes\":3}}}],\"counters\":{}}";

static void change(char *text, size_t room)
{
    static const char *const pieces[] = {"9223372036854775807",
                                         "-9223372036854775808",
                                         "18446744073709551616",
                                         "1e308",
                                         "-1e-308",
                                         "null",
                                         "[]",
                                         "{}",
                                         "\"",
                                         "\\ud800",
                                         "[[[[[[[[",
                                         "0",
                                         "true",
                                         ",",
                                         "\xff"};
    char rest[1024];
    for (unsigned i = 1 + below(3); i; i--) {
        size_t n = strlen(text), at = below((unsigned)n + 1), gone = below(3) ? 0 : below(30);
        if (below(2)) /* a number becomes another */
            at += strcspn(text + at, "123456789"), gone = strspn(text + at, "0123456789");
        if (gone > n - at)
            gone = n - at;
        snprintf(rest, sizeof rest, "%s", text + at + gone);
        snprintf(text + at, room - at, "%s%s", pieces[below(sizeof pieces / sizeof *pieces)], rest);
    }
    if (below(6) == 0)
        text[below((unsigned)strlen(text) + 1)] = 0;
}

static void test_files(const struct case_place *place, int files)
{
    char path[640], why[256], text[1024];
    struct catalogue_test test = {.name = "t.a", .ops = 10, .marker = 7};
    struct catalogue catalogue = {.tests = &test, .count = 1};
    struct stagefile_count count = {.intervals = 2, .iterations = 30};
    struct store *store = store_open(place->db, STORE_WRITE, why, sizeof why);
    struct stagefile_target target = {
        .store = store, .catalogue = &catalogue, .counts = &count, .core_per_tsc = 1.5};
    int stored = 0, refused = 0, silent = 0;
    snprintf(path, sizeof path, "%s/stats.json", place->dir);
    for (int i = 0; store && i < files; i++) {
        snprintf(text, sizeof text, "%s", good);
        change(text, sizeof text);
        FILE *out = fopen(path, "w");
        if (!out || fputs(text, out) < 0 || fclose(out))
            break;
        why[0] = 0;
        int status = stagefile_store(path, &target, why, sizeof why);
        stored += status == 0;
        refused += status == 1;
        silent += status == 1 && !why[0];
    }
    unlink(path);
    store_close(store);
    case_report("damaged statistics files", stored && refused && !silent,
                "%d stored, %d refused, %d without a word, of %d", stored, refused, silent, files);
}

/* --- lines --- */

static void test_lines(const struct case_place *place, int sweeps, unsigned seed)
{
    char number[32];
    int bad = 0, code = 0;
    for (int i = 0; i < sweeps && !bad; i++) {
        snprintf(number, sizeof number, "%u", seed + (unsigned)i);
        setenv("FAKE_MUTATE", number, 1);
        code = case_run(place, "sweep --db {db} --build {build} -e native -e emu-jit --rounds 10 "
                               "--timeout 1 -t good.*");
        bad = code != 0 && code != 3; /* 3: an answer was wrong */
    }
    unsetenv("FAKE_MUTATE");
    case_report("sweeps over damaged lines", !bad, "exit %d with FAKE_MUTATE=%s", code, number);
    code = case_run(place, "slowdown --db {db}");
    case_report("their table", code == 0 || code == 1, "exit %d", code);
    double whole = case_ask(place, "SELECT integrity_check = 'ok' FROM pragma_integrity_check");
    case_report("the database is whole", whole == 1, "it is not");
    double noted = case_ask(place, "SELECT count(*) FROM run WHERE note <> ''");
    case_report("damage is noted", sweeps == 0 || noted > 0, "in no run");
}

int main(int argc, char **argv)
{
    struct case_place place;
    int files = argc > 2 ? atoi(argv[1]) : 200, sweeps = argc > 2 ? atoi(argv[2]) : 1;
    unsigned seed = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    state = seed;
    if (argc < 1 || case_open_place(&place, argv[0]) < 0) {
        printf("FAIL mutate: no folder to work in\n");
        return 1;
    }
    test_lines(&place, sweeps, seed);
    test_files(&place, files);
    case_close_place(&place);
    return case_failures > 0;
}
