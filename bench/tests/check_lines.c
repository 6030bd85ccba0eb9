/* Check what a bench program said against the line protocol. Reads the output of one run.
 *   check_lines FILE         every line is whole and valid, the closing sum is right; prints one
 * line per thing found wrong check_lines -l FILE      the same, and FILE is a catalogue (--list):
 * names and ids unique, indices in order; prints "name code" of each test check_lines -s FILE the
 * same, and prints "round name n check" of each sample, in order check_lines -k FILE      the same,
 * and prints "name why" of each skipped test Exit status 0 if nothing was wrong. Lines without the
 * prefix are not the protocol's, and are passed over. */
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_PREFIX "@tm "
#define CHECK_TESTS  1024

static unsigned check_wrong;

static void __attribute__((format(printf, 2, 3)))
check_complain(unsigned line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("line %u: ", line);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    check_wrong++;
}

/* CRC-32 bit by bit: slow, and written independently of the one it checks. */
static uint32_t check_add_crc(uint32_t crc, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            uint32_t in = ((uint32_t)(unsigned char)bytes[i] >> bit & 1) ^ (crc & 1);
            crc = crc >> 1 ^ (in ? 0xEDB88320u : 0);
        }
    return crc;
}

struct check_field {
    const char *name;
    json_type type;
    bool optional;
};

struct check_event {
    const char *name;
    struct check_field field[20];
};

static const struct check_event check_events[] = {
    {"hello",
     {{"v", JSON_INTEGER, 0},
      {"port", JSON_STRING, 0},
      {"catalogue", JSON_STRING, 0},
      {"tests", JSON_INTEGER, 0},
      {"tsc_khz", JSON_INTEGER, 0},
      {"vendor", JSON_STRING, 0},
      {"brand", JSON_STRING, 0},
      {"hypervisor", JSON_STRING, 0},
      {"lfence", JSON_INTEGER, 0},
      {"rdtscp", JSON_INTEGER, 0}}},
    {"test",
     {{"name", JSON_STRING, 0},
      {"family", JSON_STRING, 0},
      {"alias", JSON_STRING, 0},
      {"title", JSON_STRING, 0},
      {"ops", JSON_INTEGER, 0},
      {"kind", JSON_STRING, 0},
      {"code", JSON_STRING, 0},
      {"bytes", JSON_INTEGER, 0},
      {"needs", JSON_ARRAY, 0},
      {"id", JSON_INTEGER, 0},
      {"index", JSON_INTEGER, 0}}},
    {"begin",
     {{"test", JSON_STRING, 0},
      {"code", JSON_STRING, 1},
      {"round", JSON_INTEGER, 1},
      {"n", JSON_INTEGER, 1}}},
    {"end",
     {{"test", JSON_STRING, 0},
      {"code", JSON_STRING, 1},
      {"round", JSON_INTEGER, 1},
      {"n", JSON_INTEGER, 1}}},
    {"clock", {{"pit_ms", JSON_REAL, 0}, {"tsc", JSON_INTEGER, 0}}},
    {"cal",
     {{"tsc_khz", JSON_INTEGER, 0},
      {"core_khz", JSON_INTEGER, 0},
      {"ratio_ba", JSON_REAL, 0},
      {"ops_a", JSON_INTEGER, 0},
      {"ops_b", JSON_INTEGER, 0}}},
    {"sample",
     {{"test", JSON_STRING, 0},
      {"code", JSON_STRING, 0},
      {"id", JSON_INTEGER, 0},
      {"round", JSON_INTEGER, 0},
      {"n", JSON_INTEGER, 0},
      {"t1", JSON_INTEGER, 0},
      {"t2", JSON_INTEGER, 0},
      {"cal", JSON_ARRAY, 0},
      {"flags", JSON_INTEGER, 0},
      {"check", JSON_STRING, 0},
      {"answer", JSON_STRING, 1},
      {"want", JSON_STRING, 1},
      {"wait_ns", JSON_INTEGER, 1},
      {"away_ns", JSON_INTEGER, 1},
      {"preempted", JSON_INTEGER, 1},
      {"faults", JSON_INTEGER, 1},
      {"asked", JSON_INTEGER, 1},
      {"correct", JSON_INTEGER, 1}}},
    {"host",
     {{"vendor", JSON_STRING, 0},
      {"family", JSON_INTEGER, 0},
      {"model", JSON_INTEGER, 0},
      {"stepping", JSON_INTEGER, 0},
      {"brand", JSON_STRING, 0},
      {"hypervisor", JSON_STRING, 0},
      {"leaf", JSON_INTEGER, 0},
      {"extended", JSON_INTEGER, 0},
      {"l1d_kib", JSON_INTEGER, 0},
      {"l1i_kib", JSON_INTEGER, 0},
      {"l2_kib", JSON_INTEGER, 0},
      {"l3_kib", JSON_INTEGER, 0},
      {"tsc_khz", JSON_INTEGER, 0},
      {"tsc_told_khz", JSON_INTEGER, 0},
      {"base_mhz", JSON_INTEGER, 0},
      {"tsc_invariant", JSON_INTEGER, 0},
      {"features", JSON_STRING, 0}}},
    {"skip", {{"test", JSON_STRING, 0}, {"why", JSON_STRING, 0}}},
    {"note", {{"test", JSON_STRING, 1}, {"text", JSON_STRING, 0}}},
    {"bye", {{"samples", JSON_INTEGER, 0}, {"sum", JSON_INTEGER, 0}}},
};

static const struct check_event *check_find_event(const char *name)
{
    for (size_t i = 0; i < sizeof check_events / sizeof check_events[0]; i++)
        if (!strcmp(check_events[i].name, name))
            return &check_events[i];
    return NULL;
}

static void check_fields(unsigned line, const struct check_event *event, json_t *object)
{
    const char *key;
    json_t *value;
    for (const struct check_field *f = event->field; f < event->field + 20 && f->name; f++) {
        json_t *have = json_object_get(object, f->name);
        if (!have && !f->optional)
            check_complain(line, "%s without \"%s\"", event->name, f->name);
        if (have && json_typeof(have) != f->type)
            check_complain(line, "%s: \"%s\" is of the wrong type", event->name, f->name);
    }
    json_object_foreach(object, key, value)
    {
        bool known = !strcmp(key, "ev");
        for (const struct check_field *f = event->field; f < event->field + 20 && f->name; f++)
            known |= !strcmp(key, f->name);
        if (!known)
            check_complain(line, "%s: \"%s\" is no field of the protocol", event->name, key);
    }
}

struct check_run {
    bool said_hello, said_bye;
    json_int_t samples, tests;
    json_int_t ids[CHECK_TESTS];
    char *names[CHECK_TESTS];
    char open[128]; /* test of the begin line that waits for its end */
};

static void check_catalogue_row(unsigned line, json_t *object, struct check_run *run)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    json_int_t id = json_integer_value(json_object_get(object, "id"));
    if (!name || run->tests == CHECK_TESTS)
        return;
    /* id is the CRC-32 of the name, low 24 bits */
    if (id != (json_int_t)(~check_add_crc(~0u, name, strlen(name)) & 0xFFFFFF))
        check_complain(line, "%s: its id is not its name's", name);
    if (json_integer_value(json_object_get(object, "index")) != run->tests)
        check_complain(line, "%s: its index is not its place", name);
    if (strlen(json_string_value(json_object_get(object, "code"))) != 64)
        check_complain(line, "%s: its code is no SHA-256", name);
    for (json_int_t i = 0; i < run->tests; i++) {
        if (run->ids[i] == id)
            check_complain(line, "%s and %s have the same id", name, run->names[i]);
        if (!strcmp(run->names[i], name))
            check_complain(line, "%s is there twice", name);
    }
    run->ids[run->tests] = id;
    run->names[run->tests++] = strdup(name);
}

static void check_order(unsigned line, const char *ev, json_t *object, uint32_t sum_before,
                        struct check_run *run)
{
    const char *test = json_string_value(json_object_get(object, "test"));
    if (!run->said_hello && strcmp(ev, "hello"))
        check_complain(line, "%s before hello", ev);
    if (run->said_bye)
        check_complain(line, "%s after bye", ev);
    if (!strcmp(ev, "hello")) {
        if (run->said_hello)
            check_complain(line, "a second hello");
        run->said_hello = true;
    } else if (!strcmp(ev, "begin")) {
        if (run->open[0])
            check_complain(line, "begin of %s inside of %s", test, run->open);
        snprintf(run->open, sizeof run->open, "%s", test ? test : "?");
    } else if (!strcmp(ev, "end")) {
        if (!test || strcmp(run->open, test))
            check_complain(line, "end of %s, but %s is open", test, run->open);
        run->open[0] = 0;
    } else if (run->open[0]) {
        check_complain(line, "%s between begin and end of %s", ev, run->open);
    }
    if (!strcmp(ev, "sample"))
        run->samples++;
    if (!strcmp(ev, "bye")) {
        run->said_bye = true;
        if (json_integer_value(json_object_get(object, "sum")) != (json_int_t)sum_before)
            check_complain(line, "the sum is %lld, not %u",
                           (long long)json_integer_value(json_object_get(object, "sum")),
                           sum_before);
        if (json_integer_value(json_object_get(object, "samples")) != run->samples)
            check_complain(line, "bye counts %lld samples, but there are %lld",
                           (long long)json_integer_value(json_object_get(object, "samples")),
                           (long long)run->samples);
    }
}

static void check_print(char mode, const char *ev, json_t *object)
{
    const char *test = json_string_value(json_object_get(object, "test"));
    if (mode == 'l' && !strcmp(ev, "test"))
        printf("%s %s\n", json_string_value(json_object_get(object, "name")),
               json_string_value(json_object_get(object, "code")));
    if (mode == 's' && !strcmp(ev, "sample"))
        printf("%lld %s %lld %s\n", (long long)json_integer_value(json_object_get(object, "round")),
               test, (long long)json_integer_value(json_object_get(object, "n")),
               json_string_value(json_object_get(object, "check")));
    if (mode == 'k' && !strcmp(ev, "skip"))
        printf("%s %s\n", test, json_string_value(json_object_get(object, "why")));
}

static void check_line(unsigned line, char *text, char mode, uint32_t *crc, struct check_run *run)
{
    json_error_t error;
    uint32_t sum_before = ~*crc;
    *crc = check_add_crc(*crc, text, strlen(text));
    if (text[strlen(text) - 1] != '\n')
        check_complain(line, "not ended");
    json_t *object = json_loads(text + strlen(CHECK_PREFIX), JSON_REJECT_DUPLICATES, &error);
    if (!object) {
        check_complain(line, "no JSON: %s", error.text);
        return;
    }
    const char *ev = json_string_value(json_object_get(object, "ev"));
    const struct check_event *event = ev ? check_find_event(ev) : NULL;
    if (!event) {
        check_complain(line, "unknown event %s", ev ? ev : "(none)");
    } else {
        check_fields(line, event, object);
        check_order(line, ev, object, sum_before, run);
        if (mode == 'l' && !strcmp(ev, "test"))
            check_catalogue_row(line, object, run);
        check_print(mode, ev, object);
    }
    json_decref(object);
}

int main(int argc, char **argv)
{
    static struct check_run run;
    char *text = NULL;
    size_t size = 0;
    unsigned line = 0;
    uint32_t crc = ~0u;
    char mode = argc == 3 && argv[1][0] == '-' ? argv[1][1] : 0;
    FILE *in = argc == 2 || mode ? fopen(argv[argc - 1], "r") : NULL;
    if (!in) {
        fprintf(stderr, "check_lines: cannot read %s\n",
                argc > 1 ? argv[argc - 1] : "(no file named)");
        return 1;
    }
    while (getline(&text, &size, in) > 0) {
        line++;
        if (!strncmp(text, CHECK_PREFIX, strlen(CHECK_PREFIX)))
            check_line(line, text, mode, &crc, &run);
    }
    if (!run.said_hello)
        check_complain(line, "no hello");
    if (!run.said_bye)
        check_complain(line, "no bye");
    if (mode == 'l' && !run.tests)
        check_complain(line, "an empty catalogue");
    for (json_int_t i = 0; i < run.tests; i++)
        free(run.names[i]);
    free(text);
    fclose(in);
    return check_wrong ? 1 : 0;
}
