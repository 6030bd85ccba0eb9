/* test_work.c: workloads in a sweep, with a list and a chroot program of the test's own: their runs
 * are processes of their own, timed by the stamps of their lines, natively, too; a wrong answer,
 * one that hangs, one that dies, a host that cannot, and an image that is not built. */
#include "collector/tests/case.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CODE "1111111111111111111111111111111111111111111111111111111111111111"
#define WANT "2222222222222222222222222222222222222222222222222222222222222222"

static const char *const names[] = {"work.good", "work.slow", "work.wrong", "work.hangs",
                                    "work.dies"};

/* What stands for the chroot: lines as guest-images/workloads/run says them. */
static const char script[] =
    "#!/bin/sh\n"
    "if [ $# -eq 1 ]; then [ -e \"$1\" ] && exit 0; echo no name spaces here; exit 1; fi\n"
    "about=\"\\\"test\\\":\\\"$2\\\",\\\"code\\\":\\\"$3\\\",\\\"round\\\":$4,\\\"n\\\":1\"\n"
    "check=ok; [ $5 = " WANT " ] && [ $2 != work.wrong ] || check=wrong\n"
    "echo '@tm {\"v\":1,\"ev\":\"hello\",\"port\":\"work\"}'\n"
    "sleep 0.2\n"
    "echo \"@tm {\\\"ev\\\":\\\"begin\\\",$about}\"\n"
    "case $2 in work.slow) sleep 2 ;; work.hangs) sleep 100 ;; "
    "work.dies) kill -9 $$ ;; esac\n"
    "echo \"@tm {\\\"ev\\\":\\\"end\\\",$about}\"\n"
    "echo \"@tm "
    "{\\\"ev\\\":\\\"sample\\\",$about,\\\"t1\\\":0,\\\"t2\\\":0,\\\"flags\\\":0,\\\"check\\\":"
    "\\\"$check\\\"}\"\n"
    "echo '@tm {\"ev\":\"bye\",\"samples\":1}'\n";

static int write_file(const struct case_place *place, const char *name, const char *text,
                      mode_t mode)
{
    char path[900];
    snprintf(path, sizeof path, "%s/%s", place->build, name);
    FILE *out = fopen(path, "w");
    return !out || fputs(text, out) < 0 || fclose(out) || chmod(path, mode) < 0 ? -1 : 0;
}

static int make_folder(const struct case_place *place, const char *name)
{
    char path[900];
    snprintf(path, sizeof path, "%s/%s", place->build, name);
    return mkdir(path, 0700);
}

static int write_list(const struct case_place *place, const char *end)
{
    char text[4000] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        used += (size_t)snprintf(
            text + used, sizeof text - used,
            "@tm {\"ev\":\"test\",\"name\":\"%s\",\"code\":\"" CODE
            "\",\"family\":\"work\",\"alias\":\"\",\"title\":\"of the test\",\"kind\":\"spread\","
            "\"needs\":[\"os\",\"image\"],\"ops\":1,\"index\":%zu,\"id\":0,\"want\":\"" WANT
            "\"}\n",
            names[i], 10000 + i);
    snprintf(text + used, sizeof text - used, "%s", end);
    return write_file(place, "work.list", text, 0600);
}

static const char *status_of(const struct case_place *place, const char *test)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT status FROM v_result WHERE test='%s' AND env='native' ORDER BY id DESC", test);
    return case_ask_text(place, sql);
}

static void expect(const struct case_place *place, const char *name, const char *test,
                   const char *status)
{
    const char *is = status_of(place, test);
    case_report(name, !strcmp(is, status), "%s is '%s'", test, is);
}

int main(int argc, char **argv)
{
    struct case_place place;
    if (argc < 1 || case_open_place(&place, argv[0]) < 0 ||
        write_list(&place, "@tm {\"ev\":\"bye\",\"samples\":0}\n") < 0) {
        printf("FAIL work: no folder to work in\n");
        return 1;
    }
    int code = case_run(&place, "run --db {db} --build {build} --rounds 2 -t work.*");
    case_report("without the image: exit 4 with the way to it",
                code == 4 && case_log_holds(&place, "make guest-images"), "exit %d", code);
    code = case_run(&place, "run --db {db} --build {build} --rounds 2 -t work.* -t good.a");
    case_report("without the image: the other tests are run",
                code == 0 && case_log_holds(&place, "make guest-images"), "exit %d", code);

    if (make_folder(&place, "guest-images") < 0 ||
        make_folder(&place, "guest-images/workloads") < 0 ||
        write_file(&place, "guest-images/workloads/workloads.img", "disk", 0600) < 0 ||
        write_file(&place, "guest-images/workloads/native", script, 0700) < 0) {
        printf("FAIL work: no image to work with\n");
        return 1;
    }
    code = case_run(&place, "run --db {db} --build {build} --rounds 2 -t work.good -t good.a");
    case_report("a host that cannot: exit 0", code == 0, "exit %d", code);
    expect(&place, "a host that cannot: unsupported", "work.good", "unsupported");
    const char *why = case_ask_text(
        &place, "SELECT reason FROM v_result WHERE test='work.good' ORDER BY id DESC");
    case_report("a host that cannot: the reason", strstr(why, "no name spaces here") != NULL,
                "'%s'", why);

    make_folder(&place, "guest-images/workloads/root");
    code = case_run(&place,
                    "run --db {db} --build {build} --rounds 1 -t work.good -t work.slow -t good.a");
    case_report("two workloads and a test", code == 0, "exit %d", code);
    double runs =
        case_ask(&place, "SELECT count(*) FROM run WHERE words LIKE '-t work.%' AND ending='bye'");
    case_report("each run is a process", runs == 2, "%g", runs);
    double none = case_ask(&place, "SELECT count(*) FROM run WHERE words LIKE '%--seed%work.%'");
    case_report("the bench is not asked for a workload", none == 0, "%g", none);
    double samples =
        case_ask(&place, "SELECT count(*) FROM sample s JOIN v_result v ON v.id=s.result_id "
                         "WHERE v.test='work.slow' AND s.tsc1=0 AND s.tsc2>0 AND s.ns2>0");
    case_report("its sample", samples == 1, "%g", samples);
    /* what the script sleeps before its begin line is in the run, and not in the sample */
    double slow = case_ask(&place, "SELECT ns_per_op FROM v_result WHERE test='work.slow'");
    double outside =
        case_ask(&place, "SELECT min(r.wall_ms - s.ns2 / 1e6) FROM sample s JOIN run r "
                         "ON r.id=s.run_id WHERE s.tsc1=0");
    case_report("time is from begin to end", slow > 3e8 && outside >= 190, "%g ns, %g ms outside",
                slow, outside);

    code = case_run(&place, "run --db {db} --build {build} --quick --rounds 1 -t ~bad.*");
    case_report("a quick one has none unless asked",
                code == 0 && case_log_holds(&place, "only if -t asks") &&
                    case_ask(&place, "SELECT count(*) FROM run WHERE words LIKE '-t work.%'") == 2,
                "exit %d", code);
    code = case_run(&place, "run --db {db} --build {build} --quick --rounds 1 -t work.good");
    case_report("a quick one that was asked", code == 0, "exit %d", code);

    code = case_run(&place,
                    "run --db {db} --build {build} --rounds 1 --timeout 3 -t work.* -t ~work.slow");
    case_report("a wrong answer is exit 3", code == 3, "exit %d", code);
    expect(&place, "a wrong answer", "work.wrong", "wrong");
    expect(&place, "one that hangs", "work.hangs", "timeout");
    expect(&place, "one that dies", "work.dies", "crash");
    expect(&place, "the one before them", "work.good", "noisy"); /* one round */

    write_list(&place, "");
    code = case_run(&place, "run --db {db} --build {build} --rounds 1 -t good.a");
    case_report("a list that is cut short",
                code == 1 && case_log_holds(&place, "work.list: ended early"), "exit %d", code);
    case_close_place(&place);
    return case_failures > 0;
}
