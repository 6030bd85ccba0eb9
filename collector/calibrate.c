/* calibrate.c: see calibrate.h. */
#include "collector/calibrate.h"
#include "collector/child.h"
#include "collector/event.h"
#include "db/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void on_calibration(void *context, struct event *e)
{
    struct calibration *c = context;
    if (e->type == EVENT_CAL && e->core_khz > 0 && e->tsc_khz > 0 &&
        fabs(e->ratio_ba - 3) <= 0.03) {
        c->core_khz = e->core_khz;
        c->tsc_khz = e->tsc_khz;
    }
}

struct calibration calibrate(const char *bench, int cpu)
{
    struct calibration c = {STORE_NONE, STORE_NONE};
    char program[4096], word[] = "--calibrate", text[8192], err[256];
    char *argv[] = {program, word, NULL};
    int code;
    snprintf(program, sizeof program, "%s", bench);
    for (int i = 0; i < 3 && c.core_khz == STORE_NONE; i++) {
        struct event_reader reader;
        memset(&reader, 0, sizeof reader);
        reader.on_event = on_calibration;
        reader.context = &c;
        if (child_capture(argv, cpu, 10, text, sizeof text, &code, err, sizeof err) == 0)
            event_feed(&reader, text, strlen(text), stamp_now());
    }
    return c;
}
