/* event.c: see event.h. */
#include "collector/event.h"
#include "collector/child.h"
#include "collector/digest.h"
#include "collector/sweep.h"
#include "db/store.h"

#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX       "@tm "
#define PREFIX_BYTES 4

static void take_text(const json_t *value, char *to, size_t room)
{
    if (json_is_string(value))
        snprintf(to, room, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(to, room, "%lld", (long long)json_integer_value(value));
}

static void take_number(const json_t *value, int64_t *to)
{
    if (json_is_integer(value))
        *to = json_integer_value(value);
    else if (json_is_real(value) && fabs(json_real_value(value)) < 9e15)
        *to = llround(json_real_value(value));
}

static void take_needs(const json_t *value, char *to, size_t room)
{
    size_t i, used = 0;
    json_t *word;
    to[0] = 0;
    json_array_foreach(value, i, word)
    {
        const char *text = json_string_value(word);
        if (!text || used + strlen(text) + 2 > room)
            break;
        used += (size_t)snprintf(to + used, room - used, "%s%s", i ? " " : "", text);
    }
}

/* A whole number of at most 32 bits, also as a hex string ("sum"). */
static void take_sum(const json_t *value, int64_t *to)
{
    unsigned long long sum;
    char rest;
    if (json_is_string(value) && sscanf(json_string_value(value), "%llx%c", &sum, &rest) == 1)
        *to = (int64_t)sum;
    else
        take_number(value, to);
}

/* Fields for whoever reads the lines; nothing is done with them here. */
static int is_reader_fact(const char *key)
{
    static const char *const keys[] = {"tests",  "vendor", "brand", "hypervisor", "isa",
                                       "lfence", "rdtscp", "ops_a", "ops_b",      "cut"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(key, keys[i]))
            return 1;
    return 0;
}

static void take_field(struct event *e, const char *key, const json_t *value)
{
    struct {
        const char *key;
        int64_t *to;
    } numbers[] = {{"v", &e->v},
                   {"round", &e->round},
                   {"n", &e->n},
                   {"t1", &e->t1},
                   {"t2", &e->t2},
                   {"flags", &e->flags},
                   {"id", &e->id},
                   {"index", &e->index},
                   {"ops", &e->ops},
                   {"tsc", &e->tsc},
                   {"tsc_khz", &e->tsc_khz},
                   {"core_khz", &e->core_khz},
                   {"samples", &e->samples},
                   {"asked", &e->asked},
                   {"correct", &e->correct},
                   {"wait_ns", &e->wait_ns},
                   {"away_ns", &e->away_ns},
                   {"preempted", &e->preempted},
                   {"faults", &e->faults}};
    struct {
        const char *key;
        char *to;
        size_t room;
    } texts[] = {{"ev", e->ev, sizeof e->ev},
                 {"test", e->test, sizeof e->test},
                 {"name", e->test, sizeof e->test},
                 {"code", e->code, sizeof e->code},
                 {"family", e->family, sizeof e->family},
                 {"alias", e->alias, sizeof e->alias},
                 {"title", e->title, sizeof e->title},
                 {"kind", e->kind, sizeof e->kind},
                 {"port", e->port, sizeof e->port},
                 {"catalogue", e->catalogue, sizeof e->catalogue},
                 {"answer", e->answer, sizeof e->answer},
                 {"want", e->want, sizeof e->want},
                 {"why", e->why, sizeof e->why},
                 {"text", e->why, sizeof e->why},
                 {"note", e->why, sizeof e->why}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(key, numbers[i].key)) {
            take_number(value, numbers[i].to);
            return;
        }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(key, texts[i].key)) {
            take_text(value, texts[i].to, texts[i].room);
            return;
        }
    if (!strcmp(key, "sum"))
        take_sum(value, &e->sum);
    else if (!strcmp(key, "needs"))
        take_needs(value, e->needs, sizeof e->needs);
    else if (!strcmp(key, "check"))
        e->check_ok = json_is_string(value) && !strcmp(json_string_value(value), "ok");
    else if (!strcmp(key, "pit_ms"))
        e->pit_ms = json_number_value(value);
    else if (!strcmp(key, "ratio_ba"))
        e->ratio_ba = json_number_value(value);
    else if (!strcmp(key, "cal")) {
        take_number(json_array_get(value, 0), &e->cal_before);
        take_number(json_array_get(value, 1), &e->cal_after);
    } else if (!is_reader_fact(key) && !e->unknown[0])
        snprintf(e->unknown, sizeof e->unknown, "%s", key);
}

void event_parse(const char *line, struct event *event)
{
    static const char *const words[] = {
#define EVENT(id, word) word,
#include "collector/event.def"
#undef EVENT
    };
    memset(event, 0, sizeof *event);
    event->check_ok = -1;
    event->v = event->round = event->n = event->t1 = event->t2 = event->cal_before =
        event->cal_after = event->id = event->index = event->ops = event->tsc_khz =
            event->core_khz = event->tsc = event->samples = event->sum = event->asked =
                event->correct = event->wait_ns = event->away_ns = event->preempted =
                    event->faults = STORE_NONE;
    event->type = EVENT_GARBAGE;
    json_t *object = json_loads(line + PREFIX_BYTES, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object)) {
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value) take_field(event, key, value);
        event->type = event->ev[0] ? EVENT_UNKNOWN : EVENT_GARBAGE;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (!strcmp(event->ev, words[i]))
                event->type = (enum event_type)i;
    }
    json_decref(object);
}

static void end_line(struct event_reader *reader, struct stamp stamp)
{
    struct event event;
    if (reader->used && reader->line[reader->used - 1] == '\r')
        reader->used--;
    reader->line[reader->used] = 0;
    if (reader->overlong || reader->used < PREFIX_BYTES ||
        memcmp(reader->line, PREFIX, PREFIX_BYTES) != 0) {
        reader->garbage += reader->used > 0 || reader->overlong;
    } else {
        event_parse(reader->line, &event);
        event.stamp = stamp;
        if (event.type == EVENT_GARBAGE)
            reader->garbage++;
        else
            reader->lines++;
        reader->on_event(reader->context, &event);
        reader->crc = digest_crc32(reader->crc, reader->line, reader->used);
        reader->crc = digest_crc32(reader->crc, "\n", 1);
    }
    reader->used = 0;
    reader->overlong = 0;
}

void event_feed(struct event_reader *reader, const char *bytes, size_t count, struct stamp stamp)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n')
            end_line(reader, stamp);
        else if (reader->used < sizeof reader->line - 1)
            reader->line[reader->used++] = bytes[i];
        else
            reader->overlong = 1;
    }
}

void event_follow(struct event_reader *reader, struct child *child, int timeout_s, const int *bye)
{
    time_t end = time(NULL) + timeout_s;
    int status, gone = 0;
    while (time(NULL) <= end && !*bye && !gone && !sweep_interrupted) {
        char bytes[16384];
        struct pollfd fds[2] = {{child->out_fd, POLLIN, 0}, {child->err_fd, POLLIN, 0}};
        poll(fds, 2, 100);
        ssize_t got = read(child->out_fd, bytes, sizeof bytes);
        if (got > 0)
            event_feed(reader, bytes, (size_t)got, stamp_now());
        else
            gone = child_poll(child, &status);
        while (read(child->err_fd, bytes, sizeof bytes) > 0) /* it must not wait for us */
            ;
    }
}
