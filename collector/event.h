/* event.h: the line protocol of a bench program, from bytes to events.
 *
 * A reader takes whatever bytes arrive and calls back once per whole line.  Its memory is fixed: a
 * line longer than EVENT_LINE is counted as garbage and skipped to its end.  A line that does not
 * begin with
 * "@tm " is not ours (a BIOS banner, a stray message): counted, never an error.
 * An event's texts are copies, cut to their room; a number that is absent is STORE_NONE. */
#ifndef COLLECTOR_EVENT_H
#define COLLECTOR_EVENT_H

#include "collector/stamp.h"

#include <stddef.h>
#include <stdint.h>

#define EVENT_LINE 8192

enum event_type {
#define EVENT(id, word) EVENT_##id,
#include "collector/event.def"
#undef EVENT
    EVENT_UNKNOWN, /* well-formed, but a word this program does not know */
    EVENT_GARBAGE, /* begins with @tm, but is no JSON object with a known shape */
};

struct event {
    enum event_type type;
    struct stamp stamp;
    char ev[24];
    char test[96], code[65], family[48], alias[96], title[192], kind[16], needs[128];
    char port[24], catalogue[65], answer[128], want[128], why[256];
    int64_t v, round, n, t1, t2, cal_before, cal_after, flags, id, index, ops, tsc_khz, core_khz,
        tsc, samples, sum, asked, correct, wait_ns, away_ns, preempted, faults;
    int check_ok; /* 1 ok, 0 wrong, -1 not said */
    double pit_ms, ratio_ba;
    char unknown[48]; /* the first field that this program does not know, or "" */
};

struct event_reader {
    char line[EVENT_LINE];
    size_t used;
    int overlong;
    int64_t lines, garbage; /* lines of the protocol; all others */
    uint32_t crc;           /* over all lines of the protocol before the present one */
    void (*on_event)(void *context, struct event *event);
    void *context;
};

/* Feed bytes that were read at `stamp`. */
void event_feed(struct event_reader *reader, const char *bytes, size_t count, struct stamp stamp);
/* Feed what a child says, until *bye, its end, an interrupted sweep, or timeout_s seconds. */
struct child;
void event_follow(struct event_reader *reader, struct child *child, int timeout_s, const int *bye);
/* Parse one line without its end; the type tells what became of it. */
void event_parse(const char *line, struct event *event);

#endif
