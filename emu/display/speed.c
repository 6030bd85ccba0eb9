#include "emu/display/speed.h"

#include <stdio.h>
#include <string.h>

#include "emu/machine/call.h"

enum { LINE_NS = 1000 * 1000 * 1000, PANEL_NS = 250 * 1000 * 1000 };

// On the machine's thread.
struct asked {
    struct speed *v;
    bool count;
};

static void ask(void *opaque)
{
    struct asked *a = opaque;
    machine_look(a->v->m, &a->v->now); // before counting ends
    machine_watch(a->v->m, a->count);
}

// Look at the counts; from here on clocks are counted, or not.
static bool look(struct speed *v, bool count)
{
    struct asked a = {.v = v, .count = count};
    v->counting = count;
    return machine_call(v->m, ask, &a);
}

void speed_init(struct speed *v, struct machine *m)
{
    *v = (struct speed){.m = m};
}

void speed_watch(struct speed *v, bool on)
{
    v->watched = on;
    v->start_ns = 0; // a new interval
    v->fresh = on;
}

void speed_say_soon(struct speed *v)
{
    v->soon = true;
}

static void end_interval(struct speed *v, uint64_t now_ns)
{
    uint64_t clk[STAGE_COUNT], all = 0;
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        all += clk[s] = v->now.stage_clk[s] - v->at_start.stage_clk[s];
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        v->figures.share[s] = all ? (double)clk[s] / (double)all : 0;
    v->figures.engine = v->now.engine;
    if (v->watched) // else the line's own interval, which is longer
        v->figures.mips =
            (double)(v->now.insns - v->at_start.insns) * 1e3 / (double)(now_ns - v->start_ns);
    v->fresh = true;
}

static void begin_interval(struct speed *v, uint64_t now_ns)
{
    v->at_start = v->now;
    v->start_ns = now_ns;
}

// The next interval begins or the one under way ends. True: it has ended.
static bool step(struct speed *v, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - v->start_ns;
    if (v->start_ns == 0 || !v->counting) { // nothing runs
        if (v->start_ns && !v->watched && now_ns - v->said_ns < LINE_NS - SPEED_SAMPLE_NS)
            return false;
        if (look(v, true))
            begin_interval(v, now_ns);
        return false;
    }
    if (passed_ns < (v->watched ? PANEL_NS : SPEED_SAMPLE_NS))
        return false;
    if (!look(v, v->watched))
        return false;
    end_interval(v, now_ns);
    if (v->watched)
        begin_interval(v, now_ns);
    return true;
}

bool speed_look(struct speed *v, uint64_t now_ns, char *line, size_t length)
{
    bool ended = step(v, now_ns);
    if (!v->soon && !(ended && now_ns - v->said_ns >= LINE_NS - SPEED_SAMPLE_NS))
        return false;
    if (ended) {
        if (v->said_ns && !v->watched)
            v->figures.mips =
                (double)(v->now.insns - v->said_insns) * 1e3 / (double)(now_ns - v->said_ns);
        v->said_ns = now_ns;
        v->said_insns = v->now.insns;
    }
    v->soon = false;
    speed_write_line(&v->figures, v->now.paused, line, length);
    return true;
}

void speed_write_line(const struct overlay_figures *f, bool paused, char *line, size_t length)
{
    unsigned first = 0, second = 1;
    for (unsigned s = 1; s < STAGE_COUNT; s++) {
        if (f->share[s] > f->share[first]) {
            second = first;
            first = s;
        } else if (s != first && f->share[s] > f->share[second]) {
            second = s;
        }
    }
    int n =
        paused ? snprintf(line, length, "paused") : snprintf(line, length, "%.0f MIPS", f->mips);
    const unsigned most[] = {first, second};
    for (unsigned i = 0; i < 2 && !paused && n > 0 && (size_t)n < length; i++)
        if (f->share[most[i]] >= 0.01)
            n += snprintf(line + n, length - (size_t)n, ", %s %.0f %%",
                          profile_stage_names[most[i]], f->share[most[i]] * 100);
}
