/* test_words.c: everything that reads text: lines of the protocol cut at any place, options, globs,
 * verdicts, tables. */
#include "collector/digest.h"
#include "collector/event.h"
#include "collector/option.h"
#include "collector/table.h"
#include "collector/tests/case.h"
#include "collector/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    int count[16];
    struct event last_sample;
};

static void on_event(void *context, struct event *event)
{
    struct seen *seen = context;
    seen->count[event->type]++;
    if (event->type == EVENT_SAMPLE)
        seen->last_sample = *event;
}

static const char stream[] =
    "SeaBIOS (version 1.16)\r\n"
    "@tm {\"ev\":\"hello\",\"v\":1,\"port\":\"bare\"}\r\n"
    "\xff\x00garbage\n"
    "@tm "
    "{\"ev\":\"sample\",\"test\":\"mem.span/"
    "64\",\"code\":\"ab\",\"round\":3,\"n\":4096,\"t1\":10,\"t2\":25,"
    "\"cal\":[7,8],\"flags\":5,\"check\":\"wrong\",\"answer\":\"0f\","
    "\"want\":\"f0\",\"asked\":2000,\"correct\":1234,\"new\":{\"a\":[1]}}\r\n"
    "@tm {\"ev\":\"sample\",\"test\":\n"
    "@tm {\"ev\":\"surprise\"}\n"
    "@tm {\"ev\":\"bye\",\"samples\":1,\"sum\":123}\n";

static void test_stream(void)
{
    int same = 1;
    struct seen seen;
    for (size_t cut = 1; cut < sizeof stream - 1; cut++) {
        struct event_reader reader;
        memset(&reader, 0, sizeof reader);
        memset(&seen, 0, sizeof seen);
        reader.on_event = on_event;
        reader.context = &seen;
        for (size_t at = 0; at < sizeof stream - 1; at += cut) {
            size_t bytes = sizeof stream - 1 - at < cut ? sizeof stream - 1 - at : cut;
            event_feed(&reader, stream + at, bytes, stamp_now());
        }
        same &= seen.count[EVENT_HELLO] == 1 && seen.count[EVENT_SAMPLE] == 1 &&
                seen.count[EVENT_BYE] == 1 && seen.count[EVENT_GARBAGE] == 1 &&
                seen.count[EVENT_UNKNOWN] == 1 && reader.garbage == 3 && reader.lines == 4;
    }
    case_report("lines arrive in any pieces", same, "not always the same events");
    const struct event *e = &seen.last_sample;
    case_report("fields of a sample",
                !strcmp(e->test, "mem.span/64") && e->round == 3 && e->n == 4096 && e->t1 == 10 &&
                    e->t2 == 25 && e->cal_before == 7 && e->cal_after == 8 && e->flags == 5 &&
                    e->check_ok == 0 && e->asked == 2000 && e->correct == 1234 &&
                    !strcmp(e->want, "f0") && !strcmp(e->unknown, "new"),
                "test %s n %lld unknown %s", e->test, (long long)e->n, e->unknown);
}

/* Mutated lines must never be taken for something with wild fields; mostly this runs under the
 * sanitizers. */
static void test_mutations(void)
{
    uint64_t random = 1;
    struct event_reader reader;
    struct seen seen;
    memset(&reader, 0, sizeof reader);
    memset(&seen, 0, sizeof seen);
    reader.on_event = on_event;
    reader.context = &seen;
    for (int i = 0; i < 20000; i++) {
        char line[sizeof stream];
        memcpy(line, stream, sizeof stream);
        for (int k = 0; k < 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            line[(random >> 33) % (sizeof stream - 1)] = (char)(random >> 25);
        }
        event_feed(&reader, line, sizeof stream - 1, stamp_now());
    }
    case_report("60,000 damaged bytes",
                seen.count[EVENT_SAMPLE] > 1000 && seen.count[EVENT_SAMPLE] < 20001,
                "%d samples of 20000", seen.count[EVENT_SAMPLE]);
    static char flood[100000];
    memset(flood, '@', sizeof flood);
    int64_t before = reader.garbage;
    for (int i = 0; i < 100; i++)
        event_feed(&reader, flood, sizeof flood, stamp_now());
    event_feed(&reader, "\n", 1, stamp_now());
    case_report("a line without end is one piece of garbage", reader.garbage <= before + 2, "%lld",
                (long long)(reader.garbage - before));
}

static void test_crc(void)
{
    uint32_t crc = digest_crc32(0, "1234", 4);
    crc = digest_crc32(crc, "56789", 5);
    case_report("CRC-32 check value", crc == 0xCBF43926u, "%08x", crc);
    char hex[DIGEST_HEX];
    digest_text("abc", hex);
    case_report("SHA-256 check value", !strncmp(hex, "ba7816bf8f01cfea", 16), "%s", hex);
}

static void test_globs(void)
{
    static const struct {
        const char *glob, *name;
        int match;
    } cases[] = {{"*", "int.add", 1},
                 {"int.*", "int.add", 1},
                 {"int.*", "lint.add", 0},
                 {"*.add", "int.add", 1},
                 {"*d*d", "int.add", 1},
                 {"int.ad?", "int.add", 1},
                 {"int.add?", "int.add", 0},
                 {"", "int.add", 0},
                 {"mem.*/64", "mem.span/64", 1},
                 {"mem.*/64", "mem.span/640", 0},
                 {"**a*", "int.add", 1},
                 {"int.add", "int.add", 1},
                 {"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0}};
    int wrong = -1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (option_glob_match(cases[i].glob, cases[i].name) != cases[i].match)
            wrong = (int)i;
    case_report("globs", wrong < 0, "case %d", wrong);
    struct option_list list = {{"int.*", "~int.add"}, 2}, none = {{NULL}, 0},
                       without = {{"~mem.*"}, 1};
    case_report("choosing",
                option_chooses(&list, "int.sub") && !option_chooses(&list, "int.add") &&
                    !option_chooses(&list, "mem.x") && option_chooses(&none, "x") &&
                    !option_chooses(&without, "mem.x") && option_chooses(&without, "int.x"),
                "wrong choice");
}

static int parse(const char *words, struct options *options, char *err, size_t room)
{
    static char text[400];
    char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return option_parse(argc, argv, "QtenRlsTdbf", options, err, room);
}

static void test_options(void)
{
    struct options o;
    char err[300] = "";
    int code = parse("--quick -t int.* -t ~int.add -e emu-* --rounds 7 --seed=9 --db x.db", &o, err,
                     sizeof err);
    case_report("options",
                code == 0 && o.quick && o.tests.count == 2 && o.envs.count == 1 && o.rounds == 7 &&
                    o.seed == 9 && !strcmp(o.db, "x.db"),
                "%s", err);
    static const struct {
        const char *words, *says;
    } bad[] = {{"--roundz 3", "did you mean --rounds?"},
               {"--rounds", "--rounds wants a value"},
               {"--rounds 0", "at least 1"},
               {"--rounds 3x", "'3x'"},
               {"--rounds 99999999999999999999", "whole number"},
               {"--quick=1", "takes no value"},
               {"--json --md", "only one of"},
               {"stray", "unknown option stray"},
               {"--out x", "unknown option --out"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[80];
        err[0] = 0;
        code = parse(bad[i].words, &o, err, sizeof err);
        snprintf(name, sizeof name, "refused: %s", bad[i].words);
        case_report(name, code < 0 && strstr(err, bad[i].says), "%d '%s'", code, err);
    }
}

static void test_verdicts(void)
{
    static const struct {
        const char *name, *hint, *word;
        struct verdict_clocks clocks;
    } cases[] = {
        {"host", NULL, "host", {519000000, 200, 519100000, 200000000, 2596000}},
        {"host, late stamp", NULL, "host", {519200000, 200, 530000000, 204200000, 2596000}},
        {"host, very late stamp", NULL, "host", {155760000, 60, 436000000, 168000000, 2596000}},
        {"host, both stamps late", NULL, "host", {155760000, 60, 2596000, 1000000, 2596000}},
        {"stamps at once", NULL, "unknown", {60000000, 60, 2596000, 1000000, 2596000}},
        {"host's rate, detached",
         NULL,
         "virtual",
         {519200000, 200, 5192000000, 2000000000, 2596000}},
        {"scaled", NULL, "scaled", {400000000, 200, 519200000, 200000000, 2596000}},
        {"1 GHz", NULL, "fixed", {200000000, 200, 519200000, 200000000, 2596000}},
        {"detached", NULL, "virtual", {200000000, 200, 5192000000, 2000000000, 2596000}},
        {"instructions", "insn", "insn", {2000000, 200, 5192000000, 2000000000, 2596000}},
        {"instructions in step with time",
         "insn",
         "insn",
         {2000000, 200, 519200000, 200000000, 2596000}},
        {"no clock", NULL, "unknown", {0, 200, 519200000, 200000000, 2596000}},
        {"no stamps", NULL, "unknown", {519200000, 200, 0, 0, 2596000}},
        {"too short", NULL, "unknown", {5192000, 2, 5192000, 2000000, 2596000}},
        {"no timer", NULL, "unknown", {519200000, NAN, 519200000, 200000000, 2596000}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[80];
        const char *word = verdict_judge(&cases[i].clocks, cases[i].hint);
        snprintf(name, sizeof name, "verdict: %s", cases[i].name);
        case_report(name, !strcmp(word, cases[i].word), "%s, expected %s", word, cases[i].word);
    }
}

static void test_tables(void)
{
    static const char *const expected[] = {
        "name    clk/op\n------  ------\ncafé      1.23\na\tb\"|    0.1235\nnone          \n", NULL,
        "name\tclk/op\ncafé\t1.23\na b\"|\t0.1235\nnone\t\n", NULL};
    char *text;
    size_t bytes;
    struct table table;
    table_begin(&table);
    table_head(&table, "name");
    table_head(&table, "clk/op");
    table_text(&table, "café");
    table_number(&table, 1.2345, 3);
    table_text(&table, "a\tb\"|");
    table_number(&table, 0.12345, 4);
    table_text(&table, "none");
    table_number(&table, NAN, 4);
    for (int format = TABLE_TEXT; format <= TABLE_MD; format++) {
        FILE *out = open_memstream(&text, &bytes);
        int status = table_print(&table, (enum table_format)format, out);
        fclose(out);
        char name[40];
        snprintf(name, sizeof name, "table format %d", format);
        int good = status == 0;
        if (format == TABLE_TSV)
            good &= !strcmp(text, expected[TABLE_TSV]);
        if (format == TABLE_JSON)
            good &= strstr(text, "\"name\": \"a\\tb\\\"|\"") &&
                    strstr(text, "\"clk/op\": 1.2345") && strstr(text, "\"clk/op\": null");
        if (format == TABLE_MD)
            good &=
                !strncmp(text, "| name   | clk/op |\n| ------ | -----: |\n| café   |   1.23 |\n",
                         60) &&
                strstr(text, "\\|");
        if (format == TABLE_TEXT)
            good &= strstr(text, "café     1.23\n") != NULL;
        case_report(name, good, "printed\n%s", text);
        free(text);
    }
    table_free(&table);
}

/* As many digits where rounding makes one more before the point. */
static void test_digits(void)
{
    static const struct {
        double number;
        int digits;
        const char *text;
    } cases[] = {{0.9996, 3, "1.00"}, {1.0004, 3, "1.00"},  {9.996, 3, "10.0"},
                 {99.96, 3, "100"},   {999.6, 3, "1000"},   {0.0099996, 3, "0.0100"},
                 {0, 3, "0.00"},      {-0.9996, 3, "-1.00"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text, name[40];
        size_t bytes;
        struct table table;
        table_begin(&table);
        table_head(&table, "x");
        table_number(&table, cases[i].number, cases[i].digits);
        FILE *out = open_memstream(&text, &bytes);
        int status = table_print(&table, TABLE_TSV, out);
        fclose(out);
        snprintf(name, sizeof name, "digits of %g", cases[i].number);
        case_report(name,
                    !status && bytes > 3 &&
                        !strncmp(text + 2, cases[i].text, strlen(cases[i].text)) &&
                        text[2 + strlen(cases[i].text)] == '\n',
                    "printed %s", text);
        free(text);
        table_free(&table);
    }
}

int main(void)
{
    test_stream();
    test_mutations();
    test_crc();
    test_globs();
    test_options();
    test_verdicts();
    test_tables();
    test_digits();
    return case_failures > 0;
}
