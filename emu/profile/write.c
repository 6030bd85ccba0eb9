// The statistics file: one JSON object, written under a temporary name and then renamed, so that a
// reader never sees half of it.
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/decode/insn.h"
#include "emu/profile/hot.h"
#include "emu/profile/interval.h"

enum { STATS_VERSION = 1 };
_Static_assert(MN_COUNT <= sizeof((struct profile *)0)->fallbacks / sizeof(uint64_t),
               "a counter per mnemonic");

static json_t *number(uint64_t v)
{
    return json_integer((json_int_t)v);
}

static json_t *make_stages(const struct stage_sum stage[STAGE_COUNT])
{
    json_t *o = json_object();
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        json_t *one = json_object();
        json_object_set_new(one, "clk", number(stage[s].clk));
        json_object_set_new(one, "entries", number(stage[s].entries));
        json_object_set_new(one, "items", number(stage[s].items));
        json_object_set_new(one, "bytes", number(stage[s].bytes));
        json_object_set_new(o, profile_stage_names[s], one);
    }
    return o;
}

static json_t *make_intervals(const struct profile *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->nintervals; i++) {
        const struct profile_interval *v = &p->intervals[i];
        json_t *one = json_object();
        json_object_set_new(one, "test", number(v->test));
        json_object_set_new(one, "clk", number(v->clk));
        json_object_set_new(one, "insns", number(v->insns));
        json_object_set_new(one, "stages", make_stages(v->stage));
        json_array_append_new(list, one);
    }
    return list;
}

struct fallback {
    const char *name;
    uint64_t times;
};

static int by_times(const void *a, const void *b)
{
    const struct fallback *x = a, *y = b;
    if (x->times != y->times)
        return x->times < y->times ? 1 : -1;
    return strcmp(x->name, y->name);
}

static size_t sort_fallbacks(const struct profile *p, struct fallback list[MN_COUNT])
{
    size_t n = 0;
    for (unsigned i = 0; i < MN_COUNT; i++)
        if (p->fallbacks[i])
            list[n++] = (struct fallback){insn_mnemonics[i].name, p->fallbacks[i]};
    qsort(list, n, sizeof *list, by_times);
    return n;
}

static json_t *make_fallbacks(const struct profile *p)
{
    struct fallback list[MN_COUNT];
    size_t n = sort_fallbacks(p, list);
    json_t *o = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(o, list[i].name, number(list[i].times));
    return o;
}

static uint64_t run_clk(const struct profile *p)
{
    return p->end_tsc - p->begin_tsc;
}

// The part of the run's clocks that counting itself took, by the measured cost of one stage change.
static double cost_share(const struct profile *p, double cost_clk)
{
    uint64_t clk = run_clk(p);
    return clk ? (double)p->switches * cost_clk / (double)clk : 0;
}

static json_t *make_all(const struct profile *p, const char *engine,
                        const struct profile_counter *counters, size_t ncounters)
{
    double cost_clk = profile_measure_cost_clk();
    json_t *o = json_object();
    json_object_set_new(o, "v", json_integer(STATS_VERSION));
    json_object_set_new(o, "engine", json_string(engine));
    json_object_set_new(o, "clk", number(run_clk(p)));
    json_object_set_new(o, "insns", number(p->end_icount - p->begin_icount));
    json_object_set_new(o, "cost_clk_per_switch", json_real(cost_clk));
    json_object_set_new(o, "switches", number(p->switches));
    json_object_set_new(o, "cost_share", json_real(cost_share(p, cost_clk)));
    json_object_set_new(o, "stages", make_stages(p->stage));
    json_object_set_new(o, "intervals", make_intervals(p));
    json_object_set_new(o, "fallbacks", make_fallbacks(p));
    json_t *c = json_object();
    json_object_set_new(c, "lost_marks", number(p->lost_marks));
    for (size_t i = 0; i < ncounters; i++)
        json_object_set_new(c, counters[i].name, number(counters[i].value));
    json_object_set_new(o, "counters", c);
    if (p->hot)
        json_object_set_new(o, "hot", hot_make(p->hot));
    return o;
}

// Where to write first: beside the target. A pipe or a device cannot be replaced and is written as
// it is.
static char *temporary_name(const char *path, bool *rename_it)
{
    struct stat st;
    *rename_it = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    size_t bytes = strlen(path) + 32;
    char *name = malloc(bytes);
    if (name && *rename_it)
        snprintf(name, bytes, "%s.%ld.tmp", path, (long)getpid());
    else if (name)
        snprintf(name, bytes, "%s", path);
    return name;
}

int profile_check_path(const char *path, const char **why)
{
    bool rename_it;
    char *name = temporary_name(path, &rename_it);
    FILE *f = name ? fopen(name, "w") : NULL;
    *why = strerror(errno);
    if (f) {
        fclose(f);
        if (rename_it)
            unlink(name);
    }
    free(name);
    return f ? 0 : -1;
}

int profile_write(const struct profile *p, const char *path, const char *engine,
                  const struct profile_counter *counters, size_t ncounters, const char **why)
{
    json_t *all = make_all(p, engine, counters, ncounters);
    bool rename_it;
    char *name = temporary_name(path, &rename_it);
    FILE *f = all && name ? fopen(name, "w") : NULL;
    int status = -1;
    if (f) {
        bool ok = json_dumpf(all, f, JSON_INDENT(1)) == 0 && fputc('\n', f) != EOF;
        ok = fclose(f) == 0 && ok;
        if (ok && rename_it)
            ok = rename(name, path) == 0;
        status = ok ? 0 : -1;
    }
    if (status) {
        *why = strerror(errno);
        if (f && rename_it)
            unlink(name);
    }
    free(name);
    json_decref(all);
    return status;
}

void profile_print(const struct profile *p, FILE *to)
{
    enum { FALLBACKS_SHOWN = 8 };
    uint64_t clk = run_clk(p), sum = 0, insns = p->end_icount - p->begin_icount;
    double cost_clk = profile_measure_cost_clk();
    fprintf(to, "%-10s %16s %7s %14s %14s %14s\n", "stage", "clk", "share", "entries", "items",
            "bytes");
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        const struct stage_sum *v = &p->stage[s];
        sum += v->clk;
        fprintf(to, "%-10s %16llu %6.2f%% %14llu %14llu %14llu\n", profile_stage_names[s],
                (unsigned long long)v->clk, clk ? 100.0 * (double)v->clk / (double)clk : 0.0,
                (unsigned long long)v->entries, (unsigned long long)v->items,
                (unsigned long long)v->bytes);
    }
    fprintf(to, "%-10s %16llu %6.2f%% of %llu clk; %llu instructions, %.2f clk each\n", "sum",
            (unsigned long long)sum, clk ? 100.0 * (double)sum / (double)clk : 0.0,
            (unsigned long long)clk, (unsigned long long)insns,
            insns ? (double)clk / (double)insns : 0.0);
    fprintf(to, "counting: %.1f clk a stage change, %llu changes, %.2f%% of the run\n", cost_clk,
            (unsigned long long)p->switches, 100 * cost_share(p, cost_clk));
    struct fallback list[MN_COUNT];
    size_t n = sort_fallbacks(p, list);
    if (n)
        fprintf(to, "left to the interpreter:");
    for (size_t i = 0; i < n && i < FALLBACKS_SHOWN; i++)
        fprintf(to, " %s %llu", list[i].name, (unsigned long long)list[i].times);
    if (n)
        fprintf(to, "%s\n", n > FALLBACKS_SHOWN ? " ..." : "");
}
